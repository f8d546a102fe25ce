/* seat.h — a leased task from inside; shared by remote.c (who comes and goes) and seat.c (what
 * is handed in).
 *
 * Units:   segments are counted through the whole video; bytes; us; deadline_ms is monotonic.
 * Memory:  a seat lies in its own arena, which closes with it; `line`, `result` are its own.
 * Errors:  those of remote.h.
 * Threads: each member says who may touch it. "Exclusive" is whoever set `busy`, under the lock.
 */
#ifndef ZOE_SEAT_H
#define ZOE_SEAT_H

#include "server/jobs/remote.h"

#include <pthread.h>

enum { SEATS_MAX = 64, SEAT_RUNGS_MAX = 32 };
/* ENDING: nothing more is taken, the job goes on with what it has. */
enum seat_state { SEAT_STARTING, SEAT_READY, SEAT_ENDING, SEAT_OVER };

struct seat_rung {
    const char *name;
    bool init;
    int64_t next;         /* index of the segment that comes next */
    int64_t bytes, limit; /* of its .m4s: accepted, at most */
};

struct seat {
    /* --- fixed after the start */
    struct remote *remote;
    struct arena *arena; /* the seat's own; the seat lies in it */
    char token[REMOTE_TOKEN_HEX + 1];
    int64_t worker_id;
    const char *build; /* NULL when resumed: it was compared before */
    struct job job;
    bool resumed;
    /* --- fixed once it is ready */
    const char *spec, *source, *uuid, *folder;
    int64_t source_bytes, first_index, last_index;
    int64_t *cuts_us; /* of segments first_index to last_index, and the end */
    size_t rung_count;
    /* --- of whoever is exclusive */
    struct seat_rung rungs[SEAT_RUNGS_MAX];
    /* --- protected by remote->lock; `changed` is signalled on every change */
    enum seat_state state;
    int holders;
    bool busy, stop, ended;
    int64_t deadline_ms; /* monotonic */
    json_t *line;        /* handed in, for the job's thread; NULL: taken */
    struct err line_err; /* what became of the last one */
    json_t *result;
    struct err failure, outcome;
};

struct remote {
    struct app *app;
    const _Atomic(bool) *stopping;
    pthread_mutex_t lock;
    pthread_cond_t changed;
    /* --- protected by lock */
    bool closed;
    int threads;
    bool any_ended;       /* there is a thread to be joined: */
    pthread_t last_ended; /* by the one that ends next, or at the stop */
    struct seat *seats[SEATS_MAX];
};

/* Waits for a change until `until_ms` of the monotonic clock; lock held. False: time is up. */
bool remote_wait(struct remote *m, int64_t until_ms);

#endif
