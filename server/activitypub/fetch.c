/* fetch.c — see fetch.h. libcurl underneath; fetch_guard.c says where it may go.
 *
 * A curl handle keeps its own connections, so handles are kept by host: whoever asks the same
 * host again gets the handle that is still connected to it. Names are cached for all of them
 * together.
 */
#include "server/activitypub/fetch.h"

#include "base/clock.h"
#include "base/log.h"
#include "base/strbuf.h"
#include "server/activitypub/ap_json.h"
#include "server/activitypub/ap_url.h"

#include <curl/curl.h>
#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum {
    IDLE_MAX = 128,   /* handles kept */
    HOSTS = 1024,     /* buckets */
    HOSTS_MAX = 8192, /* hosts remembered */
    BURST = 30,
    REDIRECTS_MAX = 3,
    BYTES_GET = 1024 * 1024,
    BYTES_POST = 64 * 1024,
    DRAIN_MAX = 1024 * 1024,
    CONNECT_MS = 5000,
    TOTAL_MS = 10000,
    TOTAL_MAX_MS = 30000,
    WAIT_MS = 2000,
    RETRY_MAX_MS = 24 * 3600 * 1000,
};

struct handle {
    CURL *easy;
    char *host;
    struct handle *next;
};

struct host {
    char *name;
    int active;
    double tokens;
    int64_t filled_ms;
    struct host *next;
};

struct fetcher {
    /* --- fixed after open */
    char *user_agent;
    bool insecure;
    int per_host;
    double tokens_per_ms;
    CURLSH *share;
    pthread_mutex_t share_locks[CURL_LOCK_DATA_LAST];
    /* --- protected by lock; `changed` is signalled when a host has room again */
    pthread_mutex_t lock;
    pthread_cond_t changed;
    struct handle *idle; /* last used first */
    int idle_count;
    struct host *hosts[HOSTS];
    int host_count;
    /* --- any time */
    _Atomic bool stopping;
    _Atomic int64_t requests, failures, blocked, limited, connections, bytes;
};

/* --- opened and closed -------------------------------------------------------------------- */

static void share_lock(CURL *easy, curl_lock_data data, curl_lock_access access, void *fetcher)
{
    (void)easy;
    (void)access;
    pthread_mutex_lock(&((struct fetcher *)fetcher)->share_locks[data]);
}

static void share_unlock(CURL *easy, curl_lock_data data, void *fetcher)
{
    (void)easy;
    pthread_mutex_unlock(&((struct fetcher *)fetcher)->share_locks[data]);
}

static pthread_once_t curl_once = PTHREAD_ONCE_INIT;
static void curl_start(void)
{
    if (curl_global_init(CURL_GLOBAL_DEFAULT))
        abort();
}

struct err fetcher_open(const struct fetcher_config *config, struct fetcher **out)
{
    pthread_once(&curl_once, curl_start);
    struct fetcher *f = calloc(1, sizeof *f);
    if (!f || asprintf(&f->user_agent, "Zoetrope/" ZOE_VERSION " (+%s)", config->site_url) < 0)
        abort();
    f->insecure = config->insecure;
    f->per_host = config->per_host > 0 ? config->per_host : 8;
    f->tokens_per_ms =
        (config->gets_per_minute > 0 ? config->gets_per_minute : 120) / 60.0 / 1000.0;
    for (int i = 0; i < CURL_LOCK_DATA_LAST; i++)
        pthread_mutex_init(&f->share_locks[i], NULL);
    pthread_mutex_init(&f->lock, NULL);
    pthread_condattr_t clock;
    pthread_condattr_init(&clock);
    pthread_condattr_setclock(&clock, CLOCK_MONOTONIC);
    pthread_cond_init(&f->changed, &clock);
    pthread_condattr_destroy(&clock);
    f->share = curl_share_init();
    if (!f->share)
        abort();
    curl_share_setopt(f->share, CURLSHOPT_LOCKFUNC, share_lock);
    curl_share_setopt(f->share, CURLSHOPT_UNLOCKFUNC, share_unlock);
    curl_share_setopt(f->share, CURLSHOPT_USERDATA, f);
    curl_share_setopt(f->share, CURLSHOPT_SHARE, CURL_LOCK_DATA_DNS);
    *out = f;
    return OK;
}

static void handle_close(struct handle *h)
{
    curl_easy_cleanup(h->easy);
    free(h->host);
    free(h);
}

