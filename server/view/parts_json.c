/* parts_json.c — see parts_json.h. */
#include "server/view/parts_json.h"

#include "server/view/actor_json.h"
#include "server/view/labels.h"

#include <string.h>

const char *caption_label(const struct caption *c)
{
    const char *label = language_text(c->language);
    return label                                            ? label
           : !strcmp(c->language, CAPTION_LANGUAGE_UNKNOWN) ? "Unknown language"
                                                            : c->language;
}

static json_t *caption_json(struct arena *a, const char *site_url, const struct video *v,
                            const struct caption *c)
{
    const char *path =
        arena_printf(a, "/lazy-static/video-captions/%s", caption_file(a, c, ".vtt"));
    json_t *o = json_pack("{s:{s:s, s:s}, s:b, s:s, s:s, s:o}", "language", "id", c->language,
                          "label", caption_label(c), "automaticallyGenerated", 0, "captionPath",
                          path, "fileUrl", arena_printf(a, "%s%s", site_url, path), "updatedAt",
                          iso_time_json(c->updated_ms));
    const char *playlist = arena_printf(a, "%s/static/streaming-playlists/hls/%s%s/%s",
                                        site_url, video_is_private(v) ? "private/" : "",
                                        v->uuid, caption_file(a, c, ".m3u8"));
    json_object_set_new(o, "m3u8Url", v->playable ? json_string(playlist) : json_null());
    return o;
}

json_t *captions_json(struct arena *a, const char *site_url, const struct video *v,
                      const struct caption_list *list)
{
    json_t *data = json_array();
    for (size_t i = 0; i < list->count; i++)
        json_array_append_new(data, caption_json(a, site_url, v, &list->items[i]));
    return json_pack("{s:i, s:o}", "total", (int)list->count, "data", data);
}

json_t *chapters_json(const struct chapter_list *list)
{
    json_t *chapters = json_array();
    for (size_t i = 0; i < list->count; i++) {
        json_t *title = json_string(list->items[i].title);
        if (title)
            json_array_append_new(chapters, json_pack("{s:I, s:o}", "timecode",
                                                      (json_int_t)list->items[i].start_s,
                                                      "title", title));
    }
    return json_pack("{s:o}", "chapters", chapters);
}

json_t *storyboards_json(struct arena *a, const char *site_url,
                         const struct storyboard_list *list)
{
    json_t *sheets = json_array();
    for (size_t i = 0; i < list->count; i++) {
        const struct storyboard *s = &list->items[i];
        const char *path = arena_printf(a, "/lazy-static/storyboards/%s", s->file);
        json_array_append_new(
            sheets,
            json_pack("{s:s, s:s, s:i, s:i, s:i, s:i, s:i, s:i, s:i}", "storyboardPath", path,
                      "fileUrl", arena_printf(a, "%s%s", site_url, path), "totalWidth",
                      s->total_width, "totalHeight", s->total_height, "spriteWidth",
                      s->sprite_width, "spriteHeight", s->sprite_height, "spriteDuration",
                      s->sprite_duration_s, "startTime", s->start_s, "sprites", s->sprites));
    }
    return json_pack("{s:o}", "storyboards", sheets);
}
