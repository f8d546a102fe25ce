/* subscriptions.c — the channels that a user follows, here and elsewhere. */
#include "server/api/subscriptions.h"

#include "base/strbuf.h"
#include "server/api/params.h"
#include "server/app.h"
#include "server/config.h"
#include "server/domain/follow.h"
#include "server/domain/video.h"
#include "server/view/actor_json.h"
#include "server/view/video_json.h"

#include <string.h>

static struct err channel_of(struct req *rq, const char *handle, struct channel *out)
{
    return channel_get(rq->db, rq->arena, handle, url_host(rq->app->config->url), out);
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
    res_json(rq, rs, 200,
             json_pack("{s:I, s:o}", "total", (json_int_t)list.total, "data", data));
    return OK;
}

/* POST /api/v1/users/me/subscriptions  {"uri": "channel@host"}
 * 204 | 400 | 401 | 403 blocked | 404 no such channel here */
struct err h_subscribe(struct req *rq, struct res *rs)
{
    struct params p;
    struct channel channel;
    struct follow follow;
    const char *handle = NULL;
    TRY(params_body(rq, &p));
    params_text(&p, "uri",
                (struct text_rule){.min = 1, .max = 400, .required = true, .one_line = true},
                &handle);
    TRY(params_done(&p));
    TRY(channel_of(rq, handle, &channel));
    /* A channel elsewhere accepts when it hears of it. */
    TRY(follow_request(rq->db, rq->arena, rq->caller->account_id, channel.actor.id, NULL,
                       !*channel.actor.host, &follow));
    res_empty(rs, 204);
    return OK;
}

static struct err follows(struct req *rq, const char *handle, struct channel *channel,
                          bool *yes)
{
    struct follow f;
    *yes = false;
    struct err e = channel_of(rq, handle, channel);
    if (!e.id)
        e = follow_get(rq->db, rq->arena, rq->caller->account_id, channel->actor.id, &f);
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
    struct channel channel;
    const char *const *uris = query_list(rq, "uris", &count);
    if (!count || count > URIS_MAX)
        return req_invalid(rq, "uris", "Should be 1 to 100 handles");
    json_t *json = json_object();
    for (size_t i = 0; i < count; i++) {
        bool yes;
        struct err e = follows(rq, uris[i], &channel, &yes);
        if (e.id) {
            json_decref(json);
            return e;
        }
        json_object_set_new(json, uris[i], json_boolean(yes));
    }
    res_json(rq, rs, 200, json);
    return OK;
}

static struct err subscribed(struct req *rq, struct channel *channel)
{
    bool yes;
    TRY(follows(rq, req_param(rq, "handle"), channel, &yes));
    return yes ? OK : FAIL(NOT_FOUND, "you do not follow this channel");
}

/* GET /api/v1/users/me/subscriptions/:handle
 * 200 channel | 401 | 404 */
struct err h_subscription(struct req *rq, struct res *rs)
{
    struct channel channel;
    TRY(subscribed(rq, &channel));
    res_json(rq, rs, 200, channel_json(rq->app->config->url, &channel));
    return OK;
}

/* DELETE /api/v1/users/me/subscriptions/:handle
 * 204 | 401 | 404 */
struct err h_unsubscribe(struct req *rq, struct res *rs)
{
    struct channel channel;
    TRY(subscribed(rq, &channel));
    TRY(follow_remove(rq->db, rq->arena, rq->caller->account_id, channel.actor.id));
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
