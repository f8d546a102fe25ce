/* Migrations run once and in order; every named query is right, and none reads a whole growing
 * table unless its block says why. */
#include "tests/unit/test.h"

#include "server/db/db.h"

#include <ctype.h>
#include <fcntl.h>
#include <sqlite3.h>

static char *folder;
static char path[TEST_PATH];

static void begin(void)
{
    folder = test_folder();
    test_join(path, folder, "main.db");
}

static void execute(const char *sql)
{
    sqlite3 *handle;
    CHECK_INT(sqlite3_open(path, &handle), SQLITE_OK);
    CHECK_INT(sqlite3_exec(handle, sql, NULL, NULL, NULL), SQLITE_OK);
    sqlite3_close(handle);
}

static int user_version(void)
{
    sqlite3 *handle;
    sqlite3_stmt *st;
    CHECK_INT(sqlite3_open(path, &handle), SQLITE_OK);
    CHECK_INT(sqlite3_prepare_v2(handle, "PRAGMA user_version", -1, &st, NULL), SQLITE_OK);
    CHECK_INT(sqlite3_step(st), SQLITE_ROW);
    int version = sqlite3_column_int(st, 0);
    sqlite3_finalize(st);
    sqlite3_close(handle);
    return version;
}

TEST(migrations_run_once)
{
    begin();
    struct db_pool *pool = NULL;
    CHECK(sql_migration_count > 0);
    CHECK_OK(db_pool_open(path, &pool));
    db_pool_close(pool);
    CHECK_INT(user_version(), sql_migration_count);
    CHECK_OK(db_pool_open(path, &pool));
    db_pool_close(pool);
    CHECK_INT(user_version(), sql_migration_count);
    test_folder_remove(folder);
}

TEST(migrations_are_numbered_without_gaps)
{
    for (int i = 0; i < sql_migration_count; i++)
        CHECK_INT(atoi(sql_migrations[i].name), i + 1);
}

TEST(a_newer_database_is_refused_untouched)
{
    begin();
    struct db_pool *pool = NULL;
    execute("PRAGMA user_version = 9999; CREATE TABLE theirs (x)");
    CHECK(db_pool_open(path, &pool).id != ERR_NONE);
    CHECK_INT(user_version(), 9999);
    test_folder_remove(folder);
}

TEST(what_is_no_database_is_refused_untouched)
{
    begin();
    struct db_pool *pool = NULL;
    char text[5000];
    memset(text, 'x', sizeof text);
    CHECK_OK(file_replace(path, text, sizeof text, false));
    CHECK(db_pool_open(path, &pool).id != ERR_NONE);
    CHECK_INT(file_size(path), sizeof text);
    test_folder_remove(folder);
}

TEST(a_failed_migration_leaves_nothing)
{
    begin();
    struct db_pool *pool = NULL;
    execute("CREATE TABLE video (in_the_way)");
    CHECK(db_pool_open(path, &pool).id != ERR_NONE);
    CHECK_INT(user_version(), 0);
    execute("DROP TABLE video");
    CHECK_OK(db_pool_open(path, &pool));
    db_pool_close(pool);
    test_folder_remove(folder);
}

/* --- plans: PLANS=1 prints them all
 * ----------------------------------------------------------------------------------
 */

/* Tables that stay small whatever the site does. */
static const char *const small_tables[] = {"site", "counter", "moving"};

static bool is_small(const char *table)
{
    for (size_t i = 0; i < sizeof small_tables / sizeof *small_tables; i++)
        if (strcmp(table, small_tables[i]) == 0)
            return true;
    return false;
}

struct schema {
    char tables[64][64];
    int count;
};

