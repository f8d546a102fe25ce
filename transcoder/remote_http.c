/* remote_http.c — see remote_http.h. */
#include "transcoder/remote_http.h"

#include "base/clock.h"
#include "base/file.h"
#include "base/log.h"
#include "base/strbuf.h"

#include <curl/curl.h>
#include <stdlib.h>
#include <string.h>

enum { CONNECT_S = 10, STALLED_S = 60, WAIT_FIRST_MS = 200, WAIT_MOST_MS = 10000 };
enum { REPLY_MAX = 16 << 20 };

void link_global_open(void)
{
    if (curl_global_init(CURL_GLOBAL_ALL))
        abort();
}

static struct curl_slist *header(struct curl_slist *list, const char *line)
{
    struct curl_slist *longer = curl_slist_append(list, line);
    if (!longer)
        abort();
    return longer;
}

static struct curl_slist *headers(const char *token, const char *build, const char *type)
{
    SCOPED_ARENA struct arena *a = arena_open();
    struct curl_slist *list = NULL;
    list = header(list, arena_printf(a, "Authorization: Bearer %s", token));
    list = header(list, arena_printf(a, "X-Worker-Build: %s", build));
    list = header(list, "Expect:");
    return type ? header(list, arena_printf(a, "Content-Type: %s", type)) : list;
}

static int give_up(void *owner, curl_off_t a, curl_off_t b, curl_off_t c, curl_off_t d)
{
    const struct link *l = owner;
    (void)a, (void)b, (void)c, (void)d;
    return atomic_load(l->stop) || (l->dropped && atomic_load(l->dropped));
}

void link_open(struct link *l, const char *server, const char *token, const char *build,
               const atomic_bool *stop)
{
    *l = (struct link){.curl = curl_easy_init(), .server = server, .stop = stop};
    if (!l->curl)
        abort();
    l->headers = headers(token, build, NULL);
    l->json_headers = headers(token, build, "application/json");
    l->bytes_headers = headers(token, build, "application/octet-stream");
}

void link_close(struct link *l)
{
    curl_easy_cleanup(l->curl);
    curl_slist_free_all(l->headers);
    curl_slist_free_all(l->json_headers);
    curl_slist_free_all(l->bytes_headers);
    *l = (struct link){0};
}

static void prepare(struct link *l, struct arena *a, const char *method, const char *path)
{
    CURL *c = l->curl;
    curl_easy_reset(c);
    curl_easy_setopt(c, CURLOPT_URL, arena_printf(a, "%s%s", l->server, path));
    curl_easy_setopt(c, CURLOPT_CUSTOMREQUEST, method);
    curl_easy_setopt(c, CURLOPT_PROTOCOLS_STR, "http,https");
    curl_easy_setopt(c, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(c, CURLOPT_NOPROXY, "localhost,127.0.0.1,::1");
    curl_easy_setopt(c, CURLOPT_CONNECTTIMEOUT, (long)CONNECT_S);
    curl_easy_setopt(c, CURLOPT_LOW_SPEED_LIMIT, 1L);
    curl_easy_setopt(c, CURLOPT_LOW_SPEED_TIME, (long)STALLED_S);
    curl_easy_setopt(c, CURLOPT_NOPROGRESS, 0L);
    curl_easy_setopt(c, CURLOPT_XFERINFOFUNCTION, give_up);
    curl_easy_setopt(c, CURLOPT_XFERINFODATA, l);
    curl_easy_setopt(c, CURLOPT_USERAGENT, "zoetrope-transcoder/" ZOE_VERSION);
}

static size_t keep(char *data, size_t size, size_t count, void *owner)
{
    struct strbuf *text = owner;
    if (text->length + size * count > REPLY_MAX)
        return 0;
    strbuf_add(text, data, size * count);
    return size * count;
}

struct err link_call(struct link *l, struct arena *a, const char *method, const char *path,
                     const void *body, size_t bytes, bool json, struct reply *out)
{
    struct strbuf text = STRBUF_IN(a);
    CURL *c = l->curl;
    prepare(l, a, method, path);
    curl_easy_setopt(c, CURLOPT_HTTPHEADER,
                     !body  ? l->headers
                     : json ? l->json_headers
                            : l->bytes_headers);
    if (body) {
        curl_easy_setopt(c, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)bytes);
        curl_easy_setopt(c, CURLOPT_POSTFIELDS, body);
    }
    curl_easy_setopt(c, CURLOPT_WRITEFUNCTION, keep);
    curl_easy_setopt(c, CURLOPT_WRITEDATA, &text);
    CURLcode rc = curl_easy_perform(c);
    if (give_up(l, 0, 0, 0, 0))
        return FAIL(STOPPED, "stopping");
    if (rc)
        return FAIL(PEER_UNREACHABLE, curl_easy_strerror(rc));
    long status = 0;
    curl_easy_getinfo(c, CURLINFO_RESPONSE_CODE, &status);
    strbuf_adds(&text, "");
    *out = (struct reply){(int)status, text.text ? text.text : (char[]){0}, text.length};
    if (!text.text)
        out->body = arena_strdup(a, "");
    return OK;
}

