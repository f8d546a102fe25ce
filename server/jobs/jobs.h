/* jobs.h — everything slow. Lanes of threads lease job rows and run them; every kind may run
 * twice without harm.
 *
 * Lanes:   LANE_QUICK runs short tasks (probe, plan, encoded head, append, thumbnail, finish),
 *          LANE_STREAM what streams but may take as long as the video is (copied head, sound),
 *          LANE_HEAVY the encoding of chunks, so that a new video's head never waits behind an
 *          old video's tail. Priorities: db_job.h.
 * Failure: an err that is worth another try puts the job back with a growing delay, at most
 *          JOB_ATTEMPTS_MAX times; any other ends it and `fail` of its kind is called once.
 * Stop:    jobs_close kills the children and hands running jobs back: their attempt does not
 *          count.
 * Threads: jobs_open starts them; a handler runs on one of them with its own db and arena.
 */
#ifndef ZOE_JOBS_H
#define ZOE_JOBS_H

#include "server/db/db_job.h"

struct app;
struct jobs;
struct child;
struct seat;
struct remote;

enum { JOB_ATTEMPTS_MAX = 10 };

struct job_run { /* one attempt, given to a handler */
    struct app *app;
    struct db *db;
    struct arena *arena;
    struct job job;
    struct child *child; /* see child.h; killed when the server stops or the video is deleted */
    struct seat *seat;   /* NULL: runs on this machine; else at a worker's, see remote.h */
};

struct job_kind {
    const char *name;
    /* Does the work and ends the job itself (db_job_done in the transaction of its effects). */
    struct err (*run)(struct job_run *r);
    /* The job failed for good: tells the video's owner. In a transaction of its own. May be
     * NULL. */
    struct err (*fail)(struct job_run *r, struct err why);
};

MUST_CHECK struct err jobs_open(struct app *app, struct jobs **out);
void jobs_close(struct jobs *jobs); /* accepts NULL */

/* Tasks that workers run. */
struct remote *jobs_remote(struct jobs *jobs);

/* Runs a leased job and settles it; what it answers is for the log and for counting. When
 * `stopping` comes true a job of this machine is handed back, and one of a worker stays leased.
 */
struct err job_attempt(struct job_run *r, const _Atomic(bool) *stopping);

/* While held, no job touches the public files of the video: to move or to remove them. */
void jobs_hold_video(int64_t video_id);
void jobs_let_video(int64_t video_id);

/* Kills the running children of a video that was deleted. */
void jobs_stop_video(struct jobs *jobs, int64_t video_id);

/* Kinds, one file each or a few that belong together. */
extern const struct job_kind job_probe, job_plan, job_thumbnail, job_head, job_audio, job_chunk,
    job_append, job_finish, job_subtitles, job_captions, job_sweep, job_early,
    job_import_outbox, job_federate, job_refresh_video;

#endif
