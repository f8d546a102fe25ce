/* exchange.h — inside server/http only: one request on its way through, and the server itself.
 *
 * Threads: an exchange belongs to its connection's event thread, except between `pool_push` and
 *          the resume that ends the work, when it belongs to one worker. The connection is
 *          suspended all that time, so libmicrohttpd does not touch it either.
 */
#ifndef ZOE_HTTP_EXCHANGE_H
#define ZOE_HTTP_EXCHANGE_H

#include "server/http/http.h"
#include "server/http/multipart.h"

#include <microhttpd.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stddef.h>
#include <sys/socket.h>

enum {
    SEGMENTS_MAX = 64,
    PARAMS_MAX = 8,
    URL_INLINE = 256,
    METHODS = HTTP_OPTIONS + 1,
    DRAIN_LIMIT = 1 << 20, /* refused bodies up to this size are read, so that the answer is */
};

enum phase {
    PHASE_NEW,    /* headers were not looked at */
    PHASE_EARLY,  /* a worker runs authenticate and before */
    PHASE_JUDGED, /* it has; `response` is set when it refused */
    PHASE_READY,  /* no body: the handler comes next */
    PHASE_BODY,   /* bytes of the body are coming */
    PHASE_WORK,   /* a worker runs the handler */
    PHASE_ANSWER, /* `response` waits for the end of the request */
    PHASE_SENT,
};

enum job { JOB_EARLY, JOB_RUN, JOB_ABORTED };

enum body_form { FORM_DISCARD, FORM_MEMORY, FORM_MULTIPART, FORM_SINK };

struct connection { /* lives as long as the TCP connection */
    /* --- fixed */
    struct http *http;
    int fd;
    char address[64];
    bool proxy; /* a trusted one */
    /* --- protected by the lock of connection.c */
    struct connection *next, *prev;
    char body_of[17]; /* id of the last request whose body was awaited */
    /* --- atomic */
    atomic_int_fast64_t head_since_ms; /* waiting for a request, or reading its head; 0: not */
    atomic_bool wants_body;            /* more bytes must come before the request is whole */
    /* --- ticker only */
    int deaf_ticks;
    /* --- event thread only */
    bool linger; /* an answer went out before the body was read */
};

struct exchange {
    struct req rq;
    struct res rs;
    struct http *http;
    struct MHD_Connection *connection;
    enum phase phase;
    enum job job;
    bool has_body, expects_continue, judged, handled;
    int64_t started_ms, body_seen;

    /* the answer */
    struct MHD_Response *response;
    struct stream *stream;
    unsigned status;
    int64_t answer_bytes;
    enum err_id failure;

    /* the body */
    enum body_form form;
    struct multipart *multipart;
    struct err body_error;
    char *memory; /* malloc'ed */
    size_t memory_room;
    size_t field_count, fields_bytes;
    struct part *part;
    json_t *invalid; /* gathered by req_invalid */
    const char *allow;

    struct exchange *next; /* in the pool's queue */
    char id[17];
    size_t url_bytes;
    char *path_text;
    char url_inline[URL_INLINE], path_inline[URL_INLINE], address[64];
};

/* --- routes.c: which route */

struct routes;
struct routes *routes_open(const struct route *table);
void routes_close(struct routes *routes);
struct segments { /* of the decoded path */
    size_t count;
    struct {
        const char *text;
        size_t bytes;
    } at[SEGMENTS_MAX];
};
struct match {
    const struct route *route; /* NULL: none */
    unsigned methods;          /* bits of the methods that would match */
    size_t param_count;
    const char *names[PARAMS_MAX];
    size_t segment[PARAMS_MAX]; /* where the value starts */
    bool rest;                  /* the last one takes all that follows */
};
void routes_match(const struct routes *routes, const struct segments *path,
                  enum http_method method, struct match *out);
const char *methods_text(unsigned methods, char out[64]);

/* --- text.c: what comes escaped */

/* Decodes %-escapes (and '+' when `form`) of `n` bytes into out (n + 1 bytes). False for bad
 * escapes, NUL and invalid UTF-8. */
bool text_unescape(const char *in, size_t n, bool form, char *out, size_t *out_bytes);
bool utf8_valid(const char *s, size_t n);
/* a=1&b=2 -> list, in order. False when it does not decode, or has more than 1000 pairs. */
bool text_pairs(struct arena *a, const char *text, size_t n, struct param **out);
/* Splits and decodes a raw path; drops a trailing slash. False when bad. */
bool text_path(const char *raw, size_t n, char *out, struct segments *segments);

