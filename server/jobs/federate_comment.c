/* federate_comment.c — comments of people here on their way out, and what owners here say of
 * comments from elsewhere. Also the video that an errand is about. */
#include "server/jobs/federate_parts.h"

#include "base/strbuf.h"
#include "server/activitypub/resolve.h"
#include "server/app.h"
#include "server/config.h"
#include "server/domain/federated.h"
#include "server/domain/text.h"
#include "server/storage/storage.h"

#include <string.h>

enum { MENTIONS_ASKED_MAX = 5 };

struct err errand_video(struct errand *e, struct video *v, struct ap_video *out, bool *open)
{
    struct video_parts *parts = arena_alloc(e->a, sizeof *parts);
    bool by_number;
    TRY(video_find(e->db, e->a, arena_printf(e->a, "%lld", (long long)e->video), v,
                   &by_number));
    *open = video_is_open(v) && v->privacy == PRIVACY_PUBLIC;
    if (!*open)
        return OK;
    TRY(video_parts(e->db, e->r->app->storage, e->a, v, parts));
    *out = ap_video_of(v, parts);
    return OK;
}

/* People elsewhere whom the text names and whom we never met are looked up, so that they are
 * told too. Who cannot be found stays text. */
static void meet_mentioned(struct errand *e, const struct comment *c)
{
    size_t count, asked = 0;
    struct text_mention *all = text_mentions(e->a, c->source ? c->source : "", &count);
    struct reach reach = reach_of(e->r->app, e->db, e->a);
    for (size_t i = 0; i < count && asked < MENTIONS_ASKED_MAX; i++) {
        char *uri;
        int64_t id;
        if (all[i].hashtag || !*all[i].host)
            continue;
        asked++;
        const char *handle = arena_printf(e->a, "%s@%s", all[i].name, all[i].host);
        if (!resolve_handle(&reach, handle, &uri).id)
            (void)!resolve_actor(&reach, uri, false, &id).id;
    }
}

/* Whom a comment goes to: the followers of its author; the owner of the video, the author of
 * what it answers and the people it names; of a video of ours all who follow it. */
static struct delivery_new audience(struct errand *e, const struct note_facts *f)
{
    struct strbuf ids = STRBUF_IN(e->a);
    strbuf_addf(&ids, "[%lld,%lld,%lld,%lld", (long long)f->video.channel_id,
                (long long)f->video.account_id, (long long)f->parent.author.id,
                (long long)e->target);
    for (size_t i = 0; i < f->mention_count; i++)
        strbuf_addf(&ids, ",%lld", (long long)f->mentions[i].id);
    strbuf_adds(&ids, "]");
    bool ours = !f->video.uri;
    return (struct delivery_new){
        .signer_id = f->comment.author.id,
        .followed = errand_ids(e, f->comment.author.id, ours ? f->video.channel_id : 0,
                               ours ? f->video.account_id : 0, END),
        .shared = ids.text,
    };
}

static bool may_be_told(const struct note_facts *f)
{
    return !f->comment.uri && !f->comment.held && f->comment.author.id &&
           (f->video.uri || f->video.privacy <= PRIVACY_UNLISTED);
}

struct err errand_comment(struct errand *e)
{
    struct note_facts f;
    bool update = strcmp(e->what, "comment_update") == 0;
    TRY(note_facts(e->db, e->a, e->comment, e->site, &f));
    if (f.comment.deleted_ms || !may_be_told(&f))
        return OK;
    meet_mentioned(e, &f.comment);
    TRY(note_facts(e->db, e->a, e->comment, e->site, &f));
    struct ap_note note = ap_note_of(e->a, e->site, &f);
    struct delivery_new to = audience(e, &f);
    return errand_post(e, ap_note_activity_json(e->a, &note, update), AP_NOTE, &to);
}

/* By its author here, or by the owner of the video when it is from elsewhere. */
struct err errand_comment_delete(struct errand *e)
{
    struct note_facts f;
    TRY(note_facts(e->db, e->a, e->comment, e->site, &f));
    f.comment.author.id = e->actor; /* a tombstone does not tell */
    struct ap_note note = ap_note_of(e->a, e->site, &f);
    struct delivery_new to = audience(e, &f);
    TRY(errand_actor(e, e->actor, &note.author_id));
    const char *name = ap_comment_name(e->a, e->site, f.comment.video_uuid, f.comment.id);
    return errand_post(e,
                       ap_activity_json("Delete", ap_below(e->a, name, "delete"),
                                        note.author_id, json_string(note.id), ap_note_to(&note),
                                        ap_note_cc(e->a, &note)),
                       AP_FLAT, &to);
}

/* ApproveReply or RejectReply by the owner of the video to the author. Approved comments are
 * fetched by whom the approval reaches: their author's server, and the followers of the video.
 */
struct err errand_comment_answer(struct errand *e)
{
    struct note_facts f;
    const char *owner;
    bool yes = strcmp(e->what, "comment_approve") == 0;
    TRY(note_facts(e->db, e->a, e->comment, e->site, &f));
    if (!f.comment.uri || f.video.uri)
        return OK;
    struct ap_note note = ap_note_of(e->a, e->site, &f);
    TRY(errand_actor(e, e->actor, &owner));
    const char *name = ap_comment_name(e->a, e->site, f.video.uuid, f.comment.id);
    struct delivery_new to = {
        .signer_id = e->actor,
        .shared = errand_ids(e, f.comment.author.id, END),
        .followed = yes ? errand_ids(e, f.video.channel_id, f.video.account_id, END) : NULL,
    };
    return errand_post(
        e,
        ap_activity_json(yes ? "ApproveReply" : "RejectReply",
                         ap_below(e->a, name, yes ? "approve-reply" : "reject-reply"), owner,
                         json_string(note.id),
                         note.author_id ? ap_list(note.author_id, NULL) : json_array(), NULL),
        AP_NOTE, &to);
}
