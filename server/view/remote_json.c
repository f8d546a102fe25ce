/* remote_json.c — see remote_json.h. */
#include "server/view/remote_json.h"

#include "server/view/actor_json.h"

#include <stdio.h>
#include <string.h>

static const char *const kind_names[] = {"thumbnail", "storyboard", "caption", "avatar"};

const char *remote_kind_name(enum remote_kind kind)
{
    return kind_names[kind];
}

bool remote_kind_of(const char *name, enum remote_kind *out)
{
    for (size_t i = 0; i < sizeof kind_names / sizeof *kind_names; i++)
        if (strcmp(kind_names[i], name) == 0) {
            *out = (enum remote_kind)i;
            return true;
        }
    return false;
}

const char *remote_path(struct arena *a, enum remote_kind kind, int64_t id, size_t index)
{
    return arena_printf(a, "/lazy-static/remote/%s/%lld/%zu", kind_names[kind], (long long)id,
                        index);
}

static json_t *remote_of(const struct video *v) /* {} when it cannot be read */
{
    json_t *remote = v->remote ? json_loads(v->remote, 0, NULL) : NULL;
    return remote ? remote : json_object();
}

static const char *text_of(const json_t *object, const char *name)
{
    return json_string_value(json_object_get(object, name));
}

static int int_of(const json_t *object, const char *name)
{
    return (int)json_integer_value(json_object_get(object, name));
}

const char *remote_address(struct arena *a, const struct video *v, enum remote_kind kind,
                           size_t index)
{
    json_t *remote = remote_of(v);
    const json_t *one = kind == REMOTE_STORYBOARD ? json_object_get(remote, "storyboard")
                        : kind == REMOTE_CAPTION
                            ? json_array_get(json_object_get(remote, "captions"), index)
                            : json_array_get(json_object_get(remote, "thumbnails"), index);
    const char *url = text_of(one, "url");
    url = url ? arena_strdup(a, url) : NULL;
    json_decref(remote);
    return url;
}

/* --- pictures ----------------------------------------------------------------------------- */

/* An address that changes with the video, so that browsers may keep what it answers. */
static const char *fresh_path(struct arena *a, const struct video *v, enum remote_kind kind,
                              size_t index)
{
    return arena_printf(a, "%s?%llx", remote_path(a, kind, v->id, index),
                        (unsigned long long)v->updated_ms);
}

void remote_thumbnails_json(struct strbuf *sb, const char *site_url, const struct video *v)
{
    struct arena *a = sb->arena;
    json_t *remote = remote_of(v);
    const json_t *list = json_object_get(remote, "thumbnails");
    size_t count = json_array_size(list);
    if (count)
        strbuf_addf(sb, ",\"thumbnailPath\":\"%s\",\"previewPath\":\"%s\"",
                    fresh_path(a, v, REMOTE_THUMBNAIL, 0),
                    fresh_path(a, v, REMOTE_THUMBNAIL, count - 1));
    else
        strbuf_adds(sb, ",\"thumbnailPath\":null,\"previewPath\":null");
    strbuf_adds(sb, ",\"thumbnails\":[");
    for (size_t i = count; i-- > 0;) {
        const json_t *t = json_array_get(list, i);
        strbuf_addf(sb, "%s{\"height\":%d,\"width\":%d,\"fileUrl\":\"%s%s\"}",
                    i + 1 < count ? "," : "", int_of(t, "height"), int_of(t, "width"), site_url,
                    fresh_path(a, v, REMOTE_THUMBNAIL, i));
    }
    strbuf_adds(sb, "]");
    json_decref(remote);
}

json_t *remote_avatars_json(struct arena *a, const char *site_url, int64_t actor_id,
                            const char *icon_url, int64_t updated_ms)
{
    if (!icon_url || !strstr(icon_url, "://"))
        return actor_pictures_json(site_url, ACTOR_AVATAR, icon_url, updated_ms);
    const char *path = arena_printf(a, "%s?%llx", remote_path(a, REMOTE_AVATAR, actor_id, 0),
                                    (unsigned long long)updated_ms);
    return json_pack("[{s:s, s:s, s:i, s:i, s:o, s:o}]", "path", path, "fileUrl",
                     arena_printf(a, "%s%s", site_url, path), "width", 120, "height", 120,
                     "createdAt", iso_time_json(updated_ms), "updatedAt",
                     iso_time_json(updated_ms));
}

json_t *remote_storyboards_json(struct arena *a, const char *site_url, const struct video *v)
{
    json_t *remote = remote_of(v), *list = json_array();
    const json_t *s = json_object_get(remote, "storyboard");
    if (s) {
        const char *path = fresh_path(a, v, REMOTE_STORYBOARD, 0);
        json_array_append_new(
            list,
            json_pack("{s:s, s:s, s:i, s:i, s:i, s:i, s:i}", "storyboardPath", path, "fileUrl",
                      arena_printf(a, "%s%s", site_url, path), "totalWidth", int_of(s, "width"),
                      "totalHeight", int_of(s, "height"), "spriteWidth", int_of(s, "tileWidth"),
                      "spriteHeight", int_of(s, "tileHeight"), "spriteDuration",
                      int_of(s, "tileDuration")));
    }
    json_decref(remote);
    return list;
}

