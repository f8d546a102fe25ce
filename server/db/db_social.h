/* db_social.h — queries over actors elsewhere, follows, comments, rates, shares, blocks,
 * notifications and tombstones: one thin function each (sql/federation.sql).
 *
 * Memory:  results live in `a`.
 * Units:   ms.
 * Errors:  as db.h; NOT_FOUND.
 * Threads: as the db.
 */
#ifndef ZOE_DB_SOCIAL_H
#define ZOE_DB_SOCIAL_H

#include "server/db/db.h"
#include "server/domain/block.h" /* the structs only, here and below */
#include "server/domain/comment.h"
#include "server/domain/follow.h"
#include "server/domain/notification.h"
#include "server/domain/rate.h"
#include "server/domain/remote_actor.h"

/* The person that stands in the columns from `first` on; all zero when there is none. */
struct person db_person_row(struct stmt *st, struct arena *a, int first);

/* --- actors (db_remote_actor.c) --- */
MUST_CHECK struct err db_remote_actor_by_uri(struct db *db, struct arena *a, const char *uri,
                                             struct remote_actor *out);
MUST_CHECK struct err db_remote_actor_by_key(struct db *db, struct arena *a, const char *key_id,
                                             struct remote_actor *out);
MUST_CHECK struct err db_remote_actor_by_id(struct db *db, struct arena *a, int64_t id,
                                            struct remote_actor *out);
MUST_CHECK struct err db_remote_actor_step_aside(struct db *db, const char *name,
                                                 const char *host, const char *uri);
MUST_CHECK struct err db_remote_actor_put(struct db *db, const struct remote_actor *r,
                                          int64_t now, int64_t *id);
MUST_CHECK struct err db_remote_actor_mark_gone(struct db *db, int64_t id, int64_t now);
MUST_CHECK struct err db_remote_actor_moved(struct db *db, int64_t id, const char *to);
/* What hangs on an actor: `block` is one of SQL_ACTOR_…_DELETE. */
MUST_CHECK struct err db_actor_things_delete(struct db *db, enum sql_id block, int64_t id);
MUST_CHECK struct err db_actor_comments_delete(struct db *db, int64_t id, int64_t now);
MUST_CHECK struct err db_actor_keys_get(struct db *db, struct arena *a, int64_t id,
                                        const char **public_pem, const char **private_pem);
MUST_CHECK struct err db_actor_keys_put(struct db *db, int64_t id, const char *public_pem,
                                        const char *private_pem);
MUST_CHECK struct err db_actor_social_counts(struct db *db, int64_t id, int64_t *followers,
                                             int64_t *following);

/* --- follows (db_follow.c) --- */
MUST_CHECK struct err db_follow_put(struct db *db, int64_t follower_id, int64_t target_id,
                                    const char *state, const char *uri, int64_t now,
                                    int64_t *id);
MUST_CHECK struct err db_follow_state_set(struct db *db, int64_t follower_id, int64_t target_id,
                                          const char *state);
MUST_CHECK struct err db_follow_delete(struct db *db, int64_t follower_id, int64_t target_id);
MUST_CHECK struct err db_follow_by_pair(struct db *db, struct arena *a, int64_t follower_id,
                                        int64_t target_id, struct follow *out);
MUST_CHECK struct err db_follow_by_id(struct db *db, struct arena *a, int64_t id,
                                      struct follow *out);
MUST_CHECK struct err db_follow_by_uri(struct db *db, struct arena *a, const char *uri,
                                       struct follow *out);
/* `block`: SQL_FOLLOWERS_OF or SQL_FOLLOWING_OF. */
MUST_CHECK struct err db_follow_people(struct db *db, struct arena *a, enum sql_id block,
                                       int64_t id, int start, int count,
                                       struct person_list *out);
/* Rows to (else from) `id`, of a state or of any (NULL); a page, and how many there are. */
MUST_CHECK struct err db_follows(struct db *db, struct arena *a, bool to, int64_t id,
                                 const char *state, int start, int count,
                                 struct follow_list *out);
/* Of the site of that host; 0: none. */
MUST_CHECK struct err db_follow_to_host(struct db *db, int64_t follower_id, const char *host,
                                        int64_t *target_id);
