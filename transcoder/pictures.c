/* pictures.c — seek, decode, drop. */
#include "transcoder/pictures.h"

#include "base/log.h"

#include <inttypes.h>
#include <stdlib.h>

enum { SECOND_US = 1000000 };

/* Is the first key packet from here at or before `target`? It is read and forgotten. */
static bool lands_before(struct pictures *p, int64_t target)
{
    SCOPED_PACKET AVPacket *packet = packet_new();
    for (int tries = 0; tries < 2000 && av_read_frame(p->source.format, packet) >= 0; tries++) {
        bool ours = packet->stream_index == p->stream && (packet->flags & AV_PKT_FLAG_KEY);
        int64_t at = packet->pts != AV_NOPTS_VALUE ? packet->pts : packet->dts;
        av_packet_unref(packet);
        if (ours && at != AV_NOPTS_VALUE)
            return at <= target;
    }
    return false;
}

/* Containers differ in what they seek by: what was found is looked at before it is trusted. */
static void seek_before(struct pictures *p, int64_t start_us)
{
    AVFormatContext *f = p->source.format;
    const int64_t target = source_ticks(&p->source, p->stream, start_us);
    for (int64_t back = 0; back <= start_us + 8 * SECOND_US; back = back * 4 + SECOND_US) {
        int64_t want = source_ticks(&p->source, p->stream, start_us - back);
        if (av_seek_frame(f, p->stream, want, AVSEEK_FLAG_BACKWARD) < 0 ||
            !lands_before(p, target))
            continue;
        if (av_seek_frame(f, p->stream, want, AVSEEK_FLAG_BACKWARD) >= 0)
            return;
    }
    log_warn("seek_failed", "start_us=%" PRId64 " reading=from_the_start", start_us);
    if (av_seek_frame(f, -1, INT64_MIN, AVSEEK_FLAG_BACKWARD) < 0 &&
        avformat_seek_file(f, -1, INT64_MIN, 0, INT64_MAX, AVSEEK_FLAG_BYTE) < 0)
        log_warn("rewind_failed", "start_us=%" PRId64, start_us);
}

struct err pictures_open(struct pictures *p, struct task *t, int threads, int timescale,
                         int64_t start_us, int64_t end_us)
{
    const struct media_video *v = t->spec->probe->video;
    *p = (struct pictures){
        .arena = t->arena,
        .stream = v->stream,
        .timescale = timescale,
        .start = av_rescale(start_us, timescale, SECOND_US),
        .end = end_us == INT64_MAX ? INT64_MAX : av_rescale(end_us, timescale, SECOND_US),
        .frame_ticks = av_rescale(timescale, v->fps.den, v->fps.num),
        .last = INT64_MIN,
        .packet = packet_new(),
    };
    if (p->frame_ticks < 1)
        p->frame_ticks = 1;
    TRY(task_source(t, &p->source));
    source_keep(&p->source, p->stream, -1);
    TRY(source_decoder(&p->source, p->stream, threads, &p->decoder));
    if (start_us > 0)
        seek_before(p, start_us);
    return OK;
}

void pictures_close(struct pictures *p)
{
    av_frame_free(&p->before);
    av_frame_free(&p->after);
    av_packet_free(&p->packet);
    avcodec_free_context(&p->decoder);
    source_close(&p->source);
}

/* One packet, or the end, into the decoder. */
static void feed(struct pictures *p)
{
    for (;;) {
        int rc = source_read(&p->source, p->packet);
        if (rc < 0) {
            avcodec_send_packet(p->decoder, NULL);
            p->drained = true;
            return;
        }
        if (p->packet->stream_index != p->stream) {
            av_packet_unref(p->packet);
            continue;
        }
        rc = avcodec_send_packet(p->decoder, p->packet);
        av_packet_unref(p->packet);
        p->damaged += rc < 0 && rc != AVERROR(EAGAIN);
        return;
    }
}

static int64_t ticks_of(struct pictures *p, const AVFrame *f)
{
    int64_t at = f->best_effort_timestamp;
    if (at == AV_NOPTS_VALUE)
        return p->last == INT64_MIN ? p->start : p->last + p->frame_ticks;
    return source_scaled(&p->source, p->stream, at, p->timescale);
}

struct err pictures_next(struct pictures *p, AVFrame **out)
{
    *out = NULL;
    while (!p->after) {
        SCOPED_FRAME AVFrame *f = frame_new();
        int rc = avcodec_receive_frame(p->decoder, f);
        if (rc == AVERROR(EAGAIN) && !p->drained) {
            feed(p);
            continue;
        }
        if (rc == AVERROR_EOF || (rc == AVERROR(EAGAIN) && p->drained))
            return OK;
        if (rc < 0) {
            p->damaged++;
            if (p->drained)
                return OK;
            feed(p);
            continue;
        }
        f->pts = ticks_of(p, f);
        if (f->pts + 1 < p->start) {
            av_frame_free(&p->before);
            p->before = f;
            f = NULL;
            continue;
        }
        if (f->pts < p->start)
            f->pts = p->start;
        if (p->end != INT64_MAX && f->pts + 1 >= p->end) {
            p->after = f;
            f = NULL;
            return OK;
        }
        if (p->last != INT64_MIN && f->pts <= p->last) /* keep the picture, and the order */
            f->pts = p->last + (p->frame_ticks > 1 ? p->frame_ticks / 2 : 1);
        p->last = f->pts;
        *out = f;
        f = NULL;
        return OK;
    }
    return OK;
}
