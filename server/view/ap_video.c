/* ap_video.c — see ap_video.h. */
#include "server/view/ap_video.h"

#include "server/domain/text.h"
#include "server/view/actor_json.h"
#include "server/view/labels.h"

#include <ctype.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { CONTENT_MAX = 9900, CONTENT_PUSHED_MAX = 5000, SUPPORT_PUSHED_MAX = 1000 };

static void put(json_t *object, const char *name, const char *text) /* NULL: null */
{
    json_object_set_new(object, name, text ? json_string(text) : json_null());
}

struct ap_video ap_video_of(const struct video *v, const struct video_parts *parts)
{
    return (struct ap_video){v, &parts->plain.files, parts->plain.bytes, &parts->storyboard,
                             &parts->captions};
}

static const char *account_of(struct arena *a, const char *site_url, const struct video *v)
{
    return ap_local_actor_name(a, site_url, "Person", v->account.name);
}

static const char *channel_of(struct arena *a, const char *site_url, const struct video *v)
{
    return ap_local_actor_name(a, site_url, "Group", v->channel.name);
}

/* At most so many bytes, cut between characters. */
static const char *shortened(struct arena *a, const char *text, size_t limit)
{
    if (!text || strlen(text) <= limit)
        return text;
    size_t cut = limit;
    while (cut && ((unsigned char)text[cut] & 0xc0) == 0x80)
        cut--;
    return arena_printf(a, "%.*s…", (int)cut, text);
}

json_t *ap_video_to(struct arena *a, const char *site_url, const struct video *v)
{
    if (v->privacy != PRIVACY_PUBLIC)
        return json_array();
    return ap_list(AP_NAME_PUBLIC, channel_of(a, site_url, v), NULL);
}

json_t *ap_video_cc(struct arena *a, const char *site_url, const struct video *v)
{
    if (v->privacy != PRIVACY_PUBLIC)
        return ap_list(AP_NAME_PUBLIC, NULL);
    return ap_list(ap_below(a, account_of(a, site_url, v), "followers"), NULL);
}

/* --- parts ----------------------------------------------------------------------------------
 */

/* As JavaScript counts them. */
static size_t characters(const char *text)
{
    size_t count = 0;
    for (; *text; text++)
        if (((unsigned char)*text & 0xc0) != 0x80)
            count += (unsigned char)*text >= 0xf0 ? 2 : 1;
    return count;
}

/* Cut between paragraphs where there are any, so that no markup is cut in two. */
static const char *shortened_markdown(struct arena *a, const char *text, size_t limit)
{
    for (size_t cut = limit; cut > limit / 2; cut--)
        if (text[cut] == '\n' && text[cut - 1] == '\n')
            return arena_printf(a, "%.*s…", (int)cut + 1, text);
    return shortened(a, text, limit);
}

/* PeerTube cuts at 10,000 characters: never inside an element of ours. */
static const char *content_of(struct arena *a, const char *description, enum ap_form form)
{
    size_t limit = form == AP_PUSHED ? CONTENT_PUSHED_MAX : CONTENT_MAX;
    size_t cut = strlen(description);
    const char *html = text_markdown(a, description);
    while (characters(html) > limit && cut > 100) {
        cut -= cut / 8;
        html = text_markdown(a, shortened_markdown(a, description, cut));
    }
    return html;
}

static void put_content(struct arena *a, json_t *o, const struct video *v, enum ap_form form)
{
    const char *html = v->description ? content_of(a, v->description, form) : NULL;
    if (html && strlen(html) < 3)
        html = NULL;
    put(o, "mediaType", "text/html");
    put(o, "content", html);
    if (html && form == AP_WHOLE) /* as it was written, for who can edit or show that */
        json_object_set_new(
            o, "source",
            json_pack("{s:s, s:s}", "content", v->description, "mediaType", "text/markdown"));
    if (html && v->language)
        json_object_set_new(o, "contentMap", json_pack("{s:s}", v->language, html));
}

static void put_label(json_t *o, const char *name, enum label_set set, int64_t id)
{
    const char *label = id ? label_text(set, id) : NULL;
    char number[24];
    if (!label)
        return;
    snprintf(number, sizeof number, "%lld", (long long)id);
    json_object_set_new(o, name, json_pack("{s:s, s:s}", "identifier", number, "name", label));
}

static const char *percent(struct arena *a, const char *text)
{
    char *out = arena_alloc(a, strlen(text) * 3 + 1), *p = out;
    static const char hex[] = "0123456789ABCDEF";
    for (const unsigned char *s = (const unsigned char *)text; *s; s++) {
        if ((*s < 0x80 && isalnum(*s)) || strchr("-_.~", *s)) {
            *p++ = (char)*s;
        } else {
            *p++ = '%';
            *p++ = hex[*s >> 4];
            *p++ = hex[*s & 15];
        }
    }
    return out;
}

