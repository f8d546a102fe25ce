/* media.h — what probe found out about an input, and its JSON form.
 *
 * {"format": "mov,mp4,...", "duration_us", "start_us", "bit_rate", "size_bytes",
 *  "video": null or {"stream", "codec", "profile", "level", "pix_fmt", "width", "height",
 *     "display_width", "display_height" (after rotation and sample aspect ratio), "rotation"
 *     (0, 90, 180, 270: clockwise turn that shows it upright), "mirror", "sar": "n/d", "fps":
 * "n/d", "vfr", "interlaced", "bit_depth", "color":
 * {"range","primaries","transfer","space","hdr"}, "bit_rate", "keyframes_us": [...],
 *     "copyable", "copy_reason": why not (null when it is), "start_us", "end_us",
 *     "time_base": "n/d", "reorder": frames, "longest_us": the longest picture},
 *  "audio": null or {"stream", "codec", "profile", "channels", "sample_rate", "bit_rate",
 *     "language", "copyable", "start_us", "end_us"},
 *  "audio_tracks": [{"stream","codec","language","title","channels","sample_rate"}],
 *  "chapters": [{"start_us", "end_us", "title"}],
 *  "subtitles": [{"stream", "codec", "language", "title", "text"}],
 *  "cover": stream or null,
 *  "linear": its times jump, or it has none: it can only be read from start to end,
 *  "notes": ["a sentence for the owner", ...]}
 *
 * Times:   microseconds on our own time line, which starts at 0; it is the container's less
 *          `start_us`. Only top-level start_us is the container's time. Key frames closer than
 *          half a second are thinned out.
 * Memory:  strings and lists live in the arena given to media_parse or the prober.
 */
#ifndef ZOE_TRANSCODER_MEDIA_H
#define ZOE_TRANSCODER_MEDIA_H

#include "base/arena.h"
#include "base/err.h"

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct ratio {
    int num, den;
};

struct media_color {
    const char *range, *primaries, *transfer, *space; /* libav's names; "unknown" */
    bool hdr;
};

struct media_video {
    int stream;
    const char *codec, *profile, *pix_fmt;
    int level;
    int width, height, display_width, display_height;
    int rotation;
    bool mirror;
    struct ratio sar, fps, time_base;
    bool vfr, interlaced;
    int bit_depth;
    struct media_color color;
    int64_t bit_rate;
    int64_t *keyframes_us;
    size_t keyframe_count;
    bool copyable;
    const char *copy_reason;
    int64_t start_us, end_us;
    int reorder;        /* frames between decoding and showing, when copied */
    int64_t longest_us; /* the longest that a picture is shown */
};

struct media_audio {
    int stream;
    const char *codec, *profile, *language;
    int channels, sample_rate;
    int64_t bit_rate;
    bool copyable;
    int64_t start_us, end_us;
};

struct media_chapter {
    int64_t start_us, end_us;
    const char *title;
};

struct media_track {
    int stream;
    const char *codec, *language, *title;
    int channels, sample_rate; /* of sound */
    bool text;
};

struct media {
    const char *format;
    int64_t duration_us, start_us, bit_rate, size_bytes;
    struct media_video *video; /* NULL: none */
    struct media_audio *audio;
    struct media_track *audio_tracks;
    size_t audio_track_count;
    struct media_chapter *chapters;
    size_t chapter_count;
    struct media_track *subtitles;
    size_t subtitle_count;
    int cover; /* stream of an attached picture, -1: none */
    bool linear;
    const char **notes;
    size_t note_count;
};

void media_note(struct arena *a, struct media *m, const char *sentence);

json_t *media_to_json(const struct media *m); /* a new reference */
MUST_CHECK struct err media_from_json(struct arena *a, const json_t *object, struct media *out);

/* Shared with plan.c: JSON helpers that accept a missing key. */
int64_t json_int_or(const json_t *object, const char *key, int64_t fallback);
bool json_bool_or(const json_t *object, const char *key, bool fallback);
const char *json_str_or(struct arena *a, const json_t *object, const char *key,
                        const char *fallback);
struct ratio json_ratio_or(const json_t *object, const char *key, struct ratio fallback);
json_t *json_from_ratio(struct ratio r);

#endif
