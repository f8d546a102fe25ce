/* finish.c — when every rung is there: the maps of the plain MP4s, final playlists and hashes;
 * the video is published and the uploaded file no longer needed. */
#include "server/jobs/making.h"

#include "base/child.h"
#include "base/clock.h"
#include "base/file.h"
#include "base/log.h"
#include "server/app.h"
#include "server/config.h"
#include "server/db/db_picture.h"
#include "server/domain/outbox.h"
#include "server/jobs/progress.h"
#include "server/storage/storage.h"

#include <string.h>

/* Rungs that never came to their end (a part of them failed for good) are dropped. */
static struct err drop_unfinished(struct job_run *r, struct work *w)
{
    for (size_t i = 0; i < w->rungs.count; i++) {
        struct rung *g = &w->rungs.items[i];
        if (g->done)
            continue;
        TRY(db_rung_drop(r->db, g->id));
        path_remove(work_file(r, w, g, "-fragmented.mp4"));
        path_remove(work_file(r, w, g, ".m3u8"));
    }
    return OK;
}

static struct err drop_in_transaction(struct job_run *r, struct work *w)
{
    DB_TRANSACTION(r->db, drop_unfinished(r, w));
    return work_reload_rungs(r, w);
}

static struct storyboard sheet_read(const json_t *made)
{
    const char *const names[] = {"start_s",          "count",        "total_width",
                                 "total_height",     "sprite_width", "sprite_height",
                                 "sprite_duration_s"};
    int n[7];
    for (int i = 0; i < 7; i++)
        n[i] = (int)json_integer_value(json_object_get(made, names[i]));
    return (struct storyboard){NULL, n[0], n[1], n[2], n[3], n[4], n[5], n[6]};
}

/* Their names begin as the master playlist's: as hard to guess, and the same when this runs
 * again. */
static struct err keep_storyboards(struct job_run *r, const struct work *w, const char *folder,
                                   json_t *list, struct storyboard_list *out)
{
    const struct storage *storage = r->app->storage;
    json_t *made;
    size_t i;
    *out = (struct storyboard_list){0};
    TRY(folder_make(storage_path(storage, r->arena, "storyboards")));
    json_array_foreach (list, i, made) {
        const char *from = json_string_value(json_object_get(made, "file"));
        if (!from || strchr(from, '/'))
            return FAIL(TASK_FAILED, "the transcoder named a picture oddly");
        const char *name = arena_printf(r->arena, "%.36s-%zu.jpg", w->video.master_name, i);
        TRY(file_rename_durable(
            arena_printf(r->arena, "%s/%s", folder, from),
            storage_path(storage, r->arena, arena_printf(r->arena, "storyboards/%s", name))));
        out->items =
            arena_grow(r->arena, out->items, out->count, &out->room, sizeof *out->items);
        struct storyboard *sheet = &out->items[out->count++];
        *sheet = sheet_read(made);
        sheet->file = name;
    }
    return OK;
}

static struct err make_maps(struct job_run *r, struct work *w, struct storyboard_list *boards)
{
    json_t *spec, *result, *rungs = json_array(), *audio = json_null();
    const char *folder;
    for (size_t i = 0; i < w->rungs.count; i++) {
        const struct rung *g = &w->rungs.items[i];
        json_t *one = json_pack("{s:s, s:s}", "name", g->name, "file",
                                work_file(r, w, g, "-fragmented.mp4"));
        if (g->resolution)
            json_array_append_new(rungs, one);
        else if (strcmp(g->name, "0") == 0)
            audio = one;
        else
            json_decref(one);
    }
    TRY(work_spec(r, w, "finish", &folder, &spec));
    json_object_set_new(spec, "rungs", rungs);
    json_object_set_new(spec, "audio", audio);
    TRY(child_run(r->child, r->arena, r->app->config->transcoder, spec, -1, NULL, &result,
                  NULL));
    arena_json(r->arena, result);
    for (size_t i = 0; i < w->rungs.count; i++) {
        const struct rung *g = &w->rungs.items[i];
        const char *made = arena_printf(r->arena, "%s/%s.map", folder, g->name);
        if (path_exists(made))
            TRY(file_rename_durable(made, work_file(r, w, g, ".map")));
    }
    TRY(keep_storyboards(r, w, folder, json_object_get(result, "storyboards"), boards));
    path_remove(folder);
    return OK;
}

static struct err write_hashes(struct job_run *r, struct work *w)
{
    struct strbuf text = STRBUF_IN(r->arena);
    strbuf_adds(&text, "{");
    for (size_t i = 0; i < w->rungs.count; i++) {
        const struct rung *g = &w->rungs.items[i];
        struct segment_list segments;
        TRY(rung_segments(r, g, &segments));
        strbuf_addf(&text, "%s\"%s-%d-fragmented.mp4\":", i ? "," : "", g->file_uuid,
                    g->resolution);
        playlist_sha256(&text, g->init_bytes, &segments);
    }
    strbuf_adds(&text, "}");
    return file_replace(storage_hls_file(r->app->storage, r->arena, w->video.uuid,
                                         w->is_private, w->video.sha256_name),
                        text.text, text.length, true);
}

static struct err finish_done(struct job_run *r, struct work *w,
                              const struct storyboard_list *boards)
{
    if (!r->app->config->keep_originals)
        TRY(db_trash_put(r->db, arena_printf(r->arena, "originals/%s", w->video.uuid)));
    TRY(db_sheets_drop(r->db, w->video.id));
    for (size_t i = 0; i < boards->count; i++)
        TRY(db_sheet_put(r->db, w->video.id, (int)i, &boards->items[i]));
    TRY(db_making_published(r->db, w->video.id, now_ms()));
    TRY(db_job_done(r->db, r->job.id, NULL, now_ms()));
    return outbox_video_changed(r->db, r->arena, w->video.id);
}

static struct err finish_locked(struct job_run *r, struct work *w)
{
    TRY(drop_in_transaction(r, w));
    bool pictures = false, sound = false;
    for (size_t i = 0; i < w->rungs.count; i++)
        *(w->rungs.items[i].resolution ? &pictures : &sound) = true;
    if (!pictures && !(sound && !json_array_size(json_object_get(w->plan, "rungs"))))
        return FAIL(TASK_REFUSED,
                    w->video.reason ? w->video.reason : "no stream could be made");
    struct storyboard_list boards;
    TRY(make_maps(r, w, &boards));
    TRY(write_hashes(r, w));
    for (size_t i = 0; i < w->rungs.count; i++)
        TRY(rung_complete(r, w, &w->rungs.items[i])); /* its playlist once more, durable */
    TRY(work_publish(r, w, true));
    DB_TRANSACTION(r->db, finish_done(r, w, &boards));
    return OK;
}

static struct err finish_run(struct job_run *r)
{
    struct work w;
    TRY(work_load(r, &w));
    TRY(making_lock(r, &w));
    struct err e = finish_locked(r, &w);
    making_unlock(&w);
    TRY(e);
    if (!r->app->config->keep_originals)
        path_remove(storage_original(r->app->storage, r->arena, w.video.uuid));
    log_info("video_published", "video=%lld", (long long)w.video.id);
    progress_publish(r->app->progress, r->db, w.video.id);
    return OK;
}

const struct job_kind job_finish = {"finish", finish_run, work_fail};
