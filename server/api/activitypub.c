/* activitypub.c — see activitypub.h. */
#include "server/api/activitypub.h"

#include "base/crypto.h"
#include "server/activitypub/inbox.h"
#include "server/activitypub/signers.h"
#include "server/api/pages.h"
#include "server/app.h"
#include "server/config.h"
#include "server/domain/account.h"
#include "server/domain/federated.h"
#include "server/domain/follow.h"
#include "server/domain/outbox.h"
#include "server/view/actor_json.h"
#include "server/view/ap_note.h"
#include "server/view/ap_video.h"
#include "server/view/video_json.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { PAGE_ITEMS = 50, PAGE_ACTIVITIES = 20, PAGES_MAX = 100000 };

static const char *site_of(struct req *rq)
{
    return rq->app->config->url;
}

/* --- answering ------------------------------------------------------------------------------
 */

/* Activity types may stand anywhere in the list, but before text/html. */
static bool wants_activity(struct req *rq)
{
    const char *accept = req_header(rq, "Accept");
    if (!accept || !rq->app->config->federation)
        return false;
    const char *html = strcasestr(accept, "text/html"),
               *activity = strcasestr(accept, AP_NAME_ACTIVITY),
               *ld = strcasestr(accept, "application/ld+json");
    if (ld && (!activity || ld < activity))
        activity = ld;
    return activity && (!html || activity < html);
}

static struct err document(struct req *rq, struct res *rs, int status, json_t *json)
{
    char *text = json_dumps(json, JSON_COMPACT), hash[SHA256_HEX];
    json_decref(json);
    if (!text)
        return FAIL(INTERNAL, "a document cannot be written");
    size_t bytes = strlen(text);
    sha256_hex(text, bytes, hash);
    const char *etag = arena_printf(rq->arena, "\"%.24s\"", hash),
               *known = req_header(rq, "If-None-Match"),
               *copy = arena_copy(rq->arena, text, bytes + 1);
    free(text);
    peer_keep_alive(rq, rs);
    res_header(rq, rs, "Vary", "Accept");
    res_header(rq, rs, "ETag", etag);
    res_header(rq, rs, "Cache-Control", status == 200 ? "public, max-age=30" : "no-cache");
    res_header(rq, rs, "Access-Control-Allow-Origin", "*");
    if (status == 200 && known && strstr(known, etag))
        res_empty(rs, 304);
    else
        res_text(rs, status, AP_NAME_ACTIVITY "; charset=utf-8", copy, bytes);
    return OK;
}

/* What is not there: 410 with its tombstone when it was, else `e`. */
static struct err missing(struct req *rq, struct res *rs, const char *path, struct err e)
{
    const char *former;
    int64_t deleted_ms;
    if (err_status(e.id) != 404 ||
        tombstone_get(rq->db, rq->arena, path, &former, &deleted_ms).id)
        return e;
    return document(rq, rs, 410,
                    ap_tombstone_json(arena_printf(rq->arena, "%s/%s", site_of(rq), path),
                                      former, deleted_ms));
}

static struct err federates(struct req *rq)
{
    return rq->app->config->federation ? OK : FAIL(NOT_FOUND, "this site does not federate");
}

static void alternate(struct req *rq, struct res *rs, const char *id)
{
    res_header(rq, rs, "Vary", "Accept");
    res_header(
        rq, rs, "Link",
        arena_printf(rq->arena, "<%s>; rel=\"alternate\"; type=\"" AP_NAME_ACTIVITY "\"", id));
}

/* Our page of a thing elsewhere: who wants the thing itself is led to its own server. */
static struct err to_origin(struct req *rq, struct res *rs, const char *uri)
{
    res_header(rq, rs, "Vary", "Accept");
    res_redirect(rq, rs, 302, uri);
    return OK;
}

static int64_t number(const char *text) /* -1: it is none */
{
    char *end;
    if (*text < '0' || *text > '9')
        return -1;
    long long n = strtoll(text, &end, 10);
    return *end || n > INT64_MAX / 2 ? -1 : n;
}

/* Page number of the address: 0 for the collection itself. */
static struct err page_asked(struct req *rq, int64_t *page)
{
    const char *text = req_param(rq, "page");
    *page = *text ? number(text) : 0;
    if (*page < 0 || (*text && *page == 0 && !strstr(rq->path, "/comments/") &&
                      !strstr(rq->path, "/replies/")))
        return FAIL(NOT_FOUND, "there is no such page");
    return OK;
}

