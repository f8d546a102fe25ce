/* rung.h — packets in, one rung's init and segments out, with a line on stdout for each.
 *
 * Packets come in decoding order. A segment ends where a key packet reaches the next cut. Its
 * samples get the sorted presentation times as decoding times, so segments join bytewise.
 *
 * Times:   ticks of the rung's timescale on our time line (before the edit list's delay).
 * Memory:  one segment's bytes are held until it is written.
 * Errors:  IO, DISK_FULL, LIMIT_EXCEEDED; COPY_UNSAFE when times do not rise or a cut has no
 *          key packet.
 * Threads: one rung, one thread.
 */
#ifndef ZOE_TRANSCODER_RUNG_H
#define ZOE_TRANSCODER_RUNG_H

#include "transcoder/mp4.h"
#include "transcoder/output.h"
#include "transcoder/report.h"

struct rung_config {
    const char *name, *codecs;
    struct mp4_track track; /* its config bytes are copied */
    struct ratio fps;
    const int64_t *cuts; /* ticks, rising; a segment starts at each */
    size_t cut_count;
    int64_t first;     /* index of the segment that starts at cuts[0] */
    int64_t skip;      /* segments below this index are not written */
    int64_t tolerance; /* ticks that a packet may be before its cut */
};

struct rung;

/* Files {name}.init.mp4 and {name}.m4s exist in `o`. Writes the init. */
MUST_CHECK struct err rung_open(struct output *o, const struct rung_config *config,
                                struct rung **out);
void rung_close(struct rung *r);

struct rung_packet {
    const uint8_t *data;
    size_t size;
    int64_t pts;
    bool key;
};
MUST_CHECK struct err rung_packet(struct rung *r, const struct rung_packet *p);

/* Nothing follows; the last packet is shown until `end`. */
MUST_CHECK struct err rung_finish(struct rung *r, int64_t end);

/* {"name","segments","size","duration_us","frames"} */
json_t *rung_summary(const struct rung *r);

#endif
