/* backlog.c — see backlog.h. */
#include "server/activitypub/backlog.h"

#include "base/clock.h"
#include "base/crypto.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum {
    MEMORY_LOW = 1024,   /* below it more rows are leased */
    HOST_ROWS_MAX = 512, /* of one host; more are put back until it has room for them */
    PACE_MS = 10,        /* between two deliveries to a host we know nothing of */
    AHEAD_MAX_MS = 10 * 60 * 1000,
    LEASE_LEFT_MS = 60 * 1000, /* what is sent must have so much of its lease left */
    GATHER_MS = 200,           /* outcomes wait so long for others to be written with them */
    TABLE_SIZE = 1024,
};

struct backlog_host {
    struct backlog_host *next;       /* in its place of the table */
    struct backlog_host *next_ready; /* of the queue of hosts that have something to do */
    struct backlog_item *first, **last;
    int waiting, running, failures;
    int put_back;           /* rows that were too many, and did not come again yet */
    double pace_ms;         /* between two deliveries, lately */
    int64_t aside_until_ms; /* 0: it is not set aside */
    bool ready, probing;
    char name[];
};

struct backlog {
    /* --- fixed after open */
    int64_t unit_ms;
    int per_host;

    pthread_mutex_t lock;
    pthread_cond_t work, room, written;
    /* --- protected by lock */
    bool stopping, ends;
    struct backlog_host *table[TABLE_SIZE];
    struct backlog_host *ready_first, **ready_last;
    struct backlog_body *bodies[TABLE_SIZE];
    struct backlog_outcome *outcomes, **outcomes_last;
    struct backlog_stats stats;
};

static void *memory(size_t bytes)
{
    void *p = calloc(1, bytes);
    if (!p)
        abort();
    return p;
}

uint32_t backlog_dice(void)
{
    uint32_t n;
    random_bytes(&n, sizeof n);
    return n;
}

/* --- hosts and bodies; the lock is held from here on -----------------------------------------
 */

static struct backlog_host *host_find(struct backlog *b, const char *name, bool make)
{
    uint32_t hash = 2166136261u;
    for (const char *p = name; *p; p++)
        hash = (hash ^ (unsigned char)*p) * 16777619u;
    struct backlog_host **place = &b->table[hash % TABLE_SIZE];
    for (struct backlog_host *h = *place; h; h = h->next)
        if (!strcmp(h->name, name))
            return h;
    if (!make)
        return NULL;
    size_t bytes = strlen(name) + 1;
    struct backlog_host *h = memory(sizeof *h + bytes);
    memcpy(h->name, name, bytes);
    h->last = &h->first;
    h->pace_ms = PACE_MS;
    h->next = *place;
    *place = h;
    return h;
}

static int host_limit(const struct backlog *b, const struct backlog_host *h)
{
    return h->probing || h->failures ? 1 : b->per_host;
}

static bool has_work(const struct backlog *b, const struct backlog_host *h)
{
    return h->first && h->running < host_limit(b, h);
}

static void host_wake(struct backlog *b, struct backlog_host *h)
{
    if (h->ready || !has_work(b, h))
        return;
    h->ready = true;
    h->next_ready = NULL;
    *b->ready_last = h;
    b->ready_last = &h->next_ready;
    pthread_cond_signal(&b->work);
}

static void host_push(struct backlog *b, struct backlog_host *h, struct backlog_item *item)
{
    item->next = NULL;
    *h->last = item;
    h->last = &item->next;
    h->waiting++;
    b->stats.in_memory++;
    host_wake(b, h);
}

static struct backlog_item *host_pop(struct backlog *b, struct backlog_host *h)
{
    struct backlog_item *item = h->first;
    h->first = item->next;
    if (!h->first)
        h->last = &h->first;
    h->waiting--;
    b->stats.in_memory--;
    return item;
}

static void body_let(struct backlog *b, struct backlog_body *body)
{
    if (--body->users)
        return;
    struct backlog_body **place = &b->bodies[(uint64_t)body->outgoing_id % TABLE_SIZE];
    while (*place != body)
        place = &(*place)->next;
    *place = body->next;
    free(body->text);
    free(body->digest);
    free(body);
}