/* Whether the Update of this path is the last one of `thing`; older ones lead to it. */
static struct err update_asked(struct req *rq, struct res *rs, const char *thing,
                               int64_t updated_ms, bool *last)
{
    int64_t at = number(req_param(rq, "at"));
    *last = at == updated_ms;
    if (at < 0 || at > updated_ms)
        return FAIL(NOT_FOUND, "there is no such update");
    if (!*last)
        res_redirect(rq, rs, 302, ap_update_name(rq->arena, thing, updated_ms));
    return OK;
}

/* --- actors ---------------------------------------------------------------------------------
 */

/* The local actor of this path. */
static struct err actor_asked(struct req *rq, struct actor *out)
{
    bool group =
        strncmp(rq->path, "/video-channels/", 16) == 0 || strncmp(rq->path, "/c/", 3) == 0;
    const char *name = req_param(rq, "name"), *host = url_host(site_of(rq));
    if (group) {
        struct channel channel;
        TRY(channel_get(rq->db, rq->arena, name, host, &channel));
        *out = channel.actor;
    } else if (strcasecmp(name, SITE_ACTOR_NAME) == 0) {
        int64_t id;
        TRY(site_actor_ensure(rq->db, rq->arena, &id));
        TRY(actor_get_by_id(rq->db, rq->arena, id, out));
    } else {
        TRY(account_get(rq->db, rq->arena, name, host, out));
    }
    return *out->host ? FAIL(NOT_FOUND, "this actor is not of this site") : OK;
}

static const char *id_of(struct req *rq, const struct actor *actor)
{
    return ap_local_actor_name(rq->arena, site_of(rq), actor->kind, actor->name);
}

static struct err actor_document(struct req *rq, struct res *rs, const struct actor *actor)
{
    struct actor_facts f;
    TRY(actor_facts(rq->db, rq->arena, actor->id, &f));
    TRY(signer_public_pem(rq->db, rq->arena, actor->id, &f.actor.public_key));
    json_t *json = ap_actor_json(rq->arena, site_of(rq), &f);
    if (strcmp(actor->kind, "Application") == 0 &&
        strcmp(rq->app->config->site_followers, "accept") != 0)
        json_object_set_new(json, "manuallyApprovesFollowers", json_true());
    return document(rq, rs, 200, json);
}

static struct err actor_or_page(struct req *rq, struct res *rs,
                                struct err (*page)(struct req *, struct res *))
{
    struct actor actor = {0};
    struct err e = actor_asked(rq, &actor);
    bool activity = wants_activity(rq);
    bool by_id = strncmp(rq->path, "/accounts/", 10) == 0 ||
                 strncmp(rq->path, "/video-channels/", 16) == 0;
    if (activity && actor.uri)
        return to_origin(rq, rs, actor.uri);
    if (activity && e.id)
        return missing(rq, rs, rq->path + 1, e);
    if (activity && by_id)
        return actor_document(rq, rs, &actor);
    if (activity) {
        res_header(rq, rs, "Vary", "Accept");
        res_redirect(rq, rs, 302, id_of(rq, &actor));
        return OK;
    }
    if (!e.id && rq->app->config->federation)
        alternate(rq, rs, id_of(rq, &actor));
    if (!e.id && strcmp(actor.kind, "Application") == 0) {
        res_redirect(rq, rs, 302, "/about");
        return OK;
    }
    return page(rq, rs);
}

/* GET /accounts/:name/updates/:at */
struct err h_ap_actor_update(struct req *rq, struct res *rs)
{
    struct actor actor;
    struct actor_facts f;
    bool last;
    TRY(federates(rq));
    TRY(actor_asked(rq, &actor));
    TRY(update_asked(rq, rs, id_of(rq, &actor), actor.updated_ms, &last));
    if (!last)
        return OK;
    TRY(actor_facts(rq->db, rq->arena, actor.id, &f));
    TRY(signer_public_pem(rq->db, rq->arena, actor.id, &f.actor.public_key));
    return document(
        rq, rs, 200,
        ap_with_context(ap_actor_update_json(rq->arena, site_of(rq), &f), AP_ACTOR));
}

