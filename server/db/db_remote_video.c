/* db_remote_video.c — see db_remote_video.h. */
#include "server/db/db_remote_video.h"

struct err db_remote_video_put(struct db *db, const struct remote_video *v, int64_t now,
                               int64_t *id)
{
    SCOPED_STMT struct stmt *st = stmt_get(db, SQL_REMOTE_VIDEO_PUT);
    stmt_text(st, ":uri", v->uri);
    stmt_text(st, ":uuid", v->uuid);
    stmt_int(st, ":channel_id", v->channel_id);
    stmt_text(st, ":name", v->name);
    stmt_text(st, ":description", v->description);
    stmt_text(st, ":support", v->support);
    stmt_int(st, ":category", v->category);
    stmt_int(st, ":licence", v->licence);
    stmt_text(st, ":language", v->language);
    stmt_int(st, ":privacy", v->privacy);
    stmt_int(st, ":nsfw", v->nsfw);
    stmt_text(st, ":nsfw_summary", v->nsfw_summary);
    stmt_text(st, ":tags", v->tags);
    stmt_int(st, ":comments_policy", v->comments_policy);
    stmt_int(st, ":download_enabled", v->download_enabled);
    stmt_int(st, ":state", v->state);
    stmt_int(st, ":playable", v->playable);
    stmt_int(st, ":listed", v->listed);
    stmt_int(st, ":duration_ms", v->duration_ms);
    stmt_int(st, ":width", v->width);
    stmt_int(st, ":height", v->height);
    stmt_int(st, ":views", v->views);
    stmt_int(st, ":now_ms", now);
    stmt_int(st, ":updated_ms", v->updated_ms);
    stmt_int(st, ":published_ms", v->published_ms);
    stmt_int(st, ":originally_published_ms", v->originally_published_ms);
    stmt_text(st, ":chapters", v->chapters);
    stmt_text(st, ":remote", v->remote);
    if (stmt_row(st))
        *id = col_int(st, 0);
    return stmt_run(st);
}

struct err db_remote_video_get(struct db *db, struct arena *a, enum sql_id block,
                               const char *key, int64_t id, struct video_place *out)
{
    SCOPED_STMT struct stmt *st = stmt_get(db, block);
    if (block == SQL_REMOTE_VIDEO_BY_ID)
        stmt_int(st, ":id", id);
    else
        stmt_text(st, block == SQL_REMOTE_VIDEO_LOCAL ? ":uuid" : ":uri", key);
    if (!stmt_row(st)) {
        TRY(stmt_done(st));
        return FAIL(NOT_FOUND, "there is no such video");
    }
    *out = (struct video_place){
        .id = col_int(st, 0),
        .channel_id = col_int(st, 1),
        .owner_id = col_int(st, 2),
        .uri = col_text(st, a, 3),
        .uuid = col_text(st, a, 4),
        .remote = col_text(st, a, 5),
        .privacy = (int)col_int(st, 6),
        .comments_policy = (int)col_int(st, 7),
        .listed = col_int(st, 8) != 0,
        .updated_ms = col_int(st, 9),
        .fetched_ms = col_int(st, 10),
    };
    return stmt_run(st);
}

static struct err yes_or_no(struct stmt *st, bool *yes)
{
    *yes = stmt_row(st) && col_int(st, 0) != 0;
    return stmt_run(st);
}

struct err db_remote_video_uuid_taken(struct db *db, const char *uuid, const char *uri,
                                      bool *taken)
{
    SCOPED_STMT struct stmt *st = stmt_get(db, SQL_REMOTE_VIDEO_UUID_TAKEN);
    stmt_text(st, ":uuid", uuid);
    stmt_text(st, ":uri", uri);
    return yes_or_no(st, taken);
}

struct err db_remote_video_list(struct db *db, int64_t id)
{
    SCOPED_STMT struct stmt *st = stmt_get(db, SQL_REMOTE_VIDEO_LIST);
    stmt_int(st, ":id", id);
    return stmt_run(st);
}

struct err db_remote_video_delete(struct db *db, int64_t id)
{
    SCOPED_STMT struct stmt *st = stmt_get(db, SQL_REMOTE_VIDEO_DELETE);
    stmt_int(st, ":id", id);
    return stmt_run(st);
}

struct err db_remote_video_counts(struct db *db, int64_t id, int64_t likes, int64_t dislikes)
{
    SCOPED_STMT struct stmt *st = stmt_get(db, SQL_REMOTE_VIDEO_COUNTS);
    stmt_int(st, ":id", id);
    stmt_int(st, ":likes", likes);
    stmt_int(st, ":dislikes", dislikes);
    return stmt_run(st);
}

struct err db_remote_video_is_stale(struct db *db, int64_t id, int64_t before_ms, bool *stale)
{
    SCOPED_STMT struct stmt *st = stmt_get(db, SQL_REMOTE_VIDEO_IS_STALE);
    stmt_int(st, ":id", id);
    stmt_int(st, ":before_ms", before_ms);
    return yes_or_no(st, stale);
}

struct err db_remote_video_claim(struct db *db, int64_t id, int64_t before_ms, int64_t now,
                                 bool *claimed)
{
    SCOPED_STMT struct stmt *st = stmt_get(db, SQL_REMOTE_VIDEO_CLAIM);
    stmt_int(st, ":id", id);
    stmt_int(st, ":before_ms", before_ms);
    stmt_int(st, ":now_ms", now);
    TRY(stmt_run(st));
    *claimed = stmt_changes(st) > 0;
    return OK;
}

struct err db_remote_video_chapters(struct db *db, int64_t id, const char *chapters)
{
    SCOPED_STMT struct stmt *st = stmt_get(db, SQL_REMOTE_VIDEO_CHAPTERS);
    stmt_int(st, ":id", id);
    stmt_text(st, ":chapters", chapters);
    return stmt_run(st);
}

struct err db_actor_is_followed(struct db *db, int64_t actor_id, bool *followed)
{
    SCOPED_STMT struct stmt *st = stmt_get(db, SQL_ACTOR_IS_FOLLOWED);
    stmt_int(st, ":actor_id", actor_id);
    return yes_or_no(st, followed);
}
