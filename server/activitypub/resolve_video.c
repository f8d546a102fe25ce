/* resolve_video.c — Video documents of PeerTube and of ourselves become rows. */
#include "server/activitypub/resolve_parts.h"

#include "base/clock.h"
#include "base/crypto.h"
#include "base/strbuf.h"
#include "server/app.h"
#include "server/config.h"
#include "server/domain/block.h"
#include "server/domain/comment.h"
#include "server/domain/publish.h"
#include "server/domain/remote_video.h"
#include "server/domain/text.h"
#include "server/domain/video.h"

#include <string.h>
#include <strings.h>

enum {
    TITLE_MAX = 480, /* bytes: 120 characters */
    DESCRIPTION_BYTES = 40000,
    SUPPORT_BYTES = 4000,
    TAGS_MAX = 5 * 4,
    TAG_BYTES = 120,
    CAPTIONS_MAX = 200,
    FILES_MAX = 50,
    CHAPTERS_MAX = 500,
};

struct found {                /* what the addresses of a Video lead to */
    struct strbuf files, hls; /* JSON lists without brackets */
    int width, height;        /* of the largest picture */
    bool playable;
};

static void add_member(struct strbuf *sb, const char *name, const char *text)
{
    if (!text)
        return;
    strbuf_addf(sb, "%s\"%s\":", sb->length ? "," : "", name);
    strbuf_add_json(sb, text);
}

static void comma(struct strbuf *sb)
{
    if (sb->length)
        strbuf_adds(sb, ",");
}

static const char *href_of(const json_t *link)
{
    const char *href = ap_text(link, "href");
    return web_url(href);
}

static int bounded(int64_t n, int64_t most)
{
    return (int)(n < 0 ? 0 : n > most ? most : n);
}

/* --- files ---------------------------------------------------------------------------------
 */

static bool is_media(const char *type)
{
    return strncmp(type, "video/", 6) == 0 || strncmp(type, "audio/", 6) == 0;
}

static void add_file(struct found *f, struct strbuf *to, const json_t *link)
{
    const char *url = href_of(link), *type = ap_media_type(link);
    int height = bounded(ap_int(link, "height", 0), 20000);
    int width = bounded(ap_int(link, "width", 0), 20000);
    if (!url)
        return;
    comma(to);
    struct strbuf file = STRBUF_IN(to->arena);
    add_member(&file, "url", url);
    add_member(&file, "mediaType", type);
    strbuf_addf(&file, ",\"height\":%d,\"width\":%d,\"size\":%lld,\"fps\":%d", height, width,
                (long long)ap_int(link, "size", 0), bounded(ap_int(link, "fps", 0), 1000));
    strbuf_addf(to, "{%s}", file.text);
    if (height > f->height) {
        f->height = height;
        f->width = width ? width : height * 16 / 9;
    }
}

static void add_playlist(struct found *f, struct arena *a, const json_t *link)
{
    const char *url = href_of(link);
    if (!url)
        return;
    struct strbuf files = STRBUF_IN(a), playlist = STRBUF_IN(a);
    const json_t *tags = json_object_get(link, "tag");
    add_member(&playlist, "url", url);
    for (size_t i = 0, kept = 0; i < ap_count(tags) && kept < FILES_MAX; i++) {
        const json_t *tag = ap_at(tags, i);
        const char *name = ap_text(tag, "name");
        if (is_media(ap_media_type(tag))) {
            add_file(f, &files, tag);
            kept++;
        } else if (name && strcmp(name, "sha256") == 0) {
            add_member(&playlist, "sha256", href_of(tag));
        }
    }
    strbuf_addf(&playlist, ",\"files\":[%s]", files.length ? files.text : "");
    comma(&f->hls);
    strbuf_addf(&f->hls, "{%s}", playlist.text);
    f->playable = true;
}