/* GET /accounts/:name, /a/:name */
struct err h_account_or_page(struct req *rq, struct res *rs)
{
    return actor_or_page(rq, rs, h_page_account);
}

/* GET /video-channels/:name, /c/:name */
struct err h_channel_or_page(struct req *rq, struct res *rs)
{
    return actor_or_page(rq, rs, h_page_channel);
}

/* The activity by which a video stands in an outbox: Create by its account, Announce by others.
 * NULL: it was not announced. */
static struct err outbox_item(struct req *rq, const struct actor *actor, const struct video *v,
                              json_t **out)
{
    int64_t share;
    const char *site = site_of(rq);
    *out = NULL;
    if (*v->account.host)
        return OK;
    if (strcmp(actor->kind, "Person") == 0) {
        struct video_parts parts;
        TRY(video_parts(rq->db, rq->app->storage, rq->arena, v, &parts));
        struct ap_video whole = ap_video_of(v, &parts);
        *out = ap_video_create_json(rq->arena, site, &whole);
        json_object_del(*out, "@context"); /* the page has one */
        return OK;
    }
    TRY(share_own(rq->db, actor->id, v->id, false, &share));
    if (share)
        *out = ap_activity_json(
            "Announce", ap_share_name(rq->arena, site, v->uuid, share), id_of(rq, actor),
            json_string(ap_video_name(rq->arena, site, v->uuid)), ap_list(AP_NAME_PUBLIC, NULL),
            ap_list(ap_below(rq->arena, id_of(rq, actor), "followers"), NULL));
    return OK;
}

static struct err outbox(struct req *rq, struct res *rs, const struct actor *actor,
                         const char *id, int64_t page)
{
    struct video_list list = {0};
    struct video_query q = {
        .of = strcmp(actor->kind, "Person") == 0  ? OF_ACCOUNT
              : strcmp(actor->kind, "Group") == 0 ? OF_CHANNEL
                                                  : OF_SITE,
        .of_id = actor->id,
        .sort = "published",
        .descending = true,
        .start = (int)((page ? page - 1 : 0) * PAGE_ACTIVITIES),
        .count = PAGE_ACTIVITIES,
        .nsfw = -1,
    };
    if (page > PAGES_MAX)
        return FAIL(NOT_FOUND, "there is no such page");
    TRY(video_list(rq->db, rq->arena, &q, &list));
    if (!page)
        return document(rq, rs, 200, ap_collection_json(rq->arena, id, list.total, 1));
    json_t *items = json_array(), *item;
    for (size_t i = 0; i < list.count; i++) {
        TRY(outbox_item(rq, actor, &list.items[i], &item));
        if (item)
            json_array_append_new(items, item);
    }
    bool more = q.start + PAGE_ACTIVITIES < list.total;
    json_t *json = ap_page_json(rq->arena, id, list.total, page, more ? page + 1 : -1, items);
    return document(rq, rs, 200, ap_with_context(json, AP_VIDEO));
}

static struct err people_page(struct req *rq, struct res *rs, const struct actor *actor,
                              bool followers, const char *id, int64_t total, int64_t page)
{
    struct person_list list = {0};
    int start = (int)((page - 1) * PAGE_ITEMS);
    if (rq->app->config->show_followers)
        TRY((followers ? follow_followers : follow_following)(rq->db, rq->arena, actor->id,
                                                              start, PAGE_ITEMS, &list));
    json_t *items = json_array();
    for (size_t i = 0; i < list.count; i++)
        json_array_append_new(items,
                              json_string(person_uri(rq->arena, site_of(rq), &list.items[i])));
    bool more = rq->app->config->show_followers && start + PAGE_ITEMS < list.total;
    return document(rq, rs, 200,
                    ap_page_json(rq->arena, id, total, page, more ? page + 1 : -1, items));
}

/* GET /accounts/:name/:part[/page/:page]   part: outbox, followers, following
 * Who follows is told when the setting show_followers says so; else the pages are empty. */
