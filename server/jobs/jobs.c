/* jobs.c — lanes of threads that lease and run job rows. */
#include "server/jobs/jobs.h"

#include "base/child.h"
#include "base/clock.h"
#include "base/file.h"
#include "base/log.h"
#include "base/thread.h"
#include "server/app.h"
#include "server/config.h"
#include "server/db/db_worker.h"
#include "server/jobs/remote.h"
#include "server/storage/storage.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    LEASE_MS = 24 * 3600 * 1000,
    IDLE_MS = 30000,
    LOCAL_THREADS_MAX = 128,
    RECLAIM_EVERY_MS = 5000,
    COME_BACK_MS = 60000, /* how long workers may take to find us again after a restart */
};
static const char owner[] = "local";

static const struct job_kind *const kinds[] = {
    &job_probe, &job_plan,   &job_thumbnail,     &job_head,      &job_audio,
    &job_chunk, &job_append, &job_finish,        &job_subtitles, &job_captions,
    &job_sweep, &job_early,  &job_import_outbox, &job_federate,  &job_refresh_video,
};

struct runner { /* one thread of a lane */
    struct jobs *jobs;
    enum lane lane;
    pthread_t thread;
    struct db *db;
    struct child *child;
    atomic_int_fast64_t video_id; /* of the job that runs; 0: none */
};

struct jobs {
    struct app *app;
    struct remote *remote;
    atomic_bool stopping;
    atomic_int_fast64_t reclaimed_ms; /* monotonic: when expired leases were last looked for */
    int count;
    struct runner runners[LOCAL_THREADS_MAX];
    pthread_mutex_t watch[LANE_COUNT]; /* held by who looks out for jobs of the lane */
};

static const struct job_kind *kind_of(const char *name)
{
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
        if (strcmp(kinds[i]->name, name) == 0)
            return kinds[i];
    return NULL;
}

static struct err again_in_transaction(struct job_run *r, const char *reason, int64_t after_ms)
{
    DB_TRANSACTION(r->db, db_job_again(r->db, r->job.id, reason, now_ms() + after_ms));
    return OK;
}

static struct err hand_back_in_transaction(struct job_run *r)
{
    DB_TRANSACTION(r->db, db_job_hand_back(r->db, r->job.id));
    return OK;
}

static struct err failed_in_transaction(struct job_run *r, const char *reason)
{
    DB_TRANSACTION(r->db, db_job_failed(r->db, r->job.id, reason, now_ms()));
    return OK;
}

/* Decides what becomes of an attempt that did not end its job. */
static void settle(struct job_run *r, const struct job_kind *kind, struct err why,
                   bool stopping)
{
    struct err e = OK;
    bool gone = why.id == ERR_VIDEO_NOT_FOUND || why.id == ERR_GONE;
    /* A lost worker says nothing about the task: media is handled by children, here and there.
     */
    bool lost = why.id == ERR_WORKER_LOST || why.id == ERR_WORKER_DIFFERS ||
                (r->seat && why.id == ERR_STOPPED);
    if (stopping && r->seat)
        return; /* the worker goes on, and finds us again */
    if (stopping || lost) {
        if (lost)
            log_info("job_handed_back", "kind=%s reason=%s", r->job.kind,
                     LOG_QUOTE(why.detail));
        e = hand_back_in_transaction(r);
    } else if (gone) {
        log_info("job_gone", "kind=%s", r->job.kind); /* its row went with the video's */
        e = failed_in_transaction(r, "the video was deleted");
    } else if (err_retryable(why.id) && r->job.attempts < JOB_ATTEMPTS_MAX) {
        int64_t after_ms = 250LL << (r->job.attempts < 9 ? r->job.attempts - 1 : 8);
        log_warn("job_again", "kind=%s attempt=%d after_ms=%lld reason=%s", r->job.kind,
                 r->job.attempts, (long long)after_ms, LOG_QUOTE(why.detail));
        e = again_in_transaction(r, why.detail, after_ms);
    } else {
        log_warn("job_failed", "kind=%s video=%lld attempt=%d reason=%s", r->job.kind,
                 (long long)r->job.video_id, r->job.attempts, LOG_QUOTE(why.detail));
        e = kind && kind->fail ? kind->fail(r, why) : failed_in_transaction(r, why.detail);
        if (e.id)
            e = again_in_transaction(r, why.detail, 5000);
    }
    if (e.id) /* the lease ends it: the next start takes it back */
        log_error("job_unsettled", "kind=%s reason=%s", r->job.kind, LOG_QUOTE(e.detail));
}

