/* health.h — for monitors: /health and Prometheus' /metrics. Both only for callers on this
 * machine or moderators? No: they hold no names and no content, so anybody may read them. */
#ifndef ZOE_HEALTH_H
#define ZOE_HEALTH_H

#include "server/http/http.h"

/* GET /health   200 {"status":"ok"} | 503 when the database or the disk does not answer */
struct err h_health(struct req *rq, struct res *rs);
/* GET /metrics  Prometheus text format 0.0.4 */
struct err h_metrics(struct req *rq, struct res *rs);

#endif
