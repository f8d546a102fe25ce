/* pool.c — worker threads and the bounded queue before them. */
#include "base/clock.h"
#include "base/log.h"
#include "base/thread.h"
#include "server/http/exchange.h"

#include <errno.h>
#include <stdlib.h>
#include <time.h>

enum { QUEUE_DEFAULT = 1024 };

struct worker {
    struct pool *pool;
    pthread_t thread;
    bool started;
};

struct pool {
    /* --- fixed after open */
    struct http *http;
    int64_t limit;
    int worker_count;
    struct worker *workers;
    /* --- protected by lock; `changed` is signalled when work comes or the state changes,
     * `idle` when a worker ran out of work or opened */
    pthread_mutex_t lock;
    pthread_cond_t changed, idle;
    struct exchange *head, **tail;
    int64_t waiting;
    int busy, opened;
    bool refusing, finished;
    struct err open_error;
};

static struct exchange *pool_pop(struct pool *p)
{
    pthread_mutex_lock(&p->lock);
    while (!p->head && !p->finished)
        pthread_cond_wait(&p->changed, &p->lock);
    struct exchange *x = p->head;
    if (x) {
        p->head = x->next;
        if (!p->head)
            p->tail = &p->head;
        x->next = NULL;
        p->waiting--;
        p->busy++;
    }
    pthread_mutex_unlock(&p->lock);
    return x;
}

void pool_done(struct pool *p)
{
    pthread_mutex_lock(&p->lock);
    p->busy--;
    if (!p->busy && !p->head)
        pthread_cond_broadcast(&p->idle);
    pthread_mutex_unlock(&p->lock);
}

static void *worker_main(void *arg)
{
    struct worker *w = arg;
    struct pool *p = w->pool;
    const struct http_config *config = &p->http->config;
    struct db *db = NULL;
    thread_is("worker", 0);
    struct err e = config->worker_open ? config->worker_open(config->app, &db) : OK;
    pthread_mutex_lock(&p->lock);
    p->opened++;
    if (e.id && !p->open_error.id)
        p->open_error = e;
    pthread_cond_broadcast(&p->idle);
    pthread_mutex_unlock(&p->lock);
    for (struct exchange *x; !e.id && (x = pool_pop(p));) {
        if (exchange_work(x, db))
            pool_done(p);
    }
    if (!e.id && config->worker_close)
        config->worker_close(config->app, db);
    return NULL;
}

struct err pool_open(struct http *http, struct pool **out)
{
    const struct http_config *config = &http->config;
    struct pool *p = *out = calloc(1, sizeof *p);
    if (!p)
        abort();
    p->http = http;
    p->limit = config->queue_limit > 0 ? config->queue_limit : QUEUE_DEFAULT;
    p->tail = &p->head;
    pthread_mutex_init(&p->lock, NULL);
    pthread_condattr_t attr;
    pthread_condattr_init(&attr);
    pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
    pthread_cond_init(&p->changed, &attr);
    pthread_cond_init(&p->idle, &attr);
    pthread_condattr_destroy(&attr);
    int count = config->workers > 0 ? config->workers : 1;
    p->workers = calloc((size_t)count, sizeof *p->workers);
    if (!p->workers)
        abort();
    for (int i = 0; i < count; i++) {
        struct worker *w = &p->workers[i];
        w->pool = p;
        if (pthread_create(&w->thread, NULL, worker_main, w))
            return FAIL(INTERNAL, "a worker thread did not start");
        w->started = true;
        p->worker_count++;
    }
    pthread_mutex_lock(&p->lock);
    while (p->opened < p->worker_count)
        pthread_cond_wait(&p->idle, &p->lock);
    struct err e = p->open_error;
    pthread_mutex_unlock(&p->lock);
    return e;
}

static void enqueue(struct pool *p, struct exchange *x) /* with the lock */
{
    x->next = NULL;
    *p->tail = x;
    p->tail = &x->next;
    p->waiting++;
    pthread_cond_signal(&p->changed);
}

bool pool_push(struct pool *p, struct exchange *x)
{
    pthread_mutex_lock(&p->lock);
    bool taken = !p->refusing && p->waiting < p->limit;
    if (taken)
        enqueue(p, x);
    pthread_mutex_unlock(&p->lock);
    return taken;
}

/* Cleaning up is never refused. */
void pool_push_aborted(struct pool *p, struct exchange *x)
{
    pthread_mutex_lock(&p->lock);
    enqueue(p, x);
    pthread_mutex_unlock(&p->lock);
}

int64_t pool_waiting(struct pool *p)
{
    pthread_mutex_lock(&p->lock);
    int64_t n = p->waiting;
    pthread_mutex_unlock(&p->lock);
    return n;
}

static struct timespec timespec_of(int64_t ms)
{
    return (struct timespec){.tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000};
}

void pool_drain(struct pool *p, int64_t until_ms)
{
    struct timespec until = timespec_of(until_ms);
    pthread_mutex_lock(&p->lock);
    p->refusing = true;
    while (p->busy || p->head)
        if (pthread_cond_timedwait(&p->idle, &p->lock, &until) == ETIMEDOUT)
            break;
    struct exchange *left = p->head, *kept = NULL, **kept_tail = &kept;
    int64_t kept_count = 0;
    while (left) { /* cancel requests, keep the cleaning up */
        struct exchange *x = left;
        left = x->next;
        x->next = NULL;
        if (x->job == JOB_ABORTED) {
            *kept_tail = x;
            kept_tail = &x->next;
            kept_count++;
        } else {
            exchange_cancel(x, FAIL(STOPPED, "the server is stopping"));
        }
    }
    p->head = kept;
    p->tail = kept ? kept_tail : &p->head;
    p->waiting = kept_count;
    while (p->busy || p->head) /* a running handler cannot be torn away from its memory */
        pthread_cond_wait(&p->idle, &p->lock);
    pthread_mutex_unlock(&p->lock);
}

void pool_close(struct pool *p)
{
    if (!p)
        return;
    pthread_mutex_lock(&p->lock);
    p->finished = true;
    pthread_cond_broadcast(&p->changed);
    pthread_mutex_unlock(&p->lock);
    for (int i = 0; i < p->worker_count; i++)
        if (p->workers[i].started)
            pthread_join(p->workers[i].thread, NULL);
    pthread_cond_destroy(&p->changed);
    pthread_cond_destroy(&p->idle);
    pthread_mutex_destroy(&p->lock);
    free(p->workers);
    free(p);
}
