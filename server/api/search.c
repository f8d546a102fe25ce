/* search.c — GET /api/v1/search/…: words, or the address of a video or a channel. */
#include "server/api/params.h"
#include "server/api/video_query.h"
#include "server/api/videos.h"
#include "server/app.h"
#include "server/config.h"
#include "server/domain/account.h"
#include "server/domain/video.h"
#include "server/view/actor_json.h"
#include "server/view/video_json.h"

#include <string.h>

/* The id in the address of one of our videos, "{url}/w/ID"; NULL when it is none. */
static const char *video_address(struct req *rq, const char *words)
{
    static const char *const paths[] = {"/w/", "/videos/watch/", "/videos/embed/"};
    const char *site = rq->app->config->url;
    size_t n = strlen(site);
    if (strncmp(words, site, n))
        return NULL;
    for (size_t i = 0; i < sizeof paths / sizeof *paths; i++) {
        size_t m = strlen(paths[i]);
        if (!strncmp(words + n, paths[i], m))
            return arena_strndup(rq->arena, words + n + m, strcspn(words + n + m, "/?#"));
    }
    return NULL;
}

/* GET /api/v1/search/videos  ?search and the filters of /videos */
struct err h_search_videos(struct req *rq, struct res *rs)
{
    struct video_query q = {.of = OF_SITE};
    TRY(video_query_read(rq, "-match", &q));
    const char *id = q.words ? video_address(rq, q.words) : NULL;
    if (!id)
        return video_query_answer(rq, rs, &q, q.everything);

    struct video_list list = {0};
    struct video v;
    if (!video_see(rq->db, rq->arena, rq->caller, id, &v).id)
        list = (struct video_list){.items = &v, .count = 1, .total = 1};
    struct strbuf json = STRBUF_IN(rq->arena);
    video_list_json(&json, rq->app->config->url, &list, false);
    res_text(rs, 200, "application/json; charset=utf-8", json.text, json.length);
    return OK;
}

/* GET /api/v1/search/video-channels  ?search: names that begin so, or a handle */
struct err h_search_channels(struct req *rq, struct res *rs)
{
    struct paging paging;
    struct channel_list list = {0};
    TRY(query_paging(rq, NULL, NULL, &paging));
    const char *words = req_query(rq, "search");
    if (words && *words)
        TRY(channel_search(rq->db, rq->arena, words, url_host(rq->app->config->url),
                           paging.start, paging.count, &list));
    json_t *data = json_array();
    for (size_t i = 0; i < list.count; i++)
        json_array_append_new(data, channel_json(rq->app->config->url, &list.items[i]));
    res_json(rq, rs, 200,
             json_pack("{s:I, s:o}", "total", (json_int_t)list.total, "data", data));
    return OK;
}

/* GET /api/v1/search/video-playlists: there are none yet */
struct err h_search_playlists(struct req *rq, struct res *rs)
{
    struct paging paging;
    TRY(query_paging(rq, NULL, NULL, &paging));
    res_json(rq, rs, 200, json_pack("{s:i, s:[]}", "total", 0, "data"));
    return OK;
}