/* Without "#": PeerTube keeps the name as it is. */
static json_t *tags_json(struct arena *a, const char *site_url, const struct video *v)
{
    json_t *list = json_array(), *tags = json_loads(v->tags ? v->tags : "[]", 0, NULL), *one;
    size_t i;
    json_array_foreach (tags, i, one) {
        const char *name = json_string_value(one);
        if (name && *name)
            json_array_append_new(list, json_pack("{s:s, s:s, s:s}", "type", "Hashtag", "name",
                                                  name, "href",
                                                  arena_printf(a, "%s/search?tagsOneOf=%s",
                                                               site_url, percent(a, name))));
    }
    json_decref(tags);
    return list;
}

static json_t *icons_json(struct arena *a, const char *site_url, const struct video *v)
{
    json_t *list = json_array();
    for (int i = v->thumbnail_count - 1; i >= 0; i--) {
        const struct thumbnail *t = &v->thumbnails[i];
        const char *dot = strrchr(t->file, '.');
        const char *type = dot && !strcmp(dot, ".webp")  ? "image/webp"
                           : dot && !strcmp(dot, ".png") ? "image/png"
                                                         : "image/jpeg";
        json_array_append_new(
            list, json_pack("{s:s, s:s, s:s, s:i, s:i}", "type", "Image", "url",
                            arena_printf(a, "%s/lazy-static/thumbnails/%s", site_url, t->file),
                            "mediaType", type, "width", t->width, "height", t->height));
    }
    return list;
}

static json_t *preview_json(struct arena *a, const char *site_url, const struct storyboard *s)
{
    return json_pack("[{s:s, s:[s], s:[{s:s, s:s, s:i, s:i, s:i, s:i, s:s}]}]", "type", "Image",
                     "rel", "storyboard", "url", "mediaType", "image/jpeg", "href",
                     arena_printf(a, "%s/lazy-static/storyboards/%s", site_url, s->file),
                     "width", s->total_width, "height", s->total_height, "tileWidth",
                     s->sprite_width, "tileHeight", s->sprite_height, "tileDuration",
                     arena_printf(a, "PT%dS", s->sprite_duration_s));
}

static json_t *file_link(const struct video_file *f, const char *href, int64_t bytes)
{
    json_t *o = json_pack("{s:s, s:s, s:s, s:i, s:i, s:I}", "type", "Link", "mediaType",
                          f->resolution ? "video/mp4" : "audio/mp4", "href", href, "height",
                          f->height, "width", f->width, "size", (json_int_t)bytes);
    if (f->resolution && f->fps > 0)
        json_object_set_new(o, "fps", json_integer(f->fps));
    return o;
}

static json_t *captions_json_of(struct arena *a, const char *site_url, const struct ap_video *v)
{
    json_t *list = json_array();
    for (size_t i = 0; i < v->captions->count; i++) {
        const struct caption *c = &v->captions->items[i];
        const char *name = language_text(c->language);
        json_array_append_new(
            list, json_pack("{s:s, s:s, s:b, s:[{s:s, s:s, s:s}]}", "identifier", c->language,
                            "name", name ? name : c->language, "automaticallyGenerated", 0,
                            "url", "type", "Link", "mediaType", "text/vtt", "href",
                            arena_printf(a, "%s/lazy-static/video-captions/%s", site_url,
                                         caption_file(a, c, ".vtt"))));
    }
    return list;
}

static bool only_sound(const struct ap_video *v)
{
    for (size_t i = 0; i < v->files->count; i++)
        if (v->files->items[i].resolution)
            return false;
    return true;
}

/* The progressive file that is best for who plays just one: the largest up to 720p. */
static size_t best_file(const struct ap_video *v)
{
    size_t best = SIZE_MAX;
    for (size_t i = 0; i < v->files->count; i++) { /* by resolution, descending */
        const struct video_file *f = &v->files->items[i];
        if (v->web_bytes[i] < 0 || (!f->resolution && best != SIZE_MAX))
            continue;
        if (best == SIZE_MAX || v->files->items[best].resolution > 720)
            best = i;
    }
    return best;
}

static void add_web_file(struct arena *a, const char *site_url, const struct ap_video *v,
                         size_t i, json_t *list)
{
    const struct video_file *f = &v->files->items[i];
    json_array_append_new(list, file_link(f,
                                          arena_printf(a, "%s/static/web-videos/%s-%d.mp4",
                                                       site_url, f->file_uuid, f->resolution),
                                          v->web_bytes[i]));
}

