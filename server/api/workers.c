/* workers.c — see workers.h: making, listing, naming and revoking workers. */
#include "server/api/workers.h"

#include "server/api/params.h"
#include "server/app.h"
#include "server/domain/worker.h"
#include "server/jobs/remote.h"
#include "server/view/worker_json.h"

/* GET /api/v1/runners  -> 200 {total, data}   (administrators) */
struct err h_worker_list(struct req *rq, struct res *rs)
{
    struct paging page;
    struct worker_list list;
    int64_t total;
    TRY(query_paging(rq, NULL, NULL, &page));
    TRY(worker_list_page(rq->db, rq->arena, page.start, page.count, &list, &total));
    json_t *data = json_array();
    for (size_t i = 0; i < list.count; i++)
        json_array_append_new(data, worker_json(&list.items[i]));
    res_header(rq, rs, "Cache-Control", "no-store");
    answer_list(rq, rs, total, data);
    return OK;
}

static struct err read_name(struct req *rq, const char **name)
{
    struct params p;
    TRY(params_body(rq, &p));
    params_text(&p, "name",
                (struct text_rule){
                    .min = 1, .max = WORKER_NAME_MAX, .required = true, .one_line = true},
                name);
    return params_done(&p);
}

/* POST /api/v1/runners  {name}  -> 200 {id, runnerToken}: the token is shown this once
 * 400 | 409 name_taken   (administrators) */
struct err h_worker_create(struct req *rq, struct res *rs)
{
    const char *name = "", *token;
    int64_t id;
    TRY(read_name(rq, &name));
    TRY(worker_create(rq->db, rq->arena, name, &id, &token));
    res_header(rq, rs, "Cache-Control", "no-store");
    res_json(rq, rs, 200, json_pack("{s:I, s:s}", "id", (json_int_t)id, "runnerToken", token));
    return OK;
}

/* PUT /api/v1/runners/:id  {name}  -> 204 | 400 | 404 | 409 name_taken   (administrators) */
struct err h_worker_rename(struct req *rq, struct res *rs)
{
    int64_t id;
    const char *name = "";
    TRY(param_id(rq, "id", &id));
    TRY(read_name(rq, &name));
    TRY(worker_rename(rq->db, rq->arena, id, name));
    res_empty(rs, 204);
    return OK;
}

/* DELETE /api/v1/runners/:id  -> 204 | 404   (administrators) */
struct err h_worker_revoke(struct req *rq, struct res *rs)
{
    int64_t id;
    TRY(param_id(rq, "id", &id));
    TRY(worker_revoke(rq->db, rq->arena, id));
    remote_stop_worker(jobs_remote(rq->app->jobs), id); /* it can bring nothing in any more */
    res_empty(rs, 204);
    return OK;
}
