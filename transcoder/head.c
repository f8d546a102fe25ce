/* head.c — the quickest way to a playable stream: H.264 is remuxed, not encoded. */
#include "transcoder/task.h"

#include "transcoder/h264.h"
#include "transcoder/rung.h"

#include <string.h>

struct copy {
    struct task *task;
    struct source source;
    const struct plan_rung *plan;
    int stream, length_size; /* 0: Annex B, to be converted */
    struct bytes avcc, unit;
    struct rung *rung;
    int64_t last_end; /* ticks */
    bool started;
    bool damaged; /* a picture has holes: fine at the very end only */
};

static void copy_release(struct copy *c)
{
    rung_close(c->rung);
    bytes_release(&c->avcc);
    bytes_release(&c->unit);
    source_close(&c->source);
}
#define SCOPED_COPY __attribute__((cleanup(copy_release)))

static struct err open_rung(struct copy *c)
{
    const AVCodecParameters *p = c->source.format->streams[c->stream]->codecpar;
    const struct plan *plan = c->task->spec->plan;
    char *codecs = arena_alloc(c->task->arena, H264_CODECS_TEXT);
    if (p->extradata_size < 7 ||
        !h264_avcc(p->extradata, (size_t)p->extradata_size, &c->avcc) ||
        !h264_codecs(c->avcc.data, c->avcc.size, codecs))
        return FAIL(COPY_UNSAFE, "the stream has no parameter sets");
    if (!h264_is_annexb(p->extradata, (size_t)p->extradata_size)) {
        c->length_size = h264_length_size(c->avcc.data, c->avcc.size);
        if (!c->length_size)
            return FAIL(COPY_UNSAFE, "the stream's framing is unknown");
    }
    const size_t starts = plan->cut_count - 1;
    int64_t *cuts = arena_alloc(c->task->arena, starts * sizeof *cuts);
    for (size_t i = 0; i < starts; i++)
        cuts[i] = av_rescale(plan->cuts_us[i], c->plan->timescale, 1000000);
    struct rung_config config = {
        .name = c->plan->name,
        .codecs = codecs,
        .fps = c->plan->fps,
        .cuts = cuts,
        .cut_count = starts,
        .skip = c->task->spec->skip_segments,
        .tolerance = 1,
        .track =
            {
                .video = true,
                .timescale = (uint32_t)c->plan->timescale,
                .edit_start = c->plan->delay,
                .config = c->avcc.data,
                .config_size = c->avcc.size,
                .width = c->plan->width,
                .height = c->plan->height,
                .primaries = p->color_primaries,
                .transfer = p->color_trc,
                .matrix = p->color_space,
                .full_range =
                    p->color_range == AVCOL_RANGE_JPEG || p->format == AV_PIX_FMT_YUVJ420P,
            },
    };
    return rung_open(c->task->output, &config, &c->rung);
}

static struct err copy_packet(struct copy *c, const AVPacket *p)
{
    size_t side;
    if (av_packet_get_side_data(p, AV_PKT_DATA_NEW_EXTRADATA, &side) && c->started)
        return FAIL(COPY_UNSAFE, "the stream's parameters change on the way");
    if (p->pts == AV_NOPTS_VALUE)
        return FAIL(COPY_UNSAFE, "a picture has no time");
    struct h264_unit unit = {0};
    bool key = p->flags & AV_PKT_FLAG_KEY;
    if (key || !c->length_size) {
        unit = h264_look(p->data, (size_t)p->size, c->length_size, &c->avcc);
        if (unit.params_differ)
            return FAIL(COPY_UNSAFE, "the stream's parameters change on the way");
        key = unit.idr;
    }
    if (!c->started && !key)
        return OK; /* cannot be shown without what came before */
    int64_t pts = source_scaled(&c->source, c->stream, p->pts, c->plan->timescale);
    int64_t end =
        pts + av_rescale_q(p->duration, c->source.format->streams[c->stream]->time_base,
                           (AVRational){1, c->plan->timescale});
    if (!c->started)
        pts = 0; /* a picture that starts late is shown from the start */
    c->started = true;
    if (end > c->last_end)
        c->last_end = end;
    struct rung_packet out = {.data = p->data, .size = (size_t)p->size, .pts = pts, .key = key};
    if (!c->length_size) {
        bytes_clear(&c->unit);
        h264_append(&c->unit, p->data, (size_t)p->size);
        out.data = c->unit.data;
        out.size = c->unit.size;
    }
    return rung_packet(c->rung, &out);
}

static struct err copy_all(struct copy *c)
{
    const struct plan *plan = c->task->spec->plan;
    const int64_t total_us = plan->cuts_us[plan->cut_count - 1];
    SCOPED_PACKET AVPacket *p = packet_new();
    while (source_read(&c->source, p) >= 0) {
        struct err e = OK;
        bool broken = p->flags & AV_PKT_FLAG_CORRUPT;
        if (p->stream_index == c->stream && !broken && p->size > 0)
            e = c->damaged ? FAIL(COPY_UNSAFE, "pictures on the way are damaged")
                           : copy_packet(c, p);
        c->damaged |= broken && p->stream_index == c->stream;
        int64_t pts = p->pts;
        bool last = broken && p->stream_index == c->stream && avio_feof(c->source.format->pb);
        av_packet_unref(p);
        TRY(e);
        if (last)
            break;
        if (pts != AV_NOPTS_VALUE && p->stream_index == c->stream)
            report_progress(source_us(&c->source, c->stream, pts), total_us);
    }
    if (!c->started)
        return FAIL(INPUT_UNREADABLE, "no picture could be read");
    return rung_finish(c->rung, c->last_end);
}

struct err head_task(struct task *t, json_t **result)
{
    const struct spec *spec = t->spec;
    if (!spec->plan->head_copy)
        return chunk_encode(t, 0, &spec->plan->head_rung, 1, result);
    if (!spec->probe->video)
        return FAIL(SPEC_INVALID, "the probe has no picture");

    SCOPED_COPY struct copy c = {
        .task = t,
        .plan = plan_rung_named(spec->plan, spec->plan->head_rung),
        .stream = spec->probe->video->stream,
    };
    TRY(task_source(t, &c.source));
    source_keep(&c.source, c.stream, -1);
    TRY(open_rung(&c));
    TRY(copy_all(&c));
    *result = json_pack("{s:[o], s:[]}", "rungs", rung_summary(c.rung), "notes");
    return OK;
}