static void item_free(struct backlog *b, struct backlog_item *item)
{
    body_let(b, item->body);
    free(item);
}

/* --- outcomes -------------------------------------------------------------------------------
 */

static struct backlog_outcome *outcome_new(const char *host, const char *inbox)
{
    size_t n = strlen(host) + 1, m = strlen(inbox) + 1;
    struct backlog_outcome *o = memory(sizeof *o + n + m);
    memcpy(o->host, host, n);
    o->inbox = o->host + n;
    memcpy(o->inbox, inbox, m);
    return o;
}

struct backlog_outcome *backlog_outcome_of(const struct backlog_item *item)
{
    struct backlog_outcome *o = outcome_new(item->host_name, item->inbox);
    o->id = item->id;
    o->outgoing_id = item->body->outgoing_id;
    o->attempts = item->attempts;
    return o;
}

static void outcome_push(struct backlog *b, struct backlog_outcome *o)
{
    o->next = NULL;
    if (!b->outcomes)
        pthread_cond_signal(&b->written);
    *b->outcomes_last = o;
    b->outcomes_last = &o->next;
}

/* The row goes back untried. */
static void put_back(struct backlog *b, struct backlog_host *h, struct backlog_item *item,
                     int64_t at_ms)
{
    struct backlog_outcome *o = backlog_outcome_of(item);
    bool old =
        h->aside_until_ms && now_ms() - item->created_ms > delivery_age_max_ms(b->unit_ms);
    o->fate = old ? DELIVERY_DROPPED : DELIVERY_AGAIN;
    o->run_after_ms = at_ms;
    b->stats.dropped += old;
    outcome_push(b, o);
    item_free(b, item);
}

/* Its host has enough rows in memory: it comes again when they will have gone. */
static void put_back_till_room(struct backlog *b, struct backlog_host *h,
                               struct backlog_item *item)
{
    double wait_ms = h->pace_ms * (h->waiting + ++h->put_back);
    put_back(b, h, item, now_ms() + (wait_ms < AHEAD_MAX_MS ? (int64_t)wait_ms : AHEAD_MAX_MS));
}

/* All that waits in memory for a host goes back until its time is up. */
static void set_aside(struct backlog *b, struct backlog_host *h, int64_t until_ms)
{
    b->stats.hosts_set_aside += !h->aside_until_ms;
    h->aside_until_ms = until_ms;
    h->probing = false;
    h->put_back = 0;
    while (h->first)
        put_back(b, h, host_pop(b, h), until_ms + backlog_dice() % 1000);
}

/* What the answer says about the host. */
static void judge_host(struct backlog *b, struct backlog_host *h, struct backlog_outcome *o,
                       bool failed)
{
    if (!failed) {
        o->peer_changed = h->failures || h->aside_until_ms;
        b->stats.hosts_set_aside -= h->aside_until_ms != 0;
        h->failures = 0;
        h->aside_until_ms = 0;
        h->probing = false;
        return;
    }
    int64_t wait = delivery_host_wait_ms(++h->failures, b->unit_ms);
    o->peer_changed = o->peer_failed = true;
    if (wait) {
        o->retry_after_ms = now_ms() + wait;
        if (o->fate == DELIVERY_AGAIN && o->run_after_ms < o->retry_after_ms)
            o->run_after_ms = o->retry_after_ms;
        set_aside(b, h, o->retry_after_ms);
    }
}

static void tell_room(struct backlog *b)
{
    if (b->stats.in_memory < MEMORY_LOW)
        pthread_cond_signal(&b->room);
}

/* The host that waits longest and has something to do, or NULL to end. */
static struct backlog_host *next_host(struct backlog *b)
{
    while (!b->stopping) {
        struct backlog_host *h = b->ready_first;
        if (!h) {
            pthread_cond_wait(&b->work, &b->lock);
            continue;
        }
        b->ready_first = h->next_ready;
        if (!b->ready_first)
            b->ready_last = &b->ready_first;
        h->ready = false;
        if (has_work(b, h))
            return h;
    }
    return NULL;
}

