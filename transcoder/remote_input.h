/* remote_input.h — a task's input at a worker: a sparse file, filled with what is asked for.
 *
 * The other end of input.h: a thread answers the child's questions; what runs on from the last
 * one is fetched some blocks ahead. The file is kept for the next task of the same source.
 *
 * Errors:  IO, DISK_FULL.
 * Threads: feed_* on the slot's thread.
 */
#ifndef ZOE_TRANSCODER_REMOTE_INPUT_H
#define ZOE_TRANSCODER_REMOTE_INPUT_H

#include "base/arena.h"
#include "transcoder/remote_http.h"

#include <pthread.h>

struct feed {
    struct link link; /* the thread's own while one runs */
    const char *file; /* path of the sparse file */
    char key[80];     /* whose bytes they are; empty: nobody's */
    int fd;
    int64_t size_bytes, last_end; /* where the last fetch ended */
    unsigned char *here;          /* one bit a block */
    /* --- one task */
    const char *path; /* of the source at the server */
    int ours, theirs; /* the two ends of the socket */
    bool running;
    pthread_t thread;
};

/* Makes the file that of `key`, empty when it was another's. */
MUST_CHECK struct err feed_use(struct feed *f, const char *key, int64_t size_bytes);
/* Starts answering; f->theirs is for the child. */
MUST_CHECK struct err feed_start(struct feed *f, const char *path);
void feed_end(struct feed *f);
void feed_close(struct feed *f);

#endif
