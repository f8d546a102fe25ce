/* profile.c — the table of settings, found by measurement.
 *
 * Measured in x264 0.164 on 5 s each of a film, a pan over a landscape, the film with grain, a
 * lecture with slides and an animation, beside `veryfast` with up to 16 B-frames and a key
 * frame every 2 s at CRF 23; bits at the same SSIM and at the same PSNR, and time:
 *
 *   720p                                                       SSIM  PSNR  time
 *   a key frame every 4 s, aq-mode 2, trellis, 3 B-frames      0.90  0.83  0.70
 *   the same with 5 B-frames                                   0.87  0.80  0.80
 *   subme 3                                                    0.87  0.82  0.97
 *   subme 4 and 2 references                                   0.86  0.81  1.23
 *   without P8x8                                               0.91  0.84  0.67
 *
 * The time goes where the pixels are, so the large rungs stay with subme 2; the small ones,
 * which cost little and are watched over poor lines, get subme 3. psy-rd, which keeps grain,
 * comes with subme 6 and above; nothing here is tuned to a metric.
 */
#include "transcoder/profile.h"

#include <math.h>
#include <string.h>

enum { MEDIUM = 400, LARGE = 600, FULL = 900, HUGE_SIDE = 1300 };

static const char *const names[PROFILE_COUNT] = {
    [PROFILE_BALANCED] = "balanced",
    [PROFILE_FAST] = "fast",
    [PROFILE_SMALL] = "small",
};

static const char *const hardware_names[HARDWARE_COUNT] = {
    [HARDWARE_NONE] = "none",
    [HARDWARE_VAAPI] = "vaapi",
    [HARDWARE_QSV] = "qsv",
    [HARDWARE_NVENC] = "nvenc",
};

static int index_of(const char *const *list, int count, const char *name)
{
    for (int i = 0; i < count; i++)
        if (strcmp(list[i], name) == 0)
            return i;
    return -1;
}

const char *profile_name(enum profile p)
{
    return names[p];
}

bool profile_from_name(const char *name, enum profile *out)
{
    int i = index_of(names, PROFILE_COUNT, name);
    if (i >= 0)
        *out = (enum profile)i;
    return i >= 0;
}

const char *hardware_name(enum hardware_kind kind)
{
    return hardware_names[kind];
}

bool hardware_from_name(const char *name, enum hardware_kind *out)
{
    int i = index_of(hardware_names, HARDWARE_COUNT, name);
    if (i >= 0)
        *out = (enum hardware_kind)i;
    return i >= 0;
}

#define AQ "aq-mode=2:aq-strength=0.8:"

/* The first row whose size the rung reaches. */
static const struct {
    enum profile profile;
    int from; /* shorter side */
    struct profile_settings settings;
} h264[] = {
    {PROFILE_BALANCED, HUGE_SIDE, {"veryfast", AQ "trellis=1:rc-lookahead=8:bframes=3", "24"}},
    {PROFILE_BALANCED, FULL, {"veryfast", AQ "trellis=1:rc-lookahead=12:bframes=4", "24"}},
    {PROFILE_BALANCED, MEDIUM, {"veryfast", AQ "trellis=1:rc-lookahead=15:bframes=4", "24"}},
    {PROFILE_BALANCED,
     0,
     {"veryfast", AQ "trellis=1:rc-lookahead=20:bframes=4:subme=3", "24.5"}},
    {PROFILE_FAST, LARGE, {"veryfast", AQ "rc-lookahead=15:bframes=3:subme=1:me=dia", "24"}},
    {PROFILE_FAST, 0, {"veryfast", AQ "trellis=1:rc-lookahead=20:bframes=3", "24"}},
    {PROFILE_SMALL, 0, {"medium", AQ "trellis=1:rc-lookahead=40:bframes=6", "24"}},
};

struct profile_settings profile_h264(enum profile p, int resolution)
{
    size_t i = 0;
    while (h264[i].profile != p || resolution < h264[i].from)
        i++;
    return h264[i].settings;
}

/* tune 0 is the one for eyes; 1, SVT-AV1's default, is for PSNR. */
struct profile_settings profile_av1(enum profile p)
{
    static const struct profile_settings settings[PROFILE_COUNT] = {
        [PROFILE_BALANCED] = {"9", "tune=0:", "40"},
        [PROFILE_FAST] = {"11", "tune=0:", "40"},
        [PROFILE_SMALL] = {"6", "tune=0:", "40"},
    };
    return settings[p];
}

int profile_threads(int cores, int64_t pixels, int64_t total)
{
    if (cores <= 2 || total <= 0)
        return 1;
    int threads = (int)ceil(cores * ((double)pixels / (double)total) - 0.25);
    return threads < 1 ? 1 : threads > 16 ? 16 : threads;
}