struct err h_ap_actor_part(struct req *rq, struct res *rs)
{
    const char *part = req_param(rq, "part");
    struct actor actor;
    struct actor_counts counts;
    int64_t page;
    TRY(federates(rq));
    TRY(actor_asked(rq, &actor));
    TRY(page_asked(rq, &page));
    const char *id = ap_below(rq->arena, id_of(rq, &actor), part);
    if (strcmp(part, "outbox") == 0)
        return outbox(rq, rs, &actor, id, page);
    bool followers = strcmp(part, "followers") == 0;
    if (!followers && strcmp(part, "following") != 0)
        return h_page_not_found(rq, rs);
    TRY(actor_counts(rq->db, actor.id, &counts));
    int64_t total = followers ? counts.followers : counts.following;
    if (page > PAGES_MAX)
        return FAIL(NOT_FOUND, "there is no such page");
    return page ? people_page(rq, rs, &actor, followers, id, total, page)
                : document(rq, rs, 200, ap_collection_json(rq->arena, id, total, 1));
}

/* GET /accounts/:name/:part/:video   part: likes, dislikes; video: its row, "-", when it was
 * rated 404 when it was taken back: then peers forget it too. */
struct err h_ap_rate(struct req *rq, struct res *rs)
{
    struct actor actor;
    struct video_brief video;
    struct remote_actor owner;
    int value;
    const char *name = req_param(rq, "video"), *since = strchr(name, '-');
    int64_t created_ms, video_id = number(arena_strndup(rq->arena, name, strcspn(name, "-")));
    bool like = strcmp(req_param(rq, "part"), "likes") == 0;
    TRY(federates(rq));
    if (!like && strcmp(req_param(rq, "part"), "dislikes") != 0)
        return h_page_not_found(rq, rs);
    TRY(actor_asked(rq, &actor));
    TRY(rate_at(rq->db, actor.id, video_id, &value, &created_ms));
    if (value != (like ? RATE_LIKE : RATE_DISLIKE) ||
        (since && number(since + 1) != created_ms))
        return FAIL(NOT_FOUND, "there is no such rate");
    TRY(video_brief(rq->db, rq->arena, video_id, &video));
    TRY(remote_actor_get_by_id(rq->db, rq->arena,
                               video.account_id ? video.account_id : video.channel_id, &owner));
    const char *actor_id = id_of(rq, &actor);
    return document(
        rq, rs, 200,
        ap_with_context(
            ap_activity_json(like ? "Like" : "Dislike",
                             ap_rate_name(rq->arena, actor_id, video_id, value, created_ms),
                             actor_id, json_string(ap_brief_id(rq->arena, site_of(rq), &video)),
                             ap_list(actor_uri(rq->arena, site_of(rq), &owner), NULL), NULL),
            AP_FLAT));
}

static struct err follow_json(struct req *rq, const struct follow *f, const char **follower,
                              const char **target, json_t **out)
{
    struct remote_actor from, to;
    TRY(remote_actor_get_by_id(rq->db, rq->arena, f->follower_id, &from));
    TRY(remote_actor_get_by_id(rq->db, rq->arena, f->target_id, &to));
    *follower = actor_uri(rq->arena, site_of(rq), &from);
    *target = actor_uri(rq->arena, site_of(rq), &to);
    *out = ap_activity_json("Follow",
                            f->uri ? f->uri : ap_follow_name(rq->arena, *follower, f->id),
                            *follower, json_string(*target), ap_list(*target, NULL), NULL);
    return OK;
}

/* GET /accounts/:name/follows/:follow */
struct err h_ap_follow(struct req *rq, struct res *rs)
{
    struct actor actor;
    struct follow f;
    const char *follower, *target;
    json_t *json;
    TRY(federates(rq));
    TRY(actor_asked(rq, &actor));
    TRY(follow_get_by_id(rq->db, rq->arena, number(req_param(rq, "follow")), &f));
    if (f.follower_id != actor.id || f.uri)
        return FAIL(NOT_FOUND, "there is no such follow");
    TRY(follow_json(rq, &f, &follower, &target, &json));
    return document(rq, rs, 200, ap_with_context(json, AP_FLAT));
}

