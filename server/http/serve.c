/* serve.c — the course of one request, from its first line to its completion.
 *
 * An answer queued in the first call for a request makes libmicrohttpd close the connection, so
 * answers wait for the last call; only refusals of large bodies go out at once. A connection is
 * suspended before its exchange is handed to a worker, and resumed by whoever finished with it.
 */
#include "base/clock.h"
#include "base/crypto.h"
#include "base/log.h"
#include "server/http/exchange.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

enum {
    EARLY_FROM = 256 << 10, /* such bodies are only accepted from those who may */
};

/* --- request ids: for reading logs, not secrets */

static void id_make(char out[17])
{
    static _Thread_local uint64_t state;
    static const char hex[] = "0123456789abcdef";
    while (!state)
        random_bytes(&state, sizeof state);
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    uint64_t v = state * 0x2545f4914f6cdd1du;
    for (int i = 0; i < 16; i++, v >>= 4)
        out[i] = hex[v & 15];
    out[16] = 0;
}

/* --- one request, on its event thread */

void *on_uri(void *cls, const char *uri, struct MHD_Connection *mhd)
{
    struct http *h = cls;
    struct exchange *x = malloc(sizeof *x);
    if (!x)
        abort();
    memset(x, 0, offsetof(struct exchange, url_inline)); /* not the buffers */
    x->http = h;
    x->connection = mhd;
    x->started_ms = monotonic_ms();
    id_make(x->id);
    struct req *rq = &x->rq;
    rq->app = h->config.app;
    rq->arena = arena_open();
    rq->id = x->id;
    rq->exchange = x;
    rq->content_length = -1;
    rq->sink.fd = -1;
    x->url_bytes = uri ? strlen(uri) : 0;
    bool small = x->url_bytes < URL_INLINE;
    char *url = small ? x->url_inline : arena_alloc(rq->arena, x->url_bytes + 1);
    memcpy(url, uri ? uri : "", x->url_bytes + 1);
    rq->url = url;
    x->path_text = small ? x->path_inline : arena_alloc(rq->arena, x->url_bytes + 2);
    x->path_text[0] = 0;
    rq->path = x->path_text;
    return x;
}

static bool method_read(const char *text, enum http_method *out)
{
    static const char *const names[METHODS] = {"GET", "HEAD",   "POST",
                                               "PUT", "DELETE", "OPTIONS"};
    for (int m = 0; m < METHODS; m++)
        if (!strcmp(text, names[m])) {
            *out = (enum http_method)m;
            return true;
        }
    return false;
}

struct header_facts {
    int lengths, encodings, hosts;
    const char *length, *encoding, *expect;
};

static enum MHD_Result on_header(void *cls, enum MHD_ValueKind kind, const char *key,
                                 const char *value)
{
    (void)kind;
    struct header_facts *f = cls;
    switch (key[0] | 0x20) {
    case 'c':
        if (!strcasecmp(key, "Content-Length")) {
            f->lengths++;
            f->length = value;
        }
        break;
    case 't':
        if (!strcasecmp(key, "Transfer-Encoding")) {
            f->encodings++;
            f->encoding = value;
        }
        break;
    case 'h': f->hosts += !strcasecmp(key, "Host"); break;
    case 'e':
        if (!strcasecmp(key, "Expect"))
            f->expect = value;
        break;
    }
    return MHD_YES;
}

/* What could be read in two ways is refused (request smuggling). */
static struct err framing_check(struct exchange *x)
{
    struct header_facts f = {0};
    MHD_get_connection_values(x->connection, MHD_HEADER_KIND, on_header, &f);
    if (f.lengths > 1 || f.encodings > 1 || f.hosts > 1 || (f.lengths && f.encodings))
        return FAIL(BAD_REQUEST, "contradicting headers");
    if (f.length) {
        char *end;
        errno = 0;
        long long n = strtoll(f.length, &end, 10);
        if (errno || *end || end == f.length || f.length[0] == '-' || f.length[0] == '+')
            return FAIL(BAD_REQUEST, "the Content-Length is no number");
        x->rq.content_length = n;
        x->has_body = n > 0;
    }
    if (f.encoding) {
        if (strcasecmp(f.encoding, "chunked"))
            return FAIL(BAD_REQUEST, "only the chunked transfer coding is known here");
        x->has_body = true;
    }
    x->expects_continue = f.expect && !strcasecmp(f.expect, "100-continue");
    return OK;
}

/* "http://host/path" (RFC 9112 section 3.2.2) -> "/path" */
static const char *without_authority(const char *url)
{
    if (strncasecmp(url, "http://", 7) && strncasecmp(url, "https://", 8))
        return url;
    const char *slash = strchr(strchr(url, ':') + 3, '/');
    return slash ? slash : "/";
}

