/* pictures.h — thumbnails of a picture that somebody sent, or of a moment of a video, made in
 * the transcoder's sandbox while a request waits for them.
 *
 * Limits:  PICTURE_LIMIT bytes and what the task allows of memory and time; few at a time, the
 *          others wait a little.
 * Memory:  the folder of the result goes with the arena.
 * Errors:  PICTURE_INVALID with a sentence for its sender; MAX_FILE_SIZE; OVERLOADED;
 *          UNPROCESSABLE (no picture at that moment); IO.
 * Threads: any worker, with its own db.
 */
#ifndef ZOE_PICTURES_H
#define ZOE_PICTURES_H

#include "base/arena.h"
#include "base/err.h"

#include <stddef.h>
#include <stdint.h>

struct app;
struct db;

#define PICTURE_LIMIT (INT64_C(8) << 20)

/* *folder: a set as domain/thumbnail.h knows it. */
MUST_CHECK struct err picture_convert(struct app *app, struct arena *a, const char *path,
                                      const char **folder);
/* *folder: thumbnail-{width}x{height}.jpg of each of these sizes, cut to their shapes. */
MUST_CHECK struct err picture_resize(struct app *app, struct arena *a, const char *path,
                                     const int (*sizes)[2], size_t count, const char **folder);
MUST_CHECK struct err picture_of_moment(struct app *app, struct db *db, struct arena *a,
                                        int64_t video_id, int64_t at_ms, const char **folder);

#endif
