/* outbox.c — see outbox.h. */
#include "server/domain/outbox.h"

#include "base/clock.h"
#include "base/strbuf.h"
#include "server/db/db_account.h"
#include "server/db/db_job.h"
#include "server/db/db_social.h"
#include "server/domain/notification.h"
#include "server/domain/publish.h"

enum { FEDERATE_PRIORITY = 50, VIEWS_TOLD_MAX = 20 };

static void add_id(struct strbuf *json, const char *key, int64_t id)
{
    if (id)
        strbuf_addf(json, ",\"%s\":%lld", key, (long long)id);
}

static void add_text(struct strbuf *json, const char *key, const char *text)
{
    if (!text)
        return;
    strbuf_addf(json, ",\"%s\":", key);
    strbuf_add_json(json, text);
}

struct err outbox_note(struct db *db, struct arena *a, const struct outbox_note *n)
{
    struct strbuf json = STRBUF_IN(a);
    strbuf_addf(&json, "{\"what\":\"%s\",\"at\":%lld", n->what, (long long)now_ms());
    add_id(&json, "video", n->video);
    add_id(&json, "comment", n->comment);
    add_id(&json, "actor", n->actor);
    add_id(&json, "channel", n->channel);
    add_id(&json, "target", n->target);
    add_id(&json, "follow", n->follow);
    add_id(&json, "share", n->share);
    add_id(&json, "incoming", n->incoming);
    add_id(&json, "report", n->report);
    add_id(&json, "value", n->value);
    add_id(&json, "since", n->since);
    add_text(&json, "path", n->path);
    add_text(&json, "uri", n->uri);
    if (n->inboxes)
        strbuf_addf(&json, ",\"inboxes\":%s", n->inboxes);
    strbuf_adds(&json, "}");
    /* Not tied to the video's row: the news of its end outlives it. */
    return db_job_insert(db, &(struct job_new){.kind = "federate",
                                               .payload = json.text,
                                               .lane = LANE_QUICK,
                                               .priority = FEDERATE_PRIORITY});
}

static const char *path_of(struct arena *a, const struct db_video_outbox *v)
{
    return arena_printf(a, "videos/watch/%s", v->uuid);
}

const char *outbox_inboxes_json(struct arena *a, const struct inbox_list *list)
{
    struct strbuf json = STRBUF_IN(a);
    strbuf_adds(&json, "[");
    for (size_t i = 0; i < list->count; i++) {
        strbuf_adds(&json, i ? ",[" : "[");
        strbuf_add_json(&json, list->items[i].url);
        strbuf_adds(&json, ",");
        strbuf_add_json(&json, list->items[i].host);
        strbuf_adds(&json, "]");
    }
    strbuf_adds(&json, "]");
    return json.text;
}

/* Everybody who was told of it: followers of account and channel, and who shared, rated or
 * answered it. */
static struct err audience(struct db *db, struct arena *a, int64_t video_id,
                           const struct db_video_outbox *v, const char **inboxes)
{
    int64_t actors[3] = {v->account_id, v->channel_id};
    size_t count = 2;
    struct inbox_list list = {0};
    struct actor site;
    if (!db_actor_by_name(db, a, SITE_ACTOR_NAME, "", &site).id)
        actors[count++] = site.id;
    TRY(follow_inboxes(db, a, actors, count, &list));
    TRY(db_video_share_inboxes(db, a, video_id, &list));
    *inboxes = outbox_inboxes_json(a, &list);
    return OK;
}

struct err outbox_video_audience(struct db *db, struct arena *a, int64_t video_id,
                                 const char **inboxes)
{
    struct db_video_outbox v;
    TRY(db_video_outbox_state(db, a, video_id, &v));
    return audience(db, a, video_id, &v, inboxes);
}

static struct err end_told(struct db *db, struct arena *a, const struct db_video_outbox *v,
                           const char *inboxes)
{
    TRY(db_tombstone_put(db, path_of(a, v), "Video", now_ms()));
    return outbox_note(db, a,
                       &(struct outbox_note){.what = "video_delete",
                                             .path = path_of(a, v),
                                             .actor = v->account_id,
                                             .channel = v->channel_id,
                                             .inboxes = inboxes});
}

