/* httpsig.h — signs and verifies requests between servers.
 *
 * Spec:    draft-cavage-http-signatures-12 §2–3 with Digest (RFC 3230); RFC 9421 with
 *          Content-Digest (RFC 9530). federation.md §3.1–3.2 has what each peer does.
 * Order:   httpsig_parse -> httpsig_check (all that needs no key: cheap, refuses before any key
 *          is fetched) -> find the key of sig.key_id -> httpsig_verify (check once more, and
 *          RSA).
 * Caller:  owns the question whose key it is: the document of the key names an owner, the
 *          owner's publicKey.id names the key, and the owner is the activity's actor; and
 *          remembers what came in for the length of the clock window (HTTPSIG_SKEW_MS either
 *          way) against replay. On SIGNATURE_WRONG it may fetch the key once more and try
 *          again.
 * Units:   times are Unix milliseconds UTC.
 * Memory:  arguments are borrowed for the call; results live in the arena and point into the
 *          message.
 * Errors:  SIGNATURE_MISSING, SIGNATURE_MALFORMED (400), SIGNATURE_STALE, SIGNATURE_WRONG,
 *          DIGEST_WRONG (401).
 * Threads: no shared state.
 */
#ifndef ZOE_HTTPSIG_H
#define ZOE_HTTPSIG_H

#include "server/activitypub/keys.h"

#include <stdint.h>

enum {
    HTTPSIG_SKEW_MS = 3600 * 1000, /* Date and created, either way */
    HTTPSIG_BACK_MS = 1500, /* we date ourselves so much back: T takes 2 s of future only */
};

enum httpsig_dialect { HTTPSIG_CAVAGE, HTTPSIG_RFC9421 };

/* --- verifying ---------------------------------------------------------------------------- */

/* A request as it came. `header` gives the index-th value (from 0) of a header whose name is in
 * lower case, NULL past the last: two Signature headers must be told from one. */
struct signed_message {
    const char *method; /* "POST" */
    const char *target; /* as on the request line: path with query, not decoded */
    const char *scheme; /* of our public address; NULL: https */
    const char *(*header)(const void *from, const char *name, int index);
    const void *from;
    const void *body;
    size_t body_bytes;
};

struct signed_header {
    const char *name, *value;
};
struct signed_headers {
    const struct signed_header *list;
    size_t count;
};
/* A `header` function whose `from` is a struct signed_headers. */
const char *signed_header_in(const void *from, const char *name, int index);

struct signature {
    enum httpsig_dialect dialect;
    const char *key_id;
    const char *algorithm;          /* lower case; "" when not said */
    int64_t created_ms, expires_ms; /* 0: not said */
    const char **components;        /* what is signed, in order, in lower case */
    size_t component_count;
    const char *created, *expires; /* cavage: their digits as sent */
    const char *params;            /* RFC 9421: the member of Signature-Input as sent */
    const unsigned char *value;
    size_t value_bytes;
};

MUST_CHECK struct err httpsig_parse(struct arena *a, const struct signed_message *m,
                                    struct signature *out);

/* Everything but RSA: what must be signed is (POST: request target, host, digest, date or
 * created; others the same without digest), the digest is the body's, the clock is near, Host
 * is one of `hosts` (a NULL-terminated list of "name" or "name:port"; a port matters only when
 * both sides have one). */
MUST_CHECK struct err httpsig_check(struct arena *a, const struct signature *sig,
                                    const struct signed_message *m, const char *const *hosts,
                                    int64_t now_ms);

/* The signature itself, after httpsig_check said yes to the same message; with every peer's
 * reading of it: target with and without query; hs2019 as RSA with SHA-256 or SHA-512. */
MUST_CHECK struct err httpsig_verify_key(struct arena *a, const struct signature *sig,
                                         const struct signed_message *m,
                                         const char *const *hosts, struct key *key);

/* httpsig_check and httpsig_verify_key. */
MUST_CHECK struct err httpsig_verify(struct arena *a, const struct signature *sig,
                                     const struct signed_message *m, const char *const *hosts,
                                     struct key *key, int64_t now_ms);

/* --- signing ------------------------------------------------------------------------------ */

struct outgoing {
    const char *method;       /* "POST" */
    const char *scheme;       /* "https" */
    const char *host;         /* with the port unless it is the scheme's own */
    const char *target;       /* path with query, as it will be sent */
    const char *content_type; /* NULL when there is no body */
    const void *body;         /* NULL: none (GET) */
    size_t body_bytes;
    const char *digest; /* base64 of the body's SHA-256 if at hand (httpsig_digest), or NULL */
};

/* base64(SHA-256): once for a body that goes to many. */
char *httpsig_digest(struct arena *a, const void *body, size_t bytes);

/* The headers to add to a request: Date, Digest, Signature over (request-target) host date
 * [digest content-type] rsa-sha256; or Content-Digest, Signature-Input and Signature. Host and
 * Content-Type are the caller's to send exactly as given here. Sign at the moment of sending.
 */
MUST_CHECK struct err httpsig_sign(struct arena *a, enum httpsig_dialect dialect,
                                   const struct outgoing *out, struct key *key,
                                   const char *key_id, int64_t now_ms,
                                   struct signed_headers *headers);

#endif
