/* ap_json.c — see ap_json.h. */
#include "server/activitypub/ap_json.h"

#include "base/strbuf.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>

/* --- parsing ------------------------------------------------------------------------------ */

/* Depth before jansson recurses into it. */
static bool depth_fair(const char *text, size_t count)
{
    int depth = 0;
    bool inside = false;
    for (size_t i = 0; i < count; i++) {
        char c = text[i];
        if (inside) {
            if (c == '\\')
                i++;
            else if (c == '"')
                inside = false;
        } else if (c == '"') {
            inside = true;
        } else if (c == '{' || c == '[') {
            if (++depth > AP_DEPTH_MAX)
                return false;
        } else if (c == '}' || c == ']') {
            depth--;
        }
    }
    return true;
}

/* What would change the meaning of a document for a JSON-LD processor only. */
static bool plain(const json_t *value)
{
    const char *name;
    json_t *member;
    size_t i;
    if (json_is_array(value)) {
        json_array_foreach (value, i, member) {
            if (!plain(member))
                return false;
        }
    } else if (json_is_object(value)) {
        json_object_foreach ((json_t *)value, name, member) {
            if (name[0] == '@' && (!strcmp(name, "@graph") || !strcmp(name, "@included") ||
                                   !strcmp(name, "@reverse")))
                return false;
            /* contexts define terms, also with @reverse; we do not read them */
            if (strcmp(name, "@context") != 0 && !plain(member))
                return false;
        }
    }
    return true;
}

static void json_deferred(void *json)
{
    json_decref(json);
}

struct err ap_parse(struct arena *a, const void *bytes, size_t count, json_t **out)
{
    *out = NULL;
    if (count > AP_BYTES_MAX)
        return FAIL(ACTIVITY_INVALID, "the document is too large");
    if (count >= 3 && !memcmp(bytes, "\xef\xbb\xbf", 3)) { /* a byte order mark */
        bytes = (const char *)bytes + 3;
        count -= 3;
    }
    if (!depth_fair(bytes, count))
        return FAIL(ACTIVITY_INVALID, "the document is nested too deeply");
    json_error_t why;
    json_t *json = json_loadb(bytes, count, 0, &why);
    if (!json)
        return FAIL(ACTIVITY_INVALID,
                    arena_printf(a, "no JSON object: line %d: %s", why.line, why.text));
    if (!json_is_object(json) || !plain(json)) {
        struct err e = json_is_object(json) ? FAIL(ACTIVITY_INVALID,
                                                   "@graph, @included and @reverse are refused")
                                            : FAIL(ACTIVITY_INVALID, "no JSON object");
        json_decref(json);
        return e;
    }
    arena_defer(a, json_deferred, json);
    *out = json;
    return OK;
}

/* --- scalar or array ---------------------------------------------------------------------- */

size_t ap_count(const json_t *value)
{
    if (!value || json_is_null(value))
        return 0;
    if (!json_is_array(value))
        return 1;
    size_t n = json_array_size(value);
    return n < AP_LIST_MAX ? n : AP_LIST_MAX;
}

json_t *ap_at(const json_t *value, size_t index)
{
    if (index >= ap_count(value))
        return NULL;
    return json_is_array(value) ? json_array_get(value, index) : (json_t *)value;
}

json_t *ap_first(const json_t *value)
{
    return ap_at(value, 0);
}

/* --- string or object --------------------------------------------------------------------- */

static const char *address_text(const json_t *value)
{
    const char *text = json_string_value(value);
    return text && *text && strnlen(text, AP_URL_MAX + 1) <= AP_URL_MAX ? text : NULL;
}

const char *ap_id(const json_t *value)
{
    if (!json_is_object(value))
        return address_text(value);
    const char *id = address_text(json_object_get(value, "id"));
    return id ? id : address_text(json_object_get(value, "@id"));
}

const char *ap_id_of(const json_t *object, const char *name)
{
    return ap_id(ap_first(json_object_get(object, name)));
}

json_t *ap_object_of(const json_t *object, const char *name)
{
    json_t *value = ap_first(json_object_get(object, name));
    return json_is_object(value) ? value : NULL;
}

const char **ap_ids_of(struct arena *a, const json_t *object, const char *name, size_t *count)
{
    const json_t *value = json_object_get(object, name);
    size_t n = ap_count(value);
    const char **ids = arena_alloc(a, (n + 1) * sizeof *ids);
    *count = 0;
    for (size_t i = 0; i < n; i++) {
        const char *id = ap_id(ap_at(value, i));
        for (size_t k = 0; id && k < *count; k++)
            if (!strcmp(ids[k], id))
                id = NULL;
        if (id)
            ids[(*count)++] = id;
    }
    return ids;
}