void fetcher_close(struct fetcher *f)
{
    if (!f)
        return;
    for (struct handle *h = f->idle, *next; h; h = next) {
        next = h->next;
        handle_close(h);
    }
    for (int i = 0; i < HOSTS; i++)
        for (struct host *h = f->hosts[i], *next; h; h = next) {
            next = h->next;
            free(h->name);
            free(h);
        }
    curl_share_cleanup(f->share);
    pthread_cond_destroy(&f->changed);
    pthread_mutex_destroy(&f->lock);
    for (int i = 0; i < CURL_LOCK_DATA_LAST; i++)
        pthread_mutex_destroy(&f->share_locks[i]);
    free(f->user_agent);
    free(f);
}

void fetcher_stop(struct fetcher *f)
{
    pthread_mutex_lock(&f->lock);
    f->stopping = true;
    pthread_cond_broadcast(&f->changed);
    pthread_mutex_unlock(&f->lock);
}

struct fetch_stats fetcher_stats(struct fetcher *f)
{
    return (struct fetch_stats){.requests = f->requests,
                                .failures = f->failures,
                                .blocked = f->blocked,
                                .limited = f->limited,
                                .connections = f->connections,
                                .bytes = f->bytes};
}

/* --- handles by host ---------------------------------------------------------------------- */

static struct handle *handle_take(struct fetcher *f, const char *host)
{
    struct handle *found = NULL;
    pthread_mutex_lock(&f->lock);
    for (struct handle **h = &f->idle; *h; h = &(*h)->next)
        if (!strcmp((*h)->host, host)) {
            found = *h;
            *h = found->next;
            f->idle_count--;
            break;
        }
    pthread_mutex_unlock(&f->lock);
    if (found)
        return found;
    found = calloc(1, sizeof *found);
    if (!found || !(found->host = strdup(host)) || !(found->easy = curl_easy_init()))
        abort();
    return found;
}

static void handle_put(struct fetcher *f, struct handle *h)
{
    struct handle *oldest = NULL;
    pthread_mutex_lock(&f->lock);
    h->next = f->idle;
    f->idle = h;
    if (++f->idle_count > IDLE_MAX) {
        struct handle **last = &f->idle;
        while ((*last)->next)
            last = &(*last)->next;
        oldest = *last;
        *last = NULL;
        f->idle_count--;
    }
    pthread_mutex_unlock(&f->lock);
    if (oldest)
        handle_close(oldest);
}

/* --- limits by host ----------------------------------------------------------------------- */

static unsigned host_bucket(const char *name)
{
    uint32_t h = 2166136261u; /* FNV-1a */
    for (; *name; name++)
        h = (h ^ (unsigned char)*name) * 16777619u;
    return h % HOSTS;
}

/* Forgets hosts that are idle and have all their tokens back. */
static void hosts_forget(struct fetcher *f, int64_t now)
{
    for (int i = 0; i < HOSTS; i++)
        for (struct host **h = &f->hosts[i]; *h;) {
            struct host *one = *h;
            double tokens = one->tokens + (double)(now - one->filled_ms) * f->tokens_per_ms;
            if (one->active || tokens < BURST) {
                h = &one->next;
                continue;
            }
            *h = one->next;
            free(one->name);
            free(one);
            f->host_count--;
        }
}

static struct host *host_find(struct fetcher *f, const char *name, int64_t now)
{
    struct host **bucket = &f->hosts[host_bucket(name)];
    for (struct host *h = *bucket; h; h = h->next)
        if (!strcmp(h->name, name))
            return h;
    if (f->host_count >= HOSTS_MAX)
        hosts_forget(f, now);
    struct host *h = calloc(1, sizeof *h);
    if (!h || !(h->name = strdup(name)))
        abort();
    h->tokens = BURST;
    h->filled_ms = now;
    h->next = *bucket;
    *bucket = h;
    f->host_count++;
    return h;
}

