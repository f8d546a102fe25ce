/* HTML of anybody comes out harmless and well-formed; typed text becomes what was meant. */
#include "tests/unit/test.h"

#include "base/clock.h"
#include "base/strbuf.h"
#include "server/domain/text.h"

struct row {
    const char *in, *out;
};

#define REL " rel=\"nofollow noopener noreferrer ugc\" target=\"_blank\""

static void check_rows(const struct row *rows, size_t count,
                       char *(*make)(struct arena *a, const char *in))
{
    SCOPED_ARENA struct arena *a = arena_open();
    for (size_t i = 0; i < count; i++) {
        const char *got = make(a, rows[i].in);
        if (strcmp(got, rows[i].out) != 0)
            fail_msg("%s\n  became %s\n  not    %s", rows[i].in, got, rows[i].out);
    }
}
#define CHECK_ROWS(rows, make) check_rows(rows, sizeof(rows) / sizeof *(rows), make)

TEST(what_microblogs_send)
{
    static const struct row rows[] = {
        {"<p>Great video</p>", "<p>Great video</p>"},
        {"<p><span class=\"h-card\" translate=\"no\"><a href=\"https://v.example/@a\" "
         "class=\"u-url mention x\">@<span>a</span></a></span> hi<br />there</p>",
         "<p><span class=\"h-card\"><a href=\"https://v.example/@a\" class=\"mention "
         "u-url\"" REL ">@a</a></span> hi<br>there</p>"},
        {"<a href=\"https://e.example/\"><span class=\"invisible\">https://</span><span "
         "class=\"ellipsis\">e.example</span></a>",
         "<a href=\"https://e.example/\"" REL "><span class=\"invisible\">https://</span><span "
         "class=\"ellipsis\">e.example</span></a>"},
        {"<h2>Title</h2>text<hr>more", "<p><strong>Title</strong></p>text<br>more"},
        {"<div>one</div><div>two</div>", "one<br>two"},
        {"<ul><li>a<li>b</ul><ol><li><p>c</p></li></ol>",
         "<ul><li>a</li><li>b</li></ul><ol><li><p>c</p></li></ol>"},
        {"<li>alone</li>", "alone"},
        {"<blockquote><p>q</p></blockquote><pre><code>a &lt; b\n c</code></pre>",
         "<blockquote><p>q</p></blockquote><pre><code>a &lt; b\n c</code></pre>"},
        {"<b>b<i>i</b>x</i>", "<b>b<i>i</i></b><i>x</i>"},
        {"<img src=\"https://e.example/x.png\" alt=\":blobcat:\" class=\"emoji\">",
         ":blobcat:"},
        {"<custom-tag>kept</custom-tag>", "kept"},
        {"a & b < c", "a &amp; b &lt; c"},
        {"&lt;script&gt;", "&lt;script&gt;"},
        {"", ""},
        {"<p>unclosed", "<p>unclosed</p>"},
        {"</p></b>", "<p></p>"},
        {"<table><tr><td>a</td><td>b</td></tr><tr><td>c</td></tr></table>", "ab<br>c"},
        {"<a href=\"/relative\">x</a>", "x"},
        {"<a href=\"mailto:a@b.example\">x</a>", "x"},
        {"<a href=\" https://e.example/a b?c=1&d=2 \">x</a>",
         "<a href=\"https://e.example/a%20b?c=1&amp;d=2\"" REL ">x</a>"},
        {"<a href=\"https://e.example/\">a<a href=\"https://f.example/\">b</a></a>",
         "<a href=\"https://e.example/\"" REL ">a</a><a href=\"https://f.example/\"" REL
         ">b</a>"},
        {"<s>a</s><del>b</del><strike>c</strike><u>d</u><em>e</em><strong>f</strong>",
         "<s>a</s><del>b</del><del>c</del><u>d</u><em>e</em><strong>f</strong>"},
    };
    CHECK_ROWS(rows, text_sanitise);
}