static struct err video_gone(struct db *db, struct arena *a, int64_t video_id,
                             const struct db_video_outbox *v)
{
    const char *inboxes;
    TRY(audience(db, a, video_id, v, &inboxes));
    return end_told(db, a, v, inboxes);
}

/* An unlisted one was announced to nobody, but whoever got its address may have answered. */
static struct err unlisted_gone(struct db *db, struct arena *a, int64_t video_id,
                                const struct db_video_outbox *v)
{
    struct inbox_list list = {0};
    TRY(db_video_share_inboxes(db, a, video_id, &list));
    return list.count ? end_told(db, a, v, outbox_inboxes_json(a, &list)) : OK;
}

static struct err video_changed(struct db *db, struct arena *a, int64_t video_id)
{
    struct db_video_outbox v;
    TRY(db_video_outbox_state(db, a, video_id, &v));
    if (v.uri || (!v.listed && !v.federated))
        return OK;
    if (!v.listed && v.privacy == PRIVACY_PUBLIC) /* being made once more */
        return OK;
    if (!v.listed) {
        TRY(db_video_federated_set(db, video_id, false));
        return video_gone(db, a, video_id, &v);
    }
    if (!v.federated && v.picture_comes)
        return OK;
    if (!v.federated) {
        TRY(db_video_federated_set(db, video_id, true));
        TRY(notify_video(db, video_id));
        TRY(db_tombstone_drop(db, path_of(a, &v)));
    }
    return outbox_note(
        db, a,
        &(struct outbox_note){.what = v.federated ? "video_update" : "video_publish",
                              .video = video_id});
}

struct err outbox_video_changed(struct db *db, struct arena *a, int64_t video_id)
{
    DB_TRANSACTION(db, video_changed(db, a, video_id));
    return OK;
}

static struct err video_pictured(struct db *db, struct arena *a, int64_t video_id)
{
    struct db_video_outbox v;
    TRY(db_video_outbox_state(db, a, video_id, &v));
    return v.federated ? OK : video_changed(db, a, video_id);
}

struct err outbox_video_pictured(struct db *db, struct arena *a, int64_t video_id)
{
    DB_TRANSACTION(db, video_pictured(db, a, video_id));
    return OK;
}

struct err outbox_viewed(struct db *db, struct arena *a, int64_t video_id, int64_t views)
{
    struct db_video_outbox v;
    struct err e = db_video_outbox_state(db, a, video_id, &v);
    if (e.id == ERR_VIDEO_NOT_FOUND || (!e.id && !v.uri))
        return OK;
    TRY(e);
    int value = views > VIEWS_TOLD_MAX ? VIEWS_TOLD_MAX : (int)views;
    return outbox_note(
        db, a, &(struct outbox_note){.what = "view", .video = video_id, .value = value});
}

static struct err video_deleting(struct db *db, struct arena *a, int64_t video_id)
{
    struct db_video_outbox v;
    TRY(db_video_outbox_state(db, a, video_id, &v));
    if (v.uri)
        return OK;
    /* listed, though not told of yet: it could be found, and fetched by those who follow */
    return v.federated || v.listed ? video_gone(db, a, video_id, &v)
                                   : unlisted_gone(db, a, video_id, &v);
}

struct err outbox_video_deleting(struct db *db, struct arena *a, int64_t video_id)
{
    DB_TRANSACTION(db, video_deleting(db, a, video_id));
    return OK;
}

struct err tombstone_put(struct db *db, const char *path, const char *former)
{
    DB_TRANSACTION(db, db_tombstone_put(db, path, former, now_ms()));
    return OK;
}

struct err tombstone_get(struct db *db, struct arena *a, const char *path, const char **former,
                         int64_t *deleted_ms)
{
    return db_tombstone_get(db, a, path, former, deleted_ms);
}
