/* leave.h — an account or a channel of ours ends.
 *
 * Shape:   the row stays, marked gone and hidden from every list and name: its name is never
 *          used again, and its key signs the Delete that goes to everybody elsewhere who knew
 *          it. At its address stands a tombstone; its comments become tombstones, what else it
 *          did goes.
 * Errors:  DATABASE.
 * Threads: any, with its own db.
 */
#ifndef ZOE_LEAVE_H
#define ZOE_LEAVE_H

#include "server/domain/account.h"

/* Inside a transaction; its videos are gone already. */
MUST_CHECK struct err actor_leave(struct db *db, struct arena *a, const struct actor *actor);
/* Keys of who left longer ago than any delivery lives are forgotten. */
MUST_CHECK struct err leave_sweep(struct db *db, int64_t now);

#endif
