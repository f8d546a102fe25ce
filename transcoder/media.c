/* media.c — struct media to JSON and back. The field list is in media.h. */
#include "transcoder/media.h"

#include <stdio.h>
#include <string.h>

int64_t json_int_or(const json_t *object, const char *key, int64_t fallback)
{
    const json_t *v = json_object_get(object, key);
    if (json_is_integer(v))
        return json_integer_value(v);
    if (json_is_real(v))
        return (int64_t)json_real_value(v);
    return fallback;
}

bool json_bool_or(const json_t *object, const char *key, bool fallback)
{
    const json_t *v = json_object_get(object, key);
    return json_is_boolean(v) ? json_is_true(v) : fallback;
}

const char *json_str_or(struct arena *a, const json_t *object, const char *key,
                        const char *fallback)
{
    const json_t *v = json_object_get(object, key);
    return json_is_string(v) ? arena_strdup(a, json_string_value(v)) : fallback;
}

struct ratio json_ratio_or(const json_t *object, const char *key, struct ratio fallback)
{
    const char *text = json_string_value(json_object_get(object, key));
    struct ratio r;
    if (!text || sscanf(text, "%d/%d", &r.num, &r.den) != 2 || r.num <= 0 || r.den <= 0)
        return fallback;
    return r;
}

json_t *json_from_ratio(struct ratio r)
{
    return json_sprintf("%d/%d", r.num, r.den);
}

void media_note(struct arena *a, struct media *m, const char *sentence)
{
    const char **notes = arena_alloc(a, (m->note_count + 1) * sizeof *notes);
    if (m->note_count)
        memcpy(notes, m->notes, m->note_count * sizeof *notes);
    notes[m->note_count++] = sentence;
    m->notes = notes;
}

/* Text from a container may be anything; jansson refuses what is no UTF-8. */
static json_t *text_json(const char *s)
{
    if (!s)
        return json_null();
    json_t *v = json_string(s);
    return v ? v : json_string("?");
}

static void set(json_t *object, const char *key, json_t *value)
{
    json_object_set_new(object, key, value);
}

static json_t *video_to_json(const struct media_video *v)
{
    json_t *o = json_object();
    set(o, "stream", json_integer(v->stream));
    set(o, "codec", text_json(v->codec));
    set(o, "profile", text_json(v->profile));
    set(o, "level", json_integer(v->level));
    set(o, "pix_fmt", text_json(v->pix_fmt));
    set(o, "width", json_integer(v->width));
    set(o, "height", json_integer(v->height));
    set(o, "display_width", json_integer(v->display_width));
    set(o, "display_height", json_integer(v->display_height));
    set(o, "rotation", json_integer(v->rotation));
    set(o, "mirror", json_boolean(v->mirror));
    set(o, "sar", json_from_ratio(v->sar));
    set(o, "fps", json_from_ratio(v->fps));
    set(o, "time_base", json_from_ratio(v->time_base));
    set(o, "vfr", json_boolean(v->vfr));
    set(o, "interlaced", json_boolean(v->interlaced));
    set(o, "bit_depth", json_integer(v->bit_depth));
    json_t *color = json_object();
    set(color, "range", text_json(v->color.range));
    set(color, "primaries", text_json(v->color.primaries));
    set(color, "transfer", text_json(v->color.transfer));
    set(color, "space", text_json(v->color.space));
    set(color, "hdr", json_boolean(v->color.hdr));
    set(o, "color", color);
    set(o, "bit_rate", json_integer(v->bit_rate));
    json_t *keys = json_array();
    for (size_t i = 0; i < v->keyframe_count; i++)
        json_array_append_new(keys, json_integer(v->keyframes_us[i]));
    set(o, "keyframes_us", keys);
    set(o, "copyable", json_boolean(v->copyable));
    set(o, "copy_reason", v->copyable ? json_null() : text_json(v->copy_reason));
    set(o, "start_us", json_integer(v->start_us));
    set(o, "end_us", json_integer(v->end_us));
    set(o, "reorder", json_integer(v->reorder));
    set(o, "longest_us", json_integer(v->longest_us));
    return o;
}

