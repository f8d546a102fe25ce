/* video_query.c — see video_query.h. */
#include "server/api/video_query.h"

#include "base/strbuf.h"
#include "server/api/answer_cache.h"
#include "server/api/params.h"
#include "server/app.h"
#include "server/config.h"
#include "server/domain/account.h"
#include "server/domain/block.h"
#include "server/domain/video_fields.h"
#include "server/view/video_json.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

enum { LIST_MAX = 100 };

static const struct {
    const char *api, *sort;
} sorts[] = {
    {"publishedAt", "published"},
    {"createdAt", "created"},
    {"originallyPublishedAt", "original"},
    {"name", "name"},
    {"duration", "duration"},
    {"views", "views"},
    {"likes", "likes"},
    {"comments", "comments"},
    {"trending", "trending"},
    {"hot", "trending"},
    {"best", "trending"},
    {"localVideoFilesSize", "size"},
    {"match", "match"},
};
enum { SORTS = sizeof sorts / sizeof *sorts };

static struct err read_sort(struct req *rq, const char *fallback, struct video_query *q)
{
    const char *names[SORTS + 1];
    for (int i = 0; i < SORTS; i++)
        names[i] = sorts[i].api;
    names[SORTS] = NULL;
    struct paging paging;
    TRY(query_paging(rq, names, fallback, &paging));
    q->start = paging.start;
    q->count = paging.count;
    q->descending = paging.descending;
    q->skip_count = paging.skip_count;
    for (int i = 0; i < SORTS; i++)
        if (!strcmp(sorts[i].api, paging.sort))
            q->sort = sorts[i].sort;
    return OK;
}

static const char *lower_case(struct arena *a, const char *text)
{
    char *out = arena_strdup(a, text);
    for (char *p = out; *p; p++)
        *p = (char)tolower((unsigned char)*p);
    return out;
}

/* The values of a repeated parameter as a JSON array; *out stays NULL when there is none. */
static struct err read_list(struct req *rq, const char *name, bool numbers, bool lower,
                            const char **out)
{
    size_t count;
    const char *const *values = query_list(rq, name, &count);
    if (count == 0)
        return OK;
    if (count > LIST_MAX)
        return req_invalid(rq, name, "Should have at most 100 values");
    struct strbuf json = STRBUF_IN(rq->arena);
    for (size_t i = 0; i < count; i++) {
        strbuf_adds(&json, i ? "," : "[");
        if (numbers) {
            char *end;
            long long n = strtoll(values[i], &end, 10);
            if (!*values[i] || *end)
                return req_invalid(rq, name, "Should be numbers");
            strbuf_addf(&json, "%lld", n);
            continue;
        }
        strbuf_add_json(&json, lower ? lower_case(rq->arena, values[i]) : values[i]);
    }
    strbuf_adds(&json, "]");
    *out = json.text;
    return OK;
}

static struct err read_time(struct req *rq, const char *name, const char **out)
{
    const char *text = req_query(rq, name);
    int64_t ms;
    if (!text)
        return OK;
    if (!iso8601_parse(text, &ms))
        return req_invalid(rq, name, "Should be a date");
    *out = arena_printf(rq->arena, "%lld", (long long)ms);
    return OK;
}

/* Seconds as shown, which are rounded. `add_ms` makes a bound of milliseconds of it. */
static struct err read_duration(struct req *rq, const char *name, int add_ms, const char **out)
{
    int64_t seconds = -1;
    TRY(query_int(rq, name, 0, INT32_MAX, &seconds));
    if (seconds >= 0)
        *out = arena_printf(rq->arena, "%lld", (long long)seconds * 1000 + add_ms);
    return OK;
}

/* What a caller who does not say gets: his own setting; everybody else "do not list". */
static struct err nsfw_default(struct req *rq, int *nsfw)
{
    *nsfw = 0;
    if (!rq->caller)
        return OK;
    struct user user;
    TRY(user_get(rq->db, rq->arena, rq->caller->user_id, &user));
    json_t *settings = json_loads(user.settings, 0, NULL);
    const char *policy = json_string_value(json_object_get(settings, "nsfwPolicy"));
    if (policy && strcmp(policy, "do_not_list"))
        *nsfw = -1;
    json_decref(settings);
    return OK;
}

