/* upload_claim.c — see upload_claim.h. Both lists are as long as there are requests running. */
#include "server/domain/upload_claim.h"

#include "base/clock.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct upload_claim {
    struct upload_claim *next;
    int fd; /* -1 unless a body is written to it */
    bool finishing, lost;
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

static struct upload_claim *claim_new(const char *id)
{
    struct upload_claim *c = allocate(sizeof *c + strlen(id) + 1);
    strcpy(c->id, id);
    c->fd = -1;
    c->next = claims;
    claims = c;
    return c;
}

static void unlist(struct upload_claim *c)
{
    struct upload_claim **at = &claims;
    while (*at != c)
        at = &(*at)->next;
    *at = c->next;
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
        mine = claim_new(id);
    }
    pthread_mutex_unlock(&lock);
    return mine;
}

void upload_claim_writes(struct upload_claim *c, int fd)
{
    pthread_mutex_lock(&lock);
    c->fd = fd;
    pthread_mutex_unlock(&lock);
}

bool upload_claim_keep(struct upload_claim *c)
{
    pthread_mutex_lock(&lock);
    bool kept = !c->lost;
    c->fd = -1;
    pthread_mutex_unlock(&lock);
    return kept;
}

/* The descriptor stays open, so whoever writes to it need not know; it leads to nowhere. It is
 * still his: he closes it after upload_claim_keep only. */
struct upload_claim *upload_claim_take_over(const char *id)
{
    struct upload_claim *mine = NULL;
    int nowhere = open("/dev/null", O_WRONLY | O_CLOEXEC);
    pthread_mutex_lock(&lock);
    struct upload_claim *old = claim_of(id);
    if (!old) {
        mine = claim_new(id);
    } else if (old->fd >= 0 && nowhere >= 0 && dup3(nowhere, old->fd, O_CLOEXEC) >= 0) {
        old->lost = true;
        unlist(old);
        mine = claim_new(id);
    }
    pthread_mutex_unlock(&lock);
    if (nowhere >= 0)
        close(nowhere);
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
    if (!c->lost)
        unlist(c);
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
