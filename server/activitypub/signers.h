/* signers.h — the keys of our own actors, ready to sign with.
 *
 * Shape:   a key is made when it is first needed and kept in the actor's row; a few hundred
 *          that are in use stay read in memory.
 * Memory:  texts live in the arena; a key got here is a reference: key_close gives it back.
 * Errors:  NOT_FOUND, KEY_UNREADABLE, DATABASE.
 * Threads: any, with its own db. Making a key costs some 50 ms: not inside a transaction.
 */
#ifndef ZOE_SIGNERS_H
#define ZOE_SIGNERS_H

#include "server/activitypub/fetch.h"

#include <stdint.h>

struct db;
struct signers;

struct signers *signers_open(const char *site_url); /* `site_url` is borrowed */
void signers_close(struct signers *s);              /* accepts NULL */

/* Of a local actor. out->key is to be given back by key_close. */
MUST_CHECK struct err signers_get(struct signers *s, struct db *db, struct arena *a,
                                  int64_t actor_id, struct fetch_signer *out);

/* The public key of a local actor as PEM, made when missing. */
MUST_CHECK struct err signer_public_pem(struct db *db, struct arena *a, int64_t actor_id,
                                        const char **pem);

#endif
