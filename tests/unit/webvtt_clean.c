/* webvtt_clean.c — captions from outside: what is read, what is refused, what is left of them.
 */
#include "tests/unit/test.h"

#include "base/arena.h"
#include "server/domain/webvtt.h"

#define TIMES "00:00:01.000 --> 00:00:02.000"

/* Literals may hold NUL bytes. */
#define CASE(in, out)           \
    {                           \
        in, sizeof(in) - 1, out \
    }

TEST(what_is_kept_of_captions)
{
    static const struct {
        const char *in;
        size_t bytes;
        const char *out; /* without the "WEBVTT" line */
    } cases[] = {
        CASE("WEBVTT", ""),
        CASE("WEBVTT - a title\nKind: captions\n\nNOTE x\ny\n\nSTYLE\n::cue{}\n\nid\n" TIMES
             "\nHi\n",
             "\n" TIMES "\nHi\n"),
        /* without an empty line, with settings, good and bad */
        CASE("WEBVTT\n00:01.0 --> 00:02.000 line:10%,end region:r align:start x:<\nHi\n",
             "\n" TIMES " line:10%,end align:start\nHi\n"),
        CASE("WEBVTT\n\n00:03.000 --> 00:04.000\nb\n" TIMES "\na\n",
             "\n" TIMES "\na\n\n00:00:03.000 --> 00:00:04.000\nb\n"),
        /* SubRip: commas, numbers, line ends, empty lines in a text, tags of place */
        CASE("\xef\xbb\xbf"
             "1\r\n00:00:01,000 --> 00:00:02,000\r\n{\\an8}<font color=red>One</font>\r\n\r\n"
             "goes on\r\n\r\n\r\n2\r\n00:00:03,5 --> 00:00:04,000\r\nTwo & three\r\n",
             "\n" TIMES "\nOne\ngoes on\n\n00:00:03.500 --> 00:00:04.000\nTwo &amp; three\n"),
        CASE("00:00:01,000 --> 00:00:02,000\nno number\n", "\n" TIMES "\nno number\n"),
        /* what says nothing goes */
        CASE("WEBVTT\n\n" TIMES "\n<x></x>\n\n00:05.000 --> 00:05.000\nzero\n", ""),
        /* tags: known, unknown, open, crossed; times within a text */
        CASE("WEBVTT\n\n" TIMES "\n<v Ann & Bo>Hi <i.loud>there <script>x</script> 1 < 2 <3\n",
             "\n" TIMES "\n<v Ann &amp; Bo>Hi <i.loud>there x 1 &lt; 2 &lt;3</i></v>\n"),
        CASE("WEBVTT\n\n" TIMES "\n<b><i>x</b>y</i> <00:00:01.500>z &lt; &amp &#60;\n",
             "\n" TIMES "\n<b><i>x</i></b>y <00:00:01.500>z &lt; &amp;amp &#60;\n"),
        CASE("WEBVTT\n\n" TIMES "\n<x>\nleft\n", "\n" TIMES "\nleft\n"),
        /* encodings */
        CASE("1\n00:00:01,000 --> 00:00:02,000\nCaf\xe9 \x80\n",
             "\n" TIMES "\nCaf\xc3\xa9 \xe2\x82\xac\n"),
        CASE("\xff\xfeW\0E\0B\0V\0T\0T\0\n\0\n\0"
             "0\0"
             "0\0:\0"
             "0\0"
             "1\0.\0"
             "0\0 \0-\0-\0>\0 \0"
             "0\0"
             "0\0:\0"
             "0\0"
             "2\0.\0"
             "0\0\n\0=\xd8\x00\xde",
             "\n" TIMES "\n\xf0\x9f\x98\x80\n"),
        CASE("WEBVTT\n\n" TIMES "\na\0b\n", "\n" TIMES "\na\xef\xbf\xbd"
                                            "b\n"),
    };
    SCOPED_ARENA struct arena *a = arena_open();
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct strbuf out = STRBUF_IN(a), again = STRBUF_IN(a);
        print_message("%s\n", cases[i].in);
        CHECK_INT(webvtt_clean(cases[i].in, cases[i].bytes, &out).id, ERR_NONE);
        CHECK_STR(out.text, arena_printf(a, "WEBVTT\n%s", cases[i].out));
        CHECK_INT(webvtt_clean(out.text, out.length, &again).id, ERR_NONE);
        CHECK_STR(again.text, out.text);
    }
}

TEST(what_is_no_caption_is_refused_with_its_line)
{
    static const struct {
        const char *in, *detail;
    } cases[] = {
        {"", "the file is empty"},
        {"hello", "this is neither a WebVTT nor a SubRip file"},
        {"\x89PNG\r\n\x1a\n", "this is neither a WebVTT nor a SubRip file"},
        {"WEBVTTX\n", "this is neither a WebVTT nor a SubRip file"},
        {"1\n2\n3\n", "this is neither a WebVTT nor a SubRip file"},
        {"WEBVTT\n\nid\n\ntext\n", "line 4: expected times like 00:01:02.500 --> 00:01:04.000"},
        {"WEBVTT\n\n00:01 --> 00:02.000\nx\n",
         "line 3: expected times like 00:01:02.500 --> 00:01:04.000"},
        {"WEBVTT\n\n00:61:00.000 --> 00:62:00.000\nx\n",
         "line 3: expected times like 00:01:02.500 --> 00:01:04.000"},
        {"WEBVTT\n\n00:03.000 --> 00:02.000\nx\n", "line 3: a caption ends before it starts"},
        {"\n\n1\n00:00:01,000 --> 00:00:02,000\nx\n\n2\n00:00:03,000 -> 00:00:04,000\ny\n\n3\n"
         "00:00:09,000 --> 00:00:05,000\nz\n",
         "line 12: a caption ends before it starts"},
    };
    SCOPED_ARENA struct arena *a = arena_open();
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct strbuf out = STRBUF_IN(a);
        struct err e = webvtt_clean(cases[i].in, strlen(cases[i].in), &out);
        print_message("%s\n", cases[i].in);
        CHECK_INT(e.id, ERR_CAPTION_INVALID);
        CHECK_STR(e.detail, cases[i].detail);
    }
}

TEST(limits_hold)
{
    SCOPED_ARENA struct arena *a = arena_open();
    struct strbuf in = STRBUF_IN(a), out = STRBUF_IN(a);
    strbuf_adds(&in, "WEBVTT\n\n" TIMES "\n");
    for (int i = 0; i < WEBVTT_CUE_BYTES_MAX / 8 + 2; i++)
        strbuf_adds(&in, "seven x\n");
    CHECK_INT(webvtt_clean(in.text, in.length, &out).id, ERR_CAPTION_INVALID);
    in.length = 0;
    strbuf_adds(&in, "WEBVTT\n\n");
    for (int i = 0; i <= WEBVTT_CUES_MAX; i++)
        strbuf_adds(&in, TIMES "\nx\n\n");
    CHECK_INT(webvtt_clean(in.text, in.length, &out).id, ERR_CAPTION_INVALID);
    /* a large file without a second cue is read in one go, not once a line */
    in.length = 0;
    strbuf_adds(&in, "1\n00:00:01,000 --> 00:00:02,000\nx\n");
    for (int i = 0; i < 2000000; i++)
        strbuf_adds(&in, "\n");
    CHECK_INT(webvtt_clean(in.text, in.length, &out).id, ERR_NONE);
}

TEST_MAIN
