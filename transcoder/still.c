/* still.c — a cover or a waveform, and a picture of one shape in a canvas of another. */
#include "transcoder/still.h"

#include "transcoder/waveform.h"

#include <math.h>

static AVFrame *decode_cover(struct source *s, int stream)
{
    SCOPED_CODEC AVCodecContext *decoder = NULL;
    SCOPED_FRAME AVFrame *f = frame_new();
    AVPacket *p = &s->format->streams[stream]->attached_pic;
    if (p->size <= 0 || source_decoder(s, stream, 1, &decoder).id)
        return NULL;
    if (avcodec_send_packet(decoder, p) < 0 || avcodec_send_packet(decoder, NULL) < 0 ||
        avcodec_receive_frame(decoder, f) < 0)
        return NULL;
    AVFrame *out = f;
    f = NULL;
    return out;
}

struct err still_of_sound(struct source *s, const struct media *m, AVFrame **out)
{
    if (m->cover >= 0 && m->cover < (int)s->format->nb_streams &&
        (*out = decode_cover(s, m->cover)))
        return OK;
    if (m->audio)
        return waveform_draw(s, m, out);
    return FAIL(INPUT_UNREADABLE, "there is nothing to make a picture of");
}

static struct canvas_area crop_to(const AVFrame *f, double aspect)
{
    struct canvas_area c = {0, 0, f->width, f->height};
    if ((double)f->width / f->height > aspect) {
        c.width = (int)fmax(2, round(f->height * aspect));
        c.x = (f->width - c.width) / 2;
    } else {
        c.height = (int)fmax(2, round(f->width / aspect));
        c.y = (f->height - c.height) / 2;
    }
    return c;
}

/* What a picture of another shape leaves free shows the picture itself, soft and dark. */
static struct err draw_backdrop(struct arena *a, AVFrame *canvas, const AVFrame *picture)
{
    double aspect = (double)canvas->width / canvas->height;
    SCOPED_FRAME AVFrame *small = canvas_new(24, 24);
    TRY(canvas_draw(a, small, (struct canvas_area){0, 0, 24, 24}, picture,
                    crop_to(picture, aspect)));
    for (int y = 0; y < 24; y++)
        for (int x = 0; x < 24; x++)
            small->data[0][y * small->linesize[0] + x] /= 2;
    small->colorspace = AVCOL_SPC_SMPTE170M;
    return canvas_draw(a, canvas, (struct canvas_area){0, 0, canvas->width, canvas->height},
                       small, (struct canvas_area){0, 0, 24, 24});
}

struct err still_compose(struct arena *a, AVFrame *canvas, const AVFrame *picture)
{
    const int width = canvas->width, height = canvas->height;
    double aspect = (double)width / height, own = (double)picture->width / picture->height;
    struct canvas_area all = {0, 0, width, height};
    if (own / aspect > 0.75 && own / aspect < 1.34) {
        TRY(canvas_draw(a, canvas, all, picture, crop_to(picture, aspect)));
    } else {
        TRY(draw_backdrop(a, canvas, picture));
        struct canvas_area fit = all;
        if (own > aspect) {
            fit.height = (int)fmax(2, round(width / own));
            fit.y = (height - fit.height) / 2 & ~1;
        } else {
            fit.width = (int)fmax(2, round(height * own));
            fit.x = (width - fit.width) / 2 & ~1;
        }
        TRY(canvas_draw(a, canvas, fit, picture,
                        (struct canvas_area){0, 0, picture->width, picture->height}));
    }
    return OK;
}

struct err still_draw(struct task *t, int width, int height, AVFrame **out)
{
    SCOPED_SOURCE struct source s = {0};
    SCOPED_FRAME AVFrame *picture = NULL;
    TRY(task_source(t, &s));
    TRY(still_of_sound(&s, t->spec->probe, &picture));
    SCOPED_FRAME AVFrame *canvas = canvas_new(width, height);
    TRY(still_compose(t->arena, canvas, picture));
    *out = canvas;
    canvas = NULL;
    return OK;
}

struct media_video still_video(const struct plan_rung *r)
{
    return (struct media_video){
        .pix_fmt = "yuvj420p",
        .width = r->width,
        .height = r->height,
        .display_width = r->width,
        .display_height = r->height,
        .sar = {1, 1},
        .fps = r->fps,
        .color = {"pc", "smpte170m", "smpte170m", "smpte170m", false},
    };
}
