/* activitypub_video.c — videos, their parts and the comments below them, as other servers read
 * them; see activitypub.h. */
#include "server/api/activitypub_parts.h"

#include "server/api/pages.h"
#include "server/domain/account.h"
#include "server/domain/federated.h"
#include "server/domain/outbox.h"
#include "server/view/ap_note.h"
#include "server/view/ap_video.h"

#include <string.h>

static const char *video_path(struct req *rq)
{
    return arena_printf(rq->arena, "videos/watch/%s", req_param(rq, "id"));
}

/* The video of this path, ours and open to all. */
static struct err video_asked(struct req *rq, struct res *rs, struct video *out)
{
    bool by_number;
    TRY(video_find(rq->db, rq->arena, req_param(rq, "id"), out, &by_number));
    if (by_number || *out->account.host || video_is_private(out))
        return FAIL(VIDEO_NOT_FOUND, "there is no such video for everybody");
    if (out->state == VIDEO_TO_TRANSCODE) {
        res_header(rq, rs, "Retry-After", "60");
        return FAIL(OVERLOADED, "this video is not ready yet");
    }
    return video_is_open(out) ? OK : FAIL(VIDEO_NOT_FOUND, "there is no such video");
}

/* GET /videos/watch/:id, /w/:id */
struct err h_video_or_page(struct req *rq, struct res *rs)
{
    struct video v;
    struct video_parts parts;
    bool by_number;
    if (!ap_wanted(rq)) {
        if (rq->app->config->federation &&
            !video_find(rq->db, rq->arena, req_param(rq, "id"), &v, &by_number).id &&
            video_is_open(&v) && !by_number)
            ap_alternate(rq, rs, ap_video_name(rq->arena, ap_site(rq), v.uuid));
        return h_page_watch(rq, rs);
    }
    struct err e = video_asked(rq, rs, &v);
    if (e.id && !video_find(rq->db, rq->arena, req_param(rq, "id"), &v, &by_number).id &&
        v.uri && !by_number && !video_is_private(&v))
        return ap_to_origin(rq, rs, v.uri);
    if (e.id)
        return ap_missing(rq, rs, video_path(rq), e);
    const char *id = ap_video_name(rq->arena, ap_site(rq), v.uuid);
    if (strcmp(rq->path, id + strlen(ap_site(rq))) != 0) { /* by its short name */
        res_header(rq, rs, "Vary", "Accept");
        res_redirect(rq, rs, 302, id);
        return OK;
    }
    TRY(video_parts(rq->db, rq->app->storage, rq->arena, &v, &parts));
    struct ap_video whole = ap_video_of(&v, &parts);
    return ap_answer(
        rq, rs, 200,
        ap_with_context(ap_video_json(rq->arena, ap_site(rq), &whole, AP_WHOLE), AP_VIDEO));
}

static struct err rates_page(struct req *rq, struct res *rs, const struct video *v,
                             const char *id, enum rating value, int64_t page)
{
    struct rate_list list = {0};
    int start = (int)((page ? page - 1 : 0) * PAGE_ITEMS);
    TRY(rates_of_video(rq->db, rq->arena, v->id, value, start, page ? PAGE_ITEMS : 1, &list));
    if (!page)
        return ap_answer(rq, rs, 200, ap_collection_json(rq->arena, id, list.total, 1));
    json_t *items = json_array();
    for (size_t i = 0; i < list.count; i++) {
        const struct rate *r = &list.items[i];
        json_array_append_new(
            items,
            json_string(r->uri ? r->uri
                               : ap_rate_name(rq->arena,
                                              person_uri(rq->arena, ap_site(rq), &r->actor),
                                              v->id, value, r->created_ms)));
    }
    return ap_answer(rq, rs, 200,
                     ap_numbered_page(rq->arena, id, list.total, page, PAGE_ITEMS, items));
}

static struct err shares_page(struct req *rq, struct res *rs, const struct video *v,
                              const char *id, int64_t page)
{
    struct share_list list = {0};
    int start = (int)((page ? page - 1 : 0) * PAGE_ITEMS);
    TRY(shares_of_video(rq->db, rq->arena, v->id, start, page ? PAGE_ITEMS : 1, &list));
    if (!page)
        return ap_answer(rq, rs, 200, ap_collection_json(rq->arena, id, list.total, 1));
    json_t *items = json_array();
    for (size_t i = 0; i < list.count; i++) {
        const struct share *s = &list.items[i];
        json_array_append_new(
            items, json_string(s->uri ? s->uri
                                      : ap_share_name(rq->arena, ap_site(rq), v->uuid, s->id)));
    }
    return ap_answer(rq, rs, 200,
                     ap_numbered_page(rq->arena, id, list.total, page, PAGE_ITEMS, items));
}

