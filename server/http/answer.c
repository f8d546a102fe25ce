/* answer.c — struct res: what handlers put in, and how it becomes a response. RFC 9110, 7807.
 */
#include "base/log.h"
#include "server/http/exchange.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <zlib.h>

enum { COMPRESS_FROM = 1024, RETRY_AFTER_S = 5 };

void res_header(struct req *rq, struct res *rs, const char *name, const char *value)
{
    struct param *header = arena_alloc(rq->arena, sizeof *header);
    *header =
        (struct param){arena_strdup(rq->arena, name), arena_strdup(rq->arena, value), NULL};
    struct param **tail = &rs->headers;
    while (*tail)
        tail = &(*tail)->next;
    *tail = header;
}

const char *res_header_get(const struct res *rs, const char *name)
{
    for (const struct param *h = rs->headers; h; h = h->next)
        if (!strcasecmp(h->name, name))
            return h->value;
    return NULL;
}

void res_empty(struct res *rs, int status)
{
    rs->status = status;
    rs->body = NULL;
    rs->body_bytes = 0;
    rs->content_type = NULL;
}

void res_text(struct res *rs, int status, const char *content_type, const char *text,
              size_t bytes)
{
    rs->status = status;
    rs->content_type = content_type;
    rs->body = text;
    rs->body_bytes = bytes;
}

void res_json(struct req *rq, struct res *rs, int status, json_t *json)
{
    char *text = json_dumps(json, JSON_COMPACT | JSON_ENCODE_ANY);
    json_decref(json);
    if (!text) {
        res_problem(rq, rs, FAIL(INTERNAL, "an answer could not be written as JSON"), NULL);
        return;
    }
    arena_defer(rq->arena, free, text);
    res_text(rs, status, "application/json; charset=utf-8", text, strlen(text));
}

void res_later(struct res *rs, void (*hand_over)(void *taker), void *taker)
{
    rs->hand_over = hand_over;
    rs->taker = taker;
}

void res_redirect(struct req *rq, struct res *rs, int status, const char *location)
{
    res_empty(rs, status);
    res_header(rq, rs, "Location", location);
}

void res_problem(struct req *rq, struct res *rs, struct err e, json_t *extra)
{
    struct exchange *x = rq->exchange;
    int status = err_status(e.id);
    const char *phrase = MHD_get_reason_phrase_for((unsigned)status);
    const char *detail = e.detail && utf8_valid(e.detail, strlen(e.detail)) ? e.detail : phrase;
    if (x)
        x->failure = e.id;
    json_t *json = json_pack("{s:s, s:s, s:i, s:s, s:s, s:s}", "type", "about:blank", "title",
                             strcmp(phrase, "Unknown") ? phrase : err_code(e.id), "status",
                             status, "detail", detail, "code", err_code(e.id), "error", detail);
    if (rq->path)
        json_object_set_new(json, "instance", json_string(rq->path));
    if (e.id == ERR_INVALID_PARAMS && x && x->invalid)
        json_object_set(json, "invalid-params", x->invalid);
    if (extra) {
        json_object_update(json, extra);
        json_decref(extra);
    }
    if ((status == 429 || status == 503) && !res_header_get(rs, "Retry-After"))
        res_header(rq, rs, "Retry-After", arena_printf(rq->arena, "%d", RETRY_AFTER_S));
    if (status == 401 && !res_header_get(rs, "WWW-Authenticate"))
        res_header(rq, rs, "WWW-Authenticate", "Bearer");
    if (!res_header_get(rs, "Cache-Control"))
        res_header(rq, rs, "Cache-Control", "no-store");
    res_json(rq, rs, status, json);
    rs->content_type = "application/problem+json; charset=utf-8";
}

bool cors_path(const char *path)
{
    static const char *const open[] = {"/api/",      "/static/",      "/lazy-static/",
                                       "/download/", "/.well-known/", "/nodeinfo/",
                                       "/feeds/"};
    for (size_t i = 0; path && i < sizeof open / sizeof open[0]; i++)
        if (!strncmp(path, open[i], strlen(open[i])))
            return true;
    return false;
}

void security_headers(struct MHD_Response *response)
{
    MHD_add_response_header(response, "X-Content-Type-Options", "nosniff");
    MHD_add_response_header(response, "Referrer-Policy", "same-origin");
}

