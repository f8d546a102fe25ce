/* webvtt_text.c — see webvtt_text.h. */
#include "server/domain/webvtt_text.h"

#include <ctype.h>
#include <string.h>

enum { TAGS_DEEP_MAX = 16, NAME_MAX_BYTES = 100 };

/* --- encodings */

static void put_code(struct strbuf *out, uint32_t c)
{
    char b[4];
    if (c == 0)
        c = 0xfffd;
    if (c < 0x80) {
        b[0] = (char)c;
        strbuf_add(out, b, 1);
    } else if (c < 0x800) {
        b[0] = (char)(0xc0 | c >> 6), b[1] = (char)(0x80 | (c & 0x3f));
        strbuf_add(out, b, 2);
    } else if (c < 0x10000) {
        b[0] = (char)(0xe0 | c >> 12), b[1] = (char)(0x80 | (c >> 6 & 0x3f));
        b[2] = (char)(0x80 | (c & 0x3f));
        strbuf_add(out, b, 3);
    } else {
        b[0] = (char)(0xf0 | c >> 18), b[1] = (char)(0x80 | (c >> 12 & 0x3f));
        b[2] = (char)(0x80 | (c >> 6 & 0x3f)), b[3] = (char)(0x80 | (c & 0x3f));
        strbuf_add(out, b, 4);
    }
}

/* Bytes of the well-formed UTF-8 sequence at `p` (RFC 3629); 0: none. */
static size_t utf8_length(const unsigned char *p, size_t left)
{
    static const uint32_t least[5] = {0, 0, 0x80, 0x800, 0x10000};
    size_t n = *p < 0x80 ? 1 : *p >= 0xc2 && *p < 0xe0 ? 2 : *p >= 0xe0 && *p < 0xf0 ? 3 : 4;
    if (n == 1)
        return 1;
    if (*p < 0xc2 || *p > 0xf4 || left < n)
        return 0;
    uint32_t c = *p & (0xffu >> (n + 1));
    for (size_t i = 1; i < n; i++) {
        if ((p[i] & 0xc0) != 0x80)
            return 0;
        c = c << 6 | (p[i] & 0x3f);
    }
    return c < least[n] || c > 0x10ffff || (c >= 0xd800 && c < 0xe000) ? 0 : n;
}

static bool utf8_valid(const unsigned char *p, size_t count)
{
    for (size_t i = 0, n; i < count; i += n)
        if (!(n = utf8_length(p + i, count - i)))
            return false;
    return true;
}

static void decode_utf16(const unsigned char *p, size_t count, bool little, struct strbuf *out)
{
    uint32_t high = 0;
    for (size_t i = 0; i + 1 < count; i += 2) {
        uint32_t c = little ? p[i] | (uint32_t)p[i + 1] << 8 : (uint32_t)p[i] << 8 | p[i + 1];
        bool low = c >= 0xdc00 && c < 0xe000;
        if (high)
            put_code(out, low ? 0x10000 + ((high - 0xd800) << 10) + (c - 0xdc00) : 0xfffd);
        if (high && low) {
            high = 0;
            continue;
        }
        high = c >= 0xd800 && c < 0xdc00 ? c : 0;
        if (!high)
            put_code(out, low ? 0xfffd : c);
    }
    if (high)
        put_code(out, 0xfffd);
}

static void decode_windows1252(const unsigned char *p, size_t count, struct strbuf *out)
{
    static const uint16_t upper[32] = {
        0x20ac, 0xfffd, 0x201a, 0x0192, 0x201e, 0x2026, 0x2020, 0x2021, 0x02c6, 0x2030, 0x0160,
        0x2039, 0x0152, 0xfffd, 0x017d, 0xfffd, 0xfffd, 0x2018, 0x2019, 0x201c, 0x201d, 0x2022,
        0x2013, 0x2014, 0x02dc, 0x2122, 0x0161, 0x203a, 0x0153, 0xfffd, 0x017e, 0x0178};
    for (size_t i = 0; i < count; i++)
        put_code(out, p[i] >= 0x80 && p[i] < 0xa0 ? upper[p[i] - 0x80] : p[i]);
}

