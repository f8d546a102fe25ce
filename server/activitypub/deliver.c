/* deliver.c — see deliver.h. What waits in memory, and whose turn it is: backlog.h. */
#include "server/activitypub/deliver.h"

#include "base/clock.h"
#include "base/log.h"
#include "base/thread.h"
#include "server/activitypub/federation.h"
#include "server/activitypub/signers.h"
#include "server/app.h"
#include "server/config.h"
#include "server/db/db.h"
#include "server/domain/block.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    THREADS_MAX = 64,
    LEASE_ROWS = 512,
    PUT_BACK_MS = 5000,
    STREAK = 16,    /* so many to a host in a row, on one connection, */
    QUICK_MS = 100, /* if it answers within this time; then others have their turn */
    IDLE_MS = 30000,
    NICE_SENDER = 15, /* who looks at pages goes first; */
    NICE_WRITER = 5,  /* but others may wait for who holds the writer of the database */
};

struct deliver { /* fixed after open */
    struct app *app;
    struct backlog *backlog;
    int64_t unit_ms;
    int threads;
    pthread_t leaser, writer, senders[THREADS_MAX];
    bool leaser_runs, writer_runs;
    struct db *dbs[THREADS_MAX + 2];
};

/* --- sending --------------------------------------------------------------------------------
 */

static struct err send_one(struct deliver *d, struct db *db, struct arena *a,
                           const struct backlog_item *item, struct fetch_response *response)
{
    struct fetch_signer signer;
    bool refused;
    TRY(is_host_blocked(db, item->host_name, &refused));
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

/* What came of an attempt: what becomes of the row, and what it says about the host. */
static void finish(struct deliver *d, struct backlog_item *item, struct err e,
                   const struct fetch_response *response, int64_t took_ms)
{
    struct backlog_outcome *o = backlog_outcome_of(item);
    struct delivery_verdict verdict = {.fate = DELIVERY_DONE};
    bool ours = e.id == ERR_STOPPED || e.id == ERR_DATABASE || e.id == ERR_DISK_FULL ||
                (e.id == ERR_PEER_BUSY && !response->status);
    bool unsent = e.id == ERR_NOT_FOUND || e.id == ERR_KEY_UNREADABLE || e.id == ERR_FORBIDDEN;
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
            o->attempts, d->unit_ms, backlog_dice());
    }
    o->fate = verdict.fate;
    o->run_after_ms = now_ms() + (e.id == ERR_STOPPED ? 0 : verdict.wait_ms);
    if (e.id && !ours) {
        if (asprintf(&o->note, "%d %s", response->status, e.detail) < 0)
            abort();
        log_info("delivery_failed", "inbox=%s status=%d attempt=%d reason=%s",
                 LOG_QUOTE(item->inbox), response->status, o->attempts, LOG_QUOTE(e.detail));
    }
    enum backlog_says says = ours || unsent || e.id == ERR_PEER_BLOCKED ? BACKLOG_SAYS_NOTHING
                             : verdict.host_failed                      ? BACKLOG_FAILED
                                                                        : BACKLOG_ANSWERED;
    backlog_ended(d->backlog, item, o, says, !ours, took_ms);
}

struct sender {
    struct deliver *d;
    struct db *db;
};

static void *sender_main(void *arg)
{
    struct sender *sender = arg;
    struct backlog_host *host = NULL, *before = NULL;
    struct backlog_item *item;
    int64_t took_ms = 0;
    int streak = 0;
    thread_is("sender", NICE_SENDER);
    while ((item = backlog_next(sender->d->backlog,
                                streak < STREAK && took_ms < QUICK_MS ? host : NULL))) {
        SCOPED_ARENA struct arena *a = arena_open();
        struct fetch_response response = {0};
        int64_t started_ms = monotonic_ms();
        host = item->host;
        streak = host == before ? streak + 1 : 1;
        before = host;
        struct err e = send_one(sender->d, sender->db, a, item, &response);
        took_ms = monotonic_ms() - started_ms;
        finish(sender->d, item, e, &response, took_ms);
    }
    free(sender);
    return NULL;
}

/* --- leasing --------------------------------------------------------------------------------
 */