/* GET /accounts/:name/accepts/follows/:follow */
struct err h_ap_answer(struct req *rq, struct res *rs)
{
    struct actor actor;
    struct follow f;
    const char *follower, *target;
    json_t *json;
    TRY(federates(rq));
    TRY(actor_asked(rq, &actor));
    TRY(follow_get_by_id(rq->db, rq->arena, number(req_param(rq, "follow")), &f));
    if (f.target_id != actor.id || strcmp(f.state, "accepted") != 0)
        return FAIL(NOT_FOUND, "there is no such answer");
    TRY(follow_json(rq, &f, &follower, &target, &json));
    return document(rq, rs, 200,
                    ap_with_context(ap_activity_json(
                                        "Accept", ap_answer_name(rq->arena, target, f.id, true),
                                        target, json, ap_list(follower, NULL), NULL),
                                    AP_FLAT));
}

/* --- videos ---------------------------------------------------------------------------------
 */

static const char *video_path(struct req *rq)
{
    return arena_printf(rq->arena, "videos/watch/%s", req_param(rq, "id"));
}

/* The video of this path, ours and open to all. */
static struct err video_asked(struct req *rq, struct res *rs, struct video *out)
{
    bool by_number;
    TRY(video_find(rq->db, rq->arena, req_param(rq, "id"), out, &by_number));
    if (by_number || *out->account.host || video_is_private(out))
        return FAIL(VIDEO_NOT_FOUND, "there is no such video for everybody");
    if (out->state == VIDEO_TO_TRANSCODE) {
        res_header(rq, rs, "Retry-After", "60");
        return FAIL(OVERLOADED, "this video is not ready yet");
    }
    return video_is_open(out) ? OK : FAIL(VIDEO_NOT_FOUND, "there is no such video");
}

/* GET /videos/watch/:id, /w/:id */
struct err h_video_or_page(struct req *rq, struct res *rs)
{
    struct video v;
    struct video_parts parts;
    bool by_number;
    if (!wants_activity(rq)) {
        if (rq->app->config->federation &&
            !video_find(rq->db, rq->arena, req_param(rq, "id"), &v, &by_number).id &&
            video_is_open(&v) && !by_number)
            alternate(rq, rs, ap_video_name(rq->arena, site_of(rq), v.uuid));
        return h_page_watch(rq, rs);
    }
    struct err e = video_asked(rq, rs, &v);
    if (e.id && !video_find(rq->db, rq->arena, req_param(rq, "id"), &v, &by_number).id &&
        v.uri && !by_number && !video_is_private(&v))
        return to_origin(rq, rs, v.uri);
    if (e.id)
        return missing(rq, rs, video_path(rq), e);
    const char *id = ap_video_name(rq->arena, site_of(rq), v.uuid);
    if (strcmp(rq->path, id + strlen(site_of(rq))) != 0) { /* by its short name */
        res_header(rq, rs, "Vary", "Accept");
        res_redirect(rq, rs, 302, id);
        return OK;
    }
    TRY(video_parts(rq->db, rq->app->storage, rq->arena, &v, &parts));
    struct ap_video whole = ap_video_of(&v, &parts);
    return document(
        rq, rs, 200,
        ap_with_context(ap_video_json(rq->arena, site_of(rq), &whole, AP_WHOLE), AP_VIDEO));
}

static struct err rates_page(struct req *rq, struct res *rs, const struct video *v,
                             const char *id, enum rating value, int64_t page)
{
    struct rate_list list = {0};
    int start = (int)((page ? page - 1 : 0) * PAGE_ITEMS);
    TRY(rates_of_video(rq->db, rq->arena, v->id, value, start, page ? PAGE_ITEMS : 1, &list));
    if (!page)
        return document(rq, rs, 200, ap_collection_json(rq->arena, id, list.total, 1));
    json_t *items = json_array();
    for (size_t i = 0; i < list.count; i++) {
        const struct rate *r = &list.items[i];
        json_array_append_new(
            items,
            json_string(r->uri ? r->uri
                               : ap_rate_name(rq->arena,
                                              person_uri(rq->arena, site_of(rq), &r->actor),
                                              v->id, value, r->created_ms)));
    }
    bool more = start + PAGE_ITEMS < list.total;
    return document(rq, rs, 200,
                    ap_page_json(rq->arena, id, list.total, page, more ? page + 1 : -1, items));
}

