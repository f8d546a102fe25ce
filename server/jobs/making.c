/* making.c — see making.h. */
#include "server/jobs/making.h"

#include "base/child.h"
#include "base/clock.h"
#include "base/file.h"
#include "base/log.h"
#include "server/app.h"
#include "server/config.h"
#include "server/db/db_video.h"
#include "server/domain/caption.h"
#include "server/domain/outbox.h"
#include "server/domain/publish.h"
#include "server/jobs/progress.h"
#include "server/jobs/remote.h"
#include "server/storage/storage.h"
#include "server/view/labels.h"
#include "server/view/parts_json.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { LOCKS = 16 };
static pthread_mutex_t locks[LOCKS] = {[0 ... LOCKS - 1] = PTHREAD_MUTEX_INITIALIZER};

void jobs_hold_video(int64_t video_id)
{
    pthread_mutex_lock(&locks[video_id % LOCKS]);
}

void jobs_let_video(int64_t video_id)
{
    pthread_mutex_unlock(&locks[video_id % LOCKS]);
}

static bool lies_private(int privacy)
{
    return privacy != PRIVACY_PUBLIC && privacy != PRIVACY_UNLISTED;
}

struct err making_lock(struct job_run *r, struct work *w)
{
    int privacy;
    jobs_hold_video(w->video.id);
    struct err e = db_video_privacy(r->db, w->video.id, &privacy);
    if (e.id) {
        jobs_let_video(w->video.id);
        return e;
    }
    w->is_private = lies_private(privacy);
    return OK;
}

void making_unlock(const struct work *w)
{
    jobs_let_video(w->video.id);
}

static void json_release(void *json)
{
    json_decref(json);
}

json_t *arena_json(struct arena *a, json_t *json)
{
    if (json)
        arena_defer(a, json_release, json);
    return json;
}

char *arena_json_text(struct arena *a, const json_t *json)
{
    char *text = json_dumps(json, JSON_COMPACT);
    char *copy = arena_strdup(a, text ? text : "null");
    free(text);
    return copy;
}

json_t *job_payload(struct job_run *r)
{
    return arena_json(r->arena, json_loads(r->job.payload, 0, NULL));
}

/* --- the video's row, plan and rungs
 * ----------------------------------------------------------- */

struct err work_load(struct job_run *r, struct work *w)
{
    *w = (struct work){0};
    TRY(db_making_get(r->db, r->arena, r->job.video_id, &w->video));
    w->is_private = lies_private(w->video.privacy);
    if (w->video.probe)
        w->probe = arena_json(r->arena, json_loads(w->video.probe, 0, NULL));
    if (w->video.plan)
        w->plan = arena_json(r->arena, json_loads(w->video.plan, 0, NULL));
    return work_reload_rungs(r, w);
}

struct err work_reload_rungs(struct job_run *r, struct work *w)
{
    return db_rungs_of_video(r->db, r->arena, w->video.id, &w->rungs);
}

struct rung *work_rung(struct work *w, const char *name)
{
    for (size_t i = 0; i < w->rungs.count; i++)
        if (strcmp(w->rungs.items[i].name, name) == 0)
            return &w->rungs.items[i];
    return NULL;
}

bool work_by_hardware(const struct work *w)
{
    const char *hardware = json_string_value(json_object_get(w->plan, "hardware"));
    return hardware && strcmp(hardware, "none") != 0;
}

/* AV1, for those who can: not all can, so it comes last and never alone. */
static bool is_second_codec(const struct rung *g)
{
    return strchr(g->name, '-') != NULL;
}

static const char *rung_file(struct arena *a, const struct rung *g, const char *ending)
{
    return arena_printf(a, "%s-%d%s", g->file_uuid, g->resolution, ending);
}

const char *work_file(struct job_run *r, const struct work *w, const struct rung *g,
                      const char *ending)
{
    return storage_hls_file(r->app->storage, r->arena, w->video.uuid, w->is_private,
                            rung_file(r->arena, g, ending));
}

