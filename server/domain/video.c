/* video.c — see video.h. */
#include "server/domain/video.h"

#include "base/clock.h"
#include "base/crypto.h"
#include "base/file.h"
#include "base/log.h"
#include "base/strbuf.h"
#include "server/db/db_account.h"
#include "server/db/db_making.h"
#include "server/db/db_picture.h"
#include "server/db/db_video.h"
#include "server/domain/account.h"
#include "server/domain/outbox.h"
#include "server/domain/video_fields.h"
#include "server/storage/storage.h"

#include <ctype.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* --- one video ------------------------------------------------------------------------------
 */

static bool is_number(const char *text, int64_t *out)
{
    size_t digits = strspn(text, "0123456789");
    if (!digits || text[digits] || digits > 18)
        return false;
    *out = strtoll(text, NULL, 10);
    return true;
}

struct err video_find(struct db *db, struct arena *a, const char *id, struct video *out,
                      bool *by_number)
{
    char uuid[UUID_TEXT];
    int64_t number;
    bool numeric = is_number(id, &number);
    if (by_number)
        *by_number = numeric;
    if (numeric)
        return db_video_by_id(db, a, number, out);
    if (uuid_valid(id))
        return db_video_by_uuid(db, a, id, out);
    if (uuid_expand(id, uuid))
        return db_video_by_uuid(db, a, uuid, out);
    return FAIL(VIDEO_NOT_FOUND, "Video not found");
}

bool video_may_edit(const struct caller *c, const struct video *v)
{
    return c && (caller_moderates(c) || c->user_id == v->user_id);
}

struct err video_check_seen_by(const struct caller *c, const struct video *v, bool by_number)
{
    if (video_may_edit(c, v))
        return OK;
    switch (v->privacy) {
    case PRIVACY_PUBLIC: break;
    case PRIVACY_UNLISTED:
        if (by_number)
            return FAIL(VIDEO_NOT_FOUND, "Video not found");
        break;
    case PRIVACY_INTERNAL:
        if (!c)
            return FAIL(UNAUTHORIZED, "sign in to see this video");
        break;
    default:
        return c ? FAIL(FORBIDDEN, "this video is private")
                 : FAIL(UNAUTHORIZED, "sign in to see this video");
    }
    if (v->state != VIDEO_PUBLISHED)
        return FAIL(VIDEO_NOT_FOUND, "Video not found");
    return OK;
}

struct err video_see(struct db *db, struct arena *a, const struct caller *c, const char *id,
                     struct video *out)
{
    bool by_number;
    TRY(video_find(db, a, id, out, &by_number));
    return video_check_seen_by(c, out, by_number);
}

struct err video_edit(struct db *db, struct arena *a, const struct caller *c, const char *id,
                      struct video *out)
{
    TRY(video_see(db, a, c, id, out));
    if (!c)
        return FAIL(UNAUTHORIZED, "sign in to change this video");
    if (!video_may_edit(c, out))
        return FAIL(NOT_OWNER, "only the owner of this video may change it");
    return OK;
}

struct err video_of_file(struct db *db, struct arena *a, const char *file_uuid, int resolution,
                         struct video *out)
{
    int64_t id;
    TRY(db_video_of_file(db, file_uuid, resolution, &id));
    return db_video_by_id(db, a, id, out);
}

struct err video_files(struct db *db, struct arena *a, int64_t id, struct video_file_list *out)
{
    return db_video_files(db, a, id, out);
}

struct err video_long(struct db *db, struct arena *a, int64_t id, struct video_long *out)
{
    return db_video_long(db, a, id, out);
}

struct err video_storyboards(struct db *db, struct arena *a, int64_t id,
                             struct storyboard_list *out)
{
    return db_sheets_of_video(db, a, id, out);
}

struct err video_storyboard(struct db *db, struct arena *a, int64_t id, struct storyboard *out)
{
    struct storyboard_list list;
    TRY(db_sheets_of_video(db, a, id, &list));
    *out = list.count ? list.items[0] : (struct storyboard){0};
    return OK;
}

