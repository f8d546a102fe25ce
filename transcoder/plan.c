/* plan.c — the ladder, the cuts and the chunks. Pure functions; tables in tests/unit. */
#include "transcoder/plan.h"

#include <math.h>
#include <string.h>

enum {
    SECOND_US = 1000000,
    COPY_GOP_MAX_US = 12 * SECOND_US, /* longer groups make segments nobody wants to wait for */
    FIRST_CHUNK_US = 4 * SECOND_US,   /* quick head, and little that is decoded twice */
    LAST_SEGMENT_MIN_US = SECOND_US,  /* shorter rests join the segment before */
    TIMESCALE_MIN = 10000,
    TIMESCALE_MAX = 600000,
    FULL_RATE_RESOLUTION_MIN = 720, /* smaller rungs stay at 30 fps or below */
    ENCODE_REORDER = 2,             /* frames of delay with a pyramid of B-frames */
    RATE_MIN = 64000,          /* tiny pictures need more bits a pixel than the table says */
    HEAD_RESOLUTION_MAX = 360, /* quick to encode */
    AV1_SIDE_MIN = 64,         /* SVT-AV1 takes nothing smaller */
    STILL_FPS = 2,
    STILL_CHUNK_US = 600 * SECOND_US,
    DELAY_FRAME_MAX_US = SECOND_US, /* longer pictures may have negative offsets */
};

/* Above this many bits a pixel a copy would only burn the viewers' bandwidth. */
static const double copy_bits_per_pixel_max = 0.35;

/* Bits a pixel that an encoder may spend at its peak. */
static const struct {
    int resolution;
    double bits_per_pixel;
} rate_table[] = {{144, .19}, {240, .17},  {360, .15},  {480, .12},
                  {720, .11}, {1080, .10}, {1440, .09}, {2160, .08}};

struct plan_settings plan_settings_default(void)
{
    return (struct plan_settings){
        .resolutions = {144, 240, 360, 480, 720, 1080, 1440, 2160},
        .resolution_count = 8,
        .keep_original = true,
        .allow_copy = true,
        .max_fps = 60,
        .chunk_us = 30 * SECOND_US,
        .segment_us = 4 * SECOND_US,
    };
}

static struct ratio reduce(int64_t num, int64_t den)
{
    int64_t a = num, b = den;
    while (b) {
        int64_t rest = a % b;
        a = b;
        b = rest;
    }
    num /= a;
    den /= a;
    while (num > INT32_MAX || den > INT32_MAX) {
        num >>= 1;
        den >>= 1;
    }
    return (struct ratio){num < 1 ? 1 : (int)num, den < 1 ? 1 : (int)den};
}

static double value(struct ratio r)
{
    return (double)r.num / r.den;
}

/* --- the ladder */

static int even(double pixels)
{
    int n = 2 * (int)lround(pixels / 2);
    return n < 2 ? 2 : n;
}

static int even_below(int pixels)
{
    return pixels < 2 ? 2 : pixels & ~1;
}

/* The rate is divided by a whole number, so that motion stays even. */
static struct ratio rung_fps(const struct media_video *v, int resolution, bool original,
                             double max_fps)
{
    struct ratio fps = v->interlaced ? reduce(2 * (int64_t)v->fps.num, v->fps.den) : v->fps;
    double cap = max_fps;
    if (resolution < FULL_RATE_RESOLUTION_MIN && !original && cap > 30)
        cap = 30;
    double over = value(fps) / cap;
    if (over <= 1.02)
        return fps;
    return reduce(fps.num, (int64_t)fps.den * (int64_t)ceil(over - 0.02));
}

static int rung_timescale(struct ratio time_base)
{
    struct ratio r = reduce(time_base.num, time_base.den);
    if (r.den > TIMESCALE_MAX)
        return 90000;
    int64_t scale = r.den;
    while (scale < TIMESCALE_MIN)
        scale *= 2;
    return (int)scale;
}

static int64_t rung_max_rate(const struct media *m, int w, int h, double fps)
{
    int resolution = w < h ? w : h;
    double bpp = rate_table[0].bits_per_pixel;
    for (size_t i = 0; i < sizeof rate_table / sizeof *rate_table; i++)
        if (resolution >= rate_table[i].resolution)
            bpp = rate_table[i].bits_per_pixel;
    double rate = bpp * w * h * fps, floor_rate = 0.02 * w * h * fps;
    double source = (double)m->video->bit_rate * 1.3;
    if (source > 0 && rate > source)
        rate = source > floor_rate ? source : floor_rate;
    return rate < RATE_MIN ? RATE_MIN : (int64_t)rate;
}

