/* The fetcher against a small server of our own: guards, redirects, limits, knocking, reuse. */
#include "tests/unit/test.h"

#include "base/clock.h"
#include "base/strbuf.h"
#include "server/activitypub/ap_json.h"
#include "server/activitypub/ap_url.h"
#include "server/activitypub/fetch.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdatomic.h>
#include <strings.h>
#include <sys/socket.h>
#include <time.h>

/* --- a server ----------------------------------------------------------------------------- */

enum { REQUEST_MAX = 64 * 1024, HEADERS_MAX = 40, CONNECTIONS_MAX = 1024 };

struct request {
    struct arena *a;
    struct signed_message message;
    struct signed_headers headers;
    struct signed_header list[HEADERS_MAX];
    int fd;
};

struct server {
    int listener, port;
    char base[64];
    struct key *key;
    pthread_t thread;
    _Atomic int connections, requests;
};
static struct server server;

static void send_all(int fd, const char *text)
{
    for (size_t n = strlen(text); n;) {
        ssize_t sent = send(fd, text, n, MSG_NOSIGNAL);
        if (sent <= 0)
            return;
        text += sent;
        n -= (size_t)sent;
    }
}

static void answer(struct request *r, int status, const char *headers, const char *body)
{
    send_all(r->fd, arena_printf(r->a, "HTTP/1.1 %d X\r\nContent-Length: %zu\r\n%s\r\n%s",
                                 status, strlen(body), headers, body));
}

/* OK when signed by the server's key, in the dialect asked for (-1: any). */
static struct err signature_of(struct request *r, int dialect)
{
    struct signature sig;
    const char *hosts[] = {server.base + strlen("http://"), NULL};
    TRY(httpsig_parse(r->a, &r->message, &sig));
    if (dialect >= 0 && sig.dialect != (enum httpsig_dialect)dialect)
        return FAIL(SIGNATURE_WRONG, "another dialect");
    return httpsig_verify(r->a, &sig, &r->message, hosts, server.key, now_ms());
}

#define ACTIVITY "Content-Type: application/activity+json; charset=utf-8\r\n"

