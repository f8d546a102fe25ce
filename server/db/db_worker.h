/* db_worker.h — rows of table worker and the leases they hold: one thin function per query of
 * sql/worker.sql.
 *
 * Memory:  results live in `a`.
 * Units:   Unix ms.
 * Errors:  as db.h.
 * Threads: as the db.
 */
#ifndef ZOE_DB_WORKER_H
#define ZOE_DB_WORKER_H

#include "server/db/db.h"
#include "server/db/db_job.h"
#include "server/domain/worker.h"

MUST_CHECK struct err db_worker_insert(struct db *db, const char *name, const char *token_hash,
                                       int64_t now, int64_t *id);
MUST_CHECK struct err db_worker_by_token(struct db *db, struct arena *a, const char *token_hash,
                                         struct worker *out, bool *found);
MUST_CHECK struct err db_worker_by_id(struct db *db, struct arena *a, int64_t id,
                                      struct worker *out, bool *found);
MUST_CHECK struct err db_workers_page(struct db *db, struct arena *a, int64_t start,
                                      int64_t count, struct worker_list *out);
MUST_CHECK struct err db_workers_count(struct db *db, int64_t *count);
MUST_CHECK struct err db_worker_rename(struct db *db, int64_t id, const char *name,
                                       int64_t now);
MUST_CHECK struct err db_worker_seen(struct db *db, int64_t id, int64_t now,
                                     const char *address, const char *build);
MUST_CHECK struct err db_worker_counted(struct db *db, int64_t id, bool done, int64_t work_ms);
MUST_CHECK struct err db_worker_delete(struct db *db, int64_t id);

/* How many tasks are leased by owners that begin with `prefix`. */
MUST_CHECK struct err db_worker_running(struct db *db, const char *prefix, int64_t *count);

MUST_CHECK struct err db_job_by_owner(struct db *db, struct arena *a, const char *owner,
                                      struct job *out, bool *found);
/* *held false: it is somebody else's by now. */
MUST_CHECK struct err db_job_lease_extend(struct db *db, int64_t id, const char *owner,
                                          int64_t until_ms, bool *held);
MUST_CHECK struct err db_jobs_lease_shorten(struct db *db, int64_t until_ms);
MUST_CHECK struct err db_jobs_expired(struct db *db, int64_t now, bool *some);

#endif
