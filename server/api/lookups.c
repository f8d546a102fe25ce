/* lookups.c — see lookups.h. */
#include "server/api/lookups.h"

#include "base/clock.h"
#include "base/crypto.h"
#include "base/strbuf.h"
#include "server/api/authenticate.h"
#include "server/api/params.h"
#include "server/app.h"
#include "server/config.h"
#include "server/domain/account.h"
#include "server/domain/block.h"
#include "server/domain/comment.h"
#include "server/domain/remote_video.h"
#include "server/domain/throttle.h"
#include "server/domain/video.h"
#include "server/view/actor_json.h"
#include "server/view/comment_json.h"

#include <string.h>

static bool may_ask_abroad(struct req *rq)
{
    const char *who = rq->app->config->search_remote;
    return strcmp(who, "everybody") == 0 || (strcmp(who, "users") == 0 && rq->caller);
}

/* Every question abroad costs others something: counted by address. */
static struct err count_question(struct req *rq, struct res *rs)
{
    char key[48];
    int wait = 0;
    if (throttle_take(throttle_of(rq), THROTTLE_LOOKUP, throttle_address(rq->address, key),
                      now_ms(), &wait))
        return OK;
    return with_retry_after(rq, rs, FAIL(RATE_LIMITED, "too many questions to other servers"),
                            wait);
}

/* The site does not want to hear of its host, or of who made it. */
static struct err hide_blocked(struct req *rq, struct lookup *out)
{
    struct video_place video;
    int64_t actor_id = out->id;
    bool blocked = false;
    if (out->kind == LOOKUP_VIDEO || out->kind == LOOKUP_COMMENT) {
        TRY(remote_video_by_id(rq->db, rq->arena, out->video_id, &video));
        actor_id = video.uri ? video.channel_id : 0;
    }
    struct remote_actor actor = {0};
    if (out->kind != LOOKUP_NOTHING && actor_id)
        TRY(remote_actor_get_by_id(rq->db, rq->arena, actor_id, &actor));
    if (actor.uri)
        TRY(is_host_blocked(rq->db, actor.host, &blocked));
    if (actor.uri && !blocked)
        TRY(is_blocked(rq->db, 0, actor_id, &blocked));
    if (blocked)
        *out = (struct lookup){LOOKUP_NOTHING, 0, 0};
    return OK;
}

static struct err ask(struct req *rq, struct res *rs, const char *text, struct lookup *out)
{
    TRY(count_question(rq, rs));
    struct err e = lookup(rq->app, rq->db, rq->arena, text, true, out);
    if (e.id == ERR_OVERLOADED)
        res_header(rq, rs, "Retry-After", "10");
    return e;
}

struct err lookup_asked(struct req *rq, struct res *rs, const char *text, struct lookup *out)
{
    TRY(lookup(rq->app, rq->db, rq->arena, text, false, out));
    if (!out->kind && rq->app->federation && may_ask_abroad(rq) && lookup_is_name(text))
        TRY(ask(rq, rs, text, out));
    return hide_blocked(rq, out);
}

/* --- what is it? ----------------------------------------------------------------------------
 */

static struct err video_path(struct req *rq, int64_t id, const char **path, json_t *json)
{
    struct video_place place;
    struct video video;
    TRY(remote_video_by_id(rq->db, rq->arena, id, &place));
    TRY(video_see(rq->db, rq->arena, rq->caller, place.uuid, &video));
    json_object_set_new(json, "video",
                        json_pack("{s:s, s:s, s:s}", "uuid", video.uuid, "shortUUID",
                                  video.short_uuid, "name", video.name));
    *path = arena_printf(rq->arena, "/w/%s", video.short_uuid);
    return OK;
}

static struct err comment_path(struct req *rq, const struct lookup *found, const char **path,
                               json_t *json)
{
    struct comment comment;
    TRY(video_path(rq, found->video_id, path, json));
    TRY(comment_get(rq->db, rq->arena, found->id, &comment));
    if (comment.deleted_ms || comment.held)
        return FAIL(NOT_FOUND, "there is no such comment");
    json_object_set_new(json, "comment",
                        comment_json(rq->arena, rq->app->config->url, &comment));
    *path = arena_printf(rq->arena, "%s;threadId=%lld", *path, (long long)comment.thread_id);
    return OK;
}

static struct err actor_path(struct req *rq, int64_t id, const char **path, const char **kind,
                             json_t *json)
{
    struct actor actor;
    TRY(actor_get_by_id(rq->db, rq->arena, id, &actor));
    const char *handle =
        *actor.host ? arena_printf(rq->arena, "%s@%s", actor.name, actor.host) : actor.name;
    json_object_set_new(json, "actor", actor_summary_json(rq->app->config->url, &actor));
    if (strcmp(actor.kind, "Application") == 0) {
        *kind = "site";
        *path = *actor.host ? arena_printf(rq->arena, "/a/%s", handle) : "/about";
        return OK;
    }
    bool group = strcmp(actor.kind, "Group") == 0;
    *kind = group ? "channel" : "account";
    *path = arena_printf(rq->arena, "/%s/%s", group ? "c" : "a", handle);
    return OK;
}