/* CRLF and CR become LF, NUL becomes U+FFFD; in place where possible. */
static void add_lines(struct strbuf *out, const char *text, size_t count)
{
    for (size_t i = 0; i < count;) {
        const char *p = text + i;
        size_t n = 0;
        while (i + n < count && p[n] && p[n] != '\r')
            n++;
        strbuf_add(out, p, n);
        i += n;
        if (i == count)
            return;
        strbuf_adds(out, text[i] ? "\n" : "\xef\xbf\xbd");
        i += text[i] == '\r' && i + 1 < count && text[i + 1] == '\n' ? 2 : 1;
    }
}

void webvtt_decode(const char *bytes, size_t count, struct strbuf *out)
{
    const unsigned char *p = (const unsigned char *)bytes;
    struct strbuf utf8 = {.arena = out->arena};
    if (count >= 2 && ((p[0] == 0xff && p[1] == 0xfe) || (p[0] == 0xfe && p[1] == 0xff))) {
        decode_utf16(p + 2, count - 2, p[0] == 0xff, &utf8);
    } else {
        size_t mark = count >= 3 && !memcmp(p, "\xef\xbb\xbf", 3) ? 3 : 0;
        if (utf8_valid(p + mark, count - mark)) {
            add_lines(out, bytes + mark, count - mark);
            return;
        }
        decode_windows1252(p + mark, count - mark, &utf8);
    }
    add_lines(out, utf8.text ? utf8.text : "", utf8.length);
}

/* --- times */

static const char *digits(const char *p, int least, int most, int64_t *out)
{
    int n = 0;
    for (*out = 0; n < most && isdigit((unsigned char)p[n]); n++)
        *out = *out * 10 + (p[n] - '0');
    return n < least || isdigit((unsigned char)p[n]) ? NULL : p + n;
}

const char *webvtt_time_read(const char *text, int64_t *ms)
{
    int64_t first, second, third, hours = 0, part;
    const char *p = digits(text, 1, 4, &first);
    if (!p || *p != ':' || !(p = digits(p + 1, 2, 2, &second)))
        return NULL;
    if (*p == ':') {
        if (!(p = digits(p + 1, 2, 2, &third)))
            return NULL;
        hours = first, first = second, second = third;
    }
    if ((*p != '.' && *p != ',') || first > 59 || second > 59)
        return NULL;
    const char *end = digits(p + 1, 1, 3, &part);
    if (!end)
        return NULL;
    for (long n = end - p - 1; n < 3; n++)
        part *= 10;
    *ms = ((hours * 60 + first) * 60 + second) * 1000 + part;
    return end;
}

void webvtt_time_write(struct strbuf *out, int64_t ms)
{
    strbuf_addf(out, "%02lld:%02d:%02d.%03d", (long long)(ms / 3600000), (int)(ms / 60000 % 60),
                (int)(ms / 1000 % 60), (int)(ms % 1000));
}

/* --- tags */

struct tags { /* open ones, innermost last */
    const char *names[TAGS_DEEP_MAX];
    int count;
};

static const char *known_tag(const char *name, size_t length)
{
    static const char *const known[] = {"b", "i", "u", "c", "v", "ruby", "rt"};
    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        if (strlen(known[i]) == length && !strncmp(known[i], name, length))
            return known[i];
    return NULL;
}

static void escape(struct strbuf *out, char c)
{
    if (c == '<')
        strbuf_adds(out, "&lt;");
    else if (c == '>')
        strbuf_adds(out, "&gt;");
    else if (c == '&')
        strbuf_adds(out, "&amp;");
    else
        strbuf_add(out, &c, 1);
}

