/* ldsig.c — see ldsig.h.
 *
 * A JSON-LD processor is a large and slow thing that loads contexts from the net. Ours is a
 * page: two contexts known by heart, the terms a document defines itself, and a refusal for
 * everything else, so that a wrong signature is never made. Literals with control bytes are
 * refused too: libraries escape them differently.
 */
#include "server/activitypub/ldsig.h"

#include "base/crypto.h"
#include "base/strbuf.h"
#include "server/activitypub/ap_json.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define AS "https://www.w3.org/ns/activitystreams#"
#define SEC "https://w3id.org/security#"
#define XSD "http://www.w3.org/2001/XMLSchema#"
#define RDF_TYPE "http://www.w3.org/1999/02/22-rdf-syntax-ns#type"

struct term {
    const char *name, *iri;
    const char *type; /* "@id", "@language" (a map), a datatype, or NULL */
};

#define ID(name)             \
    {                        \
        name, AS name, "@id" \
    }
#define DATE(name)                    \
    {                                 \
        name, AS name, XSD "dateTime" \
    }
#define COUNT(name)                             \
    {                                           \
        name, AS name, XSD "nonNegativeInteger" \
    }
#define PLAIN(name)         \
    {                       \
        name, AS name, NULL \
    }
#define MAP(name)                        \
    {                                    \
        name "Map", AS name, "@language" \
    }

/* clang-format off */
static const struct term as_terms[] = {
    {"as", AS, NULL}, {"xsd", XSD, NULL}, {"ldp", "http://www.w3.org/ns/ldp#", NULL},
    {"vcard", "http://www.w3.org/2006/vcard/ns#", NULL},
    ID("actor"), ID("object"), ID("target"), ID("result"), ID("origin"), ID("instrument"),
    ID("to"), ID("cc"), ID("bto"), ID("bcc"), ID("audience"), ID("attributedTo"),
    ID("attachment"), ID("tag"), ID("inReplyTo"), ID("replies"), ID("likes"), ID("shares"),
    ID("url"), ID("href"), ID("context"), ID("image"), ID("icon"), ID("preview"),
    ID("location"), ID("generator"), ID("first"), ID("last"), ID("next"), ID("prev"),
    ID("partOf"), ID("current"), ID("items"),
    DATE("published"), DATE("updated"), DATE("startTime"), DATE("endTime"), DATE("deleted"),
    COUNT("height"), COUNT("width"), COUNT("totalItems"),
    {"duration", AS "duration", XSD "duration"},
    PLAIN("name"), PLAIN("summary"), PLAIN("content"), PLAIN("mediaType"), PLAIN("rel"),
    PLAIN("hreflang"), PLAIN("preferredUsername"),
    MAP("name"), MAP("summary"), MAP("content"),
};
static const struct term sec_terms[] = {
    {"sec", SEC, NULL}, {"dc", "http://purl.org/dc/terms/", NULL}, {"xsd", XSD, NULL},
    {"publicKey", SEC "publicKey", "@id"}, {"owner", SEC "owner", "@id"},
    {"publicKeyPem", SEC "publicKeyPem", NULL},
};
static const char *const as_types[] = {
    "Accept", "Activity", "Add", "Announce", "Application", "Article", "Audio", "Block",
    "Collection", "CollectionPage", "Create", "Delete", "Dislike", "Document", "Event", "Flag",
    "Follow", "Group", "Image", "Like", "Link", "Mention", "Move", "Note", "Object", "Offer",
    "OrderedCollection", "OrderedCollectionPage", "Organization", "Page", "Person", "Place",
    "Profile", "Question", "Reject", "Remove", "Service", "Tombstone", "Undo", "Update",
    "Video", "View",
};
/* clang-format on */

#define LENGTH(array) (sizeof(array) / sizeof *(array))
enum { DEFINED_MAX = 100, QUADS_MAX = 2000 };

struct quads {
    struct arena *arena;
    bool as, sec; /* contexts in force */
    struct term defined[DEFINED_MAX];
    size_t defined_count;
    char **lines;
    size_t count, room;
    bool blank_used;
};

