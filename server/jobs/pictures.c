/* pictures.c — see pictures.h. */
#include "server/jobs/pictures.h"

#include "base/crypto.h"
#include "base/file.h"
#include "base/log.h"
#include "server/app.h"
#include "server/config.h"
#include "server/domain/thumbnail.h"
#include "server/jobs/making.h"
#include "server/storage/storage.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <semaphore.h>
#include <string.h>
#include <time.h>

enum {
    AT_ONCE = 2,
    WAIT_S = 20,
    CPU_S = 30,
    MEMORY_MIB = 1536,
    BEST_HEIGHT = 1080,
};

/* --- one task, its turn, its folder */

static pthread_once_t turns_made = PTHREAD_ONCE_INIT;
static sem_t turns;

static void turns_make(void)
{
    sem_init(&turns, 0, AT_ONCE);
}

static struct err turn_take(void)
{
    struct timespec until;
    pthread_once(&turns_made, turns_make);
    clock_gettime(CLOCK_REALTIME, &until);
    until.tv_sec += WAIT_S;
    while (sem_timedwait(&turns, &until))
        if (errno != EINTR)
            return FAIL(OVERLOADED, "too many pictures are being made; ask again in a moment");
    return OK;
}

static void folder_remove(void *path)
{
    path_remove(path);
}

static struct err folder_new(struct app *app, struct arena *a, const char **out)
{
    char uuid[UUID_TEXT];
    char *folder =
        arena_printf(a, "%s/%s", storage_request_folder(app->storage), uuid_new(uuid));
    arena_defer(a, folder_remove, folder);
    *out = folder;
    return folder_make(folder);
}

static json_t *spec_of_sizes(struct arena *a, const char *task, const char *folder,
                             const int (*wanted)[2], size_t count)
{
    json_t *sizes = json_array();
    for (size_t i = 0; i < count; i++)
        json_array_append_new(sizes, json_pack("[i, i]", wanted[i][0], wanted[i][1]));
    return arena_json(a, json_pack("{s:i, s:s, s:s, s:i, s:i, s:o, s:{s:i, s:i, s:i}}",
                                   "version", 1, "task", task, "output", folder, "input_fd", 3,
                                   "threads", 1, "sizes", sizes, "limits", "cpu_s", CPU_S,
                                   "memory_mib", MEMORY_MIB, "output_mib", 64));
}

static json_t *spec_new(struct arena *a, const char *task, const char *folder)
{
    return spec_of_sizes(a, task, folder, thumbnail_sizes, THUMBNAIL_SIZES);
}

/* A refusal is told in the code that the task gave. */
static struct err task_run(struct app *app, struct arena *a, json_t *spec, int input)
{
    json_t *result = NULL;
    const char *code = NULL;
    TRY(turn_take());
    struct child *child = child_open();
    struct err e =
        child_run(child, a, app->config->transcoder, spec, input, NULL, &result, &code);
    child_close(child);
    sem_post(&turns);
    json_decref(result);
    if (e.id == ERR_TASK_REFUSED || e.id == ERR_TASK_FAILED) {
        log_info("picture_refused", "code=%s reason=%s", code ? code : "crash",
                 LOG_QUOTE(e.detail ? e.detail : ""));
        return e.id == ERR_TASK_REFUSED ? (struct err){ERR_PICTURE_INVALID, e.detail}
                                        : FAIL(PICTURE_INVALID, "the picture cannot be read");
    }
    return e;
}

struct err picture_resize(struct app *app, struct arena *a, const char *path,
                          const int (*sizes)[2], size_t count, const char **folder)
{
    SCOPED_FD int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    if (fd < 0)
        return err_errno(errno, "opening a picture");
    if (file_size(path) > PICTURE_LIMIT)
        return FAIL(MAX_FILE_SIZE, "a picture may have 8 MiB at most");
    TRY(folder_new(app, a, folder));
    return task_run(app, a, spec_of_sizes(a, "picture", *folder, sizes, count), fd);
}

struct err picture_convert(struct app *app, struct arena *a, const char *path,
                           const char **folder)
{
    return picture_resize(app, a, path, thumbnail_sizes, THUMBNAIL_SIZES, folder);
}

/* --- of a moment */

/* A rung that is whole: the largest that is large enough, else the largest. */
static const struct rung *best_rung(const struct work *w)
{
    const struct rung *best = NULL;
    for (size_t i = 0; i < w->rungs.count; i++) { /* the largest first */
        const struct rung *g = &w->rungs.items[i];
        if (g->done && g->resolution && (!best || g->resolution >= BEST_HEIGHT))
            best = g;
    }
    return best;
}

/* The segment that shows `at_us`, behind the rung's init, as a small file of its own. */
static struct err cut_segment(struct job_run *r, struct work *w, const struct rung *g,
                              const char *path, int64_t *at_us)
{
    struct segment_list list;
    TRY(rung_segments(r, g, &list));
    int64_t offset = g->init_bytes;
    size_t i = 0;
    for (; i + 1 < list.count && *at_us >= list.items[i].duration_us; i++) {
        offset += list.items[i].bytes;
        *at_us -= list.items[i].duration_us;
    }
    if (!list.count)
        return FAIL(UNPROCESSABLE, "there is no picture at that moment yet");
    SCOPED_FD int from = open(work_file(r, w, g, "-fragmented.mp4"), O_RDONLY | O_CLOEXEC);
    SCOPED_FD int to = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (from < 0 || to < 0)
        return err_errno(errno, "opening a stream file");
    TRY(fd_copy_range(from, 0, to, 0, g->init_bytes));
    return fd_copy_range(from, offset, to, g->init_bytes, list.items[i].bytes);
}

static struct err cut(struct job_run *r, const char *path, int64_t *at_us)
{
    struct work w;
    TRY(work_load(r, &w));
    const struct rung *g = best_rung(&w);
    if (!g)
        return FAIL(UNPROCESSABLE, "there is no picture at that moment yet");
    TRY(making_lock(r, &w)); /* it stays where it is */
    struct err e = cut_segment(r, &w, g, path, at_us);
    making_unlock(&w);
    return e;
}

/* What was uploaded, while it is there, else a segment of a rung. */
static struct err moment_source(struct job_run *r, const char *folder, json_t *spec,
                                int64_t at_us, int *fd)
{
    struct work w;
    TRY(work_load(r, &w));
    const char *path = storage_original(r->app->storage, r->arena, w.video.uuid);
    if (w.probe && path_exists(path)) {
        json_object_set(spec, "probe", w.probe);
    } else {
        path = arena_printf(r->arena, "%s/segment.mp4", folder);
        TRY(cut(r, path, &at_us));
    }
    json_object_set_new(spec, "at_us", json_integer(at_us));
    *fd = open(path, O_RDONLY | O_CLOEXEC);
    return *fd < 0 ? err_errno(errno, "opening a stream file") : OK;
}

struct err picture_of_moment(struct app *app, struct db *db, struct arena *a, int64_t video_id,
                             int64_t at_ms, const char **folder)
{
    struct job_run r = {.app = app, .db = db, .arena = a, .job = {.video_id = video_id}};
    SCOPED_FD int fd = -1;
    TRY(folder_new(app, a, folder));
    json_t *spec = spec_new(a, "thumbnail", *folder);
    TRY(moment_source(&r, *folder, spec, at_ms * 1000, &fd));
    struct err e = task_run(app, a, spec, fd);
    return e.id == ERR_PICTURE_INVALID
               ? FAIL(UNPROCESSABLE, "no picture can be made of that moment")
               : e;
}
