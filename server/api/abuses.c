/* abuses.c — see abuses.h. */
#include "server/api/abuses.h"

#include "server/api/params.h"
#include "server/app.h"
#include "server/config.h"
#include "server/domain/account.h"
#include "server/domain/comment.h"
#include "server/domain/report.h"
#include "server/domain/video.h"
#include "server/view/actor_json.h"
#include "server/view/comment_json.h"

#include <stdlib.h>
#include <string.h>

enum { REASON_MIN = 2, REASON_MAX = 3000, PREDEFINED_MAX = 8, SECONDS_MAX = 1 << 30 };

/* --- showing --------------------------------------------------------------------------------
 */

static struct err account_or_null(struct req *rq, int64_t id, json_t **out)
{
    struct actor actor;
    struct err e =
        id ? actor_get_by_id(rq->db, rq->arena, id, &actor) : FAIL(NOT_FOUND, "gone");
    *out = e.id ? json_null() : account_json(rq->app->config->url, &actor);
    return e.id == ERR_NOT_FOUND ? OK : e;
}

static json_t *seconds(int64_t s)
{
    return s < 0 ? json_null() : json_integer(s);
}

/* What it is about may be gone; a video keeps its name. */
static json_t *video_json_of(struct req *rq, const struct report *r)
{
    struct video v;
    bool there = r->video_id &&
                 !video_find(rq->db, rq->arena,
                             arena_printf(rq->arena, "%lld", (long long)r->video_id), &v, NULL)
                      .id;
    json_t *json =
        json_pack("{s:b, s:b, s:s, s:o, s:o}", "deleted", !there, "blacklisted", 0, "name",
                  there      ? v.name
                  : r->title ? r->title
                             : "",
                  "startAt", seconds(r->start_s), "endAt", seconds(r->end_s));
    if (there)
        json_object_update_new(
            json, json_pack("{s:I, s:s, s:s, s:b, s:{s:I, s:s, s:s, s:s}}", "id",
                            (json_int_t)v.id, "uuid", v.uuid, "shortUUID", v.short_uuid, "nsfw",
                            v.nsfw, "channel", "id", (json_int_t)v.channel.id, "name",
                            v.channel.name, "displayName", v.channel.display_name, "host",
                            *v.channel.host ? v.channel.host : url_host(rq->app->config->url)));
    return json;
}

static json_t *comment_json_of(struct req *rq, const struct report *r)
{
    struct comment c;
    bool there =
        r->comment_id && !comment_get(rq->db, rq->arena, r->comment_id, &c).id && !c.deleted_ms;
    json_t *json = there ? comment_json(rq->arena, rq->app->config->url, &c) : json_object();
    json_object_set_new(json, "deleted", json_boolean(!there));
    json_object_set_new(json, "video", video_json_of(rq, r));
    return json;
}

static json_t *state_json(int state)
{
    static const char *const labels[] = {"", "Pending", "Rejected", "Accepted"};
    return json_pack("{s:i, s:s}", "id", state, "label", labels[state & 3]);
}

/* What the reporter may see of it. */
static struct err own_json(struct req *rq, const struct report *r, json_t **out)
{
    json_t *account;
    TRY(account_or_null(rq, r->actor_id, &account));
    json_t *predefined = json_loads(r->predefined, 0, NULL);
    *out = json_pack(
        "{s:I, s:s, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:i}", "id", (json_int_t)r->id, "reason",
        r->reason, "predefinedReasons", predefined ? predefined : json_array(), "state",
        state_json(r->state), "createdAt", iso_time_json(r->created_ms), "updatedAt",
        iso_time_json(r->updated_ms), "video",
        strcmp(r->kind, "video") == 0 ? video_json_of(rq, r) : json_null(), "comment",
        strcmp(r->kind, "comment") == 0 ? comment_json_of(rq, r) : json_null(),
        "flaggedAccount", account, "countMessages", 0);
    return OK;
}