/* --- terms -------------------------------------------------------------------------------- */

static const struct term *term_in(const struct term *list, size_t count, const char *name,
                                  size_t length)
{
    for (size_t i = count; i-- > 0;)
        if (strlen(list[i].name) == length && !memcmp(list[i].name, name, length))
            return &list[i];
    return NULL;
}

static const struct term *term_find(const struct quads *q, const char *name, size_t length)
{
    const struct term *t = term_in(q->defined, q->defined_count, name, length);
    if (!t && q->sec)
        t = term_in(sec_terms, LENGTH(sec_terms), name, length);
    if (!t && q->as)
        t = term_in(as_terms, LENGTH(as_terms), name, length);
    return t;
}

static bool iri_plain(const char *iri)
{
    for (const char *p = iri; *p; p++)
        if ((unsigned char)*p <= ' ' || *p == 0x7f || strchr("<>\"{}|^`\\", *p))
            return false;
    return true;
}

static bool iri_absolute(const char *iri)
{
    return (!strncmp(iri, "https://", 8) || !strncmp(iri, "http://", 7)) && iri_plain(iri);
}

/* "as:sensitive" or a full address -> address; NULL when it is neither for certain. */
static const char *iri_expand(const struct quads *q, const char *text)
{
    if (iri_absolute(text))
        return text;
    const char *colon = strchr(text, ':');
    if (!colon || !strncmp(colon, "://", 3) || *text == '_')
        return NULL;
    const struct term *prefix = term_find(q, text, (size_t)(colon - text));
    if (!prefix || prefix->type || !strchr("#/?", prefix->iri[strlen(prefix->iri) - 1]))
        return NULL;
    const char *iri = arena_printf(q->arena, "%s%s", prefix->iri, colon + 1);
    return iri_plain(iri) ? iri : NULL;
}

static bool term_define(struct quads *q, const char *name, const json_t *value)
{
    const char *id = json_string_value(value), *type = NULL, *member;
    json_t *inner;
    if (json_is_object(value)) {
        json_object_foreach ((json_t *)value, member, inner) {
            if (!strcmp(member, "@id"))
                id = json_string_value(inner);
            else if (!strcmp(member, "@type"))
                type = json_string_value(inner);
            else
                return false; /* @container and the like */
        }
        if (type && strcmp(type, "@id") != 0 && !(type = iri_expand(q, type)))
            return false;
    }
    const char *iri = id ? iri_expand(q, id) : NULL;
    if (!iri || q->defined_count == DEFINED_MAX || *name == '@')
        return false;
    q->defined[q->defined_count++] = (struct term){name, iri, type};
    return true;
}

/* A definition may use a prefix that stands after it, so what fails is tried again. */
static bool terms_define(struct quads *q, json_t *object)
{
    const char *name;
    json_t *value;
    size_t before = q->defined_count;
    for (int round = 0; round < 3; round++) {
        bool all = true;
        q->defined_count = round == 0 ? before : q->defined_count;
        json_object_foreach (object, name, value) {
            if (term_in(q->defined + before, q->defined_count - before, name, strlen(name)))
                continue;
            all &= term_define(q, name, value);
        }
        if (all)
            return true;
    }
    return false;
}

static bool context_read(struct quads *q, const json_t *context)
{
    for (size_t i = 0; i < ap_count(context); i++) {
        json_t *one = ap_at(context, i);
        const char *url = json_string_value(one);
        if (url && !strcmp(url, AP_CONTEXT))
            q->as = true;
        else if (url && !strcmp(url, "https://w3id.org/security/v1"))
            q->sec = true;
        else if (!json_is_object(one) || !terms_define(q, one))
            return false;
    }
    return q->as;
}

/* --- quads -------------------------------------------------------------------------------- */

