/* process.c — which activity does what; follows, rates and the small ones. What tells of
 * objects: process_objects.c. */
#include "server/activitypub/process.h"

#include "server/activitypub/process_parts.h"

#include "base/clock.h"
#include "base/log.h"
#include "server/db/db_job.h"
#include "server/db/db_video.h"
#include "server/domain/block.h"
#include "server/domain/comment.h"
#include "server/domain/follow.h"
#include "server/domain/outbox.h"
#include "server/domain/rate.h"
#include "server/domain/remote_actor.h"
#include "server/domain/remote_video.h"
#include "server/domain/report.h"
#include "server/domain/text.h"

#include <string.h>

enum { REASON_BYTES = 3000, FLAGGED_MAX = 20, HOUR_MS = 3600 * 1000, DAY_MS = 24 * HOUR_MS };

/* --- helpers -------------------------------------------------------------------------------
 */

struct err act_local_actor(struct act *act, const char *uri, int64_t *id)
{
    struct local_name name;
    if (!uri)
        return IGNORE("the activity has no object");
    TRY(resolve_local(act->r, uri, &name));
    if (name.kind != LOCAL_ACTOR)
        return FAIL(NOT_FOUND, "that is nobody here");
    *id = name.id;
    return OK;
}

static struct err note_forward(struct act *act, int64_t video_id, int64_t comment_id)
{
    DB_TRANSACTION(act->r->db, outbox_note(act->r->db, act->r->a,
                                           &(struct outbox_note){.what = "forward",
                                                                 .video = video_id,
                                                                 .comment = comment_id,
                                                                 .actor = act->actor_id,
                                                                 .incoming = act->row->id}));
    return OK;
}

struct err act_forward(struct act *act, int64_t video_id, int64_t comment_id)
{
    struct reach *r = act->r;
    struct video_place video;
    bool anybody;
    if (act->told) /* somebody forwarded it already */
        return OK;
    TRY(remote_video_by_id(r->db, r->a, video_id, &video));
    if (video.uri)
        return OK;
    TRY(follow_elsewhere(r->db, video.channel_id, video.owner_id, ap_url_host(r->a, act->actor),
                         &anybody));
    return anybody ? note_forward(act, video_id, comment_id) : OK;
}

static struct err overtaken_put(struct db *db, const char *uri)
{
    DB_TRANSACTION(db, db_overtaken_put(db, uri, now_ms()));
    return OK;
}

static struct err overtaken_drop(struct db *db, const char *uri)
{
    DB_TRANSACTION(db, db_overtaken_drop(db, uri));
    return OK;
}

struct err act_overtook(struct act *act, const char *uri)
{
    return act->told || !web_url(uri) || !ap_same_host(uri, act->actor)
               ? OK
               : overtaken_put(act->r->db, uri);
}

struct err act_not_over(struct act *act, const char *uri)
{
    bool over;
    TRY(db_overtaken_since(act->r->db, uri, 0, &over));
    return over ? IGNORE("it was taken back before it came") : OK;
}

/* Ids of what is done and undone are used again by some: once is enough. */
static struct err not_undone(struct act *act)
{
    struct err e = act_not_over(act, act->id);
    if (e.id == ERR_ACTIVITY_INVALID)
        TRY(overtaken_drop(act->r->db, act->id));
    return e;
}

/* --- follows -------------------------------------------------------------------------------
 */

static struct err act_follow(struct act *act)
{
    struct follow follow;
    struct remote_actor target;
    int64_t target_id;
    TRY(act_local_actor(act, act->object, &target_id));
    TRY(not_undone(act));
    TRY(remote_actor_get_by_id(act->r->db, act->r->a, target_id, &target));
    bool whole_site = strcmp(target.kind, "Application") == 0;
    const char *rule = whole_site ? act->r->app->config->site_followers : "accept";
    TRY(follow_request(act->r->db, act->r->a, act->actor_id, target_id, act->id,
                       strcmp(rule, "accept") == 0, &follow));
    return strcmp(rule, "refuse") == 0
               ? follow_reject(act->r->db, act->r->a, act->actor_id, target_id)
               : OK;
}

