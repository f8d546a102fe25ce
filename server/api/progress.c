/* progress.c — see progress.h. */
#include "server/api/progress.h"

#include "server/app.h"
#include "server/domain/video.h"
#include "server/jobs/progress.h"

#include <stdlib.h>
#include <string.h>

static struct err render(struct req *rq, struct video *v, bool *with_reason, char **json)
{
    TRY(video_see(rq->db, rq->arena, rq->caller, req_param(rq, "id"), v));
    *with_reason = video_may_edit(rq->caller, v);
    return progress_render(rq->app->progress, rq->db, rq->arena, v->id, *with_reason, json);
}

/* GET /api/v1/videos/:id/progress
 * 200 {state, percent, readyMs, durationMs, playable, rungs, reason} | as GET /videos/:id */
struct err h_video_progress(struct req *rq, struct res *rs)
{
    struct video v;
    bool with_reason;
    char *json;
    TRY(render(rq, &v, &with_reason, &json));
    res_header(rq, rs, "Cache-Control", "no-store");
    res_text(rs, 200, "application/json; charset=utf-8", json, strlen(json));
    return OK;
}

struct listener {
    struct progress *progress;
    int64_t video_id;
    bool with_reason, ended;
    uint64_t version; /* sent last */
    char *first;      /* what the database said when the stream began; NULL once sent */
};

static const char *next(void *state, struct arena *a, bool *end)
{
    struct listener *l = state;
    uint64_t version = 0;
    bool ended = false;
    const char *text =
        progress_latest(l->progress, a, l->video_id, l->with_reason, &version, &ended);
    if (text && version > l->version) {
        l->version = version;
        free(l->first);
        l->first = NULL;
        *end = ended;
        return arena_printf(a, "event: progress\ndata: %s\n\n", text);
    }
    *end = ended || l->ended;
    if (!l->first)
        return NULL;
    const char *event = arena_printf(a, "event: progress\ndata: %s\n\n", l->first);
    free(l->first);
    l->first = NULL;
    return event;
}

static void release(void *state)
{
    struct listener *l = state;
    free(l->first);
    free(l);
}

/* GET /api/v1/videos/:id/progress/events   "progress" events until the video is made or failed
 */
struct err h_video_progress_events(struct req *rq, struct res *rs)
{
    struct video v;
    bool with_reason, ended = false;
    char *json;
    uint64_t version = 0;
    TRY(render(rq, &v, &with_reason, &json));
    const char *now =
        progress_latest(rq->app->progress, rq->arena, v.id, with_reason, &version, &ended);
    struct listener *l = calloc(1, sizeof *l);
    if (!l || !(l->first = strdup(json)))
        abort();
    l->progress = rq->app->progress;
    l->video_id = v.id;
    l->with_reason = with_reason;
    /* Nothing runs any more: one event, then the end. */
    l->ended = !now && (v.state == VIDEO_FAILED || strstr(json, "\"percent\":100"));
    res_header(rq, rs, "Cache-Control", "no-store");
    res_events(rq, rs,
               &(struct event_source){
                   .topic = (uint64_t)v.id, .next = next, .release = release, .state = l});
    return OK;
}