static void respond(struct request *r)
{
    struct arena *a = r->a;
    const char *target = r->message.target;
#define AT(path) (!strcmp(target, path))
    if (AT("/object"))
        answer(r, 200, ACTIVITY, arena_printf(a, "{\"id\":\"%s/object\"}", server.base));
    else if (AT("/alias"))
        answer(r, 200, ACTIVITY, arena_printf(a, "{\"id\":\"%s/object\"}", server.base));
    else if (AT("/liar"))
        answer(r, 200, ACTIVITY, "{\"id\":\"https://victim.example/object\"}");
    else if (AT("/shifty"))
        answer(r, 200, ACTIVITY, arena_printf(a, "{\"id\":\"%s/shifty2\"}", server.base));
    else if (AT("/shifty2"))
        answer(r, 200, ACTIVITY, arena_printf(a, "{\"id\":\"%s/shifty3\"}", server.base));
    else if (AT("/bad-json"))
        answer(r, 200, ACTIVITY, "{\"id\":");
    else if (AT("/ld"))
        answer(r, 200,
               "Content-Type: application/ld+json; "
               "profile=\"https://www.w3.org/ns/activitystreams\"\r\n",
               "{}");
    else if (AT("/ld-bare"))
        answer(r, 200, "Content-Type: application/ld+json\r\n", "{}");
    else if (AT("/json"))
        answer(r, 200, "Content-Type: application/json\r\n", "{}");
    else if (AT("/latin"))
        answer(r, 200, "Content-Type: application/activity+json; charset=latin1\r\n", "{}");
    else if (AT("/page"))
        answer(r, 200,
               "Content-Type: text/html\r\nLink: </x>; rel=next, <https://a.example/o>; "
               "rel=\"alternate\"; type=\"application/activity+json\"\r\n",
               "<p>");
    else if (AT("/r1"))
        answer(r, 302, "Location: /r2\r\n", "");
    else if (AT("/r2"))
        answer(r, 307, arena_printf(a, "Location: %s/r3\r\n", server.base), "");
    else if (AT("/r3"))
        answer(r, 301, "Location: object\r\n", "");
    else if (AT("/r0"))
        answer(r, 301, "Location: /r1\r\n", "");
    else if (AT("/circle"))
        answer(r, 302, "Location: /circle\r\n", "");
    else if (AT("/to-file"))
        answer(r, 302, "Location: file:///etc/passwd\r\n", "");
    else if (AT("/to-metadata"))
        answer(r, 302, "Location: http://169.254.169.254/latest\r\n", "");
    else if (AT("/to-ssh"))
        answer(r, 302, "Location: http://127.0.0.1:22/\r\n", "");
    else if (AT("/large"))
        answer(r, 200, ACTIVITY, arena_printf(a, "{\"x\":\"%0*d\"}", 2 * 1024 * 1024, 0));
    else if (AT("/endless")) {
        send_all(r->fd, "HTTP/1.1 200 X\r\n" ACTIVITY "\r\n");
        for (int i = 0; i < 400; i++)
            send_all(r->fd, arena_printf(a, "%08000d", i));
        shutdown(r->fd, SHUT_RDWR);
    } else if (AT("/slow")) {
        struct timespec t = {.tv_nsec = 900 * 1000000};
        nanosleep(&t, NULL);
        answer(r, 200, ACTIVITY, "{}");
    } else if (AT("/404"))
        answer(r, 404, "", "");
    else if (AT("/410"))
        answer(r, 410, ACTIVITY, "{\"type\":\"Tombstone\"}");
    else if (AT("/403"))
        answer(r, 403, "", "");
    else if (AT("/429"))
        answer(r, 429, "Retry-After: 120\r\n", "");
    else if (AT("/503"))
        answer(r, 503, "Retry-After: Wed, 01 Jan 2098 00:00:00 GMT\r\n", "");
    else if (AT("/500"))
        answer(r, 500, "", "");
    else if (AT("/signed") || AT("/signed?q=1")) { /* any dialect, the query signed or not */
        struct err e = signature_of(r, -1);
        answer(r, e.id ? 401 : 200, ACTIVITY, e.id ? e.detail : "{}");
    } else if (AT("/no-query?q=1")) { /* as Pleroma: knows the path only */
        r->message.target = "/no-query";
        struct err e = signature_of(r, HTTPSIG_CAVAGE);
        const char *sent = signed_header_in(&r->headers, "signature", 0);
        answer(r, e.id ? 401 : 200, ACTIVITY, e.id ? e.detail : sent ? "{}" : "");
    } else if (AT("/rfc") || AT("/rfc-inbox")) {
        struct err e = signature_of(r, HTTPSIG_RFC9421);
        answer(r, e.id ? 401 : 200, ACTIVITY, e.id ? e.detail : "{}");
    } else if (AT("/inbox")) {
        struct err e = signature_of(r, HTTPSIG_CAVAGE);
        answer(r, e.id ? 401 : 202, "", e.id ? e.detail : "");
    } else if (AT("/echo")) {
        struct strbuf sb = STRBUF_IN(a);
        strbuf_adds(&sb, "{");
        for (size_t i = 0; i < r->headers.count; i++) {
            strbuf_adds(&sb, i ? "," : "");
            strbuf_add_json(&sb, r->headers.list[i].name);
            strbuf_adds(&sb, ":");
            strbuf_add_json(&sb, r->headers.list[i].value);
        }
        strbuf_adds(&sb, "}");
        answer(r, 200, ACTIVITY "Set-Cookie: a=b\r\n", sb.text);
    } else
        answer(r, 404, "", "");
#undef AT
}

