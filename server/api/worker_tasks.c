/* worker_tasks.c — what workers ask: to lease a task, its input, and to hand in what they made.
 *
 *   POST /api/v1/runners/tasks/lease                   204: nothing waits
 *   GET  /api/v1/runners/tasks/{token}/source          the uploaded file, with Range
 *   POST /api/v1/runners/tasks/{token}/heartbeat       {done_ms, total_ms}
 *   PUT  /api/v1/runners/tasks/{token}/init/{rung}     ?codecs&width&height&fps, bytes
 *   PUT  /api/v1/runners/tasks/{token}/segments/{rung}/{index}
 *                                                      ?sha256&duration_us&start_us, bytes
 *   POST /api/v1/runners/tasks/{token}/result          {}
 *   POST /api/v1/runners/tasks/{token}/error           {detail, retry, stopping}
 *
 * The token is the lease's own: it ends with the task. Rules: server/jobs/remote.h.
 */
#include "server/api/params.h"
#include "server/api/workers.h"
#include "server/app.h"

#include "base/crypto.h"
#include "base/log.h"
#include "server/domain/caller.h"
#include "server/jobs/remote.h"

#include <stdlib.h>
#include <string.h>

static struct err enter(struct req *rq, bool exclusive, struct seat **s)
{
    return remote_enter(jobs_remote(rq->app->jobs), rq->db, rq->arena, rq->caller->worker_id,
                        req_param(rq, "token"), exclusive, s);
}

/* Answers; what is out of order is told together with what is here. */
static struct err answer(struct req *rq, struct res *rs, struct seat *s, struct err e)
{
    if (e.id == ERR_TASK_ORDER)
        res_problem(rq, rs, e, json_pack("{s:o}", "have", remote_have(s)));
    else if (!e.id)
        res_empty(rs, 204);
    else if (e.detail) /* may be the seat's, which may be gone after this */
        e.detail = arena_strdup(rq->arena, e.detail);
    remote_release(s, true);
    return e.id == ERR_TASK_ORDER ? OK : e;
}

/* POST .../lease  {}  X-Worker-Build: what it is made of
 * 200 {token, leaseMs, source: {key, bytes}, spec} | 204 | 409 worker_differs */
struct err h_task_lease(struct req *rq, struct res *rs)
{
    struct remote_task task;
    bool found;
    TRY(remote_lease(jobs_remote(rq->app->jobs), rq->db, rq->arena, rq->caller->worker_id,
                     req_header(rq, "X-Worker-Build"), &task, &found));
    if (!found) {
        res_empty(rs, 204);
        return OK;
    }
    log_info("task_lent", "worker=%lld video=%lld", (long long)rq->caller->worker_id,
             (long long)task.video_id);
    json_t *spec = json_loads(task.spec, 0, NULL);
    res_json(rq, rs, 200,
             json_pack("{s:s, s:I, s:{s:s, s:I}, s:o}", "token", task.token, "leaseMs",
                       (json_int_t)task.lease_ms, "source", "key", task.source, "bytes",
                       (json_int_t)task.source_bytes, "spec", spec));
    return OK;
}

/* GET .../source  Range  -> 206, 200 | 410 task_gone */
struct err h_task_source(struct req *rq, struct res *rs)
{
    struct seat *s;
    TRY(enter(rq, false, &s));
    const char *path = remote_source(s, rq->arena);
    remote_release(s, false);
    return res_file(rq, rs,
                    &(struct file_answer){.path = path,
                                          .content_type = "application/octet-stream",
                                          .cache = "no-store"});
}

static int64_t body_int(json_t *body, const char *name)
{
    return json_integer_value(json_object_get(body, name));
}

/* POST .../heartbeat  {done_ms, total_ms}  -> 204 | 410 task_gone */
struct err h_task_heartbeat(struct req *rq, struct res *rs)
{
    struct seat *s;
    json_t *body;
    TRY(req_json(rq, &body));
    TRY(enter(rq, false, &s));
    remote_progress(s, body_int(body, "done_ms"), body_int(body, "total_ms"));
    remote_release(s, false);
    res_empty(rs, 204);
    return OK;
}

/* PUT .../init/:rung  -> 204 | 410 task_gone | 422 */
struct err h_task_init(struct req *rq, struct res *rs)
{
    struct seat *s;
    int64_t width = 0, height = 0;
    TRY(query_int(rq, "width", 0, 65535, &width));
    TRY(query_int(rq, "height", 0, 65535, &height));
    TRY(enter(rq, true, &s));
    return answer(rq, rs, s,
                  remote_init(s, &(struct remote_init){
                                     .rung = req_param(rq, "rung"),
                                     .codecs = req_query(rq, "codecs"),
                                     .fps = req_query(rq, "fps"),
                                     .width = (int)width,
                                     .height = (int)height,
                                     .data = rq->body,
                                     .bytes = rq->body_bytes,
                                 }));
}

