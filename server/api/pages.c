/* pages.c — see pages.h. */
#include "server/api/pages.h"

#include "server/api/answer_cache.h"
#include "server/api/params.h"
#include "server/api/video_query.h"
#include "server/api/videos.h"
#include "server/app.h"
#include "server/config.h"
#include "server/domain/account.h"
#include "server/domain/caption.h"
#include "server/domain/remote_video.h"
#include "server/domain/video.h"
#include "server/view/actor_json.h"
#include "server/view/ap_names.h"
#include "server/view/assets.h"
#include "server/view/page.h"
#include "server/view/remote_json.h"
#include "server/view/site_json.h"
#include "server/view/video_json.h"

#include <stdlib.h>
#include <string.h>

enum { PAGE_COUNT = 24 };

/* --- the shell
 * ------------------------------------------------------------------------------------ */

static void add_json(struct strbuf *sb, json_t *json)
{
    char *text = json_dumps(json, JSON_COMPACT);
    strbuf_adds(sb, text ? text : "null");
    free(text);
    json_decref(json);
}

static struct err user_json_of(struct req *rq, json_t **out)
{
    struct user user;
    struct actor account;
    struct channel_list channels = {0};
    struct page all = {.count = CHANNELS_PER_USER};
    TRY(user_get(rq->db, rq->arena, rq->caller->user_id, &user));
    TRY(actor_get_by_id(rq->db, rq->arena, user.account_id, &account));
    TRY(channel_list_of_account(rq->db, rq->arena, account.id, all, &channels));
    *out = user_me_json(rq->app->config->url, &user, &account, &channels);
    return OK;
}

/* {"config", "user"} and, when there is one, `name` with its JSON. */
static struct err boot_json(struct req *rq, const char *name, const char *json,
                            const char **out)
{
    struct strbuf sb = STRBUF_IN(rq->arena);
    strbuf_adds(&sb, "{\"config\":");
    add_json(&sb, site_config_json(rq->app->config));
    strbuf_adds(&sb, ",\"user\":");
    if (rq->caller) {
        json_t *user;
        TRY(user_json_of(rq, &user));
        add_json(&sb, user);
    } else {
        strbuf_adds(&sb, "null");
    }
    if (name)
        strbuf_addf(&sb, ",\"%s\":%s", name, json);
    strbuf_adds(&sb, "}");
    *out = sb.text;
    return OK;
}

static struct page_shell shell_of(struct req *rq)
{
    const struct app *app = rq->app;
    return (struct page_shell){
        .site_url = app->config->url,
        .site_name = app->config->name,
        .content = "",
        .boot = "{}",
        .style = assets_path(app->assets, "app.css"),
        .script = assets_path(app->assets, "app.js"),
        .shared = assets_path(app->assets, "shared.js"),
        .icon = assets_path(app->assets, "favicon.svg"),
        .logo = assets_path(app->assets, "logo.svg"),
        .signed_in = rq->caller != NULL,
        .signup = !strcmp(app->config->signup, "open") ||
                  (!strcmp(app->config->signup, "auto") && config_is_local(app->config)),
    };
}

static void headers(struct req *rq, struct res *rs, bool framed)
{
    const struct config *c = rq->app->config;
    res_header(rq, rs, "Content-Security-Policy",
               page_csp(rq->arena, framed, c->federation, c->federation_insecure));
    res_header(rq, rs, "Cache-Control", "private, no-cache");
    res_header(rq, rs, "Cross-Origin-Opener-Policy", "same-origin");
    res_header(rq, rs, "Permissions-Policy", "camera=(), microphone=(), geolocation=()");
    if (!framed)
        res_header(rq, rs, "X-Frame-Options", "SAMEORIGIN");
}

static void answer(struct req *rq, struct res *rs, int status, const struct page_shell *shell)
{
    struct strbuf html = STRBUF_IN(rq->arena);
    page_shell_html(&html, shell);
    headers(rq, rs, shell->bare);
    res_text(rs, status, "text/html; charset=utf-8", html.text, html.length);
}

