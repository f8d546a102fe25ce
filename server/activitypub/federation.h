/* federation.h — what the parts of federation share: the fetcher, the site's signer, cached
 * keys.
 *
 * Memory:  opened by app when the setting `federation` is on; app->federation is NULL when off.
 * Threads: any; the key cache has its own lock.
 */
#ifndef ZOE_FEDERATION_H
#define ZOE_FEDERATION_H

#include "server/activitypub/fetch.h"

#include <stdint.h>

struct app;
struct db;
struct federation;
struct signers; /* signers.h */

MUST_CHECK struct err federation_open(struct app *app, struct federation **out);
/* After the threads that use it have ended; running requests fail with STOPPED. Accepts NULL.
 */
void federation_stop(struct federation *f);
void federation_close(struct federation *f);

struct fetcher *federation_fetcher(struct federation *f);
/* The site actor's key: signs every GET. */
const struct fetch_signer *federation_signer(struct federation *f);
/* The keys of our own actors. */
struct signers *federation_signers(struct federation *f);
/* Who may be meant by Host: the site's own host, with and without port. NULL-terminated. */
const char *const *federation_hosts(struct federation *f);

/* --- requests that wait for other servers ---------------------------------------------------
 * Few of each kind, and together never all workers: who asks nothing of others is served.
 */

enum wait_kind { WAIT_KEY, WAIT_LOOKUP, WAIT_FILE, WAIT_KINDS };
/* False: there are too many. When true, federation_wait_end follows. */
bool federation_wait_begin(struct federation *f, enum wait_kind kind);
void federation_wait_end(struct federation *f, enum wait_kind kind);

/* --- keys of remote actors ------------------------------------------------------------------
 */

struct signer { /* a remote actor whose key is at hand */
    int64_t actor_id;
    const char *actor_uri; /* arena */
    struct key *key;       /* a reference: key_close gives it back */
};

/* From memory, else from the database; found=false when we never met it. */
MUST_CHECK struct err signer_find(struct federation *f, struct db *db, struct arena *a,
                                  const char *key_id, struct signer *out, bool *found);
/* The actor was fetched anew: forget what is remembered of its key. */
void signer_forget(struct federation *f, const char *key_id);

#endif
