/* params.c — see params.h. */
#include "server/api/params.h"

#include <ctype.h>
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

/* --- shapes --------------------------------------------------------------- */

int text_length(const char *text)
{
    int n = 0;
    for (; *text; text++)
        n += ((unsigned char)*text & 0xc0) != 0x80;
    return n;
}

static bool number(const char *text, int64_t *out)
{
    char *end;
    errno = 0;
    long long n = strtoll(text, &end, 10);
    if (errno || end == text || *end || isspace((unsigned char)*text))
        return false;
    *out = n;
    return true;
}

static bool boolean(const char *text, bool *out)
{
    bool yes = strcmp(text, "true") == 0 || strcmp(text, "1") == 0;
    bool no = strcmp(text, "false") == 0 || strcmp(text, "0") == 0;
    if (yes || no)
        *out = yes;
    return yes || no;
}

/* DEL and the C0 controls; U+0080..U+009F come as C2 80..C2 9F. */
static bool has_control(const char *text, bool one_line)
{
    for (const unsigned char *p = (const unsigned char *)text; *p; p++) {
        bool line = *p == '\n' || *p == '\r' || *p == '\t';
        if ((*p < 0x20 && (one_line || !line)) || *p == 0x7f ||
            (*p == 0xc2 && p[1] >= 0x80 && p[1] < 0xa0))
            return true;
    }
    return false;
}

static bool text_fits(const char *text, struct text_rule rule)
{
    int n = text_length(text);
    return n >= rule.min && (rule.max == 0 || n <= rule.max) &&
           !has_control(text, rule.one_line);
}

static const char *text_wish(struct arena *a, struct text_rule rule)
{
    if (rule.max == 0)
        return arena_printf(a, "Should be text of at least %d characters", rule.min);
    return arena_printf(a, "Should be text of %d to %d characters", rule.min, rule.max);
}

/* --- the body ------------------------------------------------------------- */

struct err params_body(struct req *rq, struct params *p)
{
    *p = (struct params){.rq = rq};
    return req_json(rq, &p->body);
}

struct err params_done(struct params *p)
{
    return p->wrong;
}

void params_wrong(struct params *p, const char *field, const char *message)
{
    if (p->prefix)
        field = arena_printf(p->rq->arena, "%s%s", p->prefix, field);
    p->wrong = req_invalid(p->rq, field, message);
}

bool params_inner(struct params *p, const char *field, struct params *inner)
{
    json_t *value = json_object_get(p->body, field);
    *inner = (struct params){
        .rq = p->rq,
        .body = value,
        .prefix = arena_printf(p->rq->arena, "%s.", field),
    };
    if (value && !json_is_null(value) && !json_is_object(value))
        params_wrong(p, field, "Should be an object");
    return json_is_object(value);
}

bool params_has(struct params *p, const char *field)
{
    return json_object_get(p->body, field) != NULL;
}

/* The field's value; NULL when absent. A form cannot say null but by this word. */
static const json_t *value_of(struct params *p, const char *field, bool required, bool *is_null)
{
    const json_t *value = json_object_get(p->body, field);
    if (!value && required)
        params_wrong(p, field, "Should have a value");
    *is_null = json_is_null(value) || (p->rq->form && json_is_string(value) &&
                                       strcmp(json_string_value(value), "null") == 0);
    return value;
}

bool params_text(struct params *p, const char *field, struct text_rule rule, const char **out)
{
    bool is_null;
    const json_t *value = value_of(p, field, rule.required, &is_null);
    if (!value)
        return false;
    const char *text = is_null ? "" : json_string_value(value);
    if (text && !*text && rule.nullable) {
        *out = "";
        return true;
    }
    if (is_null || !text || !text_fits(text, rule)) {
        params_wrong(p, field, text_wish(p->rq->arena, rule));
        return false;
    }
    *out = arena_strdup(p->rq->arena, text);
    return true;
}

bool params_int(struct params *p, const char *field, struct int_rule rule, int64_t *out)
{
    bool is_null;
    const json_t *value = value_of(p, field, rule.required, &is_null);
    if (!value)
        return false;
    if (is_null && rule.nullable) {
        *out = rule.when_null;
        return true;
    }
    int64_t n = json_integer_value(value);
    bool whole = json_is_integer(value) ||
                 (json_is_string(value) && number(json_string_value(value), &n));
    if (!whole || n < rule.min || n > rule.max) {
        params_wrong(p, field, "Should have a valid number");
        return false;
    }
    *out = n;
    return true;
}

