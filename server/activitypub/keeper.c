/* keeper.c — see keeper.h. */
#include "server/activitypub/keeper.h"

#include "base/clock.h"
#include "base/crypto.h"
#include "base/thread.h"
#include "server/db/db_incoming.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

enum { CROWD = 8, CROWDED_MS = 100 };

struct letter {
    struct keeper *keeper;
    struct req *rq;
    struct res *rs;
    int64_t signer_id, received_ms;
    char digest[SHA256_HEX]; /* of its id and its bytes: the same again is kept once */
    struct letter *next;
};

struct keeper {
    /* --- fixed after open */
    struct db *db; /* the thread's */
    pthread_t thread;
    bool runs;
    /* --- protected by lock; `changed` is signalled when a letter comes, or the end */
    pthread_mutex_t lock;
    pthread_cond_t changed;
    struct letter *first, **last;
    bool ending;
    /* --- any time */
    atomic_int_fast64_t crowded_ms; /* when so many were written together for the last time */
};

static struct err put(struct db *db, const struct letter *l)
{
    bool fresh;
    return db_incoming_put(db, l->digest, l->signer_id, l->rq->body, l->received_ms, &fresh);
}

static struct err put_alone(struct db *db, const struct letter *l)
{
    DB_TRANSACTION(db, put(db, l));
    return OK;
}

static struct err put_each(struct db *db, const struct letter *l)
{
    for (; l; l = l->next)
        TRY(put(db, l));
    return OK;
}

static struct err put_together(struct db *db, const struct letter *l)
{
    DB_TRANSACTION(db, put_each(db, l));
    return OK;
}

/* One that cannot be kept (its signer has just been deleted) does not take the others along. */
static void keep_all(struct keeper *k, struct letter *first)
{
    struct err together = put_together(k->db, first);
    bool alone = together.id && first->next;
    int count = 0;
    for (struct letter *l = first, *next; l; l = next) {
        next = l->next;
        if (++count == CROWD)
            atomic_store(&k->crowded_ms, monotonic_ms());
        struct err e = alone ? put_alone(k->db, l) : together;
        res_empty(l->rs, 202);
        res_ready(l->rq, e); /* from here on it is gone */
    }
}

static void *keeper_main(void *arg)
{
    struct keeper *k = arg;
    thread_is("keeper", 0);
    for (;;) {
        pthread_mutex_lock(&k->lock);
        while (!k->first && !k->ending)
            pthread_cond_wait(&k->changed, &k->lock);
        struct letter *all = k->first;
        k->first = NULL;
        k->last = &k->first;
        pthread_mutex_unlock(&k->lock);
        if (!all)
            return NULL;
        keep_all(k, all);
    }
}

static void hand_over(void *arg)
{
    struct letter *l = arg;
    struct keeper *k = l->keeper;
    pthread_mutex_lock(&k->lock);
    *k->last = l;
    k->last = &l->next;
    pthread_cond_signal(&k->changed);
    pthread_mutex_unlock(&k->lock);
}

void keeper_keep(struct keeper *k, struct req *rq, struct res *rs, int64_t signer_id,
                 const char *activity_id)
{
    struct letter *l = arena_alloc(rq->arena, sizeof *l);
    const char *text = arena_printf(rq->arena, "%s\n%s", activity_id, rq->body);
    *l = (struct letter){
        .keeper = k, .rq = rq, .rs = rs, .signer_id = signer_id, .received_ms = now_ms()};
    sha256_hex(text, strlen(text), l->digest);
    res_later(rs, hand_over, l);
}

bool keeper_crowded(struct keeper *k)
{
    return monotonic_ms() - atomic_load(&k->crowded_ms) < CROWDED_MS;
}

struct err keeper_open(struct db_pool *pool, struct keeper **out)
{
    struct keeper *k = *out = calloc(1, sizeof *k);
    if (!k)
        abort();
    k->last = &k->first;
    k->crowded_ms = monotonic_ms() - CROWDED_MS;
    pthread_mutex_init(&k->lock, NULL);
    pthread_cond_init(&k->changed, NULL);
    TRY(db_open(pool, &k->db));
    k->runs = !pthread_create(&k->thread, NULL, keeper_main, k);
    return k->runs ? OK : FAIL(INTERNAL, "the thread that keeps letters cannot be started");
}

void keeper_close(struct keeper *k)
{
    if (!k)
        return;
    pthread_mutex_lock(&k->lock);
    k->ending = true;
    pthread_cond_signal(&k->changed);
    pthread_mutex_unlock(&k->lock);
    if (k->runs)
        pthread_join(k->thread, NULL);
    db_close(k->db);
    pthread_cond_destroy(&k->changed);
    pthread_mutex_destroy(&k->lock);
    free(k);
}
