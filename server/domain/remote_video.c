/* remote_video.c — see remote_video.h. */
#include "server/domain/remote_video.h"

#include "base/clock.h"
#include "base/crypto.h"
#include "server/db/db_incoming.h"
#include "server/db/db_job.h"
#include "server/db/db_remote_video.h"

enum { REFRESH_PRIORITY = 60 };

static struct err put(struct db *db, const struct remote_video *v, int64_t *id)
{
    struct remote_video own = *v;
    char uuid[UUID_TEXT];
    bool taken, ended;
    TRY(db_overtaken_since(db, v->uri, v->as_of_ms, &ended));
    if (ended)
        return FAIL(NOT_FOUND, "the video was deleted meanwhile");
    TRY(db_remote_video_uuid_taken(db, v->uuid, v->uri, &taken));
    if (taken) /* somebody says a uuid of ours is his */
        own.uuid = uuid_new(uuid);
    return db_remote_video_put(db, &own, now_ms(), id);
}

struct err remote_video_put(struct db *db, const struct remote_video *v, int64_t *id)
{
    DB_TRANSACTION(db, put(db, v, id));
    return OK;
}

struct err remote_video_by_uri(struct db *db, struct arena *a, const char *uri,
                               struct video_place *out)
{
    return db_remote_video_get(db, a, SQL_REMOTE_VIDEO_BY_URI, uri, 0, out);
}

struct err remote_video_by_id(struct db *db, struct arena *a, int64_t id,
                              struct video_place *out)
{
    return db_remote_video_get(db, a, SQL_REMOTE_VIDEO_BY_ID, NULL, id, out);
}

struct err remote_video_local(struct db *db, struct arena *a, const char *uuid,
                              struct video_place *out)
{
    return db_remote_video_get(db, a, SQL_REMOTE_VIDEO_LOCAL, uuid, 0, out);
}

struct err remote_video_list(struct db *db, int64_t id)
{
    DB_TRANSACTION(db, db_remote_video_list(db, id));
    return OK;
}

struct err remote_video_delete(struct db *db, int64_t id)
{
    DB_TRANSACTION(db, db_remote_video_delete(db, id));
    return OK;
}

struct err remote_video_chapters(struct db *db, int64_t id, const char *chapters)
{
    DB_TRANSACTION(db, db_remote_video_chapters(db, id, chapters));
    return OK;
}

struct err remote_video_counts(struct db *db, int64_t id, int64_t likes, int64_t dislikes)
{
    DB_TRANSACTION(db, db_remote_video_counts(db, id, likes, dislikes));
    return OK;
}

static struct err look_again(struct db *db, struct arena *a, int64_t id, int64_t now)
{
    bool stale;
    TRY(db_remote_video_claim(db, id, now - REMOTE_VIDEO_STALE_MS, now, &stale));
    if (!stale)
        return OK;
    return db_job_insert(
        db, &(struct job_new){.kind = "refresh_video",
                              .lane = LANE_QUICK,
                              .payload = arena_printf(a, "{\"video\":%lld}", (long long)id),
                              .priority = REFRESH_PRIORITY});
}

struct err remote_video_seen(struct db *db, struct arena *a, int64_t id)
{
    int64_t now = now_ms();
    bool stale;
    TRY(db_remote_video_is_stale(db, id, now - REMOTE_VIDEO_STALE_MS, &stale));
    if (stale)
        DB_TRANSACTION(db, look_again(db, a, id, now));
    return OK;
}

struct err actor_is_followed(struct db *db, int64_t actor_id, bool *followed)
{
    return db_actor_is_followed(db, actor_id, followed);
}
