/* remote_video.h — videos of other servers as rows here.
 *
 * Shape:   `remote` is a JSON object of what only remote videos have: {"page": address of its
 *          page, "embed": of its player, "thumbnails": [{"url","width","height"}], smallest
 *          first, "storyboard": {"url","width","height","tileWidth","tileHeight","tileDuration"
 *          in s}, "playlists": [{"url": HLS master, "sha256", "files": [file]}], "files":
 *          [file]: plain ones; file: {"url","height","width","size","fps","mediaType"} (height
 *          0: sound), "captions": [{"language","label","url","automatic"}],
 *          "likes","dislikes","shares","comments","chapters": collections, "live": bool,
 *          "permanentLive": bool, "counts": {"likes","dislikes"} when the origin told them}
 *          Members that are not known are missing.
 * Listed:  a public one that can be played is listed when somebody here follows its channel or
 *          account, or a site that shared it.
 * Memory:  results live in `a`.
 * Units:   Unix ms, ms.
 * Errors:  NOT_FOUND, DATABASE.
 * Threads: any, with its own db.
 */
#ifndef ZOE_REMOTE_VIDEO_H
#define ZOE_REMOTE_VIDEO_H

#include "base/arena.h"
#include "base/err.h"

#include <stdbool.h>
#include <stdint.h>

struct db;

struct remote_video { /* to be written */
    const char *uri, *uuid;
    int64_t channel_id;
    const char *name, *description, *support, *language, *nsfw_summary; /* NULL: none */
    const char *tags;                                                   /* JSON array */
    const char *chapters;      /* JSON [[s, "title"], …]; NULL: keep */
    const char *remote;        /* JSON, as above */
    int64_t category, licence; /* 0: none */
    int privacy, comments_policy, state, width, height;
    bool nsfw, download_enabled, playable, listed;
    int64_t duration_ms, views, updated_ms, published_ms, originally_published_ms;
    int64_t as_of_ms; /* when this was true at its origin, by our clock */
};

struct video_place {                  /* a video in short, ours or not */
    int64_t id, channel_id, owner_id; /* owner_id 0: not known */
    const char *uri;                  /* NULL: ours */
    const char *uuid, *remote;
    int privacy, comments_policy;
    bool listed;
    int64_t updated_ms, fetched_ms;
};

/* Inserts it, or replaces the one with this uri. A uuid that another video has is not taken.
 * NOT_FOUND: news of its end came since `as_of_ms`. */
MUST_CHECK struct err remote_video_put(struct db *db, const struct remote_video *v,
                                       int64_t *id);
MUST_CHECK struct err remote_video_by_uri(struct db *db, struct arena *a, const char *uri,
                                          struct video_place *out);
MUST_CHECK struct err remote_video_by_id(struct db *db, struct arena *a, int64_t id,
                                         struct video_place *out);
/* One of ours. */
MUST_CHECK struct err remote_video_local(struct db *db, struct arena *a, const char *uuid,
                                         struct video_place *out);
MUST_CHECK struct err remote_video_list(struct db *db, int64_t id);
MUST_CHECK struct err remote_video_delete(struct db *db, int64_t id);
MUST_CHECK struct err remote_video_chapters(struct db *db, int64_t id, const char *chapters);
/* Likes and dislikes as its origin counts them. */
MUST_CHECK struct err remote_video_counts(struct db *db, int64_t id, int64_t likes,
                                          int64_t dislikes);
/* Somebody here looks at it: a job looks at it anew when it was not for a while. */
enum { REMOTE_VIDEO_STALE_MS = 30 * 60 * 1000 };
MUST_CHECK struct err remote_video_seen(struct db *db, struct arena *a, int64_t id);
MUST_CHECK struct err actor_is_followed(struct db *db, int64_t actor_id, bool *followed);

#endif
