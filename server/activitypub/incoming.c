/* incoming.c — see incoming.h. */
#include "server/activitypub/incoming.h"

#include "base/clock.h"
#include "base/log.h"
#include "base/thread.h"
#include "server/activitypub/keeper.h"
#include "server/activitypub/process.h"
#include "server/app.h"
#include "server/db/db_incoming.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { BATCH = 16, IDLE_MS = 30000, TROUBLE_MS = 1000, NOTE_BYTES = 300 };
enum { PACE_MS = 20, NICE = 5 }; /* who looks at pages goes first */
#define KEEP_MS (24 * 3600 * INT64_C(1000))
#define OVERTAKEN_MS (8 * KEEP_MS) /* longer than anybody tries to deliver */
#define PURGE_EVERY_MS (10 * 60 * INT64_C(1000))

struct worker {
    struct incoming_work *work;
    int number;
    pthread_t thread;
    struct db *db;
};

struct incoming_work {
    struct app *app;
    struct keeper *keeper;
    atomic_bool stopping;
    atomic_int_fast64_t done, ignored, again, given_up;
    int count;
    struct worker workers[INCOMING_LANES];
};

struct outcome { /* of one row */
    const struct incoming *row;
    struct err why;
};

/* --- one batch -----------------------------------------------------------------------------
 */

static int64_t back_off_ms(int attempts) /* 10 s, 1 min, 6 min, 36 min, 3.6 h */
{
    int64_t wait = 10000;
    for (int i = 0; i < attempts && i < 4; i++)
        wait *= 6;
    return wait;
}

static bool goes_again(const struct outcome *o)
{
    return err_retryable(o->why.id) && o->row->attempts + 1 < INCOMING_TRIES;
}

static void count_one(struct incoming_work *w, const struct outcome *o)
{
    atomic_fetch_add(!o->why.id                 ? &w->done
                     : goes_again(o)            ? &w->again
                     : err_retryable(o->why.id) ? &w->given_up
                                                : &w->ignored,
                     1);
}

static struct err write_one(struct worker *worker, struct arena *a, const struct outcome *o)
{
    const char *note = o->why.id ? arena_printf(a, "%s: %s", err_code(o->why.id),
                                                o->why.detail ? o->why.detail : "")
                                 : NULL;
    if (o->why.id)
        log_debug("incoming", "row=%lld again=%d note=%s", (long long)o->row->id, goes_again(o),
                  LOG_QUOTE(note));
    return goes_again(o) ? db_incoming_again(worker->db, o->row->id,
                                             now_ms() + back_off_ms(o->row->attempts), note)
                         : db_incoming_done(worker->db, o->row->id, note);
}

static struct err write_alone(struct worker *worker, struct arena *a, const struct outcome *o)
{
    DB_TRANSACTION(worker->db, write_one(worker, a, o));
    return OK;
}

/* Words of a failure that live in an arena which goes. */
static struct err keep_words(struct arena *a, struct err e)
{
    if (e.id)
        e.detail = arena_strndup(a, e.detail ? e.detail : "", NOTE_BYTES);
    return e;
}

/* Works through a row inside the open transaction, with what is here. *apart: nothing was done,
 * because it wants to ask the network, or made a change that failed for itself. */
static struct err work_here(struct worker *worker, struct arena *batch, struct outcome *o,
                            bool *apart)
{
    bool kept;
    SCOPED_ARENA struct arena *a = arena_open();
    struct reach reach = reach_of(worker->work->app, worker->db, a);
    reach.fetches_left = 0;
    TRY(db_mark(worker->db));
    o->why = keep_words(batch, process_activity(&reach, o->row));
    *apart = reach.fetches_left < 0;
    if (*apart)
        return db_undo(worker->db);
    TRY(db_keep(worker->db, &kept));
    *apart = !kept;
    return OK;
}

/* Rows from *next on, until one must be done apart or somebody else waits to write, and what
 * came of them: *count outcomes. */
static struct err work_some(struct worker *worker, struct arena *a, struct incoming **next,
                            struct outcome *all, size_t *count, bool *apart)
{
    for (*apart = false; *next && !atomic_load(&worker->work->stopping);
         *next = (*next)->next) {
        struct outcome *o = &all[*count];
        *o = (struct outcome){.row = *next};
        TRY(work_here(worker, a, o, apart));
        if (*apart)
            break;
        TRY(write_one(worker, a, o));
        ++*count;
        if (db_awaited(worker->db)) {
            *next = (*next)->next;
            break;
        }
    }
    return OK;
}

static struct err work_together(struct worker *worker, struct arena *a, struct incoming **next,
                                bool *apart)
{
    struct outcome all[BATCH];
    size_t count = 0;
    DB_TRANSACTION(worker->db, work_some(worker, a, next, all, &count, apart));
    for (size_t i = 0; i < count; i++)
        count_one(worker->work, &all[i]);
    return OK;
}