static struct err shares_page(struct req *rq, struct res *rs, const struct video *v,
                              const char *id, int64_t page)
{
    struct share_list list = {0};
    int start = (int)((page ? page - 1 : 0) * PAGE_ITEMS);
    TRY(shares_of_video(rq->db, rq->arena, v->id, start, page ? PAGE_ITEMS : 1, &list));
    if (!page)
        return document(rq, rs, 200, ap_collection_json(rq->arena, id, list.total, 1));
    json_t *items = json_array();
    for (size_t i = 0; i < list.count; i++) {
        const struct share *s = &list.items[i];
        json_array_append_new(
            items, json_string(s->uri ? s->uri
                                      : ap_share_name(rq->arena, site_of(rq), v->uuid, s->id)));
    }
    bool more = start + PAGE_ITEMS < list.total;
    return document(rq, rs, 200,
                    ap_page_json(rq->arena, id, list.total, page, more ? page + 1 : -1, items));
}

/* Its pages are named by the comment they begin after, so that they stay as they are. */
static struct err comments_page(struct req *rq, struct res *rs, const struct video *v,
                                const char *id, int64_t after)
{
    struct comment_list list = {0};
    bool is_page = *req_param(rq, "page") != 0;
    TRY(comments_of_video(rq->db, rq->arena, v->id, after, is_page ? PAGE_ITEMS : 1, &list));
    if (!is_page)
        return document(rq, rs, 200, ap_collection_json(rq->arena, id, list.total, 0));
    json_t *items = json_array();
    for (size_t i = 0; i < list.count; i++)
        json_array_append_new(
            items, json_string(ap_comment_id(rq->arena, site_of(rq), &list.items[i])));
    int64_t next = list.count == PAGE_ITEMS ? list.items[list.count - 1].id : -1;
    return document(rq, rs, 200, ap_page_json(rq->arena, id, list.total, after, next, items));
}

static struct err create_document(struct req *rq, struct res *rs, const struct video *v)
{
    struct video_parts parts;
    TRY(video_parts(rq->db, rq->app->storage, rq->arena, v, &parts));
    struct ap_video whole = ap_video_of(v, &parts);
    return document(rq, rs, 200, ap_video_create_json(rq->arena, site_of(rq), &whole));
}

static struct err chapters(struct req *rq, struct res *rs, const struct video *v)
{
    struct chapter_list list;
    TRY(video_chapters(rq->db, rq->arena, v, &list));
    return document(rq, rs, 200, ap_chapters_json(rq->arena, site_of(rq), v, &list));
}

static struct err update_document(struct req *rq, struct res *rs, const struct video *v)
{
    struct video_parts parts;
    TRY(video_parts(rq->db, rq->app->storage, rq->arena, v, &parts));
    struct ap_video whole = ap_video_of(v, &parts);
    return document(rq, rs, 200, ap_video_update_json(rq->arena, site_of(rq), &whole));
}

/* GET /videos/watch/:id/updates/:at   the last one; older ones lead to it */
struct err h_ap_video_update(struct req *rq, struct res *rs)
{
    struct video v;
    TRY(federates(rq));
    struct err e = video_asked(rq, rs, &v);
    if (e.id)
        return missing(rq, rs, video_path(rq), e);
    bool last;
    TRY(update_asked(rq, rs, ap_video_name(rq->arena, site_of(rq), v.uuid), v.updated_ms,
                     &last));
    return last ? update_document(rq, rs, &v) : OK;
}

/* GET /videos/watch/:id/:part[/page/:page]   without :part: comments */
struct err h_ap_video_part(struct req *rq, struct res *rs)
{
    const char *part = *req_param(rq, "part") ? req_param(rq, "part") : "comments";
    struct video v;
    int64_t page;
    TRY(federates(rq));
    struct err e = video_asked(rq, rs, &v);
    if (e.id)
        return missing(rq, rs, video_path(rq), e);
    TRY(page_asked(rq, &page));
    const char *id = ap_below(rq->arena, ap_video_name(rq->arena, site_of(rq), v.uuid), part);
    if (page > PAGES_MAX && strcmp(part, "comments") != 0 && strcmp(part, "replies") != 0)
        return FAIL(NOT_FOUND, "there is no such page");
    if (strcmp(part, "likes") == 0)
        return rates_page(rq, rs, &v, id, RATE_LIKE, page);
    if (strcmp(part, "dislikes") == 0)
        return rates_page(rq, rs, &v, id, RATE_DISLIKE, page);
    if (strcmp(part, "announces") == 0)
        return shares_page(rq, rs, &v, id, page);
    if (strcmp(part, "comments") == 0 || strcmp(part, "replies") == 0)
        return comments_page(rq, rs, &v, id, page);
    if (strcmp(part, "chapters") == 0)
        return chapters(rq, rs, &v);
    if (strcmp(part, "activity") == 0)
        return create_document(rq, rs, &v);
    return h_page_not_found(rq, rs);
}

