/* deliver.c — see deliver.h. */
#include "server/activitypub/deliver.h"

#include "base/clock.h"
#include "base/crypto.h"
#include "base/log.h"
#include "base/thread.h"
#include "server/activitypub/federation.h"
#include "server/activitypub/signers.h"
#include "server/app.h"
#include "server/config.h"
#include "server/db/db.h"
#include "server/domain/block.h"
#include "server/domain/delivery.h"

#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    THREADS_MAX = 64,
    LEASE_ROWS = 512,
    MEMORY_LOW = 1024,   /* below it more rows are leased */
    HOST_ROWS_MAX = 512, /* of one host; more are put back until it has room for them */
    PUT_BACK_MS = 5000,
    PACE_MS = 10,   /* between two deliveries to a host we know nothing of */
    STREAK = 16,    /* so many to a host in a row, on one connection, */
    QUICK_MS = 100, /* if it answers within this time; then others have their turn */
    AHEAD_MAX_MS = 10 * 60 * 1000,
    IDLE_MS = 30000,
    GATHER_MS = 200, /* outcomes wait so long for others to be written with them */
    TABLE_SIZE = 1024,
    NICE_SENDER = 15, /* who looks at pages goes first; */
    NICE_WRITER = 5,  /* but others may wait for who holds the writer of the database */
};

struct body { /* of an activity, shared by its deliveries */
    int64_t outgoing_id;
    char *text, *digest;
    size_t bytes;
    int users;
    struct body *next;
};

struct item {
    struct item *next;
    struct body *body;
    int64_t id, signer_id, created_ms;
    int attempts;
    char inbox[];
};

struct host {
    struct host *next;       /* in its place of the table */
    struct host *next_ready; /* of the queue of hosts that have something to do */
    struct item *first, **last;
    int waiting, running, failures;
    int put_back;           /* rows that were too many, and did not come again yet */
    double pace_ms;         /* between two deliveries, lately */
    int64_t aside_until_ms; /* 0: it is not set aside */
    bool ready, probing;
    char name[];
};

struct outcome { /* what is to be written */
    struct outcome *next;
    int64_t id, outgoing_id, run_after_ms;
    int attempts;
    enum delivery_fate fate;
    bool peer_changed, peer_failed, revived;
    int64_t retry_after_ms;
    char *note;
    char *inbox; /* in the same memory, after the name of the host */
    char host[];
};

struct deliver {
    /* --- fixed after open */
    struct app *app;
    int64_t unit_ms;
    int per_host, threads;
    pthread_t leaser, writer, senders[THREADS_MAX];
    bool leaser_runs, writer_runs;
    struct db *dbs[THREADS_MAX + 2];

    pthread_mutex_t lock;
    pthread_cond_t work, room, written;
    /* --- protected by lock */
    bool stopping, writer_ends;
    struct host *table[TABLE_SIZE];
    struct host *ready_first, **ready_last;
    struct body *bodies[TABLE_SIZE];
    struct outcome *outcomes, **outcomes_last;
    int64_t in_memory, set_aside;
    int64_t delivered, again, dropped;
};

/* --- hosts and bodies; under the lock
 * ------------------------------------------------------------------- */

static struct host *host_find(struct deliver *d, const char *name, bool make)
{
    uint32_t hash = 2166136261u;
    for (const char *p = name; *p; p++)
        hash = (hash ^ (unsigned char)*p) * 16777619u;
    struct host **place = &d->table[hash % TABLE_SIZE];
    for (struct host *h = *place; h; h = h->next)
        if (!strcmp(h->name, name))
            return h;
    if (!make)
        return NULL;
    size_t bytes = strlen(name) + 1;
    struct host *h = calloc(1, sizeof *h + bytes);
    if (!h)
        abort();
    memcpy(h->name, name, bytes);
    h->last = &h->first;
    h->pace_ms = PACE_MS;
    h->next = *place;
    *place = h;
    return h;
}

static int host_limit(const struct deliver *d, const struct host *h)
{
    return h->probing || h->failures ? 1 : d->per_host;
}

static void host_wake(struct deliver *d, struct host *h)
{
    if (h->ready || !h->first || h->running >= host_limit(d, h))
        return;
    h->ready = true;
    h->next_ready = NULL;
    *d->ready_last = h;
    d->ready_last = &h->next_ready;
    pthread_cond_signal(&d->work);
}

