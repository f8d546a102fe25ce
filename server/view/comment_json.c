/* comment_json.c — see comment_json.h. */
#include "server/view/comment_json.h"

#include "server/view/remote_json.h"

#include "base/crypto.h"
#include "server/domain/account.h"
#include "server/view/actor_json.h"

#include <string.h>

enum { DEPTH_MAX = 500 }; /* of nested JSON; what is deeper stands beside its parent */

const char *comment_uri(struct arena *a, const char *site_url, const struct comment *c)
{
    if (c->uri)
        return c->uri;
    return arena_printf(a, "%s/videos/watch/%s/comments/%lld", site_url, c->video_uuid,
                        (long long)c->id);
}

json_t *person_json(struct arena *a, const char *site_url, const struct person *p)
{
    json_t *avatars = remote_avatars_json(a, site_url, p->id, p->icon_url, 0);
    const char *url = p->page_url && p->uri ? p->page_url : person_uri(a, site_url, p);
    return json_pack("{s:I, s:s, s:s, s:s, s:s, s:o}", "id", (json_int_t)p->id, "name", p->name,
                     "displayName", p->display_name, "url", url, "host",
                     *p->host ? p->host : url_host(site_url), "avatars", avatars);
}

json_t *comment_json(struct arena *a, const char *site_url, const struct comment *c)
{
    bool deleted = c->deleted_ms != 0;
    return json_pack(
        "{s:I, s:s, s:s, s:s, s:s?, s:I, s:o, s:I, s:o, s:o, s:o, s:b, s:b, s:I, s:I, s:I, "
        "s:o}",
        "id", (json_int_t)c->id, "url", c->page_url ? c->page_url : comment_uri(a, site_url, c),
        "text",
        deleted     ? ""
        : c->source ? c->source
                    : c->html,
        "html", deleted ? "" : c->html, "summary", c->sensitive, "threadId",
        (json_int_t)c->thread_id, "inReplyToCommentId",
        c->parent_id ? json_integer(c->parent_id) : json_null(), "videoId",
        (json_int_t)c->video_id, "createdAt", iso_time_json(c->created_ms), "updatedAt",
        iso_time_json(c->updated_ms), "deletedAt",
        deleted ? iso_time_json(c->deleted_ms) : json_null(), "heldForReview", c->held,
        "isDeleted", deleted, "totalRepliesFromVideoAuthor", (json_int_t)c->owner_replies,
        "totalReplies", (json_int_t)c->replies, "likes", (json_int_t)c->likes, "account",
        deleted || !c->author.id ? json_null() : person_json(a, site_url, &c->author));
}

struct node {
    json_t *children; /* borrowed: part of the tree */
    int depth;
};

json_t *comment_tree_json(struct arena *a, const char *site_url,
                          const struct comment_list *thread)
{
    struct node *nodes = arena_alloc(a, thread->count * sizeof *nodes);
    json_t *root = NULL;
    for (size_t i = 0; i < thread->count; i++) {
        const struct comment *c = &thread->items[i];
        json_t *children = json_array();
        json_t *json = json_pack("{s:o, s:o}", "comment", comment_json(a, site_url, c),
                                 "children", children);
        nodes[i].children = children;
        if (!i) {
            root = json;
            continue;
        }
        size_t parent = 0; /* a parent that is not shown: below the first */
        size_t low = 0, high = i;
        while (low < high) { /* they stand in order of id */
            size_t middle = (low + high) / 2;
            if (thread->items[middle].id == c->parent_id)
                parent = low = high = middle;
            else if (thread->items[middle].id < c->parent_id)
                low = middle + 1;
            else
                high = middle;
        }
        bool deep = nodes[parent].depth >= DEPTH_MAX;
        nodes[i].depth = nodes[parent].depth + 1;
        json_array_append_new(nodes[parent].children, json);
        if (deep)
            nodes[i] = nodes[parent];
    }
    return root;
}

static const char *followed_kind(const char *kind)
{
    return strcmp(kind, "Group") == 0         ? "channel"
           : strcmp(kind, "Application") == 0 ? "instance"
                                              : "account";
}

static json_t *told_video(const struct notification *n)
{
    char short_uuid[UUID_SHORT_TEXT];
    uuid_shorten(n->video_uuid, short_uuid);
    return json_pack("{s:I, s:s, s:s, s:s}", "id", (json_int_t)n->video_id, "uuid",
                     n->video_uuid, "shortUUID", short_uuid, "name", n->video_name);
}

json_t *notification_json(struct arena *a, const char *site_url, const struct notification *n)
{
    json_t *json =
        json_pack("{s:I, s:i, s:b, s:n, s:o, s:o}", "id", (json_int_t)n->id, "type", n->type,
                  "read", n->read, "data", "createdAt", iso_time_json(n->created_ms),
                  "updatedAt", iso_time_json(n->created_ms));
    json_t *actor = n->actor.id ? person_json(a, site_url, &n->actor) : json_null();
    if (n->comment_id && n->video_uuid) {
        json_object_set_new(json, "comment",
                            json_pack("{s:I, s:I, s:o, s:b, s:o}", "id",
                                      (json_int_t)n->comment_id, "threadId",
                                      (json_int_t)n->thread_id, "account", actor,
                                      "heldForReview", n->held, "video", told_video(n)));
    } else if (n->report_id) {
        json_object_set_new(json, "abuse",
                            json_pack("{s:I, s:i, s:s, s:o}", "id", (json_int_t)n->report_id,
                                      "state", n->report_state, "kind", n->report_kind,
                                      "reporterAccount", actor));
    } else if (n->video_uuid) {
        json_t *video = told_video(n);
        json_object_set_new(video, "channel", actor);
        json_object_set_new(json, "video", video);
    } else if (n->target_id) {
        json_object_set_new(json, "actorFollow",
                            json_pack("{s:I, s:s, s:o, s:{s:s, s:s, s:s, s:s}}", "id",
                                      (json_int_t)n->id, "state", "accepted", "follower", actor,
                                      "following", "type", followed_kind(n->target_kind),
                                      "displayName", n->target_display_name, "name",
                                      n->target_name, "host", url_host(site_url)));
    } else {
        json_decref(actor);
    }
    return json;
}
