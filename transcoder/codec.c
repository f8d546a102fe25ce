/* codec.c — the settings of each encoder, and what is stored of its packets. */
#include "transcoder/codec.h"

#include "transcoder/av1.h"
#include "transcoder/h264.h"

#include <libavutil/opt.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static enum err_id blame(const struct codec *c)
{
    return c->by_hardware ? ERR_HARDWARE_FAILED : ERR_ENCODE_FAILED;
}

static void set_common(AVCodecContext *x, const struct codec_config *config)
{
    const struct plan_rung *r = config->rung;
    x->width = r->width;
    x->height = r->height;
    x->pix_fmt = AV_PIX_FMT_YUV420P;
    x->time_base = (AVRational){1, r->timescale};
    x->framerate = (AVRational){r->fps.num, r->fps.den};
    x->sample_aspect_ratio = (AVRational){1, 1};
    x->color_primaries = config->color.primaries;
    x->color_trc = config->color.transfer;
    x->colorspace = config->color.matrix;
    x->color_range = AVCOL_RANGE_MPEG;
    x->gop_size = (int)ceil(2.0 * config->key_every_s * r->fps.num / r->fps.den) + 2;
    x->rc_max_rate = r->max_rate;
    x->rc_buffer_size = (int)(r->max_rate * 2 > INT32_MAX ? INT32_MAX : r->max_rate * 2);
    x->thread_count = config->threads;
    x->flags |= AV_CODEC_FLAG_GLOBAL_HEADER | AV_CODEC_FLAG_CLOSED_GOP;
}

static void set_x264(const struct codec_config *config, AVDictionary **options)
{
    const struct profile_settings s = profile_h264(config->profile, config->rung->resolution);
    av_dict_set(options, "preset", s.preset, 0);
    av_dict_set(options, "profile", "high", 0);
    av_dict_set(options, "x264-params", s.params, 0);
    av_dict_set(options, "crf", s.crf, 0);
    av_dict_set(options, "forced-idr", "1", 0);
}

static void set_svt(AVCodecContext *x, struct arena *a, const struct codec_config *config,
                    AVDictionary **options)
{
    const struct profile_settings s = profile_av1(config->profile);
    x->gop_size = 2000; /* one group, until it is opened anew */
    x->rc_buffer_size = 0;
    av_dict_set(options, "preset", s.preset, 0);
    av_dict_set(options, "crf", s.crf, 0);
    av_dict_set(options, "svtav1-params", arena_printf(a, "%slp=%d", s.params, config->threads),
                0);
}

/* Devices differ in what they call constant quality; all of them keep to a rate. */
static struct err set_hardware(AVCodecContext *x, struct arena *a,
                               const struct codec_config *config, AVDictionary **options)
{
    x->bit_rate = config->rung->max_rate * 3 / 5;
    x->max_b_frames = 0;
    x->profile = FF_PROFILE_H264_HIGH;
    if (config->hardware->kind != HARDWARE_VAAPI)
        av_dict_set(options,
                    config->hardware->kind == HARDWARE_QSV ? "forced_idr" : "forced-idr", "1",
                    0);
    return hardware_attach(config->hardware, a, x);
}

static struct err describe(struct codec *c)
{
    const AVCodecContext *x = c->context;
    char *text = arena_alloc(c->arena, AV1_CODECS_TEXT);
    bool good = c->config.rung->av1
                    ? av1_config(x->extradata, (size_t)x->extradata_size, &c->description, text)
                    : h264_avcc(x->extradata, (size_t)x->extradata_size, &c->description) &&
                          h264_codecs(c->description.data, c->description.size, text);
    c->codecs = text;
    return good ? OK : (struct err){blame(c), "the encoder gave no parameter sets"};
}

