/* app.h — every long-lived object of the server, opened and closed in one visible order
 * (app.c).
 *
 * Threads: fixed after app_open; each member says its own rules.
 */
#ifndef ZOE_APP_H
#define ZOE_APP_H

#include "base/arena.h"
#include "base/err.h"

#include <stdint.h>

struct config;       /* server/config.h: settings, fixed after start */
struct db_pool;      /* server/db/db.h */
struct storage;      /* server/storage/storage.h: folders and file names */
struct http;         /* server/http/http.h */
struct jobs;         /* server/jobs/jobs.h: lanes of workers */
struct progress;     /* server/jobs/progress.h: live progress of videos being made */
struct throttle;     /* server/domain/throttle.h: failed sign-ins, sign-ups */
struct assets;       /* server/view/assets.h: the web client's files */
struct views;        /* server/domain/views.h: who watches what, until it is counted */
struct answer_cache; /* server/api/answer_cache.h: lists already rendered */

struct app {
    const struct config *config;
    struct arena *arena; /* what lives as long as the app */
    struct db_pool *db;
    struct storage *storage;
    struct assets *assets;
    struct throttle *throttle;
    struct answer_cache *answers;
    struct views *views; /* server/domain/views.h: watched videos, counted in memory first */
    struct progress *progress;
    struct federation *federation;  /* server/activitypub/federation.h; NULL: switched off */
    struct incoming_work *incoming; /* server/activitypub/incoming.h; NULL as well */
    struct deliver *deliver;        /* server/activitypub/deliver.h; NULL as well */
    struct comment_feed *comments;  /* server/jobs/comment_feed.h: pages open on a video */
    struct jobs *jobs;
    struct http *http;
    struct purge *purge;       /* server/jobs/purge.h */
    int lock_fd;               /* holds the data folder */
    const char *made_password; /* of root, when this start made it up; NULL else */
    int64_t started_ms;
    const char *client_id, *client_secret; /* the one OAuth2 client of this site */
};

MUST_CHECK struct err app_open(const struct config *config, struct app **out);
void app_close(struct app *app); /* finishes running requests, hands jobs back; accepts NULL */

#endif
