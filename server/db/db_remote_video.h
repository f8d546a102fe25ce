/* db_remote_video.h — queries over videos of other servers: one thin function each
 * (sql/remote_video.sql).
 *
 * Memory:  results live in `a`.
 * Units:   Unix ms.
 * Errors:  as db.h; NOT_FOUND.
 * Threads: as the db.
 */
#ifndef ZOE_DB_REMOTE_VIDEO_H
#define ZOE_DB_REMOTE_VIDEO_H

#include "server/db/db.h"
#include "server/domain/remote_video.h" /* the structs only */

MUST_CHECK struct err db_remote_video_put(struct db *db, const struct remote_video *v,
                                          int64_t now, int64_t *id);
/* `block`: SQL_REMOTE_VIDEO_BY_URI, …_BY_ID, …_LOCAL; the key that it asks for. */
MUST_CHECK struct err db_remote_video_get(struct db *db, struct arena *a, enum sql_id block,
                                          const char *key, int64_t id, struct video_place *out);
MUST_CHECK struct err db_remote_video_uuid_taken(struct db *db, const char *uuid,
                                                 const char *uri, bool *taken);
MUST_CHECK struct err db_remote_video_list(struct db *db, int64_t id);
MUST_CHECK struct err db_remote_video_delete(struct db *db, int64_t id);
MUST_CHECK struct err db_remote_video_counts(struct db *db, int64_t id, int64_t likes,
                                             int64_t dislikes);
MUST_CHECK struct err db_remote_video_is_stale(struct db *db, int64_t id, int64_t before_ms,
                                               bool *stale);
MUST_CHECK struct err db_remote_video_claim(struct db *db, int64_t id, int64_t before_ms,
                                            int64_t now, bool *claimed);
MUST_CHECK struct err db_remote_video_chapters(struct db *db, int64_t id, const char *chapters);
MUST_CHECK struct err db_actor_is_followed(struct db *db, int64_t actor_id, bool *followed);

#endif
