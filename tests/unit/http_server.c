/* The HTTP server on real sockets: what a client may count on, and what a rude one cannot do.
 */
#include "tests/unit/test.h"

#include "base/clock.h"
#include "base/crypto.h"
#include "base/file.h"
#include "base/log.h"
#include "server/http/http.h"

#include <arpa/inet.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <strings.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <zlib.h>

enum { PATIENCE_MS = 10000, REPLY_MAX = 4 << 20 };

/* --- the routes under test */

static char *folder;
static char staging[600];
static atomic_int running, handled, aborted, released, authenticated;
static atomic_llong aborted_bytes;
static atomic_bool gate; /* h_wait waits for it */
static atomic_int events_left;

static struct param cache_header = {"X-Extra", "yes", NULL};
static struct static_body pong = {.body = "pong",
                                  .bytes = 4,
                                  .content_type = "text/plain",
                                  .etag = "\"one\"",
                                  .gzip = "squeezed",
                                  .gzip_bytes = 8,
                                  .headers = &cache_header};

static struct err h_ping(struct req *rq, struct res *rs)
{
    res_static(rq, rs, &pong);
    return OK;
}

/* Everything the handler was told, as JSON. */
static struct err h_tell(struct req *rq, struct res *rs)
{
    atomic_fetch_add(&handled, 1);
    json_t *query = json_array(), *json;
    for (struct param *p = rq->query; p; p = p->next)
        json_array_append_new(query, json_pack("[s, s]", p->name, p->value));
    struct err e = req_json(rq, &json);
    if (e.id) {
        json_decref(query);
        return e;
    }
    const char *cookie = req_cookie(rq, "session");
    res_json(rq, rs, 200,
             json_pack("{s:s, s:s, s:o, s:O, s:s, s:s?, s:I}", "path", rq->path, "id",
                       req_param(rq, "id"), "query", query, "json", json, "address",
                       rq->address, "cookie", cookie, "length",
                       (json_int_t)rq->content_length));
    return OK;
}

static struct err h_wait(struct req *rq, struct res *rs)
{
    (void)rq;
    atomic_fetch_add(&running, 1);
    for (int64_t end = monotonic_ms() + PATIENCE_MS;
         !atomic_load(&gate) && monotonic_ms() < end;)
        usleep(2000);
    res_text(rs, 200, "text/plain", "waited", 6);
    return OK;
}

enum { PARKED_MAX = 8 };
static struct parked {
    struct req *rq;
    struct res *rs;
} parked[PARKED_MAX];

static void park(void *taker)
{
    struct parked *p = taker;
    parked[atomic_load(&running)] = *p; /* one worker calls this */
    atomic_fetch_add(&running, 1);
}

static struct err h_later(struct req *rq, struct res *rs)
{
    res_later(rs, park, arena_copy(rq->arena, &(struct parked){rq, rs}, sizeof(struct parked)));
    return OK;
}

/* Answers what is parked, after a while; the second one by an error. */
static void *answer_parked(void *arg)
{
    (void)arg;
    usleep(400000);
    for (int i = 0; i < atomic_load(&running); i++) {
        res_text(parked[i].rs, 200, "text/plain", "later", 5);
        res_ready(parked[i].rq, i == 1 ? FAIL(DISK_FULL, "no room") : OK);
    }
    return NULL;
}

static struct err h_file(struct req *rq, struct res *rs)
{
    return res_file(rq, rs,
                    &(struct file_answer){
                        .path = arena_printf(rq->arena, "%s/%s", folder, req_param(rq, "path")),
                        .cache = "max-age=60",
                        .download_name = req_query(rq, "name"),
                        .cors = true});
}

static struct err b_refuse(struct req *rq, struct res *rs)
{
    (void)rq;
    (void)rs;
    return FAIL(QUOTA_REACHED, "no room for you");
}

static struct err h_form(struct req *rq, struct res *rs)
{
    atomic_fetch_add(&handled, 1);
    struct form_file *file = req_file(rq, "file");
    if (!file)
        return req_invalid(rq, "file", "a file is needed");
    if (req_form(rq, "keep")) {
        TRY(file_rename_durable(file->path, arena_printf(rq->arena, "%s/kept", folder)));
        file->path = NULL;
    }
    res_json(rq, rs, 200,
             json_pack("{s:I, s:s, s:s?, s:s?}", "bytes", (json_int_t)file->bytes, "filename",
                       file->filename, "title", req_form(rq, "title"), "type",
                       file->content_type));
    return OK;
}

static void on_aborted(struct req *rq)
{
    atomic_store(&aborted_bytes, rq->sink.bytes);
    if (!*rq->address || req_header(rq, "X-None")) /* both may be asked when all is gone */
        abort();
    atomic_fetch_add(&aborted, 1);
}

static char sink_id[20];

static struct err b_sink(struct req *rq, struct res *rs)
{
    (void)rs;
    const char *path =
        req_query(rq, "full") ? "/dev/full" : arena_printf(rq->arena, "%s/sunk", folder);
    rq->sink.fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
    rq->sink.offset = 3;
    rq->sink.limit = 1 << 20;
    rq->sink.digest = digest_open("sha256");
    rq->aborted = on_aborted;
    if (req_query(rq, "id"))
        snprintf(sink_id, sizeof sink_id, "%s", rq->id);
    return OK;
}

static struct err h_sink(struct req *rq, struct res *rs)
{
    atomic_fetch_add(&handled, 1);
    const char *digest = digest_base64(rq->sink.digest, rq->arena);
    rq->sink.digest = NULL;
    res_json(rq, rs, 200,
             json_pack("{s:I, s:s}", "bytes", (json_int_t)rq->sink.bytes, "digest", digest));
    return OK;
}

static const char *events_next(void *state, struct arena *a, bool *end)
{
    (void)state;
    int left = atomic_load(&events_left);
    if (left < 0)
        *end = true;
    if (left <= 0)
        return NULL;
    atomic_fetch_sub(&events_left, 1);
    return arena_printf(a, "data: %d\n\n", left);
}

static void events_release(void *state)
{
    (void)state;
    atomic_fetch_add(&released, 1);
}

static struct err h_events(struct req *rq, struct res *rs)
{
    res_events(
        rq, rs,
        &(struct event_source){.topic = 7, .next = events_next, .release = events_release});
    return OK;
}

/* "HEAD" + bytes 2..5 of a + bytes 0..9 of b */
static int64_t virtual_head(void *owner, int64_t at, char *to, int64_t bytes)
{
    (void)owner;
    memcpy(to, "HEAD" + at, (size_t)bytes);
    return bytes;
}

static void virtual_release(void *owner)
{
    struct virtual_answer *v = owner;
    close(v->files[0]);
    close(v->files[1]);
    free(v);
    atomic_fetch_add(&released, 1);
}

static struct err h_virtual(struct req *rq, struct res *rs)
{
    static const struct extent extents[] = {
        {.virtual_offset = 4, .offset = 2, .length = 4, .file = 0},
        {.virtual_offset = 8, .offset = 0, .length = 10, .file = 1},
    };
    struct virtual_answer *v = calloc(1, sizeof *v);
    *v = (struct virtual_answer){.size = 18,
                                 .head_read = virtual_head,
                                 .head_bytes = 4,
                                 .extents = extents,
                                 .extent_count = 2,
                                 .etag = "\"v\"",
                                 .release = virtual_release,
                                 .owner = v};
    v->files[0] = open(arena_printf(rq->arena, "%s/a.txt", folder), O_RDONLY | O_CLOEXEC);
    v->files[1] = open(arena_printf(rq->arena, "%s/b.txt", folder), O_RDONLY | O_CLOEXEC);
    res_virtual(rq, rs, v);
    return OK;
}

