/* import_outbox.c — job import_outbox {"actor"}: the last videos of somebody elsewhere whom
 * somebody here follows now. Bounded: what is older comes when it is asked for. */
#include "server/jobs/jobs.h"

#include "base/clock.h"
#include "base/log.h"
#include "server/activitypub/ap_json.h"
#include "server/activitypub/federation.h"
#include "server/activitypub/resolve.h"
#include "server/app.h"
#include "server/domain/remote_actor.h"
#include "server/domain/remote_video.h"

#include <string.h>

enum { PAGES_MAX = 2, VIDEOS_MAX = 20, ITEMS_MAX = 100 };

struct import {
    struct job_run *run;
    struct reach reach;
    const char *host; /* any address on the host of the actor */
    int left;
};

static struct err get(struct import *im, const char *url, json_t **out)
{
    struct federation *f = im->run->app->federation;
    if (!url || !ap_same_host(url, im->host))
        return FAIL(PEER_ODD, "the outbox lies elsewhere than its actor");
    return fetch_object(federation_fetcher(f), im->run->arena, url, federation_signer(f), out);
}

/* The video that an activity of an outbox tells of: published or shared. */
static const char *video_of(const json_t *item)
{
    const json_t *object = ap_object_of(item, "object");
    if (!ap_is(item, "Create") && !ap_is(item, "Announce"))
        return NULL;
    return object && !ap_is(object, "Video") ? NULL : ap_id_of(item, "object");
}

static struct err take_page(struct import *im, const json_t *page)
{
    const json_t *items = json_object_get(page, "orderedItems");
    if (!items)
        items = json_object_get(page, "items");
    for (size_t i = 0; i < ap_count(items) && i < ITEMS_MAX && im->left > 0; i++) {
        const char *uri = video_of(ap_at(items, i));
        int64_t id;
        if (!uri)
            continue;
        im->left--;
        struct err e = resolve_video(&im->reach, uri, false, &id);
        if (!e.id)
            e = remote_video_list(im->run->db, id);
        if (e.id == ERR_STOPPED || e.id == ERR_DATABASE)
            return e;
        if (e.id)
            log_info("import_skips", "video=%s reason=%s", LOG_QUOTE(uri), LOG_QUOTE(e.detail));
    }
    return OK;
}

static struct err import(struct import *im, const char *outbox)
{
    json_t *collection, *page;
    TRY(get(im, outbox, &collection));
    page = ap_object_of(collection, "first");
    if (!page && ap_id_of(collection, "first"))
        TRY(get(im, ap_id_of(collection, "first"), &page));
    if (!page)
        page = collection;
    for (int n = 1;; n++) {
        TRY(take_page(im, page));
        const char *next = ap_id_of(page, "next");
        if (n == PAGES_MAX || im->left <= 0 || !next)
            return OK;
        TRY(get(im, next, &page));
    }
}

static struct err done(struct job_run *r)
{
    DB_TRANSACTION(r->db, db_job_done(r->db, r->job.id, NULL, now_ms()));
    return OK;
}

static struct err import_outbox_run(struct job_run *r)
{
    json_t *payload = json_loads(r->job.payload, 0, NULL);
    int64_t actor_id = json_integer_value(json_object_get(payload, "actor"));
    json_decref(payload);
    struct remote_actor actor;
    if (!r->app->federation)
        return done(r);
    TRY(remote_actor_get_by_id(r->db, r->arena, actor_id, &actor));
    if (!actor.uri || !actor.outbox || actor.gone)
        return done(r);
    struct import im = {.run = r,
                        .reach = reach_of(r->app, r->db, r->arena),
                        .host = actor.uri,
                        .left = VIDEOS_MAX};
    TRY(import(&im, actor.outbox));
    return done(r);
}

const struct job_kind job_import_outbox = {"import_outbox", import_outbox_run, NULL};