/* Waits up to `wait_ms` for a place at `name`; `get`s cost a token too. */
static struct err host_enter(struct fetcher *f, const char *name, bool get, int wait_ms)
{
    struct err e = OK;
    int64_t until = monotonic_ms() + wait_ms;
    pthread_mutex_lock(&f->lock);
    for (;;) {
        int64_t now = monotonic_ms(), wake = until;
        struct host *h = host_find(f, name, now);
        h->tokens += (double)(now - h->filled_ms) * f->tokens_per_ms;
        if (h->tokens > BURST)
            h->tokens = BURST;
        h->filled_ms = now;
        if (f->stopping) {
            e = FAIL(STOPPED, "the server is stopping");
            break;
        }
        if (h->active < f->per_host && (!get || h->tokens >= 1)) {
            h->active++;
            if (get)
                h->tokens -= 1;
            break;
        }
        if (get && h->tokens < 1) {
            int64_t filled = now + 1 + (int64_t)((1 - h->tokens) / f->tokens_per_ms);
            if (filled < wake)
                wake = filled;
        }
        if (now >= until) {
            f->limited++;
            e = FAIL(PEER_BUSY, "too many requests to that server at the moment");
            break;
        }
        struct timespec t = {.tv_sec = wake / 1000, .tv_nsec = wake % 1000 * 1000000};
        pthread_cond_timedwait(&f->changed, &f->lock, &t);
    }
    pthread_mutex_unlock(&f->lock);
    return e;
}

static void host_leave(struct fetcher *f, const char *name)
{
    pthread_mutex_lock(&f->lock);
    host_find(f, name, monotonic_ms())->active--;
    pthread_cond_broadcast(&f->changed);
    pthread_mutex_unlock(&f->lock);
}

/* --- one request -------------------------------------------------------------------------- */

struct hop {
    /* in */
    struct fetcher *f;
    struct arena *a;
    const struct ap_url *url;
    const char *accept;
    struct signed_headers headers;
    const void *body; /* NULL: GET */
    size_t body_bytes;
    const char *content_type;
    struct fetch_limits limits;
    /* out */
    int status;
    struct strbuf answer;
    size_t answer_total;
    const char *answer_type, *location, *alternate;
    int64_t retry_after_ms;
    bool blocked, too_large;
};

static size_t take_body(char *data, size_t size, size_t count, void *user)
{
    struct hop *h = user;
    size_t n = size * count;
    size_t limit = h->limits.bytes;
    h->answer_total += n;
    h->f->bytes += (int64_t)n;
    if (h->answer_total > limit) {
        size_t left = limit > h->answer.length ? limit - h->answer.length : 0;
        strbuf_add(&h->answer, data, left < n ? left : n);
        h->too_large = true;
        return h->body && h->answer_total < DRAIN_MAX ? n : 0;
    }
    strbuf_add(&h->answer, data, n);
    return n;
}

/* Link: <url>; rel="alternate"; type="application/activity+json" */
static void link_read(struct hop *h, const char *value)
{
    while (!h->alternate && (value = strchr(value, '<'))) {
        const char *end = strchr(value, '>');
        if (!end)
            return;
        const char *params = end + 1, *stop = strstr(params, ",");
        size_t n = stop ? (size_t)(stop - params) : strlen(params);
        const char *text = arena_strndup(h->a, params, n);
        if (strcasestr(text, "alternate") && strcasestr(text, "application/activity+json"))
            h->alternate = arena_strndup(h->a, value + 1, (size_t)(end - value - 1));
        value = params + n;
    }
}

static void retry_read(struct hop *h, const char *value)
{
    int64_t ms = 0;
    if (*value >= '0' && *value <= '9') {
        ms = strtoll(value, NULL, 10);
        ms = ms > RETRY_MAX_MS / 1000 ? RETRY_MAX_MS : ms * 1000;
    } else {
        time_t t = curl_getdate(value, NULL);
        ms = t > 0 ? (int64_t)t * 1000 - now_ms() : 0;
    }
    h->retry_after_ms = ms < 0 ? 0 : ms > RETRY_MAX_MS ? RETRY_MAX_MS : ms;
}

static size_t take_header(char *data, size_t size, size_t count, void *user)
{
    struct hop *h = user;
    size_t n = size * count;
    const char *line = arena_strndup(h->a, data, n < 8192 ? n : 8192);
    char *end = (char *)line + strlen(line);
    while (end > line && (end[-1] == '\r' || end[-1] == '\n' || end[-1] == ' '))
        *--end = 0;
    if (!strncmp(line, "HTTP/", 5)) { /* a new answer: 100, then 200 */
        h->answer_type = h->location = h->alternate = NULL;
        h->retry_after_ms = 0;
        return n;
    }
    const char *colon = strchr(line, ':');
    if (!colon)
        return n;
    size_t name = (size_t)(colon - line);
    const char *value = colon + 1 + strspn(colon + 1, " \t");
#define IS(text) (name == sizeof(text) - 1 && !strncasecmp(line, text, name))
    if (IS("content-type"))
        h->answer_type = value;
    else if (IS("location"))
        h->location = value;
    else if (IS("link"))
        link_read(h, value);
    else if (IS("retry-after"))
        retry_read(h, value);
#undef IS
    return n;
}

