/* purge.c — see purge.h. */
#include "server/jobs/purge.h"

#include "base/clock.h"
#include "base/file.h"
#include "base/log.h"
#include "server/app.h"
#include "server/db/db_upload.h"
#include "server/domain/leave.h"
#include "server/domain/session.h"
#include "server/domain/upload.h"
#include "server/domain/video.h"
#include "server/storage/storage.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#define HOUR_MS (3600 * INT64_C(1000))
#define JOB_LIFE_MS (7 * 24 * HOUR_MS)
#define CACHE_LIFE_MS (30 * 24 * HOUR_MS)
enum { JOB_BATCH = 500 };

struct purge {
    /* --- fixed after open */
    struct app *app;
    struct db *db;
    pthread_t thread;
    /* --- protected by lock */
    pthread_mutex_t lock;
    pthread_cond_t changed;
    bool stopping;
};

/* --- one round
 * --------------------------------------------------------------------------------- */

static struct err delete_jobs(struct db *db, int64_t before, int64_t *deleted)
{
    DB_TRANSACTION(db, db_jobs_ended_delete(db, before, JOB_BATCH, deleted));
    return OK;
}

/* In batches, so that the writer is never held for long. */
static struct err purge_jobs(struct db *db, int64_t now, int64_t *removed)
{
    for (int64_t deleted = JOB_BATCH; deleted == JOB_BATCH; *removed += deleted)
        TRY(delete_jobs(db, now - JOB_LIFE_MS, &deleted));
    return OK;
}

/* Files of other servers that were led through us: fetched anew when somebody looks again. */
static struct err purge_cache(const struct storage *s, int64_t now, int64_t *removed)
{
    SCOPED_ARENA struct arena *a = arena_open();
    const char *folder = storage_path(s, a, "cache/remote");
    DIR *dir = opendir(folder);
    if (!dir)
        return errno == ENOENT ? OK : err_errno(errno, "opening the cache");
    for (struct dirent *entry; (entry = readdir(dir));) {
        struct stat st;
        if (!fstatat(dirfd(dir), entry->d_name, &st, AT_SYMLINK_NOFOLLOW) &&
            S_ISREG(st.st_mode) && (int64_t)st.st_mtime * 1000 < now - CACHE_LIFE_MS)
            *removed += !unlinkat(dirfd(dir), entry->d_name, 0);
    }
    closedir(dir);
    return OK;
}

static void tell(const char *what, struct err e, int64_t removed)
{
    if (e.id)
        log_warn("purge_failed", "what=%s code=%s reason=%s", what, err_code(e.id),
                 LOG_QUOTE(e.detail ? e.detail : ""));
    else if (removed)
        log_info("purged", "what=%s count=%lld", what, (long long)removed);
}

void purge_run(struct db *db, const struct storage *s, int64_t now)
{
    int64_t uploads = 0, jobs = 0;
    struct err e = upload_purge(db, s, now, &uploads);
    tell("uploads", e, uploads);
    e = purge_jobs(db, now, &jobs);
    tell("jobs", e, jobs);
    int64_t files = 0;
    e = purge_cache(s, now, &files);
    tell("cache", e, files);
    tell("trash", video_settle(db, s), 0);
    tell("keys", leave_sweep(db, now), 0);
    tell("sessions", session_sweep(db, now), 0);
}

/* --- the thread
 * ---------------------------------------------------------------------------------- */

static bool wait_hour(struct purge *p)
{
    struct timespec until;
    clock_gettime(CLOCK_REALTIME, &until);
    until.tv_sec += HOUR_MS / 1000;
    pthread_mutex_lock(&p->lock);
    while (!p->stopping && !pthread_cond_timedwait(&p->changed, &p->lock, &until))
        ;
    bool stopping = p->stopping;
    pthread_mutex_unlock(&p->lock);
    return !stopping;
}

static void *purge_main(void *arg)
{
    struct purge *p = arg;
    log_context_set("job=purge");
    do
        purge_run(p->db, p->app->storage, now_ms());
    while (wait_hour(p));
    return NULL;
}

struct err purge_open(struct app *app, struct purge **out)
{
    struct purge *p = calloc(1, sizeof *p);
    if (!p)
        abort();
    p->app = app;
    pthread_mutex_init(&p->lock, NULL);
    pthread_cond_init(&p->changed, NULL);
    struct err e = db_open(app->db, &p->db);
    if (!e.id && pthread_create(&p->thread, NULL, purge_main, p))
        e = FAIL(INTERNAL, "no thread for the purge");
    if (e.id) {
        db_close(p->db);
        free(p);
        return e;
    }
    *out = p;
    return OK;
}

void purge_close(struct purge *p)
{
    if (!p)
        return;
    pthread_mutex_lock(&p->lock);
    p->stopping = true;
    pthread_cond_broadcast(&p->changed);
    pthread_mutex_unlock(&p->lock);
    pthread_join(p->thread, NULL);
    db_close(p->db);
    pthread_cond_destroy(&p->changed);
    pthread_mutex_destroy(&p->lock);
    free(p);
}
