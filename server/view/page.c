/* page.c — see page.h. */
#include "server/view/page.h"

#include "server/view/actor_json.h"
#include "server/view/parts_json.h"

#include <stdio.h>
#include <string.h>

enum { SUMMARY = 300 };

/* In `format`, each "$" takes the next argument as escaped HTML; the last argument is NULL. */
static void add(struct strbuf *sb, const char *format, ...) __attribute__((sentinel));
static void add(struct strbuf *sb, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    for (const char *p = format; *p;) {
        size_t plain = strcspn(p, "$");
        strbuf_add(sb, p, plain);
        p += plain;
        if (*p) {
            strbuf_add_html(sb, va_arg(args, const char *));
            p++;
        }
    }
    va_end(args);
}

static void add_boot(struct strbuf *sb, const char *json)
{
    strbuf_adds(sb, "<script type=\"application/json\" id=\"boot\">");
    for (const char *p = json; *p;) {
        size_t plain = strcspn(p, "<");
        strbuf_add(sb, p, plain);
        p += plain;
        if (*p == '<')
            strbuf_adds(sb, "\\u003c"), p++;
    }
    strbuf_adds(sb, "</script>\n");
}

static void add_header(struct strbuf *sb, const struct page_shell *page)
{
    strbuf_adds(sb, "<a class=\"skip-link\" href=\"#main\">Skip to content</a>\n"
                    "<header class=\"site-header\"><a class=\"brand\" href=\"/\">");
    if (page->logo)
        add(sb, "<img class=\"logo\" src=\"$\" alt=\"\" width=\"30\" height=\"30\">",
            page->logo, NULL);
    add(sb,
        "<span class=\"brand-name\">$</span></a>"
        "<search class=\"site-search\"><form action=\"/search\" method=\"get\" role=\"search\">"
        "<input type=\"search\" name=\"search\" value=\"$\" placeholder=\"Search videos\" "
        "aria-label=\"Search videos\"></form></search>"
        "<nav class=\"site-nav\" aria-label=\"Main\">",
        page->site_name, page->query ? page->query : "", NULL);
    if (page->signed_in)
        strbuf_adds(sb, "<a class=\"button button-quiet\" href=\"/upload\">Upload</a>"
                        "<a class=\"button button-quiet\" href=\"/my-videos\">My videos</a>");
    else if (page->signup)
        strbuf_adds(sb,
                    "<a class=\"button button-quiet wide-only\" href=\"/signup\">Sign up</a>");
    if (!page->signed_in)
        strbuf_adds(sb, "<a class=\"button button-primary\" href=\"/login\">Sign in</a>");
    strbuf_adds(sb, "</nav></header>\n");
}

const char *page_csp(struct arena *a, bool framed, bool federation, bool insecure)
{
    const char *streams = !federation ? "" : insecure ? " https: http:" : " https:";
    return arena_printf(
        a,
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; "
        "media-src 'self' blob:%s; connect-src 'self'%s; font-src 'self'; "
        "worker-src 'self' blob:; manifest-src 'self'; form-action 'self'; "
        "frame-ancestors %s; base-uri 'none'",
        streams, streams, framed ? "*" : "'self'");
}

void page_shell_html(struct strbuf *sb, const struct page_shell *page)
{
    strbuf_adds(sb, "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
                    "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
                    "<meta name=\"theme-color\" media=\"(prefers-color-scheme: light)\" "
                    "content=\"#faf9f6\">\n"
                    "<meta name=\"theme-color\" media=\"(prefers-color-scheme: dark)\" "
                    "content=\"#121416\">\n"
                    "<meta property=\"og:platform\" content=\"PeerTube\" />\n");
    if (page->title)
        add(sb, "<title>$ \xe2\x80\x93 $</title>\n", page->title, page->site_name, NULL);
    else
        add(sb, "<title>$</title>\n", page->site_name, NULL);
    if (page->description)
        add(sb, "<meta name=\"description\" content=\"$\">\n", page->description, NULL);
    if (page->canonical)
        add(sb, "<link rel=\"canonical\" href=\"$$\">\n", page->site_url, page->canonical,
            NULL);
    if (page->activity)
        add(sb, "<link rel=\"alternate\" type=\"application/activity+json\" href=\"$\">\n",
            page->activity, NULL);
    if (page->noindex)
        strbuf_adds(sb, "<meta name=\"robots\" content=\"noindex\">\n");
    if (page->head)
        strbuf_adds(sb, page->head);
    if (page->icon)
        add(sb, "<link rel=\"icon\" href=\"$\" type=\"image/svg+xml\">\n", page->icon, NULL);
    if (page->style)
        add(sb, "<link rel=\"stylesheet\" href=\"$\">\n", page->style, NULL);
    if (page->script)
        add(sb, "<script type=\"module\" src=\"$\"></script>\n", page->script, NULL);
    if (page->shared)
        add(sb, "<link rel=\"modulepreload\" href=\"$\">\n", page->shared, NULL);
    if (page->preload)
        add(sb, "<link rel=\"modulepreload\" href=\"$\">\n", page->preload, NULL);
    strbuf_adds(sb, "</head>\n<body>\n<div id=\"app\">\n");
    if (!page->bare)
        add_header(sb, page);
    strbuf_addf(sb, "<main id=\"main\" class=\"%s\">\n", page->bare ? "embed" : "site-main");
    strbuf_adds(sb, page->content);
    strbuf_adds(sb, "</main>\n");
    if (!page->bare)
        add(sb,
            "<footer class=\"site-footer\"><a href=\"/about\">About $</a>"
            "<span>Powered by Zoetrope</span></footer>\n",
            page->site_name, NULL);
    strbuf_adds(sb, "</div>\n");
    add_boot(sb, page->boot);
    strbuf_adds(sb, "</body>\n</html>\n");
}

