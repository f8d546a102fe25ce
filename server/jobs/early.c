/* early.c — the job that encodes what has arrived of an upload, and what becomes of it; see
 * early.h and domain/early.h.
 *
 * It takes only what nobody else needs: it waits while chunks of whole files wait, and one of
 * it runs at a time. Each look at the file (probe, plan) waits until a quarter more of it is
 * here, so all looks together cost about as much as reading the file five times. A chunk is
 * made when it is not the last of the plan: then more of the file cannot change where it ends.
 */
#include "server/jobs/early.h"

#include "base/child.h"
#include "base/clock.h"
#include "base/file.h"
#include "base/log.h"
#include "server/app.h"
#include "server/config.h"
#include "server/db/db_early.h"
#include "server/db/db_upload.h"
#include "server/domain/upload.h"
#include "server/storage/storage.h"

#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

enum { AGAIN_MS = 1000, YIELD_MS = 3000 };

static atomic_bool one_runs;

struct pass { /* one run of the job */
    struct job_run *r;
    struct upload upload;
    struct early early;
    struct work w; /* without a video */
    struct encoding encoding;
    int64_t looked_ms;
};

static const char *chunk_folder(struct job_run *r, const char *upload_id, int64_t generation,
                                int64_t chunk)
{
    return arena_printf(r->arena, "%s/%lld-%lld",
                        storage_early_folder(r->app->storage, r->arena, upload_id),
                        (long long)generation, (long long)chunk);
}

/* --- the job */

static struct err over(struct job_run *r)
{
    DB_TRANSACTION(r->db, db_job_done(r->db, r->job.id, NULL, now_ms()));
    return OK;
}

static struct err later(struct job_run *r, int64_t after_ms)
{
    DB_TRANSACTION(r->db, db_job_again(r->db, r->job.id, NULL, now_ms() + after_ms));
    return OK;
}

/* *going false: it is a video now, or was cancelled. */
static struct err still_coming(struct pass *p, bool *going)
{
    bool found;
    TRY(db_upload_get(p->r->db, p->r->arena, p->early.upload_id, &p->upload, &found));
    *going = found && !p->upload.video_id;
    return OK;
}

/* As a chunk's lines; and every second a look whether it is still wanted. */
static struct err take_line(void *state, const char *event, json_t *line)
{
    struct pass *p = state;
    bool going = true;
    if (strcmp(event, "progress") != 0)
        return encoding_line(&p->encoding, event, line);
    if (monotonic_ms() - p->looked_ms < 1000)
        return OK;
    p->looked_ms = monotonic_ms();
    TRY(still_coming(p, &going));
    return going ? OK : FAIL(GONE, "the upload has ended");
}

static struct err run(struct pass *p, const char *task, json_t *spec,
                      const struct child_events *events, json_t **result)
{
    struct job_run *r = p->r;
    int input = -1;
    SCOPED_FD int fd = -1;
    if (strcmp(task, "plan") != 0) {
        fd = input = open(storage_upload(r->app->storage, r->arena, p->early.upload_id),
                          O_RDONLY | O_CLOEXEC);
        if (fd < 0)
            return FAIL(GONE, "the upload has ended");
        json_object_set_new(spec, "input_fd", json_integer(3));
    }
    TRY(child_run(r->child, r->arena, r->app->config->transcoder, spec, input, events, result,
                  NULL));
    arena_json(r->arena, *result);
    return OK;
}

static struct err keep_look(struct pass *p)
{
    DB_TRANSACTION(p->r->db, db_early_looked_at(p->r->db, &p->early));
    return OK;
}

/* Probe and plan of what is here. A file that cannot be read yet (its index comes last) is
 * looked at again when there is more of it. */
static struct err look(struct pass *p, int64_t have)
{
    struct job_run *r = p->r;
    json_t *spec, *result;
    const char *folder;
    p->early.probed_bytes = have;
    p->early.probe = p->early.plan = NULL;
    p->w.probe = p->w.plan = NULL;
    TRY(work_spec(r, &p->w, "probe", &folder, &spec));
    struct err e = run(p, "probe", spec, NULL, &result);
    if (e.id == ERR_TASK_REFUSED)
        return keep_look(p);
    TRY(e);
    p->w.probe = json_object_get(result, "probe");
    TRY(work_spec(r, &p->w, "plan", &folder, &spec));
    json_object_set_new(spec, "settings", work_plan_settings(r));
    e = run(p, "plan", spec, NULL, &result);
    if (e.id == ERR_TASK_REFUSED)
        return keep_look(p);
    TRY(e);
    json_t *plan = json_object_get(result, "plan");
    json_object_set(plan, "build", json_object_get(result, "build"));
    p->early.probe = arena_json_text(r->arena, p->w.probe);
    p->early.plan = arena_json_text(r->arena, plan);
    return keep_look(p);
}

/* A second codec waits until nothing else does, not for this. */
static json_t *encoded_rungs(const json_t *plan)
{
    json_t *names = json_array(), *g;
    size_t i;
    json_array_foreach (json_object_get(plan, "rungs"), i, g) {
        const char *mode = json_string_value(json_object_get(g, "mode"));
        const char *codec = json_string_value(json_object_get(g, "codec"));
        if (mode && strcmp(mode, "encode") == 0 && (!codec || strcmp(codec, "h264") == 0))
            json_array_append(names, json_object_get(g, "name"));
    }
    return names;
}

