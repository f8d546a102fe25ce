/* params.h — reading what a request asks for: every wrong field is told at once.
 *
 * Shape:   `params_body` takes the JSON object or the form of a request; then one call a field.
 *          A call answers whether the field was given and right, and only then sets *out. Wrong
 *          ones are gathered; `params_done` refuses with all of them (PeerTube's
 *          "invalid-params"). Forms carry text only, so numbers and booleans are also read from
 *          text, and "null" is null there.
 *
 *              struct params p;
 *              TRY(params_body(rq, &p));
 *              params_text(&p, "name", (struct text_rule){.min = 3, .max = 120, .required =
 * true}, &video.name); params_int(&p, "category", (struct int_rule){.min = 1, .max = 18,
 * .nullable = true}, &video.category); TRY(params_done(&p));
 *
 * Memory:  values are arena memory of the request.
 * Threads: as the request.
 */
#ifndef ZOE_PARAMS_H
#define ZOE_PARAMS_H

#include "server/http/http.h"

struct params {
    struct req *rq;
    json_t *body;       /* borrowed from rq */
    const char *prefix; /* of an inner object's fields in messages: "channel."; may be NULL */
    struct err wrong;
};

struct text_rule {
    int min, max; /* characters; max 0: no limit */
    bool required;
    bool nullable; /* null (and "" where min > 0) is told as "" */
    bool one_line; /* no control characters at all; else tabs and line breaks are fine */
};
struct int_rule {
    int64_t min, max;
    bool required;
    bool nullable; /* null is told as `when_null` */
    int64_t when_null;
};

MUST_CHECK struct err params_body(struct req *rq, struct params *p);
MUST_CHECK struct err params_done(struct params *p);
/* The fields of the object at `field`; false when it is absent. Ends with its own params_done.
 */
bool params_inner(struct params *p, const char *field, struct params *inner);
/* Notes that `field` is wrong. */
void params_wrong(struct params *p, const char *field, const char *message);
/* Whether the field is there at all, null or not. */
bool params_has(struct params *p, const char *field);

bool params_text(struct params *p, const char *field, struct text_rule rule, const char **out);
bool params_int(struct params *p, const char *field, struct int_rule rule, int64_t *out);
bool params_bool(struct params *p, const char *field, bool *out);
/* An array of texts (or one text) as a JSON array. `item` is the rule of each; null is []. */
bool params_texts(struct params *p, const char *field, int max_items, struct text_rule item,
                  json_t **out);

/* Characters (code points) of UTF-8 text. */
int text_length(const char *text);

/* --- the query string ----------------------------------------------------- */

struct paging {
    int start, count;
    const char *sort; /* one of `sorts`, without '-' */
    bool descending;
    bool skip_count;
};
/* start >= 0, count 0..100 (15), sort by one of `sorts` (ends with NULL; `fallback` may have a
 * '-'). `sorts` NULL ignores sort. */
MUST_CHECK struct err query_paging(struct req *rq, const char *const *sorts,
                                   const char *fallback, struct paging *out);
/* *out keeps its value when the parameter is absent. */
MUST_CHECK struct err query_int(struct req *rq, const char *name, int64_t min, int64_t max,
                                int64_t *out);
MUST_CHECK struct err query_bool(struct req *rq, const char *name, bool *out);
/* Repeated `name`, `name[]`, or one value: NULL-terminated, never NULL. */
const char *const *query_list(struct req *rq, const char *name, size_t *count);
/* 200 {"total", "data"}: a page of a list. `data`, an array, is taken over. */
void answer_list(struct req *rq, struct res *rs, int64_t total, json_t *data);
/* The path parameter as a positive integer. */
MUST_CHECK struct err param_id(struct req *rq, const char *name, int64_t *out);
/* The same, or 0. */
MUST_CHECK struct err param_index(struct req *rq, const char *name, int64_t *out);

#endif
