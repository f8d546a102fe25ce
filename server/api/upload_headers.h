/* upload_headers.h — the headers by which a chunk says which bytes it holds and what they hash
 * to.
 *
 * Spec:    RFC 9110 §14.4 (Content-Range), with the open and starred forms of the uploadx
 *          protocol; RFC 3230 (Digest), RFC 1864 (Content-MD5), RFC 9530 (Content-Digest,
 *          Repr-Digest).
 * Memory:  `checksum.base64` is arena memory.
 * Errors:  false, and nothing else, for what does not parse.
 * Threads: no shared state.
 */
#ifndef ZOE_UPLOAD_HEADERS_H
#define ZOE_UPLOAD_HEADERS_H

#include "base/arena.h"

#include <stdbool.h>
#include <stdint.h>

struct content_range {
    bool query;    /* bytes "*" slash total: how much do you have? */
    int64_t first; /* of this chunk */
    int64_t last;  /* inclusive; -1 when open (a "*" for the last byte). May be below first: the
                      caller's  conflict */
    int64_t total; /* -1 when unknown ("*") */
};

bool content_range_parse(const char *text, struct content_range *out);

struct checksum {
    const char *algorithm; /* for digest_open; NULL: none that we know was given */
    const char *base64;    /* standard alphabet, padded */
};

/* The best of the known algorithms in a Digest ("sha-256=…,sha1=…") or RFC 9530 value
 * ("sha-256=:…:"). Unknown algorithms are skipped; false when a known one's value is no digest.
 */
bool digest_parse(struct arena *a, const char *text, struct checksum *out);
/* The bare value of Content-MD5. */
bool content_md5_parse(struct arena *a, const char *text, struct checksum *out);

#endif
