/* upload_claim.c — see upload_claim.h. Both lists are as long as there are requests running. */
#include "server/domain/upload_claim.h"

#include "base/clock.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

struct upload_claim {
    struct upload_claim *next;
    bool finishing;
    char id[];
};

struct upload_reservation {
    struct upload_reservation *next;
    int64_t user_id, bytes;
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t released = PTHREAD_COND_INITIALIZER;
/* --- protected by lock */
static struct upload_claim *claims;
static struct upload_reservation *reservations;

static void *allocate(size_t bytes)
{
    void *p = calloc(1, bytes);
    if (!p)
        abort();
    return p;
}

static struct upload_claim *claim_of(const char *id)
{
    struct upload_claim *c = claims;
    while (c && strcmp(c->id, id))
        c = c->next;
    return c;
}

struct upload_claim *upload_claim_take(const char *id, int64_t wait_ms, bool *finishing)
{
    int64_t until = now_ms() + wait_ms; /* the clock of pthread_cond_timedwait */
    struct timespec deadline = {.tv_sec = until / 1000, .tv_nsec = until % 1000 * 1000000};
    struct upload_claim *mine = NULL, *other;

    pthread_mutex_lock(&lock);
    for (bool again = true; (other = claim_of(id)) && again;)
        again = pthread_cond_timedwait(&released, &lock, &deadline) != ETIMEDOUT;
    *finishing = other && other->finishing;
    if (!other) {
        mine = allocate(sizeof *mine + strlen(id) + 1);
        strcpy(mine->id, id);
        mine->next = claims;
        claims = mine;
    }
    pthread_mutex_unlock(&lock);
    return mine;
}

void upload_claim_finishing(struct upload_claim *c)
{
    pthread_mutex_lock(&lock);
    c->finishing = true;
    pthread_mutex_unlock(&lock);
}

void upload_claim_release(struct upload_claim *c)
{
    if (!c)
        return;
    pthread_mutex_lock(&lock);
    struct upload_claim **at = &claims;
    while (*at != c)
        at = &(*at)->next;
    *at = c->next;
    pthread_cond_broadcast(&released);
    pthread_mutex_unlock(&lock);
    free(c);
}

bool upload_claimed(const char *id)
{
    pthread_mutex_lock(&lock);
    bool claimed = claim_of(id) != NULL;
    pthread_mutex_unlock(&lock);
    return claimed;
}

struct upload_reservation *upload_reserve(int64_t user_id, int64_t bytes)
{
    struct upload_reservation *r = allocate(sizeof *r);
    *r = (struct upload_reservation){.user_id = user_id, .bytes = bytes};
    pthread_mutex_lock(&lock);
    r->next = reservations;
    reservations = r;
    pthread_mutex_unlock(&lock);
    return r;
}

void upload_unreserve(struct upload_reservation *r)
{
    if (!r)
        return;
    pthread_mutex_lock(&lock);
    struct upload_reservation **at = &reservations;
    while (*at != r)
        at = &(*at)->next;
    *at = r->next;
    pthread_mutex_unlock(&lock);
    free(r);
}

int64_t upload_reserved_bytes(int64_t user_id)
{
    int64_t sum = 0;
    pthread_mutex_lock(&lock);
    for (const struct upload_reservation *r = reservations; r; r = r->next)
        if (!user_id || r->user_id == user_id)
            sum += r->bytes;
    pthread_mutex_unlock(&lock);
    return sum;
}
