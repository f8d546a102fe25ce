/* remote_task.h — one leased task at a worker, from its spec to the server's last answer.
 *
 * Memory:  a slot is the caller's and outlives its thread; a lease is borrowed for the call.
 * Errors:  told to the server and logged, not answered.
 * Threads: slot_* on the slot's thread; slot_beat and slot_stop from others.
 */
#ifndef ZOE_TRANSCODER_REMOTE_TASK_H
#define ZOE_TRANSCODER_REMOTE_TASK_H

#include "base/child.h"
#include "transcoder/remote_input.h"

#include <jansson.h>

struct slot {
    /* --- fixed after the start */
    const char *folder;  /* this slot's own */
    const char *program; /* to run tasks: this very program */
    int threads;
    /* --- the slot's thread */
    struct link link;
    struct feed feed;
    struct child *child;
    pthread_t thread;
    int index;
    /* --- any thread */
    atomic_bool dropped; /* the task is no longer ours */
    atomic_int_fast64_t done_ms, total_ms, lease_ms;
    pthread_mutex_t lock;
    char token[80]; /* protected by lock; empty: no task */
};

/* Runs the task of a lease (the server's answer). Errors are logged and told to the server;
 * false: it failed for a reason of this machine, so rest a little before the next. */
MUST_CHECK bool slot_run(struct slot *s, json_t *lease);

/* Renews the lease of what runs, by another thread's link. */
void slot_beat(struct slot *s, struct link *l);
/* The task is lost or everything ends: kills the child. */
void slot_stop(struct slot *s);

#endif
