/* upload_claim.c — one writer an upload; bytes on their way count. */
#include "tests/unit/test.h"

#include "base/clock.h"
#include "server/domain/upload_claim.h"

#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>

TEST(a_claim_is_had_by_one)
{
    bool finishing = true;
    struct upload_claim *c = upload_claim_take("a", 0, &finishing);
    CHECK(c && !finishing);
    CHECK(upload_claimed("a") && !upload_claimed("b"));
    CHECK(!upload_claim_take("a", 0, &finishing) && !finishing);
    struct upload_claim *other = upload_claim_take("b", 0, &finishing);
    CHECK(other);
    upload_claim_finishing(c);
    CHECK(!upload_claim_take("a", 0, &finishing) && finishing);
    upload_claim_release(c);
    upload_claim_release(other);
    upload_claim_release(NULL);
    CHECK(!upload_claimed("a"));
}

TEST(a_silent_writer_is_led_to_nowhere)
{
    bool finishing;
    char *folder = test_folder(), path[600];
    snprintf(path, sizeof path, "%s/file", folder);
    int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    struct upload_claim *old = upload_claim_take("s", 0, &finishing);
    CHECK(!upload_claim_take_over("s")); /* not at a body yet */
    upload_claim_writes(old, fd);
    CHECK_OK(fd_pwrite_all(fd, "one", 3, 0));
    struct upload_claim *mine = upload_claim_take_over("s");
    CHECK(mine);
    CHECK_OK(fd_pwrite_all(fd, "two", 3, 3)); /* the old connection wakes up */
    CHECK_INT(file_size(path), 3);
    CHECK(!upload_claim_keep(old));
    upload_claim_release(old);
    close(fd);
    CHECK(upload_claimed("s"));
    CHECK(upload_claim_keep(mine));
    CHECK(!upload_claim_take_over("s")); /* its body has ended */
    upload_claim_release(mine);
    mine = upload_claim_take_over("s"); /* nobody had it */
    CHECK(mine);
    upload_claim_release(mine);
    CHECK(!upload_claimed("s"));
    test_folder_remove(folder);
}

static void *release_soon(void *claim)
{
    usleep(50 * 1000);
    upload_claim_release(claim);
    return NULL;
}

TEST(who_waits_gets_it_when_it_is_released)
{
    bool finishing;
    pthread_t thread;
    struct upload_claim *c = upload_claim_take("a", 0, &finishing);
    pthread_create(&thread, NULL, release_soon, c);
    int64_t start = monotonic_ms();
    struct upload_claim *next = upload_claim_take("a", 10000, &finishing);
    int64_t waited = monotonic_ms() - start;
    pthread_join(thread, NULL);
    CHECK(next);
    CHECK(waited < 9000);
    upload_claim_release(next);
}

static atomic_int inside, wrong;

static void *hammer(void *unused)
{
    (void)unused;
    for (int i = 0; i < 500; i++) {
        bool finishing;
        struct upload_claim *c = upload_claim_take("h", 20000, &finishing);
        if (!c || atomic_fetch_add(&inside, 1) != 0)
            atomic_fetch_add(&wrong, 1);
        atomic_fetch_sub(&inside, 1);
        upload_claim_release(c);
        struct upload_reservation *r = upload_reserve(9, 10);
        if (upload_reserved_bytes(9) < 10)
            atomic_fetch_add(&wrong, 1);
        upload_unreserve(r);
    }
    return NULL;
}

TEST(many_threads_never_share_a_claim)
{
    pthread_t threads[4];
    for (int i = 0; i < 4; i++)
        pthread_create(&threads[i], NULL, hammer, NULL);
    for (int i = 0; i < 4; i++)
        pthread_join(threads[i], NULL);
    CHECK_INT(wrong, 0);
    CHECK_INT(upload_reserved_bytes(0), 0);
}

TEST(reservations_add_up_by_user)
{
    struct upload_reservation *a = upload_reserve(1, 100), *b = upload_reserve(1, 20),
                              *c = upload_reserve(2, 3);
    CHECK_INT(upload_reserved_bytes(1), 120);
    CHECK_INT(upload_reserved_bytes(2), 3);
    CHECK_INT(upload_reserved_bytes(0), 123);
    upload_unreserve(a);
    CHECK_INT(upload_reserved_bytes(1), 20);
    upload_unreserve(c);
    upload_unreserve(b);
    upload_unreserve(NULL);
    CHECK_INT(upload_reserved_bytes(0), 0);
}

TEST_MAIN
