/* thumbnail.c — a still for the video: a sharp, bright, busy key frame; a cover; or a waveform.
 */
#include "transcoder/task.h"

#include "transcoder/jpeg.h"
#include "transcoder/picture.h"
#include "transcoder/probe.h"
#include "transcoder/still.h"

#include <math.h>
#include <stdlib.h>

enum {
    CANDIDATES = 9,
    LOOK_WIDTH = 160,
    LOOK_HEIGHT = 90,
    SHARP_WIDTH = 640, /* blur is not seen in small pictures */
    SHARP_HEIGHT = 360,
    JPEG_QUALITY = 4,
};

/* --- which frame */

/* How much there is to see: contrast and detail, and neither night nor fog. */
static double interest(const AVFrame *look)
{
    double sum = 0, squares = 0, edges = 0;
    for (int y = 0; y < LOOK_HEIGHT; y++) {
        const uint8_t *row = look->data[0] + (ptrdiff_t)y * look->linesize[0];
        for (int x = 0; x < LOOK_WIDTH; x++) {
            sum += row[x];
            squares += (double)row[x] * row[x];
            if (x)
                edges += abs(row[x] - row[x - 1]);
            if (y)
                edges += abs(row[x] - row[x - look->linesize[0]]);
        }
    }
    const double count = LOOK_WIDTH * LOOK_HEIGHT;
    double mean = sum / count, deviation = sqrt(fmax(0, squares / count - mean * mean));
    double light = mean < 50 ? mean / 50 : mean > 200 ? (255 - mean) / 55 : 1;
    return (deviation + edges / count) * fmax(light, 0.02);
}

/* From 0 (all of it is soft) towards 1: how much fine detail stands on the strongest edges. A
 * blurred picture has contrast, but no fine detail anywhere; a plain one with one sharp edge is
 * not blurred. */
static double sharpness(const AVFrame *look)
{
    double sum = 0;
    int64_t strong = 0;
    for (int y = 1; y < SHARP_HEIGHT - 1; y++) {
        const uint8_t *row = look->data[0] + (ptrdiff_t)y * look->linesize[0];
        const uint8_t *above = row - look->linesize[0], *below = row + look->linesize[0];
        for (int x = 1; x < SHARP_WIDTH - 1; x++) {
            int fine = abs(4 * row[x] - row[x - 1] - row[x + 1] - above[x] - below[x]);
            int slope = abs(row[x + 1] - row[x - 1]) + abs(below[x] - above[x]);
            if (slope < 12)
                continue;
            sum += (double)fine / (fine + slope);
            strong++;
        }
    }
    return strong < SHARP_WIDTH ? 0.25 : sum / (double)strong;
}

static struct err score_of(struct source *s, const AVFrame *f, double *score)
{
    SCOPED_FRAME AVFrame *small = canvas_new(LOOK_WIDTH, LOOK_HEIGHT);
    SCOPED_FRAME AVFrame *large = canvas_new(SHARP_WIDTH, SHARP_HEIGHT);
    const struct canvas_area whole = {0, 0, f->width, f->height};
    TRY(canvas_draw(s->arena, small, (struct canvas_area){0, 0, LOOK_WIDTH, LOOK_HEIGHT}, f,
                    whole));
    TRY(canvas_draw(s->arena, large, (struct canvas_area){0, 0, SHARP_WIDTH, SHARP_HEIGHT}, f,
                    whole));
    *score = interest(small) * (0.1 + sharpness(large));
    return OK;
}

/* The next key frame that decodes, from where the source stands; NULL also where that is the
 * one at *last. */
static AVFrame *next_key_frame(struct source *s, AVCodecContext *decoder, int stream,
                               int64_t *last)
{
    SCOPED_PACKET AVPacket *p = packet_new();
    SCOPED_FRAME AVFrame *f = frame_new();
    for (int tries = 0; tries < 500 && av_read_frame(s->format, p) >= 0; tries++) {
        bool key = p->stream_index == stream && (p->flags & AV_PKT_FLAG_KEY);
        if (key && p->pts != AV_NOPTS_VALUE && p->pts == *last)
            return NULL;
        if (key)
            *last = p->pts;
        int rc = key ? avcodec_send_packet(decoder, p) : AVERROR(EAGAIN);
        av_packet_unref(p);
        if (!key)
            continue;
        if (rc >= 0)
            avcodec_send_packet(decoder, NULL);
        rc = avcodec_receive_frame(decoder, f);
        avcodec_flush_buffers(decoder);
        if (rc >= 0) {
            AVFrame *out = f;
            f = NULL;
            return out;
        }
    }
    return NULL;
}

