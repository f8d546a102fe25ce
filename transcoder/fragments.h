/* fragments.h — reads back a finished rung: its description, and every sample of every
 * fragment.
 *
 * Made for files we wrote (one track, one moof + mdat per segment), and strict: whatever is not
 * like that is refused. Nothing in the file is trusted.
 *
 * Memory:  lists live in the arena; only one moof is held at a time.
 * Errors:  RUNG_BROKEN with what and where; IO.
 * Threads: no shared state.
 */
#ifndef ZOE_TRANSCODER_FRAGMENTS_H
#define ZOE_TRANSCODER_FRAGMENTS_H

#include "base/arena.h"
#include "base/err.h"
#include "transcoder/mp4.h"

#include <stddef.h>
#include <stdint.h>

struct fragment {
    uint64_t offset, size;           /* moof + mdat in the file */
    uint64_t data_offset, data_size; /* the samples' bytes */
    size_t first_sample, sample_count;
    int64_t start, end; /* media ticks */
};

struct fragments {
    struct mp4_track track; /* stsd, size, timescale, edit_start */
    struct fragment *list;
    size_t count, room;
    struct mp4_sample *samples;
    size_t sample_count, sample_room;
    uint64_t file_size, init_size;
};

MUST_CHECK struct err fragments_read(struct arena *a, int fd, struct fragments *out);

#endif