uint64_t video_generation(struct db *db)
{
    return db_generation(db_pool_of(db), DB_CONTENT);
}

/* --- lists
 * ------------------------------------------------------------------------------------ */

enum { MATCH_WORDS_MAX = 12, TRENDING_DAYS = 7 };
#define DAY_MS (24 * 3600 * INT64_C(1000))

/* A word of signs only says nothing to the index. */
static bool word_speaks(const char *word, size_t length)
{
    for (size_t i = 0; i < length; i++)
        if (isalnum((unsigned char)word[i]) || (unsigned char)word[i] >= 0x80)
            return true;
    return false;
}

const char *video_match(struct arena *a, const char *words)
{
    struct strbuf out = STRBUF_IN(a);
    int count = 0;
    for (const char *p = words; *p && count < MATCH_WORDS_MAX;) {
        p += strspn(p, " \t\r\n\"");
        size_t length = strcspn(p, " \t\r\n\"");
        if (word_speaks(p, length)) {
            strbuf_adds(&out, count++ ? " \"" : "\"");
            strbuf_add(&out, p, length);
            strbuf_adds(&out, "\"");
        }
        p += length;
    }
    if (!count)
        return NULL;
    strbuf_adds(&out, "*");
    return out.text;
}

/* The tags of a JSON array as an FTS5 expression over the column of tags: it finds few
 * candidates fast, which video_filter then compares exactly. NULL when the index cannot help.
 */
static const char *tags_match(struct arena *a, const char *tags_json, const char *glue)
{
    struct strbuf out = STRBUF_IN(a);
    json_t *tags = json_loads(tags_json, 0, NULL), *one;
    size_t i;
    bool helps = json_array_size(tags) > 0 && json_array_size(tags) <= MATCH_WORDS_MAX;
    strbuf_adds(&out, "tags:(");
    json_array_foreach (tags, i, one) {
        const char *text = json_string_value(one);
        helps = helps && text && word_speaks(text, strlen(text)) && !strchr(text, '"');
        strbuf_addf(&out, "%s\"%s\"", i ? glue : "", text ? text : "");
    }
    strbuf_adds(&out, ")");
    json_decref(tags);
    return helps ? out.text : NULL;
}

/* What the index of words can tell of a query: NULL when nothing. */
static const char *query_match(struct arena *a, const struct video_query *q)
{
    const char *parts[3] = {
        q->words ? video_match(a, q->words) : NULL,
        q->tags_one_json ? tags_match(a, q->tags_one_json, " OR ") : NULL,
        q->tags_all_json ? tags_match(a, q->tags_all_json, " AND ") : NULL,
    };
    struct strbuf out = STRBUF_IN(a);
    for (int i = 0; i < 3; i++)
        if (parts[i])
            strbuf_addf(&out, "%s(%s)", out.length ? " AND " : "", parts[i]);
    return out.text;
}

static bool is_filtered(const struct video_query *q)
{
    return q->categories_json || q->licences_json || q->languages_json || q->tags_one_json ||
           q->tags_all_json || q->uuids_json || q->published_from || q->published_to ||
           q->original_from || q->original_to || q->duration_from || q->duration_to ||
           q->nsfw_flags_in || q->nsfw_flags_out || q->nsfw == 1 || q->from || q->host ||
           q->viewer;
}

static const struct {
    const char *sort;
    enum sql_id down, up;
} site_orders[] = {
    {"published", SQL_VIDEOS_PAGE_PUBLISHED, SQL_VIDEOS_PAGE_PUBLISHED_UP},
    {"views", SQL_VIDEOS_PAGE_VIEWS, SQL_VIDEOS_PAGE_VIEWS_UP},
    {"name", SQL_VIDEOS_PAGE_NAME, SQL_VIDEOS_PAGE_NAME_UP},
    {"duration", SQL_VIDEOS_PAGE_DURATION, SQL_VIDEOS_PAGE_DURATION_UP},
    {"created", SQL_VIDEOS_PAGE_CREATED, SQL_VIDEOS_PAGE_CREATED_UP},
    {"original", SQL_VIDEOS_PAGE_ORIGINAL, SQL_VIDEOS_PAGE_ORIGINAL_UP},
    {"likes", SQL_VIDEOS_PAGE_LIKES, SQL_VIDEOS_PAGE_LIKES_UP},
    {"comments", SQL_VIDEOS_PAGE_COMMENTS, SQL_VIDEOS_PAGE_COMMENTS_UP},
};

