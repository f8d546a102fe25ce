/* db_job.h — rows of table job: one thin function per query of sql/job.sql.
 *
 * Memory:  results live in `a`.
 * Units:   Unix ms.
 * Errors:  as db.h.
 * Threads: as the db.
 */
#ifndef ZOE_DB_JOB_H
#define ZOE_DB_JOB_H

#include "server/db/db.h"

/* LANE_STREAM: what runs as long as the video is, but streams from its first second on. */
enum lane { LANE_QUICK, LANE_HEAVY, LANE_STREAM, LANE_COUNT };

/* Within a lane the lower goes first; then the older. What one video takes from others is
 * bounded: chunk k of one goes before chunk k + 1 of another, and videos that wait behind
 * others of the same owner (`behind`) start later, so that fifty uploads of one do not shut out
 * the next one's. */
enum {
    PRIORITY_APPEND = 0, /* what is made becomes visible first */
    PRIORITY_PROBE = 0,
    PRIORITY_HEAD = 1, /* plan, head, sound: plus `behind` */
    PRIORITY_PICTURE = 40,
    PRIORITY_FINISH = 45,
    PRIORITY_CHUNK = 100,            /* plus its index, plus a few for each video `behind` */
    PRIORITY_SECOND_CODEC = 1 << 24, /* plus its index: when nothing else is left to encode */
    PRIORITY_EARLY = 1 << 20, /* of a file that is still on its way; in a lane without chunks */
};
int job_priority_head(int64_t behind);
int job_priority_chunk(int64_t behind, int64_t index);

struct job {
    int64_t id, video_id; /* video_id 0: none */
    const char *kind, *payload;
    int attempts; /* this one included */
};

struct job_new {
    const char *kind, *payload; /* payload NULL: {} */
    enum lane lane;
    int64_t video_id; /* 0: none */
    int priority;     /* lower goes first */
    int64_t run_after_ms;
};

MUST_CHECK struct err db_job_insert(struct db *db, const struct job_new *job);
/* found=false when nothing is due. */
MUST_CHECK struct err db_job_lease(struct db *db, struct arena *a, enum lane lane, int64_t now,
                                   int64_t until_ms, const char *owner, struct job *out,
                                   bool *found);
MUST_CHECK struct err db_job_next_due(struct db *db, enum lane lane, int64_t *run_after_ms);
MUST_CHECK struct err db_job_done(struct db *db, int64_t id, const char *result, int64_t now);
MUST_CHECK struct err db_job_failed(struct db *db, int64_t id, const char *reason, int64_t now);
MUST_CHECK struct err db_job_again(struct db *db, int64_t id, const char *reason,
                                   int64_t run_after_ms);
MUST_CHECK struct err db_job_hand_back(struct db *db, int64_t id);
MUST_CHECK struct err db_jobs_reclaim(struct db *db, int64_t now, const char *owner);
MUST_CHECK struct err db_jobs_of_video_cancel(struct db *db, int64_t video_id,
                                              const char *reason, int64_t now);
/* Ladder jobs of the video that are not ended, except one. */
MUST_CHECK struct err db_jobs_of_video_open(struct db *db, int64_t video_id, int64_t except_id,
                                            int64_t *count);
MUST_CHECK struct err db_job_pending(struct db *db, int64_t video_id, const char *kind,
                                     bool *exists);

/* How many other videos of the same owner wait for their heads or chunks. */
MUST_CHECK struct err db_jobs_behind(struct db *db, int64_t video_id, int64_t *videos);

struct job_count {
    const char *state;
    int lane;
    int64_t count;
};
MUST_CHECK struct err db_job_counts(struct db *db, struct arena *a, struct job_count *out,
                                    size_t room, size_t *count);

/* Output folders of ended chunk and head tasks: {job id, payload, result}. */
struct chunk_result {
    int64_t job_id;
    const char *payload, *result;
    struct chunk_result *next;
};
MUST_CHECK struct err db_chunk_results(struct db *db, struct arena *a, int64_t video_id,
                                       struct chunk_result **out);

#endif
