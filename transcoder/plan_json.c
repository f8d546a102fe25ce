/* plan_json.c — the plan's JSON form, both ways; see plan.h. */
#include "transcoder/plan.h"

#include <string.h>

static struct err profile_from_json(const json_t *object, enum profile *out)
{
    const json_t *name = json_object_get(object, "profile");
    if (name && (!json_is_string(name) || !profile_from_name(json_string_value(name), out)))
        return FAIL(SPEC_INVALID, "profile must be fast, balanced or small");
    return OK;
}

static struct err hardware_from_json(const json_t *object, enum hardware_kind *out)
{
    const json_t *name = json_object_get(object, "hardware");
    if (name && (!json_is_string(name) || !hardware_from_name(json_string_value(name), out)))
        return FAIL(SPEC_INVALID, "hardware must be none, vaapi, qsv or nvenc");
    return OK;
}

static struct err resolutions_from_json(const json_t *list, int *out, size_t *count)
{
    if (!list)
        return OK;
    *count = 0;
    for (size_t i = 0; i < json_array_size(list) && *count < PLAN_RESOLUTIONS_MAX; i++) {
        int64_t r = json_integer_value(json_array_get(list, i));
        if (r == 0)
            continue; /* "audio only" in other people's settings */
        if (r < 16 || r > 4320 || r % 2)
            return FAIL(SPEC_INVALID, "a resolution must be even, from 16 to 4320");
        out[(*count)++] = (int)r;
    }
    return OK;
}

struct err plan_settings_from_json(const json_t *object, struct plan_settings *out)
{
    *out = plan_settings_default();
    if (!object || json_is_null(object))
        return OK;
    if (!json_is_object(object))
        return FAIL(SPEC_INVALID, "settings must be an object");
    TRY(resolutions_from_json(json_object_get(object, "resolutions"), out->resolutions,
                              &out->resolution_count));
    TRY(resolutions_from_json(json_object_get(object, "av1_resolutions"), out->av1,
                              &out->av1_count));
    TRY(hardware_from_json(object, &out->hardware));
    TRY(profile_from_json(object, &out->profile));
    out->keep_original = json_bool_or(object, "keep_original", out->keep_original);
    out->allow_copy = json_bool_or(object, "allow_copy", out->allow_copy);
    const json_t *fps = json_object_get(object, "max_fps");
    if (json_is_number(fps))
        out->max_fps = json_number_value(fps);
    const json_t *chunk = json_object_get(object, "chunk_s");
    if (json_is_number(chunk))
        out->chunk_us = (int64_t)(json_number_value(chunk) * 1e6);
    const json_t *segment = json_object_get(object, "segment_s");
    if (json_is_number(segment))
        out->segment_us = (int64_t)(json_number_value(segment) * 1e6);
    if (out->max_fps < 1 || out->max_fps > 1000 || out->chunk_us < 1000000 ||
        out->chunk_us > 3600000000 || out->segment_us < 500000 || out->segment_us > 60000000)
        return FAIL(SPEC_INVALID, "max_fps, chunk_s or segment_s is out of range");
    return OK;
}

static json_t *rung_to_json(const struct plan_rung *r)
{
    json_t *o =
        json_pack("{s:s, s:i, s:i, s:i, s:s, s:s, s:i, s:i, s:I}", "name", r->name,
                  "resolution", r->resolution, "width", r->width, "height", r->height, "mode",
                  r->copy ? "copy" : "encode", "codec", r->av1 ? "av1" : "h264", "timescale",
                  r->timescale, "delay", r->delay, "max_rate", (json_int_t)r->max_rate);
    json_object_set_new(o, "fps", json_from_ratio(r->fps));
    return o;
}

static json_t *text_or_null(const char *text)
{
    json_t *v = text ? json_string(text) : NULL;
    return v ? v : json_null();
}

static json_t *audio_to_json(const struct plan_audio *v)
{
    return json_pack("{s:s, s:I, s:i, s:i, s:o, s:o}", "mode", v->copy ? "copy" : "encode",
                     "bit_rate", (json_int_t)v->bit_rate, "channels", v->channels,
                     "sample_rate", v->sample_rate, "language", text_or_null(v->language),
                     "title", text_or_null(v->title));
}