static struct err h_big(struct req *rq, struct res *rs)
{
    char *text = arena_alloc(rq->arena, 20001);
    memset(text, 'x', 20000);
    res_text(rs, 200, "application/json", text, 20000);
    return OK;
}

static struct err h_silent(struct req *rq, struct res *rs)
{
    (void)rq;
    (void)rs;
    return OK;
}

static struct err authenticate(struct req *rq, struct res *rs)
{
    (void)rs;
    atomic_fetch_add(&authenticated, 1);
    if (rq->route->auth == AUTH_LOGIN && !req_header(rq, "Authorization"))
        return FAIL(UNAUTHORIZED, "sign in first");
    return OK;
}

static const struct route routes[] = {
    {HTTP_GET, "/", .handler = h_tell},
    {HTTP_GET, "/api/ping", .handler = h_ping, .fast = true},
    {HTTP_GET, "/api/tell/:id", .handler = h_tell},
    {HTTP_POST, "/api/tell", .body = BODY_MEMORY, .handler = h_tell},
    {HTTP_POST, "/api/none", .handler = h_tell},
    {HTTP_POST, "/api/secret", .auth = AUTH_LOGIN, .body = BODY_MULTIPART,
     .body_limit = 1LL << 40, .handler = h_form},
    {HTTP_GET, "/api/wait", .handler = h_wait},
    {HTTP_GET, "/api/later", .handler = h_later},
    {HTTP_POST, "/api/refuse", .body = BODY_MULTIPART, .body_limit = 1LL << 40,
     .handler = h_form, .before = b_refuse},
    {HTTP_POST, "/api/form", .body = BODY_MULTIPART, .body_limit = 200 << 20,
     .handler = h_form},
    {HTTP_PUT, "/api/sink", .body = BODY_SINK, .handler = h_sink, .before = b_sink},
    {HTTP_GET, "/static/:path*", .handler = h_file, .fast = true},
    {HTTP_GET, "/api/events", .handler = h_events},
    {HTTP_GET, "/api/virtual", .handler = h_virtual},
    {HTTP_GET, "/api/big", .handler = h_big},
    {HTTP_GET, "/api/silent", .handler = h_silent},
    {0},
};

/* --- a server and its clients */

static struct http *http;
static struct http_config config;

static void file_make(const char *name, const char *text)
{
    char path[700];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    CHECK_OK(file_replace(path, text, strlen(text), false));
}

static void begin_with(struct http_config changes)
{
    log_level_set(LOG_ERROR + 1);
    folder = test_folder();
    snprintf(staging, sizeof staging, "%s/staging", folder);
    mkdir(staging, 0700);
    file_make("a.txt", "0123456789");
    file_make("b.txt", "abcdefghij");
    handled = running = aborted = released = events_left = 0;
    gate = false;
    config = changes;
    config.listen = changes.listen ? changes.listen : "127.0.0.1:0";
    config.staging = staging;
    config.workers = changes.workers ? changes.workers : 3;
    config.event_threads = changes.event_threads ? changes.event_threads : 2;
    config.timeout_s = changes.timeout_s ? changes.timeout_s : 30;
    config.routes = routes;
    config.authenticate = authenticate;
    CHECK_OK(http_open(&config, &http));
}

static void begin(void)
{
    begin_with((struct http_config){0});
}

static void end(void)
{
    http_close(http, 1000);
    http = NULL;
    test_folder_remove(folder);
}

struct client {
    int fd;
    char *data;
    size_t have;
};

struct reply {
    int status;
    char *head, *body;
    size_t bytes;
    struct client *client;
};

