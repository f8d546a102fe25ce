/* upload.h — how the bytes of a video come in: limits, and uploads that can be resumed.
 *
 * Truth:   the length of staging/uploads/{id} is how much of an upload is here. Whatever was
 *          told to a client was synced before (upload_sync), so it survives kill -9 and power
 *          loss; bytes of a broken-off chunk count from the next question on.
 * Writers: one at a time, by its claim (upload_claim.h); an upload is finished by whoever
 * brings its last byte.
 * Memory:  results live in `a`.
 * Units:   bytes, Unix ms.
 * Errors:  MAX_FILE_SIZE, QUOTA_REACHED, DISK_FULL; UPLOAD_NOT_FOUND, UPLOAD_FORBIDDEN,
 *          UPLOAD_EXPIRED, UPLOAD_CONFLICT, UPLOAD_BUSY; NOT_FOUND and NOT_OWNER for channels;
 *          INVALID_PARAMS; DATABASE, IO.
 * Threads: any worker, with its own db.
 */
#ifndef ZOE_UPLOAD_H
#define ZOE_UPLOAD_H

#include "base/arena.h"
#include "base/err.h"
#include "server/domain/publish.h"

#include <stdbool.h>
#include <stdint.h>

struct db;
struct storage;
struct upload_reservation;
struct video_fields;

enum { UPLOAD_ID_HEX = 32 };
#define UPLOAD_LIFE_MS (24 * 3600 * INT64_C(1000)) /* since it was last touched */

struct upload {
    const char *id; /* UPLOAD_ID_HEX random digits: cannot be guessed */
    int64_t user_id, size_bytes;
    const char *metadata; /* JSON of the init request: "filename" and the video's fields */
    int64_t video_id;     /* 0 until it became a video */
    int64_t touched_ms;
};

/* --- room ------------------------------------------------------------------------------------
 */

/* Refuses what would not fit, before a byte is sent: `max_bytes` (< 0: unlimited), the quota
 * with everything else under way counted in, the disk. *reservation counts towards the quota
 * until it is given back. */
MUST_CHECK struct err upload_reserve_room(struct db *db, const struct storage *s,
                                          int64_t user_id, int64_t bytes, int64_t max_bytes,
                                          struct upload_reservation **reservation);
/* Room on disk for `bytes` more, with some left for everything else. */
MUST_CHECK struct err upload_disk_check(const struct storage *s, int64_t bytes);
/* Whether a file called so, of this content type, may be a video or sound. */
bool upload_media_known(const char *content_type, const char *file_name);

/* The last component of a name from outside, short enough: only ever shown. */
const char *upload_source_name(struct arena *a, const char *file_name);

/* --- resumable uploads
 * ------------------------------------------------------------------------- */

struct upload_begin {
    int64_t user_id, size_bytes, max_bytes;
    const char *file_name, *last_modified; /* last_modified NULL: always a new upload */
    const char *metadata;
};

/* A new upload, or the one of the same file that was begun before: *have of its bytes are here.
 */
MUST_CHECK struct err upload_begin(struct db *db, const struct storage *s, struct arena *a,
                                   const struct upload_begin *b, struct upload *out,
                                   int64_t *have);
/* The upload `id` (any text from outside) of this user. */
MUST_CHECK struct err upload_find(struct db *db, struct arena *a, int64_t user_id,
                                  const char *id, struct upload *out);
int64_t upload_have(const struct storage *s, struct arena *a, const struct upload *u);
/* Whether no byte of it has come for a while: the connection of its writer may be dead. */
bool upload_silent(const struct storage *s, struct arena *a, const struct upload *u);
/* Opens its file for writing at `offset`: what lay behind it is cut off. Needs the claim. */
MUST_CHECK struct err upload_open(const struct storage *s, struct arena *a,
                                  const struct upload *u, int64_t offset, int *fd);
/* Cuts the file back to `offset`: a chunk was wrong. Needs the claim. */
void upload_cut(const struct storage *s, struct arena *a, const struct upload *u,
                int64_t offset);
/* What is here stays here, power loss included; the upload lives on for a day. */
MUST_CHECK struct err upload_sync(struct db *db, const struct storage *s, struct arena *a,
                                  const struct upload *u);
/* Turns a whole upload into a video. Needs the claim, marked as finishing. */
MUST_CHECK struct err upload_finish(struct db *db, struct storage *s, struct arena *a,
                                    const struct upload *u, struct video_ids *out);
/* The video that a finished upload became; VIDEO_NOT_FOUND when it was deleted since. */
MUST_CHECK struct err upload_video(struct db *db, struct arena *a, const struct upload *u,
                                   struct video_ids *out);
/* Row and file are gone afterwards; an unknown id is fine. */
MUST_CHECK struct err upload_cancel(struct db *db, const struct storage *s, struct arena *a,
                                    int64_t user_id, const char *id);
/* Removes uploads untouched for a day and files without a row. */
MUST_CHECK struct err upload_purge(struct db *db, const struct storage *s, int64_t now,
                                   int64_t *removed);

/* Beside an upload: the thumbnails of the picture that came with its init request. */
const char *upload_picture_folder(const struct storage *s, struct arena *a, const char *id);

#endif
