/* http.h — HTTP as the rest of the server sees it. libmicrohttpd stays behind this header.
 *
 * Flow:    an event thread reads headers and matches the route table. Fast routes (`fast`)
 *          are answered there. Every other request is suspended and run on a worker thread:
 *          first `before` (when the route has one: with headers only, before a byte of the
 *          body is accepted or 100-continue is sent; it may refuse, or choose where the body
 *          goes), then, when the body has arrived, `handler`. So handlers are plain blocking
 *          top-down C.
 * Bodies:  BODY_MEMORY collects up to `body_limit` bytes. BODY_MULTIPART keeps fields in memory
 *          (64 KiB each, 256 at most, 1 MiB in all) and streams file parts to files made in
 *          the staging folder; both are removed when the request ends unless taken. Both kinds
 *          take JSON, urlencoded and multipart bodies alike, for req_json; what is not
 *          multipart may have 1 MiB at most. BODY_SINK streams the raw body to `rq->sink`,
 *          which `before` fills in.
 * Memory:  everything in req and res lives in rq->arena, until the response was sent.
 * Errors:  a handler returns an err; it becomes application/problem+json (RFC 7807) with
 *          `code`. Logged once, here.
 * Threads: a request is in one thread at a time.
 * Source:  RFC 9110, 9112, 7807; HTML's server-sent events.
 */
#ifndef ZOE_HTTP_H
#define ZOE_HTTP_H

#include "base/arena.h"
#include "base/err.h"

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

struct app;    /* server/app.h */
struct db;     /* server/db/db.h: the worker's own */
struct caller; /* server/domain/caller.h: who asks; set by `authenticate` */
struct http;

enum http_method { HTTP_GET, HTTP_HEAD, HTTP_POST, HTTP_PUT, HTTP_DELETE, HTTP_OPTIONS };
enum http_body { BODY_NONE, BODY_MEMORY, BODY_MULTIPART, BODY_SINK };

/* What a caller must be. AUTH_OPTIONAL still refuses a bad token. AUTH_WORKER: a machine with a
 * worker's token, and nobody else. */
enum http_auth {
    AUTH_NONE,
    AUTH_OPTIONAL,
    AUTH_LOGIN,
    AUTH_MODERATOR,
    AUTH_ADMIN,
    AUTH_WORKER
};

struct param { /* a query, path, header or form value; decoded UTF-8 text */
    const char *name, *value;
    struct param *next;
};

struct form_file { /* a file part of a multipart body, on disk in the staging folder */
    const char *field, *filename, *content_type;
    const char *path; /* set to NULL after taking (renaming) it, so that it is not removed */
    int64_t bytes;
    int fd; /* open for reading and writing; closed with the request */
    struct form_file *next;
};

struct sink {       /* where a BODY_SINK body goes */
    int fd;         /* -1: refused or nothing to write; closed with the request */
    int64_t offset; /* where the first byte goes */
    int64_t limit;  /* at most so many bytes are accepted (else 413) */
    int64_t bytes;  /* so many have been written */
    /* Updated with every byte when not NULL. The handler ends it (digest_base64); when the
     * request ends without the handler having run it is closed here, after `aborted`. */
    struct digest *digest;
    bool failed; /* the disk said no: `failure` is answered, the handler does not run */
    struct err failure;
};

struct req {
    struct app *app;
    struct db *db; /* NULL in fast handlers */
    struct arena *arena;
    const struct caller *caller; /* NULL: anonymous */
    const char *id; /* request id, also in the X-Request-Id header and every log line */
    enum http_method method;
    const char *path;    /* decoded, without query, without trailing slash */
    const char *url;     /* as asked, with query: for problem `instance` */
    const char *address; /* of the client, after trusted proxies */
    const struct route *route;
    struct param *params; /* of the path pattern */
    struct param *query;  /* in order; repeated keys stay */
    struct param *form;   /* urlencoded or multipart fields */
    struct form_file *files;
    const char *body; /* BODY_MEMORY, NUL-terminated */
    size_t body_bytes;
    int64_t content_length; /* announced; -1 unknown */
    json_t *json;           /* parsed on first use by req_json; may be NULL */
    struct sink sink;
    void *state; /* `before` may leave something for `handler` */
    /* Set by `before`: called once on a worker when `handler` will not run, before the answer
     * goes out (refused, body too large, disk full) or when the client is gone (then req_header
     * knows nothing any more). `sink` has its counts. */
    void (*aborted)(struct req *rq);
    struct exchange *exchange; /* http's own */
};