static struct err note(struct req *rq, struct res *rs, int status, const char *heading,
                       const char *text)
{
    struct page_shell shell = shell_of(rq);
    struct strbuf content = STRBUF_IN(rq->arena);
    TRY(boot_json(rq, NULL, NULL, &shell.boot));
    page_message_html(&content, status == 200 ? NULL : arena_printf(rq->arena, "%d", status),
                      heading, text);
    shell.title = heading;
    shell.noindex = true;
    shell.content = content.text;
    answer(rq, rs, status, &shell);
    return OK;
}

/* An err of the API as a page; those of ours are told as such. */
static struct err refusal(struct req *rq, struct res *rs, struct err e)
{
    switch (err_status(e.id)) {
    case 401: return note(rq, rs, 401, "Sign in to see this page", "It is not public.");
    case 403: return note(rq, rs, 403, "This page is private", "You may not see it.");
    case 404: return note(rq, rs, 404, "Page not found", "There is no such page.");
    default: return e;
    }
}

/* --- pages
 * ------------------------------------------------------------------------------------ */

static struct err list_page(struct req *rq, struct res *rs, struct page_shell *shell,
                            const struct video_query *q, const struct video_list *list)
{
    struct strbuf json = STRBUF_IN(rq->arena);
    bool first = q->start == 0;
    video_list_json(&json, rq->app->config->url, list, false);
    TRY(boot_json(rq, first ? "videos" : NULL, json.text, &shell->boot));
    answer(rq, rs, 200, shell);
    return OK;
}

static struct err page_query(struct req *rq, const char *sort, struct video_query *q)
{
    TRY(video_query_read(rq, sort, q));
    q->count = PAGE_COUNT;
    q->skip_count = false;
    return OK;
}

/* GET /   the newest videos */
struct err h_page_home(struct req *rq, struct res *rs)
{
    struct page_shell shell = shell_of(rq);
    struct video_query q = {.of = OF_SITE};
    struct video_list list;
    TRY(page_query(rq, "-publishedAt", &q));

    const char *key =
        rq->caller || q.everything ? NULL : arena_printf(rq->arena, "page %s", rq->url);
    uint64_t generation = video_generation(rq->db);
    size_t bytes;
    const char *known =
        key ? answer_cache_get(rq->app->answers, rq->arena, key, generation, &bytes) : NULL;
    if (known) {
        headers(rq, rs, false);
        res_text(rs, 200, "text/html; charset=utf-8", known, bytes);
        return OK;
    }
    TRY(video_list(rq->db, rq->arena, &q, &list));
    struct strbuf content = STRBUF_IN(rq->arena);
    page_videos_html(&content, "Newest videos", &list, "/", q.start, q.count);
    shell.content = content.text;
    shell.description = rq->app->config->description;
    shell.canonical = "/";
    shell.head = arena_printf(rq->arena, "<meta property=\"og:type\" content=\"website\" />\n");
    TRY(list_page(rq, rs, &shell, &q, &list));
    if (key)
        answer_cache_put(rq->app->answers, key, generation, rs->body, rs->body_bytes);
    return OK;
}

/* GET /search?search=words */
struct err h_page_search(struct req *rq, struct res *rs)
{
    struct page_shell shell = shell_of(rq);
    struct video_query q = {.of = OF_SITE};
    struct video_list list = {0};
    struct strbuf content = STRBUF_IN(rq->arena), path = STRBUF_IN(rq->arena);
    TRY(page_query(rq, "-match", &q));
    if (q.words)
        TRY(video_list(rq->db, rq->arena, &q, &list));
    strbuf_adds(&path, "/search?search=");
    for (const char *p = q.words ? q.words : ""; *p; p++)
        strbuf_addf(&path, "%%%02X", (unsigned char)*p);
    page_videos_html(&content, q.words ? "Search results" : "Search", &list, path.text, q.start,
                     q.count);
    TRY(boot_json(rq, NULL, NULL, &shell.boot));
    shell.title = "Search";
    shell.query = q.words;
    shell.content = content.text;
    shell.noindex = true;
    answer(rq, rs, 200, &shell);
    return OK;
}

