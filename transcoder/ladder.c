/* ladder.c — builds the filter graph. */
#include "transcoder/ladder.h"

#include "base/log.h"
#include "base/strbuf.h"

#include <libavfilter/buffersink.h>
#include <libavfilter/buffersrc.h>
#include <libavutil/pixdesc.h>
#include <stdlib.h>
#include <string.h>

static bool is_rgb(enum AVPixelFormat format)
{
    const AVPixFmtDescriptor *d = av_pix_fmt_desc_get(format);
    return d && (d->flags & (AV_PIX_FMT_FLAG_RGB | AV_PIX_FMT_FLAG_PAL));
}

struct ladder_color ladder_color(const struct media_video *v)
{
    int primaries = av_color_primaries_from_name(v->color.primaries);
    int transfer = av_color_transfer_from_name(v->color.transfer);
    int matrix = av_color_space_from_name(v->color.space);
    const struct ladder_color hd = {AVCOL_PRI_BT709, AVCOL_TRC_BT709, AVCOL_SPC_BT709};
    bool wide = v->color.hdr || primaries == AVCOL_PRI_BT2020 ||
                matrix == AVCOL_SPC_BT2020_NCL || matrix == AVCOL_SPC_BT2020_CL;
    if (wide || matrix == AVCOL_SPC_RGB || (v->pix_fmt && is_rgb(av_get_pix_fmt(v->pix_fmt))))
        return hd;
    /* Without tags players guess by size, and would guess otherwise for the small rungs. */
    bool sd = v->width < 1280 && v->height <= 576;
    struct ladder_color c = hd;
    if (matrix == AVCOL_SPC_SMPTE170M || matrix == AVCOL_SPC_BT470BG ||
        ((matrix <= 0 || matrix == AVCOL_SPC_UNSPECIFIED) && sd))
        c = (struct ladder_color){v->height == 576 ? AVCOL_PRI_BT470BG : AVCOL_PRI_SMPTE170M,
                                  AVCOL_TRC_SMPTE170M, AVCOL_SPC_SMPTE170M};
    if (primaries > 0 && primaries != AVCOL_PRI_UNSPECIFIED)
        c.primaries = (enum AVColorPrimaries)primaries;
    if (transfer > 0 && transfer != AVCOL_TRC_UNSPECIFIED)
        c.transfer = (enum AVColorTransferCharacteristic)transfer;
    if (matrix > 0 && matrix != AVCOL_SPC_UNSPECIFIED)
        c.matrix = (enum AVColorSpace)matrix;
    return c;
}

void ladder_init(struct ladder *l, struct arena *a, const struct media_video *v,
                 const struct plan_rung *const *rungs, size_t count, int timescale)
{
    *l = (struct ladder){
        .arena = a,
        .video = v,
        .rungs = rungs,
        .count = count,
        .timescale = timescale,
    };
}

void ladder_release(struct ladder *l)
{
    avfilter_graph_free(&l->graph);
}

/* An odd source loses a row or a column, and no sharpness. */
static bool crops(const struct ladder *l)
{
    const struct media_video *v = l->video;
    const struct plan_rung *top = l->rungs[0];
    return v->sar.num == v->sar.den && top->width <= v->display_width &&
           top->height <= v->display_height && v->display_width - top->width <= 1 &&
           v->display_height - top->height <= 1 &&
           (top->width != v->display_width || top->height != v->display_height);
}

static bool is_wide(const struct ladder *l, const AVFrame *f)
{
    return l->video->color.hdr || f->color_primaries == AVCOL_PRI_BT2020 ||
           f->colorspace == AVCOL_SPC_BT2020_NCL ||
           strcmp(l->video->color.primaries, "bt2020") == 0;
}

/* Everything that makes an upright, progressive, standard-range picture of the source's size.
 */
static void describe_repairs(const struct ladder *l, const AVFrame *f, struct strbuf *sb)
{
    const struct media_video *v = l->video;
    const AVPixFmtDescriptor *d = av_pix_fmt_desc_get((enum AVPixelFormat)f->format);
    if (d && (d->flags & AV_PIX_FMT_FLAG_ALPHA)) /* over black */
        strbuf_adds(sb, "premultiply=inplace=1,");
    if (v->interlaced)
        strbuf_adds(sb, "bwdif=mode=send_field:parity=auto:deint=all,");
    if (v->rotation == 90)
        strbuf_adds(sb, "transpose=clock,");
    if (v->rotation == 180)
        strbuf_adds(sb, "hflip,vflip,");
    if (v->rotation == 270)
        strbuf_adds(sb, "transpose=cclock,");
    if (v->mirror)
        strbuf_adds(sb, "hflip,");

    const struct plan_rung *top = l->rungs[0];
    if (crops(l))
        strbuf_addf(sb, "crop=%d:%d:0:0:exact=1,", top->width, top->height);
    if (v->color.hdr) {
        const char *transfer =
            strcmp(v->color.transfer, "smpte2084") == 0 ? "smpte2084" : "arib-std-b67";
        strbuf_addf(sb,
                    "zscale=w=%d:h=%d:f=bicubic:tin=%s:min=2020_ncl:pin=2020:t=linear:"
                    "npl=203,format=gbrpf32le,zscale=p=709,tonemap=tonemap=hable:desat=0,"
                    "zscale=t=709:m=709:r=limited,format=yuv420p,",
                    top->width, top->height, transfer);
    } else if (is_wide(l, f)) {
        strbuf_addf(sb,
                    "zscale=w=%d:h=%d:f=bicubic:min=2020_ncl:pin=2020:tin=2020_10:p=709:"
                    "t=709:m=709:r=limited,format=yuv420p,",
                    top->width, top->height);
    }
}

