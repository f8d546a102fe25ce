/* chunk.c — one decode, every rung from it, encoded side by side.
 *
 * The main thread decodes and scales; each encoder has a thread and a bounded queue. A failure
 * anywhere looks like an early end elsewhere; the first error decides.
 */
#include "transcoder/task.h"

#include "transcoder/encoder.h"
#include "transcoder/ladder.h"
#include "transcoder/pictures.h"
#include "transcoder/still.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

enum { SECOND_US = 1000000, FPS_MAX = 250 };

struct chunk {
    struct task *task;
    const struct media_video *video; /* the source's, or `still` */
    struct media_video still;        /* a sound's */
    const struct plan_rung *rungs[PLAN_RUNGS_MAX];
    size_t count;
    int timescale;
    int64_t start_us, end_us; /* end INT64_MAX: the last chunk takes all that is left */
    int64_t *cuts;            /* ticks: starts of segments */
    size_t cut_count;
    int64_t end; /* ticks, by the plan */

    struct pictures pictures;
    struct ladder ladder;
    struct encoder encoders[PLAN_RUNGS_MAX];
    pthread_t threads[PLAN_RUNGS_MAX];
    size_t opened, started;

    size_t next_cut; /* the first cut that no picture has reached */
    AVFrame *shown;  /* the last picture, repeated where a segment would be empty */
};

static void chunk_release(struct chunk *c)
{
    for (size_t i = 0; i < c->started; i++)
        queue_finish(c->encoders[i].in);
    for (size_t i = 0; i < c->started; i++)
        pthread_join(c->threads[i], NULL);
    c->started = 0;
    for (size_t i = 0; i < c->opened; i++)
        encoder_close(&c->encoders[i]);
    av_frame_free(&c->shown);
    ladder_release(&c->ladder);
    pictures_close(&c->pictures);
}
#define SCOPED_CHUNK __attribute__((cleanup(chunk_release)))

static int64_t area(const struct plan_rung *r)
{
    return (int64_t)r->width * r->height;
}

static int by_area(const void *a, const void *b)
{
    const struct plan_rung *x = *(const struct plan_rung *const *)a;
    const struct plan_rung *y = *(const struct plan_rung *const *)b;
    int64_t xs = area(x), ys = area(y);
    return (xs < ys) - (xs > ys);
}

static struct err lay_out(struct chunk *c, int index, const char *const *names, size_t count)
{
    const struct plan *p = c->task->spec->plan;
    if (index >= (int)p->chunk_count || count > PLAN_RUNGS_MAX)
        return FAIL(SPEC_INVALID, "the chunk is not in the plan");
    for (size_t i = 0; i < count; i++) {
        const struct plan_rung *r = plan_rung_named(p, names[i]);
        if (!r || r->copy || r->width % 2 || r->height % 2)
            return FAIL(SPEC_INVALID, "a rung of this chunk is not one that is encoded");
        if (i && r->timescale != c->timescale)
            return FAIL(SPEC_INVALID, "the rungs of a chunk must share a timescale");
        c->timescale = r->timescale;
        c->rungs[c->count++] = r;
    }
    qsort(c->rungs, c->count, sizeof *c->rungs, by_area);
    c->still = still_video(c->rungs[0]);
    c->video = c->task->spec->probe->video ? c->task->spec->probe->video : &c->still;

    const struct plan_chunk *chunk = &p->chunks[index];
    c->cut_count = (size_t)(chunk->last_cut - chunk->first_cut);
    c->cuts = arena_alloc(c->task->arena, c->cut_count * sizeof *c->cuts);
    for (size_t i = 0; i < c->cut_count; i++)
        c->cuts[i] =
            av_rescale(p->cuts_us[(size_t)chunk->first_cut + i], c->timescale, SECOND_US);
    c->start_us = p->cuts_us[chunk->first_cut];
    c->end_us = p->cuts_us[chunk->last_cut];
    c->end = av_rescale(c->end_us, c->timescale, SECOND_US);
    if (chunk->last_cut == (int)p->cut_count - 1)
        c->end_us = INT64_MAX;
    return OK;
}

