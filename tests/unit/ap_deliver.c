/* The threads of delivery against a sink on loopback: what waits arrives, once; a host that
 * fails is set aside and comes back when it is heard of; who is gone is followed by nobody; a
 * stop in the middle loses nothing. Runs under the thread sanitizer too. */
#include "tests/unit/test.h"

#include "base/clock.h"
#include "server/activitypub/deliver.h"
#include "server/activitypub/federation.h"
#include "server/app.h"
#include "server/config.h"
#include "server/db/db.h"
#include "server/domain/delivery.h"
#include "server/domain/follow.h"
#include "server/domain/remote_actor.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <sys/socket.h>

enum { PATIENCE_MS = 60000, INBOXES = 256, REQUEST_MAX = 32 * 1024 };

/* --- the sink ------------------------------------------------------------------------------
 */

static struct sink {
    int listener, port;
    pthread_t thread;
    atomic_bool ends;
    atomic_int status;          /* what it answers */
    atomic_int slow_ms;         /* after how long */
    atomic_int got[INBOXES];    /* requests to /inbox/N that were answered well */
    atomic_int requests, total; /* total: of got */
} sink;

/* Reads a whole request; the number of its inbox, -1 when it ended early. */
static int read_request(int fd)
{
    char text[REQUEST_MAX + 1];
    size_t length = 0, whole = 0;
    while (length < REQUEST_MAX && (!whole || length < whole)) {
        ssize_t n = recv(fd, text + length, REQUEST_MAX - length, 0);
        if (n <= 0)
            return -1;
        text[length += (size_t)n] = 0;
        const char *end = strstr(text, "\r\n\r\n"), *bytes = strstr(text, "Content-Length: ");
        if (end && bytes)
            whole = (size_t)(end - text) + 4 + strtoul(bytes + 16, NULL, 10);
    }
    const char *number = strstr(text, "/inbox/");
    return number ? atoi(number + 7) % INBOXES : -1;
}

static void serve(int fd)
{
    int inbox = read_request(fd), status = atomic_load(&sink.status);
    char answer[128];
    if (inbox >= 0) {
        atomic_fetch_add(&sink.requests, 1);
        if (atomic_load(&sink.slow_ms))
            poll(NULL, 0, atomic_load(&sink.slow_ms));
        if (status == 202) {
            atomic_fetch_add(&sink.got[inbox], 1);
            atomic_fetch_add(&sink.total, 1);
        }
        snprintf(answer, sizeof answer,
                 "HTTP/1.1 %d X\r\nContent-Length: 0\r\nConnection: close\r\n\r\n", status);
        (void)!send(fd, answer, strlen(answer), MSG_NOSIGNAL);
    }
    close(fd);
}

static void *sink_main(void *arg)
{
    (void)arg;
    while (!atomic_load(&sink.ends)) {
        struct pollfd p = {.fd = sink.listener, .events = POLLIN};
        if (poll(&p, 1, 50) <= 0)
            continue;
        int fd = accept(sink.listener, NULL, NULL);
        if (fd >= 0)
            serve(fd);
    }
    return NULL;
}

static void sink_open(int status)
{
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof at;
    memset(&sink, 0, sizeof sink);
    atomic_store(&sink.status, status);
    sink.listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    CHECK(!bind(sink.listener, (struct sockaddr *)&at, size) && !listen(sink.listener, 64));
    CHECK(!getsockname(sink.listener, (struct sockaddr *)&at, &size));
    sink.port = ntohs(at.sin_port);
    CHECK(!pthread_create(&sink.thread, NULL, sink_main, NULL));
}

static void sink_close(void)
{
    atomic_store(&sink.ends, true);
    pthread_join(sink.thread, NULL);
    close(sink.listener);
}

/* --- the site ------------------------------------------------------------------------------
 */

struct site {
    char *folder;
    struct app app;
    struct db *db;
    int64_t signer;
};

