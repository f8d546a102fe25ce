/* profile.h — which settings the software encoders get: by profile, codec and size. Pure.
 *
 *   fast       0.63 of the time of balanced, for 6 % (SSIM) to 11 % (PSNR) more bits
 *   balanced   the default
 *   small      1.9 times the time, for 9 to 11 % fewer bits
 *
 * Every profile is one of constant quality under a cap (plan_rung.max_rate): what is easy gets
 * few bits. The figures behind the table are in profile.c; `make bench BENCH=media` measures.
 *
 * Memory:  strings are static.
 * Threads: no shared state.
 */
#ifndef ZOE_TRANSCODER_PROFILE_H
#define ZOE_TRANSCODER_PROFILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum profile { PROFILE_BALANCED, PROFILE_FAST, PROFILE_SMALL, PROFILE_COUNT };

const char *profile_name(enum profile p);
bool profile_from_name(const char *name, enum profile *out); /* false: no such profile */

struct profile_settings {
    const char *preset;
    const char *params; /* x264-params or svtav1-params */
    const char *crf;
};

/* `resolution`: the shorter side in pixels. */
struct profile_settings profile_h264(enum profile p, int resolution);

struct profile_settings profile_av1(enum profile p);

/* Hardware encoders for H.264, asked for by the administrator. */
enum hardware_kind {
    HARDWARE_NONE,
    HARDWARE_VAAPI,
    HARDWARE_QSV,
    HARDWARE_NVENC,
    HARDWARE_COUNT
};
const char *hardware_name(enum hardware_kind kind);
bool hardware_from_name(const char *name, enum hardware_kind *out); /* false: no such kind */

/* The threads of an encoder whose pictures are `pixels` of all the `total` that are encoded
 * side by side. One where there are few cores: x264's rate cap is repeatable then, and costs
 * least. */
int profile_threads(int cores, int64_t pixels, int64_t total);

#endif