/* The plain MP4 for a player without scripts: the largest up to 720p, else the smallest. */
static const char *plain_path(struct arena *a, const struct video *v,
                              const struct video_plain *plain)
{
    const char *path = NULL;
    for (size_t i = 0; i < plain->files.count; i++) { /* by resolution, descending */
        const struct video_file *f = &plain->files.items[i];
        if (plain->bytes[i] < 0 || (f->resolution == 0 && path))
            continue;
        path = arena_printf(a, "/static/web-videos/%s%s-%d.mp4",
                            video_is_private(v) ? "private/" : "", f->file_uuid, f->resolution);
        if (f->resolution <= 720)
            break;
    }
    return path;
}

static struct err watch(struct req *rq, struct res *rs, bool bare)
{
    struct page_shell shell = shell_of(rq);
    struct video v;
    const char *asked = req_param(rq, "id"); /* "ID;threadId=7" begins at a comment */
    const char *id = arena_strndup(rq->arena, asked, strcspn(asked, ";"));
    struct err e = video_see(rq->db, rq->arena, rq->caller, id, &v);
    if (e.id)
        return refusal(rq, rs, e);
    struct caption_list captions;
    TRY(video_captions(rq->db, rq->arena, v.id, &captions));
    struct page_watch page = {
        .site_url = shell.site_url, .video = &v, .captions = &captions, .bare = bare};
    struct video_plain plain;
    TRY(video_plain(rq->db, rq->app->storage, rq->arena, &v, &plain));
    if (v.uri)
        remote_sources(rq->arena, &v, &page.mp4, &page.hls);
    else
        page.mp4 = plain_path(rq->arena, &v, &plain);
    if (v.uri && rq->app->federation)
        TRY(remote_video_seen(rq->db, rq->arena, v.id));
    if (v.playable && !v.uri)
        page.hls = arena_printf(rq->arena, "/static/streaming-playlists/hls/%s%s/%s",
                                video_is_private(&v) ? "private/" : "", v.uuid, v.master_name);

    const char *details;
    size_t bytes;
    struct strbuf content = STRBUF_IN(rq->arena), head = STRBUF_IN(rq->arena);
    TRY(video_details_text(rq, &v, &plain, &details, &bytes));
    TRY(boot_json(rq, "video", details, &shell.boot));
    page_watch_html(&content, &page);
    shell.noindex = v.privacy != PRIVACY_PUBLIC || v.state != VIDEO_PUBLISHED || bare || v.uri;
    if (!video_is_private(&v) && !v.uri)
        page_video_head(&head, shell.site_url, shell.site_name, &v,
                        page.mp4 ? arena_printf(rq->arena, "%s%s", shell.site_url, page.mp4)
                                 : NULL);
    shell.title = v.name;
    shell.description =
        v.description ? arena_strndup(rq->arena, v.description, strcspn(v.description, "\r\n"))
                      : NULL;
    shell.canonical = arena_printf(rq->arena, "/w/%s", v.short_uuid);
    if (rq->app->config->federation && !video_is_private(&v))
        shell.activity = v.uri ? v.uri : ap_video_name(rq->arena, shell.site_url, v.uuid);
    shell.head = head.text;
    shell.content = content.text;
    shell.bare = bare;
    shell.preload = assets_path(rq->app->assets, "player.js");
    answer(rq, rs, 200, &shell);
    return OK;
}

/* GET /w/:id, /videos/watch/:id */
struct err h_page_watch(struct req *rq, struct res *rs)
{
    return watch(rq, rs, false);
}

/* GET /videos/embed/:id   may stand in frames of any site */
struct err h_page_embed(struct req *rq, struct res *rs)
{
    return watch(rq, rs, true);
}

