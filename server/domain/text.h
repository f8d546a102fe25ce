/* text.h — text people write, here and elsewhere, made safe to show.
 *
 * Spec:    HTML is parsed as the HTML standard says (gumbo) and rebuilt from an allow-list,
 *          never filtered: p br a span b i strong em del s u code pre blockquote ul ol li;
 *          h1–h6 become strong paragraphs; links are http(s) only and leave with rel="nofollow
 *          noopener noreferrer ugc" target="_blank"; classes mention, hashtag, u-url, h-card,
 *          invisible, ellipsis stay on a and span; img leaves its alt text; unknown elements
 *          leave their content; script, style, template and the like leave nothing. No ids, no
 *          style. Markdown is CommonMark with GitHub's strikethrough and autolinks (cmark-gfm,
 *          safe), then the same allow-list.
 * Units:   bytes of UTF-8. Invalid UTF-8 becomes U+FFFD.
 * Memory:  results in the arena.
 * Errors:  none: what is too long is cut, too deep is flattened; what was made to be costly to
 *          parse (memory, time) becomes "".
 * Threads: no shared state.
 */
#ifndef ZOE_TEXT_H
#define ZOE_TEXT_H

#include "base/arena.h"

#include <stdbool.h>
#include <stddef.h>

enum {
    TEXT_MAX = 128 * 1024,    /* of HTML in */
    MARKDOWN_MAX = 32 * 1024, /* of Markdown in */
    TEXT_DEPTH_MAX = 32,
    TEXT_MENTIONS_MAX = 100,
};

/* Well-formed HTML of the allow-list; "" for NULL. */
char *text_sanitise(struct arena *a, const char *html);

/* Words only, for previews and notifications: blocks and br become line feeds, references are
 * decoded, invisible parts of links are left out. Not HTML: escape it when it goes into a page.
 * At most `limit` bytes (0: TEXT_MAX), cut between characters, with "…" when cut. */
char *text_plain(struct arena *a, const char *html, size_t limit);

/* HTML of the allow-list from what somebody typed. Mentions and hashtags are not linked yet. */
char *text_markdown(struct arena *a, const char *markdown);

struct text_mention {
    bool hashtag;
    const char *name;    /* user name without "@", or the tag without "#", as typed */
    const char *host;    /* "" when no host was typed, or for a hashtag; lower case */
    size_t start, bytes; /* where it stands in the source, sign included */
};
/* The same with every mention and hashtag made a link that `link` gives (NULL: left as text).
 */
char *text_markdown_linked(struct arena *a, const char *markdown,
                           const char *(*link)(void *state, const struct text_mention *m),
                           void *state);

/* @user, @user@host and #tags in typed text, in order, at most TEXT_MENTIONS_MAX; none inside
 * code spans, code blocks or addresses. */
struct text_mention *text_mentions(struct arena *a, const char *source, size_t *count);

/* Plain text as HTML: escaped, blank lines part paragraphs, line ends are br. */
char *text_to_html(struct arena *a, const char *plain);

#endif
