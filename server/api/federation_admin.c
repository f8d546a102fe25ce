/* federation_admin.c — see federation_admin.h. */
#include "server/api/federation_admin.h"

#include "base/clock.h"
#include "server/activitypub/deliver.h"
#include "server/activitypub/incoming.h"
#include "server/api/params.h"
#include "server/app.h"
#include "server/config.h"
#include "server/domain/block.h"
#include "server/domain/delivery.h"
#include "server/domain/health.h"
#include "server/view/actor_json.h"

#include <string.h>

/* --- how it stands --------------------------------------------------------------------------
 */

static struct err failing_json(struct req *rq, json_t **out)
{
    struct peer_list peers = {0};
    TRY(peers_failing(rq->db, rq->arena, &peers));
    *out = json_array();
    for (size_t i = 0; i < peers.count; i++) {
        const struct peer *p = &peers.items[i];
        json_array_append_new(
            *out,
            json_pack("{s:s, s:i, s:o, s:o, s:I}", "host", p->host, "failures", p->failures,
                      "failingSince", iso_time_json(p->failing_since_ms), "retryAfter",
                      p->retry_after_ms ? iso_time_json(p->retry_after_ms) : json_null(),
                      "waiting", (json_int_t)p->waiting));
    }
    return OK;
}

/* GET /api/v1/server/federation: for moderators
 * 200 {enabled, mode, deliveries: {waiting, delivered, retried, dropped, hostsSetAside},
 * incoming: {waiting, done, ignored, retried, givenUp}, failingHosts: [{host, failures,
 * failingSince, retryAfter, waiting}]}; counts of what was done are since the start */
struct err h_federation_state(struct req *rq, struct res *rs)
{
    const struct config *c = rq->app->config;
    struct backlog_stats out = deliver_stats(rq->app->deliver);
    struct incoming_stats in = incoming_stats(rq->app->incoming);
    struct health_queues waiting;
    json_t *failing;
    TRY(health_queues(rq->db, &waiting));
    TRY(failing_json(rq, &failing));
    res_json(
        rq, rs, 200,
        json_pack("{s:b, s:s, s:{s:I, s:I, s:I, s:I, s:I}, s:{s:I, s:I, s:I, s:I, s:I}, s:o}",
                  "enabled", c->federation, "mode", c->federation_mode, "deliveries", "waiting",
                  (json_int_t)waiting.deliveries, "delivered", (json_int_t)out.delivered,
                  "retried", (json_int_t)out.again, "dropped", (json_int_t)out.dropped,
                  "hostsSetAside", (json_int_t)out.hosts_set_aside, "incoming", "waiting",
                  (json_int_t)waiting.incoming, "done", (json_int_t)in.done, "ignored",
                  (json_int_t)in.ignored, "retried", (json_int_t)in.again, "givenUp",
                  (json_int_t)in.given_up, "failingHosts", failing));
    return OK;
}

/* POST /api/v1/server/federation/hosts/:host/retry: what waits for it is tried now
 * 204 | 401 | 403 */
struct err h_federation_retry(struct req *rq, struct res *rs)
{
    const char *host = req_param(rq, "host");
    TRY(delivery_retry_host(rq->db, host));
    deliver_heard(rq->app->deliver, host);
    res_empty(rs, 204);
    return OK;
}

/* --- the allow list -------------------------------------------------------------------------
 */

/* GET /api/v1/server/allowlist  ?start count
 * 200 {total, data: [{host, createdAt}]} */
struct err h_allowed_hosts(struct req *rq, struct res *rs)
{
    struct paging page;
    struct block_list list;
    TRY(query_paging(rq, NULL, NULL, &page));
    TRY(allow_list(rq->db, rq->arena, page.start, page.count, &list));
    json_t *data = json_array();
    for (size_t i = 0; i < list.count; i++)
        json_array_append_new(data,
                              json_pack("{s:s, s:o}", "host", list.items[i].host, "createdAt",
                                        iso_time_json(list.items[i].created_ms)));
    answer_list(rq, rs, list.total, data);
    return OK;
}

/* POST /api/v1/server/allowlist  {"host"}
 * 204 | 400 | 401 | 403 */
struct err h_allow_host(struct req *rq, struct res *rs)
{
    struct params p;
    const char *host = NULL;
    TRY(params_body(rq, &p));
    if (params_text(
            &p, "host",
            (struct text_rule){.min = 1, .max = 260, .required = true, .one_line = true},
            &host) &&
        strpbrk(host, "/?#@ "))
        params_wrong(&p, "host", "Should be a host, like video.example");
    TRY(params_done(&p));
    TRY(allow_host(rq->db, host, true));
    res_empty(rs, 204);
    return OK;
}

/* DELETE /api/v1/server/allowlist/:host
 * 204 | 401 | 403 */
struct err h_disallow_host(struct req *rq, struct res *rs)
{
    TRY(allow_host(rq->db, req_param(rq, "host"), false));
    res_empty(rs, 204);
    return OK;
}
