/* prepare.c — the jobs before any stream exists: probe, plan, thumbnail. */
#include "server/jobs/early.h"
#include "server/jobs/making.h"

#include "base/child.h"
#include "base/clock.h"
#include "base/crypto.h"
#include "base/file.h"
#include "base/log.h"
#include "server/app.h"
#include "server/config.h"
#include "server/db/db_picture.h"
#include "server/domain/outbox.h"
#include "server/domain/thumbnail.h"
#include "server/jobs/progress.h"
#include "server/storage/storage.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* After a hardware encoder failed, new videos do without it for a while. */
enum { HARDWARE_REST_MS = 15 * 60 * 1000 };
static _Atomic int64_t hardware_rests_until_ms; /* monotonic */

static int64_t member_int(json_t *object, const char *name)
{
    return json_integer_value(json_object_get(object, name));
}

/* --- probe
 * ---------------------------------------------------------------------------------------- */

/* What the owner should know of the file: "The file is cut off: ...". NULL: nothing. */
static const char *joined_notes(struct arena *a, const json_t *notes)
{
    const char *text = NULL;
    for (size_t i = 0; i < json_array_size(notes) && i < 8; i++) {
        const char *one = json_string_value(json_array_get(notes, i));
        if (one)
            text = text ? arena_printf(a, "%s %s", text, one) : one;
    }
    return text;
}

static struct err probed(struct job_run *r, json_t *probe)
{
    json_t *video = json_object_get(probe, "video");
    const char *notes = joined_notes(r->arena, json_object_get(probe, "notes"));
    int64_t behind;
    TRY(db_jobs_behind(r->db, r->job.video_id, &behind));
    if (notes)
        TRY(db_making_noted(r->db, r->job.video_id, notes));
    TRY(db_making_probed(r->db, r->job.video_id, arena_json_text(r->arena, probe),
                         member_int(probe, "duration_us") / 1000,
                         (int)member_int(video, "display_width"),
                         (int)member_int(video, "display_height")));
    TRY(db_job_insert(r->db, &(struct job_new){.kind = "plan",
                                               .lane = LANE_QUICK,
                                               .video_id = r->job.video_id,
                                               .priority = job_priority_head(behind)}));
    return db_job_done(r->db, r->job.id, NULL, now_ms());
}

static struct err probe_run(struct job_run *r)
{
    struct work w;
    json_t *spec, *result;
    const char *folder;
    TRY(work_load(r, &w));
    TRY(work_spec(r, &w, "probe", &folder, &spec));
    TRY(work_run(r, &w, spec, NULL, &result, NULL));
    path_remove(folder);
    json_t *probe = json_object_get(result, "probe");
    if (!json_is_object(probe))
        return FAIL(TASK_FAILED, "the transcoder's probe is no object");
    DB_TRANSACTION(r->db, probed(r, probe));
    progress_publish(r->app->progress, r->db, r->job.video_id);
    return OK;
}

const struct job_kind job_probe = {"probe", probe_run, work_fail};

/* --- plan
 * -------------------------------------------------------------------------------------------
 */

static json_t *numbers(const char *list)
{
    json_t *array = json_array();
    for (const char *p = list; *p;) {
        char *end;
        json_array_append_new(array, json_integer(strtol(p, &end, 10)));
        p = *end ? end + 1 : end;
    }
    return array;
}

static bool wanted(struct job_run *r, const char *what)
{
    return json_is_true(json_object_get(job_payload(r), what));
}

json_t *work_plan_settings(struct job_run *r)
{
    const struct config *c = r->app->config;
    bool software = wanted(r, "no_hardware") || monotonic_ms() < hardware_rests_until_ms;
    return json_pack("{s:o, s:o, s:s, s:s, s:b, s:I, s:b}", "resolutions",
                     numbers(c->resolutions), "av1_resolutions", numbers(c->av1_resolutions),
                     "profile", c->transcoding_profile, "hardware",
                     software ? "none" : c->hardware_encoder, "keep_original",
                     c->keep_original_resolution, "max_fps", (json_int_t)c->max_fps,
                     "allow_copy", !wanted(r, "no_copy"));
}

