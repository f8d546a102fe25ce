/* resolve.c — notes with their ancestors, and the names of our own things. */
#include "server/activitypub/resolve_parts.h"

#include "base/clock.h"
#include "base/strbuf.h"
#include "server/app.h"
#include "server/config.h"
#include "server/domain/account.h"
#include "server/domain/comment.h"
#include "server/domain/follow.h"
#include "server/domain/rate.h"
#include "server/domain/remote_actor.h"
#include "server/domain/remote_video.h"
#include "server/domain/text.h"
#include "server/domain/video.h"

#include <stdlib.h>
#include <string.h>

enum { WARNING_BYTES = 500, ATTACHMENTS_MAX = 16, OPTIONS_MAX = 32 };

/* --- our own names -------------------------------------------------------------------------
 */

/* Cuts the next part of a path; NULL at its end. */
static char *next_part(char **rest)
{
    char *part;
    do
        part = strsep(rest, "/");
    while (part && !*part);
    return part;
}

static bool number_of(const char *text, int64_t *n)
{
    char *end;
    if (!text || *text < '0' || *text > '9')
        return false;
    *n = strtoll(text, &end, 10);
    return !*end && *n > 0;
}

static struct err local_video(struct reach *r, char *name, char **rest, struct local_name *out)
{
    struct video video;
    int64_t id;
    struct err e = name ? video_find(r->db, r->a, name, &video, NULL)
                        : FAIL(NOT_FOUND, "there is no such thing here");
    if (e.id == ERR_VIDEO_NOT_FOUND || e.id == ERR_NOT_FOUND)
        return OK;
    TRY(e);
    if (*video.channel.host)
        return OK; /* our page of a remote one is not its name */
    char *part = next_part(rest), *number = next_part(rest);
    if (!part) {
        *out = (struct local_name){LOCAL_VIDEO, video.id};
    } else if (strcmp(part, "comments") == 0 && number_of(number, &id)) {
        struct comment comment;
        e = comment_get(r->db, r->a, id, &comment);
        if (!e.id && !comment.uri) /* also one of ours on a video elsewhere */
            *out = (struct local_name){LOCAL_COMMENT, id};
    } else if (strcmp(part, "announces") == 0 && number_of(number, &id)) {
        *out = (struct local_name){LOCAL_SHARE, id};
    }
    return OK;
}

static struct err local_follow(struct reach *r, const char *number, int64_t actor_id,
                               struct local_name *out)
{
    struct follow follow;
    int64_t id;
    if (!number_of(number, &id))
        return OK;
    struct err e = follow_get_by_id(r->db, r->a, id, &follow);
    if (e.id == ERR_NOT_FOUND)
        return OK;
    TRY(e);
    if (follow.follower_id == actor_id)
        *out = (struct local_name){LOCAL_FOLLOW, id};
    return OK;
}

static struct err local_actor(struct reach *r, const char *folder, const char *name,
                              char **rest, struct local_name *out)
{
    struct actor actor;
    if (!name)
        return OK;
    const char *uri = arena_printf(r->a, "%s/%s/%s", r->app->config->url, folder, name);
    struct err e = local_actor_by_uri(r->db, r->a, r->app->config->url, uri, &actor);
    if (e.id == ERR_NOT_FOUND)
        return OK;
    TRY(e);
    char *part = next_part(rest);
    if (!part) {
        *out = (struct local_name){LOCAL_ACTOR, actor.id};
        return OK;
    }
    return strcmp(part, "follows") == 0 ? local_follow(r, next_part(rest), actor.id, out) : OK;
}

/* A comment of ours on a video elsewhere is named below that video's uuid here. */
static struct err local_comment(struct reach *r, char **rest, struct local_name *out)
{
    struct comment comment;
    int64_t id;
    if (!number_of(next_part(rest), &id))
        return OK;
    struct err e = comment_get(r->db, r->a, id, &comment);
    if (e.id == ERR_NOT_FOUND)
        return OK;
    TRY(e);
    if (!comment.uri)
        *out = (struct local_name){LOCAL_COMMENT, id};
    return OK;
}