static struct err choose(struct source *s, const struct media *m, AVFrame **out)
{
    const int stream = m->video->stream;
    SCOPED_CODEC AVCodecContext *decoder = NULL;
    SCOPED_FRAME AVFrame *best = NULL;
    double best_score = -1;
    int64_t last = AV_NOPTS_VALUE;
    TRY(source_decoder(s, stream, 1, &decoder));
    source_keep(s, stream, -1);
    for (int i = 0; i < CANDIDATES; i++) {
        int64_t at = m->video->end_us * (2 * i + 1) / (2 * CANDIDATES);
        av_seek_frame(s->format, stream, source_ticks(s, stream, at), AVSEEK_FLAG_BACKWARD);
        SCOPED_FRAME AVFrame *f = next_key_frame(s, decoder, stream, &last);
        if (!f)
            continue;
        double score;
        TRY(score_of(s, f, &score));
        if (score > best_score * 1.05) { /* of equals, the earlier one */
            best_score = score;
            av_frame_free(&best);
            best = f;
            f = NULL;
        }
    }
    if (!best)
        return FAIL(DECODE_FAILED, "no picture could be decoded for the thumbnail");
    *out = best;
    best = NULL;
    return OK;
}

/* The picture that is shown at a moment: the last that starts by then, else the first one. */
static struct err picture_at(struct source *s, const struct media *m, int64_t at_us,
                             AVFrame **out)
{
    const int stream = m->video->stream;
    SCOPED_CODEC AVCodecContext *decoder = NULL;
    SCOPED_PACKET AVPacket *p = packet_new();
    SCOPED_FRAME AVFrame *f = frame_new();
    SCOPED_FRAME AVFrame *shown = NULL;
    TRY(source_decoder(s, stream, 1, &decoder));
    source_keep(s, stream, -1);
    const int64_t at = source_ticks(s, stream, at_us);
    if (av_seek_frame(s->format, stream, at, AVSEEK_FLAG_BACKWARD) < 0)
        av_seek_frame(s->format, stream, source_ticks(s, stream, 0), AVSEEK_FLAG_BACKWARD);
    for (bool more = true, found = false; more && !found;) {
        more = av_read_frame(s->format, p) >= 0;
        avcodec_send_packet(decoder, more ? p : NULL);
        av_packet_unref(p);
        while (!found && avcodec_receive_frame(decoder, f) >= 0) {
            found = shown && f->best_effort_timestamp > at;
            if (!found) {
                av_frame_free(&shown);
                shown = f;
                f = frame_new();
            }
        }
    }
    if (!shown)
        return FAIL(DECODE_FAILED, "no picture could be decoded for the thumbnail");
    *out = shown;
    shown = NULL;
    return OK;
}

/* --- into the sizes that are wanted */

static struct err write_size(struct task *t, const AVFrame *picture, int width, int height,
                             json_t *list)
{
    SCOPED_FRAME AVFrame *canvas = canvas_new(width, height);
    TRY(still_compose(t->arena, canvas, picture));
    char *name = arena_printf(t->arena, "thumbnail-%dx%d.jpg", width, height);
    TRY(jpeg_write(t->output, name, canvas, JPEG_QUALITY));
    json_array_append_new(
        list, json_pack("{s:s, s:i, s:i}", "file", name, "width", width, "height", height));
    return OK;
}

static struct err write_sizes(struct task *t, const AVFrame *picture, json_t **result)
{
    json_t *list = json_array();
    *result = json_pack("{s:o}", "thumbnails", list);
    for (size_t i = 0; i < t->spec->size_count; i++)
        TRY(write_size(t, picture, t->spec->sizes[i].width, t->spec->sizes[i].height, list));
    return OK;
}

static struct err make_picture(struct task *t, struct source *s, const struct media *m,
                               AVFrame **out)
{
    if (m->video) {
        AVFrame *frame = NULL;
        TRY(t->spec->at_us >= 0 ? picture_at(s, m, t->spec->at_us, &frame)
                                : choose(s, m, &frame));
        return picture_upright(t, m->video, frame, out);
    }
    return still_of_sound(s, m, out);
}

struct err thumbnail_task(struct task *t, json_t **result)
{
    SCOPED_SOURCE struct source s = {0};
    SCOPED_FRAME AVFrame *picture = NULL;
    TRY(task_source(t, &s));
    struct media found;
    const struct media *m = t->spec->probe;
    if (!m) {
        TRY(probe_run(&s, &found));
        m = &found;
    }
    TRY(make_picture(t, &s, m, &picture));
    return write_sizes(t, picture, result);
}

struct err picture_task(struct task *t, json_t **result)
{
    SCOPED_SOURCE struct source s = {0};
    SCOPED_FRAME AVFrame *picture = NULL;
    TRY(source_open_picture(&s, t->arena, t->input_fd));
    TRY(picture_read(t, &s, &picture));
    return write_sizes(t, picture, result);
}
