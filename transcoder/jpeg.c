/* jpeg.c — swscale and mjpeg. */
#include "transcoder/jpeg.h"

#include <libavutil/imgutils.h>
#include <libavutil/opt.h>
#include <libavutil/pixdesc.h>
#include <libswscale/swscale.h>
#include <stdlib.h>
#include <string.h>

AVFrame *canvas_new(int width, int height)
{
    AVFrame *f = frame_new();
    f->format = AV_PIX_FMT_YUVJ420P;
    f->color_range = AVCOL_RANGE_JPEG;
    f->width = width;
    f->height = height;
    if (av_frame_get_buffer(f, 0) < 0)
        abort();
    memset(f->data[0], 0, (size_t)f->linesize[0] * (size_t)height);
    memset(f->data[1], 128, (size_t)f->linesize[1] * (size_t)((height + 1) / 2));
    memset(f->data[2], 128, (size_t)f->linesize[2] * (size_t)((height + 1) / 2));
    return f;
}

/* Moves the planes' starts to (x, y); the position is rounded down to whole chroma samples. */
static void planes_at(const AVFrame *f, int x, int y, const uint8_t *data[4], int lines[4])
{
    const AVPixFmtDescriptor *d = av_pix_fmt_desc_get((enum AVPixelFormat)f->format);
    int steps[4] = {0};
    av_image_fill_max_pixsteps(steps, NULL, d);
    x &= ~((1 << d->log2_chroma_w) - 1);
    y &= ~((1 << d->log2_chroma_h) - 1);
    for (int p = 0; p < 4; p++) {
        int sx = p == 1 || p == 2 ? x >> d->log2_chroma_w : x;
        int sy = p == 1 || p == 2 ? y >> d->log2_chroma_h : y;
        lines[p] = f->linesize[p];
        data[p] = f->data[p]
                      ? f->data[p] + (ptrdiff_t)sy * f->linesize[p] + (ptrdiff_t)sx * steps[p]
                      : NULL;
    }
    if (d->flags & AV_PIX_FMT_FLAG_PAL)
        data[1] = f->data[1];
}

static const int *coefficients(const AVFrame *f)
{
    int space = f->colorspace;
    if (space == AVCOL_SPC_UNSPECIFIED || space == AVCOL_SPC_RGB)
        space = f->height >= 720 ? AVCOL_SPC_BT709 : AVCOL_SPC_SMPTE170M;
    return sws_getCoefficients(space);
}

struct err canvas_draw(struct arena *a, AVFrame *canvas, struct canvas_area to,
                       const AVFrame *from, struct canvas_area crop)
{
    struct SwsContext *sws = sws_getContext(
        crop.width, crop.height, (enum AVPixelFormat)from->format, to.width, to.height,
        AV_PIX_FMT_YUVJ420P, SWS_AREA | SWS_ACCURATE_RND, NULL, NULL, NULL);
    if (!sws)
        return FAIL(DECODE_FAILED, "the picture's format cannot be converted");
    bool full = from->color_range == AVCOL_RANGE_JPEG;
    sws_setColorspaceDetails(sws, coefficients(from), full, sws_getCoefficients(SWS_CS_ITU601),
                             1, 0, 1 << 16, 1 << 16);
    const uint8_t *source[4];
    const uint8_t *target[4];
    int source_lines[4], target_lines[4];
    planes_at(from, crop.x, crop.y, source, source_lines);
    planes_at(canvas, to.x, to.y, target, target_lines);
    int rc = sws_scale(sws, source, source_lines, 0, crop.height, (uint8_t *const *)target,
                       target_lines);
    sws_freeContext(sws);
    return rc < 0 ? err_av(a, ERR_DECODE_FAILED, rc, "the picture cannot be scaled") : OK;
}

struct err jpeg_write(struct output *o, const char *name, const AVFrame *canvas, int quality)
{
    const AVCodec *codec = avcodec_find_encoder(AV_CODEC_ID_MJPEG);
    SCOPED_CODEC AVCodecContext *c = codec ? avcodec_alloc_context3(codec) : NULL;
    if (!c)
        return FAIL(ENCODE_FAILED, "this libavcodec has no JPEG encoder");
    c->width = canvas->width;
    c->height = canvas->height;
    c->pix_fmt = AV_PIX_FMT_YUVJ420P;
    c->color_range = AVCOL_RANGE_JPEG;
    c->time_base = (AVRational){1, 25};
    c->thread_count = 1;
    c->flags |= AV_CODEC_FLAG_QSCALE | AV_CODEC_FLAG_BITEXACT;
    c->global_quality = FF_QP2LAMBDA * quality;
    AVDictionary *options = NULL;
    av_dict_set(&options, "huffman", "optimal", 0);
    int rc = avcodec_open2(c, codec, &options);
    av_dict_free(&options);
    if (rc < 0)
        return err_av(o->arena, ERR_ENCODE_FAILED, rc, "the JPEG encoder cannot be opened");
    SCOPED_FRAME AVFrame *f = av_frame_clone(canvas);
    SCOPED_PACKET AVPacket *p = packet_new();
    if (!f)
        abort();
    f->quality = c->global_quality;
    f->pts = 0;
    rc = avcodec_send_frame(c, f);
    if (rc >= 0)
        avcodec_send_frame(c, NULL);
    if (rc >= 0)
        rc = avcodec_receive_packet(c, p);
    if (rc < 0)
        return err_av(o->arena, ERR_ENCODE_FAILED, rc, "a JPEG cannot be written");
    return output_write(o, output_fd(o, name), p->data, (size_t)p->size);
}