static void rung_add(struct arena *a, struct plan *p, const struct media *m,
                     const struct plan_settings *s, int width, int height, bool original,
                     bool copy)
{
    const struct media_video *v = m->video;
    struct plan_rung *r = &p->rungs[p->rung_count++];
    int resolution = width < height ? width : height;
    *r = (struct plan_rung){
        .name = arena_printf(a, "%d", resolution),
        .resolution = resolution,
        .width = width,
        .height = height,
        .fps = copy ? v->fps : rung_fps(v, resolution, original, s->max_fps),
        .copy = copy,
        .timescale = rung_timescale(v->time_base),
    };
    int reorder = copy ? v->reorder : ENCODE_REORDER;
    double frame_s = 1 / value(r->fps);
    double longest_s = (double)v->longest_us / 1e6 * fmax(1, value(v->fps) / value(r->fps));
    frame_s = fmax(frame_s, fmin(longest_s, DELAY_FRAME_MAX_US / 1e6));
    r->delay = (int)ceil(reorder * frame_s * r->timescale);
    r->max_rate = copy ? v->bit_rate : rung_max_rate(m, width, height, value(r->fps));
}

/* Sound alone gets a picture that stands still, so that any player shows something. */
static void make_still(struct plan *p)
{
    p->rungs[p->rung_count++] = (struct plan_rung){
        .name = "720",
        .resolution = 720,
        .width = 1280,
        .height = 720,
        .fps = {STILL_FPS, 1},
        .timescale = TIMESCALE_MIN,
        .delay = ENCODE_REORDER * TIMESCALE_MIN / STILL_FPS,
        .max_rate = 1000000,
    };
}

static bool gaps_within(const struct media *m, int64_t limit_us)
{
    const struct media_video *v = m->video;
    if (!v->keyframe_count || v->keyframes_us[0] > SECOND_US / 10)
        return false;
    for (size_t i = 1; i < v->keyframe_count; i++)
        if (v->keyframes_us[i] - v->keyframes_us[i - 1] > limit_us)
            return false;
    return v->end_us - v->keyframes_us[v->keyframe_count - 1] <= limit_us;
}

static bool may_copy(const struct media *m, const struct plan_settings *s)
{
    const struct media_video *v = m->video;
    if (!s->allow_copy || !v->copyable || value(v->fps) > s->max_fps * 1.02)
        return false;
    double pixel_rate = (double)v->display_width * v->display_height * value(v->fps);
    if (v->display_width * v->display_height >= 320 * 240 &&
        (double)v->bit_rate > copy_bits_per_pixel_max * pixel_rate)
        return false;
    return gaps_within(m, COPY_GOP_MAX_US);
}

static void make_rungs(struct arena *a, const struct media *m, const struct plan_settings *s,
                       struct plan *p)
{
    const struct media_video *v = m->video;
    int w = v->display_width, h = v->display_height, shorter = w < h ? w : h;
    int largest = 0; /* enabled rung that the source fills */
    bool exact = false;
    for (size_t i = 0; i < s->resolution_count; i++) {
        if (s->resolutions[i] <= shorter && s->resolutions[i] > largest)
            largest = s->resolutions[i];
        exact |= s->resolutions[i] == shorter;
    }
    /* What H.264 level 5.2 cannot hold, no browser plays: such a source is scaled down. */
    bool huge = (int64_t)w * h > (int64_t)4096 * 2304;
    bool original = (s->keep_original || exact || !largest) && !huge;
    if (original) {
        bool copy = may_copy(m, s);
        rung_add(a, p, m, s, copy ? w : even_below(w), copy ? h : even_below(h), true, copy);
    } else if (!largest) {
        double scale = 144.0 / shorter;
        rung_add(a, p, m, s, even(w * scale), even(h * scale), true, false);
    }
    for (int top = INT32_MAX; p->rung_count < PLAN_RUNGS_MAX;) {
        int next = 0;
        for (size_t i = 0; i < s->resolution_count; i++)
            if (s->resolutions[i] < top && s->resolutions[i] > next)
                next = s->resolutions[i];
        if (!next)
            break;
        top = next;
        if (next > shorter || (original && next * 100 > shorter * 92))
            continue;
        double scale = (double)next / shorter;
        rung_add(a, p, m, s, w <= h ? even(next) : even(w * scale),
                 w <= h ? even(h * scale) : even(next), false, false);
    }
}

