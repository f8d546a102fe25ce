/* views.c — see views.h. */
#include "server/domain/views.h"

#include "base/clock.h"
#include "base/log.h"
#include "server/db/db.h"
#include "server/db/db_video.h"
#include "server/domain/outbox.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

enum {
    WAYS = 8, /* places a viewer may be in */
    SETS = 1 << 13,
    PENDING_MAX = 4096, /* videos with views not yet written */
    ENOUGH_MS = 10000,
    STEP_MAX_MS = 60000, /* one ping tells of so much at most */
    FLUSH_S = 3,
    KEEP_DAYS = 30,
};
#define HOUR_MS (3600 * INT64_C(1000))
#define DAY_MS (24 * HOUR_MS)

struct watcher {
    uint64_t key; /* of video and viewer; 0: free */
    int64_t heard_ms;
    int32_t position_ms, watched_ms;
    int64_t counted_ms; /* 0: not yet */
};

struct pending {
    int64_t video_id, views;
};

struct views {
    struct db_pool *pool;
    pthread_t thread;
    bool running;
    /* --- protected by lock; `changed` is signalled when `stopping` is set */
    pthread_mutex_t lock;
    pthread_cond_t changed;
    bool stopping;
    struct watcher *watchers; /* SETS * WAYS */
    struct pending pending[PENDING_MAX];
    int pending_count;
    int64_t forgotten_day; /* old days were dropped on that day */
};

/* FNV-1a, started from the video, then mixed. No secret: a collision costs a view. */
static uint64_t key_of(int64_t video_id, const char *viewer)
{
    uint64_t h = 1469598103934665603u ^ (uint64_t)video_id * 0x9e3779b97f4a7c15u;
    for (const char *p = viewer; *p; p++)
        h = (h ^ (unsigned char)*p) * 1099511628211u;
    h ^= h >> 32;
    h *= 0xd6e8feb86659fd93u;
    h ^= h >> 29;
    return h ? h : 1;
}

static struct watcher *watcher_of(struct views *v, uint64_t key)
{
    struct watcher *set = v->watchers + (key % SETS) * WAYS, *oldest = set;
    for (int i = 0; i < WAYS; i++) {
        if (set[i].key == key)
            return &set[i];
        if (set[i].heard_ms < oldest->heard_ms)
            oldest = &set[i];
    }
    *oldest = (struct watcher){.key = key, .position_ms = -1};
    return oldest;
}

static bool pending_add(struct views *v, int64_t video_id)
{
    for (int i = 0; i < v->pending_count; i++) {
        if (v->pending[i].video_id == video_id) {
            v->pending[i].views++;
            return true;
        }
    }
    if (v->pending_count == PENDING_MAX)
        return false;
    v->pending[v->pending_count++] = (struct pending){video_id, 1};
    return true;
}

bool views_ping(struct views *v, const struct view_ping *ping, int64_t now)
{
    int64_t length = ping->duration_ms > 0 ? ping->duration_ms : INT32_MAX;
    int64_t position = ping->position_ms < 0        ? 0
                       : ping->position_ms > length ? length
                                                    : ping->position_ms;
    if (position > INT32_MAX)
        position = INT32_MAX;
    int64_t enough = ping->duration_ms > 0 && ping->duration_ms / 2 < ENOUGH_MS
                         ? ping->duration_ms / 2
                         : ENOUGH_MS;
    bool counts = false;

    pthread_mutex_lock(&v->lock);
    struct watcher *w = watcher_of(v, key_of(ping->video_id, ping->viewer));
    int64_t step = w->position_ms < 0 ? 0 : position - w->position_ms;
    if (!ping->jumped && step > 0 && step <= STEP_MAX_MS && w->watched_ms < INT32_MAX / 2)
        w->watched_ms += (int32_t)step;
    w->position_ms = (int32_t)position;
    w->heard_ms = now;
    if (w->watched_ms >= enough && (!w->counted_ms || now - w->counted_ms >= HOUR_MS) &&
        pending_add(v, ping->video_id)) {
        w->counted_ms = now;
        w->watched_ms = 0;
        counts = true;
    }
    pthread_mutex_unlock(&v->lock);
    return counts;
}

/* --- writing ---------------------------------------------------------------------------------
 */

static struct err write_all(struct db *db, const struct pending *items, int count, int64_t day,
                            bool forget)
{
    SCOPED_ARENA struct arena *a = arena_open();
    for (int i = 0; i < count; i++) {
        TRY(db_video_views_add(db, items[i].video_id, items[i].views, day));
        TRY(outbox_viewed(db, a, items[i].video_id, items[i].views));
    }
    return forget ? db_view_day_forget(db, day - KEEP_DAYS) : OK;
}

static struct err write_tx(struct db *db, const struct pending *items, int count, int64_t day,
                           bool forget)
{
    DB_TRANSACTION(db, write_all(db, items, count, day, forget));
    return OK;
}

struct err views_flush(struct views *v, struct db *db, int64_t now)
{
    pthread_mutex_lock(&v->lock);
    int count = v->pending_count;
    struct pending *taken = malloc(sizeof *taken * (size_t)(count ? count : 1));
    if (!taken)
        abort();
    memcpy(taken, v->pending, sizeof *taken * (size_t)count);
    v->pending_count = 0;
    bool forget = v->forgotten_day != now / DAY_MS;
    pthread_mutex_unlock(&v->lock);

    struct err e = count ? write_tx(db, taken, count, now / DAY_MS, forget) : OK;
    pthread_mutex_lock(&v->lock);
    if (!e.id && count)
        v->forgotten_day = now / DAY_MS;
    for (int i = 0; e.id && i < count; i++) /* not written: once more, next time */
        for (int64_t k = 0; k < taken[i].views; k++)
            if (!pending_add(v, taken[i].video_id))
                break;
    pthread_mutex_unlock(&v->lock);
    free(taken);
    return e;
}

static void *run(void *arg)
{
    struct views *v = arg;
    struct db *db = NULL;
    log_context_set("job=views");
    struct err e = db_open(v->pool, &db);
    for (bool last = false; !e.id && !last;) {
        pthread_mutex_lock(&v->lock);
        struct timespec until;
        clock_gettime(CLOCK_REALTIME, &until);
        until.tv_sec += FLUSH_S;
        while (!v->stopping && !pthread_cond_timedwait(&v->changed, &v->lock, &until))
            ;
        last = v->stopping;
        pthread_mutex_unlock(&v->lock);
        struct err written = views_flush(v, db, now_ms());
        if (written.id)
            log_warn("views_not_written", "code=%s again=true", err_code(written.id));
    }
    if (e.id)
        log_error("views_off", "code=%s", err_code(e.id));
    db_close(db);
    return NULL;
}

struct views *views_open(struct db_pool *pool)
{
    struct views *v = calloc(1, sizeof *v);
    if (!v || !(v->watchers = calloc(SETS * WAYS, sizeof *v->watchers)))
        abort();
    v->pool = pool;
    pthread_mutex_init(&v->lock, NULL);
    pthread_cond_init(&v->changed, NULL);
    if (pool)
        v->running = pthread_create(&v->thread, NULL, run, v) == 0;
    return v;
}

void views_close(struct views *v)
{
    if (!v)
        return;
    pthread_mutex_lock(&v->lock);
    v->stopping = true;
    pthread_cond_signal(&v->changed);
    pthread_mutex_unlock(&v->lock);
    if (v->running)
        pthread_join(v->thread, NULL);
    pthread_cond_destroy(&v->changed);
    pthread_mutex_destroy(&v->lock);
    free(v->watchers);
    free(v);
}