static struct schema schema_read(void)
{
    struct schema s = {0};
    sqlite3 *handle;
    sqlite3_stmt *st;
    CHECK_INT(sqlite3_open(path, &handle), SQLITE_OK);
    CHECK_INT(sqlite3_prepare_v2(handle,
                                 "SELECT name FROM sqlite_schema WHERE type = 'table' AND sql "
                                 "NOT LIKE 'CREATE VIRTUAL%'",
                                 -1, &st, NULL),
              SQLITE_OK);
    while (sqlite3_step(st) == SQLITE_ROW && s.count < 64)
        snprintf(s.tables[s.count++], 64, "%s", (const char *)sqlite3_column_text(st, 0));
    sqlite3_finalize(st);
    sqlite3_close(handle);
    return s;
}

static bool word_at(const char *text, const char *at, const char *word)
{
    size_t n = strlen(word);
    return (at == text || !(isalnum((unsigned char)at[-1]) || at[-1] == '_')) &&
           strncasecmp(at, word, n) == 0 && !(isalnum((unsigned char)at[n]) || at[n] == '_');
}

/* The table behind a name in a plan: itself, or what the query calls by that alias. NULL: not a
 * table (a subquery, a common table expression, json_each). */
static const char *table_of(const struct schema *s, const char *sql, const char *name)
{
    for (int i = 0; i < s->count; i++)
        if (strcmp(s->tables[i], name) == 0)
            return s->tables[i];
    for (int i = 0; i < s->count; i++) {
        for (const char *p = sql; (p = strcasestr(p, s->tables[i])); p++) {
            if (!word_at(sql, p, s->tables[i]))
                continue;
            const char *after = p + strlen(s->tables[i]);
            after += strspn(after, " \n\t");
            if (word_at(sql, after, "AS"))
                after += 2 + strspn(after + 2, " \n\t");
            if (word_at(sql, after, name))
                return s->tables[i];
        }
    }
    return NULL;
}

TEST(no_query_reads_a_whole_growing_table)
{
    begin();
    struct db_pool *pool;
    struct db *db;
    CHECK_OK(db_pool_open(path, &pool));
    CHECK_OK(db_open(pool, &db));
    struct schema schema = schema_read();
    SCOPED_ARENA struct arena *a = arena_open();
    int bad = 0;
    for (int id = 0; id < SQL_COUNT; id++) {
        const struct sql_block *block = &sql_blocks[id];
        bool limited = strcasestr(block->text, "LIMIT") != NULL;
        char *plan, *rest;
        struct err e = db_explain(db, a, (enum sql_id)id, &plan);
        if (e.id) {
            print_error("%s cannot be explained: %s\n", block->name, e.detail);
            bad++;
            continue;
        }
        bool loud = getenv("PLANS") != NULL;
        if (loud)
            print_message("# %s\n", block->name);
        bool scans = false;
        char *copy = arena_strdup(a, plan);
        for (char *line = strtok_r(copy, "\n", &rest); line;
             line = strtok_r(NULL, "\n", &rest)) {
            if (loud)
                print_message("#     %s\n", line);
            char name[64] = "";
            const char *why = NULL;
            if (sscanf(line, "SCAN %63s", name) == 1) {
                const char *table = table_of(&schema, block->text, name);
                if (!table || is_small(table))
                    continue;
                if (!strstr(line, " USING ")) /* every row, in no order */
                    why = "reads a whole table";
                else if (!limited) /* every row, in the order of an index */
                    why = "reads a whole index without a limit";
            } else if (strstr(line, "AUTOMATIC")) {
                why = "builds an index for one query: one is missing";
            }
            if (why) {
                scans = true;
                if (!block->scan_ok) {
                    print_error("%s %s: %s\n", block->name, why, line);
                    bad++;
                }
            }
        }
        if (loud && block->scan_ok && !scans)
            print_message("# %s says scan-ok without need\n", block->name);
        /* Sorting what a search found costs as much as was found: shown, not refused. */
        if (loud && limited && strstr(plan, "USE TEMP B-TREE FOR ORDER BY"))
            print_message("# %s sorts all it finds for one page\n", block->name);
    }
    CHECK_INT(bad, 0);
    db_close(db);
    db_pool_close(pool);
    test_folder_remove(folder);
}

TEST_MAIN
