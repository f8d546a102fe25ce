/* db_video.c — see db_video.h. */
#include "server/db/db_video.h"

#include "base/crypto.h"
#include "base/strbuf.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Lines "width height file", by width. */
static void thumbnails_read(struct arena *a, const char *text, struct video *v)
{
    char *rest = arena_strdup(a, text);
    for (char *line; rest && *rest && v->thumbnail_count < THUMBNAILS_MAX;) {
        line = strsep(&rest, "\n");
        char *end;
        int width = (int)strtol(line, &end, 10);
        int height = (int)strtol(end, &end, 10);
        if (*end == ' ' && width > 0 && height > 0)
            v->thumbnails[v->thumbnail_count++] = (struct thumbnail){width, height, end + 1};
    }
}

static void owner_read(struct stmt *st, struct arena *a, int column, struct video_owner *out)
{
    out->id = col_int(st, column);
    out->name = col_text(st, a, column + 1);
    out->host = col_text(st, a, column + 2);
    out->display_name = col_text(st, a, column + 3);
    out->uri = col_text(st, a, column + 4);
    out->page_url = col_text(st, a, column + 5);
    out->icon_url = col_text(st, a, column + 6);
}

static void video_read(struct stmt *st, struct arena *a, struct video *v)
{
    int i = 0;
    *v = (struct video){0};
    v->description = col_text(st, a, i++);
    v->id = col_int(st, i++);
    v->uuid = col_text(st, a, i++);
    v->name = col_text(st, a, i++);
    v->support = col_text(st, a, i++);
    v->category = col_int(st, i++);
    v->licence = col_int(st, i++);
    v->language = col_text(st, a, i++);
    v->privacy = (int)col_int(st, i++);
    v->nsfw = col_int(st, i++) != 0;
    v->nsfw_flags = (int)col_int(st, i++);
    v->nsfw_summary = col_text(st, a, i++);
    v->tags = col_text(st, a, i++);
    v->comments_policy = (int)col_int(st, i++);
    v->download_enabled = col_int(st, i++) != 0;
    v->wait_transcoding = col_int(st, i++) != 0;
    v->state = (int)col_int(st, i++);
    v->reason = col_text(st, a, i++);
    v->playable = col_int(st, i++) != 0;
    v->listed = col_int(st, i++) != 0;
    v->duration_ms = col_int(st, i++);
    v->width = (int)col_int(st, i++);
    v->height = (int)col_int(st, i++);
    v->views = col_int(st, i++);
    v->source_name = col_text(st, a, i++);
    v->source_bytes = col_int(st, i++);
    v->master_name = col_text(st, a, i++);
    v->sha256_name = col_text(st, a, i++);
    v->created_ms = col_int(st, i++);
    v->updated_ms = col_int(st, i++);
    v->published_ms = col_int(st, i++);
    v->originally_published_ms = col_int(st, i++);
    v->likes = col_int(st, i++);
    v->dislikes = col_int(st, i++);
    v->comments = col_int(st, i++);
    v->uri = col_text(st, a, i++);
    v->remote = col_text(st, a, i++);
    owner_read(st, a, i, &v->channel);
    owner_read(st, a, i + 7, &v->account);
    v->user_id = col_int(st, i + 14);
    thumbnails_read(a, col_text(st, a, i + 15), v);
    uuid_shorten(v->uuid, v->short_uuid);
}

static struct err video_one(struct stmt *st, struct arena *a, struct video *out)
{
    bool found = stmt_row(st);
    if (found)
        video_read(st, a, out);
    TRY(stmt_done(st));
    return found ? OK : FAIL(VIDEO_NOT_FOUND, "Video not found");
}

struct err db_video_by_id(struct db *db, struct arena *a, int64_t id, struct video *out)
{
    SCOPED_STMT struct stmt *st = stmt_get(db, SQL_VIDEO_BY_ID);
    stmt_int(st, ":id", id);
    return video_one(st, a, out);
}

struct err db_video_by_uuid(struct db *db, struct arena *a, const char *uuid, struct video *out)
{
    SCOPED_STMT struct stmt *st = stmt_get(db, SQL_VIDEO_BY_UUID);
    stmt_text(st, ":uuid", uuid);
    return video_one(st, a, out);
}

struct err db_video_rows(struct db *db, struct arena *a, const char *ids,
                         struct video_list *out)
{
    SCOPED_STMT struct stmt *st = stmt_get(db, SQL_VIDEO_ROWS);
    stmt_text(st, ":ids", ids);
    while (stmt_row(st)) {
        out->items = arena_grow(a, out->items, out->count, &out->room, sizeof *out->items);
        video_read(st, a, &out->items[out->count++]);
    }
    return stmt_done(st);
}

