/* jpeg.h — pictures scaled into a canvas, and canvases written as JPEG.
 *
 * A canvas is a 4:2:0 full range frame, as JPEG wants it.
 *
 * Errors:  ENCODE_FAILED, DECODE_FAILED; those of output.h.
 * Threads: no shared state.
 */
#ifndef ZOE_TRANSCODER_JPEG_H
#define ZOE_TRANSCODER_JPEG_H

#include "transcoder/output.h"
#include "transcoder/source.h"

/* A black canvas; sizes are even. */
AVFrame *canvas_new(int width, int height);

/* Scales the crop [x, y, w, h] of `from` into [to_x, to_y, to_w, to_h] of a canvas; the
 * target's corner is even. */
struct canvas_area {
    int x, y, width, height;
};
MUST_CHECK struct err canvas_draw(struct arena *a, AVFrame *canvas, struct canvas_area to,
                                  const AVFrame *from, struct canvas_area crop);

/* quality: 2 (best) to 31. */
MUST_CHECK struct err jpeg_write(struct output *o, const char *name, const AVFrame *canvas,
                                 int quality);

#endif
