/* multipart.h — reads multipart/form-data as it arrives, holding back no more than a boundary.
 *
 * Spec:    RFC 7578 and 2046 section 5.1; names and file names as browsers write them (WHATWG
 *          HTML, multipart/form-data encoding algorithm: %22 %0D %0A), backslash escapes and
 *          RFC 8187's filename* as others do.
 * Memory:  the reader is the caller's; names live in the arena, data is borrowed for the call.
 * Errors:  BAD_REQUEST for what is no multipart body, and whatever `begin` and `data` answer:
 *          the first error sticks.
 * Threads: one at a time.
 */
#ifndef ZOE_HTTP_MULTIPART_H
#define ZOE_HTTP_MULTIPART_H

#include "base/arena.h"
#include "base/err.h"

#include <stddef.h>

struct multipart_part {
    const char *name;         /* "" when there is none */
    const char *filename;     /* NULL: a plain field. Without folders; valid UTF-8 */
    const char *content_type; /* NULL when absent */
};

struct multipart_sink {
    struct err (*begin)(void *owner, const struct multipart_part *part);
    struct err (*data)(void *owner, const char *data, size_t bytes);
    struct err (*end)(void *owner);
    void *owner;
};

enum { MULTIPART_BOUNDARY_MAX = 70, MULTIPART_HEADERS_MAX = 8192 };

enum multipart_state {
    MULTIPART_PREAMBLE,
    MULTIPART_BOUNDARY, /* behind a boundary: CRLF, or -- when it was the last */
    MULTIPART_HEADERS,
    MULTIPART_DATA,
    MULTIPART_EPILOGUE,
};

struct multipart { /* private */
    struct arena *arena;
    struct multipart_sink sink;
    enum multipart_state state;
    struct err error;
    char delimiter[MULTIPART_BOUNDARY_MAX + 5]; /* CR LF - - boundary */
    size_t delimiter_bytes;
    size_t matched; /* so many bytes of the delimiter ended the last call's data */
    char last;      /* behind a boundary: what came so far */
    char *headers;  /* of the part that begins */
    size_t headers_bytes;
};

/* `content_type` is the request's header. */
MUST_CHECK struct err multipart_init(struct multipart *m, struct arena *a,
                                     const char *content_type,
                                     const struct multipart_sink *sink);
MUST_CHECK struct err multipart_feed(struct multipart *m, const char *data, size_t bytes);
MUST_CHECK struct err multipart_end(struct multipart *m); /* BAD_REQUEST: it was cut short */

#endif
