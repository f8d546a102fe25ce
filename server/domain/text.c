/* text.c — see text.h. Rebuilds HTML from an allow-list, and takes the words out of it. */
#include "server/domain/text.h"

#include "base/strbuf.h"
#include "server/domain/text_html.h"

#include <string.h>
#include <strings.h>

enum { LINK_MAX = 2000 };

/* What may leave, and as what. */
static const char *name_of(GumboTag tag)
{
    switch (tag) {
    case GUMBO_TAG_P: return "p";
    case GUMBO_TAG_A: return "a";
    case GUMBO_TAG_SPAN: return "span";
    case GUMBO_TAG_B: return "b";
    case GUMBO_TAG_I: return "i";
    case GUMBO_TAG_STRONG: return "strong";
    case GUMBO_TAG_EM: return "em";
    case GUMBO_TAG_DEL:
    case GUMBO_TAG_STRIKE: return "del";
    case GUMBO_TAG_S: return "s";
    case GUMBO_TAG_U: return "u";
    case GUMBO_TAG_CODE:
    case GUMBO_TAG_TT:
    case GUMBO_TAG_KBD:
    case GUMBO_TAG_SAMP: return "code";
    case GUMBO_TAG_PRE: return "pre";
    case GUMBO_TAG_BLOCKQUOTE: return "blockquote";
    case GUMBO_TAG_UL: return "ul";
    case GUMBO_TAG_OL: return "ol";
    case GUMBO_TAG_LI: return "li";
    case GUMBO_TAG_H1:
    case GUMBO_TAG_H2:
    case GUMBO_TAG_H3:
    case GUMBO_TAG_H4:
    case GUMBO_TAG_H5:
    case GUMBO_TAG_H6: return "strong";
    default: return NULL;
    }
}

static bool is_heading(GumboTag tag)
{
    return tag >= GUMBO_TAG_H1 && tag <= GUMBO_TAG_H6;
}

struct open {
    const GumboNode *node;
    const char *name;
    bool paragraph; /* a heading, in a p of its own */
};

struct cleaner {
    struct strbuf out;
    struct open open[TEXT_DEPTH_MAX];
    int depth;
    bool gap; /* a block without a tag of its own ended or began here */
};

static bool is_open(const struct cleaner *c, const char *name)
{
    for (int i = 0; i < c->depth; i++)
        if (!strcmp(c->open[i].name, name) || (c->open[i].paragraph && !strcmp(name, "p")))
            return true;
    return false;
}

static bool ends_with(const struct strbuf *sb, const char *end)
{
    size_t n = strlen(end);
    return sb->length >= n && !memcmp(sb->text + sb->length - n, end, n);
}

/* Where a block was flattened a line ends, unless one just did. */
static void gap_fill(struct cleaner *c)
{
    static const char *const already[] = {"<br>",  "</p>", "</pre>", "</blockquote>", "</ul>",
                                          "</ol>", "<p>",  "<li>",   "<blockquote>",  "</li>"};
    if (!c->gap)
        return;
    c->gap = false;
    if (!c->out.length || is_open(c, "pre"))
        return;
    for (size_t i = 0; i < sizeof already / sizeof *already; i++)
        if (ends_with(&c->out, already[i]))
            return;
    strbuf_adds(&c->out, "<br>");
}

/* Text without control characters; blanks alone do not fill a gap. */
static void text_add(struct cleaner *c, const char *text)
{
    if (text[strspn(text, " \t\r\n\f")])
        gap_fill(c);
    struct strbuf kept = STRBUF_IN(c->out.arena);
    for (const char *p = text; *p; p++)
        if ((unsigned char)*p >= ' ' || *p == '\n' || *p == '\t')
            strbuf_add(&kept, p, 1);
    if (kept.length)
        strbuf_add_html(&c->out, kept.text);
}

/* An http(s) address, with what could end an attribute or be read as something else refused or
 * encoded; NULL when it is none. */
static const char *link_clean(struct arena *a, const char *href)
{
    if (!href)
        return NULL;
    while (*href && (unsigned char)*href <= ' ')
        href++;
    size_t n = strlen(href);
    while (n && (unsigned char)href[n - 1] <= ' ')
        n--;
    size_t scheme = !strncasecmp(href, "https://", 8)  ? 8
                    : !strncasecmp(href, "http://", 7) ? 7
                                                       : 0;
    if (!scheme || n <= scheme || n > LINK_MAX || strchr("/?#\\@:", href[scheme]))
        return NULL;
    struct strbuf sb = STRBUF_IN(a);
    for (size_t i = 0; i < n; i++) {
        unsigned char ch = (unsigned char)href[i];
        if (ch < ' ' || ch == 0x7f || ch == '\\')
            return NULL;
        if (strchr(" \"'<>`{}|^", ch))
            strbuf_addf(&sb, "%%%02X", ch);
        else if (i < scheme && ch >= 'A' && ch <= 'Z')
            strbuf_add(&sb, (char[]){(char)(ch + 32)}, 1);
        else
            strbuf_add(&sb, href + i, 1);
    }
    return sb.text;
}

