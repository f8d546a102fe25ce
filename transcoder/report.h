/* report.h — the lines on stdout: what was done so far, and how it ended. The shapes are in
 * spec.h.
 *
 * Errors:  a reader that went away ends the process with SIGPIPE; there is nobody to tell.
 * Threads: any; each line is written whole.
 */
#ifndef ZOE_TRANSCODER_REPORT_H
#define ZOE_TRANSCODER_REPORT_H

#include "base/err.h"
#include "transcoder/media.h"

#include <jansson.h>
#include <stdint.h>

/* At most four a second; the rest are dropped. */
void report_progress(int64_t done_us, int64_t total_us);

struct report_init {
    const char *rung, *codecs;
    int64_t size;
    int width, height; /* 0: sound */
    struct ratio fps;
};
void report_init(const struct report_init *r);

struct report_segment {
    const char *rung, *sha256;
    int64_t index, offset, size, duration_us, start_us;
};
void report_segment(const struct report_segment *r);

/* What this program is made of: chunks of different makes do not fit beside each other. Static.
 */
const char *report_build(void);

/* Takes over the reference; "event" is added. */
void report_result(json_t *object);
void report_error(struct err e);

#endif
