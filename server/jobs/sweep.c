/* sweep.c — removes what a crash left behind: files in the data folder that no row names. Runs
 * once after each start. What is younger than an hour stays: its row may be on its way. */
#include "server/jobs/making.h"

#include "base/clock.h"
#include "base/crypto.h"
#include "base/file.h"
#include "base/log.h"
#include "server/app.h"
#include "server/db/db_early.h"
#include "server/db/db_picture.h"
#include "server/domain/actor_picture.h"
#include "server/storage/storage.h"

#include <dirent.h>
#include <stdlib.h>
#include <sys/stat.h>

enum { YOUNG_S = 3600 };

static void folder_close(void *folder)
{
    closedir(folder);
}

static bool video_exists(struct job_run *r, const char *name)
{
    bool exists = true; /* in doubt, keep */
    if (uuid_valid(name) && db_video_exists(r->db, name, &exists).id)
        exists = true;
    return exists;
}

static bool early_needed(struct job_run *r, const char *name)
{
    struct early early;
    bool found = true;
    return db_early_get(r->db, r->arena, name, &early, &found).id || found;
}

static bool task_needed(struct job_run *r, const char *name)
{
    bool needed = true;
    char *end;
    long long id = strtoll(name, &end, 10);
    if (!*end && db_task_folder_needed(r->db, id, &needed).id)
        needed = true;
    return needed;
}

static bool thumbnail_needed(struct job_run *r, const char *name)
{
    bool needed = true;
    if (db_thumbnail_needed(r->db, name, &needed).id)
        needed = true;
    return needed;
}

static bool avatar_needed(struct job_run *r, const char *name)
{
    bool needed = true;
    if (actor_picture_needed(r->db, name, &needed).id)
        needed = true;
    return needed;
}

static int sweep_folder(struct job_run *r, const char *relative,
                        bool (*needed)(struct job_run *r, const char *name))
{
    const char *path = storage_path(r->app->storage, r->arena, relative);
    DIR *folder = opendir(path);
    int removed = 0;
    if (!folder)
        return 0;
    arena_defer(r->arena, folder_close, folder);
    for (struct dirent *one; (one = readdir(folder));) {
        struct stat st;
        const char *file = arena_printf(r->arena, "%s/%s", path, one->d_name);
        if (one->d_name[0] == '.' || lstat(file, &st) ||
            st.st_ctime > (time_t)(now_ms() / 1000 - YOUNG_S) || needed(r, one->d_name))
            continue;
        path_remove(file);
        removed++;
    }
    return removed;
}

static struct err sweep_run(struct job_run *r)
{
    int removed = sweep_folder(r, "originals", video_exists) +
                  sweep_folder(r, "hls", video_exists) +
                  sweep_folder(r, "hls/private", video_exists) +
                  sweep_folder(r, "thumbnails", thumbnail_needed) +
                  sweep_folder(r, "avatars", avatar_needed) +
                  sweep_folder(r, "staging/tasks", task_needed) +
                  sweep_folder(r, "staging/early", early_needed);
    if (removed)
        log_info("swept", "removed=%d", removed);
    DB_TRANSACTION(r->db, db_job_done(r->db, r->job.id, NULL, now_ms()));
    return OK;
}

const struct job_kind job_sweep = {"sweep", sweep_run, NULL};
