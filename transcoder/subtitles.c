/* subtitles.c — the text subtitles of the input, each as a WebVTT file. Reads the file once;
 * pictures and sound are passed over without being decoded. */
#include "transcoder/task.h"

#include "base/log.h"
#include "transcoder/bytes.h"
#include "transcoder/report.h"
#include "transcoder/subtitle_text.h"

#include <string.h>

enum {
    CUES_MAX = 50000,
    TRACK_BYTES_MAX = 20 << 20,
    CUE_BYTES_MAX = 8000,
    UNKNOWN_DURATION_US = 4000000,
};

struct track {
    const struct media_track *media;
    AVCodecContext *decoder;
    struct bytes text;
    int64_t cues;
};

struct reading {
    struct task *task;
    struct source source;
    struct track tracks[SUBTITLE_TRACKS_MAX];
    size_t count;
};

static void reading_release(struct reading *r)
{
    for (size_t i = 0; i < r->count; i++) {
        avcodec_free_context(&r->tracks[i].decoder);
        bytes_release(&r->tracks[i].text);
    }
    source_close(&r->source);
}
#define SCOPED_READING __attribute__((cleanup(reading_release)))

static struct track *track_of(struct reading *r, int stream)
{
    for (size_t i = 0; i < r->count; i++)
        if (r->tracks[i].media->stream == stream)
            return &r->tracks[i];
    return NULL;
}

/* A line of nothing would end the cue. */
static bool append_lines(struct bytes *out, const struct bytes *cue)
{
    bool any = false;
    for (size_t at = 0; at < cue->size;) {
        const char *line = (const char *)cue->data + at;
        const char *end = memchr(line, '\n', cue->size - at);
        size_t n = end ? (size_t)(end - line) : cue->size - at;
        bool blank = true;
        for (size_t i = 0; i < n; i++)
            blank &= line[i] == ' ' || line[i] == '\t';
        if (!blank) {
            bytes_add(out, line, n);
            bytes_text(out, "\n");
            any = true;
        }
        at += n + 1;
    }
    return any;
}

static void add_cue(struct track *t, const AVSubtitle *sub, int64_t start_us, int64_t end_us)
{
    SCOPED_BYTES struct bytes cue = {0};
    for (unsigned i = 0; i < sub->num_rects; i++) {
        const AVSubtitleRect *rect = sub->rects[i];
        if (cue.size)
            bytes_text(&cue, "\n");
        if (rect->type == SUBTITLE_ASS && rect->ass)
            subtitle_text_ass(&cue, rect->ass);
        else if (rect->type == SUBTITLE_TEXT && rect->text)
            subtitle_text_plain(&cue, rect->text);
    }
    if (cue.size > CUE_BYTES_MAX || t->cues == CUES_MAX || t->text.size > TRACK_BYTES_MAX)
        return;
    size_t before = t->text.size;
    bytes_text(&t->text, "\n");
    subtitle_time(&t->text, start_us);
    bytes_text(&t->text, " --> ");
    subtitle_time(&t->text, end_us);
    bytes_text(&t->text, "\n");
    if (append_lines(&t->text, &cue))
        t->cues++;
    else
        t->text.size = before;
}

static void take_packet(struct reading *r, struct track *t, AVPacket *p)
{
    AVSubtitle sub = {0};
    int got = 0;
    if (p->pts == AV_NOPTS_VALUE || avcodec_decode_subtitle2(t->decoder, &sub, &got, p) < 0)
        return;
    if (!got)
        return;
    const int64_t at = source_us(&r->source, p->stream_index, p->pts);
    int64_t start = at + (int64_t)sub.start_display_time * 1000, end = 0;
    if (p->duration > 0)
        end = at + av_rescale_q(p->duration,
                                r->source.format->streams[p->stream_index]->time_base,
                                (AVRational){1, 1000000});
    else if (sub.end_display_time > sub.start_display_time &&
             sub.end_display_time != UINT32_MAX)
        end = at + (int64_t)sub.end_display_time * 1000;
    else
        end = start + UNKNOWN_DURATION_US;
    start = start < 0 ? 0 : start;
    if (end > start)
        add_cue(t, &sub, start, end);
    avsubtitle_free(&sub);
}

static struct err open_tracks(struct reading *r)
{
    const struct media *m = r->task->spec->probe;
    AVFormatContext *f = r->source.format;
    for (unsigned i = 0; i < f->nb_streams; i++)
        f->streams[i]->discard = AVDISCARD_ALL;
    for (size_t i = 0; i < m->subtitle_count && r->count < SUBTITLE_TRACKS_MAX; i++) {
        const struct media_track *one = &m->subtitles[i];
        if (!one->text)
            continue;
        if (one->stream < 0 || one->stream >= (int)f->nb_streams ||
            f->streams[one->stream]->codecpar->codec_type != AVMEDIA_TYPE_SUBTITLE)
            return FAIL(SPEC_INVALID, "the probe describes another file");
        struct track *t = &r->tracks[r->count];
        *t = (struct track){.media = one};
        struct err e = source_decoder(&r->source, one->stream, 1, &t->decoder);
        if (e.id) {
            log_warn("subtitles_undecodable", "stream=%d", one->stream);
            continue;
        }
        bytes_text(&t->text, "WEBVTT\n");
        f->streams[one->stream]->discard = AVDISCARD_DEFAULT;
        r->count++;
    }
    return OK;
}

static void read_all(struct reading *r)
{
    SCOPED_PACKET AVPacket *p = packet_new();
    while (av_read_frame(r->source.format, p) >= 0) {
        struct track *t = track_of(r, p->stream_index);
        if (t)
            take_packet(r, t, p);
        report_progress(r->source.position / 1000, r->source.size_bytes / 1000 + 1);
        av_packet_unref(p);
    }
}

struct err subtitles_task(struct task *t, json_t **result)
{
    SCOPED_READING struct reading r = {.task = t};
    json_t *list = json_array();
    *result = json_pack("{s:o}", "subtitles", list);
    TRY(task_source(t, &r.source));
    TRY(open_tracks(&r));
    if (r.count)
        read_all(&r);
    for (size_t i = 0; i < r.count; i++) {
        const struct track *one = &r.tracks[i];
        char *name = arena_printf(t->arena, SUBTITLE_NAME, one->media->stream);
        TRY(output_write(t->output, output_fd(t->output, name), one->text.data,
                         one->text.size));
        json_array_append_new(list, json_pack("{s:i, s:s, s:s?, s:s?, s:I}", "stream",
                                              one->media->stream, "file", name, "language",
                                              one->media->language, "title", one->media->title,
                                              "cues", (json_int_t)one->cues));
    }
    return OK;
}
