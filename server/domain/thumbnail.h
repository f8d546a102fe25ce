/* thumbnail.h — the pictures that stand for a video before it plays.
 *
 * Choice:  we choose a picture while the video is made, unless its owner sent one or picked a
 *          moment: then the row of the video says so, and ours is not made, or dropped.
 * Files:   a set is a folder of JPEGs, one a size, as the transcoder's tasks write them.
 * Order:   the files move into thumbnails/ under new names, then the rows change, and the old
 *          files go with the trash. A crash in between leaves files that the sweep removes.
 * Spec:    sizes as in hls-files.md section 8.
 * Memory:  results live in `a`.
 * Errors:  IO, DISK_FULL, DATABASE, VIDEO_NOT_FOUND.
 * Threads: any, with its own db.
 */
#ifndef ZOE_THUMBNAIL_H
#define ZOE_THUMBNAIL_H

#include "base/arena.h"
#include "base/err.h"

#include <stdbool.h>
#include <stdint.h>

struct db;
struct storage;

enum { THUMBNAIL_SIZES = 5 };
extern const int thumbnail_sizes[THUMBNAIL_SIZES][2]; /* width, height */

#define PICTURE_SENT "upload" /* video.picture; else the ms of a moment, or NULL */

/* thumbnails that lie in place already, under names that no row knows yet */
struct thumbnail_set {
    const char *files[THUMBNAIL_SIZES]; /* names; NULL: that size is missing */
};

/* Does the folder hold a set? */
bool thumbnails_there(struct arena *a, const char *folder);
/* Moves the set of `folder` into place. */
MUST_CHECK struct err thumbnails_place(const struct storage *s, struct arena *a,
                                       const char *folder, struct thumbnail_set *out);
/* After a failure: takes them away again. */
void thumbnails_unplace(const struct storage *s, struct arena *a,
                        const struct thumbnail_set *set);
/* In a transaction: they become the video's, by the choice `picture` (NULL: ours, which gives
 * way to what the owner chose). */
MUST_CHECK struct err thumbnails_assign(struct db *db, struct arena *a, int64_t video_id,
                                        const struct thumbnail_set *set, const char *picture);

/* The owner's choice: places and assigns the set of `folder`, and tells the fediverse. */
MUST_CHECK struct err video_picture_choose(struct db *db, const struct storage *s,
                                           struct arena *a, int64_t video_id,
                                           const char *folder, const char *picture);

#endif
