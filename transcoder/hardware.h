/* hardware.h — a hardware encoder's device, opened before the sandbox closes.
 *
 * Whatever goes wrong with it, at opening or later, ends the task with HARDWARE_FAILED: the
 * server then plans the video anew in software. Streams of the two cannot be mixed in one rung.
 *
 * Memory:  the device is the caller's until hardware_close.
 * Errors:  HARDWARE_FAILED.
 * Threads: encoders of several threads share a device; libav locks it.
 */
#ifndef ZOE_TRANSCODER_HARDWARE_H
#define ZOE_TRANSCODER_HARDWARE_H

#include "base/arena.h"
#include "base/err.h"
#include "transcoder/profile.h"

#include <libavcodec/avcodec.h>

struct hardware {
    enum hardware_kind kind; /* HARDWARE_NONE: software */
    const char *encoder;     /* libav's name */
    AVBufferRef *device;
    enum AVPixelFormat format; /* what the encoder takes */
};

MUST_CHECK struct err hardware_open(struct arena *a, enum hardware_kind kind,
                                    struct hardware *out);
void hardware_close(struct hardware *h); /* half-opened or empty is fine */
#define SCOPED_HARDWARE __attribute__((cleanup(hardware_close)))

/* Frames of the device's memory for an encoder, where it takes no others. */
MUST_CHECK struct err hardware_attach(const struct hardware *h, struct arena *a,
                                      AVCodecContext *c);

/* `f`, 4:2:0 in memory, as the encoder takes it: a new frame. */
MUST_CHECK struct err hardware_frame(const struct hardware *h, struct arena *a,
                                     const AVCodecContext *c, const AVFrame *f, AVFrame **out);

#endif