static struct err actor_page(struct req *rq, struct res *rs, const struct actor *actor,
                             struct video_query *q, const char *path)
{
    struct page_shell shell = shell_of(rq);
    struct video_list list;
    struct strbuf content = STRBUF_IN(rq->arena), head = STRBUF_IN(rq->arena);
    TRY(page_query(rq, "-publishedAt", q));
    TRY(video_list(rq->db, rq->arena, q, &list));
    page_actor_html(&content, &(struct page_actor){
                                  .actor = actor,
                                  .videos = &list,
                                  .host = url_host(shell.site_url),
                                  .path = path,
                                  .start = q->start,
                                  .count = q->count,
                              });
    strbuf_adds(&head, "<meta property=\"og:type\" content=\"profile\" />\n"
                       "<meta property=\"og:title\" content=\"");
    strbuf_add_html(&head, actor->display_name);
    strbuf_addf(&head, "\" />\n<meta property=\"og:url\" content=\"%s%s\" />\n", shell.site_url,
                path);
    shell.head = head.text;
    shell.title = actor->display_name;
    shell.description = actor->description;
    shell.canonical = path;
    if (rq->app->config->federation && !*actor->host)
        shell.activity =
            ap_local_actor_name(rq->arena, shell.site_url, actor->kind, actor->name);
    shell.content = content.text;
    TRY(boot_json(rq, NULL, NULL, &shell.boot));
    answer(rq, rs, 200, &shell);
    return OK;
}

/* GET /c/:name; /video-channels/:name leads there */
struct err h_page_channel(struct req *rq, struct res *rs)
{
    struct channel channel;
    struct err e = channel_get(rq->db, rq->arena, req_param(rq, "name"),
                               url_host(rq->app->config->url), &channel);
    if (e.id)
        return refusal(rq, rs, e);
    if (!strncmp(rq->path, "/video-channels/", 16)) {
        res_redirect(rq, rs, 302, arena_printf(rq->arena, "/c/%s", req_param(rq, "name")));
        return OK;
    }
    struct video_query q = {.of = OF_CHANNEL, .of_id = channel.actor.id};
    return actor_page(rq, rs, &channel.actor, &q,
                      arena_printf(rq->arena, "/c/%s", channel.actor.name));
}

/* GET /a/:name; /accounts/:name leads there */
struct err h_page_account(struct req *rq, struct res *rs)
{
    struct actor account;
    struct err e = account_get(rq->db, rq->arena, req_param(rq, "name"),
                               url_host(rq->app->config->url), &account);
    if (e.id)
        return refusal(rq, rs, e);
    if (!strncmp(rq->path, "/accounts/", 10)) {
        res_redirect(rq, rs, 302, arena_printf(rq->arena, "/a/%s", req_param(rq, "name")));
        return OK;
    }
    struct video_query q = {.of = OF_ACCOUNT, .of_id = account.id};
    return actor_page(rq, rs, &account, &q, arena_printf(rq->arena, "/a/%s", account.name));
}

/* GET /about, and the pages that are made by scripts alone: see the table */
struct err h_page_client(struct req *rq, struct res *rs)
{
    static const struct {
        const char *path, *title;
    } pages[] = {
        {"/login", "Sign in"},
        {"/signup", "Sign up"},
        {"/upload", "Upload"},
        {"/my-videos", "My videos"},
        {"/my-account", "My account"},
        {"/subscriptions", "Subscriptions"},
        {"/subscriptions/channels", "Whom you follow"},
        {"/notifications", "Notifications"},
        {"/my-blocks", "Muted accounts and servers"},
        {"/remote-interaction", "Interact"},
        {"/authorize_interaction", "Interact"},
    };
    for (size_t i = 0; i < sizeof pages / sizeof *pages; i++)
        if (!strcmp(rq->path, pages[i].path))
            return note(rq, rs, 200, pages[i].title, NULL);
    if (!strncmp(rq->path, "/admin", 6))
        return note(rq, rs, 200, "Administration", NULL);

    struct page_shell shell = shell_of(rq);
    struct strbuf content = STRBUF_IN(rq->arena);
    TRY(boot_json(rq, NULL, NULL, &shell.boot));
    page_message_html(&content, NULL, arena_printf(rq->arena, "About %s", shell.site_name),
                      rq->app->config->description);
    shell.title = "About";
    shell.description = rq->app->config->description;
    shell.canonical = "/about";
    shell.content = content.text;
    answer(rq, rs, 200, &shell);
    return OK;
}

