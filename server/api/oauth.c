/* oauth.c — see oauth.h. */
#include "server/api/oauth.h"

#include "base/crypto.h"
#include "server/api/authenticate.h"
#include "server/api/params.h"
#include "server/app.h"
#include "server/domain/caller.h"
#include "server/domain/session.h"
#include "server/view/actor_json.h"

#include <string.h>

/* GET /api/v1/oauth-clients/local  -> 200 {client_id, client_secret} */
struct err h_oauth_client(struct req *rq, struct res *rs)
{
    res_header(rq, rs, "Cache-Control", "no-store");
    res_json(rq, rs, 200,
             json_pack("{s:s, s:s}", "client_id", rq->app->client_id, "client_secret",
                       rq->app->client_secret));
    return OK;
}

static const char *text_of(json_t *body, const char *name)
{
    const char *text = json_string_value(json_object_get(body, name));
    return text ? text : "";
}

static struct err client_check(struct req *rq, json_t *body)
{
    const char *id = text_of(body, "client_id"), *secret = text_of(body, "client_secret");
    bool same_id = constant_time_equal(id, rq->app->client_id);
    bool same_secret = constant_time_equal(secret, rq->app->client_secret);
    return same_id && same_secret ? OK
                                  : FAIL(INVALID_CLIENT, "Invalid client: client is invalid");
}

static struct err by_password(struct req *rq, struct res *rs, json_t *body,
                              struct session_tokens *out)
{
    int wait = 0;
    struct session_origin from = {rq->address, req_header(rq, "User-Agent")};
    struct err e =
        session_sign_in(rq->db, rq->arena, throttle_of(rq), text_of(body, "username"),
                        text_of(body, "password"), false, &from, out, &wait);
    return with_retry_after(rq, rs, e, wait);
}

/* POST /api/v1/users/token  client_id, client_secret, grant_type=password|refresh_token, ...
 * 200 | 400 invalid_client, invalid_grant, account_blocked, too_long_password,
 * unsupported_grant_type | 429 */
struct err h_token(struct req *rq, struct res *rs)
{
    json_t *body;
    struct session_tokens tokens;
    res_header(rq, rs, "Cache-Control", "no-store");
    TRY(req_json(rq, &body));
    TRY(client_check(rq, body));
    const char *grant = text_of(body, "grant_type");
    if (strcmp(grant, "password") == 0)
        TRY(by_password(rq, rs, body, &tokens));
    else if (strcmp(grant, "refresh_token") == 0)
        TRY(session_refresh(rq->db, rq->arena, text_of(body, "refresh_token"), &tokens));
    else
        return FAIL(UNSUPPORTED_GRANT, "Unsupported grant type: password or refresh_token");

    res_json(rq, rs, 200,
             json_pack("{s:s, s:s, s:s, s:I, s:I}", "token_type", "Bearer", "access_token",
                       tokens.access, "refresh_token", tokens.refresh, "expires_in",
                       (json_int_t)(ACCESS_MS / 1000), "refresh_token_expires_in",
                       (json_int_t)(REFRESH_MS / 1000)));
    return OK;
}

/* POST /api/v1/users/revoke-token  -> 200 {} : ends the session that asks. */
struct err h_token_revoke(struct req *rq, struct res *rs)
{
    TRY(session_end(rq->db, rq->caller->user_id, rq->caller->token_id));
    if (rq->caller->by_cookie)
        session_cookie_send(rq, rs, NULL);
    res_json(rq, rs, 200, json_object());
    return OK;
}

/* One's own sessions; administrators see everybody's. */
static struct err sessions_owner(struct req *rq, int64_t *user_id)
{
    TRY(param_id(rq, "id", user_id));
    return *user_id == rq->caller->user_id || rq->caller->role == ROLE_ADMINISTRATOR
               ? OK
               : FAIL(FORBIDDEN, "these are another user's sessions");
}

/* GET /api/v1/users/:id/token-sessions  -> 200 {total, data} */
struct err h_token_sessions(struct req *rq, struct res *rs)
{
    int64_t user_id;
    struct paging paging;
    struct session_list list = {0};
    TRY(query_paging(rq, NULL, NULL, &paging));
    TRY(sessions_owner(rq, &user_id));
    TRY(session_list(rq->db, rq->arena, user_id, paging.start, paging.count, &list));

    json_t *data = json_array();
    for (size_t i = 0; i < list.count; i++)
        json_array_append_new(data, session_json(&list.items[i], rq->caller->token_id));
    answer_list(rq, rs, list.total, data);
    return OK;
}

/* POST /api/v1/users/:id/token-sessions/:session/revoke  -> 204 | 404 */
struct err h_token_session_revoke(struct req *rq, struct res *rs)
{
    int64_t user_id, session_id;
    TRY(param_id(rq, "session", &session_id));
    TRY(sessions_owner(rq, &user_id));
    TRY(session_end(rq->db, user_id, session_id));
    res_empty(rs, 204);
    return OK;
}