static bool quad_add(struct quads *q, const char *subject, const char *predicate,
                     const char *object)
{
    if (q->count == QUADS_MAX)
        return false;
    q->lines = arena_grow(q->arena, q->lines, q->count, &q->room, sizeof *q->lines);
    q->lines[q->count++] = arena_printf(q->arena, "%s <%s> %s .\n", subject, predicate, object);
    return true;
}

/* "text" with what N-Quads escapes; NULL when libraries differ about it. */
static const char *literal(struct arena *a, const char *text)
{
    struct strbuf sb = STRBUF_IN(a);
    strbuf_adds(&sb, "\"");
    for (const char *p = text; *p; p++) {
        if (*p == '\\' || *p == '"')
            strbuf_addf(&sb, "\\%c", *p);
        else if (*p == '\n')
            strbuf_adds(&sb, "\\n");
        else if (*p == '\r')
            strbuf_adds(&sb, "\\r");
        else if ((unsigned char)*p < ' ' || *p == 0x7f)
            return NULL;
        else
            strbuf_add(&sb, p, 1);
    }
    strbuf_adds(&sb, "\"");
    return sb.text;
}

static bool literal_add(struct quads *q, const char *subject, const struct term *t,
                        const char *text, const char *type)
{
    const char *l = literal(q->arena, text);
    if (!l)
        return false;
    if (type)
        l = arena_printf(q->arena, "%s^^<%s>", l, type);
    return quad_add(q, subject, t->iri, l);
}

static bool node_add(struct quads *q, const json_t *node, int depth, const char **label);

static bool value_add(struct quads *q, const char *subject, const struct term *t,
                      const json_t *value, int depth)
{
    bool link = t->type && !strcmp(t->type, "@id");
    const char *label;
    switch (json_typeof(value)) {
    case JSON_NULL: return true;
    case JSON_OBJECT:
        return node_add(q, value, depth + 1, &label) && quad_add(q, subject, t->iri, label);
    case JSON_STRING:
        if (!link)
            return literal_add(q, subject, t, json_string_value(value), t->type);
        if (!iri_absolute(json_string_value(value)))
            return false;
        return quad_add(q, subject, t->iri,
                        arena_printf(q->arena, "<%s>", json_string_value(value)));
    case JSON_TRUE:
    case JSON_FALSE:
        return !link && literal_add(q, subject, t, json_is_true(value) ? "true" : "false",
                                    t->type ? t->type : XSD "boolean");
    case JSON_INTEGER:
        return !link &&
               literal_add(q, subject, t,
                           arena_printf(q->arena, "%lld", (long long)json_integer_value(value)),
                           t->type ? t->type : XSD "integer");
    case JSON_REAL:
    case JSON_ARRAY: /* inside an array */ break;
    }
    return false;
}

/* {"en": "text"}; tags in other than lower case are treated differently by libraries. */
static bool map_add(struct quads *q, const char *subject, const struct term *t,
                    const json_t *map)
{
    const char *language;
    json_t *text;
    if (!json_is_object(map))
        return false;
    json_object_foreach ((json_t *)map, language, text) {
        const char *l =
            json_is_string(text) ? literal(q->arena, json_string_value(text)) : NULL;
        if (!l || !*language ||
            language[strspn(language, "abcdefghijklmnopqrstuvwxyz0123456789-")] ||
            !quad_add(q, subject, t->iri, arena_printf(q->arena, "%s@%s", l, language)))
            return false;
    }
    return true;
}

static bool type_add(struct quads *q, const char *subject, const json_t *types)
{
    for (size_t i = 0; i < ap_count(types); i++) {
        const char *type = json_string_value(ap_at(types, i)), *iri = NULL;
        const struct term *t =
            type ? term_in(q->defined, q->defined_count, type, strlen(type)) : NULL;
        if (!type)
            return false;
        for (size_t k = 0; !t && k < LENGTH(as_types); k++)
            if (!strcmp(type, as_types[k]))
                iri = arena_printf(q->arena, AS "%s", type);
        if (t)
            iri = t->iri;
        if (!iri || !quad_add(q, subject, RDF_TYPE, arena_printf(q->arena, "<%s>", iri)))
            return false;
    }
    return true;
}