static struct err again_in_transaction(struct job_run *r, const char *payload)
{
    TRY(db_making_reset(r->db, r->job.video_id, r->job.id));
    TRY(db_job_insert(r->db, &(struct job_new){.kind = "plan",
                                               .payload = payload,
                                               .lane = LANE_QUICK,
                                               .video_id = r->job.video_id,
                                               .priority = PRIORITY_HEAD}));
    return db_job_done(r->db, r->job.id, NULL, now_ms());
}

static struct err plan_again(struct job_run *r, const char *payload)
{
    DB_TRANSACTION(r->db, again_in_transaction(r, payload));
    return OK;
}

struct err work_plan_again(struct job_run *r, struct work *w, enum again how)
{
    const char *head =
        json_string_value(json_object_get(json_object_get(w->plan, "head"), "mode"));
    bool copied = head && strcmp(head, "copy") == 0, software = !work_by_hardware(w);
    const char *payload =
        arena_printf(r->arena, "{\"again\":true,\"no_copy\":%s,\"no_hardware\":%s}",
                     how == AGAIN_WITHOUT_COPY || !copied ? "true" : "false",
                     how == AGAIN_IN_SOFTWARE || software ? "true" : "false");
    if (how == AGAIN_IN_SOFTWARE) {
        hardware_rests_until_ms = monotonic_ms() + HARDWARE_REST_MS;
        log_warn("hardware_encoder_failed",
                 "video=%lld encoder=%s again=in_software rest_min=%d", (long long)w->video.id,
                 r->app->config->hardware_encoder, HARDWARE_REST_MS / 60000);
    } else {
        log_info("copy_unsafe", "video=%lld", (long long)w->video.id);
    }
    TRY(making_lock(r, w));
    path_remove(storage_hls_folder(r->app->storage, r->arena, w->video.uuid, w->is_private));
    making_unlock(w);
    TRY(plan_again(r, payload));
    progress_publish(r->app->progress, r->db, w->video.id);
    return OK;
}

static struct err insert_rung(struct job_run *r, json_t *g)
{
    char file_uuid[UUID_TEXT];
    const char *rate = json_string_value(json_object_get(g, "fps"));
    double n = rate ? atof(rate) : 0,
           d = rate && strchr(rate, '/') ? atof(strchr(rate, '/') + 1) : 1;
    return db_rung_insert(r->db, r->job.video_id,
                          &(struct rung){
                              .name = json_string_value(json_object_get(g, "name")),
                              .file_uuid = uuid_new(file_uuid),
                              .resolution = (int)member_int(g, "resolution"),
                              .width = (int)member_int(g, "width"),
                              .height = (int)member_int(g, "height"),
                              .fps = d > 0 ? (int)(n / d + 0.5) : 0,
                              .frame_rate = rate,
                          });
}

static struct err insert_step(struct job_run *r, const char *kind, enum lane lane, int priority,
                              json_t *payload)
{
    char *text = payload ? arena_json_text(r->arena, payload) : NULL;
    json_decref(payload);
    return db_job_insert(r->db, &(struct job_new){.kind = kind,
                                                  .payload = text,
                                                  .lane = lane,
                                                  .video_id = r->job.video_id,
                                                  .priority = priority});
}

/* The rungs of a codec that chunk `index` has to encode: all encoded ones, less what the head
 * makes. */
static json_t *chunk_rungs(json_t *plan, int64_t index, const char *codec)
{
    json_t *names = json_array(), *head = json_object_get(plan, "head"), *g;
    const char *head_rung = json_string_value(json_object_get(head, "rung"));
    const char *head_mode = json_string_value(json_object_get(head, "mode"));
    bool head_encodes =
        head_mode && strcmp(head_mode, "encode") == 0 && member_int(head, "chunk") == index;
    size_t i;
    json_array_foreach (json_object_get(plan, "rungs"), i, g) {
        const char *name = json_string_value(json_object_get(g, "name"));
        const char *mode = json_string_value(json_object_get(g, "mode"));
        const char *its = json_string_value(json_object_get(g, "codec"));
        if (mode && strcmp(mode, "encode") == 0 && its && strcmp(its, codec) == 0 &&
            !(head_encodes && head_rung && strcmp(head_rung, name) == 0))
            json_array_append_new(names, json_string(name));
    }
    return names;
}

