/* db.c — one reader of the database: statements, columns, transactions. Group commit: writer.c.
 */
#include "server/db/db.h"
#include "server/db/writer.h"

#include "base/log.h"

#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct db {
    struct db_pool *pool;
    struct connection reader;
    int depth;     /* of nested begins; > 0: this thread holds the writer */
    bool poisoned; /* an inner transaction was rolled back: the outer one cannot commit */
};

static struct err sqlite_error(sqlite3 *handle, int rc)
{
    switch (rc & 0xff) {
    case SQLITE_FULL: return FAIL(DISK_FULL, "the disk is full");
    case SQLITE_CONSTRAINT:
        if (rc == SQLITE_CONSTRAINT_UNIQUE || rc == SQLITE_CONSTRAINT_PRIMARYKEY)
            return FAIL(CONFLICT, "there is one already");
        if (rc == SQLITE_CONSTRAINT_FOREIGNKEY) {
            log_info("reference_gone", "message=%s", LOG_QUOTE(sqlite3_errmsg(handle)));
            return FAIL(NOT_FOUND, "what this belongs to was deleted meanwhile");
        }
        break;
    default: break;
    }
    log_error("database_error", "code=%d message=%s", rc, LOG_QUOTE(sqlite3_errmsg(handle)));
    return FAIL(DATABASE, sqlite3_errstr(rc));
}

/* --- connections
 * ------------------------------------------------------------------------------ */

struct err connection_open(struct connection *c, const char *path, bool writable)
{
    int flags =
        SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_READWRITE | (writable ? SQLITE_OPEN_CREATE : 0);
    int rc = sqlite3_open_v2(path, &c->handle, flags, NULL);
    if (rc != SQLITE_OK) {
        log_error("database_open_failed", "path=%s message=%s", path, sqlite3_errstr(rc));
        return FAIL(DATABASE, "the database cannot be opened");
    }
    sqlite3_extended_result_codes(c->handle, 1);
    sqlite3_busy_timeout(c->handle, 10000);
    static const char *const writer_pragmas =
        "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON;"
        "PRAGMA wal_autocheckpoint = 2000; PRAGMA cache_size = -4000; PRAGMA temp_store = "
        "MEMORY;"
        "PRAGMA journal_size_limit = 67108864;";
    static const char *const reader_pragmas =
        "PRAGMA query_only = ON; PRAGMA cache_size = -2000; PRAGMA temp_store = MEMORY;"
        "PRAGMA mmap_size = 268435456;";
    return connection_exec(c, writable ? writer_pragmas : reader_pragmas);
}

void connection_close(struct connection *c)
{
    for (int i = 0; i < SQL_COUNT; i++)
        sqlite3_finalize(c->statements[i].handle);
    memset(c->statements, 0, sizeof c->statements);
    sqlite3_close(c->handle);
    c->handle = NULL;
}

struct err connection_exec(struct connection *c, const char *sql)
{
    int rc = sqlite3_exec(c->handle, sql, NULL, NULL, NULL);
    return rc == SQLITE_OK ? OK : sqlite_error(c->handle, rc);
}

struct err connection_prepare(struct connection *c, enum sql_id id)
{
    struct stmt *st = &c->statements[id];
    if (st->handle)
        return OK;
    st->connection = c;
    st->id = id;
    int rc = sqlite3_prepare_v3(c->handle, sql_blocks[id].text, -1, SQLITE_PREPARE_PERSISTENT,
                                &st->handle, NULL);
    if (rc == SQLITE_OK)
        return OK;
    log_error("sql_wrong", "block=%s message=%s", sql_blocks[id].name,
              LOG_QUOTE(sqlite3_errmsg(c->handle)));
    return FAIL(DATABASE, "a statement cannot be prepared");
}

/* --- one worker's view
 * ------------------------------------------------------------------------- */

struct err db_open(struct db_pool *pool, struct db **out)
{
    struct db *db = calloc(1, sizeof *db);
    if (!db)
        abort();
    db->pool = pool;
    struct err e = connection_open(&db->reader, writer_path(pool), false);
    if (e.id) {
        db_close(db);
        return e;
    }
    *out = db;
    return OK;
}

void db_close(struct db *db)
{
    if (!db)
        return;
    db_rollback(db);
    connection_close(&db->reader);
    free(db);
}

struct db_pool *db_pool_of(struct db *db)
{
    return db->pool;
}

struct err db_begin(struct db *db)
{
    if (db->depth++ > 0)
        return OK;
    db->poisoned = false;
    struct err e = writer_take(db->pool);
    if (e.id)
        db->depth = 0;
    return e;
}

struct err db_commit(struct db *db)
{
    if (db->depth > 1) {
        db->depth--;
        return db->poisoned ? FAIL(DATABASE, "an inner transaction was rolled back") : OK;
    }
    if (db->poisoned) {
        db_rollback(db);
        return FAIL(DATABASE, "an inner transaction was rolled back");
    }
    db->depth = 0;
    return writer_commit(db->pool);
}

void db_rollback(struct db *db)
{
    if (db->depth == 0)
        return;
    if (--db->depth > 0) {
        db->poisoned = true;
        return;
    }
    writer_rollback(db->pool);
}

struct err db_mark(struct db *db)
{
    return connection_exec(writer_connection(db->pool), "SAVEPOINT part");
}

