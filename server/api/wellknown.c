/* wellknown.c — see wellknown.h. */
#include "server/api/wellknown.h"

#include "base/clock.h"
#include "base/strbuf.h"
#include "server/app.h"
#include "server/config.h"
#include "server/domain/account.h"
#include "server/domain/outbox.h"
#include "server/view/ap_names.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

static struct err json_answer(struct req *rq, struct res *rs, const char *type, json_t *json)
{
    char *text = json_dumps(json, JSON_COMPACT);
    json_decref(json);
    if (!text)
        return FAIL(INTERNAL, "a document cannot be written");
    const char *copy = arena_strdup(rq->arena, text);
    free(text);
    res_header(rq, rs, "Access-Control-Allow-Origin", "*");
    res_header(rq, rs, "Cache-Control", "public, max-age=600");
    res_text(rs, 200, type, copy, strlen(copy));
    return OK;
}

/* --- WebFinger ------------------------------------------------------------------------------
 */

struct found {
    const char *kind, *name, *page; /* page: below the site */
};

/* "acct:name@host", "@name@host", "name@host", "name", or the address of an actor or of its
 * page -> name; NULL when it is none of ours. */
static const char *name_asked(struct req *rq, const char *resource)
{
    static const char *const folders[] = {"/accounts/", "/video-channels/", "/a/", "/c/", "/@"};
    const char *site = rq->app->config->url, *host = url_host(site);
    size_t n = strlen(site);
    if (!strncasecmp(resource, site, n)) {
        for (size_t i = 0; i < sizeof folders / sizeof *folders; i++) {
            size_t m = strlen(folders[i]);
            if (!strncmp(resource + n, folders[i], m)) {
                const char *name = resource + n + m;
                return arena_strndup(rq->arena, name, strcspn(name, "/?#"));
            }
        }
        /* The site itself. */
        return strspn(resource + n, "/") == strlen(resource + n) ? SITE_ACTOR_NAME : NULL;
    }
    if (!strncasecmp(resource, "acct:", 5))
        resource += 5;
    if (*resource == '@')
        resource++;
    const char *at = strchr(resource, '@');
    if (at && strcasecmp(at + 1, host) != 0)
        return NULL;
    return at ? arena_strndup(rq->arena, resource, (size_t)(at - resource)) : resource;
}

static struct err find(struct req *rq, const char *name, struct found *out)
{
    struct actor account;
    struct channel channel;
    const char *host = url_host(rq->app->config->url);
    if (!strcasecmp(name, SITE_ACTOR_NAME)) {
        *out = (struct found){"Application", SITE_ACTOR_NAME, "/about"};
        return OK;
    }
    struct err e = *name ? account_get(rq->db, rq->arena, name, host, &account)
                         : FAIL(NOT_FOUND, "no name");
    if (!e.id) {
        *out = (struct found){account.kind, account.name,
                              arena_printf(rq->arena, "/a/%s", account.name)};
        return OK;
    }
    if (e.id != ERR_NOT_FOUND)
        return e;
    TRY(channel_get(rq->db, rq->arena, name, host, &channel));
    *out = (struct found){channel.actor.kind, channel.actor.name,
                          arena_printf(rq->arena, "/c/%s", channel.actor.name)};
    return OK;
}

/* Where its owner follows, likes and answers things elsewhere: our page for it. Only people
 * do. Spec: OStatus 1.0 subscribe, FEP-3b86. */
static void add_intents(struct req *rq, json_t *links, bool person)
{
    static const struct {
        const char *rel, *query;
        bool of_people;
    } intents[] = {
        {"http://ostatus.org/schema/1.0/subscribe", "uri={uri}", false},
        {"https://w3id.org/fep/3b86/Object", "uri={object}", true},
        {"https://w3id.org/fep/3b86/Follow", "uri={object}&action=follow", true},
        {"https://w3id.org/fep/3b86/Like", "uri={object}&action=like", true},
        {"https://w3id.org/fep/3b86/Create", "uri={inReplyTo}&action=reply", true},
    };
    for (size_t i = 0; i < sizeof intents / sizeof *intents; i++)
        if (person || !intents[i].of_people)
            json_array_append_new(
                links, json_pack("{s:s, s:s}", "rel", intents[i].rel, "template",
                                 arena_printf(rq->arena, "%s/remote-interaction?%s",
                                              rq->app->config->url, intents[i].query)));
}

static bool was_here(struct req *rq, const char *name)
{
    static const char *const folders[] = {"accounts", "video-channels"};
    const char *former;
    int64_t deleted_ms;
    for (int i = 0; i < 2; i++)
        if (!tombstone_get(rq->db, rq->arena,
                           arena_printf(rq->arena, "%s/%s", folders[i], name), &former,
                           &deleted_ms)
                 .id)
            return true;
    return false;
}

/* GET /.well-known/webfinger?resource=…
 * 200 JRD | 400 | 404 | 410 it left. The first link of an ActivityPub type is `self`: snac
 * takes it, whatever its rel. */