/* One request from `fd` into `r`; false at the end of the connection. */
static bool request_read(struct request *r, char *buffer)
{
    size_t n = 0;
    char *end = NULL;
    while (!end && n < REQUEST_MAX) {
        ssize_t got = recv(r->fd, buffer + n, REQUEST_MAX - n, 0);
        if (got <= 0)
            return false;
        n += (size_t)got;
        buffer[n] = 0;
        end = strstr(buffer, "\r\n\r\n");
    }
    if (!end)
        return false;
    char *save, *word,
        *line = strtok_r(arena_strndup(r->a, buffer, (size_t)(end - buffer)), "\r\n", &save);
    r->message.method = strtok_r(line, " ", &word);
    r->message.target = strtok_r(NULL, " ", &word);
    size_t length = 0;
    while ((line = strtok_r(NULL, "\r\n", &save)) && r->headers.count < HEADERS_MAX) {
        char *colon = strchr(line, ':');
        *colon = 0;
        r->list[r->headers.count++] = (struct signed_header){line, colon + 2};
        if (!strcasecmp(line, "content-length"))
            length = strtoul(colon + 1, NULL, 10);
    }
    end += 4;
    while ((size_t)(buffer + n - end) < length && n < REQUEST_MAX) {
        ssize_t got = recv(r->fd, buffer + n, REQUEST_MAX - n, 0);
        if (got <= 0)
            return false;
        n += (size_t)got;
    }
    r->headers.list = r->list;
    r->message.scheme = "http";
    r->message.header = signed_header_in;
    r->message.from = &r->headers;
    r->message.body = arena_strndup(r->a, end, length);
    r->message.body_bytes = length;
    return true;
}

static void *serve_one(void *fd)
{
    char *buffer = malloc(REQUEST_MAX + 1);
    for (bool more = true; more;) {
        SCOPED_ARENA struct arena *a = arena_open();
        struct request r = {.a = a, .fd = (int)(intptr_t)fd};
        more = request_read(&r, buffer);
        if (more) {
            server.requests++;
            respond(&r);
        }
    }
    close((int)(intptr_t)fd);
    free(buffer);
    return NULL;
}

static void *serve(void *unused)
{
    (void)unused;
    static pthread_t threads[CONNECTIONS_MAX];
    int fd, count = 0;
    while (count < CONNECTIONS_MAX &&
           (fd = accept4(server.listener, NULL, NULL, SOCK_CLOEXEC)) >= 0) {
        server.connections++;
        pthread_create(&threads[count++], NULL, serve_one, (void *)(intptr_t)fd);
    }
    for (int i = 0; i < count; i++)
        pthread_join(threads[i], NULL);
    return NULL;
}

/* Before OpenSSL's own end: a thread that is left then leaks what OpenSSL keeps for it. */
static void server_stop(void)
{
    shutdown(server.listener, SHUT_RDWR);
    pthread_join(server.thread, NULL);
    close(server.listener);
}

static const char *at(struct arena *a, const char *path)
{
    return arena_printf(a, "%s%s", server.base, path);
}

/* --- a world ------------------------------------------------------------------------------ */

struct world {
    struct arena *a;
    struct fetcher *f;
    struct fetch_signer signer;
};

static void server_start(void)
{
    if (server.port)
        return;
    struct sockaddr_in in = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t length = sizeof in;
    server.listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    CHECK(!bind(server.listener, (struct sockaddr *)&in, sizeof in));
    CHECK(!listen(server.listener, 64));
    CHECK(!getsockname(server.listener, (struct sockaddr *)&in, &length));
    server.port = ntohs(in.sin_port);
    snprintf(server.base, sizeof server.base, "http://127.0.0.1:%d", server.port);
    static struct key_pair pair;
    struct arena *a = arena_open();
    key_pair_new(a, &pair);
    CHECK_OK(key_read(pair.private_pem, &server.key));
    arena_close(a);
    pthread_create(&server.thread, NULL, serve, NULL);
    atexit(server_stop);
}

static void world_open(struct world *w, const struct fetcher_config *config)
{
    server_start();
    setenv("http_proxy", "http://127.0.0.1:1", 1); /* to be ignored */
    setenv("ALL_PROXY", "http://127.0.0.1:1", 1);
    w->a = arena_open();
    w->signer = (struct fetch_signer){server.key, "http://us.example/actor#main-key"};
    CHECK_OK(fetcher_open(config, &w->f));
}

static void world_close(struct world *w)
{
    fetcher_close(w->f);
    arena_close(w->a);
}

static const struct fetcher_config for_tests = {
    .site_url = "http://us.example", .insecure = true, .gets_per_minute = 60000};

