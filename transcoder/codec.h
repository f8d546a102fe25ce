/* codec.h — the encoder of one rung: H.264 by x264 or by hardware, AV1 by SVT-AV1.
 *
 * Times:   ticks of the rung's timescale.
 * Memory:  frames are borrowed for the call; a unit is appended to the caller's bytes.
 * Errors:  ENCODE_FAILED; HARDWARE_FAILED when a device is at fault.
 * Threads: one codec, one thread.
 */
#ifndef ZOE_TRANSCODER_CODEC_H
#define ZOE_TRANSCODER_CODEC_H

#include "transcoder/bytes.h"
#include "transcoder/hardware.h"
#include "transcoder/ladder.h"
#include "transcoder/profile.h"

struct codec_config {
    const struct plan_rung *rung;
    struct ladder_color color;
    enum profile profile;
    int threads;
    const struct hardware *hardware; /* for H.264; kind HARDWARE_NONE or NULL: software */
    double key_every_s;              /* the encoder need not start a group sooner by itself */
};

struct codec {
    struct arena *arena;
    struct codec_config config;
    AVCodecContext *context;
    bool by_hardware, started;
    struct bytes description; /* avcC or av1C */
    const char *codecs;       /* RFC 6381 */
};

MUST_CHECK struct err codec_open(struct codec *c, struct arena *a,
                                 const struct codec_config *config);
void codec_close(struct codec *c); /* half-opened is fine */

/* This libavcodec's SVT-AV1 takes no wish for key frames: before one the codec must be drained
 * (codec_send of NULL) and opened anew. */
bool codec_starts_anew(const struct codec *c);
MUST_CHECK struct err codec_restart(struct codec *c);

/* pict_type I asks for a key picture; NULL ends the input. */
MUST_CHECK struct err codec_send(struct codec *c, const AVFrame *f);

/* *got false: it wants more pictures, or all is out. */
MUST_CHECK struct err codec_receive(struct codec *c, AVPacket *p, bool *got);

/* The packet's bytes as a rung stores them. */
void codec_unit(const struct codec *c, const AVPacket *p, struct bytes *out);

/* Encodes a small picture, so that whatever a device's driver loads is loaded. */
MUST_CHECK struct err codec_try(struct arena *a, const struct hardware *h);

#endif
