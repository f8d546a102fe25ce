/* remote_http.h — a worker's requests to its server.
 *
 * Patience: link_insist and link_fetch try again while the server cannot be reached, is busy or
 *          failing, with growing waits, for LINK_PATIENCE_MS or until one of the flags is set.
 * Memory:  replies live in `a`.
 * Errors:  PEER_UNREACHABLE (after all patience), STOPPED, IO and DISK_FULL of the target file.
 *          Any status is a reply, not an error.
 * Threads: one link, one thread.
 */
#ifndef ZOE_TRANSCODER_REMOTE_HTTP_H
#define ZOE_TRANSCODER_REMOTE_HTTP_H

#include "base/arena.h"
#include "base/err.h"

#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>

enum { LINK_PATIENCE_MS = 15 * 60 * 1000 };

struct link {
    void *curl;
    struct curl_slist *headers, *json_headers, *bytes_headers;
    const char *server;                /* without a last slash */
    const atomic_bool *stop, *dropped; /* either ends all waiting; dropped may be NULL */
};

struct reply {
    int status;
    char *body; /* NUL-terminated */
    size_t bytes;
};

/* Once in a process, before any link. */
void link_global_open(void);

/* Aborts without memory. `server` is kept. */
void link_open(struct link *l, const char *server, const char *token, const char *build,
               const atomic_bool *stop);
void link_close(struct link *l);

/* One try. `body` NULL: none; `json`: the body is JSON, else bytes. */
MUST_CHECK struct err link_call(struct link *l, struct arena *a, const char *method,
                                const char *path, const void *body, size_t bytes, bool json,
                                struct reply *out);
MUST_CHECK struct err link_insist(struct link *l, struct arena *a, const char *method,
                                  const char *path, const void *body, size_t bytes, bool json,
                                  struct reply *out);

/* Bytes [offset, offset + bytes) of `path` into the same place of `fd`. PEER_GONE: the server
 * has it no more. */
MUST_CHECK struct err link_fetch(struct link *l, struct arena *a, const char *path,
                                 int64_t offset, int64_t bytes, int fd);

/* Sleeps, but not longer than until a flag is set. */
void link_rest(const struct link *l, int64_t ms);

#endif
