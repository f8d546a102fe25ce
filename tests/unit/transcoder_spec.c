/* transcoder_spec.c — what a spec may say. The JSON of real answers is tested in tests/media.
 */
#include "tests/unit/test.h"

#include "transcoder/queue.h"
#include "transcoder/spec.h"

#include <pthread.h>

static struct err parse(struct arena *a, const char *text, struct spec *out)
{
    return spec_parse(a, text, strlen(text), out);
}

#define PLAN                                                                                \
    "\"probe\":{\"video\":{\"stream\":0,\"display_width\":640,\"display_height\":360}},"    \
    "\"plan\":{\"cuts_us\":[0,4000000,8000000],\"rungs\":[{\"name\":\"360\",\"width\":640," \
    "\"height\":360,\"fps\":\"25/"                                                          \
    "1\",\"mode\":\"encode\",\"timescale\":12800,\"delay\":1024}],"                         \
    "\"chunks\":[{\"first_cut\":0,\"last_cut\":2}],\"head\":{\"mode\":\"encode\",\"rung\":" \
    "\"360\"}}"

TEST(defaults_are_filled_in)
{
    SCOPED_ARENA struct arena *a = arena_open();
    struct spec s;
    CHECK_OK(parse(a, "{\"version\":1,\"task\":\"probe\",\"input\":\"/x\"}", &s));
    CHECK_INT(s.task, TASK_PROBE);
    CHECK_INT(s.input_fd, -1);
    CHECK(s.threads >= 1);
    CHECK(s.limits.cpu_s > 0 && s.limits.memory_mib > 0 && s.limits.output_mib > 0);
    CHECK(s.wall_landlock && s.wall_seccomp);
}

TEST(a_chunk_names_rungs_of_the_plan)
{
    SCOPED_ARENA struct arena *a = arena_open();
    struct spec s;
#define CHUNK "{\"version\":1,\"task\":\"chunk\",\"input_fd\":3,\"output\":\"/tmp\"," PLAN
    CHECK_OK(parse(a, CHUNK ",\"chunk\":0,\"rungs\":[\"360\"]}", &s));
    CHECK_INT(s.rung_count, 1);
    CHECK_INT(s.plan->rungs[0].delay, 1024);
    CHECK_ERR(parse(a, CHUNK ",\"chunk\":1,\"rungs\":[\"360\"]}", &s), SPEC_INVALID);
    CHECK_ERR(parse(a, CHUNK ",\"chunk\":-1,\"rungs\":[\"360\"]}", &s), SPEC_INVALID);
    CHECK_ERR(parse(a, CHUNK ",\"chunk\":0,\"rungs\":[\"720\"]}", &s), SPEC_INVALID);
    CHECK_ERR(parse(a, CHUNK ",\"chunk\":0,\"rungs\":[\"360\",\"360\"]}", &s), SPEC_INVALID);
    CHECK_ERR(parse(a, CHUNK ",\"chunk\":0,\"rungs\":[]}", &s), SPEC_INVALID);
}

TEST(wrong_specs_are_refused)
{
    static const char *const wrong[] = {
        "",
        "{}",
        "[1]",
        "{\"version\":1}",
        "{\"version\":2,\"task\":\"probe\",\"input\":\"/x\"}",
        "{\"version\":1,\"task\":\"probe\"}",
        "{\"version\":1,\"task\":\"head\",\"input\":\"/x\",\"output\":\"/tmp\"}",
        "{\"version\":1,\"task\":\"probe\",\"input_fd\":-5}",
        "{\"version\":1,\"task\":\"probe\",\"input\":\"/x\",\"limits\":[]}",
        "{\"version\":1,\"task\":\"probe\",\"input\":\"/x\",\"limits\":{\"cpu_s\":0}}",
        "{\"version\":1,\"task\":\"probe\",\"task\":\"probe\",\"input\":\"/x\"}",
        "{\"version\":1,\"task\":\"thumbnail\",\"input\":\"/x\",\"output\":\"/\",\"sizes\":[]}",
        "{\"version\":1,\"task\":\"thumbnail\",\"input\":\"/x\",\"output\":\"/"
        "\",\"sizes\":[[1,1]]}",
        "{\"version\":1,\"task\":\"finish\",\"output\":\"/\",\"rungs\":[]}",
        "{\"version\":1,\"task\":\"finish\",\"output\":\"/\","
        "\"rungs\":[{\"name\":\"../x\",\"file\":\"/x\"}]}",
        "{\"version\":1,\"task\":\"finish\",\"output\":\"/\",\"rungs\":[{\"name\":\"1\"}]}",
        "{\"version\":1,\"task\":\"plan\",\"probe\":{},\"settings\":{\"max_fps\":0}}",
        "{\"version\":1,\"task\":\"plan\",\"probe\":{},\"settings\":{\"resolutions\":[17]}}",
        "{\"version\":1,\"task\":\"plan\",\"probe\":{\"video\":{}}}",
    };
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        SCOPED_ARENA struct arena *a = arena_open();
        struct spec s;
        struct err e = parse(a, wrong[i], &s);
        CHECK_INT(e.id, ERR_SPEC_INVALID);
        CHECK(strlen(e.detail) > 5);
    }
}

/* --- the queue between decoder and encoders */

static void drop(void *item)
{
    (*(int *)item)++;
}

static void *produce(void *arg)
{
    static int items[1000];
    struct queue *q = arg;
    for (int i = 0; i < 1000; i++) {
        items[i] = i;
        if (!queue_push(q, &items[i]))
            return &items[i];
    }
    queue_finish(q);
    return NULL;
}

TEST(a_queue_keeps_order_and_ends)
{
    struct queue *q = queue_open(3, drop);
    pthread_t thread;
    CHECK_INT(pthread_create(&thread, NULL, produce, q), 0);
    int wanted = 0, wrong = 0;
    for (int *item; (item = queue_pop(q)); wanted++)
        wrong += *item != wanted;
    pthread_join(thread, NULL);
    queue_close(q);
    CHECK_INT(wanted, 1000);
    CHECK_INT(wrong, 0);
}

TEST(a_reader_may_leave)
{
    struct queue *q = queue_open(3, drop);
    pthread_t thread;
    void *refused = NULL;
    CHECK_INT(pthread_create(&thread, NULL, produce, q), 0);
    CHECK(queue_pop(q));
    queue_abandon(q);
    pthread_join(thread, &refused);
    CHECK(refused);
    queue_close(q);
}

TEST_MAIN
