/* rates.c — likes, dislikes and shares of videos. */
#include "server/api/rates.h"

#include "server/domain/delivery.h"
#include "server/domain/rate.h"
#include "server/domain/video.h"

#include <string.h>

static struct err see(struct req *rq, struct video *v)
{
    return video_see(rq->db, rq->arena, rq->caller, req_param(rq, "id"), v);
}

/* PUT /api/v1/videos/:id/rate  {"rating": "like"|"dislike"|"none"}
 * 204 | 400 | 401 | as GET /videos/:id */
struct err h_video_rate(struct req *rq, struct res *rs)
{
    struct video v;
    json_t *body;
    enum rating value = RATE_NONE;
    TRY(see(rq, &v));
    TRY(req_json(rq, &body));
    const char *text = json_string_value(json_object_get(body, "rating"));
    if (text && !strcmp(text, "like"))
        value = RATE_LIKE;
    else if (text && !strcmp(text, "dislike"))
        value = RATE_DISLIKE;
    else if (!text || strcmp(text, "none"))
        return req_invalid(rq, "rating", "Should be like, dislike or none");
    TRY(rate_set(rq->db, rq->arena, rq->caller->account_id, v.id, value, NULL));
    res_empty(rs, 204);
    return OK;
}

/* GET /api/v1/users/me/videos/:id/rating
 * 200 {videoId, rating, shared: with one's followers} | 401 | as GET /videos/:id */
struct err h_video_rating(struct req *rq, struct res *rs)
{
    struct video v;
    enum rating value;
    int64_t share_id;
    TRY(see(rq, &v));
    TRY(rate_get(rq->db, rq->caller->account_id, v.id, &value));
    TRY(share_own(rq->db, rq->caller->account_id, v.id, false, &share_id));
    res_json(rq, rs, 200,
             json_pack("{s:I, s:s, s:b}", "videoId", (json_int_t)v.id, "rating",
                       value == RATE_LIKE      ? "like"
                       : value == RATE_DISLIKE ? "dislike"
                                               : "none",
                       "shared", share_id != 0));
    return OK;
}

/* PUT /api/v1/videos/:id/share: announced to who follows one's account
 * 204 | 401 | 403 it is not public | as GET /videos/:id */
struct err h_video_share(struct req *rq, struct res *rs)
{
    struct video v;
    struct share share;
    TRY(see(rq, &v));
    if (v.privacy != PRIVACY_PUBLIC || v.state != VIDEO_PUBLISHED)
        return FAIL(FORBIDDEN, "only public videos can be shared");
    TRY(share_put(rq->db, rq->arena, rq->caller->account_id, v.id, NULL, &share));
    res_empty(rs, 204);
    return OK;
}

/* DELETE /api/v1/videos/:id/share
 * 204, also when it was not shared | 401 | as GET /videos/:id */
struct err h_video_unshare(struct req *rq, struct res *rs)
{
    struct video v;
    TRY(see(rq, &v));
    TRY(share_remove(rq->db, rq->arena, rq->caller->account_id, v.id));
    res_empty(rs, 204);
    return OK;
}
