/* Throttles refuse what comes too often, say when to come again, and forget in time. */
#include "tests/unit/test.h"

#include "server/domain/throttle.h"

#define SECOND INT64_C(1000)
#define T0 (1000000 * SECOND)

TEST(a_burst_passes_then_one_each_interval)
{
    struct throttle *t = throttle_open();
    int wait = 0;
    for (int i = 0; i < 15; i++)
        CHECK(throttle_take(t, THROTTLE_SIGN_IN_ADDRESS, "a", T0, &wait));
    CHECK(!throttle_take(t, THROTTLE_SIGN_IN_ADDRESS, "a", T0, &wait));
    CHECK_INT(wait, 20);
    CHECK(!throttle_take(t, THROTTLE_SIGN_IN_ADDRESS, "a", T0 + 19 * SECOND, &wait));
    CHECK_INT(wait, 1);
    CHECK(throttle_take(t, THROTTLE_SIGN_IN_ADDRESS, "a", T0 + 20 * SECOND, &wait));
    CHECK(!throttle_take(t, THROTTLE_SIGN_IN_ADDRESS, "a", T0 + 20 * SECOND, &wait));
    throttle_close(t);
}

TEST(refusals_do_not_lengthen_the_wait)
{
    struct throttle *t = throttle_open();
    for (int i = 0; i < 1000; i++)
        throttle_take(t, THROTTLE_SIGN_IN_ADDRESS, "a", T0, NULL);
    CHECK(throttle_take(t, THROTTLE_SIGN_IN_ADDRESS, "a", T0 + 20 * SECOND, NULL));
    throttle_close(t);
}

TEST(keys_and_kinds_are_apart)
{
    struct throttle *t = throttle_open();
    for (int i = 0; i < 16; i++)
        throttle_take(t, THROTTLE_SIGN_IN_ADDRESS, "a", T0, NULL);
    CHECK(!throttle_take(t, THROTTLE_SIGN_IN_ADDRESS, "a", T0, NULL));
    CHECK(throttle_take(t, THROTTLE_SIGN_IN_ADDRESS, "b", T0, NULL));
    CHECK(throttle_take(t, THROTTLE_SIGN_IN_ACCOUNT, "a", T0, NULL));
    throttle_close(t);
}

TEST(what_is_given_back_counts_no_more)
{
    struct throttle *t = throttle_open();
    for (int i = 0; i < 1000; i++) {
        CHECK(throttle_take(t, THROTTLE_SIGN_IN_ADDRESS, "a", T0 + i, NULL));
        throttle_give_back(t, THROTTLE_SIGN_IN_ADDRESS, "a", T0 + i);
    }
    CHECK(!throttle_remembers(t, THROTTLE_SIGN_IN_ADDRESS, "a", T0 + 1000));
    throttle_close(t);
}

TEST(a_known_pair_is_remembered_for_a_month)
{
    struct throttle *t = throttle_open();
    CHECK(!throttle_remembers(t, THROTTLE_SIGN_IN_KNOWN, "a 1", T0));
    CHECK(throttle_take(t, THROTTLE_SIGN_IN_KNOWN, "a 1", T0, NULL));
    CHECK(throttle_remembers(t, THROTTLE_SIGN_IN_KNOWN, "a 1", T0 + 29 * 86400 * SECOND));
    CHECK(!throttle_remembers(t, THROTTLE_SIGN_IN_KNOWN, "a 1", T0 + 31 * 86400 * SECOND));
    CHECK(!throttle_remembers(t, THROTTLE_SIGN_IN_KNOWN, "a 2", T0));
    throttle_close(t);
}

/* A flood of other addresses fills the table; the one that has failed most is kept longest. */
TEST(a_flood_does_not_free_the_worst)
{
    struct throttle *t = throttle_open();
    char key[32];
    for (int i = 0; i < 16; i++)
        throttle_take(t, THROTTLE_SIGN_IN_ADDRESS, "worst", T0, NULL);
    for (int i = 0; i < 100000; i++) {
        snprintf(key, sizeof key, "10.%d.%d.%d", i >> 16, (i >> 8) & 255, i & 255);
        throttle_take(t, THROTTLE_SIGN_IN_ADDRESS, key, T0, NULL);
    }
    CHECK(!throttle_take(t, THROTTLE_SIGN_IN_ADDRESS, "worst", T0, NULL));
    throttle_close(t);
}

TEST(without_a_throttle_nothing_is_refused)
{
    for (int i = 0; i < 1000; i++)
        CHECK(throttle_take(NULL, THROTTLE_SIGN_UP, "a", T0, NULL));
    throttle_give_back(NULL, THROTTLE_SIGN_UP, "a", T0);
    CHECK(!throttle_remembers(NULL, THROTTLE_SIGN_UP, "a", T0));
}

TEST(an_ipv6_network_is_one_address)
{
    char a[48], b[48];
    CHECK_STR(throttle_address("192.0.2.7", a), "192.0.2.7");
    CHECK_STR(throttle_address("2001:db8:1:2:3:4:5:6", a), "2001:db8:1:2::");
    CHECK_STR(throttle_address("2001:db8:1:2::ffff", b), a);
    CHECK_STR(throttle_address("2001:db8:1:3::1", a), "2001:db8:1:3::");
    CHECK_STR(throttle_address("::ffff:192.0.2.7", a), "192.0.2.7");
    CHECK_STR(throttle_address("unknown", a), "unknown");
}

TEST_MAIN
