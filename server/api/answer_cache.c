/* answer_cache.c — see answer_cache.h. */
#include "server/api/answer_cache.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

enum { PLACES = 128, BYTES_MAX = 256 << 10 };

struct answer {
    char *key, *text; /* malloc'd; NULL: free */
    size_t bytes;
    uint64_t generation;
};

struct answer_cache {
    pthread_mutex_t lock; /* protects all below */
    struct answer places[PLACES];
};

struct answer_cache *answer_cache_open(void)
{
    struct answer_cache *c = calloc(1, sizeof *c);
    if (!c)
        abort();
    pthread_mutex_init(&c->lock, NULL);
    return c;
}

void answer_cache_close(struct answer_cache *c)
{
    if (!c)
        return;
    for (int i = 0; i < PLACES; i++) {
        free(c->places[i].key);
        free(c->places[i].text);
    }
    pthread_mutex_destroy(&c->lock);
    free(c);
}

static struct answer *place_of(struct answer_cache *c, const char *key)
{
    uint64_t h = 1469598103934665603u;
    for (const char *p = key; *p; p++)
        h = (h ^ (unsigned char)*p) * 1099511628211u;
    return &c->places[(h ^ h >> 32) % PLACES];
}

const char *answer_cache_get(struct answer_cache *c, struct arena *a, const char *key,
                             uint64_t generation, size_t *bytes)
{
    const char *found = NULL;
    if (!c)
        return NULL;
    pthread_mutex_lock(&c->lock);
    const struct answer *place = place_of(c, key);
    if (place->key && place->generation == generation && !strcmp(place->key, key)) {
        *bytes = place->bytes;
        found = arena_copy(a, place->text, place->bytes + 1);
    }
    pthread_mutex_unlock(&c->lock);
    return found;
}

void answer_cache_put(struct answer_cache *c, const char *key, uint64_t generation,
                      const char *text, size_t bytes)
{
    if (!c || bytes > BYTES_MAX)
        return;
    char *key_copy = strdup(key), *text_copy = malloc(bytes + 1);
    if (!key_copy || !text_copy)
        abort();
    memcpy(text_copy, text, bytes);
    text_copy[bytes] = 0;
    pthread_mutex_lock(&c->lock);
    struct answer *place = place_of(c, key);
    char *old_key = place->key, *old_text = place->text;
    *place = (struct answer){key_copy, text_copy, bytes, generation};
    pthread_mutex_unlock(&c->lock);
    free(old_key);
    free(old_text);
}
