/* server_follows.c — see server_follows.h. The site's own actor follows and is followed. */
#include "server/api/server_follows.h"

#include "server/activitypub/lookup.h"
#include "server/activitypub/resolve.h"
#include "server/api/params.h"
#include "server/app.h"
#include "server/config.h"
#include "server/domain/caller.h"
#include "server/domain/follow.h"
#include "server/view/actor_json.h"

#include <string.h>

enum { FOLLOWS_AT_ONCE = 20, FOLLOW_SCORE = 1000 };

/* --- lists ----------------------------------------------------------------------------------
 */

static struct err follow_json(struct req *rq, const struct follow *f, json_t **out)
{
    struct actor follower, target;
    const char *site = rq->app->config->url;
    TRY(actor_get_by_id(rq->db, rq->arena, f->follower_id, &follower));
    TRY(actor_get_by_id(rq->db, rq->arena, f->target_id, &target));
    *out = json_pack("{s:I, s:o, s:o, s:i, s:s, s:o, s:o}", "id", (json_int_t)f->id, "follower",
                     account_json(site, &follower), "following", account_json(site, &target),
                     "score", FOLLOW_SCORE, "state", f->state, "createdAt",
                     iso_time_json(f->created_ms), "updatedAt", iso_time_json(f->created_ms));
    return OK;
}

static struct err list_answer(struct req *rq, struct res *rs, const struct follow_list *list)
{
    json_t *data = json_array(), *one;
    for (size_t i = 0; i < list->count; i++) {
        struct err e = follow_json(rq, &list->items[i], &one);
        if (e.id) {
            json_decref(data);
            return e;
        }
        json_array_append_new(data, one);
    }
    answer_list(rq, rs, list->total, data);
    return OK;
}

static struct err state_asked(struct req *rq, const char **state)
{
    *state = req_query(rq, "state");
    if (!*state || !strcmp(*state, "pending") || !strcmp(*state, "accepted") ||
        !strcmp(*state, "rejected"))
        return OK;
    return req_invalid(rq, "state", "Should be pending, accepted or rejected");
}

/* Who follows of the site: everybody may know how many, and who when the setting says so. */
static struct err site_list(struct req *rq, struct res *rs, bool to)
{
    static const char *const sorts[] = {"createdAt", "id", NULL};
    bool staff = caller_moderates(rq->caller);
    bool shown = staff || rq->app->config->show_followers;
    int64_t site_id;
    const char *state;
    struct paging page;
    struct follow_list list;
    TRY(query_paging(rq, sorts, "-createdAt", &page));
    TRY(state_asked(rq, &state));
    if (!staff)
        state = "accepted";
    TRY(site_actor_ensure(rq->db, rq->arena, &site_id));
    TRY((to ? follow_list_to : follow_list_from)(rq->db, rq->arena, site_id, state, page.start,
                                                 shown ? page.count : 0, &list));
    return list_answer(rq, rs, &list);
}

/* GET /api/v1/server/followers  ?start count state=pending|accepted|rejected
 * 200 {total, data: [{id, follower, following, state, createdAt}]} */
struct err h_site_followers(struct req *rq, struct res *rs)
{
    return site_list(rq, rs, true);
}

/* GET /api/v1/server/following   as h_site_followers */
struct err h_site_following(struct req *rq, struct res *rs)
{
    return site_list(rq, rs, false);
}

static struct err own_followers(struct req *rq, struct res *rs, const struct actor *actor,
                                int64_t account_id)
{
    struct paging page;
    struct follow_list list;
    if (*actor->host || (account_id != rq->caller->account_id && !caller_moderates(rq->caller)))
        return FAIL(NOT_OWNER, "only its owner may see who follows it");
    TRY(query_paging(rq, NULL, NULL, &page));
    TRY(follow_list_to(rq->db, rq->arena, actor->id, "accepted", page.start, page.count,
                       &list));
    return list_answer(rq, rs, &list);
}

/* GET /api/v1/accounts/:handle/followers  ?start count
 * 200 as h_site_followers | 401 | 403 not_owner | 404 */
struct err h_account_followers(struct req *rq, struct res *rs)
{
    struct actor account;
    TRY(account_get(rq->db, rq->arena, req_param(rq, "handle"), url_host(rq->app->config->url),
                    &account));
    return own_followers(rq, rs, &account, account.id);
}

/* GET /api/v1/video-channels/:handle/followers   as h_account_followers */
struct err h_channel_followers(struct req *rq, struct res *rs)
{
    struct channel channel;
    TRY(channel_get(rq->db, rq->arena, req_param(rq, "handle"), url_host(rq->app->config->url),
                    &channel));
    return own_followers(rq, rs, &channel.actor, channel.owner.id);
}

/* --- followers ------------------------------------------------------------------------------
 */

