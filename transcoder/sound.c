/* sound.c — resampling, holes and overlaps. */
#include "transcoder/sound.h"

#include "transcoder/source.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { ATTACK = 64 }; /* samples */

struct err sound_init(struct sound *s, struct arena *a, int channels, int rate, int64_t limit)
{
    *s = (struct sound){
        .arena = a, .channels = channels, .rate = rate, .limit = limit, .gain = 1};
    s->fifo = av_audio_fifo_alloc(AV_SAMPLE_FMT_FLTP, channels, rate);
    if (!s->fifo)
        abort();
    return OK;
}

void sound_release(struct sound *s)
{
    swr_free(&s->swr);
    av_channel_layout_uninit(&s->in_layout);
    av_frame_free(&s->held);
    av_audio_fifo_free(s->fifo);
    s->fifo = NULL;
}

static void push(struct sound *s, uint8_t *const *data, int count)
{
    if (s->position + count > s->limit)
        count = s->position < s->limit ? (int)(s->limit - s->position) : 0;
    if (count <= 0)
        return;
    if (av_audio_fifo_write(s->fifo, (void **)data, count) < count)
        abort();
    s->position += count;
}

static AVFrame *blank(const struct sound *s, int count)
{
    AVFrame *f = frame_new();
    f->format = AV_SAMPLE_FMT_FLTP;
    f->sample_rate = s->rate;
    f->nb_samples = count;
    av_channel_layout_default(&f->ch_layout, s->channels);
    if (av_frame_get_buffer(f, 0) < 0)
        abort();
    return f;
}

/* Fills up to `wanted` samples from the hole, then with what waits behind it. */
static void refill(struct sound *s, int wanted)
{
    int have = av_audio_fifo_size(s->fifo);
    if (s->hole > 0 && have < wanted) {
        int part = s->hole < wanted - have ? (int)s->hole : wanted - have;
        SCOPED_FRAME AVFrame *f = blank(s, part);
        av_samples_set_silence(f->extended_data, 0, part, s->channels, AV_SAMPLE_FMT_FLTP);
        push(s, f->extended_data, part);
        s->hole -= part;
    }
    if (s->hole <= 0 && s->held) {
        push(s, s->held->extended_data, s->held->nb_samples);
        av_frame_free(&s->held);
    }
}

static struct err configure(struct sound *s, const AVFrame *f)
{
    AVChannelLayout layout = {0}, target = {0};
    if (f->ch_layout.nb_channels < 1 || f->sample_rate < 1)
        return FAIL(DECODE_FAILED, "the sound has no channels");
    if (f->ch_layout.order == AV_CHANNEL_ORDER_UNSPEC)
        av_channel_layout_default(&layout, f->ch_layout.nb_channels);
    else
        av_channel_layout_copy(&layout, &f->ch_layout);
    bool same = s->swr && s->in_format == f->format && s->in_rate == f->sample_rate &&
                av_channel_layout_compare(&layout, &s->in_layout) == 0;
    if (same) {
        av_channel_layout_uninit(&layout);
        return OK;
    }
    swr_free(&s->swr);
    av_channel_layout_uninit(&s->in_layout);
    s->in_layout = layout;
    s->in_format = f->format;
    s->in_rate = f->sample_rate;
    av_channel_layout_default(&target, s->channels);
    int rc = swr_alloc_set_opts2(&s->swr, &target, AV_SAMPLE_FMT_FLTP, s->rate, &s->in_layout,
                                 (enum AVSampleFormat)f->format, f->sample_rate, 0, NULL);
    if (rc >= 0)
        rc = swr_init(s->swr);
    if (rc < 0) {
        swr_free(&s->swr);
        return err_av(s->arena, ERR_DECODE_FAILED, rc, "the sound cannot be converted");
    }
    return OK;
}

/* Many channels mixed into few, or a decoder's overshoot, may pass full scale: the gain goes
 * down within a millisecond or two, and comes back over a fifth of a second. */
static void keep_in_scale(struct sound *s, AVFrame *f)
{
    float peak = 0;
    for (int c = 0; c < s->channels; c++)
        for (int i = 0; i < f->nb_samples; i++)
            peak = fmaxf(peak, fabsf(((const float *)f->extended_data[c])[i]));
    const float ceiling = 0.97f, want = peak > ceiling ? ceiling / peak : 1, from = s->gain;
    if (want >= 1 && from >= 1)
        return;
    const bool down = want < from;
    const int over = down ? (f->nb_samples < ATTACK ? f->nb_samples : ATTACK) : s->rate / 5;
    for (int c = 0; c < s->channels; c++) {
        float *x = (float *)f->extended_data[c];
        for (int i = 0; i < f->nb_samples; i++) {
            float part = i < over ? (float)(i + 1) / (float)over : 1;
            x[i] = fminf(1, fmaxf(-1, x[i] * (from + (want - from) * part)));
        }
    }
    float reached = f->nb_samples < over ? (float)f->nb_samples / (float)over : 1;
    s->gain = from + (want - from) * reached;
    if (s->gain > 0.999f)
        s->gain = 1;
}

struct err sound_add(struct sound *s, const AVFrame *frame, int64_t at)
{
    if (s->hole > 0) { /* not taken: it lies behind the limit */
        s->hole = 0;
        av_frame_free(&s->held);
    }
    refill(s, 0);
    TRY(configure(s, frame));
    int64_t delay = swr_get_delay(s->swr, s->rate);
    int room = (int)(swr_get_out_samples(s->swr, frame->nb_samples) + 16);
    SCOPED_FRAME AVFrame *out = blank(s, room);
    int count = swr_convert(s->swr, out->extended_data, room,
                            (const uint8_t **)frame->extended_data, frame->nb_samples);
    if (count < 0)
        return err_av(s->arena, ERR_DECODE_FAILED, count, "the sound cannot be converted");
    s->heard = true;
    out->nb_samples = count;
    keep_in_scale(s, out);
    const int64_t slack = s->rate / 25; /* 40 ms: containers round their times */
    int64_t off = at == AV_NOPTS_VALUE ? 0 : at - delay - s->position;
    if (off > slack || (off > 0 && s->position == 0))
        s->hole = off;
    int skip = 0;
    if (off < -slack || (off < 0 && s->position == 0))
        skip = -off > count ? count : (int)-off;
    if (skip == count)
        return OK;
    s->held = out;
    out = NULL;
    s->held->nb_samples = count - skip;
    for (int c = 0; c < s->channels; c++)
        memmove(s->held->extended_data[c],
                s->held->extended_data[c] + (size_t)skip * sizeof(float),
                (size_t)(count - skip) * sizeof(float));
    return OK;
}

AVFrame *sound_take(struct sound *s, int samples, bool end)
{
    refill(s, samples);
    int have = av_audio_fifo_size(s->fifo);
    if (have == 0 || (have < samples && !end))
        return NULL;
    AVFrame *f = blank(s, samples);
    int count = have < samples ? have : samples;
    av_audio_fifo_read(s->fifo, (void **)f->extended_data, count);
    if (count < samples)
        av_samples_set_silence(f->extended_data, count, samples - count, s->channels,
                               AV_SAMPLE_FMT_FLTP);
    return f;
}