json_t *remote_captions_json(struct arena *a, const char *site_url, const struct video *v)
{
    json_t *remote = remote_of(v), *list = json_array(), *one;
    size_t i;
    json_array_foreach (json_object_get(remote, "captions"), i, one) {
        const char *path = fresh_path(a, v, REMOTE_CAPTION, i);
        json_array_append_new(
            list,
            json_pack("{s:{s:s, s:s}, s:b, s:s, s:s, s:n, s:o}", "language", "id",
                      text_of(one, "language"), "label", text_of(one, "label"),
                      "automaticallyGenerated", json_is_true(json_object_get(one, "automatic")),
                      "captionPath", path, "fileUrl", arena_printf(a, "%s%s", site_url, path),
                      "m3u8Url", "updatedAt", iso_time_json(v->updated_ms)));
    }
    json_decref(remote);
    return list;
}

/* --- streams and files -------------------------------------------------------------------- */

static void add_text(struct strbuf *sb, const char *text)
{
    if (text)
        strbuf_add_json(sb, text);
    else
        strbuf_adds(sb, "null");
}

/* Ids are by place: nothing here reads them back. */
static void add_files(struct strbuf *sb, const struct video *v, const json_t *files,
                      int64_t first_id)
{
    size_t i;
    const json_t *f;
    json_array_foreach ((json_t *)files, i, f) {
        int height = int_of(f, "height"), width = int_of(f, "width");
        int side = width && width < height ? width : height;
        char label[24];
        snprintf(label, sizeof label, height ? "%dp" : "Audio only", side);
        strbuf_addf(sb,
                    "%s{\"id\":%lld,\"resolution\":{\"id\":%d,\"label\":\"%s\"},\"width\":%d,"
                    "\"height\":%d,\"size\":%lld,\"fps\":%d,\"torrentUrl\":null,"
                    "\"torrentDownloadUrl\":null,\"metadataUrl\":null,\"hasAudio\":true,"
                    "\"hasVideo\":%s,\"storage\":0,\"fileUrl\":",
                    i ? "," : "", (long long)(first_id + (int64_t)i), side, label, width,
                    height, (long long)json_integer_value(json_object_get(f, "size")),
                    int_of(f, "fps"), height ? "true" : "false");
        add_text(sb, text_of(f, "url"));
        strbuf_adds(sb, ",\"fileDownloadUrl\":");
        add_text(sb, v->download_enabled ? text_of(f, "url") : NULL);
        strbuf_adds(sb, "}");
    }
}

void remote_files_json(struct strbuf *sb, const struct video *v)
{
    json_t *remote = remote_of(v), *playlist;
    size_t i;
    strbuf_adds(sb, ",\"streamingPlaylists\":[");
    json_array_foreach (json_object_get(remote, "playlists"), i, playlist) {
        strbuf_addf(sb, "%s{\"id\":%lld,\"type\":1,\"playlistUrl\":", i ? "," : "",
                    (long long)v->id);
        add_text(sb, text_of(playlist, "url"));
        strbuf_adds(sb, ",\"segmentsSha256Url\":");
        add_text(sb, text_of(playlist, "sha256"));
        strbuf_adds(sb, ",\"redundancies\":[],\"files\":[");
        add_files(sb, v, json_object_get(playlist, "files"), 1000);
        strbuf_adds(sb, "]}");
    }
    strbuf_adds(sb, "],\"files\":[");
    add_files(sb, v, json_object_get(remote, "files"), 1);
    strbuf_adds(sb, "]");
    json_decref(remote);
}

void remote_counts(const struct video *v, int64_t *likes, int64_t *dislikes)
{
    json_t *remote = remote_of(v);
    const json_t *counts = json_object_get(remote, "counts");
    int64_t told_likes = json_integer_value(json_object_get(counts, "likes")),
            told_dislikes = json_integer_value(json_object_get(counts, "dislikes"));
    *likes = told_likes > v->likes ? told_likes : v->likes;
    *dislikes = told_dislikes > v->dislikes ? told_dislikes : v->dislikes;
    json_decref(remote);
}

void remote_sources(struct arena *a, const struct video *v, const char **mp4, const char **hls)
{
    json_t *remote = remote_of(v);
    const char *file = text_of(json_array_get(json_object_get(remote, "files"), 0), "url"),
               *list = text_of(json_array_get(json_object_get(remote, "playlists"), 0), "url");
    *mp4 = file ? arena_strdup(a, file) : NULL;
    *hls = list ? arena_strdup(a, list) : NULL;
    json_decref(remote);
}