struct err db_video_long(struct db *db, struct arena *a, int64_t id, struct video_long *out)
{
    SCOPED_STMT struct stmt *st = stmt_get(db, SQL_VIDEO_LONG);
    stmt_int(st, ":id", id);
    *out = (struct video_long){0};
    if (stmt_row(st)) {
        out->probe = col_text(st, a, 0);
        out->chapters = col_text(st, a, 1);
    }
    return stmt_done(st);
}

struct err db_video_privacy(struct db *db, int64_t id, int *privacy)
{
    SCOPED_STMT struct stmt *st = stmt_get(db, SQL_VIDEO_PRIVACY);
    stmt_int(st, ":id", id);
    bool found = stmt_row(st);
    if (found)
        *privacy = (int)col_int(st, 0);
    TRY(stmt_done(st));
    return found ? OK : FAIL(VIDEO_NOT_FOUND, "Video not found");
}

struct err db_video_files(struct db *db, struct arena *a, int64_t video_id,
                          struct video_file_list *out)
{
    SCOPED_STMT struct stmt *st = stmt_get(db, SQL_VIDEO_FILES);
    stmt_int(st, ":video_id", video_id);
    *out = (struct video_file_list){0};
    while (stmt_row(st)) {
        out->items = arena_grow(a, out->items, out->count, &out->room, sizeof *out->items);
        out->items[out->count++] = (struct video_file){
            .id = col_int(st, 0),
            .file_uuid = col_text(st, a, 1),
            .resolution = (int)col_int(st, 2),
            .width = (int)col_int(st, 3),
            .height = (int)col_int(st, 4),
            .fps = (int)col_int(st, 5),
            .codecs = col_text(st, a, 6),
            .size_bytes = col_int(st, 7),
            .ready_us = col_int(st, 8),
            .done = col_int(st, 9) != 0,
            .segments = col_int(st, 10),
            .frame_rate = col_text(st, a, 11),
        };
    }
    return stmt_done(st);
}

struct err db_video_of_file(struct db *db, const char *file_uuid, int resolution,
                            int64_t *video_id)
{
    SCOPED_STMT struct stmt *st = stmt_get(db, SQL_VIDEO_OF_FILE);
    stmt_text(st, ":file_uuid", file_uuid);
    stmt_int(st, ":resolution", resolution);
    bool found = stmt_row(st);
    if (found)
        *video_id = col_int(st, 0);
    TRY(stmt_done(st));
    return found ? OK : FAIL(NOT_FOUND, "there is no such file");
}

/* --- lists ---------------------------------------------------------------------------------
 */

static bool is_owned(enum sql_id block)
{
    return block == SQL_VIDEOS_PAGE_OF_CHANNEL || block == SQL_VIDEOS_COUNT_OF_CHANNEL ||
           block == SQL_VIDEOS_PAGE_OF_ACCOUNT || block == SQL_VIDEOS_COUNT_OF_ACCOUNT;
}

static bool is_match(enum sql_id block)
{
    return block == SQL_VIDEOS_PAGE_MATCH || block == SQL_VIDEOS_COUNT_MATCH;
}

static bool is_trending(enum sql_id block)
{
    return block == SQL_VIDEOS_PAGE_TRENDING || block == SQL_VIDEOS_COUNT_TRENDING;
}