MUST_CHECK struct err db_follow_counts(struct db *db, int64_t id, int64_t *followers,
                                       int64_t *following);
MUST_CHECK struct err db_follow_elsewhere(struct db *db, int64_t channel_id, int64_t account_id,
                                          const char *host, bool *some);
/* Of the site's own actor; 0 while there is none. */
MUST_CHECK struct err db_site_follows(struct db *db, int64_t *followers, int64_t *following);
MUST_CHECK struct err db_follow_inboxes(struct db *db, struct arena *a, const char *ids,
                                        struct inbox_list *out);
/* Ids of channels, a page; `like` may be NULL. */
MUST_CHECK struct err db_subscriptions(struct db *db, struct arena *a, int64_t account_id,
                                       const char *like, struct page page, int64_t **ids,
                                       size_t *count);
MUST_CHECK struct err db_subscriptions_count(struct db *db, int64_t account_id,
                                             const char *like, int64_t *count);
MUST_CHECK struct err db_subscription_accounts(struct db *db, struct arena *a,
                                               int64_t account_id, int start, int count,
                                               int64_t **ids, size_t *found);
MUST_CHECK struct err db_subscription_accounts_count(struct db *db, int64_t account_id,
                                                     int64_t *count);
/* *ids: a JSON array. */
MUST_CHECK struct err db_subscription_videos(struct db *db, struct arena *a, int64_t account_id,
                                             int start, int count, const char **ids,
                                             int *found);
MUST_CHECK struct err db_subscription_videos_count(struct db *db, int64_t account_id,
                                                   int64_t *count);

/* --- comments (db_comment.c) --- */
MUST_CHECK struct err db_comment_insert(struct db *db, const struct comment *c, int64_t *id);
MUST_CHECK struct err db_comment_text_set(struct db *db, const struct comment *c);
MUST_CHECK struct err db_comment_delete(struct db *db, int64_t id, int64_t now);
MUST_CHECK struct err db_comment_release(struct db *db, int64_t id, const char *approval);
MUST_CHECK struct err db_comment_by_id(struct db *db, struct arena *a, int64_t id,
                                       struct comment *out);
MUST_CHECK struct err db_comment_by_uri(struct db *db, struct arena *a, const char *uri,
                                        struct comment *out);
/* `block`: SQL_COMMENT_THREADS_… */
MUST_CHECK struct err db_comment_threads(struct db *db, struct arena *a, enum sql_id block,
                                         int64_t video_id, const struct comment_eyes *eyes,
                                         int start, int count, struct comment_list *out);
MUST_CHECK struct err db_comment_threads_count(struct db *db, int64_t video_id,
                                               const struct comment_eyes *eyes, int64_t *count);
MUST_CHECK struct err db_comment_thread(struct db *db, struct arena *a, int64_t video_id,
                                        int64_t thread_id, const struct comment_eyes *eyes,
                                        int count, struct comment_list *out);
MUST_CHECK struct err db_comments_of_video(struct db *db, struct arena *a, int64_t video_id,
                                           int64_t after_id, int count,
                                           struct comment_list *out);
MUST_CHECK struct err db_comment_versions(struct db *db, const char *ids,
                                          struct comment_version *out, size_t room,
                                          size_t *count);

/* --- rates and shares (db_rate.c) --- */
MUST_CHECK struct err db_rate_put(struct db *db, int64_t actor_id, int64_t video_id, int value,
                                  const char *uri, int64_t now);
MUST_CHECK struct err db_rate_delete(struct db *db, int64_t actor_id, int64_t video_id);
MUST_CHECK struct err db_rate_get(struct db *db, struct arena *a, int64_t actor_id,
                                  int64_t video_id, struct rate_now *out);
MUST_CHECK struct err db_rates_of_video(struct db *db, struct arena *a, int64_t video_id,
                                        int value, int start, int count, struct rate_list *out);
struct social_counts {
    int64_t likes, dislikes, shares, comments;
};
MUST_CHECK struct err db_video_social_counts(struct db *db, int64_t video_id,
                                             struct social_counts *out);
MUST_CHECK struct err db_comment_rate_put(struct db *db, int64_t actor_id, int64_t comment_id,
                                          const char *uri, int64_t now);
