/* notification.h — what a local person is told: new videos, comments, mentions, followers,
 * and what happens on the site to those who run it.
 *
 * Memory:  results live in `a`.
 * Errors:  DATABASE.
 * Threads: any, with its own db.
 */
#ifndef ZOE_NOTIFICATION_H
#define ZOE_NOTIFICATION_H

#include "server/domain/caller.h"
#include "server/domain/remote_actor.h"

enum notification_type { /* PeerTube's numbers */
                         NOTIFY_VIDEO = 1,
                         NOTIFY_COMMENT = 2,
                         NOTIFY_REPORT = 3,
                         NOTIFY_FOLLOW = 10,
                         NOTIFY_MENTION = 11,
                         NOTIFY_SITE_FOLLOWER = 13,
                         NOTIFY_REPORT_STATE = 15,
};

struct notification_new {
    int64_t user_id;
    enum notification_type type;
    int64_t actor_id, video_id, comment_id, target_id, report_id; /* 0: not told */
};
/* Unless the user blocks the actor. Call inside the transaction of what it tells. */
MUST_CHECK struct err notify(struct db *db, const struct notification_new *n);

/* The same for all who run the site, down to this role; `user_id` is not read. */
MUST_CHECK struct err notify_staff(struct db *db, enum role role,
                                   const struct notification_new *n);

/* People here who follow the channel or the account of a listed video of the last two days,
 * whom nobody told of it yet. Inside a transaction. */
MUST_CHECK struct err notify_video(struct db *db, int64_t video_id);

struct notification {
    int64_t id;
    int type;
    bool read;
    int64_t created_ms;
    int64_t video_id; /* 0: none */
    const char *video_uuid, *video_name;
    int64_t comment_id, thread_id; /* 0: none */
    bool held;
    int64_t target_id; /* who is followed; 0: none */
    const char *target_kind, *target_name, *target_display_name;
    int64_t report_id; /* 0: none */
    int report_state;
    const char *report_kind;
    struct person actor; /* id 0: none */
};
struct notification_list {
    struct notification *items;
    size_t count, room;
    int64_t total, unread;
};
struct notification_query {
    int64_t user_id;
    int start, count;
    bool unread;       /* only those */
    const char *types; /* JSON array of numbers; NULL: all */
};
MUST_CHECK struct err notification_list(struct db *db, struct arena *a,
                                        const struct notification_query *q,
                                        struct notification_list *out);
/* `ids`: a JSON array of numbers; NULL: all of them. */
MUST_CHECK struct err notification_read(struct db *db, int64_t user_id, const char *ids);

#endif
