/* comment.c — see comment.h. */
#include "server/domain/comment.h"

#include "base/clock.h"
#include "server/db/db_account.h"
#include "server/db/db_social.h"
#include "server/db/db_video.h"
#include "server/domain/outbox.h"
#include "server/domain/text.h"
#include "server/domain/video.h"

#include <string.h>

/* --- mentions --------------------------------------------------------------- */

struct linker {
    struct db *db;
    struct arena *a;
    const char *site_url;
};

static bool is_here(const struct linker *l, const char *host)
{
    return !*host || !strcmp(host, url_host(l->site_url));
}

static const char *link_of(void *state, const struct text_mention *m)
{
    struct linker *l = state;
    struct actor found;
    struct remote_actor remote;
    if (m->hashtag)
        return arena_printf(l->a, "%s/search?tagsOneOf=%s", l->site_url, m->name);
    if (db_actor_by_name(l->db, l->a, m->name, is_here(l, m->host) ? "" : m->host, &found).id ||
        db_remote_actor_by_id(l->db, l->a, found.id, &remote).id)
        return NULL;
    return remote.page_url ? remote.page_url : actor_uri(l->a, l->site_url, &remote);
}

static const char *html_of(struct linker *l, const char *source)
{
    return text_markdown_linked(l->a, source, link_of, l);
}

/* Tells people here whom the text names, but its author and `told_user_id`. */
static struct err tell_mentioned(struct linker *l, const struct comment *c, const char *text,
                                 int64_t told_user_id)
{
    size_t count;
    struct text_mention *all = text_mentions(l->a, text, &count);
    for (size_t i = 0; i < count; i++) {
        struct actor named;
        if (all[i].hashtag || !is_here(l, all[i].host) ||
            db_actor_by_name(l->db, l->a, all[i].name, "", &named).id || !named.user_id ||
            named.id == c->author.id || named.user_id == told_user_id)
            continue;
        bool twice = false;
        for (size_t k = 0; k < i && !twice; k++)
            twice = !all[k].hashtag && !strcasecmp(all[k].name, all[i].name) &&
                    is_here(l, all[k].host);
        if (!twice)
            TRY(notify(l->db, &(struct notification_new){.user_id = named.user_id,
                                                         .type = NOTIFY_MENTION,
                                                         .actor_id = c->author.id,
                                                         .video_id = c->video_id,
                                                         .comment_id = c->id}));
    }
    return OK;
}

/* The owner of a local video, and whom the text names. `owner_id`: the video's user. */
static struct err tell(struct linker *l, const struct comment *c, const char *text,
                       int64_t owner_id, int64_t owner_account_id)
{
    bool own = !owner_id || c->author.id == owner_account_id;
    if (!own)
        TRY(notify(l->db, &(struct notification_new){.user_id = owner_id,
                                                     .type = NOTIFY_COMMENT,
                                                     .actor_id = c->author.id,
                                                     .video_id = c->video_id,
                                                     .comment_id = c->id}));
    return tell_mentioned(l, c, text, own ? 0 : owner_id);
}

/* --- writing ---------------------------------------------------------------- */

static struct err parent_of(struct db *db, struct arena *a, int64_t video_id, int64_t parent_id,
                            struct comment *out)
{
    *out = (struct comment){0};
    if (!parent_id)
        return OK;
    TRY(db_comment_by_id(db, a, parent_id, out));
    if (out->video_id != video_id)
        return FAIL(NOT_FOUND, "this comment is not one of this video");
    return OK;
}

static struct err create_local(struct db *db, struct arena *a, const struct comment_new *n,
                               struct comment *out)
{
    const struct video *v = n->video;
    struct linker linker = {db, a, n->site_url};
    struct comment parent;
    bool blocked;
    TRY(parent_of(db, a, v->id, n->parent_id, &parent));
    if (parent.deleted_ms || parent.held)
        return FAIL(NOT_FOUND, "the comment that this answers is not there");
    TRY(db_block_of_actor(db, v->user_id, n->actor_id, &blocked));
    if (blocked)
        return FAIL(FORBIDDEN, "the owner of this video does not want your comments");
    bool own = n->actor_id == v->account.id;
    struct comment c = {
        .video_id = v->id,
        .parent_id = parent.id,
        .thread_id = parent.thread_id,
        .html = html_of(&linker, n->source),
        .source = n->source,
        .author.id = n->actor_id,
        /* A remote video's own server decides what is shown there. */
        .held = v->comments_policy == COMMENTS_APPROVAL && !own && v->user_id,
        .created_ms = now_ms(),
    };
    c.updated_ms = c.created_ms;
    TRY(db_comment_insert(db, &c, &c.id));
    TRY(tell(&linker, &c, n->source, v->user_id, v->account.id));
    if (!c.held)
        TRY(outbox_note(db, a,
                        &(struct outbox_note){.what = "comment_create", .comment = c.id}));
    return db_comment_by_id(db, a, c.id, out);
}

