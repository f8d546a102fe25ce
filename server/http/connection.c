/* connection.c — the open connections: limits by address, dawdlers, lingering closes. */
#include "base/clock.h"
#include "server/http/exchange.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

enum {
    COUNT_BUCKETS = 1024,
    LINGER_SLOTS = 64,
    LINGER_MS = 10000,
    LINGER_BYTES = 256 << 20,
    LINGER_TICK_MS = 20,
    TICK_MS = 250,
    HUB_TICKS = 4,
};

struct address_count { /* connections by address */
    struct address_count *next;
    char address[64];
    int count;
};

struct connections {
    /* --- fixed after open */
    struct http *http;
    pthread_t ticker;
    bool ticking;
    /* --- protected by lock */
    pthread_mutex_t lock;
    pthread_cond_t wake;
    struct connection *list;
    struct address_count *counts[COUNT_BUCKETS];
    struct lingering {
        int fd;
        int64_t until_ms, left;
    } lingering[LINGER_SLOTS];
    int lingering_count;
    bool stop;
};

struct connection *connection_of(struct MHD_Connection *c)
{
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(c, MHD_CONNECTION_INFO_SOCKET_CONTEXT);
    return info ? info->socket_context : NULL;
}

static struct address_count **count_place(struct connections *all, const char *address)
{
    uint32_t hash = 2166136261u;
    for (const char *p = address; *p; p++)
        hash = (hash ^ (unsigned char)*p) * 16777619u;
    struct address_count **place = &all->counts[hash % COUNT_BUCKETS];
    while (*place && strcmp((*place)->address, address))
        place = &(*place)->next;
    return place;
}

static void connection_add(struct connections *all, struct connection *c)
{
    pthread_mutex_lock(&all->lock);
    c->next = all->list;
    if (c->next)
        c->next->prev = c;
    all->list = c;
    struct address_count **place = count_place(all, c->address);
    if (!*place) {
        *place = calloc(1, sizeof **place);
        if (!*place)
            abort();
        memcpy((*place)->address, c->address, sizeof c->address);
    }
    (*place)->count++;
    pthread_mutex_unlock(&all->lock);
}

/* Keeps the socket open a while after libmicrohttpd closed it, and reads what still comes: a
 * reset would take the answer away from a client that is busy sending. */
static void linger(struct connections *all, int fd) /* with the lock */
{
    if (all->lingering_count == LINGER_SLOTS || all->stop)
        return;
    int copy = fcntl(fd, F_DUPFD_CLOEXEC, 0);
    if (copy < 0)
        return;
    all->lingering[all->lingering_count++] =
        (struct lingering){copy, monotonic_ms() + LINGER_MS, LINGER_BYTES};
    pthread_cond_signal(&all->wake);
}

static void connection_remove(struct connections *all, struct connection *c)
{
    pthread_mutex_lock(&all->lock);
    if (c->prev)
        c->prev->next = c->next;
    else
        all->list = c->next;
    if (c->next)
        c->next->prev = c->prev;
    struct address_count **place = count_place(all, c->address);
    if (*place && !--(*place)->count) {
        struct address_count *gone = *place;
        *place = gone->next;
        free(gone);
    }
    if (c->linger)
        linger(all, c->fd);
    pthread_mutex_unlock(&all->lock);
}

void on_connection(void *cls, struct MHD_Connection *mhd, void **slot,
                   enum MHD_ConnectionNotificationCode code)
{
    struct http *h = cls;
    struct connection *c = *slot;
    if (code == MHD_CONNECTION_NOTIFY_CLOSED) {
        if (c) {
            connection_remove(h->open, c);
            atomic_fetch_sub(&h->connections, 1);
        }
        free(c);
        *slot = NULL;
        return;
    }
    *slot = c = calloc(1, sizeof *c);
    if (!c)
        abort();
    c->http = h;
    c->fd = MHD_get_connection_info(mhd, MHD_CONNECTION_INFO_CONNECTION_FD)->connect_fd;
    const struct sockaddr *peer =
        MHD_get_connection_info(mhd, MHD_CONNECTION_INFO_CLIENT_ADDRESS)->client_addr;
    address_text(peer, c->address);
    c->proxy = networks_have(h->trusted, peer);
    atomic_store(&c->head_since_ms, monotonic_ms());
    connection_add(h->open, c);
    atomic_fetch_add(&h->connections, 1);
}

/* Too many connections from one address? Trusted proxies speak for many. Nobody at all is let
 * in while closing: MHD_quiesce_daemon of 0.9.75 panics when its threads notice at the same
 * time. */
enum MHD_Result on_accept(void *cls, const struct sockaddr *peer, socklen_t bytes)
{
    (void)bytes;
    struct http *h = cls;
    struct connections *all = h->open;
    int limit = h->config.connections_per_address;
    if (atomic_load(&h->stopping))
        return MHD_NO;
    if (limit <= 0 || networks_have(h->trusted, peer))
        return MHD_YES;
    char address[64];
    address_text(peer, address);
    pthread_mutex_lock(&all->lock);
    struct address_count *count = *count_place(all, address);
    bool full = count && count->count >= limit;
    pthread_mutex_unlock(&all->lock);
    if (full)
        atomic_fetch_add(&h->limited, 1);
    return full ? MHD_NO : MHD_YES;
}