static curl_socket_t open_socket(void *user, curlsocktype purpose, struct curl_sockaddr *to)
{
    struct hop *h = user;
    (void)purpose;
    if (!fetch_address_allowed(&to->addr, h->f->insecure)) {
        h->blocked = true;
        return CURL_SOCKET_BAD;
    }
    h->f->connections++;
    return socket(to->family, to->socktype | SOCK_CLOEXEC, to->protocol);
}

static int on_progress(void *user, curl_off_t a, curl_off_t b, curl_off_t c, curl_off_t d)
{
    (void)a, (void)b, (void)c, (void)d;
    return ((struct fetcher *)user)->stopping;
}

static struct curl_slist *header_list(struct hop *h)
{
    struct curl_slist *list = curl_slist_append(NULL, "Expect:");
    if (h->accept)
        list = curl_slist_append(list, arena_printf(h->a, "Accept: %s", h->accept));
    if (h->body)
        list = curl_slist_append(list, arena_printf(h->a, "Content-Type: %s", h->content_type));
    for (size_t i = 0; i < h->headers.count; i++)
        list = curl_slist_append(list, arena_printf(h->a, "%s: %s", h->headers.list[i].name,
                                                    h->headers.list[i].value));
    if (!list)
        abort();
    return list;
}

static void options_set(CURL *c, struct hop *h, struct curl_slist *headers)
{
    curl_easy_reset(c);
    curl_easy_setopt(c, CURLOPT_SHARE, h->f->share);
    curl_easy_setopt(c, CURLOPT_URL, h->url->text);
    curl_easy_setopt(c, CURLOPT_PATH_AS_IS, 1L); /* what is signed is what is sent */
    curl_easy_setopt(c, CURLOPT_PROTOCOLS_STR, h->f->insecure ? "https,http" : "https");
    curl_easy_setopt(c, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_2TLS);
    curl_easy_setopt(c, CURLOPT_FOLLOWLOCATION, 0L);
    curl_easy_setopt(c, CURLOPT_SSL_VERIFYPEER, 1L);
    curl_easy_setopt(c, CURLOPT_SSL_VERIFYHOST, 2L);
    curl_easy_setopt(c, CURLOPT_PROXY, ""); /* none, whatever the environment says */
    curl_easy_setopt(c, CURLOPT_NETRC, (long)CURL_NETRC_IGNORED);
    curl_easy_setopt(c, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(c, CURLOPT_MAXCONNECTS, 2L);
    curl_easy_setopt(c, CURLOPT_MAXAGE_CONN, 60L);
    curl_easy_setopt(c, CURLOPT_TCP_KEEPALIVE, 1L);
    curl_easy_setopt(c, CURLOPT_CONNECTTIMEOUT_MS, (long)h->limits.connect_ms);
    curl_easy_setopt(c, CURLOPT_TIMEOUT_MS, (long)h->limits.total_ms);
    curl_easy_setopt(c, CURLOPT_USERAGENT, h->f->user_agent);
    curl_easy_setopt(c, CURLOPT_ACCEPT_ENCODING, "");
    curl_easy_setopt(c, CURLOPT_HTTPHEADER, headers);
    curl_easy_setopt(c, CURLOPT_OPENSOCKETFUNCTION, open_socket);
    curl_easy_setopt(c, CURLOPT_OPENSOCKETDATA, h);
    curl_easy_setopt(c, CURLOPT_WRITEFUNCTION, take_body);
    curl_easy_setopt(c, CURLOPT_WRITEDATA, h);
    curl_easy_setopt(c, CURLOPT_HEADERFUNCTION, take_header);
    curl_easy_setopt(c, CURLOPT_HEADERDATA, h);
    curl_easy_setopt(c, CURLOPT_NOPROGRESS, 0L);
    curl_easy_setopt(c, CURLOPT_XFERINFOFUNCTION, on_progress);
    curl_easy_setopt(c, CURLOPT_XFERINFODATA, h->f);
    if (h->body) {
        curl_easy_setopt(c, CURLOPT_POST, 1L);
        curl_easy_setopt(c, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)h->body_bytes);
        curl_easy_setopt(c, CURLOPT_POSTFIELDS, h->body);
    } else {
        curl_easy_setopt(c, CURLOPT_MAXFILESIZE_LARGE, (curl_off_t)h->limits.bytes);
    }
}

