/* video_list.c — lists of videos: which query answers which question, and search; see video.h.
 */
#include "server/domain/video.h"

#include "base/clock.h"
#include "base/strbuf.h"
#include "server/db/db_account.h"
#include "server/db/db_video.h"
#include "server/domain/account.h"

#include <ctype.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

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