static bool node_add(struct quads *q, const json_t *node, int depth, const char **label)
{
    const json_t *id = json_object_get(node, "id");
    const char *name;
    json_t *value;
    if (depth > AP_DEPTH_MAX)
        return false;
    if (id) {
        if (!json_is_string(id) || !iri_absolute(json_string_value(id)))
            return false;
        *label = arena_printf(q->arena, "<%s>", json_string_value(id));
    } else {
        /* One node without an id is _:c14n0 whatever it holds; two would have to be ordered. */
        if (q->blank_used || !ap_count(json_object_get(node, "type")))
            return false;
        q->blank_used = true;
        *label = "_:c14n0";
    }
    json_object_foreach ((json_t *)node, name, value) {
        if (!strcmp(name, "id") ||
            (!depth && (!strcmp(name, "@context") || !strcmp(name, "signature"))))
            continue;
        if (!strcmp(name, "type")) {
            if (!type_add(q, *label, value))
                return false;
            continue;
        }
        if (*name == '@')
            return false;
        const struct term *t = term_find(q, name, strlen(name));
        struct term compact = {name, NULL, NULL};
        if (!t && strchr(name, ':') && (compact.iri = iri_expand(q, name)))
            t = &compact;
        if (!t)
            return false;
        if (t->type && !strcmp(t->type, "@language")) {
            if (!map_add(q, *label, t, value))
                return false;
            continue;
        }
        size_t n = json_is_array(value) ? json_array_size(value) : 1;
        for (size_t i = 0; i < n; i++)
            if (!value_add(q, *label, t,
                           json_is_array(value) ? json_array_get(value, i) : value, depth))
                return false;
    }
    return true;
}

static int by_text(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

char *ldsig_canonical(struct arena *a, const json_t *document)
{
    struct quads *q = arena_alloc(a, sizeof *q);
    const char *label;
    q->arena = a;
    if (!json_is_object(document) || !context_read(q, json_object_get(document, "@context")) ||
        !node_add(q, document, 0, &label) || !q->count)
        return NULL;
    qsort(q->lines, q->count, sizeof *q->lines, by_text);
    struct strbuf sb = STRBUF_IN(a);
    for (size_t i = 0; i < q->count; i++)
        if (!i || strcmp(q->lines[i], q->lines[i - 1]) != 0)
            strbuf_adds(&sb, q->lines[i]);
    return sb.text;
}

/* --- signing ------------------------------------------------------------------------------ */

char *ldsig_input(struct arena *a, const json_t *document, const char *creator,
                  const char *created)
{
    char options_hash[SHA256_HEX], document_hash[SHA256_HEX];
    const char *quads = ldsig_canonical(a, document);
    if (!quads || !iri_absolute(creator))
        return NULL;
    const char *options =
        arena_printf(a,
                     "_:c14n0 <http://purl.org/dc/terms/created> \"%s\"^^<" XSD "dateTime> .\n"
                     "_:c14n0 <http://purl.org/dc/terms/creator> <%s> .\n",
                     created, creator);
    sha256_hex(options, strlen(options), options_hash);
    sha256_hex(quads, strlen(quads), document_hash);
    return arena_printf(a, "%s%s", options_hash, document_hash);
}

bool ldsig_sign(struct arena *a, json_t *document, const char *creator, struct key *key,
                int64_t now_ms)
{
    const char *created = ap_date_text(a, now_ms);
    const char *input = ldsig_input(a, document, creator, created);
    unsigned char raw[KEY_SIGNATURE_MAX];
    size_t bytes;
    if (!input || key_sign(key, input, strlen(input), raw, &bytes).id)
        return false;
    json_t *signature =
        json_pack("{s:s, s:s, s:s, s:s}", "type", "RsaSignature2017", "creator", creator,
                  "created", created, "signatureValue", base64_text(a, raw, bytes));
    return json_object_set_new(document, "signature", signature) == 0;
}
