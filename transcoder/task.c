/* task.c — what several tasks share, and the two that are one call. */
#include "transcoder/task.h"

#include "transcoder/probe.h"
#include "transcoder/storyboard.h"

#include <string.h>

static struct err create(struct task *t, const char *rung, const char *ending)
{
    return output_create(t->output, arena_printf(t->arena, "%s%s", rung, ending));
}

static struct err create_rung(struct task *t, const char *rung)
{
    TRY(create(t, rung, ".init.mp4"));
    return create(t, rung, ".m4s");
}

static struct err create_subtitles(struct task *t)
{
    const struct media *m = t->spec->probe;
    for (size_t i = 0, made = 0; i < m->subtitle_count && made < SUBTITLE_TRACKS_MAX; i++) {
        if (!m->subtitles[i].text)
            continue;
        TRY(output_create(t->output,
                          arena_printf(t->arena, SUBTITLE_NAME, m->subtitles[i].stream)));
        made++;
    }
    return OK;
}

struct err task_create_outputs(struct task *t)
{
    const struct spec *s = t->spec;
    switch (s->task) {
    case TASK_HEAD:
        if (!s->plan->head_rung)
            return FAIL(SPEC_INVALID, "the plan has no head");
        return create_rung(t, s->plan->head_rung);
    case TASK_AUDIO: return create_rung(t, s->track);
    case TASK_CHUNK:
        for (size_t i = 0; i < s->rung_count; i++)
            TRY(create_rung(t, s->rungs[i]));
        return OK;
    case TASK_SUBTITLES: return create_subtitles(t);
    case TASK_THUMBNAIL:
    case TASK_PICTURE:
        for (size_t i = 0; i < s->size_count; i++)
            TRY(output_create(t->output, arena_printf(t->arena, "thumbnail-%dx%d.jpg",
                                                      s->sizes[i].width, s->sizes[i].height)));
        return OK;
    case TASK_FINISH:
        for (size_t i = 0; i < s->file_count; i++)
            TRY(create(t, s->files[i].name, ".map"));
        if (!s->file_count)
            return create(t, s->audio_file.name, ".map");
        for (int i = 0; s->storyboard && i < STORYBOARD_SHEETS_MAX; i++)
            TRY(output_create(t->output, arena_printf(t->arena, STORYBOARD_NAME, i)));
        return OK;
    case TASK_SELFTEST: return create(t, "selftest", ".txt");
    default: return OK;
    }
}

struct err task_source(struct task *t, struct source *s)
{
    TRY(source_open(s, t->arena, t->input_fd));
    s->start_us = t->spec->probe ? t->spec->probe->start_us : 0;
    const struct media *m = t->spec->probe;
    int streams = (int)s->format->nb_streams;
    if (m && ((m->video && m->video->stream >= streams) ||
              (m->audio && m->audio->stream >= streams)))
        return FAIL(SPEC_INVALID, "the probe describes another file");
    if (m && m->linear) {
        s->mending.active = true;
        s->mending.clock[0] = m->video ? m->video->stream : -1;
        s->mending.clock[1] = m->audio ? m->audio->stream : -1;
    }
    return OK;
}

struct err probe_task(struct task *t, json_t **result)
{
    SCOPED_SOURCE struct source s = {0};
    TRY(source_open(&s, t->arena, t->input_fd));
    struct media m;
    TRY(probe_run(&s, &m));
    *result = json_pack("{s:o}", "probe", media_to_json(&m));
    return OK;
}

struct err plan_task(struct task *t, json_t **result)
{
    struct plan p;
    TRY(plan_make(t->arena, t->spec->probe, &t->spec->settings, &p));
    *result = json_pack("{s:o}", "plan", plan_to_json(&p));
    return OK;
}