static struct err curl_failed(struct hop *h, CURLcode rc)
{
    h->f->failures++;
    if (h->blocked) {
        h->f->blocked++;
        return FAIL(PEER_BLOCKED, "that address is not a public one");
    }
    if (rc == CURLE_ABORTED_BY_CALLBACK)
        return FAIL(STOPPED, "the server is stopping");
    if (rc == CURLE_FILESIZE_EXCEEDED || h->too_large)
        return FAIL(PEER_ODD, "the answer is too large");
    if (rc == CURLE_UNSUPPORTED_PROTOCOL || rc == CURLE_URL_MALFORMAT ||
        rc == CURLE_BAD_CONTENT_ENCODING || rc == CURLE_WEIRD_SERVER_REPLY)
        return FAIL(PEER_ODD, curl_easy_strerror(rc));
    return FAIL(PEER_UNREACHABLE, curl_easy_strerror(rc)); /* static text */
}

/* Sends it and fills the out fields. */
static struct err hop_run(struct hop *h)
{
    long status = 0;
    h->answer = STRBUF_IN(h->a);
    h->answer_total = 0;
    h->status = 0;
    h->blocked = h->too_large = false;
    h->answer_type = h->location = h->alternate = NULL;
    h->retry_after_ms = 0;
    h->f->requests++;
    struct handle *handle = handle_take(h->f, h->url->host);
    struct curl_slist *headers = header_list(h);
    options_set(handle->easy, h, headers);
    CURLcode rc = curl_easy_perform(handle->easy);
    curl_easy_getinfo(handle->easy, CURLINFO_RESPONSE_CODE, &status);
    curl_slist_free_all(headers);
    /* An open answer that was cut makes curl close the connection: the handle stays good. */
    handle_put(h->f, handle);
    if (rc == CURLE_WRITE_ERROR && h->body && h->too_large && status)
        rc = CURLE_OK;
    if (rc != CURLE_OK)
        return curl_failed(h, rc);
    h->status = (int)status;
    return OK;
}

/* --- what came back ----------------------------------------------------------------------- */

static struct fetch_limits limits_of(const struct fetch_limits *asked, size_t bytes)
{
    struct fetch_limits l = asked ? *asked : (struct fetch_limits){0};
    if (!l.bytes)
        l.bytes = bytes;
    if (l.connect_ms <= 0)
        l.connect_ms = CONNECT_MS;
    if (l.total_ms <= 0)
        l.total_ms = TOTAL_MS;
    if (l.total_ms > TOTAL_MAX_MS)
        l.total_ms = TOTAL_MAX_MS;
    l.wait_ms = l.wait_ms < 0 ? 0 : l.wait_ms ? l.wait_ms : WAIT_MS;
    return l;
}

static const char *type_bare(struct arena *a, const char *type)
{
    if (!type)
        return "";
    size_t n = strcspn(type, "; \t,");
    char *bare = arena_strndup(a, type, n);
    for (char *p = bare; *p; p++)
        if (*p >= 'A' && *p <= 'Z')
            *p = (char)(*p + 32);
    return bare;
}

static bool charset_utf8(const char *type)
{
    const char *charset = type ? strcasestr(type, "charset=") : NULL;
    if (!charset)
        return true;
    charset += 8;
    charset += *charset == '"';
    return !strncasecmp(charset, "utf-8", 5) || !strncasecmp(charset, "utf8", 4) ||
           !strncasecmp(charset, "us-ascii", 8);
}

static bool type_is(const char *bare, const char *list)
{
    for (const char *p = list; (p = strstr(p, bare)); p++) {
        size_t n = strlen(bare);
        if (n && (p == list || p[-1] == ' ') && (!p[n] || p[n] == ' '))
            return true;
    }
    return false;
}

