/* actor_picture.h — avatars and banners of accounts and channels here.
 *
 * Files:   avatars/{stem}-{width}.jpg, one for each width of the kind; a new picture has a new
 *          stem, so what is cached stays right.
 * Order:   as thumbnails have it: files move into place, then the row changes, and the old ones
 *          go with the trash; the sweep removes what a crash leaves.
 * Memory:  results live in `a`.
 * Errors:  IO, DISK_FULL, DATABASE.
 * Threads: any, with its own db.
 */
#ifndef ZOE_ACTOR_PICTURE_H
#define ZOE_ACTOR_PICTURE_H

#include "base/arena.h"
#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct db;
struct storage;
struct actor;

enum actor_picture { ACTOR_AVATAR, ACTOR_BANNER };

/* Width and height of each, ascending. */
const int (*actor_picture_sizes(enum actor_picture kind, size_t *count))[2];
/* "{stem}-{width}.jpg" */
const char *actor_picture_file(struct arena *a, const char *stem, int width);

/* Takes the pictures of `folder` (as the transcoder's task writes them); NULL: none from now
 * on. Peers are told. */
MUST_CHECK struct err actor_picture_set(struct db *db, const struct storage *s, struct arena *a,
                                        const struct actor *actor, enum actor_picture kind,
                                        const char *folder);
/* In a transaction: its files go with the trash. */
MUST_CHECK struct err actor_pictures_trash(struct db *db, struct arena *a,
                                           const struct actor *actor);
/* Whether somebody has the picture of this file. */
MUST_CHECK struct err actor_picture_needed(struct db *db, const char *file, bool *needed);

#endif