/* A slow second codec is a job of its own: nobody waits for it. */
static struct err insert_chunk(struct job_run *r, json_t *plan, size_t index, const char *codec,
                               int priority)
{
    json_t *rungs = chunk_rungs(plan, (int64_t)index, codec);
    if (json_array_size(rungs) == 0) {
        json_decref(rungs);
        return OK;
    }
    return insert_step(r, "chunk", LANE_HEAVY, priority,
                       json_pack("{s:i, s:o}", "chunk", (int)index, "rungs", rungs));
}

static struct err insert_head(struct job_run *r, json_t *head, int priority)
{
    const char *mode = json_string_value(json_object_get(head, "mode"));
    bool copies = mode && strcmp(mode, "copy") == 0;
    json_t *payload = json_deep_copy(head);
    json_object_set_new(payload, "rungs", json_pack("[O]", json_object_get(head, "rung")));
    bool here = r->app->config->transcode_heavy > 0; /* else workers encode, heads as well */
    return insert_step(r, "head",
                       copies ? LANE_STREAM
                       : here ? LANE_QUICK
                              : LANE_HEAVY,
                       priority, payload);
}

static bool has_subtitles(const json_t *probe)
{
    json_t *one;
    size_t i;
    json_array_foreach (json_object_get(probe, "subtitles"), i, one)
        if (json_is_true(json_object_get(one, "text")))
            return true;
    return false;
}

/* What a plan does not change, and what needs no second time when it is made anew. */
static struct err insert_pictures(struct job_run *r, const struct work *w)
{
    const char *chosen;
    TRY(db_video_picture(r->db, r->arena, r->job.video_id, &chosen));
    if (!chosen)
        TRY(insert_step(r, "thumbnail", LANE_QUICK, PRIORITY_PICTURE, NULL));
    return has_subtitles(w->probe)
               ? insert_step(r, "subtitles", LANE_QUICK, PRIORITY_PICTURE, NULL)
               : OK;
}

/* A sound track and the job that makes it; `name` as in the plan. */
static struct err insert_sound(struct job_run *r, const char *name, int priority)
{
    json_t *sound =
        arena_json(r->arena, json_pack("{s:s, s:i}", "name", name, "resolution", 0));
    TRY(insert_rung(r, sound));
    return insert_step(r, "audio", LANE_STREAM, priority, json_pack("{s:s}", "track", name));
}

/* Sound alone is shown with a picture of our own: the plan knows its size. */
static struct err size_of_still(struct job_run *r, const struct work *w, json_t *plan)
{
    const json_t *top = json_array_get(json_object_get(plan, "rungs"), 0);
    if (json_is_object(json_object_get(w->probe, "video")) || !top)
        return OK;
    return db_making_probed(r->db, r->job.video_id, w->video.probe, w->video.duration_ms,
                            (int)json_integer_value(json_object_get(top, "width")),
                            (int)json_integer_value(json_object_get(top, "height")));
}

/* Chunk `index` in H.264, or what was made of it while the file came. */
static struct err insert_or_adopt(struct job_run *r, json_t *plan, const struct adoption *ad,
                                  size_t index, int priority, bool *adopted)
{
    const struct early_chunk *made = adoption_chunk(r, ad, plan, (int64_t)index);
    if (!made)
        return insert_chunk(r, plan, index, "h264", priority);
    *adopted = true;
    return adoption_take(r, ad, made, arena_printf(r->arena, "{\"chunk\":%zu}", index),
                         priority);
}

/* Chunks, and the head, which is one unless it is copied. */
static struct err insert_chunks(struct job_run *r, json_t *plan, const struct adoption *ad,
                                int64_t behind)
{
    json_t *chunk, *head = json_object_get(plan, "head");
    const char *mode = json_string_value(json_object_get(head, "mode"));
    bool head_made = mode && strcmp(mode, "encode") == 0 && adoption_chunk(r, ad, plan, 0);
    bool adopted = false;
    size_t i;
    if (json_is_object(head) && !head_made)
        TRY(insert_head(r, head, job_priority_head(behind)));
    json_array_foreach (json_object_get(plan, "chunks"), i, chunk) {
        TRY(insert_or_adopt(r, plan, ad, i, job_priority_chunk(behind, (int64_t)i), &adopted));
        TRY(insert_chunk(r, plan, i, "av1", PRIORITY_SECOND_CODEC + (int)i));
    }
    TRY(adoption_end(r, ad));
    return adopted ? insert_step(r, "append", LANE_QUICK, PRIORITY_APPEND, NULL) : OK;
}

