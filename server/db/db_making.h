/* db_making.h — what jobs read and change of a video in the making: its row, rungs, parts,
 * thumbnails. One thin function per query of sql/job.sql.
 *
 * Memory:  results live in `a`.
 * Units:   ms, us and bytes as named.
 * Errors:  as db.h; VIDEO_NOT_FOUND when the video is gone.
 * Threads: as the db.
 */
#ifndef ZOE_DB_MAKING_H
#define ZOE_DB_MAKING_H

#include "server/db/db.h"

struct making { /* a video as jobs see it */
    int64_t id, duration_ms;
    const char *uuid, *plan, *probe, *master_name, *sha256_name, *reason, *name,
        *language; /* NULL: unknown */
    int state, privacy, width, height;
    bool wait_transcoding, playable;
};

struct rung {
    int64_t id, init_bytes, size_bytes, segments, ready_us;
    const char *name, *file_uuid, *frame_rate, *codecs;
    int resolution, width, height, fps;
    bool done;
};

struct rung_list {
    struct rung *items; /* by resolution, descending; sound (0) last */
    size_t count, capacity;
};

struct part {
    int64_t first;
    const char *segments; /* JSON [[bytes, duration_us, "sha256"], ...] */
    struct part *next;
};

struct video_new;

MUST_CHECK struct err db_video_insert(struct db *db, const struct video_new *v,
                                      const char *uuid, const char *master_name,
                                      const char *sha256_name, int64_t now, int64_t *id);
MUST_CHECK struct err db_user_used_add(struct db *db, int64_t user_id, int64_t bytes);
MUST_CHECK struct err db_upload_finished(struct db *db, const char *id, int64_t video_id,
                                         int64_t now);

MUST_CHECK struct err db_making_get(struct db *db, struct arena *a, int64_t id,
                                    struct making *out);
MUST_CHECK struct err db_making_probed(struct db *db, int64_t id, const char *probe,
                                       int64_t duration_ms, int width, int height);
MUST_CHECK struct err db_making_planned(struct db *db, int64_t id, const char *plan);
/* changed=false when it was playable before. */
MUST_CHECK struct err db_making_playable(struct db *db, int64_t id, int64_t now, bool *changed);
MUST_CHECK struct err db_making_published(struct db *db, int64_t id, int64_t now);
MUST_CHECK struct err db_making_failed(struct db *db, int64_t id, const char *reason,
                                       int64_t now);
MUST_CHECK struct err db_making_noted(struct db *db, int64_t id, const char *reason);
/* Drops rungs and ladder jobs, except one job: to plan anew. */
MUST_CHECK struct err db_making_reset(struct db *db, int64_t id, int64_t except_job);

MUST_CHECK struct err db_rung_insert(struct db *db, int64_t video_id, const struct rung *r);
MUST_CHECK struct err db_rungs_of_video(struct db *db, struct arena *a, int64_t video_id,
                                        struct rung_list *out);
MUST_CHECK struct err db_rung_grown(struct db *db, const struct rung *r);
MUST_CHECK struct err db_rung_done(struct db *db, int64_t id);
MUST_CHECK struct err db_rung_drop(struct db *db, int64_t id);
MUST_CHECK struct err db_part_insert(struct db *db, int64_t rung_id, int64_t first,
                                     const char *segments);
MUST_CHECK struct err db_parts_of_rung(struct db *db, struct arena *a, int64_t rung_id,
                                       struct part **out);

/* For the sweep: is a file in the data folder still named by a row? */
MUST_CHECK struct err db_video_exists(struct db *db, const char *uuid, bool *exists);
MUST_CHECK struct err db_task_folder_needed(struct db *db, int64_t job_id, bool *needed);
MUST_CHECK struct err db_trash_put(struct db *db, const char *path);

#endif