static void host_push(struct deliver *d, struct host *h, struct item *item)
{
    item->next = NULL;
    *h->last = item;
    h->last = &item->next;
    h->waiting++;
    d->in_memory++;
    host_wake(d, h);
}

static struct item *host_pop(struct deliver *d, struct host *h)
{
    struct item *item = h->first;
    h->first = item->next;
    if (!h->first)
        h->last = &h->first;
    h->waiting--;
    d->in_memory--;
    return item;
}

static struct body *body_find(struct deliver *d, int64_t outgoing_id)
{
    struct body *b = d->bodies[(uint64_t)outgoing_id % TABLE_SIZE];
    while (b && b->outgoing_id != outgoing_id)
        b = b->next;
    return b;
}

static void body_let(struct deliver *d, struct body *b)
{
    if (--b->users)
        return;
    struct body **place = &d->bodies[(uint64_t)b->outgoing_id % TABLE_SIZE];
    while (*place != b)
        place = &(*place)->next;
    *place = b->next;
    free(b->text);
    free(b->digest);
    free(b);
}

static void item_free(struct deliver *d, struct item *item)
{
    body_let(d, item->body);
    free(item);
}

/* --- outcomes -------------------------------------------------------------------------------
 */

static struct outcome *outcome_of(const char *host, const char *inbox)
{
    size_t n = strlen(host) + 1, m = strlen(inbox) + 1;
    struct outcome *o = calloc(1, sizeof *o + n + m);
    if (!o)
        abort();
    memcpy(o->host, host, n);
    o->inbox = o->host + n;
    memcpy(o->inbox, inbox, m);
    return o;
}

static void outcome_push(struct deliver *d, struct outcome *o) /* under the lock */
{
    o->next = NULL;
    if (!d->outcomes)
        pthread_cond_signal(&d->written);
    *d->outcomes_last = o;
    d->outcomes_last = &o->next;
}

/* The row goes back untried. */
static void put_back(struct deliver *d, struct host *h, struct item *item, int64_t at_ms)
{
    struct outcome *o = outcome_of(h->name, item->inbox);
    bool old =
        h->aside_until_ms && now_ms() - item->created_ms > delivery_age_max_ms(d->unit_ms);
    o->id = item->id;
    o->outgoing_id = item->body->outgoing_id;
    o->attempts = item->attempts;
    o->fate = old ? DELIVERY_DROPPED : DELIVERY_AGAIN;
    o->run_after_ms = at_ms;
    d->dropped += old;
    outcome_push(d, o);
    item_free(d, item);
}

static uint32_t dice(void)
{
    uint32_t n;
    random_bytes(&n, sizeof n);
    return n;
}

/* Its host has enough rows in memory: it comes again when they will have gone. */
static void put_back_till_room(struct deliver *d, struct host *h, struct item *item)
{
    double wait_ms = h->pace_ms * (h->waiting + ++h->put_back);
    put_back(d, h, item, now_ms() + (wait_ms < AHEAD_MAX_MS ? (int64_t)wait_ms : AHEAD_MAX_MS));
}

/* All that waits in memory for a host goes back until its time is up. */
static void set_aside(struct deliver *d, struct host *h, int64_t until_ms)
{
    d->set_aside += !h->aside_until_ms;
    h->aside_until_ms = until_ms;
    h->probing = false;
    h->put_back = 0;
    while (h->first)
        put_back(d, h, host_pop(d, h), until_ms + dice() % 1000);
}

/* --- sending --------------------------------------------------------------------------------
 */

static struct err send_one(struct deliver *d, struct db *db, struct arena *a, const char *host,
                           const struct item *item, struct fetch_response *response)
{
    struct fetch_signer signer;
    bool refused;
    TRY(is_host_blocked(db, host, &refused));
    if (refused) /* since it was put in */
        return FAIL(FORBIDDEN, "this site does not talk with that server any more");
    TRY(signers_get(federation_signers(d->app->federation), db, a, item->signer_id, &signer));
    struct err e = fetch_post(federation_fetcher(d->app->federation), a,
                              &(struct fetch_post){
                                  .url = item->inbox,
                                  .body = item->body->text,
                                  .body_bytes = item->body->bytes,
                                  .digest = item->body->digest,
                                  .knock_twice = true,
                                  .signer = signer,
                              },
                              response);
    key_close(signer.key);
    return e;
}