static void preflight(struct exchange *x, unsigned methods)
{
    char text[64];
    struct req *rq = &x->rq;
    struct res *rs = &x->rs;
    res_empty(rs, 204);
    res_header(rq, rs, "Allow", methods_text(methods, text));
    if (cors_path(rq->path)) {
        res_header(rq, rs, "Access-Control-Allow-Origin", "*");
        res_header(rq, rs, "Access-Control-Allow-Methods", text);
        res_header(rq, rs, "Access-Control-Allow-Headers",
                   "Authorization, Content-Type, Content-Range, Content-Disposition, Range, "
                   "X-Upload-Content-Length, X-Upload-Content-Type, X-Peertube-Otp, "
                   "X-Peertube-Video-Password");
        res_header(rq, rs, "Access-Control-Max-Age", "86400");
    }
    answer_build(x, OK);
}

/* Route, parameters and query. Sets x->response when it is answered already. */
static struct err route_find(struct exchange *x, const char *method)
{
    struct req *rq = &x->rq;
    struct arena *a = rq->arena;
    struct err e = framing_check(x);
    if (e.id) { /* who knows where this request ends: answer and close */
        x->has_body = true;
        rq->content_length = -1;
        return e;
    }
    if (!method_read(method, &rq->method))
        return FAIL(METHOD_NOT_ALLOWED, "no such method here");
    const char *target = without_authority(rq->url);
    if (rq->method == HTTP_OPTIONS && !strcmp(target, "*"))
        target = "/";
    const char *mark = strchr(target, '?');
    size_t path_bytes = mark ? (size_t)(mark - target) : strlen(target);
    struct segments path;
    if (!text_path(target, path_bytes, x->path_text, &path)) {
        x->path_text[0] = 0;
        return FAIL(BAD_REQUEST, "the path does not decode");
    }
    if (mark && !text_pairs(a, mark + 1, strlen(mark + 1), &rq->query))
        return FAIL(BAD_REQUEST, "the query does not decode");
    struct match m;
    routes_match(x->http->routes, &path, rq->method, &m);
    rq->route = m.route;
    if (!m.route && rq->method == HTTP_OPTIONS) {
        preflight(x, m.methods);
        return OK;
    }
    if (!m.route && m.methods) {
        char text[64];
        x->allow = arena_strdup(a, methods_text(m.methods, text));
    }
    struct param **tail = &rq->params;
    for (size_t i = 0; i < m.param_count && m.route; i++) {
        struct param *p = arena_alloc(a, sizeof *p);
        const char *value = path.at[m.segment[i]].text;
        bool last = m.rest && i + 1 == m.param_count;
        *p = (struct param){m.names[i],
                            last ? value : arena_strndup(a, value, path.at[m.segment[i]].bytes),
                            NULL};
        *tail = p;
        tail = &p->next;
    }
    return OK;
}

static void client_find(struct exchange *x)
{
    const struct connection *c = connection_of(x->connection);
    memcpy(x->address, c->address, sizeof x->address); /* the exchange may outlive it */
    x->rq.address = x->address;
    if (c->proxy)
        x->rq.address = address_forwarded(x->http->trusted, x->rq.arena,
                                          req_header(&x->rq, "X-Forwarded-For"), x->address);
}

static void request_log(const struct exchange *x, enum log_level level)
{
    static const char *const names[METHODS] = {"GET", "HEAD",   "POST",
                                               "PUT", "DELETE", "OPTIONS"};
    log_line(level, "request", "method=%s path=%s status=%u bytes=%lld ms=%lld address=%s%s%s",
             names[x->rq.method], LOG_QUOTE(x->rq.path), x->status, (long long)x->answer_bytes,
             (long long)(monotonic_ms() - x->started_ms), x->rq.address,
             x->failure ? " code=" : "", x->failure ? err_code(x->failure) : "");
}

static enum MHD_Result queue_answer(struct exchange *x)
{
    struct http *h = x->http;
    x->phase = PHASE_SENT;
    atomic_fetch_sub_explicit(&h->active, 1, memory_order_relaxed);
    atomic_fetch_add_explicit(&h->sending, 1, memory_order_relaxed);
    if (x->status >= 500)
        atomic_fetch_add_explicit(&h->errors_5xx, 1, memory_order_relaxed);
    else if (x->status >= 400)
        atomic_fetch_add_explicit(&h->errors_4xx, 1, memory_order_relaxed);
    enum MHD_Result rc = MHD_queue_response(x->connection, x->status, x->response);
    if (!x->rs.fixed)
        MHD_destroy_response(x->response);
    x->response = NULL;
    return rc;
}