static struct err read_nsfw(struct req *rq, struct video_query *q)
{
    const char *text = req_query(rq, "nsfw");
    bool nsfw = false;
    int64_t in = 0, out = 0;
    if (!text)
        TRY(nsfw_default(rq, &q->nsfw));
    else if (!strcmp(text, "both"))
        q->nsfw = -1;
    else if (query_bool(rq, "nsfw", &nsfw).id)
        return req_invalid(rq, "nsfw", "Should be true, false or both");
    else
        q->nsfw = nsfw;
    TRY(query_int(rq, "nsfwFlagsIncluded", 0, INT32_MAX, &in));
    TRY(query_int(rq, "nsfwFlagsExcluded", 0, INT32_MAX, &out));
    q->nsfw_flags_in = (int)in;
    q->nsfw_flags_out = (int)out;
    return OK;
}

/* Every video is recorded and has both kinds of files. */
static struct err read_kind(struct req *rq, struct video_query *q)
{
    bool local = false, live = false, hls = true, web = true, scheduled;
    TRY(query_bool(rq, "isLocal", &local));
    TRY(query_bool(rq, "isLive", &live));
    TRY(query_bool(rq, "hasHLSFiles", &hls));
    TRY(query_bool(rq, "hasWebVideoFiles", &web));
    TRY(query_bool(rq, "includeScheduledLive", &scheduled));
    const char *filter = req_query(rq, "filter"), *host = req_query(rq, "host");
    if (filter && *filter && strcmp(filter, "local") && strcmp(filter, "all-local"))
        return req_invalid(rq, "filter", "Should be local or all-local");
    const char *target = req_query(rq, "searchTarget");
    if (target && strcmp(target, "local") && strcmp(target, "search-index"))
        return req_invalid(rq, "searchTarget", "Should be local or search-index");
    if (filter && *filter)
        q->from = FROM_HERE;
    else if (req_query(rq, "isLocal"))
        q->from = local ? FROM_HERE : FROM_ELSEWHERE;
    if (host && *host && strcasecmp(host, url_host(rq->app->config->url)) == 0)
        q->from = FROM_HERE;
    else if (host && *host)
        q->host = lower_case(rq->arena, host);
    q->nothing = live || !hls || !web;
    return OK;
}

static struct err read_moderation(struct req *rq, struct video_query *q)
{
    static const char *const names[] = {"include", "privacyOneOf", "stateOneOf",
                                        "autoTagOneOf"};
    bool own = q->everything && q->of == OF_ACCOUNT; /* one's own videos */
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        size_t count;
        query_list(rq, names[i], &count);
        if (count && !own && !caller_moderates(rq->caller))
            return FAIL(UNAUTHORIZED, "only moderators may filter by include, privacyOneOf, "
                                      "stateOneOf and autoTagOneOf");
    }
    int64_t include = 0;
    TRY(query_int(rq, "include", 0, INT32_MAX, &include));
    TRY(read_list(rq, "privacyOneOf", true, false, &q->privacies_json));
    TRY(read_list(rq, "stateOneOf", true, false, &q->states_json));
    if ((include & 1) || q->privacies_json || q->states_json) {
        if (q->of == OF_SITE)
            q->of = OF_EVERYTHING;
        q->everything = true;
    }
    bool unwatched = false;
    TRY(query_bool(rq, "excludeAlreadyWatched", &unwatched));
    if (unwatched && !rq->caller)
        return req_invalid(rq, "excludeAlreadyWatched",
                           "Cannot be used without being signed in");
    return OK;
}

/* Whom he blocks is not in lists of the site; what he asks for by name is. */
static struct err read_viewer(struct req *rq, struct video_query *q)
{
    bool blocks = false;
    if (q->of == OF_SITE && rq->caller)
        TRY(blocks_anybody(rq->db, rq->caller->user_id, &blocks));
    q->viewer = blocks ? rq->caller->user_id : 0;
    return OK;
}

