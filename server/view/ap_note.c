/* ap_note.c — see ap_note.h. */
#include "server/view/ap_note.h"

#include "server/domain/account.h"

#include <string.h>

const char *ap_comment_id(struct arena *a, const char *site_url, const struct comment *c)
{
    return c->uri ? c->uri : ap_comment_name(a, site_url, c->video_uuid, c->id);
}

const char *ap_brief_id(struct arena *a, const char *site_url, const struct video_brief *v)
{
    return v->uri ? v->uri : ap_video_name(a, site_url, v->uuid);
}

/* Nobody mentions himself, and nobody is named twice. */
static void add_mention(struct arena *a, const char *site_url, struct ap_note *n,
                        const char *id, const char *name, const char *host)
{
    if (n->author_id && strcmp(id, n->author_id) == 0)
        return;
    for (size_t i = 0; i < n->mention_count; i++)
        if (strcmp(n->mentions[i].id, id) == 0)
            return;
    n->mentions[n->mention_count++] = (struct ap_mention){
        id, arena_printf(a, "@%s@%s", name, *host ? host : url_host(site_url))};
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
            add_mention(a, site_url, &n, n.parent_author_id, p->name, p->host);
        }
    }
    for (size_t i = 0; i < f->mention_count; i++) {
        const struct remote_actor *m = &f->mentions[i];
        add_mention(a, site_url, &n, actor_uri(a, site_url, m), m->name, m->host);
    }
    return n;
}
