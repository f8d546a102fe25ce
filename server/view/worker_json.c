/* worker_json.c — see worker_json.h. */
#include "server/view/worker_json.h"

#include "server/view/actor_json.h"

json_t *worker_json(const struct worker *w)
{
    return json_pack(
        "{s:I, s:s, s:n, s:s?, s:o, s:o, s:o, s:s?, s:I, s:I, s:I, s:I}", "id",
        (json_int_t)w->id, "name", w->name, "description", "ip", w->address, "createdAt",
        iso_time_json(w->created_ms), "updatedAt", iso_time_json(w->updated_ms), "lastContact",
        w->seen_ms ? iso_time_json(w->seen_ms) : json_null(), "build", w->build, "running",
        (json_int_t)w->running, "tasksDone", (json_int_t)w->tasks_done, "tasksFailed",
        (json_int_t)w->tasks_failed, "workSeconds", (json_int_t)(w->work_ms / 1000));
}
