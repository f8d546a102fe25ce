/* activitypub_parts.c — see activitypub_parts.h. */
#include "server/api/activitypub_parts.h"

#include "base/crypto.h"
#include "server/activitypub/inbox.h"
#include "server/domain/outbox.h"

#include <stdlib.h>
#include <string.h>

/* Activity types may stand anywhere in the list, but before text/html. */
bool ap_wanted(struct req *rq)
{
    const char *accept = req_header(rq, "Accept");
    if (!accept || !rq->app->config->federation)
        return false;
    const char *html = strcasestr(accept, "text/html"),
               *activity = strcasestr(accept, AP_NAME_ACTIVITY),
               *ld = strcasestr(accept, "application/ld+json");
    if (ld && (!activity || ld < activity))
        activity = ld;
    return activity && (!html || activity < html);
}

struct err ap_answer(struct req *rq, struct res *rs, int status, json_t *json)
{
    char *text = json_dumps(json, JSON_COMPACT), hash[SHA256_HEX];
    json_decref(json);
    if (!text)
        return FAIL(INTERNAL, "a document cannot be written");
    size_t bytes = strlen(text);
    sha256_hex(text, bytes, hash);
    const char *etag = arena_printf(rq->arena, "\"%.24s\"", hash),
               *known = req_header(rq, "If-None-Match"),
               *copy = arena_copy(rq->arena, text, bytes + 1);
    free(text);
    peer_keep_alive(rq, rs);
    res_header(rq, rs, "Vary", "Accept");
    res_header(rq, rs, "ETag", etag);
    res_header(rq, rs, "Cache-Control", status == 200 ? "public, max-age=30" : "no-cache");
    res_header(rq, rs, "Access-Control-Allow-Origin", "*");
    if (status == 200 && known && strstr(known, etag))
        res_empty(rs, 304);
    else
        res_text(rs, status, AP_NAME_ACTIVITY "; charset=utf-8", copy, bytes);
    return OK;
}

/* What is not there: 410 with its tombstone when it was, else `e`. */
struct err ap_missing(struct req *rq, struct res *rs, const char *path, struct err e)
{
    const char *former;
    int64_t deleted_ms;
    if (err_status(e.id) != 404 ||
        tombstone_get(rq->db, rq->arena, path, &former, &deleted_ms).id)
        return e;
    return ap_answer(rq, rs, 410,
                     ap_tombstone_json(arena_printf(rq->arena, "%s/%s", ap_site(rq), path),
                                       former, deleted_ms));
}

struct err ap_federates(struct req *rq)
{
    return rq->app->config->federation ? OK : FAIL(NOT_FOUND, "this site does not federate");
}

void ap_alternate(struct req *rq, struct res *rs, const char *id)
{
    res_header(rq, rs, "Vary", "Accept");
    res_header(
        rq, rs, "Link",
        arena_printf(rq->arena, "<%s>; rel=\"alternate\"; type=\"" AP_NAME_ACTIVITY "\"", id));
}

/* Our page of a thing elsewhere: who wants the thing itself is led to its own server. */
struct err ap_to_origin(struct req *rq, struct res *rs, const char *uri)
{
    res_header(rq, rs, "Vary", "Accept");
    res_redirect(rq, rs, 302, uri);
    return OK;
}

int64_t ap_number(const char *text) /* -1: it is none */
{
    char *end;
    if (*text < '0' || *text > '9')
        return -1;
    long long n = strtoll(text, &end, 10);
    return *end || n > INT64_MAX / 2 ? -1 : n;
}

/* Page number of the address: 0 for the collection itself. */
struct err ap_page_asked(struct req *rq, int64_t *page)
{
    const char *text = req_param(rq, "page");
    *page = *text ? ap_number(text) : 0;
    if (*page < 0 || (*text && *page == 0 && !strstr(rq->path, "/comments/") &&
                      !strstr(rq->path, "/replies/")))
        return FAIL(NOT_FOUND, "there is no such page");
    return OK;
}

/* Whether the Update of this path is the last one of `thing`; older ones lead to it. */
struct err ap_update_asked(struct req *rq, struct res *rs, const char *thing,
                           int64_t updated_ms, bool *last)
{
    int64_t at = ap_number(req_param(rq, "at"));
    *last = at == updated_ms;
    if (at < 0 || at > updated_ms)
        return FAIL(NOT_FOUND, "there is no such update");
    if (!*last)
        res_redirect(rq, rs, 302, ap_update_name(rq->arena, thing, updated_ms));
    return OK;
}