static struct err get(struct world *w, const char *path, enum fetch_accept accept,
                      struct fetch_response *r)
{
    return fetch_get(w->f, w->a, at(w->a, path), accept, NULL, NULL, r);
}

TEST(content_types)
{
    struct world w;
    struct fetch_response r;
    world_open(&w, &for_tests);
    CHECK_OK(get(&w, "/object", FETCH_ACTIVITY, &r));
    CHECK_INT(r.status, 200);
    CHECK_STR(r.content_type, "application/activity+json");
    CHECK_OK(get(&w, "/ld", FETCH_ACTIVITY, &r));
    CHECK_ERR(get(&w, "/ld-bare", FETCH_ACTIVITY, &r), PEER_ODD);
    CHECK_ERR(get(&w, "/json", FETCH_ACTIVITY, &r), PEER_ODD);
    CHECK_ERR(get(&w, "/latin", FETCH_ACTIVITY, &r), PEER_ODD);
    CHECK_ERR(get(&w, "/page", FETCH_ACTIVITY, &r), PEER_ODD);
    CHECK_OK(get(&w, "/json", FETCH_JRD, &r));
    CHECK_OK(get(&w, "/page", FETCH_PAGE, &r));
    CHECK_STR(r.alternate, "https://a.example/o");
    CHECK_OK(get(&w, "/object", FETCH_PAGE, &r));
    CHECK_ERR(get(&w, "/page", FETCH_IMAGE, &r), PEER_ODD);
    CHECK_OK(get(&w, "/page", FETCH_ANY, &r));
    world_close(&w);
}

TEST(statuses)
{
    struct world w;
    struct fetch_response r;
    world_open(&w, &for_tests);
    CHECK_ERR(get(&w, "/404", FETCH_ACTIVITY, &r), PEER_GONE);
    CHECK_INT(r.status, 404);
    CHECK_ERR(get(&w, "/410", FETCH_ACTIVITY, &r), PEER_GONE);
    CHECK_INT(r.status, 410);
    CHECK_STR(r.body, "{\"type\":\"Tombstone\"}");
    CHECK_ERR(get(&w, "/403", FETCH_ACTIVITY, &r), PEER_REFUSED);
    CHECK_ERR(get(&w, "/429", FETCH_ACTIVITY, &r), PEER_BUSY);
    CHECK_INT(r.retry_after_ms, 120000);
    CHECK_ERR(get(&w, "/503", FETCH_ACTIVITY, &r), PEER_BUSY);
    CHECK_INT(r.retry_after_ms, 24 * 3600 * 1000);
    CHECK_ERR(get(&w, "/500", FETCH_ACTIVITY, &r), PEER_UNREACHABLE);
    CHECK(err_retryable(ERR_PEER_UNREACHABLE) && !err_retryable(ERR_PEER_GONE));
    CHECK_ERR(fetch_get(w.f, w.a, "http://127.0.0.1:1025/", FETCH_ANY, NULL, NULL, &r),
              PEER_UNREACHABLE);
    CHECK_INT(r.status, 0);
    CHECK_ERR(fetch_get(w.f, w.a, "nonsense", FETCH_ANY, NULL, NULL, &r), PEER_ODD);
    world_close(&w);
}

TEST(redirects_by_hand)
{
    struct world w;
    struct fetch_response r;
    world_open(&w, &for_tests);
    CHECK_OK(get(&w, "/r1", FETCH_ACTIVITY, &r));
    CHECK_STR(r.final_url, at(w.a, "/object"));
    CHECK_ERR(get(&w, "/r0", FETCH_ACTIVITY, &r), PEER_ODD); /* one too many */
    CHECK_ERR(get(&w, "/circle", FETCH_ACTIVITY, &r), PEER_ODD);
    CHECK_ERR(get(&w, "/to-file", FETCH_ACTIVITY, &r), PEER_ODD);
    CHECK_ERR(get(&w, "/to-metadata", FETCH_ACTIVITY, &r), PEER_BLOCKED);
    CHECK_ERR(get(&w, "/to-ssh", FETCH_ACTIVITY, &r), PEER_BLOCKED);
    CHECK_OK(fetch_get(w.f, w.a, at(w.a, "/r3"), FETCH_ACTIVITY, &w.signer, NULL, &r));
    world_close(&w);
}