static struct err keep_chunk(struct pass *p, int64_t index, const char *result, bool *kept)
{
    struct job_run *r = p->r;
    TRY(db_early_chunk_put(r->db, &p->early, index, result, kept));
    return db_early_next(r->db, &p->early, index + 1);
}

static struct err keep_chunk_in_transaction(struct pass *p, int64_t index, const char *result,
                                            bool *kept)
{
    DB_TRANSACTION(p->r->db, keep_chunk(p, index, result, kept));
    return OK;
}

static struct err encode(struct pass *p, int64_t index)
{
    struct job_run *r = p->r;
    json_t *spec, *result, *rungs = arena_json(r->arena, encoded_rungs(p->w.plan));
    const char *folder;
    bool kept = false;
    p->encoding = (struct encoding){.r = r, .rungs = arena_json(r->arena, json_object())};
    TRY(work_spec(r, &p->w, "chunk", &folder, &spec));
    json_object_set_new(spec, "chunk", json_integer(index));
    json_object_set(spec, "rungs", rungs);
    TRY(run(p, "chunk", spec, &(struct child_events){take_line, p}, &result));
    TRY(encoding_whole(&p->w, index, rungs, p->encoding.rungs));
    TRY(encoding_sync(r, folder, p->encoding.rungs));
    const char *to = chunk_folder(r, p->early.upload_id, p->early.generation, index);
    path_remove(to);
    TRY(folder_make(storage_early_folder(r->app->storage, r->arena, p->early.upload_id)));
    TRY(file_rename_durable(folder, to));
    struct err e = keep_chunk_in_transaction(
        p, index, arena_json_text(r->arena, p->encoding.rungs), &kept);
    if (e.id || !kept)
        path_remove(to);
    TRY(e);
    if (kept)
        log_info("early_chunk", "upload=%s chunk=%lld", p->early.upload_id, (long long)index);
    return OK;
}

/* Whether chunk `index` lies before the plan's end, so that it is what the whole file's will
 * be. */
static bool chunk_settled(const json_t *plan, int64_t index)
{
    json_t *chunks = json_object_get(plan, "chunks");
    return plan && index + 1 < (int64_t)json_array_size(chunks);
}

static struct err step(struct pass *p, int64_t *wait_ms)
{
    struct job_run *r = p->r;
    int64_t have = file_size(storage_upload(r->app->storage, r->arena, p->early.upload_id));
    /* The picture of a sound alone is drawn from all of it. */
    const bool pictures = json_is_object(json_object_get(p->w.probe, "video"));
    *wait_ms = 0;
    if (pictures && chunk_settled(p->w.plan, p->early.next))
        return encode(p, p->early.next);
    if (have >= EARLY_BYTES_MIN && have >= p->early.probed_bytes + p->early.probed_bytes / 4 &&
        have > p->early.probed_bytes)
        return look(p, have);
    *wait_ms = AGAIN_MS;
    return OK;
}

static struct err load(struct pass *p, const char *upload_id, bool *going)
{
    struct job_run *r = p->r;
    TRY(db_early_get(r->db, r->arena, upload_id, &p->early, going));
    p->early.upload_id = upload_id;
    if (*going)
        TRY(still_coming(p, going));
    if (p->early.probe)
        p->w.probe = arena_json(r->arena, json_loads(p->early.probe, 0, NULL));
    if (p->early.plan)
        p->w.plan = arena_json(r->arena, json_loads(p->early.plan, 0, NULL));
    return OK;
}

/* Whether something that is whole waits to be encoded. */
static struct err others_wait(struct job_run *r, bool *wait)
{
    int64_t due_ms;
    TRY(db_job_next_due(r->db, LANE_HEAVY, &due_ms));
    *wait = due_ms <= now_ms();
    return OK;
}

static struct err early_run(struct job_run *r)
{
    struct pass p = {.r = r};
    bool going = false, wait;
    int64_t wait_ms = 0;
    const char *upload_id = json_string_value(json_object_get(job_payload(r), "upload"));
    TRY(load(&p, upload_id ? upload_id : "", &going));
    if (!going)
        return over(r);
    TRY(others_wait(r, &wait));
    if (wait || atomic_exchange(&one_runs, true))
        return later(r, YIELD_MS);
    struct err e = step(&p, &wait_ms);
    atomic_store(&one_runs, false);
    path_remove(storage_task_folder(r->app->storage, r->arena, r->job.id));
    if (e.id == ERR_STOPPED)
        return e;
    if (!e.id && p.w.plan && json_array_size(json_object_get(p.w.plan, "chunks")) == 0 &&
        !wait_ms)
        return later(r, YIELD_MS); /* a copy alone, by what is here */
    if (e.id) { /* the ordinary path finds out what is wrong, if it is the file */
        log_info("early_given_up", "upload=%s reason=%s", upload_id, LOG_QUOTE(e.detail));
        return over(r);
    }
    return later(r, wait_ms);
}