static json_t *audio_to_json(const struct media_audio *v)
{
    json_t *o = json_object();
    set(o, "stream", json_integer(v->stream));
    set(o, "codec", text_json(v->codec));
    set(o, "profile", text_json(v->profile));
    set(o, "channels", json_integer(v->channels));
    set(o, "sample_rate", json_integer(v->sample_rate));
    set(o, "bit_rate", json_integer(v->bit_rate));
    set(o, "language", text_json(v->language));
    set(o, "copyable", json_boolean(v->copyable));
    set(o, "start_us", json_integer(v->start_us));
    set(o, "end_us", json_integer(v->end_us));
    return o;
}

static json_t *tracks_to_json(const struct media_track *tracks, size_t count, bool sound)
{
    json_t *list = json_array();
    for (size_t i = 0; i < count; i++) {
        json_t *o = json_object();
        set(o, "stream", json_integer(tracks[i].stream));
        set(o, "codec", text_json(tracks[i].codec));
        set(o, "language", text_json(tracks[i].language));
        set(o, "title", text_json(tracks[i].title));
        if (sound) {
            set(o, "channels", json_integer(tracks[i].channels));
            set(o, "sample_rate", json_integer(tracks[i].sample_rate));
        } else {
            set(o, "text", json_boolean(tracks[i].text));
        }
        json_array_append_new(list, o);
    }
    return list;
}

json_t *media_to_json(const struct media *m)
{
    json_t *o = json_object();
    set(o, "format", text_json(m->format));
    set(o, "duration_us", json_integer(m->duration_us));
    set(o, "start_us", json_integer(m->start_us));
    set(o, "bit_rate", json_integer(m->bit_rate));
    set(o, "size_bytes", json_integer(m->size_bytes));
    set(o, "video", m->video ? video_to_json(m->video) : json_null());
    set(o, "audio", m->audio ? audio_to_json(m->audio) : json_null());
    set(o, "audio_tracks", tracks_to_json(m->audio_tracks, m->audio_track_count, true));
    json_t *chapters = json_array();
    for (size_t i = 0; i < m->chapter_count; i++) {
        json_t *c = json_object();
        set(c, "start_us", json_integer(m->chapters[i].start_us));
        set(c, "end_us", json_integer(m->chapters[i].end_us));
        set(c, "title", text_json(m->chapters[i].title));
        json_array_append_new(chapters, c);
    }
    set(o, "chapters", chapters);
    set(o, "subtitles", tracks_to_json(m->subtitles, m->subtitle_count, false));
    set(o, "cover", m->cover >= 0 ? json_integer(m->cover) : json_null());
    set(o, "linear", json_boolean(m->linear));
    json_t *notes = json_array();
    for (size_t i = 0; i < m->note_count; i++)
        json_array_append_new(notes, text_json(m->notes[i]));
    set(o, "notes", notes);
    return o;
}

static int int_or(const json_t *o, const char *key, int fallback)
{
    int64_t v = json_int_or(o, key, fallback);
    return v < INT32_MIN || v > INT32_MAX ? fallback : (int)v;
}

static struct err video_from_json(struct arena *a, const json_t *o, struct media_video *v)
{
    const struct ratio one = {1, 1};
    v->stream = int_or(o, "stream", -1);
    v->codec = json_str_or(a, o, "codec", "");
    v->profile = json_str_or(a, o, "profile", NULL);
    v->level = int_or(o, "level", 0);
    v->pix_fmt = json_str_or(a, o, "pix_fmt", NULL);
    v->width = int_or(o, "width", 0);
    v->height = int_or(o, "height", 0);
    v->display_width = int_or(o, "display_width", v->width);
    v->display_height = int_or(o, "display_height", v->height);
    v->rotation = int_or(o, "rotation", 0);
    v->mirror = json_bool_or(o, "mirror", false);
    v->sar = json_ratio_or(o, "sar", one);
    v->fps = json_ratio_or(o, "fps", (struct ratio){25, 1});
    v->time_base = json_ratio_or(o, "time_base", (struct ratio){1, 90000});
    v->vfr = json_bool_or(o, "vfr", false);
    v->interlaced = json_bool_or(o, "interlaced", false);
    v->bit_depth = int_or(o, "bit_depth", 8);
    const json_t *color = json_object_get(o, "color");
    v->color.range = json_str_or(a, color, "range", "unknown");
    v->color.primaries = json_str_or(a, color, "primaries", "unknown");
    v->color.transfer = json_str_or(a, color, "transfer", "unknown");
    v->color.space = json_str_or(a, color, "space", "unknown");
    v->color.hdr = json_bool_or(color, "hdr", false);
    v->bit_rate = json_int_or(o, "bit_rate", 0);
    const json_t *keys = json_object_get(o, "keyframes_us");
    v->keyframe_count = json_array_size(keys);
    v->keyframes_us = arena_alloc(a, (v->keyframe_count + 1) * sizeof *v->keyframes_us);
    for (size_t i = 0; i < v->keyframe_count; i++) {
        v->keyframes_us[i] = json_integer_value(json_array_get(keys, i));
        if (i && v->keyframes_us[i] <= v->keyframes_us[i - 1])
            return FAIL(SPEC_INVALID, "probe.video.keyframes_us must rise");
    }
    v->copyable = json_bool_or(o, "copyable", false);
    v->copy_reason = json_str_or(a, o, "copy_reason", NULL);
    v->start_us = json_int_or(o, "start_us", 0);
    v->end_us = json_int_or(o, "end_us", 0);
    v->reorder = int_or(o, "reorder", 0);
    v->longest_us = json_int_or(o, "longest_us", 0);
    if (v->stream < 0 || v->display_width < 1 || v->display_height < 1 ||
        v->display_width > 65536 || v->display_height > 65536)
        return FAIL(SPEC_INVALID, "probe.video lacks its stream or its size");
    return OK;
}

