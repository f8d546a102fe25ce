/* profile.c — the table of settings, found by measurement.
 *
 * Measured in one run with x264 0.164, on one thread, on 6 s of each clip in 720p, beside
 * `veryfast` with up to 16 B-frames and a key frame every 2 s (at CRF 19, 23 and 27): bits at
 * the same SSIM, bits at the same PSNR (both over all planes, the mean of three CRFs), and the
 * encoder's time. Here a key frame stands every 4 s, with 3 B-frames and no trellis unless
 * said.
 *
 *                                film       with grain   slides      to black    time
 *   aq-mode 2, 0.8, trellis, 4 B 0.84 0.81  1.17 0.79    1.07 0.76   1.82 0.84   0.95
 *   aq-mode 2, 0.8               0.83 0.82  0.94 0.81    0.83 0.80   2.27 0.91   0.92
 *   aq-mode 3, 0.8               0.91 0.89  0.92 0.84    0.82 0.83   1.05 0.95   0.96
 *   aq-mode 1, 0.8               0.90 0.89  0.92 0.85    1.02 0.87   1.15 0.94   0.94
 *   aq-mode 3, 0.6               0.86 0.84  0.91 0.80    0.75 0.80   1.19 0.91   0.95
 *     diamond search             0.86 0.85  0.90 0.79    0.73 0.80   1.21 0.90   0.90
 *     diamond, subme 1           0.97 0.95  1.00 0.88    0.78 0.76   1.29 1.03   0.66
 *     diamond, no P8x8           0.90 0.86  0.91 0.80    0.81 0.89   1.20 0.90   0.82
 *     diamond, no weighted P     0.88 0.88  0.91 0.82    0.73 0.80   1.61 1.30   0.93
 *     subme 3                    0.85 0.84  0.72 0.73    0.73 0.80   1.18 0.92   1.28
 *   small: medium, CRF 26        0.71 0.73  0.83 0.74    0.94 0.72   1.08 0.76   1.83
 *
 * Trellis wipes grain away; aq-mode 2 starves dark scenes, which mode 3 is for; without
 * weighted prediction fades cost a third more. subme 3 pays where pixels are few and watched
 * over poor lines; psy-rd, which keeps grain, comes with subme 6 and above. Nothing here is
 * tuned to a metric.
 */
#include "transcoder/profile.h"

#include <math.h>
#include <string.h>

enum { MEDIUM = 340, LARGE = 600, FULL = 900, HUGE_SIDE = 1300 };

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

#define QUICK "aq-mode=3:aq-strength=0.6:bframes=3:trellis=0:"

/* The first row whose size the rung reaches. */
static const struct {
    enum profile profile;
    int from; /* shorter side */
    struct profile_settings settings;
} h264[] = {
    {PROFILE_BALANCED, HUGE_SIDE, {"veryfast", QUICK "rc-lookahead=8:me=dia", "24"}},
    {PROFILE_BALANCED, FULL, {"veryfast", QUICK "rc-lookahead=12:me=dia", "24"}},
    {PROFILE_BALANCED, MEDIUM, {"veryfast", QUICK "rc-lookahead=15:me=dia", "24"}},
    {PROFILE_BALANCED, 0, {"veryfast", QUICK "rc-lookahead=20:subme=3", "24.5"}},
    {PROFILE_FAST, LARGE, {"veryfast", QUICK "rc-lookahead=15:subme=1:me=dia", "24"}},
    {PROFILE_FAST, 0, {"veryfast", QUICK "rc-lookahead=20:me=dia", "24"}},
    {PROFILE_SMALL,
     0,
     {"medium", "aq-mode=3:aq-strength=0.6:bframes=6:trellis=1:rc-lookahead=40", "26"}},
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