json_t *plan_to_json(const struct plan *p)
{
    json_t *cuts = json_array(), *rungs = json_array(), *chunks = json_array();
    for (size_t i = 0; i < p->cut_count; i++)
        json_array_append_new(cuts, json_integer(p->cuts_us[i]));
    for (size_t i = 0; i < p->rung_count; i++)
        json_array_append_new(rungs, rung_to_json(&p->rungs[i]));
    for (size_t i = 0; i < p->chunk_count; i++)
        json_array_append_new(chunks, json_pack("{s:i, s:i, s:i}", "index", (int)i, "first_cut",
                                                p->chunks[i].first_cut, "last_cut",
                                                p->chunks[i].last_cut));
    json_t *audio = json_null(), *more = json_array(), *head = json_null();
    if (p->audio)
        audio = audio_to_json(p->audio);
    for (size_t i = 0; i < p->track_count; i++) {
        json_t *track = audio_to_json(&p->tracks[i].audio);
        json_object_set_new(track, "name", json_string(p->tracks[i].name));
        json_object_set_new(track, "stream", json_integer(p->tracks[i].stream));
        json_array_append_new(more, track);
    }
    if (p->head_rung) {
        head = json_pack("{s:s, s:s}", "mode", p->head_copy ? "copy" : "encode", "rung",
                         p->head_rung);
        if (!p->head_copy)
            json_object_set_new(head, "chunk", json_integer(0));
    }
    return json_pack("{s:I, s:s, s:s, s:o, s:o, s:o, s:o, s:o, s:o}", "duration_us",
                     (json_int_t)p->duration_us, "profile", profile_name(p->profile),
                     "hardware", hardware_name(p->hardware), "cuts_us", cuts, "rungs", rungs,
                     "audio", audio, "more_audio", more, "chunks", chunks, "head", head);
}

static struct err rung_from_json(struct arena *a, const json_t *o, struct plan_rung *r)
{
    const char *mode = json_string_value(json_object_get(o, "mode"));
    const char *codec = json_string_value(json_object_get(o, "codec"));
    *r = (struct plan_rung){
        .name = json_str_or(a, o, "name", ""),
        .resolution = (int)json_int_or(o, "resolution", 0),
        .width = (int)json_int_or(o, "width", 0),
        .height = (int)json_int_or(o, "height", 0),
        .fps = json_ratio_or(o, "fps", (struct ratio){0, 1}),
        .copy = mode && strcmp(mode, "copy") == 0,
        .av1 = codec && strcmp(codec, "av1") == 0,
        .timescale = (int)json_int_or(o, "timescale", 0),
        .delay = (int)json_int_or(o, "delay", 0),
        .max_rate = json_int_or(o, "max_rate", 0),
    };
    size_t digits = strspn(r->name, "0123456789");
    if (!digits || digits > 12 || strcmp(r->name + digits, r->av1 ? "-av1" : "") != 0)
        return FAIL(SPEC_INVALID, "a rung's name must be a number, with -av1 when it is that");
    if (r->width < 1 || r->height < 1 || r->width > 16384 || r->height > 16384 ||
        r->fps.num < 1 || r->timescale < 1 || r->timescale > 10000000 || r->delay < 0 ||
        r->max_rate < 0)
        return FAIL(SPEC_INVALID, "a rung of the plan lacks its size, fps, timescale or delay");
    return OK;
}

static struct err chunks_from_json(struct arena *a, const json_t *list, struct plan *out)
{
    out->chunk_count = json_array_size(list);
    out->chunks = arena_alloc(a, (out->chunk_count + 1) * sizeof *out->chunks);
    for (size_t i = 0; i < out->chunk_count; i++) {
        const json_t *o = json_array_get(list, i);
        int64_t first = json_int_or(o, "first_cut", -1), last = json_int_or(o, "last_cut", -1);
        if (first < 0 || last <= first || last >= (int64_t)out->cut_count)
            return FAIL(SPEC_INVALID, "a chunk of the plan points outside its cuts");
        out->chunks[i] = (struct plan_chunk){(int)first, (int)last};
    }
    return OK;
}

