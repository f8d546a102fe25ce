/* remote.c — see remote.h. */
#include "server/jobs/remote.h"

#include "base/clock.h"
#include "base/crypto.h"
#include "base/file.h"
#include "base/log.h"
#include "server/app.h"
#include "server/config.h"
#include "server/db/db_worker.h"
#include "server/jobs/seat.h"
#include "server/storage/storage.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

/* Of the row; the seat's own deadline is the short one. */
#define LEASE_ROW_MS (24 * 3600 * INT64_C(1000))

enum {
    READY_WAIT_MS = 20000,
    END_WAIT_MS = 120000,
    BUSY_WAIT_MS = 3000,
    LEASES_PER_CALL = 4,
    REFUSALS_NEEDED = 3
};

struct remote *remote_open(struct app *app, const _Atomic(bool) *stopping)
{
    struct remote *m = calloc(1, sizeof *m);
    if (!m)
        abort();
    m->app = app;
    m->stopping = stopping;
    pthread_mutex_init(&m->lock, NULL);
    pthread_condattr_t monotonic;
    pthread_condattr_init(&monotonic);
    pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    pthread_cond_init(&m->changed, &monotonic);
    pthread_condattr_destroy(&monotonic);
    return m;
}

void remote_stop(struct remote *m)
{
    pthread_mutex_lock(&m->lock);
    m->closed = true;
    for (int i = 0; i < SEATS_MAX; i++)
        if (m->seats[i])
            m->seats[i]->stop = true;
    pthread_cond_broadcast(&m->changed);
    while (m->threads)
        pthread_cond_wait(&m->changed, &m->lock);
    bool any_ended = m->any_ended;
    pthread_t last_ended = m->last_ended;
    m->any_ended = false;
    pthread_mutex_unlock(&m->lock);
    if (any_ended)
        pthread_join(last_ended, NULL);
}

void remote_close(struct remote *m)
{
    if (!m)
        return;
    pthread_cond_destroy(&m->changed);
    pthread_mutex_destroy(&m->lock);
    free(m);
}

/* 0: of any. */
static void stop_seats(struct remote *m, int64_t video_id, int64_t worker_id)
{
    pthread_mutex_lock(&m->lock);
    for (int i = 0; i < SEATS_MAX; i++) {
        struct seat *s = m->seats[i];
        if (s && (!video_id || s->job.video_id == video_id) &&
            (!worker_id || s->worker_id == worker_id))
            s->stop = true;
    }
    pthread_cond_broadcast(&m->changed);
    pthread_mutex_unlock(&m->lock);
}

void remote_stop_video(struct remote *m, int64_t video_id)
{
    stop_seats(m, video_id, 0);
}

void remote_stop_worker(struct remote *m, int64_t worker_id)
{
    stop_seats(m, 0, worker_id);
}

/* Waits for a change until `until_ms` of the monotonic clock; lock held. False: time is up. */
bool remote_wait(struct remote *m, int64_t until_ms)
{
    struct timespec until = {.tv_sec = until_ms / 1000, .tv_nsec = until_ms % 1000 * 1000000};
    return pthread_cond_timedwait(&m->changed, &m->lock, &until) == 0;
}

/* --- seats: made with one holder, their thread; the last one clears the place */

static void seat_leave(struct seat *s) /* lock held */
{
    struct remote *m = s->remote;
    if (--s->holders > 0)
        return;
    for (int i = 0; i < SEATS_MAX; i++)
        if (m->seats[i] == s)
            m->seats[i] = NULL;
    json_decref(s->line);
    json_decref(s->result);
    struct arena *a = s->arena;
    arena_close(a);
}

