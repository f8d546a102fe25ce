/* signers.c — see signers.h. */
#include "server/activitypub/signers.h"

#include "server/domain/remote_actor.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

enum { SLOTS = 512 };

struct signers {
    const char *site_url; /* fixed */
    pthread_mutex_t lock;
    /* --- protected by lock; an actor has one place it can be in */
    struct slot {
        int64_t actor_id;
        struct key *key;
        char *key_id;
    } slots[SLOTS];
};

struct signers *signers_open(const char *site_url)
{
    struct signers *s = calloc(1, sizeof *s);
    if (!s)
        abort();
    s->site_url = site_url;
    pthread_mutex_init(&s->lock, NULL);
    return s;
}

void signers_close(struct signers *s)
{
    if (!s)
        return;
    for (size_t i = 0; i < SLOTS; i++) {
        key_close(s->slots[i].key);
        free(s->slots[i].key_id);
    }
    pthread_mutex_destroy(&s->lock);
    free(s);
}

static struct err key_pems(struct db *db, struct arena *a, int64_t actor_id,
                           const char **public_pem, const char **private_pem)
{
    TRY(actor_keys_get(db, a, actor_id, public_pem, private_pem));
    if (*public_pem && *private_pem)
        return OK;
    struct key_pair pair;
    key_pair_new(a, &pair);
    *public_pem = pair.public_pem;
    *private_pem = pair.private_pem;
    return actor_keys_put_if_missing(db, a, actor_id, public_pem, private_pem);
}

struct err signer_public_pem(struct db *db, struct arena *a, int64_t actor_id, const char **pem)
{
    const char *private_pem;
    return key_pems(db, a, actor_id, pem, &private_pem);
}

static bool remembered(struct signers *s, struct arena *a, int64_t actor_id,
                       struct fetch_signer *out)
{
    struct slot *slot = &s->slots[(uint64_t)actor_id % SLOTS];
    pthread_mutex_lock(&s->lock);
    bool found = slot->key && slot->actor_id == actor_id;
    if (found)
        *out = (struct fetch_signer){key_share(slot->key), arena_strdup(a, slot->key_id)};
    pthread_mutex_unlock(&s->lock);
    return found;
}

static void remember(struct signers *s, int64_t actor_id, const struct fetch_signer *signer)
{
    struct slot *slot = &s->slots[(uint64_t)actor_id % SLOTS];
    pthread_mutex_lock(&s->lock);
    key_close(slot->key);
    free(slot->key_id);
    slot->actor_id = actor_id;
    slot->key = key_share(signer->key);
    slot->key_id = strdup(signer->key_id);
    pthread_mutex_unlock(&s->lock);
}

struct err signers_get(struct signers *s, struct db *db, struct arena *a, int64_t actor_id,
                       struct fetch_signer *out)
{
    const char *public_pem, *private_pem;
    struct remote_actor actor;
    if (remembered(s, a, actor_id, out))
        return OK;
    TRY(remote_actor_get_by_id(db, a, actor_id, &actor));
    if (actor.uri)
        return FAIL(NOT_FOUND, "only actors of ours sign");
    if (actor.gone) { /* it signs what is still to be said, and gets no new key */
        TRY(actor_keys_get(db, a, actor_id, &public_pem, &private_pem));
        if (!private_pem)
            return FAIL(NOT_FOUND, "this actor left, and its key is forgotten");
    } else {
        TRY(key_pems(db, a, actor_id, &public_pem, &private_pem));
    }
    TRY(key_read(private_pem, &out->key));
    out->key_id = arena_printf(a, "%s#main-key", actor_uri(a, s->site_url, &actor));
    remember(s, actor_id, out);
    return OK;
}