/* Its pages are named by the comment they begin after, so that they stay as they are. */
static struct err comments_page(struct req *rq, struct res *rs, const struct video *v,
                                const char *id, int64_t after)
{
    struct comment_list list = {0};
    bool is_page = *req_param(rq, "page") != 0;
    TRY(comments_of_video(rq->db, rq->arena, v->id, after, is_page ? PAGE_ITEMS : 1, &list));
    if (!is_page)
        return ap_answer(rq, rs, 200, ap_collection_json(rq->arena, id, list.total, 0));
    json_t *items = json_array();
    for (size_t i = 0; i < list.count; i++)
        json_array_append_new(
            items, json_string(ap_comment_id(rq->arena, ap_site(rq), &list.items[i])));
    int64_t next = list.count == PAGE_ITEMS ? list.items[list.count - 1].id : -1;
    return ap_answer(rq, rs, 200, ap_page_json(rq->arena, id, list.total, after, next, items));
}

static struct err create_document(struct req *rq, struct res *rs, const struct video *v)
{
    struct video_parts parts;
    TRY(video_parts(rq->db, rq->app->storage, rq->arena, v, &parts));
    struct ap_video whole = ap_video_of(v, &parts);
    return ap_answer(rq, rs, 200, ap_video_create_json(rq->arena, ap_site(rq), &whole));
}

static struct err chapters(struct req *rq, struct res *rs, const struct video *v)
{
    struct chapter_list list;
    TRY(video_chapters(rq->db, rq->arena, v, &list));
    return ap_answer(rq, rs, 200, ap_chapters_json(rq->arena, ap_site(rq), v, &list));
}

static struct err update_document(struct req *rq, struct res *rs, const struct video *v)
{
    struct video_parts parts;
    TRY(video_parts(rq->db, rq->app->storage, rq->arena, v, &parts));
    struct ap_video whole = ap_video_of(v, &parts);
    return ap_answer(rq, rs, 200, ap_video_update_json(rq->arena, ap_site(rq), &whole));
}

/* GET /videos/watch/:id/updates/:at   the last one; older ones lead to it */
struct err h_ap_video_update(struct req *rq, struct res *rs)
{
    struct video v;
    TRY(ap_federates(rq));
    struct err e = video_asked(rq, rs, &v);
    if (e.id)
        return ap_missing(rq, rs, video_path(rq), e);
    bool last;
    TRY(ap_update_asked(rq, rs, ap_video_name(rq->arena, ap_site(rq), v.uuid), v.updated_ms,
                        &last));
    return last ? update_document(rq, rs, &v) : OK;
}

/* GET /videos/watch/:id/:part[/page/:page]   without :part: comments */
struct err h_ap_video_part(struct req *rq, struct res *rs)
{
    const char *part = *req_param(rq, "part") ? req_param(rq, "part") : "comments";
    struct video v;
    int64_t page;
    TRY(ap_federates(rq));
    struct err e = video_asked(rq, rs, &v);
    if (e.id)
        return ap_missing(rq, rs, video_path(rq), e);
    TRY(ap_page_asked(rq, &page));
    const char *id = ap_below(rq->arena, ap_video_name(rq->arena, ap_site(rq), v.uuid), part);
    if (page > PAGES_MAX && strcmp(part, "comments") != 0 && strcmp(part, "replies") != 0)
        return FAIL(NOT_FOUND, "there is no such page");
    if (strcmp(part, "likes") == 0)
        return rates_page(rq, rs, &v, id, RATE_LIKE, page);
    if (strcmp(part, "dislikes") == 0)
        return rates_page(rq, rs, &v, id, RATE_DISLIKE, page);
    if (strcmp(part, "announces") == 0)
        return shares_page(rq, rs, &v, id, page);
    if (strcmp(part, "comments") == 0 || strcmp(part, "replies") == 0)
        return comments_page(rq, rs, &v, id, page);
    if (strcmp(part, "chapters") == 0)
        return chapters(rq, rs, &v);
    if (strcmp(part, "activity") == 0)
        return create_document(rq, rs, &v);
    return h_page_not_found(rq, rs);
}

