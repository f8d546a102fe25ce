/* remote.h — tasks that machines elsewhere run: leased, fed and answered over HTTP.
 *
 * Shape:   a seat is one leased task. It has a thread here that runs the job as a lane's thread
 *          would, except that the transcoder at the other end is a worker: the same kind of
 *          job, the same lines, the same files in the same task folder. HTTP threads hand in
 *          what the worker sends. So there is one path by which a result arrives, wherever it
 *          was made.
 * Trust:   a worker is believed no more than its task: only the task's own rungs and segments,
 *          in order, of plausible size and length, matching their SHA-256, and all of them
 *          before a result counts. What is wrong is refused and not kept.
 * Leases:  short and renewed by anything the worker sends. A worker that falls silent loses its
 *          task; the attempt does not count. After a restart of the server the worker may go
 *          on: what it had sent is read back from the task's folder.
 * Memory:  answers live in the caller's arena.
 * Errors:  TASK_GONE: no longer this worker's. TASK_ORDER: something before it is missing; see
 *          remote_have. WORKER_DIFFERS: its media libraries are not the server's.
 * Threads: any; one lock inside, never held across a call out.
 */
#ifndef ZOE_REMOTE_H
#define ZOE_REMOTE_H

#include "base/child.h"
#include "server/jobs/jobs.h"

struct remote;
struct seat;
struct work;

enum { SEGMENT_BYTES_MAX = 512 << 20, INIT_BYTES_MAX = 64 << 10, REMOTE_TOKEN_HEX = 32 };

/* --- for jobs.c */
struct remote *remote_open(struct app *app, const _Atomic(bool) *stopping);
void remote_stop(struct remote *m);  /* ends every seat's wait, and returns when all are over */
void remote_close(struct remote *m); /* after remote_stop; accepts NULL */
void remote_stop_video(struct remote *m, int64_t video_id);
/* A revoked one's tasks are free for others. */
void remote_stop_worker(struct remote *m, int64_t worker_id);

/* --- for making.c: as child_run, at the worker's */
MUST_CHECK struct err seat_run(struct seat *s, struct job_run *r, const struct work *w,
                               json_t *spec, const struct child_events *events,
                               json_t **result);
/* The task's folder holds what the worker sent before the server was restarted. */
bool seat_resumes(const struct seat *s);

/* --- for the API: what workers ask */
struct remote_task {
    const char *token, *spec,
        *source; /* spec: JSON text; source: a name for the input's bytes */
    int64_t source_bytes, lease_ms, video_id;
};
/* *found false: nothing waits. `build` is what the worker says it is made of. */
MUST_CHECK struct err remote_lease(struct remote *m, struct db *db, struct arena *a,
                                   int64_t worker_id, const char *build,
                                   struct remote_task *out, bool *found);

/* The seat of a token, after a restart too; every success needs remote_release. `exclusive`: to
 * hand something in, one at a time. */
MUST_CHECK struct err remote_enter(struct remote *m, struct db *db, struct arena *a,
                                   int64_t worker_id, const char *token, bool exclusive,
                                   struct seat **out);
void remote_release(struct seat *s, bool exclusive);

/* Path of the uploaded file. */
const char *remote_source(struct seat *s, struct arena *a);
void remote_progress(struct seat *s, int64_t done_ms, int64_t total_ms);

struct remote_init {
    const char *rung, *codecs, *fps;
    int width, height;
    const void *data;
    size_t bytes;
};
MUST_CHECK struct err remote_init(struct seat *s, const struct remote_init *init);

struct remote_segment {
    const char *rung, *sha256;
    int64_t index, bytes, duration_us, start_us;
};
/* Where its bytes go: *fd is the caller's to close. */
MUST_CHECK struct err remote_segment_open(struct seat *s, const struct remote_segment *segment,
                                          int *fd, int64_t *offset);
/* They are there, and match their digest. */
MUST_CHECK struct err remote_segment_done(struct seat *s, const struct remote_segment *segment);

/* The task ended. OK when the job did what follows and that is on disk. */
MUST_CHECK struct err remote_result(struct seat *s, json_t *result);
MUST_CHECK struct err remote_error(struct seat *s, struct err failure);

/* {"720": {"init": true, "segments": 3}, ...}: what is here. */
json_t *remote_have(struct seat *s);

#endif