static struct err open_encoders(struct chunk *c, int index)
{
    const struct media_video *v = c->video;
    double fps = (double)v->fps.num / v->fps.den * (v->interlaced ? 2 : 1);
    int64_t pixels = 0;
    for (size_t i = 0; i < c->count; i++)
        pixels += area(c->rungs[i]);
    for (size_t i = 0; i < c->count; i++) {
        struct encoder_config config = {
            .rung = c->rungs[i],
            .color = ladder_color(v),
            .cuts = c->cuts,
            .cut_count = c->cut_count,
            .first_index = c->task->spec->plan->chunks[index].first_cut,
            .end = c->end,
            .source_fps = fps,
            .profile = c->task->spec->plan->profile,
            .hardware = c->task->hardware,
            .yields = i > 0,
            .threads = profile_threads(c->task->spec->threads, area(c->rungs[i]), pixels),
        };
        c->opened++;
        TRY(encoder_open(&c->encoders[i], c->task->output, &config));
    }
    for (size_t i = 0; i < c->count; i++) {
        if (pthread_create(&c->threads[i], NULL, encoder_thread, &c->encoders[i]) != 0)
            return FAIL(ENCODE_FAILED, "no thread could be started");
        c->started++;
    }
    return OK;
}

/* On two cores the encoder of a rung as large as the source is busy all the time, and one
 * thread decodes faster than that: more would only take memory and time from it. */
static int decoding_threads(const struct chunk *c)
{
    const int cores = c->task->spec->threads;
    const int64_t source = (int64_t)c->video->width * c->video->height;
    return cores <= 2 && area(c->rungs[0]) * 2 > source ? 1 : cores;
}

/* Hands finished pictures to the encoders. False: one of them has stopped. */
static struct err hand_out(struct chunk *c, bool *stopped)
{
    for (size_t i = 0; i < c->count; i++) {
        for (;;) {
            SCOPED_FRAME AVFrame *f = NULL;
            TRY(ladder_pull(&c->ladder, i, &f));
            if (!f)
                break;
            if (f->pts + 1 < c->cuts[0] || (c->end_us != INT64_MAX && f->pts + 1 >= c->end))
                continue; /* context for the deinterlacer */
            if (!queue_push(c->encoders[i].in, f)) {
                *stopped = true;
                return OK;
            }
            f = NULL;
        }
    }
    return OK;
}

static struct err show(struct chunk *c, const AVFrame *picture, int64_t at, bool *stopped)
{
    AVFrame *f = av_frame_clone(picture);
    if (!f)
        abort();
    f->pts = at;
    TRY(ladder_push(&c->ladder, f));
    return hand_out(c, stopped);
}

/* A chunk whose first picture is this late shows another one first: see fill. */
static bool starts_late(const struct chunk *c, int64_t start, int64_t first)
{
    return first - start > c->timescale / 10;
}

/* Every segment needs a picture: where the source has none for so long, the one on the screen
 * is shown again. `until` is where the next picture, or the end, is. */
static struct err fill(struct chunk *c, const AVFrame *picture, int64_t until, bool *stopped)
{
    while (!*stopped && c->next_cut < c->cut_count) {
        int64_t from = c->cuts[c->next_cut];
        int64_t to = c->next_cut + 1 < c->cut_count ? c->cuts[c->next_cut + 1] : c->end;
        bool late = c->next_cut == 0 && starts_late(c, from, until);
        if (until + 1 < to && !late)
            break;
        TRY(show(c, picture, from, stopped));
        c->next_cut++;
    }
    return OK;
}

static struct err picture(struct chunk *c, AVFrame *f, bool *stopped)
{
    if (c->shown && f->pts - c->shown->pts < c->timescale / FPS_MAX)
        return OK; /* nobody sees it, and it starves the rate control */
    TRY(fill(c, c->shown ? c->shown : f, f->pts, stopped));
    while (c->next_cut < c->cut_count && f->pts + 1 >= c->cuts[c->next_cut])
        c->next_cut++;
    av_frame_free(&c->shown);
    c->shown = av_frame_clone(f);
    if (!c->shown)
        abort();
    return *stopped ? OK : show(c, f, f->pts, stopped);
}