static struct err audio_from_json(struct arena *a, const json_t *o, struct plan_audio *out)
{
    const char *mode = json_string_value(json_object_get(o, "mode"));
    *out = (struct plan_audio){
        .copy = mode && strcmp(mode, "copy") == 0,
        .bit_rate = json_int_or(o, "bit_rate", 128000),
        .channels = (int)json_int_or(o, "channels", 2),
        .sample_rate = (int)json_int_or(o, "sample_rate", 48000),
        .language = json_str_or(a, o, "language", NULL),
        .title = json_str_or(a, o, "title", NULL),
    };
    if (out->channels < 1 || out->channels > 2 || out->sample_rate < 8000 ||
        out->sample_rate > 96000)
        return FAIL(SPEC_INVALID, "a sound of the plan is out of range");
    return OK;
}

static struct err sounds_from_json(struct arena *a, const json_t *object, struct plan *out)
{
    const json_t *audio = json_object_get(object, "audio");
    if (json_is_object(audio)) {
        out->audio = arena_alloc(a, sizeof *out->audio);
        TRY(audio_from_json(a, audio, out->audio));
    }
    const json_t *more = json_object_get(object, "more_audio");
    for (size_t i = 0; i < json_array_size(more) && i < PLAN_TRACKS_MAX; i++) {
        const json_t *o = json_array_get(more, i);
        struct plan_track *t = &out->tracks[out->track_count++];
        t->name = json_str_or(a, o, "name", "");
        t->stream = (int)json_int_or(o, "stream", -1);
        TRY(audio_from_json(a, o, &t->audio));
        size_t length = strlen(t->name);
        if (t->stream < 0 || length < 3 || length > 8 || strncmp(t->name, "0-", 2) != 0 ||
            strspn(t->name + 2, "0123456789") != length - 2)
            return FAIL(SPEC_INVALID, "a sound of the plan lacks its name or stream");
    }
    return OK;
}

struct err plan_from_json(struct arena *a, const json_t *object, struct plan *out)
{
    *out = (struct plan){0};
    if (!json_is_object(object))
        return FAIL(SPEC_INVALID, "plan must be the object that the plan task answered");
    out->duration_us = json_int_or(object, "duration_us", 0);
    TRY(profile_from_json(object, &out->profile));
    TRY(hardware_from_json(object, &out->hardware));

    const json_t *cuts = json_object_get(object, "cuts_us");
    out->cut_count = json_array_size(cuts);
    if (out->cut_count < 2 || out->cut_count > 1 << 20)
        return FAIL(SPEC_INVALID, "plan.cuts_us needs two cuts at least");
    out->cuts_us = arena_alloc(a, out->cut_count * sizeof *out->cuts_us);
    for (size_t i = 0; i < out->cut_count; i++) {
        out->cuts_us[i] = json_integer_value(json_array_get(cuts, i));
        if (i ? out->cuts_us[i] <= out->cuts_us[i - 1] : out->cuts_us[i] != 0)
            return FAIL(SPEC_INVALID, "plan.cuts_us must start at 0 and rise");
    }

    const json_t *rungs = json_object_get(object, "rungs");
    out->rung_count = json_array_size(rungs);
    if (out->rung_count > PLAN_RUNGS_MAX)
        return FAIL(SPEC_INVALID, "plan.rungs has too many rungs");
    for (size_t i = 0; i < out->rung_count; i++)
        TRY(rung_from_json(a, json_array_get(rungs, i), &out->rungs[i]));
    TRY(chunks_from_json(a, json_object_get(object, "chunks"), out));

    TRY(sounds_from_json(a, object, out));
    const json_t *head = json_object_get(object, "head");
    if (json_is_object(head)) {
        const char *mode = json_string_value(json_object_get(head, "mode"));
        out->head_copy = mode && strcmp(mode, "copy") == 0;
        out->head_rung = json_str_or(a, head, "rung", "");
        if (!plan_rung_named(out, out->head_rung))
            return FAIL(SPEC_INVALID, "plan.head names a rung that is not in the plan");
    }
    return OK;
}