static struct found read_files(struct arena *a, const json_t *document)
{
    struct found f = {.files = STRBUF_IN(a), .hls = STRBUF_IN(a)};
    const json_t *links = json_object_get(document, "url");
    for (size_t i = 0; i < ap_count(links) && i < FILES_MAX; i++) {
        const json_t *link = ap_at(links, i);
        const char *type = ap_media_type(link);
        if (strcasecmp(type, "application/x-mpegURL") == 0 ||
            strcasecmp(type, "application/vnd.apple.mpegurl") == 0) {
            add_playlist(&f, a, link);
        } else if (is_media(type)) {
            add_file(&f, &f.files, link);
            f.playable = true;
        }
    }
    return f;
}

/* --- what hangs on it ----------------------------------------------------------------------
 */

static void add_list(struct strbuf *sb, const char *name, const struct strbuf *list)
{
    if (list->length)
        strbuf_addf(sb, "%s\"%s\":[%s]", sb->length ? "," : "", name, list->text);
}

struct picture {
    const char *url;
    int width, height;
};

/* Smallest first, whatever their order. */
static void add_thumbnails(struct strbuf *sb, struct arena *a, const json_t *document)
{
    struct strbuf list = STRBUF_IN(a);
    const json_t *icons = json_object_get(document, "icon");
    struct picture pictures[THUMBNAILS_MAX];
    size_t count = 0;
    for (size_t i = 0; i < ap_count(icons) && i < THUMBNAILS_MAX; i++) {
        const json_t *icon = ap_at(icons, i);
        const char *url = json_is_string(icon) ? json_string_value(icon) : ap_text(icon, "url");
        if (!url && json_is_object(icon))
            url = href_of(ap_first(json_object_get(icon, "url")));
        if (!web_url(url))
            continue;
        struct picture one = {url, bounded(ap_int(icon, "width", 0), 20000),
                              bounded(ap_int(icon, "height", 0), 20000)};
        size_t at = count++;
        for (; at > 0 && pictures[at - 1].width > one.width; at--)
            pictures[at] = pictures[at - 1];
        pictures[at] = one;
    }
    for (size_t i = 0; i < count; i++) {
        comma(&list);
        strbuf_adds(&list, "{\"url\":");
        strbuf_add_json(&list, pictures[i].url);
        strbuf_addf(&list, ",\"width\":%d,\"height\":%d}", pictures[i].width,
                    pictures[i].height);
    }
    add_list(sb, "thumbnails", &list);
}

static void add_storyboard(struct strbuf *sb, const json_t *document)
{
    const json_t *image = ap_object_of(document, "preview");
    const json_t *link = image ? ap_first(json_object_get(image, "url")) : NULL;
    const char *url = link ? href_of(link) : NULL, *each = ap_text(link, "tileDuration");
    int64_t tile_ms = 0;
    if (!url || !each || !ap_duration_read(each, &tile_ms) || tile_ms < 1000)
        return;
    strbuf_addf(sb, "%s\"storyboard\":{\"url\":", sb->length ? "," : "");
    strbuf_add_json(sb, url);
    strbuf_addf(sb,
                ",\"width\":%d,\"height\":%d,\"tileWidth\":%d,\"tileHeight\":%d,"
                "\"tileDuration\":%d}",
                bounded(ap_int(link, "width", 0), 100000),
                bounded(ap_int(link, "height", 0), 100000),
                bounded(ap_int(link, "tileWidth", 0), 10000),
                bounded(ap_int(link, "tileHeight", 0), 10000), bounded(tile_ms / 1000, 86400));
}

/* PeerTube 8 gives several links, older ones a text: the WebVTT one. */
static const char *caption_url(const json_t *caption)
{
    const json_t *urls = json_object_get(caption, "url");
    for (size_t i = 0; i < ap_count(urls); i++) {
        const json_t *at = ap_at(urls, i);
        if (json_is_string(at))
            return web_url(json_string_value(at));
        if (strcmp(ap_media_type(at), "text/vtt") == 0)
            return href_of(at);
    }
    return NULL;
}

