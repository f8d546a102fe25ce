/* transcoder_profile.c — the table of encoder settings is whole, and x264 knows all it says. */
#include "tests/unit/test.h"

#include "transcoder/profile.h"

#include <libavcodec/avcodec.h>
#include <libavutil/log.h>

TEST(profiles_have_names)
{
    for (int i = 0; i < PROFILE_COUNT; i++) {
        enum profile found;
        CHECK(profile_from_name(profile_name((enum profile)i), &found));
        CHECK_INT(found, i);
    }
    enum profile none;
    CHECK(!profile_from_name("turbo", &none));
    CHECK(!profile_from_name("", &none));
}

static int complaints;

static void listen(void *context, int level, const char *format, va_list arguments)
{
    (void)context, (void)format, (void)arguments;
    complaints += level <= AV_LOG_WARNING;
}

/* x264 only warns of a parameter it does not know, and of a value it does not take. */
TEST(x264_takes_every_row)
{
    static const int sizes[] = {144, 360, 480, 720, 1080, 2160};
    for (int p = 0; p < PROFILE_COUNT; p++) {
        for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
            struct profile_settings s = profile_h264((enum profile)p, sizes[i]);
            AVCodecContext *c = avcodec_alloc_context3(avcodec_find_encoder_by_name("libx264"));
            c->width = 64;
            c->height = 64;
            c->pix_fmt = AV_PIX_FMT_YUV420P;
            c->time_base = (AVRational){1, 30};
            c->thread_count = 1;
            AVDictionary *options = NULL;
            av_dict_set(&options, "preset", s.preset, 0);
            av_dict_set(&options, "x264-params", s.params, 0);
            av_dict_set(&options, "crf", s.crf, 0);
            complaints = 0;
            av_log_set_callback(listen);
            CHECK_INT(avcodec_open2(c, c->codec, &options), 0);
            av_log_set_callback(av_log_default_callback);
            CHECK_INT(complaints, 0);
            CHECK_INT(av_dict_count(options), 0);
            CHECK(c->has_b_frames <= 2); /* what the plan's delay allows for */
            av_dict_free(&options);
            avcodec_free_context(&c);
        }
    }
}

TEST(threads_follow_cores_and_pixels)
{
    static const struct {
        int cores;
        int64_t pixels, total;
        int threads;
    } cases[] = {
        {1, 100, 100, 1}, {2, 100, 100, 1},  {2, 55, 100, 1}, {4, 100, 100, 4},
        {4, 55, 100, 2},  {4, 25, 100, 1},   {8, 55, 100, 5}, {8, 25, 100, 2},
        {8, 3, 100, 1},   {64, 55, 100, 16}, {4, 0, 0, 1},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        CHECK_INT(profile_threads(cases[i].cores, cases[i].pixels, cases[i].total),
                  cases[i].threads);
}

TEST_MAIN