static json_t *hls_link(struct arena *a, const char *site_url, const struct ap_video *v,
                        enum ap_form form)
{
    const char *folder =
        arena_printf(a, "%s/static/streaming-playlists/hls/%s", site_url, v->video->uuid);
    json_t *tag = json_array();
    bool all_done = v->files->count > 0, sound = only_sound(v);
    for (size_t i = 0; i < v->files->count; i++)
        all_done &= v->files->items[i].done;
    if (all_done && form == AP_WHOLE)
        json_array_append_new(
            tag, json_pack("{s:s, s:s, s:s, s:s}", "type", "Link", "name", "sha256",
                           "mediaType", "application/json", "href",
                           arena_printf(a, "%s/%s", folder, v->video->sha256_name)));
    for (size_t i = 0; i < v->files->count; i++) {
        const struct video_file *f = &v->files->items[i];
        if (!f->segments || (!f->resolution && !sound))
            continue; /* sound of its own has no height, which peers want */
        json_array_append_new(tag, file_link(f,
                                             arena_printf(a, "%s/%s-%d-fragmented.mp4", folder,
                                                          f->file_uuid, f->resolution),
                                             f->size_bytes));
    }
    return json_pack("{s:s, s:s, s:s, s:o}", "type", "Link", "mediaType",
                     "application/x-mpegURL", "href",
                     arena_printf(a, "%s/%s", folder, v->video->master_name), "tag", tag);
}

/* The page, then one progressive file, the other ones, then HLS with its files. */
static json_t *urls_json(struct arena *a, const char *site_url, const struct ap_video *v,
                         enum ap_form form)
{
    size_t best = best_file(v);
    json_t *list =
        json_pack("[{s:s, s:s, s:s}]", "type", "Link", "mediaType", "text/html", "href",
                  arena_printf(a, "%s/w/%s", site_url, v->video->short_uuid));
    if (best != SIZE_MAX)
        add_web_file(a, site_url, v, best, list);
    for (size_t i = 0; form == AP_WHOLE && i < v->files->count; i++)
        if (i != best && v->web_bytes[i] >= 0 && v->files->items[i].resolution)
            add_web_file(a, site_url, v, i, list);
    if (!v->video->playable)
        return list;
    json_t *hls = hls_link(a, site_url, v, form);
    json_t *first;
    size_t i;
    /* Pleroma refuses a video without a file at the top: until there is a plain one, a
     * fragmented one stands there. */
    if (best == SIZE_MAX)
        json_array_foreach (json_object_get(hls, "tag"), i, first)
            if (json_object_get(first, "size")) {
                json_array_append(list, first);
                break;
            }
    json_array_append_new(list, hls);
    return list;
}

static void put_policies(json_t *o, const char *account, const struct video *v)
{
    json_t *policy = json_pack("{s:{s:[s]}}", "canQuote", "automaticApproval", AP_NAME_PUBLIC);
    if (v->comments_policy == COMMENTS_CLOSED)
        json_object_set_new(policy, "canReply",
                            json_pack("{s:[s]}", "automaticApproval", account));
    json_object_set_new(o, "interactionPolicy", policy);
    json_object_set_new(o, "commentsPolicy", json_integer(v->comments_policy));
    put(o, "canReply", v->comments_policy == COMMENTS_APPROVAL ? AP_NAME_PUBLIC : NULL);
}

/* --- the whole ------------------------------------------------------------------------------
 */

