/* request.c — what handlers ask of a request. */
#include "base/strbuf.h"
#include "server/http/exchange.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

enum { JSON_DEPTH = 32 };

const char *req_header(struct req *rq, const char *name)
{
    struct MHD_Connection *connection = rq->exchange->connection;
    return connection ? MHD_lookup_connection_value(connection, MHD_HEADER_KIND, name) : NULL;
}

static const char *param_value(const struct param *list, const char *name)
{
    for (; list; list = list->next)
        if (!strcmp(list->name, name))
            return list->value;
    return NULL;
}

const char *req_param(struct req *rq, const char *name)
{
    const char *value = param_value(rq->params, name);
    return value ? value : "";
}

const char *req_query(struct req *rq, const char *name)
{
    return param_value(rq->query, name);
}

const char *req_form(struct req *rq, const char *name)
{
    return param_value(rq->form, name);
}

struct form_file *req_file(struct req *rq, const char *field)
{
    for (struct form_file *file = rq->files; file; file = file->next)
        if (!strcmp(file->field, field))
            return file;
    return NULL;
}

/* RFC 6265 section 4.2: name=value pairs, "; " between them. */
const char *req_cookie(struct req *rq, const char *name)
{
    const char *p = req_header(rq, "Cookie");
    size_t n = strlen(name);
    while (p && *p) {
        p += strspn(p, "; \t");
        size_t bytes = strcspn(p, ";");
        if (bytes > n && !memcmp(p, name, n) && p[n] == '=') {
            const char *value = p + n + 1;
            size_t value_bytes = bytes - n - 1;
            while (value_bytes && (value[value_bytes - 1] == ' '))
                value_bytes--;
            if (value_bytes >= 2 && value[0] == '"' && value[value_bytes - 1] == '"') {
                value++;
                value_bytes -= 2;
            }
            return arena_strndup(rq->arena, value, value_bytes);
        }
        p += bytes;
    }
    return NULL;
}

/* --- forms as JSON: tags[0]=x, a[b][c]=y, list[]=z */

static void array_pad(json_t *array, size_t index)
{
    while (json_array_size(array) <= index)
        json_array_append_new(array, json_null());
}

/* The bracket's content as an array index; -1: a name. "" means the next one. */
static long bracket_index(const char *key, size_t n, const json_t *array)
{
    if (!n)
        return (long)json_array_size(array);
    long index = 0;
    for (size_t i = 0; i < n; i++) {
        if (key[i] < '0' || key[i] > '9' || i > 2)
            return -1;
        index = index * 10 + (key[i] - '0');
    }
    return index;
}

static bool bracket_is_index(const char *bracket)
{
    size_t n = strcspn(bracket + 1, "]");
    return bracket_index(bracket + 1, n, NULL) >= 0;
}

/* Puts `value` at `key` of `into`, or, where brackets follow, goes down. False: nonsense. */
static bool form_put(json_t *into, const char *key, size_t key_bytes, const char *brackets,
                     const char *value, int depth)
{
    char name[256];
    snprintf(name, sizeof name, "%.*s", (int)(key_bytes < 255 ? key_bytes : 255), key);
    json_t *child = NULL;
    long index = -1;
    if (json_is_array(into)) {
        index = bracket_index(key, key_bytes, into);
        if (index < 0 || index > 999)
            return false;
        array_pad(into, (size_t)index);
        child = json_array_get(into, (size_t)index);
    } else {
        child = json_object_get(into, name);
    }
    json_t *fresh = NULL;
    if (*brackets != '[') {
        if (child && !json_is_null(child) && index < 0 && !json_is_string(child) &&
            !json_is_array(child))
            return false;
        if (json_is_string(child) && index < 0) { /* a=1&a=2: a list */
            fresh = json_array();
            json_array_append(fresh, child);
            json_array_append_new(fresh, json_string(value));
        } else if (json_is_array(child)) {
            json_array_append_new(child, json_string(value));
            return true;
        } else {
            fresh = json_string(value);
        }
    } else if (!json_is_object(child) && !json_is_array(child)) {
        fresh = bracket_is_index(brackets) ? json_array() : json_object();
    }
    if (fresh && index >= 0)
        json_array_set_new(into, (size_t)index, fresh);
    else if (fresh)
        json_object_set_new(into, name, fresh);
    if (*brackets != '[')
        return true;
    const char *close = strchr(brackets, ']');
    if (!close || depth >= JSON_DEPTH)
        return false;
    json_t *down =
        index >= 0 ? json_array_get(into, (size_t)index) : json_object_get(into, name);
    return form_put(down, brackets + 1, (size_t)(close - brackets - 1), close + 1, value,
                    depth + 1);
}

static json_t *json_of_form(const struct param *form)
{
    json_t *object = json_object();
    for (; form; form = form->next)
        if (!form_put(object, form->name, strcspn(form->name, "["),
                      form->name + strcspn(form->name, "["), form->value, 0)) {
            json_decref(object);
            return NULL;
        }
    return object;
}

static void json_drop(void *json)
{
    json_decref(json);
}

struct err req_json(struct req *rq, json_t **out)
{
    *out = rq->json;
    if (rq->json)
        return OK;
    json_t *json = NULL;
    if (rq->form || rq->files) {
        json = json_of_form(rq->form);
        if (!json)
            return FAIL(INVALID_PARAMS, "the form's field names do not nest");
    } else if (!rq->body_bytes) {
        json = json_object();
    } else {
        json_error_t error;
        json = json_loadb(rq->body, rq->body_bytes, 0, &error);
        if (!json)
            return (struct err){ERR_INVALID_PARAMS,
                                arena_printf(rq->arena, "the body is no JSON: %s, line %d",
                                             error.text, error.line)};
        if (!json_is_object(json)) {
            json_decref(json);
            return FAIL(INVALID_PARAMS, "the body must be a JSON object");
        }
    }
    arena_defer(rq->arena, json_drop, json);
    *out = rq->json = json;
    return OK;
}

/* Where a parameter of this name came from, in PeerTube's words. */
static const char *param_location(struct req *rq, const char *field)
{
    if (param_value(rq->params, field))
        return "params";
    return req_query(rq, field) ? "query" : "body";
}

struct err req_invalid(struct req *rq, const char *field, const char *message)
{
    struct exchange *x = rq->exchange;
    if (!x->invalid) {
        x->invalid = json_object();
        arena_defer(rq->arena, json_drop, x->invalid);
    }
    const char *location = param_location(rq, field);
    json_t *one = json_pack("{s:s, s:s, s:s, s:s, s:s}", "type", "field", "msg", message,
                            "path", field, "param", field, "location", location);
    if (one)
        json_object_set_new(x->invalid, field, one);
    struct strbuf names = STRBUF_IN(rq->arena);
    const char *key;
    json_t *value;
    json_object_foreach (x->invalid, key, value)
        strbuf_addf(&names, "%s%s",
                    names.length ? ", " : "Incorrect request parameters: ", key);
    return (struct err){ERR_INVALID_PARAMS,
                        names.text ? names.text : "Incorrect request parameters"};
}
