/* process_objects.c — Create, Update, Delete and Announce: of notes, videos and actors. */
#include "server/activitypub/process_parts.h"

#include "base/clock.h"
#include "server/db/db.h"
#include "server/domain/comment.h"
#include "server/domain/notification.h"
#include "server/domain/rate.h"
#include "server/domain/remote_actor.h"
#include "server/domain/remote_video.h"

#include <string.h>

static bool is_note_type(const json_t *object)
{
    return ap_is(object, "Note") || ap_is(object, "Article") || ap_is(object, "Question") ||
           ap_is(object, "Page");
}

/* What is embedded counts when its author signed it and lives where it lives. */
static bool is_embedded(const struct act *act, const json_t *object)
{
    const char *id = ap_id(object);
    if (act->told || !json_is_object(object) || !id || !ap_same_host(id, act->actor))
        return false;
    size_t count;
    const char **authors = ap_ids_of(act->r->a, object, "attributedTo", &count);
    for (size_t i = 0; i < count; i++)
        if (strcmp(authors[i], act->actor) == 0)
            return true;
    const char *audience = ap_id_of(object, "audience");
    return count > 0 && audience && strcmp(audience, act->actor) == 0;
}

/* --- notes ---------------------------------------------------------------------------------
 */

static struct err go_on(struct act *act, int64_t comment_id)
{
    struct comment comment;
    TRY(comment_get(act->r->db, act->r->a, comment_id, &comment));
    return comment.held || comment.deleted_ms ? OK
                                              : act_forward(act, comment.video_id, comment_id);
}

static struct err put_note(struct act *act, json_t *note)
{
    int64_t comment_id;
    if (note)
        TRY(act_not_over(act, act->object));
    if (!note) {
        if (!web_url(act->object))
            return IGNORE("the activity has no object");
        TRY(reach_fetch(act->r, act->object, &note));
        if (!is_note_type(note))
            return IGNORE("the object is of no kind that is shown here");
    }
    TRY(resolve_note_document(act->r, note, &comment_id));
    return go_on(act, comment_id);
}

/* --- videos --------------------------------------------------------------------------------
 */

/* What the origin serves is whole; what was pushed may be shortened, and is used only when the
 * origin cannot be asked, or serves an older one: PeerTube keeps its documents for a second. */
static struct err put_video(struct act *act, json_t *pushed, int64_t *id)
{
    struct video_place stored;
    int64_t start_ms = now_ms();
    struct err e = resolve_video(act->r, act->object, true, id);
    if (!pushed || e.id == ERR_PEER_GONE || e.id == ERR_STOPPED || e.id == ERR_ACTIVITY_INVALID)
        return e;
    if (!e.id) {
        TRY(remote_video_by_id(act->r->db, act->r->a, *id, &stored));
        if (ap_date(pushed, "updated", 0) <= stored.updated_ms)
            return OK;
    }
    act->r->asked_ms = start_ms;
    return resolve_video_document(act->r, pushed, id);
}

/* Who follows the channel here hears of a new video. */
static struct err tell_followers(struct act *act, int64_t video_id)
{
    DB_TRANSACTION(act->r->db, notify_video(act->r->db, video_id));
    return OK;
}

/* Only its own account and channel may tell of a video that is known. */
static struct err owns_video(struct act *act, const char *uri)
{
    struct video_place known;
    struct err e = remote_video_by_uri(act->r->db, act->r->a, uri, &known);
    if (e.id == ERR_NOT_FOUND)
        return OK;
    TRY(e);
    return known.owner_id == act->actor_id || known.channel_id == act->actor_id
               ? OK
               : FAIL(NOT_OWNER, "the video is another's");
}

/* --- activities ----------------------------------------------------------------------------
 */

struct err act_create(struct act *act)
{
    json_t *object = ap_object_of(act->json, "object");
    int64_t id;
    if (!web_url(act->object))
        return IGNORE("the activity has no object");
    if (object && ap_is(object, "Video")) {
        if (!act->told && !ap_same_host(act->object, act->actor))
            return IGNORE("the video lives elsewhere than its author");
        bool own = is_embedded(act, object);
        if (own)
            TRY(owns_video(act, act->object));
        TRY(put_video(act, own ? object : NULL, &id));
        return tell_followers(act, id);
    }
    if (object && !is_note_type(object))
        return IGNORE("the object is of no kind that is shown here");
    return put_note(act, object && is_embedded(act, object) ? object : NULL);
}

/* An edit without its time is now: Friendica and snac do so. */
static void date_edit(json_t *note)
{
    char *now;
    SCOPED_ARENA struct arena *a = arena_open();
    if (ap_date(note, "updated", 0) > ap_date(note, "published", 0))
        return;
    now = ap_date_text(a, now_ms());
    json_object_set_new(note, "updated", json_string(now));
}

struct err act_update(struct act *act)
{
    json_t *object = ap_object_of(act->json, "object");
    int64_t id;
    if (!web_url(act->object))
        return IGNORE("the activity has no object");
    if (strcmp(act->object, act->actor) == 0 && !act->told && object && ap_is_actor(object))
        return resolve_actor_document(act->r, object, &id);
    if (!object || ap_is_actor(object)) {
        struct remote_actor known;
        if (!remote_actor_get_by_uri(act->r->db, act->r->a, act->object, &known).id)
            return resolve_actor(act->r, act->object, true, &id);
        if (object)
            return IGNORE("an actor that is not known here changed");
    }
    if (object && ap_is(object, "Video")) {
        if (!act->told)
            TRY(owns_video(act, act->object));
        return put_video(act, is_embedded(act, object) ? object : NULL, &id);
    }
    if (object && !is_note_type(object))
        return IGNORE("the object is of no kind that is shown here");
    if (object && is_embedded(act, object)) {
        date_edit(object);
        return put_note(act, object);
    }
    return put_note(act, NULL);
}