static enum sql_id site_order(const struct video_query *q)
{
    for (size_t i = 1; i < sizeof site_orders / sizeof *site_orders; i++)
        if (!strcmp(site_orders[i].sort, q->sort))
            return q->descending ? site_orders[i].down : site_orders[i].up;
    return q->descending ? site_orders[0].down : site_orders[0].up;
}

static struct err rows_add(struct db *db, struct arena *a, enum sql_id block,
                           const struct video_page *page, struct video_list *out)
{
    const char *ids;
    int found;
    TRY(db_videos_page(db, a, block, page, &ids, &found));
    return found ? db_video_rows(db, a, ids, out) : OK;
}

/* What was seen most in the last days; then the rest, newest first. */
static struct err trending(struct db *db, struct arena *a, struct video_page *page,
                           struct video_list *out)
{
    int64_t seen, start = page->start, count = page->count;
    page->since_day = now_ms() / DAY_MS - TRENDING_DAYS;
    TRY(db_videos_count(db, SQL_VIDEOS_COUNT_TRENDING, page, &seen));
    if (start < seen)
        TRY(rows_add(db, a, SQL_VIDEOS_PAGE_TRENDING, page, out));
    if ((int64_t)out->count == count)
        return OK;
    page->start = start > seen ? start - seen : 0;
    page->count = count - (int64_t)out->count;
    return rows_add(db, a, SQL_VIDEOS_PAGE_PUBLISHED, page, out);
}

static struct err site_total(struct db *db, const struct video_page *page, int64_t *total)
{
    if (page->query->from == FROM_HERE)
        return db_videos_count(db, SQL_VIDEOS_COUNT_LOCAL, page, total);
    if (is_filtered(page->query))
        return db_videos_count(db, SQL_VIDEOS_COUNT_FILTERED, page, total);
    return db_counter_get(db, page->query->nsfw < 0 ? "videos_listed" : "videos_listed_safe",
                          total);
}

static bool newest_first(const struct video_query *q)
{
    return q->descending && !strcmp(q->sort, "published");
}

/* The one category that is asked for; 0: none, or several. */
static int64_t one_category(const struct video_query *q)
{
    char *end;
    if (!q->categories_json)
        return 0;
    long long n = strtoll(q->categories_json + 1, &end, 10);
    return *end == ']' ? n : 0;
}

static struct err list_of_site(struct db *db, struct arena *a, struct video_page *page,
                               struct video_list *out)
{
    const struct video_query *q = page->query;
    if (q->words && !video_match(a, q->words))
        return OK;
    enum sql_id rows = site_order(q);
    if ((page->match = query_match(a, q))) {
        rows = SQL_VIDEOS_PAGE_MATCH;
        if (!q->skip_count)
            TRY(db_videos_count(db, SQL_VIDEOS_COUNT_MATCH, page, &out->total));
    } else if (newest_first(q) && (page->category = one_category(q))) {
        rows = SQL_VIDEOS_NEWEST_OF_CATEGORY;
        if (!q->skip_count)
            TRY(db_videos_count(db, SQL_VIDEOS_COUNT_OF_CATEGORY, page, &out->total));
    } else {
        if (!q->skip_count)
            TRY(site_total(db, page, &out->total));
        if (q->from == FROM_HERE && newest_first(q))
            rows = SQL_VIDEOS_NEWEST_LOCAL;
        if (!strcmp(q->sort, "trending"))
            return trending(db, a, page, out);
    }
    return rows_add(db, a, rows, page, out);
}