struct err comment_create_local(struct db *db, struct arena *a, const struct comment_new *n,
                                struct comment *out)
{
    if (n->video->comments_policy == COMMENTS_CLOSED)
        return FAIL(FORBIDDEN, "comments are closed under this video");
    DB_TRANSACTION(db, create_local(db, a, n, out));
    return OK;
}

static struct err change_remote(struct db *db, const struct comment *old,
                                const struct comment_remote *c)
{
    if (old->author.id != c->actor_id)
        return FAIL(NOT_OWNER, "somebody else wrote this comment");
    if (old->deleted_ms || c->updated_ms <= old->updated_ms)
        return OK;
    struct comment new = *old;
    new.html = c->html;
    new.sensitive = c->sensitive;
    new.updated_ms = c->updated_ms;
    return db_comment_text_set(db, &new);
}

static struct err put_remote(struct db *db, struct arena *a, const struct comment_remote *r,
                             int64_t *id, bool *is_new)
{
    struct comment old, parent;
    struct video v;
    bool blocked;
    *is_new = false;
    struct err had = db_comment_by_uri(db, a, r->uri, &old);
    if (!had.id) {
        *id = old.id;
        return change_remote(db, &old, r);
    }
    if (had.id != ERR_NOT_FOUND)
        return had;
    TRY(db_video_by_id(db, a, r->video_id, &v));
    TRY(parent_of(db, a, r->video_id, r->parent_id, &parent));
    if (v.user_id && v.comments_policy == COMMENTS_CLOSED)
        return FAIL(FORBIDDEN, "comments are closed under this video");
    TRY(db_block_of_actor(db, v.user_id, r->actor_id, &blocked));
    if (blocked)
        return FAIL(FORBIDDEN, "its author is blocked");
    int64_t now = now_ms();
    struct comment c = {
        .uri = r->uri,
        .page_url = r->page_url,
        .video_id = r->video_id,
        .parent_id = parent.id,
        .thread_id = parent.thread_id,
        .html = r->html,
        .sensitive = r->sensitive,
        .author.id = r->actor_id,
        .held = v.comments_policy == COMMENTS_APPROVAL && v.user_id && !r->approved,
        /* Nobody stays on top of a list by claiming the future. */
        .created_ms = r->published_ms > 0 && r->published_ms < now ? r->published_ms : now,
    };
    c.updated_ms = r->updated_ms > c.created_ms ? r->updated_ms : c.created_ms;
    TRY(db_comment_insert(db, &c, &c.id));
    *id = c.id;
    *is_new = true;
    struct linker linker = {db, a, r->site_url};
    return tell(&linker, &c, text_plain(a, r->html, 0), v.user_id, v.account.id);
}

struct err comment_put_remote(struct db *db, struct arena *a, const struct comment_remote *c,
                              int64_t *id, bool *is_new)
{
    DB_TRANSACTION(db, put_remote(db, a, c, id, is_new));
    return OK;
}

static struct err edit(struct db *db, struct arena *a, int64_t id, const char *source,
                       const char *site_url)
{
    struct linker linker = {db, a, site_url};
    struct comment c;
    TRY(db_comment_by_id(db, a, id, &c));
    if (c.uri || c.deleted_ms)
        return FAIL(NOT_FOUND, "Comment not found");
    int64_t now = now_ms();
    c.source = source;
    c.html = html_of(&linker, source);
    c.updated_ms = now > c.updated_ms ? now : c.updated_ms + 1;
    TRY(db_comment_text_set(db, &c));
    if (c.held)
        return OK;
    return outbox_note(db, a, &(struct outbox_note){.what = "comment_update", .comment = id});
}

struct err comment_edit(struct db *db, struct arena *a, int64_t id, const char *source,
                        const char *site_url)
{
    DB_TRANSACTION(db, edit(db, a, id, source, site_url));
    return OK;
}

/* A comment from elsewhere below a video of ours: its owner says that it goes. */
static struct err tell_removed(struct db *db, struct arena *a, const struct comment *c)
{
    struct video v;
    TRY(db_video_by_id(db, a, c->video_id, &v));
    return v.uri ? OK
                 : outbox_note(db, a,
                               &(struct outbox_note){.what = "comment_delete",
                                                     .comment = c->id,
                                                     .actor = v.account.id,
                                                     .target = c->author.id});
}

static struct err delete_one(struct db *db, struct arena *a, const struct comment *c)
{
    if (c->deleted_ms)
        return OK;
    TRY(db_comment_delete(db, c->id, now_ms()));
    if (c->held) /* it was never told of */
        return OK;
    if (c->uri)
        return tell_removed(db, a, c);
    const char *path =
        arena_printf(a, "videos/watch/%s/comments/%lld", c->video_uuid, (long long)c->id);
    TRY(db_tombstone_put(db, path, "Note", now_ms()));
    return outbox_note(
        db, a,
        &(struct outbox_note){
            .what = "comment_delete", .comment = c->id, .path = path, .actor = c->author.id});
}

static struct err delete_by_id(struct db *db, struct arena *a, int64_t id)
{
    struct comment c;
    TRY(db_comment_by_id(db, a, id, &c));
    return delete_one(db, a, &c);
}

