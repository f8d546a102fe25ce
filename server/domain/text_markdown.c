/* text_markdown.c — what people type: Markdown, mentions and hashtags; see text.h.
 *
 * Mentions are linked by way of marks: two private-use characters around a number take the
 * mention's place in the source, go through Markdown as letters would, and become a link in the
 * clean HTML. Without them Markdown would read "@ann@example.org" as an e-mail address.
 */
#include "server/domain/text.h"

#include "base/strbuf.h"

#include <cmark-gfm-core-extensions.h>
#include <cmark-gfm.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define MARK_BEGIN "\uE0F0"
#define MARK_END "\uE0F1"

/* --- mentions and hashtags ---------------------------------------------------------------- */

static bool is_word(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           c == '_';
}

/* Bytes of a user or host name at p: letters, digits, underscores, and dots and dashes inside.
 */
static size_t name_length(const char *p, bool underscore)
{
    size_t n = 0;
    while (p[n] &&
           ((is_word(p[n]) && (underscore || p[n] != '_')) || p[n] == '.' || p[n] == '-'))
        n++;
    while (n && (p[n - 1] == '.' || p[n - 1] == '-'))
        n--;
    return n && (*p == '.' || *p == '-') ? 0 : n;
}

static size_t host_length(const char *p)
{
    size_t n = name_length(p, false);
    if (n && p[n] == ':' && p[n + 1] >= '0' && p[n + 1] <= '9') {
        size_t digits = strspn(p + n + 1, "0123456789");
        if (digits <= 5)
            n += 1 + digits;
    }
    return n;
}

/* One character of UTF-8; bytes that are none count as one and are no letter. */
static unsigned character(const char *p, size_t *bytes)
{
    const unsigned char *u = (const unsigned char *)p;
    *bytes = 1;
    if (u[0] < 0x80)
        return u[0];
    int more = u[0] >= 0xf0 ? 3 : u[0] >= 0xe0 ? 2 : u[0] >= 0xc2 ? 1 : 0;
    unsigned c = u[0] & (0x3f >> more);
    for (int i = 1; i <= more; i++) {
        if ((u[i] & 0xc0) != 0x80)
            return 0;
        c = c << 6 | (u[i] & 0x3f);
    }
    *bytes = (size_t)more + 1;
    return more ? c : 0;
}

/* Letters of any script, roughly: everything outside ASCII but punctuation, blanks and symbols.
 */
static bool is_letter(unsigned c)
{
    if (c < 0x80)
        return is_word((char)c);
    return c >= 0xc0 && c != 0xd7 && c != 0xf7 && !(c >= 0x2000 && c <= 0x2bff) &&
           !(c >= 0x3000 && c <= 0x3004) && !(c >= 0x3008 && c <= 0x3020) &&
           !(c >= 0xe000 && c <= 0xf8ff) && !(c >= 0xfe10 && c <= 0xfe6f) &&
           !(c >= 0xff00 && c <= 0xff0f) && !(c >= 0xff1a && c <= 0xff20) &&
           !(c >= 0xff5b && c <= 0xff65) && c < 0x1f000;
}

static size_t tag_length(const char *p)
{
    size_t n = 0, bytes;
    bool other_than_digits = false;
    for (;;) {
        unsigned c = character(p + n, &bytes);
        if (!p[n] || !is_letter(c))
            break;
        other_than_digits |= c >= 0x80 || !(c >= '0' && c <= '9');
        n += bytes;
    }
    return other_than_digits ? n : 0;
}

static size_t run_length(const char *p)
{
    size_t n = 0;
    while (p[n] == *p)
        n++;
    return n;
}

/* At the start of a line: when it opens a fenced block, the end of that block; else NULL. */
static const char *fence_end(const char *line)
{
    size_t indent = strspn(line, " ");
    const char *p = line + indent;
    if (indent > 3 || (*p != '`' && *p != '~'))
        return NULL;
    char fence = *p;
    size_t length = run_length(p);
    if (length < 3 || (fence == '`' && memchr(p + length, '`', strcspn(p + length, "\n"))))
        return NULL;
    for (p = strchr(p, '\n'); p; p = strchr(p, '\n')) {
        p++;
        indent = strspn(p, " ");
        if (indent > 3 || p[indent] != fence)
            continue;
        size_t closing = run_length(p + indent);
        if (closing >= length && strchr("\r\n", p[indent + closing]))
            return p + indent + closing;
    }
    return line + strlen(line);
}

/* After a code span that begins at p, or after its backticks when it does not end. */
static const char *code_end(const char *p)
{
    size_t n = run_length(p);
    for (const char *q = p + n; (q = strchr(q, '`'));) {
        size_t k = run_length(q);
        if (k == n)
            return q + k;
        q += k;
    }
    return p + n;
}

static bool mention_read(struct arena *a, const char *source, const char *p,
                         struct text_mention *out)
{
    char before = p > source ? p[-1] : ' ';
    *out =
        (struct text_mention){.hashtag = *p == '#', .host = "", .start = (size_t)(p - source)};
    if (is_word(before) || strchr("/@#&.-=", before) || (unsigned char)before >= 0x80)
        return false;
    size_t n = *p == '#' ? tag_length(p + 1) : name_length(p + 1, true);
    if (!n || n > 100)
        return false;
    out->name = arena_strndup(a, p + 1, n);
    out->bytes = n + 1;
    if (*p == '@' && p[n + 1] == '@') {
        size_t host = host_length(p + n + 2);
        if (host > 253)
            return false;
        if (!host)
            return true;
        char *lower = arena_strndup(a, p + n + 2, host);
        for (char *c = lower; *c; c++)
            if (*c >= 'A' && *c <= 'Z')
                *c = (char)(*c + 32);
        out->host = lower;
        out->bytes += host + 1;
    }
    return true;
}