static struct err list_of_owner(struct db *db, struct arena *a, struct video_page *page,
                                struct video_list *out)
{
    const struct video_query *q = page->query;
    bool channel = q->of == OF_CHANNEL, plain = !q->everything && !q->words;
    if (q->words)
        page->like = db_like(a, q->words);
    if (!q->skip_count && plain && !is_filtered(q)) {
        int64_t listed, safe;
        TRY(db_channel_counter_get(db, channel ? q->of_id : 0, channel ? 0 : q->of_id, &listed,
                                   &safe));
        out->total = q->nsfw < 0 ? listed : safe;
    } else if (!q->skip_count) {
        TRY(db_videos_count(db,
                            channel ? SQL_VIDEOS_COUNT_OF_CHANNEL : SQL_VIDEOS_COUNT_OF_ACCOUNT,
                            page, &out->total));
    }
    if (plain && newest_first(q))
        return rows_add(db, a,
                        channel ? SQL_VIDEOS_NEWEST_OF_CHANNEL : SQL_VIDEOS_NEWEST_OF_ACCOUNT,
                        page, out);
    return rows_add(db, a, channel ? SQL_VIDEOS_PAGE_OF_CHANNEL : SQL_VIDEOS_PAGE_OF_ACCOUNT,
                    page, out);
}

struct err video_list(struct db *db, struct arena *a, const struct video_query *q,
                      struct video_list *out)
{
    struct video_page page = {.query = q, .start = q->start, .count = q->count};
    *out = (struct video_list){0};
    if (q->nothing)
        return OK;
    switch (q->of) {
    case OF_CHANNEL:
    case OF_ACCOUNT: return list_of_owner(db, a, &page, out);
    case OF_EVERYTHING:
        if (!q->skip_count)
            TRY(db_videos_count(db, SQL_VIDEOS_COUNT_ALL, &page, &out->total));
        return rows_add(db, a, SQL_VIDEOS_PAGE_ALL, &page, out);
    case OF_SITE: break;
    }
    return list_of_site(db, a, &page, out);
}

struct err channel_search(struct db *db, struct arena *a, const char *words,
                          const char *own_host, int start, int count, struct channel_list *out)
{
    *out = (struct channel_list){0};
    if (*words == '@')
        words++;
    struct channel found;
    if (!start && count && strchr(words, '@')) {
        if (!channel_get(db, a, words, own_host, &found).id) {
            out->items = arena_copy(a, &found, sizeof found);
            out->count = out->room = 1;
            out->total = 1;
        }
        return OK;
    }
    int64_t ids[100];
    int ids_found;
    TRY(db_channels_by_prefix(db, a, words, start, count < 100 ? count : 100, ids, &ids_found,
                              &out->total));
    for (int i = 0; i < ids_found; i++) {
        out->items = arena_grow(a, out->items, out->count, &out->room, sizeof *out->items);
        TRY(db_channel_by_id(db, a, ids[i], &out->items[out->count++]));
    }
    return OK;
}

/* --- changes
 * ------------------------------------------------------------------------------------ */

static void fields_apply(const struct video_fields *f, struct video *v)
{
    unsigned given = f->given;
    if (given & VIDEO_NAME)
        v->name = f->name;
    if (given & VIDEO_CHANNEL)
        v->channel.id = f->channel_id;
    if (given & VIDEO_DESCRIPTION)
        v->description = f->description;
    if (given & VIDEO_SUPPORT)
        v->support = f->support;
    if (given & VIDEO_CATEGORY)
        v->category = f->category;
    if (given & VIDEO_LICENCE)
        v->licence = f->licence;
    if (given & VIDEO_LANGUAGE)
        v->language = f->language;
    if (given & VIDEO_TAGS)
        v->tags = f->tags_json;
    if (given & VIDEO_PRIVACY)
        v->privacy = f->privacy;
    if (given & VIDEO_NSFW)
        v->nsfw = f->nsfw;
    if (given & VIDEO_NSFW_FLAGS)
        v->nsfw_flags = f->nsfw_flags;
    if (given & VIDEO_NSFW_SUMMARY)
        v->nsfw_summary = f->nsfw_summary;
    if (given & VIDEO_COMMENTS_POLICY)
        v->comments_policy = f->comments_policy;
    if (given & VIDEO_DOWNLOAD_ENABLED)
        v->download_enabled = f->download_enabled;
    if (given & VIDEO_WAIT_TRANSCODING)
        v->wait_transcoding = f->wait_transcoding;
    if (given & VIDEO_ORIGINALLY_PUBLISHED)
        v->originally_published_ms = f->originally_published_ms;
}

