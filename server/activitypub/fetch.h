/* fetch.h — the one door to other servers.
 *
 * Guards:  https only; every address a name resolves to is checked before connecting, on every
 *          hop; ports 80, 443 and from 1024; names need a dot and are no IP literals; at most 3
 *          redirects, followed by hand and signed anew, never for POST, never from https to
 *          http; size, connect and total time; content types; no cookies, no proxy from the
 *          environment; certificates are always checked. `insecure` (setting
 *          federation_insecure, tests only) allows http, single names, IP literals, loopback
 *          and private addresses and changes nothing else.
 * Limits:  per host: requests at a time, and GETs a minute (a short burst is free).
 * Memory:  responses live in the arena.
 * Errors:  PEER_UNREACHABLE (no answer, 5xx: LATER), PEER_BUSY (429, 503, our own limit:
 *          LATER), PEER_REFUSED (other 4xx), PEER_GONE (404, 410), PEER_BLOCKED (a guard said
 *          no), PEER_ODD (too large, wrong content type, not JSON, redirects in circles).
 *          `out->status` tells more; it is 0 when no answer came.
 * Threads: any number; calls block. Connections are kept and reused, by host.
 */
#ifndef ZOE_FETCH_H
#define ZOE_FETCH_H

#include "server/activitypub/httpsig.h"

#include <jansson.h>
#include <stdint.h>
#include <sys/socket.h>

struct fetcher;

struct fetcher_config {
    const char *site_url; /* for User-Agent: Zoetrope/VERSION (+https://site) */
    bool insecure;
    int per_host;        /* requests at a time to one host; 0: 8 */
    int gets_per_minute; /* per host; 0: 120. The first 30 are free */
};
MUST_CHECK struct err fetcher_open(const struct fetcher_config *config, struct fetcher **out);
void fetcher_close(struct fetcher *f); /* accepts NULL; no call may be running */
/* Makes running and later calls fail soon with STOPPED. */
void fetcher_stop(struct fetcher *f);

struct fetch_signer {
    struct key *key;
    const char *key_id;
};

struct fetch_limits { /* 0: the default */
    size_t bytes;     /* of the body after decompression; 1 MiB */
    int connect_ms;   /* 5,000 */
    int total_ms;     /* of each hop: 10,000; 30,000 at most */
    int wait_ms;      /* for our own limits per host: 2,000; -1: do not wait */
};

enum fetch_accept {
    FETCH_ACTIVITY, /* activity+json, or ld+json with the ActivityStreams profile; utf-8 */
    FETCH_JRD,      /* jrd+json or json: WebFinger, nodeinfo */
    FETCH_XRD,      /* xrd+xml or xml: host-meta */
    FETCH_PAGE,     /* html, or what FETCH_ACTIVITY takes (see response.content_type) */
    FETCH_IMAGE,    /* image/jpeg, png, webp, gif, avif */
    FETCH_ANY,
};

struct fetch_response {
    int status;
    const char *content_type; /* lower case, without parameters; "" when not said */
    const char *final_url;    /* after redirects */
    const char *body;         /* NUL-terminated, never NULL */
    size_t bytes;
    const char *alternate;  /* Link: …; rel="alternate"; type="application/activity+json" */
    int64_t retry_after_ms; /* of Retry-After, at most a day; 0: not said */
};

/* GET. `signer` may be NULL. Signed, and answered 401: once more without the query in
 * (request-target), then once as RFC 9421. OK only for 200. */
MUST_CHECK struct err fetch_get(struct fetcher *f, struct arena *a, const char *url,
                                enum fetch_accept accept, const struct fetch_signer *signer,
                                const struct fetch_limits *limits, struct fetch_response *out);

/* fetch_get of FETCH_ACTIVITY, parsed (ap_parse). The document's `id` must be on the host that
 * served it; when it is not the address asked for it is fetched again by that id, once: so
 * `*out` always has the id it can be fetched by. */
MUST_CHECK struct err fetch_object(struct fetcher *f, struct arena *a, const char *url,
                                   const struct fetch_signer *signer, json_t **out);

struct fetch_post {
    const char *url;
    const void *body;
    size_t body_bytes;
    const char *content_type; /* NULL: application/activity+json */
    const char *digest;       /* httpsig_digest of the body if at hand, or NULL */
    enum httpsig_dialect dialect;
    /* Answered 401 or 400 with "signature": once more in the other dialect (double knock). */
    bool knock_twice;
    struct fetch_signer signer;
    struct fetch_limits
        limits; /* bytes: of the answer that are kept (64 KiB), the rest is cut */
};
/* One delivery, signed now. Redirects are not followed (PEER_REFUSED). OK for any 2xx. */
MUST_CHECK struct err fetch_post(struct fetcher *f, struct arena *a,
                                 const struct fetch_post *post, struct fetch_response *out);

/* May we connect there? */
bool fetch_address_allowed(const struct sockaddr *address, bool insecure);
/* May we ask this URL at all (scheme, port, name)? */
bool fetch_url_allowed(const char *url, bool insecure);

struct fetch_stats {
    int64_t requests, failures, blocked, limited, connections, bytes;
};
struct fetch_stats fetcher_stats(struct fetcher *f);

#endif
