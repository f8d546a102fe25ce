/* ap_fixtures.h — messages of real peers, from the folder ZOETROPE_SHARED (default ../shared).
 *
 * Memory: everything in the arena. A case that finds no folder says so and ends as skipped.
 */
#ifndef ZOE_AP_FIXTURES_H
#define ZOE_AP_FIXTURES_H

#include "tests/unit/test.h"

#include "base/arena.h"
#include "base/file.h"
#include "server/activitypub/httpsig.h"

#include <glob.h>
#include <jansson.h>

struct fixture {
    const char *name;
    json_t *json; /* the whole file */
    struct signed_message message;
    struct signed_headers headers;
};

__attribute__((unused)) static const char *shared_path(struct arena *a, const char *name)
{
    const char *root = getenv("ZOETROPE_SHARED");
    return arena_printf(a, "%s/%s", root && *root ? root : "../shared", name);
}

__attribute__((unused)) static bool shared_missing(struct arena *a, const char *name)
{
    if (path_exists(shared_path(a, name)))
        return false;
    print_message("skipped: there is no %s\n", shared_path(a, name));
    return true;
}

static void fixture_json_close(void *json)
{
    json_decref(json);
}

__attribute__((unused)) static json_t *shared_json(struct arena *a, const char *path)
{
    json_error_t why;
    json_t *json = json_load_file(path, 0, &why);
    if (!json) {
        print_error("%s: %s\n", path, why.text);
        fail();
    }
    arena_defer(a, fixture_json_close, json);
    return json;
}

__attribute__((unused)) static char *shared_text(struct arena *a, const char *name)
{
    char *data;
    size_t bytes;
    CHECK_OK(file_read(a, shared_path(a, name), 1 << 20, &data, &bytes));
    return data;
}

/* One of ap-fixtures: {headers: {":method", ":path", …}, raw}. */
static void fixture_ours(struct arena *a, struct fixture *f)
{
    json_t *headers = json_object_get(f->json, "headers"), *value;
    const char *name;
    struct signed_header *list = arena_alloc(a, (json_object_size(headers) + 1) * sizeof *list);
    json_object_foreach (headers, name, value) {
        if (!strcmp(name, ":method"))
            f->message.method = json_string_value(value);
        else if (!strcmp(name, ":path"))
            f->message.target = json_string_value(value);
        else
            list[f->headers.count++] = (struct signed_header){name, json_string_value(value)};
    }
    f->headers.list = list;
    f->message.body = json_string_value(json_object_get(f->json, "raw"));
}

/* One of peertube-ap: {method, path, rawHeaders: [[name, value]], rawBody}. */
static void fixture_captured(struct arena *a, struct fixture *f)
{
    json_t *headers = json_object_get(f->json, "rawHeaders"), *pair;
    size_t i;
    struct signed_header *list = arena_alloc(a, (json_array_size(headers) + 1) * sizeof *list);
    json_array_foreach (headers, i, pair) {
        list[f->headers.count++] =
            (struct signed_header){json_string_value(json_array_get(pair, 0)),
                                   json_string_value(json_array_get(pair, 1))};
    }
    f->headers.list = list;
    f->message.method = json_string_value(json_object_get(f->json, "method"));
    f->message.target = json_string_value(json_object_get(f->json, "path"));
    f->message.body = json_string_value(json_object_get(f->json, "rawBody"));
}

/* All messages that match, in order of name. */
__attribute__((unused)) static struct fixture **fixtures(struct arena *a, const char *pattern,
                                                         size_t *count)
{
    glob_t found;
    *count = 0;
    if (glob(shared_path(a, pattern), 0, NULL, &found))
        fail_msg("no file matches %s", pattern);
    struct fixture **list = arena_alloc(a, (found.gl_pathc + 1) * sizeof *list);
    for (size_t i = 0; i < found.gl_pathc; i++) {
        struct fixture *f = arena_alloc(a, sizeof *f);
        f->name = arena_strdup(a, strrchr(found.gl_pathv[i], '/') + 1);
        f->json = shared_json(a, found.gl_pathv[i]);
        if (json_object_get(f->json, "rawHeaders"))
            fixture_captured(a, f);
        else
            fixture_ours(a, f);
        f->message.header = signed_header_in;
        f->message.from = &f->headers;
        if (!f->message.method)
            continue; /* a document, not a message */
        f->message.body_bytes = f->message.body ? strlen(f->message.body) : 0;
        list[(*count)++] = f;
    }
    globfree(&found);
    return list;
}

__attribute__((unused)) static const char *fixture_header(const struct fixture *f,
                                                          const char *name)
{
    return signed_header_in(&f->headers, name, 0);
}

#endif
