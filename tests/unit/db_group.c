/* Group commit: what was committed is on disk and shared an fsync; what was rolled back took
 * nobody with it; a killed process loses nothing it had acknowledged. */
#include "tests/unit/test.h"

#include "base/clock.h"
#include "server/db/db.h"
#include "server/db/db_job.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <sqlite3.h>
#include <stdatomic.h>
#include <sys/wait.h>

enum { WRITERS = 16, ROUNDS = 40 };

static char *folder;
static char path[TEST_PATH];
static struct db_pool *pool;

static void begin(void)
{
    folder = test_folder();
    test_join(path, folder, "main.db");
    CHECK_OK(db_pool_open(path, &pool));
}

static void end(void)
{
    db_pool_close(pool);
    test_folder_remove(folder);
}

static struct db *reader(void)
{
    struct db *db;
    struct err e = db_open(pool, &db);
    if (e.id)
        abort();
    return db;
}

static struct err put(struct db *db, const char *name, const char *value)
{
    SCOPED_STMT struct stmt *st = stmt_get(db, SQL_SITE_PUT);
    stmt_text(st, ":name", name);
    stmt_text(st, ":value", value);
    return stmt_run(st);
}

static struct err put_alone(struct db *db, const char *name, const char *value)
{
    DB_TRANSACTION(db, put(db, name, value));
    return OK;
}

static const char *get(struct db *db, struct arena *a, const char *name)
{
    SCOPED_STMT struct stmt *st = stmt_get(db, SQL_SITE_GET);
    stmt_text(st, ":name", name);
    return stmt_row(st) ? col_text(st, a, 0) : NULL;
}

static void integrity(const char *file)
{
    sqlite3 *handle;
    CHECK_INT(sqlite3_open(file, &handle), SQLITE_OK);
    static const char *const checks[] = {"PRAGMA integrity_check", "PRAGMA foreign_key_check"};
    sqlite3_stmt *st;
    CHECK_INT(sqlite3_prepare_v2(handle, checks[0], -1, &st, NULL), SQLITE_OK);
    CHECK_INT(sqlite3_step(st), SQLITE_ROW);
    CHECK_STR((const char *)sqlite3_column_text(st, 0), "ok");
    sqlite3_finalize(st);
    CHECK_INT(sqlite3_prepare_v2(handle, checks[1], -1, &st, NULL), SQLITE_OK);
    CHECK_INT(sqlite3_step(st), SQLITE_DONE);
    sqlite3_finalize(st);
    sqlite3_close(handle);
}

TEST(a_commit_is_seen_by_others_only_after_it)
{
    begin();
    SCOPED_ARENA struct arena *a = arena_open();
    struct db *one = reader(), *two = reader();
    CHECK_OK(db_begin(one));
    CHECK_OK(put(one, "k", "new"));
    CHECK_STR(get(one, a, "k"), "new"); /* sees its own changes */
    CHECK_STR(get(two, a, "k"), NULL);
    CHECK_OK(db_commit(one));
    CHECK_STR(get(two, a, "k"), "new");
    CHECK_STR(get(one, a, "k"), "new");
    db_close(one);
    db_close(two);
    end();
}

TEST(a_rollback_leaves_nothing)
{
    begin();
    SCOPED_ARENA struct arena *a = arena_open();
    struct db *db = reader();
    db_rollback(db); /* outside a transaction: nothing happens */
    CHECK_OK(put_alone(db, "k", "old"));
    CHECK_OK(db_begin(db));
    CHECK_OK(put(db, "k", "new"));
    db_rollback(db);
    CHECK_STR(get(db, a, "k"), "old");
    CHECK_OK(put_alone(db, "k", "newer")); /* the writer is free again */
    CHECK_STR(get(db, a, "k"), "newer");
    db_close(db);
    end();
}

TEST(closing_inside_a_transaction_gives_the_writer_back)
{
    begin();
    SCOPED_ARENA struct arena *a = arena_open();
    struct db *one = reader(), *two = reader();
    CHECK_OK(db_begin(one));
    CHECK_OK(put(one, "k", "lost"));
    db_close(one);
    CHECK_OK(put_alone(two, "other", "kept"));
    CHECK_STR(get(two, a, "k"), NULL);
    CHECK_STR(get(two, a, "other"), "kept");
    db_close(two);
    end();
}

