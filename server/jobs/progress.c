/* progress.c — see progress.h. */
#include "server/jobs/progress.h"

#include "base/log.h"
#include "base/strbuf.h"
#include "server/db/db_making.h"
#include "server/domain/publish.h"
#include "server/http/http.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { ENTRIES_MAX = 512, TASKS_MAX = 16 };

struct task_share {
    int64_t job_id;
    double done; /* of the whole work: share done times weight */
};

struct entry {
    int64_t video_id; /* 0: free */
    uint64_t version; /* of the text; also orders entries by age */
    bool ended;
    char *text, *text_with_reason; /* malloc'd; NULL when nothing was published */
    struct task_share tasks[TASKS_MAX];
};

struct progress {
    pthread_rwlock_t door; /* read-held while http is called, so that it can be taken away */
    struct http *http;     /* protected by door; NULL: nobody listens */
    pthread_mutex_t lock;
    uint64_t version;
    struct entry entries[ENTRIES_MAX];
};

struct progress *progress_open(struct arena *a)
{
    struct progress *p = arena_alloc(a, sizeof *p);
    pthread_mutex_init(&p->lock, NULL);
    pthread_rwlock_init(&p->door, NULL);
    return p;
}

void progress_close(struct progress *p)
{
    if (!p)
        return;
    for (int i = 0; i < ENTRIES_MAX; i++) {
        free(p->entries[i].text);
        free(p->entries[i].text_with_reason);
    }
    pthread_rwlock_destroy(&p->door);
    pthread_mutex_destroy(&p->lock);
}

void progress_connect(struct progress *p, struct http *http)
{
    pthread_rwlock_wrlock(&p->door);
    p->http = http;
    pthread_rwlock_unlock(&p->door);
}

static void wake(struct progress *p, int64_t video_id)
{
    pthread_rwlock_rdlock(&p->door);
    if (p->http)
        http_events_wake(p->http, (uint64_t)video_id);
    pthread_rwlock_unlock(&p->door);
}

static struct entry *find(struct progress *p, int64_t video_id) /* lock held */
{
    for (int i = 0; i < ENTRIES_MAX; i++)
        if (p->entries[i].video_id == video_id)
            return &p->entries[i];
    return NULL;
}

static void clear(struct entry *e)
{
    free(e->text);
    free(e->text_with_reason);
    *e = (struct entry){0};
}

/* The entry of a video; takes the place of the oldest when there is no room. */
static struct entry *ensure(struct progress *p, int64_t video_id) /* lock held */
{
    struct entry *e = find(p, video_id);
    if (e)
        return e;
    struct entry *oldest = &p->entries[0];
    for (int i = 0; i < ENTRIES_MAX; i++)
        if (p->entries[i].version < oldest->version)
            oldest = &p->entries[i];
    clear(oldest);
    oldest->video_id = video_id;
    oldest->version = ++p->version;
    return oldest;
}

void progress_task(struct progress *p, int64_t video_id, int64_t job_id, double done_share,
                   double weight)
{
    pthread_mutex_lock(&p->lock);
    struct entry *e = ensure(p, video_id);
    struct task_share *slot = NULL;
    for (int i = 0; i < TASKS_MAX; i++)
        if (e->tasks[i].job_id == job_id || (!slot && e->tasks[i].job_id == 0))
            slot = &e->tasks[i];
    if (slot && weight > 0)
        *slot = (struct task_share){job_id, done_share * weight};
    else if (slot && slot->job_id == job_id)
        *slot = (struct task_share){0};
    pthread_mutex_unlock(&p->lock);
}

static double running_share(struct progress *p, int64_t video_id)
{
    double share = 0;
    pthread_mutex_lock(&p->lock);
    struct entry *e = find(p, video_id);
    for (int i = 0; e && i < TASKS_MAX; i++)
        if (e->tasks[i].job_id)
            share += e->tasks[i].done;
    pthread_mutex_unlock(&p->lock);
    return share;
}

static const char *state_label(int state)
{
    return state == VIDEO_PUBLISHED ? "Published"
           : state == VIDEO_FAILED  ? "Transcoding failed"
                                    : "To transcode";
}

static void render_rung(struct strbuf *out, const struct rung *g, int percent, bool first)
{
    char label[16];
    if (g->resolution)
        snprintf(label, sizeof label, "%dp", g->resolution);
    else
        snprintf(label, sizeof label, "Audio only");
    strbuf_addf(out,
                "%s{\"resolution\":%d,\"label\":\"%s\",\"percent\":%d,\"playable\":%s,"
                "\"done\":%s}",
                first ? "" : ",", g->resolution, label, percent, g->segments ? "true" : "false",
                g->done ? "true" : "false");
}

