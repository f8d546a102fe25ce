/* strbuf.c — see strbuf.h. */
#include "base/strbuf.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

static char *reserve(struct strbuf *sb, size_t bytes)
{
    if (sb->length + bytes + 1 > sb->room) {
        size_t room = sb->room ? sb->room * 2 : 512;
        while (room < sb->length + bytes + 1)
            room *= 2;
        char *bigger = arena_alloc(sb->arena, room);
        if (sb->length)
            memcpy(bigger, sb->text, sb->length);
        sb->text = bigger;
        sb->room = room;
    }
    return sb->text + sb->length;
}

void strbuf_add(struct strbuf *sb, const void *data, size_t bytes)
{
    char *end = reserve(sb, bytes);
    memcpy(end, data, bytes);
    sb->length += bytes;
    sb->text[sb->length] = 0;
}

void strbuf_adds(struct strbuf *sb, const char *s)
{
    strbuf_add(sb, s, strlen(s));
}

void strbuf_addf(struct strbuf *sb, const char *format, ...)
{
    va_list args, again;
    va_start(args, format);
    va_copy(again, args);
    char small[256];
    int n = vsnprintf(small, sizeof small, format, args);
    va_end(args);
    if (n >= 0 && (size_t)n < sizeof small) {
        strbuf_add(sb, small, (size_t)n);
    } else if (n > 0) {
        vsnprintf(reserve(sb, (size_t)n), (size_t)n + 1, format, again);
        sb->length += (size_t)n;
    }
    va_end(again);
}

void strbuf_add_html(struct strbuf *sb, const char *s)
{
    for (; *s; s++) {
        size_t plain = strcspn(s, "&<>\"'");
        strbuf_add(sb, s, plain);
        s += plain;
        switch (*s) {
        case '&': strbuf_adds(sb, "&amp;"); break;
        case '<': strbuf_adds(sb, "&lt;"); break;
        case '>': strbuf_adds(sb, "&gt;"); break;
        case '"': strbuf_adds(sb, "&quot;"); break;
        case '\'': strbuf_adds(sb, "&#39;"); break;
        default: return;
        }
    }
}

/* Length of the well-formed UTF-8 sequence at `s`, 0 when there is none (RFC 3629). */
static size_t utf8_length(const unsigned char *s)
{
    if (s[0] < 0x80)
        return 1;
    size_t n = s[0] >= 0xc2 && s[0] < 0xe0   ? 2
               : s[0] >= 0xe0 && s[0] < 0xf0 ? 3
               : s[0] >= 0xf0 && s[0] < 0xf5 ? 4
                                             : 0;
    for (size_t i = 1; i < n; i++)
        if ((s[i] & 0xc0) != 0x80)
            return 0;
    if ((s[0] == 0xe0 && s[1] < 0xa0) || (s[0] == 0xed && s[1] > 0x9f) ||
        (s[0] == 0xf0 && s[1] < 0x90) || (s[0] == 0xf4 && s[1] > 0x8f))
        return 0;
    return n;
}

void strbuf_add_json(struct strbuf *sb, const char *text)
{
    const unsigned char *s = (const unsigned char *)text;
    strbuf_add(sb, "\"", 1);
    while (*s) {
        const unsigned char *run = s;
        while (*s >= 0x20 && *s < 0x7f && *s != '"' && *s != '\\' && *s != '<')
            s++;
        if (s > run)
            strbuf_add(sb, run, (size_t)(s - run));
        if (!*s)
            break;
        size_t n = utf8_length(s);
        if (*s == '"' || *s == '\\')
            strbuf_addf(sb, "\\%c", *s);
        else if (*s == '\n')
            strbuf_adds(sb, "\\n");
        else if (*s < 0x20 || *s == 0x7f || *s == '<')
            strbuf_addf(sb, "\\u%04x", *s);
        else if (n)
            strbuf_add(sb, s, n);
        else
            strbuf_adds(sb, "\xef\xbf\xbd");
        s += n ? n : 1;
    }
    strbuf_add(sb, "\"", 1);
}
