/* activitypub.c — actors as other servers read them, and what hangs on them; see activitypub.h.
 * How documents are answered: activitypub_parts.h. Videos and comments: activitypub_video.c. */
#include "server/api/activitypub_parts.h"

#include "server/activitypub/signers.h"
#include "server/api/pages.h"
#include "server/domain/account.h"
#include "server/domain/federated.h"
#include "server/domain/follow.h"
#include "server/view/actor_json.h"
#include "server/view/ap_note.h"
#include "server/view/ap_video.h"

#include <string.h>
#include <strings.h>

/* The local actor of this path. */
static struct err actor_asked(struct req *rq, struct actor *out)
{
    bool group =
        strncmp(rq->path, "/video-channels/", 16) == 0 || strncmp(rq->path, "/c/", 3) == 0;
    const char *name = req_param(rq, "name"), *host = url_host(ap_site(rq));
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
    return ap_local_actor_name(rq->arena, ap_site(rq), actor->kind, actor->name);
}

static struct err actor_document(struct req *rq, struct res *rs, const struct actor *actor)
{
    struct actor_facts f;
    TRY(actor_facts(rq->db, rq->arena, actor->id, &f));
    TRY(signer_public_pem(rq->db, rq->arena, actor->id, &f.actor.public_key));
    json_t *json = ap_actor_json(rq->arena, ap_site(rq), &f);
    if (strcmp(actor->kind, "Application") == 0 &&
        strcmp(rq->app->config->site_followers, "accept") != 0)
        json_object_set_new(json, "manuallyApprovesFollowers", json_true());
    return ap_answer(rq, rs, 200, json);
}

static struct err actor_or_page(struct req *rq, struct res *rs,
                                struct err (*page)(struct req *, struct res *))
{
    struct actor actor = {0};
    struct err e = actor_asked(rq, &actor);
    bool activity = ap_wanted(rq);
    bool by_id = strncmp(rq->path, "/accounts/", 10) == 0 ||
                 strncmp(rq->path, "/video-channels/", 16) == 0;
    if (activity && actor.uri)
        return ap_to_origin(rq, rs, actor.uri);
    if (activity && e.id)
        return ap_missing(rq, rs, rq->path + 1, e);
    if (activity && by_id)
        return actor_document(rq, rs, &actor);
    if (activity) {
        res_header(rq, rs, "Vary", "Accept");
        res_redirect(rq, rs, 302, id_of(rq, &actor));
        return OK;
    }
    if (!e.id && rq->app->config->federation)
        ap_alternate(rq, rs, id_of(rq, &actor));
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
    TRY(ap_federates(rq));
    TRY(actor_asked(rq, &actor));
    TRY(ap_update_asked(rq, rs, id_of(rq, &actor), actor.updated_ms, &last));
    if (!last)
        return OK;
    TRY(actor_facts(rq->db, rq->arena, actor.id, &f));
    TRY(signer_public_pem(rq->db, rq->arena, actor.id, &f.actor.public_key));
    return ap_answer(
        rq, rs, 200,
        ap_with_context(ap_actor_update_json(rq->arena, ap_site(rq), &f), AP_ACTOR));
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
    const char *site = ap_site(rq);
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
        return ap_answer(rq, rs, 200, ap_collection_json(rq->arena, id, list.total, 1));
    json_t *items = json_array(), *item;
    for (size_t i = 0; i < list.count; i++) {
        TRY(outbox_item(rq, actor, &list.items[i], &item));
        if (item)
            json_array_append_new(items, item);
    }
    json_t *json = ap_numbered_page(rq->arena, id, list.total, page, PAGE_ACTIVITIES, items);
    return ap_answer(rq, rs, 200, ap_with_context(json, AP_VIDEO));
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
                              json_string(person_uri(rq->arena, ap_site(rq), &list.items[i])));
    bool more = rq->app->config->show_followers && start + PAGE_ITEMS < list.total;
    return ap_answer(rq, rs, 200,
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
    TRY(ap_federates(rq));
    TRY(actor_asked(rq, &actor));
    TRY(ap_page_asked(rq, &page));
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
                : ap_answer(rq, rs, 200, ap_collection_json(rq->arena, id, total, 1));
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
    int64_t created_ms,
        video_id = ap_number(arena_strndup(rq->arena, name, strcspn(name, "-")));
    bool like = strcmp(req_param(rq, "part"), "likes") == 0;
    TRY(ap_federates(rq));
    if (!like && strcmp(req_param(rq, "part"), "dislikes") != 0)
        return h_page_not_found(rq, rs);
    TRY(actor_asked(rq, &actor));
    TRY(rate_at(rq->db, actor.id, video_id, &value, &created_ms));
    if (value != (like ? RATE_LIKE : RATE_DISLIKE) ||
        (since && ap_number(since + 1) != created_ms))
        return FAIL(NOT_FOUND, "there is no such rate");
    TRY(video_brief(rq->db, rq->arena, video_id, &video));
    TRY(remote_actor_get_by_id(rq->db, rq->arena,
                               video.account_id ? video.account_id : video.channel_id, &owner));
    const char *actor_id = id_of(rq, &actor);
    return ap_answer(
        rq, rs, 200,
        ap_with_context(
            ap_activity_json(like ? "Like" : "Dislike",
                             ap_rate_name(rq->arena, actor_id, video_id, value, created_ms),
                             actor_id, json_string(ap_brief_id(rq->arena, ap_site(rq), &video)),
                             ap_list(actor_uri(rq->arena, ap_site(rq), &owner), NULL), NULL),
            AP_FLAT));
}

static struct err follow_json(struct req *rq, const struct follow *f, const char **follower,
                              const char **target, json_t **out)
{
    struct remote_actor from, to;
    TRY(remote_actor_get_by_id(rq->db, rq->arena, f->follower_id, &from));
    TRY(remote_actor_get_by_id(rq->db, rq->arena, f->target_id, &to));
    *follower = actor_uri(rq->arena, ap_site(rq), &from);
    *target = actor_uri(rq->arena, ap_site(rq), &to);
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
    TRY(ap_federates(rq));
    TRY(actor_asked(rq, &actor));
    TRY(follow_get_by_id(rq->db, rq->arena, ap_number(req_param(rq, "follow")), &f));
    if (f.follower_id != actor.id || f.uri)
        return FAIL(NOT_FOUND, "there is no such follow");
    TRY(follow_json(rq, &f, &follower, &target, &json));
    return ap_answer(rq, rs, 200, ap_with_context(json, AP_FLAT));
}

/* GET /accounts/:name/accepts/follows/:follow */
struct err h_ap_answer(struct req *rq, struct res *rs)
{
    struct actor actor;
    struct follow f;
    const char *follower, *target;
    json_t *json;
    TRY(ap_federates(rq));
    TRY(actor_asked(rq, &actor));
    TRY(follow_get_by_id(rq->db, rq->arena, ap_number(req_param(rq, "follow")), &f));
    if (f.target_id != actor.id || strcmp(f.state, "accepted") != 0)
        return FAIL(NOT_FOUND, "there is no such answer");
    TRY(follow_json(rq, &f, &follower, &target, &json));
    return ap_answer(
        rq, rs, 200,
        ap_with_context(ap_activity_json("Accept",
                                         ap_answer_name(rq->arena, target, f.id, true), target,
                                         json, ap_list(follower, NULL), NULL),
                        AP_FLAT));
}
