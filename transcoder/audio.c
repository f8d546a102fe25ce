/* audio.c — the whole sound as rung "0": AAC-LC, copied or encoded, without gaps.
 *
 * Positions count samples of the rung's rate on our time line. The first packet lies before 0:
 * decoders need it to begin cleanly, and the init's edit list hides it.
 */
#include "transcoder/task.h"

#include "transcoder/rung.h"
#include "transcoder/sound.h"

#include <string.h>

enum { FRAME = 1024, SECOND_US = 1000000 };

struct audio {
    struct task *task;
    const struct plan_audio *plan;
    struct source source;
    int stream, rate;
    struct rung *rung;
    int64_t position; /* where the next packet goes */
    int64_t limit;    /* nothing is written behind it */
    bool started;
};

static void audio_release(struct audio *a)
{
    rung_close(a->rung);
    source_close(&a->source);
}
#define SCOPED_AUDIO __attribute__((cleanup(audio_release)))

/* Near the picture's cuts, then every segment's length. */
static const int64_t *sound_cuts(struct audio *a, size_t *count)
{
    const struct plan *p = a->task->spec->plan;
    const int64_t step = 4 * SECOND_US;
    size_t room = p->cut_count + (size_t)(p->duration_us / step) + 2;
    int64_t *cuts = arena_alloc(a->task->arena, room * sizeof *cuts);
    for (*count = 0; *count + 1 < p->cut_count; (*count)++)
        cuts[*count] = av_rescale(p->cuts_us[*count], a->rate, SECOND_US);
    for (int64_t at = p->cuts_us[p->cut_count - 1]; p->duration_us - at > SECOND_US; at += step)
        cuts[(*count)++] = av_rescale(at, a->rate, SECOND_US);
    return cuts;
}

static struct err open_rung(struct audio *a, const uint8_t *config, size_t size, int channels,
                            int64_t bit_rate)
{
    size_t count;
    const int64_t *cuts = sound_cuts(a, &count);
    struct rung_config c = {
        .name = a->task->spec->track,
        .codecs = "mp4a.40.2",
        .cuts = cuts,
        .cut_count = count,
        .skip = a->task->spec->skip_segments,
        .tolerance = FRAME / 2,
        .track =
            {
                .timescale = (uint32_t)a->rate,
                .edit_start = -a->position,
                .config = config,
                .config_size = size,
                .channels = channels,
                .sample_rate = a->rate,
                .bit_rate = bit_rate,
            },
    };
    a->started = true;
    return rung_open(a->task->output, &c, &a->rung);
}

static struct err put(struct audio *a, const uint8_t *data, size_t size)
{
    struct rung_packet p = {.data = data, .size = size, .pts = a->position, .key = true};
    a->position += FRAME;
    return rung_packet(a->rung, &p);
}

static void progress(const struct audio *a)
{
    report_progress(av_rescale(a->position, SECOND_US, a->rate),
                    a->task->spec->plan->duration_us);
}

/* --- copied */

static struct err put_silence(struct audio *a, int channels)
{
    static const uint8_t mono[] = {0x00, 0xc8, 0x00, 0x80, 0x23, 0x80};
    static const uint8_t stereo[] = {0x21, 0x00, 0x49, 0x90, 0x02, 0x19, 0x00, 0x23, 0x80};
    return channels == 1 ? put(a, mono, sizeof mono) : put(a, stereo, sizeof stereo);
}

static struct err copy_start(struct audio *a, const AVCodecParameters *par, int64_t at)
{
    int64_t late = at > 0 ? (at + FRAME - 1) / FRAME : 0;
    a->position = at - late * FRAME;
    return open_rung(a, par->extradata, (size_t)par->extradata_size, par->ch_layout.nb_channels,
                     a->plan->bit_rate);
}

static struct err copy_packet(struct audio *a, const AVPacket *p)
{
    const AVCodecParameters *par = a->source.format->streams[a->stream]->codecpar;
    int64_t at = source_scaled(&a->source, a->stream, p->pts, a->rate);
    if (at <= -2 * FRAME || at > a->limit)
        return OK;
    if (!a->started)
        TRY(copy_start(a, par, at));
    while (at - a->position > FRAME * 3 / 4)
        TRY(put_silence(a, par->ch_layout.nb_channels));
    if (at - a->position < -FRAME * 3 / 4)
        return OK; /* said twice */
    return put(a, p->data, (size_t)p->size);
}

static struct err copy_all(struct audio *a)
{
    SCOPED_PACKET AVPacket *p = packet_new();
    while (source_read(&a->source, p) >= 0) {
        struct err e = OK;
        if (p->stream_index == a->stream && p->pts != AV_NOPTS_VALUE && p->size > 0 &&
            !(p->flags & AV_PKT_FLAG_CORRUPT))
            e = copy_packet(a, p);
        av_packet_unref(p);
        TRY(e);
        progress(a);
    }
    return OK;
}

/* --- encoded */

static struct err drain_encoder(struct audio *a, AVCodecContext *encoder, AVPacket *p)
{
    for (;;) {
        int rc = avcodec_receive_packet(encoder, p);
        if (rc == AVERROR(EAGAIN) || rc == AVERROR_EOF)
            return OK;
        if (rc < 0)
            return err_av(a->task->arena, ERR_ENCODE_FAILED, rc, "the sound cannot be encoded");
        struct err e = put(a, p->data, (size_t)p->size);
        av_packet_unref(p);
        TRY(e);
    }
}