struct err video_query_read(struct req *rq, const char *fallback, struct video_query *q)
{
    TRY(read_viewer(rq, q));
    TRY(read_sort(rq, fallback, q));
    TRY(read_nsfw(rq, q));
    TRY(read_kind(rq, q));
    TRY(read_moderation(rq, q));
    TRY(read_list(rq, "categoryOneOf", true, false, &q->categories_json));
    TRY(read_list(rq, "licenceOneOf", true, false, &q->licences_json));
    TRY(read_list(rq, "languageOneOf", false, false, &q->languages_json));
    TRY(read_list(rq, "tagsOneOf", false, true, &q->tags_one_json));
    TRY(read_list(rq, "tagsAllOf", false, true, &q->tags_all_json));
    TRY(read_list(rq, "uuids", false, true, &q->uuids_json));
    TRY(read_time(rq, "startDate", &q->published_from));
    TRY(read_time(rq, "endDate", &q->published_to));
    TRY(read_time(rq, "originallyPublishedStartDate", &q->original_from));
    TRY(read_time(rq, "originallyPublishedEndDate", &q->original_to));
    TRY(read_duration(rq, "durationMin", -500, &q->duration_from));
    TRY(read_duration(rq, "durationMax", 500, &q->duration_to));
    q->words = req_query(rq, "search");
    if (q->words && !*q->words)
        q->words = NULL;
    if (q->words && text_length(q->words) > 500)
        return req_invalid(rq, "search", "Should have at most 500 characters");
    if (!strcmp(q->sort, "match") && (!q->words || q->of != OF_SITE))
        q->sort = "published", q->descending = true;
    return OK;
}

/* --- answering
 * ---------------------------------------------------------------------------------- */

static void key_add(struct strbuf *key, const char *text)
{
    strbuf_addf(key, "|%zu:%s", text ? strlen(text) : 0, text ? text : "");
}

/* Equal for queries with equal answers, whoever asks. */
static const char *key_of(struct arena *a, const struct video_query *q)
{
    struct strbuf key = STRBUF_IN(a);
    strbuf_addf(&key, "%d %lld %s %d %d %d %d %d %d %d %d %d", q->of, (long long)q->of_id,
                q->sort, q->descending, q->skip_count, q->start, q->count, q->nothing, q->nsfw,
                q->nsfw_flags_in, q->nsfw_flags_out, q->from);
    const char *const texts[] = {
        q->categories_json, q->licences_json, q->languages_json, q->tags_one_json,
        q->tags_all_json,   q->uuids_json,    q->published_from, q->published_to,
        q->original_from,   q->original_to,   q->duration_from,  q->duration_to,
        q->words,           q->host,
    };
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        key_add(&key, texts[i]);
    return key.text;
}

struct err video_query_json(struct req *rq, const struct video_query *q, bool own,
                            const char **text, size_t *bytes)
{
    bool shared = !own && !q->viewer && !q->everything && q->of != OF_EVERYTHING;
    const char *key = shared ? key_of(rq->arena, q) : NULL;
    uint64_t generation = video_generation(rq->db);
    if (shared &&
        (*text = answer_cache_get(rq->app->answers, rq->arena, key, generation, bytes)))
        return OK;
    struct video_list list;
    TRY(video_list(rq->db, rq->arena, q, &list));
    struct strbuf json = STRBUF_IN(rq->arena);
    video_list_json(&json, rq->app->config->url, &list, own);
    if (shared)
        answer_cache_put(rq->app->answers, key, generation, json.text, json.length);
    *text = json.text;
    *bytes = json.length;
    return OK;
}

struct err video_query_answer(struct req *rq, struct res *rs, const struct video_query *q,
                              bool own)
{
    const char *text;
    size_t bytes;
    TRY(video_query_json(rq, q, own, &text, &bytes));
    res_text(rs, 200, "application/json; charset=utf-8", text, bytes);
    return OK;
}