/* What page and count blocks share. */
static struct stmt *list_stmt(struct db *db, enum sql_id block, const struct video_page *page)
{
    const struct video_query *q = page->query;
    struct stmt *st = stmt_get(db, block);
    stmt_int(st, ":nsfw", q->nsfw);
    stmt_int(st, ":nsfw_flags_in", q->nsfw_flags_in);
    stmt_int(st, ":nsfw_flags_out", q->nsfw_flags_out);
    stmt_text(st, ":categories", q->categories_json);
    stmt_text(st, ":licences", q->licences_json);
    stmt_text(st, ":languages", q->languages_json);
    stmt_text(st, ":tags_one", q->tags_one_json);
    stmt_text(st, ":tags_all", q->tags_all_json);
    stmt_text(st, ":uuids", q->uuids_json);
    stmt_text(st, ":published_from", q->published_from);
    stmt_text(st, ":published_to", q->published_to);
    stmt_text(st, ":original_from", q->original_from);
    stmt_text(st, ":original_to", q->original_to);
    stmt_text(st, ":duration_from", q->duration_from);
    stmt_text(st, ":duration_to", q->duration_to);
    stmt_int(st, ":local", q->from == FROM_ANYWHERE ? -1 : q->from == FROM_HERE);
    stmt_text(st, ":host", q->host);
    if (q->viewer)
        stmt_int(st, ":viewer", q->viewer);
    else
        stmt_null(st, ":viewer");
    if (is_owned(block)) {
        stmt_int(st, ":of_id", q->of_id);
        stmt_int(st, ":everything", q->everything);
        stmt_text(st, ":like", page->like);
    }
    if (is_owned(block) || block == SQL_VIDEOS_PAGE_ALL || block == SQL_VIDEOS_COUNT_ALL) {
        stmt_text(st, ":privacies", q->privacies_json);
        stmt_text(st, ":states", q->states_json);
    }
    if (block == SQL_VIDEOS_NEWEST_OF_CHANNEL || block == SQL_VIDEOS_NEWEST_OF_ACCOUNT)
        stmt_int(st, ":of_id", q->of_id);
    if (block == SQL_VIDEOS_NEWEST_OF_CATEGORY || block == SQL_VIDEOS_COUNT_OF_CATEGORY)
        stmt_int(st, ":category", page->category);
    if (is_match(block))
        stmt_text(st, ":match", page->match);
    if (is_trending(block))
        stmt_int(st, ":since_day", page->since_day);
    return st;
}

struct err db_videos_page(struct db *db, struct arena *a, enum sql_id block,
                          const struct video_page *page, const char **ids, int *found)
{
    SCOPED_STMT struct stmt *st = list_stmt(db, block, page);
    if (is_owned(block) || is_match(block)) {
        stmt_text(st, ":sort", page->query->sort);
        stmt_int(st, ":descending", page->query->descending);
    }
    if (block == SQL_VIDEOS_PAGE_PUBLISHED) {
        if (page->since_day)
            stmt_int(st, ":fresh_day", page->since_day);
        else
            stmt_null(st, ":fresh_day");
    }
    stmt_int(st, ":start", page->start);
    stmt_int(st, ":count", page->count);
    struct strbuf json = STRBUF_IN(a);
    *found = 0;
    strbuf_adds(&json, "[");
    while (stmt_row(st))
        strbuf_addf(&json, "%s%lld", (*found)++ ? "," : "", (long long)col_int(st, 0));
    strbuf_adds(&json, "]");
    *ids = json.text;
    return stmt_done(st);
}

struct err db_videos_count(struct db *db, enum sql_id block, const struct video_page *page,
                           int64_t *count)
{
    SCOPED_STMT struct stmt *st = list_stmt(db, block, page);
    *count = stmt_row(st) ? col_int(st, 0) : 0;
    return stmt_done(st);
}

struct err db_channel_counter_get(struct db *db, int64_t channel_id, int64_t account_id,
                                  int64_t *listed, int64_t *safe)
{
    SCOPED_STMT struct stmt *st = stmt_get(db, SQL_CHANNEL_COUNTER_GET);
    stmt_int(st, ":channel_id", channel_id);
    stmt_int(st, ":account_id", account_id);
    bool found = stmt_row(st);
    *listed = found ? col_int(st, 0) : 0;
    *safe = found ? col_int(st, 1) : 0;
    return stmt_done(st);
}

struct err db_channels_by_prefix(struct db *db, struct arena *a, const char *prefix, int start,
                                 int count, int64_t *ids, int *found, int64_t *total)
{
    const char *to = arena_printf(a, "%s\xf4\x8f\xbf\xbf", prefix); /* the last code point */
    *found = 0;
    {
        SCOPED_STMT struct stmt *st = stmt_get(db, SQL_CHANNELS_BY_PREFIX);
        stmt_text(st, ":from", prefix);
        stmt_text(st, ":to", to);
        stmt_int(st, ":start", start);
        stmt_int(st, ":count", count);
        while (stmt_row(st) && *found < count)
            ids[(*found)++] = col_int(st, 0);
        TRY(stmt_done(st));
    }
    SCOPED_STMT struct stmt *st = stmt_get(db, SQL_CHANNELS_BY_PREFIX_COUNT);
    stmt_text(st, ":from", prefix);
    stmt_text(st, ":to", to);
    *total = stmt_row(st) ? col_int(st, 0) : 0;
    return stmt_done(st);
}

/* --- changes ---------------------------------------------------------------------------------
 */