static struct err full_json(struct req *rq, const struct report *r, json_t **out)
{
    json_t *reporter;
    int64_t by, about;
    TRY(report_counts(rq->db, r->reporter_id, r->actor_id, &by, &about));
    TRY(account_or_null(rq, r->reporter_id, &reporter));
    struct err e = own_json(rq, r, out);
    if (e.id) {
        json_decref(reporter);
        return e;
    }
    json_object_set_new(*out, "reporterAccount", reporter);
    json_object_set_new(*out, "moderationComment",
                        r->moderation ? json_string(r->moderation) : json_null());
    json_object_set_new(*out, "countReportsForReporter", json_integer(by));
    json_object_set_new(*out, "countReportsForReportee", json_integer(about));
    return OK;
}

static struct err list_answer(struct req *rq, struct res *rs, const struct report_list *list,
                              struct err (*show)(struct req *, const struct report *,
                                                 json_t **))
{
    json_t *data = json_array(), *one;
    for (size_t i = 0; i < list->count; i++) {
        struct err e = show(rq, &list->items[i], &one);
        if (e.id) {
            json_decref(data);
            return e;
        }
        json_array_append_new(data, one);
    }
    answer_list(rq, rs, list->total, data);
    return OK;
}

static struct err read_query(struct req *rq, struct report_query *q)
{
    static const char *const sorts[] = {"createdAt", "id", NULL};
    struct paging page;
    int64_t state = 0;
    TRY(query_paging(rq, sorts, "-createdAt", &page));
    TRY(query_int(rq, "state", REPORT_PENDING, REPORT_ACCEPTED, &state));
    const char *kind = req_query(rq, "filter");
    if (kind && strcmp(kind, "video") && strcmp(kind, "comment") && strcmp(kind, "account"))
        return req_invalid(rq, "filter", "Should be video, comment or account");
    *q = (struct report_query){.state = (int)state,
                               .kind = kind,
                               .words = req_query(rq, "search"),
                               .start = page.start,
                               .count = page.count,
                               .oldest_first = !page.descending};
    return OK;
}

/* GET /api/v1/abuses  ?id state filter=video|comment|account search start count sort
 * 200 {total, data} | 400 | 401 | 403 */
struct err h_abuses(struct req *rq, struct res *rs)
{
    struct report_query q;
    struct report_list list = {0};
    struct report one;
    int64_t id = 0;
    TRY(query_int(rq, "id", 1, INT64_MAX, &id));
    TRY(read_query(rq, &q));
    if (!id) {
        TRY(report_list(rq->db, rq->arena, &q, &list));
        return list_answer(rq, rs, &list, full_json);
    }
    struct err e = report_get(rq->db, rq->arena, id, &one);
    if (!e.id)
        list = (struct report_list){.items = &one, .count = 1, .total = 1};
    else if (e.id != ERR_NOT_FOUND)
        return e;
    return list_answer(rq, rs, &list, full_json);
}

/* GET /api/v1/users/me/abuses: what one reported oneself; as h_abuses, without the moderators'
 * notes */
struct err h_my_abuses(struct req *rq, struct res *rs)
{
    struct report_query q;
    struct report_list list;
    TRY(read_query(rq, &q));
    q.reporter_id = rq->caller->account_id;
    TRY(report_list(rq->db, rq->arena, &q, &list));
    return list_answer(rq, rs, &list, own_json);
}

/* --- reporting ------------------------------------------------------------------------------
 */

static struct err video_asked(struct req *rq, struct params *p, struct report_new *r)
{
    struct params inner;
    struct video v;
    struct int_rule rule = {.max = SECONDS_MAX, .nullable = true, .when_null = -1};
    if (!params_inner(p, "video", &inner))
        return OK;
    const json_t *id = json_object_get(inner.body, "id");
    const char *name = json_is_integer(id)
                           ? arena_printf(rq->arena, "%lld", (long long)json_integer_value(id))
                           : json_string_value(id);
    if (!name)
        params_wrong(&inner, "id", "Should be the id of a video");
    params_int(&inner, "startAt", rule, &r->start_s);
    params_int(&inner, "endAt", rule, &r->end_s);
    TRY(params_done(&inner));
    TRY(video_find(rq->db, rq->arena, name, &v, NULL));
    TRY(video_check_seen_by(rq->caller, &v, false));
    r->video_id = v.id;
    return OK;
}