static struct err follower_asked(struct req *rq, struct follow *out)
{
    struct lookup found;
    int64_t site_id;
    TRY(site_actor_ensure(rq->db, rq->arena, &site_id));
    TRY(lookup(rq->app, rq->db, rq->arena, req_param(rq, "handle"), false, &found));
    return found.kind == LOOKUP_ACTOR ? follow_get(rq->db, rq->arena, found.id, site_id, out)
                                      : FAIL(NOT_FOUND, "there is no such follower");
}

/* DELETE /api/v1/server/followers/:handle: his server is told
 * 204 | 401 | 403 | 404 */
struct err h_site_follower_remove(struct req *rq, struct res *rs)
{
    struct follow f;
    TRY(follower_asked(rq, &f));
    TRY(follow_reject(rq->db, rq->arena, f.follower_id, f.target_id));
    TRY(follow_remove(rq->db, rq->arena, f.follower_id, f.target_id));
    res_empty(rs, 204);
    return OK;
}

/* POST /api/v1/server/followers/:handle/accept
 * 204 | 401 | 403 | 404 */
struct err h_site_follower_accept(struct req *rq, struct res *rs)
{
    struct follow f;
    TRY(follower_asked(rq, &f));
    TRY(follow_accept(rq->db, rq->arena, f.follower_id, f.target_id));
    res_empty(rs, 204);
    return OK;
}

/* POST /api/v1/server/followers/:handle/reject: he stays rejected
 * 204 | 401 | 403 | 404 */
struct err h_site_follower_reject(struct req *rq, struct res *rs)
{
    struct follow f;
    TRY(follower_asked(rq, &f));
    TRY(follow_reject(rq->db, rq->arena, f.follower_id, f.target_id));
    res_empty(rs, 204);
    return OK;
}

/* --- following ------------------------------------------------------------------------------
 */

static struct err follow_one(struct req *rq, int64_t site_id, const char *host,
                             const char *handle)
{
    struct reach reach = reach_of(rq->app, rq->db, rq->arena);
    struct actor target;
    struct follow follow;
    int64_t id;
    char *uri;
    if (host) {
        TRY(resolve_site(&reach, host, &id));
    } else {
        TRY(resolve_handle(&reach, handle, &uri));
        TRY(resolve_actor(&reach, uri, false, &id));
    }
    TRY(actor_get_by_id(rq->db, rq->arena, id, &target));
    if (!*target.host)
        return FAIL(CONFLICT, "what is here is not followed");
    return follow_request(rq->db, rq->arena, site_id, id, NULL, false, &follow);
}

static struct err follow_all(struct req *rq, int64_t site_id, const json_t *names, bool hosts,
                             struct err worst)
{
    size_t i;
    json_t *name;
    json_array_foreach (names, i, name) {
        const char *text = json_string_value(name);
        struct err e = follow_one(rq, site_id, hosts ? text : NULL, hosts ? NULL : text);
        if (e.id)
            worst = (struct err){e.id, arena_printf(rq->arena, "%s: %s", text, e.detail)};
    }
    return worst;
}

/* POST /api/v1/server/following  {"hosts"?: ["video.example"], "handles"?: ["name@host"]}
 * 204 all are asked | 400 | 401 | 403 | 404, 502, … what one of them answered; the others are
 * asked all the same */
struct err h_site_follow(struct req *rq, struct res *rs)
{
    struct params p;
    struct text_rule rule = {.min = 1, .max = 400, .one_line = true};
    json_t *hosts = NULL, *handles = NULL;
    int64_t site_id;
    TRY(params_body(rq, &p));
    params_texts(&p, "hosts", FOLLOWS_AT_ONCE, rule, &hosts);
    params_texts(&p, "handles", FOLLOWS_AT_ONCE, rule, &handles);
    if (!json_array_size(hosts) && !json_array_size(handles))
        params_wrong(&p, "hosts", "Should have at least one host or handle");
    TRY(params_done(&p));
    if (!rq->app->federation)
        return FAIL(FORBIDDEN, "this site does not federate");
    TRY(site_actor_ensure(rq->db, rq->arena, &site_id));
    struct err e = follow_all(rq, site_id, hosts, true, OK);
    TRY(follow_all(rq, site_id, handles, false, e));
    res_empty(rs, 204);
    return OK;
}

/* DELETE /api/v1/server/following/:hostOrHandle
 * 204 | 401 | 403 | 404 */
struct err h_site_unfollow(struct req *rq, struct res *rs)
{
    const char *name = req_param(rq, "hostOrHandle");
    struct lookup found = {.kind = LOOKUP_NOTHING};
    struct follow f;
    int64_t site_id, target_id = 0;
    TRY(site_actor_ensure(rq->db, rq->arena, &site_id));
    if (strchr(name, '@'))
        TRY(lookup(rq->app, rq->db, rq->arena, name, false, &found));
    else
        TRY(follow_to_host(rq->db, site_id, name, &target_id));
    if (found.kind == LOOKUP_ACTOR)
        target_id = found.id;
    TRY(follow_get(rq->db, rq->arena, site_id, target_id, &f));
    TRY(follow_remove(rq->db, rq->arena, site_id, target_id));
    res_empty(rs, 204);
    return OK;
}