TEST(begins_nest)
{
    begin();
    SCOPED_ARENA struct arena *a = arena_open();
    struct db *one = reader(), *two = reader();
    CHECK_OK(db_begin(one));
    CHECK_OK(put_alone(one, "inner", "1"));
    CHECK_STR(get(two, a, "inner"), NULL); /* only the outer one commits */
    CHECK_OK(put(one, "outer", "1"));
    CHECK_OK(db_commit(one));
    CHECK_STR(get(two, a, "inner"), "1");
    CHECK_STR(get(two, a, "outer"), "1");

    CHECK_OK(db_begin(one));
    CHECK_OK(put(one, "outer", "2"));
    CHECK_OK(db_begin(one));
    CHECK_OK(put(one, "inner", "2"));
    db_rollback(one);
    CHECK(db_commit(one).id != ERR_NONE); /* an inner rollback spoils the whole */
    CHECK_STR(get(two, a, "outer"), "1");
    CHECK_OK(put_alone(one, "after", "1"));
    db_close(one);
    db_close(two);
    end();
}

TEST(statements_are_sticky)
{
    begin();
    struct db *db = reader();
    {
        SCOPED_STMT struct stmt *st = stmt_get(db, SQL_SITE_GET);
        stmt_text(st, ":no_such_parameter", "x");
        stmt_text(st, ":name", "k");
        CHECK(!stmt_row(st));
        CHECK_ERR(stmt_done(st), DATABASE);
    }
    {
        SCOPED_STMT struct stmt *st = stmt_get(db, SQL_SITE_GET); /* a new use starts afresh */
        stmt_text(st, ":name", "k");
        CHECK(!stmt_row(st));
        CHECK_OK(stmt_done(st));
    }
    CHECK(put(db, "k", "v").id != ERR_NONE); /* writing needs a transaction */
    db_close(db);
    end();
}

TEST(generations_grow_with_commits_and_wake_waiters)
{
    begin();
    struct db *db = reader();
    uint64_t before = db_generation(pool, DB_CONTENT);
    CHECK_OK(put_alone(db, "k", "v"));
    CHECK(db_generation(pool, DB_CONTENT) > before);
    int64_t start = monotonic_ms();
    db_wait(pool, DB_CONTENT, before, 5000); /* has moved on already */
    CHECK(monotonic_ms() - start < 1000);
    start = monotonic_ms();
    db_wait(pool, DB_CONTENT, db_news(pool, DB_CONTENT), 30);
    CHECK(monotonic_ms() - start >= 25);
    before = db_news(pool, DB_CONTENT);
    db_signal(pool, DB_CONTENT); /* between looking and waiting: it is not lost */
    start = monotonic_ms();
    db_wait(pool, DB_CONTENT, before, 5000);
    CHECK(monotonic_ms() - start < 1000);
    db_close(db);
    end();
}

static struct err put_and_fail(struct db *db)
{
    DB_TRANSACTION(db, put(db, "b", "inner").id ? OK : FAIL(CONFLICT, "changed its mind"));
    return OK;
}

static struct err parts(struct db *db)
{
    bool kept;
    TRY(db_mark(db));
    TRY(put(db, "a", "kept"));
    TRY(db_keep(db, &kept));
    CHECK(kept);
    TRY(db_mark(db));
    TRY(put(db, "a", "undone"));
    TRY(db_undo(db));
    TRY(db_mark(db));
    TRY(put(db, "b", "outer"));
    CHECK_ERR(put_and_fail(db), CONFLICT);
    TRY(db_keep(db, &kept));
    CHECK(!kept);
    TRY(db_mark(db));
    TRY(put_alone(db, "c", "kept as well"));
    TRY(db_keep(db, &kept));
    CHECK(kept);
    CHECK(!db_awaited(db));
    return OK;
}

static struct err in_parts(struct db *db)
{
    DB_TRANSACTION(db, parts(db));
    return OK;
}