TEST(nothing_here_without_the_test_setting)
{
    struct world w;
    struct fetch_response r;
    static const struct fetcher_config careful = {.site_url = "https://us.example"};
    world_open(&w, &careful);
    int before = server.connections;
    const char *const urls[] = {
        at(w.a, "/object"),
        arena_printf(w.a, "https://127.0.0.1:%d/", server.port),
        arena_printf(w.a, "https://localhost:%d/", server.port),
        arena_printf(w.a, "https://[::1]:%d/", server.port),
        "https://10.0.0.1/",
        "https://a.example:25/",
    };
    for (size_t i = 0; i < sizeof urls / sizeof *urls; i++)
        CHECK_ERR(fetch_get(w.f, w.a, urls[i], FETCH_ANY, NULL, NULL, &r), PEER_BLOCKED);
    struct fetch_post post = {.url = at(w.a, "/inbox"), .body = "{}", .body_bytes = 2};
    CHECK_ERR(fetch_post(w.f, w.a, &post, &r), PEER_BLOCKED);
    CHECK_INT(server.connections, before);
    CHECK(fetcher_stats(w.f).blocked >= 7);
    world_close(&w);
}

TEST(size_and_time)
{
    struct world w;
    struct fetch_response r;
    world_open(&w, &for_tests);
    CHECK_ERR(get(&w, "/large", FETCH_ACTIVITY, &r), PEER_ODD);
    CHECK_ERR(get(&w, "/endless", FETCH_ACTIVITY, &r), PEER_ODD);
    struct fetch_limits more = {.bytes = 4 * 1024 * 1024};
    CHECK_OK(fetch_get(w.f, w.a, at(w.a, "/large"), FETCH_ACTIVITY, NULL, &more, &r));
    CHECK(r.bytes > 2 * 1024 * 1024);
    struct fetch_limits hurried = {.total_ms = 200};
    int64_t start = monotonic_ms();
    CHECK_ERR(fetch_get(w.f, w.a, at(w.a, "/slow"), FETCH_ACTIVITY, NULL, &hurried, &r),
              PEER_UNREACHABLE);
    CHECK(monotonic_ms() - start < 800);
    /* a delivery's answer is cut, not refused */
    struct fetch_post post = {
        .url = at(w.a, "/large"), .body = "{}", .body_bytes = 2, .limits = {.bytes = 100}};
    CHECK_OK(fetch_post(w.f, w.a, &post, &r));
    CHECK_INT(r.bytes, 100);
    world_close(&w);
}

TEST(knocking)
{
    struct world w;
    struct fetch_response r;
    world_open(&w, &for_tests);
    static const char *const paths[] = {"/signed", "/signed?q=1", "/no-query?q=1", "/rfc"};
    for (size_t i = 0; i < sizeof paths / sizeof *paths; i++) {
        CHECK_ERR(get(&w, paths[i], FETCH_ACTIVITY, &r), PEER_REFUSED);
        CHECK_INT(r.status, 401);
        CHECK_OK(fetch_get(w.f, w.a, at(w.a, paths[i]), FETCH_ACTIVITY, &w.signer, NULL, &r));
    }
    struct fetch_post post = {.url = at(w.a, "/inbox"),
                              .body = "{\"type\":\"Like\"}",
                              .body_bytes = 15,
                              .signer = w.signer};
    CHECK_OK(fetch_post(w.f, w.a, &post, &r));
    CHECK_INT(r.status, 202);
    post.digest = httpsig_digest(w.a, post.body, post.body_bytes);
    CHECK_OK(fetch_post(w.f, w.a, &post, &r));
    post.url = at(w.a, "/rfc-inbox");
    CHECK_ERR(fetch_post(w.f, w.a, &post, &r), PEER_REFUSED);
    post.knock_twice = true;
    CHECK_OK(fetch_post(w.f, w.a, &post, &r));
    post.dialect = HTTPSIG_RFC9421;
    post.knock_twice = false;
    CHECK_OK(fetch_post(w.f, w.a, &post, &r));
    post.url = at(w.a, "/r1");
    CHECK_ERR(fetch_post(w.f, w.a, &post, &r), PEER_REFUSED); /* never redirected */
    world_close(&w);
}