static struct err decode_all(struct chunk *c, bool *stopped)
{
    const struct media_video *v = c->video;
    const int64_t start_us = c->start_us;
    const int64_t length_us = av_rescale(c->end - c->cuts[0], SECOND_US, c->timescale);
    bool first = true;
    while (!*stopped) {
        SCOPED_FRAME AVFrame *f = NULL;
        TRY(pictures_next(&c->pictures, &f));
        if (first && v->interlaced && c->pictures.before)
            TRY(show(c, c->pictures.before, c->pictures.before->pts, stopped));
        first = false;
        if (!f)
            break;
        TRY(picture(c, f, stopped));
        report_progress(av_rescale(f->pts, SECOND_US, c->timescale) - start_us, length_us);
    }
    if (*stopped)
        return OK;
    const AVFrame *last = c->shown             ? c->shown
                          : c->pictures.before ? c->pictures.before
                                               : c->pictures.after;
    if (last)
        TRY(fill(c, last, c->end_us == INT64_MAX ? c->end - 1 : c->end, stopped));
    if (v->interlaced && c->pictures.after && !*stopped)
        TRY(show(c, c->pictures.after, c->pictures.after->pts, stopped));
    TRY(ladder_push(&c->ladder, NULL));
    return hand_out(c, stopped);
}

/* The same picture over and over. */
static struct err repeat_still(struct chunk *c, bool *stopped)
{
    const struct plan_rung *r = c->rungs[0];
    const int64_t step = av_rescale(c->timescale, r->fps.den, r->fps.num);
    SCOPED_FRAME AVFrame *f = NULL;
    TRY(still_draw(c->task, r->width, r->height, &f));
    for (int64_t at = c->cuts[0]; at < c->end && !*stopped; at += step) {
        TRY(fill(c, f, at, stopped));
        while (c->next_cut < c->cut_count && at + 1 >= c->cuts[c->next_cut])
            c->next_cut++;
        TRY(show(c, f, at, stopped));
        report_progress(av_rescale(at - c->cuts[0], SECOND_US, c->timescale),
                        av_rescale(c->end - c->cuts[0], SECOND_US, c->timescale));
    }
    TRY(ladder_push(&c->ladder, NULL));
    return *stopped ? OK : hand_out(c, stopped);
}

/* The end of the last picture: the next chunk's first one, or its own usual length. */
static int64_t shown_until(const struct chunk *c)
{
    if (c->video == &c->still)
        return c->end;
    if (c->end_us != INT64_MAX) {
        const AVFrame *after = c->pictures.after;
        return after && !starts_late(c, c->end, after->pts) ? after->pts : c->end;
    }
    int64_t last =
        c->pictures.last == INT64_MIN ? 0 : c->pictures.last + c->pictures.frame_ticks;
    return last > c->end ? last : c->end;
}

static struct err run(struct chunk *c)
{
    bool stopped = false;
    struct err e = c->video == &c->still ? repeat_still(c, &stopped) : decode_all(c, &stopped);
    int64_t until = shown_until(c);
    for (size_t i = 0; i < c->started; i++) {
        c->encoders[i].until = until;
        queue_finish(c->encoders[i].in);
    }
    const size_t started = c->started;
    for (size_t i = 0; i < started; i++)
        pthread_join(c->threads[i], NULL);
    c->started = 0;
    TRY(e);
    for (size_t i = 0; i < started; i++) {
        struct err result = c->encoders[i].result;
        if (result.id)
            return (struct err){result.id, arena_strdup(c->task->arena, result.detail)};
    }
    return OK;
}

struct err chunk_encode(struct task *t, int index, const char *const *rungs, size_t count,
                        json_t **result)
{
    SCOPED_CHUNK struct chunk c = {.task = t};
    TRY(lay_out(&c, index, rungs, count));
    ladder_init(&c.ladder, t->arena, c.video, c.rungs, c.count, c.timescale);
    if (c.video != &c.still)
        TRY(pictures_open(&c.pictures, t, decoding_threads(&c), c.timescale, c.start_us,
                          c.end_us));
    TRY(open_encoders(&c, index));
    TRY(run(&c));
    json_t *list = json_array(), *notes = json_array();
    for (size_t i = 0; i < c.count; i++)
        json_array_append_new(list, rung_summary(c.encoders[i].rung));
    if (c.pictures.damaged)
        json_array_append_new(notes, json_sprintf("%lld damaged pictures were left out.",
                                                  (long long)c.pictures.damaged));
    *result = json_pack("{s:o, s:o}", "rungs", list, "notes", notes);
    return OK;
}

struct err chunk_task(struct task *t, json_t **result)
{
    return chunk_encode(t, t->spec->chunk, t->spec->rungs, t->spec->rung_count, result);
}
