/* blocks.c — accounts and hosts that a user, or the site, does not want to hear of. The same
 * below /users/me/blocklist (his own) and /server/blocklist (the site's, for moderators). */
#include "server/api/blocks.h"

#include "server/api/params.h"
#include "server/app.h"
#include "server/config.h"
#include "server/domain/account.h"
#include "server/domain/block.h"
#include "server/view/actor_json.h"
#include "server/view/comment_json.h"

/* GET …/accounts  ?start count
 * 200 {total, data: [{blockedAccount, createdAt}]} */
static struct err list_accounts(struct req *rq, struct res *rs, int64_t user_id)
{
    struct paging page;
    struct block_list list;
    TRY(query_paging(rq, NULL, NULL, &page));
    TRY(block_list_accounts(rq->db, rq->arena, user_id, page.start, page.count, &list));
    json_t *data = json_array();
    for (size_t i = 0; i < list.count; i++)
        json_array_append_new(
            data, json_pack("{s:o, s:o}", "blockedAccount",
                            person_json(rq->arena, rq->app->config->url, &list.items[i].person),
                            "createdAt", iso_time_json(list.items[i].created_ms)));
    answer_list(rq, rs, list.total, data);
    return OK;
}

/* GET …/servers  ?start count
 * 200 {total, data: [{blockedServer: {host}, createdAt}]} */
static struct err list_hosts(struct req *rq, struct res *rs, int64_t user_id)
{
    struct paging page;
    struct block_list list;
    TRY(query_paging(rq, NULL, NULL, &page));
    TRY(block_list_hosts(rq->db, rq->arena, user_id, page.start, page.count, &list));
    json_t *data = json_array();
    for (size_t i = 0; i < list.count; i++)
        json_array_append_new(data, json_pack("{s:{s:s}, s:o}", "blockedServer", "host",
                                              list.items[i].host, "createdAt",
                                              iso_time_json(list.items[i].created_ms)));
    answer_list(rq, rs, list.total, data);
    return OK;
}

static struct err account_set(struct req *rq, struct res *rs, int64_t user_id,
                              const char *handle, bool on)
{
    struct actor account;
    TRY(account_get(rq->db, rq->arena, handle, url_host(rq->app->config->url), &account));
    if (on && account.id == rq->caller->account_id)
        return FAIL(CONFLICT, "nobody can block himself");
    TRY(block_account(rq->db, user_id, account.id, on));
    res_empty(rs, 204);
    return OK;
}

static struct err host_set(struct req *rq, struct res *rs, int64_t user_id, const char *host,
                           bool on)
{
    TRY(block_host(rq->db, user_id, host, on));
    res_empty(rs, 204);
    return OK;
}

static struct err body_text(struct req *rq, const char *field, const char **text)
{
    struct params p;
    TRY(params_body(rq, &p));
    params_text(&p, field,
                (struct text_rule){.min = 1, .max = 260, .required = true, .one_line = true},
                text);
    return params_done(&p);
}

/* POST …/accounts  {"accountName"}: 204 | 400 | 404 | 409 oneself */
static struct err add_account(struct req *rq, struct res *rs, int64_t user_id)
{
    const char *handle = NULL;
    TRY(body_text(rq, "accountName", &handle));
    return account_set(rq, rs, user_id, handle, true);
}

/* POST …/servers  {"host"}: 204 | 400 */
static struct err add_host(struct req *rq, struct res *rs, int64_t user_id)
{
    const char *host = NULL;
    TRY(body_text(rq, "host", &host));
    return host_set(rq, rs, user_id, host, true);
}

struct err h_my_blocked_accounts(struct req *rq, struct res *rs)
{
    return list_accounts(rq, rs, rq->caller->user_id);
}

struct err h_my_blocked_hosts(struct req *rq, struct res *rs)
{
    return list_hosts(rq, rs, rq->caller->user_id);
}

struct err h_my_block_account(struct req *rq, struct res *rs)
{
    return add_account(rq, rs, rq->caller->user_id);
}

struct err h_my_block_host(struct req *rq, struct res *rs)
{
    return add_host(rq, rs, rq->caller->user_id);
}

struct err h_my_unblock_account(struct req *rq, struct res *rs)
{
    return account_set(rq, rs, rq->caller->user_id, req_param(rq, "handle"), false);
}

struct err h_my_unblock_host(struct req *rq, struct res *rs)
{
    return host_set(rq, rs, rq->caller->user_id, req_param(rq, "host"), false);
}

struct err h_site_blocked_accounts(struct req *rq, struct res *rs)
{
    return list_accounts(rq, rs, 0);
}

struct err h_site_blocked_hosts(struct req *rq, struct res *rs)
{
    return list_hosts(rq, rs, 0);
}

struct err h_site_block_account(struct req *rq, struct res *rs)
{
    return add_account(rq, rs, 0);
}

struct err h_site_block_host(struct req *rq, struct res *rs)
{
    return add_host(rq, rs, 0);
}

struct err h_site_unblock_account(struct req *rq, struct res *rs)
{
    return account_set(rq, rs, 0, req_param(rq, "handle"), false);
}

struct err h_site_unblock_host(struct req *rq, struct res *rs)
{
    return host_set(rq, rs, 0, req_param(rq, "host"), false);
}