void link_rest(const struct link *l, int64_t ms)
{
    for (int64_t until = monotonic_ms() + ms; monotonic_ms() < until;) {
        if (give_up((void *)l, 0, 0, 0, 0))
            return;
        usleep(20000);
    }
}

static bool worth_another(int status)
{
    return status == 429 || (status >= 500 && status != 501);
}

struct patience {
    int64_t until_ms, wait_ms;
};

/* False when there is none left. */
static bool wait_a_little(struct link *l, struct patience *p, const char *path, const char *why)
{
    if (!p->until_ms)
        *p = (struct patience){monotonic_ms() + LINK_PATIENCE_MS, WAIT_FIRST_MS};
    if (monotonic_ms() > p->until_ms || give_up(l, 0, 0, 0, 0))
        return false;
    if (p->wait_ms == WAIT_FIRST_MS)
        log_warn("server_away", "path=%s why=%s", path, LOG_QUOTE(why));
    link_rest(l, p->wait_ms + rand() % (p->wait_ms / 2));
    p->wait_ms = p->wait_ms * 2 > WAIT_MOST_MS ? WAIT_MOST_MS : p->wait_ms * 2;
    return true;
}

struct err link_insist(struct link *l, struct arena *a, const char *method, const char *path,
                       const void *body, size_t bytes, bool json, struct reply *out)
{
    struct patience p = {0};
    for (;;) {
        struct err e = link_call(l, a, method, path, body, bytes, json, out);
        if (!e.id && !worth_another(out->status))
            return OK;
        const char *why = e.id ? e.detail : arena_printf(a, "status %d", out->status);
        if (e.id == ERR_STOPPED || !wait_a_little(l, &p, path, why))
            return e.id ? e : FAIL(PEER_UNREACHABLE, "the server keeps failing");
    }
}

/* --- ranges into a file */

struct fetch {
    int fd;
    int64_t at, end;
    struct err failure;
};

static size_t place(char *data, size_t size, size_t count, void *owner)
{
    struct fetch *f = owner;
    int64_t bytes = (int64_t)(size * count);
    if (bytes > f->end - f->at)
        return 0;
    f->failure = fd_pwrite_all(f->fd, data, (size_t)bytes, f->at);
    if (f->failure.id)
        return 0;
    f->at += bytes;
    return size * count;
}

/* *again: what came so far is kept, the rest may be asked for anew. */
static struct err fetch_once(struct link *l, struct arena *a, const char *path, struct fetch *f,
                             bool *again)
{
    CURL *c = l->curl;
    *again = false;
    prepare(l, a, "GET", path);
    curl_easy_setopt(c, CURLOPT_HTTPHEADER, l->headers);
    curl_easy_setopt(c, CURLOPT_RANGE,
                     arena_printf(a, "%lld-%lld", (long long)f->at, (long long)f->end - 1));
    curl_easy_setopt(c, CURLOPT_FAILONERROR, 1L);
    curl_easy_setopt(c, CURLOPT_WRITEFUNCTION, place);
    curl_easy_setopt(c, CURLOPT_WRITEDATA, f);
    CURLcode rc = curl_easy_perform(c);
    if (f->failure.id)
        return f->failure;
    if (give_up(l, 0, 0, 0, 0))
        return FAIL(STOPPED, "stopping");
    long status = 0;
    curl_easy_getinfo(c, CURLINFO_RESPONSE_CODE, &status);
    if (!rc && status == 206 && f->at == f->end)
        return OK;
    *again = (rc && !status) || status == 206 || worth_another((int)status);
    return status >= 400 && status < 500
               ? FAIL(PEER_GONE, arena_printf(a, "the input is not there: status %ld", status))
               : FAIL(PEER_UNREACHABLE, rc ? curl_easy_strerror(rc) : "the input came short");
}

struct err link_fetch(struct link *l, struct arena *a, const char *path, int64_t offset,
                      int64_t bytes, int fd)
{
    struct patience p = {0};
    struct fetch f = {.fd = fd, .at = offset, .end = offset + bytes};
    for (;;) {
        bool again;
        struct err e = fetch_once(l, a, path, &f, &again);
        if (!e.id || !again || !wait_a_little(l, &p, path, e.detail))
            return e;
    }
}
