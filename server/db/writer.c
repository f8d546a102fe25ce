/* writer.c — the writer and its group commit.
 *
 * A group is one SQLite transaction that many callers share. Each takes the writer in turn,
 * works inside a savepoint and releases it. When somebody else already waits for the writer he
 * goes on in the same group; the last one, or the one who fills it, runs COMMIT (one fsync),
 * and all members return. Who comes during the COMMIT waits for the writer and starts the next
 * group.
 *
 * Nobody is woken for nothing: whoever waits for the writer has a condition of his own, the
 * members of a group share one, and so do those who wait for news of one topic.
 */
#include "server/db/writer.h"

#include "base/log.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { GROUP_MEMBERS_MAX = 128 };

struct group {
    int members;    /* released their savepoint; wait for the commit */
    int references; /* members that have not yet read the outcome */
    bool ended;
    struct err outcome;
    pthread_cond_t written;
};

struct waiter { /* for the writer */
    pthread_cond_t turn;
    bool mine;
    struct waiter *next;
};

struct db_pool {
    /* --- fixed after opening */
    char *path;

    /* --- owned by whoever holds `busy` */
    struct connection connection;
    int64_t changes[DB_TOPICS]; /* rows of each topic, in the open group; DB_CONTENT: 0 */
    int64_t total_changes;      /* of all tables, when it began */

    /* --- protected by lock */
    pthread_mutex_t lock;
    bool busy;                    /* somebody owns the connection */
    struct waiter *first, **last; /* the writer is handed on in order of arrival */
    struct group *group;          /* open transaction, NULL when there is none */
    struct db_stats stats;
    pthread_cond_t news[DB_TOPICS]; /* its db_news grew */

    atomic_uint_fast64_t generations[DB_TOPICS], signals[DB_TOPICS];
};

static enum db_topic topic_of(const char *table)
{
    return !strcmp(table, "job")                                      ? DB_JOBS
           : !strcmp(table, "incoming")                               ? DB_INCOMING
           : !strcmp(table, "delivery") || !strcmp(table, "outgoing") ? DB_DELIVERIES
                                                                      : DB_CONTENT;
}

/* SQLite tells of every row, but not of tables WITHOUT ROWID: so rows of the queues are counted
 * here, and what is left of the total is content. */
static void on_change(void *arg, int operation, const char *base, const char *table,
                      sqlite3_int64 id)
{
    struct db_pool *pool = arg;
    enum db_topic topic = topic_of(table);
    (void)operation, (void)base, (void)id;
    if (topic != DB_CONTENT)
        pool->changes[topic]++;
}

struct err db_pool_open(const char *path, struct db_pool **out)
{
    sqlite3_config(SQLITE_CONFIG_MULTITHREAD);
    sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
    struct db_pool *pool = calloc(1, sizeof *pool);
    if (!pool || !(pool->path = strdup(path)))
        abort();
    pthread_mutex_init(&pool->lock, NULL);
    pool->last = &pool->first;
    pthread_condattr_t monotonic;
    pthread_condattr_init(&monotonic);
    pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    for (int i = 0; i < DB_TOPICS; i++) {
        pthread_cond_init(&pool->news[i], &monotonic);
        atomic_init(&pool->generations[i], 1);
    }
    pthread_condattr_destroy(&monotonic);
    struct err e = connection_open(&pool->connection, path, true);
    if (!e.id)
        e = migrate(&pool->connection);
    for (int i = 0; i < SQL_COUNT && !e.id; i++)
        e = connection_prepare(&pool->connection, (enum sql_id)i);
    if (e.id) {
        db_pool_close(pool);
        return e;
    }
    sqlite3_update_hook(pool->connection.handle, on_change, pool);
    *out = pool;
    return OK;
}

void db_pool_close(struct db_pool *pool)
{
    if (!pool)
        return;
    connection_close(&pool->connection);
    for (int i = 0; i < DB_TOPICS; i++)
        pthread_cond_destroy(&pool->news[i]);
    pthread_mutex_destroy(&pool->lock);
    free(pool->path);
    free(pool);
}

const char *writer_path(struct db_pool *pool)
{
    return pool->path;
}

struct connection *writer_connection(struct db_pool *pool)
{
    return &pool->connection;
}

uint64_t db_generation(struct db_pool *pool, enum db_topic topic)
{
    return atomic_load(&pool->generations[topic]);
}

uint64_t db_news(struct db_pool *pool, enum db_topic topic)
{
    return db_generation(pool, topic) + atomic_load(&pool->signals[topic]);
}

void db_wait(struct db_pool *pool, enum db_topic topic, uint64_t since, int64_t timeout_ms)
{
    struct timespec until;
    clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_sec += timeout_ms / 1000;
    until.tv_nsec += timeout_ms % 1000 * 1000000;
    if (until.tv_nsec >= 1000000000) {
        until.tv_sec++;
        until.tv_nsec -= 1000000000;
    }
    pthread_mutex_lock(&pool->lock);
    while (db_news(pool, topic) == since)
        if (pthread_cond_timedwait(&pool->news[topic], &pool->lock, &until))
            break;
    pthread_mutex_unlock(&pool->lock);
}

void db_signal(struct db_pool *pool, enum db_topic topic)
{
    pthread_mutex_lock(&pool->lock);
    atomic_fetch_add(&pool->signals[topic], 1);
    pthread_cond_broadcast(&pool->news[topic]);
    pthread_mutex_unlock(&pool->lock);
}

