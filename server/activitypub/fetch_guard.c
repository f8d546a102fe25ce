/* fetch_guard.c — where we may connect to; see fetch.h.
 *
 * Spec: the IANA registries of special-purpose addresses (RFC 6890 and later), RFC 6052.
 */
#include "server/activitypub/fetch.h"

#include "server/activitypub/ap_url.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

struct range4 {
    uint32_t address;
    int bits;
    bool local; /* allowed by `insecure` */
};
#define V4(a, b, c, d) ((uint32_t)(a) << 24 | (uint32_t)(b) << 16 | (uint32_t)(c) << 8 | (d))
static const struct range4 refused4[] = {
    {V4(0, 0, 0, 0), 8, false},       /* this network */
    {V4(10, 0, 0, 0), 8, true},       /* private */
    {V4(100, 64, 0, 0), 10, false},   /* carrier NAT */
    {V4(127, 0, 0, 0), 8, true},      /* loopback */
    {V4(169, 254, 0, 0), 16, false},  /* link-local, where clouds keep their secrets */
    {V4(172, 16, 0, 0), 12, true},    /* private */
    {V4(192, 0, 0, 0), 24, false},    /* protocol assignments */
    {V4(192, 0, 2, 0), 24, false},    /* documentation */
    {V4(192, 88, 99, 0), 24, false},  /* 6to4 relays */
    {V4(192, 168, 0, 0), 16, true},   /* private */
    {V4(198, 18, 0, 0), 15, false},   /* benchmarks */
    {V4(198, 51, 100, 0), 24, false}, /* documentation */
    {V4(203, 0, 113, 0), 24, false},  /* documentation */
    {V4(224, 0, 0, 0), 4, false},     /* multicast */
    {V4(240, 0, 0, 0), 4, false},     /* reserved, broadcast */
};

static bool allowed4(uint32_t address, bool insecure)
{
    for (size_t i = 0; i < sizeof refused4 / sizeof *refused4; i++) {
        uint32_t mask = UINT32_MAX << (32 - refused4[i].bits);
        if ((address & mask) == refused4[i].address)
            return insecure && refused4[i].local;
    }
    return true;
}

static bool starts6(const unsigned char *a, const unsigned char *prefix, int bits)
{
    int whole = bits / 8, rest = bits % 8;
    if (memcmp(a, prefix, (size_t)whole) != 0)
        return false;
    return !rest || ((a[whole] ^ prefix[whole]) & (0xff << (8 - rest)) & 0xff) == 0;
}

/* Only global unicast, less what is carved out of it. Addresses that wrap an IPv4 one are
 * refused, but for NAT64's own prefix, which is as good as what it wraps. */
static bool allowed6(const unsigned char *a, bool insecure)
{
    static const unsigned char loopback[16] = {[15] = 1}, unique[] = {0xfc},
                               nat64[12] = {0, 0x64, 0xff, 0x9b}, global[] = {0x20},
                               special[] = {0x20, 0x01, 0x00},
                               docs[] = {0x20, 0x01, 0x0d, 0xb8}, docs2[] = {0x3f, 0xff, 0x00},
                               six_to_four[] = {0x20, 0x02};
    if (insecure && (!memcmp(a, loopback, 16) || starts6(a, unique, 7)))
        return true;
    if (starts6(a, nat64, 96))
        return allowed4(V4(a[12], a[13], a[14], a[15]), false);
    return starts6(a, global, 3) && !starts6(a, special, 23) && !starts6(a, docs, 32) &&
           !starts6(a, docs2, 20) && !starts6(a, six_to_four, 16);
}

bool fetch_address_allowed(const struct sockaddr *address, bool insecure)
{
    if (address->sa_family == AF_INET) {
        struct sockaddr_in in;
        memcpy(&in, address, sizeof in);
        return allowed4(ntohl(in.sin_addr.s_addr), insecure);
    }
    if (address->sa_family == AF_INET6) {
        struct sockaddr_in6 in;
        memcpy(&in, address, sizeof in);
        return allowed6(in.sin6_addr.s6_addr, insecure);
    }
    return false;
}

/* "1.2.3.4", "127.1", "0x7f.0.0.1": resolvers read names that end in a number as addresses. */
static bool name_is_number(const char *name)
{
    const char *last = strrchr(name, '.');
    last = last ? last + 1 : name;
    if (last[0] == '0' && last[1] == 'x')
        return true;
    return !last[strspn(last, "0123456789")];
}

static bool ends_with(const char *text, const char *end)
{
    size_t n = strlen(text), k = strlen(end);
    return n >= k && !strcmp(text + n - k, end);
}

bool fetch_url_allowed(const char *url, bool insecure)
{
    SCOPED_ARENA struct arena *a = arena_open();
    struct ap_url u;
    if (!ap_url_read(a, url, &u))
        return false;
    bool https = !strcmp(u.scheme, "https");
    if (u.port < 1024 && u.port != (https ? 443 : 80))
        return false;
    if (insecure)
        return true;
    return https && strchr(u.name, '.') && !strchr(u.name, ':') && !name_is_number(u.name) &&
           !ends_with(u.name, ".localhost") && !ends_with(u.name, ".local") &&
           !ends_with(u.name, ".internal");
}
