/* migrate.c — brings a database to the newest schema: numbered files, each in one transaction
 * with the note that it ran. PRAGMA user_version counts them. */
#include "server/db/writer.h"

#include "base/clock.h"
#include "base/log.h"

#include <stdio.h>

static int version_of(struct connection *c)
{
    sqlite3_stmt *st = NULL;
    int version = -1;
    if (sqlite3_prepare_v2(c->handle, "PRAGMA user_version", -1, &st, NULL) == SQLITE_OK &&
        sqlite3_step(st) == SQLITE_ROW)
        version = sqlite3_column_int(st, 0);
    sqlite3_finalize(st);
    return version;
}

struct err migrate(struct connection *c)
{
    int version = version_of(c);
    if (version < 0)
        return FAIL(DATABASE, "this file is no database");
    if (version > sql_migration_count)
        return FAIL(DATABASE, "this database was made by a newer version of zoetrope");
    for (; version < sql_migration_count; version++) {
        char note[64];
        int64_t start_ms = monotonic_ms();
        snprintf(note, sizeof note, "PRAGMA user_version = %d", version + 1);
        struct err e = connection_exec(c, "BEGIN IMMEDIATE");
        if (!e.id)
            e = connection_exec(c, sql_migrations[version].text);
        if (!e.id)
            e = connection_exec(c, note);
        if (!e.id)
            e = connection_exec(c, "COMMIT");
        if (e.id) {
            sqlite3_exec(c->handle, "ROLLBACK", NULL, NULL, NULL);
            log_error("migration_failed", "name=%s", sql_migrations[version].name);
            return e;
        }
        log_info("migrated", "name=%s ms=%lld", sql_migrations[version].name,
                 (long long)(monotonic_ms() - start_ms));
    }
    return OK;
}
