/* comment_feed.c — see comment_feed.h. */
#include "server/jobs/comment_feed.h"

#include "base/arena.h"
#include "base/log.h"
#include "base/strbuf.h"
#include "server/db/db.h"
#include "server/domain/comment.h"
#include "server/http/http.h"

#include <pthread.h>
#include <stdlib.h>
#include <unistd.h>

enum { WAIT_MS = 1000 };

struct watched {
    int64_t video_id, version, total; /* version -1: not looked at yet */
    int pages;                        /* 0: free */
};

struct comment_feed {
    struct db_pool *pool;
    pthread_t thread;
    pthread_rwlock_t door; /* read-held while http is called, so that it can be taken away */
    struct http *http;     /* protected by door */
    pthread_mutex_t lock;
    pthread_cond_t joined;
    bool stop, fresh; /* fresh: somebody joined whose video was not looked at yet */
    size_t count;     /* entries in use, free ones in between included */
    struct watched watched[COMMENT_FEED_VIDEOS_MAX];
};

static struct watched *find(struct comment_feed *f, int64_t video_id) /* lock held */
{
    for (size_t i = 0; i < f->count; i++)
        if (f->watched[i].pages && f->watched[i].video_id == video_id)
            return &f->watched[i];
    return NULL;
}

/* Waits until somebody watches; a JSON array of the videos, or NULL at the end. */
static const char *videos_of(struct comment_feed *f, struct arena *a, bool *fresh)
{
    struct strbuf ids = STRBUF_IN(a);
    pthread_mutex_lock(&f->lock);
    while (!f->stop && !ids.length) {
        for (size_t i = 0; i < f->count; i++)
            if (f->watched[i].pages)
                strbuf_addf(&ids, "%c%lld", ids.length ? ',' : '[',
                            (long long)f->watched[i].video_id);
        if (!ids.length)
            pthread_cond_wait(&f->joined, &f->lock);
    }
    bool stop = f->stop;
    *fresh = f->fresh;
    f->fresh = false;
    pthread_mutex_unlock(&f->lock);
    if (stop)
        return NULL;
    strbuf_adds(&ids, "]");
    return ids.text;
}

static bool changed(struct comment_feed *f, const struct comment_version *v)
{
    pthread_mutex_lock(&f->lock);
    struct watched *w = find(f, v->video_id);
    bool news = w && w->version != v->version;
    if (news) {
        w->version = v->version;
        w->total = v->total;
    }
    pthread_mutex_unlock(&f->lock);
    return news;
}

static struct err look(struct comment_feed *f, struct db *db, struct arena *a, const char *ids)
{
    struct comment_version *found = arena_alloc(a, COMMENT_FEED_VIDEOS_MAX * sizeof *found);
    size_t count;
    TRY(comment_versions(db, a, ids, found, COMMENT_FEED_VIDEOS_MAX, &count));
    for (size_t i = 0; i < count; i++) {
        if (!changed(f, &found[i]))
            continue;
        pthread_rwlock_rdlock(&f->door);
        if (f->http)
            http_events_wake(f->http, comment_feed_topic(found[i].video_id));
        pthread_rwlock_unlock(&f->door);
    }
    return OK;
}

static void *run(void *arg)
{
    struct comment_feed *f = arg;
    struct db *db = NULL;
    struct err e = db_open(f->pool, &db);
    uint64_t seen = 0;
    while (!e.id) {
        SCOPED_ARENA struct arena *a = arena_open();
        uint64_t now = db_news(f->pool, DB_CONTENT);
        bool fresh;
        const char *ids = videos_of(f, a, &fresh);
        if (!ids)
            break;
        if (fresh || now != seen) {
            struct err failed = look(f, db, a, ids);
            if (failed.id)
                log_error("comment_feed_failed", "reason=%s", LOG_QUOTE(failed.detail));
            seen = now;
            usleep(COMMENT_FEED_REST_MS * 1000);
        } else {
            db_wait(f->pool, DB_CONTENT, seen, WAIT_MS);
        }
    }
    if (e.id)
        log_error("comment_feed_ended", "reason=%s", LOG_QUOTE(e.detail));
    db_close(db);
    return NULL;
}

struct err comment_feed_open(struct db_pool *pool, struct comment_feed **out)
{
    struct comment_feed *f = calloc(1, sizeof *f);
    if (!f)
        abort();
    f->pool = pool;
    pthread_rwlock_init(&f->door, NULL);
    pthread_mutex_init(&f->lock, NULL);
    pthread_cond_init(&f->joined, NULL);
    if (pthread_create(&f->thread, NULL, run, f)) {
        free(f);
        return FAIL(INTERNAL, "no thread for the comment feed");
    }
    *out = f;
    return OK;
}

void comment_feed_close(struct comment_feed *f)
{
    if (!f)
        return;
    pthread_mutex_lock(&f->lock);
    f->stop = true;
    pthread_cond_signal(&f->joined);
    pthread_mutex_unlock(&f->lock);
    db_signal(f->pool, DB_CONTENT);
    pthread_join(f->thread, NULL);
    pthread_rwlock_destroy(&f->door);
    pthread_mutex_destroy(&f->lock);
    pthread_cond_destroy(&f->joined);
    free(f);
}

void comment_feed_connect(struct comment_feed *f, struct http *http)
{
    pthread_rwlock_wrlock(&f->door);
    f->http = http;
    pthread_rwlock_unlock(&f->door);
}

static struct watched *add(struct comment_feed *f, int64_t video_id) /* lock held */
{
    for (size_t i = 0; i < COMMENT_FEED_VIDEOS_MAX; i++) {
        if (f->watched[i].pages)
            continue;
        f->watched[i] = (struct watched){.video_id = video_id, .version = -1};
        f->count = i < f->count ? f->count : i + 1;
        f->fresh = true;
        return &f->watched[i];
    }
    return NULL;
}

struct err comment_feed_join(struct comment_feed *f, int64_t video_id)
{
    pthread_mutex_lock(&f->lock);
    struct watched *w = find(f, video_id);
    if (!w)
        w = add(f, video_id);
    if (w)
        w->pages++;
    pthread_cond_signal(&f->joined);
    pthread_mutex_unlock(&f->lock);
    if (!w)
        return FAIL(OVERLOADED, "too many videos are watched at once");
    db_signal(f->pool, DB_CONTENT);
    return OK;
}

void comment_feed_leave(struct comment_feed *f, int64_t video_id)
{
    pthread_mutex_lock(&f->lock);
    struct watched *w = find(f, video_id);
    if (w)
        w->pages--;
    pthread_mutex_unlock(&f->lock);
}

bool comment_feed_latest(struct comment_feed *f, int64_t video_id, int64_t *version,
                         int64_t *total)
{
    pthread_mutex_lock(&f->lock);
    struct watched *w = find(f, video_id);
    bool known = w && w->version >= 0;
    if (known) {
        *version = w->version;
        *total = w->total;
    }
    pthread_mutex_unlock(&f->lock);
    return known;
}