/* GET /videos/watch/:id/announces/:share */
struct err h_ap_share(struct req *rq, struct res *rs)
{
    struct share share;
    struct video_brief video;
    struct remote_actor actor;
    const char *site = ap_site(rq);
    TRY(ap_federates(rq));
    TRY(share_get_by_id(rq->db, rq->arena, ap_number(req_param(rq, "share")), &share));
    TRY(video_brief(rq->db, rq->arena, share.video_id, &video));
    if (share.uri || strcmp(video.uuid, req_param(rq, "id")) != 0 ||
        (!video.uri && !video.listed))
        return FAIL(NOT_FOUND, "there is no such share");
    TRY(remote_actor_get_by_id(rq->db, rq->arena, share.actor_id, &actor));
    const char *actor_id = actor_uri(rq->arena, site, &actor);
    return ap_answer(
        rq, rs, 200,
        ap_with_context(
            ap_activity_json("Announce", ap_share_name(rq->arena, site, video.uuid, share.id),
                             actor_id, json_string(ap_brief_id(rq->arena, site, &video)),
                             ap_list(AP_NAME_PUBLIC, NULL),
                             ap_list(ap_below(rq->arena, actor_id, "followers"), NULL)),
            AP_FLAT));
}

/* GET /videos/watch/:id/comments/:comment[/:what[/:at]]   what: activity, approve-reply,
 * updates */
struct err h_ap_comment(struct req *rq, struct res *rs)
{
    const char *what = req_param(rq, "what"), *site = ap_site(rq);
    struct note_facts f = {0};
    TRY(ap_federates(rq));
    struct err e = note_facts(rq->db, rq->arena, ap_number(req_param(rq, "comment")), site, &f);
    const char *path =
        arena_printf(rq->arena, "%s/comments/%s", video_path(rq), req_param(rq, "comment"));
    if (!e.id && (f.comment.deleted_ms || f.comment.held ||
                  strcmp(f.video.uuid, req_param(rq, "id")) != 0 ||
                  (!f.video.uri && f.video.privacy > PRIVACY_UNLISTED)))
        e = FAIL(NOT_FOUND, "there is no such comment");
    if (e.id && f.comment.deleted_ms && !f.comment.uri)
        return ap_answer(rq, rs, 410,
                         ap_tombstone_json(arena_printf(rq->arena, "%s/%s", site, path), "Note",
                                           f.comment.deleted_ms));
    if (e.id)
        return ap_missing(rq, rs, path, e);
    if (!*what && !ap_wanted(rq)) {
        res_header(rq, rs, "Vary", "Accept");
        res_redirect(rq, rs, 302,
                     arena_printf(rq->arena, "/w/%s;threadId=%lld", f.video.uuid,
                                  (long long)f.comment.thread_id));
        return OK;
    }
    struct ap_note note = ap_note_of(rq->arena, site, &f);
    if (strcmp(what, "approve-reply") == 0 && !f.video.uri && f.comment.uri)
        return ap_answer(
            rq, rs, 200,
            ap_with_context(
                ap_activity_json(
                    "ApproveReply",
                    ap_below(rq->arena,
                             ap_comment_name(rq->arena, site, f.video.uuid, f.comment.id),
                             "approve-reply"),
                    note.video_account_id, json_string(note.id), ap_list(note.author_id, NULL),
                    NULL),
                AP_NOTE));
    if (f.comment.uri) { /* its origin has it */
        res_redirect(rq, rs, 302, f.comment.uri);
        return OK;
    }
    bool update = strcmp(what, "updates") == 0, last = true;
    if (update)
        TRY(ap_update_asked(rq, rs, note.id, f.comment.updated_ms, &last));
    else if (*req_param(rq, "at") || (*what && strcmp(what, "activity") != 0))
        return h_page_not_found(rq, rs);
    if (!last)
        return OK;
    return ap_answer(rq, rs, 200,
                     ap_with_context(*what ? ap_note_activity_json(rq->arena, &note, update)
                                           : ap_note_json(rq->arena, &note),
                                     AP_NOTE));
}