/* The body of a row, read once for all that carry it. NULL: it is gone. */
static struct backlog_body *body_get(struct deliver *d, struct db *db, int64_t outgoing_id)
{
    SCOPED_ARENA struct arena *a = arena_open();
    const char *text = NULL;
    struct backlog_body *body = backlog_body(d->backlog, outgoing_id);
    if (body || delivery_body(db, a, outgoing_id, &text).id || !text)
        return body;
    return backlog_body_add(d->backlog, outgoing_id, text,
                            httpsig_digest(a, text, strlen(text)));
}

static void *leaser_main(void *arg)
{
    struct deliver *d = arg;
    struct db *db = d->dbs[0];
    struct db_pool *pool = d->app->db;
    thread_is("leaser", NICE_WRITER);
    for (;;) {
        uint64_t news = db_news(pool, DB_DELIVERIES);
        if (!backlog_room(d->backlog))
            break;
        SCOPED_ARENA struct arena *a = arena_open();
        int64_t due_ms, wait_ms = IDLE_MS, now = now_ms();
        struct delivery_list rows = {0};
        struct err e = delivery_next_due(db, &due_ms);
        if (!e.id && due_ms <= now)
            e = delivery_lease(db, a, LEASE_ROWS, &rows);
        else if (!e.id && due_ms - now < wait_ms)
            wait_ms = due_ms - now;
        for (size_t i = 0; i < rows.count; i++) {
            struct backlog_body *body = body_get(d, db, rows.items[i].outgoing_id);
            if (body)
                backlog_take(d->backlog, body, &rows.items[i]);
        }
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

static struct err write_all(struct db *db, const struct backlog_outcome *first)
{
    SCOPED_ARENA struct arena *a = arena_open();
    size_t count = 0, i = 0;
    for (const struct backlog_outcome *o = first; o; o = o->next)
        count++;
    struct delivery_result *results = arena_alloc(a, count * sizeof *results);
    struct peer_change *peers = arena_alloc(a, count * sizeof *peers);
    const char **revived = arena_alloc(a, count * sizeof *revived);
    struct delivery_batch b = {.results = results, .peers = peers, .revived = revived};
    for (const struct backlog_outcome *o = first; o; o = o->next, i++) {
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

/* Writes whatever there is, as one group, again and again: the faster it comes, the larger the
 * groups. Rows that cannot be written stay leased, and come back when the lease ends. */
static void *writer_main(void *arg)
{
    struct deliver *d = arg;
    struct backlog_outcome *first;
    thread_is("settler", NICE_WRITER);
    while ((first = backlog_outcomes(d->backlog))) {
        struct err e = write_all(d->dbs[1], first);
        if (e.id)
            log_error("delivery_settle", "reason=%s", LOG_QUOTE(e.detail));
        backlog_outcomes_free(first);
    }
    return NULL;
}

/* --- opening and closing --------------------------------------------------------------------
 */

static struct err load_peers(struct deliver *d, struct db *db)
{
    SCOPED_ARENA struct arena *a = arena_open();
    struct peer_list peers = {0};
    TRY(peers_failing(db, a, &peers));
    for (size_t i = 0; i < peers.count; i++)
        backlog_peer(d->backlog, &peers.items[i]);
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
    d->threads = threads < 1 ? 1 : threads > THREADS_MAX ? THREADS_MAX : (int)threads;
    d->backlog = backlog_open((int)app->config->federation_deliveries_per_host, d->unit_ms);
    *out = d;
    return start(d);
}

void deliver_close(struct deliver *d)
{
    if (!d)
        return;
    backlog_stop(d->backlog);
    db_signal(d->app->db, DB_DELIVERIES);
    if (d->leaser_runs)
        pthread_join(d->leaser, NULL);
    for (int i = 0; i < d->threads && d->leaser_runs; i++)
        pthread_join(d->senders[i], NULL);
    backlog_end(d->backlog);
    if (d->writer_runs)
        pthread_join(d->writer, NULL);
    backlog_close(d->backlog); /* what is leased still: the next start takes it back */
    for (size_t i = 0; i < sizeof d->dbs / sizeof *d->dbs; i++)
        db_close(d->dbs[i]);
    free(d);
}

void deliver_heard(struct deliver *d, const char *host)
{
    if (d)
        backlog_heard(d->backlog, host);
}

struct backlog_stats deliver_stats(struct deliver *d)
{
    return d ? backlog_stats(d->backlog) : (struct backlog_stats){0};
}
