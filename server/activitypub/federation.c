/* federation.c — see federation.h. The key cache is a table of chains, bounded by their length.
 */
#include "server/activitypub/federation.h"

#include "base/log.h"
#include "server/activitypub/keys.h"
#include "server/activitypub/signers.h"
#include "server/app.h"
#include "server/config.h"
#include "server/db/db.h"
#include "server/domain/account.h"
#include "server/domain/block.h"
#include "server/domain/remote_actor.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

enum { BUCKETS = 1024, CHAIN_MAX = 16 };

struct known_key {
    char *key_id, *actor_uri;
    int64_t actor_id;
    struct key *key;
    struct known_key *next;
};

struct federation {
    /* --- fixed after open */
    struct app *app;
    struct fetcher *fetcher;
    struct signers *signers;
    struct fetch_signer signer;
    const char *hosts[3];
    /* --- protected by lock */
    pthread_mutex_t lock;
    struct known_key *buckets[BUCKETS]; /* what was met last stands first */
    int waiting[WAIT_KINDS];
};

/* --- opening -------------------------------------------------------------------------------
 */

static struct err ensure_site_actor(struct db *db, struct arena *a, int64_t *id)
{
    DB_TRANSACTION(db, site_actor_ensure(db, a, id));
    return OK;
}

static struct err open_signer(struct federation *f)
{
    SCOPED_ARENA struct arena *a = arena_open();
    struct db *db;
    int64_t id;
    TRY(db_open(f->app->db, &db));
    struct err e = ensure_site_actor(db, a, &id);
    if (!e.id)
        e = signers_get(f->signers, db, f->app->arena, id, &f->signer);
    db_close(db);
    if (e.id)
        e.detail = arena_strdup(f->app->arena, e.detail);
    return e;
}

static struct err keep_mode(struct federation *f)
{
    struct db *db;
    TRY(db_open(f->app->db, &db));
    struct err e = federation_mode_keep(db, f->app->config->federation_mode);
    db_close(db);
    return e;
}

static void name_hosts(struct federation *f)
{
    const char *host = url_host(f->app->config->url);
    const char *port = *host == '[' ? strchr(host, ']') : host;
    port = port ? strchr(port, ':') : NULL;
    f->hosts[0] = host;
    f->hosts[1] = port ? arena_strndup(f->app->arena, host, (size_t)(port - host)) : NULL;
}

struct err federation_open(struct app *app, struct federation **out)
{
    const struct config *c = app->config;
    struct federation *f = arena_alloc(app->arena, sizeof *f);
    f->app = app;
    pthread_mutex_init(&f->lock, NULL);
    name_hosts(f);
    f->signers = signers_open(c->url);
    struct err e = open_signer(f);
    if (!e.id)
        e = keep_mode(f);
    if (!e.id)
        e = fetcher_open(
            &(struct fetcher_config){.site_url = c->url,
                                     .insecure = c->federation_insecure,
                                     .per_host = (int)c->federation_per_host,
                                     .gets_per_minute = (int)c->federation_gets_per_minute},
            &f->fetcher);
    if (e.id) {
        federation_close(f);
        return e;
    }
    *out = f;
    return OK;
}

void federation_stop(struct federation *f)
{
    if (f)
        fetcher_stop(f->fetcher);
}

static void known_free(struct known_key *k)
{
    key_close(k->key);
    free(k->key_id);
    free(k->actor_uri);
    free(k);
}

void federation_close(struct federation *f)
{
    if (!f)
        return;
    for (size_t i = 0; i < BUCKETS; i++)
        for (struct known_key *k = f->buckets[i], *next; k; k = next) {
            next = k->next;
            known_free(k);
        }
    fetcher_close(f->fetcher);
    key_close(f->signer.key);
    signers_close(f->signers);
    pthread_mutex_destroy(&f->lock);
}

struct fetcher *federation_fetcher(struct federation *f)
{
    return f->fetcher;
}

const struct fetch_signer *federation_signer(struct federation *f)
{
    return &f->signer;
}

struct signers *federation_signers(struct federation *f)
{
    return f->signers;
}

const char *const *federation_hosts(struct federation *f)
{
    return f->hosts;
}

/* --- requests that wait ---------------------------------------------------------------------
 */

