/* users.c — see users.h. */
#include "server/api/users.h"

#include "base/clock.h"
#include "server/api/authenticate.h"
#include "server/api/user_params.h"
#include "server/app.h"
#include "server/config.h"
#include "server/domain/caller.h"
#include "server/domain/throttle.h"
#include "server/view/actor_json.h"

#include <string.h>

/* --- oneself -------------------------------------------------------------- */

/* GET /api/v1/users/me  -> 200 */
struct err h_user_me(struct req *rq, struct res *rs)
{
    struct user user;
    struct actor account;
    struct channel_list channels = {0};
    struct page all = {.count = CHANNELS_PER_USER};
    TRY(user_get(rq->db, rq->arena, rq->caller->user_id, &user));
    TRY(actor_get_by_id(rq->db, rq->arena, user.account_id, &account));
    TRY(channel_list_of_account(rq->db, rq->arena, account.id, all, &channels));
    res_header(rq, rs, "Cache-Control", "no-store");
    res_json(rq, rs, 200, user_me_json(rq->app->config->url, &user, &account, &channels));
    return OK;
}

/* Whoever borrowed a session must not be able to keep the account. */
static struct err current_password_check(struct req *rq, struct res *rs, const char *current)
{
    int wait = 0;
    struct err e = user_password_check(rq->db, rq->arena, throttle_of(rq), rq->caller->user_id,
                                       current, &wait);
    return with_retry_after(rq, rs, e, wait);
}

/* PUT /api/v1/users/me  {displayName?, description?, email?, password?, currentPassword?,
 * nsfwPolicy?, ...} 204 | 400 current_password_is_invalid, too_long_password | 409 name_taken
 */
struct err h_user_me_update(struct req *rq, struct res *rs)
{
    struct params p;
    struct actor_text text = {0};
    struct user_patch patch = {.keep_token_id = rq->caller->token_id};
    const char *current = NULL;
    TRY(params_body(rq, &p));
    params_actor_text(&p, &text);
    params_email(&p, "email", &patch.email);
    params_password(&p, "password", false, &patch.password);
    params_text(&p, "currentPassword", (struct text_rule){.min = 1}, &current);
    patch.settings = params_settings(&p);
    if ((patch.password || patch.email) && !current)
        params_wrong(&p, "currentPassword", "Should have the current password");
    TRY(params_done(&p));
    TRY(password_length_check(patch.password));
    if (patch.password || patch.email)
        TRY(current_password_check(rq, rs, current));

    patch.display_name = text.display_name;
    patch.description = text.description;
    TRY(user_update(rq->db, rq->arena, rq->caller->user_id, &patch));
    res_empty(rs, 204);
    return OK;
}

/* DELETE /api/v1/users/me  -> 204 | 403 : with channels and videos. */
struct err h_user_me_delete(struct req *rq, struct res *rs)
{
    struct user user;
    TRY(user_get(rq->db, rq->arena, rq->caller->user_id, &user));
    TRY(user_delete(rq->db, rq->app->storage, rq->caller, &user));
    if (rq->caller->by_cookie)
        session_cookie_send(rq, rs, NULL);
    res_empty(rs, 204);
    return OK;
}

/* GET /api/v1/users/me/video-quota-used  -> 200 {videoQuotaUsed, videoQuotaUsedDaily} */
struct err h_user_me_quota(struct req *rq, struct res *rs)
{
    struct quota_use use;
    TRY(quota_used(rq->db, rq->caller->user_id, now_ms(), &use));
    res_json(rq, rs, 200,
             json_pack("{s:I, s:I}", "videoQuotaUsed", (json_int_t)use.total_bytes,
                       "videoQuotaUsedDaily", (json_int_t)use.daily_bytes));
    return OK;
}

static int64_t mib(int64_t n)
{
    return n < 0 ? -1 : n << 20;
}

/* POST /api/v1/users/register  {username, password, email?, displayName?, channel?: {name,
 * displayName}} 204 | 400 | 403 signup_closed | 409 name_taken | 429 */
struct err h_user_register(struct req *rq, struct res *rs)
{
    const struct config *config = rq->app->config;
    struct user_new user = {
        .role = ROLE_USER,
        .quota_bytes = mib(config->signup_quota_mib),
        .quota_daily_bytes = mib(config->signup_quota_daily_mib),
    };
    struct params p, channel;
    struct text_rule title = {.min = 1, .max = DISPLAY_NAME_MAX, .one_line = true};
    TRY(params_body(rq, &p));
    params_name(&p, "username", true, &user.username);
    params_password(&p, "password", true, &user.password);
    params_email(&p, "email", &user.email);
    params_text(&p, "displayName", title, &user.display_name);
    if (params_inner(&p, "channel", &channel)) {
        params_name(&channel, "name", true, &user.channel_name);
        params_text(&channel, "displayName", title, &user.channel_display_name);
        TRY(params_done(&channel));
    }
    TRY(params_done(&p));
    TRY(password_length_check(user.password));
    if (!signup_open(config->signup, config_is_local(config)))
        return FAIL(SIGNUP_CLOSED, "User registration is not enabled on this site");

    char key[48];
    int wait = 0;
    int64_t id;
    if (!throttle_take(throttle_of(rq), THROTTLE_SIGN_UP, throttle_address(rq->address, key),
                       now_ms(), &wait))
        return with_retry_after(
            rq, rs, FAIL(RATE_LIMITED, "too many sign-ups from this address"), wait);
    TRY(user_create(rq->db, rq->arena, &user, &id));
    res_empty(rs, 204);
    return OK;
}

/* --- the site's users, for moderators and administrators ------------------ */