TEST(what_is_sent)
{
    struct world w;
    struct fetch_response r;
    json_t *json;
    world_open(&w, &for_tests);
    for (int i = 0; i < 2; i++) { /* the second time there is a cookie to leave out */
        CHECK_OK(fetch_get(w.f, w.a, at(w.a, "/echo"), FETCH_ACTIVITY, &w.signer, NULL, &r));
        CHECK_OK(ap_parse(w.a, r.body, r.bytes, &json));
        CHECK_STR(ap_text(json, "User-Agent"), "Zoetrope/" ZOE_VERSION " (+http://us.example)");
        CHECK_STR(ap_text(json, "Accept"), AP_ACCEPT);
        CHECK_STR(ap_text(json, "Cookie"), NULL);
        CHECK_STR(ap_text(json, "Signature-Input"), NULL);
        CHECK(ap_text(json, "Signature") && ap_text(json, "Date") && !ap_text(json, "Digest"));
    }
    struct fetch_post post = {
        .url = at(w.a, "/echo"), .body = "{}", .body_bytes = 2, .signer = w.signer};
    CHECK_OK(fetch_post(w.f, w.a, &post, &r));
    CHECK_OK(ap_parse(w.a, r.body, r.bytes, &json));
    CHECK_STR(ap_text(json, "Content-Type"), "application/activity+json");
    CHECK_STR(ap_text(json, "Expect"), NULL);
    CHECK(ap_text(json, "Digest"));
    world_close(&w);
}

TEST(objects_have_the_id_they_say)
{
    struct world w;
    json_t *json;
    world_open(&w, &for_tests);
    CHECK_OK(fetch_object(w.f, w.a, at(w.a, "/object"), NULL, &json));
    CHECK_OK(fetch_object(w.f, w.a, at(w.a, "/object#main-key"), &w.signer, &json));
    CHECK_OK(fetch_object(w.f, w.a, at(w.a, "/r1"), NULL, &json));
    CHECK_OK(fetch_object(w.f, w.a, at(w.a, "/alias"), NULL, &json));
    CHECK_STR(ap_id(json), at(w.a, "/object"));
    CHECK_ERR(fetch_object(w.f, w.a, at(w.a, "/liar"), NULL, &json), PEER_ODD);
    CHECK_ERR(fetch_object(w.f, w.a, at(w.a, "/shifty"), NULL, &json), PEER_ODD);
    CHECK_ERR(fetch_object(w.f, w.a, at(w.a, "/bad-json"), NULL, &json), PEER_ODD);
    CHECK_ERR(fetch_object(w.f, w.a, at(w.a, "/ld"), NULL, &json), PEER_ODD);
    CHECK_ERR(fetch_object(w.f, w.a, at(w.a, "/410"), NULL, &json), PEER_GONE);
    world_close(&w);
}

TEST(connections_are_reused)
{
    struct world w;
    struct fetch_response r;
    world_open(&w, &for_tests);
    int before = server.connections;
    for (int i = 0; i < 20; i++)
        CHECK_OK(get(&w, "/object", FETCH_ACTIVITY, &r));
    struct fetch_post post = {
        .url = at(w.a, "/inbox"), .body = "{}", .body_bytes = 2, .signer = w.signer};
    for (int i = 0; i < 20; i++)
        CHECK_OK(fetch_post(w.f, w.a, &post, &r));
    CHECK_INT(server.connections - before, 1);
    world_close(&w);
}

TEST(a_host_is_asked_so_often_only)
{
    struct world w;
    struct fetch_response r;
    static const struct fetcher_config slow = {
        .site_url = "http://us.example", .insecure = true, .gets_per_minute = 120};
    world_open(&w, &slow);
    struct fetch_limits no_wait = {.wait_ms = -1}, patient = {.wait_ms = 3000};
    struct err e = OK;
    int n = 0;
    for (; !e.id && n < 100; n++)
        e = fetch_get(w.f, w.a, at(w.a, "/object"), FETCH_ACTIVITY, NULL, &no_wait, &r);
    CHECK_ERR(e, PEER_BUSY);
    CHECK(n >= 31 && n < 60);
    CHECK_OK(fetch_get(w.f, w.a, at(w.a, "/object"), FETCH_ACTIVITY, NULL, &patient, &r));
    /* deliveries have no such limit */
    struct fetch_post post = {
        .url = at(w.a, "/inbox"), .body = "{}", .body_bytes = 2, .signer = w.signer};
    for (int i = 0; i < 40; i++)
        CHECK_OK(fetch_post(w.f, w.a, &post, &r));
    world_close(&w);
}