static void class_add(struct cleaner *c, const GumboNode *node, bool *any)
{
    static const char *const kept[] = {"mention", "hashtag",   "u-url",
                                       "h-card",  "invisible", "ellipsis"};
    *any = false;
    for (size_t i = 0; i < sizeof kept / sizeof *kept; i++)
        if (html_has_class(node, kept[i])) {
            strbuf_addf(&c->out, "%s%s", *any ? " " : " class=\"", kept[i]);
            *any = true;
        }
    if (*any)
        strbuf_adds(&c->out, "\"");
}

/* Does it make sense where it stands? What does not leaves its content only. */
static bool fits(const struct cleaner *c, GumboTag tag, const char *name)
{
    if (c->depth == TEXT_DEPTH_MAX)
        return false;
    if (tag == GUMBO_TAG_A)
        return !is_open(c, "a");
    if (tag == GUMBO_TAG_LI)
        return c->depth && (!strcmp(c->open[c->depth - 1].name, "ul") ||
                            !strcmp(c->open[c->depth - 1].name, "ol"));
    if (html_is_block(tag))
        return !is_open(c, "p") && !is_open(c, "pre") && !is_open(c, "a");
    return strcmp(name, "code") != 0 || !is_open(c, "code");
}

static void element_enter(struct cleaner *c, const GumboNode *node)
{
    GumboTag tag = node->v.element.tag;
    const char *name = name_of(tag), *href = NULL;
    bool block = html_is_block(tag), any;
    if (tag == GUMBO_TAG_BR) {
        c->gap = false;
        strbuf_adds(&c->out, "<br>");
        return;
    }
    if (tag == GUMBO_TAG_IMG) {
        const char *alt = html_attribute(node, "alt");
        if (alt && *alt)
            text_add(c, alt);
        return;
    }
    bool emit = name && fits(c, tag, name);
    if (emit && tag == GUMBO_TAG_A)
        emit = (href = link_clean(c->out.arena, html_attribute(node, "href"))) != NULL;
    if (!emit || tag == GUMBO_TAG_SPAN) {
        if (block)
            c->gap = true;
        if (!emit)
            return;
    }
    if (block) /* its own tag ends the line, whatever stood before */
        c->gap = false;
    else
        gap_fill(c);
    size_t before = c->out.length;
    strbuf_adds(&c->out, is_heading(tag) ? "<p><" : "<");
    strbuf_adds(&c->out, name);
    if (tag == GUMBO_TAG_A) {
        strbuf_adds(&c->out, " href=\"");
        strbuf_add_html(&c->out, href);
        strbuf_adds(&c->out, "\"");
        class_add(c, node, &any);
        strbuf_adds(&c->out, " rel=\"nofollow noopener noreferrer ugc\" target=\"_blank\"");
    } else if (tag == GUMBO_TAG_SPAN) {
        class_add(c, node, &any);
        if (!any) { /* says nothing */
            c->out.length = before;
            c->out.text[before] = 0;
            return;
        }
    }
    strbuf_adds(&c->out, ">");
    c->open[c->depth++] = (struct open){node, name, is_heading(tag)};
}

static void element_leave(struct cleaner *c, const GumboNode *node)
{
    if (c->depth && c->open[c->depth - 1].node == node) {
        struct open *o = &c->open[--c->depth];
        strbuf_addf(&c->out, "</%s>%s", o->name, o->paragraph ? "</p>" : "");
        c->gap = false;
    } else if (html_is_block(node->v.element.tag)) {
        c->gap = true;
    }
}

char *text_sanitise(struct arena *a, const char *html)
{
    if (!html || !*html)
        return arena_strdup(a, "");
    SCOPED_ARENA struct arena *tree = arena_open();
    struct cleaner c = {.out = STRBUF_IN(tree)};
    const GumboNode *root = html_parse(tree, html), *node = root;
    bool enter = true;
    while (node && (node = html_next(root, node, &enter))) {
        if (!html_is_element(node)) {
            if (node->type == GUMBO_NODE_TEXT || node->type == GUMBO_NODE_WHITESPACE ||
                node->type == GUMBO_NODE_CDATA)
                text_add(&c, node->v.text.text);
            continue;
        }
        if (enter && html_is_dropped(node)) {
            enter = false;
            continue;
        }
        if (enter)
            element_enter(&c, node);
        else
            element_leave(&c, node);
    }
    return arena_strndup(a, c.out.text ? c.out.text : "", c.out.length);
}

/* --- words only --------------------------------------------------------------------------- */

