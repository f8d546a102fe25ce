/* inbox_load.c — for bench.mjs: signs many activities beforehand, then sends them to an inbox
 * as fast as it answers, and says how fast that was.
 *
 *   inbox_load PORT KEY.pem COUNT SIGNERS CONNECTIONS VIDEO
 *
 * When all is signed it says "signed", and sends after a line on stdin.
 *
 * COUNT distinct activities, Likes and Creates of comments by turns, of SIGNERS actors
 * https://peerN.example/users/u with one key, which the caller has put into the database; all
 * about the video with the id VIDEO. Keep-alive, one request at a time on each connection. One
 * JSON line goes to stdout:
 *
 *   {"answered": 20000, "wrong": 0, "seconds": 1.9, "cpu": 0.2, "p50_ms": 2.9, "p99_ms": 6.1}
 */
#include "base/arena.h"
#include "server/activitypub/httpsig.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { THREADS = 2, CONNECTIONS_MAX = 1024, ANSWER_MAX = 8192 };

struct text {
    char *bytes;
    size_t length;
};

struct load { /* fixed once the requests are signed */
    int port, signers, connections;
    size_t count;
    const char *video;
    struct key *key;
    struct text *requests;
    double *ms; /* how long each took */
};

struct line { /* a connection and the request that is on it */
    int fd;
    bool busy;
    size_t request, sent, got;
    double since;
    char answer[ANSWER_MAX];
};