/* --- threads ------------------------------------------------------------------------------ */

static _Atomic int wrong_count, busy_count;

static void *hammer(void *shared)
{
    struct world *w = shared;
    for (int i = 0; i < 30; i++) {
        SCOPED_ARENA struct arena *a = arena_open();
        struct fetch_response r;
        struct fetch_limits patient = {.wait_ms = 20000}; /* on a busy machine, too */
        struct fetch_post post = {.url = at(a, "/inbox"),
                                  .body = "{}",
                                  .body_bytes = 2,
                                  .signer = w->signer,
                                  .limits = patient};
        struct err e =
            i & 1 ? fetch_get(w->f, a, at(a, "/object"), FETCH_ACTIVITY, NULL, &patient, &r)
                  : fetch_post(w->f, a, &post, &r);
        if (e.id) {
            print_message("request %d: %s (status %d)\n", i, e.detail, r.status);
            wrong_count++;
        }
    }
    return NULL;
}

static void *wait_long(void *shared)
{
    struct world *w = shared;
    SCOPED_ARENA struct arena *a = arena_open();
    struct fetch_response r;
    struct fetch_limits limits = {.wait_ms = 20000};
    struct err e = fetch_get(w->f, a, at(a, "/slow"), FETCH_ACTIVITY, NULL, &limits, &r);
    busy_count += e.id == ERR_STOPPED || e.id == ERR_NONE;
    return NULL;
}

TEST(many_threads_few_connections)
{
    struct world w;
    struct fetcher_config config = for_tests;
    config.per_host = 3;
    world_open(&w, &config);
    int before = server.connections;
    pthread_t threads[10];
    for (int i = 0; i < 10; i++)
        pthread_create(&threads[i], NULL, hammer, &w);
    for (int i = 0; i < 10; i++)
        pthread_join(threads[i], NULL);
    CHECK_INT(wrong_count, 0);
    CHECK(server.connections - before <= 4);
    /* and all of them end soon when the server stops */
    for (int i = 0; i < 10; i++)
        pthread_create(&threads[i], NULL, wait_long, &w);
    struct timespec t = {.tv_nsec = 100 * 1000000};
    nanosleep(&t, NULL);
    int64_t start = monotonic_ms();
    fetcher_stop(w.f);
    for (int i = 0; i < 10; i++)
        pthread_join(threads[i], NULL);
    CHECK(monotonic_ms() - start < 3000);
    CHECK_INT(busy_count, 10);
    world_close(&w);
}

/* ZOETROPE_MEASURE=1: deliveries a second from 8 threads to a server in the same process. */
static _Atomic int delivered;
static void *deliver(void *shared)
{
    struct world *w = shared;
    int64_t until = monotonic_ms() + 3000;
    while (monotonic_ms() < until) {
        SCOPED_ARENA struct arena *a = arena_open();
        struct fetch_response r;
        struct fetch_post post = {
            .url = at(a, "/json"), .body = "{}", .body_bytes = 2, .signer = w->signer};
        delivered += !fetch_post(w->f, a, &post, &r).id;
    }
    return NULL;
}

TEST(measured)
{
    if (!getenv("ZOETROPE_MEASURE")) {
        print_message("skipped: ZOETROPE_MEASURE is not set\n");
        return;
    }
    struct world w;
    world_open(&w, &for_tests);
    pthread_t threads[8];
    for (int i = 0; i < 8; i++)
        pthread_create(&threads[i], NULL, deliver, &w);
    for (int i = 0; i < 8; i++)
        pthread_join(threads[i], NULL);
    print_message("deliveries: %d a second\n", delivered / 3);
    world_close(&w);
}

TEST_MAIN
