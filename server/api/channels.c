/* channels.c — see channels.h. */
#include "server/api/channels.h"

#include "server/api/user_params.h"
#include "server/app.h"
#include "server/config.h"
#include "server/domain/caller.h"
#include "server/view/actor_json.h"

static const char *const sorts[] = {"createdAt", "id", "updatedAt", "name", NULL};

static struct err page_of(struct req *rq, const char *fallback, struct page *out)
{
    struct paging paging;
    TRY(query_paging(rq, sorts, fallback, &paging));
    *out = (struct page){paging.start, paging.count, paging.descending};
    return OK;
}

static const char *site_url(struct req *rq)
{
    return rq->app->config->url;
}

static const char *own_host(struct req *rq)
{
    return url_host(site_url(rq));
}

static void list_answer(struct req *rq, struct res *rs, const struct channel_list *list)
{
    json_t *data = json_array();
    for (size_t i = 0; i < list->count; i++)
        json_array_append_new(data, channel_json(site_url(rq), &list->items[i]));
    answer_list(rq, rs, list->total, data);
}

/* --- accounts ------------------------------------------------------------- */

/* GET /api/v1/accounts?start&count&sort  -> 200 {total, data} */
struct err h_account_list(struct req *rq, struct res *rs)
{
    struct page page;
    struct actor_list list = {0};
    TRY(page_of(rq, "-createdAt", &page));
    TRY(account_list(rq->db, rq->arena, page, &list));

    json_t *data = json_array();
    for (size_t i = 0; i < list.count; i++)
        json_array_append_new(data, account_json(site_url(rq), &list.items[i]));
    answer_list(rq, rs, list.total, data);
    return OK;
}

/* GET /api/v1/accounts/:handle  -> 200 | 404 */
struct err h_account_get(struct req *rq, struct res *rs)
{
    struct actor account;
    TRY(account_get(rq->db, rq->arena, req_param(rq, "handle"), own_host(rq), &account));
    res_json(rq, rs, 200, account_json(site_url(rq), &account));
    return OK;
}

/* GET /api/v1/accounts/:handle/video-channels?start&count&sort  -> 200 {total, data} | 404 */
struct err h_account_channels(struct req *rq, struct res *rs)
{
    struct page page;
    struct actor account;
    struct channel_list list = {0};
    TRY(page_of(rq, "createdAt", &page));
    TRY(account_get(rq->db, rq->arena, req_param(rq, "handle"), own_host(rq), &account));
    TRY(channel_list_of_account(rq->db, rq->arena, account.id, page, &list));
    list_answer(rq, rs, &list);
    return OK;
}

/* --- channels ------------------------------------------------------------- */

/* GET /api/v1/video-channels?start&count&sort  -> 200 {total, data} */
struct err h_channel_list(struct req *rq, struct res *rs)
{
    struct page page;
    struct channel_list list = {0};
    TRY(page_of(rq, "-createdAt", &page));
    TRY(channel_list(rq->db, rq->arena, page, &list));
    list_answer(rq, rs, &list);
    return OK;
}

static struct err channel_asked(struct req *rq, struct channel *out)
{
    return channel_get(rq->db, rq->arena, req_param(rq, "handle"), own_host(rq), out);
}

/* GET /api/v1/video-channels/:handle  -> 200 | 404 */
struct err h_channel_get(struct req *rq, struct res *rs)
{
    struct channel channel;
    TRY(channel_asked(rq, &channel));
    res_json(rq, rs, 200, channel_json(site_url(rq), &channel));
    return OK;
}

/* POST /api/v1/video-channels  {name, displayName, description?, support?}
 * 200 {videoChannel: {id}} | 403 | 409 name_taken */
struct err h_channel_create(struct req *rq, struct res *rs)
{
    struct params p;
    struct actor_text text = {0};
    const char *name = NULL;
    TRY(params_body(rq, &p));
    params_name(&p, "name", true, &name);
    params_actor_text(&p, &text);
    if (!params_has(&p, "displayName"))
        params_wrong(&p, "displayName", "Should have a value");
    TRY(params_done(&p));

    int64_t id;
    TRY(channel_create(rq->db, rq->caller->user_id, name, &text, &id));
    res_json(rq, rs, 200, json_pack("{s:{s:I}}", "videoChannel", "id", (json_int_t)id));
    return OK;
}

/* PUT /api/v1/video-channels/:handle  {displayName?, description?, support?}
 * 204 | 403 not_owner | 404 */
struct err h_channel_update(struct req *rq, struct res *rs)
{
    struct params p;
    struct channel channel;
    struct actor_text text = {0};
    TRY(params_body(rq, &p));
    params_actor_text(&p, &text);
    TRY(params_done(&p));
    TRY(channel_asked(rq, &channel));

    TRY(channel_update(rq->db, rq->caller, &channel, &text));
    res_empty(rs, 204);
    return OK;
}

/* DELETE /api/v1/video-channels/:handle  -> 204 | 403 not_owner | 404 | 409 conflict
 * With its videos. */
struct err h_channel_delete(struct req *rq, struct res *rs)
{
    struct channel channel;
    TRY(channel_asked(rq, &channel));
    TRY(channel_delete(rq->db, rq->app->storage, rq->caller, &channel));
    res_empty(rs, 204);
    return OK;
}
