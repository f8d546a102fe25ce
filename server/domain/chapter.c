/* chapter.c — see chapter.h. */
#include "server/domain/chapter.h"

#include "server/domain/video.h"

#include <ctype.h>
#include <jansson.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

enum { TITLE_BYTES_MAX = 400 };

/* Cut between characters. */
static void add(struct arena *a, struct chapter_list *out, int64_t start_s, const char *title,
                size_t length)
{
    while (length && isspace((unsigned char)title[length - 1]))
        length--;
    if (length > TITLE_BYTES_MAX)
        for (length = TITLE_BYTES_MAX; length && ((unsigned char)title[length] & 0xc0) == 0x80;)
            length--;
    if (!length)
        return;
    out->items = arena_grow(a, out->items, out->count, &out->room, sizeof *out->items);
    out->items[out->count++] = (struct chapter){start_s, arena_strndup(a, title, length)};
}

/* "[H:]M:S rest" -> seconds, and where the rest begins. */
static bool time_read(const char *line, int64_t *seconds, const char **rest)
{
    int64_t total = 0;
    int parts = 0;
    const char *p = line;
    for (;;) {
        char *end;
        if (!isdigit((unsigned char)*p))
            return false;
        long n = strtol(p, &end, 10);
        if (n < 0 || n > 9999 || end - p > 4)
            return false;
        total = total * 60 + n;
        parts++;
        p = end;
        if (parts < 3 && (*p == ':' || (parts == 1 && (*p == 'h' || *p == 'm')) ||
                          (parts == 2 && *p == 'm')))
            p++;
        else
            break;
    }
    if (*p == 's')
        p++;
    if (parts < 2 || (*p != ' ' && *p != '\t'))
        return false;
    *seconds = total;
    *rest = p + strspn(p, " \t-");
    return true;
}

static void of_text(struct arena *a, const char *text, struct chapter_list *out)
{
    int64_t last = -1;
    for (const char *line = text; line && *line;) {
        const char *end = strchrnul(line, '\n'), *rest;
        int64_t seconds;
        if (time_read(line, &seconds, &rest) && rest < end && seconds > last) {
            add(a, out, seconds, rest, (size_t)(end - rest));
            last = seconds;
        }
        line = *end ? end + 1 : end;
    }
    if (out->count < 2)
        out->count = 0;
}

static void of_probe(struct arena *a, const char *text, struct chapter_list *out)
{
    json_t *probe = json_loads(text, 0, NULL), *one;
    json_int_t last = -1;
    size_t i;
    json_array_foreach (json_object_get(probe, "chapters"), i, one) {
        const char *title = json_string_value(json_object_get(one, "title"));
        json_int_t start = json_integer_value(json_object_get(one, "start_us"));
        json_int_t second = (start + 500000) / 1000000; /* the time line starts a bit later */
        if (!title || !*title || second <= last)
            continue;
        add(a, out, second, title, strlen(title));
        last = second;
    }
    json_decref(probe);
}

static void of_set(struct arena *a, const char *text, struct chapter_list *out)
{
    json_t *set = json_loads(text, 0, NULL), *one;
    size_t i;
    json_array_foreach (set, i, one) {
        const char *title = json_string_value(json_array_get(one, 1));
        if (title)
            add(a, out, json_integer_value(json_array_get(one, 0)), title, strlen(title));
    }
    json_decref(set);
}

void chapters_read(struct arena *a, const char *description, const char *set, const char *probe,
                   struct chapter_list *out)
{
    *out = (struct chapter_list){0};
    if (set) {
        of_set(a, set, out);
        return;
    }
    of_text(a, description, out);
    if (!out->count && probe)
        of_probe(a, probe, out);
}

struct err video_chapters(struct db *db, struct arena *a, const struct video *v,
                          struct chapter_list *out)
{
    struct video_long texts;
    TRY(video_long(db, a, v->id, &texts));
    chapters_read(a, v->description, texts.chapters, texts.probe, out);
    return OK;
}
