/* probe.h — what is in this file? Demuxing only; the answer is struct media.
 *
 * An MP4's own index gives times and key frames, and only the key frames' packets are read.
 * Other containers are read through once.
 *
 * Memory:  the result lives in the source's arena.
 * Errors:  INPUT_UNREADABLE with a sentence for the owner.
 */
#ifndef ZOE_TRANSCODER_PROBE_H
#define ZOE_TRANSCODER_PROBE_H

#include "transcoder/media.h"
#include "transcoder/source.h"

/* `s` is freshly opened; its start_us is set. */
MUST_CHECK struct err probe_run(struct source *s, struct media *out);

/* The times of one stream's packets, gathered by timing.c. */
struct timing {
    int stream;
    int64_t first, end; /* ticks; AV_NOPTS_VALUE: no packet */
    int64_t packets, bytes;
    int64_t length; /* ticks: the sum of the packets' durations */
    int64_t *pts;   /* every packet's, to tell variable rates; at most TIMING_MAX */
    size_t pts_count, pts_room;
    int64_t *keys; /* ticks, rising after timing_finish */
    size_t key_count, key_room;
    bool open_gop, params_change, starts_hidden;
    bool last_corrupt;
    bool damaged;         /* packets with holes, other than the last one */
    bool timeless;        /* no packet says when it is */
    bool cut_off;         /* the index promises more than the file holds */
    int64_t promised_end; /* ticks */
};

enum { TIMING_MAX = 1 << 20 };

/* Fills `video` and `audio` (stream -1: not wanted), by index or by reading. */
MUST_CHECK struct err timing_gather(struct source *s, struct timing *video,
                                    struct timing *audio);

/* Median and longest distance of pictures in ticks, and whether they vary. */
int64_t timing_frame_ticks(const struct timing *t, int64_t *longest, bool *varies);

#endif
