/* video_fields.c — see video_fields.h. Source: PeerTube 8.2's limits (api-core.md sections 4,
 * 7). */
#include "server/domain/video_fields.h"

#include "server/domain/publish.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>

enum {
    TITLE_MIN = 3,
    TITLE_MAX = 120,
    TEXT_MAX = 10000,
    SUPPORT_MAX = 1000,
    SUMMARY_MAX = 250,
    TAGS_MAX = 5,
    TAG_MIN = 2,
    TAG_MAX = 30,
    CATEGORY_LAST = 18,
    LICENCE_LAST = 9,
};

struct reader {
    struct arena *arena;
    const json_t *object;
    struct video_fields *out;
};

void video_fields_problem(struct arena *a, struct video_fields *fields, const char *field,
                          const char *message)
{
    struct field_problem *p = arena_alloc(a, sizeof *p), **end = &fields->problems;
    *p = (struct field_problem){.field = field, .message = message};
    while (*end)
        end = &(*end)->next;
    *end = p;
}

static void wrong(struct reader *r, const char *field, const char *message)
{
    video_fields_problem(r->arena, r->out, field, message);
}

/* --- values, however they were sent --------------------------------------------------------
 */

enum given { ABSENT, EMPTY, VALUE }; /* EMPTY: null, "null" or "" */

static enum given find(struct reader *r, const char *field, const json_t **value)
{
    *value = json_object_get(r->object, field);
    if (!*value)
        return ABSENT;
    if (json_is_null(*value))
        return EMPTY;
    const char *text = json_string_value(*value);
    return text && (!*text || !strcmp(text, "null")) ? EMPTY : VALUE;
}

static bool read_int(const json_t *value, int64_t *out)
{
    if (json_is_integer(value)) {
        *out = json_integer_value(value);
        return true;
    }
    const char *text = json_string_value(value);
    if (!text || !*text || strspn(text, "0123456789") != strlen(text))
        return false;
    errno = 0;
    long long number = strtoll(text, NULL, 10);
    *out = number;
    return errno == 0;
}

static bool read_bool(const json_t *value, bool *out)
{
    if (json_is_boolean(value)) {
        *out = json_is_true(value);
        return true;
    }
    int64_t number;
    if (read_int(value, &number)) {
        *out = number == 1;
        return number == 0 || number == 1;
    }
    const char *text = json_string_value(value);
    *out = text && !strcasecmp(text, "true");
    return *out || (text && !strcasecmp(text, "false"));
}

/* Code points, which is what people count and what the limits mean. */
static size_t characters(const char *text)
{
    size_t count = 0;
    for (; *text; text++)
        count += ((unsigned char)*text & 0xC0) != 0x80;
    return count;
}

static bool controls_in(const char *text, bool lines_are_fine)
{
    for (const unsigned char *p = (const unsigned char *)text; *p; p++)
        if ((*p < ' ' && !(lines_are_fine && strchr("\t\n\r", *p))) || *p == 0x7F)
            return true;
    return false;
}

/* Forms end their lines with CR LF (RFC 7578); JSON clients with LF. */
static char *unix_lines(struct arena *a, const char *text)
{
    char *copy = arena_strdup(a, text), *to = copy;
    for (const char *from = copy; *from; from++)
        if (*from != '\r' || from[1] != '\n')
            *to++ = *from;
    *to = 0;
    return copy;
}

static char *trimmed(struct arena *a, const char *text)
{
    while (*text == ' ' || *text == '\t' || *text == '\n' || *text == '\r')
        text++;
    size_t length = strlen(text);
    while (length && strchr(" \t\n\r", text[length - 1]))
        length--;
    return arena_strndup(a, text, length);
}

/* --- one field ------------------------------------------------------------------------------
 */