/* One attempt, as a lane's thread makes it. */
static void *seat_main(void *arg)
{
    struct seat *s = arg;
    struct remote *m = s->remote;
    struct db *db = NULL;
    int64_t start_ms = monotonic_ms();
    struct err e = db_open(m->app->db, &db);
    if (!e.id) {
        SCOPED_ARENA struct arena *a = arena_open();
        struct job_run r = {.app = m->app, .db = db, .arena = a, .job = s->job, .seat = s};
        e = job_attempt(&r, m->stopping);
        bool gone = e.id == ERR_STOPPED || e.id == ERR_WORKER_DIFFERS;
        if (!gone && worker_counted(db, s->worker_id, !e.id, monotonic_ms() - start_ms).id)
            log_warn("worker_uncounted", "worker=%lld", (long long)s->worker_id);
        pthread_mutex_lock(&m->lock);
        s->outcome.id = e.id;
        s->outcome.detail = arena_strdup(s->arena, e.detail ? e.detail : "");
        pthread_mutex_unlock(&m->lock);
    }
    db_close(db);
    pthread_mutex_lock(&m->lock);
    if (e.id && !s->outcome.id)
        s->outcome = e;
    s->state = SEAT_OVER;
    bool any_ended = m->any_ended;
    pthread_t last_ended = m->last_ended;
    m->any_ended = true;
    m->last_ended = pthread_self();
    m->threads--;
    seat_leave(s);
    pthread_cond_broadcast(&m->changed);
    pthread_mutex_unlock(&m->lock);
    if (any_ended)
        pthread_join(last_ended, NULL);
    return NULL;
}

static int free_place(const struct remote *m)
{
    for (int i = 0; i < SEATS_MAX; i++)
        if (!m->seats[i])
            return i;
    return -1;
}

/* Seats a leased job and starts its thread; lock held. The caller holds the seat as well. */
static struct err seat_start(struct remote *m, const struct job *job, int64_t worker_id,
                             const char *token, const char *build, bool resumed,
                             struct seat **out)
{
    int place = free_place(m);
    if (m->closed || place < 0)
        return FAIL(OVERLOADED, "no further task can be lent out now");
    struct arena *a = arena_open();
    struct seat *s = arena_alloc(a, sizeof *s);
    *s = (struct seat){
        .remote = m,
        .arena = a,
        .worker_id = worker_id,
        .build = build ? arena_strdup(a, build) : NULL,
        .job = *job,
        .resumed = resumed,
        .holders = 2,
        .deadline_ms = monotonic_ms() + m->app->config->worker_lease_s * 1000,
    };
    s->job.kind = arena_strdup(a, job->kind);
    s->job.payload = arena_strdup(a, job->payload);
    memcpy(s->token, token, sizeof s->token);
    pthread_t thread; /* joined by whoever ends next */
    if (pthread_create(&thread, NULL, seat_main, s)) {
        arena_close(a);
        return FAIL(OVERLOADED, "no thread for a task that is lent out");
    }
    m->seats[place] = s;
    m->threads++;
    *out = s;
    return OK;
}

/* Until its job has told what there is to do, or has ended; lock held. */
static struct err until_ready(struct seat *s)
{
    int64_t until_ms = monotonic_ms() + READY_WAIT_MS;
    while (s->state == SEAT_STARTING)
        if (!remote_wait(s->remote, until_ms))
            return FAIL(OVERLOADED, "the task takes long to prepare");
    if (s->state != SEAT_OVER)
        return OK;
    return s->outcome.id == ERR_WORKER_DIFFERS ? s->outcome
                                               : FAIL(TASK_GONE, "the task is over");
}

/* Before the seat is left: what it says lies in its arena. */
static struct err kept(struct arena *a, struct err e)
{
    if (e.id)
        e.detail = arena_strdup(a, e.detail ? e.detail : "");
    return e;
}

/* --- leasing */

static const char *owner_of(struct arena *a, int64_t worker_id, const char *token)
{
    return arena_printf(a, "%s%s", worker_lease_prefix(a, worker_id), token);
}

