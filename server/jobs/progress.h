/* progress.h — live progress of videos in the making, for the API and server-sent events.
 *
 * Shape:   one JSON text per video that changed since the start of the server; made by jobs,
 *          read by anybody. Topic of its events: the video's id.
 * Threads: any; inside is one lock, never held across a call out.
 */
#ifndef ZOE_PROGRESS_H
#define ZOE_PROGRESS_H

#include "base/arena.h"
#include "base/err.h"

#include <stdbool.h>
#include <stdint.h>

struct db;
struct http;
struct progress;

struct progress *progress_open(struct arena *a);
void progress_close(struct progress *p);

/* Rendered from the database with what running tasks said added: the object of
 * GET /api/v1/videos/:id/progress (state, percent, readyMs, durationMs, playable, rungs,
 * reason). */
MUST_CHECK struct err progress_render(struct progress *p, struct db *db, struct arena *a,
                                      int64_t video_id, bool with_reason, char **json);

/* The text now in memory for `video_id` and its version (grows with each change); NULL when
 * nothing was published for it. For event sources: never blocks on the database. */
const char *progress_latest(struct progress *p, struct arena *a, int64_t video_id,
                            bool with_reason, uint64_t *version, bool *ended);

/* --- for jobs -------------------------------------------------------------------------------
 */

/* Where listeners are; NULL before http is closed: jobs may go on publishing. */
void progress_connect(struct progress *p, struct http *http);
/* A running task of a video got so far; shown at the next publish. total_ms 0 removes it. */
void progress_task(struct progress *p, int64_t video_id, int64_t job_id, double done_share,
                   double weight);
/* Renders anew and wakes listeners. */
void progress_publish(struct progress *p, struct db *db, int64_t video_id);
void progress_forget(struct progress *p, int64_t video_id); /* deleted: listeners are ended */

#endif