/* What the answer says about the host. Under the lock. */
static void judge_host(struct deliver *d, struct host *h, struct outcome *o, bool failed)
{
    if (!failed) {
        bool was = h->failures || h->aside_until_ms;
        d->set_aside -= h->aside_until_ms != 0;
        h->failures = 0;
        h->aside_until_ms = 0;
        h->probing = false;
        o->peer_changed = was;
        return;
    }
    int64_t wait = delivery_host_wait_ms(++h->failures, d->unit_ms);
    o->peer_changed = o->peer_failed = true;
    if (wait) {
        o->retry_after_ms = now_ms() + wait;
        if (o->fate == DELIVERY_AGAIN && o->run_after_ms < o->retry_after_ms)
            o->run_after_ms = o->retry_after_ms;
        set_aside(d, h, o->retry_after_ms);
    }
}

static void finish(struct deliver *d, struct host *h, struct item *item, struct err e,
                   const struct fetch_response *response, int64_t took_ms)
{
    struct outcome *o = outcome_of(h->name, item->inbox);
    struct delivery_verdict verdict = {.fate = DELIVERY_DONE};
    bool ours = e.id == ERR_STOPPED || e.id == ERR_DATABASE || e.id == ERR_DISK_FULL ||
                (e.id == ERR_PEER_BUSY && !response->status);
    bool unsent = e.id == ERR_NOT_FOUND || e.id == ERR_KEY_UNREADABLE || e.id == ERR_FORBIDDEN;
    o->id = item->id;
    o->outgoing_id = item->body->outgoing_id;
    o->attempts = item->attempts;
    if (ours) { /* no attempt at all */
        verdict = (struct delivery_verdict){.fate = DELIVERY_AGAIN, .wait_ms = PUT_BACK_MS};
    } else if (unsent) { /* nobody is left to sign it, or it may not go there any more */
        verdict.fate = DELIVERY_DROPPED;
    } else if (e.id) {
        o->attempts++;
        verdict = delivery_judge(
            &(struct delivery_answer){
                .status = response->status,
                .retry_after_ms = response->retry_after_ms,
                .refused = e.id == ERR_PEER_BLOCKED,
            },
            o->attempts, d->unit_ms, dice());
    }
    o->fate = verdict.fate;
    o->run_after_ms = now_ms() + (e.id == ERR_STOPPED ? 0 : verdict.wait_ms);
    if (e.id && !ours) {
        if (asprintf(&o->note, "%d %s", response->status, e.detail) < 0)
            abort();
        log_info("delivery_failed", "inbox=%s status=%d attempt=%d reason=%s",
                 LOG_QUOTE(item->inbox), response->status, o->attempts, LOG_QUOTE(e.detail));
    }
    pthread_mutex_lock(&d->lock);
    if (!ours && !unsent && e.id != ERR_PEER_BLOCKED)
        judge_host(d, h, o, verdict.host_failed);
    d->delivered += o->fate == DELIVERY_DONE;
    d->again += o->fate == DELIVERY_AGAIN && !ours;
    d->dropped += o->fate == DELIVERY_DROPPED || o->fate == DELIVERY_GONE;
    outcome_push(d, o);
    item_free(d, item);
    h->pace_ms += ((double)took_ms / host_limit(d, h) - h->pace_ms) / 8;
    h->running--;
    host_wake(d, h);
    if (d->in_memory < MEMORY_LOW)
        pthread_cond_signal(&d->room);
    pthread_mutex_unlock(&d->lock);
}

static bool has_work(const struct deliver *d, const struct host *h)
{
    return h->first && h->running < host_limit(d, h);
}

/* The host that waits longest and has something to do, or NULL to end; under the lock. */
static struct host *next_host(struct deliver *d)
{
    while (!d->stopping) {
        struct host *h = d->ready_first;
        if (!h) {
            pthread_cond_wait(&d->work, &d->lock);
            continue;
        }
        d->ready_first = h->next_ready;
        if (!d->ready_first)
            d->ready_last = &d->ready_first;
        h->ready = false;
        if (has_work(d, h))
            return h;
    }
    return NULL;
}

