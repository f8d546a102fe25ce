/* hardware.c — VAAPI, Quick Sync and NVENC through libav's device contexts. */
#include "transcoder/hardware.h"

#include "transcoder/source.h"

#include <libavutil/hwcontext.h>
#include <stdlib.h>
#include <string.h>

enum { POOL = 24 };

static const struct {
    const char *encoder;
    enum AVHWDeviceType device;
    enum AVPixelFormat format;
} kinds[HARDWARE_COUNT] = {
    [HARDWARE_VAAPI] = {"h264_vaapi", AV_HWDEVICE_TYPE_VAAPI, AV_PIX_FMT_VAAPI},
    [HARDWARE_QSV] = {"h264_qsv", AV_HWDEVICE_TYPE_QSV, AV_PIX_FMT_NV12},
    [HARDWARE_NVENC] = {"h264_nvenc", AV_HWDEVICE_TYPE_CUDA, AV_PIX_FMT_YUV420P},
};

struct err hardware_open(struct arena *a, enum hardware_kind kind, struct hardware *out)
{
    *out = (struct hardware){
        .kind = kind,
        .encoder = kinds[kind].encoder,
        .format = kinds[kind].format,
    };
    int rc = av_hwdevice_ctx_create(&out->device, kinds[kind].device, NULL, NULL, 0);
    if (rc < 0)
        return err_av(
            a, ERR_HARDWARE_FAILED, rc,
            arena_printf(a, "%s cannot be opened on this machine", hardware_name(kind)));
    return OK;
}

void hardware_close(struct hardware *h)
{
    av_buffer_unref(&h->device);
    h->kind = HARDWARE_NONE;
}

struct err hardware_attach(const struct hardware *h, struct arena *a, AVCodecContext *c)
{
    c->pix_fmt = h->format;
    if (h->format != AV_PIX_FMT_VAAPI) {
        c->hw_device_ctx = av_buffer_ref(h->device);
        return OK;
    }
    AVBufferRef *frames = av_hwframe_ctx_alloc(h->device);
    if (!frames)
        abort();
    AVHWFramesContext *f = (AVHWFramesContext *)(void *)frames->data;
    f->format = h->format;
    f->sw_format = AV_PIX_FMT_NV12;
    f->width = c->width;
    f->height = c->height;
    f->initial_pool_size = POOL;
    int rc = av_hwframe_ctx_init(frames);
    if (rc < 0) {
        av_buffer_unref(&frames);
        return err_av(a, ERR_HARDWARE_FAILED, rc, "the device has no room for pictures");
    }
    c->hw_frames_ctx = frames;
    return OK;
}

/* Planar to NV12: the two chroma planes become one. */
static AVFrame *interleaved(const AVFrame *f)
{
    AVFrame *out = frame_new();
    out->format = AV_PIX_FMT_NV12;
    out->width = f->width;
    out->height = f->height;
    if (av_frame_get_buffer(out, 0) < 0)
        abort();
    for (int y = 0; y < f->height; y++)
        memcpy(out->data[0] + (ptrdiff_t)y * out->linesize[0],
               f->data[0] + (ptrdiff_t)y * f->linesize[0], (size_t)f->width);
    for (int y = 0; y < f->height / 2; y++) {
        uint8_t *to = out->data[1] + (ptrdiff_t)y * out->linesize[1];
        const uint8_t *u = f->data[1] + (ptrdiff_t)y * f->linesize[1];
        const uint8_t *v = f->data[2] + (ptrdiff_t)y * f->linesize[2];
        for (ptrdiff_t x = 0; x < f->width / 2; x++) {
            to[2 * x] = u[x];
            to[2 * x + 1] = v[x];
        }
    }
    return out;
}

struct err hardware_frame(const struct hardware *h, struct arena *a, const AVCodecContext *c,
                          const AVFrame *f, AVFrame **out)
{
    SCOPED_FRAME AVFrame *made =
        h->format == AV_PIX_FMT_YUV420P ? av_frame_clone(f) : interleaved(f);
    if (!made)
        abort();
    if (h->format == AV_PIX_FMT_VAAPI) {
        SCOPED_FRAME AVFrame *there = frame_new();
        int rc = av_hwframe_get_buffer(c->hw_frames_ctx, there, 0);
        if (rc >= 0)
            rc = av_hwframe_transfer_data(there, made, 0);
        if (rc < 0)
            return err_av(a, ERR_HARDWARE_FAILED, rc,
                          "a picture cannot be given to the device");
        av_frame_free(&made);
        made = there;
        there = NULL;
    }
    made->pts = f->pts;
    made->pict_type = f->pict_type;
    *out = made;
    made = NULL;
    return OK;
}
