/* The arena and the text buffer: memory stays valid, grows, is given back; text is escaped. */
#include "tests/unit/test.h"

#include "base/arena.h"
#include "base/strbuf.h"

#include <jansson.h>

static int order[3], ended;

static void note(void *handle)
{
    order[ended++] = *(int *)handle;
}

TEST(arena_blocks_stay_put_and_are_aligned_and_zeroed)
{
    SCOPED_ARENA struct arena *a = arena_open();
    unsigned char *kept[400];
    for (size_t i = 0; i < 400; i++) {
        size_t bytes = i * 37 % 5000 + 1;
        kept[i] = arena_alloc(a, bytes);
        CHECK_INT((uintptr_t)kept[i] % 16, 0);
        for (size_t j = 0; j < bytes; j++)
            CHECK_INT(kept[i][j], 0);
        memset(kept[i], (int)(i % 251), bytes);
    }
    for (size_t i = 0; i < 400; i++)
        for (size_t j = 0; j < i * 37 % 5000 + 1; j++)
            CHECK_INT(kept[i][j], i % 251);
}

TEST(arena_takes_nothing_and_much)
{
    SCOPED_ARENA struct arena *a = arena_open();
    CHECK(arena_alloc(a, 0) != NULL);
    char *big = arena_alloc(a, 16 << 20);
    big[(16 << 20) - 1] = 1;
    CHECK_STR(arena_strdup(a, NULL), NULL);
    CHECK_STR(arena_strndup(a, "abcdef", 3), "abc");
    CHECK_STR(arena_printf(a, "%s %d", "a", 7), "a 7");
    CHECK_INT(strlen(arena_printf(a, "%20000d", 1)), 20000);
}

TEST(arena_deferred_calls_run_last_first)
{
    int ids[3] = {1, 2, 3};
    ended = 0;
    struct arena *a = arena_open();
    for (int i = 0; i < 3; i++)
        arena_defer(a, note, &ids[i]);
    CHECK_INT(ended, 0);
    arena_close(a);
    CHECK_INT(ended, 3);
    CHECK_INT(order[0] * 100 + order[1] * 10 + order[2], 321);
    arena_close(NULL);
}

TEST(arena_grow_keeps_what_was_there)
{
    SCOPED_ARENA struct arena *a = arena_open();
    int *items = NULL;
    size_t room = 0;
    for (int i = 0; i < 1000; i++) {
        items = arena_grow(a, items, (size_t)i, &room, sizeof *items);
        items[i] = i;
    }
    CHECK(room >= 1000);
    for (int i = 0; i < 1000; i++)
        CHECK_INT(items[i], i);
}

TEST(strbuf_grows)
{
    SCOPED_ARENA struct arena *a = arena_open();
    struct strbuf sb = STRBUF_IN(a);
    for (int i = 0; i < 5000; i++)
        strbuf_addf(&sb, "%d,", i % 10);
    CHECK_INT(sb.length, 10000);
    CHECK_INT(strlen(sb.text), 10000);
    strbuf_addf(&sb, "%5000d", 1); /* longer than any buffer on the stack */
    CHECK_INT(sb.length, 15000);
    strbuf_add(&sb, "", 0);
    CHECK_INT(strlen(sb.text), 15000);
}

static const char *html(struct arena *a, const char *text)
{
    struct strbuf sb = STRBUF_IN(a);
    strbuf_adds(&sb, "");
    strbuf_add_html(&sb, text);
    return sb.text;
}

TEST(html_is_escaped)
{
    SCOPED_ARENA struct arena *a = arena_open();
    CHECK_STR(html(a, ""), "");
    CHECK_STR(html(a, "plain"), "plain");
    CHECK_STR(html(a, "<script>alert('a' & \"b\")</script>"),
              "&lt;script&gt;alert(&#39;a&#39; &amp; &quot;b&quot;)&lt;/script&gt;");
    CHECK_STR(html(a, "&&"), "&amp;&amp;");
    CHECK_STR(html(a, "tail<"), "tail&lt;");
    CHECK_STR(html(a, "Zo\xc3\xab"), "Zo\xc3\xab");
}

static const char *json(struct arena *a, const char *text)
{
    struct strbuf sb = STRBUF_IN(a);
    strbuf_add_json(&sb, text);
    return sb.text;
}

/* What a JSON parser reads back. */
static const char *back(struct arena *a, const char *text)
{
    json_error_t error;
    json_t *value = json_loads(json(a, text), JSON_DECODE_ANY, &error);
    if (!value)
        return "no JSON";
    char *copy = arena_strdup(a, json_string_value(value));
    json_decref(value);
    return copy;
}

TEST(json_strings_read_back)
{
    SCOPED_ARENA struct arena *a = arena_open();
    static const char *const texts[] = {
        "",
        "plain",
        "\"quoted\" \\ back",
        "line\nbreak\ttab\r\b\f\x01\x1f\x7f",
        "Zo\xc3\xab",
        "\xf0\x9f\x8e\xac film",
        "</script><!--",
        "\xe2\x80\xa8 and \xe2\x80\xa9",
    };
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        CHECK_STR(back(a, texts[i]), texts[i]);
    CHECK(strchr(json(a, "</script><!--"), '<') == NULL); /* may stand in a script element */
}

TEST(json_replaces_what_is_no_utf8)
{
    SCOPED_ARENA struct arena *a = arena_open();
#define R "\xef\xbf\xbd"
    CHECK_STR(back(a, "a\xff"
                      "b"),
              "a" R "b");
    CHECK_STR(back(a, "\xc3"), R);                 /* cut off */
    CHECK_STR(back(a, "\xc3("), R "(");            /* no continuation */
    CHECK(strstr(back(a, "\xc0\xaf"), R));         /* overlong slash */
    CHECK(strstr(back(a, "\xe0\x80\xaf"), R));     /* overlong, three bytes */
    CHECK(strstr(back(a, "\xed\xa0\x80"), R));     /* surrogate */
    CHECK(strstr(back(a, "\xf4\x90\x80\x80"), R)); /* beyond U+10FFFF */
    CHECK(strstr(back(a, "\xf0\x9f\x8e"), R));     /* cut off, four bytes */
}

TEST_MAIN
