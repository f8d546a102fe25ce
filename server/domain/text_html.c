/* text_html.c — see text_html.h. */
#include "server/domain/text_html.h"

#include "base/clock.h"
#include "server/domain/text.h"

#include <setjmp.h>
#include <stdint.h>
#include <string.h>
#include <strings.h>

enum {
    MEMORY_MAX = 48 * 1024 * 1024,
    CPU_MAX_MS = 400,
    CLOCK_EVERY = 512, /* allocations */
    TAGS_MAX = 10000,
};

/* HTML can be written so that its tree is the square of its length: every <p> takes up all open
 * <b>s again. Parsing is left when it has used more than any honest text. */
struct budget {
    struct arena *arena;
    jmp_buf out;
    size_t bytes;
    int allocations;
    int64_t until_ms;
};

static void *budget_alloc(void *user, size_t bytes)
{
    struct budget *b = user;
    b->bytes += bytes + 16;
    if (b->bytes > MEMORY_MAX)
        longjmp(b->out, 1);
    if (++b->allocations % CLOCK_EVERY == 0 &&
        clock_read_ms(CLOCK_THREAD_CPUTIME_ID) > b->until_ms)
        longjmp(b->out, 1);
    return arena_alloc(b->arena, bytes);
}

static void budget_free(void *user, void *memory)
{
    (void)user;
    (void)memory;
}

/* How much of it is parsed: up to TEXT_MAX, on a character's border, and up to TAGS_MAX tags.
 */
static size_t parsed_length(const char *html)
{
    size_t n = strnlen(html, TEXT_MAX), tags = 0;
    while (n && ((unsigned char)html[n] & 0xc0) == 0x80)
        n--;
    for (size_t i = 0; i < n; i++)
        if (html[i] == '<' && ++tags > TAGS_MAX)
            return i;
    return n;
}

static const GumboNode *parse_within(struct budget *b, const char *html, size_t length)
{
    GumboOptions options = kGumboDefaultOptions;
    options.allocator = budget_alloc;
    options.deallocator = budget_free;
    options.userdata = b;
    options.max_errors = 0;
    options.fragment_context = GUMBO_TAG_BODY;
    if (setjmp(b->out))
        return NULL;
    return gumbo_parse_with_options(&options, html, length)->root;
}

const GumboNode *html_parse(struct arena *a, const char *html)
{
    struct budget b = {.arena = a,
                       .until_ms = clock_read_ms(CLOCK_THREAD_CPUTIME_ID) + CPU_MAX_MS};
    return parse_within(&b, html, parsed_length(html));
}

bool html_is_element(const GumboNode *node)
{
    return node->type == GUMBO_NODE_ELEMENT || node->type == GUMBO_NODE_TEMPLATE;
}

const GumboNode *html_next(const GumboNode *root, const GumboNode *node, bool *enter)
{
    if (*enter && html_is_element(node) && node->v.element.children.length)
        return node->v.element.children.data[0];
    if (*enter && html_is_element(node) && node != root) {
        *enter = false; /* empty: left at once */
        return node;
    }
    if (node == root)
        return NULL;
    const GumboNode *parent = node->parent;
    size_t next = node->index_within_parent + 1;
    if (next < parent->v.element.children.length) {
        *enter = true;
        return parent->v.element.children.data[next];
    }
    *enter = false;
    return parent == root ? NULL : parent;
}

const char *html_attribute(const GumboNode *element, const char *name)
{
    GumboAttribute *a = gumbo_get_attribute(&element->v.element.attributes, name);
    return a ? a->value : NULL;
}

bool html_has_class(const GumboNode *element, const char *word)
{
    const char *classes = html_attribute(element, "class");
    size_t n = strlen(word);
    for (const char *p = classes; p && *p;) {
        p += strspn(p, " \t\r\n\f");
        size_t length = strcspn(p, " \t\r\n\f");
        if (length == n && !strncasecmp(p, word, n))
            return true;
        p += length;
    }
    return false;
}

bool html_is_dropped(const GumboNode *element)
{
    if (element->type == GUMBO_NODE_TEMPLATE ||
        element->v.element.tag_namespace != GUMBO_NAMESPACE_HTML)
        return true;
    switch (element->v.element.tag) {
    case GUMBO_TAG_SCRIPT:
    case GUMBO_TAG_STYLE:
    case GUMBO_TAG_TEMPLATE:
    case GUMBO_TAG_NOSCRIPT:
    case GUMBO_TAG_NOEMBED:
    case GUMBO_TAG_NOFRAMES:
    case GUMBO_TAG_IFRAME:
    case GUMBO_TAG_OBJECT:
    case GUMBO_TAG_EMBED:
    case GUMBO_TAG_APPLET:
    case GUMBO_TAG_SVG:
    case GUMBO_TAG_MATH:
    case GUMBO_TAG_CANVAS:
    case GUMBO_TAG_AUDIO:
    case GUMBO_TAG_VIDEO:
    case GUMBO_TAG_SELECT:
    case GUMBO_TAG_TEXTAREA:
    case GUMBO_TAG_INPUT:
    case GUMBO_TAG_TITLE:
    case GUMBO_TAG_HEAD:
    case GUMBO_TAG_META:
    case GUMBO_TAG_LINK:
    case GUMBO_TAG_BASE:
    case GUMBO_TAG_XMP:
    case GUMBO_TAG_PLAINTEXT: return true;
    default: return false;
    }
}

bool html_is_block(GumboTag tag)
{
    switch (tag) {
    case GUMBO_TAG_P:
    case GUMBO_TAG_DIV:
    case GUMBO_TAG_PRE:
    case GUMBO_TAG_BLOCKQUOTE:
    case GUMBO_TAG_UL:
    case GUMBO_TAG_OL:
    case GUMBO_TAG_LI:
    case GUMBO_TAG_DL:
    case GUMBO_TAG_DT:
    case GUMBO_TAG_DD:
    case GUMBO_TAG_H1:
    case GUMBO_TAG_H2:
    case GUMBO_TAG_H3:
    case GUMBO_TAG_H4:
    case GUMBO_TAG_H5:
    case GUMBO_TAG_H6:
    case GUMBO_TAG_HR:
    case GUMBO_TAG_ARTICLE:
    case GUMBO_TAG_SECTION:
    case GUMBO_TAG_HEADER:
    case GUMBO_TAG_FOOTER:
    case GUMBO_TAG_NAV:
    case GUMBO_TAG_ASIDE:
    case GUMBO_TAG_MAIN:
    case GUMBO_TAG_ADDRESS:
    case GUMBO_TAG_FIGURE:
    case GUMBO_TAG_FIGCAPTION:
    case GUMBO_TAG_DETAILS:
    case GUMBO_TAG_SUMMARY:
    case GUMBO_TAG_FORM:
    case GUMBO_TAG_FIELDSET:
    case GUMBO_TAG_TABLE:
    case GUMBO_TAG_CAPTION:
    case GUMBO_TAG_TR:
    case GUMBO_TAG_CENTER: return true;
    default: return false;
    }
}
