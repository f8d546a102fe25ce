/* spec.c — reads the spec that spec.h describes. */
#include "transcoder/spec.h"

#include <jansson.h>
#include <sched.h>
#include <stdbool.h>
#include <string.h>

static void json_scope_close(json_t **v)
{
    json_decref(*v);
}
#define SCOPED_JSON __attribute__((cleanup(json_scope_close)))

static const struct {
    const char *name;
    int64_t cpu_s; /* default limit */
    bool input, output, probe, plan;
} tasks[] = {
    /*                 name       cpu_s  input  output probe  plan */
    [TASK_PROBE] = {"probe", 120, true, false, false, false},
    [TASK_PLAN] = {"plan", 30, false, false, true, false},
    [TASK_HEAD] = {"head", 1800, true, true, true, true},
    [TASK_AUDIO] = {"audio", 3600, true, true, true, true},
    [TASK_CHUNK] = {"chunk", 4 * 3600, true, true, true, true},
    [TASK_THUMBNAIL] = {"thumbnail", 300, true, true, false, false},
    [TASK_PICTURE] = {"picture", 60, true, true, false, false},
    [TASK_SUBTITLES] = {"subtitles", 1800, true, true, true, false},
    [TASK_FINISH] = {"finish", 1800, false, true, false, false},
    [TASK_SELFTEST] = {"selftest", 60, false, true, false, false},
};

static int cores(void)
{
    cpu_set_t set;
    int count = sched_getaffinity(0, sizeof set, &set) == 0 ? CPU_COUNT(&set) : 1;
    return count < 1 ? 1 : count;
}

static struct err parse_task(const json_t *root, struct spec *out)
{
    const char *name = json_string_value(json_object_get(root, "task"));
    if (!name)
        return FAIL(SPEC_INVALID, "task is missing");
    for (size_t i = 0; i < sizeof tasks / sizeof *tasks; i++) {
        if (strcmp(tasks[i].name, name) == 0) {
            out->task = (enum task_kind)i;
            out->task_name = tasks[i].name;
            return OK;
        }
    }
    return FAIL(SPEC_INVALID,
                "task must be probe, plan, head, audio, chunk, thumbnail, picture, subtitles "
                "or finish");
}

static struct err parse_limits(const json_t *root, struct spec *out)
{
    const json_t *o = json_object_get(root, "limits");
    if (o && !json_is_object(o))
        return FAIL(SPEC_INVALID, "limits must be an object");
    out->limits.cpu_s = json_int_or(o, "cpu_s", tasks[out->task].cpu_s);
    out->limits.memory_mib = json_int_or(o, "memory_mib", 4096);
    out->limits.output_mib = json_int_or(o, "output_mib", 1 << 20);
    if (out->limits.cpu_s < 1 || out->limits.memory_mib < 16 || out->limits.output_mib < 0 ||
        out->limits.cpu_s > INT32_MAX || out->limits.memory_mib > INT32_MAX ||
        out->limits.output_mib > INT32_MAX)
        return FAIL(SPEC_INVALID, "a limit is out of range");
    return OK;
}

static struct err parse_places(struct arena *a, const json_t *root, struct spec *out)
{
    out->input = json_str_or(a, root, "input", NULL);
    int64_t fd = json_int_or(root, "input_fd", -1);
    if (fd < -1 || fd > 1 << 20)
        return FAIL(SPEC_INVALID, "input_fd is out of range");
    out->input_fd = (int)fd;
    int64_t ask = json_int_or(root, "ask_fd", -1);
    if (ask != -1 && (ask < 3 || ask > 1 << 20))
        return FAIL(SPEC_INVALID, "ask_fd is out of range");
    out->ask_fd = (int)ask;
    out->output = json_str_or(a, root, "output", NULL);
    if (tasks[out->task].input && !out->input && out->input_fd < 0)
        return FAIL(SPEC_INVALID, "this task needs input or input_fd");
    if (tasks[out->task].output && !out->output)
        return FAIL(SPEC_INVALID, "this task needs output");
    return OK;
}

/* Names become file names. */
static bool name_ok(const char *name)
{
    size_t length = strlen(name);
    return length > 0 && length < 32 &&
           strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789_-") == length;
}

static struct err parse_track(struct arena *a, const json_t *root, struct spec *out)
{
    out->track = json_str_or(a, root, "track", "0");
    if (strcmp(out->track, "0") == 0 ? !out->plan->audio
                                     : !plan_track_named(out->plan, out->track))
        return FAIL(SPEC_INVALID, "track is not in the plan");
    return OK;
}

static struct err parse_rung_names(struct arena *a, const json_t *root, struct spec *out)
{
    const json_t *list = json_object_get(root, "rungs");
    out->rung_count = json_array_size(list);
    if (out->rung_count == 0 || out->rung_count > SPEC_RUNGS_MAX)
        return FAIL(SPEC_INVALID, "chunk needs rungs, a list of names");
    for (size_t i = 0; i < out->rung_count; i++) {
        const char *name = json_string_value(json_array_get(list, i));
        if (!name || !plan_rung_named(out->plan, name))
            return FAIL(SPEC_INVALID, "rungs names one that is not in the plan");
        for (size_t j = 0; j < i; j++)
            if (strcmp(out->rungs[j], name) == 0)
                return FAIL(SPEC_INVALID, "rungs names one twice");
        out->rungs[i] = arena_strdup(a, name);
    }
    int64_t chunk = json_int_or(root, "chunk", -1);
    if (chunk < 0 || chunk >= (int64_t)out->plan->chunk_count)
        return FAIL(SPEC_INVALID, "chunk is not in the plan");
    out->chunk = (int)chunk;
    return OK;
}

