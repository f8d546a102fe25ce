/* rate.c — see rate.h. */
#include "server/domain/rate.h"

#include "base/clock.h"
#include "server/db/db_social.h"
#include "server/domain/outbox.h"

static struct err set(struct db *db, struct arena *a, int64_t actor_id, int64_t video_id,
                      enum rating value, const char *uri)
{
    struct remote_actor actor;
    struct rate_now old;
    TRY(db_remote_actor_by_id(db, a, actor_id, &actor));
    TRY(db_rate_get(db, a, actor_id, video_id, &old));
    int64_t now = now_ms();
    if (now <= old.created_ms) /* each has a name of its own */
        now = old.created_ms + 1;
    if (value == RATE_NONE)
        TRY(db_rate_delete(db, actor_id, video_id));
    else
        TRY(db_rate_put(db, actor_id, video_id, value, uri, now));
    if (actor.uri || old.value == value)
        return OK;
    if (old.value)
        TRY(outbox_note(db, a,
                        &(struct outbox_note){.what = "unrate",
                                              .video = video_id,
                                              .actor = actor_id,
                                              .value = (int)old.value,
                                              .since = old.created_ms}));
    if (value == RATE_NONE)
        return OK;
    return outbox_note(db, a,
                       &(struct outbox_note){.what = "rate",
                                             .video = video_id,
                                             .actor = actor_id,
                                             .value = (int)value,
                                             .since = now});
}

struct err rate_set(struct db *db, struct arena *a, int64_t actor_id, int64_t video_id,
                    enum rating value, const char *uri)
{
    DB_TRANSACTION(db, set(db, a, actor_id, video_id, value, uri));
    return OK;
}

struct err rate_get(struct db *db, int64_t actor_id, int64_t video_id, enum rating *out)
{
    SCOPED_ARENA struct arena *a = arena_open();
    struct rate_now now;
    TRY(db_rate_get(db, a, actor_id, video_id, &now));
    *out = now.value;
    return OK;
}

struct err rate_now(struct db *db, struct arena *a, int64_t actor_id, int64_t video_id,
                    struct rate_now *out)
{
    return db_rate_get(db, a, actor_id, video_id, out);
}

struct err comment_rate_set(struct db *db, int64_t actor_id, int64_t comment_id, bool like,
                            const char *uri)
{
    DB_TRANSACTION(db, like ? db_comment_rate_put(db, actor_id, comment_id, uri, now_ms())
                            : db_comment_rate_delete(db, actor_id, comment_id));
    return OK;
}

static struct err share(struct db *db, struct arena *a, int64_t actor_id, int64_t video_id,
                        const char *uri, struct share *out)
{
    struct err had = db_share_by_pair(db, a, actor_id, video_id, out);
    if (had.id && had.id != ERR_NOT_FOUND)
        return had;
    TRY(db_share_put(db, actor_id, video_id, uri, now_ms()));
    TRY(db_share_by_pair(db, a, actor_id, video_id, out));
    if (!had.id || uri)
        return OK;
    return outbox_note(
        db, a,
        &(struct outbox_note){
            .what = "share", .video = video_id, .actor = actor_id, .share = out->id});
}

struct err share_put(struct db *db, struct arena *a, int64_t actor_id, int64_t video_id,
                     const char *uri, struct share *out)
{
    DB_TRANSACTION(db, share(db, a, actor_id, video_id, uri, out));
    return OK;
}

static struct err unshare(struct db *db, struct arena *a, int64_t actor_id, int64_t video_id)
{
    struct share had;
    struct err e = db_share_by_pair(db, a, actor_id, video_id, &had);
    if (e.id)
        return e.id == ERR_NOT_FOUND ? OK : e;
    TRY(db_share_delete(db, actor_id, video_id));
    if (had.uri)
        return OK;
    return outbox_note(
        db, a,
        &(struct outbox_note){
            .what = "unshare", .video = video_id, .actor = actor_id, .share = had.id});
}

struct err share_remove(struct db *db, struct arena *a, int64_t actor_id, int64_t video_id)
{
    DB_TRANSACTION(db, unshare(db, a, actor_id, video_id));
    return OK;
}

struct err share_get_by_id(struct db *db, struct arena *a, int64_t id, struct share *out)
{
    return db_share_by_id(db, a, id, out);
}

static struct err undo(struct db *db, int64_t actor_id, const char *uri, bool *undone)
{
    static const enum sql_id blocks[] = {
        SQL_RATE_DELETE_BY_URI,
        SQL_COMMENT_RATE_DELETE_BY_URI,
        SQL_SHARE_DELETE_BY_URI,
    };
    *undone = false;
    for (size_t i = 0; i < sizeof blocks / sizeof *blocks && !*undone; i++)
        TRY(db_undo_by_uri(db, blocks[i], actor_id, uri, undone));
    return OK;
}

struct err rate_undo_by_uri(struct db *db, int64_t actor_id, const char *uri, bool *undone)
{
    DB_TRANSACTION(db, undo(db, actor_id, uri, undone));
    return OK;
}

struct err rates_of_video(struct db *db, struct arena *a, int64_t video_id, enum rating value,
                          int start, int count, struct rate_list *out)
{
    struct social_counts counts;
    *out = (struct rate_list){0};
    TRY(db_video_social_counts(db, video_id, &counts));
    out->total = value == RATE_LIKE ? counts.likes : counts.dislikes;
    return db_rates_of_video(db, a, video_id, value, start, count, out);
}

struct err shares_of_video(struct db *db, struct arena *a, int64_t video_id, int start,
                           int count, struct share_list *out)
{
    struct social_counts counts;
    *out = (struct share_list){0};
    TRY(db_video_social_counts(db, video_id, &counts));
    out->total = counts.shares;
    return db_shares_of_video(db, a, video_id, start, count, out);
}
