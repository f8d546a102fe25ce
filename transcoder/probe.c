/* probe.c — chooses the streams and describes them. */
#include "transcoder/probe.h"

#include <libavutil/display.h>
#include <libavutil/pixdesc.h>
#include <math.h>
#include <string.h>

enum { START_SLACK_US = 100000 }; /* sound this much before the picture is cut away */

static const AVRational microsecond = {1, 1000000};

static const char *tag(struct arena *a, const AVDictionary *d, const char *key)
{
    const AVDictionaryEntry *e = av_dict_get(d, key, NULL, 0);
    return e ? arena_strndup(a, e->value, 500) : NULL;
}

static bool decodable(const AVStream *st)
{
    return avcodec_find_decoder(st->codecpar->codec_id) != NULL;
}

/* --- which streams */

static int choose_video(const AVFormatContext *f)
{
    int best = -1;
    int64_t best_score = -1;
    for (int i = 0; i < (int)f->nb_streams; i++) {
        const AVStream *st = f->streams[i];
        const AVCodecParameters *p = st->codecpar;
        if (p->codec_type != AVMEDIA_TYPE_VIDEO || p->width < 1 || p->height < 1 ||
            !decodable(st) ||
            (st->disposition & (AV_DISPOSITION_ATTACHED_PIC | AV_DISPOSITION_TIMED_THUMBNAILS)))
            continue;
        int64_t score = (int64_t)p->width * p->height;
        if (st->disposition & AV_DISPOSITION_DEFAULT)
            score += INT64_C(1) << 40;
        if (score > best_score) {
            best = i;
            best_score = score;
        }
    }
    return best;
}

static int choose_audio(AVFormatContext *f, int video)
{
    int best = av_find_best_stream(f, AVMEDIA_TYPE_AUDIO, -1, video, NULL, 0);
    if (best >= 0 && decodable(f->streams[best]) && f->streams[best]->codecpar->sample_rate > 0)
        return best;
    for (int i = 0; i < (int)f->nb_streams; i++) {
        const AVCodecParameters *p = f->streams[i]->codecpar;
        if (p->codec_type == AVMEDIA_TYPE_AUDIO && p->sample_rate > 0 &&
            decodable(f->streams[i]))
            return i;
    }
    return -1;
}

static int choose_cover(const AVFormatContext *f)
{
    for (int i = 0; i < (int)f->nb_streams; i++)
        if ((f->streams[i]->disposition & AV_DISPOSITION_ATTACHED_PIC) &&
            decodable(f->streams[i]))
            return i;
    return -1;
}

/* --- the picture */

/* Splits a display matrix into a clockwise turn and a mirroring left to right after it. */
static void read_rotation(const AVStream *st, struct media_video *v)
{
    size_t size = 0;
    const int32_t *m =
        (const int32_t *)av_stream_get_side_data(st, AV_PKT_DATA_DISPLAYMATRIX, &size);
    if (!m || size < 9 * sizeof *m)
        return;
    double a = m[0], b = m[1], c = m[3], d = m[4];
    if (fabs(a) + fabs(d) >= fabs(b) + fabs(c)) {
        v->rotation = d < 0 ? 180 : 0;
        v->mirror = (a < 0) != (d < 0);
    } else {
        v->rotation = b > 0 ? 90 : 270;
        v->mirror = (b < 0) == (c < 0);
    }
}

static void display_size(struct media_video *v)
{
    double sar = (double)v->sar.num / v->sar.den;
    double w = v->width, h = v->height;
    if (v->sar.num != v->sar.den)
        w = 2 * round(w * sar / 2);
    if (w < 1)
        w = 1;
    bool turned = v->rotation == 90 || v->rotation == 270;
    v->display_width = (int)(turned ? h : w);
    v->display_height = (int)(turned ? w : h);
}

static void read_color(const AVCodecParameters *p, struct media_color *c)
{
    const char *name;
    bool full = p->color_range == AVCOL_RANGE_JPEG || p->format == AV_PIX_FMT_YUVJ420P ||
                p->format == AV_PIX_FMT_YUVJ422P || p->format == AV_PIX_FMT_YUVJ444P;
    c->range = full ? "pc" : p->color_range == AVCOL_RANGE_MPEG ? "tv" : "unknown";
    c->primaries = (name = av_color_primaries_name(p->color_primaries)) ? name : "unknown";
    c->transfer = (name = av_color_transfer_name(p->color_trc)) ? name : "unknown";
    c->space = (name = av_color_space_name(p->color_space)) ? name : "unknown";
    c->hdr = p->color_trc == AVCOL_TRC_SMPTE2084 || p->color_trc == AVCOL_TRC_ARIB_STD_B67;
}

