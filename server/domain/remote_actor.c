/* remote_actor.c — see remote_actor.h. */
#include "server/domain/remote_actor.h"

#include "base/clock.h"
#include "server/db/db_account.h"
#include "server/db/db_social.h"

#include <string.h>

struct err remote_actor_get_by_uri(struct db *db, struct arena *a, const char *uri,
                                   struct remote_actor *out)
{
    return db_remote_actor_by_uri(db, a, uri, out);
}

struct err remote_actor_get_by_key(struct db *db, struct arena *a, const char *key_id,
                                   struct remote_actor *out)
{
    struct err e = db_remote_actor_by_key(db, a, key_id, out);
    /* PeerTube before version 7 names the actor where it should name his key. */
    return e.id == ERR_NOT_FOUND ? db_remote_actor_by_uri(db, a, key_id, out) : e;
}

struct err remote_actor_get_by_id(struct db *db, struct arena *a, int64_t id,
                                  struct remote_actor *out)
{
    return db_remote_actor_by_id(db, a, id, out);
}

static struct err put(struct db *db, const struct remote_actor *actor, int64_t *id)
{
    TRY(db_remote_actor_step_aside(db, actor->name, actor->host, actor->uri));
    return db_remote_actor_put(db, actor, now_ms(), id);
}

struct err remote_actor_put(struct db *db, struct arena *a, const struct remote_actor *actor,
                            int64_t *id)
{
    struct remote_actor copy = *actor, owner;
    if (!actor->uri || !*actor->host)
        return FAIL(ACTIVITY_INVALID, "an actor elsewhere has an id and a host");
    if (!copy.owner_id && actor->owner_uri &&
        !db_remote_actor_by_uri(db, a, actor->owner_uri, &owner).id &&
        !strcmp(owner.host, actor->host))
        copy.owner_id = owner.id;
    DB_TRANSACTION(db, put(db, &copy, id));
    return OK;
}

struct err actor_things_forget(struct db *db, int64_t id)
{
    static const enum sql_id blocks[] = {
        SQL_ACTOR_FOLLOWS_DELETE, SQL_ACTOR_RATES_DELETE,  SQL_ACTOR_COMMENT_RATES_DELETE,
        SQL_ACTOR_SHARES_DELETE,  SQL_ACTOR_VIDEOS_DELETE, SQL_ACTOR_NOTIFICATIONS_DELETE,
    };
    TRY(db_actor_comments_delete(db, id, now_ms()));
    for (size_t i = 0; i < sizeof blocks / sizeof *blocks; i++)
        TRY(db_actor_things_delete(db, blocks[i], id));
    return OK;
}

static struct err forget(struct db *db, int64_t id)
{
    TRY(actor_things_forget(db, id));
    return db_remote_actor_mark_gone(db, id, now_ms());
}

struct err remote_actor_forget(struct db *db, struct arena *a, int64_t id)
{
    struct remote_actor actor;
    TRY(db_remote_actor_by_id(db, a, id, &actor));
    if (!actor.uri)
        return FAIL(FORBIDDEN, "nobody elsewhere deletes an actor of ours");
    DB_TRANSACTION(db, forget(db, id));
    return OK;
}

struct err remote_actor_moved(struct db *db, int64_t id, const char *to)
{
    DB_TRANSACTION(db, db_remote_actor_moved(db, id, to));
    return OK;
}

/* --- our own ---------------------------------------------------------------- */

struct err local_actor_by_uri(struct db *db, struct arena *a, const char *site_url,
                              const char *uri, struct actor *out)
{
    static const char accounts[] = "/accounts/", channels[] = "/video-channels/";
    size_t n = strlen(site_url);
    bool channel = false;
    if (strncmp(uri, site_url, n))
        return FAIL(NOT_FOUND, "not an address of this site");
    uri += n;
    if (!strncmp(uri, accounts, sizeof accounts - 1))
        uri += sizeof accounts - 1;
    else if ((channel = !strncmp(uri, channels, sizeof channels - 1)))
        uri += sizeof channels - 1;
    else
        return FAIL(NOT_FOUND, "not the address of an actor");
    TRY(db_actor_by_name(db, a, uri, "", out));
    if (channel != !strcmp(out->kind, "Group"))
        return FAIL(NOT_FOUND, "there is no such actor");
    return OK;
}

struct err actor_id_by_uri(struct db *db, struct arena *a, const char *site_url,
                           const char *uri, int64_t *id)
{
    struct actor local;
    struct remote_actor remote;
    size_t n = strlen(site_url);
    if (!strncmp(uri, site_url, n) && uri[n] == '/') {
        TRY(local_actor_by_uri(db, a, site_url, uri, &local));
        *id = local.id;
        return OK;
    }
    TRY(db_remote_actor_by_uri(db, a, uri, &remote));
    *id = remote.id;
    return OK;
}

static const char *local_uri(struct arena *a, const char *site_url, const char *kind,
                             const char *name)
{
    return arena_printf(a, "%s/%s/%s", site_url,
                        strcmp(kind, "Group") ? "accounts" : "video-channels", name);
}

const char *actor_uri(struct arena *a, const char *site_url, const struct remote_actor *actor)
{
    return actor->uri ? actor->uri : local_uri(a, site_url, actor->kind, actor->name);
}

const char *person_uri(struct arena *a, const char *site_url, const struct person *p)
{
    return p->uri ? p->uri : local_uri(a, site_url, p->kind, p->name);
}

struct err actor_keys_get(struct db *db, struct arena *a, int64_t actor_id,
                          const char **public_pem, const char **private_pem)
{
    return db_actor_keys_get(db, a, actor_id, public_pem, private_pem);
}

static struct err keys_put(struct db *db, struct arena *a, int64_t actor_id,
                           const char **public_pem, const char **private_pem)
{
    TRY(db_actor_keys_put(db, actor_id, *public_pem, *private_pem));
    return db_actor_keys_get(db, a, actor_id, public_pem, private_pem);
}

struct err actor_keys_put_if_missing(struct db *db, struct arena *a, int64_t actor_id,
                                     const char **public_pem, const char **private_pem)
{
    DB_TRANSACTION(db, keys_put(db, a, actor_id, public_pem, private_pem));
    return OK;
}

static struct err site_actor(struct db *db, struct arena *a, int64_t *id)
{
    struct actor found;
    struct err e = db_actor_by_name(db, a, SITE_ACTOR_NAME, "", &found);
    if (e.id == ERR_NOT_FOUND)
        return db_actor_insert(db,
                               &(struct db_actor_new){.kind = "Application",
                                                      .name = SITE_ACTOR_NAME,
                                                      .display_name = "Zoetrope"},
                               now_ms(), id);
    *id = found.id;
    return e;
}

struct err site_actor_ensure(struct db *db, struct arena *a, int64_t *id)
{
    struct actor found;
    if (!db_actor_by_name(db, a, SITE_ACTOR_NAME, "", &found).id) {
        *id = found.id;
        return OK;
    }
    DB_TRANSACTION(db, site_actor(db, a, id));
    return OK;
}