static void add_captions(struct strbuf *sb, struct arena *a, const json_t *document)
{
    struct strbuf list = STRBUF_IN(a);
    const json_t *captions = json_object_get(document, "subtitleLanguage");
    for (size_t i = 0; i < ap_count(captions) && i < CAPTIONS_MAX; i++) {
        const json_t *caption = ap_at(captions, i);
        const char *language = ap_text(caption, "identifier"), *url = caption_url(caption);
        const char *label = ap_text(caption, "name");
        if (!language || strlen(language) > 20 || !url)
            continue;
        comma(&list);
        struct strbuf one = STRBUF_IN(a);
        add_member(&one, "language", language);
        add_member(&one, "label", short_text(a, label ? label : language, 100));
        add_member(&one, "url", url);
        strbuf_addf(&list, "{%s,\"automatic\":%s}", one.text,
                    ap_bool(caption, "automaticallyGenerated", false) ? "true" : "false");
    }
    add_list(sb, "captions", &list);
}

static const char *remote_json(struct arena *a, const json_t *document, const char *id,
                               const struct found *f)
{
    static const char *const collections[][2] = {
        {"likes", "likes"},       {"dislikes", "dislikes"}, {"shares", "shares"},
        {"comments", "comments"}, {"hasParts", "chapters"},
    };
    struct strbuf sb = STRBUF_IN(a);
    const char *page = ap_page_url(document, "url");
    add_member(&sb, "page", page ? page : id);
    add_member(&sb, "embed", web_url(ap_text(document, "embedUrl")));
    add_thumbnails(&sb, a, document);
    add_storyboard(&sb, document);
    add_list(&sb, "playlists", &f->hls);
    add_list(&sb, "files", &f->files);
    add_captions(&sb, a, document);
    for (size_t i = 0; i < sizeof collections / sizeof *collections; i++) {
        const char *url = ap_id_of(document, collections[i][0]);
        if (web_url(url) && ap_same_host(url, id))
            add_member(&sb, collections[i][1], url);
    }
    strbuf_addf(&sb, ",\"live\":%s,\"permanentLive\":%s",
                ap_bool(document, "isLiveBroadcast", false) ? "true" : "false",
                ap_bool(document, "permanentLive", false) ? "true" : "false");
    return arena_printf(a, "{%s}", sb.text);
}

static const char *tags_json(struct arena *a, const json_t *document)
{
    struct strbuf sb = STRBUF_IN(a);
    const json_t *tags = json_object_get(document, "tag");
    size_t kept = 0;
    for (size_t i = 0; i < ap_count(tags) && kept < TAGS_MAX; i++) {
        const json_t *tag = ap_at(tags, i);
        const char *name = ap_text(tag, "name");
        if (!ap_is(tag, "Hashtag") || !name)
            continue;
        name += *name == '#';
        if (!*name || strlen(name) > TAG_BYTES)
            continue;
        comma(&sb);
        strbuf_add_json(&sb, name);
        kept++;
    }
    return arena_printf(a, "[%s]", kept ? sb.text : "");
}

/* Chapters, when they stand in the document itself. */
static const char *chapters_json(struct arena *a, const json_t *parts)
{
    struct strbuf sb = STRBUF_IN(a);
    const json_t *list = json_is_object(parts) ? json_object_get(parts, "hasPart") : parts;
    for (size_t i = 0; i < ap_count(list) && i < CHAPTERS_MAX; i++) {
        const json_t *part = ap_at(list, i);
        const char *name = ap_text(part, "name");
        if (!json_is_object(part) || !name)
            continue;
        comma(&sb);
        strbuf_addf(&sb, "[%d,", bounded(ap_int(part, "startOffset", 0), 1 << 30));
        strbuf_add_json(&sb, short_text(a, name, 400));
        strbuf_adds(&sb, "]");
    }
    return sb.length ? arena_printf(a, "[%s]", sb.text) : NULL;
}

/* --- the video -----------------------------------------------------------------------------
 */

static int64_t identifier_of(const json_t *document, const char *name, int64_t most)
{
    int64_t id = ap_int(ap_object_of(document, name), "identifier", 0);
    return id > 0 && id <= most ? id : 0;
}

static int privacy_of(const json_t *document)
{
    const json_t *to = json_object_get(document, "to"), *cc = json_object_get(document, "cc");
    return ap_is_public(to, NULL)   ? PRIVACY_PUBLIC
           : ap_is_public(NULL, cc) ? PRIVACY_UNLISTED
                                    : PRIVACY_PRIVATE;
}

