/* search.c — GET /api/v1/search/…: words, or the name of a video or a channel, which may live
 * elsewhere. */
#include "server/api/lookups.h"
#include "server/api/params.h"
#include "server/api/video_query.h"
#include "server/api/videos.h"
#include "server/app.h"
#include "server/config.h"
#include "server/domain/account.h"
#include "server/domain/remote_video.h"
#include "server/domain/video.h"
#include "server/view/actor_json.h"
#include "server/view/video_json.h"

#include <string.h>

/* The video of an address, here or elsewhere; none when it cannot be found or seen. */
static struct err video_of_address(struct req *rq, struct res *rs, const char *address,
                                   struct video *out, struct video_list *list)
{
    struct lookup found;
    struct video_place place;
    TRY(lookup_asked(rq, rs, address, &found));
    if (found.kind != LOOKUP_VIDEO && found.kind != LOOKUP_COMMENT)
        return OK;
    TRY(remote_video_by_id(rq->db, rq->arena, found.video_id, &place));
    if (!video_see(rq->db, rq->arena, rq->caller, place.uuid, out).id)
        *list = (struct video_list){.items = out, .count = 1, .total = 1};
    return OK;
}

/* GET /api/v1/search/videos  ?search (words, or the address of one) and the filters of /videos
 * 200 {total, data} | 400 | 429, 503: too many questions to other servers */
struct err h_search_videos(struct req *rq, struct res *rs)
{
    struct video_query q = {.of = OF_SITE};
    TRY(video_query_read(rq, "-match", &q));
    if (!q.words || !lookup_is_name(q.words) || !strstr(q.words, "://"))
        return video_query_answer(rq, rs, &q, q.everything);

    struct video_list list = {0};
    struct video v;
    TRY(video_of_address(rq, rs, q.words, &v, &list));
    struct strbuf json = STRBUF_IN(rq->arena);
    video_list_json(&json, rq->app->config->url, &list, false);
    res_text(rs, 200, "application/json; charset=utf-8", json.text, json.length);
    return OK;
}

/* The channel of a handle or an address; of an account, its channels. */
static struct err channels_of_name(struct req *rq, struct res *rs, const char *name,
                                   const struct paging *paging, struct channel_list *list)
{
    struct lookup found;
    struct actor actor;
    TRY(lookup_asked(rq, rs, name, &found));
    if (found.kind != LOOKUP_ACTOR)
        return OK;
    TRY(actor_get_by_id(rq->db, rq->arena, found.id, &actor));
    if (strcmp(actor.kind, "Person") == 0)
        return channel_list_of_account(rq->db, rq->arena, actor.id,
                                       (struct page){paging->start, paging->count, false},
                                       list);
    struct channel *channel = arena_alloc(rq->arena, sizeof *channel);
    struct err e = channel_get_by_id(rq->db, rq->arena, actor.id, channel);
    if (!e.id)
        *list = (struct channel_list){.items = channel, .count = 1, .total = 1};
    return e.id == ERR_NOT_FOUND ? OK : e; /* of an owner we have not met, or the site */
}

/* GET /api/v1/search/video-channels  ?search: names that begin so, a handle or an address
 * 200 {total, data} | 400 | 429, 503: too many questions to other servers */
struct err h_search_channels(struct req *rq, struct res *rs)
{
    struct paging paging;
    struct channel_list list = {0};
    TRY(query_paging(rq, NULL, NULL, &paging));
    const char *words = req_query(rq, "search");
    if (words && lookup_is_name(words))
        TRY(channels_of_name(rq, rs, words, &paging, &list));
    else if (words && *words)
        TRY(channel_search(rq->db, rq->arena, words, url_host(rq->app->config->url),
                           paging.start, paging.count, &list));
    json_t *data = json_array();
    for (size_t i = 0; i < list.count; i++)
        json_array_append_new(data, channel_json(rq->app->config->url, &list.items[i]));
    answer_list(rq, rs, list.total, data);
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