static struct err signer_of(struct site *s)
{
    DB_TRANSACTION(s->db, site_actor_ensure(s->db, s->app.arena, &s->signer));
    return OK;
}

static void deliver_start(struct site *s)
{
    CHECK_OK(federation_open(&s->app, &s->app.federation));
    CHECK_OK(deliver_open(&s->app, &s->app.deliver));
}

static void deliver_end(struct site *s)
{
    federation_stop(s->app.federation);
    deliver_close(s->app.deliver);
    federation_close(s->app.federation);
    s->app.federation = NULL;
    s->app.deliver = NULL;
}

/* `retry_ms` stands for a minute. */
static void site_open(struct site *s, int retry_ms)
{
    *s = (struct site){.folder = test_folder()};
    struct arena *a = arena_open();
    const char *const flags[] = {"url",
                                 "http://localhost:1",
                                 "federation_insecure",
                                 "true",
                                 "federation_deliveries",
                                 "4",
                                 "federation_retry_ms",
                                 arena_printf(a, "%d", retry_ms),
                                 "federation_per_host",
                                 "64",
                                 NULL};
    struct config *config;
    CHECK_OK(config_load(a, NULL, flags, stderr, &config));
    s->app = (struct app){.config = config, .arena = a};
    CHECK_OK(db_pool_open(arena_printf(s->app.arena, "%s/t.db", s->folder), &s->app.db));
    CHECK_OK(db_open(s->app.db, &s->db));
    CHECK_OK(signer_of(s));
    deliver_start(s);
}

static void site_close(struct site *s)
{
    if (s->app.deliver)
        deliver_end(s);
    db_close(s->db);
    db_pool_close(s->app.db);
    arena_close(s->app.arena);
    test_folder_remove(s->folder);
}

/* To inboxes `first`..`first + count - 1`, all of host `host`. */
static struct err post(struct site *s, const char *host, int first, int count)
{
    int64_t added;
    for (int i = first; i < first + count; i++) {
        const char *to = arena_printf(
            s->app.arena, "[[\"http://127.0.0.1:%d/inbox/%d\",\"%s\"]]", sink.port, i, host);
        struct delivery_new d = {.signer_id = s->signer, .inboxes = to};
        DB_TRANSACTION(s->db, delivery_add(s->db, "{\"type\":\"Test\"}", &d, &added));
    }
    return OK;
}

static int64_t waiting(struct site *s)
{
    int64_t count;
    CHECK_OK(delivery_count(s->db, &count));
    return count;
}

#define UNTIL(condition)                                                          \
    for (int64_t end_ = monotonic_ms() + PATIENCE_MS; !(condition); usleep(5000)) \
    CHECK(monotonic_ms() < end_)

TEST(all_that_waits_arrives_once)
{
    struct site s;
    sink_open(202);
    site_open(&s, 60000);
    for (int host = 0; host < 4; host++)
        CHECK_OK(post(&s, arena_printf(s.app.arena, "h%d.example", host), host * 20, 20));
    UNTIL(waiting(&s) == 0);
    CHECK_INT(atomic_load(&sink.total), 80);
    for (int i = 0; i < 80; i++)
        CHECK_INT(atomic_load(&sink.got[i]), 1);
    struct backlog_stats stats = deliver_stats(s.app.deliver);
    CHECK_INT(stats.delivered, 80);
    CHECK_INT(stats.again + stats.dropped + stats.in_memory + stats.hosts_set_aside, 0);
    site_close(&s);
    sink_close();
}

/* In the database: the only host that fails waits for its time. */
static bool is_aside(struct site *s)
{
    struct peer_list peers = {0};
    CHECK_OK(peers_failing(s->db, s->app.arena, &peers));
    return peers.count == 1 && peers.items[0].retry_after_ms > now_ms();
}

