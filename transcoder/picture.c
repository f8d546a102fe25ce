/* picture.c — see picture.h. */
#include "transcoder/picture.h"

#include "transcoder/ladder.h"

#include <libavutil/display.h>
#include <libavutil/pixdesc.h>
#include <libswscale/swscale.h>
#include <math.h>
#include <string.h>

enum { SIDE_MIN = 16, SHORT_SIDE_MAX = 2160 };

struct err picture_upright(struct task *t, const struct media_video *v, AVFrame *frame,
                           AVFrame **out)
{
    double scale = fmin(1, (double)SHORT_SIDE_MAX / fmin(v->display_width, v->display_height));
    const struct plan_rung rung = {
        .width = 2 * (int)fmax(1, floor(v->display_width * scale / 2)),
        .height = 2 * (int)fmax(1, floor(v->display_height * scale / 2)),
    };
    const struct plan_rung *rungs[] = {&rung};
    struct media_video still = *v;
    still.interlaced = false;
    SCOPED_LADDER struct ladder ladder;
    ladder_init(&ladder, t->arena, &still, rungs, 1, 90000);
    frame->pts = 0;
    TRY(ladder_push(&ladder, frame));
    TRY(ladder_push(&ladder, NULL));
    TRY(ladder_pull(&ladder, 0, out));
    if (!*out)
        return FAIL(DECODE_FAILED, "the picture cannot be converted");
    struct ladder_color color = ladder_color(v);
    (*out)->colorspace = color.matrix;
    (*out)->color_range = AVCOL_RANGE_MPEG;
    return OK;
}

static bool has_alpha(const AVFrame *f)
{
    const AVPixFmtDescriptor *d = av_pix_fmt_desc_get((enum AVPixelFormat)f->format);
    return d && (d->flags & (AV_PIX_FMT_FLAG_ALPHA | AV_PIX_FMT_FLAG_PAL));
}

/* What is see-through becomes black. */
static void flatten(AVFrame *f)
{
    for (int y = 0; y < f->height; y++) {
        uint8_t *p = f->data[0] + (ptrdiff_t)y * f->linesize[0];
        for (int x = 0; x < f->width; x++, p += 4) {
            for (int c = 0; c < 3; c++)
                p[c] = (uint8_t)((p[c] * p[3] + 127) / 255);
            p[3] = 255;
        }
    }
}

static struct err without_alpha(struct arena *a, AVFrame *from, AVFrame **out)
{
    SCOPED_FRAME AVFrame *f = frame_new();
    f->format = AV_PIX_FMT_RGBA;
    f->width = from->width;
    f->height = from->height;
    struct SwsContext *sws =
        av_frame_get_buffer(f, 0) < 0
            ? NULL
            : sws_getContext(from->width, from->height, (enum AVPixelFormat)from->format,
                             f->width, f->height, AV_PIX_FMT_RGBA, SWS_POINT, NULL, NULL, NULL);
    if (!sws)
        return FAIL(PICTURE_INVALID, "the picture's format cannot be converted");
    int rc = sws_scale(sws, (const uint8_t *const *)from->data, from->linesize, 0, from->height,
                       f->data, f->linesize);
    sws_freeContext(sws);
    if (rc < 0)
        return err_av(a, ERR_PICTURE_INVALID, rc, "the picture cannot be converted");
    flatten(f);
    f->format = AV_PIX_FMT_RGB0;
    *out = f;
    f = NULL;
    return OK;
}

/* Cameras write pictures as the sensor saw them, and beside them how they are to be turned. */
static void read_orientation(const AVFrame *f, struct media_video *v)
{
    const AVFrameSideData *side = av_frame_get_side_data(f, AV_FRAME_DATA_DISPLAYMATRIX);
    if (!side || side->size < 9 * sizeof(int32_t))
        return;
    int32_t m[9];
    memcpy(m, side->data, sizeof m);
    v->mirror = (int64_t)m[0] * m[4] - (int64_t)m[1] * m[3] < 0;
    if (v->mirror)
        av_display_matrix_flip(m, 1, 0);
    double turn = av_display_rotation_get(m); /* anticlockwise */
    v->rotation = isnan(turn) ? 0 : ((int)lround(-turn / 90) * 90 + 720) % 360;
}

static struct err decode_first(struct source *s, AVFrame **out)
{
    const AVCodecParameters *p = s->format->streams[0]->codecpar;
    if (s->format->nb_streams != 1 || p->codec_type != AVMEDIA_TYPE_VIDEO)
        return FAIL(PICTURE_INVALID, "the file is no picture");
    SCOPED_CODEC AVCodecContext *decoder = NULL;
    SCOPED_PACKET AVPacket *packet = packet_new();
    SCOPED_FRAME AVFrame *f = frame_new();
    TRY(source_decoder(s, 0, 1, &decoder));
    int rc = av_read_frame(s->format, packet);
    if (rc >= 0)
        rc = avcodec_send_packet(decoder, packet);
    if (rc >= 0)
        rc = avcodec_send_packet(decoder, NULL);
    if (rc >= 0)
        rc = avcodec_receive_frame(decoder, f);
    if (rc < 0)
        return FAIL(PICTURE_INVALID, "the picture is damaged and cannot be read");
    if (f->width < SIDE_MIN || f->height < SIDE_MIN)
        return FAIL(PICTURE_INVALID, "the picture is too small: 16x16 pixels at least");
    *out = f;
    f = NULL;
    return OK;
}

struct err picture_read(struct task *t, struct source *s, AVFrame **out)
{
    SCOPED_FRAME AVFrame *f = NULL;
    TRY(decode_first(s, &f));
    struct media_video v = {
        .width = f->width,
        .height = f->height,
        .sar = {1, 1},
        .fps = {25, 1},
        .time_base = {1, 25},
        .color = {.range = f->color_range == AVCOL_RANGE_JPEG ? "pc" : "unknown",
                  .primaries = "unknown",
                  .transfer = "unknown",
                  .space = "unknown"},
    };
    read_orientation(f, &v);
    bool turned = v.rotation == 90 || v.rotation == 270;
    v.display_width = turned ? f->height : f->width;
    v.display_height = turned ? f->width : f->height;
    if (has_alpha(f)) {
        AVFrame *flat = NULL;
        TRY(without_alpha(t->arena, f, &flat));
        av_frame_free(&f);
        f = flat;
    }
    if (f->color_range == AVCOL_RANGE_JPEG) { /* JFIF */
        v.color.space = "smpte170m";
        f->colorspace = AVCOL_SPC_SMPTE170M;
    }
    AVFrame *given = f; /* the ladder takes it over */
    f = NULL;
    return picture_upright(t, &v, given, out);
}