static struct err lease_row(struct db *db, struct arena *a, int64_t worker_id,
                            const char *token, struct job *job, bool *found)
{
    int64_t now = now_ms();
    DB_TRANSACTION(db, db_job_lease(db, a, LANE_HEAVY, now, now + LEASE_ROW_MS,
                                    owner_of(a, worker_id, token), job, found));
    return OK;
}

static struct err hand_back(struct db *db, int64_t job_id)
{
    DB_TRANSACTION(db, db_job_hand_back(db, job_id));
    return OK;
}

static struct err lease_one(struct remote *m, struct db *db, struct arena *a, int64_t worker_id,
                            const char *build, struct remote_task *out, bool *found)
{
    struct job job;
    struct seat *s;
    char *token = random_hex(a, REMOTE_TOKEN_HEX / 2);
    TRY(lease_row(db, a, worker_id, token, &job, found));
    if (!*found)
        return OK;
    pthread_mutex_lock(&m->lock);
    struct err e = seat_start(m, &job, worker_id, token, build, false, &s);
    if (!e.id) {
        e = kept(a, until_ready(s));
        if (!e.id)
            *out = (struct remote_task){
                .token = token,
                .spec = arena_strdup(a, s->spec),
                .source = arena_strdup(a, s->source),
                .source_bytes = s->source_bytes,
                .lease_ms = m->app->config->worker_lease_s * 1000,
                .video_id = s->job.video_id,
            };
        seat_leave(s);
        pthread_mutex_unlock(&m->lock);
        return e;
    }
    pthread_mutex_unlock(&m->lock);
    TRY(hand_back(db, job.id));
    return e;
}

struct err remote_lease(struct remote *m, struct db *db, struct arena *a, int64_t worker_id,
                        const char *build, struct remote_task *out, bool *found)
{
    int64_t due_ms;
    *found = false;
    struct err e = OK;
    for (int i = 0; i < LEASES_PER_CALL; i++) {
        TRY(db_job_next_due(db, LANE_HEAVY, &due_ms));
        if (due_ms > now_ms())
            return OK;
        e = lease_one(m, db, a, worker_id, build, out, found);
        if (e.id != ERR_TASK_GONE) /* a video that was deleted just then: the next one */
            break;
        *found = false;
    }
    return e.id == ERR_TASK_GONE ? OK : e;
}

/* --- entering */

static struct seat *seat_of(struct remote *m, int64_t worker_id, const char *token)
{
    for (int i = 0; i < SEATS_MAX; i++) {
        struct seat *s = m->seats[i];
        if (s && s->worker_id == worker_id && constant_time_equal(s->token, token))
            return s;
    }
    return NULL;
}

/* Takes hold of the seat, and of the sole right to hand in; lock held. */
static struct err take_hold(struct arena *a, struct seat *s, bool exclusive)
{
    s->holders++;
    struct err e = kept(a, until_ready(s));
    int64_t until_ms = monotonic_ms() + BUSY_WAIT_MS;
    while (!e.id && exclusive && s->busy)
        if (!remote_wait(s->remote, until_ms))
            e = FAIL(OVERLOADED, "something of this task is on its way already");
    if (!e.id && exclusive && s->state != SEAT_READY)
        e = FAIL(TASK_GONE, "the task is over");
    if (e.id) {
        seat_leave(s);
        return e;
    }
    s->busy |= exclusive;
    s->deadline_ms = monotonic_ms() + s->remote->app->config->worker_lease_s * 1000;
    return OK;
}

/* The row, if it is still this worker's: it was short after the restart. */
static struct err lease_again(struct db *db, struct arena *a, const char *owner,
                              struct job *job, bool *found)
{
    TRY(db_job_by_owner(db, a, owner, job, found));
    return *found ? db_job_lease_extend(db, job->id, owner, now_ms() + LEASE_ROW_MS, found)
                  : OK;
}

static struct err lease_again_in_transaction(struct db *db, struct arena *a, const char *owner,
                                             struct job *job, bool *found)
{
    DB_TRANSACTION(db, lease_again(db, a, owner, job, found));
    return OK;
}

