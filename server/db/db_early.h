/* db_early.h — rows of tables early and early_chunk: one thin function per query of
 * sql/early.sql.
 *
 * Memory:  results live in `a`.
 * Errors:  as db.h.
 * Threads: as the db.
 */
#ifndef ZOE_DB_EARLY_H
#define ZOE_DB_EARLY_H

#include "server/db/db.h"
#include "server/db/db_job.h"
#include "server/domain/early.h"

MUST_CHECK struct err db_early_insert(struct db *db, const char *upload_id);
MUST_CHECK struct err db_early_get(struct db *db, struct arena *a, const char *upload_id,
                                   struct early *out, bool *found);
MUST_CHECK struct err db_early_of_video(struct db *db, struct arena *a, int64_t video_id,
                                        struct early *out, bool *found);
/* probe and plan NULL: they stay. */
MUST_CHECK struct err db_early_looked_at(struct db *db, const struct early *e);
MUST_CHECK struct err db_early_forget(struct db *db, const char *upload_id);
MUST_CHECK struct err db_early_chunks_forget(struct db *db, const char *upload_id);
/* *kept false: the upload has ended or changed. */
MUST_CHECK struct err db_early_chunk_put(struct db *db, const struct early *e, int64_t chunk,
                                         const char *result, bool *kept);
MUST_CHECK struct err db_early_next(struct db *db, const struct early *e, int64_t next);
MUST_CHECK struct err db_early_chunks(struct db *db, struct arena *a, const char *upload_id,
                                      struct early_chunk **out);
MUST_CHECK struct err db_early_delete(struct db *db, const char *upload_id);

/* A job that was done before it was due; *id is its own. */
MUST_CHECK struct err db_job_insert_done(struct db *db, const struct job_new *job,
                                         const char *result, int64_t now, int64_t *id);

#endif
