/* federate.c — job federate: one note of the way out (domain/outbox.h) becomes activities, each
 * with the inboxes it goes to. The letters and the end of the job are one transaction, so that
 * nothing is told twice and nothing is forgotten. */
#include "server/jobs/federate_parts.h"

#include "base/clock.h"
#include "base/log.h"
#include "base/strbuf.h"
#include "server/activitypub/federation.h"
#include "server/activitypub/ldsig.h"
#include "server/activitypub/signers.h"
#include "server/app.h"
#include "server/config.h"
#include "server/db/db_incoming.h"
#include "server/domain/account.h"
#include "server/domain/federated.h"
#include "server/domain/follow.h"

#include <stdarg.h>
#include <string.h>

/* --- what the kinds share ---------------------------------------------------------------- */

const char *errand_ids(struct errand *e, int64_t first, ...)
{
    struct strbuf list = STRBUF_IN(e->a);
    va_list more;
    va_start(more, first);
    for (int64_t id = first; id >= 0; id = va_arg(more, int64_t))
        if (id)
            strbuf_addf(&list, "%c%lld", list.length ? ',' : '[', (long long)id);
    va_end(more);
    if (!list.length)
        return NULL;
    strbuf_adds(&list, "]");
    return list.text;
}

struct err errand_actor(struct errand *e, int64_t id, const char **uri)
{
    struct remote_actor actor;
    TRY(remote_actor_get_by_id(e->db, e->a, id, &actor));
    *uri = actor_uri(e->a, e->site, &actor);
    return OK;
}

/* What it brings or changes, or what it ends: so that a peer that was away when a thing came
 * and went hears of its end alone. */
static void name_subject(struct errand *e, const json_t *activity, struct delivery_new *to)
{
    const char *type = json_string_value(json_object_get(activity, "type"));
    const json_t *object = json_object_get(activity, "object");
    const char *object_id = json_is_string(object)
                                ? json_string_value(object)
                                : json_string_value(json_object_get(object, "id"));
    bool is_own = strcmp(type, "Create") == 0 || strcmp(type, "Update") == 0;
    bool ends = strcmp(type, "Delete") == 0 || strcmp(type, "Undo") == 0;
    const char *id =
        is_own || ends ? object_id : json_string_value(json_object_get(activity, "id"));
    *(ends ? &to->ends : &to->subject) = id ? arena_strdup(e->a, id) : NULL;
}

struct err errand_post(struct errand *e, json_t *activity, enum ap_context context,
                       const struct delivery_new *to)
{
    struct delivery_new named = *to;
    name_subject(e, activity, &named);
    json_t *document = ap_with_context(activity, context);
    struct fetch_signer signer;
    struct err failed = OK;
    if (e->letter_count == ERRAND_LETTERS_MAX)
        failed = FAIL(INTERNAL, "one note, too many letters");
    if (!failed.id)
        failed = signers_get(federation_signers(e->r->app->federation), e->db, e->a,
                             to->signer_id, &signer);
    if (failed.id) {
        json_decref(document);
        return failed;
    }
    if (context == AP_FLAT || context == AP_NOTE)
        ldsig_sign(e->a, document,
                   arena_strndup(e->a, signer.key_id, strcspn(signer.key_id, "#")), signer.key,
                   now_ms());
    key_close(signer.key);
    char *text = json_dumps(document, JSON_COMPACT);
    json_decref(document);
    if (!text)
        return FAIL(INTERNAL, "an activity cannot be written");
    e->letters[e->letter_count++] = (struct letter){arena_strdup(e->a, text), named};
    free(text);
    return OK;
}

/* --- follows ------------------------------------------------------------------------------ */

static struct err follow_activity(struct errand *e, const char *id, int64_t follower,
                                  int64_t target, json_t **out)
{
    const char *from, *to;
    TRY(errand_actor(e, follower, &from));
    TRY(errand_actor(e, target, &to));
    *out = ap_activity_json("Follow", id ? id : ap_follow_name(e->a, from, e->follow), from,
                            json_string(to), ap_list(to, NULL), NULL);
    return OK;
}

static struct err to_person(struct errand *e, json_t *activity, int64_t signer, int64_t target)
{
    return errand_post(
        e, activity, AP_FLAT,
        &(struct delivery_new){.signer_id = signer, .personal = errand_ids(e, target, END)});
}