struct res {
    int status; /* 0 until answered */
    struct param *headers;
    const char *content_type;
    const void *body; /* arena or static memory */
    size_t body_bytes;
    struct res_file *file;
    struct event_source *events;
    struct static_body *fixed;
    void (*hand_over)(void *taker); /* res_later */
    void *taker;
};

struct route {
    enum http_method method;
    const char
        *pattern; /* "/api/v1/videos/:id"; a last ":name*" takes the rest, slashes included */
    enum http_auth auth;
    enum http_body body;
    int64_t body_limit; /* bytes of the whole body; 0 = 64 KiB */
    struct err (*handler)(struct req *rq, struct res *rs);
    struct err (*before)(struct req *rq, struct res *rs); /* may be NULL */
    bool fast; /* handler runs on the event thread: no db, must not block */
};

/* --- reading a request ------------------------------------------------------------------- */

const char *req_header(struct req *rq, const char *name); /* NULL when absent */
const char *req_param(struct req *rq, const char *name);  /* path parameter; never NULL */
const char *req_query(struct req *rq, const char *name);  /* first value or NULL */
const char *req_cookie(struct req *rq, const char *name); /* NULL when absent */
const char *req_form(struct req *rq, const char *name);   /* NULL when absent */
struct form_file *req_file(struct req *rq, const char *field);

/* The JSON body (an object), or a form turned into one: brackets nest (tags[0], a[b]), values
 * stay strings. INVALID_PARAMS when it is neither. */
MUST_CHECK struct err req_json(struct req *rq, json_t **out);

/* --- answering -----------------------------------------------------------------------------
 */

void res_header(struct req *rq, struct res *rs, const char *name, const char *value);
void res_empty(struct res *rs, int status);
/* `text` must be arena or static memory. */
void res_text(struct res *rs, int status, const char *content_type, const char *text,
              size_t bytes);
/* Takes over `json` (json_decref) and serialises it. */
void res_json(struct req *rq, struct res *rs, int status, json_t *json);
void res_redirect(struct req *rq, struct res *rs, int status, const char *location);
/* The problem document of `e`; `extra` (may be NULL, taken over) adds members. */
void res_problem(struct req *rq, struct res *rs, struct err e, json_t *extra);

/* Invalid parameters, gathered: INVALID_PARAMS with PeerTube's invalid-params map. */
struct err req_invalid(struct req *rq, const char *field, const char *message);

struct file_answer {
    const char *path;          /* opened here; NOT_FOUND when missing */
    const char *content_type;  /* NULL: by the name's ending */
    const char *cache;         /* Cache-Control value */
    const char *download_name; /* Content-Disposition: attachment when not NULL */
    bool cors;
};
/* A regular file: Range, If-Range, If-None-Match, If-Modified-Since, HEAD; sendfile. */
MUST_CHECK struct err res_file(struct req *rq, struct res *rs,
                               const struct file_answer *answer);

/* A virtual file made of a head and ranges of other files (storage/virtual_mp4). */
struct extent {
    int64_t virtual_offset, offset, length;
    int file; /* index into `files` */
};
struct virtual_answer {
    int64_t size;
    int64_t head_bytes;
    /* Some of the head's bytes from `at` on into `to`: how many, at least one; -1: broken. Must
     * not block; calls go forwards mostly. */
    int64_t (*head_read)(void *owner, int64_t at, char *to, int64_t bytes);
    const struct extent *extents; /* sorted by virtual_offset, the first at head_bytes */
    size_t extent_count;
    int files[2]; /* open descriptors, closed by release */
    const char *etag, *content_type, *cache, *download_name;
    void (*release)(void *owner);
    void *owner;
};
void res_virtual(struct req *rq, struct res *rs, const struct virtual_answer *answer);