static struct err parse_sizes(const json_t *root, struct spec *out)
{
    const json_t *list = json_object_get(root, "sizes");
    out->size_count = json_array_size(list);
    if (out->size_count == 0 || out->size_count > SPEC_SIZES_MAX)
        return FAIL(SPEC_INVALID, "this task needs sizes, at most 16");
    for (size_t i = 0; i < out->size_count; i++) {
        const json_t *pair = json_array_get(list, i);
        int64_t w = json_integer_value(json_array_get(pair, 0));
        int64_t h = json_integer_value(json_array_get(pair, 1));
        if (w < 8 || h < 8 || w > 4096 || h > 4096)
            return FAIL(SPEC_INVALID, "a size must be [width, height] from 8 to 4096");
        out->sizes[i] = (struct spec_size){(int)w, (int)h};
    }
    out->at_us = json_int_or(root, "at_us", -1);
    return OK;
}

static struct err parse_file(struct arena *a, const json_t *o, const char *name,
                             struct spec_file *out)
{
    out->name = json_str_or(a, o, "name", name);
    out->path = json_str_or(a, o, "file", NULL);
    int64_t fd = json_int_or(o, "fd", -1);
    out->fd = fd < 0 || fd > 1 << 20 ? -1 : (int)fd;
    if (!out->name || !name_ok(out->name) || (!out->path && out->fd < 0))
        return FAIL(SPEC_INVALID, "finish needs a name and a file (or fd) for each rung");
    return OK;
}

static struct err parse_files(struct arena *a, const json_t *root, struct spec *out)
{
    const json_t *list = json_object_get(root, "rungs");
    out->file_count = json_array_size(list);
    if (out->file_count > SPEC_RUNGS_MAX)
        return FAIL(SPEC_INVALID, "too many rungs");
    for (size_t i = 0; i < out->file_count; i++)
        TRY(parse_file(a, json_array_get(list, i), NULL, &out->files[i]));
    const json_t *audio = json_object_get(root, "audio");
    if (json_is_object(audio))
        TRY(parse_file(a, audio, "0", &out->audio_file));
    if (!out->file_count && !out->audio_file.name)
        return FAIL(SPEC_INVALID, "finish needs rungs or audio");
    out->storyboard = json_bool_or(root, "storyboard", true);
    return OK;
}

static struct err parse_selftest(struct arena *a, const json_t *root, struct spec *out)
{
    out->attempt = json_str_or(a, root, "try", "");
    const json_t *walls = json_object_get(root, "walls");
    if (!json_is_array(walls))
        return OK;
    out->wall_landlock = out->wall_seccomp = false;
    for (size_t i = 0; i < json_array_size(walls); i++) {
        const char *wall = json_string_value(json_array_get(walls, i));
        out->wall_landlock |= wall && strcmp(wall, "landlock") == 0;
        out->wall_seccomp |= wall && strcmp(wall, "seccomp") == 0;
    }
    return OK;
}

static struct err parse_known(struct arena *a, const json_t *root, struct spec *out)
{
    const json_t *probe = json_object_get(root, "probe");
    const json_t *plan = json_object_get(root, "plan");
    if (json_is_object(probe)) {
        out->probe = arena_alloc(a, sizeof *out->probe);
        TRY(media_from_json(a, probe, out->probe));
    } else if (tasks[out->task].probe) {
        return FAIL(SPEC_INVALID, "this task needs probe");
    }
    if (json_is_object(plan)) {
        out->plan = arena_alloc(a, sizeof *out->plan);
        TRY(plan_from_json(a, plan, out->plan));
    } else if (tasks[out->task].plan) {
        return FAIL(SPEC_INVALID, "this task needs plan");
    }
    return OK;
}

struct err spec_parse(struct arena *a, const char *text, size_t bytes, struct spec *out)
{
    *out = (struct spec){
        .input_fd = -1, .ask_fd = -1, .wall_landlock = true, .wall_seccomp = true};
    if (bytes > SPEC_MAX)
        return FAIL(SPEC_INVALID, "the spec is larger than 8 MiB");
    json_error_t where;
    SCOPED_JSON json_t *root = json_loadb(text, bytes, JSON_REJECT_DUPLICATES, &where);
    if (!json_is_object(root))
        return FAIL(SPEC_INVALID,
                    arena_printf(a, "the spec is no JSON object: %s", where.text));
    if (json_int_or(root, "version", 0) != 1)
        return FAIL(SPEC_INVALID, "version must be 1");
    TRY(parse_task(root, out));
    TRY(parse_limits(root, out));
    TRY(parse_places(a, root, out));
    TRY(parse_known(a, root, out));
    TRY(plan_settings_from_json(json_object_get(root, "settings"), &out->settings));

    int64_t threads = json_int_or(root, "threads", cores());
    out->threads = threads < 1 ? 1 : threads > 64 ? 64 : (int)threads;
    out->skip_segments = json_int_or(root, "skip_segments", 0);

    switch (out->task) {
    case TASK_AUDIO: return parse_track(a, root, out);
    case TASK_CHUNK: return parse_rung_names(a, root, out);
    case TASK_THUMBNAIL:
    case TASK_PICTURE: return parse_sizes(root, out);
    case TASK_FINISH: return parse_files(a, root, out);
    case TASK_SELFTEST: return parse_selftest(a, root, out);
    default: return OK;
    }
}
