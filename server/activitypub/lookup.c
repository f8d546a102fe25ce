/* lookup.c — see lookup.h. */
#include "server/activitypub/lookup.h"

#include "base/log.h"
#include "base/strbuf.h"
#include "server/activitypub/federation.h"
#include "server/activitypub/resolve_parts.h"
#include "server/app.h"
#include "server/config.h"
#include "server/domain/account.h"
#include "server/domain/remote_actor.h"
#include "server/domain/remote_video.h"
#include "server/domain/video.h"

#include <string.h>
#include <strings.h>

#define BLANKS " \t\r\n"
enum { LOOKUP_FETCHES = 16, LOOKUP_BYTES_MAX = 2000 };

/* --- known here -----------------------------------------------------------------------------
 */

static const char *without_scheme(const char *text)
{
    if (strncasecmp(text, "acct:", 5) == 0)
        text += 5;
    return *text == '@' || *text == '!' ? text + 1 : text;
}

bool lookup_is_name(const char *text)
{
    text += strspn(text, BLANKS);
    const char *handle = without_scheme(text), *at = strchr(handle, '@');
    size_t n = strcspn(handle, BLANKS);
    return web_url(text) || (at && at > handle && at[1] && !strchr(at + 1, '@') &&
                             at < handle + n && !handle[n + strspn(handle + n, BLANKS)]);
}

static struct err known_handle(struct reach *r, const char *text, struct lookup *out)
{
    struct actor actor;
    struct err e =
        actor_get(r->db, r->a, without_scheme(text), url_host(r->app->config->url), &actor);
    if (!e.id)
        *out = (struct lookup){LOOKUP_ACTOR, actor.id, 0};
    return e.id == ERR_NOT_FOUND ? OK : e;
}

/* The rest of `path` after one of these folders, up to the next "/"; NULL when it is below
 * none. */
static const char *below(struct arena *a, const char *path, const char *const *folders)
{
    for (; *folders; folders++) {
        size_t n = strlen(*folders);
        if (strncmp(path, *folders, n) == 0 && path[n] && path[n] != '/')
            return arena_strndup(a, path + n, strcspn(path + n, "/;"));
    }
    return NULL;
}

/* Pages here, also those of things elsewhere. */
static struct err own_page(struct reach *r, const char *url, struct lookup *out)
{
    static const char *const actors[] = {"/a/", "/c/", "/@", NULL};
    static const char *const videos[] = {"/w/", "/videos/watch/", "/videos/embed/", NULL};
    struct ap_url read;
    struct video video;
    bool by_number;
    if (!ap_url_read(r->a, url, &read))
        return OK;
    const char *name = below(r->a, read.path, actors), *id = below(r->a, read.path, videos);
    if (name)
        return known_handle(r, name, out);
    if (!id)
        return OK;
    struct err e = video_find(r->db, r->a, id, &video, &by_number);
    if (!e.id && !by_number)
        *out = (struct lookup){LOOKUP_VIDEO, video.id, video.id};
    return e.id == ERR_VIDEO_NOT_FOUND || e.id == ERR_NOT_FOUND ? OK : e;
}

static struct err known_address(struct reach *r, const char *url, struct lookup *out)
{
    struct place place;
    int64_t id;
    struct err e = actor_id_by_uri(r->db, r->a, r->app->config->url, url, &id);
    if (!e.id) {
        *out = (struct lookup){LOOKUP_ACTOR, id, 0};
        return OK;
    }
    if (e.id == ERR_NOT_FOUND)
        e = resolve_known_place(r, url, &place);
    if (!e.id) {
        *out = place.comment_id
                   ? (struct lookup){LOOKUP_COMMENT, place.comment_id, place.video_id}
                   : (struct lookup){LOOKUP_VIDEO, place.video_id, place.video_id};
        return OK;
    }
    if (err_status(e.id) != 404)
        return e;
    return reach_is_ours(r, url) ? own_page(r, url, out) : OK;
}

/* --- asked of its server --------------------------------------------------------------------
 */

static struct err ask_address(struct reach *r, const char *text, struct lookup *out)
{
    char *uri;
    struct place place;
    json_t *document;
    TRY(resolve_handle(r, text, &uri));
    TRY(known_address(r, uri, out)); /* its page was asked for */
    if (out->kind != LOOKUP_NOTHING)
        return OK;
    TRY(reach_fetch(r, uri, &document));
    if (ap_is_actor(document)) {
        out->kind = LOOKUP_ACTOR;
        return resolve_actor_document(r, document, &out->id);
    }
    if (ap_is(document, "Video"))
        TRY(resolve_video_document(r, document, &place.video_id));
    else
        TRY(resolve_place(r, uri, &place));
    return known_address(r, uri, out);
}

static struct err ask_handle(struct reach *r, const char *text, struct lookup *out)
{
    char *uri;
    TRY(resolve_handle(r, text, &uri));
    TRY(resolve_actor(r, uri, false, &out->id));
    out->kind = LOOKUP_ACTOR;
    return OK;
}

static struct err ask(struct reach *r, const char *text, struct lookup *out)
{
    struct err e = FAIL(OVERLOADED, "too many lookups at other servers; come back in a moment");
    if (federation_wait_begin(r->app->federation, WAIT_LOOKUP)) {
        e = web_url(text) ? ask_address(r, text, out) : ask_handle(r, text, out);
        federation_wait_end(r->app->federation, WAIT_LOOKUP);
    }
    if (!e.id || e.id == ERR_OVERLOADED || e.id == ERR_STOPPED || e.id == ERR_DATABASE)
        return e;
    log_info("lookup", "what=%s code=%s reason=%s", LOG_QUOTE(text), err_code(e.id),
             LOG_QUOTE(e.detail));
    *out = (struct lookup){LOOKUP_NOTHING, 0, 0};
    return OK;
}

