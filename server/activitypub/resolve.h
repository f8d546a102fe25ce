/* resolve.h — things elsewhere become rows here: actors, videos, comments, by their ids.
 *
 * Rule:    a thing is what its own host says it is: fetched by id, host of id = host that
 *          served it = host of its author.
 * Limits:  a `struct reach` counts what one cause may fetch, so that a chain of replies or of
 *          moves ends.
 * Memory:  results live in `a`.
 * Errors:  those of fetch.h; ACTIVITY_INVALID when the document is not what it should be;
 *          PEER_BLOCKED when the site or a block refuses that host.
 * Threads: any, with its own db. Blocks on the network: never on an event thread, never inside
 *          a transaction.
 */
#ifndef ZOE_RESOLVE_H
#define ZOE_RESOLVE_H

#include "base/arena.h"
#include "base/err.h"

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

struct app;
struct db;

struct reach {
    struct app *app;
    struct db *db;
    struct arena *a;
    int fetches_left; /* REACH_FETCHES at the start; with 0 nothing is asked of the network, and
                       * it is below 0 afterwards when something would have been */
    int depth_left;   /* of replies */
    /* When the last document was asked for (now_ms): what it tells may be over since. */
    int64_t asked_ms;
};
enum { REACH_FETCHES = 200, REACH_DEPTH = 100, ACTOR_FRESH_MS = 2 * 24 * 3600 * 1000 };
struct reach reach_of(struct app *app, struct db *db, struct arena *a);

/* The row of the actor `uri`, local or remote. Fetched when unknown, or when `anew` or stale (a
 * stale one that cannot be fetched is used as it is). */
MUST_CHECK struct err resolve_actor(struct reach *r, const char *uri, bool anew,
                                    int64_t *actor_id);
/* Stores an actor's document (fetched from its own host). */
MUST_CHECK struct err resolve_actor_document(struct reach *r, json_t *document,
                                             int64_t *actor_id);

/* "name@host" or "@name@host", or an address of a page or object: WebFinger or fetch. */
MUST_CHECK struct err resolve_handle(struct reach *r, const char *handle, char **uri);

/* The actor of a whole site, by its host: what its nodeinfo names, else PeerTube's. */
MUST_CHECK struct err resolve_site(struct reach *r, const char *host, int64_t *actor_id);

/* The row of the video `uri`, local or remote; fetched when unknown or `anew`. */
MUST_CHECK struct err resolve_video(struct reach *r, const char *uri, bool anew,
                                    int64_t *video_id);
MUST_CHECK struct err resolve_video_document(struct reach *r, json_t *document,
                                             int64_t *video_id);

struct place { /* what somebody answers to */
    int64_t video_id;
    int64_t comment_id; /* 0: the video itself */
};
/* A local or remote video or comment; ancestors that are missing are fetched. NOT_FOUND when
 * the chain does not end at a video. */
MUST_CHECK struct err resolve_place(struct reach *r, const char *uri, struct place *out);
/* Stores a Note that answers a video or comment. */
MUST_CHECK struct err resolve_note_document(struct reach *r, json_t *note, int64_t *comment_id);

/* What one of our own addresses names: "video", "comment", "account", "channel", "site",
 * "like", "follow", …; id 0 when it is none. */
struct local_name {
    enum {
        LOCAL_NONE,
        LOCAL_ACTOR,
        LOCAL_VIDEO,
        LOCAL_COMMENT,
        LOCAL_FOLLOW,
        LOCAL_SHARE,
    } kind;
    int64_t id;
};
MUST_CHECK struct err resolve_local(struct reach *r, const char *uri, struct local_name *out);

#endif