void connection_wants_body(struct connection *c, const char *request_id)
{
    struct connections *all = c->http->open;
    pthread_mutex_lock(&all->lock);
    memcpy(c->body_of, request_id, sizeof c->body_of);
    pthread_mutex_unlock(&all->lock);
    atomic_store(&c->wants_body, true);
}

bool http_cut(struct http *http, const char *request_id)
{
    struct connections *all = http->open;
    bool found = false;
    pthread_mutex_lock(&all->lock);
    for (struct connection *c = all->list; c && !found; c = c->next) {
        found = atomic_load(&c->wants_body) && !strcmp(c->body_of, request_id);
        if (found)
            shutdown(c->fd, SHUT_RDWR);
    }
    pthread_mutex_unlock(&all->lock);
    return found;
}

/* --- the ticker */

/* The client closed its side and everything it sent was read, so the rest of the body cannot
 * come. libmicrohttpd misses that when the end arrives together with the last bytes (it waits
 * for another edge from epoll), and would keep the upload open until its timeout. */
static bool deaf(const struct connection *c)
{
    int unread = 0;
    struct pollfd p = {.fd = c->fd, .events = POLLRDHUP};
    return poll(&p, 1, 0) == 1 && p.revents & (POLLRDHUP | POLLHUP | POLLERR) &&
           !ioctl(c->fd, FIONREAD, &unread) && !unread;
}

/* Ends clients that send their request line and headers drop by drop (libmicrohttpd's own
 * timeout only sees silence), and those that are gone. */
static void dawdlers_close(struct connections *all, int64_t now, int64_t head_ms)
{
    for (struct connection *c = all->list; c; c = c->next) {
        int64_t since = atomic_load(&c->head_since_ms);
        bool late = since && now - since > head_ms;
        c->deaf_ticks = atomic_load(&c->wants_body) && deaf(c) ? c->deaf_ticks + 1 : 0;
        if (late || c->deaf_ticks > 1)
            shutdown(c->fd, SHUT_RDWR);
    }
}

/* False: this one is done. MSG_TRUNC throws the bytes away inside the kernel. */
static bool lingering_read(struct lingering *l, int64_t now)
{
    for (;;) {
        ssize_t n = recv(l->fd, NULL, 1 << 20, MSG_DONTWAIT | MSG_TRUNC);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return (errno == EAGAIN || errno == EWOULDBLOCK) && now < l->until_ms;
        l->left -= n;
        if (!n || l->left < 0)
            return false;
    }
}

static void lingering_run(struct connections *all, int64_t now)
{
    for (int i = 0; i < all->lingering_count;) {
        if (lingering_read(&all->lingering[i], now)) {
            i++;
            continue;
        }
        close(all->lingering[i].fd);
        all->lingering[i] = all->lingering[--all->lingering_count];
    }
}

static void *ticker_main(void *arg)
{
    struct connections *all = arg;
    struct http *h = all->http;
    int64_t head_ms = (int64_t)(h->config.timeout_s > 0 ? h->config.timeout_s : 60) * 2000;
    int64_t next_ms = monotonic_ms() + TICK_MS;
    unsigned ticks = 0;
    pthread_mutex_lock(&all->lock);
    while (!all->stop) {
        int64_t until = all->lingering_count ? monotonic_ms() + LINGER_TICK_MS : next_ms;
        struct timespec t = {.tv_sec = until / 1000, .tv_nsec = until % 1000 * 1000000};
        pthread_cond_timedwait(&all->wake, &all->lock, &t);
        int64_t now = monotonic_ms();
        lingering_run(all, now);
        if (now < next_ms)
            continue;
        next_ms = now + TICK_MS;
        dawdlers_close(all, now, head_ms);
        pthread_mutex_unlock(&all->lock);
        if (++ticks % HUB_TICKS == 0)
            hub_tick(h->hub, now);
        pthread_mutex_lock(&all->lock);
    }
    pthread_mutex_unlock(&all->lock);
    return NULL;
}

struct err connections_open(struct http *h, struct connections **out)
{
    struct connections *all = *out = calloc(1, sizeof *all);
    if (!all)
        abort();
    all->http = h;
    pthread_mutex_init(&all->lock, NULL);
    pthread_condattr_t attr;
    pthread_condattr_init(&attr);
    pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
    pthread_cond_init(&all->wake, &attr);
    pthread_condattr_destroy(&attr);
    all->ticking = !pthread_create(&all->ticker, NULL, ticker_main, all);
    return all->ticking ? OK : FAIL(INTERNAL, "a thread did not start");
}

void connections_close(struct connections *all)
{
    if (!all)
        return;
    pthread_mutex_lock(&all->lock);
    all->stop = true;
    pthread_cond_signal(&all->wake);
    pthread_mutex_unlock(&all->lock);
    if (all->ticking)
        pthread_join(all->ticker, NULL);
    for (int i = 0; i < all->lingering_count; i++)
        close(all->lingering[i].fd);
    pthread_mutex_destroy(&all->lock);
    pthread_cond_destroy(&all->wake);
    free(all);
}
