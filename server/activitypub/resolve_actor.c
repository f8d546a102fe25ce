/* resolve_actor.c — actors of other servers become rows; handles become addresses. */
#include "server/activitypub/federation.h"
#include "server/activitypub/resolve_parts.h"

#include "base/clock.h"
#include "base/log.h"
#include "server/app.h"
#include "server/config.h"
#include "server/db/db.h"
#include "server/domain/account.h"
#include "server/domain/block.h"
#include "server/domain/remote_actor.h"
#include "server/domain/text.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

enum { NAME_LIMIT = 128, DISPLAY_LIMIT = 500 };

struct reach reach_of(struct app *app, struct db *db, struct arena *a)
{
    return (struct reach){
        .app = app, .db = db, .a = a, .fetches_left = REACH_FETCHES, .depth_left = REACH_DEPTH};
}

bool reach_is_ours(const struct reach *r, const char *url)
{
    return ap_same_host(url, r->app->config->url);
}

struct err reach_check(struct reach *r, const char *url)
{
    const char *host = ap_url_host(r->a, url);
    bool blocked;
    if (!host)
        return FAIL(ACTIVITY_INVALID, "an id is no http(s) address");
    TRY(is_host_blocked(r->db, host, &blocked));
    return blocked ? FAIL(PEER_BLOCKED, "this site does not talk with that server") : OK;
}

struct err reach_fetch(struct reach *r, const char *uri, json_t **document)
{
    if (reach_is_ours(r, uri))
        return FAIL(NOT_FOUND, "there is no such thing here");
    TRY(reach_check(r, uri));
    if (r->fetches_left-- <= 0)
        return FAIL(PEER_ODD, "one message leads to too many documents");
    r->asked_ms = now_ms();
    return fetch_object(federation_fetcher(r->app->federation), r->a, uri,
                        federation_signer(r->app->federation), document);
}

const char *short_text(struct arena *a, const char *text, size_t limit)
{
    if (!text || !*text)
        return NULL;
    size_t n = strlen(text);
    if (n <= limit)
        return text;
    for (n = limit; n > 0 && ((unsigned char)text[n] & 0xc0) == 0x80; n--)
        ;
    return arena_strndup(a, text, n);
}

const char *web_url(const char *url)
{
    return url && strlen(url) <= AP_URL_MAX &&
                   (strncasecmp(url, "https://", 8) == 0 || strncasecmp(url, "http://", 7) == 0)
               ? url
               : NULL;
}

/* --- actors --------------------------------------------------------------------------------
 */

static const char *kind_of(const json_t *document)
{
    return ap_is(document, "Group")         ? "Group"
           : ap_is(document, "Application") ? "Application"
                                            : "Person";
}

static bool name_readable(const char *name)
{
    if (!name || !*name || strlen(name) > NAME_LIMIT)
        return false;
    for (const unsigned char *c = (const unsigned char *)name; *c; c++)
        if (*c <= ' ' || *c == 0x7f || strchr("@/\\\"'<>?#&%", *c))
            return false;
    return true;
}

static const char *same_host_url(const char *url, const char *id)
{
    return web_url(url) && ap_same_host(url, id) ? url : NULL;
}

/* The account of a channel: its first attributedTo on the same host. */
static const char *owner_of(struct arena *a, const json_t *document, const char *id)
{
    size_t count;
    const char **ids = ap_ids_of(a, document, "attributedTo", &count);
    for (size_t i = 0; i < count; i++)
        if (ap_same_host(ids[i], id) && strcmp(ids[i], id) != 0)
            return ids[i];
    return NULL;
}

static struct err read_actor(struct reach *r, json_t *document, struct remote_actor *out)
{
    const char *id = ap_id(document), *name = ap_text(document, "preferredUsername");
    struct ap_key key;
    if (!web_url(id) || !ap_is_actor(document))
        return FAIL(ACTIVITY_INVALID, "this is no actor");
    if (!name_readable(name))
        return FAIL(ACTIVITY_INVALID, "an actor needs a name that can be written in a handle");
    const char *inbox = same_host_url(ap_id_of(document, "inbox"), id);
    if (!inbox)
        return FAIL(ACTIVITY_INVALID, "an actor needs an inbox on its own host");
    json_t *endpoints = ap_object_of(document, "endpoints");
    const char *shared = endpoints ? ap_id_of(endpoints, "sharedInbox") : NULL;
    if (!shared)
        shared = ap_id_of(document, "sharedInbox");
    const char *summary = ap_text_mapped(document, "summary", NULL);
    const char *shown = ap_text_mapped(document, "name", NULL);
    bool has_key = ap_key_of(document, NULL, &key) && key.owner && strcmp(key.owner, id) == 0 &&
                   key.id && ap_same_host(key.id, id);
    *out = (struct remote_actor){
        .kind = kind_of(document),
        .uri = id,
        .name = name,
        .host = ap_url_host(r->a, id),
        .display_name = short_text(r->a, shown ? text_plain(r->a, shown, DISPLAY_LIMIT) : NULL,
                                   DISPLAY_LIMIT),
        .description = summary ? text_sanitise(r->a, summary) : NULL,
        .inbox = inbox,
        .shared_inbox = same_host_url(shared, id),
        .outbox = same_host_url(ap_id_of(document, "outbox"), id),
        .followers_uri = same_host_url(ap_id_of(document, "followers"), id),
        .page_url = ap_page_url(document, "url"),
        .icon_url = web_url(ap_image_url(document, "icon")),
        .key_id = has_key ? key.id : NULL,
        .public_key = has_key ? key.pem : NULL,
        .moved_to = web_url(ap_id_of(document, "movedTo")),
        .fetched_ms = now_ms(),
        .created_ms = ap_date(document, "published", now_ms()),
    };
    if (!out->display_name)
        out->display_name = name;
    if (strcmp(out->kind, "Group") == 0)
        out->owner_uri = owner_of(r->a, document, id);
    return OK;
}