struct err db_video_update(struct db *db, const struct video *v, int64_t now)
{
    SCOPED_STMT struct stmt *st = stmt_get(db, SQL_VIDEO_UPDATE);
    stmt_int(st, ":id", v->id);
    stmt_int(st, ":channel_id", v->channel.id);
    stmt_text(st, ":name", v->name);
    stmt_text(st, ":description", v->description);
    stmt_text(st, ":support", v->support);
    stmt_int(st, ":category", v->category);
    stmt_int(st, ":licence", v->licence);
    stmt_text(st, ":language", v->language);
    stmt_int(st, ":privacy", v->privacy);
    stmt_int(st, ":nsfw", v->nsfw);
    stmt_int(st, ":nsfw_flags", v->nsfw_flags);
    stmt_text(st, ":nsfw_summary", v->nsfw_summary);
    stmt_text(st, ":tags", v->tags);
    stmt_int(st, ":comments_policy", v->comments_policy);
    stmt_int(st, ":download_enabled", v->download_enabled);
    stmt_int(st, ":wait_transcoding", v->wait_transcoding);
    stmt_int(st, ":originally_published_ms", v->originally_published_ms);
    stmt_int(st, ":now_ms", now);
    return stmt_run(st);
}

struct err db_video_chapters_set(struct db *db, int64_t id, const char *chapters, int64_t now)
{
    SCOPED_STMT struct stmt *st = stmt_get(db, SQL_VIDEO_CHAPTERS_SET);
    stmt_int(st, ":id", id);
    stmt_text(st, ":chapters", chapters);
    stmt_int(st, ":now_ms", now);
    return stmt_run(st);
}

static struct err run_with_int(struct db *db, enum sql_id block, const char *name,
                               int64_t value)
{
    SCOPED_STMT struct stmt *st = stmt_get(db, block);
    stmt_int(st, name, value);
    return stmt_run(st);
}

struct err db_video_delete(struct db *db, int64_t id)
{
    return run_with_int(db, SQL_VIDEO_DELETE, ":id", id);
}

struct err db_moving_put(struct db *db, int64_t video_id)
{
    return run_with_int(db, SQL_MOVING_PUT, ":video_id", video_id);
}

struct err db_moving_drop(struct db *db, int64_t video_id)
{
    return run_with_int(db, SQL_MOVING_DROP, ":video_id", video_id);
}

struct err db_moving_list(struct db *db, struct arena *a, int64_t **ids, size_t *count)
{
    SCOPED_STMT struct stmt *st = stmt_get(db, SQL_MOVING_LIST);
    size_t room = 0;
    *ids = NULL;
    *count = 0;
    while (stmt_row(st)) {
        *ids = arena_grow(a, *ids, *count, &room, sizeof **ids);
        (*ids)[(*count)++] = col_int(st, 0);
    }
    return stmt_done(st);
}

struct err db_trash_list(struct db *db, struct arena *a, struct trash **items, size_t *count)
{
    SCOPED_STMT struct stmt *st = stmt_get(db, SQL_TRASH_LIST);
    size_t room = 0;
    *items = NULL;
    *count = 0;
    while (stmt_row(st)) {
        *items = arena_grow(a, *items, *count, &room, sizeof **items);
        (*items)[(*count)++] = (struct trash){col_int(st, 0), col_text(st, a, 1)};
    }
    return stmt_done(st);
}

struct err db_trash_drop(struct db *db, int64_t id)
{
    return run_with_int(db, SQL_TRASH_DROP, ":id", id);
}

static struct err views_add(struct db *db, int64_t id, int64_t views)
{
    SCOPED_STMT struct stmt *st = stmt_get(db, SQL_VIDEO_VIEWS_ADD);
    stmt_int(st, ":id", id);
    stmt_int(st, ":views", views);
    return stmt_run(st);
}

static struct err day_add(struct db *db, int64_t id, int64_t views, int64_t day)
{
    SCOPED_STMT struct stmt *st = stmt_get(db, SQL_VIEW_DAY_ADD);
    stmt_int(st, ":id", id);
    stmt_int(st, ":views", views);
    stmt_int(st, ":day", day);
    return stmt_run(st);
}

static struct err counter_add(struct db *db, const char *name, int64_t value)
{
    SCOPED_STMT struct stmt *st = stmt_get(db, SQL_COUNTER_ADD);
    stmt_text(st, ":name", name);
    stmt_int(st, ":value", value);
    return stmt_run(st);
}

struct err db_video_views_add(struct db *db, int64_t id, int64_t views, int64_t day)
{
    TRY(views_add(db, id, views));
    TRY(day_add(db, id, views, day));
    return counter_add(db, "views", views);
}

struct err db_view_day_forget(struct db *db, int64_t before_day)
{
    return run_with_int(db, SQL_VIEW_DAY_FORGET, ":day", before_day);
}