struct bringing { /* a segment on its way */
    struct seat *seat;
    struct remote_segment segment;
};

static void segment_aborted(struct req *rq)
{
    struct bringing *b = rq->state;
    if (b && b->seat)
        remote_release(b->seat, true);
    if (b)
        b->seat = NULL;
}

static struct err read_segment(struct req *rq, struct remote_segment *out)
{
    int64_t duration_us = 0, start_us = 0;
    const char *index = req_param(rq, "index"), *sha256 = req_query(rq, "sha256");
    if (!*index || strlen(index) > 9 || strspn(index, "0123456789") != strlen(index))
        return FAIL(UNPROCESSABLE, "a segment's index is a number");
    if (!sha256 || strlen(sha256) != SHA256_HEX - 1 ||
        strspn(sha256, "0123456789abcdef") != SHA256_HEX - 1)
        return req_invalid(rq, "sha256", "Should be the SHA-256 of the bytes, in hex");
    if (rq->content_length < 0)
        return FAIL(LENGTH_REQUIRED, "a segment must say its length");
    TRY(query_int(rq, "duration_us", 0, INT64_MAX / 2, &duration_us));
    TRY(query_int(rq, "start_us", 0, INT64_MAX / 2, &start_us));
    *out = (struct remote_segment){
        .rung = req_param(rq, "rung"),
        .sha256 = sha256,
        .index = strtoll(index, NULL, 10),
        .bytes = rq->content_length,
        .duration_us = duration_us,
        .start_us = start_us,
    };
    return OK;
}

struct err before_task_segment(struct req *rq, struct res *rs)
{
    struct bringing *b = rq->state = arena_alloc(rq->arena, sizeof *b);
    *b = (struct bringing){0};
    rq->sink.fd = -1;
    rq->aborted = segment_aborted;
    TRY(read_segment(rq, &b->segment));
    TRY(enter(rq, true, &b->seat));
    struct err e = remote_segment_open(b->seat, &b->segment, &rq->sink.fd, &rq->sink.offset);
    if (e.id) {
        struct seat *s = b->seat;
        b->seat = NULL;
        return answer(rq, rs, s, e);
    }
    rq->sink.limit = b->segment.bytes;
    rq->sink.digest = digest_open("sha256");
    return OK;
}

static struct err segment_arrived(struct req *rq, struct bringing *b)
{
    struct digest *digest = rq->sink.digest;
    rq->sink.digest = NULL;
    const char *got = digest_hex(digest, rq->arena);
    if (rq->sink.failed)
        return rq->sink.failure;
    if (rq->sink.bytes != b->segment.bytes)
        return FAIL(BAD_REQUEST, "the segment did not come whole");
    if (strcmp(got, b->segment.sha256) != 0)
        return FAIL(CHECKSUM_MISMATCH, "the segment does not match its checksum");
    return remote_segment_done(b->seat, &b->segment);
}

/* PUT .../segments/:rung/:index  -> 204 | 409 task_order {have} | 410 | 422 | 460 */
struct err h_task_segment(struct req *rq, struct res *rs)
{
    struct bringing *b = rq->state;
    struct seat *s = b->seat;
    struct err e = segment_arrived(rq, b);
    b->seat = NULL;
    return answer(rq, rs, s, e);
}

/* POST .../result  {}  -> 204 | 409 task_order {have} | 410 | 422 */
struct err h_task_result(struct req *rq, struct res *rs)
{
    struct seat *s;
    json_t *body;
    TRY(req_json(rq, &body));
    TRY(enter(rq, true, &s));
    return answer(rq, rs, s, remote_result(s, body));
}

/* POST .../error  {detail, retry, stopping?: the worker ends}  -> 204 | 410 */
struct err h_task_error(struct req *rq, struct res *rs)
{
    struct seat *s;
    struct params p;
    const char *detail = "no reason given";
    bool retry = true, stopping = false;
    TRY(params_body(rq, &p));
    params_text(&p, "detail", (struct text_rule){.min = 1, .max = 1000}, &detail);
    params_bool(&p, "retry", &retry);
    params_bool(&p, "stopping", &stopping);
    TRY(params_done(&p));
    TRY(enter(rq, true, &s));
    struct err why = {stopping ? ERR_WORKER_LOST
                      : retry  ? ERR_TASK_FAILED
                               : ERR_TASK_REFUSED,
                      detail};
    return answer(rq, rs, s, remote_error(s, why));
}