struct err lookup(struct app *app, struct db *db, struct arena *a, const char *text,
                  bool abroad, struct lookup *out)
{
    struct reach r = reach_of(app, db, a);
    r.fetches_left = LOOKUP_FETCHES;
    *out = (struct lookup){LOOKUP_NOTHING, 0, 0};
    text += strspn(text, BLANKS);
    size_t n = strcspn(text, BLANKS);
    text = arena_strndup(a, text, n);
    if (!n || n > LOOKUP_BYTES_MAX || !lookup_is_name(text))
        return OK;
    TRY(web_url(text) ? known_address(&r, text, out) : known_handle(&r, text, out));
    bool ours = web_url(text) && reach_is_ours(&r, text);
    return out->kind || ours || !abroad || !app->federation ? OK : ask(&r, text, out);
}

/* --- interact -------------------------------------------------------------------------------
 */

#define FEP_3B86 "https://w3id.org/fep/3b86/"

static void add_encoded(struct strbuf *sb, const char *text)
{
    for (const unsigned char *c = (const unsigned char *)text; *c; c++)
        if ((*c >= '0' && *c <= '9') || (*c >= 'a' && *c <= 'z') || (*c >= 'A' && *c <= 'Z') ||
            strchr("-._~", *c))
            strbuf_add(sb, c, 1);
        else
            strbuf_addf(sb, "%%%02X", *c);
}

/* `name` in braces takes `uri`; what else is in braces goes. NULL: it has no such place, or
 * what comes out is no address that people should be led to. */
static const char *fill(struct reach *r, const char *template, const char *name,
                        const char *uri)
{
    struct strbuf sb = STRBUF_IN(r->a);
    bool filled = false;
    if (!template || strlen(template) > AP_URL_MAX)
        return NULL;
    for (const char *p = template; *p;) {
        size_t plain = strcspn(p, "{");
        strbuf_add(&sb, p, plain);
        p += plain;
        if (!*p)
            break;
        size_t n = strcspn(++p, "}");
        if (strlen(name) == n && strncmp(p, name, n) == 0) {
            add_encoded(&sb, uri);
            filled = true;
        }
        p += n + (p[n] == '}');
    }
    return filled && web_url(sb.text) &&
                   fetch_url_allowed(sb.text, r->app->config->federation_insecure)
               ? sb.text
               : NULL;
}

static const char *template_of(const json_t *jrd, const char *rel)
{
    const json_t *links = json_object_get(jrd, "links");
    for (size_t i = 0; i < ap_count(links); i++) {
        const char *is = ap_text(ap_at(links, i), "rel");
        if (is && strcasecmp(is, rel) == 0)
            return ap_text(ap_at(links, i), "template");
    }
    return NULL;
}

/* What he wants to do, in the first way his server offers that names the thing. */
static const char *way_to(struct reach *r, const json_t *jrd, const char *uri,
                          enum intent intent)
{
    static const struct {
        enum intent intent;
        const char *rel, *place;
    } ways[] = {
        {INTENT_FOLLOW, FEP_3B86 "Follow", "object"},
        {INTENT_LIKE, FEP_3B86 "Like", "object"},
        {INTENT_REPLY, FEP_3B86 "Create", "inReplyTo"},
        {INTENT_OPEN, "http://ostatus.org/schema/1.0/subscribe", "uri"},
        {INTENT_OPEN, FEP_3B86 "Object", "object"},
    };
    for (size_t i = 0; i < sizeof ways / sizeof *ways; i++)
        if (ways[i].intent == intent || ways[i].intent == INTENT_OPEN) {
            const char *url = fill(r, template_of(jrd, ways[i].rel), ways[i].place, uri);
            if (url)
                return url;
        }
    return NULL;
}

static struct err ask_server(struct reach *r, const char *name, const char *host, json_t **jrd)
{
    struct err e = FAIL(OVERLOADED, "too many lookups at other servers; come back in a moment");
    if (federation_wait_begin(r->app->federation, WAIT_LOOKUP)) {
        e = reach_webfinger(r, name, host, jrd);
        federation_wait_end(r->app->federation, WAIT_LOOKUP);
    }
    return e;
}

struct err interact_address(struct app *app, struct db *db, struct arena *a, const char *handle,
                            const char *uri, enum intent intent, const char **url)
{
    struct reach r = reach_of(app, db, a);
    json_t *jrd;
    const char *bare = without_scheme(handle), *at = strrchr(bare, '@');
    if (!app->federation)
        return FAIL(NOT_FOUND, "this site does not federate");
    if (!at || web_url(handle) || !lookup_is_name(handle) || strpbrk(handle, BLANKS))
        return FAIL(INVALID_PARAMS, "a handle looks like @name@server");
    const char *host = arena_strdup(a, at + 1);
    TRY(ask_server(&r, arena_strndup(a, bare, (size_t)(at - bare)), host, &jrd));
    *url = way_to(&r, jrd, uri, intent);
    if (*url)
        return OK;
    bool http = app->config->federation_insecure && strchr(host, ':');
    *url = fill(&r,
                arena_printf(a, "%s://%s/authorize_interaction?uri={uri}",
                             http ? "http" : "https", host),
                "uri", uri);
    return *url ? OK : FAIL(PEER_ODD, "that server offers no such page");
}