static bool type_accepted(enum fetch_accept accept, const char *bare, const char *full)
{
    switch (accept) {
    case FETCH_PAGE:
        if (type_is(bare, "text/html application/xhtml+xml"))
            return true;
        /* fall through */
    case FETCH_ACTIVITY:
        return charset_utf8(full) &&
               (type_is(bare, "application/activity+json") ||
                (type_is(bare, "application/ld+json") && strstr(full, AP_CONTEXT)));
    case FETCH_JRD:
        return charset_utf8(full) && type_is(bare, "application/jrd+json application/json");
    case FETCH_XRD: return type_is(bare, "application/xrd+xml application/xml text/xml");
    case FETCH_IMAGE:
        return type_is(bare, "image/jpeg image/png image/webp image/gif image/avif");
    case FETCH_ANY: break;
    }
    return true;
}

static const char *accept_text(enum fetch_accept accept)
{
    switch (accept) {
    case FETCH_ACTIVITY: return AP_ACCEPT;
    case FETCH_JRD: return "application/jrd+json, application/json";
    case FETCH_XRD: return "application/xrd+xml, application/xml, text/xml";
    case FETCH_PAGE: return AP_ACCEPT ", text/html;q=0.8";
    case FETCH_IMAGE: return "image/webp, image/jpeg, image/png, image/gif;q=0.8";
    case FETCH_ANY: break;
    }
    return "*/*";
}

static void response_fill(struct hop *h, struct fetch_response *out)
{
    out->status = h->status;
    out->content_type = type_bare(h->a, h->answer_type);
    out->final_url = h->url->text;
    out->body = h->answer.text ? h->answer.text : "";
    out->bytes = h->answer.length;
    out->alternate = h->alternate;
    out->retry_after_ms = h->retry_after_ms;
}

static struct err status_err(struct arena *a, int status)
{
    const char *why = arena_printf(a, "it answered %d", status);
    if (status == 404 || status == 410)
        return FAIL(PEER_GONE, why);
    if (status == 408 || status == 425 || status == 429 || status == 503)
        return FAIL(PEER_BUSY, why);
    if (status >= 500)
        return FAIL(PEER_UNREACHABLE, why);
    if (status >= 300)
        return FAIL(PEER_REFUSED, why);
    return FAIL(PEER_ODD, why);
}

/* --- GET ---------------------------------------------------------------------------------- */

static struct err hop_sign(struct hop *h, const struct fetch_signer *signer,
                           enum httpsig_dialect dialect, const char *target, const char *digest)
{
    struct outgoing out = {.method = h->body ? "POST" : "GET",
                           .scheme = h->url->scheme,
                           .host = h->url->host,
                           .target = target,
                           .content_type = h->content_type,
                           .body = h->body,
                           .body_bytes = h->body_bytes,
                           .digest = digest};
    return httpsig_sign(h->a, dialect, &out, signer->key, signer->key_id, now_ms(),
                        &h->headers);
}

/* Signed, and once more in each other way that peers read, while the answer is 401. */
static struct err get_knocking(struct hop *h, const struct fetch_signer *signer)
{
    if (!signer || !signer->key)
        return hop_run(h);
    TRY(hop_sign(h, signer, HTTPSIG_CAVAGE, h->url->target, NULL));
    TRY(hop_run(h));
    if (h->status == 401 && strcmp(h->url->target, h->url->path) != 0) {
        TRY(hop_sign(h, signer, HTTPSIG_CAVAGE, h->url->path, NULL));
        TRY(hop_run(h));
    }
    if (h->status == 401) {
        TRY(hop_sign(h, signer, HTTPSIG_RFC9421, h->url->target, NULL));
        TRY(hop_run(h));
    }
    return OK;
}

static bool redirects(int status)
{
    return status == 301 || status == 302 || status == 303 || status == 307 || status == 308;
}

