/* db_rate.c — rates and shares, of db_social.h. */
#include "server/db/db_social.h"

static void bind_video(struct stmt *st, int64_t actor_id, int64_t video_id)
{
    stmt_int(st, ":actor_id", actor_id);
    stmt_int(st, ":video_id", video_id);
}

struct err db_rate_put(struct db *db, int64_t actor_id, int64_t video_id, int value,
                       const char *uri, int64_t now)
{
    SCOPED_STMT struct stmt *st = stmt_get(db, SQL_RATE_PUT);
    bind_video(st, actor_id, video_id);
    stmt_int(st, ":value", value);
    stmt_text(st, ":uri", uri);
    stmt_int(st, ":now_ms", now);
    return stmt_run(st);
}

struct err db_rate_delete(struct db *db, int64_t actor_id, int64_t video_id)
{
    SCOPED_STMT struct stmt *st = stmt_get(db, SQL_RATE_DELETE);
    bind_video(st, actor_id, video_id);
    return stmt_run(st);
}

struct err db_rate_get(struct db *db, struct arena *a, int64_t actor_id, int64_t video_id,
                       struct rate_now *out)
{
    SCOPED_STMT struct stmt *st = stmt_get(db, SQL_RATE_GET);
    bind_video(st, actor_id, video_id);
    *out = (struct rate_now){RATE_NONE, NULL, 0};
    if (stmt_row(st))
        *out =
            (struct rate_now){(enum rating)col_int(st, 0), col_text(st, a, 1), col_int(st, 2)};
    return stmt_done(st);
}

struct err db_rates_of_video(struct db *db, struct arena *a, int64_t video_id, int value,
                             int start, int count, struct rate_list *out)
{
    SCOPED_STMT struct stmt *st = stmt_get(db, SQL_RATES_OF_VIDEO);
    stmt_int(st, ":video_id", video_id);
    stmt_int(st, ":value", value);
    stmt_int(st, ":start", start);
    stmt_int(st, ":count", count);
    while (stmt_row(st)) {
        out->items = arena_grow(a, out->items, out->count, &out->room, sizeof *out->items);
        out->items[out->count++] = (struct rate){
            .uri = col_text(st, a, 0),
            .created_ms = col_int(st, 1),
            .actor = db_person_row(st, a, 2),
        };
    }
    return stmt_done(st);
}

struct err db_video_social_counts(struct db *db, int64_t video_id, struct social_counts *out)
{
    SCOPED_STMT struct stmt *st = stmt_get(db, SQL_VIDEO_SOCIAL_COUNTS);
    stmt_int(st, ":id", video_id);
    *out = (struct social_counts){0};
    if (stmt_row(st))
        *out = (struct social_counts){
            .likes = col_int(st, 0),
            .dislikes = col_int(st, 1),
            .shares = col_int(st, 2),
            .comments = col_int(st, 3),
        };
    return stmt_done(st);
}

struct err db_comment_rate_put(struct db *db, int64_t actor_id, int64_t comment_id,
                               const char *uri, int64_t now)
{
    SCOPED_STMT struct stmt *st = stmt_get(db, SQL_COMMENT_RATE_PUT);
    stmt_int(st, ":actor_id", actor_id);
    stmt_int(st, ":comment_id", comment_id);
    stmt_text(st, ":uri", uri);
    stmt_int(st, ":now_ms", now);
    return stmt_run(st);
}

struct err db_comment_rate_delete(struct db *db, int64_t actor_id, int64_t comment_id)
{
    SCOPED_STMT struct stmt *st = stmt_get(db, SQL_COMMENT_RATE_DELETE);
    stmt_int(st, ":actor_id", actor_id);
    stmt_int(st, ":comment_id", comment_id);
    return stmt_run(st);
}

struct err db_undo_by_uri(struct db *db, enum sql_id block, int64_t actor_id, const char *uri,
                          bool *undone)
{
    SCOPED_STMT struct stmt *st = stmt_get(db, block);
    stmt_int(st, ":actor_id", actor_id);
    stmt_text(st, ":uri", uri);
    TRY(stmt_run(st));
    *undone = stmt_changes(st) > 0;
    return OK;
}

struct err db_share_put(struct db *db, int64_t actor_id, int64_t video_id, const char *uri,
                        int64_t now)
{
    SCOPED_STMT struct stmt *st = stmt_get(db, SQL_SHARE_PUT);
    bind_video(st, actor_id, video_id);
    stmt_text(st, ":uri", uri);
    stmt_int(st, ":now_ms", now);
    return stmt_run(st);
}

struct err db_share_delete(struct db *db, int64_t actor_id, int64_t video_id)
{
    SCOPED_STMT struct stmt *st = stmt_get(db, SQL_SHARE_DELETE);
    bind_video(st, actor_id, video_id);
    return stmt_run(st);
}

static struct share share_row(struct stmt *st, struct arena *a)
{
    return (struct share){
        .id = col_int(st, 0),
        .actor_id = col_int(st, 1),
        .video_id = col_int(st, 2),
        .uri = col_text(st, a, 3),
        .created_ms = col_int(st, 4),
    };
}

static struct err one_share(struct stmt *st, struct arena *a, struct share *out)
{
    bool found = stmt_row(st);
    if (found)
        *out = share_row(st, a);
    TRY(stmt_done(st));
    return found ? OK : FAIL(NOT_FOUND, "there is no such share");
}

struct err db_share_by_pair(struct db *db, struct arena *a, int64_t actor_id, int64_t video_id,
                            struct share *out)
{
    SCOPED_STMT struct stmt *st = stmt_get(db, SQL_SHARE_BY_PAIR);
    bind_video(st, actor_id, video_id);
    return one_share(st, a, out);
}

struct err db_share_by_id(struct db *db, struct arena *a, int64_t id, struct share *out)
{
    SCOPED_STMT struct stmt *st = stmt_get(db, SQL_SHARE_BY_ID);
    stmt_int(st, ":id", id);
    return one_share(st, a, out);
}

struct err db_shares_of_video(struct db *db, struct arena *a, int64_t video_id, int start,
                              int count, struct share_list *out)
{
    SCOPED_STMT struct stmt *st = stmt_get(db, SQL_SHARES_OF_VIDEO);
    stmt_int(st, ":video_id", video_id);
    stmt_int(st, ":start", start);
    stmt_int(st, ":count", count);
    while (stmt_row(st)) {
        out->items = arena_grow(a, out->items, out->count, &out->room, sizeof *out->items);
        out->actors =
            arena_grow(a, out->actors, out->count, &out->actors_room, sizeof *out->actors);
        out->items[out->count] = share_row(st, a);
        out->actors[out->count++] = db_person_row(st, a, 5);
    }
    return stmt_done(st);
}
