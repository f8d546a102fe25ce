/* chunk.c — encodes one chunk (or the head, which is chunk 0 of one rung), and appends finished
 * chunks to the rungs in order. */
#include "server/jobs/making.h"

#include "base/child.h"
#include "base/clock.h"
#include "base/file.h"
#include "server/app.h"
#include "server/jobs/progress.h"
#include "server/storage/storage.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

static json_t *rung_entry(struct encoding *e, json_t *line)
{
    const char *name = json_string_value(json_object_get(line, "rung"));
    if (!name)
        return NULL;
    json_t *entry = json_object_get(e->rungs, name);
    if (!entry) {
        entry = json_pack("{s:[]}", "segments");
        json_object_set_new(e->rungs, name, entry);
    }
    return entry;
}

struct err encoding_line(void *state, const char *event, json_t *line)
{
    struct encoding *e = state;
    json_t *entry = rung_entry(e, line);
    if (strcmp(event, "progress") == 0) {
        double total = json_number_value(json_object_get(line, "total_ms"));
        double done = json_number_value(json_object_get(line, "done_ms"));
        progress_task(e->r->app->progress, e->r->job.video_id, e->r->job.id,
                      total > 0 ? done / total : 0, e->weight);
        if (monotonic_ms() - e->published_ms >= 500) {
            progress_publish(e->r->app->progress, e->r->db, e->r->job.video_id);
            e->published_ms = monotonic_ms();
        }
    } else if (strcmp(event, "init") == 0 && entry) {
        json_object_set(entry, "codecs", json_object_get(line, "codecs"));
    } else if (strcmp(event, "segment") == 0 && entry) {
        json_array_append_new(json_object_get(entry, "segments"),
                              json_pack("[O, O, O]", json_object_get(line, "size"),
                                        json_object_get(line, "duration_us"),
                                        json_object_get(line, "sha256")));
    }
    return OK;
}

struct err encoding_sync(struct job_run *r, const char *folder, json_t *rungs)
{
    const char *name;
    json_t *entry;
    json_object_foreach (rungs, name, entry) {
        static const char *const endings[] = {"init.mp4", "m4s"};
        for (int i = 0; i < 2; i++) {
            SCOPED_FD int fd =
                open(arena_printf(r->arena, "%s/%s.%s", folder, name, endings[i]),
                     O_RDONLY | O_CLOEXEC);
            if (fd < 0 || fsync(fd))
                return FAIL(TASK_FAILED, "a file of the transcoder is missing");
        }
    }
    return folder_sync_of(arena_printf(r->arena, "%s/x", folder));
}

static struct err encoded(struct job_run *r, const char *result)
{
    bool pending;
    TRY(db_job_done(r->db, r->job.id, result, now_ms()));
    TRY(db_job_pending(r->db, r->job.video_id, "append", &pending));
    if (pending)
        return OK;
    return db_job_insert(r->db, &(struct job_new){.kind = "append",
                                                  .lane = LANE_QUICK,
                                                  .video_id = r->job.video_id,
                                                  .priority = PRIORITY_APPEND});
}

/* The share of the whole work that one chunk is: its part of the duration. */
static double chunk_weight(const struct work *w, int64_t index)
{
    json_t *chunk = json_array_get(json_object_get(w->plan, "chunks"), (size_t)index);
    json_t *cuts = json_object_get(w->plan, "cuts_us");
    double total = json_number_value(json_object_get(w->plan, "duration_us"));
    json_int_t first = json_integer_value(json_object_get(chunk, "first_cut"));
    json_int_t last = json_integer_value(json_object_get(chunk, "last_cut"));
    double from = json_number_value(json_array_get(cuts, (size_t)first));
    double to = json_number_value(json_array_get(cuts, (size_t)last));
    return total > 0 && to > from ? (to - from) / total : 0;
}

/* Every segment of every rung: a hole could never be appended over. */
struct err encoding_whole(const struct work *w, int64_t index, json_t *wanted, json_t *made)
{
    json_t *chunk = json_array_get(json_object_get(w->plan, "chunks"), (size_t)index), *name;
    size_t count = (size_t)(json_integer_value(json_object_get(chunk, "last_cut")) -
                            json_integer_value(json_object_get(chunk, "first_cut"))),
           i;
    json_array_foreach (wanted, i, name) {
        json_t *entry = json_object_get(made, json_string_value(name));
        if (json_array_size(json_object_get(entry, "segments")) != count)
            return FAIL(TASK_FAILED, "a part of the video came out incomplete");
    }
    return OK;
}

static struct err chunk_run(struct job_run *r)
{
    struct work w;
    json_t *spec, *result, *payload = job_payload(r);
    const char *folder, *code = NULL;
    TRY(work_load(r, &w));
    int64_t index = json_integer_value(json_object_get(payload, "chunk"));
    struct encoding e = {
        .r = r,
        .rungs = arena_json(r->arena, json_object()),
        .weight = chunk_weight(&w, index),
    };
    TRY(work_spec(r, &w, "chunk", &folder, &spec));
    json_object_set_new(spec, "chunk", json_integer(index));
    json_object_set(spec, "rungs", json_object_get(payload, "rungs"));
    struct err ran =
        work_run(r, &w, spec, &(struct child_events){encoding_line, &e}, &result, &code);
    progress_task(r->app->progress, w.video.id, r->job.id, 0, 0);
    if (ran.id && code && strcmp(code, "hardware_failed") == 0)
        return work_plan_again(r, &w, AGAIN_IN_SOFTWARE);
    TRY(ran);
    TRY(encoding_whole(&w, index, json_object_get(payload, "rungs"), e.rungs));
    TRY(encoding_sync(r, folder, e.rungs));
    char *text = json_dumps(e.rungs, JSON_COMPACT);
    const char *kept = arena_strdup(r->arena, text);
    free(text);
    DB_TRANSACTION(r->db, encoded(r, kept));
    return OK;
}