struct err resolve_actor_document(struct reach *r, json_t *document, int64_t *actor_id)
{
    struct remote_actor actor, known;
    TRY(read_actor(r, document, &actor));
    if (reach_is_ours(r, actor.uri))
        return FAIL(ACTIVITY_INVALID, "this actor says it lives here");
    TRY(reach_check(r, actor.uri));
    struct err e = remote_actor_get_by_uri(r->db, r->a, actor.uri, &known);
    if (e.id && e.id != ERR_NOT_FOUND)
        return e;
    if (!e.id && known.gone)
        return FAIL(PEER_GONE, "this actor was deleted");
    if (actor.owner_uri) { /* a channel shows its account */
        int64_t owner_id;
        struct err owner = resolve_actor(r, actor.owner_uri, false, &owner_id);
        if (owner.id)
            actor.owner_uri = NULL;
    }
    TRY(remote_actor_put(r->db, r->a, &actor, actor_id));
    if (!e.id && known.key_id)
        signer_forget(r->app->federation, known.key_id);
    if (actor.key_id)
        signer_forget(r->app->federation, actor.key_id);
    return OK;
}

struct err resolve_actor(struct reach *r, const char *uri, bool anew, int64_t *actor_id)
{
    struct remote_actor known;
    struct err e = actor_id_by_uri(r->db, r->a, r->app->config->url, uri, actor_id);
    if (e.id && e.id != ERR_NOT_FOUND)
        return e;
    bool is_known = !e.id;
    if (reach_is_ours(r, uri))
        return e;
    if (is_known) {
        TRY(remote_actor_get_by_id(r->db, r->a, *actor_id, &known));
        if (known.gone)
            return FAIL(PEER_GONE, "this actor was deleted");
        if (!anew && known.fetched_ms > now_ms() - ACTOR_FRESH_MS)
            return reach_check(r, uri);
    }
    json_t *document;
    e = reach_fetch(r, uri, &document);
    if (!e.id)
        e = resolve_actor_document(r, document, actor_id);
    /* What is stale is better than nothing, unless it was to be looked at anew. */
    if (e.id && is_known && !anew && e.id != ERR_PEER_GONE && e.id != ERR_PEER_BLOCKED) {
        log_debug("actor_stale", "actor=%s reason=%s", LOG_QUOTE(uri), LOG_QUOTE(e.detail));
        *actor_id = known.id;
        return OK;
    }
    return e;
}

/* --- sites ---------------------------------------------------------------------------------
 */

static const char *named_in_nodeinfo(struct reach *r, const char *site)
{
    struct fetch_response answer;
    json_t *document;
    if (r->fetches_left-- <= 0 ||
        fetch_get(federation_fetcher(r->app->federation), r->a,
                  arena_printf(r->a, "%s/.well-known/nodeinfo", site), FETCH_JRD,
                  federation_signer(r->app->federation), NULL, &answer)
            .id ||
        ap_parse(r->a, answer.body, answer.bytes, &document).id)
        return NULL;
    const json_t *links = json_object_get(document, "links");
    for (size_t i = 0; i < ap_count(links); i++) {
        const char *rel = ap_text(ap_at(links, i), "rel"),
                   *href = ap_text(ap_at(links, i), "href");
        if (rel && strcmp(rel, AP_CONTEXT "#Application") == 0 && web_url(href) &&
            ap_same_host(href, site))
            return arena_strdup(r->a, href);
    }
    return NULL;
}

static struct err site_by(struct reach *r, const char *scheme, const char *host,
                          int64_t *actor_id)
{
    const char *site = arena_printf(r->a, "%s://%s", scheme, host), *uri;
    TRY(reach_check(r, site));
    uri = named_in_nodeinfo(r, site);
    return resolve_actor(r, uri ? uri : arena_printf(r->a, "%s/accounts/peertube", site), false,
                         actor_id);
}

struct err resolve_site(struct reach *r, const char *host, int64_t *actor_id)
{
    if (!*host || strpbrk(host, "/?#@ "))
        return FAIL(INVALID_PARAMS, "a host looks like video.example");
    if (strcasecmp(host, url_host(r->app->config->url)) == 0)
        return FAIL(INVALID_PARAMS, "this is our own host");
    struct err e = FAIL(PEER_UNREACHABLE, "");
    if (r->app->config->federation_insecure)
        e = site_by(r, "http", host, actor_id);
    return e.id ? site_by(r, "https", host, actor_id) : e;
}

