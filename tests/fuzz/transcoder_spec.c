/* transcoder_spec.c — any bytes as a spec: refused, or parsed and planned, never a crash. */
#include "transcoder/spec.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes)
{
    SCOPED_ARENA struct arena *a = arena_open();
    struct spec *s = arena_alloc(a, sizeof *s);
    if (spec_parse(a, (const char *)data, bytes, s).id || s->task != TASK_PLAN)
        return 0;
    struct plan p;
    if (plan_make(a, s->probe, &s->settings, &p).id)
        return 0;
    json_t *json = plan_to_json(&p);
    struct plan back;
    if (json && plan_from_json(a, json, &back).id)
        __builtin_trap(); /* our own plans are valid */
    json_decref(json);
    return 0;
}
