/* ladder.h — one decoded picture in, one scaled picture per rung out, each from the next
 * larger.
 *
 * Also here: rotation, mirroring, sample aspect ratio, deinterlacing, tone mapping, range, odd
 * sizes and every pixel format become upright square-pixel 8 bit 4:2:0 in limited range.
 *
 * Times:   ticks of the timescale; fields of interlaced pictures come out as pictures of their
 *          own.
 * Memory:  frames are references; the caller frees what it takes.
 * Errors:  DECODE_FAILED when a picture's shape cannot be converted.
 * Threads: one thread.
 */
#ifndef ZOE_TRANSCODER_LADDER_H
#define ZOE_TRANSCODER_LADDER_H

#include "transcoder/media.h"
#include "transcoder/plan.h"
#include "transcoder/source.h"

#include <libavfilter/avfilter.h>

/* What the encoders write into the streams. Numbers of ISO/IEC 23091-2. */
struct ladder_color {
    enum AVColorPrimaries primaries;
    enum AVColorTransferCharacteristic transfer;
    enum AVColorSpace matrix;
};

struct ladder {
    struct arena *arena;
    const struct media_video *video;
    const struct plan_rung *const *rungs; /* largest first */
    size_t count;
    int timescale;
    AVFilterGraph *graph; /* NULL until the first picture */
    AVFilterContext *in, *out[PLAN_RUNGS_MAX];
    int width, height, format; /* what the graph was made for */
};

struct ladder_color ladder_color(const struct media_video *v);

void ladder_init(struct ladder *l, struct arena *a, const struct media_video *v,
                 const struct plan_rung *const *rungs, size_t count, int timescale);
void ladder_release(struct ladder *l);
#define SCOPED_LADDER __attribute__((cleanup(ladder_release)))

/* Takes the frame over. NULL ends the input. */
MUST_CHECK struct err ladder_push(struct ladder *l, AVFrame *frame);

/* The next picture of rung `i`; NULL: none yet. */
MUST_CHECK struct err ladder_pull(struct ladder *l, size_t i, AVFrame **out);

#endif