json_t *ap_video_json(struct arena *a, const char *site_url, const struct ap_video *apv,
                      enum ap_form form)
{
    const struct video *v = apv->video;
    const char *id = ap_video_name(a, site_url, v->uuid), *account = account_of(a, site_url, v),
               *channel = channel_of(a, site_url, v);
    int64_t updated = v->updated_ms > v->published_ms ? v->updated_ms : v->published_ms;
    json_t *o = json_object();
    put(o, "id", id);
    put(o, "type", "Video");
    put(o, "name", v->name);
    put(o, "uuid", v->uuid);
    put(o, "duration", arena_printf(a, "PT%lldS", (long long)((v->duration_ms + 500) / 1000)));
    json_object_set_new(o, "published", iso_time_json(v->published_ms));
    json_object_set_new(o, "updated", iso_time_json(updated));
    json_object_set_new(o, "originallyPublishedAt",
                        v->originally_published_ms ? iso_time_json(v->originally_published_ms)
                                                   : json_null());
    json_object_set_new(o, "attributedTo",
                        form == AP_PUSHED
                            ? json_string(account)
                            : json_pack("[{s:s, s:s}, {s:s, s:s}]", "type", "Person", "id",
                                        account, "type", "Group", "id", channel));
    put(o, "audience", channel);
    json_object_set_new(o, "to", ap_video_to(a, site_url, v));
    json_object_set_new(o, "cc", ap_video_cc(a, site_url, v));
    put_content(a, o, v, form);
    put(o, "summary", v->nsfw_summary);
    json_object_set_new(o, "sensitive", json_boolean(v->nsfw));
    put(o, "support",
        form == AP_PUSHED ? shortened(a, v->support, SUPPORT_PUSHED_MAX) : v->support);
    put_label(o, "category", LABEL_CATEGORY, v->category);
    put_label(o, "licence", LABEL_LICENCE, v->licence);
    if (v->language && language_text(v->language))
        json_object_set_new(o, "language",
                            json_pack("{s:s, s:s}", "identifier", v->language, "name",
                                      language_text(v->language)));
    json_object_set_new(o, "tag", tags_json(a, site_url, v));
    json_object_set_new(o, "views", json_integer(v->views));
    json_object_set_new(o, "state", json_integer(v->state));
    json_object_set_new(o, "waitTranscoding", json_boolean(v->wait_transcoding));
    json_object_set_new(o, "isLiveBroadcast", json_false());
    put(o, "liveSaveReplay", NULL);
    put(o, "permanentLive", NULL);
    put(o, "latencyMode", NULL);
    put_policies(o, account, v);
    json_object_set_new(o, "downloadEnabled", json_boolean(v->download_enabled));
    json_object_set_new(o, "icon", icons_json(a, site_url, v));
    if (form == AP_WHOLE && apv->storyboard && apv->storyboard->file)
        json_object_set_new(o, "preview", preview_json(a, site_url, apv->storyboard));
    if (v->height)
        json_object_set_new(o, "aspectRatio",
                            json_real(round((double)v->width / v->height * 10000.0) / 10000.0));
    put(o, "embedUrl", arena_printf(a, "%s/videos/embed/%s", site_url, v->uuid));
    json_object_set_new(o, "url", urls_json(a, site_url, apv, form));
    put(o, "likes", ap_below(a, id, "likes"));
    put(o, "dislikes", ap_below(a, id, "dislikes"));
    put(o, "shares", ap_below(a, id, "announces"));
    put(o, "comments", ap_below(a, id, "comments"));
    put(o, "replies", ap_below(a, id, "replies"));
    put(o, "hasParts", ap_below(a, id, "chapters"));
    json_object_set_new(o, "subtitleLanguage",
                        form == AP_WHOLE ? captions_json_of(a, site_url, apv) : json_array());
    return o;
}

json_t *ap_video_create_json(struct arena *a, const char *site_url, const struct ap_video *v)
{
    const char *id = ap_video_name(a, site_url, v->video->uuid);
    json_t *activity = ap_activity_json(
        "Create", ap_below(a, id, "activity"), account_of(a, site_url, v->video),
        ap_video_json(a, site_url, v, AP_PUSHED), ap_video_to(a, site_url, v->video),
        ap_video_cc(a, site_url, v->video));
    json_object_set_new(activity, "published", iso_time_json(v->video->published_ms));
    return ap_with_context(activity, AP_VIDEO);
}

json_t *ap_video_update_json(struct arena *a, const char *site_url, const struct ap_video *v)
{
    const char *id = ap_video_name(a, site_url, v->video->uuid);
    return ap_with_context(
        ap_activity_json(
            "Update", ap_update_name(a, id, v->video->updated_ms),
            account_of(a, site_url, v->video), ap_video_json(a, site_url, v, AP_WHOLE),
            ap_video_to(a, site_url, v->video), ap_video_cc(a, site_url, v->video)),
        AP_VIDEO);
}

json_t *ap_chapters_json(struct arena *a, const char *site_url, const struct video *v,
                         const struct chapter_list *chapters)
{
    json_t *parts = json_array();
    for (size_t i = 0; i < chapters->count; i++) {
        const struct chapter *c = &chapters->items[i];
        int64_t end = i + 1 < chapters->count ? c[1].start_s : (v->duration_ms + 500) / 1000;
        json_t *name = json_string(c->title);
        if (name)
            json_array_append_new(parts, json_pack("{s:o, s:I, s:I}", "name", name,
                                                   "startOffset", (json_int_t)c->start_s,
                                                   "endOffset", (json_int_t)end));
    }
    const char *id = ap_below(a, ap_video_name(a, site_url, v->uuid), "chapters");
    return ap_with_context(json_pack("{s:s, s:o}", "id", id, "hasPart", parts), AP_CHAPTERS);
}