/* --- running the transcoder
 * ---------------------------------------------------------------------- */

struct err work_spec(struct job_run *r, const struct work *w, const char *task,
                     const char **folder, json_t **spec)
{
    const struct config *config = r->app->config;
    *folder = storage_task_folder(r->app->storage, r->arena, r->job.id);
    if (!seat_resumes(r->seat))
        path_remove(*folder);
    TRY(folder_make(*folder));
    json_t *limits = json_pack("{s:I, s:I}", "cpu_s", (json_int_t)config->transcode_limit_s,
                               "memory_mib", (json_int_t)config->transcode_memory_mib);
    *spec = arena_json(r->arena, json_pack("{s:i, s:s, s:s, s:o, s:O*, s:O*}", "version", 1,
                                           "task", task, "output", *folder, "limits", limits,
                                           "probe", w->probe, "plan", w->plan));
    if (!*spec)
        abort();
    if (config->transcode_threads > 0)
        json_object_set_new(*spec, "threads", json_integer(config->transcode_threads));
    return OK;
}

struct err work_run(struct job_run *r, const struct work *w, json_t *spec,
                    const struct child_events *events, json_t **result, const char **code)
{
    if (r->seat) {
        TRY(seat_run(r->seat, r, w, spec, events, result));
        arena_json(r->arena, *result);
        return OK;
    }
    SCOPED_FD int input =
        open(storage_original(r->app->storage, r->arena, w->video.uuid), O_RDONLY | O_CLOEXEC);
    if (input < 0)
        return FAIL(TASK_REFUSED, "the uploaded file is missing on the server");
    json_object_set_new(spec, "input_fd", json_integer(3));
    TRY(child_run(r->child, r->arena, r->app->config->transcoder, spec, input, events, result,
                  code));
    arena_json(r->arena, *result);
    return OK;
}

/* --- growing a rung
 * --------------------------------------------------------------------------------- */

struct err rung_segments(struct job_run *r, const struct rung *g, struct segment_list *out)
{
    struct part *parts;
    TRY(db_parts_of_rung(r->db, r->arena, g->id, &parts));
    *out = (struct segment_list){0};
    for (; parts; parts = parts->next) {
        json_t *array = arena_json(r->arena, json_loads(parts->segments, 0, NULL)), *one;
        size_t i;
        json_array_foreach (array, i, one) {
            out->items = arena_grow(r->arena, out->items, out->count, &out->capacity,
                                    sizeof *out->items);
            out->items[out->count++] = (struct segment){
                .bytes = json_integer_value(json_array_get(one, 0)),
                .duration_us = json_integer_value(json_array_get(one, 1)),
                .sha256 = json_string_value(json_array_get(one, 2)),
            };
        }
    }
    return OK;
}

/* The longest distance between cuts of the plan: what a growing playlist promises. */
static int64_t longest_cut_us(const struct work *w)
{
    int64_t longest = 0, before = 0, at;
    json_t *cuts = json_object_get(w->plan, "cuts_us"), *cut;
    size_t i;
    json_array_foreach (cuts, i, cut) {
        at = json_integer_value(cut);
        if (i && at - before > longest)
            longest = at - before;
        before = at;
    }
    return longest;
}

static struct err write_media_playlist(struct job_run *r, const struct work *w,
                                       const struct rung *g, bool ended)
{
    struct segment_list segments;
    TRY(rung_segments(r, g, &segments));
    struct strbuf text = STRBUF_IN(r->arena);
    int64_t target_us = longest_cut_us(w) + (g->resolution ? 0 : 1000000);
    playlist_media(&text, rung_file(r->arena, g, "-fragmented.mp4"), g->init_bytes, &segments,
                   target_us, ended);
    return file_replace(work_file(r, w, g, ".m3u8"), text.text, text.length, ended);
}

