/* making.h — what the kinds of jobs that make a video share: its row, plan and rungs; specs for
 * the transcoder; growing a rung's public file; playlists.
 *
 * Order:   bytes, fdatasync, row, playlist. A crash in between leaves bytes beyond
 *          rung.size_bytes, which the next append cuts off, or a playlist that is behind, which
 *          the next one mends.
 * Memory:  everything lives in the job's arena.
 * Threads: one job each; making_lock keeps two jobs of one video from growing it at once.
 */
#ifndef ZOE_MAKING_H
#define ZOE_MAKING_H

#include "base/child.h"
#include "server/db/db_making.h"
#include "server/jobs/jobs.h"
#include "server/view/playlist.h"

#include <jansson.h>

struct work {
    struct making video;
    struct rung_list rungs;
    json_t *probe, *plan; /* NULL when not made yet; freed with the arena */
    bool is_private;
};

MUST_CHECK struct err work_load(struct job_run *r, struct work *out);
MUST_CHECK struct err work_reload_rungs(struct job_run *r, struct work *w);
struct rung *work_rung(struct work *w, const char *name); /* NULL: none */
const char *work_file(struct job_run *r, const struct work *w, const struct rung *g,
                      const char *ending); /* path of {file_uuid}-{resolution}{ending} */

/* {version, task, threads, limits, probe, plan, output}; freed with the arena. The output
 * folder is made empty. */
MUST_CHECK struct err work_spec(struct job_run *r, const struct work *w, const char *task,
                                const char **folder, json_t **spec);
/* Runs it on the uploaded file. *result is freed with the arena. */
MUST_CHECK struct err work_run(struct job_run *r, const struct work *w, json_t *spec,
                               const struct child_events *events, json_t **result,
                               const char **code);

/* What a chunk's child says, gathered. */
struct encoding {
    struct job_run *r;
    json_t *rungs; /* {"720": {"codecs": …, "segments": [[bytes, us, sha], …]}}: the result */
    double weight; /* of this chunk in the whole work, for progress */
    int64_t published_ms;
};
/* For child_events; state: a struct encoding. */
struct err encoding_line(void *state, const char *event, json_t *line);
/* Every segment of every wanted rung is there: a hole could never be appended over. */
MUST_CHECK struct err encoding_whole(const struct work *w, int64_t index, json_t *wanted,
                                     json_t *made);
/* Its files are on disk. */
MUST_CHECK struct err encoding_sync(struct job_run *r, const char *folder, json_t *rungs);

/* What the plan task is told, by the settings and this job's payload; freed by the caller. */
json_t *work_plan_settings(struct job_run *r);

/* Keeps json alive until the arena closes. */
json_t *arena_json(struct arena *a, json_t *json);
char *arena_json_text(struct arena *a, const json_t *json); /* compact */
/* The job's payload. */
json_t *job_payload(struct job_run *r);

/* Appends segments [offset …) of `m4s_path` to the rung; writes its init first when it is new.
 */
MUST_CHECK struct err rung_append(struct job_run *r, struct work *w, struct rung *g,
                                  const char *init_path, const char *m4s_path, int64_t offset,
                                  const struct segment_list *segments);
MUST_CHECK struct err rung_segments(struct job_run *r, const struct rung *g,
                                    struct segment_list *out);
/* Every segment is there: the playlist becomes VOD. */
MUST_CHECK struct err rung_complete(struct job_run *r, struct work *w, struct rung *g);

/* Master playlist, and `playable` once something can be played. durable: survives power loss.
 */
MUST_CHECK struct err work_publish(struct job_run *r, struct work *w, bool durable);

/* In a transaction: ends this job, and lets `finish` follow when it was the last of the ladder.
 */
MUST_CHECK struct err work_step_done(struct job_run *r, const char *result);

/* The plan was wrong: all that came of it is dropped, and the video is planned anew, as before
 * but without copying (copy_unsafe) or without a hardware encoder. Ends this job. */
enum again { AGAIN_WITHOUT_COPY, AGAIN_IN_SOFTWARE };
bool work_by_hardware(const struct work *w); /* does the plan ask for it? */
MUST_CHECK struct err work_plan_again(struct job_run *r, struct work *w, enum again how);

/* The video cannot be made (further): its owner reads why. For `fail` of the kinds. */
MUST_CHECK struct err work_fail(struct job_run *r, struct err why);
/* The same of the kinds that encode: with a hardware encoder, software is tried first. */
MUST_CHECK struct err chunk_fail(struct job_run *r, struct err why);

/* Holds the video's files, and looks anew where they lie: its owner may have moved them since.
 * VIDEO_NOT_FOUND (and not held) when it is gone. */
MUST_CHECK struct err making_lock(struct job_run *r, struct work *w);
void making_unlock(const struct work *w);

#endif