/* A row that may have to wait for other servers: what it changes is written as it goes. */
static struct err work_alone(struct worker *worker, struct arena *a, const struct incoming *row)
{
    struct reach reach = reach_of(worker->work->app, worker->db, a);
    struct outcome o = {row, process_activity(&reach, row)};
    db_rollback(worker->db); /* nothing is left open, whatever happened */
    if (o.why.id == ERR_STOPPED && atomic_load(&worker->work->stopping))
        return OK; /* its attempt does not count */
    TRY(write_alone(worker, a, &o));
    count_one(worker->work, &o);
    return OK;
}

/* *more: there may be other due rows. */
static struct err work_batch(struct worker *worker, bool *more)
{
    SCOPED_ARENA struct arena *a = arena_open();
    struct incoming *next;
    bool apart;
    TRY(db_incoming_due(worker->db, a, now_ms(), worker->number, BATCH, &next));
    *more = next != NULL;
    while (next && !atomic_load(&worker->work->stopping)) {
        TRY(work_together(worker, a, &next, &apart));
        if (!apart)
            continue;
        TRY(work_alone(worker, a, next));
        next = next->next;
    }
    return OK;
}

/* --- threads -------------------------------------------------------------------------------
 */

static struct err purge_all(struct db *db, int64_t now)
{
    TRY(db_incoming_purge(db, now - KEEP_MS));
    return db_overtaken_purge(db, now - OVERTAKEN_MS);
}

static struct err purge(struct db *db)
{
    DB_TRANSACTION(db, purge_all(db, now_ms()));
    return OK;
}

static void *worker_main(void *arg)
{
    struct worker *worker = arg;
    struct incoming_work *w = worker->work;
    struct db_pool *pool = w->app->db;
    int64_t purge_at_ms = 0;
    thread_is("incoming", NICE);
    for (;;) {
        uint64_t news = db_news(pool, DB_INCOMING);
        if (atomic_load(&w->stopping))
            break;
        bool more = false;
        struct err e = work_batch(worker, &more);
        if (!e.id && worker->number == 0 && monotonic_ms() >= purge_at_ms) {
            e = purge(worker->db);
            purge_at_ms = monotonic_ms() + PURGE_EVERY_MS;
        }
        if (more && !e.id) {
            if (keeper_crowded(w->keeper))
                usleep(PACE_MS * 1000);
            continue;
        }
        int64_t due_ms = INT64_MAX, wait_ms = IDLE_MS;
        if (!e.id)
            e = db_incoming_next_due(worker->db, worker->number, &due_ms);
        if (e.id) {
            log_warn("incoming_trouble", "code=%s reason=%s", err_code(e.id),
                     LOG_QUOTE(e.detail));
            wait_ms = TROUBLE_MS;
        } else if (due_ms - now_ms() < wait_ms) {
            wait_ms = due_ms - now_ms();
        }
        if (wait_ms > 0)
            db_wait(pool, DB_INCOMING, news, wait_ms);
    }
    return NULL;
}

struct err incoming_open(struct app *app, struct incoming_work **out)
{
    struct incoming_work *w = calloc(1, sizeof *w);
    if (!w)
        abort();
    w->app = app;
    *out = w;
    TRY(keeper_open(app->db, &w->keeper));
    for (; w->count < INCOMING_LANES; w->count++) {
        struct worker *worker = &w->workers[w->count];
        *worker = (struct worker){.work = w, .number = w->count};
        TRY(db_open(app->db, &worker->db));
        if (pthread_create(&worker->thread, NULL, worker_main, worker)) {
            db_close(worker->db);
            return FAIL(INTERNAL, "a thread for what comes in cannot be started");
        }
    }
    return OK;
}

void incoming_close(struct incoming_work *w)
{
    if (!w)
        return;
    atomic_store(&w->stopping, true);
    db_signal(w->app->db, DB_INCOMING);
    for (int i = 0; i < w->count; i++) {
        pthread_join(w->workers[i].thread, NULL);
        db_close(w->workers[i].db);
    }
    keeper_close(w->keeper); /* the workers ask it how crowded it is */
    free(w);
}

struct keeper *incoming_keeper(struct incoming_work *w)
{
    return w->keeper;
}

struct incoming_stats incoming_stats(struct incoming_work *w)
{
    if (!w)
        return (struct incoming_stats){0};
    return (struct incoming_stats){.done = atomic_load(&w->done),
                                   .ignored = atomic_load(&w->ignored),
                                   .again = atomic_load(&w->again),
                                   .given_up = atomic_load(&w->given_up)};
}