struct err job_attempt(struct job_run *r, const _Atomic(bool) *stopping)
{
    const struct job_kind *kind = kind_of(r->job.kind);
    char context[48];
    snprintf(context, sizeof context, "job=%lld", (long long)r->job.id);
    log_context_set(context);
    int64_t start_ms = monotonic_ms();
    struct err e = FAIL(STOPPED, "stopping");
    if (!atomic_load(stopping)) /* after child_allow: jobs_close may have come before it */
        e = kind ? kind->run(r) : FAIL(TASK_REFUSED, "no such kind of job");
    db_rollback(r->db);
    if (e.id)
        settle(r, kind, e, atomic_load(stopping));
    else
        log_info("job_done", "kind=%s video=%lld%s ms=%lld", r->job.kind,
                 (long long)r->job.video_id, r->seat ? " at=worker" : "",
                 (long long)(monotonic_ms() - start_ms));
    log_context_set(NULL);
    return e;
}

static void run_one(struct runner *runner, struct job_run *r)
{
    atomic_store(&runner->video_id, r->job.video_id);
    child_allow(runner->child);
    struct err e = job_attempt(r, &runner->jobs->stopping);
    atomic_store(&runner->video_id, 0);
    (void)e; /* settled */
}

static struct err lease(struct runner *runner, struct job_run *r, bool *found)
{
    int64_t now = now_ms();
    DB_TRANSACTION(r->db, db_job_lease(r->db, r->arena, runner->lane, now, now + LEASE_MS,
                                       owner, &r->job, found));
    return OK;
}

static struct err reclaim(struct db *db)
{
    DB_TRANSACTION(db, db_jobs_reclaim(db, now_ms(), ""));
    return OK;
}

/* Leases that ended without their seat: their worker did not come back after a restart. */
static void reclaim_expired(struct runner *runner)
{
    int64_t now = monotonic_ms(), last = atomic_load(&runner->jobs->reclaimed_ms);
    bool some = false;
    if (now - last < RECLAIM_EVERY_MS ||
        !atomic_compare_exchange_strong(&runner->jobs->reclaimed_ms, &last, now))
        return;
    struct err e = db_jobs_expired(runner->db, now_ms(), &some);
    if (!e.id && some)
        e = reclaim(runner->db);
    if (e.id)
        log_warn("reclaim_failed", "reason=%s", LOG_QUOTE(e.detail));
}

/* Leases a job when there is one that is due; else *wait_ms is how long to wait. */
static struct err look(struct runner *runner, struct job_run *r, bool *found, int64_t *wait_ms)
{
    int64_t due_ms, now = now_ms();
    *wait_ms = IDLE_MS;
    TRY(db_job_next_due(runner->db, runner->lane, &due_ms));
    if (due_ms > now) {
        if (due_ms - now < IDLE_MS)
            *wait_ms = due_ms - now;
        return OK;
    }
    *wait_ms = 50; /* another may have been quicker */
    return lease(runner, r, found);
}

/* Waits for a job; false: the server stops. One runner of a lane looks out at a time, so that
 * news wakes one and not all of them. */
static bool find_job(struct runner *runner, struct job_run *r)
{
    struct jobs *jobs = runner->jobs;
    struct db_pool *pool = jobs->app->db;
    bool found = false;
    pthread_mutex_lock(&jobs->watch[runner->lane]);
    while (!found) {
        uint64_t news = db_news(pool, DB_JOBS);
        int64_t wait_ms;
        if (atomic_load(&jobs->stopping))
            break;
        reclaim_expired(runner);
        struct err e = look(runner, r, &found, &wait_ms);
        if (!found)
            db_wait(pool, DB_JOBS, news, e.id ? 1000 : wait_ms);
    }
    pthread_mutex_unlock(&jobs->watch[runner->lane]);
    return found;
}