/* From the OWASP and html5sec collections, and what is known to fool sanitisers that work on
 * text: none may leave an element, attribute or address that is not on the list. */
static const char *const hostile[] = {
    "<script>alert(1)</script>",
    "<SCRIPT SRC=//e.example/x.js></SCRIPT>",
    "<scr<script>ipt>alert(1)</scr</script>ipt>",
    "<script/x>alert(1)</script>",
    "<<script>alert(1)//<</script>",
    "<img src=x onerror=alert(1)>",
    "<img src=\"x\" alt=\"<script>alert(1)</script>\">",
    "<img alt='\"><script>alert(1)</script>'>",
    "<svg onload=alert(1)>",
    "<svg><script>alert(1)</script></svg>",
    "<svg><style><img src=x onerror=alert(1)></style></svg>",
    "<svg><a xlink:href=\"javascript:alert(1)\"><text>x</text></a></svg>",
    ("<math><mtext><table><mglyph><style><!--</style><img title=\"--&gt;&lt;img src=1 "
     "onerror=alert(1)&gt;\">"),
    "<math><mi//xlink:href=\"data:x,<script>alert(1)</script>\">",
    "<form><math><mtext></form><form><mglyph><style></math><img src onerror=alert(1)>",
    "<a href=\"javascript:alert(1)\">x</a>",
    "<a href=\"java\nscript:alert(1)\">x</a>",
    "<a href=\" &#14;javascript:alert(1)\">x</a>",
    "<a href=\"jAvAsCrIpT&colon;alert(1)\">x</a>",
    "<a href=\"&#106;&#97;&#118;&#97;script:alert(1)\">x</a>",
    "<a href=\"data:text/html,<script>alert(1)</script>\">x</a>",
    "<a href=\"vbscript:msgbox(1)\">x</a>",
    "<a href=\"https://e.example/\" onclick=\"alert(1)\" style=\"position:fixed\">x</a>",
    "<a href='https://e.example/\"onmouseover=\"alert(1)'>x</a>",
    "<a href=https://e.example/`onmouseover=alert(1)>x</a>",
    "<a href=\"https://e.example/\\\" onclick=alert(1) x=\">x</a>",
    "<a href=\"https:\\\\e.example\">x</a>",
    "<a href=\"https://@e.example\">x</a>",
    "<a href=\"//e.example\">x</a>",
    "<a name=x id=y>x</a>",
    "<p id=\"app\" class=\"admin\" style=\"background:url(javascript:alert(1))\">x</p>",
    "<span class='invisible\" onclick=\"alert(1)'>x</span>",
    "<iframe src=javascript:alert(1)></iframe>",
    "<iframe srcdoc=\"<script>alert(1)</script>\"></iframe>",
    "<object data=\"data:text/html,<script>alert(1)</script>\"></object>",
    "<embed src=javascript:alert(1)>",
    "<base href=\"javascript:alert(1)//\">",
    "<meta http-equiv=refresh content=\"0;url=javascript:alert(1)\">",
    "<link rel=stylesheet href=javascript:alert(1)>",
    "<style>@import 'https://e.example/x.css';</style>",
    "<style><!--</style><script>alert(1)//--></script>",
    "<body onload=alert(1)>",
    "<html><head><title></title><script>alert(1)</script></head></html>",
    "<input autofocus onfocus=alert(1)>",
    "<select autofocus onfocus=alert(1)><option>x</select>",
    "<textarea autofocus onfocus=alert(1)></textarea>",
    "<textarea><script>alert(1)</script></textarea>",
    "<video src=x onerror=alert(1)><source onerror=alert(1)></video>",
    "<audio src=x onerror=alert(1)>",
    "<details open ontoggle=alert(1)>x",
    "<marquee onstart=alert(1)>x</marquee>",
    "<button formaction=javascript:alert(1)>x</button>",
    "<form action=javascript:alert(1)><input type=submit></form>",
    "<noscript><p title=\"</noscript><img src=x onerror=alert(1)>\">",
    "<template><script>alert(1)</script></template>",
    "<template><img src=x onerror=alert(1)></template>",
    "<xmp><p title=\"</xmp><script>alert(1)</script>\">",
    "<noembed><img title=\"</noembed><img src=x onerror=alert(1)>\"></noembed>",
    "<plaintext><script>alert(1)</script>",
    "<!--<img src=\"--><img src=x onerror=alert(1)//\">",
    "<!--><script>alert(1)</script>-->",
    "<![CDATA[<script>alert(1)</script>]]>",
    "<svg><![CDATA[<img src=x onerror=alert(1)>]]></svg>",
    "<?xml version=\"1.0\"?><script>alert(1)</script>",
    "<p/onmouseover=alert(1)>x",
    "<p\x0bonmouseover=alert(1)>x",
    "<p title='>' onmouseover=alert(1)>x",
    "<table background=\"javascript:alert(1)\"><td>x",
    "<table><a href=javascript:alert(1)>x</table>",
    "<div style=\"width:expression(alert(1))\">x</div>",
    "<x onclick=alert(1) src=a>x</x>",
    "<a href=\"https://e.example/\xff\xfe<script>\">x</a>",
    "\xfe\xff<script>alert(1)</script>",
    "+ADw-script+AD4-alert(1)+ADw-/script+AD4-",
    "<listing>&lt;img onerror=alert(1) src=x&gt;</listing>",
    "<p>\xe2\x80\xae gnp.exe</p>",
    "<frameset><frame src=javascript:alert(1)></frameset>",
    "<isindex action=javascript:alert(1) type=image>",
    "<keygen autofocus onfocus=alert(1)>",
    "<event-source src=x>",
    "<portal src=https://e.example></portal>",
    "<b><script></b>alert(1)</script>",
    "&#60;script&#62;alert(1)&#60;/script&#62;",
    "&amp;lt;script&amp;gt;alert(1)",
};