/* Moves the stream folder to where the row says it belongs, and forgets that it was on its way.
 */
static struct err settle_one(struct db *db, const struct storage *s, struct arena *a,
                             int64_t id)
{
    struct video v;
    struct err e = db_video_by_id(db, a, id, &v);
    if (!e.id)
        e = storage_hls_move(s, a, v.uuid, video_is_private(&v));
    if (e.id && e.id != ERR_VIDEO_NOT_FOUND)
        return e;
    return db_moving_drop(db, id);
}

static struct err settle_one_tx(struct db *db, const struct storage *s, struct arena *a,
                                int64_t id)
{
    DB_TRANSACTION(db, settle_one(db, s, a, id));
    return OK;
}

/* Reads, changes and writes with the writer held, so that two edits at a time lose nothing. */
static struct err update_row(struct db *db, const struct storage *s, struct arena *a,
                             int64_t id, const struct video_fields *fields, bool *opened)
{
    struct video v;
    TRY(db_video_by_id(db, a, id, &v));
    bool was_private = video_is_private(&v);
    fields_apply(fields, &v);
    TRY(db_video_update(db, &v, now_ms()));
    *opened = was_private && !video_is_private(&v);
    if (video_is_private(&v) && (fields->given & VIDEO_PRIVACY)) {
        TRY(storage_hls_move(s, a, v.uuid, true));
        TRY(db_moving_drop(db, id));
    }
    return outbox_video_changed(db, a, id);
}

static struct err update_tx(struct db *db, const struct storage *s, struct arena *a, int64_t id,
                            const struct video_fields *fields, bool *opened)
{
    DB_TRANSACTION(db, update_row(db, s, a, id, fields, opened));
    return OK;
}

static struct err moving_tx(struct db *db, int64_t id)
{
    DB_TRANSACTION(db, db_moving_put(db, id));
    return OK;
}

struct err video_update(struct db *db, const struct storage *s, struct arena *a,
                        const struct video *v, const struct video_fields *fields)
{
    if ((fields->given & VIDEO_CHANNEL) && fields->channel_id != v->channel.id) {
        struct channel channel;
        TRY(account_channel_of_user(db, a, v->user_id, fields->channel_id, &channel));
    }
    bool hides = fields->privacy == PRIVACY_PRIVATE || fields->privacy == PRIVACY_INTERNAL;
    bool moves = (fields->given & VIDEO_PRIVACY) && hides != video_is_private(v);
    bool opened = false;
    if (moves)
        TRY(moving_tx(db, v->id));
    struct err e = update_tx(db, s, a, v->id, fields, &opened);
    if (opened || (moves && e.id)) {
        struct err moved = settle_one_tx(db, s, a, v->id);
        if (!e.id)
            e = moved;
    }
    if (!e.id)
        log_info("video_updated", "video=%lld fields=%#x", (long long)v->id, fields->given);
    return e;
}

static struct err chapters_set(struct db *db, struct arena *a, int64_t id, const char *chapters)
{
    TRY(db_video_chapters_set(db, id, chapters, now_ms()));
    return outbox_video_changed(db, a, id);
}

struct err video_chapters_set(struct db *db, struct arena *a, int64_t id, const char *chapters)
{
    DB_TRANSACTION(db, chapters_set(db, a, id, chapters));
    return OK;
}