static struct err follow(struct errand *e)
{
    struct follow now;
    json_t *activity;
    struct err gone = follow_get_by_id(e->db, e->a, e->follow, &now);
    if (gone.id == ERR_NOT_FOUND) /* taken back meanwhile: its Undo follows, and is harmless */
        return OK;
    TRY(gone);
    TRY(follow_activity(e, NULL, e->actor, e->target, &activity));
    return to_person(e, activity, e->actor, e->target);
}

static struct err undo(struct errand *e, json_t *activity, const char *actor, json_t *to,
                       json_t *cc, const struct delivery_new *delivery)
{
    const char *id = json_string_value(json_object_get(activity, "id"));
    return errand_post(
        e,
        ap_activity_json("Undo", arena_printf(e->a, "%s/undo/%lld", id, (long long)e->at_ms),
                         actor, activity, to, cc),
        AP_FLAT, delivery);
}

static struct err unfollow(struct errand *e)
{
    json_t *activity;
    const char *from, *to;
    TRY(errand_actor(e, e->actor, &from));
    TRY(errand_actor(e, e->target, &to));
    TRY(follow_activity(e, NULL, e->actor, e->target, &activity));
    return undo(e, activity, from, ap_list(to, NULL), NULL,
                &(struct delivery_new){.signer_id = e->actor,
                                       .personal = errand_ids(e, e->target, END)});
}

static struct err answer(struct errand *e)
{
    bool yes = strcmp(e->what, "accept") == 0;
    const char *followed, *follower;
    json_t *object;
    if (!e->uri) /* nobody elsewhere asked */
        return OK;
    TRY(errand_actor(e, e->actor, &followed));
    TRY(errand_actor(e, e->target, &follower));
    TRY(follow_activity(e, e->uri, e->target, e->actor, &object));
    return to_person(e,
                     ap_activity_json(yes ? "Accept" : "Reject",
                                      ap_answer_name(e->a, followed, e->follow, yes), followed,
                                      object, ap_list(follower, NULL), NULL),
                     e->actor, e->target);
}

/* --- rates and shares --------------------------------------------------------------------- */

struct about { /* a video that somebody here rates or shares */
    struct video_brief video;
    const char *actor, *owner, *id;
    struct delivery_new to;
};

static struct err about_video(struct errand *e, struct about *out)
{
    struct video_brief *v = &out->video;
    TRY(video_brief(e->db, e->a, e->video, v));
    TRY(errand_actor(e, e->actor, &out->actor));
    TRY(errand_actor(e, v->account_id ? v->account_id : v->channel_id, &out->owner));
    out->id = ap_brief_id(e->a, e->site, v);
    out->to = (struct delivery_new){
        .signer_id = e->actor,
        .shared = errand_ids(e, v->account_id, v->channel_id, END),
    };
    return OK;
}

static json_t *rate_json(struct errand *e, const struct about *about)
{
    return ap_activity_json(e->value > 0 ? "Like" : "Dislike",
                            ap_rate_name(e->a, about->actor, e->video, e->value, e->since),
                            about->actor, json_string(about->id), ap_list(about->owner, NULL),
                            NULL);
}

/* Of a video of ours everybody who follows it hears, so that counts agree. */
static struct err rate(struct errand *e)
{
    struct about about;
    TRY(about_video(e, &about));
    if (!about.video.uri)
        about.to.followed = errand_ids(e, about.video.account_id, about.video.channel_id, END);
    if (strcmp(e->what, "unrate") == 0)
        return undo(e, rate_json(e, &about), about.actor, ap_list(about.owner, NULL), NULL,
                    &about.to);
    return errand_post(e, rate_json(e, &about), AP_FLAT, &about.to);
}

static json_t *announce_json(struct errand *e, const char *actor, const char *uuid,
                             const char *video_id, int64_t share)
{
    return ap_activity_json("Announce", ap_share_name(e->a, e->site, uuid, share), actor,
                            json_string(video_id), ap_list(AP_NAME_PUBLIC, NULL),
                            ap_list(ap_below(e->a, actor, "followers"), NULL));
}