static void *runner_main(void *arg)
{
    struct runner *runner = arg;
    thread_is("jobs", 0);
    for (bool more = true; more;) {
        SCOPED_ARENA struct arena *a = arena_open();
        struct job_run r = {
            .app = runner->jobs->app, .db = runner->db, .arena = a, .child = runner->child};
        more = find_job(runner, &r);
        if (more)
            run_one(runner, &r);
    }
    return NULL;
}

/* What the process before us held is free again, and what it left behind is looked for. */
static struct err begin(struct db *db)
{
    bool pending;
    TRY(db_jobs_lease_shorten(db, now_ms() + COME_BACK_MS));
    TRY(db_jobs_reclaim(db, now_ms(), owner));
    TRY(db_job_pending(db, 0, "sweep", &pending));
    if (pending)
        return OK;
    return db_job_insert(
        db, &(struct job_new){.kind = "sweep", .lane = LANE_QUICK, .priority = 1000});
}

static struct err begin_in_transaction(struct db *db)
{
    DB_TRANSACTION(db, begin(db));
    return OK;
}

struct err jobs_open(struct app *app, struct jobs **out)
{
    struct jobs *jobs = calloc(1, sizeof *jobs);
    if (!jobs)
        abort();
    jobs->app = app;
    jobs->remote = remote_open(app, &jobs->stopping);
    *out = jobs;
    /* Streams cost little each and must not wait for each other: the kernel shares the cores.
     */
    int lanes[LANE_COUNT] = {
        [LANE_QUICK] = (int)app->config->transcode_quick,
        [LANE_HEAVY] = (int)app->config->transcode_heavy,
        [LANE_STREAM] = 2 * (int)app->config->transcode_quick,
    };
    for (int lane = 0; lane < LANE_COUNT; lane++) {
        pthread_mutex_init(&jobs->watch[lane], NULL);
        for (int i = 0; i < lanes[lane] && jobs->count < LOCAL_THREADS_MAX; i++) {
            struct runner *runner = &jobs->runners[jobs->count];
            runner->jobs = jobs;
            runner->lane = (enum lane)lane;
            runner->child = child_open();
            TRY(db_open(app->db, &runner->db));
            if (jobs->count == 0)
                TRY(begin_in_transaction(runner->db));
            if (pthread_create(&runner->thread, NULL, runner_main, runner)) {
                db_close(runner->db);
                child_close(runner->child);
                return FAIL(INTERNAL, "a thread for jobs cannot be started");
            }
            jobs->count++;
        }
    }
    return OK;
}

void jobs_close(struct jobs *jobs)
{
    if (!jobs)
        return;
    atomic_store(&jobs->stopping, true);
    for (int i = 0; i < jobs->count; i++)
        child_stop(jobs->runners[i].child);
    db_signal(jobs->app->db, DB_JOBS);
    remote_stop(jobs->remote);
    for (int i = 0; i < jobs->count; i++) {
        struct runner *runner = &jobs->runners[i];
        pthread_join(runner->thread, NULL);
        db_close(runner->db);
        child_close(runner->child);
    }
    for (int lane = 0; lane < LANE_COUNT; lane++)
        pthread_mutex_destroy(&jobs->watch[lane]);
    remote_close(jobs->remote);
    free(jobs);
}

struct remote *jobs_remote(struct jobs *jobs)
{
    return jobs->remote;
}

void jobs_stop_video(struct jobs *jobs, int64_t video_id)
{
    for (int i = 0; i < jobs->count; i++)
        if (atomic_load(&jobs->runners[i].video_id) == video_id)
            child_stop(jobs->runners[i].child);
    remote_stop_video(jobs->remote, video_id);
}
