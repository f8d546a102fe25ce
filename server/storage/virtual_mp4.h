/* virtual_mp4.h — the plain, seekable MP4 of a rung, made of a stored head and of ranges of the
 * rung's and the sound's fragmented files: nothing is stored twice.
 *
 * Format:  the map, see transcoder/spec.h, which writes it: sizes, extents, and the head
 *          packed.
 * Safety:  a map is not believed: sizes and ranges are checked against the files, and the head
 *          must unpack to its size, so a broken one is refused, never read past.
 * Cost:    opening is three open(2), one mmap(2) and a pass over the extents (two a segment);
 *          that is less than what serving one range costs, so nothing is cached between
 *          requests, and a deleted or moved video is never held by one. The head is unpacked as
 *          it is read, a few KiB at a time; ranges behind it do not touch it.
 * Memory:  what it answers stays valid until answer->release.
 * Errors:  NOT_FOUND (no map: not finished yet), IO (broken).
 * Threads: any; one answer, one thread at a time.
 */
#ifndef ZOE_VIRTUAL_MP4_H
#define ZOE_VIRTUAL_MP4_H

#include "base/arena.h"
#include "base/err.h"

#include <stdint.h>

struct virtual_answer; /* server/http/http.h */

/* Opens it. `rung` and `sound` are paths of fragmented files; sound NULL: none. Fills in size,
 * head, extents, files, etag, release and owner of *out. */
MUST_CHECK struct err virtual_mp4_open(struct arena *a, const char *map, const char *rung,
                                       const char *sound, struct virtual_answer *out);
/* Bytes of the plain MP4; -1 when there is no map. */
int64_t virtual_mp4_size(const char *map);
/* Reads [offset, offset + bytes) of it. */
MUST_CHECK struct err virtual_mp4_read(const struct virtual_answer *v, int64_t offset,
                                       void *buffer, int64_t bytes);

#endif