static struct err share(struct errand *e)
{
    struct about about;
    TRY(about_video(e, &about));
    about.to.followed = errand_ids(e, e->actor, END);
    json_t *json = announce_json(e, about.actor, about.video.uuid, about.id, e->share);
    if (strcmp(e->what, "unshare") != 0)
        return errand_post(e, json, AP_FLAT, &about.to);
    return undo(e, json, about.actor, ap_list(AP_NAME_PUBLIC, NULL),
                ap_list(ap_below(e->a, about.actor, "followers"), about.owner, NULL),
                &about.to);
}

/* --- videos ------------------------------------------------------------------------------- */

struct err errand_announce(struct errand *e, int64_t actor_id, const struct video *v)
{
    int64_t id;
    const char *actor;
    TRY(share_own(e->db, actor_id, v->id, true, &id));
    TRY(errand_actor(e, actor_id, &actor));
    return errand_post(
        e, announce_json(e, actor, v->uuid, ap_video_name(e->a, e->site, v->uuid), id), AP_FLAT,
        &(struct delivery_new){.signer_id = actor_id,
                               .followed = errand_ids(e, actor_id, END)});
}

static struct err published(struct errand *e)
{
    struct video v;
    struct ap_video parts;
    int64_t site_id;
    bool open;
    TRY(errand_video(e, &v, &parts, &open));
    if (!open)
        return OK;
    json_t *create = ap_video_create_json(e->a, e->site, &parts);
    json_object_del(create, "@context");
    TRY(errand_post(e, create, AP_VIDEO,
                    &(struct delivery_new){.signer_id = v.account.id,
                                           .followed = errand_ids(e, v.account.id, END)}));
    TRY(errand_announce(e, v.channel.id, &v));
    TRY(site_actor_ensure(e->db, e->a, &site_id));
    return errand_announce(e, site_id, &v);
}

static struct err edited(struct errand *e)
{
    struct video v;
    struct ap_video parts;
    const char *inboxes;
    bool open;
    TRY(errand_video(e, &v, &parts, &open));
    if (!open)
        return OK;
    TRY(outbox_video_audience(e->db, e->a, v.id, &inboxes));
    json_t *update = ap_video_update_json(e->a, e->site, &parts);
    json_object_del(update, "@context");
    return errand_post(e, update, AP_VIDEO,
                       &(struct delivery_new){.signer_id = v.account.id, .inboxes = inboxes});
}

static struct err deleted(struct errand *e)
{
    const char *actor, *id = ap_below(e->a, e->site, e->path);
    TRY(errand_actor(e, e->actor, &actor));
    bool is_actor = strcmp(e->what, "actor_delete") == 0;
    return errand_post(
        e,
        ap_activity_json("Delete", ap_below(e->a, id, "delete"), actor,
                         json_string(is_actor ? actor : id), ap_list(AP_NAME_PUBLIC, NULL),
                         ap_list(ap_below(e->a, actor, "followers"), NULL)),
        AP_FLAT, &(struct delivery_new){.signer_id = e->actor, .inboxes = e->inboxes});
}

/* PeerTube counts one a View, whatever it says of how many; each has an id of its own. */
static struct err view(struct errand *e)
{
    struct about about;
    TRY(site_actor_ensure(e->db, e->a, &e->actor));
    TRY(about_video(e, &about));
    for (int i = 0; i < e->value; i++)
        TRY(errand_post(
            e,
            ap_activity_json("View",
                             arena_printf(e->a, "%s/views/videos/%lld/%lld-%d", about.actor,
                                          (long long)e->video, (long long)e->at_ms, i),
                             about.actor, json_string(about.id), ap_list(about.owner, NULL),
                             NULL),
            AP_FLAT, &about.to));
    return OK;
}

/* --- actors ------------------------------------------------------------------------------- */

static struct err actor_update(struct errand *e)
{
    struct actor_facts f;
    TRY(actor_facts(e->db, e->a, e->actor, &f));
    TRY(signer_public_pem(e->db, e->a, e->actor, &f.actor.public_key));
    return errand_post(e, ap_actor_update_json(e->a, e->site, &f), AP_ACTOR,
                       &(struct delivery_new){.signer_id = e->actor,
                                              .followed = errand_ids(e, e->actor, END)});
}

/* --- forwarding --------------------------------------------------------------------------- */

/* The exact bytes that came go on to those who would not get them from their author: the
 * remote followers of the video that live elsewhere than he. */
