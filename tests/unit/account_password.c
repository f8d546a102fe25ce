/* Passwords are kept as argon2id PHC strings that any other implementation reads. */
#include "tests/unit/test.h"

#include "server/domain/password.h"

#include "base/clock.h"

#include <argon2.h>
#include <pthread.h>

TEST(a_hash_matches_its_password_and_no_other)
{
    SCOPED_ARENA struct arena *a = arena_open();
    const char *hash = password_hash(a, "correct horse");
    CHECK(password_matches(hash, "correct horse"));
    CHECK(!password_matches(hash, "correct horsf"));
    CHECK(!password_matches(hash, ""));
}

TEST(the_same_password_hashes_differently_each_time)
{
    SCOPED_ARENA struct arena *a = arena_open();
    CHECK(strcmp(password_hash(a, "same"), password_hash(a, "same")) != 0);
}

TEST(the_reference_implementation_agrees)
{
    SCOPED_ARENA struct arena *a = arena_open();
    const char *ours = password_hash(a, "pässwörd");
    CHECK(strncmp(ours, "$argon2id$v=19$m=19456,t=2,p=1$", 31) == 0);
    CHECK_INT(argon2id_verify(ours, "pässwörd", strlen("pässwörd")), ARGON2_OK);

    char theirs[256];
    CHECK_INT(argon2id_hash_encoded(1, 64, 1, "other", 5, "saltsaltsalt", 12, 24, theirs,
                                    sizeof theirs),
              ARGON2_OK);
    CHECK(password_matches(theirs, "other"));
    CHECK(!password_matches(theirs, "others"));
}

TEST(what_is_no_hash_matches_nothing)
{
    static const char *const broken[] = {
        "",
        "plain",
        "$argon2id$v=19$m=19456,t=2,p=1$",
        "$argon2id$v=19$m=19456,t=2,p=1$c2FsdHNhbHQ$",
        "$argon2id$v=19$m=19456,t=2,p=1$!!!!$AAAA",
        "$argon2id$v=19$m=19456,t=2,p=1$c2FsdHNhbHRzYWx0$AAAAAAAAAAAAAAAAAAAAAA$more",
        "$2b$10$N9qo8uLOickgx2ZMRZoMyeIjZAgcfl7p92ldGxad68LJZdL17lhWy",
    };
    for (size_t i = 0; i < sizeof broken / sizeof *broken; i++)
        CHECK(!password_matches(broken[i], "plain"));
}

TEST(nobody_costs_as_much_as_somebody)
{
    SCOPED_ARENA struct arena *a = arena_open();
    const char *hash = password_hash(a, "x");
    int64_t start = monotonic_ms();
    for (int i = 0; i < 5; i++)
        CHECK(!password_matches(hash, "y"));
    int64_t known = monotonic_ms() - start;
    start = monotonic_ms();
    for (int i = 0; i < 5; i++)
        CHECK(!password_matches(NULL, "y"));
    int64_t unknown = monotonic_ms() - start;
    CHECK(unknown > known / 4);
}

static void *hash_some(void *arg)
{
    SCOPED_ARENA struct arena *a = arena_open();
    const char *hash = password_hash(a, arg);
    return (void *)(uintptr_t)password_matches(hash, arg);
}

TEST(many_at_once_all_end)
{
    pthread_t threads[8];
    for (int i = 0; i < 8; i++)
        pthread_create(&threads[i], NULL, hash_some, "together");
    for (int i = 0; i < 8; i++) {
        void *right;
        pthread_join(threads[i], &right);
        CHECK(right != NULL);
    }
}

TEST_MAIN
