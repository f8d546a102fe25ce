/* mp4.h — writes fragmented and plain MP4: one small writer for rungs and for finish.
 *
 * Spec:    ISO/IEC 14496-12 (boxes), -14 (esds), -15 (avc1); AV1 in ISO BMFF (av01); CMAF
 *          (ISO/IEC 23000-19) for fragments.
 * Times:   ticks of the track's timescale. `dts` and `pts` are media times; edit_start is the
 *          media time that is shown at 0.
 * Memory:  output is appended to the caller's bytes; arguments are borrowed.
 * Threads: no shared state.
 */
#ifndef ZOE_TRANSCODER_MP4_H
#define ZOE_TRANSCODER_MP4_H

#include "transcoder/bytes.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct mp4_track {
    bool video, av1; /* av1: a picture that is not H.264 */
    uint32_t timescale;
    int64_t edit_start;
    /* description: a ready stsd box, or what is needed to make one */
    const uint8_t *stsd;
    size_t stsd_size;
    const uint8_t *config; /* avcC, av1C, or AudioSpecificConfig */
    size_t config_size;
    int width, height;
    int primaries, transfer, matrix; /* ISO/IEC 23091-2 numbers; 0: no colr box */
    bool full_range;
    int channels, sample_rate;
    int64_t bit_rate;
};

struct mp4_sample {
    int64_t dts, pts;
    uint32_t size, duration;
    bool key;
};

/* ftyp + moov of a fragmented file with this one track. */
void mp4_init(struct bytes *out, const struct mp4_track *t);

/* moof and the header of its mdat; the samples' bytes, in this order, follow. `sequence`
 * from 1. */
void mp4_fragment(struct bytes *out, const struct mp4_track *t, uint32_t sequence,
                  const struct mp4_sample *samples, size_t count);

/* A run of one track's samples, contiguous in the virtual file. */
struct mp4_chunk {
    uint64_t offset; /* from the first byte after the mdat header */
    size_t first, count;
};

struct mp4_table {
    const struct mp4_track *track;
    const struct mp4_sample *samples;
    size_t sample_count;
    const struct mp4_chunk *chunks;
    size_t chunk_count;
};

/* ftyp + moov + mdat header of a plain file whose `payload` bytes follow. */
void mp4_plain_head(struct bytes *out, const struct mp4_table *tables, size_t count,
                    uint64_t payload);

#endif
