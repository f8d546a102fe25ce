/* encoder.h — one rung of one chunk: pictures from a queue through a codec into segments.
 *
 * Memory:  frames in the queue belong to it.
 * Errors:  those of codec.h and rung.h.
 * Threads: encoder_thread owns everything but `in`.
 */
#ifndef ZOE_TRANSCODER_ENCODER_H
#define ZOE_TRANSCODER_ENCODER_H

#include "transcoder/codec.h"
#include "transcoder/queue.h"
#include "transcoder/rung.h"

struct encoder_config {
    const struct plan_rung *rung;
    struct ladder_color color;
    const int64_t *cuts; /* ticks: where segments start; a key frame at each */
    size_t cut_count;
    int64_t first_index; /* of the segment at cuts[0] */
    int64_t end;         /* ticks: where the chunk ends by the plan */
    double source_fps;
    enum profile profile;
    int threads;
    bool yields; /* to the decoder and the largest rung: they decide when a chunk is done */
    const struct hardware *hardware;
};

struct encoder {
    struct arena *arena; /* its own */
    struct encoder_config config;
    struct queue *in;
    struct codec codec;
    struct rung *rung;
    struct bytes unit;
    size_t cut; /* the segment that the next picture may start */
    int64_t last_key, last, slot;
    int64_t until; /* the last picture is shown so far; set before queue_finish */
    struct err result;
};

/* Opens the codec and writes the init. Closing a half-opened one is fine. */
MUST_CHECK struct err encoder_open(struct encoder *e, struct output *o,
                                   const struct encoder_config *config);
void encoder_close(struct encoder *e);

/* Runs until the queue ends; the outcome is in `result`. */
void *encoder_thread(void *encoder);

#endif