/* Nothing but the tags and attributes on the list, each closed in order. */
static const char *fault_of(const char *html)
{
    static const char *const plain[] = {"p", "b",    "i",   "strong",     "em", "del", "s",
                                        "u", "code", "pre", "blockquote", "ul", "ol",  "li"};
    static const char *open[4 * TEXT_DEPTH_MAX];
    static size_t lengths[4 * TEXT_DEPTH_MAX];
    int depth = 0;
    for (const char *p = html; *p; p++) {
        if (*p == '>' || *p == '"')
            return "a bare > or \" in text";
        if (*p == '&') {
            size_t n = strcspn(p, ";");
            if (n > 6 || !p[n])
                return "a reference that is none";
        }
        if (*p != '<')
            continue;
        const char *name = ++p;
        if (*p == '/') {
            size_t n = strcspn(++p, ">");
            if (!depth || lengths[depth - 1] != n || memcmp(open[depth - 1], p, n) != 0)
                return "closed in the wrong order";
            depth--;
            p += n;
            continue;
        }
        size_t n = strspn(p, "abcdefghijklmnopqrstuvwxyz");
        p += n;
        if (n == 2 && !memcmp(name, "br", 2)) {
            if (*p != '>')
                return "br with attributes";
            continue;
        }
        bool link = n == 1 && *name == 'a', span = n == 4 && !memcmp(name, "span", 4),
             known = link || span;
        for (size_t i = 0; i < sizeof plain / sizeof *plain; i++)
            known |= strlen(plain[i]) == n && !memcmp(plain[i], name, n);
        if (!known)
            return "an element that is not on the list";
        if (link) {
            if (strncmp(p, " href=\"http", 11) != 0 ||
                (strncmp(p + 11, "://", 3) != 0 && strncmp(p + 11, "s://", 4) != 0))
                return "a link elsewhere";
            p += 7;
            for (; *p && *p != '"'; p++)
                if (strchr("<>'` \t\r\n\\", *p))
                    return "an address with odd bytes";
            p++;
        }
        if ((link || span) && !strncmp(p, " class=\"", 8)) {
            p += 8;
            p += strspn(p, "abcdefghijklmnopqrstuvwxyz- ");
            if (*p++ != '"')
                return "an odd class";
        }
        if (link) {
            if (strncmp(p, REL, strlen(REL)) != 0)
                return "a link without rel";
            p += strlen(REL);
        }
        if (*p != '>')
            return "an attribute that is not on the list";
        if (depth == 4 * TEXT_DEPTH_MAX)
            return "too deep";
        open[depth] = name;
        lengths[depth++] = n;
    }
    return depth ? "not closed" : NULL;
}

