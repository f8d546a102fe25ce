/* comments.c — comments under a video: threads, answers, approval, and news of them. */
#include "server/api/comments.h"

#include "server/api/params.h"
#include "server/app.h"
#include "server/config.h"
#include "server/domain/comment.h"
#include "server/domain/video.h"
#include "server/jobs/comment_feed.h"
#include "server/view/comment_json.h"

#include <stdlib.h>
#include <string.h>

static struct err see(struct req *rq, struct video *v)
{
    return video_see(rq->db, rq->arena, rq->caller, req_param(rq, "id"), v);
}

static struct comment_eyes eyes_of(const struct req *rq, const struct video *v)
{
    const struct caller *c = rq->caller;
    return (struct comment_eyes){
        .user_id = c ? c->user_id : 0,
        .account_id = c ? c->account_id : 0,
        .see_held = comment_may_approve(c, v),
    };
}

/* GET /api/v1/videos/:id/comment-threads  ?start count sort=(-)createdAt|-totalReplies
 * 200 {total, totalNotDeletedComments, data} | as GET /videos/:id */
struct err h_comment_threads(struct req *rq, struct res *rs)
{
    static const char *const sorts[] = {"createdAt", "totalReplies", NULL};
    struct video v;
    struct paging page;
    struct comment_list list;
    TRY(see(rq, &v));
    TRY(query_paging(rq, sorts, "-createdAt", &page));
    enum comment_sort sort = !strcmp(page.sort, "totalReplies") ? COMMENTS_MOST_REPLIES
                             : page.descending                  ? COMMENTS_NEWEST
                                                                : COMMENTS_OLDEST;
    TRY(comment_threads(rq->db, rq->arena, v.id, eyes_of(rq, &v), sort, page.start, page.count,
                        &list));
    json_t *data = json_array();
    for (size_t i = 0; i < list.count; i++)
        json_array_append_new(data,
                              comment_json(rq->arena, rq->app->config->url, &list.items[i]));
    res_json(rq, rs, 200,
             json_pack("{s:I, s:I, s:o}", "total", (json_int_t)list.total,
                       "totalNotDeletedComments", (json_int_t)list.total_shown, "data", data));
    return OK;
}

/* GET /api/v1/videos/:id/comment-threads/:threadId
 * 200 {comment, children: [{comment, children}]} | 404 | as GET /videos/:id */
struct err h_comment_thread(struct req *rq, struct res *rs)
{
    struct video v;
    int64_t thread_id;
    struct comment_list list;
    TRY(see(rq, &v));
    TRY(param_id(rq, "threadId", &thread_id));
    TRY(comment_thread(rq->db, rq->arena, v.id, thread_id, eyes_of(rq, &v), &list));
    res_json(rq, rs, 200, comment_tree_json(rq->arena, rq->app->config->url, &list));
    return OK;
}

static struct err read_text(struct req *rq, const char **text)
{
    struct params p;
    TRY(params_body(rq, &p));
    params_text(&p, "text", (struct text_rule){.min = 1, .max = COMMENT_MAX, .required = true},
                text);
    return params_done(&p);
}

static struct err write(struct req *rq, struct res *rs, int64_t parent_id)
{
    struct video v;
    struct comment c;
    const char *text = NULL;
    TRY(see(rq, &v));
    TRY(read_text(rq, &text));
    TRY(comment_create_local(rq->db, rq->arena,
                             &(struct comment_new){.video = &v,
                                                   .parent_id = parent_id,
                                                   .actor_id = rq->caller->account_id,
                                                   .source = text,
                                                   .site_url = rq->app->config->url},
                             &c));
    res_json(rq, rs, 200,
             json_pack("{s:o}", "comment", comment_json(rq->arena, rq->app->config->url, &c)));
    return OK;
}

/* POST /api/v1/videos/:id/comment-threads  {"text"}: Markdown
 * 200 {comment} | 400 | 401 | 403 closed or blocked | 404 */
struct err h_comment_start(struct req *rq, struct res *rs)
{
    return write(rq, rs, 0);
}

/* POST /api/v1/videos/:id/comments/:cid  {"text"}: answers comment :cid
 * as h_comment_start */
