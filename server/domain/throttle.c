/* throttle.c — see throttle.h. */
#include "server/domain/throttle.h"

#include "base/crypto.h"

#include <arpa/inet.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SETS = 512, WAYS = 4 };
#define MINUTE_MS (60 * INT64_C(1000))

/* So many at once, and as many again in every period. */
static const struct rule {
    int burst;
    int64_t period_ms;
} rules[THROTTLE_KINDS] = {
    [THROTTLE_SIGN_IN_ADDRESS] = {15, 5 * MINUTE_MS},
    [THROTTLE_SIGN_IN_ACCOUNT] = {15, 5 * MINUTE_MS},
    [THROTTLE_SIGN_IN_KNOWN] = {1, 30 * 24 * 60 * MINUTE_MS},
    [THROTTLE_SIGN_UP] = {10, 10 * MINUTE_MS},
    [THROTTLE_LOOKUP] = {30, MINUTE_MS},
    [THROTTLE_WRITE] = {500, 10 * INT64_C(1000)},
};

struct slot {
    uint64_t key;     /* 0: free */
    int64_t until_ms; /* when all that was counted is forgiven */
};

struct throttle {
    /* --- fixed after open */
    unsigned char seed[16]; /* so that nobody can aim at another's slot */
    /* --- protected by lock */
    pthread_mutex_t lock;
    struct slot slots[THROTTLE_KINDS][SETS][WAYS];
};

struct throttle *throttle_open(void)
{
    struct throttle *t = calloc(1, sizeof *t);
    if (!t)
        abort();
    random_bytes(t->seed, sizeof t->seed);
    pthread_mutex_init(&t->lock, NULL);
    return t;
}

void throttle_close(struct throttle *t)
{
    if (!t)
        return;
    pthread_mutex_destroy(&t->lock);
    free(t);
}

static uint64_t hash_key(const struct throttle *t, const char *key)
{
    char text[16 + 256];
    size_t length = strnlen(key, sizeof text - 16);
    memcpy(text, t->seed, 16);
    memcpy(text + 16, key, length);
    char hex[SHA256_HEX];
    sha256_hex(text, 16 + length, hex);
    hex[16] = 0;
    uint64_t n = strtoull(hex, NULL, 16);
    return n ? n : 1;
}

/* The slot of `key`, else (`take`) one for it: a free one, or the one nearest to being free. */
static struct slot *find(struct throttle *t, enum throttle_kind kind, uint64_t key, bool take)
{
    struct slot *set = t->slots[kind][key % SETS], *least = set;
    for (int i = 0; i < WAYS; i++) {
        if (set[i].key == key)
            return &set[i];
        if (set[i].until_ms < least->until_ms)
            least = &set[i];
    }
    if (!take)
        return NULL;
    *least = (struct slot){.key = key};
    return least;
}

bool throttle_take(struct throttle *t, enum throttle_kind kind, const char *key, int64_t now,
                   int *retry_after_s)
{
    if (!t)
        return true;
    const struct rule *rule = &rules[kind];
    int64_t each = rule->period_ms / rule->burst;
    uint64_t hashed = hash_key(t, key);

    pthread_mutex_lock(&t->lock);
    struct slot *slot = find(t, kind, hashed, true);
    int64_t until = (slot->until_ms > now ? slot->until_ms : now) + each;
    int64_t too_early = until - now - rule->period_ms;
    if (too_early <= 0)
        slot->until_ms = until;
    pthread_mutex_unlock(&t->lock);

    if (too_early > 0 && retry_after_s)
        *retry_after_s = (int)((too_early + 999) / 1000);
    return too_early <= 0;
}

void throttle_give_back(struct throttle *t, enum throttle_kind kind, const char *key,
                        int64_t now)
{
    if (!t)
        return;
    uint64_t hashed = hash_key(t, key);
    pthread_mutex_lock(&t->lock);
    struct slot *slot = find(t, kind, hashed, false);
    if (slot && slot->until_ms > now)
        slot->until_ms -= rules[kind].period_ms / rules[kind].burst;
    pthread_mutex_unlock(&t->lock);
}

bool throttle_remembers(struct throttle *t, enum throttle_kind kind, const char *key,
                        int64_t now)
{
    if (!t)
        return false;
    uint64_t hashed = hash_key(t, key);
    pthread_mutex_lock(&t->lock);
    struct slot *slot = find(t, kind, hashed, false);
    bool remembered = slot && slot->until_ms > now;
    pthread_mutex_unlock(&t->lock);
    return remembered;
}

const char *throttle_address(const char *address, char out[48])
{
    struct in6_addr six;
    if (strchr(address, ':') && inet_pton(AF_INET6, address, &six) == 1) {
        if (IN6_IS_ADDR_V4MAPPED(&six)) {
            inet_ntop(AF_INET, six.s6_addr + 12, out, 48);
            return out;
        }
        memset(six.s6_addr + 8, 0, 8);
        inet_ntop(AF_INET6, &six, out, 48);
        return out;
    }
    snprintf(out, 48, "%s", address);
    return out;
}
