/* rate.h — likes, dislikes and shares of videos; likes of comments. One a person and thing.
 *
 * Out:     what local people do leaves a job row by outbox.h in the same transaction.
 * Counts:  video.likes, .dislikes, .shares and comment.likes; triggers keep them.
 * Memory:  results live in `a`.
 * Errors:  NOT_FOUND, DATABASE.
 * Threads: any, with its own db.
 */
#ifndef ZOE_RATE_H
#define ZOE_RATE_H

#include "server/domain/remote_actor.h"

enum rating { RATE_DISLIKE = -1, RATE_NONE = 0, RATE_LIKE = 1 };

/* Replaces what was there; `uri` is the id of the remote Like or Dislike, NULL for local people
 * (Out: Like or Dislike, or the Undo of the one before). */
MUST_CHECK struct err rate_set(struct db *db, struct arena *a, int64_t actor_id,
                               int64_t video_id, enum rating value, const char *uri);
MUST_CHECK struct err rate_get(struct db *db, int64_t actor_id, int64_t video_id,
                               enum rating *out);
struct rate_now {
    enum rating value;  /* RATE_NONE: there is none, the rest is 0 */
    const char *uri;    /* NULL: of somebody here */
    int64_t created_ms; /* when this one came */
};
MUST_CHECK struct err rate_now(struct db *db, struct arena *a, int64_t actor_id,
                               int64_t video_id, struct rate_now *out);
MUST_CHECK struct err comment_rate_set(struct db *db, int64_t actor_id, int64_t comment_id,
                                       bool like, const char *uri);

struct share {
    int64_t id, actor_id, video_id;
    const char *uri; /* NULL: ours, named by rule */
    int64_t created_ms;
};
/* Shares, or finds the share that is there; Out: an Announce when it is new and `uri` is NULL.
 */
MUST_CHECK struct err share_put(struct db *db, struct arena *a, int64_t actor_id,
                                int64_t video_id, const char *uri, struct share *out);
/* Nothing to take back is fine. Out: Undo of the Announce when the actor is local. */
MUST_CHECK struct err share_remove(struct db *db, struct arena *a, int64_t actor_id,
                                   int64_t video_id);
MUST_CHECK struct err share_get_by_id(struct db *db, struct arena *a, int64_t id,
                                      struct share *out);

/* Undo by the id of a Like, Dislike or Announce that `actor_id` sent: whatever it was. *undone
 * tells whether there was such a thing. */
MUST_CHECK struct err rate_undo_by_uri(struct db *db, int64_t actor_id, const char *uri,
                                       bool *undone);

/* --- collections ------------------------------------------------------------ */

struct rate { /* who, by what id; uri NULL: local, named by rule */
    struct person actor;
    const char *uri;
    int64_t created_ms;
};
struct rate_list {
    struct rate *items;
    size_t count, room;
    int64_t total;
};
MUST_CHECK struct err rates_of_video(struct db *db, struct arena *a, int64_t video_id,
                                     enum rating value, int start, int count,
                                     struct rate_list *out);
struct share_list {
    struct share *items;
    struct person *actors; /* of the same index */
    size_t count, room, actors_room;
    int64_t total;
};
MUST_CHECK struct err shares_of_video(struct db *db, struct arena *a, int64_t video_id,
                                      int start, int count, struct share_list *out);

#endif