/* The Follow of ours that is answered: by its id, else by who follows whom. */
static struct err answered_follow(struct act *act, struct follow *out)
{
    struct reach *r = act->r;
    struct local_name name;
    int64_t follower_id;
    json_t *inner = ap_object_of(act->json, "object");
    if (act->object) {
        TRY(resolve_local(r, act->object, &name));
        if (name.kind == LOCAL_FOLLOW) {
            TRY(follow_get_by_id(r->db, r->a, name.id, out));
            if (out->target_id == act->actor_id)
                return OK;
            return FAIL(NOT_OWNER, "another was asked");
        }
    }
    const char *target = ap_id_of(inner, "object");
    if (!inner || (target && strcmp(target, act->actor) != 0))
        return FAIL(NOT_FOUND, "there is no such request of ours");
    TRY(act_local_actor(act, ap_id_of(inner, "actor"), &follower_id));
    return follow_get(r->db, r->a, follower_id, act->actor_id, out);
}

static struct err ask_for_import(struct act *act)
{
    DB_TRANSACTION(
        act->r->db,
        db_job_insert(act->r->db,
                      &(struct job_new){.kind = "import_outbox",
                                        .payload = arena_printf(act->r->a, "{\"actor\":%lld}",
                                                                (long long)act->actor_id),
                                        .lane = LANE_QUICK,
                                        .priority = 500}));
    return OK;
}

static struct err act_accept(struct act *act)
{
    struct follow follow;
    bool followed;
    TRY(answered_follow(act, &follow));
    TRY(actor_is_followed(act->r->db, act->actor_id, &followed));
    TRY(follow_accept(act->r->db, act->r->a, follow.follower_id, act->actor_id));
    return followed ? OK : ask_for_import(act);
}

static struct err act_reject(struct act *act)
{
    struct follow follow;
    TRY(answered_follow(act, &follow));
    return follow_reject(act->r->db, act->r->a, follow.follower_id, act->actor_id);
}

/* Whoever blocks somebody here does not want to be followed by him either. */
static struct err act_block(struct act *act)
{
    struct follow follow;
    int64_t local_id;
    TRY(act_local_actor(act, act->object, &local_id));
    if (!follow_get(act->r->db, act->r->a, local_id, act->actor_id, &follow).id)
        TRY(follow_reject(act->r->db, act->r->a, local_id, act->actor_id));
    return follow_remove(act->r->db, act->r->a, act->actor_id, local_id);
}

/* He moved: his new self must name the old one; who followed him here follows on. */
static struct err act_move(struct act *act)
{
    struct reach *r = act->r;
    const char *to = ap_id_of(act->json, "target");
    json_t *document;
    int64_t target_id;
    size_t count;
    bool named = false;
    if (!act->object || strcmp(act->object, act->actor) != 0 || !web_url(to))
        return IGNORE("only the actor himself moves");
    TRY(reach_fetch(r, to, &document));
    const char **names = ap_ids_of(r->a, document, "alsoKnownAs", &count);
    for (size_t i = 0; i < count; i++)
        named = named || strcmp(names[i], act->actor) == 0;
    if (!named)
        return FAIL(FORBIDDEN, "the new actor does not know the old one");
    TRY(resolve_actor_document(r, document, &target_id));
    TRY(remote_actor_moved(r->db, act->actor_id, ap_id(document)));
    struct person_list followers = {0};
    TRY(follow_followers(r->db, r->a, act->actor_id, 0, 1000, &followers));
    for (size_t i = 0; i < followers.count; i++) {
        struct follow follow;
        if (!*followers.items[i].host)
            TRY(follow_request(r->db, r->a, followers.items[i].id, target_id, NULL, false,
                               &follow));
    }
    return OK;
}

/* --- rates ---------------------------------------------------------------------------------
 */

static struct err rate(struct act *act, enum rating value)
{
    struct place place;
    if (!act->object)
        return IGNORE("the activity has no object");
    TRY(resolve_known_place(act->r, act->object, &place));
    TRY(not_undone(act));
    if (!place.comment_id)
        return rate_set(act->r->db, act->r->a, act->actor_id, place.video_id, value, act->id);
    if (value != RATE_LIKE)
        return IGNORE("comments are not disliked here");
    return comment_rate_set(act->r->db, act->actor_id, place.comment_id, true, act->id);
}

static struct err act_like(struct act *act)
{
    return rate(act, RATE_LIKE);
}