static const char *segments_json(struct arena *a, const struct segment_list *segments)
{
    struct strbuf text = STRBUF_IN(a);
    strbuf_adds(&text, "[");
    for (size_t i = 0; i < segments->count; i++)
        strbuf_addf(&text, "%s[%lld,%lld,\"%s\"]", i ? "," : "",
                    (long long)segments->items[i].bytes,
                    (long long)segments->items[i].duration_us, segments->items[i].sha256);
    strbuf_adds(&text, "]");
    return text.text;
}

static struct err record(struct job_run *r, const struct rung *grown, int64_t first,
                         const char *segments)
{
    TRY(db_part_insert(r->db, grown->id, first, segments));
    return db_rung_grown(r->db, grown);
}

static struct err record_in_transaction(struct job_run *r, const struct rung *grown,
                                        int64_t first, const char *segments)
{
    DB_TRANSACTION(r->db, record(r, grown, first, segments));
    return OK;
}

/* Cuts the public file to what counts, or writes the init segment of a new one. */
static struct err rung_prepare(struct job_run *r, int fd, struct rung *g, const char *init_path)
{
    char *init;
    size_t init_bytes;
    TRY(file_read(r->arena, init_path, 1 << 20, &init, &init_bytes));
    if (g->segments == 0) {
        if (ftruncate(fd, 0))
            return err_errno(errno, "cutting a stream file");
        TRY(fd_pwrite_all(fd, init, init_bytes, 0));
        g->init_bytes = g->size_bytes = (int64_t)init_bytes;
        return OK;
    }
    char *have = arena_alloc(r->arena, init_bytes + 1);
    if (g->init_bytes != (int64_t)init_bytes ||
        pread(fd, have, init_bytes, 0) != (ssize_t)init_bytes || memcmp(have, init, init_bytes))
        return FAIL(TASK_REFUSED, "two parts of the video were encoded differently");
    if (ftruncate(fd, g->size_bytes))
        return err_errno(errno, "cutting a stream file");
    return OK;
}

struct err rung_append(struct job_run *r, struct work *w, struct rung *g, const char *init_path,
                       const char *m4s_path, int64_t offset,
                       const struct segment_list *segments)
{
    if (segments->count == 0)
        return OK;
    struct rung grown = *g;
    int64_t bytes = 0;
    SCOPED_FD int to =
        open(work_file(r, w, g, "-fragmented.mp4"), O_RDWR | O_CREAT | O_CLOEXEC, 0644);
    SCOPED_FD int from = open(m4s_path, O_RDONLY | O_CLOEXEC);
    if (to < 0 || from < 0)
        return FAIL(TASK_FAILED, "a stream file cannot be opened");
    TRY(rung_prepare(r, to, &grown, init_path));
    for (size_t i = 0; i < segments->count; i++) {
        bytes += segments->items[i].bytes;
        grown.ready_us += segments->items[i].duration_us;
    }
    TRY(fd_copy_range(from, offset, to, grown.size_bytes, bytes));
    if (fdatasync(to))
        return err_errno(errno, "syncing a stream file");
    grown.size_bytes += bytes;
    grown.segments += (int64_t)segments->count;
    TRY(record_in_transaction(r, &grown, g->segments, segments_json(r->arena, segments)));
    *g = grown;
    return write_media_playlist(r, w, g, false);
}

struct err rung_complete(struct job_run *r, struct work *w, struct rung *g)
{
    TRY(write_media_playlist(r, w, g, true));
    TRY(db_begin(r->db));
    struct err e = db_rung_done(r->db, g->id);
    if (e.id) {
        db_rollback(r->db);
        return e;
    }
    TRY(db_commit(r->db));
    g->done = true;
    return OK;
}

/* --- master
 * -------------------------------------------------------------------------------------------
 */

static struct err variant_of(struct job_run *r, const struct rung *g, struct variant *out)
{
    struct segment_list segments;
    TRY(rung_segments(r, g, &segments));
    *out = (struct variant){
        .playlist = rung_file(r->arena, g, ".m3u8"),
        .codecs = g->codecs,
        .frame_rate = g->resolution ? g->frame_rate : NULL,
        .width = g->width,
        .height = g->height,
    };
    segments_rates(&segments, &out->peak_bps, &out->average_bps);
    return OK;
}

