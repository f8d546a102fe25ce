/* db_early.c — see db_early.h. */
#include "server/db/db_early.h"

struct err db_early_insert(struct db *db, const char *upload_id)
{
    SCOPED_STMT struct stmt *st = stmt_get(db, SQL_EARLY_INSERT);
    stmt_text(st, ":upload_id", upload_id);
    return stmt_run(st);
}

static void early_columns(struct stmt *st, struct arena *a, struct early *out)
{
    *out = (struct early){
        .generation = col_int(st, 0),
        .probed_bytes = col_int(st, 1),
        .next = col_int(st, 2),
        .probe = col_text(st, a, 3),
        .plan = col_text(st, a, 4),
    };
}

struct err db_early_get(struct db *db, struct arena *a, const char *upload_id,
                        struct early *out, bool *found)
{
    SCOPED_STMT struct stmt *st = stmt_get(db, SQL_EARLY_GET);
    stmt_text(st, ":upload_id", upload_id);
    if ((*found = stmt_row(st))) {
        early_columns(st, a, out);
        out->upload_id = upload_id;
    }
    return stmt_done(st);
}

struct err db_early_of_video(struct db *db, struct arena *a, int64_t video_id,
                             struct early *out, bool *found)
{
    SCOPED_STMT struct stmt *st = stmt_get(db, SQL_EARLY_OF_VIDEO);
    stmt_int(st, ":video_id", video_id);
    if ((*found = stmt_row(st))) {
        early_columns(st, a, out);
        out->upload_id = col_text(st, a, 5);
    }
    return stmt_done(st);
}

struct err db_early_looked_at(struct db *db, const struct early *e)
{
    SCOPED_STMT struct stmt *st = stmt_get(db, SQL_EARLY_LOOKED_AT);
    stmt_text(st, ":upload_id", e->upload_id);
    stmt_int(st, ":generation", e->generation);
    stmt_int(st, ":probed_bytes", e->probed_bytes);
    stmt_text(st, ":probe", e->probe);
    stmt_text(st, ":plan", e->plan);
    return stmt_run(st);
}

struct err db_early_forget(struct db *db, const char *upload_id)
{
    SCOPED_STMT struct stmt *st = stmt_get(db, SQL_EARLY_FORGET);
    stmt_text(st, ":upload_id", upload_id);
    return stmt_run(st);
}

struct err db_early_chunks_forget(struct db *db, const char *upload_id)
{
    SCOPED_STMT struct stmt *st = stmt_get(db, SQL_EARLY_CHUNKS_FORGET);
    stmt_text(st, ":upload_id", upload_id);
    return stmt_run(st);
}

struct err db_early_chunk_put(struct db *db, const struct early *e, int64_t chunk,
                              const char *result, bool *kept)
{
    SCOPED_STMT struct stmt *st = stmt_get(db, SQL_EARLY_CHUNK_PUT);
    stmt_text(st, ":upload_id", e->upload_id);
    stmt_int(st, ":generation", e->generation);
    stmt_int(st, ":chunk", chunk);
    stmt_text(st, ":result", result);
    TRY(stmt_run(st));
    *kept = stmt_changes(st) > 0;
    return OK;
}

struct err db_early_next(struct db *db, const struct early *e, int64_t next)
{
    SCOPED_STMT struct stmt *st = stmt_get(db, SQL_EARLY_NEXT);
    stmt_text(st, ":upload_id", e->upload_id);
    stmt_int(st, ":generation", e->generation);
    stmt_int(st, ":next", next);
    return stmt_run(st);
}

struct err db_early_chunks(struct db *db, struct arena *a, const char *upload_id,
                           struct early_chunk **out)
{
    SCOPED_STMT struct stmt *st = stmt_get(db, SQL_EARLY_CHUNKS);
    stmt_text(st, ":upload_id", upload_id);
    for (*out = NULL; stmt_row(st); out = &(*out)->next) {
        *out = arena_alloc(a, sizeof **out);
        **out = (struct early_chunk){
            .chunk = col_int(st, 0),
            .generation = col_int(st, 1),
            .result = col_text(st, a, 2),
        };
    }
    return stmt_done(st);
}

struct err db_early_delete(struct db *db, const char *upload_id)
{
    SCOPED_STMT struct stmt *st = stmt_get(db, SQL_EARLY_DELETE);
    stmt_text(st, ":upload_id", upload_id);
    return stmt_run(st);
}

struct err db_job_insert_done(struct db *db, const struct job_new *job, const char *result,
                              int64_t now, int64_t *id)
{
    SCOPED_STMT struct stmt *st = stmt_get(db, SQL_JOB_INSERT_DONE);
    stmt_text(st, ":kind", job->kind);
    stmt_int(st, ":lane", job->lane);
    stmt_int(st, ":video_id", job->video_id);
    stmt_text(st, ":payload", job->payload);
    stmt_text(st, ":result", result);
    stmt_int(st, ":priority", job->priority);
    stmt_int(st, ":now_ms", now);
    TRY(stmt_run(st));
    *id = db_last_id(db);
    return OK;
}