static struct ratio frame_rate(struct source *s, AVStream *st, const struct timing *t,
                               bool varies)
{
    AVRational guess = av_guess_frame_rate(s->format, st, NULL);
    double measured = 0;
    if (t->pts_count > 1) {
        double span = (double)(t->pts[t->pts_count - 1] - t->pts[0]) * av_q2d(st->time_base);
        if (span > 0)
            measured =
                (double)((t->pts_count < TIMING_MAX ? t->packets : TIMING_MAX) - 1) / span;
    }
    double rate = guess.num > 0 && guess.den > 0 ? av_q2d(guess) : 0;
    bool sane = rate >= 0.1 && rate <= 1000;
    if (sane && (measured <= 0 || (!varies && fabs(rate - measured) < 0.02 * measured) ||
                 t->pts_count < 10))
        return (struct ratio){guess.num, guess.den};
    static const struct ratio usual[] = {{24000, 1001}, {24, 1},       {25, 1},
                                         {30000, 1001}, {30, 1},       {48, 1},
                                         {50, 1},       {60000, 1001}, {60, 1}};
    for (size_t i = 0; i < sizeof usual / sizeof *usual; i++)
        if (fabs(measured - (double)usual[i].num / usual[i].den) < 0.001 * measured)
            return usual[i];
    if (measured < 0.1 || measured > 1000)
        return sane ? (struct ratio){guess.num, guess.den} : (struct ratio){25, 1};
    AVRational r = av_d2q(measured, 100000);
    return (struct ratio){r.num < 1 ? 1 : r.num, r.den < 1 ? 1 : r.den};
}

static const char *why_no_copy(struct source *s, const AVStream *st,
                               const struct media_video *v, const struct timing *t)
{
    const AVCodecParameters *p = st->codecpar;
    int profile = p->profile & ~(FF_PROFILE_H264_CONSTRAINED | FF_PROFILE_H264_INTRA);
    if (p->codec_id != AV_CODEC_ID_H264)
        return "not H.264";
    if (t->timeless)
        return "no time stamps";
    if (t->damaged)
        return "damaged pictures";
    if (p->format != AV_PIX_FMT_YUV420P && p->format != AV_PIX_FMT_YUVJ420P)
        return "not 8 bit 4:2:0";
    if (profile != FF_PROFILE_H264_BASELINE && profile != FF_PROFILE_H264_MAIN &&
        profile != FF_PROFILE_H264_HIGH)
        return "a profile that browsers do not play";
    if (p->level > 52)
        return "a level that browsers do not play";
    if (v->interlaced)
        return "interlaced";
    if (v->rotation || v->mirror)
        return "rotated";
    if (v->sar.num != v->sar.den)
        return "pixels that are not square";
    if (v->width % 2 || v->height % 2)
        return "an odd size";
    if (p->extradata_size < 7)
        return "no parameter sets in the container";
    if (v->color.hdr)
        return "high dynamic range";
    if (!t->key_count || t->starts_hidden)
        return "starts in the middle of a group of pictures";
    if (t->open_gop)
        return "open groups of pictures";
    if (t->params_change)
        return "parameters change on the way";
    if (source_us(s, t->stream, t->keys[0]) > START_SLACK_US)
        return "does not start with a key frame";
    return NULL;
}

static void list_keys(struct source *s, const struct timing *t, struct media_video *v)
{
    v->keyframes_us = arena_alloc(s->arena, (t->key_count + 1) * sizeof *v->keyframes_us);
    for (size_t i = 0; i < t->key_count; i++) {
        int64_t us = source_us(s, t->stream, t->keys[i]);
        if (us < 0)
            us = us > -1000 ? 0 : -1;
        if (us < 0 ||
            (v->keyframe_count && us - v->keyframes_us[v->keyframe_count - 1] < 500000))
            continue;
        v->keyframes_us[v->keyframe_count++] = us;
    }
}