/* The next row, of *host if `stay` and it has one, else of another; or NULL to end. */
static struct item *next_item(struct deliver *d, struct host **host, bool stay)
{
    struct item *item = NULL;
    pthread_mutex_lock(&d->lock);
    if (!stay || d->stopping || !has_work(d, *host))
        *host = next_host(d);
    if (*host) {
        item = host_pop(d, *host);
        (*host)->running++;
        host_wake(d, *host);
    }
    pthread_mutex_unlock(&d->lock);
    return item;
}

struct sender {
    struct deliver *d;
    struct db *db;
};

static void *sender_main(void *arg)
{
    struct sender *sender = arg;
    struct host *h = NULL, *before = NULL;
    struct item *item;
    int64_t took_ms = 0;
    int streak = 0;
    thread_is("sender", NICE_SENDER);
    while ((item = next_item(sender->d, &h, h && streak < STREAK && took_ms < QUICK_MS))) {
        SCOPED_ARENA struct arena *a = arena_open();
        struct fetch_response response = {0};
        int64_t started_ms = monotonic_ms();
        streak = h == before ? streak + 1 : 1;
        before = h;
        struct err e = send_one(sender->d, sender->db, a, h->name, item, &response);
        took_ms = monotonic_ms() - started_ms;
        finish(sender->d, h, item, e, &response, took_ms);
    }
    free(sender);
    return NULL;
}

/* --- leasing --------------------------------------------------------------------------------
 */

/* The body of a row, read once for all that carry it. NULL: it is gone. */
static struct body *body_get(struct deliver *d, struct db *db, int64_t outgoing_id)
{
    SCOPED_ARENA struct arena *a = arena_open();
    const char *text = NULL;
    pthread_mutex_lock(&d->lock);
    struct body *b = body_find(d, outgoing_id);
    if (b)
        b->users++;
    pthread_mutex_unlock(&d->lock);
    if (b || delivery_body(db, a, outgoing_id, &text).id || !text)
        return b;
    b = calloc(1, sizeof *b);
    if (!b)
        abort();
    b->outgoing_id = outgoing_id;
    b->bytes = strlen(text);
    b->text = strdup(text);
    b->digest = strdup(httpsig_digest(a, text, b->bytes));
    b->users = 1;
    pthread_mutex_lock(&d->lock); /* only the leaser adds bodies */
    struct body **place = &d->bodies[(uint64_t)outgoing_id % TABLE_SIZE];
    b->next = *place;
    *place = b;
    pthread_mutex_unlock(&d->lock);
    return b;
}

static void take(struct deliver *d, struct db *db, const struct delivery *row)
{
    struct body *body = body_get(d, db, row->outgoing_id);
    if (!body)
        return;
    size_t bytes = strlen(row->inbox) + 1;
    struct item *item = calloc(1, sizeof *item + bytes);
    if (!item)
        abort();
    item->body = body;
    item->id = row->id;
    item->signer_id = row->signer_id;
    item->created_ms = row->created_ms;
    item->attempts = row->attempts;
    memcpy(item->inbox, row->inbox, bytes);

    int64_t now = now_ms();
    pthread_mutex_lock(&d->lock);
    struct host *h = host_find(d, row->host, true);
    h->put_back -= h->put_back > 0;
    if (h->aside_until_ms > now) {
        put_back(d, h, item, h->aside_until_ms + dice() % 1000);
    } else if (h->waiting >= HOST_ROWS_MAX) {
        put_back_till_room(d, h, item);
    } else {
        h->probing = h->aside_until_ms != 0;
        host_push(d, h, item);
    }
    pthread_mutex_unlock(&d->lock);
}

static bool wait_for_room(struct deliver *d)
{
    pthread_mutex_lock(&d->lock);
    while (!d->stopping && d->in_memory >= MEMORY_LOW)
        pthread_cond_wait(&d->room, &d->lock);
    bool stopping = d->stopping;
    pthread_mutex_unlock(&d->lock);
    return !stopping;
}

