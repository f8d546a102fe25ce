/* inbox.c — see inbox.h. */
#include "server/activitypub/inbox.h"

#include "base/clock.h"
#include "base/crypto.h"
#include "base/log.h"
#include "server/activitypub/ap_json.h"
#include "server/activitypub/deliver.h"
#include "server/activitypub/federation.h"
#include "server/activitypub/incoming.h"
#include "server/activitypub/keeper.h"
#include "server/activitypub/resolve.h"
#include "server/app.h"
#include "server/config.h"
#include "server/db/db.h"
#include "server/domain/block.h"
#include "server/domain/remote_actor.h"

#include <string.h>

enum { KEY_FRESH_MS = 5 * 60 * 1000 };

struct letter { /* one activity on its way in */
    struct signed_message message;
    struct signature signature;
    json_t *activity;
    const char *id, *actor, *type; /* id may be NULL */
    struct signer signer;
};

static const char *header_of(const void *from, const char *name, int index)
{
    return index == 0 ? req_header((struct req *)(uintptr_t)from, name) : NULL;
}

static int64_t inbox_now(struct req *rq)
{
    int64_t set = rq->app->config->federation_now_ms;
    return set ? set : now_ms();
}

/* Somebody we never met says that he is gone: nothing here is his, and his key is gone too. */
static bool farewell_of_a_stranger(struct req *rq, const struct letter *l)
{
    const char *object = ap_id_of(l->activity, "object");
    struct remote_actor known;
    return strcmp(l->type, "Delete") == 0 && object && strcmp(object, l->actor) == 0 &&
           remote_actor_get_by_uri(rq->db, rq->arena, l->actor, &known).id == ERR_NOT_FOUND;
}

/* Fetches the document of the key, and its owner, who must name the key as his own. */
static struct err fetch_key(struct req *rq, const char *key_id)
{
    struct reach reach = reach_of(rq->app, rq->db, rq->arena);
    json_t *document;
    struct ap_key key;
    int64_t actor_id;
    TRY(fetch_object(federation_fetcher(rq->app->federation), rq->arena,
                     ap_url_bare(rq->arena, key_id), federation_signer(rq->app->federation),
                     &document));
    if (!ap_key_of(document, key_id, &key) || !key.owner || !ap_same_host(key.owner, key_id))
        return FAIL(SIGNATURE_WRONG,
                    "the key's document does not hold the key or names no owner");
    const char *id = ap_id(document);
    if (id && strcmp(id, key.owner) == 0 && ap_is_actor(document) &&
        json_object_get(document, "inbox"))
        TRY(resolve_actor_document(&reach, document, &actor_id));
    else
        TRY(resolve_actor(&reach, key.owner, true, &actor_id));
    signer_forget(rq->app->federation, key_id);
    return OK;
}

static struct err fetch_key_bounded(struct req *rq, struct res *rs, const char *key_id)
{
    struct federation *f = rq->app->federation;
    struct err e = FAIL(OVERLOADED, "too many keys are being fetched; come back in a moment");
    if (federation_wait_begin(f, WAIT_KEY)) {
        e = fetch_key(rq, key_id);
        federation_wait_end(f, WAIT_KEY);
    }
    if (e.id == ERR_OVERLOADED || e.id == ERR_PEER_UNREACHABLE || e.id == ERR_PEER_BUSY) {
        res_header(rq, rs, "Retry-After", "60");
        return FAIL(OVERLOADED, "the key of this signature cannot be had right now");
    }
    if (e.id == ERR_PEER_GONE)
        return FAIL(SIGNATURE_WRONG, "the key of this signature is gone");
    return e;
}

/* Whose document was just looked at has no other key yet: wrong signatures cost no fetches. */
static bool met_lately(struct req *rq, const char *key_id)
{
    struct remote_actor actor;
    return !remote_actor_get_by_key(rq->db, rq->arena, key_id, &actor).id &&
           actor.fetched_ms > now_ms() - KEY_FRESH_MS;
}

static struct err refuse_blocked_host(struct req *rq, const char *url)
{
    const char *host = ap_url_host(rq->arena, url);
    bool blocked;
    TRY(is_host_blocked(rq->db, host ? host : "", &blocked));
    return blocked ? FAIL(FORBIDDEN, "this site does not talk with yours") : OK;
}

static struct err refuse_blocked_actor(struct req *rq, int64_t actor_id)
{
    bool blocked;
    TRY(is_blocked(rq->db, 0, actor_id, &blocked));
    return blocked ? FAIL(FORBIDDEN, "this site does not talk with you") : OK;
}

/* Whose key it is, asked for when we never met him; nothing is asked of a blocked host. The key
 * is the caller's to close. */