static struct err trash_put(struct db *db, struct arena *a, const char *folder,
                            const char *file)
{
    return db_trash_put(db, arena_printf(a, "%s/%s", folder, file));
}

static struct err delete_rows(struct db *db, struct arena *a, int64_t id)
{
    struct video v;
    TRY(db_video_by_id(db, a, id, &v));
    struct video_file_list files;
    struct storyboard_list sheets;
    TRY(outbox_video_deleting(db, a, id));
    TRY(db_video_files(db, a, id, &files));
    TRY(db_sheets_of_video(db, a, id, &sheets));
    TRY(trash_put(db, a, "hls", v.uuid));
    TRY(trash_put(db, a, "hls/private", v.uuid));
    TRY(trash_put(db, a, "originals", v.uuid));
    for (int i = 0; i < v.thumbnail_count; i++)
        TRY(trash_put(db, a, "thumbnails", v.thumbnails[i].file));
    for (size_t i = 0; i < sheets.count; i++)
        TRY(trash_put(db, a, "storyboards", sheets.items[i].file));
    for (size_t i = 0; i < files.count; i++)
        TRY(trash_put(db, a, "torrents",
                      arena_printf(a, "%s-%d-hls.torrent", files.items[i].file_uuid,
                                   files.items[i].resolution)));
    if (v.user_id)
        TRY(db_user_used_add(db, v.user_id, -v.source_bytes));
    return db_video_delete(db, id);
}

static struct err delete_tx(struct db *db, struct arena *a, int64_t id)
{
    DB_TRANSACTION(db, delete_rows(db, a, id));
    return OK;
}

static struct err trash_drop(struct db *db, const struct trash *items, size_t count)
{
    for (size_t i = 0; i < count; i++)
        TRY(db_trash_drop(db, items[i].id));
    return OK;
}

static struct err trash_drop_tx(struct db *db, const struct trash *items, size_t count)
{
    DB_TRANSACTION(db, trash_drop(db, items, count));
    return OK;
}

/* A folder goes away in one step, by rename into what is emptied at start, and is then removed:
 * a job that still writes to it finds no folder, and none is left behind. */
static void trash_remove(const struct storage *s, struct arena *a, const char *path)
{
    char name[UUID_TEXT];
    const char *from = storage_path(s, a, path);
    const char *aside = arena_printf(a, "%s/%s", storage_request_folder(s), uuid_new(name));
    path_remove(rename(from, aside) ? from : aside);
}

/* Removes the files first: a crash in between finds the rows again and removes nothing twice.
 */
struct err video_trash_empty(struct db *db, const struct storage *s)
{
    for (size_t count = 1; count;) {
        SCOPED_ARENA struct arena *a = arena_open();
        struct trash *items;
        TRY(db_trash_list(db, a, &items, &count));
        for (size_t i = 0; i < count; i++)
            if (items[i].path[0] != '/' && !strstr(items[i].path, ".."))
                trash_remove(s, a, items[i].path);
        if (count)
            TRY(trash_drop_tx(db, items, count));
    }
    return OK;
}

struct err video_delete(struct db *db, const struct storage *s, struct arena *a,
                        const struct video *v)
{
    TRY(delete_tx(db, a, v->id));
    log_info("video_deleted", "video=%lld uuid=%s", (long long)v->id, v->uuid);
    struct err e = video_trash_empty(db, s);
    if (e.id) /* the video is gone; its files go at the next start at the latest */
        log_warn("trash_kept", "detail=%s", LOG_QUOTE(e.detail));
    return OK;
}

struct err video_settle(struct db *db, const struct storage *s)
{
    SCOPED_ARENA struct arena *a = arena_open();
    int64_t *ids;
    size_t count;
    TRY(db_moving_list(db, a, &ids, &count));
    for (size_t i = 0; i < count; i++)
        TRY(settle_one_tx(db, s, a, ids[i]));
    return video_trash_empty(db, s);
}