/* Whatever a driver did to it: in software it may well succeed. */
struct err chunk_fail(struct job_run *r, struct err why)
{
    struct work w;
    TRY(work_load(r, &w));
    return work_by_hardware(&w) ? work_plan_again(r, &w, AGAIN_IN_SOFTWARE) : work_fail(r, why);
}

const struct job_kind job_chunk = {"chunk", chunk_run, chunk_fail};

/* --- append
 * ----------------------------------------------------------------------------------------- */

struct piece { /* one rung's part of one finished chunk */
    int64_t first_segment;
    const char *folder;
    json_t *entry;
};

/* Where chunk `index` begins in the segments of a rung: its first cut. */
static int64_t first_segment(const struct work *w, int64_t index)
{
    json_t *chunk = json_array_get(json_object_get(w->plan, "chunks"), (size_t)index);
    return json_integer_value(json_object_get(chunk, "first_cut"));
}

static bool find_piece(struct job_run *r, const struct work *w, struct chunk_result *results,
                       const struct rung *g, struct piece *out)
{
    for (struct chunk_result *c = results; c; c = c->next) {
        json_t *payload = arena_json(r->arena, json_loads(c->payload, 0, NULL));
        json_t *made = arena_json(r->arena, c->result ? json_loads(c->result, 0, NULL) : NULL);
        json_t *entry = json_object_get(made, g->name);
        if (!entry)
            continue;
        int64_t index = json_integer_value(json_object_get(payload, "chunk"));
        if (first_segment(w, index) == g->segments) {
            *out = (struct piece){
                g->segments, storage_task_folder(r->app->storage, r->arena, c->job_id), entry};
            return true;
        }
    }
    return false;
}

static struct err append_piece(struct job_run *r, struct work *w, struct rung *g,
                               const struct piece *p)
{
    struct segment_list segments = {0};
    json_t *one;
    size_t i;
    json_array_foreach (json_object_get(p->entry, "segments"), i, one) {
        segments.items = arena_grow(r->arena, segments.items, segments.count,
                                    &segments.capacity, sizeof *segments.items);
        segments.items[segments.count++] = (struct segment){
            .bytes = json_integer_value(json_array_get(one, 0)),
            .duration_us = json_integer_value(json_array_get(one, 1)),
            .sha256 = json_string_value(json_array_get(one, 2)),
        };
    }
    if (segments.count == 0)
        return FAIL(TASK_REFUSED, "a part of the video came out empty");
    if (!g->codecs)
        g->codecs = json_string_value(json_object_get(p->entry, "codecs"));
    return rung_append(r, w, g, arena_printf(r->arena, "%s/%s.init.mp4", p->folder, g->name),
                       arena_printf(r->arena, "%s/%s.m4s", p->folder, g->name), 0, &segments);
}

/* Removes the output of chunks that every rung of theirs has taken. */
static void clean(struct job_run *r, struct work *w, struct chunk_result *results)
{
    for (struct chunk_result *c = results; c; c = c->next) {
        json_t *payload = arena_json(r->arena, json_loads(c->payload, 0, NULL));
        json_t *made = arena_json(r->arena, c->result ? json_loads(c->result, 0, NULL) : NULL);
        int64_t index = json_integer_value(json_object_get(payload, "chunk"));
        bool taken = json_is_object(made);
        const char *name;
        json_t *entry;
        json_object_foreach (made, name, entry) {
            struct rung *g = work_rung(w, name);
            taken &= !g || g->segments > first_segment(w, index);
        }
        if (taken)
            path_remove(storage_task_folder(r->app->storage, r->arena, c->job_id));
    }
}

static struct err append_all(struct job_run *r, struct work *w)
{
    struct chunk_result *results;
    int64_t total = (int64_t)json_array_size(json_object_get(w->plan, "cuts_us")) - 1;
    bool news = false;
    TRY(work_reload_rungs(r, w));
    TRY(db_chunk_results(r->db, r->arena, w->video.id, &results));
    for (size_t i = 0; i < w->rungs.count; i++) {
        struct rung *g = &w->rungs.items[i];
        struct piece p;
        bool grew = false;
        while (g->resolution && !g->done && find_piece(r, w, results, g, &p)) {
            TRY(append_piece(r, w, g, &p));
            grew = true;
        }
        /* Also when a crash came between the last append and this. */
        bool whole = g->resolution && !g->done && total > 0 && g->segments >= total;
        if (whole)
            TRY(rung_complete(r, w, g));
        news |= grew || whole;
    }
    clean(r, w, results);
    return news ? work_publish(r, w, false) : OK;
}

static struct err append_run(struct job_run *r)
{
    struct work w;
    TRY(work_load(r, &w));
    TRY(making_lock(r, &w));
    struct err e = append_all(r, &w);
    making_unlock(&w);
    TRY(e);
    return work_step_done(r, NULL);
}

const struct job_kind job_append = {"append", append_run, work_fail};
