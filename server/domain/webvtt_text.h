/* webvtt_text.h — the parts of webvtt.c that look at text only: its encoding, and the tags in a
 * cue.
 *
 * Memory:  results live in the strbuf's arena.
 * Threads: no shared state.
 */
#ifndef ZOE_WEBVTT_TEXT_H
#define ZOE_WEBVTT_TEXT_H

#include "base/strbuf.h"

#include <stdbool.h>
#include <stdint.h>

/* Any of webvtt.h's encodings as UTF-8 with "\n" between lines and without NUL. */
void webvtt_decode(const char *bytes, size_t count, struct strbuf *out);

/* "[H…:]MM:SS.mmm" (or with a comma) -> ms, and where it ends; NULL when it is no time. Minutes
 * and seconds are below 60, hours have at most four digits. */
const char *webvtt_time_read(const char *text, int64_t *ms);
void webvtt_time_write(struct strbuf *out, int64_t ms);

/* The text of a cue, its lines divided by "\n", with what is known of tags and the rest
 * escaped. `subrip`: tags of place like {\an8} are dropped. */
void webvtt_text_clean(struct strbuf *out, const char *text, bool subrip);

#endif