struct words {
    struct strbuf out;
    size_t limit;
    int lines; /* line feeds owed before the next word */
    bool blank, full;
    int pre, ellipsis;
};

static void word_bytes(struct words *w, const char *text, size_t bytes)
{
    if (w->full)
        return;
    if (w->out.length + bytes > w->limit) {
        bytes = w->limit > w->out.length ? w->limit - w->out.length : 0;
        while (bytes && ((unsigned char)text[bytes] & 0xc0) == 0x80)
            bytes--;
        w->full = true;
    }
    strbuf_add(&w->out, text, bytes);
}

static void words_add(struct words *w, const char *text)
{
    for (const char *p = text; *p && !w->full;) {
        if (strchr(" \t\r\n\f", *p)) {
            if (w->pre && *p == '\n')
                w->lines++;
            else
                w->blank = true;
            p++;
            continue;
        }
        size_t n = strcspn(p, " \t\r\n\f");
        if (w->out.length && w->lines)
            for (int i = 0; i < (w->lines > 2 ? 2 : w->lines); i++)
                word_bytes(w, "\n", 1);
        else if (w->out.length && w->blank)
            word_bytes(w, " ", 1);
        w->lines = 0;
        w->blank = false;
        for (const char *c = p; c < p + n; c++)
            if ((unsigned char)*c < ' ')
                n = (size_t)(c - p); /* no control bytes; the rest is the next word */
        word_bytes(w, p, n);
        p += n;
        while (*p && (unsigned char)*p < ' ' && !strchr("\t\r\n\f", *p))
            p++;
    }
}

static void lines_owed(struct words *w, int lines)
{
    if (w->lines < lines)
        w->lines = lines;
}

static void words_enter(struct words *w, const GumboNode *node)
{
    GumboTag tag = node->v.element.tag;
    if (tag == GUMBO_TAG_BR) {
        w->lines++;
    } else if (tag == GUMBO_TAG_IMG) {
        const char *alt = html_attribute(node, "alt");
        words_add(w, alt ? alt : "");
    } else if (tag == GUMBO_TAG_LI) {
        lines_owed(w, 1);
        words_add(w, "•");
        w->blank = true;
    } else if (html_is_block(tag)) {
        lines_owed(w, tag == GUMBO_TAG_P || is_heading(tag) ? 2 : 1);
        w->pre += tag == GUMBO_TAG_PRE;
    }
}

static void words_leave(struct words *w, const GumboNode *node)
{
    GumboTag tag = node->v.element.tag;
    if (html_is_block(tag)) {
        lines_owed(w, tag == GUMBO_TAG_P || is_heading(tag) ? 2 : 1);
        w->pre -= tag == GUMBO_TAG_PRE;
    } else if (tag == GUMBO_TAG_SPAN && html_has_class(node, "ellipsis")) {
        word_bytes(w, "…", strlen("…"));
    } else if (tag == GUMBO_TAG_TD || tag == GUMBO_TAG_TH) {
        w->blank = true;
    }
}

char *text_plain(struct arena *a, const char *html, size_t limit)
{
    SCOPED_ARENA struct arena *tree = arena_open();
    struct words w = {.out = STRBUF_IN(tree), .limit = limit ? limit : TEXT_MAX};
    const GumboNode *root = html && *html ? html_parse(tree, html) : NULL, *node = root;
    bool enter = true;
    while (node && !w.full && (node = html_next(root, node, &enter))) {
        if (!html_is_element(node)) {
            if (node->type != GUMBO_NODE_COMMENT)
                words_add(&w, node->v.text.text);
        } else if (enter && (html_is_dropped(node) || (node->v.element.tag == GUMBO_TAG_SPAN &&
                                                       html_has_class(node, "invisible")))) {
            enter = false;
        } else if (enter) {
            words_enter(&w, node);
        } else {
            words_leave(&w, node);
        }
    }
    return arena_printf(a, "%s%s", w.out.text ? w.out.text : "", w.full ? "…" : "");
}

char *text_to_html(struct arena *a, const char *plain)
{
    struct strbuf sb = STRBUF_IN(a);
    const char *p = plain ? plain + strspn(plain, " \t\r\n") : "";
    while (*p) {
        strbuf_adds(&sb, "<p>");
        for (;;) {
            size_t n = strcspn(p, "\r\n");
            strbuf_add_html(&sb, arena_strndup(a, p, n));
            p += n;
            int lines = 0;
            for (; *p && strchr("\r\n \t", *p); p++)
                lines += *p == '\n' || (*p == '\r' && p[1] != '\n');
            if (!*p || lines > 1)
                break;
            strbuf_adds(&sb, "<br>");
        }
        strbuf_adds(&sb, "</p>");
    }
    return sb.text ? sb.text : arena_strdup(a, "");
}