/* --- plain members ------------------------------------------------------------------------ */

static const char *value_text(const json_t *value)
{
    if (json_is_object(value))
        value = json_object_get(value, "@value");
    return json_string_value(value);
}

const char *ap_text(const json_t *object, const char *name)
{
    const json_t *value = json_object_get(object, name);
    for (size_t i = 0; i < ap_count(value); i++) {
        const char *text = value_text(ap_at(value, i));
        if (text)
            return text;
    }
    return NULL;
}

const char *ap_text_mapped(const json_t *object, const char *name, const char **language)
{
    char mapped[64];
    const char *text = ap_text(object, name), *key, *first = NULL, *first_key = NULL;
    if (language)
        *language = NULL;
    if (strlen(name) + sizeof "Map" > sizeof mapped)
        return text;
    stpcpy(stpcpy(mapped, name), "Map");
    json_t *map = json_object_get(object, mapped), *value;
    json_object_foreach (map, key, value) {
        const char *v = json_string_value(value);
        if (!v || !strcmp(key, "und"))
            continue;
        if (!first) {
            first = v;
            first_key = key;
        }
        if (text && !strcmp(text, v)) {
            if (language)
                *language = key;
            return text;
        }
    }
    if (text)
        return text;
    if (language)
        *language = first_key;
    return first;
}

double ap_real(const json_t *object, const char *name, double fallback)
{
    const json_t *value = ap_first(json_object_get(object, name));
    if (json_is_object(value))
        value = json_object_get(value, "@value");
    if (json_is_number(value))
        return json_number_value(value);
    const char *text = json_string_value(value);
    if (!text || !*text)
        return fallback;
    char *end;
    double d = strtod(text, &end);
    return *end == 0 && isfinite(d) ? d : fallback;
}

int64_t ap_int(const json_t *object, const char *name, int64_t fallback)
{
    const json_t *value = ap_first(json_object_get(object, name));
    if (json_is_integer(value))
        return json_integer_value(value);
    double d = ap_real(object, name, NAN);
    if (isnan(d) || d < -9.2e18 || d > 9.2e18)
        return fallback;
    return (int64_t)d;
}

bool ap_bool(const json_t *object, const char *name, bool fallback)
{
    const json_t *value = ap_first(json_object_get(object, name));
    if (json_is_boolean(value))
        return json_is_true(value);
    if (json_is_integer(value))
        return json_integer_value(value) != 0;
    const char *text = json_string_value(value);
    if (text && !strcasecmp(text, "true"))
        return true;
    if (text && !strcasecmp(text, "false"))
        return false;
    return fallback;
}

int64_t ap_date(const json_t *object, const char *name, int64_t fallback)
{
    int64_t ms;
    return ap_date_read(ap_text(object, name), &ms) ? ms : fallback;
}

static const char *type_bare(const char *type)
{
    static const char full[] = AP_CONTEXT "#";
    if (!strncmp(type, full, sizeof full - 1))
        return type + sizeof full - 1;
    return strncmp(type, "as:", 3) ? type : type + 3;
}

static const json_t *types(const json_t *object)
{
    const json_t *t = json_object_get(object, "type");
    return t ? t : json_object_get(object, "@type");
}

const char *ap_type(const json_t *object)
{
    const char *type = json_string_value(ap_first(types(object)));
    return type ? type_bare(type) : "";
}

bool ap_is(const json_t *object, const char *type)
{
    const json_t *all = types(object);
    for (size_t i = 0; i < ap_count(all); i++) {
        const char *t = json_string_value(ap_at(all, i));
        if (t && !strcmp(type_bare(t), type))
            return true;
    }
    return false;
}

bool ap_is_actor(const json_t *object)
{
    static const char *const kinds[] = {"Person", "Group", "Service", "Application",
                                        "Organization"};
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
        if (ap_is(object, kinds[i]))
            return true;
    return false;
}

bool ap_is_tombstone(const json_t *object)
{
    return ap_is(object, "Tombstone") ||
           (json_object_get(object, "formerType") && json_object_get(object, "deleted"));
}

/* --- addressing --------------------------------------------------------------------------- */

bool ap_is_public_id(const char *id)
{
    return id && (!strcmp(id, AP_PUBLIC) || !strcmp(id, "as:Public") || !strcmp(id, "Public"));
}

