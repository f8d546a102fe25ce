/* ap_documents.c — see ap_documents.h. */
#include "server/view/ap_documents.h"

#include "server/domain/text.h"
#include "server/view/actor_json.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#define AS "https://www.w3.org/ns/activitystreams"
#define SECURITY "https://w3id.org/security/v1"

/* --- contexts -------------------------------------------------------------------------------
 */

static const char actor_terms[] =
    "{\"pt\":\"https://joinpeertube.org/ns#\",\"sc\":\"http://schema.org/\","
    "\"support\":{\"@type\":\"sc:Text\",\"@id\":\"pt:support\"},"
    "\"lemmy\":\"https://join-lemmy.org/ns#\","
    "\"postingRestrictedToMods\":\"lemmy:postingRestrictedToMods\","
    "\"manuallyApprovesFollowers\":\"as:manuallyApprovesFollowers\","
    "\"toot\":\"http://joinmastodon.org/ns#\",\"indexable\":\"toot:indexable\","
    "\"discoverable\":\"toot:discoverable\"}";

static const char note_terms[] =
    "{\"pt\":\"https://joinpeertube.org/ns#\",\"sensitive\":\"as:sensitive\","
    "\"replyApproval\":{\"@id\":\"pt:replyApproval\",\"@type\":\"@id\"}}";

static const char chapter_terms[] =
    "{\"pt\":\"https://joinpeertube.org/ns#\",\"sc\":\"http://schema.org/\","
    "\"hasPart\":\"sc:hasPart\",\"endOffset\":\"sc:endOffset\","
    "\"startOffset\":\"sc:startOffset\"}";

/* As in ap-fixtures/recommended-video.json. */
static const char video_terms[] =
    "{\"pt\":\"https://joinpeertube.org/ns#\",\"sc\":\"http://schema.org/\","
    "\"Hashtag\":\"as:Hashtag\",\"category\":\"sc:category\",\"licence\":\"sc:license\","
    "\"subtitleLanguage\":\"sc:subtitleLanguage\","
    "\"automaticallyGenerated\":\"pt:automaticallyGenerated\",\"sensitive\":\"as:sensitive\","
    "\"language\":\"sc:inLanguage\",\"identifier\":\"sc:identifier\","
    "\"isLiveBroadcast\":\"sc:isLiveBroadcast\","
    "\"liveSaveReplay\":{\"@type\":\"sc:Boolean\",\"@id\":\"pt:liveSaveReplay\"},"
    "\"permanentLive\":{\"@type\":\"sc:Boolean\",\"@id\":\"pt:permanentLive\"},"
    "\"latencyMode\":{\"@type\":\"sc:Number\",\"@id\":\"pt:latencyMode\"},"
    "\"tileWidth\":{\"@type\":\"sc:Number\",\"@id\":\"pt:tileWidth\"},"
    "\"tileHeight\":{\"@type\":\"sc:Number\",\"@id\":\"pt:tileHeight\"},"
    "\"tileDuration\":{\"@type\":\"sc:Number\",\"@id\":\"pt:tileDuration\"},"
    "\"aspectRatio\":{\"@type\":\"sc:Float\",\"@id\":\"pt:aspectRatio\"},"
    "\"uuid\":{\"@type\":\"sc:identifier\",\"@id\":\"pt:uuid\"},"
    "\"originallyPublishedAt\":\"sc:datePublished\",\"embedUrl\":\"sc:embedUrl\","
    "\"hasParts\":\"sc:hasParts\",\"views\":{\"@type\":\"sc:Number\",\"@id\":\"pt:views\"},"
    "\"state\":{\"@type\":\"sc:Number\",\"@id\":\"pt:state\"},"
    "\"size\":{\"@type\":\"sc:Number\",\"@id\":\"pt:size\"},"
    "\"fps\":{\"@type\":\"sc:Number\",\"@id\":\"pt:fps\"},\"canReply\":\"pt:canReply\","
    "\"commentsPolicy\":{\"@type\":\"sc:Number\",\"@id\":\"pt:commentsPolicy\"},"
    "\"downloadEnabled\":{\"@type\":\"sc:Boolean\",\"@id\":\"pt:downloadEnabled\"},"
    "\"waitTranscoding\":{\"@type\":\"sc:Boolean\",\"@id\":\"pt:waitTranscoding\"},"
    "\"support\":{\"@type\":\"sc:Text\",\"@id\":\"pt:support\"},"
    "\"likes\":{\"@id\":\"as:likes\",\"@type\":\"@id\"},"
    "\"dislikes\":{\"@id\":\"as:dislikes\",\"@type\":\"@id\"},"
    "\"shares\":{\"@id\":\"as:shares\",\"@type\":\"@id\"},"
    "\"comments\":{\"@id\":\"as:comments\",\"@type\":\"@id\"},"
    "\"gts\":\"https://gotosocial.org/ns#\","
    "\"interactionPolicy\":{\"@id\":\"gts:interactionPolicy\",\"@type\":\"@id\"},"
    "\"canQuote\":{\"@id\":\"gts:canQuote\",\"@type\":\"@id\"},"
    "\"automaticApproval\":{\"@id\":\"gts:automaticApproval\",\"@type\":\"@id\"}}";