static struct client *client_open(void)
{
    struct client *c = calloc(1, sizeof *c);
    c->data = malloc(REPLY_MAX + 1);
    c->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    struct sockaddr_in to = {.sin_family = AF_INET,
                             .sin_port = htons((uint16_t)http_port(http)),
                             .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    struct timeval patience = {.tv_sec = PATIENCE_MS / 1000};
    setsockopt(c->fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    setsockopt(c->fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
    CHECK(!connect(c->fd, (struct sockaddr *)&to, sizeof to));
    return c;
}

static void client_close(struct client *c)
{
    close(c->fd);
    free(c->data);
    free(c);
}

static void put_bytes(struct client *c, const void *data, size_t bytes)
{
    for (const char *p = data; bytes;) {
        ssize_t n = send(c->fd, p, bytes, MSG_NOSIGNAL);
        if (n <= 0)
            return; /* the server may have had enough */
        p += n;
        bytes -= (size_t)n;
    }
}

static void put(struct client *c, const char *text)
{
    put_bytes(c, text, strlen(text));
}

/* More bytes; false at the end. */
static bool more(struct client *c)
{
    CHECK(c->have < REPLY_MAX);
    ssize_t n = recv(c->fd, c->data + c->have, REPLY_MAX - c->have, 0);
    if (n <= 0)
        return false;
    c->have += (size_t)n;
    c->data[c->have] = 0;
    return true;
}

static bool ended(struct client *c)
{
    return !c->have && !more(c);
}

static const char *header(const struct reply *r, const char *name)
{
    static char value[1024];
    size_t n = strlen(name);
    for (const char *line = r->head; (line = strstr(line, "\r\n"));) {
        line += 2;
        if (!strncasecmp(line, name, n) && line[n] == ':') {
            snprintf(value, sizeof value, "%.*s", (int)strcspn(line + n + 2, "\r"),
                     line + n + 2);
            return value;
        }
    }
    return NULL;
}

static struct reply take_of(struct client *c, bool head_only)
{
    char *end_of_head;
    if (!c->have)
        *c->data = 0;
    while (!(end_of_head = strstr(c->data, "\r\n\r\n")))
        if (!more(c))
            return (struct reply){.status = -1, .client = c};
    size_t head = (size_t)(end_of_head - c->data) + 4;
    struct reply r = {.client = c, .head = strndup(c->data, head)};
    r.status = atoi(r.head + 9);
    const char *length = header(&r, "Content-Length");
    size_t bytes = length && !head_only && r.status != 304 ? (size_t)atoll(length) : 0;
    while (c->have < head + bytes && more(c))
        ;
    CHECK(c->have >= head + bytes);
    r.body = calloc(1, bytes + 1);
    memcpy(r.body, c->data + head, bytes);
    r.bytes = bytes;
    memmove(c->data, c->data + head + bytes, c->have - head - bytes);
    c->have -= head + bytes;
    c->data[c->have] = 0;
    return r;
}

static struct reply take(struct client *c)
{
    return take_of(c, false);
}

static void drop(struct reply *r)
{
    free(r->head);
    free(r->body);
}

/* One request on a connection of its own; `head` is "GET /x" and header lines. */
static struct reply ask(const char *first, const char *headers, const char *body)
{
    struct client *c = client_open();
    char *text;
    CHECK(asprintf(&text, "%s HTTP/1.1\r\nHost: x\r\n%s\r\n%s", first, headers, body) > 0);
    put(c, text);
    free(text);
    struct reply r = take_of(c, !strncmp(first, "HEAD", 4));
    client_close(c);
    r.client = NULL;
    return r;
}

#define EXPECT_STATUS(first, headers, body, wanted)      \
    do {                                                 \
        struct reply reply_ = ask(first, headers, body); \
        CHECK_INT(reply_.status, wanted);                \
        drop(&reply_);                                   \
    } while (0)

static json_t *json_of(const struct reply *r)
{
    json_t *json = json_loads(r->body, 0, NULL);
    CHECK(json);
    return json;
}

static const char *text_at(json_t *json, const char *name)
{
    return json_string_value(json_object_get(json, name));
}

static bool wait_for(atomic_int *counter, int value)
{
    for (int64_t until = monotonic_ms() + PATIENCE_MS; monotonic_ms() < until;) {
        if (atomic_load(counter) >= value)
            return true;
        usleep(2000);
    }
    return false;
}

static int files_in(const char *path)
{
    DIR *d = opendir(path);
    int n = 0;
    for (struct dirent *e; (e = readdir(d));)
        n += e->d_name[0] != '.';
    closedir(d);
    return n;
}

static bool emptied(const char *path)
{
    for (int64_t until = monotonic_ms() + PATIENCE_MS; files_in(path); usleep(2000))
        if (monotonic_ms() > until)
            return false;
    return true;
}

/* --- connections */

TEST(a_connection_serves_many_requests)
{
    begin();
    struct client *c = client_open();
    for (int i = 0; i < 20; i++) {
        put(c, i % 2 ? "GET /api/ping HTTP/1.1\r\nHost: x\r\n\r\n"
                     : "GET /api/tell/1 HTTP/1.1\r\nHost: x\r\n\r\n");
        struct reply r = take(c);
        CHECK_INT(r.status, 200);
        drop(&r);
    }
    client_close(c);
    end();
}

TEST(pipelined_requests_are_answered_in_order)
{
    begin();
    struct client *c = client_open();
    put(c, "GET /api/tell/1 HTTP/1.1\r\nHost: x\r\n\r\n"
           "GET /api/ping HTTP/1.1\r\nHost: x\r\n\r\n"
           "POST /api/tell HTTP/1.1\r\nHost: x\r\nContent-Length: 7\r\n\r\n{\"a\":1}"
           "GET /api/tell/4 HTTP/1.1\r\nHost: x\r\n\r\n");
    static const char *const wanted[] = {"\"id\":\"1\"", "pong", "{\"a\":1}", "\"id\":\"4\""};
    for (int i = 0; i < 4; i++) {
        struct reply r = take(c);
        CHECK_INT(r.status, 200);
        CHECK(strstr(r.body, wanted[i]));
        drop(&r);
    }
    client_close(c);
    end();
}

TEST(slow_headers_are_cut_off)
{
    begin_with((struct http_config){.timeout_s = 1});
    struct client *c = client_open();
    put(c, "GET /api/ping HTTP/1.1\r\nHost: x\r\n");
    int64_t start = monotonic_ms();
    bool open = true;
    while (open && monotonic_ms() - start < 8000) {
        put(c, "X: y\r\n"); /* never silent for a whole second */
        struct pollfd p = {.fd = c->fd, .events = POLLIN};
        open = poll(&p, 1, 300) == 0;
    }
    CHECK(!open);
    CHECK(ended(c));
    client_close(c);
    end();
}

TEST(an_address_has_a_limit_of_connections)
{
    begin_with((struct http_config){.connections_per_address = 3});
    struct client *c[4];
    for (int i = 0; i < 4; i++) {
        c[i] = client_open();
        put(c[i], "GET /api/ping HTTP/1.1\r\nHost: x\r\n\r\n");
        struct reply r = take(c[i]);
        CHECK_INT(r.status, i < 3 ? 200 : -1);
        drop(&r);
    }
    client_close(c[0]);
    client_close(c[3]);
    for (int tries = 0;; tries++) { /* the closing is seen soon */
        struct client *again = client_open();
        put(again, "GET /api/ping HTTP/1.1\r\nHost: x\r\n\r\n");
        struct reply r = take(again);
        bool fine = r.status == 200;
        drop(&r);
        client_close(again);
        if (fine)
            break;
        CHECK(tries < 200);
        usleep(5000);
    }
    CHECK(http_stats(http).limited > 0);
    client_close(c[1]);
    client_close(c[2]);
    end();
}

TEST(huge_headers_are_refused)
{
    begin();
    char *lines = calloc(1, 200000);
    for (size_t n = 0; n < 50000;)
        n += (size_t)sprintf(lines + n, "X-%zu: %0100d\r\n", n, 1);
    EXPECT_STATUS("GET /api/ping", lines, "", 431);
    for (size_t n = 0; n < 190000;)
        n += (size_t)sprintf(lines + n, "X-%zu: %0100d\r\n", n, 1);
    EXPECT_STATUS("GET /api/ping", lines, "", 431);
    free(lines);
    end();
}

TEST(what_could_be_read_in_two_ways_is_refused)
{
    begin();
    static const char *const bad[] = {
        "Content-Length: 3\r\nContent-Length: 4\r\n",
        "Content-Length: 3\r\nTransfer-Encoding: chunked\r\n",
        "Transfer-Encoding: gzip\r\n",
        "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n",
        "Content-Length: -1\r\n",
        "Content-Length: 3x\r\n",
        "Content-Length: 99999999999999999999999\r\n",
        "Host: y\r\n",
    };
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        struct reply r = ask("POST /api/tell", bad[i], "abcd");
        if (r.status != 400 && r.status != 413)
            print_error("%s\n", bad[i]);
        CHECK(r.status == 400 || r.status == 413);
        drop(&r);
    }
    CHECK_INT(handled, 0);
    end();
}

/* --- paths and queries */

TEST(bad_escapes_are_refused)
{
    begin();
    static const char *const bad[] = {
        "GET /api/tell/%",         "GET /api/tell/%4",
        "GET /api/tell/%zz",       "GET /api/tell/%00",
        "GET /api/tell/%ff",       "GET /api/tell/x?a=%",
        "GET /api/tell/x?a=%00",   "GET /static/../x",
        "GET /static/%2e%2e/x",    "GET /static/a%2f..%2f..x%2f..",
        "GET /static/%2E./x",      "GET /api/tell/%c0%af",
        "GET /api/tell/%ed%a0%80",
    };
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        EXPECT_STATUS(bad[i], "", "", 400);
    CHECK_INT(handled, 0);
    end();
}

TEST(paths_and_queries_are_decoded_once)
{
    begin();
    struct reply r = ask("GET /api/tell/a%2Fb%2525/?x=1&y=a+b%26c&x=%C3%A9&flag", "", "");
    json_t *json = json_of(&r);
    CHECK_STR(text_at(json, "id"), "a/b%25");
    char *query = json_dumps(json_object_get(json, "query"), JSON_COMPACT);
    CHECK_STR(query, "[[\"x\",\"1\"],[\"y\",\"a b&c\"],[\"x\",\"\xc3\xa9\"],[\"flag\",\"\"]]");
    free(query);
    json_decref(json);
    drop(&r);
    EXPECT_STATUS("GET http://x/api/ping", "", "", 200);
    EXPECT_STATUS("GET http://x", "", "", 200);
    EXPECT_STATUS("GET /?a=1", "", "", 200);
    EXPECT_STATUS("GET //api/ping", "", "", 404);
    end();
}

TEST(a_wrong_method_is_told_the_right_ones)
{
    begin();
    struct reply r = ask("DELETE /api/tell", "", "");
    CHECK_INT(r.status, 405);
    CHECK_STR(header(&r, "Allow"), "POST, OPTIONS");
    drop(&r);
    EXPECT_STATUS("BREW /api/tell", "", "", 405);
    EXPECT_STATUS("GET /nowhere", "", "", 404);
    r = ask("OPTIONS /api/tell",
            "Origin: https://a.example\r\nAccess-Control-Request-Method: POST\r\n", "");
    CHECK_INT(r.status, 204);
    CHECK_STR(header(&r, "Access-Control-Allow-Origin"), "*");
    CHECK_STR(header(&r, "Access-Control-Allow-Methods"), "POST, OPTIONS");
    CHECK(strstr(header(&r, "Access-Control-Allow-Headers"), "Authorization"));
    drop(&r);
    r = ask("OPTIONS /", "Origin: https://a.example\r\n", "");
    CHECK_INT(r.status, 204);
    CHECK(!header(&r, "Access-Control-Allow-Origin"));
    drop(&r);
    end();
}

/* --- problems */

TEST(an_error_is_a_problem_document)
{
    begin();
    struct reply r = ask("POST /api/form",
                         "Content-Type: multipart/form-data; boundary=b\r\n"
                         "Content-Length: 7\r\n",
                         "--b--\r\n");
    CHECK_INT(r.status, 400);
    CHECK_STR(header(&r, "Content-Type"), "application/problem+json; charset=utf-8");
    CHECK_INT(strlen(header(&r, "X-Request-Id")), 16);
    json_t *json = json_of(&r);
    CHECK_STR(text_at(json, "code"), "invalid_params");
    CHECK_STR(text_at(json, "detail"), "Incorrect request parameters: file");
    CHECK_STR(text_at(json, "error"), text_at(json, "detail"));
    CHECK_STR(text_at(json, "instance"), "/api/form");
    CHECK_INT(json_integer_value(json_object_get(json, "status")), 400);
    json_t *one = json_object_get(json_object_get(json, "invalid-params"), "file");
    CHECK_STR(text_at(one, "msg"), "a file is needed");
    json_decref(json);
    drop(&r);
    r = ask("POST /api/secret", "Content-Length: 0\r\n", "");
    CHECK_INT(r.status, 401);
    CHECK_STR(header(&r, "WWW-Authenticate"), "Bearer");
    drop(&r);
    EXPECT_STATUS("GET /api/silent", "", "", 500);
    CHECK_INT(http_stats(http).errors_5xx, 1);
    end();
}

/* --- bodies */

TEST(forms_and_json_read_alike)
{
    begin();
    static const struct {
        const char *type, *body, *want;
        int status;
    } cases[] = {
        {"application/json", "{\"a\":[1,{\"b\":null}]}", "{\"a\":[1,{\"b\":null}]}", 200},
        {"application/x-www-form-urlencoded",
         "a[0]=x&a[1]=y&b[c][d]=1&e=%C3%A9+f&list[]=1&list[]=2",
         "{\"a\":[\"x\",\"y\"],\"b\":{\"c\":{\"d\":\"1\"}},\"e\":\"\xc3\xa9 "
         "f\",\"list\":[\"1\",\"2\"]}",
         200},
        {"application/x-www-form-urlencoded", "t=1&t=2", "{\"t\":[\"1\",\"2\"]}", 200},
        {"application/json", "", "{}", 200},
        {"application/json", "[1]", NULL, 400},
        {"application/json", "{\"a\":", NULL, 400},
        {"application/json", "{\"a\":1}x", NULL, 400},
        {"application/x-www-form-urlencoded", "a=%", NULL, 400},
        {"application/x-www-form-urlencoded", "a[b]=2&a=1", NULL, 400},
        {"application/x-www-form-urlencoded", "a[b=2", NULL, 400},
        {"application/x-www-form-urlencoded", "a[99999]=2", "{\"a\":{\"99999\":\"2\"}}", 200},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char headers[200];
        snprintf(headers, sizeof headers, "Content-Type: %s\r\nContent-Length: %zu\r\n",
                 cases[i].type, strlen(cases[i].body));
        struct reply r = ask("POST /api/tell", headers, cases[i].body);
        CHECK_INT(r.status, cases[i].status);
        if (cases[i].want) {
            json_t *json = json_of(&r);
            char *got = json_dumps(json_object_get(json, "json"), JSON_COMPACT);
            CHECK_STR(got, cases[i].want);
            free(got);
            json_decref(json);
        }
        drop(&r);
    }
    end();
}

TEST(chunked_bodies_arrive_whole_and_have_limits)
{
    begin();
    struct reply r = ask("POST /api/tell", "Transfer-Encoding: chunked\r\n",
                         "3\r\n{\"a\r\n4;x=y\r\n\":1}\r\n0\r\nTrailer: x\r\n\r\n");
    CHECK_INT(r.status, 200);
    CHECK(strstr(r.body, "\"json\":{\"a\":1}"));
    CHECK(strstr(r.body, "\"length\":-1"));
    drop(&r);
    struct client *c = client_open();
    put(c, "POST /api/tell HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n");
    static char block[4096 + 8];
    memset(block, 'x', sizeof block);
    memcpy(block, "1000\r\n", 6);
    memcpy(block + 6 + 4096, "\r\n", 2);
    for (int i = 0; i < 30; i++)
        put_bytes(c, block, 6 + 4096 + 2);
    put(c, "0\r\n\r\n");
    r = take(c);
    CHECK_INT(r.status, 413);
    drop(&r);
    put(c, "GET /api/ping HTTP/1.1\r\nHost: x\r\n\r\n"); /* and the connection lives */
    r = take(c);
    CHECK_INT(r.status, 200);
    drop(&r);
    client_close(c);
    EXPECT_STATUS("POST /api/tell", "Transfer-Encoding: chunked\r\n", "zz\r\n", 400);
    end();
}

TEST(a_body_nobody_asked_for_is_thrown_away)
{
    begin();
    EXPECT_STATUS("POST /api/none", "Content-Length: 2\r\n", "{}", 200);
    EXPECT_STATUS("GET /api/ping", "Content-Length: 2\r\n", "{}", 200);
    EXPECT_STATUS("POST /api/none", "Content-Length: 70000000\r\n", "", 413);
    end();
}

TEST(before_refuses_without_reading_a_byte)
{
    begin();
    struct client *c = client_open();
    put(c, "POST /api/refuse HTTP/1.1\r\nHost: x\r\nContent-Length: 900000000\r\n"
           "Content-Type: multipart/form-data; boundary=b\r\nExpect: 100-continue\r\n\r\n");
    struct reply r = take(c);
    CHECK_INT(r.status, 413);
    CHECK(strstr(r.body, "quota_reached"));
    CHECK_STR(header(&r, "Connection"), "close");
    CHECK(ended(c));
    CHECK_INT(http_stats(http).bytes_received, 0);
    drop(&r);
    client_close(c);
    end();
}

TEST(expect_is_answered_when_the_body_may_come)
{
    begin();
    struct client *c = client_open();
    put(c, "POST /api/form HTTP/1.1\r\nHost: x\r\nContent-Length: 7\r\n"
           "Content-Type: multipart/form-data; boundary=b\r\nExpect: 100-continue\r\n\r\n");
    struct reply r = take(c);
    CHECK_INT(r.status, 100);
    drop(&r);
    put(c, "--b--\r\n");
    r = take(c);
    CHECK_INT(r.status, 400);
    drop(&r);
    client_close(c);
    end();
}

TEST(a_small_refused_body_keeps_the_connection)
{
    begin();
    struct client *c = client_open();
    static char body[100000];
    put(c, "POST /api/refuse HTTP/1.1\r\nHost: x\r\nContent-Length: 100000\r\n"
           "Content-Type: multipart/form-data; boundary=b\r\n\r\n");
    put_bytes(c, body, sizeof body);
    put(c, "GET /api/ping HTTP/1.1\r\nHost: x\r\n\r\n");
    struct reply r = take(c);
    CHECK_INT(r.status, 413);
    drop(&r);
    r = take(c);
    CHECK_INT(r.status, 200);
    drop(&r);
    client_close(c);
    end();
}

TEST(a_client_that_sends_on_still_reads_the_refusal)
{
    begin();
    struct client *c = client_open();
    static char block[1 << 20];
    put(c, "POST /api/refuse HTTP/1.1\r\nHost: x\r\nContent-Length: 60000000\r\n"
           "Content-Type: multipart/form-data; boundary=b\r\n\r\n");
    for (int i = 0; i < 57; i++)
        put_bytes(c, block, sizeof block);
    struct reply r = take(c);
    CHECK_INT(r.status, 413);
    drop(&r);
    client_close(c);
    end();
}

static long rss_kib(void)
{
    FILE *f = fopen("/proc/self/status", "r");
    char line[256];
    long kib = 0;
    while (fgets(line, sizeof line, f))
        if (!strncmp(line, "VmRSS:", 6))
            kib = atol(line + 6);
    fclose(f);
    return kib;
}

static const char form_head[] =
    "--b\r\nContent-Disposition: form-data; name=\"title\"\r\n\r\nA \"title\"\r\n"
    "--b\r\nContent-Disposition: form-data; name=\"file\"; "
    "filename=\"C:\\dir\\%22x%22.mp4\"\r\n"
    "Content-Type: video/mp4\r\n\r\n";
static const char form_tail[] = "\r\n--b--\r\n";

TEST(a_long_upload_streams_to_disk)
{
    begin();
    struct client *c = client_open();
    static char block[1 << 20];
    for (size_t i = 0; i < sizeof block; i++)
        block[i] = "\r\n--ax"[i % 7]; /* full of near misses */
    const int blocks = 100;
    char text[300];
    snprintf(text, sizeof text,
             "POST /api/form HTTP/1.1\r\nHost: x\r\nContent-Length: %zu\r\n"
             "Content-Type: multipart/form-data; boundary=\"b\"\r\n\r\n",
             sizeof form_head - 1 + (size_t)blocks * sizeof block + sizeof form_tail - 1);
    put(c, text);
    put(c, form_head);
    put_bytes(c, block, sizeof block);
    long before = rss_kib();
    for (int i = 1; i < blocks; i++)
        put_bytes(c, block, sizeof block);
    long grown = rss_kib() - before;
    put(c, form_tail);
    struct reply r = take(c);
    CHECK_INT(r.status, 200);
    json_t *json = json_of(&r);
    CHECK_INT(json_integer_value(json_object_get(json, "bytes")), blocks * (long)sizeof block);
    CHECK_STR(text_at(json, "title"), "A \"title\"");
    CHECK_STR(text_at(json, "filename"), "\"x\".mp4");
    CHECK_STR(text_at(json, "type"), "video/mp4");
    json_decref(json);
    drop(&r);
    client_close(c);
    if (grown > 16 * 1024)
        print_error("memory grew by %ld KiB\n", grown);
    CHECK(grown < 16 * 1024);
    CHECK(emptied(staging));
    end();
}

TEST(file_parts_go_unless_taken)
{
    begin();
    char body[2000], headers[200], kept[700];
    snprintf(body, sizeof body,
             "%sdata\r\n--b\r\nContent-Disposition: form-data; name=keep\r\n\r\n1%s", form_head,
             form_tail);
    snprintf(headers, sizeof headers,
             "Content-Type: multipart/form-data; boundary=b\r\nContent-Length: %zu\r\n",
             strlen(body));
    EXPECT_STATUS("POST /api/form", headers, body, 200);
    snprintf(kept, sizeof kept, "%s/kept", folder);
    CHECK_INT(file_size(kept), 4);
    CHECK(emptied(staging));
    /* cut short, malformed, gone in the middle */
    snprintf(body, sizeof body, "%sdata", form_head);
    snprintf(headers, sizeof headers,
             "Content-Type: multipart/form-data; boundary=b\r\nContent-Length: %zu\r\n",
             strlen(body));
    EXPECT_STATUS("POST /api/form", headers, body, 400);
    CHECK(emptied(staging));
    int before = handled;
    struct client *c = client_open();
    put(c, "POST /api/form HTTP/1.1\r\nHost: x\r\nContent-Length: 1000000\r\n"
           "Content-Type: multipart/form-data; boundary=b\r\n\r\n");
    put(c, form_head);
    put(c, "data data data data data data data data data data data data data");
    for (int i = 0; !files_in(staging) && i < 1000; i++)
        usleep(2000);
    CHECK_INT(files_in(staging), 1);
    client_close(c);
    CHECK(emptied(staging));
    CHECK_INT(handled, before);
    end();
}

TEST(too_many_or_too_large_fields_are_refused)
{
    begin();
    size_t room = 4 << 20, n = 0;
    char *body = calloc(1, room), headers[200];
    CHECK(body);
    for (int i = 0; i < 300; i++)
        n += (size_t)snprintf(body + n, room - n,
                              "--b\r\nContent-Disposition: form-data; name=f\r\n\r\nx\r\n");
    snprintf(body + n, room - n, "--b--\r\n");
    snprintf(headers, sizeof headers,
             "Content-Type: multipart/form-data; boundary=b\r\nContent-Length: %zu\r\n",
             strlen(body));
    EXPECT_STATUS("POST /api/form", headers, body, 413);
    snprintf(body, room,
             "--b\r\nContent-Disposition: form-data; name=f\r\n\r\n%070000d\r\n--b--\r\n", 1);
    snprintf(headers, sizeof headers,
             "Content-Type: multipart/form-data; boundary=b\r\nContent-Length: %zu\r\n",
             strlen(body));
    EXPECT_STATUS("POST /api/form", headers, body, 413);
    EXPECT_STATUS("POST /api/form",
                  "Content-Type: multipart/form-data\r\nContent-Length: 5\r\n", "--b--", 400);
    free(body);
    end();
}

TEST(a_sink_takes_the_body_at_its_place)
{
    begin();
    struct reply r = ask("PUT /api/sink", "Content-Length: 5\r\n", "hello");
    CHECK_INT(r.status, 200);
    json_t *json = json_of(&r);
    CHECK_INT(json_integer_value(json_object_get(json, "bytes")), 5);
    CHECK_STR(text_at(json, "digest"), "LPJNul+wow4m6DsqxbninhsWHlwfp0JecwQzYpOLmCQ=");
    json_decref(json);
    drop(&r);
    char path[700];
    snprintf(path, sizeof path, "%s/sunk", folder);
    CHECK_INT(file_size(path), 8);
    /* announced too large; the disk is full */
    EXPECT_STATUS("PUT /api/sink", "Content-Length: 2000000\r\n", "", 413);
    CHECK(wait_for(&aborted, 1));
    EXPECT_STATUS("PUT /api/sink?full=1", "Content-Length: 5\r\n", "hello", 507);
    CHECK(wait_for(&aborted, 2));
    CHECK_INT(handled, 1);
    /* gone in the middle: what came is kept and told */
    struct client *c = client_open();
    put(c, "PUT /api/sink HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\nabcdefghijkl");
    for (int i = 0; file_size(path) != 15 && i < 1000; i++)
        usleep(2000);
    client_close(c);
    CHECK(wait_for(&aborted, 3));
    CHECK_INT(aborted_bytes, 12);
    CHECK_INT(file_size(path), 15);
    CHECK_INT(handled, 1);
    end();
}

TEST(a_hanging_body_can_be_cut)
{
    begin();
    char path[700];
    snprintf(path, sizeof path, "%s/sunk", folder);
    struct client *c = client_open();
    put(c, "PUT /api/sink?id=1 HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\nabc");
    for (int i = 0; file_size(path) != 6 && i < 1000; i++)
        usleep(2000);
    CHECK(!http_cut(http, "0123456789abcdef"));
    CHECK(http_cut(http, sink_id));
    CHECK(wait_for(&aborted, 1));
    CHECK(ended(c));
    CHECK(!http_cut(http, sink_id));
    client_close(c);
    end();
}

/* --- files */

TEST(ranges_of_files)
{
    static const struct {
        const char *range;
        int status;
        const char *content_range, *body;
    } cases[] = {
        {"bytes=0-3", 206, "bytes 0-3/10", "0123"},
        {"bytes=4-", 206, "bytes 4-9/10", "456789"},
        {"bytes=-3", 206, "bytes 7-9/10", "789"},
        {"bytes=-30", 206, "bytes 0-9/10", "0123456789"},
        {"bytes=9-9", 206, "bytes 9-9/10", "9"},
        {"bytes=5-99999999999999999999999", 206, "bytes 5-9/10", "56789"},
        {"bytes=10-", 416, "bytes */10", NULL},
        {"bytes=-0", 416, "bytes */10", NULL},
        {"bytes=3-2", 200, NULL, "0123456789"},
        {"bytes=0-1,3-4", 200, NULL, "0123456789"},
        {"bytes=a-b", 200, NULL, "0123456789"},
        {"lines=0-1", 200, NULL, "0123456789"},
        {"bytes=", 200, NULL, "0123456789"},
        {"bytes=--1", 200, NULL, "0123456789"},
    };
    begin();
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char headers[100];
        snprintf(headers, sizeof headers, "Range: %s\r\n", cases[i].range);
        struct reply r = ask("GET /static/a.txt", headers, "");
        CHECK_INT(r.status, cases[i].status);
        CHECK_STR(header(&r, "Content-Range"), cases[i].content_range);
        if (cases[i].body)
            CHECK_STR(r.body, cases[i].body);
        drop(&r);
    }
    end();
}

TEST(files_say_when_they_did_not_change)
{
    begin();
    struct reply r = ask("GET /static/a.txt", "", "");
    CHECK_INT(r.status, 200);
    CHECK_STR(header(&r, "Content-Type"), "text/plain; charset=utf-8");
    CHECK_STR(header(&r, "Cache-Control"), "max-age=60");
    CHECK_STR(header(&r, "Accept-Ranges"), "bytes");
    CHECK_STR(header(&r, "Access-Control-Allow-Origin"), "*");
    CHECK_STR(header(&r, "X-Content-Type-Options"), "nosniff");
    char etag[100], date[100], headers[300];
    snprintf(etag, sizeof etag, "%s", header(&r, "ETag"));
    snprintf(date, sizeof date, "%s", header(&r, "Last-Modified"));
    drop(&r);
    static const struct {
        const char *format;
        int status;
    } cases[] = {
        {"If-None-Match: %s\r\n", 304},
        {"If-None-Match: \"x\", W/%s\r\n", 304},
        {"If-None-Match: *\r\n", 304},
        {"If-None-Match: \"x\"\r\n", 200},
        {"If-None-Match: \"x\"\r\nIf-Modified-Since: %2$s\r\n", 200},
        {"If-Modified-Since: %2$s\r\n", 304},
        {"If-Modified-Since: Thu, 01 Jan 2015 00:00:00 GMT\r\n", 200},
        {"If-Modified-Since: yesterday\r\n", 200},
        {"Range: bytes=0-1\r\nIf-Range: %s\r\n", 206},
        {"Range: bytes=0-1\r\nIf-Range: %2$s\r\n", 206},
        {"Range: bytes=0-1\r\nIf-Range: \"x\"\r\n", 200},
        {"Range: bytes=0-1\r\nIf-Range: W/%s\r\n", 200},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
#pragma GCC diagnostic ignored "-Wformat-extra-args"
        snprintf(headers, sizeof headers, cases[i].format, etag, date);
#pragma GCC diagnostic pop
        r = ask("GET /static/a.txt", headers, "");
        if (r.status != cases[i].status)
            print_error("%s", headers);
        CHECK_INT(r.status, cases[i].status);
        CHECK_INT(r.bytes, r.status == 304 ? 0 : r.status == 206 ? 2 : 10);
        CHECK_STR(header(&r, "ETag"), etag);
        drop(&r);
    }
    end();
}

TEST(head_is_get_without_the_body)
{
    begin();
    static const char *const paths[] = {"/static/a.txt", "/api/ping", "/api/tell/1",
                                        "/api/virtual"};
    static const char *const lengths[] = {"10", "4", NULL, "18"};
    for (int i = 0; i < 4; i++) {
        struct client *c = client_open();
        char text[200];
        snprintf(text, sizeof text,
                 "HEAD %s HTTP/1.1\r\nHost: x\r\n\r\nGET /api/ping HTTP/1.1\r\nHost: x\r\n\r\n",
                 paths[i]);
        put(c, text);
        struct reply r = take_of(c, true);
        CHECK_INT(r.status, 200);
        if (lengths[i])
            CHECK_STR(header(&r, "Content-Length"), lengths[i]);
        drop(&r);
        r = take(c);
        CHECK_INT(r.status, 200);
        CHECK_STR(r.body, "pong");
        drop(&r);
        client_close(c);
    }
    end();
}

TEST(files_outside_and_other_things_are_not_found)
{
    begin();
    char path[700];
    snprintf(path, sizeof path, "%s/link", folder);
    CHECK(!symlink("/etc/passwd", path));
    snprintf(path, sizeof path, "%s/pipe", folder);
    CHECK(!mkfifo(path, 0600));
    file_make("empty", "");
    EXPECT_STATUS("GET /static/link", "", "", 404);
    EXPECT_STATUS("GET /static/pipe", "", "", 404);
    EXPECT_STATUS("GET /static/staging", "", "", 404);
    EXPECT_STATUS("GET /static/missing", "", "", 404);
    EXPECT_STATUS("GET /static/a.txt/x", "", "", 404);
    EXPECT_STATUS("GET /static/empty", "", "", 200);
    EXPECT_STATUS("GET /static/empty", "Range: bytes=0-\r\n", "", 416);
    struct reply r = ask("GET /static/a.txt?name=Se%C3%A1%20%22x%22.mp4", "", "");
    CHECK_STR(header(&r, "Content-Disposition"),
              "attachment; filename=\"Se__ _x_.mp4\"; filename*=UTF-8''Se%C3%A1%20%22x%22.mp4");
    drop(&r);
    end();
}

TEST(virtual_files_have_ranges_too)
{
    static const char whole[] = "HEAD2345abcdefghij";
    begin();
    struct reply r = ask("GET /api/virtual", "", "");
    CHECK_INT(r.status, 200);
    CHECK_STR(r.body, whole);
    CHECK_STR(header(&r, "Content-Type"), "video/mp4");
    drop(&r);
    int asked = 1;
    for (int from = 0; from < 18; from += 3)
        for (int to = from; to < 18; to += 4, asked++) {
            char headers[64], part[32];
            snprintf(headers, sizeof headers, "Range: bytes=%d-%d\r\n", from, to);
            snprintf(part, sizeof part, "%.*s", to - from + 1, whole + from);
            r = ask("GET /api/virtual", headers, "");
            CHECK_INT(r.status, 206);
            CHECK_STR(r.body, part);
            drop(&r);
        }
    EXPECT_STATUS("GET /api/virtual", "Range: bytes=18-\r\n", "", 416);
    EXPECT_STATUS("GET /api/virtual", "If-None-Match: \"v\"\r\n", "", 304);
    CHECK(wait_for(&released, asked + 2));
    end();
}

TEST(static_answers_come_in_the_form_asked_for)
{
    begin();
    struct reply r = ask("GET /api/ping", "Accept-Encoding: br, gzip\r\n", "");
    CHECK_STR(r.body, "squeezed");
    CHECK_STR(header(&r, "Content-Encoding"), "gzip");
    CHECK_STR(header(&r, "Vary"), "Accept-Encoding");
    drop(&r);
    r = ask("GET /api/ping", "Accept-Encoding: gzip;q=0, xgzip\r\n", "");
    CHECK_STR(r.body, "pong");
    CHECK_STR(header(&r, "X-Extra"), "yes");
    drop(&r);
    r = ask("GET /api/ping", "If-None-Match: \"one\"\r\n", "");
    CHECK_INT(r.status, 304);
    CHECK_STR(header(&r, "ETag"), "\"one\"");
    drop(&r);
    end();
}

TEST(large_text_is_compressed_for_those_who_can)
{
    begin();
    struct reply r = ask("GET /api/big", "Accept-Encoding: deflate, gzip;q=0.8\r\n", "");
    CHECK_INT(r.status, 200);
    CHECK_STR(header(&r, "Content-Encoding"), "gzip");
    CHECK(r.bytes < 1000);
    z_stream z = {.next_in = (Bytef *)r.body, .avail_in = (uInt)r.bytes};
    static char plain[30000];
    z.next_out = (Bytef *)plain;
    z.avail_out = sizeof plain;
    CHECK_INT(inflateInit2(&z, 31), Z_OK);
    CHECK_INT(inflate(&z, Z_FINISH), Z_STREAM_END);
    CHECK_INT(z.total_out, 20000);
    inflateEnd(&z);
    drop(&r);
    r = ask("GET /api/big", "", "");
    CHECK_INT(r.bytes, 20000);
    CHECK_STR(header(&r, "Vary"), "Accept-Encoding");
    drop(&r);
    end();
}

/* --- who asks */

TEST(only_trusted_proxies_speak_for_others)
{
    static const struct {
        const char *trusted, *forwarded, *want;
    } cases[] = {
        {NULL, "9.9.9.9", "127.0.0.1"},
        {"127.0.0.1", "9.9.9.9", "9.9.9.9"},
        {"10.0.0.0/8, 127.0.0.0/8", "1.1.1.1, 9.9.9.9, 10.1.2.3", "9.9.9.9"},
        {"127.0.0.1", "1.1.1.1, [2001:db8::1]:443", "2001:db8::1"},
        {"127.0.0.1", "1.1.1.1, unknown", "127.0.0.1"},
        {"127.0.0.1", "", "127.0.0.1"},
        {"8.8.8.8", "9.9.9.9", "127.0.0.1"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        begin_with((struct http_config){.trusted_proxies = cases[i].trusted});
        char headers[200];
        snprintf(headers, sizeof headers, "X-Forwarded-For: %s\r\n", cases[i].forwarded);
        struct reply r = ask("GET /api/tell/1", headers, "");
        json_t *json = json_of(&r);
        CHECK_STR(text_at(json, "address"), cases[i].want);
        json_decref(json);
        drop(&r);
        end();
    }
}

TEST(cookies_are_found)
{
    begin();
    struct reply r = ask("GET /api/tell/1", "Cookie: xsession=1; session=a=b; other=2\r\n", "");
    json_t *json = json_of(&r);
    CHECK_STR(text_at(json, "cookie"), "a=b");
    json_decref(json);
    drop(&r);
    end();
}

/* --- events */

static bool got(struct client *c, const char *text)
{
    if (!c->have)
        *c->data = 0;
    while (!strstr(c->data, text))
        if (!more(c))
            return false;
    return true;
}

TEST(events_wake_sleeping_streams)
{
    begin();
    struct client *c = client_open();
    put(c, "GET /api/events HTTP/1.1\r\nHost: x\r\n\r\n");
    CHECK(got(c, "text/event-stream"));
    CHECK(got(c, ":\n\n"));
    usleep(30000); /* asleep by now */
    int64_t start = monotonic_ms();
    for (int i = 0; i < 50; i++) {
        atomic_store(&events_left, 1);
        http_events_wake(http, 8); /* somebody else's */
        http_events_wake(http, 7);
        c->have = 0;
        CHECK(got(c, "data: 1\n\n"));
    }
    CHECK(monotonic_ms() - start < 10000);
    atomic_store(&events_left, -1);
    http_events_wake(http, 7);
    CHECK(got(c, "0\r\n\r\n"));
    CHECK(wait_for(&released, 1));
    client_close(c);
    end();
}

TEST(streams_end_with_their_client_or_the_server)
{
    begin();
    struct client *c[5];
    for (int i = 0; i < 5; i++) {
        c[i] = client_open();
        put(c[i], "GET /api/events HTTP/1.1\r\nHost: x\r\n\r\n");
        CHECK(got(c[i], ":\n\n"));
    }
    client_close(c[0]);
    CHECK(wait_for(&released, 1));
    int64_t start = monotonic_ms();
    http_close(http, 5000);
    CHECK(monotonic_ms() - start < 10000);
    http = NULL;
    CHECK_INT(released, 5);
    for (int i = 1; i < 5; i++) {
        CHECK(got(c[i], "0\r\n\r\n"));
        client_close(c[i]);
    }
    end();
}

static void *wake_often(void *arg)
{
    (void)arg;
    for (int i = 0; i < 3000; i++)
        http_events_wake(http, 7);
    return NULL;
}

TEST(wakes_from_many_threads_lose_nothing)
{
    begin();
    struct client *c[4];
    pthread_t threads[3];
    atomic_store(&events_left, 2000);
    for (int i = 0; i < 4; i++) {
        c[i] = client_open();
        put(c[i], "GET /api/events HTTP/1.1\r\nHost: x\r\n\r\n");
    }
    for (int i = 0; i < 3; i++)
        CHECK(!pthread_create(&threads[i], NULL, wake_often, NULL));
    for (int i = 0; i < 3; i++)
        pthread_join(threads[i], NULL);
    for (int i = 0; i < 1000 && events_left > 0; i++) {
        http_events_wake(http, 7);
        usleep(2000);
    }
    CHECK(events_left <= 0);
    for (int i = 0; i < 4; i++)
        client_close(c[i]);
    end();
}

/* --- load and closing */

TEST(more_than_the_queue_holds_is_refused)
{
    begin_with((struct http_config){.workers = 1, .queue_limit = 2});
    struct client *c[6];
    for (int i = 0; i < 3; i++) {
        c[i] = client_open();
        put(c[i], "GET /api/wait HTTP/1.1\r\nHost: x\r\n\r\n");
        if (!i)
            CHECK(wait_for(&running, 1));
    }
    for (int i = 0; http_stats(http).queued < 2 && i < 1000; i++)
        usleep(2000);
    for (int i = 3; i < 6; i++) {
        c[i] = client_open();
        put(c[i], "GET /api/wait HTTP/1.1\r\nHost: x\r\n\r\n");
        struct reply r = take(c[i]);
        CHECK_INT(r.status, 503);
        CHECK(header(&r, "Retry-After"));
        CHECK(strstr(r.body, "overloaded"));
        drop(&r);
    }
    EXPECT_STATUS("GET /api/ping", "", "", 200); /* fast ones need no worker */
    atomic_store(&gate, true);
    for (int i = 0; i < 6; i++) {
        if (i < 3) {
            struct reply r = take(c[i]);
            CHECK_INT(r.status, 200);
            drop(&r);
        }
        client_close(c[i]);
    }
    CHECK_INT(http_stats(http).limited, 3);
    end();
}

static void *open_gate(void *arg)
{
    (void)arg;
    usleep(200000);
    atomic_store(&gate, true);
    return NULL;
}

TEST(closing_lets_running_requests_finish)
{
    begin_with((struct http_config){.workers = 2});
    struct client *busy[2], *idle = client_open();
    for (int i = 0; i < 2; i++) {
        busy[i] = client_open();
        put(busy[i], "GET /api/wait HTTP/1.1\r\nHost: x\r\n\r\n");
    }
    CHECK(wait_for(&running, 2));
    pthread_t thread;
    CHECK(!pthread_create(&thread, NULL, open_gate, NULL));
    int64_t start = monotonic_ms();
    http_close(http, 5000);
    int64_t took = monotonic_ms() - start;
    http = NULL;
    pthread_join(thread, NULL);
    CHECK(took > 150 && took < 4500);
    for (int i = 0; i < 2; i++) {
        struct reply r = take(busy[i]);
        CHECK_INT(r.status, 200);
        CHECK_STR(r.body, "waited");
        drop(&r);
        client_close(busy[i]);
    }
    CHECK(ended(idle));
    client_close(idle);
    end();
}

/* One worker, four requests that wait for somebody else, of whom one client does not; and the
 * server stops meanwhile. */
TEST(requests_handed_over_keep_no_worker_and_are_answered_before_the_end)
{
    begin_with((struct http_config){.workers = 1});
    struct client *c[4];
    for (int i = 0; i < 4; i++) {
        c[i] = client_open();
        put(c[i], "GET /api/later HTTP/1.1\r\nHost: x\r\n\r\n");
        CHECK(wait_for(&running, i + 1));
    }
    EXPECT_STATUS("GET /api/tell/1", "", "", 200);
    client_close(c[3]);
    pthread_t thread;
    CHECK(!pthread_create(&thread, NULL, answer_parked, NULL));
    http_close(http, 150); /* also the time that is left to send the answers */
    http = NULL;
    pthread_join(thread, NULL);
    for (int i = 0; i < 3; i++) {
        struct reply r = take(c[i]);
        CHECK_INT(r.status, i == 1 ? 507 : 200);
        if (i != 1)
            CHECK_STR(r.body, "later");
        drop(&r);
        client_close(c[i]);
    }
    end();
}

TEST(closing_does_not_wait_for_a_paused_player)
{
    begin();
    char path[700];
    snprintf(path, sizeof path, "%s/large.mp4", folder);
    int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
    CHECK(!ftruncate(fd, 100 << 20));
    close(fd);
    struct client *c = client_open();
    put(c, "GET /static/large.mp4 HTTP/1.1\r\nHost: x\r\n\r\n");
    CHECK(more(c)); /* and reads no more */
    int64_t start = monotonic_ms();
    http_close(http, 60000);
    http = NULL;
    CHECK(monotonic_ms() - start < 10000);
    client_close(c);
    end();
}

TEST(closing_cancels_what_waits_too_long)
{
    begin_with((struct http_config){.workers = 1});
    struct client *c[3];
    for (int i = 0; i < 3; i++) {
        c[i] = client_open();
        put(c[i], "GET /api/wait HTTP/1.1\r\nHost: x\r\n\r\n");
        CHECK(wait_for(&running, 1));
    }
    for (int i = 0; http_stats(http).queued < 2 && i < 1000; i++)
        usleep(2000);
    struct client *half = client_open(); /* in the middle of its body */
    put(half, "PUT /api/sink HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\nabc");
    usleep(20000);
    pthread_t thread;
    CHECK(!pthread_create(&thread, NULL, open_gate, NULL));
    http_close(http, 50);
    http = NULL;
    pthread_join(thread, NULL);
    int done = 0, stopped = 0;
    for (int i = 0; i < 3; i++) {
        struct reply r = take(c[i]);
        done += r.status == 200;
        stopped += r.status == 503;
        drop(&r);
        client_close(c[i]);
    }
    CHECK_INT(done, 1);
    CHECK_INT(stopped, 2);
    client_close(half);
    end();
}

static atomic_bool stop_clients;
static atomic_int client_replies;

static void *busy_client(void *arg)
{
    unsigned seed = (unsigned)(uintptr_t)&arg;
    while (!atomic_load(&stop_clients)) {
        int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        struct sockaddr_in to = {.sin_family = AF_INET,
                                 .sin_port = htons((uint16_t)(uintptr_t)arg),
                                 .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
        struct timeval patience = {.tv_sec = 1};
        setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
        if (!connect(fd, (struct sockaddr *)&to, sizeof to)) {
            static const char *const asks[] = {
                "GET /api/tell/1 HTTP/1.1\r\nHost: x\r\n\r\n",
                "GET /api/events HTTP/1.1\r\nHost: x\r\n\r\n",
                "PUT /api/sink HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nabcde",
                "PUT /api/sink HTTP/1.1\r\nHost: x\r\nContent-Length: 50\r\n\r\nabcde",
                "GET /static/a.txt HTTP/1.1\r\nHost: x\r\n\r\n",
                "POST /api/refuse HTTP/1.1\r\nHost: x\r\nContent-Length: 5000000\r\n\r\nabc",
            };
            const char *text = asks[rand_r(&seed) % 6];
            char buffer[4096];
            if (send(fd, text, strlen(text), MSG_NOSIGNAL) > 0 && rand_r(&seed) % 3 &&
                recv(fd, buffer, sizeof buffer, 0) > 0)
                atomic_fetch_add(&client_replies, 1);
        }
        close(fd);
    }
    return NULL;
}

TEST(closing_under_load_leaves_nothing)
{
    for (int round = 0; round < 5; round++) {
        begin();
        pthread_t threads[6];
        atomic_store(&stop_clients, false);
        for (int i = 0; i < 6; i++)
            CHECK(!pthread_create(&threads[i], NULL, busy_client,
                                  (void *)(uintptr_t)http_port(http)));
        usleep(150000);
        http_close(http, round % 2 ? 0 : 200);
        http = NULL;
        atomic_store(&stop_clients, true);
        for (int i = 0; i < 6; i++)
            pthread_join(threads[i], NULL);
        CHECK_INT(files_in(staging), 0);
        end();
    }
    CHECK(client_replies > 50);
}

TEST(an_address_in_use_is_said)
{
    begin();
    char listen[64];
    snprintf(listen, sizeof listen, "127.0.0.1:%d", http_port(http));
    struct http_config other = config;
    other.listen = listen;
    struct http *second;
    CHECK_ERR(http_open(&other, &second), SETTING_INVALID);
    other.listen = "nonsense";
    CHECK_ERR(http_open(&other, &second), SETTING_INVALID);
    other.listen = "[::1]:0";
    struct err e = http_open(&other, &second);
    if (!e.id) { /* machines without IPv6 exist */
        CHECK(http_port(second) > 0);
        http_close(second, 0);
    }
    end();
}

int main(void)
{
    int failed = test_main(__FILE__);
    static_body_release(&pong);
    return failed;
}