/* What the master says of captions; their own playlists are written where they are missing. */
static struct err subtitles_of(struct job_run *r, const struct work *w,
                               struct subtitle_list *out)
{
    struct caption_list list;
    TRY(video_captions(r->db, r->arena, w->video.id, &list));
    out->items = arena_alloc(r->arena, (list.count + 1) * sizeof *out->items);
    for (out->count = 0; out->count < list.count; out->count++) {
        const struct caption *c = &list.items[out->count];
        const char *name = caption_file(r->arena, c, ".m3u8");
        out->items[out->count] = (struct subtitle){name, c->language, caption_label(c)};
        const char *path =
            storage_hls_file(r->app->storage, r->arena, w->video.uuid, w->is_private, name);
        struct strbuf text = STRBUF_IN(r->arena);
        playlist_captions(&text, caption_file(r->arena, c, ".vtt"),
                          w->video.duration_ms * 1000);
        if (!path_exists(path))
            TRY(file_replace(path, text.text, text.length, true));
    }
    return OK;
}

/* What the plan says of a sound track. */
static const json_t *track_of(const struct work *w, const char *name)
{
    json_t *more = json_object_get(w->plan, "more_audio"), *one;
    size_t i;
    json_array_foreach (more, i, one) {
        const char *own = json_string_value(json_object_get(one, "name"));
        if (own && strcmp(own, name) == 0)
            return one;
    }
    return json_object_get(w->plan, "audio");
}

static bool label_taken(const struct sound_list *list, const char *label)
{
    for (size_t i = 0; i < list->count; i++)
        if (strcmp(list->items[i].label, label) == 0)
            return true;
    return false;
}

/* The track's own title, its language, or a number; no two alike, as players go by it. */
static const char *sound_label(struct arena *a, const struct sound_list *before,
                               const json_t *track, const char *language)
{
    char *label = arena_strdup(a, "Audio");
    const char *title = json_string_value(json_object_get(track, "title"));
    if (title && *title && strlen(title) <= 100)
        label = arena_strdup(a, title);
    else if (language)
        label = arena_strdup(a, language_text(language));
    for (char *p = label; *p; p++)
        if (*p == '"' || (unsigned char)*p < ' ')
            *p = '\'';
    const char *unlike = label;
    for (int n = 2; label_taken(before, unlike); n++)
        unlike = arena_printf(a, "%s (%d)", label, n);
    return unlike;
}

/* The main sound as soon as it plays; others once they are whole, so that nobody who changes to
 * one meets its end. */
static struct err sounds_of(struct job_run *r, const struct work *w, struct sound_list *out)
{
    out->items = arena_alloc(r->arena, (w->rungs.count + 1) * sizeof *out->items);
    out->count = 0;
    for (size_t i = 0; i < w->rungs.count; i++) {
        const struct rung *g = &w->rungs.items[i];
        bool main_one = strcmp(g->name, "0") == 0;
        if (g->resolution || g->segments == 0 || (!main_one && !g->done))
            continue;
        const json_t *track = track_of(w, g->name);
        struct variant v;
        TRY(variant_of(r, g, &v));
        v.language = language_short(json_string_value(json_object_get(track, "language")));
        v.label = sound_label(r->arena, out, track, v.language);
        out->items[out->count++] = v;
    }
    return OK;
}

static struct err playable(struct job_run *r, struct work *w, bool *changed)
{
    TRY(db_making_playable(r->db, w->video.id, now_ms(), changed));
    return *changed ? outbox_video_changed(r->db, r->arena, w->video.id) : OK;
}

static struct err playable_in_transaction(struct job_run *r, struct work *w, bool *changed)
{
    DB_TRANSACTION(r->db, playable(r, w, changed));
    return OK;
}

