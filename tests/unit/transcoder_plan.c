/* transcoder_plan.c — the ladder, the cuts and the chunks, as tables. */
#include "tests/unit/test.h"

#include "transcoder/plan.h"

/* A source of this size and rate with a key frame every `gop_s`; 0: the first frame only. */
struct source {
    int width, height, fps;
    double seconds, gop_s;
    bool copyable;
    int64_t bit_rate;
};

static struct media *media_of(struct arena *a, struct source s)
{
    struct media *m = arena_alloc(a, sizeof *m);
    struct media_video *v = arena_alloc(a, sizeof *v);
    *v = (struct media_video){
        .codec = "h264",
        .width = s.width,
        .height = s.height,
        .display_width = s.width,
        .display_height = s.height,
        .sar = {1, 1},
        .fps = {s.fps ? s.fps : 30, 1},
        .time_base = {1, 15360},
        .bit_rate = s.bit_rate ? s.bit_rate : 1000000,
        .copyable = s.copyable,
        .end_us = (int64_t)(s.seconds * 1e6),
        .reorder = 2,
    };
    v->keyframes_us = arena_alloc(a, 100000 * sizeof *v->keyframes_us);
    do {
        v->keyframes_us[v->keyframe_count] =
            (int64_t)((double)v->keyframe_count * s.gop_s * 1e6);
        v->keyframe_count++;
    } while (s.gop_s > 0 && (double)v->keyframe_count * s.gop_s < s.seconds);
    *m = (struct media){.video = v, .duration_us = v->end_us, .cover = -1};
    return m;
}

static struct plan plan_of(struct arena *a, struct source s, struct plan_settings settings)
{
    struct plan p;
    CHECK_OK(plan_make(a, media_of(a, s), &settings, &p));
    return p;
}

static const char *ladder_text(struct arena *a, const struct plan *p)
{
    char *text = arena_strdup(a, "");
    for (size_t i = 0; i < p->rung_count; i++)
        text = arena_printf(a, "%s%s%s:%dx%d%s", text, i ? " " : "", p->rungs[i].name,
                            p->rungs[i].width, p->rungs[i].height, p->rungs[i].copy ? "=" : "");
    return text;
}

