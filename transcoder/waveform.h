/* waveform.h — a picture for what has none: how loud the sound is over its length.
 *
 * A hundred short samples spread over the file are decoded, never all of it.
 *
 * Errors:  DECODE_FAILED.
 * Threads: one source, one thread.
 */
#ifndef ZOE_TRANSCODER_WAVEFORM_H
#define ZOE_TRANSCODER_WAVEFORM_H

#include "transcoder/media.h"
#include "transcoder/source.h"

MUST_CHECK struct err waveform_draw(struct source *s, const struct media *m, AVFrame **out);

#endif
