/* webvtt.h — captions from outside, read strictly and written anew as plain WebVTT.
 *
 * Input:   WebVTT or SubRip, in UTF-8, in UTF-16 with a byte order mark, or, when it is
 * neither, in Windows-1252 as old SubRip files are. Any line ends. Output:  "WEBVTT", then cues
 * by start time. Of a cue its times, the settings of place and the tags b i u c v ruby rt and
 * time stamps are kept; everything else of the text is escaped. Notes, styles, regions and
 * identifiers are dropped. Cleaning the output again gives the same bytes.
 * Spec:    W3C WebVTT (2019); SubRip as it is met.
 * Memory:  the result lives in the strbuf's arena.
 * Errors:  CAPTION_INVALID with the line and what is wrong there.
 * Threads: no shared state.
 */
#ifndef ZOE_WEBVTT_H
#define ZOE_WEBVTT_H

#include "base/err.h"
#include "base/strbuf.h"

enum { WEBVTT_CUES_MAX = 50000, WEBVTT_CUE_BYTES_MAX = 8192 };

MUST_CHECK struct err webvtt_clean(const char *bytes, size_t count, struct strbuf *out);

#endif