static struct err describe(struct req *rq, const struct lookup *found, json_t *json)
{
    const char *path = NULL, *kind = NULL;
    switch (found->kind) {
    case LOOKUP_VIDEO:
        kind = "video";
        TRY(video_path(rq, found->video_id, &path, json));
        break;
    case LOOKUP_COMMENT:
        kind = "comment";
        TRY(comment_path(rq, found, &path, json));
        break;
    case LOOKUP_ACTOR: TRY(actor_path(rq, found->id, &path, &kind, json)); break;
    case LOOKUP_NOTHING: return FAIL(NOT_FOUND, "nothing of this name or address can be found");
    }
    json_object_set_new(json, "kind", json_string(kind));
    json_object_set_new(json, "path", json_string(path));
    return OK;
}

/* GET /api/v1/resolve?uri=  a handle or an address, of here or elsewhere
 * 200 {kind: video|comment|channel|account|site, path: of its page here, video?, comment?,
 * actor?} | 400 | 404 | 429 | 503 */
struct err h_resolve(struct req *rq, struct res *rs)
{
    const char *uri = req_query(rq, "uri");
    struct lookup found;
    if (!uri || !lookup_is_name(uri))
        return req_invalid(rq, "uri", "Should be a handle or an address");
    TRY(lookup_asked(rq, rs, uri, &found));
    json_t *json = json_object();
    struct err e = describe(rq, &found, json);
    if (e.id)
        json_decref(json);
    else
        res_json(rq, rs, 200, json);
    return e;
}

/* --- interact from your own account ---------------------------------------------------------
 */

/* The id by which his server finds it: only of things that are here. */
static struct err id_of(struct req *rq, const char *text, const char **uri)
{
    struct lookup found;
    TRY(lookup(rq->app, rq->db, rq->arena, text, false, &found));
    if (found.kind == LOOKUP_VIDEO) {
        struct video_place place;
        struct video video;
        TRY(remote_video_by_id(rq->db, rq->arena, found.id, &place));
        TRY(video_see(rq->db, rq->arena, NULL, place.uuid, &video));
        *uri = place.uri ? place.uri
                         : arena_printf(rq->arena, "%s/videos/watch/%s", rq->app->config->url,
                                        place.uuid);
    } else if (found.kind == LOOKUP_COMMENT) {
        struct comment comment;
        TRY(comment_get(rq->db, rq->arena, found.id, &comment));
        *uri = comment_uri(rq->arena, rq->app->config->url, &comment);
    } else if (found.kind == LOOKUP_ACTOR) {
        struct remote_actor actor;
        TRY(remote_actor_get_by_id(rq->db, rq->arena, found.id, &actor));
        *uri = actor_uri(rq->arena, rq->app->config->url, &actor);
    } else {
        return FAIL(NOT_FOUND, "there is no such thing here");
    }
    return OK;
}

static bool read_intent(const char *action, enum intent *intent)
{
    static const char *const names[] = {
        [INTENT_OPEN] = "open",
        [INTENT_FOLLOW] = "follow",
        [INTENT_LIKE] = "like",
        [INTENT_REPLY] = "reply",
    };
    for (int i = 0; i < (int)(sizeof names / sizeof *names); i++)
        if (strcmp(action, names[i]) == 0) {
            *intent = (enum intent)i;
            return true;
        }
    return false;
}

/* POST /api/v1/interact  {"handle": "@me@my.server", "uri": id, page or handle of a thing here,
 * "action"?: follow|like|reply}
 * 200 {"url"}: of the page of his own server | 400 | 404 | 429 | 502 peer_unreachable, … */
struct err h_interact(struct req *rq, struct res *rs)
{
    /* parse */
    struct params p;
    struct text_rule rule = {.min = 3, .max = 2000, .required = true, .one_line = true};
    const char *handle = NULL, *text = NULL, *action = "open", *uri, *url;
    enum intent intent = INTENT_OPEN;
    TRY(params_body(rq, &p));
    if (params_text(&p, "handle", rule, &handle) &&
        (!lookup_is_name(handle) || strstr(handle, "://")))
        params_wrong(&p, "handle", "Should be @name@server");
    params_text(&p, "uri", rule, &text);
    params_text(&p, "action", (struct text_rule){.min = 1, .max = 20}, &action);
    if (!read_intent(action, &intent))
        params_wrong(&p, "action", "Should be follow, like or reply");
    TRY(params_done(&p));

    /* check */
    TRY(id_of(rq, text, &uri));
    TRY(count_question(rq, rs));

    /* act: nothing is kept */
    TRY(interact_address(rq->app, rq->db, rq->arena, handle, uri, intent, &url));

    /* render */
    res_json(rq, rs, 200, json_pack("{s:s}", "url", url));
    return OK;
}

/* GET /ostatus_subscribe?acct= or ?uri=: the older name of our own page for it */
struct err h_ostatus_subscribe(struct req *rq, struct res *rs)
{
    const char *uri = req_query(rq, "acct");
    struct strbuf path = STRBUF_IN(rq->arena);
    if (!uri)
        uri = req_query(rq, "uri");
    strbuf_adds(&path, "/remote-interaction?uri=");
    for (const char *c = uri ? uri : ""; *c; c++)
        strbuf_addf(&path, "%%%02X", (unsigned char)*c);
    res_redirect(rq, rs, 302, path.text);
    return OK;
}