/* The next item of a host that may still be sent; the others' rows come again. NULL: none. */
static struct backlog_item *next_of(struct backlog *b, struct backlog_host *h)
{
    int64_t now = now_ms();
    while (has_work(b, h)) {
        struct backlog_item *item = host_pop(b, h);
        if (item->leased_until_ms - LEASE_LEFT_MS > now) {
            h->running++;
            return item;
        }
        item_free(b, item);
    }
    return NULL;
}

/* --- in; the lock is taken from here on
 * -------------------------------------------------------
 */

bool backlog_room(struct backlog *b)
{
    pthread_mutex_lock(&b->lock);
    while (!b->stopping && b->stats.in_memory >= MEMORY_LOW)
        pthread_cond_wait(&b->room, &b->lock);
    bool stopping = b->stopping;
    pthread_mutex_unlock(&b->lock);
    return !stopping;
}

struct backlog_body *backlog_body(struct backlog *b, int64_t outgoing_id)
{
    pthread_mutex_lock(&b->lock);
    struct backlog_body *body = b->bodies[(uint64_t)outgoing_id % TABLE_SIZE];
    while (body && body->outgoing_id != outgoing_id)
        body = body->next;
    if (body)
        body->users++;
    pthread_mutex_unlock(&b->lock);
    return body;
}

struct backlog_body *backlog_body_add(struct backlog *b, int64_t outgoing_id, const char *text,
                                      const char *digest)
{
    struct backlog_body *body = memory(sizeof *body);
    body->outgoing_id = outgoing_id;
    body->bytes = strlen(text);
    body->text = strdup(text);
    body->digest = strdup(digest);
    body->users = 1;
    if (!body->text || !body->digest)
        abort();
    pthread_mutex_lock(&b->lock);
    struct backlog_body **place = &b->bodies[(uint64_t)outgoing_id % TABLE_SIZE];
    body->next = *place;
    *place = body;
    pthread_mutex_unlock(&b->lock);
    return body;
}

void backlog_take(struct backlog *b, struct backlog_body *body, const struct delivery *row)
{
    size_t bytes = strlen(row->inbox) + 1;
    struct backlog_item *item = memory(sizeof *item + bytes);
    int64_t now = now_ms();
    item->body = body;
    item->id = row->id;
    item->signer_id = row->signer_id;
    item->created_ms = row->created_ms;
    item->leased_until_ms = row->leased_until_ms;
    item->attempts = row->attempts;
    memcpy(item->inbox, row->inbox, bytes);

    pthread_mutex_lock(&b->lock);
    struct backlog_host *h = host_find(b, row->host, true);
    item->host = h;
    item->host_name = h->name;
    h->put_back -= h->put_back > 0;
    if (h->aside_until_ms > now) {
        put_back(b, h, item, h->aside_until_ms + backlog_dice() % 1000);
    } else if (h->waiting >= HOST_ROWS_MAX) {
        put_back_till_room(b, h, item);
    } else {
        h->probing = h->aside_until_ms != 0;
        host_push(b, h, item);
    }
    pthread_mutex_unlock(&b->lock);
}

/* --- out ------------------------------------------------------------------------------------
 */

struct backlog_item *backlog_next(struct backlog *b, struct backlog_host *stay)
{
    struct backlog_item *item = NULL;
    pthread_mutex_lock(&b->lock);
    struct backlog_host *h = stay && !b->stopping ? stay : next_host(b);
    while (h && !(item = next_of(b, h)))
        h = next_host(b);
    if (h)
        host_wake(b, h);
    tell_room(b);
    pthread_mutex_unlock(&b->lock);
    return item;
}

void backlog_ended(struct backlog *b, struct backlog_item *item, struct backlog_outcome *o,
                   enum backlog_says says, bool tried, int64_t took_ms)
{
    struct backlog_host *h = item->host;
    pthread_mutex_lock(&b->lock);
    if (says != BACKLOG_SAYS_NOTHING)
        judge_host(b, h, o, says == BACKLOG_FAILED);
    b->stats.delivered += o->fate == DELIVERY_DONE;
    b->stats.again += o->fate == DELIVERY_AGAIN && tried;
    b->stats.dropped += o->fate == DELIVERY_DROPPED || o->fate == DELIVERY_GONE;
    outcome_push(b, o);
    item_free(b, item);
    h->pace_ms += ((double)took_ms / host_limit(b, h) - h->pace_ms) / 8;
    h->running--;
    host_wake(b, h);
    tell_room(b);
    pthread_mutex_unlock(&b->lock);
}

