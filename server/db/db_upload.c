/* db_upload.c — see db_upload.h. */
#include "server/db/db_upload.h"

#include "server/domain/upload.h"

static void upload_columns(struct stmt *st, struct arena *a, struct upload *out)
{
    *out = (struct upload){
        .id = col_text(st, a, 0),
        .user_id = col_int(st, 1),
        .size_bytes = col_int(st, 2),
        .metadata = col_text(st, a, 3),
        .video_id = col_int(st, 4),
        .touched_ms = col_int(st, 5),
    };
}

struct err db_upload_insert(struct db *db, const struct upload *u, const char *identity,
                            int64_t now)
{
    SCOPED_STMT struct stmt *st = stmt_get(db, SQL_UPLOAD_INSERT);
    stmt_text(st, ":id", u->id);
    stmt_int(st, ":user_id", u->user_id);
    stmt_text(st, ":identity", identity);
    stmt_int(st, ":size_bytes", u->size_bytes);
    stmt_text(st, ":metadata", u->metadata);
    stmt_int(st, ":now_ms", now);
    return stmt_run(st);
}

struct err db_upload_get(struct db *db, struct arena *a, const char *id, struct upload *out,
                         bool *found)
{
    SCOPED_STMT struct stmt *st = stmt_get(db, SQL_UPLOAD_GET);
    stmt_text(st, ":id", id);
    *found = stmt_row(st);
    if (*found)
        upload_columns(st, a, out);
    return stmt_done(st);
}

struct err db_upload_by_identity(struct db *db, struct arena *a, int64_t user_id,
                                 const char *identity, struct upload *out, bool *found)
{
    SCOPED_STMT struct stmt *st = stmt_get(db, SQL_UPLOAD_BY_IDENTITY);
    stmt_int(st, ":user_id", user_id);
    stmt_text(st, ":identity", identity);
    *found = stmt_row(st);
    if (*found)
        upload_columns(st, a, out);
    return stmt_done(st);
}

struct err db_upload_again(struct db *db, const char *id, const char *metadata, int64_t now)
{
    SCOPED_STMT struct stmt *st = stmt_get(db, SQL_UPLOAD_AGAIN);
    stmt_text(st, ":id", id);
    stmt_text(st, ":metadata", metadata);
    stmt_int(st, ":now_ms", now);
    return stmt_run(st);
}

struct err db_upload_touch(struct db *db, const char *id, int64_t now)
{
    SCOPED_STMT struct stmt *st = stmt_get(db, SQL_UPLOAD_TOUCH);
    stmt_text(st, ":id", id);
    stmt_int(st, ":now_ms", now);
    return stmt_run(st);
}

struct err db_upload_delete(struct db *db, const char *id)
{
    SCOPED_STMT struct stmt *st = stmt_get(db, SQL_UPLOAD_DELETE);
    stmt_text(st, ":id", id);
    return stmt_run(st);
}

struct err db_uploads_untouched(struct db *db, struct arena *a, int64_t before_ms,
                                const char **ids, size_t room, size_t *count)
{
    SCOPED_STMT struct stmt *st = stmt_get(db, SQL_UPLOADS_UNTOUCHED);
    stmt_int(st, ":before_ms", before_ms);
    stmt_int(st, ":limit", (int64_t)room);
    *count = 0;
    while (stmt_row(st) && *count < room)
        ids[(*count)++] = col_text(st, a, 0);
    return stmt_done(st);
}

struct err db_upload_delete_untouched(struct db *db, const char *id, int64_t before_ms,
                                      bool *deleted)
{
    SCOPED_STMT struct stmt *st = stmt_get(db, SQL_UPLOAD_DELETE_UNTOUCHED);
    stmt_text(st, ":id", id);
    stmt_int(st, ":before_ms", before_ms);
    struct err e = stmt_run(st);
    *deleted = !e.id && stmt_changes(st) > 0;
    return e;
}

struct err db_upload_video_uuid(struct db *db, struct arena *a, int64_t video_id,
                                const char **uuid)
{
    SCOPED_STMT struct stmt *st = stmt_get(db, SQL_UPLOAD_VIDEO_IDS);
    stmt_int(st, ":video_id", video_id);
    *uuid = stmt_row(st) ? col_text(st, a, 0) : NULL;
    return stmt_done(st);
}

struct err db_jobs_ended_delete(struct db *db, int64_t before_ms, int limit, int64_t *deleted)
{
    SCOPED_STMT struct stmt *st = stmt_get(db, SQL_JOBS_ENDED_DELETE);
    stmt_int(st, ":before_ms", before_ms);
    stmt_int(st, ":limit", limit);
    struct err e = stmt_run(st);
    *deleted = e.id ? 0 : stmt_changes(st);
    return e;
}