TEST(hostile_html_comes_out_harmless)
{
    SCOPED_ARENA struct arena *a = arena_open();
    for (size_t i = 0; i < sizeof hostile / sizeof *hostile; i++) {
        const char *out = text_sanitise(a, hostile[i]), *fault = fault_of(out);
        if (fault)
            fail_msg("%s\n  became %s: %s", hostile[i], out, fault);
        if (strcasestr(out, "<script") || strcasestr(out, "<img"))
            fail_msg("%s\n  became %s", hostile[i], out);
        /* what is clean stays as it is */
        CHECK_STR(text_sanitise(a, out), out);
        /* and words of it are words */
        text_plain(a, hostile[i], 0);
        fault = fault_of(text_markdown(a, hostile[i]));
        if (fault)
            fail_msg("as Markdown: %s: %s", hostile[i], fault);
    }
}

static const char *repeated(struct arena *a, const char *piece, size_t bytes)
{
    struct strbuf sb = STRBUF_IN(a);
    while (sb.length < bytes)
        strbuf_adds(&sb, piece);
    return sb.text;
}

TEST(costly_html_is_left)
{
    SCOPED_ARENA struct arena *a = arena_open();
    struct strbuf bold = STRBUF_IN(a);
    for (int i = 0; i < 4000; i++)
        strbuf_addf(&bold, "<b x%d><table></b></table>", i);
    strbuf_adds(&bold, repeated(a, "<p>x", 60000));
    struct strbuf attributes = STRBUF_IN(a);
    strbuf_adds(&attributes, "<a");
    for (int i = 0; i < 25000; i++)
        strbuf_addf(&attributes, " %x", i);
    strbuf_adds(&attributes, ">x");
    const char *const costly[] = {
        repeated(a, "<div>", TEXT_MAX * 2),
        repeated(a, "<b>", TEXT_MAX * 2),
        repeated(a, "<a href=https://e.example/>", TEXT_MAX),
        repeated(a, "<i><p>", TEXT_MAX),
        repeated(a, "<table>", TEXT_MAX),
        repeated(a, "<svg><p>", TEXT_MAX),
        repeated(a, "</p>", TEXT_MAX),
        repeated(a, "&amp", TEXT_MAX),
        repeated(a, "<", TEXT_MAX),
        repeated(a, "<b><i><u><s>", 20000),
        bold.text,
        attributes.text,
        repeated(a, "x", TEXT_MAX * 4),
    };
    for (size_t i = 0; i < sizeof costly / sizeof *costly; i++) {
        int64_t start = clock_read_ms(CLOCK_THREAD_CPUTIME_ID);
        const char *out = text_sanitise(a, costly[i]), *fault = fault_of(out);
        int64_t used = clock_read_ms(CLOCK_THREAD_CPUTIME_ID) - start;
        if (fault)
            fail_msg("case %zu: %s", i, fault);
        if (used > 3000)
            fail_msg("case %zu took %lld ms", i, (long long)used);
    }
    /* cut between characters */
    CHECK(!fault_of(text_sanitise(a, repeated(a, "é—𝄞", TEXT_MAX + 7))));
    CHECK(!strstr(text_sanitise(a, repeated(a, "é—𝄞", TEXT_MAX + 7)), "\uFFFD"));
}