static bool holds_public(const json_t *value)
{
    for (size_t i = 0; i < ap_count(value); i++)
        if (ap_is_public_id(ap_id(ap_at(value, i))))
            return true;
    return false;
}

bool ap_is_public(const json_t *to, const json_t *cc)
{
    return holds_public(to) || holds_public(cc);
}

bool ap_is_addressed(const json_t *object, const char *id)
{
    static const char *const members[] = {"to", "cc", "bto", "bcc", "audience"};
    for (size_t m = 0; m < sizeof members / sizeof *members; m++) {
        const json_t *value = json_object_get(object, members[m]);
        for (size_t i = 0; i < ap_count(value); i++) {
            const char *one = ap_id(ap_at(value, i));
            if (one && !strcmp(one, id))
                return true;
        }
    }
    return false;
}

/* --- links -------------------------------------------------------------------------------- */

static const char *web_address(const json_t *value)
{
    const char *text = address_text(value);
    if (!text || (strncasecmp(text, "https://", 8) && strncasecmp(text, "http://", 7)))
        return NULL;
    SCOPED_ARENA struct arena *a = arena_open();
    struct ap_url u;
    return ap_url_read(a, text, &u) ? text : NULL;
}

/* A string, a Link's href, an object's url (itself any of these, once). */
static const char *link_address(const json_t *value, int depth)
{
    if (!json_is_object(value))
        return web_address(value);
    const char *href = web_address(ap_first(json_object_get(value, "href")));
    if (href || !depth)
        return href;
    const json_t *url = json_object_get(value, "url");
    for (size_t i = 0; i < ap_count(url); i++) {
        const char *one = link_address(ap_at(url, i), depth - 1);
        if (one)
            return one;
    }
    return NULL;
}

const char *ap_media_type(const json_t *link)
{
    const char *type = ap_text(link, "mediaType");
    if (!type)
        type = ap_text(link, "mimeType");
    return type ? type : "";
}

const char *ap_page_url(const json_t *object, const char *name)
{
    const json_t *value = json_object_get(object, name);
    const char *first = NULL;
    for (size_t i = 0; i < ap_count(value); i++) {
        const json_t *one = ap_at(value, i);
        const char *address = link_address(one, 0);
        if (!address)
            continue;
        if (!strncasecmp(ap_media_type(one), "text/html", 9))
            return address;
        if (!first)
            first = address;
    }
    return first;
}

const char *ap_image_url(const json_t *object, const char *name)
{
    const json_t *value = json_object_get(object, name);
    for (size_t i = 0; i < ap_count(value); i++) {
        const char *address = link_address(ap_at(value, i), 1);
        if (address)
            return address;
    }
    return NULL;
}

/* --- who may say what --------------------------------------------------------------------- */

bool ap_id_on_host(const char *id, const char *url)
{
    return ap_same_host(id, url);
}

/* PeerTube before version 7 names the actor where it should name his key. */
static bool is_only_key(const json_t *document, const char *actor_id)
{
    const char *id = ap_id(document);
    return id && strcmp(id, actor_id) == 0 && ap_is_actor(document) &&
           ap_count(json_object_get(document, "publicKey")) == 1;
}

bool ap_key_of(const json_t *document, const char *key_id, struct ap_key *out)
{
    *out = (struct ap_key){0};
    const json_t *keys = json_object_get(document, "publicKey");
    if (json_object_get(document, "publicKeyPem")) /* the document is the key */
        keys = document;
    for (size_t i = 0; i < ap_count(keys); i++) {
        const json_t *key = ap_at(keys, i);
        const char *id = ap_id(key), *pem = ap_text(key, "publicKeyPem");
        if (!json_is_object(key) || !id || !pem ||
            (key_id && strcmp(id, key_id) != 0 && !is_only_key(document, key_id)))
            continue;
        *out = (struct ap_key){.id = id, .owner = ap_id_of(key, "owner"), .pem = pem};
        if (!out->owner)
            out->owner = ap_id_of(key, "controller");
        return out->owner != NULL;
    }
    return false;
}

/* --- times -------------------------------------------------------------------------------- */

/* Exactly `digits` digits. */
static bool number_read(const char **p, int digits, int *out)
{
    int n = 0;
    for (int i = 0; i < digits; i++, (*p)++) {
        if (**p < '0' || **p > '9')
            return false;
        n = n * 10 + **p - '0';
    }
    *out = n;
    return true;
}

/* Thousandths from ".123456"; what is finer is cut. */
static bool fraction_read(const char **p, int *ms)
{
    int weight = 100, digits = 0;
    *ms = 0;
    for ((*p)++; **p >= '0' && **p <= '9'; (*p)++, digits++, weight /= 10)
        *ms += (**p - '0') * weight;
    return digits > 0;
}