/* "gzip" in an Accept-Encoding list, not refused by q=0. */
static bool accepts_gzip(struct req *rq)
{
    const char *p = req_header(rq, "Accept-Encoding");
    while (p && *p) {
        p += strspn(p, ", \t");
        size_t n = strcspn(p, ",");
        size_t name = strcspn(p, ",; \t");
        if (name == 4 && !strncasecmp(p, "gzip", 4)) {
            char one[64];
            snprintf(one, sizeof one, "%.*s", (int)n, p);
            const char *q = strstr(one, "q=");
            return !q || strtod(q + 2, NULL) > 0;
        }
        p += n;
    }
    return false;
}

static bool worth_compressing(const struct res *rs)
{
    const char *type = rs->content_type;
    return rs->status == 200 && rs->body_bytes > COMPRESS_FROM && type &&
           (!strncmp(type, "text/", 5) || strstr(type, "json") || strstr(type, "xml")) &&
           !res_header_get(rs, "Content-Encoding");
}

static void pack(struct req *rq, struct res *rs)
{
    z_stream z = {0};
    if (rs->body_bytes > UINT32_MAX / 2 ||
        deflateInit2(&z, 1, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY) != Z_OK)
        return;
    uLong room = deflateBound(&z, rs->body_bytes);
    void *packed = malloc(room);
    if (!packed)
        abort();
    z.next_in = (Bytef *)(uintptr_t)rs->body;
    z.avail_in = (uInt)rs->body_bytes;
    z.next_out = packed;
    z.avail_out = (uInt)room;
    int rc = deflate(&z, Z_FINISH);
    if (rc == Z_STREAM_END && z.total_out < rs->body_bytes) {
        arena_defer(rq->arena, free, packed);
        rs->body = packed;
        rs->body_bytes = z.total_out;
        res_header(rq, rs, "Content-Encoding", "gzip");
    } else {
        free(packed);
    }
    deflateEnd(&z);
}

static void add_header(struct MHD_Response *response, const char *name, const char *value)
{
    if (MHD_add_response_header(response, name, value) != MHD_YES)
        log_warn("header_dropped", "name=%s", LOG_QUOTE(name));
}

static struct MHD_Response *memory_response(struct exchange *x)
{
    struct res *rs = &x->rs;
    if (x->rq.method != HTTP_POST && worth_compressing(rs)) {
        if (!res_header_get(rs, "Vary"))
            res_header(&x->rq, rs, "Vary", "Accept-Encoding");
        if (accepts_gzip(&x->rq))
            pack(&x->rq, rs);
    }
    x->answer_bytes = (int64_t)rs->body_bytes;
    return MHD_create_response_from_buffer(rs->body_bytes, (void *)(uintptr_t)rs->body,
                                           MHD_RESPMEM_PERSISTENT);
}

void answer_build(struct exchange *x, struct err e)
{
    struct req *rq = &x->rq;
    struct res *rs = &x->rs;
    if (!e.id && !rs->status && !rs->fixed)
        e = FAIL(INTERNAL, "the handler did not answer");
    if (e.id) { /* headers stay: Retry-After, Content-Range and the like */
        file_drop(rs->file);
        if (rs->events && rs->events->release)
            rs->events->release(rs->events->state);
        *rs = (struct res){.headers = rs->headers};
        res_problem(rq, rs, e, NULL);
        if (rs->status >= 500 && e.id != ERR_OVERLOADED && e.id != ERR_STOPPED)
            log_error("request_failed", "code=%s path=%s detail=%s", err_code(e.id),
                      LOG_QUOTE(rq->path ? rq->path : ""), LOG_QUOTE(e.detail ? e.detail : ""));
    }
    if (rs->fixed) {
        x->response = static_response(x, rs->fixed);
        return; /* its headers are ready */
    }
    if (rs->events)
        x->response = stream_response(x, rs->events);
    else if (rs->file)
        x->response = file_response(x, rs->file);
    else
        x->response = memory_response(x);
    if (!x->response)
        abort(); /* out of memory */
    x->status = (unsigned)rs->status;
    for (const struct param *h = rs->headers; h; h = h->next)
        add_header(x->response, h->name, h->value);
    if (rs->content_type)
        add_header(x->response, "Content-Type", rs->content_type);
    add_header(x->response, "X-Request-Id", x->id);
    security_headers(x->response);
    if (cors_path(rq->path) && !res_header_get(rs, "Access-Control-Allow-Origin")) {
        add_header(x->response, "Access-Control-Allow-Origin", "*");
        add_header(x->response, "Access-Control-Expose-Headers",
                   "Content-Length, Content-Range, ETag, Location, Range, Retry-After, "
                   "X-Request-Id");
    }
}
