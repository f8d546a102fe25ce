/* address.c — socket addresses as text, trusted proxies, X-Forwarded-For. */
#include "server/http/exchange.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct network {
    unsigned char bytes[16]; /* IPv4 as ::ffff:a.b.c.d */
    int prefix;
};

struct networks {
    struct arena *arena;
    struct network *items;
    size_t count, room;
};

static const unsigned char mapped[12] = {[10] = 0xff, [11] = 0xff};

static bool bytes_of_text(const char *text, unsigned char out[16])
{
    memcpy(out, mapped, sizeof mapped);
    return inet_pton(AF_INET, text, out + 12) == 1 || inet_pton(AF_INET6, text, out) == 1;
}

static bool bytes_of_address(const struct sockaddr *address, unsigned char out[16])
{
    if (address->sa_family == AF_INET) {
        memcpy(out, mapped, sizeof mapped);
        memcpy(out + 12, &((const struct sockaddr_in *)address)->sin_addr, 4);
        return true;
    }
    if (address->sa_family == AF_INET6) {
        memcpy(out, &((const struct sockaddr_in6 *)address)->sin6_addr, 16);
        return true;
    }
    return false;
}

struct networks *networks_open(const char *list)
{
    struct arena *a = arena_open();
    struct networks *nets = arena_alloc(a, sizeof *nets);
    nets->arena = a;
    for (const char *p = list; p && *p;) {
        size_t n = strcspn(p, ", ");
        char text[80];
        snprintf(text, sizeof text, "%.*s", (int)(n < 79 ? n : 79), p);
        char *slash = strchr(text, '/');
        if (slash)
            *slash = 0;
        struct network net = {.prefix = 128};
        if (n && bytes_of_text(text, net.bytes)) {
            bool v4 = strchr(text, ':') == NULL;
            if (slash)
                net.prefix = atoi(slash + 1) + (v4 ? 96 : 0);
            nets->items =
                arena_grow(a, nets->items, nets->count, &nets->room, sizeof *nets->items);
            if (net.prefix >= 0 && net.prefix <= 128)
                nets->items[nets->count++] = net;
        }
        p += n;
        p += strspn(p, ", ");
    }
    return nets;
}

void networks_close(struct networks *nets)
{
    if (nets)
        arena_close(nets->arena);
}

static bool bytes_inside(const struct networks *nets, const unsigned char bytes[16])
{
    for (size_t i = 0; i < nets->count; i++) {
        const struct network *net = &nets->items[i];
        int whole = net->prefix / 8, rest = net->prefix % 8;
        if (memcmp(net->bytes, bytes, (size_t)whole))
            continue;
        if (!rest || !((net->bytes[whole] ^ bytes[whole]) >> (8 - rest)))
            return true;
    }
    return false;
}

bool networks_have(const struct networks *nets, const struct sockaddr *address)
{
    unsigned char bytes[16];
    return nets->count && bytes_of_address(address, bytes) && bytes_inside(nets, bytes);
}

static void bytes_text(const unsigned char bytes[16], char out[64])
{
    if (!memcmp(bytes, mapped, sizeof mapped))
        inet_ntop(AF_INET, bytes + 12, out, 64);
    else
        inet_ntop(AF_INET6, bytes, out, 64);
}

void address_text(const struct sockaddr *address, char out[64])
{
    unsigned char bytes[16];
    if (bytes_of_address(address, bytes))
        bytes_text(bytes, out);
    else
        snprintf(out, 64, "local");
}

const char *address_forwarded(const struct networks *trusted, struct arena *a,
                              const char *forwarded, const char *peer)
{
    /* Proxies append; so from the right, the first address that is no proxy of ours. */
    const char *best = peer;
    size_t end = forwarded ? strlen(forwarded) : 0;
    while (end) {
        size_t start = end;
        while (start && forwarded[start - 1] != ',')
            start--;
        const char *from = forwarded + start;
        size_t n = end - start;
        while (n && (*from == ' ' || *from == '\t'))
            from++, n--;
        while (n && (from[n - 1] == ' ' || from[n - 1] == '\t'))
            n--;
        if (n > 2 && *from == '[') { /* [v6] or [v6]:port */
            const char *close = memchr(from, ']', n);
            if (!close)
                break;
            from++;
            n = (size_t)(close - from);
        }
        char text[64];
        unsigned char bytes[16];
        snprintf(text, sizeof text, "%.*s", (int)(n < 63 ? n : 63), from);
        if (!bytes_of_text(text, bytes))
            break;
        char clean[64];
        bytes_text(bytes, clean);
        best = arena_strdup(a, clean);
        if (!bytes_inside(trusted, bytes))
            break;
        end = start ? start - 1 : 0;
    }
    return best;
}
