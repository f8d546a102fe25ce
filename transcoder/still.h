/* still.h — the picture of a sound: its cover, or its waveform.
 *
 * Memory:  frames are the caller's.
 * Errors:  INPUT_UNREADABLE, DECODE_FAILED; those of source.h.
 * Threads: one source, one thread.
 */
#ifndef ZOE_TRANSCODER_STILL_H
#define ZOE_TRANSCODER_STILL_H

#include "transcoder/jpeg.h"
#include "transcoder/task.h"

MUST_CHECK struct err still_of_sound(struct source *s, const struct media *m, AVFrame **out);

/* Fills the canvas with a picture; one of a rather different shape is whole, and what it
 * leaves free shows it soft and dark. */
MUST_CHECK struct err still_compose(struct arena *a, AVFrame *canvas, const AVFrame *picture);

/* A canvas with the picture of the task's input, and what such a canvas is as a video. */
MUST_CHECK struct err still_draw(struct task *t, int width, int height, AVFrame **out);
struct media_video still_video(const struct plan_rung *r);

#endif