struct err comment_delete(struct db *db, struct arena *a, int64_t id)
{
    DB_TRANSACTION(db, delete_by_id(db, a, id));
    return OK;
}

static struct err delete_remote(struct db *db, struct arena *a, const char *uri,
                                int64_t actor_id)
{
    struct comment c;
    struct video v;
    struct err e = db_comment_by_uri(db, a, uri, &c);
    if (e.id)
        return e.id == ERR_NOT_FOUND ? OK : e;
    TRY(db_video_by_id(db, a, c.video_id, &v));
    if (actor_id != c.author.id && actor_id != v.account.id && actor_id != v.channel.id)
        return FAIL(NOT_OWNER, "somebody else wrote this comment");
    return db_comment_delete(db, c.id, now_ms());
}

struct err comment_delete_remote(struct db *db, struct arena *a, const char *uri,
                                 int64_t actor_id)
{
    DB_TRANSACTION(db, delete_remote(db, a, uri, actor_id));
    return OK;
}

/* --- approval --------------------------------------------------------------- */

static struct err decide(struct db *db, struct arena *a, int64_t id, bool yes)
{
    struct comment c;
    struct video v;
    TRY(db_comment_by_id(db, a, id, &c));
    if (!c.held || c.deleted_ms)
        return FAIL(CONFLICT, "this comment does not wait for approval");
    TRY(db_video_by_id(db, a, c.video_id, &v));
    TRY(yes ? db_comment_release(db, id, NULL) : db_comment_delete(db, id, now_ms()));
    if (c.uri)
        return outbox_note(
            db, a,
            &(struct outbox_note){.what = yes ? "comment_approve" : "comment_reject",
                                  .comment = id,
                                  .actor = v.account.id});
    if (!yes)
        return OK;
    return outbox_note(db, a, &(struct outbox_note){.what = "comment_create", .comment = id});
}

struct err comment_approve(struct db *db, struct arena *a, int64_t id)
{
    DB_TRANSACTION(db, decide(db, a, id, true));
    return OK;
}

struct err comment_reject(struct db *db, struct arena *a, int64_t id)
{
    DB_TRANSACTION(db, decide(db, a, id, false));
    return OK;
}

struct err comment_approved_remotely(struct db *db, int64_t id, const char *approval_uri)
{
    DB_TRANSACTION(db, db_comment_release(db, id, approval_uri));
    return OK;
}

bool comment_may_approve(const struct caller *c, const struct video *v)
{
    return c && (caller_moderates(c) || (v->user_id && c->user_id == v->user_id));
}

bool comment_may_delete(const struct caller *c, const struct video *v,
                        const struct comment *comment)
{
    return comment_may_approve(c, v) ||
           (c && comment->author.id && c->account_id == comment->author.id);
}

/* --- reading ---------------------------------------------------------------- */

struct err comment_get(struct db *db, struct arena *a, int64_t id, struct comment *out)
{
    return db_comment_by_id(db, a, id, out);
}

struct err comment_get_by_uri(struct db *db, struct arena *a, const char *uri,
                              struct comment *out)
{
    return db_comment_by_uri(db, a, uri, out);
}

struct err comment_threads(struct db *db, struct arena *a, int64_t video_id,
                           struct comment_eyes eyes, enum comment_sort sort, int start,
                           int count, struct comment_list *out)
{
    static const enum sql_id blocks[] = {
        [COMMENTS_NEWEST] = SQL_COMMENT_THREADS_NEWEST,
        [COMMENTS_OLDEST] = SQL_COMMENT_THREADS_OLDEST,
        [COMMENTS_MOST_REPLIES] = SQL_COMMENT_THREADS_REPLIED,
    };
    struct social_counts counts;
    *out = (struct comment_list){0};
    TRY(db_video_social_counts(db, video_id, &counts));
    out->total_shown = counts.comments;
    TRY(db_comment_threads_count(db, video_id, &eyes, &out->total));
    return db_comment_threads(db, a, blocks[sort], video_id, &eyes, start, count, out);
}

struct err comment_thread(struct db *db, struct arena *a, int64_t video_id, int64_t thread_id,
                          struct comment_eyes eyes, struct comment_list *out)
{
    *out = (struct comment_list){0};
    TRY(db_comment_thread(db, a, video_id, thread_id, &eyes, COMMENT_THREAD_MAX, out));
    if (!out->count || out->items[0].id != thread_id)
        return FAIL(NOT_FOUND, "Comment thread not found");
    return OK;
}

struct err comments_of_video(struct db *db, struct arena *a, int64_t video_id, int64_t after_id,
                             int count, struct comment_list *out)
{
    struct social_counts counts;
    *out = (struct comment_list){0};
    TRY(db_video_social_counts(db, video_id, &counts));
    out->total = out->total_shown = counts.comments;
    return db_comments_of_video(db, a, video_id, after_id, count, out);
}

struct err comment_versions(struct db *db, struct arena *a, const char *video_ids,
                            struct comment_version *out, size_t room, size_t *count)
{
    (void)a;
    return db_comment_versions(db, video_ids, out, room, count);
}