struct err resolve_local(struct reach *r, const char *uri, struct local_name *out)
{
    struct ap_url url;
    *out = (struct local_name){LOCAL_NONE, 0};
    if (!reach_is_ours(r, uri) || !ap_url_read(r->a, uri, &url))
        return OK;
    char *rest = arena_strdup(r->a, url.path), *first = next_part(&rest);
    if (!first)
        return OK;
    if (strcmp(first, "accounts") == 0 || strcmp(first, "video-channels") == 0)
        return local_actor(r, first, next_part(&rest), &rest, out);
    if (strcmp(first, "w") == 0)
        return local_video(r, next_part(&rest), &rest, out);
    if (strcmp(first, "videos") == 0 && (first = next_part(&rest)) &&
        strcmp(first, "watch") == 0) {
        char *name = next_part(&rest), *after = rest ? arena_strdup(r->a, rest) : NULL;
        TRY(local_video(r, name, &rest, out));
        char *part = next_part(&after);
        if (out->kind == LOCAL_NONE && part && strcmp(part, "comments") == 0)
            return local_comment(r, &after, out);
    }
    return OK;
}

/* --- notes ---------------------------------------------------------------------------------
 */

static bool is_note(const json_t *document)
{
    static const char *const types[] = {"Note", "Article", "Question", "Page"};
    for (size_t i = 0; i < sizeof types / sizeof *types; i++)
        if (ap_is(document, types[i]))
            return true;
    return false;
}

static void add_link(struct strbuf *sb, const char *url, const char *label)
{
    strbuf_adds(sb, "<p><a href=\"");
    strbuf_add_html(sb, url);
    strbuf_adds(sb, "\">");
    strbuf_add_html(sb, label && *label ? label : url);
    strbuf_adds(sb, "</a></p>");
}

/* Pictures and files stand below the text as links. */
static void add_attachments(struct reach *r, struct strbuf *sb, const json_t *note)
{
    const json_t *list = json_object_get(note, "attachment");
    for (size_t i = 0; i < ap_count(list) && i < ATTACHMENTS_MAX; i++) {
        const json_t *one = ap_at(list, i);
        const char *url = ap_text(one, "href");
        if (!url)
            url = ap_text(one, "url");
        if (!url)
            url = ap_page_url(one, "url");
        if (web_url(url))
            add_link(sb, url, short_text(r->a, ap_text(one, "name"), WARNING_BYTES));
    }
}

static void add_options(struct strbuf *sb, const json_t *note)
{
    const json_t *list = json_object_get(note, "oneOf");
    if (!ap_count(list))
        list = json_object_get(note, "anyOf");
    if (!ap_count(list))
        return;
    strbuf_adds(sb, "<ul>");
    for (size_t i = 0; i < ap_count(list) && i < OPTIONS_MAX; i++) {
        const char *name = ap_text(ap_at(list, i), "name");
        strbuf_adds(sb, "<li>");
        strbuf_add_html(sb, name ? name : "");
        strbuf_adds(sb, "</li>");
    }
    strbuf_adds(sb, "</ul>");
}

static char *html_of(struct reach *r, const json_t *note)
{
    struct strbuf sb = STRBUF_IN(r->a);
    const char *title = ap_text_mapped(note, "name", NULL);
    const char *content = ap_text_mapped(note, "content", NULL);
    const char *type = ap_media_type(note);
    strbuf_adds(&sb, "");
    if (title && *title && !ap_is(note, "Note")) {
        strbuf_adds(&sb, "<p><strong>");
        strbuf_add_html(&sb, title);
        strbuf_adds(&sb, "</strong></p>");
    }
    if (content && strcmp(type, "text/markdown") == 0)
        strbuf_adds(&sb, text_markdown(r->a, content));
    else if (content && strcmp(type, "text/plain") == 0)
        strbuf_adds(&sb, text_to_html(r->a, content));
    else if (content)
        strbuf_adds(&sb, content);
    add_options(&sb, note);
    add_attachments(r, &sb, note);
    return text_sanitise(r->a, sb.text ? sb.text : "");
}

static bool approved_by_its_video(struct reach *r, const json_t *note, int64_t video_id,
                                  int64_t author_id)
{
    struct video_place video;
    if (remote_video_by_id(r->db, r->a, video_id, &video).id)
        return false;
    return video.comments_policy != COMMENTS_APPROVAL || video.owner_id == author_id ||
           video.channel_id == author_id || ap_id_of(note, "replyApproval");
}

