/* Activities of anybody, read with every reader; what they hold as addresses, times and
 * documents to sign. */
#include "server/activitypub/ap_json.h"
#include "server/activitypub/ldsig.h"

#include <string.h>
#include <strings.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void texts(struct arena *a, const char *text)
{
    struct ap_url u, joined;
    int64_t ms;
    ap_date_read(text, &ms);
    if (ap_duration_read(text, &ms) && ms < 0)
        __builtin_trap();
    if (!ap_url_read(a, text, &u))
        return;
    struct ap_url again; /* reading what was written changes nothing */
    if (strlen(u.text) <= AP_URL_MAX &&
        (!ap_url_read(a, u.text, &again) || strcmp(u.text, again.text) != 0))
        __builtin_trap();
    ap_url_join(a, &u, text, &joined);
    ap_url_join(a, &u, strlen(text) > 8 ? text + 8 : "", &joined);
    if (strlen(u.text) <= AP_URL_MAX && !ap_same_host(text, u.text))
        __builtin_trap();
}

static void members(struct arena *a, const json_t *object, int depth)
{
    const char *name, *language;
    json_t *value;
    size_t n;
    struct ap_key key;
    ap_type(object);
    ap_is_actor(object);
    ap_is_tombstone(object);
    ap_is_addressed(object, AP_PUBLIC);
    ap_key_of(object, NULL, &key);
    json_object_foreach ((json_t *)object, name, value) {
        const char *text = ap_text(object, name);
        if (text)
            texts(a, text);
        ap_text_mapped(object, name, &language);
        ap_int(object, name, 0);
        ap_real(object, name, 0);
        ap_bool(object, name, false);
        ap_date(object, name, 0);
        ap_ids_of(a, object, name, &n);
        ap_is_public(value, NULL);
        const char *url = ap_page_url(object, name);
        if (url && strncasecmp(url, "http", 4) != 0)
            __builtin_trap();
        ap_image_url(object, name);
        ap_media_type(value);
        json_t *inner = ap_object_of(object, name);
        if (inner && depth < AP_DEPTH_MAX)
            members(a, inner, depth + 1);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    SCOPED_ARENA struct arena *a = arena_open();
    json_t *json;
    texts(a, arena_strndup(a, (const char *)data, size));
    if (ap_parse(a, data, size, &json).id)
        return 0;
    members(a, json, 0);
    ldsig_canonical(a, json);
    return 0;
}
