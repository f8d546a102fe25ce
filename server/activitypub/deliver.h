/* deliver.h — the threads that bring activities to inboxes elsewhere.
 *
 * Shape:   one thread leases due rows and spreads them over hosts; several sign and send, at
 *          most a few at a time to one host; one writes what came of it in batches. A host that
 *          fails again and again is set aside as a whole: its rows wait without being tried,
 *          one of them goes as a probe when the time is up.
 * Promise: a row goes when its inbox has answered or is given up; a stop or a crash in between
 *          delivers it once more.
 * Threads: opened by app after federation, closed before it. deliver_heard and deliver_stats:
 *          any thread, at any time between.
 */
#ifndef ZOE_DELIVER_H
#define ZOE_DELIVER_H

#include "base/err.h"
#include "server/activitypub/backlog.h"

#include <stdint.h>

struct app;
struct deliver;

MUST_CHECK struct err deliver_open(struct app *app, struct deliver **out);
void deliver_close(struct deliver *d); /* accepts NULL */

/* Something verified came from this host: what waits for it goes now. Cheap when it is not set
 * aside. `d` may be NULL. */
void deliver_heard(struct deliver *d, const char *host);

struct backlog_stats deliver_stats(struct deliver *d); /* zeros for NULL */

#endif
