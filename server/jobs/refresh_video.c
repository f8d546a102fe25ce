/* refresh_video.c — job refresh_video {"video"}: a video of another server is looked at anew
 * because somebody here watches it: its document, how often it is liked, what is said below it.
 * Bounded: the newest comments come, older ones when somebody asks for them by their address.
 */
#include "server/jobs/jobs.h"

#include "base/clock.h"
#include "base/log.h"
#include "server/activitypub/ap_json.h"
#include "server/activitypub/federation.h"
#include "server/activitypub/resolve.h"
#include "server/app.h"
#include "server/domain/remote_video.h"

#include <string.h>

enum { PAGES_MAX = 4, COMMENTS_MAX = 200 };

struct refresh {
    struct job_run *run;
    struct reach reach;
    const char *uri;
    const json_t *remote;
};

/* The collection that the video names; NULL when it has none or it cannot be had. */
static json_t *collection(struct refresh *f, const char *name)
{
    const char *url = json_string_value(json_object_get(f->remote, name));
    struct federation *federation = f->run->app->federation;
    json_t *out;
    if (!url || !ap_same_host(url, f->uri) ||
        fetch_object(federation_fetcher(federation), f->run->arena, url,
                     federation_signer(federation), &out)
            .id)
        return NULL;
    return out;
}

static struct err counts(struct refresh *f, int64_t video_id)
{
    json_t *likes = collection(f, "likes"), *dislikes = collection(f, "dislikes");
    if (!likes && !dislikes)
        return OK;
    return remote_video_counts(f->run->db, video_id, ap_int(likes, "totalItems", 0),
                               ap_int(dislikes, "totalItems", 0));
}

static int take_comments(struct refresh *f, const json_t *page, int left)
{
    const json_t *items = json_object_get(page, "orderedItems");
    if (!items)
        items = json_object_get(page, "items");
    for (size_t i = 0; i < ap_count(items) && left > 0; i++, left--) {
        const char *uri = ap_id(ap_at(items, i));
        struct place place;
        if (!uri || strncmp(uri, "http", 4))
            continue;
        struct err e = resolve_place(&f->reach, uri, &place);
        if (e.id)
            log_debug("comment_skipped", "uri=%s reason=%s", LOG_QUOTE(uri),
                      LOG_QUOTE(e.detail));
    }
    return left;
}

static void comments(struct refresh *f)
{
    json_t *list = collection(f, "comments");
    json_t *page = list ? ap_object_of(list, "first") : NULL;
    const char *next = list && !page ? ap_id_of(list, "first") : NULL;
    struct federation *federation = f->run->app->federation;
    int left = COMMENTS_MAX;
    if (list && !page && !next)
        left = take_comments(f, list, left);
    for (int n = 0; n < PAGES_MAX && left > 0 && (page || next); n++) {
        if (!page && (!ap_same_host(next, f->uri) ||
                      fetch_object(federation_fetcher(federation), f->run->arena, next,
                                   federation_signer(federation), &page)
                          .id))
            return;
        left = take_comments(f, page, left);
        next = ap_id_of(page, "next");
        page = NULL;
    }
}

static struct err done(struct job_run *r)
{
    DB_TRANSACTION(r->db, db_job_done(r->db, r->job.id, NULL, now_ms()));
    return OK;
}

static struct err refresh(struct job_run *r, int64_t video_id)
{
    struct video_place v;
    int64_t same_id;
    TRY(remote_video_by_id(r->db, r->arena, video_id, &v));
    if (!v.uri)
        return OK;
    struct refresh f = {.run = r, .reach = reach_of(r->app, r->db, r->arena), .uri = v.uri};
    TRY(resolve_video(&f.reach, v.uri, true, &same_id));
    TRY(remote_video_by_id(r->db, r->arena, video_id, &v));
    json_t *remote = json_loads(v.remote ? v.remote : "{}", 0, NULL);
    f.remote = remote;
    struct err e = counts(&f, video_id);
    if (!e.id)
        comments(&f);
    json_decref(remote);
    return e;
}

/* What cannot be had now is asked for again when somebody looks again. */
static struct err refresh_video_run(struct job_run *r)
{
    json_t *payload = json_loads(r->job.payload, 0, NULL);
    int64_t video_id = json_integer_value(json_object_get(payload, "video"));
    json_decref(payload);
    struct err e = r->app->federation ? refresh(r, video_id) : OK;
    if (e.id == ERR_STOPPED || e.id == ERR_DATABASE)
        return e;
    if (e.id)
        log_info("refresh_failed", "video=%lld reason=%s", (long long)video_id,
                 LOG_QUOTE(e.detail));
    return done(r);
}

const struct job_kind job_refresh_video = {"refresh_video", refresh_video_run, NULL};
