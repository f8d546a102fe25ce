/* upload_fields.c — what people say about a video: JSON, forms, limits, dates. */
#include "tests/unit/test.h"

#include "server/domain/publish.h"
#include "server/domain/video_fields.h"

static struct video_fields read_fields(struct arena *a, const char *json)
{
    struct video_fields f;
    json_t *object = json_loads(json, 0, NULL);
    if (!object)
        print_error("the test's JSON is broken: %s\n", json);
    video_fields_read(a, object, &f);
    json_decref(object);
    return f;
}

TEST(a_json_body_is_read)
{
    SCOPED_ARENA struct arena *a = arena_open();
    struct video_fields f = read_fields(
        a, "{\"name\": \"  Sea lions  \", \"channelId\": 7, \"description\": \"Two\\nlines\","
           " \"category\": 16, \"licence\": 2, \"language\": \"fr\", \"privacy\": 1,"
           " \"tags\": [\"sea\", \"Lions\", \"SEA\"], \"nsfw\": true, \"nsfwFlags\": 3,"
           " \"commentsPolicy\": 3, \"downloadEnabled\": false, \"waitTranscoding\": true,"
           " \"originallyPublishedAt\": \"2024-05-01T10:00:00.500Z\", \"unknown\": {}}");
    CHECK(!f.problems);
    CHECK_STR(f.name, "Sea lions");
    CHECK_INT(f.channel_id, 7);
    CHECK_STR(f.description, "Two\nlines");
    CHECK_INT(f.category, 16);
    CHECK_INT(f.licence, 2);
    CHECK_STR(f.language, "fr");
    CHECK_INT(f.privacy, PRIVACY_PUBLIC);
    CHECK_STR(f.tags_json, "[\"sea\",\"Lions\"]");
    CHECK(f.nsfw);
    CHECK_INT(f.nsfw_flags, 3);
    CHECK_INT(f.comments_policy, 3);
    CHECK(!f.download_enabled);
    CHECK(f.wait_transcoding);
    CHECK_INT(f.originally_published_ms, 1714557600500);
    CHECK_INT(f.given, VIDEO_NAME | VIDEO_CHANNEL | VIDEO_DESCRIPTION | VIDEO_CATEGORY |
                           VIDEO_LICENCE | VIDEO_LANGUAGE | VIDEO_TAGS | VIDEO_PRIVACY |
                           VIDEO_NSFW | VIDEO_NSFW_FLAGS | VIDEO_COMMENTS_POLICY |
                           VIDEO_DOWNLOAD_ENABLED | VIDEO_WAIT_TRANSCODING |
                           VIDEO_ORIGINALLY_PUBLISHED);
}

TEST(a_form_means_the_same_in_strings)
{
    SCOPED_ARENA struct arena *a = arena_open();
    struct video_fields f = read_fields(
        a, "{\"name\": \"Sea lions\", \"channelId\": \"7\", \"category\": \"null\","
           " \"privacy\": \"2\", \"tags\": {\"0\": \"one\", \"1\": \"two\"}, \"nsfw\": \"0\","
           " \"downloadEnabled\": \"true\", \"waitTranscoding\": \"1\", \"support\": \"null\", "
           "\"description\": \"Two\\r\\nlines\","
           " \"originallyPublishedAt\": \"null\"}");
    CHECK(!f.problems);
    CHECK_INT(f.channel_id, 7);
    CHECK_INT(f.category, 0);
    CHECK(f.given & VIDEO_CATEGORY);
    CHECK_INT(f.privacy, PRIVACY_UNLISTED);
    CHECK_STR(f.tags_json, "[\"one\",\"two\"]");
    CHECK(!f.nsfw);
    CHECK(f.given & VIDEO_NSFW);
    CHECK(f.download_enabled);
    CHECK(f.wait_transcoding);
    CHECK_STR(f.description, "Two\nlines");
    CHECK_STR(f.support, NULL);
    CHECK(f.given & VIDEO_SUPPORT);
    CHECK_INT(f.originally_published_ms, 0);
    CHECK(f.given & VIDEO_ORIGINALLY_PUBLISHED);
}

TEST(nothing_said_gives_the_cautious_defaults)
{
    SCOPED_ARENA struct arena *a = arena_open();
    struct video_fields f = read_fields(a, "{}");
    CHECK(!f.problems);
    CHECK_INT(f.given, 0);
    CHECK_INT(f.privacy, PRIVACY_PRIVATE);
    CHECK_INT(f.comments_policy, 1);
    CHECK(f.download_enabled);
    CHECK_STR(f.tags_json, "[]");
}

TEST(the_older_way_to_close_comments)
{
    SCOPED_ARENA struct arena *a = arena_open();
    CHECK_INT(read_fields(a, "{\"commentsEnabled\": false}").comments_policy, 2);
    CHECK_INT(read_fields(a, "{\"commentsEnabled\": \"true\"}").comments_policy, 1);
    CHECK_INT(
        read_fields(a, "{\"commentsEnabled\": false, \"commentsPolicy\": 1}").comments_policy,
        1);
}

