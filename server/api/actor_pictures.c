/* actor_pictures.c — see actor_pictures.h. What is sent is made anew in the sandbox. */
#include "server/api/actor_pictures.h"

#include "server/app.h"
#include "server/config.h"
#include "server/domain/account.h"
#include "server/domain/actor_picture.h"
#include "server/domain/caller.h"
#include "server/jobs/pictures.h"
#include "server/view/actor_json.h"

static struct err my_account(struct req *rq, struct actor *out)
{
    return actor_get_by_id(rq->db, rq->arena, rq->caller->account_id, out);
}

static struct err my_channel(struct req *rq, struct actor *out)
{
    struct channel channel;
    TRY(channel_get(rq->db, rq->arena, req_param(rq, "handle"), url_host(rq->app->config->url),
                    &channel));
    *out = channel.actor;
    if (*out->host)
        return FAIL(FORBIDDEN, "this channel belongs to another site");
    return channel.owner.id == rq->caller->account_id || caller_moderates(rq->caller)
               ? OK
               : FAIL(NOT_OWNER, "this channel belongs to another account");
}

static struct err set(struct req *rq, struct res *rs, const struct actor *actor,
                      enum actor_picture kind)
{
    bool avatar = kind == ACTOR_AVATAR;
    const struct form_file *file = req_file(rq, avatar ? "avatarfile" : "bannerfile");
    const char *folder;
    struct actor now;
    size_t count;
    const int(*sizes)[2] = actor_picture_sizes(kind, &count);
    if (!file || !file->path || !file->bytes)
        return req_invalid(rq, avatar ? "avatarfile" : "bannerfile", "Should be a picture");
    TRY(picture_resize(rq->app, rq->arena, file->path, sizes, count, &folder));
    TRY(actor_picture_set(rq->db, rq->app->storage, rq->arena, actor, kind, folder));
    TRY(actor_get_by_id(rq->db, rq->arena, actor->id, &now));
    res_json(
        rq, rs, 200,
        json_pack("{s:o}", avatar ? "avatars" : "banners",
                  actor_pictures_json(rq->app->config->url, kind,
                                      avatar ? now.icon_url : now.banner, now.updated_ms)));
    return OK;
}

static struct err drop(struct req *rq, struct res *rs, const struct actor *actor,
                       enum actor_picture kind)
{
    TRY(actor_picture_set(rq->db, rq->app->storage, rq->arena, actor, kind, NULL));
    res_empty(rs, 204);
    return OK;
}

/* POST /api/v1/users/me/avatar/pick   avatarfile
 * 200 {avatars} | 400 invalid_params, picture_invalid | 401 | 413 */
struct err h_my_avatar_set(struct req *rq, struct res *rs)
{
    struct actor actor;
    TRY(my_account(rq, &actor));
    return set(rq, rs, &actor, ACTOR_AVATAR);
}

/* DELETE /api/v1/users/me/avatar
 * 204 | 401 */
struct err h_my_avatar_drop(struct req *rq, struct res *rs)
{
    struct actor actor;
    TRY(my_account(rq, &actor));
    return drop(rq, rs, &actor, ACTOR_AVATAR);
}

/* POST /api/v1/video-channels/:handle/avatar/pick   avatarfile
 * 200 {avatars} | 400 invalid_params, picture_invalid | 401 | 403 not_owner | 404 | 413 */
struct err h_channel_avatar_set(struct req *rq, struct res *rs)
{
    struct actor actor;
    TRY(my_channel(rq, &actor));
    return set(rq, rs, &actor, ACTOR_AVATAR);
}

/* DELETE /api/v1/video-channels/:handle/avatar
 * 204 | 401 | 403 not_owner | 404 */
struct err h_channel_avatar_drop(struct req *rq, struct res *rs)
{
    struct actor actor;
    TRY(my_channel(rq, &actor));
    return drop(rq, rs, &actor, ACTOR_AVATAR);
}

/* POST /api/v1/video-channels/:handle/banner/pick   bannerfile
 * 200 {banners} | as the avatar */
struct err h_channel_banner_set(struct req *rq, struct res *rs)
{
    struct actor actor;
    TRY(my_channel(rq, &actor));
    return set(rq, rs, &actor, ACTOR_BANNER);
}

/* DELETE /api/v1/video-channels/:handle/banner   as the avatar */
struct err h_channel_banner_drop(struct req *rq, struct res *rs)
{
    struct actor actor;
    TRY(my_channel(rq, &actor));
    return drop(rq, rs, &actor, ACTOR_BANNER);
}