/* Bytes of a character reference at `p`; 0: it is a plain "&". */
static size_t reference_length(const char *p)
{
    size_t n = 1 + (p[1] == '#');
    size_t digits_at = n;
    while (n < 12 && isalnum((unsigned char)p[n]))
        n++;
    return n > digits_at && p[n] == ';' ? n + 1 : 0;
}

/* Cut between characters, and never within a reference. */
static void add_speaker(struct strbuf *out, const char *p, const char *end)
{
    strbuf_adds(out, " ");
    for (size_t start = out->length, n; p < end; p += n) {
        n = *p == '&' ? reference_length(p) : 0;
        bool plain = n > 0;
        if (!n)
            n = utf8_length((const unsigned char *)p, (size_t)(end - p));
        size_t written = *p == '&' && !plain ? strlen("&amp;") : n;
        if (!n || out->length - start + written > NAME_MAX_BYTES)
            return;
        if (plain || n > 1)
            strbuf_add(out, p, n);
        else
            escape(out, *p == '\n' ? ' ' : *p);
    }
}

static void open_tag(struct strbuf *out, struct tags *open, const char *name, const char *p,
                     const char *end)
{
    if (open->count == TAGS_DEEP_MAX)
        return;
    strbuf_addf(out, "<%s", name);
    if (*p == '.') { /* classes */
        size_t n = 1;
        while (p + n < end && (isalnum((unsigned char)p[n]) || strchr("._-", p[n])))
            n++;
        strbuf_add(out, p, n < NAME_MAX_BYTES ? n : 1);
        p += n;
    }
    while (p < end && isspace((unsigned char)*p))
        p++;
    if (*name == 'v' && p < end)
        add_speaker(out, p, end);
    /* never "-->", which would be a line of times */
    strbuf_adds(out, out->text[out->length - 1] == '-' ? " >" : ">");
    open->names[open->count++] = name;
}

/* Closes up to and with the innermost tag of that name; nothing when none is open. */
static void close_tag(struct strbuf *out, struct tags *open, const char *name)
{
    int at = open->count;
    while (at > 0 && open->names[at - 1] != name)
        at--;
    while (at > 0 && open->count >= at)
        strbuf_addf(out, "</%s>", open->names[--open->count]);
}

/* The tag from `p` (its "<") to `end` (its ">"): written if it is known, else dropped. */
static void take_tag(struct strbuf *out, struct tags *open, const char *p, const char *end)
{
    int64_t ms;
    p++;
    if (webvtt_time_read(p, &ms) == end) {
        strbuf_adds(out, "<");
        webvtt_time_write(out, ms);
        strbuf_adds(out, ">");
        return;
    }
    bool closes = *p == '/';
    p += closes;
    size_t n = 0;
    while (p + n < end && isalpha((unsigned char)p[n]))
        n++;
    bool whole = p + n == end || p[n] == '.' || isspace((unsigned char)p[n]);
    const char *name = whole ? known_tag(p, n) : NULL;
    if (name && closes)
        close_tag(out, open, name);
    else if (name)
        open_tag(out, open, name, p + n, end);
}

void webvtt_text_clean(struct strbuf *out, const char *text, bool subrip)
{
    struct tags open = {.count = 0};
    for (const char *p = text; *p;) {
        const char *end = NULL;
        if (*p == '<' && (isalnum((unsigned char)p[1]) || p[1] == '/') &&
            (end = strpbrk(p + 1, "<>")) && *end == '>') {
            take_tag(out, &open, p, end);
            p = end + 1;
            continue;
        }
        if (subrip && *p == '{' && p[1] == '\\' && (end = strpbrk(p, "}\n")) && *end == '}') {
            p = end + 1;
            continue;
        }
        size_t n = *p == '&' ? reference_length(p) : 0;
        if (n)
            strbuf_add(out, p, n);
        else
            escape(out, *p);
        p += n ? n : 1;
    }
    while (open.count)
        strbuf_addf(out, "</%s>", open.names[--open.count]);
}
