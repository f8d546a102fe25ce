/* app.c — opens every long-lived object in order, and closes them in reverse. */
#include "server/app.h"

#include "base/clock.h"
#include "base/file.h"
#include "base/log.h"
#include "server/activitypub/deliver.h"
#include "server/activitypub/federation.h"
#include "server/activitypub/incoming.h"
#include "server/api/answer_cache.h"
#include "server/api/authenticate.h"
#include "server/config.h"
#include "server/db/db.h"
#include "server/domain/account.h"
#include "server/domain/throttle.h"
#include "server/domain/video.h"
#include "server/domain/views.h"
#include "server/http/http.h"
#include "server/jobs/comment_feed.h"
#include "server/jobs/jobs.h"
#include "server/jobs/progress.h"
#include "server/jobs/purge.h"
#include "server/routes.h"
#include "server/storage/storage.h"
#include "server/view/assets.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

enum { GRACE_MS = 10000 };

static struct err worker_open(struct app *app, struct db **out)
{
    return db_open(app->db, out);
}

static void worker_close(struct app *app, struct db *db)
{
    (void)app;
    db_close(db);
}

/* Two servers over one folder would each take the other's jobs back. The lock goes with us. */
static struct err lock_folder(struct app *app)
{
    const char *path = arena_printf(app->arena, "%s/lock", app->config->data);
    app->lock_fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0644);
    if (app->lock_fd < 0)
        return err_errno(errno, "opening the lock of the data folder");
    if (flock(app->lock_fd, LOCK_EX | LOCK_NB))
        return FAIL(CONFLICT, "another zoetrope runs on this data folder");
    return OK;
}

static struct err first_start(struct app *app)
{
    struct db *db;
    const char *password = *app->config->root_password ? app->config->root_password : NULL;
    TRY(db_open(app->db, &db));
    struct err e = account_ensure_root(db, app->arena, password, &app->made_password);
    if (!e.id)
        e = account_ensure_client(db, app->arena, &app->client_id, &app->client_secret);
    if (!e.id)
        e = video_settle(db, app->storage);
    db_close(db);
    return e;
}

static struct err open_http(struct app *app)
{
    const struct config *c = app->config;
    long cores = sysconf(_SC_NPROCESSORS_ONLN);
    int threads = (int)c->event_threads;
    if (threads == 0)
        threads = cores < 1 ? 1 : cores > 4 ? 4 : (int)cores;
    return http_open(
        &(struct http_config){
            .listen = c->listen,
            .staging = storage_request_folder(app->storage),
            .workers = (int)c->workers,
            .event_threads = threads,
            .connection_limit = (int)c->connection_limit,
            .connections_per_address = (int)c->connections_per_address,
            .timeout_s = (int)c->request_timeout_s,
            .trusted_proxies = c->trusted_proxies,
            .routes = routes,
            .app = app,
            .worker_open = worker_open,
            .worker_close = worker_close,
            .authenticate = authenticate,
            .unmatched = route_unmatched,
        },
        &app->http);
}

static struct err open_all(struct app *app)
{
    const struct config *c = app->config;
    TRY(folder_make(c->data));
    TRY(lock_folder(app));
    TRY(storage_open(app->arena, c->data, &app->storage));
    TRY(db_pool_open(arena_printf(app->arena, "%s/zoetrope.db", c->data), &app->db));
    TRY(first_start(app));
    TRY(assets_open(app->arena, c->web, &app->assets));
    app->throttle = throttle_open();
    app->views = views_open(app->db);
    app->answers = answer_cache_open();
    app->progress = progress_open(app->arena);
    if (c->federation) {
        TRY(federation_open(app, &app->federation));
        TRY(incoming_open(app, &app->incoming));
        TRY(deliver_open(app, &app->deliver));
    }
    TRY(comment_feed_open(app->db, &app->comments));
    TRY(open_http(app));
    progress_connect(app->progress, app->http);
    comment_feed_connect(app->comments, app->http);
    TRY(jobs_open(app, &app->jobs));
    return purge_open(app, &app->purge);
}

struct err app_open(const struct config *config, struct app **out)
{
    struct arena *a = arena_open();
    struct app *app = arena_alloc(a, sizeof *app);
    *app = (struct app){.config = config, .arena = a, .lock_fd = -1, .started_ms = now_ms()};
    struct err e = open_all(app);
    if (e.id) {
        log_error("start_failed", "code=%s reason=%s", err_code(e.id), LOG_QUOTE(e.detail));
        app_close(app);
        return e;
    }
    *out = app;
    return OK;
}

void app_close(struct app *app)
{
    if (!app)
        return;
    federation_stop(app->federation);
    if (app->progress)
        progress_connect(app->progress, NULL); /* jobs go on while http ends */
    if (app->comments)
        comment_feed_connect(app->comments, NULL);
    http_close(app->http, GRACE_MS);
    purge_close(app->purge);
    jobs_close(app->jobs);
    incoming_close(app->incoming);
    deliver_close(app->deliver);
    comment_feed_close(app->comments);
    federation_close(app->federation);
    progress_close(app->progress);
    throttle_close(app->throttle);
    views_close(app->views);
    answer_cache_close(app->answers);
    assets_close(app->assets);
    db_pool_close(app->db);
    if (app->lock_fd >= 0)
        close(app->lock_fd);
    arena_close(app->arena);
}