/* The second codec: a rung beside one of H.264, named {resolution}-av1, for 0.6 of its rate. */
static void add_av1(struct arena *a, const struct media *m, const struct plan_settings *s,
                    struct plan *p)
{
    const size_t h264 = p->rung_count;
    for (size_t i = 0; i < h264 && p->rung_count < PLAN_RUNGS_MAX; i++) {
        const struct plan_rung *r = &p->rungs[i];
        bool wanted = false;
        for (size_t k = 0; k < s->av1_count; k++)
            wanted |= s->av1[k] == r->resolution;
        if (!wanted || r->width < AV1_SIDE_MIN || r->height < AV1_SIDE_MIN)
            continue;
        rung_add(a, p, m, s, even_below(r->width), even_below(r->height), i == 0, false);
        struct plan_rung *added = &p->rungs[p->rung_count - 1];
        added->name = arena_printf(a, "%d-av1", r->resolution);
        added->resolution = r->resolution;
        added->av1 = true;
        added->max_rate = added->max_rate * 3 / 5;
    }
}

/* --- cuts */

struct cuts {
    struct arena *arena;
    int64_t *us;
    size_t count, room;
};

static void cut_add(struct cuts *c, int64_t us)
{
    c->us = arena_grow(c->arena, c->us, c->count, &c->room, sizeof *c->us);
    c->us[c->count++] = us;
}

/* The key frame nearest to `want` within [low, high], or -1. `from` walks along. */
static int64_t key_near(const struct media_video *v, size_t *from, int64_t low, int64_t want,
                        int64_t high)
{
    while (*from < v->keyframe_count && v->keyframes_us[*from] < low)
        (*from)++;
    int64_t best = -1;
    for (size_t i = *from; i < v->keyframe_count && v->keyframes_us[i] <= high; i++)
        if (best < 0 || llabs(v->keyframes_us[i] - want) < llabs(best - want))
            best = v->keyframes_us[i];
    return best;
}

static void make_cuts(struct arena *a, const struct media *m, const struct plan_settings *s,
                      struct plan *p)
{
    struct cuts c = {.arena = a};
    const struct media_video *v = m->video;
    const int64_t step = s->segment_us;
    int64_t end = v && v->end_us > 0 ? v->end_us : m->duration_us;
    bool on_keys = p->rung_count && p->rungs[0].copy;
    size_t from = 0;
    cut_add(&c, 0);
    for (int64_t at = 0; end - at > step;) {
        int64_t next = -1;
        if (v) {
            next = key_near(v, &from, at + step * 5 / 8, at + step, at + step * 3 / 2);
            if (next < 0 && on_keys)
                next = key_near(v, &from, at + step * 5 / 8, at + step, INT64_MAX);
        }
        if (next < 0 && !on_keys)
            next = at + step;
        if (next < 0 || end - next < LAST_SEGMENT_MIN_US)
            break;
        cut_add(&c, next);
        at = next;
    }
    cut_add(&c, end > c.us[c.count - 1] ? end : c.us[c.count - 1] + 1);
    p->cuts_us = c.us;
    p->cut_count = c.count;
}

static bool is_key(const struct media_video *v, int64_t us)
{
    size_t low = 0, high = v->keyframe_count;
    while (low < high) {
        size_t middle = (low + high) / 2;
        if (v->keyframes_us[middle] < us)
            low = middle + 1;
        else
            high = middle;
    }
    return low < v->keyframe_count && v->keyframes_us[low] == us;
}

/* --- chunks */

