/* writer.h — inside db/: the one writing connection and its group commit.
 *
 * Threads: writer_take blocks until this thread owns the writer; it must then call exactly one
 *          of writer_commit and writer_rollback. Statements of writer_connection belong to the
 *          owner.
 */
#ifndef ZOE_WRITER_H
#define ZOE_WRITER_H

#include "server/db/db.h"

#include <sqlite3.h>

struct stmt {
    struct connection *connection;
    sqlite3_stmt *handle;
    enum sql_id id;
    struct err error; /* the first failure */
    bool done;
};

struct connection {
    sqlite3 *handle;
    struct stmt statements[SQL_COUNT + 1];
};

MUST_CHECK struct err connection_open(struct connection *c, const char *path, bool writable);
void connection_close(struct connection *c);
MUST_CHECK struct err connection_exec(struct connection *c, const char *sql);
MUST_CHECK struct err connection_prepare(struct connection *c, enum sql_id id);

const char *writer_path(struct db_pool *pool);
struct connection *writer_connection(struct db_pool *pool);
MUST_CHECK struct err writer_take(struct db_pool *pool);
MUST_CHECK struct err writer_commit(struct db_pool *pool);
void writer_rollback(struct db_pool *pool);
bool writer_awaited(struct db_pool *pool);

/* Runs the migrations that this database has not seen. */
MUST_CHECK struct err migrate(struct connection *c);

#endif