static void *leaser_main(void *arg)
{
    struct deliver *d = arg;
    struct db *db = d->dbs[0];
    struct db_pool *pool = d->app->db;
    thread_is("leaser", NICE_WRITER);
    for (;;) {
        uint64_t news = db_news(pool, DB_DELIVERIES);
        if (!wait_for_room(d))
            break;
        SCOPED_ARENA struct arena *a = arena_open();
        int64_t due_ms, wait_ms = IDLE_MS, now = now_ms();
        struct delivery_list rows = {0};
        struct err e = delivery_next_due(db, &due_ms);
        if (!e.id && due_ms <= now)
            e = delivery_lease(db, a, LEASE_ROWS, &rows);
        else if (!e.id && due_ms - now < wait_ms)
            wait_ms = due_ms - now;
        for (size_t i = 0; i < rows.count; i++)
            take(d, db, &rows.items[i]);
        if (e.id) {
            log_error("delivery_lease", "reason=%s", LOG_QUOTE(e.detail));
            wait_ms = 1000;
        }
        if (!rows.count)
            db_wait(pool, DB_DELIVERIES, news, wait_ms);
    }
    return NULL;
}

/* --- writing --------------------------------------------------------------------------------
 */

static struct err write_all(struct db *db, const struct outcome *first)
{
    SCOPED_ARENA struct arena *a = arena_open();
    size_t count = 0, i = 0;
    for (const struct outcome *o = first; o; o = o->next)
        count++;
    struct delivery_result *results = arena_alloc(a, count * sizeof *results);
    struct peer_change *peers = arena_alloc(a, count * sizeof *peers);
    const char **revived = arena_alloc(a, count * sizeof *revived);
    struct delivery_batch b = {.results = results, .peers = peers, .revived = revived};
    for (const struct outcome *o = first; o; o = o->next, i++) {
        if (o->id)
            results[b.result_count++] = (struct delivery_result){
                .id = o->id,
                .outgoing_id = o->outgoing_id,
                .host = o->host,
                .inbox = o->inbox,
                .attempts = o->attempts,
                .fate = o->fate,
                .run_after_ms = o->run_after_ms,
                .note = o->note,
            };
        if (o->peer_changed)
            peers[b.peer_count++] = (struct peer_change){
                .host = o->host, .failed = o->peer_failed, .retry_after_ms = o->retry_after_ms};
        if (o->revived || (o->peer_changed && !o->peer_failed))
            revived[b.revived_count++] = o->host;
    }
    return delivery_settle(db, &b);
}

/* Lock held. A crash in this while delivers once more what it would have written: ids tell. */
static void gather(struct deliver *d)
{
    struct timespec until;
    clock_gettime(CLOCK_REALTIME, &until);
    until.tv_nsec += GATHER_MS * 1000000L;
    until.tv_sec += until.tv_nsec / 1000000000L;
    until.tv_nsec %= 1000000000L;
    while (!d->writer_ends && !pthread_cond_timedwait(&d->written, &d->lock, &until))
        ;
}

/* Writes whatever there is, as one group, again and again: the faster it comes, the larger the
 * groups. Rows that cannot be written stay leased, and come back when the lease ends. */
static void *writer_main(void *arg)
{
    struct deliver *d = arg;
    thread_is("settler", NICE_WRITER);
    for (;;) {
        pthread_mutex_lock(&d->lock);
        while (!d->outcomes && !d->writer_ends)
            pthread_cond_wait(&d->written, &d->lock);
        gather(d);
        struct outcome *first = d->outcomes;
        d->outcomes = NULL;
        d->outcomes_last = &d->outcomes;
        pthread_mutex_unlock(&d->lock);
        if (!first)
            return NULL;
        struct err e = write_all(d->dbs[1], first);
        if (e.id)
            log_error("delivery_settle", "reason=%s", LOG_QUOTE(e.detail));
        for (struct outcome *next; first; first = next) {
            next = first->next;
            free(first->note);
            free(first);
        }
    }
}

/* --- opening and closing --------------------------------------------------------------------
 */

static struct err load_peers(struct deliver *d, struct db *db)
{
    SCOPED_ARENA struct arena *a = arena_open();
    struct peer_list peers = {0};
    TRY(peers_failing(db, a, &peers));
    for (size_t i = 0; i < peers.count; i++) {
        struct host *h = host_find(d, peers.items[i].host, true);
        h->failures = peers.items[i].failures;
        h->aside_until_ms = peers.items[i].retry_after_ms;
        d->set_aside += h->aside_until_ms != 0;
    }
    return OK;
}

