/* db.h — connections, statements and transactions over SQLite.
 *
 * Shape:   one writer connection shared by all threads, one read connection per `struct db`. A
 *          `struct db` belongs to one worker thread; statements are prepared when opened.
 * Group commit: db_begin takes the writer and opens a savepoint in the current group transaction;
 *          db_commit releases it and returns when the group is on disk (synchronous=FULL).
 *          Whoever commits meanwhile shares that fsync. Between begin and commit/rollback every
 *          statement of this `struct db` runs on the writer and sees its own changes; outside,
 *          reads run on the read connection. Begins nest: inner ones only count.
 * Errors:  DATABASE (with SQLite's words), DISK_FULL; CONFLICT for a UNIQUE constraint,
 *          NOT_FOUND for a foreign key: what the row belongs to was deleted meanwhile.
 * Threads: struct db: one thread at a time. struct db_pool: any thread.
 * Source:  SQLite: WAL, SAVEPOINT, sqlite3_prepare_v3.
 */
#ifndef ZOE_DB_H
#define ZOE_DB_H

#include "base/arena.h"
#include "base/err.h"
#include "sql_ids.h"

#include <stdbool.h>
#include <stdint.h>

struct db_pool; /* the file, its writer, the group commit */
struct db;      /* one worker's view of it */

/* Opens or makes the database at `path`, runs pending migrations and prepares every statement.
 */
MUST_CHECK struct err db_pool_open(const char *path, struct db_pool **out);
void db_pool_close(struct db_pool *pool); /* after every struct db was closed; accepts NULL */

MUST_CHECK struct err db_open(struct db_pool *pool, struct db **out);
void db_close(struct db *db); /* accepts NULL */

MUST_CHECK struct err db_begin(struct db *db);
MUST_CHECK struct err db_commit(struct db *db);
void db_rollback(struct db *db); /* no-op outside a transaction */

/* Runs `body`; commits when it succeeds, rolls back when it fails. */
#define DB_TRANSACTION(db, call)     \
    do {                             \
        TRY(db_begin(db));           \
        struct err tx_err_ = (call); \
        if (tx_err_.id) {            \
            db_rollback(db);         \
            return tx_err_;          \
        }                            \
        TRY(db_commit(db));          \
    } while (0)

/* For a transaction of many independent parts, one at a time. db_mark begins a part; db_keep
 * ends it, unless an inner transaction of it was rolled back: then, as by db_undo, the part
 * leaves nothing behind (*kept false), and the others stay. db_awaited: somebody waits for the
 * writer, and who holds it may want to hurry. */
MUST_CHECK struct err db_mark(struct db *db);
MUST_CHECK struct err db_keep(struct db *db, bool *kept);
MUST_CHECK struct err db_undo(struct db *db);
bool db_awaited(struct db *db);

/* A statement in use. Sticky: after the first failure binds and steps do nothing and stmt_done
 * tells what it was. Always declared with SCOPED_STMT, which resets it. */
struct stmt;
struct stmt *stmt_get(struct db *db, enum sql_id id);
void stmt_int(struct stmt *st, const char *name, int64_t value);
void stmt_text(struct stmt *st, const char *name,
               const char *value); /* borrowed; NULL binds NULL */
void stmt_null(struct stmt *st, const char *name);
bool stmt_row(struct stmt *st); /* the next row, if there is one */
MUST_CHECK struct err stmt_done(struct stmt *st);
MUST_CHECK struct err stmt_run(struct stmt *st); /* all rows ignored */
int64_t stmt_changes(struct stmt *st);           /* rows changed by the last step */
void stmt_release(struct stmt **st);
#define SCOPED_STMT __attribute__((cleanup(stmt_release)))

int64_t col_int(struct stmt *st, int column);
bool col_is_null(struct stmt *st, int column);
const char *col_text(struct stmt *st, struct arena *a, int column); /* NULL for NULL */

/* "%words%" for LIKE … ESCAPE '!', the wildcards in it taken literally. */
const char *db_like(struct arena *a, const char *words);

int64_t db_last_id(struct db *db); /* id of the last insert in this transaction */

/* What somebody may want to know the changes of: the rows of the queues, and all the rest. */
enum db_topic { DB_CONTENT, DB_JOBS, DB_INCOMING, DB_DELIVERIES, DB_TOPICS };
/* Grows with every group that reached the disk and changed rows of the topic (or, rarely,
 * tried to). That of DB_CONTENT is a key for caches of what was read. Read it before reading
 * the data that is to be cached. */
uint64_t db_generation(struct db_pool *pool, enum db_topic topic);
struct db_pool *db_pool_of(struct db *db);
/* How jobs learn of new rows without being called by those who insert them: db_news grows with
 * the generation, and with every db_signal; db_wait returns when it is no longer `since`, or
 * time is up. Read it before looking for work, and before looking whether to stop. */
uint64_t db_news(struct db_pool *pool, enum db_topic topic);
void db_wait(struct db_pool *pool, enum db_topic topic, uint64_t since, int64_t timeout_ms);
void db_signal(struct db_pool *pool, enum db_topic topic);

/* Figures for /metrics. */
struct db_stats {
    int64_t commits, members; /* groups written, transactions in them */
};
struct db_stats db_pool_stats(struct db_pool *pool);

/* For tests: the query plan of a block, one line per step. */
MUST_CHECK struct err db_explain(struct db *db, struct arena *a, enum sql_id id, char **plan);
/* A consistent copy of the running database at `path` (which must not exist). */
MUST_CHECK struct err db_backup(struct db *db, const char *path);

#endif