struct err resolve_note_document(struct reach *r, json_t *note, int64_t *comment_id)
{
    const char *id = ap_id(note), *author = ap_id_of(note, "attributedTo");
    const char *parent = ap_id_of(note, "inReplyTo");
    struct place place;
    int64_t author_id;
    bool is_new;
    if (!author)
        author = ap_id_of(note, "actor");
    if (!web_url(id) || !is_note(note) || !author || !ap_same_host(id, author))
        return FAIL(ACTIVITY_INVALID, "this is no note of an author on its host");
    if (reach_is_ours(r, id))
        return FAIL(ACTIVITY_INVALID, "this note says it lives here");
    if (!parent)
        return FAIL(NOT_FOUND, "the note answers nothing");
    if (!ap_is_public(json_object_get(note, "to"), json_object_get(note, "cc")))
        return FAIL(FORBIDDEN, "the note is not public");
    if (r->depth_left-- <= 0)
        return FAIL(NOT_FOUND, "the chain of answers is too long");
    TRY(resolve_place(r, parent, &place));
    TRY(resolve_actor(r, author, false, &author_id));
    int64_t now = now_ms(), published = ap_date(note, "published", now);
    const char *summary = ap_text_mapped(note, "summary", NULL);
    struct comment_remote comment = {
        .uri = id,
        .page_url = ap_page_url(note, "url"),
        .video_id = place.video_id,
        .parent_id = place.comment_id,
        .actor_id = author_id,
        .html = html_of(r, note),
        .sensitive = short_text(r->a, summary ? text_plain(r->a, summary, WARNING_BYTES) : NULL,
                                WARNING_BYTES),
        .published_ms = published < now ? published : now,
        .updated_ms = ap_date(note, "updated", published),
        .approved = approved_by_its_video(r, note, place.video_id, author_id),
        .site_url = r->app->config->url,
    };
    if (!comment.sensitive && ap_bool(note, "sensitive", false))
        comment.sensitive = "sensitive";
    return comment_put_remote(r->db, r->a, &comment, comment_id, &is_new);
}

/* --- what somebody answers to --------------------------------------------------------------
 */

static struct err place_of_comment(struct reach *r, int64_t id, struct place *out)
{
    struct comment comment;
    TRY(comment_get(r->db, r->a, id, &comment));
    *out = (struct place){comment.video_id, comment.id};
    return OK;
}

static struct err local_place(struct reach *r, const char *uri, struct place *out)
{
    struct local_name name;
    TRY(resolve_local(r, uri, &name));
    struct video_place video;
    if (name.kind == LOCAL_VIDEO)
        *out = (struct place){name.id, 0};
    else if (name.kind == LOCAL_COMMENT)
        TRY(place_of_comment(r, name.id, out));
    else
        return FAIL(NOT_FOUND, "there is no such video or comment here");
    TRY(remote_video_by_id(r->db, r->a, out->video_id, &video));
    if (video.privacy != PRIVACY_PUBLIC && video.privacy != PRIVACY_UNLISTED)
        return FAIL(NOT_FOUND,
                    "there is no such video or comment here"); /* not for strangers */
    return OK;
}

static struct err fetched_place(struct reach *r, const char *uri, struct place *out)
{
    json_t *document;
    int64_t id;
    TRY(reach_fetch(r, uri, &document));
    if (ap_is_tombstone(document))
        return FAIL(NOT_FOUND, "what is answered to was deleted");
    const char *served = ap_id(document);
    if (ap_is(document, "Create") && ap_object_of(document, "object")) {
        document = ap_object_of(document, "object");
        if (!ap_same_host(ap_id(document), served))
            return FAIL(ACTIVITY_INVALID, "an object is told of by another host than its own");
    }
    if (ap_is(document, "Video")) {
        TRY(resolve_video_document(r, document, &id));
        *out = (struct place){id, 0};
        return OK;
    }
    if (!is_note(document))
        return FAIL(NOT_FOUND, "what is answered to is neither video nor note");
    TRY(resolve_note_document(r, document, &id));
    return place_of_comment(r, id, out);
}

struct err resolve_known_place(struct reach *r, const char *uri, struct place *out)
{
    struct comment comment;
    struct video_place video;
    if (reach_is_ours(r, uri))
        return local_place(r, uri, out);
    struct err e = comment_get_by_uri(r->db, r->a, uri, &comment);
    if (!e.id) {
        *out = (struct place){comment.video_id, comment.id};
        return OK;
    }
    if (e.id != ERR_NOT_FOUND)
        return e;
    TRY(remote_video_by_uri(r->db, r->a, uri, &video));
    *out = (struct place){video.id, 0};
    return OK;
}

struct err resolve_place(struct reach *r, const char *uri, struct place *out)
{
    struct err e = resolve_known_place(r, uri, out);
    return e.id == ERR_NOT_FOUND && !reach_is_ours(r, uri) ? fetched_place(r, uri, out) : e;
}
