/* encoder.c — which pictures, key frames at the cuts, packets into the rung. */
#include "transcoder/encoder.h"

#include "base/thread.h"

#include <math.h>
#include <stdlib.h>

/* Players fetch whole segments, so a second key frame in one would only cost bits. */
enum { QUEUE_FRAMES = 3, YIELDING_QUEUE_FRAMES = 6, KEY_EVERY_S = 4, YIELDING_NICE = 15 };

static struct err open_rung(struct encoder *e, struct output *o)
{
    const struct encoder_config *c = &e->config;
    struct rung_config config = {
        .name = c->rung->name,
        .codecs = e->codec.codecs,
        .fps = c->rung->fps,
        .cuts = c->cuts,
        .cut_count = c->cut_count,
        .first = c->first_index,
        .tolerance = 1,
        .track =
            {
                .video = true,
                .av1 = c->rung->av1,
                .timescale = (uint32_t)c->rung->timescale,
                .edit_start = c->rung->delay,
                .config = e->codec.description.data,
                .config_size = e->codec.description.size,
                .width = c->rung->width,
                .height = c->rung->height,
                .primaries = (int)c->color.primaries,
                .transfer = (int)c->color.transfer,
                .matrix = (int)c->color.matrix,
            },
    };
    return rung_open(o, &config, &e->rung);
}

static void drop_frame(void *frame)
{
    AVFrame *f = frame;
    av_frame_free(&f);
}

struct err encoder_open(struct encoder *e, struct output *o,
                        const struct encoder_config *config)
{
    *e = (struct encoder){
        .arena = arena_open(),
        .config = *config,
        .in = queue_open(config->yields ? YIELDING_QUEUE_FRAMES : QUEUE_FRAMES, drop_frame),
        .last = INT64_MIN,
        .slot = INT64_MIN,
        .until = config->end,
    };
    const struct codec_config codec = {
        .rung = config->rung,
        .color = config->color,
        .profile = config->profile,
        .threads = config->threads,
        .hardware = config->hardware,
        .key_every_s = KEY_EVERY_S,
    };
    TRY(codec_open(&e->codec, e->arena, &codec));
    return open_rung(e, o);
}

void encoder_close(struct encoder *e)
{
    queue_close(e->in);
    codec_close(&e->codec);
    rung_close(e->rung);
    bytes_release(&e->unit);
    arena_close(e->arena);
    *e = (struct encoder){0};
}

static struct err drain(struct encoder *e, AVPacket *p)
{
    for (;;) {
        bool got;
        TRY(codec_receive(&e->codec, p, &got));
        if (!got)
            return OK;
        bytes_clear(&e->unit);
        codec_unit(&e->codec, p, &e->unit);
        struct rung_packet out = {
            .data = e->unit.data,
            .size = e->unit.size,
            .pts = p->pts,
            .key = p->flags & AV_PKT_FLAG_KEY,
        };
        av_packet_unref(p);
        TRY(rung_packet(e->rung, &out));
    }
}

/* Segments are divided evenly into groups of at most KEY_EVERY_S. */
static bool wants_key(struct encoder *e, int64_t at)
{
    const struct encoder_config *c = &e->config;
    bool starts = e->last == INT64_MIN;
    while (e->cut < c->cut_count && at + 1 >= c->cuts[e->cut]) {
        e->cut++;
        starts = true;
    }
    if (starts)
        return true;
    int64_t from = c->cuts[e->cut - 1], to = e->cut < c->cut_count ? c->cuts[e->cut] : c->end;
    int64_t most = (int64_t)KEY_EVERY_S * c->rung->timescale;
    if (to - from <= most)
        return at - e->last_key >= most;
    int64_t parts = (to - from + most - most / 8 - 1) / most;
    if (parts < 1)
        parts = 1;
    int64_t step = (to - from) / parts;
    return step > 0 && (at + 1 - from) / step > (e->last_key + 1 - from) / step;
}

/* Rungs of a lower rate keep the first picture of every slot of time. */
static bool wants_frame(struct encoder *e, int64_t at)
{
    const struct encoder_config *c = &e->config;
    double fps = (double)c->rung->fps.num / c->rung->fps.den;
    if (c->source_fps <= fps * 1.02)
        return true;
    int64_t slot = (int64_t)floor((double)at * fps / c->rung->timescale + 0.15);
    bool at_cut = e->cut < c->cut_count && at + 1 >= c->cuts[e->cut];
    if (slot == e->slot && !at_cut)
        return false;
    e->slot = slot;
    return true;
}

static struct err encode(struct encoder *e, AVFrame *f, AVPacket *p)
{
    if (f) {
        if (f->pts <= e->last || !wants_frame(e, f->pts))
            return OK;
        bool key = wants_key(e, f->pts);
        f->pict_type = key ? AV_PICTURE_TYPE_I : AV_PICTURE_TYPE_NONE;
        if (key)
            e->last_key = f->pts;
        e->last = f->pts;
        if (key && codec_starts_anew(&e->codec)) {
            TRY(codec_send(&e->codec, NULL));
            TRY(drain(e, p));
            TRY(codec_restart(&e->codec));
        }
    }
    TRY(codec_send(&e->codec, f));
    return drain(e, p);
}

static struct err run(struct encoder *e)
{
    SCOPED_PACKET AVPacket *p = packet_new();
    for (bool more = true; more;) {
        SCOPED_FRAME AVFrame *f = queue_pop(e->in);
        more = f != NULL;
        if (f || e->last != INT64_MIN)
            TRY(encode(e, f, p));
    }
    if (e->last == INT64_MIN)
        return FAIL(DECODE_FAILED, "no picture of this part could be decoded");
    return rung_finish(e->rung, e->until > e->last ? e->until : e->last + 1);
}

void *encoder_thread(void *encoder)
{
    struct encoder *e = encoder;
    thread_is(e->config.rung->name, e->config.yields ? YIELDING_NICE : 0);
    e->result = run(e);
    queue_abandon(e->in);
    return NULL;
}
