/* static_answer.c — answers made once and given to everybody. */
#include "server/http/exchange.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum form { FORM_PLAIN, FORM_GZIP, FORM_BROTLI, FORM_UNCHANGED, FORMS };

struct static_ready { /* never changed once published */
    struct MHD_Response *forms[FORMS];
};

void res_static(struct req *rq, struct res *rs, struct static_body *body)
{
    (void)rq;
    rs->status = 200;
    rs->fixed = body;
}

static struct MHD_Response *make(const struct static_body *b, bool cors, const void *bytes,
                                 size_t n, const char *encoding)
{
    struct MHD_Response *r = MHD_create_response_from_buffer(
        n, (void *)(uintptr_t)(bytes ? bytes : ""), MHD_RESPMEM_PERSISTENT);
    if (!r)
        abort();
    if (encoding)
        MHD_add_response_header(r, "Content-Encoding", encoding);
    if (b->content_type)
        MHD_add_response_header(r, "Content-Type", b->content_type);
    if (b->cache)
        MHD_add_response_header(r, "Cache-Control", b->cache);
    if (b->etag)
        MHD_add_response_header(r, "ETag", b->etag);
    if (b->gzip || b->brotli)
        MHD_add_response_header(r, "Vary", "Accept-Encoding");
    if (cors)
        MHD_add_response_header(r, "Access-Control-Allow-Origin", "*");
    for (const struct param *h = b->headers; h; h = h->next)
        MHD_add_response_header(r, h->name, h->value);
    security_headers(r);
    return r;
}

static void ready_close(struct static_ready *ready)
{
    for (int i = 0; ready && i < FORMS; i++)
        if (ready->forms[i])
            MHD_destroy_response(ready->forms[i]);
    free(ready);
}

static struct static_ready *ready_open(struct static_body *b, bool cors)
{
    struct static_ready *ready = calloc(1, sizeof *ready);
    if (!ready)
        abort();
    ready->forms[FORM_PLAIN] = make(b, cors, b->body, b->bytes, NULL);
    if (b->gzip)
        ready->forms[FORM_GZIP] = make(b, cors, b->gzip, b->gzip_bytes, "gzip");
    if (b->brotli)
        ready->forms[FORM_BROTLI] = make(b, cors, b->brotli, b->brotli_bytes, "br");
    if (b->etag)
        ready->forms[FORM_UNCHANGED] = make(b, cors, NULL, 0, NULL);
    struct static_ready *other = NULL;
    if (atomic_compare_exchange_strong(&b->ready, &other, ready))
        return ready;
    ready_close(ready); /* another thread was quicker */
    return other;
}

void static_body_release(struct static_body *body)
{
    ready_close(atomic_exchange(&body->ready, NULL));
}

/* A token of Accept-Encoding; "q=0" counts as absent. */
static bool accepts(const char *list, const char *token)
{
    size_t n = strlen(token);
    for (const char *p = list; (p = strcasestr(p, token)); p += n) {
        bool starts = p == list || strchr(", \t", p[-1]);
        if (!starts || (p[n] && !strchr(",; \t", p[n])))
            continue;
        const char *q = p + n + strspn(p + n, "; \t");
        return strncasecmp(q, "q=0", 3) || (q[3] == '.' && strtod(q + 2, NULL) > 0);
    }
    return false;
}

struct MHD_Response *static_response(struct exchange *x, struct static_body *body)
{
    struct static_ready *ready = atomic_load_explicit(&body->ready, memory_order_acquire);
    if (!ready)
        ready = ready_open(body, body->cors || cors_path(x->rq.path));
    enum form form = FORM_PLAIN;
    x->status = 200;
    const char *known = body->etag ? req_header(&x->rq, "If-None-Match") : NULL;
    if (known && etag_matches(known, body->etag)) {
        form = FORM_UNCHANGED;
        x->status = 304;
    } else if (body->gzip || body->brotli) {
        const char *list = req_header(&x->rq, "Accept-Encoding");
        if (list && body->brotli && accepts(list, "br"))
            form = FORM_BROTLI;
        else if (list && body->gzip && accepts(list, "gzip"))
            form = FORM_GZIP;
    }
    x->rs.status = (int)x->status;
    if (form != FORM_UNCHANGED)
        x->answer_bytes = (int64_t)(form == FORM_BROTLI ? body->brotli_bytes
                                    : form == FORM_GZIP ? body->gzip_bytes
                                                        : body->bytes);
    return ready->forms[form];
}
