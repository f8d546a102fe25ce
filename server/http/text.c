/* text.c — percent escapes, query strings, paths. RFC 3986; URL standard for form encoding. */
#include "server/http/exchange.h"

#include <string.h>

enum { PAIRS_MAX = 1000 };

static int hex_value(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    if (c >= 'A' && c <= 'F')
        return c - 'A' + 10;
    return -1;
}

bool utf8_valid(const char *s, size_t n)
{
    const unsigned char *p = (const unsigned char *)s, *end = p + n;
    while (p < end) {
        if (*p < 0x80) {
            p++;
            continue;
        }
        size_t more;
        uint32_t c, least;
        if ((*p & 0xe0) == 0xc0)
            more = 1, c = *p & 0x1f, least = 0x80;
        else if ((*p & 0xf0) == 0xe0)
            more = 2, c = *p & 0x0f, least = 0x800;
        else if ((*p & 0xf8) == 0xf0)
            more = 3, c = *p & 0x07, least = 0x10000;
        else
            return false;
        p++;
        if ((size_t)(end - p) < more)
            return false;
        for (; more; more--, p++) {
            if ((*p & 0xc0) != 0x80)
                return false;
            c = c << 6 | (*p & 0x3f);
        }
        if (c < least || c > 0x10ffff || (c >= 0xd800 && c <= 0xdfff))
            return false;
    }
    return true;
}

bool text_unescape(const char *in, size_t n, bool form, char *out, size_t *out_bytes)
{
    char *to = out;
    bool plain = true; /* ASCII only: nothing to validate */
    for (size_t i = 0; i < n; i++) {
        char c = in[i];
        if (c == '%') {
            int high = n - i > 2 ? hex_value(in[i + 1]) : -1;
            int low = n - i > 2 ? hex_value(in[i + 2]) : -1;
            if (high < 0 || low < 0)
                return false;
            c = (char)(high << 4 | low);
            i += 2;
        } else if (form && c == '+') {
            c = ' ';
        }
        if (!c)
            return false;
        if ((unsigned char)c >= 0x80)
            plain = false;
        *to++ = c;
    }
    *to = 0;
    *out_bytes = (size_t)(to - out);
    return plain || utf8_valid(out, *out_bytes);
}

bool text_pairs(struct arena *a, const char *text, size_t n, struct param **out)
{
    struct param **tail = out;
    size_t count = 0;
    *tail = NULL;
    for (const char *p = text, *end = text + n; p < end;) {
        const char *stop = memchr(p, '&', (size_t)(end - p));
        if (!stop)
            stop = end;
        if (stop > p) {
            const char *equals = memchr(p, '=', (size_t)(stop - p));
            const char *name_end = equals ? equals : stop;
            const char *value = equals ? equals + 1 : stop;
            char *name_text = arena_alloc(a, (size_t)(name_end - p) + 1);
            char *value_text = arena_alloc(a, (size_t)(stop - value) + 1);
            size_t bytes;
            if (++count > PAIRS_MAX ||
                !text_unescape(p, (size_t)(name_end - p), true, name_text, &bytes) ||
                !text_unescape(value, (size_t)(stop - value), true, value_text, &bytes))
                return false;
            struct param *pair = arena_alloc(a, sizeof *pair);
            *pair = (struct param){name_text, value_text, NULL};
            *tail = pair;
            tail = &pair->next;
        }
        p = stop + 1;
    }
    return true;
}

static bool dots(const char *s, size_t n)
{
    return (n == 1 && s[0] == '.') || (n == 2 && s[0] == '.' && s[1] == '.');
}

/* "." and ".." between slashes, escaped ones included: nobody honest sends them. */
static bool has_dot_segment(const char *path)
{
    for (const char *p = path; p;) {
        const char *slash = strchr(p, '/');
        if (dots(p, slash ? (size_t)(slash - p) : strlen(p)))
            return true;
        p = slash ? slash + 1 : NULL;
    }
    return false;
}

bool text_path(const char *raw, size_t n, char *out, struct segments *segments)
{
    segments->count = 0;
    if (!n || raw[0] != '/')
        return false;
    while (n > 1 && raw[n - 1] == '/')
        n--;
    char *to = out;
    if (n == 1)
        *to++ = '/';
    for (size_t i = 0; i < n && n > 1;) { /* raw[i] is a slash */
        *to++ = '/';
        const char *from = raw + i + 1;
        const char *slash = memchr(from, '/', n - i - 1);
        size_t bytes = slash ? (size_t)(slash - from) : n - i - 1;
        size_t decoded;
        if (segments->count == SEGMENTS_MAX || !text_unescape(from, bytes, false, to, &decoded))
            return false;
        segments->at[segments->count].text = to;
        segments->at[segments->count++].bytes = decoded;
        to += decoded;
        i += 1 + bytes;
    }
    *to = 0;
    return !has_dot_segment(out);
}
