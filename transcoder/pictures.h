/* pictures.h — the decoded pictures of one span of the video, each exactly once.
 *
 * Seeks to a key frame at or before the span, decodes, and drops what is earlier.
 *
 * Times:   ticks of `timescale` on our time line; a frame's pts is set to them, and they rise.
 * Memory:  frames are the caller's.
 * Errors:  INPUT_UNREADABLE, DECODE_FAILED.
 * Threads: one thread (libav adds its own).
 */
#ifndef ZOE_TRANSCODER_PICTURES_H
#define ZOE_TRANSCODER_PICTURES_H

#include "transcoder/task.h"

struct pictures {
    struct arena *arena;
    struct source source;
    AVCodecContext *decoder;
    AVPacket *packet;
    int stream, timescale;
    int64_t start, end;  /* ticks; end INT64_MAX: to the end of the file */
    int64_t frame_ticks; /* usual distance */
    int64_t last;        /* ticks of the last frame, INT64_MIN: none yet */
    AVFrame *before;     /* the last frame before the span, when asked to keep it */
    AVFrame *after;      /* the first one behind it */
    bool drained;
    int64_t damaged; /* packets that could not be decoded */
};

/* [start_us, end_us): a frame at the very start belongs, one at the very end does not. */
MUST_CHECK struct err pictures_open(struct pictures *p, struct task *t, int threads,
                                    int timescale, int64_t start_us, int64_t end_us);
void pictures_close(struct pictures *p);
#define SCOPED_PICTURES __attribute__((cleanup(pictures_close)))

/* *out NULL: the span has ended; `after` is then the next frame, if there is one. */
MUST_CHECK struct err pictures_next(struct pictures *p, AVFrame **out);

#endif