static void text_field(struct reader *r, const char *field, unsigned bit, size_t limit,
                       const char **out)
{
    const json_t *value;
    switch (find(r, field, &value)) {
    case ABSENT: return;
    case EMPTY: r->out->given |= bit; return;
    case VALUE: break;
    }
    const char *text = json_string_value(value);
    if (text)
        text = unix_lines(r->arena, text);
    if (!text)
        wrong(r, field, "Should be a text");
    else if (controls_in(text, true))
        wrong(r, field, "Should not hold control characters");
    else if (characters(text) > limit)
        wrong(r, field, arena_printf(r->arena, "Should have at most %zu characters", limit));
    else {
        r->out->given |= bit;
        *out = text;
    }
}

static void name_field(struct reader *r)
{
    const json_t *value = json_object_get(r->object, "name");
    if (!value)
        return;
    const char *text = json_string_value(value);
    const char *name = text ? trimmed(r->arena, text) : "";
    size_t length = characters(name);
    if (length < TITLE_MIN || length > TITLE_MAX) {
        wrong(r, "name", "Should have a name between 3 and 120 characters long");
    } else if (controls_in(name, false)) {
        wrong(r, "name", "Should not hold line breaks or control characters");
    } else {
        r->out->given |= VIDEO_NAME;
        r->out->name = name;
    }
}

/* An id between 1 and `last`; empty gives 0 where that is allowed. */
static void id_field(struct reader *r, const char *field, unsigned bit, int64_t last,
                     bool may_be_empty, int64_t *out)
{
    const json_t *value;
    enum given given = find(r, field, &value);
    int64_t id = 0;
    if (given == ABSENT)
        return;
    if (given == EMPTY && !may_be_empty)
        wrong(r, field, "Should not be empty");
    else if (given == VALUE && (!read_int(value, &id) || id < 1 || id > last))
        wrong(r, field, "Should be a known id");
    else {
        r->out->given |= bit;
        *out = id;
    }
}

static void bool_field(struct reader *r, const char *field, unsigned bit, bool *out)
{
    const json_t *value;
    enum given given = find(r, field, &value);
    bool answer;
    if (given == ABSENT || given == EMPTY)
        return; /* PeerTube's clients send null for "as it is" */
    if (!read_bool(value, &answer)) {
        wrong(r, field, "Should be a boolean");
        return;
    }
    r->out->given |= bit;
    *out = answer;
}

/* The form of a language tag; which ones exist is known to view/labels. */
static void language_field(struct reader *r)
{
    const char *language = NULL;
    unsigned before = r->out->given;
    text_field(r, "language", VIDEO_LANGUAGE, 32, &language);
    static const char letters[] =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-";
    if (language && (strspn(language, letters) != strlen(language) || strlen(language) < 2)) {
        wrong(r, "language", "Should be a known language");
        r->out->given = before;
        return;
    }
    r->out->language = language;
}

static void privacy_field(struct reader *r)
{
    const json_t *value = json_object_get(r->object, "privacy");
    int64_t privacy;
    if (!value)
        return;
    if (!read_int(value, &privacy) || privacy < PRIVACY_PUBLIC || privacy > 5) {
        wrong(r, "privacy", "Should be a known privacy");
    } else if (privacy > PRIVACY_INTERNAL) {
        wrong(r, "privacy", "Password protected videos are not supported here");
    } else {
        r->out->given |= VIDEO_PRIVACY;
        r->out->privacy = (int)privacy;
    }
}

static void comments_field(struct reader *r)
{
    int64_t policy = 0;
    id_field(r, "commentsPolicy", VIDEO_COMMENTS_POLICY, 3, false, &policy);
    if (policy) {
        r->out->comments_policy = (int)policy;
    } else if (!json_object_get(r->object, "commentsPolicy")) {
        bool enabled = true;
        bool_field(r, "commentsEnabled", VIDEO_COMMENTS_POLICY, &enabled);
        r->out->comments_policy = enabled ? 1 : 2;
    }
}

