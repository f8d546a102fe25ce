/* storyboard.c — decodes the smallest rung: key frames only where they are dense enough. */
#include "transcoder/storyboard.h"

#include "transcoder/jpeg.h"

#include <math.h>

enum { SIDE_MAX = 192, GRID_MAX = 11, FINE_S = 10, JPEG_QUALITY = 5 };

/* One sheet: sprite n shows start_s + n * every_s. */
struct board {
    int number, start_s, every_s, count, rows, columns;
    int next; /* the first sprite not drawn yet */
    AVFrame *sheet;
};

struct drawing {
    struct task *task;
    struct source source;
    AVCodecContext *decoder;
    int whole_s, sprite_width, sprite_height;
    int fine_s;                /* 0: one sheet is enough */
    struct board coarse, fine; /* fine: the one of those that is being drawn */
    json_t *made;              /* borrowed */
};

static int even(double v)
{
    int n = 2 * (int)lround(v / 2);
    return n < 2 ? 2 : n;
}

/* The sheet from start_s on: at most GRID_MAX x GRID_MAX sprites, in the smallest grid. */
static void lay_out(struct drawing *d, struct board *b, int number, int start_s, int every_s)
{
    *b = (struct board){.number = number, .start_s = start_s, .every_s = every_s};
    b->count = (d->whole_s - start_s + every_s - 1) / every_s;
    if (b->count > GRID_MAX * GRID_MAX)
        b->count = GRID_MAX * GRID_MAX;
    for (int i = 1; i <= GRID_MAX && !b->rows; i++) {
        for (int j = i; j <= GRID_MAX && !b->rows; j++) {
            if (i * j >= b->count) {
                b->rows = i;
                b->columns = j;
            }
        }
    }
    b->sheet = canvas_new(d->sprite_width * b->columns, d->sprite_height * b->rows);
}

static int divided_up(int n, int by)
{
    return (n + by - 1) / by;
}

static bool plan_sheets(struct drawing *d, double duration_s, int width, int height)
{
    if (duration_s < 3 || duration_s > INT32_MAX / 2 || width < 2 || height < 2)
        return false;
    int longest = width > height ? width : height;
    double scale = longest > SIDE_MAX ? (double)SIDE_MAX / longest : 1;
    d->sprite_width = even(width * scale);
    d->sprite_height = even(height * scale);
    d->whole_s = (int)ceil(duration_s);
    const int most = GRID_MAX * GRID_MAX;
    lay_out(d, &d->coarse, 0, 0, divided_up(d->whole_s, most));
    if (d->coarse.every_s <= FINE_S)
        return true;
    d->fine_s = divided_up(d->whole_s, most * (STORYBOARD_SHEETS_MAX - 1));
    if (d->fine_s < FINE_S)
        d->fine_s = FINE_S;
    lay_out(d, &d->fine, 1, 0, d->fine_s);
    return true;
}

static void drawing_release(struct drawing *d)
{
    av_frame_free(&d->coarse.sheet);
    av_frame_free(&d->fine.sheet);
    avcodec_free_context(&d->decoder);
    source_close(&d->source);
}
#define SCOPED_DRAWING __attribute__((cleanup(drawing_release)))

/* Draws every sprite of the sheet whose time this picture has reached. */
static struct err draw_on(struct drawing *d, struct board *b, const AVFrame *f, double at_s)
{
    while (b->next < b->count && at_s + 0.02 >= b->start_s + (double)b->next * b->every_s) {
        struct canvas_area to = {(b->next % b->columns) * d->sprite_width,
                                 (b->next / b->columns) * d->sprite_height, d->sprite_width,
                                 d->sprite_height};
        TRY(canvas_draw(d->task->arena, b->sheet, to, f,
                        (struct canvas_area){0, 0, f->width, f->height}));
        b->next++;
    }
    return OK;
}

static struct err write_sheet(struct drawing *d, const struct board *b)
{
    char *name = arena_printf(d->task->arena, STORYBOARD_NAME, b->number);
    TRY(jpeg_write(d->task->output, name, b->sheet, JPEG_QUALITY));
    json_array_append_new(
        d->made, json_pack("{s:s, s:i, s:i, s:i, s:i, s:i, s:i, s:i}", "file", name, "start_s",
                           b->start_s, "count", b->count, "total_width", b->sheet->width,
                           "total_height", b->sheet->height, "sprite_width", d->sprite_width,
                           "sprite_height", d->sprite_height, "sprite_duration_s", b->every_s));
    return OK;
}

static bool drawn(const struct drawing *d)
{
    return d->coarse.next == d->coarse.count && !d->fine.sheet;
}

static struct err draw(struct drawing *d, const AVFrame *f, double at_s)
{
    TRY(draw_on(d, &d->coarse, f, at_s));
    while (d->fine.sheet) {
        struct board *b = &d->fine;
        TRY(draw_on(d, b, f, at_s));
        if (b->next < b->count)
            return OK;
        TRY(write_sheet(d, b));
        av_frame_free(&b->sheet);
        int start_s = b->start_s + b->count * b->every_s;
        if (start_s < d->whole_s && b->number + 1 < STORYBOARD_SHEETS_MAX)
            lay_out(d, b, b->number + 1, start_s, d->fine_s);
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
    while (more && !drawn(d)) {
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

struct err storyboard_make(struct task *t, int rung_fd, json_t *made)
{
    SCOPED_DRAWING struct drawing d = {.task = t, .made = made};
    struct err e = source_open(&d.source, t->arena, rung_fd);
    if (e.id || d.source.format->nb_streams != 1)
        return OK;
    const AVCodecParameters *p = d.source.format->streams[0]->codecpar;
    double duration_s = (double)d.source.format->duration / AV_TIME_BASE;
    if (!plan_sheets(&d, duration_s, p->width, p->height))
        return OK;
    if (source_decoder(&d.source, 0, t->spec->threads, &d.decoder).id)
        return OK;
    /* Our rungs have a key frame every four seconds. */
    if ((d.fine_s ? d.fine_s : d.coarse.every_s) >= 4)
        d.decoder->skip_frame = AVDISCARD_NONKEY;
    d.decoder->skip_loop_filter = AVDISCARD_NONREF;
    TRY(decode(&d));
    if (!d.coarse.next)
        return OK;
    json_t *fine = json_copy(made);
    json_array_clear(made);
    e = write_sheet(&d, &d.coarse);
    json_array_extend(made, fine);
    json_decref(fine);
    return e;
}
