/* subtitle_text.c — see subtitle_text.h. */
#include "transcoder/subtitle_text.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { STYLES = 3, FIELDS_BEFORE_TEXT = 8 };

struct styles {
    char open[STYLES]; /* letters of tags, innermost last */
    int count;
    bool drawing; /* what follows are shapes, not words */
};

static void put_char(struct bytes *out, char c)
{
    switch (c) {
    case '<': bytes_text(out, "&lt;"); break;
    case '>': bytes_text(out, "&gt;"); break;
    case '&': bytes_text(out, "&amp;"); break;
    case '\r': break;
    default: bytes_add(out, &c, 1);
    }
}

static void put_tag(struct bytes *out, bool closes, char letter)
{
    const char tag[] = {'<', '/', letter, '>'};
    bytes_add(out, tag, 1);
    bytes_add(out, closes ? tag + 1 : tag + 2, closes ? 3 : 2);
}

/* Tags nest: to close one, those within it are closed and opened again. */
static void style_set(struct bytes *out, struct styles *s, char letter, bool on)
{
    int at = 0;
    while (at < s->count && s->open[at] != letter)
        at++;
    if (on == (at < s->count))
        return;
    if (on) {
        s->open[s->count++] = letter;
        put_tag(out, false, letter);
        return;
    }
    for (int i = s->count; i-- > at;)
        put_tag(out, true, s->open[i]);
    memmove(s->open + at, s->open + at + 1, (size_t)(s->count - at - 1));
    s->count--;
    for (int i = at; i < s->count; i++)
        put_tag(out, false, s->open[i]);
}

static void styles_close(struct bytes *out, struct styles *s)
{
    while (s->count)
        put_tag(out, true, s->open[--s->count]);
}

/* The codes between braces: "\i1\fs20\b0". */
static void read_codes(struct bytes *out, struct styles *s, const char *p, const char *end)
{
    while (p < end && (p = memchr(p, '\\', (size_t)(end - p)))) {
        p++;
        bool number = p + 1 < end && (p[1] >= '0' && p[1] <= '9');
        bool plain = p + 1 == end || p[1] == '\\';
        if (p < end && (*p == 'i' || *p == 'b' || *p == 'u') && (number || plain))
            style_set(out, s, *p, number && atoi(p + 1) > 0);
        else if (p < end && *p == 'p' && number)
            s->drawing = atoi(p + 1) > 0;
        else if (p < end && *p == 'r')
            styles_close(out, s);
    }
}

void subtitle_text_ass(struct bytes *out, const char *dialogue)
{
    struct styles styles = {.count = 0};
    const char *p = dialogue;
    for (int i = 0; i < FIELDS_BEFORE_TEXT; i++) {
        p = strchr(p, ',');
        if (!p)
            return;
        p++;
    }
    while (*p) {
        const char *end = *p == '{' ? strchr(p, '}') : NULL;
        if (end) {
            read_codes(out, &styles, p + 1, end);
            p = end + 1;
        } else if (*p == '\\' && (p[1] == 'N' || p[1] == 'n')) {
            bytes_text(out, "\n");
            p += 2;
        } else if (*p == '\\' && p[1] == 'h') {
            bytes_text(out, " ");
            p += 2;
        } else {
            if (!styles.drawing)
                put_char(out, *p);
            p++;
        }
    }
    styles_close(out, &styles);
}

void subtitle_text_plain(struct bytes *out, const char *text)
{
    for (; *text; text++)
        put_char(out, *text);
}

void subtitle_time(struct bytes *out, int64_t us)
{
    char text[40];
    int64_t ms = us / 1000;
    snprintf(text, sizeof text, "%02lld:%02d:%02d.%03d", (long long)(ms / 3600000),
             (int)(ms / 60000 % 60), (int)(ms / 1000 % 60), (int)(ms % 1000));
    bytes_text(out, text);
}
