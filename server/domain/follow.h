/* follow.h — who follows whom: people here and elsewhere, accounts, channels and sites.
 *
 * Way out: what a local actor does (or has done to him) leaves a job row by outbox.h in the
 *          same transaction.
 * Memory:  results live in `a`.
 * Errors:  NOT_FOUND, FORBIDDEN (blocked), DATABASE.
 * Threads: any, with its own db.
 */
#ifndef ZOE_FOLLOW_H
#define ZOE_FOLLOW_H

#include "server/domain/account.h"
#include "server/domain/remote_actor.h"

struct follow {
    int64_t id, follower_id, target_id;
    const char *state; /* "pending", "accepted", "rejected" */
    const char *uri;   /* of the Follow; NULL: ours, named by rule */
    int64_t created_ms;
};

/* Follows, or finds the follow that is there. `uri` is the Follow's id when it came from
 * elsewhere (a second one replaces the first's), else NULL. Becomes accepted at once when
 * `auto_accept`; a rejected one stays rejected. A new local target's owner is told. Out: a
 * Follow when the follower is local and the target remote; an Accept each time when the
 * follower is remote and the target local and it is accepted. */
MUST_CHECK struct err follow_request(struct db *db, struct arena *a, int64_t follower_id,
                                     int64_t target_id, const char *uri, bool auto_accept,
                                     struct follow *out);
/* By a target, local or remote. `follow_accept` of an accepted one changes nothing. */
MUST_CHECK struct err follow_accept(struct db *db, struct arena *a, int64_t follower_id,
                                    int64_t target_id);
MUST_CHECK struct err follow_reject(struct db *db, struct arena *a, int64_t follower_id,
                                    int64_t target_id);
/* The follower takes it back (or a Block came); nothing to remove is fine. */
MUST_CHECK struct err follow_remove(struct db *db, struct arena *a, int64_t follower_id,
                                    int64_t target_id);

MUST_CHECK struct err follow_get(struct db *db, struct arena *a, int64_t follower_id,
                                 int64_t target_id, struct follow *out);
MUST_CHECK struct err follow_get_by_id(struct db *db, struct arena *a, int64_t id,
                                       struct follow *out);
/* Of a Follow that came from elsewhere. */
MUST_CHECK struct err follow_get_by_uri(struct db *db, struct arena *a, const char *uri,
                                        struct follow *out);

struct follow_list {
    struct follow *items;
    size_t count, room;
    int64_t total;
};
/* Newest first, of a state or of any (NULL). */
MUST_CHECK struct err follow_list_to(struct db *db, struct arena *a, int64_t target_id,
                                     const char *state, int start, int count,
                                     struct follow_list *out);
MUST_CHECK struct err follow_list_from(struct db *db, struct arena *a, int64_t follower_id,
                                       const char *state, int start, int count,
                                       struct follow_list *out);
/* Whom of that host's own actor (its Application) he follows; 0: not. */
MUST_CHECK struct err follow_to_host(struct db *db, int64_t follower_id, const char *host,
                                     int64_t *target_id);

struct person_list {
    struct person *items;
    size_t count, room;
    int64_t total;
};
/* Accepted ones, newest first. */
MUST_CHECK struct err follow_followers(struct db *db, struct arena *a, int64_t target_id,
                                       int start, int count, struct person_list *out);
MUST_CHECK struct err follow_following(struct db *db, struct arena *a, int64_t follower_id,
                                       int start, int count, struct person_list *out);

struct inbox {
    const char *url, *host;
};
struct inbox_list {
    struct inbox *items;
    size_t count, room;
};
/* The distinct inboxes (shared, else personal) of the accepted remote followers of these
 * actors.
 */
MUST_CHECK struct err follow_inboxes(struct db *db, struct arena *a, const int64_t *actor_ids,
                                     size_t count, struct inbox_list *out);
/* Does anybody elsewhere, but not on `host`, follow one of the two? */
MUST_CHECK struct err follow_elsewhere(struct db *db, int64_t channel_id, int64_t account_id,
                                       const char *host, bool *some);

/* --- subscriptions: what a user's account follows; also while pending ----------------------
 */

MUST_CHECK struct err subscription_list(struct db *db, struct arena *a, int64_t account_id,
                                        const char *search, struct page page,
                                        struct channel_list *out);
/* Accounts that are followed as such, newest follow first. */
MUST_CHECK struct err subscription_accounts(struct db *db, struct arena *a, int64_t account_id,
                                            int start, int count, struct actor_list *out);
/* Listed videos of the channels (and of the channels of accounts) this account follows, newest
 * first. */
struct video_list;
MUST_CHECK struct err subscription_videos(struct db *db, struct arena *a, int64_t account_id,
                                          int start, int count, struct video_list *out);

#endif