static char *plain(struct arena *a, const char *html)
{
    return text_plain(a, html, 0);
}

TEST(words_only)
{
    static const struct row rows[] = {
        {"<p>one</p><p>two<br>three</p>", "one\n\ntwo\nthree"},
        {"a &amp; b &lt;c&gt;", "a & b <c>"},
        {"  a \n b  ", "a b"},
        {"<ul><li>a</li><li>b</li></ul>", "• a\n• b"},
        {"<a href=\"x\"><span class=\"invisible\">https://</span><span class=\"ellipsis\">"
         "e.example/a</span><span class=\"invisible\">bc</span></a>",
         "e.example/a…"},
        {"x<script>y</script><style>z</style>", "x"},
        {"<img alt=\":cat:\"> x", ":cat: x"},
        {"<pre>a\nb</pre>", "a\nb"},
        {"<p></p><p></p>x<br><br><br><br>y", "x\n\ny"},
        {"", ""},
    };
    CHECK_ROWS(rows, plain);
    SCOPED_ARENA struct arena *a = arena_open();
    CHECK_STR(text_plain(a, "<p>abcdef</p>", 3), "abc…");
    CHECK_STR(text_plain(a, "<p>abé</p>", 3), "ab…");
    CHECK_STR(text_plain(a, "<p>abc</p>", 3), "abc");
    CHECK_STR(text_plain(a, NULL, 0), "");
    CHECK_STR(text_sanitise(a, NULL), "");
}

TEST(markdown)
{
    static const struct row rows[] = {
        {"hello **you** and *me*", "<p>hello <strong>you</strong> and <em>me</em></p>"},
        {"one\ntwo\n\nthree", "<p>one<br>\ntwo</p>\n<p>three</p>"},
        {"~~gone~~ `code`", "<p><del>gone</del> <code>code</code></p>"},
        {"see https://e.example/x?a=1&b=2.",
         "<p>see <a href=\"https://e.example/x?a=1&amp;b=2\"" REL
         ">https://e.example/x?a=1&amp;b=2</a>.</p>"},
        {"[x](javascript:alert(1))", "<p>x</p>"},
        {"[x](https://e.example \"title\")",
         "<p><a href=\"https://e.example\"" REL ">x</a></p>"},
        {"<script>alert(1)</script>", ""},
        {"<b>bold</b>", "<p>bold</p>"},
        {"![alt](https://e.example/x.png)", "<p>alt</p>"},
        {"# Title", "<p><strong>Title</strong></p>"},
        {"- a\n- b", "<ul>\n<li>a</li>\n<li>b</li>\n</ul>"},
        {"```js\na < b\n```", "<pre><code>a &lt; b\n</code></pre>"},
        {"> quoted", "<blockquote>\n<p>quoted</p>\n</blockquote>"},
        {"<3 & you", "<p>&lt;3 &amp; you</p>"},
        {"", ""},
    };
    CHECK_ROWS(rows, text_markdown);
}

TEST(costly_markdown)
{
    SCOPED_ARENA struct arena *a = arena_open();
    static const char *const pieces[] = {
        "[",    "![",    "*a _a ",  "> ", "- ",      "`a``",   "<a ", "[a](", "a**b", "~~a",
        "www.", "@a.b ", "http://", "&",  "[a]:b\n", "![[]()", "_*",  "<!A ", "\\"};
    for (size_t i = 0; i < sizeof pieces / sizeof *pieces; i++) {
        int64_t start = clock_read_ms(CLOCK_THREAD_CPUTIME_ID);
        const char *fault = fault_of(text_markdown(a, repeated(a, pieces[i], MARKDOWN_MAX)));
        int64_t used = clock_read_ms(CLOCK_THREAD_CPUTIME_ID) - start;
        if (fault)
            fail_msg("%s: %s", pieces[i], fault);
        if (used > 200)
            print_message("%s took %lld ms\n", pieces[i], (long long)used);
        CHECK(used < 6000);
    }
}