static double clock_s(clockid_t clock)
{
    struct timespec t;
    clock_gettime(clock, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void give_up(const char *what)
{
    perror(what);
    exit(1);
}

/* --- what is sent --------------------------------------------------------------------------
 */

static const char *like(struct arena *a, const struct load *l, const char *actor, size_t n)
{
    return arena_printf(
        a,
        "{\"@context\":\"https://www.w3.org/ns/activitystreams\",\"id\":"
        "\"%s#likes/%zu\",\"type\":\"Like\",\"actor\":\"%s\",\"object\":\"%s\"}",
        actor, n, actor, l->video);
}

static const char *comment(struct arena *a, const struct load *l, const char *actor, size_t n)
{
    const char *id = arena_printf(a, "%s/statuses/%zu", actor, n);
    const char *about =
        arena_printf(a,
                     "\"published\":\"2026-01-04T12:00:00Z\",\"to\":[\"https://www.w3.org/ns/"
                     "activitystreams#Public\"],\"cc\":[\"%s/followers\",\"%s\"]",
                     actor, l->video);
    return arena_printf(
        a,
        "{\"@context\":[\"https://www.w3.org/ns/activitystreams\",{\"ostatus\":\"http://"
        "ostatus.org#\",\"atomUri\":\"ostatus:atomUri\",\"sensitive\":\"as:sensitive\"}],"
        "\"id\":\"%s/activity\",\"type\":\"Create\",\"actor\":\"%s\",%s,\"object\":{\"id\":"
        "\"%s\",\"type\":\"Note\",\"summary\":null,\"inReplyTo\":\"%s\",\"url\":\"%s\","
        "\"attributedTo\":\"%s\",%s,\"sensitive\":false,\"atomUri\":\"%s\",\"content\":"
        "\"<p>This is answer number %zu, and it says <a href=\\\"https://peer.example/\\\">a "
        "little more</a> than that it was seen.</p>\",\"attachment\":[],\"tag\":[]}}",
        id, actor, about, id, l->video, id, actor, about, id, n);
}

static void make_request(const struct load *l, size_t n, struct text *out)
{
    SCOPED_ARENA struct arena *a = arena_open();
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    const char *actor =
        arena_printf(a, "https://peer%zu.example/users/u", n % (size_t)l->signers);
    const char *body =
        n / (size_t)l->signers % 2 ? comment(a, l, actor, n) : like(a, l, actor, n);
    const char *host = arena_printf(a, "localhost:%d", l->port);
    struct outgoing o = {.method = "POST",
                         .scheme = "http",
                         .host = host,
                         .target = "/inbox",
                         .content_type = "application/activity+json",
                         .body = body,
                         .body_bytes = strlen(body)};
    struct signed_headers headers;
    if (httpsig_sign(a, HTTPSIG_CAVAGE, &o, l->key, arena_printf(a, "%s#main-key", actor),
                     now.tv_sec * INT64_C(1000), &headers)
            .id)
        give_up("signing");
    const char *lines = "";
    for (size_t i = 0; i < headers.count; i++)
        lines =
            arena_printf(a, "%s%s: %s\r\n", lines, headers.list[i].name, headers.list[i].value);
    const char *all = arena_printf(
        a,
        "POST /inbox HTTP/1.1\r\nHost: %s\r\nUser-Agent: bench\r\nContent-Type: %s\r\n"
        "%sContent-Length: %zu\r\n\r\n%s",
        host, o.content_type, lines, o.body_bytes, body);
    out->length = strlen(all);
    out->bytes = strdup(all);
    if (!out->bytes)
        give_up("memory");
}

struct part {
    struct load *load;
    size_t from;
};

static void *sign_part(void *arg)
{
    struct part *p = arg;
    for (size_t n = p->from; n < p->load->count; n += THREADS)
        make_request(p->load, n, &p->load->requests[n]);
    return NULL;
}

static void sign_all(struct load *l)
{
    pthread_t threads[THREADS];
    struct part parts[THREADS];
    for (size_t i = 0; i < THREADS; i++) {
        parts[i] = (struct part){l, i};
        if (pthread_create(&threads[i], NULL, sign_part, &parts[i]))
            give_up("a thread");
    }
    for (size_t i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
}

/* --- sending -------------------------------------------------------------------------------
 */

static int dial(int port)
{
    struct sockaddr_in to = {.sin_family = AF_INET,
                             .sin_port = htons((uint16_t)port),
                             .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int on = 1, fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0 || connect(fd, (struct sockaddr *)&to, sizeof to) ||
        setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on) ||
        fcntl(fd, F_SETFL, O_NONBLOCK))
        give_up("connecting");
    return fd;
}

/* A request is far smaller than a socket's buffer: it goes out in one piece. */
static void next_request(struct load *l, struct line *c, size_t *next)
{
    c->busy = *next < l->count;
    if (!c->busy)
        return;
    c->request = (*next)++;
    c->got = 0;
    c->since = clock_s(CLOCK_MONOTONIC);
    const struct text *t = &l->requests[c->request];
    if (send(c->fd, t->bytes, t->length, MSG_NOSIGNAL) != (ssize_t)t->length)
        give_up("sending");
}

/* True when the whole answer is there. */
static bool answered(struct line *c, bool *accepted)
{
    ssize_t n = recv(c->fd, c->answer + c->got, ANSWER_MAX - 1 - c->got, 0);
    if (n < 0 && errno == EAGAIN)
        return false;
    if (n <= 0)
        give_up("an answer");
    c->got += (size_t)n;
    c->answer[c->got] = 0;
    const char *end = strstr(c->answer, "\r\n\r\n");
    if (!end)
        return false;
    const char *length = strcasestr(c->answer, "\r\ncontent-length:");
    size_t body = length && length < end ? strtoul(length + 17, NULL, 10) : 0;
    if (c->got < (size_t)(end + 4 - c->answer) + body)
        return false;
    *accepted = !strncmp(c->answer, "HTTP/1.1 202 ", 13);
    return true;
}

/* Answers how many were not accepted; the first of those is shown. */
static size_t send_all(struct load *l)
{
    static struct line lines[CONNECTIONS_MAX];
    struct epoll_event events[64];
    size_t next = 0, done = 0, wrong = 0;
    int all = epoll_create1(EPOLL_CLOEXEC);
    for (int i = 0; i < l->connections; i++) {
        lines[i].fd = dial(l->port);
        struct epoll_event e = {.events = EPOLLIN, .data.ptr = &lines[i]};
        if (epoll_ctl(all, EPOLL_CTL_ADD, lines[i].fd, &e))
            give_up("epoll");
    }
    for (int i = 0; i < l->connections; i++)
        next_request(l, &lines[i], &next);
    while (done < l->count) {
        int n = epoll_wait(all, events, 64, 30000);
        if (n <= 0)
            give_up("waiting");
        for (int i = 0; i < n; i++) {
            struct line *c = events[i].data.ptr;
            bool accepted;
            if (!c->busy || !answered(c, &accepted))
                continue;
            l->ms[c->request] = (clock_s(CLOCK_MONOTONIC) - c->since) * 1000;
            if (!accepted && !wrong++)
                fprintf(stderr, "%s\n", c->answer);
            done++;
            next_request(l, c, &next);
        }
    }
    return wrong;
}

static int by_size(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static struct key *read_key(const char *path)
{
    static char pem[16384];
    struct key *key;
    FILE *f = fopen(path, "re");
    if (!f || !fread(pem, 1, sizeof pem - 1, f) || key_read(pem, &key).id)
        give_up(path);
    fclose(f);
    return key;
}

int main(int argc, char **argv)
{
    if (argc != 7) {
        fprintf(stderr, "usage: inbox_load PORT KEY.pem COUNT SIGNERS CONNECTIONS VIDEO\n");
        return 2;
    }
    struct load l = {.port = atoi(argv[1]),
                     .key = read_key(argv[2]),
                     .count = strtoul(argv[3], NULL, 10),
                     .signers = atoi(argv[4]),
                     .connections = atoi(argv[5]),
                     .video = argv[6]};
    if (l.count < 1 || l.signers < 1 || l.connections < 1 || l.connections > CONNECTIONS_MAX)
        return 2;
    l.requests = calloc(l.count, sizeof *l.requests);
    l.ms = calloc(l.count, sizeof *l.ms);
    if (!l.requests || !l.ms)
        give_up("memory");
    sign_all(&l);
    puts("signed");
    fflush(stdout);
    getchar();
    double started = clock_s(CLOCK_MONOTONIC), cpu = clock_s(CLOCK_PROCESS_CPUTIME_ID);
    size_t wrong = send_all(&l);
    double seconds = clock_s(CLOCK_MONOTONIC) - started;
    cpu = clock_s(CLOCK_PROCESS_CPUTIME_ID) - cpu;
    qsort(l.ms, l.count, sizeof *l.ms, by_size);
    printf("{\"answered\":%zu,\"wrong\":%zu,\"seconds\":%.3f,\"cpu\":%.3f,\"p50_ms\":%.3f,"
           "\"p99_ms\":%.3f}\n",
           l.count, wrong, seconds, cpu, l.ms[l.count / 2], l.ms[l.count * 99 / 100]);
    return wrong != 0;
}
