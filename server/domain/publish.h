/* publish.h — how a file becomes a video: creation, and the state changes that jobs cause.
 *
 * Promise: when video_create returns OK, the file is in originals/ and the video and its first
 *          job are rows on disk: nothing acknowledged is lost.
 * Memory:  results live in `a`.
 * Errors:  DATABASE, IO, DISK_FULL; nothing half-made stays.
 * Threads: any worker, with its own db.
 */
#ifndef ZOE_PUBLISH_H
#define ZOE_PUBLISH_H

#include "base/arena.h"
#include "base/err.h"

#include <stdbool.h>
#include <stdint.h>

struct db;
struct storage;

enum { VIDEO_PUBLISHED = 1, VIDEO_TO_TRANSCODE = 2, VIDEO_FAILED = 7 };
enum { PRIVACY_PUBLIC = 1, PRIVACY_UNLISTED, PRIVACY_PRIVATE, PRIVACY_INTERNAL };

struct video_new {
    int64_t user_id, channel_id; /* checked by the caller: the channel is the user's */
    const char *name, *description, *support, *language, *nsfw_summary; /* NULL: none */
    const char *tags_json;                                              /* "[]" when none */
    int64_t category, licence;                                          /* 0: none */
    int privacy, comments_policy, nsfw_flags;
    bool nsfw, download_enabled, wait_transcoding;
    int64_t originally_published_ms; /* 0: none */
    const char
        *staged_path; /* the whole file, closed; moved from here. fsynced by video_create */
    const char *picture_folder; /* the thumbnails its owner sent, as domain/thumbnail.h has
                                   them; NULL: none. Moved from here */
    const char *source_name;
    int64_t source_bytes;
    const char *upload_id; /* resumable upload that ends with it: marked finished in the same
                              transaction; NULL: none */
};

struct video_ids {
    int64_t id;
    const char *uuid, *short_uuid;
};

MUST_CHECK struct err video_create(struct db *db, struct storage *s, struct arena *a,
                                   const struct video_new *v, struct video_ids *out);

#endif