struct db_stats db_pool_stats(struct db_pool *pool)
{
    pthread_mutex_lock(&pool->lock);
    struct db_stats stats = pool->stats;
    pthread_mutex_unlock(&pool->lock);
    return stats;
}

static void hand_on(struct db_pool *pool) /* lock held */
{
    struct waiter *next = pool->first;
    pool->busy = next != NULL;
    if (!next)
        return;
    pool->first = next->next;
    if (!pool->first)
        pool->last = &pool->first;
    next->mine = true;
    pthread_cond_signal(&next->turn);
}

static void wait_for_turn(struct db_pool *pool) /* lock held */
{
    struct waiter me = {.turn = PTHREAD_COND_INITIALIZER};
    /* Out of the list again before `mine` is set, so before this returns. */
    /* cppcheck-suppress autoVariables */
    *pool->last = &me;
    /* cppcheck-suppress autoVariables */
    pool->last = &me.next;
    while (!me.mine)
        pthread_cond_wait(&me.turn, &pool->lock);
    pthread_cond_destroy(&me.turn);
}

bool writer_awaited(struct db_pool *pool)
{
    pthread_mutex_lock(&pool->lock);
    bool awaited = pool->first != NULL;
    pthread_mutex_unlock(&pool->lock);
    return awaited;
}

static void group_free(struct group *group)
{
    pthread_cond_destroy(&group->written);
    free(group);
}

struct err writer_take(struct db_pool *pool)
{
    pthread_mutex_lock(&pool->lock);
    if (pool->busy)
        wait_for_turn(pool);
    pool->busy = true;
    bool fresh = pool->group == NULL;
    pthread_mutex_unlock(&pool->lock);

    struct err e = OK;
    if (fresh)
        e = connection_exec(&pool->connection, "BEGIN IMMEDIATE");
    if (!e.id) {
        e = connection_exec(&pool->connection, "SAVEPOINT member");
        if (e.id && fresh)
            (void)!connection_exec(&pool->connection, "ROLLBACK").id;
    }
    pthread_mutex_lock(&pool->lock);
    if (e.id) {
        hand_on(pool);
    } else if (fresh) {
        pool->group = calloc(1, sizeof *pool->group);
        if (!pool->group)
            abort();
        pthread_cond_init(&pool->group->written, NULL);
        memset(pool->changes, 0, sizeof pool->changes);
        pool->total_changes = sqlite3_total_changes64(pool->connection.handle);
    }
    pthread_mutex_unlock(&pool->lock);
    return e;
}

/* Tells those who wait for what the group changed; the lock is held. */
static void tell_news(struct db_pool *pool)
{
    int64_t queues = 0;
    for (int i = 0; i < DB_TOPICS; i++)
        queues += pool->changes[i];
    pool->changes[DB_CONTENT] =
        sqlite3_total_changes64(pool->connection.handle) - pool->total_changes - queues;
    for (int i = 0; i < DB_TOPICS; i++)
        if (pool->changes[i]) {
            atomic_fetch_add(&pool->generations[i], 1);
            pthread_cond_broadcast(&pool->news[i]);
        }
}

/* The owner of the writer is done with its savepoint: hands the writer to the next member of
 * the group, or writes the group. Called with the lock held and `busy` ours. */
static void group_turn(struct db_pool *pool)
{
    struct group *group = pool->group;
    if (pool->first && group->members < GROUP_MEMBERS_MAX) {
        hand_on(pool);
        return;
    }
    bool empty = group->members == 0;
    pthread_mutex_unlock(&pool->lock);
    struct err e = connection_exec(&pool->connection, empty ? "ROLLBACK" : "COMMIT");
    if (e.id && !sqlite3_get_autocommit(pool->connection.handle))
        sqlite3_exec(pool->connection.handle, "ROLLBACK", NULL, NULL, NULL);
    pthread_mutex_lock(&pool->lock);
    tell_news(pool);
    group->outcome = e;
    group->ended = true;
    if (!empty)
        pool->stats.commits++;
    pool->stats.members += group->members;
    pool->group = NULL;
    pthread_cond_broadcast(&group->written);
    if (empty)
        group_free(group);
    hand_on(pool);
}

struct err writer_commit(struct db_pool *pool)
{
    struct err e = connection_exec(&pool->connection, "RELEASE member");
    if (e.id) {
        writer_rollback(pool);
        return e;
    }
    pthread_mutex_lock(&pool->lock);
    struct group *group = pool->group;
    group->members++;
    group->references++;
    group_turn(pool);
    while (!group->ended)
        pthread_cond_wait(&group->written, &pool->lock);
    e = group->outcome;
    if (--group->references == 0)
        group_free(group);
    pthread_mutex_unlock(&pool->lock);
    return e;
}

void writer_rollback(struct db_pool *pool)
{
    sqlite3 *handle = pool->connection.handle;
    bool lost = sqlite3_get_autocommit(handle) != 0; /* SQLite gave up the whole transaction */
    if (!lost) {
        sqlite3_exec(handle, "ROLLBACK TO member", NULL, NULL, NULL);
        sqlite3_exec(handle, "RELEASE member", NULL, NULL, NULL);
    }
    pthread_mutex_lock(&pool->lock);
    struct group *group = pool->group;
    if (lost) { /* disk full or an I/O error inside: every member of the group learns it */
        group->outcome = FAIL(DATABASE, "the transaction was lost");
        group->ended = true;
        pool->group = NULL;
        pthread_cond_broadcast(&group->written);
        if (group->references == 0)
            group_free(group);
        hand_on(pool);
    } else {
        group_turn(pool);
    }
    pthread_mutex_unlock(&pool->lock);
}