struct err h_comment_answer(struct req *rq, struct res *rs)
{
    int64_t parent_id;
    TRY(param_id(rq, "cid", &parent_id));
    return write(rq, rs, parent_id);
}

/* The comment :cid of the video :id, if the caller may know of it. */
static struct err find(struct req *rq, struct video *v, struct comment *c)
{
    int64_t id;
    TRY(see(rq, v));
    TRY(param_id(rq, "cid", &id));
    TRY(comment_get(rq->db, rq->arena, id, c));
    if (c->video_id != v->id || c->deleted_ms ||
        (c->held && !comment_may_delete(rq->caller, v, c)))
        return FAIL(NOT_FOUND, "Comment not found");
    return OK;
}

/* PUT /api/v1/videos/:id/comments/:cid  {"text"}: its author only
 * 204 | 400 | 401 | 403 not_owner | 404 */
struct err h_comment_edit(struct req *rq, struct res *rs)
{
    struct video v;
    struct comment c;
    const char *text = NULL;
    TRY(find(rq, &v, &c));
    if (c.author.id != rq->caller->account_id)
        return FAIL(NOT_OWNER, "only its author may change a comment");
    TRY(read_text(rq, &text));
    TRY(comment_edit(rq->db, rq->arena, c.id, text, rq->app->config->url));
    res_empty(rs, 204);
    return OK;
}

/* DELETE /api/v1/videos/:id/comments/:cid: its author, the video's owner, moderators
 * 204 | 401 | 403 not_owner | 404 */
struct err h_comment_delete(struct req *rq, struct res *rs)
{
    struct video v;
    struct comment c;
    TRY(find(rq, &v, &c));
    if (!comment_may_delete(rq->caller, &v, &c))
        return FAIL(NOT_OWNER, "only its author and the video's owner may delete a comment");
    bool refused = c.held && c.author.id != rq->caller->account_id;
    TRY(refused ? comment_reject(rq->db, rq->arena, c.id)
                : comment_delete(rq->db, rq->arena, c.id));
    res_empty(rs, 204);
    return OK;
}

/* POST /api/v1/videos/:id/comments/:cid/approve: the video's owner, moderators
 * 204 | 401 | 403 not_owner | 404 | 409 it does not wait */
struct err h_comment_approve(struct req *rq, struct res *rs)
{
    struct video v;
    struct comment c;
    TRY(find(rq, &v, &c));
    if (!comment_may_approve(rq->caller, &v))
        return FAIL(NOT_OWNER, "only the video's owner may approve a comment");
    TRY(comment_approve(rq->db, rq->arena, c.id));
    res_empty(rs, 204);
    return OK;
}

/* --- news ------------------------------------------------------------------- */

struct listener {
    struct comment_feed *feed;
    int64_t video_id, version; /* version: told last; -1: nothing yet */
};

static const char *next(void *state, struct arena *a, bool *end)
{
    struct listener *l = state;
    int64_t version, total;
    (void)end;
    if (!comment_feed_latest(l->feed, l->video_id, &version, &total) || version == l->version)
        return NULL;
    l->version = version;
    return arena_printf(a, "event: comment\ndata: {\"total\":%lld}\n\n", (long long)total);
}

static void release(void *state)
{
    struct listener *l = state;
    comment_feed_leave(l->feed, l->video_id);
    free(l);
}

/* GET /api/v1/videos/:id/comments/events   "comment" events {"total"}: one at once, then one
 * after every change | as GET /videos/:id */
struct err h_comment_events(struct req *rq, struct res *rs)
{
    struct video v;
    TRY(see(rq, &v));
    TRY(comment_feed_join(rq->app->comments, v.id));
    struct listener *l = calloc(1, sizeof *l);
    if (!l)
        abort();
    *l = (struct listener){.feed = rq->app->comments, .video_id = v.id, .version = -1};
    res_header(rq, rs, "Cache-Control", "no-store");
    res_events(
        rq, rs,
        &(struct event_source){
            .topic = comment_feed_topic(v.id), .next = next, .release = release, .state = l});
    return OK;
}
