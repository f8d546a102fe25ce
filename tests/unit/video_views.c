/* Views: once per viewer and hour, after ten seconds or half the video; jumps do not count. */
#include "tests/unit/test.h"

#include "server/domain/views.h"

#define HOUR_MS (3600 * INT64_C(1000))

/* Plays a video as `viewer`, telling seconds of `at`; a negative one is a jump to there. How
 * many views that made. */
static int play(struct views *v, const char *viewer, int64_t duration_s, const double *at,
                size_t count, int64_t now)
{
    int views = 0;
    for (size_t i = 0; i < count; i++) {
        bool jumped = at[i] < 0;
        struct view_ping ping = {
            .video_id = 7,
            .duration_ms = duration_s * 1000,
            .position_ms = (int64_t)((jumped ? -at[i] : at[i]) * 1000),
            .viewer = viewer,
            .jumped = jumped,
        };
        views += views_ping(v, &ping, now + (int64_t)i * 5000);
    }
    return views;
}
#define PLAY(v, viewer, duration_s, now, ...)                        \
    play((v), (viewer), (duration_s), (const double[]){__VA_ARGS__}, \
         sizeof((const double[]){__VA_ARGS__}) / sizeof(double), (now))

TEST(ten_seconds_make_a_view)
{
    struct views *v = views_open(NULL);
    CHECK_INT(PLAY(v, "a", 60, 1000, 0, 5, 9.9), 0);
    CHECK_INT(PLAY(v, "b", 60, 1000, 0, 5, 10), 1);
    CHECK_INT(PLAY(v, "c", 60, 1000, 40, 45, 50), 1);
    CHECK_INT(PLAY(v, "d", 0, 1000, 0, 5, 10), 1); /* length unknown */
    views_close(v);
}

TEST(half_of_a_short_video_makes_a_view)
{
    struct views *v = views_open(NULL);
    CHECK_INT(PLAY(v, "a", 4, 1000, 0, 1.9), 0);
    CHECK_INT(PLAY(v, "b", 4, 1000, 0, 1, 2), 1);
    CHECK_INT(PLAY(v, "c", 4, 1000, 0, 99), 1); /* the end is the end */
    views_close(v);
}

TEST(jumps_and_going_back_do_not_count)
{
    struct views *v = views_open(NULL);
    CHECK_INT(PLAY(v, "a", 600, 1000, 0, 500), 0);
    CHECK_INT(PLAY(v, "b", 600, 1000, 0, -50, 59), 0);
    CHECK_INT(PLAY(v, "c", 600, 1000, 50, 0, 5, 0, 4), 0);
    views_close(v);
}

TEST(one_view_an_hour_each)
{
    struct views *v = views_open(NULL);
    CHECK_INT(PLAY(v, "a", 600, 1000, 0, 10, 20, 30, 40), 1);
    CHECK_INT(PLAY(v, "b", 600, 1000, 0, 10, 20), 1);
    CHECK_INT(PLAY(v, "a", 600, 1000 + HOUR_MS / 2, 50, 60, 70), 0);
    CHECK_INT(PLAY(v, "a", 600, 1000 + HOUR_MS + 9000, 80, 90, 100), 1);
    views_close(v);
}

TEST(many_viewers_take_no_more_memory)
{
    struct views *v = views_open(NULL);
    char viewer[32];
    for (int i = 0; i < 300000; i++) {
        snprintf(viewer, sizeof viewer, "viewer %d", i);
        PLAY(v, viewer, 60, i, 0, 5);
    }
    CHECK_INT(PLAY(v, "the last one", 60, 400000, 0, 10), 1);
    views_close(v);
}

TEST_MAIN