json_t *ap_with_context(json_t *document, enum ap_context context)
{
    static const char *const terms[] = {NULL, actor_terms, video_terms, note_terms,
                                        chapter_terms};
    json_t *list = ap_list(AS, SECURITY, NULL), *whole = json_object();
    if (terms[context])
        json_array_append_new(list, json_loads(terms[context], 0, NULL));
    json_object_set_new(whole, "@context", list); /* first, as people expect it */
    json_object_update(whole, document);
    json_decref(document);
    return whole;
}

json_t *ap_list(const char *first, ...)
{
    json_t *list = json_array();
    va_list more;
    va_start(more, first);
    for (const char *text = first; text; text = va_arg(more, const char *))
        json_array_append_new(list, json_string(text));
    va_end(more);
    return list;
}

static void put(json_t *object, const char *name, const char *text) /* NULL: null */
{
    json_object_set_new(object, name, text ? json_string(text) : json_null());
}

/* --- actors ---------------------------------------------------------------------------------
 */

/* The largest comes first: some peers take only one. */
static void put_pictures(json_t *o, const char *site_url, const char *name,
                         enum actor_picture kind, const char *stem)
{
    SCOPED_ARENA struct arena *a = arena_open();
    size_t count;
    const int(*sizes)[2] = actor_picture_sizes(kind, &count);
    if (!stem)
        return;
    json_t *list = json_array();
    for (size_t i = count; i-- > 0;)
        json_array_append_new(
            list, json_pack("{s:s, s:s, s:s, s:i, s:i}", "type", "Image", "mediaType",
                            "image/jpeg", "url",
                            arena_printf(a, "%s/lazy-static/%s/%s", site_url,
                                         kind == ACTOR_AVATAR ? "avatars" : "banners",
                                         actor_picture_file(a, stem, sizes[i][0])),
                            "width", sizes[i][0], "height", sizes[i][1]));
    json_object_set_new(o, name, list);
}

json_t *ap_actor_json(struct arena *a, const char *site_url, const struct actor_facts *f)
{
    const struct remote_actor *actor = &f->actor;
    const char *id = ap_local_actor_name(a, site_url, actor->kind, actor->name);
    bool group = strcmp(actor->kind, "Group") == 0,
         site = strcmp(actor->kind, "Person") && !group;
    const char *summary = actor->description ? text_markdown(a, actor->description) : NULL;
    const char *page =
        site ? arena_printf(a, "%s/about", site_url)
             : arena_printf(a, "%s/%s/%s", site_url, group ? "c" : "a", actor->name);
    json_t *o = json_object();
    put(o, "id", id);
    put(o, "type", actor->kind);
    put(o, "preferredUsername", actor->name);
    put(o, "name", actor->display_name);
    put(o, "summary", summary && strlen(summary) >= 3 ? summary : NULL);
    put(o, "inbox", ap_below(a, id, "inbox"));
    put(o, "outbox", ap_below(a, id, "outbox"));
    put(o, "followers", ap_below(a, id, "followers"));
    put(o, "following", ap_below(a, id, "following"));
    json_object_set_new(
        o, "endpoints",
        json_pack("{s:s}", "sharedInbox", arena_printf(a, "%s/inbox", site_url)));
    if (actor->public_key)
        json_object_set_new(o, "publicKey",
                            json_pack("{s:s, s:s, s:s}", "id",
                                      arena_printf(a, "%s#main-key", id), "owner", id,
                                      "publicKeyPem", actor->public_key));
    /* One Link: PeerTube before version 7 takes no list with one, later ones no plain text. */
    json_object_set_new(
        o, "url",
        json_pack("{s:s, s:s, s:s}", "type", "Link", "mediaType", "text/html", "href", page));
    json_object_set_new(o, "published", iso_time_json(actor->created_ms));
    json_object_set_new(o, "manuallyApprovesFollowers", json_false());
    json_object_set_new(o, "discoverable", json_boolean(!site));
    json_object_set_new(o, "indexable", json_boolean(!site));
    put_pictures(o, site_url, "icon", ACTOR_AVATAR, actor->icon_url);
    put_pictures(o, site_url, "image", ACTOR_BANNER, actor->banner);
    if (f->support)
        put(o, "support", f->support);
    if (group) {
        json_object_set_new(o, "attributedTo",
                            ap_list(actor_uri(a, site_url, &f->owner), NULL));
        json_object_set_new(o, "postingRestrictedToMods", json_true());
    }
    if (actor->moved_to)
        put(o, "movedTo", actor->moved_to);
    return ap_with_context(o, AP_ACTOR);
}

/* --- activities -----------------------------------------------------------------------------
 */

