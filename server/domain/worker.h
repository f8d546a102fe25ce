/* worker.h — machines that encode for this site: an administrator makes one, its token is shown
 * once, and whoever has the token may lease tasks (server/jobs/remote.h) until it is revoked.
 *
 * Memory:  results live in `a`.
 * Units:   Unix ms.
 * Errors:  NAME_TAKEN, NOT_FOUND; INVALID_TOKEN for a token that no worker has.
 * Threads: as the db.
 */
#ifndef ZOE_WORKER_H
#define ZOE_WORKER_H

#include "base/arena.h"
#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct db;

enum { WORKER_TOKEN_HEX = 48, WORKER_NAME_MAX = 100 };

struct worker {
    int64_t id, created_ms, updated_ms, seen_ms; /* seen_ms 0: never */
    const char *name, *address, *build;          /* the last two NULL until it came */
    int64_t tasks_done, tasks_failed, work_ms;
    int64_t running; /* tasks it holds now; only of worker_list_page */
};

struct worker_list {
    struct worker *items;
    size_t count, capacity;
};

MUST_CHECK struct err worker_create(struct db *db, struct arena *a, const char *name,
                                    int64_t *id, const char **token);
MUST_CHECK struct err worker_rename(struct db *db, struct arena *a, int64_t id,
                                    const char *name);
/* Its token is worth nothing any more. The caller takes its tasks back (remote_stop_worker). */
MUST_CHECK struct err worker_revoke(struct db *db, struct arena *a, int64_t id);
MUST_CHECK struct err worker_list_page(struct db *db, struct arena *a, int64_t start,
                                       int64_t count, struct worker_list *out, int64_t *total);

MUST_CHECK struct err worker_find(struct db *db, struct arena *a, const char *token,
                                  struct worker *out);
/* It called. Written at most twice a minute, and when its address or build (NULL: not told) is
 * another. */
MUST_CHECK struct err worker_seen(struct db *db, const struct worker *w, int64_t now,
                                  const char *address, const char *build);
/* One of its tasks ended. */
MUST_CHECK struct err worker_counted(struct db *db, int64_t id, bool done, int64_t work_ms);

/* What job.lease_owner begins with for tasks of this worker. */
const char *worker_lease_prefix(struct arena *a, int64_t id);

#endif