static struct err user_as_json(struct req *rq, const struct user *user, bool with_use,
                               json_t **out)
{
    struct actor account;
    struct quota_use use;
    TRY(actor_get_by_id(rq->db, rq->arena, user->account_id, &account));
    if (with_use)
        TRY(quota_used(rq->db, user->id, now_ms(), &use));
    *out = user_json(rq->app->config->url, user, &account, with_use ? &use : NULL);
    return OK;
}

/* GET /api/v1/users?start&count&sort&search  -> 200 {total, data} */
struct err h_user_list(struct req *rq, struct res *rs)
{
    static const char *const sorts[] = {"createdAt", "id", NULL};
    struct paging paging;
    struct user_list list = {0};
    TRY(query_paging(rq, sorts, "createdAt", &paging));
    struct page page = {paging.start, paging.count, paging.descending};
    TRY(user_list(rq->db, rq->arena, req_query(rq, "search"), page, &list));

    json_t *data = json_array();
    for (size_t i = 0; i < list.count; i++) {
        json_t *one;
        struct err e = user_as_json(rq, &list.items[i], false, &one);
        if (e.id) {
            json_decref(data);
            return e;
        }
        json_array_append_new(data, one);
    }
    answer_list(rq, rs, list.total, data);
    return OK;
}

/* GET /api/v1/users/:id  -> 200 | 404 */
struct err h_user_get(struct req *rq, struct res *rs)
{
    int64_t id;
    struct user user;
    json_t *json;
    TRY(param_id(rq, "id", &id));
    TRY(user_get(rq->db, rq->arena, id, &user));
    TRY(user_as_json(rq, &user, true, &json));
    res_json(rq, rs, 200, json);
    return OK;
}

/* POST /api/v1/users  {username, password, email?, role?, videoQuota?, videoQuotaDaily?,
 * channelName?} 200 {user: {id, account: {id}}} | 403 | 409 name_taken */
struct err h_user_create(struct req *rq, struct res *rs)
{
    struct params p;
    struct user_new user = {.role = ROLE_USER, .quota_bytes = -1, .quota_daily_bytes = -1};
    TRY(params_body(rq, &p));
    params_name(&p, "username", true, &user.username);
    params_password(&p, "password", true, &user.password);
    params_email(&p, "email", &user.email);
    params_role(&p, &user.role);
    params_quota(&p, "videoQuota", &user.quota_bytes);
    params_quota(&p, "videoQuotaDaily", &user.quota_daily_bytes);
    params_name(&p, "channelName", false, &user.channel_name);
    TRY(params_done(&p));
    TRY(password_length_check(user.password));
    if (!user_may_manage(rq->caller, user.role))
        return FAIL(FORBIDDEN, "you may not make users of this role");

    int64_t id;
    struct user made;
    TRY(user_create(rq->db, rq->arena, &user, &id));
    TRY(user_get(rq->db, rq->arena, id, &made));
    res_json(rq, rs, 200,
             json_pack("{s:{s:I, s:{s:I}}}", "user", "id", (json_int_t)id, "account", "id",
                       (json_int_t)made.account_id));
    return OK;
}

/* The user of the path, whom the caller may manage. */
static struct err managed_user(struct req *rq, struct user *out)
{
    int64_t id;
    TRY(param_id(rq, "id", &id));
    TRY(user_get(rq->db, rq->arena, id, out));
    return user_may_manage(rq->caller, out->role)
               ? OK
               : FAIL(FORBIDDEN, "you may not manage this user");
}

/* PUT /api/v1/users/:id  {email?, password?, role?, videoQuota?, videoQuotaDaily?}
 * 204 | 403 | 404 | 409 name_taken */
struct err h_user_update(struct req *rq, struct res *rs)
{
    struct params p;
    struct user user;
    struct user_patch patch = {0};
    TRY(params_body(rq, &p));
    params_email(&p, "email", &patch.email);
    params_password(&p, "password", false, &patch.password);
    patch.role_given = params_role(&p, &patch.role);
    patch.quota_given = params_quota(&p, "videoQuota", &patch.quota_bytes);
    patch.quota_daily_given = params_quota(&p, "videoQuotaDaily", &patch.quota_daily_bytes);
    TRY(params_done(&p));
    TRY(password_length_check(patch.password));
    TRY(managed_user(rq, &user));
    if (patch.role_given && !user_may_manage(rq->caller, patch.role))
        return FAIL(FORBIDDEN, "you may not give this role");

    TRY(user_update(rq->db, rq->arena, user.id, &patch));
    res_empty(rs, 204);
    return OK;
}

/* DELETE /api/v1/users/:id  -> 204 | 403 | 404 : with channels and videos. */
struct err h_user_delete(struct req *rq, struct res *rs)
{
    struct user user;
    TRY(managed_user(rq, &user));
    TRY(user_delete(rq->db, rq->app->storage, rq->caller, &user));
    res_empty(rs, 204);
    return OK;
}

/* POST /api/v1/users/:id/block  {reason?}  -> 204 | 403 | 404 */
struct err h_user_block(struct req *rq, struct res *rs)
{
    struct params p;
    struct user user;
    const char *reason = NULL;
    TRY(params_body(rq, &p));
    params_text(&p, "reason", (struct text_rule){.min = 1, .max = 250, .nullable = true},
                &reason);
    TRY(params_done(&p));
    TRY(managed_user(rq, &user));
    TRY(user_block(rq->db, rq->caller, &user, true, reason));
    res_empty(rs, 204);
    return OK;
}

/* POST /api/v1/users/:id/unblock  -> 204 | 403 | 404 */
struct err h_user_unblock(struct req *rq, struct res *rs)
{
    struct user user;
    TRY(managed_user(rq, &user));
    TRY(user_block(rq->db, rq->caller, &user, false, NULL));
    res_empty(rs, 204);
    return OK;
}