struct err h_webfinger(struct req *rq, struct res *rs)
{
    const char *resource = req_query(rq, "resource"), *site = rq->app->config->url;
    struct found who;
    if (!resource || !*resource)
        return req_invalid(rq, "resource", "Should be acct:name@host or an address");
    const char *name = name_asked(rq, resource);
    if (!name || strchr(name, '@'))
        return FAIL(NOT_FOUND, "there is nobody of that name here");
    struct err e = find(rq, name, &who);
    if (e.id == ERR_NOT_FOUND && was_here(rq, name))
        return FAIL(GONE, "this account or channel was deleted");
    TRY(e);
    const char *id = ap_local_actor_name(rq->arena, site, who.kind, who.name);
    const char *page = arena_printf(rq->arena, "%s%s", site, who.page);
    json_t *jrd =
        json_pack("{s:s, s:[s, s], s:[{s:s, s:s, s:s}, {s:s, s:s, s:s}, {s:s, s:s, s:s}]}",
                  "subject", arena_printf(rq->arena, "acct:%s@%s", who.name, url_host(site)),
                  "aliases", id, page, "links", "rel", "http://webfinger.net/rel/profile-page",
                  "type", "text/html", "href", page, "rel", "self", "type", AP_NAME_ACTIVITY,
                  "href", id, "rel", "self", "type", AP_NAME_LD, "href", id);
    add_intents(rq, json_object_get(jrd, "links"), strcmp(who.kind, "Person") == 0);
    return json_answer(rq, rs, "application/jrd+json; charset=utf-8", jrd);
}

/* GET /.well-known/host-meta */
struct err h_host_meta(struct req *rq, struct res *rs)
{
    struct strbuf xml = STRBUF_IN(rq->arena);
    strbuf_adds(&xml, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
                      "<XRD xmlns=\"http://docs.oasis-open.org/ns/xri/xrd-1.0\">\n"
                      "  <Link rel=\"lrdd\" type=\"application/jrd+json\" template=\"");
    strbuf_add_html(&xml, rq->app->config->url);
    strbuf_adds(&xml, "/.well-known/webfinger?resource={uri}\"/>\n</XRD>\n");
    res_header(rq, rs, "Access-Control-Allow-Origin", "*");
    res_header(rq, rs, "Cache-Control", "public, max-age=86400");
    res_text(rs, 200, "application/xrd+xml; charset=utf-8", xml.text, xml.length);
    return OK;
}

/* --- nodeinfo -------------------------------------------------------------------------------
 */

#define NODEINFO "http://nodeinfo.diaspora.software/ns/schema/"

/* GET /.well-known/nodeinfo   also leads PeerTube to the actor of the site */
struct err h_nodeinfo_index(struct req *rq, struct res *rs)
{
    const char *site = rq->app->config->url;
    json_t *json =
        json_pack("{s:[{s:s, s:s}, {s:s, s:s}, {s:s, s:s}]}", "links", "rel", NODEINFO "2.0",
                  "href", arena_printf(rq->arena, "%s/nodeinfo/2.0.json", site), "rel",
                  NODEINFO "2.1", "href", arena_printf(rq->arena, "%s/nodeinfo/2.1", site),
                  "rel", "https://www.w3.org/ns/activitystreams#Application", "href",
                  ap_local_actor_name(rq->arena, site, "Application", SITE_ACTOR_NAME));
    return json_answer(rq, rs, "application/json; charset=utf-8", json);
}

/* GET /nodeinfo/2.0, /nodeinfo/2.0.json, /nodeinfo/2.1, /nodeinfo/2.1.json */
struct err h_nodeinfo(struct req *rq, struct res *rs)
{
    const struct config *c = rq->app->config;
    const char *version = strstr(rq->path, "2.1") ? "2.1" : "2.0";
    struct site_figures f;
    TRY(site_figures(rq->db, now_ms(), &f));
    json_t *software = json_pack("{s:s, s:s}", "name", "zoetrope", "version", ZOE_VERSION);
    json_t *json = json_pack(
        "{s:s, s:o, s:[s], s:{s:[], s:[]}, s:b, s:{s:{s:I, s:I, s:I}, s:I}, s:{s:s, s:s}}",
        "version", version, "software", software, "protocols", "activitypub", "services",
        "inbound", "outbound", "openRegistrations", signup_open(c->signup, config_is_local(c)),
        "usage", "users", "total", (json_int_t)f.users, "activeMonth",
        (json_int_t)f.users_month, "activeHalfyear", (json_int_t)f.users_month, "localPosts",
        (json_int_t)f.videos, "metadata", "nodeName", c->name, "nodeDescription",
        c->description);
    return json_answer(
        rq, rs,
        arena_printf(rq->arena, "application/json; profile=\"" NODEINFO "%s#\"; charset=utf-8",
                     version),
        json);
}
