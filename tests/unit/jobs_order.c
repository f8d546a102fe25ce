/* Which job goes next: the head of a new video before the tail of an old one, videos and their
 * owners in turn; real rows, leased one after the other. */
#include "tests/unit/test.h"

#include "base/clock.h"
#include "server/db/db_account.h"
#include "server/db/db_job.h"
#include "server/db/db_making.h"
#include "server/domain/account.h"
#include "server/domain/publish.h"

struct site {
    char *folder;
    struct arena *a;
    struct db_pool *pool;
    struct db *db;
    int videos;
};

static void site_open(struct site *s)
{
    *s = (struct site){.folder = test_folder(), .a = arena_open()};
    CHECK_OK(db_pool_open(arena_printf(s->a, "%s/t.db", s->folder), &s->pool));
    CHECK_OK(db_open(s->pool, &s->db));
}

static void site_close(struct site *s)
{
    db_close(s->db);
    db_pool_close(s->pool);
    arena_close(s->a);
    test_folder_remove(s->folder);
}

static int64_t user(struct site *s, const char *name)
{
    int64_t id;
    CHECK_OK(user_create(s->db, s->a,
                         &(struct user_new){.username = name,
                                            .password = "secret1",
                                            .role = ROLE_USER,
                                            .quota_bytes = -1,
                                            .quota_daily_bytes = -1},
                         &id));
    return id;
}

static struct err make_video(struct site *s, int64_t user_id, int chunks, int64_t *id)
{
    struct channel channel;
    int64_t behind;
    TRY(account_channel_of_user(s->db, s->a, user_id, 0, &channel));
    struct video_new v = {.user_id = user_id,
                          .channel_id = channel.actor.id,
                          .name = "A video",
                          .tags_json = "[]",
                          .privacy = 1,
                          .source_name = "a.mp4",
                          .source_bytes = 1};
    TRY(db_video_insert(s->db, &v, arena_printf(s->a, "uuid-%d", ++s->videos), "m", "s",
                        now_ms(), id));
    TRY(db_jobs_behind(s->db, *id, &behind));
    TRY(db_job_insert(s->db, &(struct job_new){.kind = "head",
                                               .lane = LANE_QUICK,
                                               .video_id = *id,
                                               .priority = job_priority_head(behind)}));
    for (int i = 0; i < chunks; i++)
        TRY(db_job_insert(s->db, &(struct job_new){.kind = "chunk",
                                                   .lane = LANE_HEAVY,
                                                   .video_id = *id,
                                                   .priority = job_priority_chunk(behind, i)}));
    return OK;
}

static int64_t video(struct site *s, int64_t user_id, int chunks)
{
    int64_t id = 0;
    CHECK_OK(db_begin(s->db));
    CHECK_OK(make_video(s, user_id, chunks, &id));
    CHECK_OK(db_commit(s->db));
    return id;
}

/* The video whose job is leased next; 0: nothing waits. */
static int64_t next(struct site *s, enum lane lane)
{
    struct job job = {0};
    bool found = false;
    CHECK_OK(db_begin(s->db));
    CHECK_OK(db_job_lease(s->db, s->a, lane, now_ms(), now_ms() + 1000, "test", &job, &found));
    CHECK_OK(db_commit(s->db));
    return found ? job.video_id : 0;
}

TEST(the_head_of_a_new_video_goes_before_the_tail_of_an_old_one)
{
    struct site s;
    site_open(&s);
    int64_t alice = user(&s, "alice"), bob = user(&s, "bob");
    int64_t old = video(&s, alice, 50);
    for (int i = 0; i < 10; i++)
        CHECK_INT(next(&s, LANE_HEAVY), old);
    int64_t new = video(&s, bob, 3);
    for (int i = 0; i < 3; i++)
        CHECK_INT(next(&s, LANE_HEAVY), new);
    CHECK_INT(next(&s, LANE_HEAVY), old);
    site_close(&s);
}

TEST(two_owners_take_turns)
{
    struct site s;
    site_open(&s);
    int64_t a = video(&s, user(&s, "alice"), 20), b = video(&s, user(&s, "bob"), 20);
    for (int i = 0; i < 20; i++) {
        CHECK_INT(next(&s, LANE_HEAVY), a);
        CHECK_INT(next(&s, LANE_HEAVY), b);
    }
    CHECK_INT(next(&s, LANE_HEAVY), 0);
    site_close(&s);
}

TEST(fifty_uploads_of_one_do_not_shut_out_another)
{
    struct site s;
    site_open(&s);
    int64_t alice = user(&s, "alice"), bob = user(&s, "bob");
    for (int i = 0; i < 50; i++)
        video(&s, alice, 4);
    int64_t his = video(&s, bob, 4);
    int heads = 0, ours = 0, others = 0;
    while (next(&s, LANE_QUICK) != his)
        CHECK(++heads <= 1); /* alice's first head, and then bob's */
    for (int turn = 0; ours < 4; turn++) {
        CHECK(turn < 12);
        int64_t which = next(&s, LANE_HEAVY);
        CHECK(which != 0);
        *(which == his ? &ours : &others) += 1;
    }
    CHECK(others <= 6);
    site_close(&s);
}

TEST(a_job_that_waits_for_its_time_lets_others_pass)
{
    struct site s;
    site_open(&s);
    int64_t first = video(&s, user(&s, "alice"), 1), second = video(&s, user(&s, "bob"), 1);
    struct job job = {0};
    bool found;
    CHECK_OK(db_begin(s.db));
    CHECK_OK(db_job_lease(s.db, s.a, LANE_HEAVY, now_ms(), now_ms() + 1000, "t", &job, &found));
    CHECK_INT(job.video_id, first);
    CHECK_OK(db_job_again(s.db, job.id, "later", now_ms() + 60000));
    CHECK_OK(db_commit(s.db));
    CHECK_INT(next(&s, LANE_HEAVY), second);
    CHECK_INT(next(&s, LANE_HEAVY), 0);
    site_close(&s);
}

TEST_MAIN
