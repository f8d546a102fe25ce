/* subscriptions.c — the channels and accounts that a user follows, here and elsewhere. */
#include "server/api/subscriptions.h"

#include "base/strbuf.h"
#include "server/api/lookups.h"
#include "server/api/params.h"
#include "server/app.h"
#include "server/config.h"
#include "server/domain/follow.h"
#include "server/domain/video.h"
#include "server/view/actor_json.h"
#include "server/view/video_json.h"

#include <string.h>

/* A bare name is of somebody here. */
static const char *full_name(struct req *rq, const char *name)
{
    return lookup_is_name(name)
               ? name
               : arena_printf(rq->arena, "%s@%s", name, url_host(rq->app->config->url));
}

/* GET /api/v1/users/me/subscriptions  ?start count sort=(-)createdAt search
 * 200 {total, data: [channel]} | 401 */
struct err h_subscriptions(struct req *rq, struct res *rs)
{
    static const char *const sorts[] = {"createdAt", "id", NULL};
    struct paging paging;
    struct channel_list list;
    TRY(query_paging(rq, sorts, "-createdAt", &paging));
    TRY(subscription_list(rq->db, rq->arena, rq->caller->account_id, req_query(rq, "search"),
                          (struct page){paging.start, paging.count, paging.descending}, &list));
    json_t *data = json_array();
    for (size_t i = 0; i < list.count; i++)
        json_array_append_new(data, channel_json(rq->app->config->url, &list.items[i]));
    answer_list(rq, rs, list.total, data);
    return OK;
}

/* GET /api/v1/users/me/subscriptions/accounts  ?start count: accounts followed as such
 * 200 {total, data: [account]} | 401 */
struct err h_subscription_accounts(struct req *rq, struct res *rs)
{
    struct paging paging;
    struct actor_list list;
    TRY(query_paging(rq, NULL, NULL, &paging));
    TRY(subscription_accounts(rq->db, rq->arena, rq->caller->account_id, paging.start,
                              paging.count, &list));
    json_t *data = json_array();
    for (size_t i = 0; i < list.count; i++)
        json_array_append_new(data, account_json(rq->app->config->url, &list.items[i]));
    answer_list(rq, rs, list.total, data);
    return OK;
}

/* POST /api/v1/users/me/subscriptions  {"uri": handle or address of a channel or an account}
 * One that is not known here yet is asked for at its server.
 * 204 | 400 | 401 | 403 blocked | 404 | 429, 503: too many questions to other servers */
struct err h_subscribe(struct req *rq, struct res *rs)
{
    struct params p;
    struct lookup found;
    struct actor actor;
    struct follow follow;
    const char *name = NULL;
    TRY(params_body(rq, &p));
    params_text(&p, "uri",
                (struct text_rule){.min = 1, .max = 400, .required = true, .one_line = true},
                &name);
    TRY(params_done(&p));
    TRY(lookup_asked(rq, rs, full_name(rq, name), &found));
    if (found.kind != LOOKUP_ACTOR)
        return FAIL(NOT_FOUND, "there is no such channel or account");
    TRY(actor_get_by_id(rq->db, rq->arena, found.id, &actor));
    if (actor.id == rq->caller->account_id)
        return FAIL(CONFLICT, "nobody can follow himself");
    if (*actor.host && !rq->app->federation)
        return FAIL(FORBIDDEN, "this site does not federate");
    /* Somebody elsewhere accepts when he hears of it. */
    TRY(follow_request(rq->db, rq->arena, rq->caller->account_id, actor.id, NULL, !*actor.host,
                       &follow));
    res_empty(rs, 204);
    return OK;
}

static struct err follows(struct req *rq, const char *name, struct actor *actor, bool *yes)
{
    struct lookup found;
    struct follow f;
    *yes = false;
    TRY(lookup(rq->app, rq->db, rq->arena, full_name(rq, name), false, &found));
    if (found.kind != LOOKUP_ACTOR)
        return OK;
    TRY(actor_get_by_id(rq->db, rq->arena, found.id, actor));
    struct err e = follow_get(rq->db, rq->arena, rq->caller->account_id, actor->id, &f);
    if (e.id)
        return e.id == ERR_NOT_FOUND ? OK : e;
    *yes = strcmp(f.state, "rejected") != 0;
    return OK;
}

/* GET /api/v1/users/me/subscriptions/exist  ?uris=a@host&uris=b@host
 * 200 {"a@host": bool, ...} | 401 */
struct err h_subscriptions_exist(struct req *rq, struct res *rs)
{
    enum { URIS_MAX = 100 };
    size_t count;
    struct actor actor;
    const char *const *uris = query_list(rq, "uris", &count);
    if (!count || count > URIS_MAX)
        return req_invalid(rq, "uris", "Should be 1 to 100 handles");
    json_t *json = json_object();
    for (size_t i = 0; i < count; i++) {
        bool yes;
        struct err e = follows(rq, uris[i], &actor, &yes);
        if (e.id) {
            json_decref(json);
            return e;
        }
        json_object_set_new(json, uris[i], json_boolean(yes));
    }
    res_json(rq, rs, 200, json);
    return OK;
}

static struct err subscribed(struct req *rq, struct actor *actor)
{
    bool yes;
    TRY(follows(rq, req_param(rq, "handle"), actor, &yes));
    return yes ? OK : FAIL(NOT_FOUND, "you do not follow this channel");
}

/* GET /api/v1/users/me/subscriptions/:handle
 * 200 channel, or account | 401 | 404 */
struct err h_subscription(struct req *rq, struct res *rs)
{
    struct actor actor;
    struct channel channel;
    TRY(subscribed(rq, &actor));
    if (strcmp(actor.kind, "Group") != 0) {
        res_json(rq, rs, 200, account_json(rq->app->config->url, &actor));
        return OK;
    }
    TRY(channel_get_by_id(rq->db, rq->arena, actor.id, &channel));
    res_json(rq, rs, 200, channel_json(rq->app->config->url, &channel));
    return OK;
}

/* DELETE /api/v1/users/me/subscriptions/:handle
 * 204 | 401 | 404 */
struct err h_unsubscribe(struct req *rq, struct res *rs)
{
    struct actor actor;
    TRY(subscribed(rq, &actor));
    TRY(follow_remove(rq->db, rq->arena, rq->caller->account_id, actor.id));
    res_empty(rs, 204);
    return OK;
}

/* GET /api/v1/users/me/subscriptions/videos  ?start count: newest first
 * 200 {total, data} | 401 */
struct err h_subscription_videos(struct req *rq, struct res *rs)
{
    struct paging page;
    struct video_list list;
    TRY(query_paging(rq, NULL, NULL, &page));
    TRY(subscription_videos(rq->db, rq->arena, rq->caller->account_id, page.start, page.count,
                            &list));
    struct strbuf json = STRBUF_IN(rq->arena);
    video_list_json(&json, rq->app->config->url, &list, false);
    res_text(rs, 200, "application/json; charset=utf-8", json.text, json.length);
    return OK;
}
