/* db_worker.c — see db_worker.h. */
#include "server/db/db_worker.h"

static void worker_columns(struct stmt *st, struct arena *a, struct worker *out)
{
    *out = (struct worker){
        .id = col_int(st, 0),
        .name = col_text(st, a, 1),
        .created_ms = col_int(st, 2),
        .updated_ms = col_int(st, 3),
        .seen_ms = col_int(st, 4),
        .address = col_text(st, a, 5),
        .build = col_text(st, a, 6),
        .tasks_done = col_int(st, 7),
        .tasks_failed = col_int(st, 8),
        .work_ms = col_int(st, 9),
    };
}

struct err db_worker_insert(struct db *db, const char *name, const char *token_hash,
                            int64_t now, int64_t *id)
{
    SCOPED_STMT struct stmt *st = stmt_get(db, SQL_WORKER_INSERT);
    stmt_text(st, ":name", name);
    stmt_text(st, ":token_hash", token_hash);
    stmt_int(st, ":now_ms", now);
    TRY(stmt_run(st));
    *id = db_last_id(db);
    return OK;
}

struct err db_worker_by_token(struct db *db, struct arena *a, const char *token_hash,
                              struct worker *out, bool *found)
{
    SCOPED_STMT struct stmt *st = stmt_get(db, SQL_WORKER_BY_TOKEN);
    stmt_text(st, ":token_hash", token_hash);
    if ((*found = stmt_row(st)))
        worker_columns(st, a, out);
    return stmt_done(st);
}

struct err db_worker_by_id(struct db *db, struct arena *a, int64_t id, struct worker *out,
                           bool *found)
{
    SCOPED_STMT struct stmt *st = stmt_get(db, SQL_WORKER_BY_ID);
    stmt_int(st, ":id", id);
    if ((*found = stmt_row(st)))
        worker_columns(st, a, out);
    return stmt_done(st);
}

struct err db_workers_page(struct db *db, struct arena *a, int64_t start, int64_t count,
                           struct worker_list *out)
{
    SCOPED_STMT struct stmt *st = stmt_get(db, SQL_WORKERS_PAGE);
    stmt_int(st, ":start", start);
    stmt_int(st, ":count", count);
    *out = (struct worker_list){0};
    while (stmt_row(st)) {
        out->items = arena_grow(a, out->items, out->count, &out->capacity, sizeof *out->items);
        worker_columns(st, a, &out->items[out->count++]);
    }
    return stmt_done(st);
}

struct err db_workers_count(struct db *db, int64_t *count)
{
    SCOPED_STMT struct stmt *st = stmt_get(db, SQL_WORKERS_COUNT);
    *count = stmt_row(st) ? col_int(st, 0) : 0;
    return stmt_run(st);
}

struct err db_worker_rename(struct db *db, int64_t id, const char *name, int64_t now)
{
    SCOPED_STMT struct stmt *st = stmt_get(db, SQL_WORKER_RENAME);
    stmt_int(st, ":id", id);
    stmt_text(st, ":name", name);
    stmt_int(st, ":now_ms", now);
    return stmt_run(st);
}

struct err db_worker_seen(struct db *db, int64_t id, int64_t now, const char *address,
                          const char *build)
{
    SCOPED_STMT struct stmt *st = stmt_get(db, SQL_WORKER_SEEN);
    stmt_int(st, ":id", id);
    stmt_int(st, ":now_ms", now);
    stmt_text(st, ":address", address);
    stmt_text(st, ":build", build);
    return stmt_run(st);
}

struct err db_worker_counted(struct db *db, int64_t id, bool done, int64_t work_ms)
{
    SCOPED_STMT struct stmt *st = stmt_get(db, SQL_WORKER_COUNTED);
    stmt_int(st, ":id", id);
    stmt_int(st, ":done", done);
    stmt_int(st, ":failed", !done);
    stmt_int(st, ":work_ms", done ? work_ms : 0);
    return stmt_run(st);
}

struct err db_worker_delete(struct db *db, int64_t id)
{
    SCOPED_STMT struct stmt *st = stmt_get(db, SQL_WORKER_DELETE);
    stmt_int(st, ":id", id);
    return stmt_run(st);
}

struct err db_worker_running(struct db *db, const char *prefix, int64_t *count)
{
    SCOPED_STMT struct stmt *st = stmt_get(db, SQL_WORKER_RUNNING);
    stmt_text(st, ":prefix", prefix);
    *count = stmt_row(st) ? col_int(st, 0) : 0;
    return stmt_run(st);
}

struct err db_job_by_owner(struct db *db, struct arena *a, const char *owner, struct job *out,
                           bool *found)
{
    SCOPED_STMT struct stmt *st = stmt_get(db, SQL_JOB_BY_OWNER);
    stmt_text(st, ":owner", owner);
    if ((*found = stmt_row(st)))
        *out = (struct job){
            .id = col_int(st, 0),
            .kind = col_text(st, a, 1),
            .video_id = col_int(st, 2),
            .payload = col_text(st, a, 3),
            .attempts = (int)col_int(st, 4),
        };
    return stmt_done(st);
}

struct err db_job_lease_extend(struct db *db, int64_t id, const char *owner, int64_t until_ms,
                               bool *held)
{
    SCOPED_STMT struct stmt *st = stmt_get(db, SQL_JOB_LEASE_EXTEND);
    stmt_int(st, ":id", id);
    stmt_text(st, ":owner", owner);
    stmt_int(st, ":until_ms", until_ms);
    TRY(stmt_run(st));
    *held = stmt_changes(st) > 0;
    return OK;
}

struct err db_jobs_lease_shorten(struct db *db, int64_t until_ms)
{
    SCOPED_STMT struct stmt *st = stmt_get(db, SQL_JOBS_LEASE_SHORTEN);
    stmt_int(st, ":until_ms", until_ms);
    return stmt_run(st);
}

struct err db_jobs_expired(struct db *db, int64_t now, bool *some)
{
    SCOPED_STMT struct stmt *st = stmt_get(db, SQL_JOBS_EXPIRED);
    stmt_int(st, ":now_ms", now);
    *some = stmt_row(st) && col_int(st, 0) > 0;
    return stmt_run(st);
}
