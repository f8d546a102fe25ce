/* lookup.h — what people ask for by handle or address: known here, or asked of its server.
 *
 * Takes:   "name@host", "@name@host", "acct:name@host"; the id or the page of an actor, a video
 *          or a comment, here or elsewhere; and our own pages of things elsewhere.
 * Limits:  few at a time, so that slow servers cannot hold all workers; few documents each.
 * Memory:  results live in `a`.
 * Errors:  OVERLOADED (too many ask at once), STOPPED, DATABASE. What cannot be found, for
 *          whatever reason, is LOOKUP_NOTHING; the reason is logged.
 * Threads: any worker, with its own db. May block on the network.
 */
#ifndef ZOE_LOOKUP_H
#define ZOE_LOOKUP_H

#include "base/arena.h"
#include "base/err.h"

#include <stdbool.h>
#include <stdint.h>

struct app;
struct db;

struct lookup {
    enum { LOOKUP_NOTHING, LOOKUP_ACTOR, LOOKUP_VIDEO, LOOKUP_COMMENT } kind;
    int64_t id;
    int64_t video_id; /* of a video or a comment */
};

/* `abroad`: other servers may be asked for what is not known here. */
MUST_CHECK struct err lookup(struct app *app, struct db *db, struct arena *a, const char *text,
                             bool abroad, struct lookup *out);
/* Is it written like a handle or an address, and not like words? */
bool lookup_is_name(const char *text);

/* --- interact from your own account ---------------------------------------------------------
 */

enum intent { INTENT_OPEN, INTENT_FOLLOW, INTENT_LIKE, INTENT_REPLY };

/* The address of the page of `handle`'s server where its owner follows, likes or answers the
 * thing with the id `uri`. INVALID_PARAMS: no handle; PEER_…: his server knows no such account
 * or cannot be asked. Spec: OStatus 1.0 subscribe, FEP-3b86 (activity intents). */
MUST_CHECK struct err interact_address(struct app *app, struct db *db, struct arena *a,
                                       const char *handle, const char *uri, enum intent intent,
                                       const char **url);

#endif
