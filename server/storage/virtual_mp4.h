/* virtual_mp4.h — the plain, seekable MP4 of a rung, made of a stored head and of ranges of the
 * rung's and the sound's fragmented files: nothing is stored twice.
 *
 * Format:  the map, little-endian: char magic[8] "ZOEMAP1\0"; u64 virtual_size, head_size,
 *          extent_count, 0; extent_count times u64 virtual_offset, file (0 rung, 1 sound),
 * offset, length; then the head's bytes. See transcoder/spec.h, which writes it. Safety:  a map
 * is not believed: sizes, order, gaps and ranges are checked against the files, so a broken one
 * is refused, never read past. Cost:    opening is three open(2), one mmap(2) and a pass over
 * the extents (two a segment); that is less than what serving one range costs, so nothing is
 * cached between requests, and a deleted or moved video is never held by one. Memory:  what it
 * answers stays valid until answer->release. Errors:  NOT_FOUND (no map: not finished yet), IO
 * (broken). Threads: any.
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