bool params_bool(struct params *p, const char *field, bool *out)
{
    bool is_null;
    const json_t *value = value_of(p, field, false, &is_null);
    if (!value)
        return false;
    if (json_is_boolean(value)) {
        *out = json_is_true(value);
        return true;
    }
    if (json_is_string(value) && boolean(json_string_value(value), out))
        return true;
    params_wrong(p, field, "Should be a boolean");
    return false;
}

static void json_drop(void *json)
{
    json_decref(json);
}

bool params_texts(struct params *p, const char *field, int max_items, struct text_rule item,
                  json_t **out)
{
    bool is_null;
    json_t *value = (json_t *)(uintptr_t)value_of(p, field, false, &is_null);
    if (!value)
        return false;
    json_t *found = json_array();
    arena_defer(p->rq->arena, json_drop, found);
    if (json_is_array(value))
        json_array_extend(found, value);
    else if (!is_null)
        json_array_append(found, value);

    bool fine = json_array_size(found) <= (size_t)max_items;
    size_t i;
    json_t *one;
    json_array_foreach (found, i, one)
        fine = fine && json_is_string(one) && text_fits(json_string_value(one), item);
    if (!fine) {
        params_wrong(p, field,
                     arena_printf(p->rq->arena,
                                  "Should be at most %d texts of %d to %d characters",
                                  max_items, item.min, item.max));
        return false;
    }
    *out = found;
    return true;
}

/* --- the query string and the path ---------------------------------------- */

struct err query_int(struct req *rq, const char *name, int64_t min, int64_t max, int64_t *out)
{
    const char *text = req_query(rq, name);
    int64_t n;
    if (!text)
        return OK;
    if (!number(text, &n) || n < min || n > max) {
        const char *wish = max == INT64_MAX
                               ? arena_printf(rq->arena, "Should have a number %s (min: %lld)",
                                              name, (long long)min)
                               : arena_printf(rq->arena, "Should have a number %s (max: %lld)",
                                              name, (long long)max);
        return req_invalid(rq, name, wish);
    }
    *out = n;
    return OK;
}

struct err query_bool(struct req *rq, const char *name, bool *out)
{
    const char *text = req_query(rq, name);
    if (text && !boolean(text, out))
        return req_invalid(rq, name, "Should be a boolean");
    return OK;
}

const char *const *query_list(struct req *rq, const char *name, size_t *count)
{
    size_t n = strlen(name), found = 0, room = 0;
    const char **items = arena_grow(rq->arena, NULL, 0, &room, sizeof *items);
    for (const struct param *q = rq->query; q; q = q->next) {
        if (strncmp(q->name, name, n) != 0 || (q->name[n] && q->name[n] != '['))
            continue;
        items = arena_grow(rq->arena, items, found + 1, &room, sizeof *items);
        items[found++] = q->value;
        items[found] = NULL;
    }
    *count = found;
    return items;
}

struct err query_paging(struct req *rq, const char *const *sorts, const char *fallback,
                        struct paging *out)
{
    enum { COUNT_DEFAULT = 15, COUNT_MAX = 100 };
    int64_t start = 0, count = COUNT_DEFAULT;
    *out = (struct paging){0};
    struct err e = query_int(rq, "start", 0, INT_MAX, &start);
    struct err e2 = query_int(rq, "count", 0, COUNT_MAX, &count);
    struct err e3 = query_bool(rq, "skipCount", &out->skip_count);
    out->start = (int)start;
    out->count = (int)count;

    const char *sort = req_query(rq, "sort");
    if (!sort || !*sort || !sorts)
        sort = fallback;
    if (sort) {
        out->descending = *sort == '-';
        out->sort = sort + out->descending;
        bool known = !sorts;
        for (size_t i = 0; sorts && sorts[i]; i++)
            known = known || strcmp(sorts[i], out->sort) == 0;
        if (!known)
            return req_invalid(rq, "sort", "Should have a sort by a known column");
    }
    TRY(e3);
    TRY(e2);
    return e;
}

struct err param_index(struct req *rq, const char *name, int64_t *out)
{
    if (!number(req_param(rq, name), out) || *out < 0)
        return req_invalid(rq, name, "Should be 0 or a positive number");
    return OK;
}

struct err param_id(struct req *rq, const char *name, int64_t *out)
{
    if (!number(req_param(rq, name), out) || *out <= 0)
        return req_invalid(rq, name, "Should be a positive number");
    return OK;
}

void answer_list(struct req *rq, struct res *rs, int64_t total, json_t *data)
{
    res_json(rq, rs, 200, json_pack("{s:I, s:o}", "total", (json_int_t)total, "data", data));
}