struct text_mention *text_mentions(struct arena *a, const char *source, size_t *count)
{
    struct text_mention *list = NULL;
    size_t room = 0;
    bool line = true;
    *count = 0;
    for (const char *p = source ? source : ""; *p && *count < TEXT_MENTIONS_MAX;) {
        const char *end = line ? fence_end(p) : NULL;
        line = *p == '\n';
        struct text_mention m;
        if (end) {
            p = end;
        } else if (*p == '\\' && p[1]) {
            line = p[1] == '\n';
            p += 2;
        } else if (*p == '`') {
            p = code_end(p);
        } else if (!strncasecmp(p, "https://", 8) || !strncasecmp(p, "http://", 7)) {
            p += strcspn(p, " \t\r\n<>)]\"");
        } else if ((*p == '@' || *p == '#') && mention_read(a, source, p, &m)) {
            list = arena_grow(a, list, *count, &room, sizeof *list);
            list[(*count)++] = m;
            p += m.bytes;
        } else {
            p++;
        }
    }
    return list;
}

/* --- Markdown ----------------------------------------------------------------------------- */

static pthread_once_t extensions_once = PTHREAD_ONCE_INIT;
static const char *const extension_names[] = {"autolink", "strikethrough"};

static char *markdown_html(struct arena *a, const char *markdown, size_t bytes)
{
    pthread_once(&extensions_once, cmark_gfm_core_extensions_ensure_registered);
    int options = CMARK_OPT_HARDBREAKS | CMARK_OPT_VALIDATE_UTF8;
    cmark_parser *parser = cmark_parser_new(options);
    for (size_t i = 0; i < sizeof extension_names / sizeof *extension_names; i++) {
        cmark_syntax_extension *e = cmark_find_syntax_extension(extension_names[i]);
        if (e)
            cmark_parser_attach_syntax_extension(parser, e);
    }
    cmark_parser_feed(parser, markdown, bytes);
    cmark_node *document = cmark_parser_finish(parser);
    char *html =
        cmark_render_html(document, options, cmark_parser_get_syntax_extensions(parser));
    char *clean = text_sanitise(a, html);
    free(html);
    cmark_node_free(document);
    cmark_parser_free(parser);
    size_t n = strlen(clean);
    while (n && clean[n - 1] == '\n')
        clean[--n] = 0;
    return clean;
}

static size_t cut_length(const char *text)
{
    size_t n = strnlen(text, MARKDOWN_MAX);
    while (n && ((unsigned char)text[n] & 0xc0) == 0x80)
        n--;
    return n;
}

char *text_markdown(struct arena *a, const char *markdown)
{
    return markdown ? markdown_html(a, markdown, cut_length(markdown)) : arena_strdup(a, "");
}

/* The source with mentions 0..n replaced by marks. Marks that were typed are taken out. */
static char *marked(struct arena *a, const char *source, size_t bytes,
                    const struct text_mention *mentions, size_t count)
{
    struct strbuf sb = STRBUF_IN(a);
    size_t m = 0;
    strbuf_adds(&sb, "");
    for (size_t i = 0; i < bytes;) {
        if (m < count && mentions[m].start == i && i + mentions[m].bytes <= bytes) {
            strbuf_addf(&sb, MARK_BEGIN "%zu" MARK_END, m);
            i += mentions[m++].bytes;
        } else if (!strncmp(source + i, MARK_BEGIN, 3) || !strncmp(source + i, MARK_END, 3)) {
            i += 3;
        } else {
            strbuf_add(&sb, source + i++, 1);
        }
    }
    return sb.text ? sb.text : arena_strdup(a, "");
}

static void mention_add(struct strbuf *sb, const char *source, const struct text_mention *m,
                        const char *href)
{
    if (!href) {
        strbuf_add_html(sb, arena_strndup(sb->arena, source + m->start, m->bytes));
        return;
    }
    strbuf_adds(sb, "<a href=\"");
    strbuf_add_html(sb, href);
    strbuf_addf(sb,
                "\" class=\"%s\" rel=\"nofollow noopener noreferrer ugc%s\" "
                "target=\"_blank\">%c<span>",
                m->hashtag ? "mention hashtag" : "mention u-url", m->hashtag ? " tag" : "",
                m->hashtag ? '#' : '@');
    strbuf_add_html(sb, m->name);
    strbuf_adds(sb, "</span></a>");
}

char *text_markdown_linked(struct arena *a, const char *markdown,
                           const char *(*link)(void *state, const struct text_mention *m),
                           void *state)
{
    size_t count;
    struct text_mention *mentions = text_mentions(a, markdown, &count);
    if (!count)
        return text_markdown(a, markdown);
    const char *source = marked(a, markdown, cut_length(markdown), mentions, count);
    const char *html = markdown_html(a, source, strlen(source));
    struct strbuf sb = STRBUF_IN(a);
    int links = 0;
    bool tag = false;
    for (const char *p = html; *p;) {
        char *end;
        if (strncmp(p, MARK_BEGIN, 3) == 0) {
            size_t m = strtoul(p + 3, &end, 10);
            if (m < count)
                mention_add(&sb, markdown, &mentions[m],
                            tag || links ? NULL : link(state, &mentions[m]));
            p = strncmp(end, MARK_END, 3) ? end : end + 3;
            continue;
        }
        if (*p == '<') {
            tag = true;
            links += !strncmp(p, "<a ", 3) - !strncmp(p, "</a>", 4);
        } else if (*p == '>') {
            tag = false;
        }
        strbuf_add(&sb, p++, 1);
    }
    return sb.text ? sb.text : arena_strdup(a, "");
}