static struct err forward(struct errand *e)
{
    struct video_brief video;
    struct remote_actor author;
    const char *body;
    TRY(video_brief(e->db, e->a, e->video, &video));
    TRY(remote_actor_get_by_id(e->db, e->a, e->actor, &author));
    struct err gone = db_incoming_body(e->db, e->a, e->incoming, &body);
    if (gone.id == ERR_NOT_FOUND) /* it came days ago */
        return OK;
    TRY(gone);
    struct inbox_list all = {0};
    struct strbuf list = STRBUF_IN(e->a);
    TRY(follow_inboxes(e->db, e->a, (int64_t[]){video.channel_id, video.account_id}, 2, &all));
    for (size_t i = 0; i < all.count; i++) {
        if (strcmp(all.items[i].host, author.host) == 0)
            continue;
        strbuf_adds(&list, list.length ? ",[" : "[[");
        strbuf_add_json(&list, all.items[i].url);
        strbuf_adds(&list, ",");
        strbuf_add_json(&list, all.items[i].host);
        strbuf_adds(&list, "]");
    }
    if (!list.length)
        return OK;
    strbuf_adds(&list, "]");
    e->letters[e->letter_count++] =
        (struct letter){body, {.signer_id = video.channel_id, .inboxes = list.text}};
    return OK;
}

/* --- the job ------------------------------------------------------------------------------ */

static const struct {
    const char *what;
    struct err (*run)(struct errand *e);
} kinds[] = {
    {"video_publish", published},
    {"video_update", edited},
    {"video_delete", deleted},
    {"comment_create", errand_comment},
    {"comment_update", errand_comment},
    {"comment_delete", errand_comment_delete},
    {"comment_approve", errand_comment_answer},
    {"comment_reject", errand_comment_answer},
    {"rate", rate},
    {"unrate", rate},
    {"share", share},
    {"view", view},
    {"unshare", share},
    {"follow", follow},
    {"unfollow", unfollow},
    {"accept", answer},
    {"reject", answer},
    {"actor_update", actor_update},
    {"actor_delete", deleted},
    {"forward", forward},
    {"flag", errand_flag},
};

static int64_t number(const json_t *note, const char *name)
{
    return json_integer_value(json_object_get(note, name));
}

static const char *text(struct errand *e, const json_t *note, const char *name)
{
    const char *value = json_string_value(json_object_get(note, name));
    return value ? arena_strdup(e->a, value) : NULL;
}

static void read_note(struct errand *e)
{
    json_t *note = json_loads(e->r->job.payload, 0, NULL),
           *inboxes = json_object_get(note, "inboxes");
    e->what = text(e, note, "what");
    e->path = text(e, note, "path");
    e->uri = text(e, note, "uri");
    e->video = number(note, "video");
    e->comment = number(note, "comment");
    e->actor = number(note, "actor");
    e->target = number(note, "target");
    e->follow = number(note, "follow");
    e->share = number(note, "share");
    e->incoming = number(note, "incoming");
    e->report = number(note, "report");
    e->value = (int)number(note, "value");
    e->at_ms = number(note, "at");
    e->since = number(note, "since");
    if (inboxes) {
        char *list = json_dumps(inboxes, JSON_COMPACT);
        e->inboxes = arena_strdup(e->a, list ? list : "[]");
        free(list);
    }
    json_decref(note);
}

static struct err send_all(struct errand *e)
{
    for (size_t i = 0; i < e->letter_count; i++) {
        int64_t count;
        TRY(delivery_add(e->db, e->letters[i].body, &e->letters[i].to, &count));
    }
    return db_job_done(e->db, e->r->job.id, NULL, now_ms());
}

static struct err run_errand(struct errand *e)
{
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
        if (e->what && strcmp(e->what, kinds[i].what) == 0)
            return kinds[i].run(e);
    return FAIL(INTERNAL, "a note of the way out that nobody understands");
}

static struct err federate_run(struct job_run *r)
{
    struct errand e = {.r = r, .db = r->db, .a = r->arena, .site = r->app->config->url};
    if (r->app->federation) {
        read_note(&e);
        struct err failed = run_errand(&e);
        if (err_retryable(failed.id))
            return failed;
        if (failed.id) /* what it tells of is gone meanwhile */
            log_info("federate_dropped", "what=%s reason=%s", e.what ? e.what : "",
                     LOG_QUOTE(failed.detail));
    }
    DB_TRANSACTION(r->db, send_all(&e));
    return OK;
}

const struct job_kind job_federate = {"federate", federate_run, NULL};