static struct err find_signer(struct req *rq, struct res *rs, struct letter *l, bool *fetched)
{
    struct federation *f = rq->app->federation;
    const char *key_id = l->signature.key_id;
    bool found;
    *fetched = false;
    TRY(signer_find(f, rq->db, rq->arena, key_id, &l->signer, &found));
    if (!found) {
        TRY(refuse_blocked_host(rq, key_id));
        TRY(fetch_key_bounded(rq, rs, key_id));
        *fetched = true;
        TRY(signer_find(f, rq->db, rq->arena, key_id, &l->signer, &found));
        if (!found)
            return FAIL(SIGNATURE_WRONG, "the actor of this key names another key");
    }
    struct err e = refuse_blocked_actor(rq, l->signer.actor_id);
    if (e.id)
        key_close(l->signer.key);
    return e;
}

static struct err verify(struct req *rq, struct res *rs, struct letter *l)
{
    struct federation *f = rq->app->federation;
    const char *const *hosts = federation_hosts(f);
    const char *key_id = l->signature.key_id;
    bool found, fetched;
    TRY(find_signer(rq, rs, l, &fetched));
    struct err e =
        httpsig_verify_key(rq->arena, &l->signature, &l->message, hosts, l->signer.key);
    key_close(l->signer.key);
    if (e.id != ERR_SIGNATURE_WRONG || fetched)
        return e;
    if (met_lately(rq, key_id))
        return e;
    /* The key may have changed: once more with a fresh one. When it is the same, or cannot be
     * had, the signature is simply wrong. */
    if (fetch_key_bounded(rq, rs, key_id).id)
        return e;
    TRY(signer_find(f, rq->db, rq->arena, key_id, &l->signer, &found));
    if (!found)
        return e;
    e = httpsig_verify_key(rq->arena, &l->signature, &l->message, hosts, l->signer.key);
    key_close(l->signer.key);
    return e;
}

/* What may be told by somebody else than its actor: it is fetched from its origin then. */
static bool may_be_forwarded(const char *type)
{
    static const char *const types[] = {"Create", "Update", "Delete", "Announce"};
    for (size_t i = 0; i < sizeof types / sizeof *types; i++)
        if (strcmp(type, types[i]) == 0)
            return true;
    return false;
}

static struct err read_letter(struct req *rq, struct letter *l)
{
    if (!rq->body || strlen(rq->body) != rq->body_bytes)
        return FAIL(ACTIVITY_INVALID, "the body is no JSON");
    l->message = (struct signed_message){
        .method = "POST",
        .target = rq->url,
        .scheme = strncmp(rq->app->config->url, "https:", 6) == 0 ? "https" : "http",
        .header = header_of,
        .from = rq,
        .body = rq->body,
        .body_bytes = rq->body_bytes,
    };
    TRY(httpsig_parse(rq->arena, &l->message, &l->signature));
    TRY(httpsig_check(rq->arena, &l->signature, &l->message,
                      federation_hosts(rq->app->federation), inbox_now(rq)));
    TRY(ap_parse(rq->arena, rq->body, rq->body_bytes, &l->activity));
    l->id = ap_id(l->activity);
    l->actor = ap_id_of(l->activity, "actor");
    l->type = ap_type(l->activity);
    if (!l->actor || !*l->type)
        return FAIL(ACTIVITY_INVALID, "an activity needs a type and an actor");
    if (!l->id || !ap_same_host(l->id, l->actor))
        return FAIL(ACTIVITY_INVALID, "an activity needs an id on the host of its actor");
    return OK;
}

void peer_keep_alive(struct req *rq, struct res *rs)
{
    int64_t s = rq->app->config->request_timeout_s;
    res_header(rq, rs, "Keep-Alive",
               arena_printf(rq->arena, "timeout=%lld", (long long)(s > 10 ? s - 5 : s)));
}

static struct err check_letter(struct req *rq, struct res *rs, struct letter *l)
{
    if (!ap_same_host(l->actor, l->signature.key_id))
        TRY(refuse_blocked_host(rq, l->actor));
    TRY(verify(rq, rs, l));
    return strcmp(l->signer.actor_uri, l->actor) == 0 || may_be_forwarded(l->type)
               ? OK
               : FAIL(FORBIDDEN, "the signature is not of the activity's actor");
}

struct err h_inbox(struct req *rq, struct res *rs)
{
    /* parse */
    struct letter l = {0};
    if (!rq->app->federation)
        return FAIL(NOT_FOUND, "this site does not federate");
    TRY(read_letter(rq, &l));
    if (farewell_of_a_stranger(rq, &l)) {
        res_empty(rs, 202);
        return OK;
    }

    /* check */
    struct err refused = check_letter(rq, rs, &l);
    if (refused.id)
        log_info("inbox_refused", "type=%s key=%s reason=%s", l.type,
                 LOG_QUOTE(l.signature.key_id), LOG_QUOTE(refused.detail));
    TRY(refused);

    /* act: it answers 202 when that is done */
    const char *host = ap_url_host(rq->arena, l.signer.actor_uri);
    if (host)
        deliver_heard(rq->app->deliver, host);
    peer_keep_alive(rq, rs);
    log_debug("inbox", "type=%s actor=%s", l.type, LOG_QUOTE(l.actor));
    keeper_keep(incoming_keeper(rq->app->incoming), rq, rs, l.signer.actor_id, l.id);
    return OK;
}