TEST(ladders)
{
    static const struct {
        struct source source;
        bool keep;
        const char *ladder;
    } cases[] = {
        {{1920, 1080, 30, 60, 2, true, 0},
         true,
         "1080:1920x1080= 720:1280x720 480:854x480 360:640x360 240:426x240 144:256x144"},
        {{1920, 1080, 30, 60, 2, false, 0},
         true,
         "1080:1920x1080 720:1280x720 480:854x480 360:640x360 240:426x240 144:256x144"},
        {{1080, 1920, 30, 60, 2, false, 0},
         true,
         "1080:1080x1920 720:720x1280 480:480x854 360:360x640 240:240x426 144:144x256"},
        {{1088, 1088, 10, 60, 2, false, 0},
         true,
         "1088:1088x1088 720:720x720 480:480x480 360:360x360 240:240x240 144:144x144"},
        {{1920, 804, 24, 60, 2, false, 0},
         true,
         "804:1920x804 720:1720x720 480:1146x480 360:860x360 240:574x240 144:344x144"},
        {{640, 270, 24, 60, 2, false, 0}, true, "270:640x270 240:568x240 144:342x144"},
        {{321, 241, 25, 60, 2, false, 0}, true, "240:320x240 144:192x144"},
        {{240, 136, 30, 60, 2, false, 0}, true, "136:240x136"},
        {{10, 8, 30, 60, 2, false, 0}, true, "8:10x8"},
        {{1, 1, 30, 60, 2, false, 0}, true, "2:2x2"},
        {{240, 136, 30, 60, 2, false, 0}, false, "136:240x136"},
        {{1100, 800, 30, 60, 2, false, 0},
         false,
         "720:990x720 480:660x480 360:496x360 240:330x240 144:198x144"},
        {{1280, 720, 30, 60, 2, true, 0},
         false,
         "720:1280x720= 480:854x480 360:640x360 240:426x240 144:256x144"},
        {{7680, 4320, 30, 60, 2, false, 0},
         true,
         "2160:3840x2160 1440:2560x1440 1080:1920x1080 720:1280x720 480:854x480 360:640x360 "
         "240:426x240 144:256x144"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        SCOPED_ARENA struct arena *a = arena_open();
        struct plan_settings settings = plan_settings_default();
        settings.keep_original = cases[i].keep;
        struct plan p = plan_of(a, cases[i].source, settings);
        CHECK_STR(ladder_text(a, &p), cases[i].ladder);
    }
}

TEST(a_second_codec_stands_behind_and_is_no_head)
{
    SCOPED_ARENA struct arena *a = arena_open();
    struct plan_settings settings = plan_settings_default();
    settings.av1[0] = 1080;
    settings.av1[1] = 360;
    settings.av1[2] = 2160; /* not in this ladder */
    settings.av1_count = 3;
    struct plan p = plan_of(a, (struct source){1920, 1080, 30, 60, 2, true, 0}, settings);
    CHECK_STR(ladder_text(a, &p), "1080:1920x1080= 720:1280x720 480:854x480 360:640x360 "
                                  "240:426x240 144:256x144 1080-av1:1920x1080 360-av1:640x360");
    CHECK(p.rungs[6].av1 && !p.rungs[6].copy && !p.rungs[0].av1);
    CHECK_INT(p.rungs[7].max_rate, p.rungs[3].max_rate * 3 / 5);
    CHECK_STR(p.head_rung, "1080");
    p = plan_of(a, (struct source){1920, 1080, 30, 60, 2, false, 0}, settings);
    CHECK_STR(p.head_rung, "360");
}

TEST(rates_are_divided_by_whole_numbers)
{
    static const struct {
        int fps;
        double max;
        int top_num, top_den, small_num, small_den; /* of 720 and of 480 */
    } cases[] = {
        {30, 60, 30, 1, 30, 1}, {60, 60, 60, 1, 30, 1},  {50, 60, 50, 1, 25, 1},
        {24, 60, 24, 1, 24, 1}, {120, 60, 60, 1, 30, 1}, {144, 60, 48, 1, 144, 5},
        {60, 30, 30, 1, 30, 1}, {25, 10, 25, 3, 25, 3},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        SCOPED_ARENA struct arena *a = arena_open();
        struct plan_settings settings = plan_settings_default();
        settings.max_fps = cases[i].max;
        struct plan p =
            plan_of(a, (struct source){1280, 720, cases[i].fps, 20, 2, false, 0}, settings);
        const struct plan_rung *small = plan_rung_named(&p, "480");
        CHECK_INT(p.rungs[0].fps.num, cases[i].top_num);
        CHECK_INT(p.rungs[0].fps.den, cases[i].top_den);
        CHECK_INT(small->fps.num, cases[i].small_num);
        CHECK_INT(small->fps.den, cases[i].small_den);
    }
}

TEST(copies_need_key_frames_in_reach_and_a_sane_rate)
{
    static const struct {
        double gop_s;
        int64_t bit_rate;
        int fps;
        bool copy;
    } cases[] = {
        {2, 8000000, 30, true},    {8.3, 8000000, 30, true}, {10, 8000000, 30, true},
        {15, 8000000, 30, false},  {0, 8000000, 30, false},  {2, 20000000, 30, true},
        {2, 100000000, 30, false}, {2, 8000000, 120, false},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        SCOPED_ARENA struct arena *a = arena_open();
        struct source s = {1920,           1080, cases[i].fps,     100,
                           cases[i].gop_s, true, cases[i].bit_rate};
        struct plan p = plan_of(a, s, plan_settings_default());
        CHECK_INT(p.rungs[0].copy, cases[i].copy);
        CHECK_INT(p.head_copy, cases[i].copy);
        CHECK_STR(p.head_rung, cases[i].copy ? "1080" : "360");
        struct plan_settings never = plan_settings_default();
        never.allow_copy = false;
        p = plan_of(a, s, never);
        CHECK(!p.rungs[0].copy && !p.head_copy);
    }
}

static bool is_key(const struct media *m, int64_t us)
{
    for (size_t i = 0; i < m->video->keyframe_count; i++)
        if (m->video->keyframes_us[i] == us)
            return true;
    return false;
}

/* Whatever the source: cuts cover all of it, chunks cover the cuts, and copies are cut at keys.
 */
TEST(cuts_and_chunks_cover_everything)
{
    static const double lengths[] = {0.04, 0.5,  1,  3.9, 4.1,    5.2,
                                     8,    11.9, 30, 61,  599.97, 7200};
    static const double gops[] = {0, 0.5, 1, 2, 3.3, 5, 8.34, 10.5, 60};
    for (size_t l = 0; l < sizeof lengths / sizeof *lengths; l++) {
        for (size_t g = 0; g < 2 * sizeof gops / sizeof *gops; g++) {
            SCOPED_ARENA struct arena *a = arena_open();
            struct source s = {1280, 720, 30, lengths[l], gops[g / 2], g % 2, 0};
            struct media *m = media_of(a, s);
            struct plan_settings settings = plan_settings_default();
            struct plan p;
            CHECK_OK(plan_make(a, m, &settings, &p));
            CHECK_INT(p.cuts_us[0], 0);
            CHECK_INT(p.cuts_us[p.cut_count - 1], m->duration_us);
            for (size_t i = 1; i < p.cut_count; i++) {
                int64_t length = p.cuts_us[i] - p.cuts_us[i - 1];
                CHECK(length > 0);
                CHECK(length <= (p.rungs[0].copy ? 14500000 : 6000000));
                CHECK(length >= 1000000 || m->duration_us < 1000000);
                if (p.rungs[0].copy)
                    CHECK(is_key(m, p.cuts_us[i - 1]));
            }
            int next = 0;
            for (size_t i = 0; i < p.chunk_count; i++) {
                CHECK_INT(p.chunks[i].first_cut, next);
                CHECK(p.chunks[i].last_cut > next);
                next = p.chunks[i].last_cut;
                int64_t length = p.cuts_us[next] - p.cuts_us[p.chunks[i].first_cut];
                CHECK(length <= 2 * settings.chunk_us + 15000000);
                bool last = i + 1 == p.chunk_count;
                CHECK(last || length >= (i ? settings.chunk_us : 4000000));
                if (!last && gops[g / 2] > 0 && gops[g / 2] <= 5)
                    CHECK(is_key(m, p.cuts_us[next]));
            }
            CHECK_INT(next, (int)p.cut_count - 1);
        }
    }
}

TEST(sound_alone_gets_a_still_picture)
{
    SCOPED_ARENA struct arena *a = arena_open();
    struct media_audio audio = {.channels = 6, .sample_rate = 96000, .end_us = 10000000};
    struct media m = {.audio = &audio, .duration_us = 10000000, .cover = -1};
    struct plan_settings settings = plan_settings_default();
    struct plan p;
    CHECK_OK(plan_make(a, &m, &settings, &p));
    CHECK_STR(ladder_text(a, &p), "720:1280x720");
    CHECK_INT(p.chunk_count, 2); /* 4 s, and the 6 s that are left */
    CHECK_STR(p.head_rung, "720");
    CHECK_INT(p.audio->channels, 2);
    CHECK_INT(p.audio->sample_rate, 48000);
    CHECK_INT(p.cut_count, 4); /* 0 4 8 10 */
}

TEST(further_sound_tracks_are_planned)
{
    SCOPED_ARENA struct arena *a = arena_open();
    struct media_audio audio = {.stream = 2, .channels = 2, .sample_rate = 48000};
    struct media_track tracks[20] = {{.stream = 1, .channels = 1, .sample_rate = 44100},
                                     {.stream = 2, .channels = 2, .sample_rate = 48000}};
    for (int i = 2; i < 20; i++)
        tracks[i] = (struct media_track){.stream = i + 1, .channels = 6, .sample_rate = 8000};
    tracks[0].language = "fra";
    struct media m = {.audio = &audio,
                      .audio_tracks = tracks,
                      .audio_track_count = 20,
                      .duration_us = 10000000,
                      .cover = -1};
    struct plan_settings settings = plan_settings_default();
    struct plan p;
    CHECK_OK(plan_make(a, &m, &settings, &p));
    CHECK_INT(p.track_count, PLAN_TRACKS_MAX);
    CHECK_STR(p.tracks[0].name, "0-1");
    CHECK_INT(p.tracks[0].stream, 1);
    CHECK_STR(p.tracks[0].audio.language, "fra");
    CHECK_INT(p.tracks[0].audio.channels, 1);
    CHECK_INT(p.tracks[0].audio.sample_rate, 44100);
    CHECK_INT(p.tracks[1].stream, 3);
    json_t *json = plan_to_json(&p);
    struct plan again;
    CHECK_OK(plan_from_json(a, json, &again));
    CHECK_INT(again.track_count, PLAN_TRACKS_MAX);
    CHECK_STR(again.tracks[14].name, "0-15");
    CHECK(plan_track_named(&again, "0-15") == &again.tracks[14]);
    json_decref(json);
}

TEST(nothing_is_no_plan)
{
    SCOPED_ARENA struct arena *a = arena_open();
    struct plan_settings settings = plan_settings_default();
    struct plan p;
    CHECK_ERR(plan_make(a, &(struct media){.duration_us = 5}, &settings, &p), INPUT_UNREADABLE);
    struct media *m = media_of(a, (struct source){640, 360, 30, 10, 2, false, 0});
    m->duration_us = 0;
    CHECK_ERR(plan_make(a, m, &settings, &p), INPUT_UNREADABLE);
    m->duration_us = INT64_C(1) << 60;
    CHECK_ERR(plan_make(a, m, &settings, &p), LIMIT_EXCEEDED);
}

TEST(a_plan_survives_json)
{
    SCOPED_ARENA struct arena *a = arena_open();
    struct plan p =
        plan_of(a, (struct source){1920, 1080, 30, 125, 2, true, 0}, plan_settings_default());
    json_t *first = plan_to_json(&p);
    struct plan back;
    CHECK_OK(plan_from_json(a, first, &back));
    json_t *second = plan_to_json(&back);
    CHECK(json_equal(first, second));
    json_decref(first);
    json_decref(second);
}

TEST_MAIN