struct err db_keep(struct db *db, bool *kept)
{
    *kept = !db->poisoned;
    return *kept ? connection_exec(writer_connection(db->pool), "RELEASE part") : db_undo(db);
}

struct err db_undo(struct db *db)
{
    db->poisoned = false;
    return connection_exec(writer_connection(db->pool), "ROLLBACK TO part; RELEASE part");
}

bool db_awaited(struct db *db)
{
    return writer_awaited(db->pool);
}

const char *db_like(struct arena *a, const char *words)
{
    char *out = arena_alloc(a, 2 * strlen(words) + 3), *p = out;
    *p++ = '%';
    for (; *words; words++) {
        if (strchr("%_!", *words))
            *p++ = '!';
        *p++ = *words;
    }
    *p++ = '%';
    return out;
}

int64_t db_last_id(struct db *db)
{
    return sqlite3_last_insert_rowid(writer_connection(db->pool)->handle);
}

/* --- statements
 * ---------------------------------------------------------------------------------- */

struct stmt *stmt_get(struct db *db, enum sql_id id)
{
    struct connection *c = db->depth ? writer_connection(db->pool) : &db->reader;
    struct stmt *st = &c->statements[id];
    st->error = connection_prepare(c, id);
    st->done = false;
    return st;
}

static int parameter(struct stmt *st, const char *name)
{
    if (st->error.id)
        return 0;
    int index = sqlite3_bind_parameter_index(st->handle, name);
    if (index == 0) {
        log_error("sql_parameter_unknown", "block=%s name=%s", sql_blocks[st->id].name, name);
        st->error = FAIL(DATABASE, "a statement has no such parameter");
    }
    return index;
}

static void bound(struct stmt *st, int rc)
{
    if (rc != SQLITE_OK && !st->error.id)
        st->error = sqlite_error(st->connection->handle, rc);
}

void stmt_int(struct stmt *st, const char *name, int64_t value)
{
    int index = parameter(st, name);
    if (index)
        bound(st, sqlite3_bind_int64(st->handle, index, value));
}

void stmt_text(struct stmt *st, const char *name, const char *value)
{
    int index = parameter(st, name);
    if (index)
        bound(st, sqlite3_bind_text(st->handle, index, value, -1, SQLITE_STATIC));
}

void stmt_null(struct stmt *st, const char *name)
{
    int index = parameter(st, name);
    if (index)
        bound(st, sqlite3_bind_null(st->handle, index));
}

bool stmt_row(struct stmt *st)
{
    if (st->error.id || st->done)
        return false;
    int rc = sqlite3_step(st->handle);
    if (rc == SQLITE_ROW)
        return true;
    st->done = true;
    if (rc != SQLITE_DONE)
        st->error = sqlite_error(st->connection->handle, rc);
    return false;
}

struct err stmt_done(struct stmt *st)
{
    return st->error;
}

struct err stmt_run(struct stmt *st)
{
    while (stmt_row(st))
        ;
    return st->error;
}

int64_t stmt_changes(struct stmt *st)
{
    return st->error.id ? 0 : sqlite3_changes64(st->connection->handle);
}

void stmt_release(struct stmt **st)
{
    if (!*st || !(*st)->handle)
        return;
    sqlite3_reset((*st)->handle);
    sqlite3_clear_bindings((*st)->handle);
}

int64_t col_int(struct stmt *st, int column)
{
    return sqlite3_column_int64(st->handle, column);
}

bool col_is_null(struct stmt *st, int column)
{
    return sqlite3_column_type(st->handle, column) == SQLITE_NULL;
}

const char *col_text(struct stmt *st, struct arena *a, int column)
{
    const char *text = (const char *)sqlite3_column_text(st->handle, column);
    if (!text)
        return NULL;
    return arena_strndup(a, text, (size_t)sqlite3_column_bytes(st->handle, column));
}

/* --- for operators and tests
 * ------------------------------------------------------------------------ */

struct err db_explain(struct db *db, struct arena *a, enum sql_id id, char **plan)
{
    sqlite3_stmt *st = NULL;
    char *sql = arena_printf(a, "EXPLAIN QUERY PLAN %s", sql_blocks[id].text);
    int rc = sqlite3_prepare_v2(db->reader.handle, sql, -1, &st, NULL);
    char *text = arena_strdup(a, "");
    while (rc == SQLITE_OK && sqlite3_step(st) == SQLITE_ROW)
        text = arena_printf(a, "%s%s\n", text, (const char *)sqlite3_column_text(st, 3));
    sqlite3_finalize(st);
    *plan = text;
    return rc == SQLITE_OK ? OK : sqlite_error(db->reader.handle, rc);
}

struct err db_backup(struct db *db, const char *path)
{
    sqlite3_stmt *st = NULL;
    TRY(connection_exec(&db->reader, "PRAGMA query_only = OFF")); /* it counts as a write */
    int rc = sqlite3_prepare_v2(db->reader.handle, "VACUUM INTO ?", -1, &st, NULL);
    if (rc == SQLITE_OK)
        rc = sqlite3_bind_text(st, 1, path, -1, SQLITE_STATIC);
    if (rc == SQLITE_OK)
        rc = sqlite3_step(st);
    struct err e = rc == SQLITE_DONE ? OK : sqlite_error(db->reader.handle, rc);
    sqlite3_finalize(st);
    struct err closed = connection_exec(&db->reader, "PRAGMA query_only = ON");
    return e.id ? e : closed;
}
