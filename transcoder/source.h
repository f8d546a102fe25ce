/* source.h — an input opened by libav through one descriptor, and nothing else.
 *
 * No path or protocol ever reaches libav: bytes come by pread from the descriptor, every
 * attempt of a demuxer to open something is refused, and formats that are lists of other files
 * are not taken.
 *
 * Times:   ticks are a stream's own time base; source_us turns them into microseconds on our
 *          time line (0 = the probe's start_us).
 * Errors:  INPUT_UNREADABLE with a sentence for the owner; LIMIT_EXCEEDED; IO.
 * Threads: one source, one thread.
 */
#ifndef ZOE_TRANSCODER_SOURCE_H
#define ZOE_TRANSCODER_SOURCE_H

#include "base/arena.h"
#include "base/err.h"
#include "transcoder/media.h"

#include <libavcodec/avcodec.h>
#include <libavformat/avformat.h>
#include <libavutil/frame.h>
#include <stdint.h>

static inline void frame_scope_close(AVFrame **f)
{
    av_frame_free(f);
}
static inline void packet_scope_close(AVPacket **p)
{
    av_packet_free(p);
}
static inline void codec_scope_close(AVCodecContext **c)
{
    avcodec_free_context(c);
}
#define SCOPED_FRAME __attribute__((cleanup(frame_scope_close)))
#define SCOPED_PACKET __attribute__((cleanup(packet_scope_close)))
#define SCOPED_CODEC __attribute__((cleanup(codec_scope_close)))

AVFrame *frame_new(void);   /* aborts without memory */
AVPacket *packet_new(void); /* aborts without memory */

/* libav's code as an err; the detail is "what: libav's words". */
struct err err_av(struct arena *a, enum err_id id, int rc, const char *what);

/* Broadcasts and streams that were joined jump in time. While `active`, source_read moves what
 * comes behind a jump so that it goes on where the clock streams were. That needs every packet
 * from the start on: an input that was mended is read through, never sought in. */
struct mending {
    bool active;
    bool mended;                         /* a jump was found */
    int clock[2];                        /* streams that tell the time, -1: none */
    int64_t next_us[2];                  /* where each goes on; INT64_MIN: not begun */
    int64_t offset_us, offset_before_us; /* for what comes now, and for stragglers */
};

struct source {
    struct arena *arena;
    AVFormatContext *format;
    AVIOContext *io;
    int fd;
    int64_t size_bytes, position;
    int64_t start_us;
    struct mending mending;
};

/* Opens and analyses. `fd` stays the caller's. Closing a source that failed to open is fine. */
MUST_CHECK struct err source_open(struct source *s, struct arena *a, int fd);
/* The same of a still picture that somebody sent: one of the formats of picture.h.
 * PICTURE_INVALID with a sentence. */
MUST_CHECK struct err source_open_picture(struct source *s, struct arena *a, int fd);
void source_close(struct source *s);
#define SCOPED_SOURCE __attribute__((cleanup(source_close)))

/* Only packets of these streams are wanted (-1: none); those of the clock come, too, while
 * jumps are mended. */
void source_keep(struct source *s, int stream_a, int stream_b);

/* av_read_frame, with jumps mended. */
int source_read(struct source *s, AVPacket *p);

/* A stream's ticks as microseconds on our time line, and back. */
int64_t source_us(const struct source *s, int stream, int64_t ticks);
int64_t source_ticks(const struct source *s, int stream, int64_t us);

/* Ticks at `timescale` on our time line, as exact as the two scales allow. */
int64_t source_scaled(const struct source *s, int stream, int64_t ticks, int timescale);

/* Opens a decoder for a stream; threads 1 = none. */
MUST_CHECK struct err source_decoder(struct source *s, int stream, int threads,
                                     AVCodecContext **out);

#endif
