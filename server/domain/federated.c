/* federated.c — see federated.h. */
#include "server/domain/federated.h"

#include "server/domain/account.h"
#include "server/domain/text.h"

struct err video_parts(struct db *db, const struct storage *s, struct arena *a,
                       const struct video *v, struct video_parts *out)
{
    *out = (struct video_parts){0};
    TRY(video_plain(db, s, a, v, &out->plain));
    TRY(video_storyboard(db, a, v->id, &out->storyboard));
    return video_captions(db, a, v->id, &out->captions);
}

bool video_is_open(const struct video *v)
{
    return !*v->account.host && !video_is_private(v) && v->state == VIDEO_PUBLISHED;
}

static bool is_listed(const struct note_facts *f, int64_t id)
{
    for (size_t i = 0; i < f->mention_count; i++)
        if (f->mentions[i].id == id)
            return true;
    return false;
}

static struct err add_mentions(struct db *db, struct arena *a, const char *site_url,
                               struct note_facts *f)
{
    size_t count;
    struct text_mention *all =
        text_mentions(a, f->comment.source ? f->comment.source : "", &count);
    for (size_t i = 0; i < count && f->mention_count < NOTE_MENTIONS_MAX; i++) {
        struct actor found;
        if (all[i].hashtag)
            continue;
        struct err e = account_get(db, a, arena_printf(a, "%s@%s", all[i].name, all[i].host),
                                   url_host(site_url), &found);
        if (e.id == ERR_NOT_FOUND || (!e.id && is_listed(f, found.id)))
            continue;
        TRY(e);
        TRY(remote_actor_get_by_id(db, a, found.id, &f->mentions[f->mention_count]));
        f->mention_count++;
    }
    return OK;
}

struct err note_facts(struct db *db, struct arena *a, int64_t comment_id, const char *site_url,
                      struct note_facts *out)
{
    *out = (struct note_facts){0};
    TRY(comment_get(db, a, comment_id, &out->comment));
    TRY(video_brief(db, a, out->comment.video_id, &out->video));
    TRY(remote_actor_get_by_id(db, a, out->video.channel_id, &out->channel));
    if (out->video.account_id)
        TRY(remote_actor_get_by_id(db, a, out->video.account_id, &out->account));
    if (out->comment.parent_id)
        TRY(comment_get(db, a, out->comment.parent_id, &out->parent));
    return add_mentions(db, a, site_url, out);
}

struct err actor_facts(struct db *db, struct arena *a, int64_t actor_id,
                       struct actor_facts *out)
{
    struct actor actor;
    *out = (struct actor_facts){0};
    TRY(actor_get_by_id(db, a, actor_id, &actor));
    TRY(remote_actor_get_by_id(db, a, actor_id, &out->actor));
    if (out->actor.gone)
        return FAIL(NOT_FOUND, "who it is about has left");
    out->support = actor.support;
    out->updated_ms = actor.updated_ms;
    return actor.owner_id ? remote_actor_get_by_id(db, a, actor.owner_id, &out->owner) : OK;
}
