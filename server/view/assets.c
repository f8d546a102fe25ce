/* assets.c — see assets.h. */
#include "server/view/assets.h"

#include "base/file.h"
#include "base/log.h"
#include "server/http/http.h"

#include <dirent.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>
#include <zlib.h>

enum { FILE_MAX = 16 << 20, FILES_MAX = 512, COMPRESS_FROM = 512 };

struct asset {
    const char *file;
    struct static_body body;
};

struct assets {
    struct arena *arena; /* of the app */
    json_t *manifest;
    struct asset *items; /* by name */
    size_t count;
};

/* Plain names only: what the build makes, nothing hidden. */
static bool name_fine(const char *name)
{
    return name[0] != '.' && strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                          "0123456789._-") == strlen(name);
}

static void compress_body(struct arena *a, struct static_body *body)
{
    const char *type = body->content_type;
    bool text = !strncmp(type, "text/", 5) || strstr(type, "json") ||
                strstr(type, "javascript") || strstr(type, "svg") || strstr(type, "wasm");
    if (!text || body->bytes < COMPRESS_FROM)
        return;
    z_stream z = {0};
    if (deflateInit2(&z, 9, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY) != Z_OK)
        return;
    size_t room = deflateBound(&z, (uLong)body->bytes);
    unsigned char *out = malloc(room);
    if (!out)
        abort();
    z.next_in = (unsigned char *)(uintptr_t)body->body;
    z.avail_in = (uInt)body->bytes;
    z.next_out = out;
    z.avail_out = (uInt)room;
    bool done = deflate(&z, Z_FINISH) == Z_STREAM_END;
    size_t bytes = room - z.avail_out;
    deflateEnd(&z);
    if (done && bytes < body->bytes) {
        body->gzip = arena_copy(a, out, bytes);
        body->gzip_bytes = bytes;
    }
    free(out);
}

static struct err asset_load(struct assets *s, const char *folder, const char *name)
{
    struct arena *a = s->arena;
    char *data;
    size_t bytes;
    TRY(file_read(a, arena_printf(a, "%s/assets/%s", folder, name), FILE_MAX, &data, &bytes));
    struct asset *asset = &s->items[s->count++];
    asset->file = arena_strdup(a, name);
    asset->body = (struct static_body){
        .body = data,
        .bytes = bytes,
        .content_type = http_content_type(name),
        .cache = "public, max-age=31536000, immutable",
        .etag = arena_printf(a, "\"%s\"", name),
        .cors = true,
    };
    compress_body(a, &asset->body);
    return OK;
}

static int by_file(const void *a, const void *b)
{
    return strcmp(((const struct asset *)a)->file, ((const struct asset *)b)->file);
}

static struct err load_all(struct assets *s, const char *folder, DIR *dir)
{
    for (struct dirent *entry; s->count < FILES_MAX && (entry = readdir(dir));)
        if (name_fine(entry->d_name))
            TRY(asset_load(s, folder, entry->d_name));
    qsort(s->items, s->count, sizeof *s->items, by_file);
    return OK;
}

struct err assets_open(struct arena *a, const char *folder, struct assets **out)
{
    struct assets *s = arena_alloc(a, sizeof *s);
    *s = (struct assets){.arena = a, .items = arena_alloc(a, FILES_MAX * sizeof *s->items)};
    *out = s;
    char *text;
    size_t bytes;
    struct err e = folder && *folder ? file_read(a, arena_printf(a, "%s/manifest.json", folder),
                                                 1 << 20, &text, &bytes)
                                     : FAIL(NOT_FOUND, "no folder");
    if (e.id == ERR_NOT_FOUND) {
        log_warn("client_missing", "folder=%s pages=plain", LOG_QUOTE(folder ? folder : ""));
        return OK;
    }
    TRY(e);
    s->manifest = json_loadb(text, bytes, 0, NULL);
    if (!json_is_object(s->manifest))
        return FAIL(IO, "manifest.json of the web client cannot be read");
    const char *name;
    json_t *path;
    json_object_foreach (s->manifest, name, path)
        if (json_is_string(path))
            json_string_set(path, arena_printf(a, "/client/%s", json_string_value(path)));
    DIR *dir = opendir(arena_printf(a, "%s/assets", folder));
    if (!dir)
        return FAIL(IO, "the folder of the web client has no assets");
    e = load_all(s, folder, dir);
    closedir(dir);
    return e;
}

void assets_close(struct assets *s)
{
    if (!s)
        return;
    for (size_t i = 0; i < s->count; i++)
        static_body_release(&s->items[i].body);
    json_decref(s->manifest);
}

const char *assets_path(const struct assets *s, const char *name)
{
    return json_string_value(json_object_get(s->manifest, name));
}

struct static_body *assets_file(const struct assets *s, const char *file)
{
    struct asset key = {.file = file};
    struct asset *found = bsearch(&key, s->items, s->count, sizeof *s->items, by_file);
    return found ? &found->body : NULL;
}
