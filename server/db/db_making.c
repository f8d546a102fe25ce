/* db_making.c — see db_making.h. */
#include "server/db/db_making.h"

#include "server/domain/publish.h"

struct err db_video_insert(struct db *db, const struct video_new *v, const char *uuid,
                           const char *master_name, const char *sha256_name, int64_t now,
                           int64_t *id)
{
    SCOPED_STMT struct stmt *st = stmt_get(db, SQL_VIDEO_INSERT);
    stmt_text(st, ":uuid", uuid);
    stmt_int(st, ":channel_id", v->channel_id);
    stmt_text(st, ":name", v->name);
    stmt_text(st, ":description", v->description);
    stmt_text(st, ":support", v->support);
    stmt_int(st, ":category", v->category);
    stmt_int(st, ":licence", v->licence);
    stmt_text(st, ":language", v->language);
    stmt_int(st, ":privacy", v->privacy);
    stmt_int(st, ":nsfw", v->nsfw);
    stmt_int(st, ":nsfw_flags", v->nsfw_flags);
    stmt_text(st, ":nsfw_summary", v->nsfw_summary);
    stmt_text(st, ":tags", v->tags_json ? v->tags_json : "[]");
    stmt_int(st, ":comments_policy", v->comments_policy);
    stmt_int(st, ":download_enabled", v->download_enabled);
    stmt_int(st, ":wait_transcoding", v->wait_transcoding);
    stmt_text(st, ":source_name", v->source_name);
    stmt_int(st, ":source_bytes", v->source_bytes);
    stmt_text(st, ":master_name", master_name);
    stmt_text(st, ":sha256_name", sha256_name);
    stmt_int(st, ":originally_published_ms", v->originally_published_ms);
    stmt_int(st, ":now_ms", now);
    TRY(stmt_run(st));
    *id = db_last_id(db);
    return OK;
}

struct err db_user_used_add(struct db *db, int64_t user_id, int64_t bytes)
{
    SCOPED_STMT struct stmt *st = stmt_get(db, SQL_USER_USED_ADD);
    stmt_int(st, ":user_id", user_id);
    stmt_int(st, ":bytes", bytes);
    return stmt_run(st);
}

struct err db_upload_finished(struct db *db, const char *id, int64_t video_id, int64_t now)
{
    SCOPED_STMT struct stmt *st = stmt_get(db, SQL_UPLOAD_FINISHED);
    stmt_text(st, ":id", id);
    stmt_int(st, ":video_id", video_id);
    stmt_int(st, ":now_ms", now);
    return stmt_run(st);
}

struct err db_making_get(struct db *db, struct arena *a, int64_t id, struct making *out)
{
    SCOPED_STMT struct stmt *st = stmt_get(db, SQL_MAKING_GET);
    stmt_int(st, ":id", id);
    bool found = stmt_row(st);
    if (found) {
        *out = (struct making){
            .id = id,
            .uuid = col_text(st, a, 0),
            .state = (int)col_int(st, 1),
            .privacy = (int)col_int(st, 2),
            .wait_transcoding = col_int(st, 3) != 0,
            .playable = col_int(st, 4) != 0,
            .duration_ms = col_int(st, 5),
            .plan = col_text(st, a, 6),
            .probe = col_text(st, a, 7),
            .master_name = col_text(st, a, 8),
            .sha256_name = col_text(st, a, 9),
            .width = (int)col_int(st, 10),
            .height = (int)col_int(st, 11),
            .reason = col_text(st, a, 12),
            .name = col_text(st, a, 13),
            .language = col_text(st, a, 14),
        };
    }
    TRY(stmt_run(st));
    return found ? OK : FAIL(VIDEO_NOT_FOUND, "the video is gone");
}

struct err db_making_probed(struct db *db, int64_t id, const char *probe, int64_t duration_ms,
                            int width, int height)
{
    SCOPED_STMT struct stmt *st = stmt_get(db, SQL_MAKING_PROBED);
    stmt_int(st, ":id", id);
    stmt_text(st, ":probe", probe);
    stmt_int(st, ":duration_ms", duration_ms);
    stmt_int(st, ":width", width);
    stmt_int(st, ":height", height);
    return stmt_run(st);
}

struct err db_making_planned(struct db *db, int64_t id, const char *plan)
{
    SCOPED_STMT struct stmt *st = stmt_get(db, SQL_MAKING_PLANNED);
    stmt_int(st, ":id", id);
    stmt_text(st, ":plan", plan);
    return stmt_run(st);
}

struct err db_making_playable(struct db *db, int64_t id, int64_t now, bool *changed)
{
    SCOPED_STMT struct stmt *st = stmt_get(db, SQL_MAKING_PLAYABLE);
    stmt_int(st, ":id", id);
    stmt_int(st, ":now_ms", now);
    TRY(stmt_run(st));
    *changed = stmt_changes(st) > 0;
    return OK;
}

struct err db_making_published(struct db *db, int64_t id, int64_t now)
{
    SCOPED_STMT struct stmt *st = stmt_get(db, SQL_MAKING_PUBLISHED);
    stmt_int(st, ":id", id);
    stmt_int(st, ":now_ms", now);
    return stmt_run(st);
}

struct err db_making_failed(struct db *db, int64_t id, const char *reason, int64_t now)
{
    SCOPED_STMT struct stmt *st = stmt_get(db, SQL_MAKING_FAILED);
    stmt_int(st, ":id", id);
    stmt_text(st, ":reason", reason);
    stmt_int(st, ":now_ms", now);
    return stmt_run(st);
}