/* --- videos
 * ------------------------------------------------------------------------------------ */

/* The beginning of a description, on one line. */
static const char *summary(struct arena *a, const char *text)
{
    if (!text)
        return NULL;
    char *out = arena_strndup(a, text, strnlen(text, SUMMARY));
    size_t n = strlen(out);
    while (n && text[n] && ((unsigned char)text[n] & 0xc0) == 0x80)
        out[--n] = 0;
    for (char *p = out; *p; p++)
        if ((unsigned char)*p < ' ')
            *p = ' ';
    return out;
}

static const char *duration_text(struct arena *a, int64_t ms)
{
    long long s = (ms + 500) / 1000;
    if (s >= 3600)
        return arena_printf(a, "%lld:%02lld:%02lld", s / 3600, s / 60 % 60, s % 60);
    return arena_printf(a, "%lld:%02lld", s / 60, s % 60);
}

static const char *day_text(struct arena *a, int64_t ms)
{
    char time[ISO_TIME];
    return arena_strndup(a, iso_time(ms, time), 10);
}

/* The widest up to 850, for pages and cards elsewhere. */
static const struct thumbnail *preview(const struct video *v)
{
    const struct thumbnail *best = NULL;
    for (int i = 0; i < v->thumbnail_count; i++)
        if (!best || v->thumbnails[i].width <= 850)
            best = &v->thumbnails[i];
    return best;
}

static const char *number(struct arena *a, int64_t n)
{
    return arena_printf(a, "%lld", (long long)n);
}

static void add_json_ld(struct strbuf *sb, const char *site_url, const struct video *v,
                        const char *mp4_url)
{
    char time[ISO_TIME];
    const struct thumbnail *t = preview(v);
    strbuf_adds(sb, "<script type=\"application/ld+json\">{\"@context\":\"https://schema.org\","
                    "\"@type\":\"VideoObject\",\"name\":");
    strbuf_add_json(sb, v->name);
    strbuf_adds(sb, ",\"description\":");
    const char *text = summary(sb->arena, v->description);
    strbuf_add_json(sb, text ? text : v->name);
    if (t)
        strbuf_addf(sb, ",\"thumbnailUrl\":\"%s/lazy-static/thumbnails/%s\"", site_url,
                    t->file);
    strbuf_addf(sb, ",\"uploadDate\":\"%s\",\"duration\":\"PT%lldS\"",
                iso_time(v->published_ms, time), (long long)((v->duration_ms + 500) / 1000));
    if (mp4_url)
        strbuf_addf(sb, ",\"contentUrl\":\"%s\"", mp4_url);
    strbuf_addf(sb,
                ",\"embedUrl\":\"%s/videos/embed/%s\",\"interactionStatistic\":{\"@type\":"
                "\"InteractionCounter\",\"interactionType\":{\"@type\":\"WatchAction\"},"
                "\"userInteractionCount\":%lld}}</script>\n",
                site_url, v->short_uuid, (long long)v->views);
}