static struct err encode_ready(struct audio *a, struct sound *sound, AVCodecContext *encoder,
                               bool end)
{
    SCOPED_PACKET AVPacket *p = packet_new();
    for (;;) {
        SCOPED_FRAME AVFrame *frame = sound_take(sound, FRAME, end);
        if (!frame)
            break;
        int rc = avcodec_send_frame(encoder, frame);
        if (rc < 0)
            return err_av(a->task->arena, ERR_ENCODE_FAILED, rc, "the sound cannot be encoded");
        TRY(drain_encoder(a, encoder, p));
    }
    if (end) {
        avcodec_send_frame(encoder, NULL);
        TRY(drain_encoder(a, encoder, p));
    }
    progress(a);
    return OK;
}

static struct err open_encoder(struct audio *a, AVCodecContext **out)
{
    const struct plan_audio *plan = a->plan;
    const AVCodec *codec = avcodec_find_encoder(AV_CODEC_ID_AAC);
    SCOPED_CODEC AVCodecContext *c = codec ? avcodec_alloc_context3(codec) : NULL;
    if (!c)
        return FAIL(ENCODE_FAILED, "this libavcodec has no AAC encoder");
    c->sample_rate = plan->sample_rate;
    c->sample_fmt = AV_SAMPLE_FMT_FLTP;
    av_channel_layout_default(&c->ch_layout, plan->channels);
    c->bit_rate = plan->bit_rate;
    c->time_base = (AVRational){1, plan->sample_rate};
    c->profile = FF_PROFILE_AAC_LOW;
    c->flags |= AV_CODEC_FLAG_GLOBAL_HEADER | AV_CODEC_FLAG_BITEXACT;
    int rc = avcodec_open2(c, codec, NULL);
    if (rc < 0)
        return err_av(a->task->arena, ERR_ENCODE_FAILED, rc,
                      "the AAC encoder cannot be opened");
    *out = c;
    c = NULL;
    return OK;
}

static struct err encode_all(struct audio *a)
{
    const struct plan_audio *plan = a->plan;
    SCOPED_CODEC AVCodecContext *encoder = NULL;
    SCOPED_CODEC AVCodecContext *decoder = NULL;
    TRY(open_encoder(a, &encoder));
    TRY(source_decoder(&a->source, a->stream, 1, &decoder));
    a->position = -encoder->initial_padding;
    TRY(open_rung(a, encoder->extradata, (size_t)encoder->extradata_size, plan->channels,
                  plan->bit_rate));
    SCOPED_SOUND struct sound sound;
    TRY(sound_init(&sound, a->task->arena, plan->channels, plan->sample_rate, a->limit));
    SCOPED_PACKET AVPacket *p = packet_new();
    SCOPED_FRAME AVFrame *frame = frame_new();
    bool more = true;
    while (more) {
        more = source_read(&a->source, p) >= 0;
        if (more && p->stream_index != a->stream) {
            av_packet_unref(p);
            continue;
        }
        /* A damaged packet leaves a hole, which is filled with silence. */
        int rc = avcodec_send_packet(decoder, more ? p : NULL);
        av_packet_unref(p);
        while ((rc = avcodec_receive_frame(decoder, frame)) >= 0) {
            int64_t at = frame->best_effort_timestamp;
            if (at != AV_NOPTS_VALUE)
                at = source_scaled(&a->source, a->stream, at, a->rate);
            struct err e = sound_add(&sound, frame, at);
            av_frame_unref(frame);
            TRY(e);
            TRY(encode_ready(a, &sound, encoder, false));
        }
        if (!more)
            TRY(encode_ready(a, &sound, encoder, true));
    }
    return sound.heard ? OK : FAIL(DECODE_FAILED, "the sound cannot be decoded");
}

struct err audio_task(struct task *t, json_t **result)
{
    const struct spec *spec = t->spec;
    if (!spec->probe->audio)
        return FAIL(SPEC_INVALID, "the probe has no sound");
    const struct plan_track *track = plan_track_named(spec->plan, spec->track);
    SCOPED_AUDIO struct audio a = {
        .task = t,
        .plan = track ? &track->audio : spec->plan->audio,
        .stream = track ? track->stream : spec->probe->audio->stream,
    };
    a.rate = a.plan->copy ? spec->probe->audio->sample_rate : a.plan->sample_rate;
    a.limit = av_rescale(spec->plan->duration_us + SECOND_US, a.rate, SECOND_US);
    TRY(task_source(t, &a.source));
    if (a.stream >= (int)a.source.format->nb_streams)
        return FAIL(SPEC_INVALID, "the plan describes another file");
    source_keep(&a.source, a.stream, -1);
    if (a.plan->copy)
        TRY(copy_all(&a));
    else
        TRY(encode_all(&a));
    if (!a.started)
        return FAIL(DECODE_FAILED, "no sound could be read");
    TRY(rung_finish(a.rung, a.position));
    *result = json_pack("{s:[o], s:[]}", "rungs", rung_summary(a.rung), "notes");
    return OK;
}