void backlog_heard(struct backlog *b, const char *host)
{
    pthread_mutex_lock(&b->lock);
    struct backlog_host *h = b->stats.hosts_set_aside ? host_find(b, host, false) : NULL;
    if (h && h->aside_until_ms) {
        struct backlog_outcome *o = outcome_new(host, "");
        b->stats.hosts_set_aside--;
        h->aside_until_ms = 0;
        h->failures = 0;
        o->revived = o->peer_changed = true;
        outcome_push(b, o);
    }
    pthread_mutex_unlock(&b->lock);
}

/* --- what is to be written
 * --------------------------------------------------------------------
 */

/* Lock held. A crash in this while delivers once more what it would have written: ids tell. */
static void gather(struct backlog *b)
{
    struct timespec until;
    clock_gettime(CLOCK_REALTIME, &until);
    until.tv_nsec += GATHER_MS * 1000000L;
    until.tv_sec += until.tv_nsec / 1000000000L;
    until.tv_nsec %= 1000000000L;
    while (!b->ends && !pthread_cond_timedwait(&b->written, &b->lock, &until))
        ;
}

struct backlog_outcome *backlog_outcomes(struct backlog *b)
{
    pthread_mutex_lock(&b->lock);
    while (!b->outcomes && !b->ends)
        pthread_cond_wait(&b->written, &b->lock);
    gather(b);
    struct backlog_outcome *first = b->outcomes;
    b->outcomes = NULL;
    b->outcomes_last = &b->outcomes;
    pthread_mutex_unlock(&b->lock);
    return first;
}

void backlog_outcomes_free(struct backlog_outcome *first)
{
    for (struct backlog_outcome *next; first; first = next) {
        next = first->next;
        free(first->note);
        free(first);
    }
}

void backlog_stop(struct backlog *b)
{
    pthread_mutex_lock(&b->lock);
    b->stopping = true;
    pthread_cond_broadcast(&b->work);
    pthread_cond_broadcast(&b->room);
    pthread_mutex_unlock(&b->lock);
}

void backlog_end(struct backlog *b)
{
    pthread_mutex_lock(&b->lock);
    b->ends = true;
    pthread_cond_signal(&b->written);
    pthread_mutex_unlock(&b->lock);
}

/* --- opening and closing --------------------------------------------------------------------
 */

struct backlog *backlog_open(int per_host, int64_t unit_ms)
{
    struct backlog *b = memory(sizeof *b);
    b->per_host = per_host;
    b->unit_ms = unit_ms;
    b->ready_last = &b->ready_first;
    b->outcomes_last = &b->outcomes;
    pthread_mutex_init(&b->lock, NULL);
    pthread_cond_init(&b->work, NULL);
    pthread_cond_init(&b->room, NULL);
    pthread_cond_init(&b->written, NULL);
    return b;
}

void backlog_close(struct backlog *b)
{
    if (!b)
        return;
    for (size_t i = 0; i < TABLE_SIZE; i++)
        for (struct backlog_host *h = b->table[i], *next; h; h = next) {
            next = h->next;
            while (h->first)
                item_free(b, host_pop(b, h));
            free(h);
        }
    backlog_outcomes_free(b->outcomes);
    pthread_cond_destroy(&b->work);
    pthread_cond_destroy(&b->room);
    pthread_cond_destroy(&b->written);
    pthread_mutex_destroy(&b->lock);
    free(b);
}

void backlog_peer(struct backlog *b, const struct peer *peer)
{
    pthread_mutex_lock(&b->lock);
    struct backlog_host *h = host_find(b, peer->host, true);
    h->failures = peer->failures;
    h->aside_until_ms = peer->retry_after_ms;
    b->stats.hosts_set_aside += h->aside_until_ms != 0;
    pthread_mutex_unlock(&b->lock);
}

struct backlog_stats backlog_stats(struct backlog *b)
{
    pthread_mutex_lock(&b->lock);
    struct backlog_stats s = b->stats;
    pthread_mutex_unlock(&b->lock);
    return s;
}
