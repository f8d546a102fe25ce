/* workers.h — the machines that encode for this site: what administrators do with them
 * (workers.c), and what the machines themselves ask (worker_tasks.c).
 *
 * Shape:   lists and names are PeerTube's runners API where it has a word for them; a worker is
 *          made here and its token shown once, instead of by a registration token that every
 *          machine keeps. The protocol of tasks is our own: server/jobs/remote.h.
 * Errors:  problems as everywhere; 410 task_gone tells a worker to drop its task, 409
 *          task_order (with "have") to send what is missing.
 */
#ifndef ZOE_API_WORKERS_H
#define ZOE_API_WORKERS_H

#include "server/http/http.h"

struct err h_worker_list(struct req *rq, struct res *rs);
struct err h_worker_create(struct req *rq, struct res *rs);
struct err h_worker_rename(struct req *rq, struct res *rs);
struct err h_worker_revoke(struct req *rq, struct res *rs);

struct err h_task_lease(struct req *rq, struct res *rs);
struct err h_task_source(struct req *rq, struct res *rs);
struct err h_task_heartbeat(struct req *rq, struct res *rs);
struct err h_task_init(struct req *rq, struct res *rs);
struct err before_task_segment(struct req *rq, struct res *rs);
struct err h_task_segment(struct req *rq, struct res *rs);
struct err h_task_result(struct req *rq, struct res *rs);
struct err h_task_error(struct req *rq, struct res *rs);

/* clang-format off */
#define ROUTES_WORKER \
    {HTTP_GET, "/api/v1/runners", AUTH_ADMIN, BODY_NONE, 0, h_worker_list, NULL, false}, \
    {HTTP_POST, "/api/v1/runners", AUTH_ADMIN, BODY_MEMORY, 0, h_worker_create, NULL, false}, \
    {HTTP_PUT, "/api/v1/runners/:id", AUTH_ADMIN, BODY_MEMORY, 0, h_worker_rename, NULL, false}, \
    {HTTP_DELETE, "/api/v1/runners/:id", AUTH_ADMIN, BODY_NONE, 0, h_worker_revoke, NULL, false}, \
    {HTTP_POST, "/api/v1/runners/tasks/lease", AUTH_WORKER, BODY_MEMORY, 0, h_task_lease, NULL, false}, \
    {HTTP_GET, "/api/v1/runners/tasks/:token/source", AUTH_WORKER, BODY_NONE, 0, h_task_source, NULL, false}, \
    {HTTP_POST, "/api/v1/runners/tasks/:token/heartbeat", AUTH_WORKER, BODY_MEMORY, 0, h_task_heartbeat, NULL, false}, \
    {HTTP_PUT, "/api/v1/runners/tasks/:token/init/:rung", AUTH_WORKER, BODY_MEMORY, 0, h_task_init, NULL, false}, \
    {HTTP_PUT, "/api/v1/runners/tasks/:token/segments/:rung/:index", AUTH_WORKER, BODY_SINK, 0, h_task_segment, before_task_segment, false}, \
    {HTTP_POST, "/api/v1/runners/tasks/:token/result", AUTH_WORKER, BODY_MEMORY, 0, h_task_result, NULL, false}, \
    {HTTP_POST, "/api/v1/runners/tasks/:token/error", AUTH_WORKER, BODY_MEMORY, 0, h_task_error, NULL, false},
/* clang-format on */

#endif
