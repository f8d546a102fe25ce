/* server.c — opening and closing: the listening socket, libmicrohttpd's threads, our own. */
#include "base/clock.h"
#include "base/log.h"
#include "server/http/exchange.h"

#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum {
    /* For each connection, idle ones too: what headers may take (larger ones are answered 431),
     * and the pieces bodies are read in. Twice as much makes uploads no quicker. */
    CONNECTION_MEMORY = 32 << 10,
    BACKLOG = 1024,
    FLUSH_MS = 1000, /* for answers that were ready when the server stopped */
};

static struct err listen_at(const char *where, int *out, int *port)
{
    char host[128], service[16];
    const char *colon = strrchr(where, ':');
    if (!colon || (size_t)(colon - where) >= sizeof host)
        return FAIL(SETTING_INVALID, "listen: address:port is expected");
    size_t n = (size_t)(colon - where);
    bool bracketed = n >= 2 && where[0] == '[' && where[n - 1] == ']';
    snprintf(host, sizeof host, "%.*s", (int)(bracketed ? n - 2 : n), where + bracketed);
    snprintf(service, sizeof service, "%s", colon + 1);
    struct addrinfo hints = {.ai_family = AF_UNSPEC,
                             .ai_socktype = SOCK_STREAM,
                             .ai_flags = AI_PASSIVE | AI_NUMERICSERV};
    struct addrinfo *found = NULL;
    if (getaddrinfo(*host && strcmp(host, "*") ? host : NULL, service, &hints, &found))
        return FAIL(SETTING_INVALID, "listen: no such address");
    int fd = socket(found->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    int on = 1;
    struct sockaddr_storage bound;
    socklen_t bound_bytes = sizeof bound;
    bool ready = fd >= 0 && !setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) &&
                 !bind(fd, found->ai_addr, found->ai_addrlen) && !listen(fd, BACKLOG) &&
                 !getsockname(fd, (struct sockaddr *)&bound, &bound_bytes);
    int number = errno;
    freeaddrinfo(found);
    if (!ready) {
        if (fd >= 0)
            close(fd);
        return number == EADDRINUSE ? FAIL(SETTING_INVALID, "listen: the address is in use")
                                    : FAIL(SETTING_INVALID, "listen: cannot listen there");
    }
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on); /* accepted sockets inherit it */
    *port = bound.ss_family == AF_INET6 ? ntohs(((struct sockaddr_in6 *)&bound)->sin6_port)
                                        : ntohs(((struct sockaddr_in *)&bound)->sin_port);
    *out = fd;
    return OK;
}

static size_t keep_escapes(void *cls, struct MHD_Connection *mhd, char *text)
{
    (void)cls;
    (void)mhd;
    return strlen(text);
}

static void on_mhd_log(void *cls, const char *format, va_list args)
{
    (void)cls;
    if (!log_enabled(LOG_DEBUG))
        return;
    char line[512];
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
    vsnprintf(line, sizeof line, format, args);
#pragma GCC diagnostic pop
    line[strcspn(line, "\n")] = 0;
    log_debug("microhttpd", "message=%s", LOG_QUOTE(line));
}

static struct err daemon_start(struct http *h)
{
    const struct http_config *config = &h->config;
    int threads = config->event_threads > 0 ? config->event_threads : 1;
    struct MHD_OptionItem pool[] = {
        {MHD_OPTION_THREAD_POOL_SIZE, threads, NULL},
        {MHD_OPTION_END, 0, NULL},
    };
    int limit = config->connection_limit > 0 ? config->connection_limit : 2000;
    h->daemon = MHD_start_daemon(
        MHD_USE_EPOLL_INTERNAL_THREAD | MHD_ALLOW_SUSPEND_RESUME | MHD_USE_ERROR_LOG, 0,
        on_accept, h, on_access, h, MHD_OPTION_EXTERNAL_LOGGER, on_mhd_log, NULL,
        MHD_OPTION_LISTEN_SOCKET, h->listen_fd, MHD_OPTION_CONNECTION_LIMIT,
        (unsigned)(limit > threads ? limit : threads), MHD_OPTION_CONNECTION_TIMEOUT,
        (unsigned)(config->timeout_s > 0 ? config->timeout_s : 60),
        MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)CONNECTION_MEMORY,
        MHD_OPTION_UNESCAPE_CALLBACK, keep_escapes, NULL, MHD_OPTION_URI_LOG_CALLBACK, on_uri,
        h, MHD_OPTION_NOTIFY_COMPLETED, on_completed, h, MHD_OPTION_NOTIFY_CONNECTION,
        on_connection, h, MHD_OPTION_ARRAY, threads > 1 ? pool : pool + 1, MHD_OPTION_END);
    if (!h->daemon)
        return FAIL(INTERNAL, "libmicrohttpd did not start");
    h->listen_fd = -1; /* MHD_stop_daemon closes it */
    return OK;
}

static struct err parts_open(struct http *h)
{
    TRY(listen_at(h->config.listen, &h->listen_fd, &h->port));
    TRY(pool_open(h, &h->pool));
    TRY(connections_open(h, &h->open));
    return daemon_start(h);
}

struct err http_open(const struct http_config *config, struct http **out)
{
    struct http *h = *out = calloc(1, sizeof *h);
    if (!h)
        abort();
    h->config = *config;
    h->listen_fd = -1;
    h->routes = routes_open(config->routes);
    h->trusted = networks_open(config->trusted_proxies);
    h->hub = hub_open();
    struct err e = parts_open(h);
    if (e.id) {
        http_close(h, 0);
        *out = NULL;
    }
    return e;
}

int http_port(struct http *h)
{
    return h->port;
}

static void pause_ms(int64_t ms)
{
    struct timespec t = {.tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000};
    nanosleep(&t, NULL);
}

static void wait_for_none(atomic_int_fast64_t *count, int64_t until_ms)
{
    while (atomic_load(count) && monotonic_ms() < until_ms)
        pause_ms(5);
}

void http_close(struct http *h, int64_t grace_ms)
{
    if (!h)
        return;
    int64_t until = monotonic_ms() + grace_ms;
    atomic_store(&h->stopping, true);
    hub_end_all(h->hub);
    if (h->daemon)
        wait_for_none(&h->active, until); /* on_accept takes nobody from here on */
    if (h->pool)
        pool_drain(h->pool, until);
    if (h->daemon) {
        until = monotonic_ms() + (grace_ms < FLUSH_MS ? grace_ms : FLUSH_MS);
        wait_for_none(&h->active, until);
        wait_for_none(&h->sending, until);
        MHD_stop_daemon(h->daemon);
    }
    pool_close(h->pool);
    connections_close(h->open);
    if (h->listen_fd >= 0)
        close(h->listen_fd);
    hub_close(h->hub);
    routes_close(h->routes);
    networks_close(h->trusted);
    free(h);
}

struct http_stats http_stats(struct http *h)
{
    return (struct http_stats){
        .requests = atomic_load(&h->requests),
        .bytes_received = atomic_load(&h->bytes_received),
        .connections = atomic_load(&h->connections),
        .queued = pool_waiting(h->pool),
        .errors_4xx = atomic_load(&h->errors_4xx),
        .errors_5xx = atomic_load(&h->errors_5xx),
        .limited = atomic_load(&h->limited),
    };
}