const struct job_kind job_early = {"early", early_run, NULL};

/* --- adoption */

static bool same_member(const json_t *a, const json_t *b, const char *name)
{
    const json_t *x = json_object_get(a, name), *y = json_object_get(b, name);
    return (!x && !y) || (x && y && json_equal(x, y));
}

/* All that a plan says, but for what depends on the end of the file. */
static bool same_but(json_t *a, json_t *b, const char *const *except)
{
    json_t *x = json_copy(a), *y = json_copy(b);
    for (; *except; except++) {
        json_object_del(x, *except);
        json_object_del(y, *except);
    }
    bool same = json_equal(x, y);
    json_decref(x);
    json_decref(y);
    return same;
}

static bool plans_agree(json_t *early, json_t *whole)
{
    static const char *const ends[] = {"duration_us", "cuts_us", "chunks", "audio",
                                       "more_audio",  "rungs",   NULL};
    static const char *const rates[] = {"max_rate", NULL};
    json_t *x = json_object_get(early, "rungs"), *y = json_object_get(whole, "rungs"), *g;
    size_t i;
    if (!same_but(early, whole, ends) || json_array_size(x) != json_array_size(y))
        return false;
    json_array_foreach (x, i, g)
        if (!same_but(g, json_array_get(y, i), rates))
            return false;
    return true;
}

struct err adoption_look(struct job_run *r, const struct work *w, json_t *plan,
                         struct adoption *out)
{
    bool found;
    *out = (struct adoption){0};
    TRY(db_early_of_video(r->db, r->arena, r->job.video_id, &out->early, &found));
    if (!found) {
        out->early.upload_id = NULL;
        return OK;
    }
    TRY(db_early_chunks(r->db, r->arena, out->early.upload_id, &out->chunks));
    if (!out->chunks || !out->early.plan || !out->early.probe)
        return OK;
    json_t *probe = arena_json(r->arena, json_loads(out->early.probe, 0, NULL));
    out->early_plan = arena_json(r->arena, json_loads(out->early.plan, 0, NULL));
    out->agrees = same_member(probe, w->probe, "start_us") &&
                  same_member(json_object_get(probe, "video"),
                              json_object_get(w->probe, "video"), "stream") &&
                  plans_agree(out->early_plan, plan);
    json_t *g;
    size_t i;
    if (out->agrees)
        json_array_foreach (json_object_get(plan, "rungs"), i, g)
            json_object_set(
                g, "max_rate",
                json_object_get(json_array_get(json_object_get(out->early_plan, "rungs"), i),
                                "max_rate"));
    log_info("early_seen", "video=%lld agrees=%d", (long long)r->job.video_id, out->agrees);
    return OK;
}

/* The same stretch, cut at the same places. */
static bool same_cuts(const json_t *a, const json_t *b, int64_t index)
{
    json_t *x = json_array_get(json_object_get(a, "chunks"), (size_t)index);
    json_t *y = json_array_get(json_object_get(b, "chunks"), (size_t)index);
    json_t *from = json_object_get(a, "cuts_us"), *to = json_object_get(b, "cuts_us");
    if (!x || !y || !json_equal(x, y))
        return false;
    json_int_t first = json_integer_value(json_object_get(x, "first_cut"));
    json_int_t last = json_integer_value(json_object_get(x, "last_cut"));
    bool same = last + 1 < (json_int_t)json_array_size(from);
    for (json_int_t i = first; same && i <= last; i++)
        same = json_equal(json_array_get(from, (size_t)i), json_array_get(to, (size_t)i));
    return same;
}

const struct early_chunk *adoption_chunk(struct job_run *r, const struct adoption *ad,
                                         const json_t *plan, int64_t index)
{
    for (const struct early_chunk *c = ad->agrees ? ad->chunks : NULL; c; c = c->next)
        if (c->chunk == index && same_cuts(ad->early_plan, plan, index) &&
            path_exists(chunk_folder(r, ad->early.upload_id, c->generation, index)))
            return c;
    return NULL;
}

struct err adoption_take(struct job_run *r, const struct adoption *ad,
                         const struct early_chunk *c, const char *payload, int priority)
{
    int64_t id;
    TRY(db_job_insert_done(r->db,
                           &(struct job_new){.kind = "chunk",
                                             .payload = payload,
                                             .lane = LANE_HEAVY,
                                             .video_id = r->job.video_id,
                                             .priority = priority},
                           c->result, now_ms(), &id));
    const char *to = storage_task_folder(r->app->storage, r->arena, id);
    path_remove(to); /* of a job that was rolled back */
    return file_rename_durable(chunk_folder(r, ad->early.upload_id, c->generation, c->chunk),
                               to);
}

struct err adoption_end(struct job_run *r, const struct adoption *ad)
{
    return ad->early.upload_id ? db_early_delete(r->db, ad->early.upload_id) : OK;
}

void adoption_clean(struct job_run *r, const struct adoption *ad)
{
    if (ad->early.upload_id)
        early_remove_files(r->app->storage, r->arena, ad->early.upload_id);
}
