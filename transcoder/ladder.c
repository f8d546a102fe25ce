/* ladder.c — builds the filter graph. */
#include "transcoder/ladder.h"

#include "base/log.h"
#include "base/strbuf.h"

#include <libavfilter/buffersink.h>
#include <libavfilter/buffersrc.h>
#include <libavutil/pixdesc.h>
#include <stdlib.h>
#include <string.h>

#define SCALE_FLAGS "bicubic"

struct ladder_color ladder_color(const struct media_video *v)
{
    int primaries = av_color_primaries_from_name(v->color.primaries);
    int transfer = av_color_transfer_from_name(v->color.transfer);
    int matrix = av_color_space_from_name(v->color.space);
    const struct ladder_color hd = {AVCOL_PRI_BT709, AVCOL_TRC_BT709, AVCOL_SPC_BT709};
    bool wide = v->color.hdr || primaries == AVCOL_PRI_BT2020 ||
                matrix == AVCOL_SPC_BT2020_NCL || matrix == AVCOL_SPC_BT2020_CL;
    if (wide || matrix == AVCOL_SPC_RGB)
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

/* Everything that makes an upright, progressive, standard-range picture of the source's size.
 */
static void describe_repairs(const struct ladder *l, const AVFrame *f, struct strbuf *sb)
{
    const struct media_video *v = l->video;
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
    bool square = v->sar.num == v->sar.den;
    if (square && top->width <= v->display_width && top->height <= v->display_height &&
        v->display_width - top->width <= 1 && v->display_height - top->height <= 1 &&
        (top->width != v->display_width || top->height != v->display_height))
        strbuf_addf(sb, "crop=%d:%d:0:0:exact=1,", top->width, top->height);

    bool wide = f->color_primaries == AVCOL_PRI_BT2020 ||
                f->colorspace == AVCOL_SPC_BT2020_NCL ||
                strcmp(v->color.primaries, "bt2020") == 0;
    if (v->color.hdr) {
        const char *transfer =
            strcmp(v->color.transfer, "smpte2084") == 0 ? "smpte2084" : "arib-std-b67";
        strbuf_addf(sb,
                    "zscale=w=%d:h=%d:f=bicubic:tin=%s:min=2020_ncl:pin=2020:t=linear:"
                    "npl=203,format=gbrpf32le,zscale=p=709,tonemap=tonemap=hable:desat=0,"
                    "zscale=t=709:m=709:r=limited,format=yuv420p,",
                    top->width, top->height, transfer);
    } else if (wide) {
        strbuf_addf(sb,
                    "zscale=w=%d:h=%d:f=bicubic:min=2020_ncl:pin=2020:tin=2020_10:p=709:"
                    "t=709:m=709:r=limited,format=yuv420p,",
                    top->width, top->height);
    }
}

static const char *describe(const struct ladder *l, const AVFrame *f)
{
    struct strbuf sb = STRBUF_IN(l->arena);
    describe_repairs(l, f, &sb);
    bool full = f->color_range == AVCOL_RANGE_JPEG || f->format == AV_PIX_FMT_YUVJ420P ||
                f->format == AV_PIX_FMT_YUVJ422P || f->format == AV_PIX_FMT_YUVJ444P ||
                strcmp(l->video->color.range, "pc") == 0;
    const AVPixFmtDescriptor *d = av_pix_fmt_desc_get((enum AVPixelFormat)f->format);
    bool rgb = d && (d->flags & AV_PIX_FMT_FLAG_RGB);
    for (size_t i = 0; i < l->count; i++) {
        strbuf_addf(&sb, "scale=w=%d:h=%d:flags=" SCALE_FLAGS, l->rungs[i]->width,
                    l->rungs[i]->height);
        if (i == 0 && rgb)
            strbuf_adds(&sb, ":out_color_matrix=bt709:out_range=tv");
        else if (i == 0 && full && !l->video->color.hdr)
            strbuf_adds(&sb, ":in_range=pc:out_range=tv");
        strbuf_adds(&sb, i == 0 ? ",format=yuv420p,setsar=1" : "");
        if (i + 1 < l->count)
            strbuf_addf(&sb, ",split=2[o%zu][n%zu];[n%zu]", i, i, i);
        else
            strbuf_addf(&sb, "[o%zu]", i);
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
    int rc = av_buffersink_get_frame_flags(l->out[i], f, AV_BUFFERSINK_FLAG_NO_REQUEST);
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
