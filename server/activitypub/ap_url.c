/* ap_url.c — see ap_url.h. */
#include "server/activitypub/ap_url.h"

#include "base/strbuf.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { HOST_NAME_MAX_BYTES = 253 };

static bool name_valid(const char *name, size_t n)
{
    if (!n || n > HOST_NAME_MAX_BYTES || name[0] == '.' || name[0] == '-')
        return false;
    for (size_t i = 0; i < n; i++) {
        char c = name[i];
        if (!((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '.' ||
              c == '_'))
            return false;
        if (c == '.' && i && name[i - 1] == '.')
            return false;
    }
    return name[n - 1] != '.';
}

/* host[:port] up to `end`. */
static bool authority_read(struct arena *a, const char *p, const char *end, struct ap_url *out)
{
    bool six = *p == '[';
    const char *name = six ? p + 1 : p, *name_end;
    if (six) {
        name_end = memchr(name, ']', (size_t)(end - name));
        if (!name_end)
            return false;
        p = name_end + 1;
    } else {
        name_end = memchr(name, ':', (size_t)(end - name));
        if (!name_end)
            name_end = end;
        p = name_end;
    }
    char *lower = arena_strndup(a, name, (size_t)(name_end - name));
    for (char *c = lower; *c; c++)
        *c = (char)tolower((unsigned char)*c);
    unsigned char raw[16];
    if (six ? inet_pton(AF_INET6, lower, raw) != 1 : !name_valid(lower, strlen(lower)))
        return false;
    int usual = out->scheme[4] == 's' ? 443 : 80;
    out->port = usual;
    if (p < end) {
        if (*p++ != ':' || end - p > 5)
            return false;
        int port = 0;
        for (const char *c = p; c < end; c++) {
            if (*c < '0' || *c > '9')
                return false;
            port = port * 10 + *c - '0';
        }
        if (p < end) {
            if (port < 1 || port > 65535)
                return false;
            out->port = port;
        }
    }
    out->name = lower;
    const char *bracketed = six ? arena_printf(a, "[%s]", lower) : lower;
    out->host = out->port == usual ? bracketed : arena_printf(a, "%s:%d", bracketed, out->port);
    return true;
}

static void target_read(struct arena *a, const char *p, struct ap_url *out)
{
    struct strbuf sb = STRBUF_IN(a);
    if (*p != '/')
        strbuf_adds(&sb, "/");
    for (; *p && *p != '#'; p++) {
        unsigned char c = (unsigned char)*p;
        if (c >= 0x7f || strchr("\"<>\\^`{|}", c))
            strbuf_addf(&sb, "%%%02X", c);
        else
            strbuf_add(&sb, p, 1);
    }
    out->target = sb.text;
    out->path = arena_strndup(a, sb.text, strcspn(sb.text, "?"));
    out->fragment = *p == '#' ? arena_strdup(a, p + 1) : NULL;
}

bool ap_url_read(struct arena *a, const char *text, struct ap_url *out)
{
    *out = (struct ap_url){0};
    if (!text || strnlen(text, AP_URL_MAX + 1) > AP_URL_MAX)
        return false;
    for (const char *p = text; *p; p++)
        if ((unsigned char)*p <= ' ' || *p == 0x7f)
            return false;
    size_t scheme = 0;
    if (!strncasecmp(text, "https://", 8)) {
        out->scheme = "https";
        scheme = 8;
    } else if (!strncasecmp(text, "http://", 7)) {
        out->scheme = "http";
        scheme = 7;
    } else {
        return false;
    }
    const char *p = text + scheme, *end = p + strcspn(p, "/?#\\");
    if (*end == '\\' || !authority_read(a, p, end, out))
        return false;
    target_read(a, end, out);
    out->text = arena_printf(a, "%s://%s%s", out->scheme, out->host, out->target);
    return true;
}

const char *ap_url_host(struct arena *a, const char *url)
{
    struct ap_url u;
    return ap_url_read(a, url, &u) ? u.host : NULL;
}

bool ap_same_host(const char *url, const char *other)
{
    SCOPED_ARENA struct arena *a = arena_open();
    struct ap_url u, o;
    return ap_url_read(a, url, &u) && ap_url_read(a, other, &o) && u.port == o.port &&
           !strcmp(u.name, o.name);
}

const char *ap_url_bare(struct arena *a, const char *url)
{
    return url ? arena_strndup(a, url, strcspn(url, "#")) : NULL;
}

/* RFC 3986 §5.2.4, on the path part of `target`. */
static char *dots_removed(struct arena *a, const char *target)
{
    size_t path = strcspn(target, "?#"), n = 0;
    char *out = arena_alloc(a, strlen(target) + 2);
    for (size_t i = 0; i < path;) {
        size_t piece = 1 + strcspn(target + i + 1, "/?#");
        bool last = i + piece >= path;
        if (piece == 2 && target[i + 1] == '.') {
            if (last)
                out[n++] = '/';
        } else if (piece == 3 && target[i + 1] == '.' && target[i + 2] == '.') {
            while (n && out[--n] != '/')
                ;
            if (last)
                out[n++] = '/';
        } else {
            memcpy(out + n, target + i, piece);
            n += piece;
        }
        i += piece;
    }
    strcpy(out + n, target + path);
    return out;
}

bool ap_url_join(struct arena *a, const struct ap_url *base, const char *location,
                 struct ap_url *out)
{
    if (!location || !*location || strnlen(location, AP_URL_MAX + 1) > AP_URL_MAX)
        return false;
    const char *rest;
    size_t before = strcspn(location, ":/?#");
    if (location[before] == ':')
        return ap_url_read(a, location, out); /* it has a scheme of its own */
    if (location[0] == '/' && location[1] == '/')
        return ap_url_read(a, arena_printf(a, "%s:%s", base->scheme, location), out);
    if (location[0] == '/') {
        rest = location;
    } else if (location[0] == '?') {
        rest = arena_printf(a, "%s%s", base->path, location);
    } else if (location[0] == '#') {
        rest = base->target;
    } else {
        const char *slash = strrchr(base->path, '/');
        rest = arena_printf(a, "%.*s%s", (int)(slash - base->path + 1), base->path, location);
    }
    return ap_url_read(
        a, arena_printf(a, "%s://%s%s", base->scheme, base->host, dots_removed(a, rest)), out);
}