MUST_CHECK struct err db_comment_rate_delete(struct db *db, int64_t actor_id,
                                             int64_t comment_id);
/* `block`: SQL_…_DELETE_BY_URI. */
MUST_CHECK struct err db_undo_by_uri(struct db *db, enum sql_id block, int64_t actor_id,
                                     const char *uri, bool *undone);
MUST_CHECK struct err db_share_put(struct db *db, int64_t actor_id, int64_t video_id,
                                   const char *uri, int64_t now);
MUST_CHECK struct err db_share_delete(struct db *db, int64_t actor_id, int64_t video_id);
MUST_CHECK struct err db_share_by_pair(struct db *db, struct arena *a, int64_t actor_id,
                                       int64_t video_id, struct share *out);
MUST_CHECK struct err db_share_by_id(struct db *db, struct arena *a, int64_t id,
                                     struct share *out);
MUST_CHECK struct err db_shares_of_video(struct db *db, struct arena *a, int64_t video_id,
                                         int start, int count, struct share_list *out);

/* --- blocks, notifications, tombstones, the way out (db_social.c) --- */
MUST_CHECK struct err db_block_of_actor(struct db *db, int64_t user_id, int64_t actor_id,
                                        bool *blocked);
MUST_CHECK struct err db_host_refused(struct db *db, const char *host, bool *refused);
MUST_CHECK struct err db_allowed_set(struct db *db, const char *host, bool on, int64_t now);
MUST_CHECK struct err db_allowed_hosts(struct db *db, struct arena *a, int start, int count,
                                       struct block_list *out);
MUST_CHECK struct err db_block_set(struct db *db, int64_t user_id, const char *kind,
                                   const char *target, bool on, int64_t now);
MUST_CHECK struct err db_block_any(struct db *db, int64_t user_id, bool *yes);
/* Lists videos elsewhere of an actor (and of the channels it owns) or of a host no more, or
 * again. */
MUST_CHECK struct err db_videos_hide(struct db *db, int64_t actor_id, const char *host,
                                     bool hide);
MUST_CHECK struct err db_block_accounts(struct db *db, struct arena *a, int64_t user_id,
                                        int start, int count, struct block_list *out);
MUST_CHECK struct err db_block_hosts(struct db *db, struct arena *a, int64_t user_id, int start,
                                     int count, struct block_list *out);

MUST_CHECK struct err db_notification_insert(struct db *db, const struct notification_new *n,
                                             int64_t now);
MUST_CHECK struct err db_notification_insert_staff(struct db *db, int role,
                                                   const struct notification_new *n,
                                                   int64_t now);
MUST_CHECK struct err db_notification_insert_video(struct db *db, int64_t video_id,
                                                   int64_t since_ms, int64_t now);
MUST_CHECK struct err db_notifications(struct db *db, struct arena *a,
                                       const struct notification_query *q,
                                       struct notification_list *out);
/* `ids` NULL: all. */
MUST_CHECK struct err db_notifications_read(struct db *db, int64_t user_id, const char *ids);

struct db_video_outbox {
    const char *uuid, *uri; /* uri NULL: ours */
    int64_t channel_id, account_id, user_id;
    int privacy;
    bool listed, federated;
    bool picture_comes; /* it has none yet, and a job makes one */
};
MUST_CHECK struct err db_video_outbox_state(struct db *db, struct arena *a, int64_t video_id,
                                            struct db_video_outbox *out);
MUST_CHECK struct err db_video_federated_set(struct db *db, int64_t video_id, bool federated);
MUST_CHECK struct err db_video_share_inboxes(struct db *db, struct arena *a, int64_t video_id,
                                             struct inbox_list *out);
MUST_CHECK struct err db_actor_audience(struct db *db, struct arena *a, int64_t actor_id,
                                        struct inbox_list *out);
MUST_CHECK struct err db_tombstone_put(struct db *db, const char *path, const char *former,
                                       int64_t now);
MUST_CHECK struct err db_tombstone_drop(struct db *db, const char *path);
MUST_CHECK struct err db_tombstone_get(struct db *db, struct arena *a, const char *path,
                                       const char **former, int64_t *deleted_ms);

#endif
