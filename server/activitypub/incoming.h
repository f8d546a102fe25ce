/* incoming.h — what came in is kept, then worked through.
 *
 * Shape:   h_inbox has a verified letter kept as a row (keeper.h); a few threads take due rows,
 *          each the signers whose number is its own, so that the letters of one signer are
 *          taken in order. What needs no other server is done several rows a transaction, as
 *          long as nobody else waits to write. A row that meets trouble worth another try
 *          waits, longer each time; after INCOMING_TRIES it is given up. Done rows stay a day:
 *          against replay, and for forwarding.
 * Promise: what was kept is worked through, also after a crash; a letter may be worked through
 *          twice.
 * Threads: opened by app after federation; closed before it, after federation_stop.
 */
#ifndef ZOE_INCOMING_H
#define ZOE_INCOMING_H

#include "base/arena.h"
#include "base/err.h"

#include <stdbool.h>
#include <stdint.h>

struct app;
struct incoming_work;
struct keeper; /* keeper.h */

enum { INCOMING_TRIES = 6 };

MUST_CHECK struct err incoming_open(struct app *app, struct incoming_work **out);
void incoming_close(struct incoming_work *w); /* accepts NULL */

struct keeper *incoming_keeper(struct incoming_work *w);

struct incoming_stats {
    int64_t done, ignored, again, given_up;
};
struct incoming_stats incoming_stats(struct incoming_work *w); /* zeros for NULL */

#endif
