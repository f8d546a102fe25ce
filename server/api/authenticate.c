/* authenticate.c — see authenticate.h. */
#include "server/api/authenticate.h"

#include "base/clock.h"
#include "server/app.h"
#include "server/config.h"
#include "server/domain/account.h"
#include "server/domain/session.h"
#include "server/domain/throttle.h"
#include "server/domain/worker.h"

#include <string.h>
#include <strings.h>

static bool is_safe(enum http_method method)
{
    return method == HTTP_GET || method == HTTP_HEAD || method == HTTP_OPTIONS;
}

/* --- where a request comes from ------------------------------------------- */

/* The host[:port] of an Origin or Referer, without path. */
static const char *host_of(struct arena *a, const char *url)
{
    if (strncmp(url, "http://", 7) != 0 && strncmp(url, "https://", 8) != 0)
        return "";
    const char *host = url_host(url);
    return arena_strndup(a, host, strcspn(host, "/?#"));
}

/* A page may be reached by the configured name or by another one (localhost, 127.0.0.1, a
 * test's port): it is ours when it names the host that this very request was sent to. The
 * cookie is not sent to other names. */
struct err origin_check(struct req *rq)
{
    const char *site = req_header(rq, "Sec-Fetch-Site");
    if (site && strcmp(site, "cross-site") == 0)
        return FAIL(WRONG_ORIGIN, "this request comes from a page of another site");
    const char *from = req_header(rq, "Origin");
    if (!from)
        from = req_header(rq, "Referer");
    if (!from)
        return FAIL(WRONG_ORIGIN, "a request with a session cookie must say its Origin");
    const char *host = host_of(rq->arena, from), *asked = req_header(rq, "Host");
    if (*host && (strcasecmp(host, url_host(rq->app->config->url)) == 0 ||
                  (asked && strcasecmp(host, asked) == 0)))
        return OK;
    return FAIL(WRONG_ORIGIN, "this request comes from a page of another site");
}

void session_cookie_send(struct req *rq, struct res *rs, const char *token)
{
    bool secure = strncmp(rq->app->config->url, "https:", 6) == 0;
    res_header(rq, rs, "Set-Cookie",
               arena_printf(rq->arena, "%s=%s; Path=/; HttpOnly; SameSite=Lax; Max-Age=%lld%s",
                            SESSION_COOKIE, token ? token : "",
                            token ? (long long)(REFRESH_MS / 1000) : 0LL,
                            secure ? "; Secure" : ""));
}

/* --- who ------------------------------------------------------------------ */

/* NULL when there is none; other schemes than Bearer are not ours to judge. */
static const char *bearer(struct req *rq)
{
    const char *value = req_header(rq, "Authorization");
    if (!value || strncasecmp(value, "Bearer", 6) != 0 || (value[6] && value[6] != ' '))
        return NULL;
    value += 6;
    return value + strspn(value, " ");
}

static struct err by_bearer(struct req *rq, const char *token, struct caller *out)
{
    bool is_cookie, renewed;
    TRY(session_find(rq->db, rq->arena, token, now_ms(), out, &is_cookie, &renewed));
    return is_cookie ? FAIL(INVALID_TOKEN, "Token is invalid") : OK;
}

/* An old cookie is no fault: it is taken back and its owner is anonymous again. */
static struct err by_cookie(struct req *rq, struct res *rs, const char *token,
                            struct caller *out, bool *found)
{
    bool is_cookie, renewed;
    struct err e = session_find(rq->db, rq->arena, token, now_ms(), out, &is_cookie, &renewed);
    if (e.id == ERR_INVALID_TOKEN || (!e.id && !is_cookie)) {
        session_cookie_send(rq, rs, NULL);
        return OK;
    }
    TRY(e);
    out->by_cookie = true;
    if (!is_safe(rq->method))
        TRY(origin_check(rq));
    if (renewed)
        session_cookie_send(rq, rs, token);
    *found = true;
    return OK;
}

static struct err find_caller(struct req *rq, struct res *rs)
{
    struct caller *caller = arena_alloc(rq->arena, sizeof *caller);
    const char *token = bearer(rq);
    bool found = token != NULL;
    if (token) {
        TRY(by_bearer(rq, token, caller));
    } else if ((token = req_cookie(rq, SESSION_COOKIE))) {
        TRY(by_cookie(rq, rs, token, caller, &found));
    }
    rq->caller = found ? caller : NULL;
    return OK;
}

/* --- may he --------------------------------------------------------------- */

static struct err allowed(struct req *rq)
{
    enum http_auth auth = rq->route ? rq->route->auth : AUTH_OPTIONAL;
    if (auth >= AUTH_LOGIN && !rq->caller)
        return FAIL(UNAUTHORIZED, "You must be signed in: the request has no valid token");
    if (auth == AUTH_MODERATOR && !caller_moderates(rq->caller))
        return FAIL(FORBIDDEN, "only moderators may do this");
    if (auth == AUTH_ADMIN && rq->caller->role != ROLE_ADMINISTRATOR)
        return FAIL(FORBIDDEN, "only administrators may do this");
    return OK;
}

struct throttle *throttle_of(struct req *rq)
{
    return rq->app->config->rate_limits ? rq->app->throttle : NULL;
}

struct err with_retry_after(struct req *rq, struct res *rs, struct err e, int retry_after_s)
{
    if (e.id == ERR_RATE_LIMITED)
        res_header(rq, rs, "Retry-After", arena_printf(rq->arena, "%d", retry_after_s));
    return e;
}

/* Reading is free; so are the pieces of an upload, which have their own limits. */
static struct err not_too_often(struct req *rq, struct res *rs)
{
    char key[48];
    int wait = 0;
    if (is_safe(rq->method) || caller_moderates(rq->caller) ||
        (rq->route && rq->route->body == BODY_SINK))
        return OK;
    if (throttle_take(throttle_of(rq), THROTTLE_WRITE, throttle_address(rq->address, key),
                      now_ms(), &wait))
        return OK;
    return with_retry_after(rq, rs, FAIL(RATE_LIMITED, "too many requests from this address"),
                            wait);
}

/* A machine calls often and rightly; one with a wrong token is slowed down like anybody. */
static struct err as_worker(struct req *rq, struct res *rs)
{
    struct worker w;
    struct caller *caller = arena_alloc(rq->arena, sizeof *caller);
    const char *token = bearer(rq);
    int wait = 0;
    char key[48];
    struct err e = token ? worker_find(rq->db, rq->arena, token, &w)
                         : FAIL(UNAUTHORIZED, "a worker must send its token");
    if (!e.id) {
        *caller = (struct caller){.role = ROLE_USER, .username = w.name, .worker_id = w.id};
        rq->caller = caller;
        return worker_seen(rq->db, &w, now_ms(), rq->address, req_header(rq, "X-Worker-Build"));
    }
    if (!throttle_take(throttle_of(rq), THROTTLE_WRITE, throttle_address(rq->address, key),
                       now_ms(), &wait))
        return with_retry_after(
            rq, rs, FAIL(RATE_LIMITED, "too many requests from this address"), wait);
    return e;
}

struct err authenticate(struct req *rq, struct res *rs)
{
    if (rq->route && rq->route->auth == AUTH_WORKER)
        return as_worker(rq, rs);
    if (!rq->route || rq->route->auth != AUTH_NONE)
        TRY(find_caller(rq, rs));
    TRY(allowed(rq));
    return not_too_often(rq, rs);
}
