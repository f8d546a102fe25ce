/* db_upload.h — rows of table upload, and what the purge removes: one thin function per query
 * of sql/upload.sql.
 *
 * Memory:  results live in `a`.
 * Units:   Unix ms, bytes.
 * Errors:  as db.h; CONFLICT when the same user has an upload of the same identity.
 * Threads: as the db.
 */
#ifndef ZOE_DB_UPLOAD_H
#define ZOE_DB_UPLOAD_H

#include "server/db/db.h"

struct upload; /* server/domain/upload.h */

MUST_CHECK struct err db_upload_insert(struct db *db, const struct upload *u,
                                       const char *identity, int64_t now);
/* *found=false when there is none. */
MUST_CHECK struct err db_upload_get(struct db *db, struct arena *a, const char *id,
                                    struct upload *out, bool *found);
MUST_CHECK struct err db_upload_by_identity(struct db *db, struct arena *a, int64_t user_id,
                                            const char *identity, struct upload *out,
                                            bool *found);
MUST_CHECK struct err db_upload_again(struct db *db, const char *id, const char *metadata,
                                      int64_t now);
MUST_CHECK struct err db_upload_touch(struct db *db, const char *id, int64_t now);
MUST_CHECK struct err db_upload_delete(struct db *db, const char *id);
/* The ids of at most `room` uploads untouched since `before_ms`. */
MUST_CHECK struct err db_uploads_untouched(struct db *db, struct arena *a, int64_t before_ms,
                                           const char **ids, size_t room, size_t *count);
/* Not when it was touched meanwhile. */
MUST_CHECK struct err db_upload_delete_untouched(struct db *db, const char *id,
                                                 int64_t before_ms, bool *deleted);
/* NULL when the video is gone. */
MUST_CHECK struct err db_upload_video_uuid(struct db *db, struct arena *a, int64_t video_id,
                                           const char **uuid);

MUST_CHECK struct err db_jobs_ended_delete(struct db *db, int64_t before_ms, int limit,
                                           int64_t *deleted);

#endif