static void tag_add(struct reader *r, json_t *tags, const json_t *value)
{
    const char *text = json_string_value(value);
    const char *tag = text ? trimmed(r->arena, text) : "";
    if (!*tag && (text || json_is_null(value)))
        return; /* the CLI sends an empty one for "no tags" */
    size_t length = characters(tag), index;
    const json_t *other;
    if (length < TAG_MIN || length > TAG_MAX || controls_in(tag, false)) {
        wrong(r, "tags", "Each tag should have between 2 and 30 characters");
        return;
    }
    json_array_foreach (tags, index, other)
        if (!strcasecmp(json_string_value(other), tag))
            return;
    json_array_append_new(tags, json_string(tag));
}

static void tags_field(struct reader *r)
{
    const json_t *value;
    enum given given = find(r, "tags", &value);
    if (given == ABSENT && !(value = json_object_get(r->object, "tags[]")))
        return;
    json_t *tags = json_array();
    const struct field_problem *const before = r->out->problems;
    if (given != EMPTY && json_is_array(value)) {
        for (size_t i = 0; i < json_array_size(value); i++)
            tag_add(r, tags, json_array_get(value, i));
    } else if (given != EMPTY && json_is_object(value)) { /* tags[0], tags[1] of a form */
        const char *key;
        json_t *item;
        json_object_foreach ((json_t *)value, key, item)
            tag_add(r, tags, item);
    } else if (given != EMPTY) {
        tag_add(r, tags, value);
    }
    if (json_array_size(tags) > TAGS_MAX)
        wrong(r, "tags", "Should be an array of up to 5 tags");
    if (r->out->problems == before) {
        char *text = json_dumps(tags, JSON_COMPACT);
        r->out->given |= VIDEO_TAGS;
        r->out->tags_json = arena_strdup(r->arena, text);
        free(text);
    }
    json_decref(tags);
}

/* --- times -----------------------------------------------------------------------------------
 */

/* Reads exactly `digits` digits. */
static bool take_number(const char **p, int digits, int *out)
{
    *out = 0;
    for (int i = 0; i < digits; i++, (*p)++) {
        if (**p < '0' || **p > '9')
            return false;
        *out = *out * 10 + (**p - '0');
    }
    return true;
}

static bool take(const char **p, const char *any_of)
{
    if (!**p || !strchr(any_of, **p))
        return false;
    (*p)++;
    return true;
}

static int days_in_month(int year, int month)
{
    static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
    return month == 2 && leap ? 29 : days[month - 1];
}

bool iso8601_parse(const char *text, int64_t *ms)
{
    int year, month, day, hour = 0, minute = 0, second = 0, fraction_ms = 0, offset_min = 0;
    const char *p = text;
    if (!take_number(&p, 4, &year) || !take(&p, "-") || !take_number(&p, 2, &month) ||
        !take(&p, "-") || !take_number(&p, 2, &day))
        return false;
    if (month < 1 || month > 12 || day < 1 || day > days_in_month(year, month))
        return false;
    if (take(&p, "Tt ")) {
        if (!take_number(&p, 2, &hour) || !take(&p, ":") || !take_number(&p, 2, &minute))
            return false;
        if (take(&p, ":") && !take_number(&p, 2, &second))
            return false;
        if (take(&p, ".,")) {
            int weight = 100;
            if (*p < '0' || *p > '9')
                return false;
            for (; *p >= '0' && *p <= '9'; p++, weight /= 10)
                fraction_ms += (*p - '0') * weight;
        }
        if (*p == '+' || *p == '-') {
            int sign = *p++ == '-' ? -1 : 1, hours, minutes = 0;
            if (!take_number(&p, 2, &hours))
                return false;
            if (take(&p, ":") || *p) {
                if (!take_number(&p, 2, &minutes))
                    return false;
            }
            if (hours > 23 || minutes > 59)
                return false;
            offset_min = sign * (hours * 60 + minutes);
        } else {
            take(&p, "Zz");
        }
    }
    if (*p || hour > 23 || minute > 59 || second > 60)
        return false;
    struct tm tm = {.tm_year = year - 1900,
                    .tm_mon = month - 1,
                    .tm_mday = day,
                    .tm_hour = hour,
                    .tm_min = minute,
                    .tm_sec = second};
    *ms = ((int64_t)timegm(&tm) - (int64_t)offset_min * 60) * 1000 + fraction_ms;
    return true;
}