static char *mentions_line(struct arena *a, const char *source)
{
    size_t count;
    struct text_mention *m = text_mentions(a, source, &count);
    struct strbuf sb = STRBUF_IN(a);
    for (size_t i = 0; i < count; i++)
        strbuf_addf(&sb, "%s%c%s%s%s", i ? " " : "", m[i].hashtag ? '#' : '@', m[i].name,
                    *m[i].host ? "@" : "", m[i].host);
    return sb.text ? sb.text : arena_strdup(a, "");
}

TEST(mentions_and_hashtags)
{
    static const struct row rows[] = {
        {"@ann", "@ann"},
        {"hi @ann@Social.Example, how?", "@ann@social.example"},
        {"@ann@social.example.", "@ann@social.example"},
        {"(@ann_b.c-d@localhost:9001)", "@ann_b.c-d@localhost:9001"},
        {"mail ann@example.org", ""},
        {"https://e.example/@ann https://e.example/#x", ""},
        {"https://e.example/(@ann) @bob", "@bob"},
        {"#tag #Tag2 #été #日本語 #1 #2024a", "#tag #Tag2 #été #日本語 #2024a"},
        {"a#b &#39; ##x # heading", ""},
        {"#one,#two", "#one #two"},
        {"`@ann` ``#a ` b`` @bob", "@bob"},
        {"```\n@ann\n```\n@bob", "@bob"},
        {"~~~~ x\n@ann\n~~~\n#a\n~~~~\n@bob", "@bob"},
        {"``` open\n@ann", ""},
        {"\\@ann \\#tag @bob", "@bob"},
        {"@ @@ @. #", ""},
        {"@ann@", "@ann"},
        {"**@ann** *#tag*", "@ann #tag"},
        {"@ann… #tag…", "@ann #tag"},
        {"é@ann", ""},
        {"`unclosed @ann", "@ann"},
    };
    CHECK_ROWS(rows, mentions_line);
}

static const char *link_of(void *state, const struct text_mention *m)
{
    struct arena *a = state;
    if (!strcmp(m->name, "nobody"))
        return NULL;
    return arena_printf(a, "https://e.example/%s\"&", m->name);
}

static char *linked(struct arena *a, const char *source)
{
    return text_markdown_linked(a, source, link_of, a);
}

TEST(mentions_become_links)
{
    static const struct row rows[] = {
        {"hi @ann_b@x.example *you*",
         "<p>hi <a href=\"https://e.example/ann_b&quot;&amp;\" class=\"mention u-url\"" REL
         ">@<span>ann_b</span></a> <em>you</em></p>"},
        {"#a_b_c",
         "<p><a href=\"https://e.example/a_b_c&quot;&amp;\" class=\"mention hashtag\" "
         "rel=\"nofollow noopener noreferrer ugc tag\" target=\"_blank\">#<span>a_b_c</span>"
         "</a></p>"},
        {"@nobody@x.example <b>", "<p>@nobody@x.example </p>"},
        {"[@ann](https://x.example/)", "<p><a href=\"https://x.example/\"" REL ">@ann</a></p>"},
        {"\uE0F00\uE0F1 @nobody", "<p>0 @nobody</p>"},
        {"`@ann`", "<p><code>@ann</code></p>"},
        {"no one", "<p>no one</p>"},
    };
    CHECK_ROWS(rows, linked);
}

TEST(plain_text_as_html)
{
    static const struct row rows[] = {
        {"a\nb\n\nc", "<p>a<br>b</p><p>c</p>"},
        {"a <b> & \"c\"\r\nd", "<p>a &lt;b&gt; &amp; &quot;c&quot;<br>d</p>"},
        {"\n\n a \n\n", "<p>a </p>"},
        {"", ""},
    };
    CHECK_ROWS(rows, text_to_html);
}

TEST_MAIN