static struct err planned(struct job_run *r, const struct work *w, json_t *plan,
                          const struct adoption *ad)
{
    json_t *g;
    size_t i;
    int64_t behind;
    TRY(db_jobs_behind(r->db, r->job.video_id, &behind));
    const int priority = job_priority_head(behind);
    TRY(db_making_planned(r->db, r->job.video_id, arena_json_text(r->arena, plan)));
    TRY(size_of_still(r, w, plan));
    json_array_foreach (json_object_get(plan, "rungs"), i, g)
        TRY(insert_rung(r, g));
    if (json_is_object(json_object_get(plan, "audio")))
        TRY(insert_sound(r, "0", priority));
    json_array_foreach (json_object_get(plan, "more_audio"), i, g)
        TRY(insert_sound(r, json_string_value(json_object_get(g, "name")),
                         job_priority_chunk(behind, 0)));
    TRY(insert_chunks(r, plan, ad, behind));
    if (!wanted(r, "again"))
        TRY(insert_pictures(r, w));
    return work_step_done(r, NULL);
}

static struct err plan_run(struct job_run *r)
{
    struct work w;
    json_t *spec, *result;
    const char *folder;
    TRY(work_load(r, &w));
    TRY(work_spec(r, &w, "plan", &folder, &spec));
    json_object_set_new(spec, "settings", work_plan_settings(r));
    TRY(child_run(r->child, r->arena, r->app->config->transcoder, spec, -1, NULL, &result,
                  NULL));
    arena_json(r->arena, result);
    path_remove(folder);
    json_t *plan = json_object_get(result, "plan");
    if (!json_is_object(plan))
        return FAIL(TASK_FAILED, "the transcoder's plan is no object");
    json_object_set(plan, "build", json_object_get(result, "build"));
    /* Folders before rows: who sees the rows may write there. */
    TRY(making_lock(r, &w));
    struct err e =
        folder_make(storage_hls_folder(r->app->storage, r->arena, w.video.uuid, w.is_private));
    making_unlock(&w);
    TRY(e);
    struct adoption ad;
    TRY(adoption_look(r, &w, plan, &ad));
    DB_TRANSACTION(r->db, planned(r, &w, plan, &ad));
    adoption_clean(r, &ad);
    progress_publish(r->app->progress, r->db, r->job.video_id);
    return OK;
}

const struct job_kind job_plan = {"plan", plan_run, work_fail};

/* --- thumbnail
 * ---------------------------------------------------------------------------------------- */

static struct err thumbnails_done(struct job_run *r, const struct thumbnail_set *set)
{
    TRY(thumbnails_assign(r->db, r->arena, r->job.video_id, set, NULL));
    TRY(work_step_done(r, NULL));
    return outbox_video_pictured(r->db, r->arena, r->job.video_id);
}

static struct err thumbnail_run(struct job_run *r)
{
    struct work w;
    json_t *spec, *result, *sizes = json_array();
    const char *folder;
    struct thumbnail_set set;
    for (int i = 0; i < THUMBNAIL_SIZES; i++)
        json_array_append_new(
            sizes, json_pack("[i, i]", thumbnail_sizes[i][0], thumbnail_sizes[i][1]));
    arena_json(r->arena, sizes);
    TRY(work_load(r, &w));
    TRY(work_spec(r, &w, "thumbnail", &folder, &spec));
    json_object_set(spec, "sizes", sizes);
    TRY(work_run(r, &w, spec, NULL, &result, NULL));
    TRY(thumbnails_place(r->app->storage, r->arena, folder, &set));
    DB_TRANSACTION(r->db, thumbnails_done(r, &set));
    path_remove(folder);
    progress_publish(r->app->progress, r->db, r->job.video_id);
    return OK;
}

/* A video without a picture is still a video: the log and the job's result keep the reason. */
static struct err thumbnail_fail(struct job_run *r, struct err why)
{
    return work_step_done(r, why.detail);
}

const struct job_kind job_thumbnail = {"thumbnail", thumbnail_run, thumbnail_fail};