static void describe_video(struct source *s, const struct timing *t, struct media_video *v)
{
    AVStream *st = s->format->streams[t->stream];
    const AVCodecParameters *p = st->codecpar;
    const AVPixFmtDescriptor *pix = av_pix_fmt_desc_get((enum AVPixelFormat)p->format);
    const char *profile = avcodec_profile_name(p->codec_id, p->profile);
    bool varies;
    int64_t longest, ticks = timing_frame_ticks(t, &longest, &varies);
    *v = (struct media_video){
        .stream = t->stream,
        .codec = avcodec_get_name(p->codec_id),
        .profile = profile,
        .pix_fmt = pix ? pix->name : NULL,
        .level = p->level > 0 ? p->level : 0,
        .width = p->width,
        .height = p->height,
        .sar = {1, 1},
        .time_base = {st->time_base.num, st->time_base.den},
        .vfr = varies,
        .interlaced = p->field_order > AV_FIELD_PROGRESSIVE,
        .bit_depth = pix ? pix->comp[0].depth : 8,
        .reorder = p->video_delay,
        .longest_us = av_rescale_q(longest, st->time_base, microsecond),
    };
    AVRational sar = av_guess_sample_aspect_ratio(s->format, st, NULL);
    /* Hardly off square is a rounding error, far off is a mistake. */
    double shape = sar.num > 0 && sar.den > 0 ? av_q2d(sar) : 1;
    if (shape > 0.125 && shape < 8 && fabs(shape - 1) > 0.02)
        v->sar = (struct ratio){sar.num, sar.den};
    v->fps = frame_rate(s, st, t, varies);
    read_rotation(st, v);
    display_size(v);
    read_color(p, &v->color);
    v->start_us = source_us(s, t->stream, t->first);
    v->end_us = source_us(s, t->stream, t->end);
    int64_t last = t->pts_count ? source_us(s, t->stream, t->pts[t->pts_count - 1] + ticks) : 0;
    if (v->end_us <= v->start_us)
        v->end_us = last > v->start_us ? last : v->start_us + 40000;
    list_keys(s, t, v);
    double span = (double)(v->end_us - v->start_us) / 1e6;
    v->bit_rate = p->bit_rate > 0 ? p->bit_rate : (int64_t)((double)t->bytes * 8 / span);
    v->copy_reason = why_no_copy(s, st, v, t);
    v->copyable = !v->copy_reason;
}

/* --- the sound */

static void describe_audio(struct source *s, const struct timing *t, struct media_audio *v)
{
    AVStream *st = s->format->streams[t->stream];
    const AVCodecParameters *p = st->codecpar;
    *v = (struct media_audio){
        .stream = t->stream,
        .codec = avcodec_get_name(p->codec_id),
        .profile = avcodec_profile_name(p->codec_id, p->profile),
        .language = tag(s->arena, st->metadata, "language"),
        .channels = p->ch_layout.nb_channels,
        .sample_rate = p->sample_rate,
        .start_us = source_us(s, t->stream, t->first),
        .end_us = source_us(s, t->stream, t->end),
    };
    double span = (double)(v->end_us - v->start_us) / 1e6;
    v->bit_rate = p->bit_rate > 0 ? p->bit_rate
                  : span > 0      ? (int64_t)((double)t->bytes * 8 / span)
                                  : 0;
    /* SBR and PS hide behind AAC-LC's object type: only plain 1024-sample frames are copied. */
    v->copyable = p->codec_id == AV_CODEC_ID_AAC && p->profile == FF_PROFILE_AAC_LOW &&
                  (v->channels == 1 || v->channels == 2) &&
                  (v->sample_rate == 44100 || v->sample_rate == 48000) &&
                  (p->frame_size == 0 || p->frame_size == 1024) && p->extradata_size >= 2 &&
                  v->bit_rate <= 400000;
}

static void list_tracks(struct source *s, struct media *m)
{
    struct arena *a = s->arena;
    const AVFormatContext *f = s->format;
    m->audio_tracks = arena_alloc(a, f->nb_streams * sizeof *m->audio_tracks);
    m->subtitles = arena_alloc(a, f->nb_streams * sizeof *m->subtitles);
    for (int i = 0; i < (int)f->nb_streams; i++) {
        const AVStream *st = f->streams[i];
        const AVCodecParameters *p = st->codecpar;
        const AVCodecDescriptor *d = avcodec_descriptor_get(p->codec_id);
        struct media_track t = {
            .stream = i,
            .codec = avcodec_get_name(p->codec_id),
            .language = tag(a, st->metadata, "language"),
            .title = tag(a, st->metadata, "title"),
            .channels = p->ch_layout.nb_channels,
            .sample_rate = p->sample_rate,
            .text = d && (d->props & AV_CODEC_PROP_TEXT_SUB),
        };
        if (p->codec_type == AVMEDIA_TYPE_AUDIO && decodable(st))
            m->audio_tracks[m->audio_track_count++] = t;
        else if (p->codec_type == AVMEDIA_TYPE_SUBTITLE)
            m->subtitles[m->subtitle_count++] = t;
    }
}

static void list_chapters(struct source *s, struct media *m)
{
    const AVFormatContext *f = s->format;
    m->chapters = arena_alloc(s->arena, f->nb_chapters * sizeof *m->chapters);
    for (unsigned i = 0; i < f->nb_chapters && i < 1000; i++) {
        const AVChapter *c = f->chapters[i];
        int64_t start_us = av_rescale_q(c->start, c->time_base, microsecond) - s->start_us;
        m->chapters[m->chapter_count++] = (struct media_chapter){
            .start_us = start_us < 0 ? 0 : start_us,
            .end_us = av_rescale_q(c->end, c->time_base, microsecond) - s->start_us,
            .title = tag(s->arena, c->metadata, "title"),
        };
    }
}

