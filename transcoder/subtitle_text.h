/* subtitle_text.h — a line of ASS, as libavcodec's decoders of subtitles give it, as the text
 * of a WebVTT cue.
 *
 * Kept:    italics, bold and underline, line breaks. Places, colours, fonts, karaoke and
 *          drawings are dropped.
 * Memory:  appended to the caller's bytes.
 * Threads: no shared state.
 */
#ifndef ZOE_TRANSCODER_SUBTITLE_TEXT_H
#define ZOE_TRANSCODER_SUBTITLE_TEXT_H

#include "transcoder/bytes.h"

#include <stdint.h>

/* `dialogue`: "ReadOrder,Layer,Style,Name,MarginL,MarginR,MarginV,Effect,Text". */
void subtitle_text_ass(struct bytes *out, const char *dialogue);
/* Plain text: escaped. */
void subtitle_text_plain(struct bytes *out, const char *text);

/* "HH:MM:SS.mmm" */
void subtitle_time(struct bytes *out, int64_t us);

#endif
