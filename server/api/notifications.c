/* notifications.c — what a user is told: comments, mentions, followers. */
#include "server/api/notifications.h"

#include "base/strbuf.h"
#include "server/api/params.h"
#include "server/app.h"
#include "server/config.h"
#include "server/domain/account.h"
#include "server/domain/caller.h"
#include "server/domain/notification.h"
#include "server/view/actor_json.h"
#include "server/view/comment_json.h"

#include <stdlib.h>
#include <string.h>

/* GET /api/v1/users/me/notifications  ?start count unread typeOneOf
 * 200 {total, unread, data} | 401 */
struct err h_notifications(struct req *rq, struct res *rs)
{
    struct paging page;
    struct notification_list list;
    struct notification_query q = {.user_id = rq->caller->user_id};
    size_t types;
    TRY(query_paging(rq, NULL, NULL, &page));
    TRY(query_bool(rq, "unread", &q.unread));
    const char *const *type = query_list(rq, "typeOneOf", &types);
    if (types) {
        struct strbuf json = STRBUF_IN(rq->arena);
        for (size_t i = 0; i < types; i++)
            strbuf_addf(&json, "%c%ld", i ? ',' : '[', strtol(type[i], NULL, 10));
        strbuf_adds(&json, "]");
        q.types = json.text;
    }
    q.start = page.start, q.count = page.count;
    TRY(notification_list(rq->db, rq->arena, &q, &list));
    json_t *data = json_array();
    for (size_t i = 0; i < list.count; i++)
        json_array_append_new(
            data, notification_json(rq->arena, rq->app->config->url, &list.items[i]));
    res_json(rq, rs, 200,
             json_pack("{s:I, s:I, s:o}", "total",
                       (json_int_t)(q.unread ? list.unread : list.total), "unread",
                       (json_int_t)list.unread, "data", data));
    return OK;
}

/* POST /api/v1/users/me/notifications/read  {"ids": [number]}
 * 204 | 400 | 401 */
struct err h_notifications_read(struct req *rq, struct res *rs)
{
    enum { IDS_MAX = 1000 };
    json_t *body, *one;
    size_t i;
    TRY(req_json(rq, &body));
    const json_t *given = json_object_get(body, "ids");
    if (!json_is_array(given) || !json_array_size(given) || json_array_size(given) > IDS_MAX)
        return req_invalid(rq, "ids", "Should be an array of 1 to 1000 numbers");
    struct strbuf ids = STRBUF_IN(rq->arena);
    json_array_foreach (given, i, one) {
        if (!json_is_integer(one))
            return req_invalid(rq, "ids", "Should be an array of 1 to 1000 numbers");
        strbuf_addf(&ids, "%c%lld", i ? ',' : '[', (long long)json_integer_value(one));
    }
    strbuf_adds(&ids, "]");
    TRY(notification_read(rq->db, rq->caller->user_id, ids.text));
    res_empty(rs, 204);
    return OK;
}

/* POST /api/v1/users/me/notifications/read-all
 * 204 | 401 */
struct err h_notifications_read_all(struct req *rq, struct res *rs)
{
    TRY(notification_read(rq->db, rq->caller->user_id, NULL));
    res_empty(rs, 204);
    return OK;
}

/* PUT /api/v1/users/me/notification-settings  {"newFollow": 0, ...}: what is given is changed;
 * bit 1 shows it on the web, bit 2 would send mail
 * 204 | 400 | 401 */
struct err h_notification_settings(struct req *rq, struct res *rs)
{
    struct params p;
    const char *name;
    struct strbuf json = STRBUF_IN(rq->arena);
    TRY(params_body(rq, &p));
    strbuf_adds(&json, "{\"notificationSettings\":{");
    size_t given = 0;
    for (size_t i = 0; (name = notification_setting_name(i)); i++) {
        int64_t value;
        if (params_int(&p, name, (struct int_rule){.max = 3}, &value))
            strbuf_addf(&json, "%s\"%s\":%d", given++ ? "," : "", name, (int)value);
    }
    strbuf_adds(&json, "}}");
    TRY(params_done(&p));
    TRY(user_update(
        rq->db, rq->arena, rq->caller->user_id,
        &(struct user_patch){.settings = json.text, .keep_token_id = rq->caller->token_id}));
    res_empty(rs, 204);
    return OK;
}