/* --- address.c: who is it */

struct networks;
struct networks *networks_open(const char *list);
void networks_close(struct networks *networks);
bool networks_have(const struct networks *networks, const struct sockaddr *address);
void address_text(const struct sockaddr *address, char out[64]);
/* The client's address as far as trusted proxies vouch for it; `forwarded` may be NULL. */
const char *address_forwarded(const struct networks *trusted, struct arena *a,
                              const char *forwarded, const char *peer);

/* --- body.c: bytes of the body, on event threads */

/* Prepares for the body, or refuses it. */
struct err body_begin(struct exchange *x);
/* False: give up on the connection. Failures are kept in body_error. */
bool body_feed(struct exchange *x, const char *data, size_t bytes);
void body_end(struct exchange *x);
void body_release(struct exchange *x);    /* what event threads allocated */
void body_drop_files(struct exchange *x); /* descriptors and parts nobody took; on a worker */

/* --- answer.c, file_answer.c, static_answer.c, events.c: struct res -> MHD_Response */

void answer_build(struct exchange *x, struct err e);
struct MHD_Response *file_response(struct exchange *x, struct res_file *file);
void file_drop(struct res_file *file);
const char *res_header_get(const struct res *rs, const char *name);
struct MHD_Response *static_response(struct exchange *x, struct static_body *body);
void security_headers(struct MHD_Response *response);
bool cors_path(const char *path);
bool etag_matches(const char *list, const char *etag);
enum range { RANGE_WHOLE, RANGE_PART, RANGE_OUTSIDE };
/* "bytes=1-2", "bytes=1-", "bytes=-2". Anything else, several ranges too, means the whole. */
enum range range_read(const char *text, int64_t size, int64_t *offset, int64_t *length);

struct hub;
struct hub *hub_open(void);
void hub_close(struct hub *hub);
void hub_tick(struct hub *hub, int64_t now_ms);
void hub_end_all(struct hub *hub);
struct MHD_Response *stream_response(struct exchange *x, struct event_source *source);
void stream_close(struct stream *stream);

/* --- pool.c: the workers */

struct pool;
struct err pool_open(struct http *http, struct pool **out);
bool pool_push(struct pool *pool, struct exchange *x); /* false: full or stopping */
void pool_push_aborted(struct pool *pool, struct exchange *x);
int64_t pool_waiting(struct pool *pool);
void pool_done(struct pool *pool); /* an exchange that was taken out is answered */
/* Refuses new work, lets running work end; what still waits after `until_ms` is cancelled. */
void pool_drain(struct pool *pool, int64_t until_ms);
void pool_close(struct pool *pool);

/* --- serve.c: the course of a request */

/* False: it was handed over, and exchange_work's caller is done with it in res_ready only. */
bool exchange_work(struct exchange *x, struct db *db);
void exchange_cancel(struct exchange *x, struct err why); /* answers without running */
void *on_uri(void *http, const char *uri, struct MHD_Connection *mhd);
enum MHD_Result on_access(void *http, struct MHD_Connection *mhd, const char *url,
                          const char *method, const char *version, const char *data,
                          size_t *bytes, void **slot);
void on_completed(void *http, struct MHD_Connection *mhd, void **slot,
                  enum MHD_RequestTerminationCode why);

/* --- connection.c: what is open, and for how long */

struct connections;
struct err connections_open(struct http *http, struct connections **out);
void connections_close(struct connections *all); /* accepts NULL */
struct connection *connection_of(struct MHD_Connection *mhd);
void connection_wants_body(struct connection *c, const char *request_id);
void on_connection(void *http, struct MHD_Connection *mhd, void **slot,
                   enum MHD_ConnectionNotificationCode code);
enum MHD_Result on_accept(void *http, const struct sockaddr *peer, socklen_t bytes);

struct http {
    /* --- fixed after open */
    struct http_config config;
    struct routes *routes;
    struct networks *trusted;
    struct hub *hub;
    struct pool *pool;
    struct connections *open;
    struct MHD_Daemon *daemon;
    int listen_fd, port;
    /* --- atomics */
    atomic_bool stopping;
    atomic_int_fast64_t requests, bytes_received, connections, errors_4xx, errors_5xx, limited;
    atomic_int_fast64_t active;  /* requests whose answer is not ready */
    atomic_int_fast64_t sending; /* answers on their way */
};

#endif
