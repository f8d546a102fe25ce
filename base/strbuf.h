/* strbuf.h — text that grows in an arena.
 *
 * Memory:  `text` is arena memory, always NUL-terminated once something was added.
 * Threads: as the arena.
 */
#ifndef ZOE_STRBUF_H
#define ZOE_STRBUF_H

#include "base/arena.h"

#include <stddef.h>

struct strbuf {
    struct arena *arena;
    char *text;
    size_t length, room;
};

#define STRBUF_IN(a) ((struct strbuf){.arena = (a)})

void strbuf_add(struct strbuf *sb, const void *data, size_t bytes);
void strbuf_adds(struct strbuf *sb, const char *s);
void strbuf_addf(struct strbuf *sb, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* Text for HTML content and quoted attributes: & < > " ' become references. */
void strbuf_add_html(struct strbuf *sb, const char *s);
/* A JSON string, quotes included; invalid UTF-8 becomes U+FFFD; "<" is escaped so that the
 * result may stand inside a <script> element. */
void strbuf_add_json(struct strbuf *sb, const char *s);

#endif
