/* playlist.h — HLS playlists as text, from what was made so far. Pure code.
 *
 * Spec:    RFC 8216 (and draft-pantos-hls-rfc8216bis for AVERAGE-BANDWIDTH's meaning); names
 *          and order as ../shared/hls-files.md sections 2 and 3.
 * Units:   bytes, microseconds; bandwidths in bits per second, the audio included.
 * Memory:  results live in the strbuf's arena.
 */
#ifndef ZOE_PLAYLIST_H
#define ZOE_PLAYLIST_H

#include "base/strbuf.h"

#include <stdbool.h>
#include <stdint.h>

struct segment {
    int64_t bytes, duration_us;
    const char *sha256; /* hex */
};

struct segment_list {
    struct segment *items;
    size_t count, capacity;
};

/* One rendition's media playlist over one file with byte ranges. While it grows it is an EVENT
 * playlist whose target duration is `target_us` rounded up; ended, it is VOD. */
void playlist_media(struct strbuf *out, const char *file, int64_t init_bytes,
                    const struct segment_list *segments, int64_t target_us, bool ended);

struct variant {
    const char *playlist;            /* relative name */
    const char *codecs, *frame_rate; /* "30000/1001" or NULL */
    int width, height;
    int64_t peak_bps, average_bps; /* without sound */
    const char *label, *language;  /* of sound; language NULL: unknown */
};

struct sound_list {
    struct variant *items; /* the default one first */
    size_t count;
};

struct subtitle {
    const char *playlist, *language, *label;
};

struct subtitle_list {
    struct subtitle *items;
    size_t count;
};

/* Variants by rising resolution. `sounds` and `subtitles` may be NULL; sound alone is one
 * variant without size. */
void playlist_master(struct strbuf *out, const struct variant *variants, size_t count,
                     const struct sound_list *sounds, const struct subtitle_list *subtitles);

/* Captions: one WebVTT file for all of the video. */
void playlist_captions(struct strbuf *out, const char *file, int64_t duration_us);

/* Highest rate of any segment, and the rate of the whole. */
void segments_rates(const struct segment_list *segments, int64_t *peak_bps,
                    int64_t *average_bps);

/* One file's entries of segments-sha256.json: {"first-last": "hex", …}, ranges inclusive. */
void playlist_sha256(struct strbuf *out, int64_t init_bytes,
                     const struct segment_list *segments);

#endif