/* --- the tree: every rung from the smallest larger picture of three times its size
 *
 * Measured on slides with text, beside scaling at once: by way of a picture of twice the size
 * 240p is 40 dB near (spline16's halves add up), of three times 54 dB. Scaling each rung from
 * the source costs as much as this for 1080p, and half more for 2160p. zimg's spline16 takes
 * 0.6 of the time of swscale's bicubic and is as near to it as lanczos. It wants even 4:2:0 in
 * limited range; what is not like that goes through swscale once, into the size of the largest
 * rung. */

static bool is_full_range(const struct ladder *l, const AVFrame *f)
{
    return f->color_range == AVCOL_RANGE_JPEG || f->format == AV_PIX_FMT_YUVJ420P ||
           f->format == AV_PIX_FMT_YUVJ422P || f->format == AV_PIX_FMT_YUVJ444P ||
           strcmp(l->video->color.range, "pc") == 0;
}

struct tree {
    int width, height;          /* of the root: the source, or what became of it */
    int parent[PLAN_RUNGS_MAX]; /* a rung, or -1: the root */
    int takers[PLAN_RUNGS_MAX]; /* who reads this rung, its encoder included */
    int root_takers;
};

/* May `r` be made of `from`? The same size, in another codec, is best of all. */
static bool fits(const struct plan_rung *from, const struct plan_rung *r)
{
    return (from->width * 10 >= 29 * r->width && from->height * 10 >= 29 * r->height) ||
           (from->width == r->width && from->height == r->height);
}

static struct tree grow_tree(const struct ladder *l, int width, int height)
{
    struct tree t = {.width = width, .height = height};
    for (size_t i = 0; i < l->count; i++) {
        const struct plan_rung *r = l->rungs[i];
        t.parent[i] = -1;
        t.takers[i] = 1;
        for (size_t j = 0; j < i; j++)
            if (fits(l->rungs[j], r))
                t.parent[i] = (int)j;
        *(t.parent[i] < 0 ? &t.root_takers : &t.takers[t.parent[i]]) += 1;
    }
    return t;
}

/* Ends a picture's chain: its encoder's pad, o{rung}, and one for each rung made of it. */
static void describe_takers(const struct ladder *l, const struct tree *t, int node, int takers,
                            struct strbuf *sb)
{
    if (takers > 1)
        strbuf_addf(sb, "split=%d", takers);
    else
        strbuf_adds(sb, "null");
    if (node >= 0)
        strbuf_addf(sb, "[o%d]", node);
    for (size_t i = 0; i < l->count; i++)
        if (t->parent[i] == node)
            strbuf_addf(sb, "[t%zu]", i);
}

/* The root: upright 4:2:0 in limited range. Says its size. */
static void describe_root(const struct ladder *l, const AVFrame *f, struct strbuf *sb,
                          int *width, int *height)
{
    const struct media_video *v = l->video;
    const struct plan_rung *top = l->rungs[0];
    describe_repairs(l, f, sb);
    bool turned = v->rotation == 90 || v->rotation == 270;
    *width = turned ? f->height : f->width;
    *height = turned ? f->width : f->height;
    if (crops(l)) {
        *width = top->width;
        *height = top->height;
    }
    if (!is_wide(l, f) && f->format == AV_PIX_FMT_YUV420P && !is_full_range(l, f) &&
        *width % 2 == 0 && *height % 2 == 0)
        return;
    *width = top->width;
    *height = top->height;
    if (is_wide(l, f))
        return;
    strbuf_addf(sb, "scale=w=%d:h=%d:flags=bicubic", top->width, top->height);
    if (is_rgb((enum AVPixelFormat)f->format))
        strbuf_adds(sb, ":out_color_matrix=bt709:out_range=tv");
    else if (is_full_range(l, f))
        strbuf_adds(sb, ":in_range=pc:out_range=tv");
    strbuf_adds(sb, ",format=yuv420p,setsar=1,");
}