static struct err job_of_nothing(struct db *db)
{
    DB_TRANSACTION(db, db_job_insert(db, &(struct job_new){.kind = "probe", .video_id = 4711}));
    return OK;
}

/* Who deletes a video while somebody else adds to it is no fault of the server's. */
TEST(a_row_of_something_that_is_gone_is_not_found)
{
    begin();
    struct db *db = reader();
    CHECK_ERR(job_of_nothing(db), NOT_FOUND);
    db_close(db);
    end();
}

TEST(parts_of_a_transaction_end_each_for_itself)
{
    begin();
    SCOPED_ARENA struct arena *a = arena_open();
    struct db *db = reader();
    CHECK_OK(in_parts(db));
    CHECK_STR(get(db, a, "a"), "kept");
    CHECK(!get(db, a, "b"));
    CHECK_STR(get(db, a, "c"), "kept as well");
    db_close(db);
    end();
}

static struct err put_job(struct db *db, bool with_content)
{
    DB_TRANSACTION(db, with_content && put(db, "k", "w").id
                           ? FAIL(DATABASE, "no content")
                           : db_job_insert(db, &(struct job_new){.kind = "sweep"}));
    return OK;
}

/* Caches of pages stay good while queues work; and a table WITHOUT ROWID is content as well. */
TEST(rows_of_queues_are_no_content)
{
    begin();
    struct db *db = reader();
    uint64_t content = db_generation(pool, DB_CONTENT), jobs = db_generation(pool, DB_JOBS),
             deliveries = db_generation(pool, DB_DELIVERIES);
    CHECK_OK(put_job(db, false));
    CHECK(db_generation(pool, DB_JOBS) > jobs);
    CHECK(db_generation(pool, DB_CONTENT) == content);
    jobs = db_generation(pool, DB_JOBS);
    CHECK_OK(put_alone(db, "k", "v"));
    CHECK(db_generation(pool, DB_CONTENT) > content);
    CHECK(db_generation(pool, DB_JOBS) == jobs);
    content = db_generation(pool, DB_CONTENT);
    CHECK_OK(put_job(db, true));
    CHECK(db_generation(pool, DB_CONTENT) > content);
    CHECK(db_generation(pool, DB_JOBS) > jobs);
    CHECK(db_generation(pool, DB_DELIVERIES) == deliveries);
    db_close(db);
    end();
}

/* --- sixteen writers ---------------------------------------------------------------------- */

static atomic_int ready, wrong;

struct writer {
    pthread_t thread;
    int number;
};

static void *write_and_roll_back(void *arg)
{
    struct writer *w = arg;
    struct db *db = reader();
    atomic_fetch_add(&ready, 1);
    while (atomic_load(&ready) < WRITERS)
        sched_yield();
    for (int i = 0; i < ROUNDS; i++) {
        char name[32], value[32];
        snprintf(name, sizeof name, "%d-%d", w->number, i);
        snprintf(value, sizeof value, "%d", i);
        bool keep = (w->number + i) % 3 != 0;
        struct err e = db_begin(db);
        if (!e.id)
            e = put(db, name, value);
        if (e.id || !keep)
            db_rollback(db);
        else
            e = db_commit(db);
        SCOPED_ARENA struct arena *a = arena_open();
        const char *got = get(db, a, name);
        if (e.id || (keep ? !got || strcmp(got, value) != 0 : got != NULL))
            atomic_fetch_add(&wrong, 1);
    }
    db_close(db);
    return NULL;
}