struct view { /* what one rendering found out */
    bool ended;
    char *text;
};

static struct err render(struct progress *p, struct db *db, struct arena *a, int64_t video_id,
                         bool with_reason, struct view *out)
{
    struct making v;
    struct rung_list rungs;
    TRY(db_making_get(db, a, video_id, &v));
    TRY(db_rungs_of_video(db, a, video_id, &rungs));
    double running = running_share(p, video_id), work = 0, done = 0;
    int64_t ready_ms = 0, sound_ms = -1;
    bool all_done = rungs.count > 0;
    struct strbuf list = STRBUF_IN(a);
    strbuf_adds(&list, "[");
    for (size_t i = 0; i < rungs.count; i++) {
        const struct rung *g = &rungs.items[i];
        double share = v.duration_ms ? (double)g->ready_us / 1000.0 / (double)v.duration_ms : 0;
        bool picture = g->resolution > 0;
        if (g->done || share > 1)
            share = 1;
        else if (picture && share < 1 && share + running < 1)
            share += running * (1 - share);
        double weight = picture ? (double)g->width * g->height : 20000;
        work += weight;
        done += weight * share;
        all_done &= g->done;
        if (picture && g->ready_us / 1000 > ready_ms)
            ready_ms = g->ready_us / 1000;
        bool further = !picture && strcmp(g->name, "0") != 0; /* sound track */
        if (!picture && !further)
            sound_ms = g->ready_us / 1000;
        if (!further)
            render_rung(&list, g, (int)(share * 100), i == 0);
    }
    strbuf_adds(&list, "]");
    if (sound_ms >= 0 && (rungs.count == 1 || sound_ms < ready_ms))
        ready_ms = sound_ms;
    bool elsewhere = !rungs.count && v.state == VIDEO_PUBLISHED; /* made by its own site */
    bool published = elsewhere || (v.state == VIDEO_PUBLISHED && all_done);
    if (elsewhere)
        ready_ms = v.duration_ms;
    int percent = published ? 100 : work > 0 ? (int)(done / work * 99) : 0;
    struct strbuf text = STRBUF_IN(a);
    strbuf_addf(&text,
                "{\"state\":{\"id\":%d,\"label\":\"%s\"},\"percent\":%d,\"readyMs\":%lld,"
                "\"durationMs\":%lld,\"playable\":%s,\"rungs\":%s,\"reason\":",
                v.state, state_label(v.state), percent, (long long)ready_ms,
                (long long)v.duration_ms, v.playable ? "true" : "false", list.text);
    if (with_reason && v.reason)
        strbuf_add_json(&text, v.reason);
    else
        strbuf_adds(&text, "null");
    strbuf_adds(&text, "}");
    *out = (struct view){published || v.state == VIDEO_FAILED, text.text};
    return OK;
}

struct err progress_render(struct progress *p, struct db *db, struct arena *a, int64_t video_id,
                           bool with_reason, char **json)
{
    struct view view;
    TRY(render(p, db, a, video_id, with_reason, &view));
    *json = view.text;
    return OK;
}

void progress_publish(struct progress *p, struct db *db, int64_t video_id)
{
    SCOPED_ARENA struct arena *a = arena_open();
    struct view open, full;
    struct err e = render(p, db, a, video_id, false, &open);
    if (!e.id)
        e = render(p, db, a, video_id, true, &full);
    if (e.id) {
        if (e.id == ERR_VIDEO_NOT_FOUND)
            progress_forget(p, video_id);
        return;
    }
    pthread_mutex_lock(&p->lock);
    struct entry *entry = ensure(p, video_id);
    free(entry->text);
    free(entry->text_with_reason);
    entry->text = strdup(open.text);
    entry->text_with_reason = strdup(full.text);
    entry->ended = full.ended;
    entry->version = ++p->version;
    pthread_mutex_unlock(&p->lock);
    wake(p, video_id);
}

void progress_forget(struct progress *p, int64_t video_id)
{
    pthread_mutex_lock(&p->lock);
    struct entry *entry = ensure(p, video_id);
    entry->ended = true;
    entry->version = ++p->version;
    pthread_mutex_unlock(&p->lock);
    wake(p, video_id);
}

const char *progress_latest(struct progress *p, struct arena *a, int64_t video_id,
                            bool with_reason, uint64_t *version, bool *ended)
{
    pthread_mutex_lock(&p->lock);
    struct entry *e = find(p, video_id);
    const char *text = e ? (with_reason ? e->text_with_reason : e->text) : NULL;
    const char *copy = text ? arena_strdup(a, text) : NULL;
    *version = e ? e->version : 0;
    *ended = e && e->ended;
    pthread_mutex_unlock(&p->lock);
    return copy;
}
