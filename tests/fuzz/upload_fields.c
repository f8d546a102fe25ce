/* upload_fields.c — any JSON as what people say about a video: no crash, and either problems or
 * values within their limits. */
#include "server/domain/video_fields.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes);

static void require(bool promise)
{
    if (!promise)
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes)
{
    json_t *json = json_loadb((const char *)data, bytes, 0, NULL);
    if (!json)
        return 0;
    SCOPED_ARENA struct arena *a = arena_open();
    struct video_fields f;
    video_fields_read(a, json, &f);
    json_decref(json);
    require(!(f.given & VIDEO_NAME) || (strlen(f.name) >= 3 && strlen(f.name) <= 480));
    require(!(f.given & VIDEO_CHANNEL) || f.channel_id > 0);
    require(f.category >= 0 && f.category <= 18 && f.licence >= 0 && f.licence <= 9);
    require(f.privacy >= 1 && f.privacy <= 4 && f.comments_policy >= 1 &&
            f.comments_policy <= 3);
    json_t *tags = json_loads(f.tags_json, 0, NULL);
    require(tags && json_is_array(tags) && json_array_size(tags) <= 5);
    json_decref(tags);
    return 0;
}
