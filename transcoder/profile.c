/* profile.c — the table of settings, found by measurement.
 *
 * Measured in x264 0.164 on 6 s each, beside `veryfast` with up to 16 B-frames and a key frame
 * every 2 s: bits at the same SSIM and at the same PSNR (both over all planes, the mean of two
 * CRFs), and the encoder's time. A key frame every 4 s and 3 B-frames unless said otherwise.
 *
 *   720p                            film        with grain   slides       fading to black
 *   aq-mode 2, 0.8, trellis, 4 B  0.83 0.80    1.09 0.79    0.96 0.76                 t 0.92
 *   aq-mode 2, 0.8                0.84 0.82    0.91 0.80    0.99 0.81    2.32 0.92    t 0.87
 *   aq-mode 3, 0.8                0.90 0.89    0.89 0.83    0.80 0.85    1.05 0.94    t 0.88
 *   aq-mode 3, 0.6                0.86 0.84    0.88 0.79    0.87 0.81    1.20 0.90    t 0.86
 *   aq-mode 1, 0.8                0.90 0.89    0.95 0.85    1.03 0.89    1.16 0.93    t 0.88
 *   subme 1                       0.90 0.88    1.35 0.89    0.74 0.72                 t 0.65
 *   subme 3                       0.82 0.81    0.72 0.72                              t 1.24
 *
 * Trellis takes time and wipes grain away. aq-mode 2 starves dark scenes, which mode 3 is for.
 * The diamond costs nothing at these sizes and saves 0.03. Without weighted prediction steady
 * pictures would be better and fades cost half as much again. subme 3 pays where pixels are
 * few and watched over poor lines; psy-rd, which keeps grain, comes with subme 6 and above.
 * `small` at CRF 26 scores between 0.9 dB less (slides) and 0.5 dB more (film) than `balanced`,
 * in 0.80 (slides) to 0.97 (grain) of its bits.
 * Nothing here is tuned to a metric.
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