struct err work_publish(struct job_run *r, struct work *w, bool durable)
{
    TRY(work_reload_rungs(r, w));
    bool any_done = false, pictures = false, sound_missing = false;
    for (size_t i = 0; i < w->rungs.count; i++) {
        const struct rung *g = &w->rungs.items[i];
        pictures |= g->resolution > 0;
        any_done |= g->resolution && g->done && !is_second_codec(g);
        sound_missing |= strcmp(g->name, "0") == 0 && g->segments == 0;
    }
    struct variant *variants = arena_alloc(r->arena, (w->rungs.count + 1) * sizeof *variants);
    size_t count = 0;
    /* A rung that is wholly there is safe to switch to; while none is, offer what grows. */
    for (size_t i = w->rungs.count; i-- > 0;) {
        const struct rung *g = &w->rungs.items[i];
        if (g->resolution && g->segments && !is_second_codec(g) && (!any_done || g->done))
            TRY(variant_of(r, g, &variants[count++]));
    }
    for (size_t i = w->rungs.count; any_done && i-- > 0;) {
        const struct rung *g = &w->rungs.items[i];
        if (is_second_codec(g) && g->done)
            TRY(variant_of(r, g, &variants[count++]));
    }
    struct sound_list sounds;
    TRY(sounds_of(r, w, &sounds));
    if (sound_missing || (count == 0 && (pictures || !sounds.count)))
        return OK;
    struct strbuf text = STRBUF_IN(r->arena);
    struct subtitle_list subtitles;
    TRY(subtitles_of(r, w, &subtitles));
    playlist_master(&text, variants, count, &sounds, &subtitles);
    const char *path = storage_hls_file(r->app->storage, r->arena, w->video.uuid, w->is_private,
                                        w->video.master_name);
    TRY(file_replace(path, text.text, text.length, durable));

    bool changed = false;
    TRY(playable_in_transaction(r, w, &changed));
    if (changed)
        log_info("video_playable", "video=%lld", (long long)w->video.id);
    progress_publish(r->app->progress, r->db, w->video.id);
    return OK;
}

/* --- ends
 * -----------------------------------------------------------------------------------------------
 */

static struct err insert_finish(struct job_run *r)
{
    return db_job_insert(r->db, &(struct job_new){.kind = "finish",
                                                  .lane = LANE_QUICK,
                                                  .video_id = r->job.video_id,
                                                  .priority = PRIORITY_FINISH});
}

static struct err step_done(struct job_run *r, const char *result)
{
    int64_t open_jobs;
    TRY(db_job_done(r->db, r->job.id, result, now_ms()));
    TRY(db_jobs_of_video_open(r->db, r->job.video_id, r->job.id, &open_jobs));
    return open_jobs ? OK : insert_finish(r);
}

struct err work_step_done(struct job_run *r, const char *result)
{
    DB_TRANSACTION(r->db, step_done(r, result));
    return OK;
}

static struct err fail(struct job_run *r, const char *reason)
{
    struct rung_list rungs;
    bool something_done = false;
    TRY(db_job_failed(r->db, r->job.id, reason, now_ms()));
    TRY(db_jobs_of_video_cancel(r->db, r->job.video_id, reason, now_ms()));
    TRY(db_rungs_of_video(r->db, r->arena, r->job.video_id, &rungs));
    for (size_t i = 0; i < rungs.count; i++)
        something_done |=
            rungs.items[i].done && (rungs.items[i].resolution || rungs.count == 1);
    TRY(db_making_failed(r->db, r->job.video_id, reason, now_ms()));
    if (!something_done || strcmp(r->job.kind, "finish") == 0)
        return OK;
    /* What is whole is kept and published, with the reason as a note to the owner. */
    return insert_finish(r);
}

struct err work_fail(struct job_run *r, struct err why)
{
    DB_TRANSACTION(r->db, fail(r, why.detail));
    progress_publish(r->app->progress, r->db, r->job.video_id);
    return OK;
}
