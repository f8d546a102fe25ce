/* overviews.c — see overviews.h.
 *
 * The newest videos are sorted into groups; a page shows one group of each kind. So the cost is
 * that of one list, whatever the size of the site, and it is rendered once per change. */
#include "server/api/overviews.h"

#include "server/api/answer_cache.h"
#include "server/api/params.h"
#include "server/app.h"
#include "server/config.h"
#include "server/domain/video.h"
#include "server/view/actor_json.h"
#include "server/view/labels.h"
#include "server/view/video_json.h"

#include <string.h>

enum { LOOKED_AT = 100, GROUP_MAX = 12, PAGE_MAX = 20 };

enum kind { BY_CATEGORY, BY_CHANNEL, BY_TAG };

/* The groups a video belongs to, as texts; NULL after the last. */
static const char *group_of(struct arena *a, enum kind kind, const struct video *v, size_t i)
{
    if (kind == BY_CATEGORY)
        return i == 0 && v->category ? arena_printf(a, "%lld", (long long)v->category) : NULL;
    if (kind == BY_CHANNEL)
        return i == 0 ? arena_printf(a, "%lld", (long long)v->channel.id) : NULL;
    json_t *tags = json_loads(v->tags, 0, NULL);
    const char *tag = arena_strdup(a, json_string_value(json_array_get(tags, i)));
    json_decref(tags);
    return tag;
}

static bool belongs(struct arena *a, enum kind kind, const struct video *v, const char *group)
{
    const char *one;
    for (size_t i = 0; (one = group_of(a, kind, v, i)); i++)
        if (strcmp(one, group) == 0)
            return true;
    return false;
}

/* The group number `wanted` (0 first) in the order of their newest videos; NULL: not so many.
 */
static const char *group_find(struct arena *a, enum kind kind, const struct video_list *list,
                              int wanted)
{
    const char *seen[LOOKED_AT * 5], *one;
    int count = 0;
    for (size_t i = 0; i < list->count; i++)
        for (size_t k = 0; (one = group_of(a, kind, &list->items[i], k)); k++) {
            bool known = false;
            for (int s = 0; s < count && !known; s++)
                known = strcmp(seen[s], one) == 0;
            if (known || count == LOOKED_AT * 5)
                continue;
            if (count == wanted)
                return one;
            seen[count++] = one;
        }
    return NULL;
}

static json_t *videos_json(struct arena *a, const char *site_url, const struct video_list *list)
{
    struct strbuf text = STRBUF_IN(a);
    video_list_json(&text, site_url, list, false);
    json_t *answer = json_loadb(text.text, text.length, 0, NULL);
    json_t *data = json_incref(json_object_get(answer, "data"));
    json_decref(answer);
    return data;
}

static json_t *channel_summary(const char *site_url, const struct video_owner *o)
{
    struct actor actor = {
        .id = o->id,
        .kind = "Group",
        .name = o->name,
        .host = o->host,
        .display_name = o->display_name,
    };
    return actor_summary_json(site_url, &actor);
}

/* [] or one group: {"category" | "channel" | "tag", "videos"}. */
static json_t *group_json(struct req *rq, enum kind kind, const struct video_list *list,
                          int page)
{
    struct arena *a = rq->arena;
    const char *site_url = rq->app->config->url, *group = group_find(a, kind, list, page);
    struct video_list members = {0};
    if (!group)
        return json_array();
    for (size_t i = 0; i < list->count && members.count < GROUP_MAX; i++)
        if (belongs(a, kind, &list->items[i], group)) {
            members.items = arena_grow(a, members.items, members.count, &members.room,
                                       sizeof *members.items);
            members.items[members.count++] = list->items[i];
        }

    const struct video *first = &members.items[0];
    json_t *json = json_pack("{s:o}", "videos", videos_json(a, site_url, &members));
    if (kind == BY_CATEGORY)
        json_object_set_new(json, "category", label_json(LABEL_CATEGORY, first->category));
    else if (kind == BY_CHANNEL)
        json_object_set_new(json, "channel", channel_summary(site_url, &first->channel));
    else
        json_object_set_new(json, "tag", json_string(group));
    json_t *array = json_array();
    json_array_append_new(array, json);
    return array;
}

/* GET /api/v1/overviews/videos?page  -> 200 {categories, channels, tags} */
struct err h_overviews(struct req *rq, struct res *rs)
{
    int64_t page = 1;
    size_t bytes;
    struct video_list list = {0};
    struct video_query newest = {
        .of = OF_SITE,
        .sort = "published",
        .descending = true,
        .skip_count = true,
        .count = LOOKED_AT,
    };
    TRY(query_int(rq, "page", 1, PAGE_MAX, &page));

    struct answer_cache *cache = rq->app->answers;
    uint64_t generation = video_generation(rq->db);
    const char *key = arena_printf(rq->arena, "overviews %d", (int)page);
    const char *text = answer_cache_get(cache, rq->arena, key, generation, &bytes);
    if (text) {
        res_text(rs, 200, "application/json; charset=utf-8", text, bytes);
        return OK;
    }
    TRY(video_list(rq->db, rq->arena, &newest, &list));
    int index = (int)page - 1;
    res_json(rq, rs, 200,
             json_pack("{s:o, s:o, s:o}", "categories",
                       group_json(rq, BY_CATEGORY, &list, index), "channels",
                       group_json(rq, BY_CHANNEL, &list, index), "tags",
                       group_json(rq, BY_TAG, &list, index)));
    answer_cache_put(cache, key, generation, rs->body, rs->body_bytes);
    return OK;
}