/* Told by somebody else: only when its origin says so, too. */
static struct err confirm_gone(struct act *act)
{
    json_t *document;
    struct err e = reach_fetch(act->r, act->object, &document);
    if (e.id == ERR_PEER_GONE)
        return OK;
    TRY(e);
    return ap_is_tombstone(document) ? OK : FAIL(FORBIDDEN, "its origin still has it");
}

static struct err delete_actor(struct act *act, const char *uri)
{
    struct remote_actor actor;
    TRY(remote_actor_get_by_uri(act->r->db, act->r->a, uri, &actor));
    if (act->told)
        TRY(confirm_gone(act));
    else if (actor.id != act->actor_id && actor.owner_id != act->actor_id)
        return FAIL(NOT_OWNER, "nobody deletes another");
    return remote_actor_forget(act->r->db, act->r->a, actor.id);
}

static struct err delete_comment(struct act *act, const struct comment *comment)
{
    int64_t by = act->actor_id;
    if (act->told) {
        TRY(confirm_gone(act));
        by = comment->author.id;
    }
    TRY(comment_delete_remote(act->r->db, act->r->a, comment->uri, by));
    return comment->held ? OK : act_forward(act, comment->video_id, comment->id);
}

static struct err delete_video(struct act *act, const struct video_place *video)
{
    if (act->told)
        TRY(confirm_gone(act));
    else
        TRY(owns_video(act, video->uri));
    return remote_video_delete(act->r->db, video->id);
}

/* The owner of a video elsewhere removes what somebody here wrote below it. */
static struct err delete_ours(struct act *act)
{
    struct local_name name;
    struct comment comment;
    struct video_place video;
    TRY(resolve_local(act->r, act->object, &name));
    if (name.kind != LOCAL_COMMENT || act->told)
        return FAIL(NOT_OWNER, "what is ours is deleted here");
    TRY(comment_get(act->r->db, act->r->a, name.id, &comment));
    TRY(remote_video_by_id(act->r->db, act->r->a, comment.video_id, &video));
    if (!video.uri || (video.owner_id != act->actor_id && video.channel_id != act->actor_id))
        return FAIL(NOT_OWNER, "the video is another's");
    return comment_delete(act->r->db, act->r->a, comment.id);
}

struct err act_delete(struct act *act)
{
    struct comment comment;
    struct video_place video;
    struct reach *r = act->r;
    if (!web_url(act->object))
        return IGNORE("the activity has no object");
    if (reach_is_ours(r, act->object))
        return delete_ours(act);
    struct err e = comment_get_by_uri(r->db, r->a, act->object, &comment);
    if (!e.id)
        return delete_comment(act, &comment);
    if (e.id != ERR_NOT_FOUND)
        return e;
    TRY(act_overtook(act, act->object)); /* before the look: it may be on its way here */
    e = remote_video_by_uri(r->db, r->a, act->object, &video);
    if (!e.id)
        return delete_video(act, &video);
    if (e.id != ERR_NOT_FOUND)
        return e;
    e = delete_actor(act, act->object);
    if (e.id != ERR_NOT_FOUND)
        return e;
    return IGNORE("there is no such thing here");
}

static struct err share_remote(struct act *act)
{
    struct share share;
    bool followed;
    int64_t id;
    TRY(actor_is_followed(act->r->db, act->actor_id, &followed));
    struct place place;
    bool known = !resolve_known_place(act->r, act->object, &place).id;
    if (!known && !followed)
        return IGNORE("nobody here follows who shared it");
    if (known && place.comment_id)
        return IGNORE("a comment was shared");
    TRY(resolve_video(act->r, act->object, false, &id));
    if (followed) {
        TRY(remote_video_list(act->r->db, id));
        TRY(tell_followers(act, id));
    }
    return share_put(act->r->db, act->r->a, act->actor_id, id, act->id, &share);
}

struct err act_announce(struct act *act)
{
    struct place place;
    struct share share;
    if (act->told) { /* it must be what its own host says */
        json_t *document;
        TRY(reach_fetch(act->r, act->id, &document));
        const char *actor = ap_id_of(document, "actor"), *object = ap_id_of(document, "object");
        if (!ap_is(document, "Announce") || !actor || strcmp(actor, act->actor) != 0 || !object)
            return IGNORE("its origin does not tell of this share");
        TRY(resolve_actor(act->r, act->actor, false, &act->actor_id));
        act->object = object;
        act->told = false;
    }
    if (!web_url(act->object))
        return IGNORE("the activity has no object");
    if (!reach_is_ours(act->r, act->object))
        return share_remote(act);
    TRY(resolve_known_place(act->r, act->object, &place));
    if (place.comment_id)
        return IGNORE("a comment was shared");
    return share_put(act->r->db, act->r->a, act->actor_id, place.video_id, act->id, &share);
}
