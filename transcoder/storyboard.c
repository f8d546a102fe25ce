/* storyboard.c — decodes the smallest rung: key frames only where they are dense enough. */
#include "transcoder/storyboard.h"

#include "transcoder/jpeg.h"

#include <math.h>

enum { SIDE_MAX = 192, GRID_MAX = 11 };

struct board {
    int count, rows, columns, sprite_width, sprite_height, every_s;
};

static int even(double v)
{
    int n = 2 * (int)lround(v / 2);
    return n < 2 ? 2 : n;
}

static bool lay_out(double duration_s, int width, int height, struct board *b)
{
    if (duration_s < 3 || width < 2 || height < 2)
        return false;
    int whole = (int)ceil(duration_s), most = GRID_MAX * GRID_MAX;
    b->every_s = (int)ceil((double)whole / (whole < most ? whole : most));
    b->count = (int)ceil((double)whole / b->every_s);
    bool found = false;
    for (int i = 1; i <= GRID_MAX && !found; i++) {
        for (int j = i; j <= GRID_MAX && !found; j++) {
            if (i * j >= b->count) {
                b->rows = i;
                b->columns = j;
                found = true;
            }
        }
    }
    int longest = width > height ? width : height;
    double scale = longest > SIDE_MAX ? (double)SIDE_MAX / longest : 1;
    b->sprite_width = even(width * scale);
    b->sprite_height = even(height * scale);
    return found;
}

struct drawing {
    struct task *task;
    struct source source;
    AVCodecContext *decoder;
    AVFrame *sheet;
    struct board board;
    int next; /* the first sprite not drawn yet */
};

static void drawing_release(struct drawing *d)
{
    av_frame_free(&d->sheet);
    avcodec_free_context(&d->decoder);
    source_close(&d->source);
}
#define SCOPED_DRAWING __attribute__((cleanup(drawing_release)))

/* Draws every sprite whose time this picture has reached. */
static struct err draw(struct drawing *d, const AVFrame *f, double at_s)
{
    const struct board *b = &d->board;
    while (d->next < b->count && at_s + 0.02 >= (double)d->next * b->every_s) {
        struct canvas_area to = {(d->next % b->columns) * b->sprite_width,
                                 (d->next / b->columns) * b->sprite_height, b->sprite_width,
                                 b->sprite_height};
        TRY(canvas_draw(d->task->arena, d->sheet, to, f,
                        (struct canvas_area){0, 0, f->width, f->height}));
        d->next++;
    }
    return OK;
}

static struct err decode(struct drawing *d)
{
    AVStream *st = d->source.format->streams[0];
    SCOPED_PACKET AVPacket *p = packet_new();
    SCOPED_FRAME AVFrame *f = frame_new();
    SCOPED_FRAME AVFrame *last = frame_new();
    bool more = true;
    while (more && d->next < d->board.count) {
        more = av_read_frame(d->source.format, p) >= 0;
        bool wanted =
            more && (d->decoder->skip_frame < AVDISCARD_NONKEY || (p->flags & AV_PKT_FLAG_KEY));
        if (wanted || !more)
            avcodec_send_packet(d->decoder, more ? p : NULL);
        av_packet_unref(p);
        while (avcodec_receive_frame(d->decoder, f) >= 0) {
            double at = (double)f->best_effort_timestamp * av_q2d(st->time_base);
            TRY(draw(d, f, at));
            av_frame_unref(last);
            av_frame_move_ref(last, f);
        }
    }
    return last->data[0] ? draw(d, last, 1e12) : OK;
}

struct err storyboard_make(struct task *t, int rung_fd, json_t **out)
{
    SCOPED_DRAWING struct drawing d = {.task = t};
    struct err e = source_open(&d.source, t->arena, rung_fd);
    if (e.id || d.source.format->nb_streams != 1)
        return OK;
    const AVCodecParameters *p = d.source.format->streams[0]->codecpar;
    double duration_s = (double)d.source.format->duration / AV_TIME_BASE;
    if (!lay_out(duration_s, p->width, p->height, &d.board))
        return OK;
    if (source_decoder(&d.source, 0, t->spec->threads, &d.decoder).id)
        return OK;
    /* Our rungs have a key frame every four seconds. */
    if (d.board.every_s >= 4)
        d.decoder->skip_frame = AVDISCARD_NONKEY;
    d.decoder->skip_loop_filter = AVDISCARD_NONREF;
    const struct board *b = &d.board;
    d.sheet = canvas_new(b->sprite_width * b->columns, b->sprite_height * b->rows);
    TRY(decode(&d));
    if (!d.next)
        return OK;
    TRY(jpeg_write(t->output, "storyboard.jpg", d.sheet, 5));
    json_decref(*out);
    *out = json_pack("{s:s, s:i, s:i, s:i, s:i, s:i, s:i}", "file", "storyboard.jpg",
                     "total_width", d.sheet->width, "total_height", d.sheet->height,
                     "sprite_width", b->sprite_width, "sprite_height", b->sprite_height,
                     "sprite_duration_s", b->every_s, "count", b->count);
    return OK;
}