static struct err comment_asked(struct req *rq, struct params *p, struct report_new *r)
{
    struct params inner;
    struct comment c;
    int64_t id = 0;
    if (!params_inner(p, "comment", &inner))
        return OK;
    params_int(&inner, "id", (struct int_rule){.min = 1, .max = INT64_MAX, .required = true},
               &id);
    TRY(params_done(&inner));
    TRY(comment_get(rq->db, rq->arena, id, &c));
    if (c.deleted_ms)
        return FAIL(NOT_FOUND, "Comment not found");
    r->comment_id = c.id;
    r->video_id = c.video_id;
    return OK;
}

static struct err account_asked(struct req *rq, struct params *p, struct report_new *r)
{
    struct params inner;
    struct actor actor;
    int64_t id = 0;
    if (!params_inner(p, "account", &inner))
        return OK;
    params_int(&inner, "id", (struct int_rule){.min = 1, .max = INT64_MAX, .required = true},
               &id);
    TRY(params_done(&inner));
    TRY(actor_get_by_id(rq->db, rq->arena, id, &actor));
    r->actor_id = actor.id;
    return OK;
}

static const char *as_text(struct req *rq, json_t *list)
{
    char *text = json_dumps(list, JSON_COMPACT);
    const char *copy = arena_strdup(rq->arena, text ? text : "[]");
    free(text);
    return copy;
}

/* POST /api/v1/abuses  {"reason", "predefinedReasons"?, "forward"?: also to the site it lives
 * on (true), and one of "video": {id, startAt?, endAt?}, "comment": {id}, "account": {id}} 200
 * {abuse: {id}} | 400 | 401 | 404 */
struct err h_abuse_create(struct req *rq, struct res *rs)
{
    /* parse */
    struct params p;
    struct report_new r = {
        .reporter_id = rq->caller->account_id, .start_s = -1, .end_s = -1, .forward = true};
    json_t *predefined = NULL;
    int64_t id;
    TRY(params_body(rq, &p));
    params_text(&p, "reason",
                (struct text_rule){.min = REASON_MIN, .max = REASON_MAX, .required = true},
                &r.reason);
    if (params_texts(&p, "predefinedReasons", PREDEFINED_MAX,
                     (struct text_rule){.min = 1, .max = 40, .one_line = true}, &predefined))
        r.predefined = as_text(rq, predefined);
    params_bool(&p, "forward", &r.forward);
    if (!params_has(&p, "video") && !params_has(&p, "comment") && !params_has(&p, "account"))
        params_wrong(&p, "video", "Should have a video, a comment or an account");
    TRY(params_done(&p));

    /* check */
    TRY(video_asked(rq, &p, &r));
    if (!r.video_id)
        TRY(comment_asked(rq, &p, &r));
    if (!r.video_id)
        TRY(account_asked(rq, &p, &r));
    if (!r.video_id && !r.actor_id)
        return req_invalid(rq, "video", "Should have a video, a comment or an account");

    /* act */
    TRY(report_put(rq->db, rq->arena, &r, &id));

    /* render */
    res_json(rq, rs, 200, json_pack("{s:{s:I}}", "abuse", "id", (json_int_t)id));
    return OK;
}

/* --- looking after them ---------------------------------------------------------------------
 */

/* PUT /api/v1/abuses/:id  {"state"?: 1 pending, 2 rejected, 3 accepted, "moderationComment"?}
 * 204 | 400 | 401 | 403 | 404 */
struct err h_abuse_update(struct req *rq, struct res *rs)
{
    struct params p;
    const char *moderation = NULL;
    int64_t id, state = 0;
    TRY(param_id(rq, "id", &id));
    TRY(params_body(rq, &p));
    params_int(&p, "state", (struct int_rule){.min = REPORT_PENDING, .max = REPORT_ACCEPTED},
               &state);
    params_text(&p, "moderationComment",
                (struct text_rule){.min = REASON_MIN, .max = REASON_MAX}, &moderation);
    TRY(params_done(&p));
    TRY(report_update(rq->db, rq->arena, id, (int)state, moderation));
    res_empty(rs, 204);
    return OK;
}

/* DELETE /api/v1/abuses/:id
 * 204 | 401 | 403 | 404 */
struct err h_abuse_delete(struct req *rq, struct res *rs)
{
    int64_t id;
    struct report r;
    TRY(param_id(rq, "id", &id));
    TRY(report_get(rq->db, rq->arena, id, &r));
    TRY(report_delete(rq->db, id));
    res_empty(rs, 204);
    return OK;
}
