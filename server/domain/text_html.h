/* text_html.h — HTML of anybody as a tree; for text.c and text_plain.c only.
 *
 * Memory:  the tree is arena memory, so it is never freed node by node (gumbo would recurse).
 * Errors:  NULL: parsing it took more memory or time than any honest text does.
 * Threads: no shared state.
 */
#ifndef ZOE_TEXT_HTML_H
#define ZOE_TEXT_HTML_H

#include "base/arena.h"

#include <gumbo.h>
#include <stdbool.h>

/* The root of the fragment. */
const GumboNode *html_parse(struct arena *a, const char *html);

/* The tree in order without recursion: each element is entered and left; `enter` says which.
 * Other nodes are entered only. Start with node = the root, enter = true, which is not visited
 * again. To pass over what is inside an element just entered, set *enter to false. NULL at the
 * end. */
const GumboNode *html_next(const GumboNode *root, const GumboNode *node, bool *enter);

const char *html_attribute(const GumboNode *element, const char *name); /* NULL when missing */
bool html_is_element(const GumboNode *node);
/* Elements that leave nothing, not even their content: script, style, svg, … */
bool html_is_dropped(const GumboNode *element);
/* Elements that stand on lines of their own. */
bool html_is_block(GumboTag tag);
/* Is `word` in the element's class? */
bool html_has_class(const GumboNode *element, const char *word);

#endif
