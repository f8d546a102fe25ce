/* worker_json.h — a worker as administrators see it.
 *
 * Shape:   PeerTube's Runner (id, name, description, ip, createdAt, updatedAt, lastContact)
 *          with what ours tell besides: build, running, tasksDone, tasksFailed, workSeconds.
 * Memory:  JSON belongs to the caller.
 * Threads: no shared state.
 */
#ifndef ZOE_WORKER_JSON_H
#define ZOE_WORKER_JSON_H

#include "server/domain/worker.h"

#include <jansson.h>

json_t *worker_json(const struct worker *w);

#endif