static const char *repeat(struct arena *a, const char *text, int times)
{
    const char *out = "";
    while (times--)
        out = arena_printf(a, "%s%s", out, text);
    return out;
}

TEST(lengths_are_counted_in_characters)
{
    SCOPED_ARENA struct arena *a = arena_open();
    CHECK(!read_fields(a, arena_printf(a, "{\"name\": \"%s\"}", repeat(a, "é", 120))).problems);
    CHECK(read_fields(a, arena_printf(a, "{\"name\": \"%s\"}", repeat(a, "é", 121))).problems);
    CHECK(!read_fields(a, "{\"name\": \"éàü\"}").problems);
}

TEST(each_wrong_field_is_told)
{
    static const struct {
        const char *json, *field;
    } cases[] = {
        {"{\"name\": \"ab\"}", "name"},
        {"{\"name\": \"     a      \"}", "name"},
        {"{\"name\": null}", "name"},
        {"{\"name\": 123}", "name"},
        {"{\"name\": \"two\\nlines\"}", "name"},
        {"{\"channelId\": 0}", "channelId"},
        {"{\"channelId\": -1}", "channelId"},
        {"{\"channelId\": \"12x\"}", "channelId"},
        {"{\"channelId\": \"99999999999999999999\"}", "channelId"},
        {"{\"channelId\": 1.5}", "channelId"},
        {"{\"channelId\": null}", "channelId"},
        {"{\"category\": 19}", "category"},
        {"{\"licence\": 10}", "licence"},
        {"{\"language\": \"a b\"}", "language"},
        {"{\"language\": 7}", "language"},
        {"{\"privacy\": 0}", "privacy"},
        {"{\"privacy\": 5}", "privacy"},
        {"{\"privacy\": 6}", "privacy"},
        {"{\"privacy\": \"public\"}", "privacy"},
        {"{\"nsfw\": \"maybe\"}", "nsfw"},
        {"{\"nsfw\": 2}", "nsfw"},
        {"{\"nsfwFlags\": 4}", "nsfwFlags"},
        {"{\"tags\": [\"a\"]}", "tags"},
        {"{\"tags\": [\"aa\", \"bb\", \"cc\", \"dd\", \"ee\", \"ff\"]}", "tags"},
        {"{\"tags\": [7]}", "tags"},
        {"{\"commentsPolicy\": 4}", "commentsPolicy"},
        {"{\"commentsEnabled\": \"perhaps\"}", "commentsEnabled"},
        {"{\"description\": [\"x\"]}", "description"},
        {"{\"description\": \"a\\u0001b\"}", "description"},
        {"{\"originallyPublishedAt\": \"yesterday\"}", "originallyPublishedAt"},
        {"{\"originallyPublishedAt\": 12}", "originallyPublishedAt"},
    };
    SCOPED_ARENA struct arena *a = arena_open();
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        print_message("%s\n", cases[i].json);
        struct video_fields f = read_fields(a, cases[i].json);
        CHECK(f.problems);
        CHECK_STR(f.problems->field, cases[i].field);
        CHECK(!f.problems->next);
        CHECK_INT(f.given, 0);
    }
    struct video_fields f = read_fields(
        a, arena_printf(a, "{\"description\": \"%s\", \"support\": \"%s\"}",
                        repeat(a, "0123456789", 1001), repeat(a, "0123456789", 101)));
    CHECK_STR(f.problems->field, "description");
    CHECK_STR(f.problems->next->field, "support");
}

TEST(dates_are_read)
{
    static const struct {
        const char *text;
        int64_t ms;
    } good[] = {
        {"1970-01-01", 0},
        {"1970-01-01T00:00:01Z", 1000},
        {"2024-02-29T12:34:56.789Z", 1709210096789},
        {"2024-02-29T12:34:56,7Z", 1709210096700},
        {"2024-02-29T14:34:56+02:00", 1709210096000},
        {"2024-02-29T10:04:56-0230", 1709210096000},
        {"2024-02-29 12:34", 1709210040000},
        {"1920-05-05", -1567123200000},
    };
    static const char *const bad[] = {
        "",
        "2024",
        "2024-02",
        "2023-02-29",
        "2024-13-01",
        "2024-00-10",
        "2024-01-32",
        "2024-01-01T24:00:00Z",
        "2024-01-01T10",
        "2024-01-01T10:00:00.Z",
        "2024-01-01T10:00Zx",
        "2024-01-01T10:00+25:00",
        "2024-01-01T10:00+1",
        "24-01-01",
        "-2024-01-01",
        "2024-1-1",
    };
    int64_t ms;
    for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
        print_message("%s\n", good[i].text);
        CHECK(iso8601_parse(good[i].text, &ms));
        CHECK_INT(ms, good[i].ms);
    }
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        print_message("%s\n", bad[i]);
        CHECK(!iso8601_parse(bad[i], &ms));
    }
}

TEST_MAIN