/* Markdown: as it was written when that is told, else made of what is shown. */
static const char *description_of(struct arena *a, const json_t *document)
{
    const json_t *source = ap_object_of(document, "source");
    const char *written = ap_text(source, "content");
    if (written && *written && strcmp(ap_media_type(source), "text/markdown") == 0)
        return short_text(a, written, DESCRIPTION_BYTES);
    const char *content = ap_text_mapped(document, "content", NULL);
    if (!content || !*content)
        return NULL;
    if (strcmp(ap_media_type(document), "text/html") == 0)
        content = text_plain(a, text_sanitise(a, content), DESCRIPTION_BYTES);
    return short_text(a, content, DESCRIPTION_BYTES);
}

static int policy_of(const json_t *document)
{
    int64_t policy = ap_int(document, "commentsPolicy", 0);
    if (policy >= COMMENTS_OPEN && policy <= COMMENTS_APPROVAL)
        return (int)policy;
    return ap_bool(document, "commentsEnabled", true) ? COMMENTS_OPEN : COMMENTS_CLOSED;
}

/* The channel is `audience`, else the first Group of attributedTo, on the video's own host. */
static struct err find_channel(struct reach *r, const json_t *document, const char *id,
                               int64_t *channel_id)
{
    const char *channel = ap_id_of(document, "audience");
    const json_t *owners = json_object_get(document, "attributedTo");
    if (!channel || !ap_same_host(channel, id))
        channel = NULL;
    for (size_t i = 0; !channel && i < ap_count(owners); i++) {
        const json_t *owner = ap_at(owners, i);
        if (json_is_object(owner) && ap_is(owner, "Group") && ap_same_host(ap_id(owner), id))
            channel = ap_id(owner);
    }
    for (size_t i = 0; !channel && i < ap_count(owners); i++) /* texts alone: the last one */
        if (ap_same_host(ap_id(ap_at(owners, ap_count(owners) - 1 - i)), id))
            channel = ap_id(ap_at(owners, ap_count(owners) - 1 - i));
    if (!channel)
        return FAIL(ACTIVITY_INVALID, "a video needs a channel on its own host");
    return resolve_actor(r, channel, false, channel_id);
}

static struct err read_video(struct reach *r, json_t *document, struct remote_video *v)
{
    struct arena *a = r->a;
    const char *id = ap_id(document), *uuid = ap_text(document, "uuid");
    const char *name = ap_text_mapped(document, "name", NULL);
    const char *length = ap_text(document, "duration");
    const char *language = ap_text(ap_object_of(document, "language"), "identifier");
    if (!web_url(id) || !ap_is(document, "Video") || !name)
        return FAIL(ACTIVITY_INVALID, "this is no video");
    struct found files = read_files(a, document);
    int64_t now = now_ms(), state = ap_int(document, "state", 1);
    *v = (struct remote_video){
        .uri = id,
        .uuid = uuid,
        .name = short_text(a, name, TITLE_MAX),
        .description = description_of(a, document),
        .support = short_text(a, ap_text(document, "support"), SUPPORT_BYTES),
        .language = language && strlen(language) <= 20 ? language : NULL,
        .nsfw_summary = short_text(a, ap_text(document, "summary"), 1000),
        .tags = tags_json(a, document),
        .chapters = chapters_json(a, json_object_get(document, "hasParts")),
        .remote = remote_json(a, document, id, &files),
        .category = identifier_of(document, "category", 18),
        .licence = identifier_of(document, "licence", 9),
        .privacy = privacy_of(document),
        .comments_policy = policy_of(document),
        .state = state == 1 || state == 2 ? (int)state : 1,
        .width = files.width,
        .height = files.height,
        .nsfw = ap_bool(document, "sensitive", false),
        .download_enabled = ap_bool(document, "downloadEnabled", true),
        .playable = files.playable,
        .views = ap_int(document, "views", 0),
        .updated_ms = ap_date(document, "updated", now),
        .published_ms = ap_date(document, "published", now),
        .originally_published_ms = ap_date(document, "originallyPublishedAt", 0),
    };
    if (v->published_ms > now) /* nobody stands on top of the lists for ever */
        v->published_ms = now;
    if (!v->name)
        v->name = "-";
    if (!length || !ap_duration_read(length, &v->duration_ms))
        v->duration_ms = 0;
    char made[UUID_TEXT];
    if (!uuid || !uuid_valid(uuid))
        v->uuid = arena_strdup(a, uuid_new(made));
    return OK;
}