json_t *ap_activity_json(const char *type, const char *id, const char *actor, json_t *object,
                         json_t *to, json_t *cc)
{
    json_t *o = json_pack("{s:s, s:s, s:s, s:o}", "id", id, "type", type, "actor", actor,
                          "object", object);
    if (to)
        json_object_set_new(o, "to", to);
    if (cc)
        json_object_set_new(o, "cc", cc);
    return o;
}

json_t *ap_actor_update_json(struct arena *a, const char *site_url, const struct actor_facts *f)
{
    const char *id = actor_uri(a, site_url, &f->actor);
    json_t *object = ap_actor_json(a, site_url, f);
    json_object_del(object, "@context");
    return ap_activity_json("Update", ap_update_name(a, id, f->updated_ms), id, object,
                            ap_list(AP_NAME_PUBLIC, NULL),
                            ap_list(ap_below(a, id, "followers"), NULL));
}

/* --- comments -------------------------------------------------------------------------------
 */

json_t *ap_note_to(const struct ap_note *n)
{
    (void)n;
    return ap_list(AP_NAME_PUBLIC, NULL);
}

static void add_once(json_t *list, const char *text)
{
    size_t i;
    json_t *one;
    json_array_foreach (list, i, one)
        if (!strcmp(json_string_value(one), text))
            return;
    json_array_append_new(list, json_string(text));
}

json_t *ap_note_cc(struct arena *a, const struct ap_note *n)
{
    json_t *cc = json_array();
    add_once(cc, ap_below(a, n->author_id, "followers"));
    if (n->video_account_id)
        add_once(cc, n->video_account_id);
    if (n->video_channel_id)
        add_once(cc, n->video_channel_id);
    for (size_t i = 0; i < n->mention_count; i++)
        add_once(cc, n->mentions[i].id);
    return cc;
}

json_t *ap_note_json(struct arena *a, const struct ap_note *n)
{
    const struct comment *c = n->comment;
    json_t *o = json_object(), *tag = json_array();
    put(o, "id", n->id);
    put(o, "type", "Note");
    put(o, "attributedTo", n->author_id);
    put(o, "inReplyTo", n->in_reply_to);
    put(o, "content", c->html);
    put(o, "mediaType", "text/html");
    put(o, "url", n->id);
    json_object_set_new(o, "published", iso_time_json(c->created_ms));
    if (c->updated_ms > c->created_ms)
        json_object_set_new(o, "updated", iso_time_json(c->updated_ms));
    json_object_set_new(o, "to", ap_note_to(n));
    json_object_set_new(o, "cc", ap_note_cc(a, n));
    if (c->sensitive) {
        put(o, "summary", c->sensitive);
        json_object_set_new(o, "sensitive", json_true());
    }
    if (c->approval)
        put(o, "replyApproval", c->approval);
    for (size_t i = 0; i < n->mention_count; i++)
        json_array_append_new(tag, json_pack("{s:s, s:s, s:s}", "type", "Mention", "href",
                                             n->mentions[i].id, "name", n->mentions[i].handle));
    json_object_set_new(o, "tag", tag);
    return o;
}

json_t *ap_note_activity_json(struct arena *a, const struct ap_note *n, bool update)
{
    const char *id = update ? ap_update_name(a, n->id, n->comment->updated_ms)
                            : ap_below(a, n->id, "activity");
    return ap_activity_json(update ? "Update" : "Create", id, n->author_id, ap_note_json(a, n),
                            ap_note_to(n), ap_note_cc(a, n));
}

json_t *ap_tombstone_json(const char *id, const char *former, int64_t deleted_ms)
{
    return ap_with_context(json_pack("{s:s, s:s, s:s, s:o}", "id", id, "type", "Tombstone",
                                     "formerType", former, "deleted",
                                     iso_time_json(deleted_ms)),
                           AP_FLAT);
}

/* --- collections ----------------------------------------------------------------------------
 */

static json_t *page_name(struct arena *a, const char *id, int64_t page)
{
    return json_string(arena_printf(a, "%s/page/%lld", id, (long long)page));
}

json_t *ap_collection_json(struct arena *a, const char *id, int64_t total, int64_t first_page)
{
    return ap_with_context(json_pack("{s:s, s:s, s:I, s:o}", "id", id, "type",
                                     "OrderedCollection", "totalItems", (json_int_t)total,
                                     "first", page_name(a, id, first_page)),
                           AP_FLAT);
}

json_t *ap_page_json(struct arena *a, const char *id, int64_t total, int64_t page,
                     int64_t next_page, json_t *items)
{
    json_t *o = json_pack("{s:o, s:s, s:s, s:I, s:o}", "id", page_name(a, id, page), "type",
                          "OrderedCollectionPage", "partOf", id, "totalItems",
                          (json_int_t)total, "orderedItems", items);
    if (next_page >= 0)
        json_object_set_new(o, "next", page_name(a, id, next_page));
    return ap_with_context(o, AP_FLAT);
}

json_t *ap_numbered_page(struct arena *a, const char *id, int64_t total, int64_t page,
                         int64_t size, json_t *items)
{
    return ap_page_json(a, id, total, page, page * size < total ? page + 1 : -1, items);
}