static void make_chunks(struct arena *a, const struct media *m, const struct plan_settings *s,
                        struct plan *p)
{
    bool encodes = false;
    for (size_t i = 0; i < p->rung_count; i++)
        encodes |= !p->rungs[i].copy;
    if (!encodes)
        return;
    p->chunks = arena_alloc(a, p->cut_count * sizeof *p->chunks);
    const int last = (int)p->cut_count - 1;
    const int64_t usual =
        m->video || s->chunk_us > STILL_CHUNK_US ? s->chunk_us : STILL_CHUNK_US;
    if (m->linear && m->video) {
        p->chunks[p->chunk_count++] = (struct plan_chunk){0, last};
        return;
    }
    for (int first = 0; first < last;) {
        int64_t start = p->cuts_us[first];
        int64_t want = first == 0 && usual > FIRST_CHUNK_US ? FIRST_CHUNK_US : usual;
        int border = last, fallback = last;
        for (int i = first + 1; i < last; i++) {
            int64_t length = p->cuts_us[i] - start;
            if (length < want)
                continue;
            if (fallback == last)
                fallback = i;
            if (!m->video || is_key(m->video, p->cuts_us[i])) {
                border = i;
                break;
            }
            if (length > 2 * want) { /* no key frame in reach: decode from further back */
                border = fallback;
                break;
            }
        }
        if (p->cuts_us[last] - p->cuts_us[border] < want / 3)
            border = last;
        p->chunks[p->chunk_count++] = (struct plan_chunk){first, border};
        first = border;
    }
}

static void make_head(struct plan *p)
{
    if (!p->rung_count)
        return;
    if (p->rungs[0].copy) {
        p->head_copy = true;
        p->head_rung = p->rungs[0].name;
        return;
    }
    const struct plan_rung *pick = &p->rungs[0]; /* the largest up to 360, or the smallest */
    for (size_t i = 1; i < p->rung_count && pick->resolution > HEAD_RESOLUTION_MAX; i++)
        if (!p->rungs[i].av1)
            pick = &p->rungs[i];
    p->head_rung = pick->name;
}

static struct plan_audio make_sound(int channels, int sample_rate)
{
    bool mono = channels < 2;
    bool cd = sample_rate == 44100 || sample_rate == 22050 || sample_rate == 11025 ||
              sample_rate == 88200 || sample_rate == 176400;
    return (struct plan_audio){
        .channels = mono ? 1 : 2,
        .sample_rate = cd ? 44100 : 48000,
        .bit_rate = mono ? 80000 : 128000,
    };
}

static void make_audio(struct arena *a, const struct media *m, struct plan *p)
{
    const struct media_audio *v = m->audio;
    p->audio = arena_alloc(a, sizeof *p->audio);
    *p->audio = make_sound(v->channels, v->sample_rate);
    p->audio->copy = v->copyable;
    p->audio->language = v->language;
    if (p->audio->copy)
        p->audio->bit_rate = v->bit_rate;
    for (size_t i = 0; i < m->audio_track_count; i++) {
        const struct media_track *t = &m->audio_tracks[i];
        if (t->stream == v->stream) {
            p->audio->title = t->title;
        } else if (p->track_count < PLAN_TRACKS_MAX && t->sample_rate > 0) {
            struct plan_track *more = &p->tracks[p->track_count++];
            *more = (struct plan_track){arena_printf(a, "0-%zu", p->track_count), t->stream,
                                        make_sound(t->channels, t->sample_rate)};
            more->audio.language = t->language;
            more->audio.title = t->title;
        }
    }
}

struct err plan_make(struct arena *a, const struct media *m, const struct plan_settings *s,
                     struct plan *out)
{
    *out = (struct plan){
        .duration_us = m->duration_us, .profile = s->profile, .hardware = s->hardware};
    if (!m->video && !m->audio)
        return FAIL(INPUT_UNREADABLE, "the file has neither picture nor sound");
    if (m->duration_us <= 0)
        return FAIL(INPUT_UNREADABLE, "the file has no duration");
    if (m->duration_us > (int64_t)7 * 24 * 3600 * SECOND_US)
        return FAIL(LIMIT_EXCEEDED, "the video is longer than a week");
    if (m->video) {
        make_rungs(a, m, s, out);
        add_av1(a, m, s, out);
    } else {
        make_still(out);
    }
    make_cuts(a, m, s, out);
    make_chunks(a, m, s, out);
    make_head(out);
    if (m->audio)
        make_audio(a, m, out);
    return OK;
}

const struct plan_rung *plan_rung_named(const struct plan *p, const char *name)
{
    for (size_t i = 0; i < p->rung_count; i++)
        if (strcmp(p->rungs[i].name, name) == 0)
            return &p->rungs[i];
    return NULL;
}

const struct plan_track *plan_track_named(const struct plan *p, const char *name)
{
    for (size_t i = 0; i < p->track_count; i++)
        if (strcmp(p->tracks[i].name, name) == 0)
            return &p->tracks[i];
    return NULL;
}
