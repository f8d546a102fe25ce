/* child.h — runs a program for one task: a spec goes in, JSON lines come out. The server and a
 * worker on another machine run the sandboxed transcoder by it, each in the same way.
 *
 * Contract: transcoder/spec.h.
 * Memory:  a child belongs to one thread; what it answers lives in the caller's arena.
 * Errors:  TASK_FAILED (crash, kill, timeout, odd answers: worth another try), TASK_REFUSED
 *          (the task said that trying again is useless; detail is its sentence for the owner),
 *          STOPPED (child_stop was called).
 * Threads: child_run on its thread; child_stop from any.
 */
#ifndef ZOE_CHILD_H
#define ZOE_CHILD_H

#include "base/arena.h"
#include "base/err.h"

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

struct child;

struct child_events {
    /* Each line that is neither the result nor an error. A failure stops the child. */
    struct err (*line)(void *state, const char *event, json_t *line);
    void *state;
};

struct child *child_open(void);
void child_close(struct child *c);

/* Runs one task to its end. `spec` is borrowed. `input_fd` becomes descriptor 3, -1: none.
 * On success *result is the result line: json_decref it. `code` (may be NULL) gets the machine
 * code of a refusal, in `a`. */
MUST_CHECK struct err child_run(struct child *c, struct arena *a, const char *program,
                                json_t *spec, int input_fd, const struct child_events *events,
                                json_t **result, const char **code);

/* The next run gets this too, as descriptor 4 (spec.h: ask_fd). It stays the caller's. */
void child_lend(struct child *c, int fd);

void child_stop(struct child *c); /* kills what runs; later runs fail with STOPPED */
bool child_stopped(struct child *c);
void child_allow(struct child *c); /* a new job begins */

#endif