static const char *describe(const struct ladder *l, const AVFrame *f)
{
    struct strbuf sb = STRBUF_IN(l->arena);
    int width, height;
    describe_root(l, f, &sb, &width, &height);
    /* The encoders know the colours; zimg need not, and would refuse odd tags. */
    strbuf_adds(&sb, "setparams=color_primaries=unknown:color_trc=unknown:colorspace=unknown:"
                     "range=tv,");
    const struct tree t = grow_tree(l, width, height);
    describe_takers(l, &t, -1, t.root_takers, &sb);
    for (size_t i = 0; i < l->count; i++) {
        const struct plan_rung *r = l->rungs[i];
        strbuf_addf(&sb, ";[t%zu]", i);
        const struct plan_rung *from = t.parent[i] < 0 ? NULL : l->rungs[t.parent[i]];
        if ((from ? from->width : width) != r->width ||
            (from ? from->height : height) != r->height)
            strbuf_addf(&sb, "zscale=w=%d:h=%d:filter=spline16,setsar=1,", r->width, r->height);
        describe_takers(l, &t, (int)i, t.takers[i], &sb);
    }
    return sb.text;
}

static AVFilterInOut *inout(const char *name, AVFilterContext *filter, AVFilterInOut *next)
{
    AVFilterInOut *io = avfilter_inout_alloc();
    if (!io)
        abort();
    *io = (AVFilterInOut){.name = av_strdup(name), .filter_ctx = filter, .next = next};
    return io;
}

static struct err build(struct ladder *l, const AVFrame *f)
{
    avfilter_graph_free(&l->graph);
    l->graph = avfilter_graph_alloc();
    if (!l->graph)
        abort();
    l->graph->nb_threads = 1;
    char *args = arena_printf(l->arena,
                              "video_size=%dx%d:pix_fmt=%d:time_base=1/%d:"
                              "pixel_aspect=1/1",
                              f->width, f->height, f->format, l->timescale);
    int rc = avfilter_graph_create_filter(&l->in, avfilter_get_by_name("buffer"), "in", args,
                                          NULL, l->graph);
    AVFilterInOut *outs = NULL, *ins = NULL;
    for (size_t i = l->count; rc >= 0 && i-- > 0;) {
        const char *name = arena_printf(l->arena, "o%zu", i);
        rc = avfilter_graph_create_filter(&l->out[i], avfilter_get_by_name("buffersink"), name,
                                          NULL, NULL, l->graph);
        if (rc >= 0)
            outs = inout(name, l->out[i], outs);
    }
    const char *text = describe(l, f);
    log_debug("ladder", "graph=%s", text);
    if (rc >= 0) {
        ins = inout("in", l->in, NULL);
        rc = avfilter_graph_parse_ptr(l->graph, text, &outs, &ins, NULL);
    }
    avfilter_inout_free(&outs);
    avfilter_inout_free(&ins);
    if (rc >= 0)
        rc = avfilter_graph_config(l->graph, NULL);
    if (rc < 0)
        return err_av(l->arena, ERR_DECODE_FAILED, rc,
                      "the picture's shape cannot be converted");
    l->width = f->width;
    l->height = f->height;
    l->format = f->format;
    return OK;
}

struct err ladder_push(struct ladder *l, AVFrame *frame)
{
    SCOPED_FRAME AVFrame *f = frame;
    if (f) {
        bool fits = l->graph && f->width == l->width && f->height == l->height &&
                    f->format == l->format;
        if (!fits)
            TRY(build(l, f));
        f->sample_aspect_ratio = (AVRational){1, 1};
        f->pict_type = AV_PICTURE_TYPE_NONE;
        if (l->video->interlaced && !f->interlaced_frame) {
            f->interlaced_frame = 1;
            f->top_field_first = 1;
        }
    }
    if (!l->graph)
        return OK;
    int rc = av_buffersrc_add_frame_flags(l->in, f, AV_BUFFERSRC_FLAG_PUSH);
    if (rc < 0 && rc != AVERROR_EOF)
        return err_av(l->arena, ERR_DECODE_FAILED, rc, "a picture cannot be converted");
    return OK;
}

struct err ladder_pull(struct ladder *l, size_t i, AVFrame **out)
{
    *out = NULL;
    if (!l->graph)
        return OK;
    SCOPED_FRAME AVFrame *f = frame_new();
    int rc = av_buffersink_get_frame(l->out[i], f);
    if (rc == AVERROR(EAGAIN) || rc == AVERROR_EOF)
        return OK;
    if (rc < 0)
        return err_av(l->arena, ERR_DECODE_FAILED, rc, "a picture cannot be converted");
    f->pts = av_rescale_q(f->pts, av_buffersink_get_time_base(l->out[i]),
                          (AVRational){1, l->timescale});
    *out = f;
    f = NULL;
    return OK;
}