/* The answer is ready before the request has ended. */
static enum MHD_Result answer_ahead(struct exchange *x)
{
    bool small = x->rq.content_length >= 0 && x->rq.content_length <= DRAIN_LIMIT;
    if (x->has_body && (x->expects_continue || !small)) {
        if (!x->rs.fixed)
            MHD_add_response_header(x->response, "Connection", "close");
        connection_of(x->connection)->linger = true;
        return queue_answer(x);
    }
    x->phase = PHASE_ANSWER;
    return MHD_YES;
}

static enum MHD_Result refuse(struct exchange *x, struct err e)
{
    answer_build(x, e);
    if (log_enabled(LOG_DEBUG))
        request_log(x, LOG_DEBUG);
    return answer_ahead(x);
}

static void work_later(struct exchange *x, enum job job, enum phase phase)
{
    x->job = job;
    x->phase = phase;
    MHD_suspend_connection(x->connection);
    if (pool_push(x->http->pool, x))
        return;
    atomic_fetch_add(&x->http->limited, 1);
    bool stopping = atomic_load(&x->http->stopping);
    answer_build(x, stopping ? FAIL(STOPPED, "the server is stopping")
                             : FAIL(OVERLOADED, "too many requests are waiting"));
    x->phase = job == JOB_EARLY ? PHASE_JUDGED : PHASE_ANSWER;
    MHD_resume_connection(x->connection);
}

static enum MHD_Result body_accept(struct exchange *x)
{
    x->phase = PHASE_BODY;
    connection_wants_body(connection_of(x->connection), x->id);
    return MHD_YES;
}

static enum MHD_Result first_call(struct exchange *x, const char *method)
{
    struct http *h = x->http;
    atomic_fetch_add_explicit(&h->requests, 1, memory_order_relaxed);
    atomic_fetch_add_explicit(&h->active, 1, memory_order_relaxed);
    atomic_store_explicit(&connection_of(x->connection)->head_since_ms, 0,
                          memory_order_relaxed);
    client_find(x);
    struct err e = route_find(x, method);
    if (e.id)
        return refuse(x, e);
    if (x->response)
        return answer_ahead(x);
    if (atomic_load_explicit(&h->stopping, memory_order_relaxed))
        return refuse(x, FAIL(STOPPED, "the server is stopping"));
    const struct route *route = x->rq.route;
    if (!x->has_body) {
        x->phase = PHASE_READY;
        return MHD_YES;
    }
    bool early = !route || route->before || route->body == BODY_MULTIPART ||
                 route->body == BODY_SINK || x->expects_continue ||
                 x->rq.content_length > EARLY_FROM;
    if (early && !(route && route->fast)) {
        work_later(x, JOB_EARLY, PHASE_EARLY);
        return MHD_YES;
    }
    e = body_begin(x);
    return e.id ? refuse(x, e) : body_accept(x);
}

/* The whole request is here. */
static enum MHD_Result last_call(struct exchange *x)
{
    if (x->phase == PHASE_BODY) {
        atomic_store_explicit(&connection_of(x->connection)->wants_body, false,
                              memory_order_relaxed);
        body_end(x);
    }
    if (!x->response) {
        const struct route *route = x->rq.route;
        if (!route || !route->fast) {
            work_later(x, JOB_RUN, PHASE_WORK);
            return MHD_YES;
        }
        x->handled = !x->body_error.id;
        answer_build(x, x->handled ? route->handler(&x->rq, &x->rs) : x->body_error);
        if (log_enabled(LOG_DEBUG))
            request_log(x, LOG_DEBUG);
    }
    return queue_answer(x);
}

enum MHD_Result on_access(void *cls, struct MHD_Connection *mhd, const char *url,
                          const char *method, const char *version, const char *data,
                          size_t *bytes, void **slot)
{
    (void)cls;
    (void)mhd;
    (void)url;
    (void)version;
    struct exchange *x = *slot;
    switch (x->phase) {
    case PHASE_NEW: return first_call(x, method);
    case PHASE_JUDGED: return x->response ? answer_ahead(x) : body_accept(x);
    case PHASE_BODY:
    case PHASE_ANSWER:
    case PHASE_READY:
        if (!*bytes)
            return last_call(x);
        atomic_fetch_add_explicit(&x->http->bytes_received, (int64_t)*bytes,
                                  memory_order_relaxed);
        bool fine = body_feed(x, data, *bytes);
        *bytes = 0;
        return fine ? MHD_YES : MHD_NO;
    case PHASE_EARLY:
    case PHASE_WORK:
    case PHASE_SENT: break; /* not reached */
    }
    return MHD_NO;
}

static void exchange_free(struct exchange *x)
{
    if (x->response && !x->rs.fixed)
        MHD_destroy_response(x->response);
    body_release(x);
    body_drop_files(x);
    arena_close(x->rq.arena);
    free(x);
}