static struct err act_dislike(struct act *act)
{
    return rate(act, RATE_DISLIKE);
}

/* --- Undo ----------------------------------------------------------------------------------
 */

/* One of another name that came lately is a newer one, which overtook this Undo; otherwise it
 * is meant, by peers that make up a new name for what they take back. */
static struct err undo_rate(struct act *act, const char *id, const char *object,
                            enum rating value)
{
    struct place place;
    struct rate_now now;
    TRY(resolve_known_place(act->r, object, &place));
    if (place.comment_id)
        return comment_rate_set(act->r->db, act->actor_id, place.comment_id, false, NULL);
    TRY(rate_now(act->r->db, act->r->a, act->actor_id, place.video_id, &now));
    bool another = now.uri && web_url(id) && strcmp(now.uri, id) != 0 &&
                   now.created_ms > now_ms() - HOUR_MS;
    if (now.value == RATE_NONE || another)
        return act_overtook(act, id);
    return now.value == value
               ? rate_set(act->r->db, act->r->a, act->actor_id, place.video_id, RATE_NONE, NULL)
               : OK;
}

static struct err undo_by_id(struct act *act)
{
    struct follow follow;
    bool undone;
    if (!act->object)
        return IGNORE("the activity has no object");
    struct err e = follow_get_by_uri(act->r->db, act->r->a, act->object, &follow);
    if (!e.id && follow.follower_id == act->actor_id)
        return follow_remove(act->r->db, act->r->a, follow.follower_id, follow.target_id);
    if (e.id && e.id != ERR_NOT_FOUND)
        return e;
    TRY(rate_undo_by_uri(act->r->db, act->actor_id, act->object, &undone));
    if (!undone)
        TRY(act_overtook(act, act->object));
    return undone ? OK : IGNORE("there is nothing of this kind to take back");
}

static struct err act_undo(struct act *act)
{
    const json_t *inner = ap_object_of(act->json, "object");
    const char *object = ap_id_of(inner, "object"), *actor = ap_id_of(inner, "actor");
    struct place place;
    int64_t target_id;
    if (actor && strcmp(actor, act->actor) != 0)
        return FAIL(NOT_OWNER, "nobody takes back what another did");
    if (!inner || !object)
        return undo_by_id(act);
    if (ap_is(inner, "Follow")) {
        struct follow follow;
        TRY(act_local_actor(act, object, &target_id));
        struct err e = follow_get(act->r->db, act->r->a, act->actor_id, target_id, &follow);
        if (e.id == ERR_NOT_FOUND)
            return act_overtook(act, act->object);
        TRY(e);
        return follow_remove(act->r->db, act->r->a, act->actor_id, target_id);
    }
    if (ap_is(inner, "Like") || ap_is(inner, "EmojiReact"))
        return undo_rate(act, act->object, object, RATE_LIKE);
    if (ap_is(inner, "Dislike"))
        return undo_rate(act, act->object, object, RATE_DISLIKE);
    if (ap_is(inner, "Announce")) {
        TRY(resolve_known_place(act->r, object, &place));
        return place.comment_id
                   ? OK
                   : share_remove(act->r->db, act->r->a, act->actor_id, place.video_id);
    }
    if (ap_is(inner, "Block"))
        return OK; /* he may follow again */
    return undo_by_id(act);
}

/* --- the small ones ------------------------------------------------------------------------
 */

static bool flagged(struct act *act, const char *uri, struct report_new *report)
{
    struct local_name name;
    struct place place;
    if (resolve_local(act->r, uri, &name).id)
        return false;
    if (name.kind == LOCAL_ACTOR) {
        report->actor_id = name.id;
        return true;
    }
    if (resolve_known_place(act->r, uri, &place).id)
        return false;
    report->comment_id = place.comment_id;
    report->video_id = place.video_id;
    return true;
}

