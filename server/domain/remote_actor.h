/* remote_actor.h — actors of other servers as rows here, and what the fediverse needs to know
 * of our own.
 *
 * Names:   a local actor has uri NULL: its id is named by rule ({site}/accounts/{name} for
 *          Person and Application, {site}/video-channels/{name} for Group); so are its inbox,
 *          outbox, followers and key.
 * Memory:  results live in `a`.
 * Errors:  NOT_FOUND, DATABASE.
 * Threads: any, with its own db.
 */
#ifndef ZOE_REMOTE_ACTOR_H
#define ZOE_REMOTE_ACTOR_H

#include "base/arena.h"
#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct db;
struct actor; /* server/domain/account.h */

#define SITE_ACTOR_NAME "zoetrope"

struct person { /* an actor in short, as lists show it; local or remote */
    int64_t id;
    const char *kind, *name, *host; /* host "" is this site */
    const char *display_name;
    const char *uri, *page_url,
        *icon_url; /* NULL for local ones, the last two may be for any */
};

struct remote_actor {
    int64_t id;
    const char *kind; /* "Person" (Service and Organization as well), "Group", "Application" */
    const char *uri;  /* its id; NULL: it is ours */
    const char *name,
        *host; /* preferredUsername, and host[:port] in lower case; "" is this site */
    const char *display_name;
    const char *description; /* sanitised HTML; may be NULL */
    const char *inbox, *shared_inbox, *outbox, *followers_uri, *page_url,
        *icon_url;                   /* or NULL */
    const char *key_id, *public_key; /* PEM */
    const char
        *owner_uri; /* of a Group: its attributedTo; only given to _put. owner_id is read */
    const char *moved_to; /* may be NULL */
    int64_t owner_id;     /* of a Group: its account's row; 0: not known */
    int64_t remote_followers, fetched_ms, created_ms;
    const char *banner; /* of ours: actor_picture.h; else NULL */
    bool gone;          /* deleted at its origin, or here */
};

MUST_CHECK struct err remote_actor_get_by_uri(struct db *db, struct arena *a, const char *uri,
                                              struct remote_actor *out);
/* By the id of his key, or by his own where he signs with that. */
MUST_CHECK struct err remote_actor_get_by_key(struct db *db, struct arena *a,
                                              const char *key_id, struct remote_actor *out);
/* Local ones too: uri is NULL then. */
MUST_CHECK struct err remote_actor_get_by_id(struct db *db, struct arena *a, int64_t id,
                                             struct remote_actor *out);
/* Inserts it, or updates the row with this uri. When another row has its name@host, the one
 * given here has the name from now on, and the other is renamed after its row. *id is its row.
 */
MUST_CHECK struct err remote_actor_put(struct db *db, struct arena *a,
                                       const struct remote_actor *actor, int64_t *id);
/* Deleted at its origin: its comments become tombstones; its follows, rates, shares and videos
 * (a Person's channels' too) go; the row stays, marked, so that nothing brings it back. */
MUST_CHECK struct err remote_actor_forget(struct db *db, struct arena *a, int64_t id);
/* Inside a transaction, of any actor: its comments become tombstones; its follows, rates,
 * shares and remote videos go. */
MUST_CHECK struct err actor_things_forget(struct db *db, int64_t id);
MUST_CHECK struct err remote_actor_moved(struct db *db, int64_t id, const char *to);

/* --- our own ---------------------------------------------------------------- */

/* `uri` below `site_url`, by rule; NOT_FOUND when it is not an actor of ours. */
MUST_CHECK struct err local_actor_by_uri(struct db *db, struct arena *a, const char *site_url,
                                         const char *uri, struct actor *out);
/* A row by its id in the fediverse, local (by rule) or remote. */
MUST_CHECK struct err actor_id_by_uri(struct db *db, struct arena *a, const char *site_url,
                                      const char *uri, int64_t *id);
/* The id by rule of a local actor, the row's uri of a remote one. */
const char *actor_uri(struct arena *a, const char *site_url, const struct remote_actor *actor);
const char *person_uri(struct arena *a, const char *site_url, const struct person *p);

/* NULLs when it has none yet. */
MUST_CHECK struct err actor_keys_get(struct db *db, struct arena *a, int64_t actor_id,
                                     const char **public_pem, const char **private_pem);
/* Keeps the pair unless one is there already; *_pem then are what is kept. */
MUST_CHECK struct err actor_keys_put_if_missing(struct db *db, struct arena *a,
                                                int64_t actor_id, const char **public_pem,
                                                const char **private_pem);
/* The Application of this site, made at first need. */
MUST_CHECK struct err site_actor_ensure(struct db *db, struct arena *a, int64_t *id);

#endif