void on_completed(void *cls, struct MHD_Connection *mhd, void **slot,
                  enum MHD_RequestTerminationCode why)
{
    (void)why;
    struct http *h = cls;
    struct exchange *x = *slot;
    *slot = NULL;
    if (!x)
        return;
    if (x->phase != PHASE_NEW) {
        struct connection *c = connection_of(mhd);
        atomic_fetch_sub_explicit(x->phase == PHASE_SENT ? &h->sending : &h->active, 1,
                                  memory_order_relaxed);
        atomic_store_explicit(&c->wants_body, false, memory_order_relaxed);
        atomic_store_explicit(&c->head_since_ms, monotonic_ms(), memory_order_relaxed);
    }
    stream_close(x->stream);
    x->stream = NULL;
    bool owes = x->rq.files || x->rq.sink.fd >= 0 || x->rq.sink.digest || x->rq.aborted;
    if (!x->handled && owes) {
        body_release(x);
        x->connection = NULL;
        x->job = JOB_ABORTED;
        pool_push_aborted(h->pool, x);
        return;
    }
    exchange_free(x);
}

/* --- one request, on a worker */

static struct err judge(struct exchange *x)
{
    struct req *rq = &x->rq;
    const struct http_config *config = &x->http->config;
    x->judged = true;
    if (config->authenticate && rq->route)
        TRY(config->authenticate(rq, &x->rs));
    if (!x->rs.status && rq->route && rq->route->before)
        TRY(rq->route->before(rq, &x->rs));
    return OK;
}

static struct err handle(struct exchange *x)
{
    struct req *rq = &x->rq;
    const struct http_config *config = &x->http->config;
    x->handled = true;
    if (rq->route)
        return rq->route->handler(rq, &x->rs);
    if (config->unmatched)
        return config->unmatched(rq, &x->rs, x->allow);
    if (!x->allow)
        return FAIL(NOT_FOUND, "nothing here");
    res_header(rq, &x->rs, "Allow", x->allow);
    return FAIL(METHOD_NOT_ALLOWED, "another method would do");
}

/* The handler will not run: whoever prepared for it is told, before the answer goes out. */
static void let_go(struct exchange *x)
{
    struct req *rq = &x->rq;
    if (rq->aborted && !x->handled)
        rq->aborted(rq);
    rq->aborted = NULL;
    digest_close(rq->sink.digest);
    rq->sink.digest = NULL;
}

static void run(struct exchange *x)
{
    struct err e = x->body_error;
    if (!e.id && !x->judged)
        e = judge(x);
    bool answered = e.id || x->rs.status || x->rs.fixed;
    if (!answered && x->job == JOB_EARLY && x->rq.route) {
        e = body_begin(x);
        if (!e.id)
            return; /* the body may come */
        answered = true;
    }
    if (answered)
        let_go(x);
    else
        e = handle(x);
    body_drop_files(x);
    if (e.id || !x->rs.hand_over)
        answer_build(x, e);
}

static void log_as(const struct exchange *x)
{
    char context[24];
    snprintf(context, sizeof context, "req=%s", x->id);
    log_context_set(context);
}

/* Workers ask every second whether there is something to do. */
static enum log_level log_level_of(const struct exchange *x)
{
    bool chatter = x->rq.route && x->rq.route->auth == AUTH_WORKER && x->status < 400;
    return chatter ? LOG_DEBUG : LOG_INFO;
}

/* From here on x is not ours. */
static void give_back(struct exchange *x)
{
    if (x->response)
        request_log(x, log_level_of(x));
    x->phase = x->job == JOB_EARLY ? PHASE_JUDGED : PHASE_ANSWER;
    MHD_resume_connection(x->connection);
}

static void abort_run(struct exchange *x)
{
    let_go(x);
    exchange_free(x);
}

bool exchange_work(struct exchange *x, struct db *db)
{
    bool handed_over = false;
    log_as(x);
    x->rq.db = db;
    if (x->job == JOB_ABORTED) {
        abort_run(x);
    } else {
        run(x);
        x->rq.db = NULL;
        handed_over = x->rs.hand_over && !x->response;
        if (handed_over)
            x->rs.hand_over(x->rs.taker);
        else
            give_back(x);
    }
    log_context_set(NULL);
    return !handed_over;
}

void res_ready(struct req *rq, struct err e)
{
    struct exchange *x = rq->exchange;
    struct pool *pool = x->http->pool;
    log_as(x);
    answer_build(x, e);
    give_back(x);
    log_context_set(NULL);
    pool_done(pool);
}

void exchange_cancel(struct exchange *x, struct err why)
{
    answer_build(x, why);
    x->phase = x->job == JOB_EARLY ? PHASE_JUDGED : PHASE_ANSWER;
    MHD_resume_connection(x->connection);
}
