/* db_incoming.c — see db_incoming.h. */
#include "server/db/db_incoming.h"

struct err db_incoming_put(struct db *db, const char *digest, int64_t signer_id,
                           const char *body, int64_t now, bool *fresh)
{
    SCOPED_STMT struct stmt *st = stmt_get(db, SQL_INCOMING_PUT);
    stmt_text(st, ":digest", digest);
    stmt_int(st, ":signer_id", signer_id);
    stmt_text(st, ":body", body);
    stmt_int(st, ":now_ms", now);
    TRY(stmt_run(st));
    *fresh = stmt_changes(st) > 0;
    return OK;
}

struct err db_incoming_due(struct db *db, struct arena *a, int64_t now, int lane, int count,
                           struct incoming **out)
{
    SCOPED_STMT struct stmt *st = stmt_get(db, SQL_INCOMING_DUE);
    stmt_int(st, ":now_ms", now);
    stmt_int(st, ":lane", lane);
    stmt_int(st, ":count", count);
    for (*out = NULL; stmt_row(st); out = &(*out)->next) {
        *out = arena_alloc(a, sizeof **out);
        **out = (struct incoming){
            .id = col_int(st, 0),
            .signer_id = col_int(st, 1),
            .body = col_text(st, a, 2),
            .attempts = (int)col_int(st, 3),
            .received_ms = col_int(st, 4),
        };
    }
    return stmt_done(st);
}

struct err db_incoming_next_due(struct db *db, int lane, int64_t *run_after_ms)
{
    SCOPED_STMT struct stmt *st = stmt_get(db, SQL_INCOMING_NEXT_DUE);
    stmt_int(st, ":lane", lane);
    *run_after_ms = INT64_MAX;
    if (stmt_row(st))
        *run_after_ms = col_int(st, 0);
    return stmt_run(st);
}

struct err db_incoming_body(struct db *db, struct arena *a, int64_t id, const char **body)
{
    SCOPED_STMT struct stmt *st = stmt_get(db, SQL_INCOMING_BODY);
    stmt_int(st, ":id", id);
    bool found = stmt_row(st);
    if (found)
        *body = col_text(st, a, 0);
    TRY(stmt_run(st));
    return found ? OK : FAIL(NOT_FOUND, "that letter is not kept any more");
}

struct err db_incoming_done(struct db *db, int64_t id, const char *note)
{
    SCOPED_STMT struct stmt *st = stmt_get(db, SQL_INCOMING_DONE);
    stmt_int(st, ":id", id);
    stmt_text(st, ":note", note);
    return stmt_run(st);
}

struct err db_incoming_again(struct db *db, int64_t id, int64_t run_after_ms, const char *note)
{
    SCOPED_STMT struct stmt *st = stmt_get(db, SQL_INCOMING_AGAIN);
    stmt_int(st, ":id", id);
    stmt_int(st, ":run_after_ms", run_after_ms);
    stmt_text(st, ":note", note);
    return stmt_run(st);
}

struct err db_incoming_purge(struct db *db, int64_t before_ms)
{
    SCOPED_STMT struct stmt *st = stmt_get(db, SQL_INCOMING_PURGE);
    stmt_int(st, ":before_ms", before_ms);
    return stmt_run(st);
}

struct err db_incoming_waiting(struct db *db, int64_t *count)
{
    SCOPED_STMT struct stmt *st = stmt_get(db, SQL_INCOMING_WAITING);
    *count = stmt_row(st) ? col_int(st, 0) : 0;
    return stmt_run(st);
}

struct err db_overtaken_put(struct db *db, const char *uri, int64_t now)
{
    SCOPED_STMT struct stmt *st = stmt_get(db, SQL_OVERTAKEN_PUT);
    stmt_text(st, ":uri", uri);
    stmt_int(st, ":now_ms", now);
    return stmt_run(st);
}

struct err db_overtaken_since(struct db *db, const char *uri, int64_t since_ms, bool *found)
{
    SCOPED_STMT struct stmt *st = stmt_get(db, SQL_OVERTAKEN_SINCE);
    stmt_text(st, ":uri", uri);
    stmt_int(st, ":since_ms", since_ms);
    *found = stmt_row(st);
    return stmt_run(st);
}

struct err db_overtaken_drop(struct db *db, const char *uri)
{
    SCOPED_STMT struct stmt *st = stmt_get(db, SQL_OVERTAKEN_DROP);
    stmt_text(st, ":uri", uri);
    return stmt_run(st);
}

struct err db_overtaken_purge(struct db *db, int64_t before_ms)
{
    SCOPED_STMT struct stmt *st = stmt_get(db, SQL_OVERTAKEN_PURGE);
    stmt_int(st, ":before_ms", before_ms);
    return stmt_run(st);
}
