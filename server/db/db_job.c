/* db_job.c — see db_job.h. */
#include "server/db/db_job.h"

#include "base/clock.h"

enum { BEHIND_HEAD_MAX = 30, BEHIND_CHUNKS = 4 };

int job_priority_head(int64_t behind)
{
    return PRIORITY_HEAD + (int)(behind < BEHIND_HEAD_MAX ? behind : BEHIND_HEAD_MAX);
}

int job_priority_chunk(int64_t behind, int64_t index)
{
    int64_t priority = PRIORITY_CHUNK + index + BEHIND_CHUNKS * behind;
    return priority < INT32_MAX ? (int)priority : INT32_MAX;
}

struct err db_job_insert(struct db *db, const struct job_new *job)
{
    SCOPED_STMT struct stmt *st = stmt_get(db, SQL_JOB_INSERT);
    stmt_text(st, ":kind", job->kind);
    stmt_int(st, ":lane", job->lane);
    if (job->video_id)
        stmt_int(st, ":video_id", job->video_id);
    stmt_text(st, ":payload", job->payload ? job->payload : "{}");
    stmt_int(st, ":priority", job->priority);
    stmt_int(st, ":run_after_ms", job->run_after_ms);
    stmt_int(st, ":now_ms", now_ms());
    return stmt_run(st);
}

struct err db_job_lease(struct db *db, struct arena *a, enum lane lane, int64_t now,
                        int64_t until_ms, const char *owner, struct job *out, bool *found)
{
    SCOPED_STMT struct stmt *st = stmt_get(db, SQL_JOB_LEASE);
    stmt_int(st, ":lane", lane);
    stmt_int(st, ":now_ms", now);
    stmt_int(st, ":until_ms", until_ms);
    stmt_text(st, ":owner", owner);
    *found = stmt_row(st);
    if (*found) {
        *out = (struct job){
            .id = col_int(st, 0),
            .kind = col_text(st, a, 1),
            .video_id = col_int(st, 2),
            .payload = col_text(st, a, 3),
            .attempts = (int)col_int(st, 4),
        };
    }
    return stmt_run(st);
}

struct err db_job_next_due(struct db *db, enum lane lane, int64_t *run_after_ms)
{
    SCOPED_STMT struct stmt *st = stmt_get(db, SQL_JOB_NEXT_DUE);
    stmt_int(st, ":lane", lane);
    *run_after_ms = INT64_MAX;
    if (stmt_row(st) && !col_is_null(st, 0))
        *run_after_ms = col_int(st, 0);
    return stmt_run(st);
}

struct err db_job_done(struct db *db, int64_t id, const char *result, int64_t now)
{
    SCOPED_STMT struct stmt *st = stmt_get(db, SQL_JOB_DONE);
    stmt_int(st, ":id", id);
    stmt_text(st, ":result", result);
    stmt_int(st, ":now_ms", now);
    TRY(stmt_run(st));
    return stmt_changes(st) ? OK : FAIL(GONE, "the job is no longer ours");
}

struct err db_job_failed(struct db *db, int64_t id, const char *reason, int64_t now)
{
    SCOPED_STMT struct stmt *st = stmt_get(db, SQL_JOB_FAILED);
    stmt_int(st, ":id", id);
    stmt_text(st, ":reason", reason);
    stmt_int(st, ":now_ms", now);
    return stmt_run(st);
}

struct err db_job_again(struct db *db, int64_t id, const char *reason, int64_t run_after_ms)
{
    SCOPED_STMT struct stmt *st = stmt_get(db, SQL_JOB_AGAIN);
    stmt_int(st, ":id", id);
    stmt_text(st, ":reason", reason);
    stmt_int(st, ":run_after_ms", run_after_ms);
    return stmt_run(st);
}

struct err db_job_hand_back(struct db *db, int64_t id)
{
    SCOPED_STMT struct stmt *st = stmt_get(db, SQL_JOB_HAND_BACK);
    stmt_int(st, ":id", id);
    return stmt_run(st);
}

struct err db_jobs_reclaim(struct db *db, int64_t now, const char *owner)
{
    SCOPED_STMT struct stmt *st = stmt_get(db, SQL_JOBS_RECLAIM);
    stmt_int(st, ":now_ms", now);
    stmt_text(st, ":owner", owner);
    return stmt_run(st);
}

struct err db_jobs_of_video_cancel(struct db *db, int64_t video_id, const char *reason,
                                   int64_t now)
{
    SCOPED_STMT struct stmt *st = stmt_get(db, SQL_JOBS_OF_VIDEO_CANCEL);
    stmt_int(st, ":video_id", video_id);
    stmt_text(st, ":reason", reason);
    stmt_int(st, ":now_ms", now);
    return stmt_run(st);
}

struct err db_jobs_of_video_open(struct db *db, int64_t video_id, int64_t except_id,
                                 int64_t *count)
{
    SCOPED_STMT struct stmt *st = stmt_get(db, SQL_JOBS_OF_VIDEO_OPEN);
    stmt_int(st, ":video_id", video_id);
    stmt_int(st, ":except_id", except_id);
    *count = stmt_row(st) ? col_int(st, 0) : 0;
    return stmt_run(st);
}

struct err db_job_pending(struct db *db, int64_t video_id, const char *kind, bool *exists)
{
    SCOPED_STMT struct stmt *st = stmt_get(db, SQL_JOB_PENDING);
    stmt_int(st, ":video_id", video_id);
    stmt_text(st, ":kind", kind);
    *exists = stmt_row(st) && col_int(st, 0) > 0;
    return stmt_run(st);
}

struct err db_jobs_behind(struct db *db, int64_t video_id, int64_t *videos)
{
    SCOPED_STMT struct stmt *st = stmt_get(db, SQL_JOBS_BEHIND);
    stmt_int(st, ":video_id", video_id);
    *videos = stmt_row(st) ? col_int(st, 0) : 0;
    return stmt_run(st);
}

struct err db_job_counts(struct db *db, struct arena *a, struct job_count *out, size_t room,
                         size_t *count)
{
    SCOPED_STMT struct stmt *st = stmt_get(db, SQL_JOB_COUNTS);
    for (*count = 0; *count < room && stmt_row(st); ++*count)
        out[*count] = (struct job_count){
            .state = col_text(st, a, 0),
            .lane = (int)col_int(st, 1),
            .count = col_int(st, 2),
        };
    return stmt_run(st);
}

struct err db_chunk_results(struct db *db, struct arena *a, int64_t video_id,
                            struct chunk_result **out)
{
    SCOPED_STMT struct stmt *st = stmt_get(db, SQL_CHUNK_RESULTS);
    stmt_int(st, ":video_id", video_id);
    for (*out = NULL; stmt_row(st); out = &(*out)->next) {
        *out = arena_alloc(a, sizeof **out);
        **out = (struct chunk_result){
            .job_id = col_int(st, 0),
            .payload = col_text(st, a, 1),
            .result = col_text(st, a, 2),
        };
    }
    return stmt_done(st);
}