struct err fetch_get(struct fetcher *f, struct arena *a, const char *url,
                     enum fetch_accept accept, const struct fetch_signer *signer,
                     const struct fetch_limits *limits, struct fetch_response *out)
{
    struct ap_url here, next;
    *out = (struct fetch_response){.content_type = "", .final_url = url, .body = ""};
    if (!ap_url_read(a, url, &here))
        return FAIL(PEER_ODD, "that is no address to ask");
    struct hop h = {.f = f,
                    .a = a,
                    .url = &here,
                    .accept = accept_text(accept),
                    .limits = limits_of(limits, BYTES_GET)};
    for (int hops = 0;; hops++) {
        if (!fetch_url_allowed(here.text, f->insecure)) {
            f->blocked++;
            return FAIL(PEER_BLOCKED, "that address is not one we ask");
        }
        TRY(host_enter(f, here.host, true, h.limits.wait_ms));
        struct err e = get_knocking(&h, signer);
        host_leave(f, here.host);
        response_fill(&h, out);
        if (e.id)
            return e;
        if (!redirects(h.status))
            break;
        if (hops == REDIRECTS_MAX)
            return FAIL(PEER_ODD, "it redirects too often");
        if (!ap_url_join(a, &here, h.location, &next))
            return FAIL(PEER_ODD, "it redirects to no address");
        if (!strcmp(here.scheme, "https") && strcmp(next.scheme, "https") != 0)
            return FAIL(PEER_BLOCKED, "it redirects from https to http");
        here = next;
    }
    if (h.status != 200)
        return status_err(a, h.status);
    if (!type_accepted(accept, out->content_type, h.answer_type))
        return FAIL(PEER_ODD, arena_printf(a, "its content type is not what was asked for: %s",
                                           *out->content_type ? out->content_type : "none"));
    return OK;
}

static struct err object_once(struct fetcher *f, struct arena *a, const char *url,
                              const struct fetch_signer *signer, json_t **out, const char **id,
                              const char **final)
{
    struct fetch_response r;
    TRY(fetch_get(f, a, url, FETCH_ACTIVITY, signer, NULL, &r));
    struct err e = ap_parse(a, r.body, r.bytes, out);
    if (e.id)
        return FAIL(PEER_ODD, e.detail);
    *id = ap_id(*out);
    *final = r.final_url;
    if (!*id || !ap_id_on_host(*id, r.final_url))
        return FAIL(PEER_ODD, "the document's id is not on the server that sent it");
    return OK;
}

struct err fetch_object(struct fetcher *f, struct arena *a, const char *url,
                        const struct fetch_signer *signer, json_t **out)
{
    const char *id, *final, *again, *bare = ap_url_bare(a, url);
    TRY(object_once(f, a, bare, signer, out, &id, &final));
    if (!strcmp(id, url) || !strcmp(id, bare) || !strcmp(id, final))
        return OK;
    TRY(object_once(f, a, ap_url_bare(a, id), signer, out, &again, &final));
    if (strcmp(id, again) != 0)
        return FAIL(PEER_ODD, "the document says it has another id each time");
    return OK;
}

/* --- POST --------------------------------------------------------------------------------- */

static bool wants_other_dialect(const struct hop *h)
{
    return h->status == 401 ||
           (h->status == 400 && h->answer.text && strcasestr(h->answer.text, "signature"));
}

struct err fetch_post(struct fetcher *f, struct arena *a, const struct fetch_post *post,
                      struct fetch_response *out)
{
    struct ap_url url;
    *out = (struct fetch_response){.content_type = "", .final_url = post->url, .body = ""};
    if (!ap_url_read(a, post->url, &url))
        return FAIL(PEER_ODD, "that is no address to deliver to");
    if (!fetch_url_allowed(url.text, f->insecure)) {
        f->blocked++;
        return FAIL(PEER_BLOCKED, "that address is not one we deliver to");
    }
    struct hop h = {.f = f,
                    .a = a,
                    .url = &url,
                    .accept = AP_ACCEPT,
                    .body = post->body ? post->body : "",
                    .body_bytes = post->body_bytes,
                    .content_type = post->content_type ? post->content_type : AP_CONTENT_TYPE,
                    .limits = limits_of(&post->limits, BYTES_POST)};
    TRY(host_enter(f, url.host, false, h.limits.wait_ms));
    struct err e = OK;
    for (int knock = 0; knock < 2; knock++) {
        enum httpsig_dialect dialect = knock ? !post->dialect : post->dialect;
        if (post->signer.key)
            e = hop_sign(&h, &post->signer, dialect, url.target, post->digest);
        if (!e.id)
            e = hop_run(&h);
        if (e.id || !post->knock_twice || !post->signer.key || !wants_other_dialect(&h))
            break;
    }
    host_leave(f, url.host);
    response_fill(&h, out);
    if (e.id)
        return e;
    return h.status >= 200 && h.status < 300 ? OK : status_err(a, h.status);
}