static struct err start(struct deliver *d)
{
    for (int i = 0; i < d->threads + 2; i++)
        TRY(db_open(d->app->db, &d->dbs[i]));
    TRY(delivery_reclaim(d->dbs[0]));
    TRY(load_peers(d, d->dbs[0]));
    d->writer_runs = !pthread_create(&d->writer, NULL, writer_main, d);
    d->leaser_runs = d->writer_runs && !pthread_create(&d->leaser, NULL, leaser_main, d);
    int wanted = d->threads;
    for (d->threads = 0; d->leaser_runs && d->threads < wanted; d->threads++) {
        struct sender *sender = malloc(sizeof *sender);
        if (!sender)
            abort();
        *sender = (struct sender){d, d->dbs[d->threads + 2]};
        if (pthread_create(&d->senders[d->threads], NULL, sender_main, sender)) {
            free(sender);
            break;
        }
    }
    return d->threads ? OK : FAIL(INTERNAL, "the threads of delivery cannot be started");
}

struct err deliver_open(struct app *app, struct deliver **out)
{
    struct deliver *d = calloc(1, sizeof *d);
    if (!d)
        abort();
    int64_t threads = app->config->federation_deliveries;
    d->app = app;
    d->unit_ms = app->config->federation_retry_ms;
    d->per_host = (int)app->config->federation_deliveries_per_host;
    d->threads = threads < 1 ? 1 : threads > THREADS_MAX ? THREADS_MAX : (int)threads;
    d->ready_last = &d->ready_first;
    d->outcomes_last = &d->outcomes;
    pthread_mutex_init(&d->lock, NULL);
    pthread_cond_init(&d->work, NULL);
    pthread_cond_init(&d->room, NULL);
    pthread_cond_init(&d->written, NULL);
    *out = d;
    return start(d);
}

static void hosts_free(struct deliver *d)
{
    for (size_t i = 0; i < TABLE_SIZE; i++)
        for (struct host *h = d->table[i], *next; h; h = next) {
            next = h->next;
            while (h->first) /* leased still: the next start takes them back */
                item_free(d, host_pop(d, h));
            free(h);
        }
}

void deliver_close(struct deliver *d)
{
    if (!d)
        return;
    pthread_mutex_lock(&d->lock);
    d->stopping = true;
    pthread_cond_broadcast(&d->work);
    pthread_cond_broadcast(&d->room);
    pthread_mutex_unlock(&d->lock);
    db_signal(d->app->db, DB_DELIVERIES);
    if (d->leaser_runs)
        pthread_join(d->leaser, NULL);
    for (int i = 0; i < d->threads && d->leaser_runs; i++)
        pthread_join(d->senders[i], NULL);
    pthread_mutex_lock(&d->lock);
    d->writer_ends = true;
    pthread_cond_signal(&d->written);
    pthread_mutex_unlock(&d->lock);
    if (d->writer_runs)
        pthread_join(d->writer, NULL);
    hosts_free(d);
    for (size_t i = 0; i < sizeof d->dbs / sizeof *d->dbs; i++)
        db_close(d->dbs[i]);
    pthread_cond_destroy(&d->work);
    pthread_cond_destroy(&d->room);
    pthread_cond_destroy(&d->written);
    pthread_mutex_destroy(&d->lock);
    free(d);
}

void deliver_heard(struct deliver *d, const char *host)
{
    if (!d)
        return;
    pthread_mutex_lock(&d->lock);
    struct host *h = d->set_aside ? host_find(d, host, false) : NULL;
    if (h && h->aside_until_ms) {
        struct outcome *o = outcome_of(host, "");
        d->set_aside--;
        h->aside_until_ms = 0;
        h->failures = 0;
        o->revived = o->peer_changed = true;
        outcome_push(d, o);
    }
    pthread_mutex_unlock(&d->lock);
}

struct deliver_stats deliver_stats(struct deliver *d)
{
    if (!d)
        return (struct deliver_stats){0};
    pthread_mutex_lock(&d->lock);
    struct deliver_stats s = {d->delivered, d->again, d->dropped, d->in_memory, d->set_aside};
    pthread_mutex_unlock(&d->lock);
    return s;
}