void page_video_head(struct strbuf *sb, const char *site_url, const char *site_name,
                     const struct video *v, const char *mp4_url)
{
    struct arena *a = sb->arena;
    const struct thumbnail *t = preview(v);
    const char *text = summary(a, v->description);
    const char *watch = arena_printf(a, "%s/w/%s", site_url, v->short_uuid);
    const char *embed = arena_printf(a, "%s/videos/embed/%s", site_url, v->short_uuid);
    add(sb,
        "<meta property=\"og:type\" content=\"video\" />\n"
        "<meta property=\"og:site_name\" content=\"$\" />\n"
        "<meta property=\"og:title\" content=\"$\" />\n"
        "<meta property=\"og:description\" content=\"$\" />\n"
        "<meta property=\"og:url\" content=\"$\" />\n",
        site_name, v->name, text ? text : "", watch, NULL);
    if (t)
        add(sb,
            "<meta property=\"og:image\" content=\"$/lazy-static/thumbnails/$\" />\n"
            "<meta property=\"og:image:width\" content=\"$\" />\n"
            "<meta property=\"og:image:height\" content=\"$\" />\n"
            "<meta name=\"twitter:image\" content=\"$/lazy-static/thumbnails/$\" />\n",
            site_url, t->file, number(a, t->width), number(a, t->height), site_url, t->file,
            NULL);
    add(sb,
        "<meta property=\"og:video\" content=\"$\" />\n"
        "<meta property=\"og:video:secure_url\" content=\"$\" />\n"
        "<meta property=\"og:video:type\" content=\"text/html\" />\n"
        "<meta property=\"og:video:width\" content=\"560\" />\n"
        "<meta property=\"og:video:height\" content=\"315\" />\n",
        embed, embed, NULL);
    if (mp4_url)
        add(sb,
            "<meta property=\"og:video\" content=\"$\" />\n"
            "<meta property=\"og:video:type\" content=\"video/mp4\" />\n",
            mp4_url, NULL);
    add(sb,
        "<meta property=\"og:video:duration\" content=\"$\" />\n"
        "<meta name=\"twitter:card\" content=\"player\" />\n"
        "<meta name=\"twitter:title\" content=\"$\" />\n"
        "<meta name=\"twitter:description\" content=\"$\" />\n"
        "<meta name=\"twitter:player\" content=\"$\" />\n"
        "<meta name=\"twitter:player:width\" content=\"560\" />\n"
        "<meta name=\"twitter:player:height\" content=\"315\" />\n"
        "<link rel=\"alternate\" type=\"application/json+oembed\" title=\"$\" "
        "href=\"$/services/oembed?url=$\" />\n",
        number(a, (v->duration_ms + 500) / 1000), v->name, text ? text : "", embed, v->name,
        site_url, watch, NULL);
    add_json_ld(sb, site_url, v, mp4_url);
}

/* Lines stay lines; nothing is turned into links here: the client does that. */
static void add_paragraphs(struct strbuf *sb, const char *text)
{
    strbuf_adds(sb, "<div class=\"description\">");
    strbuf_add_html(sb, text);
    strbuf_adds(sb, "</div>\n");
}

static void add_captions(struct strbuf *sb, const struct caption_list *list)
{
    for (size_t i = 0; list && i < list->count; i++)
        add(sb,
            "<track kind=\"captions\" srclang=\"$\" label=\"$\" "
            "src=\"/lazy-static/video-captions/$\">",
            list->items[i].language, caption_label(&list->items[i]),
            caption_file(sb->arena, &list->items[i], ".vtt"), NULL);
}

static void add_player(struct strbuf *sb, const struct page_watch *page)
{
    const struct video *v = page->video;
    const struct thumbnail *t = preview(v);
    if (!page->mp4 && !page->hls) {
        add(sb, "<div class=\"player-note\"><p><strong>$</strong></p></div>\n",
            v->state == VIDEO_FAILED ? "This video could not be made"
                                     : "This video is being prepared",
            NULL);
        return;
    }
    strbuf_adds(sb, "<section class=\"player-box\" aria-label=\"Video player\">"
                    "<video controls playsinline preload=\"none\"");
    if (t)
        add(sb, " poster=\"/lazy-static/thumbnails/$\"", t->file, NULL);
    strbuf_adds(sb, ">");
    if (page->mp4)
        add(sb, "<source src=\"$\" type=\"video/mp4\">", page->mp4, NULL);
    if (page->hls)
        add(sb, "<source src=\"$\" type=\"application/vnd.apple.mpegurl\">", page->hls, NULL);
    add_captions(sb, page->captions);
    strbuf_adds(sb, "</video></section>\n");
}

void page_watch_html(struct strbuf *sb, const struct page_watch *page)
{
    const struct video *v = page->video;
    struct arena *a = sb->arena;
    char time[ISO_TIME];
    if (page->bare) {
        add_player(sb, page);
        add(sb,
            "<p class=\"embed-title\"><a href=\"/w/$\" target=\"_blank\" "
            "rel=\"noopener\">$</a></p>\n",
            v->short_uuid, v->name, NULL);
        return;
    }
    strbuf_adds(sb, "<div class=\"watch\">\n");
    add_player(sb, page);
    add(sb,
        "<div class=\"watch-main\">\n<h1 class=\"watch-title\">$</h1>\n"
        "<div class=\"watch-bar\"><a class=\"watch-channel\" href=\"/c/$\"><span></span>"
        "<span><strong>$</strong></span></a></div>\n<div class=\"watch-about\">"
        "<p class=\"watch-facts\"><span>$ $</span><time datetime=\"$\">$</time></p>\n",
        v->name, v->channel.name, v->channel.display_name, number(a, v->views),
        v->views == 1 ? "view" : "views", iso_time(v->published_ms, time),
        day_text(a, v->published_ms), NULL);
    if (v->description) {
        strbuf_adds(sb, "<div class=\"watch-description\">");
        add_paragraphs(sb, v->description);
        strbuf_adds(sb, "</div>");
    }
    strbuf_adds(sb, "</div></div></div>\n");
}