struct err h_page_not_found(struct req *rq, struct res *rs)
{
    static const char *const files[] = {"/static/", "/lazy-static/", "/download/", "/client/"};
    if (!strncmp(rq->path, "/@", 2) && rq->path[2] && !strchr(rq->path + 2, '/')) {
        struct actor actor;
        if (!account_get(rq->db, rq->arena, rq->path + 2, url_host(rq->app->config->url),
                         &actor)
                 .id) {
            res_redirect(rq, rs, 302, arena_printf(rq->arena, "/a/%s", rq->path + 2));
            return OK;
        }
        res_redirect(rq, rs, 302, arena_printf(rq->arena, "/c/%s", rq->path + 2));
        return OK;
    }
    for (size_t i = 0; i < sizeof files / sizeof *files; i++)
        if (!strncmp(rq->path, files[i], strlen(files[i])))
            return FAIL(NOT_FOUND, "no such file");
    return note(rq, rs, 404, "Page not found", "There is no such page.");
}

/* --- oEmbed
 * ----------------------------------------------------------------------------------------- */

/* The id in an address of a video here: "…/w/ID", "…/videos/watch/ID", "…/videos/embed/ID". */
static const char *video_id_of(struct req *rq, const char *url)
{
    static const char *const paths[] = {"/w/", "/videos/watch/", "/videos/embed/"};
    const char *site = rq->app->config->url;
    size_t n = strlen(site);
    if (!url || strncmp(url, site, n))
        return NULL;
    for (size_t i = 0; i < sizeof paths / sizeof *paths; i++) {
        size_t m = strlen(paths[i]);
        if (!strncmp(url + n, paths[i], m))
            return arena_strndup(rq->arena, url + n + m, strcspn(url + n + m, "/?#;"));
    }
    return NULL;
}

/* GET /services/oembed?url=…&maxwidth=…&maxheight=…&format=json
 * 200 | 400 | 404. Spec: oembed.com 1.0 */
struct err h_oembed(struct req *rq, struct res *rs)
{
    int64_t max_width = INT32_MAX, max_height = INT32_MAX;
    struct video v;
    TRY(query_int(rq, "maxwidth", 1, INT32_MAX, &max_width));
    TRY(query_int(rq, "maxheight", 1, INT32_MAX, &max_height));
    const char *format = req_query(rq, "format"), *id = video_id_of(rq, req_query(rq, "url"));
    if (format && strcmp(format, "json"))
        return req_invalid(rq, "format", "Should be json");
    if (!id)
        return req_invalid(rq, "url", "Should be the address of a video of this site");
    TRY(video_see(rq->db, rq->arena, NULL, id, &v));

    int64_t width = max_width < 560 ? max_width : 560;
    int64_t height = width * 315 / 560;
    if (height > max_height)
        height = max_height, width = height * 560 / 315;
    const char *site = rq->app->config->url;
    struct strbuf html = STRBUF_IN(rq->arena);
    strbuf_addf(
        &html,
        "<iframe width=\"%lld\" height=\"%lld\" sandbox=\"allow-same-origin allow-scripts "
        "allow-popups allow-forms\" title=\"",
        (long long)width, (long long)height);
    strbuf_add_html(&html, v.name);
    strbuf_addf(&html,
                "\" src=\"%s/videos/embed/%s\" style=\"border: none\" allow=\"fullscreen\">"
                "</iframe>",
                site, v.short_uuid);
    json_t *json = json_pack(
        "{s:s, s:s, s:s, s:I, s:I, s:s, s:s, s:o, s:s, s:s}", "type", "video", "version", "1.0",
        "html", html.text, "width", (json_int_t)width, "height", (json_int_t)height, "title",
        v.name, "author_name", v.channel.display_name, "author_url",
        json_string(arena_printf(rq->arena, "%s/video-channels/%s", site, v.channel.name)),
        "provider_name", rq->app->config->name, "provider_url", site);
    for (int i = v.thumbnail_count - 1; i >= 0; i--) {
        const struct thumbnail *t = &v.thumbnails[i];
        if (t->width > max_width || t->height > max_height)
            continue;
        json_object_set_new(json, "thumbnail_url",
                            json_string(arena_printf(rq->arena, "%s/lazy-static/thumbnails/%s",
                                                     site, t->file)));
        json_object_set_new(json, "thumbnail_width", json_integer(t->width));
        json_object_set_new(json, "thumbnail_height", json_integer(t->height));
        break;
    }
    res_header(rq, rs, "Access-Control-Allow-Origin", "*");
    res_json(rq, rs, 200, json);
    return OK;
}
