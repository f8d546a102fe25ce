/* session.c — see session.h. */
#include "server/api/session.h"

#include "server/api/authenticate.h"
#include "server/api/params.h"
#include "server/app.h"
#include "server/config.h"
#include "server/domain/account.h"
#include "server/domain/session.h"
#include "server/view/actor_json.h"

/* POST /api/v1/session  {"username", "password"}
 * 200 the user, as /users/me | 400 invalid_grant, ... | 403 wrong_origin | 429 */
struct err h_session_create(struct req *rq, struct res *rs)
{
    struct params p;
    const char *username = "", *password = "";
    TRY(origin_check(rq));
    TRY(params_body(rq, &p));
    params_text(&p, "username", (struct text_rule){.min = 1, .max = 400, .required = true},
                &username);
    params_text(&p, "password", (struct text_rule){.min = 1, .required = true}, &password);
    TRY(params_done(&p));

    int wait = 0;
    struct session_tokens tokens;
    struct session_origin from = {rq->address, req_header(rq, "User-Agent")};
    struct err e = session_sign_in(rq->db, rq->arena, throttle_of(rq), username, password, true,
                                   &from, &tokens, &wait);
    TRY(with_retry_after(rq, rs, e, wait));

    struct user user;
    struct actor account;
    struct channel_list channels = {0};
    struct page all = {.count = CHANNELS_PER_USER};
    TRY(user_get(rq->db, rq->arena, tokens.user_id, &user));
    TRY(actor_get_by_id(rq->db, rq->arena, user.account_id, &account));
    TRY(channel_list_of_account(rq->db, rq->arena, account.id, all, &channels));
    session_cookie_send(rq, rs, tokens.access);
    res_header(rq, rs, "Cache-Control", "no-store");
    res_json(rq, rs, 200, user_me_json(rq->app->config->url, &user, &account, &channels));
    return OK;
}

/* DELETE /api/v1/session  -> 204, signed in or not */
struct err h_session_delete(struct req *rq, struct res *rs)
{
    if (rq->caller && rq->caller->by_cookie) {
        struct err e = session_end(rq->db, rq->caller->user_id, rq->caller->token_id);
        if (e.id != ERR_NOT_FOUND)
            TRY(e);
    }
    session_cookie_send(rq, rs, NULL);
    res_empty(rs, 204);
    return OK;
}
