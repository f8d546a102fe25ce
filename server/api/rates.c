/* rates.c — likes and dislikes of videos. */
#include "server/api/rates.h"

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
 * 200 {videoId, rating} | 401 | as GET /videos/:id */
struct err h_video_rating(struct req *rq, struct res *rs)
{
    struct video v;
    enum rating value;
    TRY(see(rq, &v));
    TRY(rate_get(rq->db, rq->caller->account_id, v.id, &value));
    res_json(rq, rs, 200,
             json_pack("{s:I, s:s}", "videoId", (json_int_t)v.id, "rating",
                       value == RATE_LIKE      ? "like"
                       : value == RATE_DISLIKE ? "dislike"
                                               : "none"));
    return OK;
}