static struct err open_context(struct codec *c)
{
    const struct codec_config *config = &c->config;
    const char *name = config->rung->av1 ? "libsvtav1"
                       : c->by_hardware  ? config->hardware->encoder
                                         : "libx264";
    const AVCodec *codec = avcodec_find_encoder_by_name(name);
    SCOPED_CODEC AVCodecContext *x = codec ? avcodec_alloc_context3(codec) : NULL;
    AVDictionary *options = NULL;
    if (!x)
        return (struct err){blame(c), arena_printf(c->arena, "libavcodec has no %s", name)};
    set_common(x, config);
    if (config->rung->av1)
        set_svt(x, c->arena, config, &options);
    else if (c->by_hardware)
        TRY(set_hardware(x, c->arena, config, &options));
    else
        set_x264(config, &options);
    int rc = avcodec_open2(x, codec, &options);
    av_dict_free(&options);
    if (rc < 0)
        return err_av(c->arena, blame(c), rc, arena_printf(c->arena, "%s refused", name));
    c->context = x;
    c->started = false;
    x = NULL;
    return OK;
}

struct err codec_open(struct codec *c, struct arena *a, const struct codec_config *config)
{
    const bool device = config->hardware && config->hardware->kind != HARDWARE_NONE;
    *c = (struct codec){
        .arena = a,
        .config = *config,
        .by_hardware = device && !config->rung->av1,
    };
    TRY(open_context(c));
    return describe(c);
}

void codec_close(struct codec *c)
{
    avcodec_free_context(&c->context);
    bytes_release(&c->description);
}

bool codec_starts_anew(const struct codec *c)
{
    return c->config.rung->av1 && c->started;
}

struct err codec_restart(struct codec *c)
{
    avcodec_free_context(&c->context);
    return open_context(c);
}

struct err codec_send(struct codec *c, const AVFrame *f)
{
    SCOPED_FRAME AVFrame *made = NULL;
    if (f && c->by_hardware) {
        TRY(hardware_frame(c->config.hardware, c->arena, c->context, f, &made));
        f = made;
    }
    c->started = true;
    int rc = avcodec_send_frame(c->context, f);
    return rc < 0 ? err_av(c->arena, blame(c), rc, "the encoder refused a picture") : OK;
}

struct err codec_receive(struct codec *c, AVPacket *p, bool *got)
{
    int rc = avcodec_receive_packet(c->context, p);
    *got = rc >= 0;
    if (rc < 0 && rc != AVERROR(EAGAIN) && rc != AVERROR_EOF)
        return err_av(c->arena, blame(c), rc, "the encoder failed");
    return OK;
}

void codec_unit(const struct codec *c, const AVPacket *p, struct bytes *out)
{
    if (c->config.rung->av1)
        av1_append(out, p->data, (size_t)p->size);
    else
        h264_append(out, p->data, (size_t)p->size);
}

/* --- trying a device */

static void codec_scope_release(struct codec *c)
{
    codec_close(c);
}

struct err codec_try(struct arena *a, const struct hardware *h)
{
    const struct plan_rung rung = {
        .name = "try",
        .resolution = 240,
        .width = 320,
        .height = 240,
        .fps = {25, 1},
        .timescale = 25,
        .max_rate = 1000000,
    };
    const struct codec_config config = {
        .rung = &rung,
        .threads = 1,
        .hardware = h,
        .key_every_s = 4,
    };
    __attribute__((cleanup(codec_scope_release))) struct codec c;
    TRY(codec_open(&c, a, &config));
    SCOPED_PACKET AVPacket *p = packet_new();
    SCOPED_FRAME AVFrame *f = frame_new();
    f->format = AV_PIX_FMT_YUV420P;
    f->width = rung.width;
    f->height = rung.height;
    if (av_frame_get_buffer(f, 0) < 0)
        abort();
    for (int i = 0; i < 3; i++)
        memset(f->data[i], 128, (size_t)f->linesize[i] * (size_t)(i ? 120 : 240));
    f->pts = 0;
    f->pict_type = AV_PICTURE_TYPE_I;
    bool got;
    TRY(codec_send(&c, f));
    TRY(codec_send(&c, NULL));
    TRY(codec_receive(&c, p, &got));
    return got ? OK : FAIL(HARDWARE_FAILED, "the device made no picture");
}