/* Where our time line starts on the container's: with the picture; with the sound when that is
 * much earlier, or alone. */
static int64_t find_start(const struct source *s, const struct timing *video,
                          const struct timing *audio)
{
    int64_t v = INT64_MAX, a = INT64_MAX;
    if (video->first != AV_NOPTS_VALUE)
        v = av_rescale_q(video->first, s->format->streams[video->stream]->time_base,
                         microsecond);
    if (audio->first != AV_NOPTS_VALUE)
        a = av_rescale_q(audio->first, s->format->streams[audio->stream]->time_base,
                         microsecond);
    if (v == INT64_MAX)
        return a == INT64_MAX || (a < 0 && a > -START_SLACK_US) ? 0 : a;
    return v - a > START_SLACK_US && a != INT64_MAX ? a : v;
}

/* Seconds that a container's header announced. */
static double promised(const struct source *s, const struct timing *t, double there)
{
    const AVStream *st = s->format->streams[t->stream];
    if (strcmp(s->format->iformat->name, "avi") == 0 && t->packets > 0)
        return there * (double)st->nb_frames / (double)t->packets;
    if (s->format->duration_estimation_method == AVFMT_DURATION_FROM_STREAM)
        return (double)s->format->duration / 1e6;
    return 0;
}

/* By the index of an MP4; elsewhere by a header that promised more than was there. */
static void note_cut_off(struct source *s, struct media *m, const struct timing *t)
{
    double whole = 0, there = (double)m->duration_us / 1e6;
    if (t->cut_off && t->promised_end != AV_NOPTS_VALUE)
        whole = (double)(t->promised_end - t->first) *
                av_q2d(s->format->streams[t->stream]->time_base);
    else if (!m->linear)
        whole = promised(s, t, there);
    if (!t->cut_off && whole < there * 1.02 + 1)
        return;
    media_note(s->arena, m,
               arena_printf(s->arena,
                            "The file is cut off: %.1f of %.1f seconds "
                            "are there.",
                            there, whole));
}

/* A few packets with wild times would have days of nothing encoded. */
static struct err check_density(struct source *s, const struct media *m, int64_t packets)
{
    const int64_t hour_us = 3600000000;
    if (m->duration_us < 12 * hour_us || packets * 60000000 > m->duration_us)
        return OK;
    return FAIL(LIMIT_EXCEEDED,
                arena_printf(s->arena,
                             "the times in the file are broken: %lld pictures or sounds "
                             "over %lld hours",
                             (long long)packets, (long long)(m->duration_us / hour_us)));
}

struct err probe_run(struct source *s, struct media *out)
{
    AVFormatContext *f = s->format;
    *out = (struct media){
        .format = f->iformat->name,
        .size_bytes = s->size_bytes,
        .cover = choose_cover(f),
    };
    struct timing video = {.stream = choose_video(f)};
    struct timing audio = {.stream = choose_audio(f, video.stream)};
    if (video.stream < 0 && audio.stream < 0)
        return FAIL(INPUT_UNREADABLE, "the file holds neither picture nor sound that can be "
                                      "decoded");
    TRY(timing_gather(s, &video, &audio));
    bool has_video = video.stream >= 0 && video.first != AV_NOPTS_VALUE;
    bool has_audio = audio.stream >= 0 && audio.first != AV_NOPTS_VALUE;
    if (!has_video && !has_audio)
        return FAIL(INPUT_UNREADABLE, "the file has a header, but no picture or sound in it");

    out->linear = s->mending.mended || video.timeless || audio.timeless;
    if (s->mending.mended)
        media_note(s->arena, out, "The times in the file jump; its parts were joined.");
    out->start_us = s->start_us = find_start(s, &video, &audio);
    if (has_video) {
        out->video = arena_alloc(s->arena, sizeof *out->video);
        describe_video(s, &video, out->video);
        out->duration_us = out->video->end_us;
    }
    if (has_audio) {
        out->audio = arena_alloc(s->arena, sizeof *out->audio);
        describe_audio(s, &audio, out->audio);
        if (out->audio->end_us > out->duration_us)
            out->duration_us = out->audio->end_us;
    } else if (audio.stream >= 0) {
        media_note(s->arena, out, "The sound track is empty.");
    }
    if (out->duration_us <= 0)
        return FAIL(INPUT_UNREADABLE, "the file has no duration");
    TRY(check_density(s, out, video.packets + audio.packets));
    out->bit_rate = (int64_t)((double)s->size_bytes * 8e6 / (double)out->duration_us);
    list_tracks(s, out);
    list_chapters(s, out);
    note_cut_off(s, out, has_video && !audio.cut_off ? &video : &audio);
    return OK;
}
