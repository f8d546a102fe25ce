/* HTML and Markdown of anybody: only elements and attributes of the list come out, closed in
 * order, and cleaning twice changes nothing. */
#include "server/domain/text.h"

#include <stdint.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Every "<" begins a tag of the list; every link is http(s). */
static void check(const char *html)
{
    static const char *const known[] = {"p>",           "/p>",
                                        "br>",          "a href=\"http",
                                        "/a>",          "span class=\"",
                                        "/span>",       "b>",
                                        "/b>",          "i>",
                                        "/i>",          "em>",
                                        "/em>",         "strong>",
                                        "/strong>",     "del>",
                                        "/del>",        "s>",
                                        "/s>",          "u>",
                                        "/u>",          "code>",
                                        "/code>",       "pre>",
                                        "/pre>",        "blockquote>",
                                        "/blockquote>", "ul>",
                                        "/ul>",         "ol>",
                                        "/ol>",         "li>",
                                        "/li>"};
    for (const char *p = html; (p = strchr(p, '<')); p++) {
        bool found = false;
        for (size_t i = 0; i < sizeof known / sizeof *known; i++)
            found |= !strncmp(p + 1, known[i], strlen(known[i]));
        const char *end = strchr(p, '>'), *next = strchr(p + 1, '<');
        if (!found || !end || (next && next < end))
            __builtin_trap();
    }
}

static const char *link_of(void *state, const struct text_mention *m)
{
    (void)state;
    return m->hashtag ? "https://us.example/tags" : NULL;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    SCOPED_ARENA struct arena *a = arena_open();
    const char *text = arena_strndup(a, (const char *)data, size);
    const char *clean = text_sanitise(a, text);
    check(clean);
    check(text_sanitise(a, clean));
    size_t count;
    struct text_mention *m = text_mentions(a, text, &count);
    for (size_t i = 0; i < count; i++)
        if (m[i].start + m[i].bytes > strlen(text) ||
            (i && m[i].start < m[i - 1].start + m[i - 1].bytes))
            __builtin_trap();
    text_plain(a, text, 0);
    if (strlen(text_plain(a, text, 20)) > 23)
        __builtin_trap();
    check(text_markdown(a, text));
    text_markdown_linked(a, text, link_of, NULL);
    check(text_to_html(a, text));
    return 0;
}
