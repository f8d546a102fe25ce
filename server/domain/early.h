/* early.h — encoding that begins while the file is still on its way.
 *
 * Shape:   an upload that has brought enough gets a row and a job (server/jobs/early.c), which
 *          encodes chunks of the part that is here. Nothing of it is published: when the last
 *          byte came and the whole file's plan agrees, its chunks are taken as they are; else
 *          they are dropped. Everything hangs on the upload's row and goes with it.
 * Memory:  results live in `a`.
 * Errors:  as db.h.
 * Threads: as the db.
 */
#ifndef ZOE_EARLY_H
#define ZOE_EARLY_H

#include "base/arena.h"
#include "base/err.h"

#include <stdint.h>

struct db;
struct storage;

enum { EARLY_BYTES_MIN = 1 << 20 };

struct early {
    const char *upload_id, *probe, *plan; /* the last two NULL: none yet */
    int64_t generation, probed_bytes, next;
};

struct early_chunk {
    int64_t chunk, generation;
    const char *result;
    struct early_chunk *next;
};

/* `have` bytes of `size` are here and acknowledged. */
MUST_CHECK struct err early_begin(struct db *db, struct arena *a, const char *upload_id,
                                  int64_t have, int64_t size);
/* Bytes that were here were taken back: what was made of them is void. */
MUST_CHECK struct err early_forget(struct db *db, const struct storage *s, struct arena *a,
                                   const char *upload_id);
/* Its files, after its row has gone. */
void early_remove_files(const struct storage *s, struct arena *a, const char *upload_id);

#endif