static struct err audio_from_json(struct arena *a, const json_t *o, struct media_audio *v)
{
    v->stream = int_or(o, "stream", -1);
    v->codec = json_str_or(a, o, "codec", "");
    v->profile = json_str_or(a, o, "profile", NULL);
    v->language = json_str_or(a, o, "language", NULL);
    v->channels = int_or(o, "channels", 2);
    v->sample_rate = int_or(o, "sample_rate", 48000);
    v->bit_rate = json_int_or(o, "bit_rate", 0);
    v->copyable = json_bool_or(o, "copyable", false);
    v->start_us = json_int_or(o, "start_us", 0);
    v->end_us = json_int_or(o, "end_us", 0);
    if (v->stream < 0)
        return FAIL(SPEC_INVALID, "probe.audio lacks its stream");
    return OK;
}

enum { TRACKS_MAX = 1000 };

static size_t tracks_from_json(struct arena *a, const json_t *list, struct media_track **out)
{
    size_t count = json_array_size(list);
    if (count > TRACKS_MAX)
        count = TRACKS_MAX;
    *out = arena_alloc(a, (count + 1) * sizeof **out);
    for (size_t i = 0; i < count; i++) {
        const json_t *o = json_array_get(list, i);
        (*out)[i] = (struct media_track){
            .stream = int_or(o, "stream", -1),
            .codec = json_str_or(a, o, "codec", ""),
            .language = json_str_or(a, o, "language", NULL),
            .title = json_str_or(a, o, "title", NULL),
            .channels = int_or(o, "channels", 0),
            .sample_rate = int_or(o, "sample_rate", 0),
            .text = json_bool_or(o, "text", false),
        };
    }
    return count;
}

struct err media_from_json(struct arena *a, const json_t *object, struct media *out)
{
    *out = (struct media){.cover = -1};
    if (!json_is_object(object))
        return FAIL(SPEC_INVALID, "probe must be the object that the probe task answered");
    out->format = json_str_or(a, object, "format", "");
    out->duration_us = json_int_or(object, "duration_us", 0);
    out->start_us = json_int_or(object, "start_us", 0);
    out->bit_rate = json_int_or(object, "bit_rate", 0);
    out->size_bytes = json_int_or(object, "size_bytes", 0);
    out->cover = int_or(object, "cover", -1);
    out->linear = json_bool_or(object, "linear", false);
    const json_t *video = json_object_get(object, "video");
    if (json_is_object(video)) {
        out->video = arena_alloc(a, sizeof *out->video);
        TRY(video_from_json(a, video, out->video));
    }
    const json_t *audio = json_object_get(object, "audio");
    if (json_is_object(audio)) {
        out->audio = arena_alloc(a, sizeof *out->audio);
        TRY(audio_from_json(a, audio, out->audio));
    }
    out->audio_track_count =
        tracks_from_json(a, json_object_get(object, "audio_tracks"), &out->audio_tracks);
    out->subtitle_count =
        tracks_from_json(a, json_object_get(object, "subtitles"), &out->subtitles);
    return OK;
}