struct err db_making_noted(struct db *db, int64_t id, const char *reason)
{
    SCOPED_STMT struct stmt *st = stmt_get(db, SQL_MAKING_NOTED);
    stmt_int(st, ":id", id);
    stmt_text(st, ":reason", reason);
    return stmt_run(st);
}

static struct err run_with_id(struct db *db, enum sql_id block, const char *name, int64_t id)
{
    SCOPED_STMT struct stmt *st = stmt_get(db, block);
    stmt_int(st, name, id);
    return stmt_run(st);
}

struct err db_making_reset(struct db *db, int64_t id, int64_t except_job)
{
    TRY(run_with_id(db, SQL_MAKING_RESET, ":video_id", id));
    TRY(run_with_id(db, SQL_MAKING_RESET_VIDEO, ":id", id));
    SCOPED_STMT struct stmt *st = stmt_get(db, SQL_MAKING_RESET_JOBS);
    stmt_int(st, ":video_id", id);
    stmt_int(st, ":except_id", except_job);
    return stmt_run(st);
}

struct err db_rung_insert(struct db *db, int64_t video_id, const struct rung *r)
{
    SCOPED_STMT struct stmt *st = stmt_get(db, SQL_RUNG_INSERT);
    stmt_int(st, ":video_id", video_id);
    stmt_text(st, ":name", r->name);
    stmt_text(st, ":file_uuid", r->file_uuid);
    stmt_int(st, ":resolution", r->resolution);
    stmt_int(st, ":width", r->width);
    stmt_int(st, ":height", r->height);
    stmt_int(st, ":fps", r->fps);
    stmt_text(st, ":frame_rate", r->frame_rate);
    return stmt_run(st);
}

struct err db_rungs_of_video(struct db *db, struct arena *a, int64_t video_id,
                             struct rung_list *out)
{
    SCOPED_STMT struct stmt *st = stmt_get(db, SQL_RUNGS_OF_VIDEO);
    stmt_int(st, ":video_id", video_id);
    *out = (struct rung_list){0};
    while (stmt_row(st)) {
        out->items = arena_grow(a, out->items, out->count, &out->capacity, sizeof *out->items);
        out->items[out->count++] = (struct rung){
            .id = col_int(st, 0),
            .name = col_text(st, a, 1),
            .file_uuid = col_text(st, a, 2),
            .resolution = (int)col_int(st, 3),
            .width = (int)col_int(st, 4),
            .height = (int)col_int(st, 5),
            .fps = (int)col_int(st, 6),
            .frame_rate = col_text(st, a, 7),
            .codecs = col_text(st, a, 8),
            .init_bytes = col_int(st, 9),
            .size_bytes = col_int(st, 10),
            .segments = col_int(st, 11),
            .ready_us = col_int(st, 12),
            .done = col_int(st, 13) != 0,
        };
    }
    return stmt_done(st);
}

struct err db_rung_grown(struct db *db, const struct rung *r)
{
    SCOPED_STMT struct stmt *st = stmt_get(db, SQL_RUNG_GROWN);
    stmt_int(st, ":id", r->id);
    stmt_text(st, ":codecs", r->codecs);
    stmt_int(st, ":init_bytes", r->init_bytes);
    stmt_int(st, ":size_bytes", r->size_bytes);
    stmt_int(st, ":segments", r->segments);
    stmt_int(st, ":ready_us", r->ready_us);
    TRY(stmt_run(st));
    return stmt_changes(st) ? OK : FAIL(VIDEO_NOT_FOUND, "the video is gone");
}

struct err db_rung_done(struct db *db, int64_t id)
{
    return run_with_id(db, SQL_RUNG_DONE, ":id", id);
}

struct err db_rung_drop(struct db *db, int64_t id)
{
    return run_with_id(db, SQL_RUNG_DROP, ":id", id);
}

struct err db_part_insert(struct db *db, int64_t rung_id, int64_t first, const char *segments)
{
    SCOPED_STMT struct stmt *st = stmt_get(db, SQL_PART_INSERT);
    stmt_int(st, ":rung_id", rung_id);
    stmt_int(st, ":first", first);
    stmt_text(st, ":segments", segments);
    return stmt_run(st);
}

struct err db_parts_of_rung(struct db *db, struct arena *a, int64_t rung_id, struct part **out)
{
    SCOPED_STMT struct stmt *st = stmt_get(db, SQL_PARTS_OF_RUNG);
    stmt_int(st, ":rung_id", rung_id);
    for (*out = NULL; stmt_row(st); out = &(*out)->next) {
        *out = arena_alloc(a, sizeof **out);
        **out = (struct part){.first = col_int(st, 0), .segments = col_text(st, a, 1)};
    }
    return stmt_done(st);
}

struct err db_trash_put(struct db *db, const char *path)
{
    SCOPED_STMT struct stmt *st = stmt_get(db, SQL_TRASH_PUT);
    stmt_text(st, ":path", path);
    return stmt_run(st);
}

struct err db_video_exists(struct db *db, const char *uuid, bool *exists)
{
    SCOPED_STMT struct stmt *st = stmt_get(db, SQL_VIDEO_EXISTS);
    stmt_text(st, ":uuid", uuid);
    *exists = stmt_row(st);
    return stmt_run(st);
}

struct err db_task_folder_needed(struct db *db, int64_t job_id, bool *needed)
{
    SCOPED_STMT struct stmt *st = stmt_get(db, SQL_TASK_FOLDER_NEEDED);
    stmt_int(st, ":job_id", job_id);
    *needed = stmt_row(st);
    return stmt_run(st);
}
