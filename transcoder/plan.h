/* plan.h — from what an input is to what will be made of it. Pure: no files, no libav.
 *
 * {"duration_us", "profile": "fast"|"balanced"|"small",
 *  "hardware": "none"|"vaapi"|"qsv"|"nvenc", "cuts_us": [0, ..., duration_us],
 *  "rungs": [{"name": "1080", "resolution": 1080, "width", "height", "fps": "n/d",
 *             "mode": "copy"|"encode", "codec": "h264"|"av1", "timescale", "delay",
 *             "max_rate"}, ...],                                           largest first
 *  "audio": {"mode": "copy"|"encode", "bit_rate", "channels", "sample_rate", "language",
 *            "title"} or null,
 *  "more_audio": [{"name": "0-1", "stream", and as in audio}, ...],     other sound tracks
 *  "chunks": [{"index", "first_cut", "last_cut"}, ...],
 *  "head": {"mode": "copy", "rung"} or {"mode": "encode", "rung", "chunk": 0} or null}
 *
 * cuts_us      borders of the picture's segments, about segment_s apart, on the source's key
 *              frames when a rung is copied or such a frame is near. Sound is cut near them
 *              too, and every segment_s after the picture's end. Sound only: every segment_s.
 * chunks       chunk k covers [cuts_us[first_cut], cuts_us[last_cut]): segments first_cut to
 *              last_cut - 1. Borders are key frames of the source where it has any in reach.
 *              The first chunk is short, so that the head is quick. One chunk when the input
 *              can only be read from start to end. Empty: nothing is encoded.
 * head         what is made first: the whole of the copied rung, or chunk 0 of a small one,
 *              which whoever encodes chunk 0 then leaves out.
 * timescale    ticks a second of the rung; delay: what its edit list takes back, in ticks.
 * max_rate     bits a second the encoder may not exceed over a few seconds.
 * resolution   the shorter side in pixels.
 */
#ifndef ZOE_TRANSCODER_PLAN_H
#define ZOE_TRANSCODER_PLAN_H

#include "base/arena.h"
#include "base/err.h"
#include "transcoder/media.h"
#include "transcoder/profile.h"

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { PLAN_RUNGS_MAX = 24, PLAN_RESOLUTIONS_MAX = 16, PLAN_TRACKS_MAX = 15 };

struct plan_settings {
    int resolutions[PLAN_RESOLUTIONS_MAX];
    size_t resolution_count;
    bool keep_original, allow_copy;
    double max_fps;
    int64_t chunk_us, segment_us;
    enum profile profile;
    enum hardware_kind hardware;
    int av1[PLAN_RESOLUTIONS_MAX]; /* rungs that are made in AV1 as well */
    size_t av1_count;
};

struct plan_rung {
    const char *name;
    int resolution, width, height;
    struct ratio fps;
    bool copy, av1;
    int timescale, delay;
    int64_t max_rate;
};

struct plan_audio {
    bool copy;
    int64_t bit_rate;
    int channels, sample_rate;
    const char *language, *title; /* NULL: the file does not say */
};

/* A further sound track: another language, a commentary. */
struct plan_track {
    const char *name; /* "0-1", "0-2", ... */
    int stream;
    struct plan_audio audio;
};

struct plan_chunk {
    int first_cut, last_cut;
};

struct plan {
    int64_t duration_us;
    enum profile profile;
    enum hardware_kind hardware;
    int64_t *cuts_us;
    size_t cut_count;
    struct plan_rung rungs[PLAN_RUNGS_MAX];
    size_t rung_count;
    struct plan_audio *audio; /* NULL: silent */
    struct plan_track tracks[PLAN_TRACKS_MAX];
    size_t track_count;
    struct plan_chunk *chunks;
    size_t chunk_count;
    const char *head_rung; /* NULL: none */
    bool head_copy;
};

struct plan_settings plan_settings_default(void);
MUST_CHECK struct err plan_settings_from_json(const json_t *object, struct plan_settings *out);

MUST_CHECK struct err plan_make(struct arena *a, const struct media *m,
                                const struct plan_settings *s, struct plan *out);

json_t *plan_to_json(const struct plan *p); /* a new reference */
MUST_CHECK struct err plan_from_json(struct arena *a, const json_t *object, struct plan *out);

const struct plan_track *plan_track_named(const struct plan *p, const char *name); /* or NULL */
const struct plan_rung *plan_rung_named(const struct plan *p, const char *name);   /* or NULL */

#endif