static void originally_published_field(struct reader *r)
{
    const json_t *value;
    int64_t ms = 0;
    enum given given = find(r, "originallyPublishedAt", &value);
    if (given == ABSENT)
        return;
    const char *text = json_string_value(value);
    if (given == VALUE && (!text || !iso8601_parse(text, &ms))) {
        wrong(r, "originallyPublishedAt", "Should be a date");
        return;
    }
    r->out->given |= VIDEO_ORIGINALLY_PUBLISHED;
    r->out->originally_published_ms = ms;
}

/* --- all of them
 * ------------------------------------------------------------------------------ */

void video_fields_read(struct arena *a, const json_t *object, struct video_fields *out)
{
    /* privacy: a client that does not say gets the cautious one, as in PeerTube */
    *out = (struct video_fields){.tags_json = "[]",
                                 .privacy = PRIVACY_PRIVATE,
                                 .comments_policy = 1,
                                 .download_enabled = true};
    struct reader r = {.arena = a, .object = object, .out = out};
    int64_t flags = 0;
    name_field(&r);
    id_field(&r, "channelId", VIDEO_CHANNEL, INT64_MAX, false, &out->channel_id);
    text_field(&r, "description", VIDEO_DESCRIPTION, TEXT_MAX, &out->description);
    text_field(&r, "support", VIDEO_SUPPORT, SUPPORT_MAX, &out->support);
    id_field(&r, "category", VIDEO_CATEGORY, CATEGORY_LAST, true, &out->category);
    id_field(&r, "licence", VIDEO_LICENCE, LICENCE_LAST, true, &out->licence);
    language_field(&r);
    tags_field(&r);
    privacy_field(&r);
    bool_field(&r, "nsfw", VIDEO_NSFW, &out->nsfw);
    const json_t *value;
    enum given given = find(&r, "nsfwFlags", &value);
    if (given == VALUE && (!read_int(value, &flags) || flags < 0 || flags > 3)) {
        wrong(&r, "nsfwFlags", "Should be known flags");
    } else if (given != ABSENT) {
        out->given |= VIDEO_NSFW_FLAGS;
        out->nsfw_flags = (int)flags;
    }
    text_field(&r, "nsfwSummary", VIDEO_NSFW_SUMMARY, SUMMARY_MAX, &out->nsfw_summary);
    comments_field(&r);
    bool_field(&r, "downloadEnabled", VIDEO_DOWNLOAD_ENABLED, &out->download_enabled);
    bool_field(&r, "waitTranscoding", VIDEO_WAIT_TRANSCODING, &out->wait_transcoding);
    originally_published_field(&r);
}

void video_fields_apply(const struct video_fields *fields, struct video_new *out)
{
    out->channel_id = fields->channel_id;
    out->name = fields->name;
    out->description = fields->description;
    out->support = fields->support;
    out->language = fields->language;
    out->nsfw_summary = fields->nsfw_summary;
    out->tags_json = fields->tags_json;
    out->category = fields->category;
    out->licence = fields->licence;
    out->privacy = fields->privacy;
    out->comments_policy = fields->comments_policy;
    out->nsfw_flags = fields->nsfw_flags;
    out->nsfw = fields->nsfw;
    out->download_enabled = fields->download_enabled;
    out->wait_transcoding = fields->wait_transcoding;
    out->originally_published_ms = fields->originally_published_ms;
}