TEST(sixteen_writers_share_commits_and_roll_back_alone)
{
    begin();
    struct writer writers[WRITERS];
    atomic_store(&ready, 0);
    atomic_store(&wrong, 0);
    struct db_stats before = db_pool_stats(pool);
    for (int i = 0; i < WRITERS; i++) {
        writers[i].number = i;
        CHECK_INT(pthread_create(&writers[i].thread, NULL, write_and_roll_back, &writers[i]),
                  0);
    }
    for (int i = 0; i < WRITERS; i++)
        pthread_join(writers[i].thread, NULL);
    CHECK_INT(wrong, 0);

    struct db *db = reader();
    SCOPED_ARENA struct arena *a = arena_open();
    int kept = 0;
    for (int n = 0; n < WRITERS; n++) {
        for (int i = 0; i < ROUNDS; i++) {
            char name[32];
            snprintf(name, sizeof name, "%d-%d", n, i);
            bool there = get(db, a, name) != NULL;
            CHECK_INT(there, (n + i) % 3 != 0);
            kept += there;
        }
    }
    struct db_stats after = db_pool_stats(pool);
    CHECK_INT(after.members - before.members, kept);
    print_message("# %d transactions in %d commits\n", kept,
                  (int)(after.commits - before.commits));
    CHECK(after.commits - before.commits < kept / 2);
    db_close(db);
    end();
}

/* --- power goes -----------------------------------------------------------------------------
 */

static int told[2];

static void *write_until_killed(void *arg)
{
    struct writer *w = arg;
    struct db *db = reader();
    for (int i = 0;; i++) {
        char name[32];
        int n = snprintf(name, sizeof name, "%d-%d", w->number, i);
        if (put_alone(db, name, "acknowledged").id)
            _exit(3);
        name[n++] = '\n';
        if (write(told[1], name, (size_t)n) != n)
            _exit(4);
    }
    return NULL;
}

static void crash_once(int after_ms)
{
    CHECK_INT(pipe(told), 0);
    pid_t child = fork();
    CHECK(child >= 0);
    if (child == 0) {
        close(told[0]);
        if (db_pool_open(path, &pool).id)
            _exit(2);
        static struct writer writers[4];
        for (int i = 0; i < 4; i++) {
            writers[i].number = (int)getpid() * 10 + i;
            pthread_create(&writers[i].thread, NULL, write_until_killed, &writers[i]);
        }
        pause();
        _exit(5);
    }
    close(told[1]);
    SCOPED_ARENA struct arena *a = arena_open();
    size_t room = 0, length = 0;
    char *names = NULL;
    int64_t until = 0;
    bool killed = false;
    for (;;) { /* what was acknowledged before the kill, and what was still in the pipe */
        char buffer[4096];
        ssize_t n = read(told[0], buffer, sizeof buffer);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            break;
        for (ssize_t i = 0; i < n; i++) {
            names = arena_grow(a, names, length, &room, 1);
            names[length++] = buffer[i];
        }
        if (!until)
            until = monotonic_ms() + after_ms;
        if (!killed && monotonic_ms() >= until) {
            killed = true;
            kill(child, SIGKILL);
        }
    }
    close(told[0]);
    int status;
    CHECK_INT(waitpid(child, &status, 0), child);
    CHECK(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);

    integrity(path);
    CHECK_OK(db_pool_open(path, &pool));
    struct db *db = reader();
    int acknowledged = 0;
    for (size_t i = 0; i < length;) {
        char *newline = memchr(names + i, '\n', length - i);
        CHECK(newline != NULL);
        *newline = 0;
        CHECK_STR(get(db, a, names + i), "acknowledged");
        acknowledged++;
        i = (size_t)(newline - names) + 1;
    }
    CHECK(acknowledged > 0);
    db_close(db);
    db_pool_close(pool);
}

TEST(a_killed_process_loses_nothing_it_acknowledged)
{
    begin();
    db_pool_close(pool);
    for (int round = 0; round < 5; round++)
        crash_once(20 + 37 * round);
    test_folder_remove(folder);
}

/* --- copies --------------------------------------------------------------------------------
 */

TEST(a_backup_is_whole_and_does_not_overwrite)
{
    begin();
    SCOPED_ARENA struct arena *a = arena_open();
    struct db *db = reader();
    CHECK_OK(put_alone(db, "k", "v"));
    char copy[TEST_PATH];
    test_join(copy, folder, "copy.db");
    CHECK_OK(db_backup(db, copy));
    CHECK(db_backup(db, copy).id != ERR_NONE);
    integrity(copy);
    db_close(db);
    db_pool_close(pool);
    CHECK_OK(db_pool_open(copy, &pool));
    db = reader();
    CHECK_STR(get(db, a, "k"), "v");
    db_close(db);
    end();
}

TEST_MAIN