/* --- handles -------------------------------------------------------------------------------
 */

static bool link_is_self(const json_t *link)
{
    const char *rel = ap_text(link, "rel"), *type = ap_text(link, "type");
    return rel && strcasecmp(rel, "self") == 0 && type &&
           (strcmp(type, AP_CONTENT_TYPE) == 0 ||
            strncmp(type, "application/ld+json", 19) == 0);
}

static struct err ask_webfinger(struct reach *r, const char *scheme, const char *name,
                                const char *host, json_t **jrd)
{
    struct fetch_response answer;
    const char *url = arena_printf(r->a, "%s://%s/.well-known/webfinger?resource=acct:%s@%s",
                                   scheme, host, name, host);
    TRY(reach_check(r, url));
    if (r->fetches_left-- <= 0)
        return FAIL(PEER_ODD, "one question leads to too many documents");
    TRY(fetch_get(federation_fetcher(r->app->federation), r->a, url, FETCH_JRD,
                  federation_signer(r->app->federation), NULL, &answer));
    return ap_parse(r->a, answer.body, answer.bytes, jrd);
}

struct err reach_webfinger(struct reach *r, const char *name, const char *host, json_t **jrd)
{
    if (!name_readable(name) || !*host || strpbrk(host, "/?#@ "))
        return FAIL(INVALID_PARAMS, "a handle looks like name@host");
    struct err e = FAIL(PEER_UNREACHABLE, "");
    if (r->app->config->federation_insecure)
        e = ask_webfinger(r, "http", name, host, jrd);
    return e.id ? ask_webfinger(r, "https", name, host, jrd) : e;
}

static struct err webfinger(struct reach *r, const char *name, const char *host, char **uri)
{
    json_t *document;
    TRY(reach_webfinger(r, name, host, &document));
    const json_t *links = json_object_get(document, "links");
    for (size_t i = 0; i < ap_count(links); i++) {
        const json_t *link = ap_at(links, i);
        const char *href = ap_text(link, "href");
        if (link_is_self(link) && web_url(href)) {
            *uri = arena_strdup(r->a, href);
            return OK;
        }
    }
    return FAIL(NOT_FOUND, "that server knows the name, but not as an actor");
}

static struct err resolve_name(struct reach *r, const char *name, const char *host, char **uri)
{
    const struct config *c = r->app->config;
    if (!name_readable(name) || !*host || strpbrk(host, "/?#@ "))
        return FAIL(INVALID_PARAMS, "a handle looks like name@host");
    if (strcasecmp(host, url_host(c->url)) == 0) {
        struct actor actor;
        struct channel channel;
        struct err e = account_get(r->db, r->a, name, url_host(c->url), &actor);
        if (!e.id) {
            *uri = arena_printf(r->a, "%s/accounts/%s", c->url, actor.name);
            return OK;
        }
        TRY(channel_get(r->db, r->a, name, url_host(c->url), &channel));
        *uri = arena_printf(r->a, "%s/video-channels/%s", c->url, channel.actor.name);
        return OK;
    }
    return webfinger(r, name, host, uri);
}

/* A page may name its object by a Link header; an object answers itself. */
static struct err resolve_address(struct reach *r, const char *url, char **uri)
{
    struct fetch_response answer;
    json_t *document;
    if (reach_is_ours(r, url)) {
        *uri = arena_strdup(r->a, ap_url_bare(r->a, url));
        return OK;
    }
    TRY(reach_check(r, url));
    if (r->fetches_left-- <= 0)
        return FAIL(PEER_ODD, "one question leads to too many documents");
    TRY(fetch_get(federation_fetcher(r->app->federation), r->a, url, FETCH_PAGE,
                  federation_signer(r->app->federation), NULL, &answer));
    if (strstr(answer.content_type, "json")) {
        TRY(ap_parse(r->a, answer.body, answer.bytes, &document));
        const char *id = ap_id(document);
        if (!web_url(id))
            return FAIL(PEER_ODD, "what that address answers has no id");
        *uri = arena_strdup(r->a, id);
        return OK;
    }
    if (!answer.alternate)
        return FAIL(NOT_FOUND, "that page does not name an object of the fediverse");
    *uri = arena_strdup(r->a, answer.alternate);
    return OK;
}

struct err resolve_handle(struct reach *r, const char *handle, char **uri)
{
    if (web_url(handle))
        return resolve_address(r, handle, uri);
    if (strncmp(handle, "acct:", 5) == 0)
        handle += 5;
    if (*handle == '@' || *handle == '!')
        handle++;
    const char *at = strrchr(handle, '@');
    if (!at)
        return FAIL(INVALID_PARAMS, "a handle looks like name@host");
    return resolve_name(r, arena_strndup(r->a, handle, (size_t)(at - handle)), at + 1, uri);
}