static void add_card(struct strbuf *sb, const struct video *v)
{
    struct arena *a = sb->arena;
    char time[ISO_TIME];
    add(sb,
        "<article class=\"video-card\"><a class=\"video-card-link\" href=\"/w/$\">"
        "<span class=\"thumbnail\">",
        v->short_uuid, NULL);
    if (v->thumbnail_count)
        add(sb,
            "<img src=\"/lazy-static/thumbnails/$\" alt=\"\" width=\"280\" height=\"157\" "
            "loading=\"lazy\" decoding=\"async\">",
            v->thumbnails[0].file, NULL);
    if (v->duration_ms)
        add(sb, "<span class=\"thumbnail-time\">$</span>", duration_text(a, v->duration_ms),
            NULL);
    add(sb,
        "</span><h2 class=\"video-card-title\">$</h2></a><div class=\"video-card-meta\">"
        "<a class=\"video-card-channel\" href=\"/c/$\">$</a><span class=\"video-card-facts\">"
        "<span>$ $</span><time datetime=\"$\">$</time></span></div></article>\n",
        v->name, v->channel.name, v->channel.display_name, number(a, v->views),
        v->views == 1 ? "view" : "views", iso_time(v->published_ms, time),
        day_text(a, v->published_ms), NULL);
}

static void add_grid(struct strbuf *sb, const struct video_list *list, const char *path,
                     int start, int count)
{
    struct arena *a = sb->arena;
    if (!list->count)
        strbuf_adds(sb, "<p class=\"empty\">No videos yet.</p>\n");
    strbuf_adds(sb, "<div class=\"video-grid\">\n");
    for (size_t i = 0; i < list->count; i++)
        add_card(sb, &list->items[i]);
    strbuf_adds(sb, "</div>\n");
    const char *glue = strchr(path, '?') ? "&" : "?";
    if (start > 0 || start + (int64_t)list->count < list->total)
        strbuf_adds(sb, "<nav class=\"pages\" aria-label=\"Pages\">");
    if (start > 0)
        add(sb, "<a class=\"button\" rel=\"prev\" href=\"$$start=$\">Newer</a> ", path, glue,
            number(a, start > count ? start - count : 0), NULL);
    if (start + (int64_t)list->count < list->total)
        add(sb, "<a class=\"button\" rel=\"next\" href=\"$$start=$\">Older</a>", path, glue,
            number(a, start + count), NULL);
    if (start > 0 || start + (int64_t)list->count < list->total)
        strbuf_adds(sb, "</nav>\n");
}

void page_videos_html(struct strbuf *sb, const char *heading, const struct video_list *list,
                      const char *path, int start, int count)
{
    add(sb, "<div class=\"page-head\"><h1>$</h1></div>\n", heading, NULL);
    add_grid(sb, list, path, start, count);
}

void page_actor_html(struct strbuf *sb, const struct page_actor *page)
{
    const struct actor *actor = page->actor;
    add(sb,
        "<div class=\"actor-head\"><div><h1>$</h1><p "
        "class=\"quiet\"><span>@$@$</span></p></div></div>\n",
        actor->display_name, actor->name, *actor->host ? actor->host : page->host, NULL);
    if (actor->description)
        add_paragraphs(sb, actor->description);
    add_grid(sb, page->videos, page->path, page->start, page->count);
}

void page_message_html(struct strbuf *sb, const char *code, const char *heading,
                       const char *text)
{
    strbuf_adds(sb, "<div class=\"message-page\">");
    if (code)
        add(sb, "<p class=\"message-code\" aria-hidden=\"true\">$</p>", code, NULL);
    add(sb, "<h1>$</h1>", heading, NULL);
    if (text)
        add(sb, "<p>$</p>\n", text, NULL);
    else
        strbuf_adds(sb, "<noscript><p>This page needs JavaScript.</p></noscript>\n");
    if (code)
        strbuf_adds(sb, "<p><a class=\"button button-primary\" href=\"/\">"
                        "Go to the newest videos</a></p>");
    strbuf_adds(sb, "</div>\n");
}
