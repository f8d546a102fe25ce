/* The queue of deliveries: what a Delete or an Undo ends is taken back before it goes; what an
 * answer means for the next try; when a host is set aside. */
#include "tests/unit/test.h"

#include "server/db/db.h"
#include "server/domain/delivery.h"
#include "server/domain/remote_actor.h"

struct site {
    char *folder;
    struct arena *a;
    struct db_pool *pool;
    struct db *db;
    int64_t actor;
};

static struct err ensure_actor(struct site *s)
{
    DB_TRANSACTION(s->db, site_actor_ensure(s->db, s->a, &s->actor));
    return OK;
}

static void site_open(struct site *s)
{
    *s = (struct site){.folder = test_folder(), .a = arena_open()};
    CHECK_OK(db_pool_open(arena_printf(s->a, "%s/t.db", s->folder), &s->pool));
    CHECK_OK(db_open(s->pool, &s->db));
    CHECK_OK(ensure_actor(s));
}

static void site_close(struct site *s)
{
    db_close(s->db);
    db_pool_close(s->pool);
    arena_close(s->a);
    test_folder_remove(s->folder);
}

static struct err add(struct site *s, const char *body, const char *subject, const char *ends)
{
    int64_t count;
    struct delivery_new d = {
        .signer_id = s->actor,
        .inboxes = "[[\"https://a.example/inbox\",\"a.example\"],"
                   "[\"https://b.example/inbox\",\"b.example\"]]",
        .subject = subject,
        .ends = ends,
    };
    DB_TRANSACTION(s->db, delivery_add(s->db, body, &d, &count));
    CHECK_INT(count, 2);
    return OK;
}

static int64_t waiting(struct site *s)
{
    int64_t count;
    CHECK_OK(delivery_count(s->db, &count));
    return count;
}

TEST(an_end_takes_back_what_waits_and_goes_itself)
{
    struct site s;
    site_open(&s);
    CHECK_OK(add(&s, "create", "https://here.example/1", NULL));
    CHECK_OK(add(&s, "update", "https://here.example/1", NULL));
    CHECK_OK(add(&s, "other", "https://here.example/2", NULL));
    CHECK_OK(add(&s, "nothing in particular", NULL, NULL));
    CHECK_INT(waiting(&s), 8);
    CHECK_OK(add(&s, "delete", NULL, "https://here.example/1"));
    CHECK_INT(waiting(&s), 6);

    struct delivery_list rows = {0};
    CHECK_OK(delivery_lease(s.db, s.a, 100, &rows));
    CHECK_INT(rows.count, 6);
    for (size_t i = 0; i < rows.count; i++) {
        const char *body;
        CHECK_OK(delivery_body(s.db, s.a, rows.items[i].outgoing_id, &body));
        CHECK(strcmp(body, "create") != 0 && strcmp(body, "update") != 0);
    }
    site_close(&s);
}

TEST(what_is_being_delivered_goes_on)
{
    struct site s;
    struct delivery_list rows = {0};
    site_open(&s);
    CHECK_OK(add(&s, "create", "https://here.example/1", NULL));
    CHECK_OK(delivery_lease(s.db, s.a, 1, &rows));
    CHECK_OK(add(&s, "delete", NULL, "https://here.example/1"));
    CHECK_INT(waiting(&s), 3); /* the leased one and the two of the end */

    /* It ends as any other, and its body with it. */
    const char *body;
    struct delivery_result result = {.id = rows.items[0].id,
                                     .outgoing_id = rows.items[0].outgoing_id,
                                     .host = rows.items[0].host,
                                     .inbox = rows.items[0].inbox,
                                     .fate = DELIVERY_DONE};
    CHECK_OK(
        delivery_settle(s.db, &(struct delivery_batch){.results = &result, .result_count = 1}));
    CHECK_INT(waiting(&s), 2);
    struct err e = delivery_body(s.db, s.a, rows.items[0].outgoing_id, &body);
    CHECK(e.id || !body);
    site_close(&s);
}

TEST(what_an_answer_means)
{
    static const struct {
        int status, attempts;
        enum delivery_fate fate;
        bool host_failed;
    } cases[] = {
        {200, 1, DELIVERY_DONE, false},    {202, 9, DELIVERY_DONE, false},
        {410, 1, DELIVERY_GONE, false},    {400, 1, DELIVERY_DROPPED, false},
        {413, 1, DELIVERY_DROPPED, false}, {401, 1, DELIVERY_AGAIN, false},
        {401, 3, DELIVERY_DROPPED, false}, {404, 1, DELIVERY_AGAIN, false},
        {429, 8, DELIVERY_AGAIN, false},   {500, 1, DELIVERY_AGAIN, true},
        {503, 8, DELIVERY_AGAIN, true},    {0, 1, DELIVERY_AGAIN, true},
        {0, 9, DELIVERY_DROPPED, true},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct delivery_verdict v =
            delivery_judge(&(struct delivery_answer){.status = cases[i].status},
                           cases[i].attempts, 60000, 500);
        print_message("status %d, attempt %d\n", cases[i].status, cases[i].attempts);
        CHECK_INT(v.fate, cases[i].fate);
        CHECK_INT(v.host_failed, cases[i].host_failed);
    }
}

TEST(tries_go_on_for_about_three_days)
{
    int64_t total = 0, last = 0;
    for (int attempts = 1; attempts <= 8; attempts++) {
        struct delivery_verdict v =
            delivery_judge(&(struct delivery_answer){.status = 0}, attempts, 60000, 0);
        CHECK(v.wait_ms > last);
        last = v.wait_ms;
        total += v.wait_ms;
    }
    CHECK(last == 3 * 24 * 3600 * INT64_C(1000));
    CHECK(total > last);
    CHECK_INT(delivery_host_wait_ms(4, 60000), 0);
    CHECK_INT(delivery_host_wait_ms(5, 60000), 30 * 60000);
    CHECK_INT(delivery_host_wait_ms(50, 60000), 720 * 60000);
}

TEST_MAIN