static bool zone_read(const char **p, int *minutes)
{
    int sign, hours, more = 0;
    *minutes = 0;
    if (**p == 'Z' || **p == 'z') {
        (*p)++;
        return true;
    }
    if (**p != '+' && **p != '-')
        return true;
    sign = *(*p)++ == '-' ? -1 : 1;
    if (!number_read(p, 2, &hours))
        return false;
    if (**p == ':')
        (*p)++;
    if (**p && !number_read(p, 2, &more))
        return false;
    *minutes = sign * (hours * 60 + more);
    return hours <= 14 && more < 60;
}

bool ap_date_read(const char *text, int64_t *ms)
{
    int year, month, day, hour = 0, minute = 0, second = 0, fraction = 0, zone = 0;
    const char *p = text;
    if (!p || !number_read(&p, 4, &year) || *p++ != '-' || !number_read(&p, 2, &month) ||
        *p++ != '-' || !number_read(&p, 2, &day))
        return false;
    if (*p == 'T' || *p == 't' || *p == ' ') {
        p++;
        if (!number_read(&p, 2, &hour) || *p++ != ':' || !number_read(&p, 2, &minute))
            return false;
        if (*p == ':') {
            p++;
            if (!number_read(&p, 2, &second))
                return false;
            if ((*p == '.' || *p == ',') && !fraction_read(&p, &fraction))
                return false;
        }
    }
    if (!zone_read(&p, &zone) || *p)
        return false;
    static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
    if (year < 1 || month < 1 || month > 12 || day < 1 ||
        day > days[month - 1] + (leap && month == 2) || hour > 24 || minute > 59 ||
        second > 60 || (hour == 24 && (minute || second || fraction)))
        return false;
    struct tm t = {.tm_year = year - 1900,
                   .tm_mon = month - 1,
                   .tm_mday = day,
                   .tm_hour = hour,
                   .tm_min = minute - zone,
                   .tm_sec = second};
    *ms = (int64_t)timegm(&t) * 1000 + fraction;
    return true;
}

char *ap_date_text(struct arena *a, int64_t ms)
{
    int64_t fraction = ((ms % 1000) + 1000) % 1000;
    time_t seconds = (time_t)((ms - fraction) / 1000);
    struct tm t;
    gmtime_r(&seconds, &t);
    return arena_printf(a, "%04d-%02d-%02dT%02d:%02d:%02d.%03dZ", t.tm_year + 1900,
                        t.tm_mon + 1, t.tm_mday, t.tm_hour, t.tm_min, t.tm_sec, (int)fraction);
}

/* One number with an optional fraction. */
static bool amount_read(const char **p, double *out)
{
    char *end;
    if (**p < '0' || **p > '9')
        return false;
    size_t n = strspn(*p, "0123456789.,");
    char copy[32];
    if (n >= sizeof copy)
        return false;
    memcpy(copy, *p, n);
    copy[n] = 0;
    for (char *c = copy; *c; c++)
        if (*c == ',')
            *c = '.';
    *out = strtod(copy, &end);
    *p += n;
    return *end == 0;
}

bool ap_duration_read(const char *text, int64_t *ms)
{
    const char *p = text;
    double total = 0, amount;
    bool time = false, any = false;
    if (!p)
        return false;
    if (*p != 'P' && *p != 'p') { /* seconds alone */
        if (!amount_read(&p, &total) || *p)
            return false;
        any = true;
    } else {
        for (p++; *p;) {
            if (*p == 'T' || *p == 't') {
                if (time)
                    return false;
                time = true;
                p++;
                continue;
            }
            if (!amount_read(&p, &amount))
                return false;
            double unit = 0;
            switch (*p++) {
            case 'W': unit = time ? 0 : 7 * 86400; break;
            case 'D': unit = time ? 0 : 86400; break;
            case 'H': unit = time ? 3600 : 0; break;
            case 'M': unit = time ? 60 : 0; break; /* months say nothing certain */
            case 'S': unit = time ? 1 : 0; break;
            default: break;
            }
            if (unit == 0)
                return false;
            total += amount * unit;
            any = true;
        }
    }
    if (!any || total > 1e12)
        return false;
    *ms = llround(total * 1000);
    return true;
}

char *ap_duration_text(struct arena *a, int64_t ms)
{
    return arena_printf(a, "PT%lldS", (long long)((ms + 500) / 1000));
}
