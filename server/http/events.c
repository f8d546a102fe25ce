/* events.c — server-sent events: streams that sleep until their topic wakes.
 *
 * A stream with nothing to say is suspended inside its content reader; http_events_wake and
 * the heartbeat resume it. Whether it sleeps is decided under the hub's lock, so a wake between
 * "nothing new" and falling asleep is not lost. libmicrohttpd's suspend and resume are called
 * with that lock held: they only move the connection between lists and never call back.
 */
#include "base/clock.h"
#include "server/http/exchange.h"

#include <poll.h>
#include <stdlib.h>
#include <string.h>

enum { BUCKETS = 256, HEARTBEAT_MS = 15000, BLOCK = 4096 };

struct stream {
    /* --- fixed */
    struct hub *hub;
    struct MHD_Connection *connection;
    int fd; /* of the connection */
    struct event_source source;
    /* --- its event thread only */
    struct arena *arena; /* holds `text` */
    const char *text;
    size_t at, bytes;
    bool last; /* `source` said so */
    /* --- protected by hub->lock */
    struct stream *next, *prev;
    int64_t beat_ms;
    bool asleep, woken, gone;
};

struct hub {
    atomic_int count; /* of streams: waking without listeners takes no lock */
    pthread_mutex_t lock;
    struct stream *buckets[BUCKETS]; /* --- protected by lock */
    bool ending;
};

struct hub *hub_open(void)
{
    struct hub *hub = calloc(1, sizeof *hub);
    if (!hub)
        abort();
    pthread_mutex_init(&hub->lock, NULL);
    return hub;
}

void hub_close(struct hub *hub)
{
    if (!hub)
        return;
    pthread_mutex_destroy(&hub->lock);
    free(hub);
}

static struct stream **bucket_of(struct hub *hub, uint64_t topic)
{
    return &hub->buckets[(topic * 0x9e3779b97f4a7c15u) >> 56];
}

static void rouse(struct stream *s) /* with the lock */
{
    s->woken = true;
    if (s->asleep) {
        s->asleep = false;
        MHD_resume_connection(s->connection);
    }
}

void http_events_wake(struct http *http, uint64_t topic)
{
    struct hub *hub = http ? http->hub : NULL;
    if (!hub || !atomic_load(&hub->count))
        return;
    pthread_mutex_lock(&hub->lock);
    for (struct stream *s = *bucket_of(hub, topic); s; s = s->next)
        if (s->source.topic == topic)
            rouse(s);
    pthread_mutex_unlock(&hub->lock);
}

/* A browser that reads events never closes only its own half. */
static bool hung_up(const struct stream *s)
{
    struct pollfd p = {.fd = s->fd, .events = POLLRDHUP};
    return poll(&p, 1, 0) == 1 && p.revents;
}

void hub_tick(struct hub *hub, int64_t now)
{
    if (!atomic_load(&hub->count))
        return;
    pthread_mutex_lock(&hub->lock);
    for (size_t i = 0; i < BUCKETS; i++)
        for (struct stream *s = hub->buckets[i]; s; s = s->next) {
            if (!s->asleep) /* libmicrohttpd looks at the socket itself */
                continue;
            s->gone = hung_up(s);
            if (s->gone || now >= s->beat_ms)
                rouse(s);
        }
    pthread_mutex_unlock(&hub->lock);
}

void hub_end_all(struct hub *hub)
{
    pthread_mutex_lock(&hub->lock);
    hub->ending = true;
    for (size_t i = 0; i < BUCKETS; i++)
        for (struct stream *s = hub->buckets[i]; s; s = s->next)
            rouse(s);
    pthread_mutex_unlock(&hub->lock);
}

/* What to do when `next` had nothing: 's'leep (done already), 'a'gain, 'b'eat, 'e'nd. */
static char idle(struct stream *s, int64_t now)
{
    struct hub *hub = s->hub;
    char what = 'a';
    pthread_mutex_lock(&hub->lock);
    if (hub->ending || s->gone) {
        what = 'e';
    } else if (now >= s->beat_ms) {
        s->beat_ms = now + HEARTBEAT_MS;
        what = 'b';
    } else if (!s->woken) {
        s->asleep = true;
        MHD_suspend_connection(s->connection);
        what = 's';
    }
    s->woken = false;
    pthread_mutex_unlock(&hub->lock);
    return what;
}

static void text_set(struct stream *s, const char *text)
{
    s->text = text;
    s->at = 0;
    s->bytes = text ? strlen(text) : 0;
}

static ssize_t stream_reader(void *cls, uint64_t position, char *to, size_t room)
{
    struct stream *s = cls;
    if (!position && !s->text)
        text_set(s, ":\n\n"); /* the headers go out at once */
    while (s->at == s->bytes) {
        arena_close(s->arena);
        s->arena = NULL;
        text_set(s, NULL);
        if (s->last)
            return MHD_CONTENT_READER_END_OF_STREAM;
        s->arena = arena_open();
        text_set(s, s->source.next(s->source.state, s->arena, &s->last));
        if (s->bytes || s->last)
            continue;
        switch (idle(s, monotonic_ms())) {
        case 's': return 0;
        case 'e': return MHD_CONTENT_READER_END_OF_STREAM;
        case 'b': text_set(s, ":\n\n"); break;
        default: break;
        }
    }
    size_t n = s->bytes - s->at < room ? s->bytes - s->at : room;
    memcpy(to, s->text + s->at, n);
    s->at += n;
    return (ssize_t)n;
}

void res_events(struct req *rq, struct res *rs, const struct event_source *source)
{
    rs->status = 200;
    rs->content_type = "text/event-stream; charset=utf-8";
    rs->events = arena_copy(rq->arena, source, sizeof *source);
    if (!res_header_get(rs, "Cache-Control"))
        res_header(rq, rs, "Cache-Control", "no-store");
    res_header(rq, rs, "X-Accel-Buffering", "no");
}

struct MHD_Response *stream_response(struct exchange *x, struct event_source *source)
{
    struct hub *hub = x->http->hub;
    struct stream *s = calloc(1, sizeof *s);
    if (!s)
        abort();
    s->hub = hub;
    s->connection = x->connection;
    s->fd = connection_of(x->connection)->fd;
    s->source = *source;
    s->beat_ms = monotonic_ms() + HEARTBEAT_MS;
    x->stream = s;
    pthread_mutex_lock(&hub->lock);
    struct stream **bucket = bucket_of(hub, source->topic);
    s->next = *bucket;
    if (s->next)
        s->next->prev = s;
    *bucket = s;
    pthread_mutex_unlock(&hub->lock);
    atomic_fetch_add(&hub->count, 1);
    return MHD_create_response_from_callback(MHD_SIZE_UNKNOWN, BLOCK, stream_reader, s, NULL);
}

void stream_close(struct stream *s)
{
    if (!s)
        return;
    struct hub *hub = s->hub;
    pthread_mutex_lock(&hub->lock);
    if (s->prev)
        s->prev->next = s->next;
    else
        *bucket_of(hub, s->source.topic) = s->next;
    if (s->next)
        s->next->prev = s->prev;
    pthread_mutex_unlock(&hub->lock);
    atomic_fetch_sub(&hub->count, 1);
    if (s->source.release)
        s->source.release(s->source.state);
    arena_close(s->arena);
    free(s);
}