struct err resolve_video_document(struct reach *r, json_t *document, int64_t *video_id)
{
    struct remote_video v;
    struct video_place known, stored;
    bool followed, blocked;
    TRY(read_video(r, document, &v));
    v.as_of_ms = r->asked_ms;
    if (reach_is_ours(r, v.uri))
        return FAIL(ACTIVITY_INVALID, "this video says it lives here");
    struct err e = remote_video_by_uri(r->db, r->a, v.uri, &known);
    if (e.id && e.id != ERR_NOT_FOUND)
        return e;
    bool is_known = !e.id;
    if (v.privacy == PRIVACY_PRIVATE) { /* no longer for us */
        if (is_known)
            TRY(remote_video_delete(r->db, known.id));
        return FAIL(ACTIVITY_INVALID, "the video is not public");
    }
    if (is_known)
        v.uuid = known.uuid;
    TRY(find_channel(r, document, v.uri, &v.channel_id));
    TRY(actor_is_followed(r->db, v.channel_id, &followed));
    TRY(is_blocked(r->db, 0, v.channel_id, &blocked));
    if (blocked)
        return FAIL(PEER_BLOCKED, "this site does not want to hear of that channel");
    v.listed =
        followed && v.privacy == PRIVACY_PUBLIC && v.state == VIDEO_PUBLISHED && v.playable;
    TRY(remote_video_put(r->db, &v, video_id));
    if (!followed && !is_known) { /* its account may be followed */
        TRY(remote_video_by_id(r->db, r->a, *video_id, &stored));
        if (stored.owner_id)
            TRY(actor_is_followed(r->db, stored.owner_id, &followed));
        if (followed)
            TRY(remote_video_list(r->db, *video_id));
    }
    return OK;
}

/* Chapters stand in a document of their own; a video without them is fine. */
static void fetch_chapters(struct reach *r, json_t *document, int64_t video_id)
{
    const char *url = ap_id_of(document, "hasParts");
    json_t *chapters;
    if (!web_url(url) || !ap_same_host(url, ap_id(document)) ||
        json_is_object(json_object_get(document, "hasParts")))
        return;
    if (reach_fetch(r, url, &chapters).id)
        return;
    const char *list = chapters_json(r->a, chapters);
    if (list)
        (void)remote_video_chapters(r->db, video_id, list).id;
}

struct err resolve_video(struct reach *r, const char *uri, bool anew, int64_t *video_id)
{
    struct video_place known;
    struct local_name local;
    json_t *document;
    if (reach_is_ours(r, uri)) {
        TRY(resolve_local(r, uri, &local));
        if (local.kind != LOCAL_VIDEO)
            return FAIL(NOT_FOUND, "there is no such video here");
        *video_id = local.id;
        return OK;
    }
    struct err e = remote_video_by_uri(r->db, r->a, uri, &known);
    if (e.id && e.id != ERR_NOT_FOUND)
        return e;
    bool is_known = !e.id;
    if (is_known && !anew) {
        *video_id = known.id;
        return OK;
    }
    e = reach_fetch(r, uri, &document);
    if (e.id == ERR_PEER_GONE && is_known)
        TRY(remote_video_delete(r->db, known.id));
    TRY(e);
    if (ap_is_tombstone(document)) {
        if (is_known)
            TRY(remote_video_delete(r->db, known.id));
        return FAIL(PEER_GONE, "the video was deleted");
    }
    TRY(resolve_video_document(r, document, video_id));
    fetch_chapters(r, document, *video_id);
    return OK;
}