/* GET /videos/watch/:id/announces/:share */
struct err h_ap_share(struct req *rq, struct res *rs)
{
    struct share share;
    struct video_brief video;
    struct remote_actor actor;
    const char *site = site_of(rq);
    TRY(federates(rq));
    TRY(share_get_by_id(rq->db, rq->arena, number(req_param(rq, "share")), &share));
    TRY(video_brief(rq->db, rq->arena, share.video_id, &video));
    if (share.uri || strcmp(video.uuid, req_param(rq, "id")) != 0 ||
        (!video.uri && !video.listed))
        return FAIL(NOT_FOUND, "there is no such share");
    TRY(remote_actor_get_by_id(rq->db, rq->arena, share.actor_id, &actor));
    const char *actor_id = actor_uri(rq->arena, site, &actor);
    return document(
        rq, rs, 200,
        ap_with_context(
            ap_activity_json("Announce", ap_share_name(rq->arena, site, video.uuid, share.id),
                             actor_id, json_string(ap_brief_id(rq->arena, site, &video)),
                             ap_list(AP_NAME_PUBLIC, NULL),
                             ap_list(ap_below(rq->arena, actor_id, "followers"), NULL)),
            AP_FLAT));
}

/* GET /videos/watch/:id/comments/:comment[/:what[/:at]]   what: activity, approve-reply,
 * updates */
struct err h_ap_comment(struct req *rq, struct res *rs)
{
    const char *what = req_param(rq, "what"), *site = site_of(rq);
    struct note_facts f = {0};
    TRY(federates(rq));
    struct err e = note_facts(rq->db, rq->arena, number(req_param(rq, "comment")), site, &f);
    const char *path =
        arena_printf(rq->arena, "%s/comments/%s", video_path(rq), req_param(rq, "comment"));
    if (!e.id && (f.comment.deleted_ms || f.comment.held ||
                  strcmp(f.video.uuid, req_param(rq, "id")) != 0 ||
                  (!f.video.uri && f.video.privacy > PRIVACY_UNLISTED)))
        e = FAIL(NOT_FOUND, "there is no such comment");
    if (e.id && f.comment.deleted_ms && !f.comment.uri)
        return document(rq, rs, 410,
                        ap_tombstone_json(arena_printf(rq->arena, "%s/%s", site, path), "Note",
                                          f.comment.deleted_ms));
    if (e.id)
        return missing(rq, rs, path, e);
    if (!*what && !wants_activity(rq)) {
        res_header(rq, rs, "Vary", "Accept");
        res_redirect(rq, rs, 302,
                     arena_printf(rq->arena, "/w/%s;threadId=%lld", f.video.uuid,
                                  (long long)f.comment.thread_id));
        return OK;
    }
    struct ap_note note = ap_note_of(rq->arena, site, &f);
    if (strcmp(what, "approve-reply") == 0 && !f.video.uri && f.comment.uri)
        return document(
            rq, rs, 200,
            ap_with_context(
                ap_activity_json(
                    "ApproveReply",
                    ap_below(rq->arena,
                             ap_comment_name(rq->arena, site, f.video.uuid, f.comment.id),
                             "approve-reply"),
                    note.video_account_id, json_string(note.id), ap_list(note.author_id, NULL),
                    NULL),
                AP_NOTE));
    if (f.comment.uri) { /* its origin has it */
        res_redirect(rq, rs, 302, f.comment.uri);
        return OK;
    }
    bool update = strcmp(what, "updates") == 0, last = true;
    if (update)
        TRY(update_asked(rq, rs, note.id, f.comment.updated_ms, &last));
    else if (*req_param(rq, "at") || (*what && strcmp(what, "activity") != 0))
        return h_page_not_found(rq, rs);
    if (!last)
        return OK;
    return document(rq, rs, 200,
                    ap_with_context(*what ? ap_note_activity_json(rq->arena, &note, update)
                                          : ap_note_json(rq->arena, &note),
                                    AP_NOTE));
}