/* A small answer that never changes while the server runs: assets, client configuration, pong.
 * Meant for fast routes: the ready answer is kept, so a request costs next to nothing. Honours
 * If-None-Match, HEAD and Accept-Encoding; carries no X-Request-Id. */
struct static_body {
    const void *body;
    size_t bytes;
    const char *content_type, *cache, *etag; /* the etag with its quotes; both may be NULL */
    const void *gzip, *brotli;               /* NULL: not available in this form */
    size_t gzip_bytes, brotli_bytes;
    bool cors; /* on by itself below /api, /static and the like, by the first path asked for */
    struct param *headers;                /* more headers; may be NULL */
    _Atomic(struct static_ready *) ready; /* private */
};
/* `body` and all it points to must outlive the server, or be released after http_close. */
void res_static(struct req *rq, struct res *rs, struct static_body *body);
void static_body_release(struct static_body *body);

/* --- answering later
 * For a handler that would only wait, together with many others, for the disk say. It calls
 * res_later and returns OK; as the last thing that the worker does with the request it calls
 * hand_over(taker). From then on the request, without its db, is the taker's, who fills in the
 * answer and calls res_ready once, soon: http_close waits for it. */
void res_later(struct res *rs, void (*hand_over)(void *taker), void *taker);
void res_ready(struct req *rq, struct err e); /* `rq` is gone after it; any thread */

/* Content type by the name's ending; application/octet-stream when unknown. Static text. */
const char *http_content_type(const char *name);

/* --- server-sent events ----------------------------------------------------------------------
 */

/* `next` is called on an event thread whenever something may be new (http_events_wake) and
 * every 15 s: it returns arena text "event: x\ndata: …\n\n" to send, or NULL for nothing new;
 * sets *end to end the stream. It must not block. `release` is called once when the connection
 * ends. */
struct event_source {
    uint64_t topic;
    const char *(*next)(void *state, struct arena *a, bool *end);
    void (*release)(void *state);
    void *state;
};
void res_events(struct req *rq, struct res *rs, const struct event_source *source);
void http_events_wake(struct http *http,
                      uint64_t topic); /* any thread; cheap without listeners */

/* --- the server
 * -------------------------------------------------------------------------------- */

struct http_config {
    const char *listen;  /* "127.0.0.1:9000", "[::1]:0"; port 0 picks one */
    const char *staging; /* folder for file parts */
    int workers, event_threads;
    int connection_limit, connections_per_address;
    int timeout_s;   /* idle connections and stalled bodies */
    int queue_limit; /* requests waiting for a worker; more are answered 503. 0: 1024 */
    const char *trusted_proxies; /* whose X-Forwarded-For counts: addresses or networks
                                  * (10.0.0.0/8), comma separated */
    const struct route *routes;  /* ends with a zeroed one */
    struct app *app;
    /* Each worker opens one of these at its start and closes it at its end. */
    struct err (*worker_open)(struct app *app, struct db **out);
    void (*worker_close)(struct app *app, struct db *db);
    /* Finds the caller (may be NULL) and refuses by route->auth; on a worker, before anything
     * else. */
    struct err (*authenticate)(struct req *rq, struct res *rs);
    /* Answers what no route matches; `allow` is not NULL when another method would match. */
    struct err (*unmatched)(struct req *rq, struct res *rs, const char *allow);
};

MUST_CHECK struct err http_open(const struct http_config *config, struct http **out);
int http_port(struct http *http);
/* Stops accepting, lets running requests finish for up to `grace_ms`, ends event streams. */
void http_close(struct http *http, int64_t grace_ms); /* accepts NULL */

/* Breaks off the request with this id (req.id) if its body is still coming; its `aborted` runs
 * soon. For whoever comes back over a new connection while the old one hangs. Any thread. */
bool http_cut(struct http *http, const char *request_id);

struct http_stats {
    int64_t requests, bytes_received, connections, queued, errors_4xx, errors_5xx, limited;
};
struct http_stats http_stats(struct http *http);

#endif