/* The server was restarted while the worker went on: its lease is a row still. */
static struct err seat_resume(struct remote *m, struct db *db, struct arena *a,
                              int64_t worker_id, const char *token)
{
    struct job job;
    struct seat *s;
    bool found = false;
    if (strlen(token) == REMOTE_TOKEN_HEX)
        TRY(lease_again_in_transaction(db, a, owner_of(a, worker_id, token), &job, &found));
    if (!found)
        return FAIL(TASK_GONE, "this task is not yours any more");
    pthread_mutex_lock(&m->lock);
    struct err e = OK;
    if (!seat_of(m, worker_id, token)) {
        e = seat_start(m, &job, worker_id, token, NULL, true, &s);
        if (!e.id)
            seat_leave(s);
    }
    pthread_mutex_unlock(&m->lock);
    if (!e.id)
        log_info("task_resumed", "job=%lld worker=%lld", (long long)job.id,
                 (long long)worker_id);
    return e;
}

struct err remote_enter(struct remote *m, struct db *db, struct arena *a, int64_t worker_id,
                        const char *token, bool exclusive, struct seat **out)
{
    pthread_mutex_lock(&m->lock);
    *out = seat_of(m, worker_id, token);
    if (!*out) {
        pthread_mutex_unlock(&m->lock);
        TRY(seat_resume(m, db, a, worker_id, token));
        pthread_mutex_lock(&m->lock);
        *out = seat_of(m, worker_id, token);
    }
    struct err e = *out ? take_hold(a, *out, exclusive)
                        : FAIL(TASK_GONE, "this task is not yours any more");
    pthread_mutex_unlock(&m->lock);
    return e;
}

void remote_release(struct seat *s, bool exclusive)
{
    struct remote *m = s->remote;
    pthread_mutex_lock(&m->lock);
    if (exclusive)
        s->busy = false;
    s->deadline_ms = monotonic_ms() + m->app->config->worker_lease_s * 1000;
    seat_leave(s);
    pthread_cond_broadcast(&m->changed);
    pthread_mutex_unlock(&m->lock);
}

const char *remote_source(struct seat *s, struct arena *a)
{
    return storage_original(s->remote->app->storage, a, s->uuid);
}

/* --- the end */

/* Hands in how it ended, and waits for what the job makes of it. */
static struct err end(struct seat *s, json_t *result, struct err failure)
{
    struct remote *m = s->remote;
    pthread_mutex_lock(&m->lock);
    s->result = json_incref(result);
    s->failure.id = failure.id;
    s->failure.detail = failure.id ? arena_strdup(s->arena, failure.detail) : NULL;
    s->ended = true;
    pthread_cond_broadcast(&m->changed);
    int64_t until_ms = monotonic_ms() + END_WAIT_MS;
    struct err e = OK;
    while (s->state != SEAT_OVER && !e.id)
        if (!remote_wait(m, until_ms))
            e = FAIL(OVERLOADED, "the task takes long to end");
    if (!e.id && s->outcome.id)
        e = s->outcome;
    pthread_mutex_unlock(&m->lock);
    return e;
}

struct err remote_result(struct seat *s, json_t *result)
{
    for (size_t i = 0; i < s->rung_count; i++)
        if (s->rungs[i].next != s->last_index)
            return FAIL(TASK_ORDER, "segments are missing before the result");
    return end(s, result, OK);
}

/* One worker's word does not fail a video: others shall try before a refusal counts. */
struct err remote_error(struct seat *s, struct err failure)
{
    if (failure.id == ERR_TASK_REFUSED && s->job.attempts < REFUSALS_NEEDED)
        failure.id = ERR_TASK_FAILED;
    struct err e = end(s, NULL, failure);
    return e.id == ERR_OVERLOADED || e.id == ERR_STOPPED ? e : OK;
}