bool federation_wait_begin(struct federation *f, enum wait_kind kind)
{
    int workers = (int)f->app->config->workers, all = 0;
    int room = kind == WAIT_LOOKUP ? workers / 4 : workers / 2;
    pthread_mutex_lock(&f->lock);
    for (int i = 0; i < WAIT_KINDS; i++)
        all += f->waiting[i];
    bool fine = f->waiting[kind] < (room > 0 ? room : 1) &&
                (all < workers * 3 / 4 || f->waiting[kind] == 0) && all < workers;
    f->waiting[kind] += fine;
    pthread_mutex_unlock(&f->lock);
    return fine;
}

void federation_wait_end(struct federation *f, enum wait_kind kind)
{
    pthread_mutex_lock(&f->lock);
    f->waiting[kind]--;
    pthread_mutex_unlock(&f->lock);
}

/* --- keys of remote actors -----------------------------------------------------------------
 */

static struct known_key **bucket_of(struct federation *f, const char *key_id)
{
    uint64_t hash = 14695981039346656037U; /* FNV-1a */
    for (const char *c = key_id; *c; c++)
        hash = (hash ^ (unsigned char)*c) * 1099511628211U;
    return &f->buckets[(hash >> 20) % BUCKETS];
}

/* Takes the key out of its chain; the lock is held. */
static struct known_key *unlink_key(struct known_key **chain, const char *key_id)
{
    for (struct known_key **at = chain; *at; at = &(*at)->next)
        if (strcmp((*at)->key_id, key_id) == 0) {
            struct known_key *k = *at;
            *at = k->next;
            return k;
        }
    return NULL;
}

static void push_key(struct known_key **chain, struct known_key *k)
{
    k->next = *chain;
    *chain = k;
}

static bool recall(struct federation *f, struct arena *a, const char *key_id,
                   struct signer *out)
{
    struct known_key **chain = bucket_of(f, key_id);
    pthread_mutex_lock(&f->lock);
    struct known_key *k = unlink_key(chain, key_id);
    if (k) {
        push_key(chain, k);
        *out = (struct signer){.actor_id = k->actor_id,
                               .actor_uri = arena_strdup(a, k->actor_uri),
                               .key = key_share(k->key)};
    }
    pthread_mutex_unlock(&f->lock);
    return k != NULL;
}

static void remember(struct federation *f, const char *key_id, const struct signer *s)
{
    struct known_key *k = malloc(sizeof *k), *old;
    if (!k)
        abort();
    *k = (struct known_key){.key_id = strdup(key_id),
                            .actor_uri = strdup(s->actor_uri),
                            .actor_id = s->actor_id,
                            .key = key_share(s->key)};
    if (!k->key_id || !k->actor_uri)
        abort();
    struct known_key **chain = bucket_of(f, key_id);
    pthread_mutex_lock(&f->lock);
    old = unlink_key(chain, key_id);
    push_key(chain, k);
    struct known_key **last = chain;
    for (int i = 0; *last && i < CHAIN_MAX; i++)
        last = &(*last)->next;
    struct known_key *over = *last;
    *last = NULL;
    pthread_mutex_unlock(&f->lock);
    if (old)
        known_free(old);
    if (over)
        known_free(over);
}

struct err signer_find(struct federation *f, struct db *db, struct arena *a, const char *key_id,
                       struct signer *out, bool *found)
{
    *found = recall(f, a, key_id, out);
    if (*found)
        return OK;
    struct remote_actor actor;
    struct err e = remote_actor_get_by_key(db, a, key_id, &actor);
    if (e.id == ERR_NOT_FOUND)
        return OK;
    TRY(e);
    if (!actor.uri || !actor.public_key || actor.gone)
        return OK;
    *out = (struct signer){.actor_id = actor.id, .actor_uri = actor.uri};
    TRY(key_read(actor.public_key, &out->key));
    remember(f, key_id, out);
    *found = true;
    return OK;
}

void signer_forget(struct federation *f, const char *key_id)
{
    pthread_mutex_lock(&f->lock);
    struct known_key *k = unlink_key(bucket_of(f, key_id), key_id);
    pthread_mutex_unlock(&f->lock);
    if (k)
        known_free(k);
}
