/* ap_note.c — see ap_note.h. */
#include "server/view/ap_note.h"

#include "server/domain/account.h"

const char *ap_comment_id(struct arena *a, const char *site_url, const struct comment *c)
{
    return c->uri ? c->uri : ap_comment_name(a, site_url, c->video_uuid, c->id);
}

const char *ap_brief_id(struct arena *a, const char *site_url, const struct video_brief *v)
{
    return v->uri ? v->uri : ap_video_name(a, site_url, v->uuid);
}

struct ap_note ap_note_of(struct arena *a, const char *site_url, const struct note_facts *f)
{
    struct ap_note n = {
        .comment = &f->comment,
        .id = ap_comment_id(a, site_url, &f->comment),
        .author_id = person_uri(a, site_url, &f->comment.author),
        .in_reply_to = ap_brief_id(a, site_url, &f->video),
        .video_channel_id = actor_uri(a, site_url, &f->channel),
    };
    if (f->account.id)
        n.video_account_id = actor_uri(a, site_url, &f->account);
    if (f->parent.id) {
        const struct person *p = &f->parent.author;
        n.in_reply_to = ap_comment_id(a, site_url, &f->parent);
        if (p->id) {
            n.parent_author_id = person_uri(a, site_url, p);
            n.parent_author_handle =
                arena_printf(a, "@%s@%s", p->name, *p->host ? p->host : url_host(site_url));
        }
    }
    return n;
}
