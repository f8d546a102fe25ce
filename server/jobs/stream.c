/* stream.c — the jobs whose segments are published while they run: a remuxed head, and the
 * sound. A head that encodes is a chunk (chunk.c). */
#include "server/jobs/making.h"

#include "base/child.h"
#include "base/clock.h"
#include "base/file.h"
#include "base/log.h"
#include "server/app.h"
#include "server/jobs/progress.h"
#include "server/storage/storage.h"

#include <stdlib.h>
#include <string.h>

enum { BATCH_SEGMENTS = 32, BATCH_MS = 1000 };

struct streaming {
    struct job_run *r;
    struct work *w;
    struct rung *rung;
    const char *init_path, *m4s_path;
    int64_t offset; /* in the m4s, of the first segment that waits */
    struct segment_list waiting;
    int64_t appended_ms; /* monotonic; 0: nothing yet */
    bool restarted;      /* the child writes segments the rung has: they are passed over */
};

static struct err flush(struct streaming *s)
{
    if (s->waiting.count == 0)
        return OK;
    bool first = s->rung->segments == 0;
    TRY(making_lock(s->r, s->w));
    struct err e =
        rung_append(s->r, s->w, s->rung, s->init_path, s->m4s_path, s->offset, &s->waiting);
    if (!e.id && first) {
        struct rung kept = *s->rung;
        e = work_publish(s->r, s->w, false);
        s->rung = work_rung(s->w, kept.name);
        if (!e.id && !s->rung)
            e = FAIL(VIDEO_NOT_FOUND, "the video is gone");
    }
    making_unlock(s->w);
    TRY(e);
    for (size_t i = 0; i < s->waiting.count; i++)
        s->offset += s->waiting.items[i].bytes;
    s->waiting.count = 0;
    s->appended_ms = monotonic_ms();
    if (!first)
        progress_publish(s->r->app->progress, s->r->db, s->w->video.id);
    return OK;
}

static struct err take_segment(struct streaming *s, json_t *line)
{
    int64_t index = json_integer_value(json_object_get(line, "index"));
    int64_t offset = json_integer_value(json_object_get(line, "offset"));
    int64_t bytes = json_integer_value(json_object_get(line, "size"));
    if (index != s->rung->segments + (int64_t)s->waiting.count)
        return FAIL(TASK_FAILED, "the transcoder skipped a segment");
    if (s->waiting.count == 0)
        s->offset = offset;
    s->waiting.items = arena_grow(s->r->arena, s->waiting.items, s->waiting.count,
                                  &s->waiting.capacity, sizeof *s->waiting.items);
    s->waiting.items[s->waiting.count++] = (struct segment){
        .bytes = bytes,
        .duration_us = json_integer_value(json_object_get(line, "duration_us")),
        .sha256 = arena_strdup(s->r->arena, json_string_value(json_object_get(line, "sha256"))),
    };
    bool due = s->appended_ms == 0 || s->waiting.count >= BATCH_SEGMENTS ||
               monotonic_ms() - s->appended_ms >= BATCH_MS;
    return due ? flush(s) : OK;
}

static struct err take_line(void *state, const char *event, json_t *line)
{
    struct streaming *s = state;
    if (strcmp(event, "init") == 0 && s->rung->segments == 0)
        s->rung->codecs =
            arena_strdup(s->r->arena, json_string_value(json_object_get(line, "codecs")));
    if (strcmp(event, "segment") == 0)
        return take_segment(s, line);
    return OK;
}

static struct err stream_run(struct job_run *r, const char *task, const char *rung_name)
{
    struct work w;
    json_t *spec, *result;
    const char *folder, *code = NULL;
    TRY(work_load(r, &w));
    struct streaming s = {.r = r, .w = &w, .rung = work_rung(&w, rung_name)};
    if (!s.rung)
        return FAIL(TASK_REFUSED, "the plan has no such rung");
    if (!s.rung->done) {
        TRY(work_spec(r, &w, task, &folder, &spec));
        s.init_path = arena_printf(r->arena, "%s/%s.init.mp4", folder, rung_name);
        s.m4s_path = arena_printf(r->arena, "%s/%s.m4s", folder, rung_name);
        json_object_set_new(spec, "skip_segments", json_integer(s.rung->segments));
        if (strcmp(task, "audio") == 0)
            json_object_set_new(spec, "track", json_string(rung_name));
        struct err e =
            work_run(r, &w, spec, &(struct child_events){take_line, &s}, &result, &code);
        if (e.id && code && strcmp(code, "copy_unsafe") == 0)
            return work_plan_again(r, &w, AGAIN_WITHOUT_COPY);
        TRY(e);
        TRY(flush(&s));
        if (s.rung->segments == 0)
            return FAIL(TASK_REFUSED, "nothing in the file could be made into a stream");
        TRY(making_lock(r, &w));
        e = rung_complete(r, &w, s.rung);
        if (!e.id)
            e = work_publish(r, &w, false);
        making_unlock(&w);
        TRY(e);
        path_remove(folder);
    }
    return work_step_done(r, NULL);
}

/* Jobs from before there were several tracks name none. */
static const char *track_of_job(struct job_run *r)
{
    const char *track = json_string_value(json_object_get(job_payload(r), "track"));
    return track ? track : "0";
}

static struct err audio_run(struct job_run *r)
{
    return stream_run(r, "audio", track_of_job(r));
}

static struct err drop_sound(struct job_run *r, const struct rung *sound, struct err why)
{
    const char *what = strcmp(sound->name, "0") == 0 ? "The video has no sound"
                                                     : "A further sound track is missing";
    TRY(db_rung_drop(r->db, sound->id));
    TRY(db_making_noted(r->db, r->job.video_id,
                        arena_printf(r->arena, "%s: %s", what, why.detail)));
    return work_step_done(r, NULL);
}

/* Pictures without their sound are better than neither. */
static struct err audio_fail(struct job_run *r, struct err why)
{
    struct work w;
    TRY(work_load(r, &w));
    struct rung *sound = work_rung(&w, track_of_job(r));
    bool only =
        strcmp(track_of_job(r), "0") == 0 && !json_is_object(json_object_get(w.probe, "video"));
    if (!sound || only)
        return work_fail(r, why);
    path_remove(work_file(r, &w, sound, "-fragmented.mp4"));
    path_remove(work_file(r, &w, sound, ".m3u8"));
    DB_TRANSACTION(r->db, drop_sound(r, sound, why));
    TRY(making_lock(r, &w));
    struct err e = work_publish(r, &w, false);
    making_unlock(&w);
    return e;
}

const struct job_kind job_audio = {"audio", audio_run, audio_fail};

static struct err head_run(struct job_run *r)
{
    json_t *payload = job_payload(r);
    const char *mode = json_string_value(json_object_get(payload, "mode"));
    const char *rung = json_string_value(json_object_get(payload, "rung"));
    if (mode && strcmp(mode, "encode") == 0)
        return job_chunk.run(r);
    return rung ? stream_run(r, "head", rung) : FAIL(TASK_REFUSED, "the plan names no head");
}

const struct job_kind job_head = {"head", head_run, chunk_fail};
