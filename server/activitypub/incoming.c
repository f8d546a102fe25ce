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

enum { BATCH = 16, IDLE_MS = 30000, TROUBLE_MS = 1000, NOTE_BYTES = 300 };
enum { NICE = 10 }; /* who looks at pages goes first */
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
    struct worker workers[INCOMING_THREADS];
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

static void count_one(struct incoming_work *w, const struct outcome *o, bool again)
{
    atomic_fetch_add(!o->why.id                 ? &w->done
                     : again                    ? &w->again
                     : err_retryable(o->why.id) ? &w->given_up
                                                : &w->ignored,
                     1);
}

static struct err write_one(struct worker *worker, struct arena *a, const struct outcome *o)
{
    const char *note = o->why.id ? arena_printf(a, "%s: %s", err_code(o->why.id),
                                                o->why.detail ? o->why.detail : "")
                                 : NULL;
    bool again = err_retryable(o->why.id) && o->row->attempts + 1 < INCOMING_TRIES;
    count_one(worker->work, o, again);
    if (o->why.id)
        log_debug("incoming", "row=%lld again=%d note=%s", (long long)o->row->id, again,
                  LOG_QUOTE(note));
    return again ? db_incoming_again(worker->db, o->row->id,
                                     now_ms() + back_off_ms(o->row->attempts), note)
                 : db_incoming_done(worker->db, o->row->id, note);
}

static struct err write_all(struct worker *worker, struct arena *a, const struct outcome *all,
                            size_t count)
{
    for (size_t i = 0; i < count; i++)
        TRY(write_one(worker, a, &all[i]));
    return OK;
}

static struct err write_outcomes(struct worker *worker, struct arena *a,
                                 const struct outcome *all, size_t count)
{
    DB_TRANSACTION(worker->db, write_all(worker, a, all, count));
    return OK;
}

static struct err work_one(struct worker *worker, struct arena *batch,
                           const struct incoming *row)
{
    SCOPED_ARENA struct arena *a = arena_open();
    struct reach reach = reach_of(worker->work->app, worker->db, a);
    struct err e = process_activity(&reach, row);
    db_rollback(worker->db); /* nothing is left open, whatever happened */
    if (e.id)                /* its words may be of the arena that goes */
        e.detail = arena_strndup(batch, e.detail ? e.detail : "", NOTE_BYTES);
    return e;
}

/* *more: there may be other due rows. */
static struct err work_batch(struct worker *worker, bool *more)
{
    SCOPED_ARENA struct arena *a = arena_open();
    struct incoming *rows;
    struct outcome outcomes[BATCH];
    size_t count = 0;
    TRY(db_incoming_due(worker->db, a, now_ms(), worker->number, INCOMING_THREADS, BATCH,
                        &rows));
    for (; rows && !atomic_load(&worker->work->stopping); rows = rows->next) {
        struct err e = work_one(worker, a, rows);
        if (e.id == ERR_STOPPED && atomic_load(&worker->work->stopping))
            break; /* its attempt does not count */
        outcomes[count++] = (struct outcome){rows, e};
    }
    *more = count == BATCH;
    return count ? write_outcomes(worker, a, outcomes, count) : OK;
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
    while (!atomic_load(&w->stopping)) {
        uint64_t generation = db_generation(pool, DB_INCOMING);
        bool more = false;
        struct err e = work_batch(worker, &more);
        if (!e.id && worker->number == 0 && monotonic_ms() >= purge_at_ms) {
            e = purge(worker->db);
            purge_at_ms = monotonic_ms() + PURGE_EVERY_MS;
        }
        if (more && !e.id)
            continue;
        int64_t due_ms = INT64_MAX, wait_ms = IDLE_MS;
        if (!e.id)
            e = db_incoming_next_due(worker->db, worker->number, INCOMING_THREADS, &due_ms);
        if (e.id) {
            log_warn("incoming_trouble", "code=%s reason=%s", err_code(e.id),
                     LOG_QUOTE(e.detail));
            wait_ms = TROUBLE_MS;
        } else if (due_ms - now_ms() < wait_ms) {
            wait_ms = due_ms - now_ms();
        }
        if (wait_ms > 0 && !atomic_load(&w->stopping))
            db_wait(pool, DB_INCOMING, generation, wait_ms);
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
    for (; w->count < INCOMING_THREADS; w->count++) {
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
    keeper_close(w->keeper);
    atomic_store(&w->stopping, true);
    db_signal(w->app->db);
    for (int i = 0; i < w->count; i++) {
        pthread_join(w->workers[i].thread, NULL);
        db_close(w->workers[i].db);
    }
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