/* One report for each thing here that was named; accounts alone only when nothing else was. */
static struct err act_flag(struct act *act)
{
    size_t count, reports = 0;
    const char **ids = ap_ids_of(act->r->a, act->json, "object", &count);
    const char *content = ap_text(act->json, "content");
    struct report_new whole = {0};
    int64_t id;
    const char *reason = short_text(
        act->r->a, content ? text_plain(act->r->a, content, REASON_BYTES) : NULL, REASON_BYTES);
    for (size_t i = 0; i < count && i < FLAGGED_MAX; i++) {
        struct report_new one = {.reporter_id = act->actor_id,
                                 .reason = reason ? reason : "",
                                 .start_s = -1,
                                 .end_s = -1};
        if (!flagged(act, ids[i], &one))
            continue;
        if (one.actor_id) {
            whole = one;
            continue;
        }
        TRY(report_put(act->r->db, act->r->a, &one, &id));
        reports++;
    }
    if (!reports && !whole.actor_id)
        return IGNORE("nothing of what was reported is here");
    return reports ? OK : report_put(act->r->db, act->r->a, &whole, &id);
}

/* A view counted elsewhere; those with an end only tell who watches right now. */
static struct err add_view(struct act *act, int64_t video_id)
{
    DB_TRANSACTION(act->r->db, db_video_views_add(act->r->db, video_id, 1, now_ms() / DAY_MS));
    return OK;
}

static struct err act_view(struct act *act)
{
    struct local_name name;
    if (!act->object || ap_date(act->json, "expires", 0))
        return IGNORE("tells only who is watching");
    TRY(resolve_local(act->r, act->object, &name));
    return name.kind == LOCAL_VIDEO ? add_view(act, name.id) : IGNORE("no video of ours");
}

static struct err approval(struct act *act, bool approved)
{
    struct reach *r = act->r;
    struct local_name name;
    struct comment comment;
    struct video_place video;
    if (!act->object)
        return IGNORE("the activity has no object");
    TRY(resolve_local(r, act->object, &name));
    if (name.kind != LOCAL_COMMENT)
        return FAIL(NOT_FOUND, "there is no such comment of ours");
    TRY(comment_get(r->db, r->a, name.id, &comment));
    TRY(remote_video_by_id(r->db, r->a, comment.video_id, &video));
    if (!video.uri || (video.owner_id != act->actor_id && video.channel_id != act->actor_id))
        return FAIL(NOT_OWNER, "the video is another's");
    return approved ? comment_approved_remotely(r->db, comment.id, act->id)
                    : comment_delete(r->db, r->a, comment.id);
}

static struct err act_approve(struct act *act)
{
    return approval(act, true);
}

static struct err act_refuse(struct act *act)
{
    return approval(act, false);
}

/* --- which ----------------------------------------------------------------- */

static const struct {
    const char *type;
    struct err (*run)(struct act *act);
    bool may_be_told; /* it then asks the origin */
} kinds[] = {
    {"Create", act_create, true},
    {"Update", act_update, true},
    {"Delete", act_delete, true},
    {"Announce", act_announce, true},
    {"Follow", act_follow, false},
    {"Undo", act_undo, false},
    {"Accept", act_accept, false},
    {"Reject", act_reject, false},
    {"Like", act_like, false},
    {"EmojiReact", act_like, false},
    {"EmojiReaction", act_like, false},
    {"Dislike", act_dislike, false},
    {"Block", act_block, false},
    {"Flag", act_flag, false},
    {"Move", act_move, false},
    {"View", act_view, false},
    {"ApproveReply", act_approve, false},
    {"RejectReply", act_refuse, false},
};

struct err process_activity(struct reach *r, const struct incoming *row)
{
    struct act act = {.r = r, .row = row};
    struct remote_actor signer;
    TRY(ap_parse(r->a, row->body, strlen(row->body), &act.json));
    act.id = ap_id(act.json);
    act.type = ap_type(act.json);
    act.actor = ap_id_of(act.json, "actor");
    act.object = ap_id_of(act.json, "object");
    TRY(remote_actor_get_by_id(r->db, r->a, row->signer_id, &signer));
    if (!act.id || !act.actor || !signer.uri)
        return IGNORE("an activity needs an id and an actor");
    if (signer.gone)
        return IGNORE("the actor was deleted");
    act.told = strcmp(signer.uri, act.actor) != 0;
    act.actor_id = signer.id;
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
        if (ap_is(act.json, kinds[i].type))
            return act.told && !kinds[i].may_be_told
                       ? FAIL(FORBIDDEN, "signed by another than its actor")
                       : kinds[i].run(&act);
    return IGNORE("not a kind of activity that does anything here");
}