TEST(a_host_that_fails_is_set_aside_and_comes_back_when_it_is_heard)
{
    struct site s;
    sink_open(500);
    site_open(&s, 20000); /* set aside for ten minutes: only to be heard brings it back */
    CHECK_OK(post(&s, "sick.example", 0, 12));
    UNTIL(deliver_stats(s.app.deliver).hosts_set_aside == 1);
    CHECK(atomic_load(&sink.requests) < 12); /* the rest was not tried */
    CHECK_INT(waiting(&s), 12);
    UNTIL(is_aside(&s));

    /* It is remembered over a restart. */
    deliver_end(&s);
    deliver_start(&s);
    CHECK_INT(deliver_stats(s.app.deliver).hosts_set_aside, 1);
    CHECK_OK(post(&s, "well.example", 20, 3));
    atomic_store(&sink.status, 202);
    UNTIL(waiting(&s) == 12); /* others are not held up */
    CHECK_INT(atomic_load(&sink.total), 3);

    deliver_heard(s.app.deliver, "nobody.example");
    deliver_heard(s.app.deliver, "sick.example");
    UNTIL(waiting(&s) == 0);
    CHECK_INT(atomic_load(&sink.total), 15);
    CHECK_INT(deliver_stats(s.app.deliver).hosts_set_aside, 0);
    site_close(&s);
    sink_close();
}

TEST(failures_back_off_and_end_well)
{
    struct site s;
    sink_open(503);
    site_open(&s, 20); /* a minute is 20 ms */
    CHECK_OK(post(&s, "busy.example", 0, 2));
    UNTIL(atomic_load(&sink.requests) >= 4);
    atomic_store(&sink.status, 202);
    UNTIL(waiting(&s) == 0);
    CHECK_INT(atomic_load(&sink.total), 2);
    site_close(&s);
    sink_close();
}

static struct err stranger_follows(struct site *s)
{
    int64_t id;
    struct follow f;
    TRY(remote_actor_put(
        s->db, s->app.arena,
        &(struct remote_actor){
            .kind = "Person",
            .uri = "https://gone.example/u",
            .name = "u",
            .host = "gone.example",
            .display_name = "U",
            .inbox = arena_printf(s->app.arena, "http://127.0.0.1:%d/inbox/7", sink.port),
        },
        &id));
    return follow_request(s->db, s->app.arena, id, s->signer, "https://gone.example/f", true,
                          &f);
}

static int64_t followers(struct site *s)
{
    struct person_list list;
    CHECK_OK(follow_followers(s->db, s->app.arena, s->signer, 0, 10, &list));
    return list.total;
}

TEST(who_is_gone_for_good_is_no_follower_any_more)
{
    struct site s;
    sink_open(410);
    site_open(&s, 60000);
    CHECK_OK(stranger_follows(&s));
    CHECK_INT(followers(&s), 1);
    CHECK_OK(post(&s, "gone.example", 7, 1));
    UNTIL(waiting(&s) == 0 && followers(&s) == 0);
    CHECK_INT(atomic_load(&sink.requests), 1);
    CHECK_INT(deliver_stats(s.app.deliver).dropped, 1);
    site_close(&s);
    sink_close();
}

TEST(a_stop_in_the_middle_loses_nothing)
{
    struct site s;
    sink_open(202);
    site_open(&s, 60000);
    atomic_store(&sink.slow_ms, 5);
    for (int host = 0; host < 6; host++)
        CHECK_OK(post(&s, arena_printf(s.app.arena, "h%d.example", host), host * 20, 20));
    for (int stop = 1; stop <= 3; stop++) {
        UNTIL(atomic_load(&sink.total) >= stop * 20);
        deliver_end(&s);
        CHECK(waiting(&s) + atomic_load(&sink.total) >= 120);
        deliver_start(&s);
    }
    UNTIL(waiting(&s) == 0);
    for (int i = 0; i < 120; i++) /* what was under way when it stopped may come once more */
        CHECK(atomic_load(&sink.got[i]) >= 1 && atomic_load(&sink.got[i]) <= 4);
    CHECK(atomic_load(&sink.total) <= 120 + 3 * 4);
    site_close(&s);
    sink_close();
}

TEST_MAIN
