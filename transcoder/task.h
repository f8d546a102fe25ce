/* task.h — one function per task of spec.h. Each runs inside the sandbox.
 *
 * Memory:  everything lives in task->arena; `result` is a new reference, without "event".
 * Errors:  those of spec.h's error line.
 * Threads: called from the main thread; chunk starts its own.
 */
#ifndef ZOE_TRANSCODER_TASK_H
#define ZOE_TRANSCODER_TASK_H

#include "transcoder/hardware.h"
#include "transcoder/output.h"
#include "transcoder/source.h"
#include "transcoder/spec.h"

#define SUBTITLE_NAME "subtitles-%d.vtt"
enum { SUBTITLE_TRACKS_MAX = 32 };

struct task {
    struct arena *arena;
    const struct spec *spec;
    struct output *output;
    int input_fd;              /* -1: none */
    struct hardware *hardware; /* of kind HARDWARE_NONE: software */
};

MUST_CHECK struct err probe_task(struct task *t, json_t **result);
MUST_CHECK struct err plan_task(struct task *t, json_t **result);
MUST_CHECK struct err head_task(struct task *t, json_t **result);
MUST_CHECK struct err audio_task(struct task *t, json_t **result);
MUST_CHECK struct err chunk_task(struct task *t, json_t **result);
MUST_CHECK struct err thumbnail_task(struct task *t, json_t **result);
MUST_CHECK struct err picture_task(struct task *t, json_t **result);
MUST_CHECK struct err subtitles_task(struct task *t, json_t **result);
MUST_CHECK struct err finish_task(struct task *t, json_t **result);
MUST_CHECK struct err selftest_task(struct task *t, json_t **result);

/* head in encode mode: chunk 0 of one rung. */
MUST_CHECK struct err chunk_encode(struct task *t, int chunk, const char *const *rungs,
                                   size_t count, json_t **result);

/* Creates the files a task will write. */
MUST_CHECK struct err task_create_outputs(struct task *t);

/* Opens the input at the probe's origin. */
MUST_CHECK struct err task_source(struct task *t, struct source *s);

#endif
