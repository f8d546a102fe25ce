/* webvtt.c — see webvtt.h. */
#include "server/domain/webvtt.h"

#include "server/domain/webvtt_text.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

struct cue {
    int64_t start_ms, end_ms;
    const char *settings; /* "" or " align:start …" */
    const char *text;     /* clean, without an empty line */
    size_t order;
};

struct reading {
    struct arena *arena;
    char *next; /* the line that follows; lines are cut out of the text */
    int line;   /* number of the line last taken */
    bool subrip;
    struct cue *cues;
    size_t count, room;
    struct strbuf raw; /* text of the cue that is being read */
};

static struct err wrong(struct reading *r, const char *what)
{
    return (struct err){ERR_CAPTION_INVALID,
                        arena_printf(r->arena, "line %d: %s", r->line, what)};
}

/* NULL at the end. */
static char *take_line(struct reading *r)
{
    char *line = r->next;
    if (!line)
        return NULL;
    char *end = strchr(line, '\n');
    if (end)
        *end = 0;
    r->next = end ? end + 1 : NULL;
    r->line++;
    return line;
}

static bool is_blank(const char *line)
{
    return line[strspn(line, " \t\f\v")] == 0;
}

static bool has_arrow(const char *line)
{
    return memmem(line, strcspn(line, "\n"), "-->", 3) != NULL;
}

/* --- the line of times */

static bool setting_fine(const char *p, size_t length)
{
    static const char *const names[] = {"vertical:", "line:", "position:", "size:", "align:"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        size_t n = strlen(names[i]);
        if (length <= n || length > n + 24 || strncmp(p, names[i], n))
            continue;
        for (size_t k = n; k < length; k++)
            if (!isalnum((unsigned char)p[k]) && !strchr("%.,-", p[k]))
                return false;
        return true;
    }
    return false;
}

static const char *read_settings(struct arena *a, const char *p)
{
    struct strbuf out = STRBUF_IN(a);
    for (int count = 0; *p && count < 5;) {
        p += strspn(p, " \t");
        size_t n = strcspn(p, " \t");
        if (setting_fine(p, n)) {
            strbuf_adds(&out, " ");
            strbuf_add(&out, p, n);
            count++;
        }
        p += n;
    }
    return out.text ? out.text : "";
}

static struct err read_times(struct reading *r, const char *line, struct cue *c)
{
    const char *p = webvtt_time_read(line + strspn(line, " \t"), &c->start_ms);
    if (p)
        p += strspn(p, " \t");
    if (!p || strncmp(p, "-->", 3))
        return wrong(r, "expected times like 00:01:02.500 --> 00:01:04.000");
    p += 3;
    p = webvtt_time_read(p + strspn(p, " \t"), &c->end_ms);
    if (!p || (*p && *p != ' ' && *p != '\t'))
        return wrong(r, "expected times like 00:01:02.500 --> 00:01:04.000");
    if (c->end_ms < c->start_ms)
        return wrong(r, "a caption ends before it starts");
    c->settings = r->subrip ? "" : read_settings(r->arena, p);
    return OK;
}

/* --- blocks */

static void raw_add(struct reading *r, const char *line)
{
    if (r->raw.length)
        strbuf_adds(&r->raw, "\n");
    strbuf_adds(&r->raw, line);
}

/* A line of nothing but tags that were dropped would end the cue. */
static const char *without_blank_lines(struct arena *a, char *text)
{
    struct strbuf out = STRBUF_IN(a);
    for (char *line = text; line;) {
        char *end = strchr(line, '\n');
        if (end)
            *end = 0;
        if (!is_blank(line)) {
            strbuf_adds(&out, out.length ? "\n" : "");
            strbuf_adds(&out, line);
        }
        line = end ? end + 1 : NULL;
    }
    return out.text ? out.text : "";
}

static struct err keep_cue(struct reading *r, struct cue *c)
{
    if (r->count == WEBVTT_CUES_MAX)
        return wrong(r, "too many captions");
    struct strbuf text = STRBUF_IN(r->arena);
    webvtt_text_clean(&text, r->raw.text ? r->raw.text : "", r->subrip);
    r->raw.length = 0;
    if (r->raw.text)
        *r->raw.text = 0;
    c->text = text.text ? without_blank_lines(r->arena, text.text) : "";
    if (!*c->text || c->end_ms == c->start_ms)
        return OK;
    c->order = r->count;
    r->cues = arena_grow(r->arena, r->cues, r->count, &r->room, sizeof *r->cues);
    r->cues[r->count++] = *c;
    return OK;
}

static bool begins_word(const char *line, const char *word)
{
    size_t n = strlen(word);
    return !strncmp(line, word, n) && (!line[n] || strchr(" \t\n", line[n]));
}

static void skip_block(struct reading *r)
{
    for (char *line; (line = take_line(r)) && !is_blank(line);)
        continue;
}

/* SubRip knows blank lines within a text: what follows them is a new cue only when times, or a
 * number and then times, follow. */
static bool subrip_goes_on(const struct reading *r)
{
    enum { BLANK_LINES_MAX = 3 };
    const char *p = r->next;
    for (int i = 0; p && i < BLANK_LINES_MAX && (*p == '\n' || *p == ' ' || *p == '\t'); i++) {
        size_t n = strcspn(p, "\n");
        if (strspn(p, " \t") < n)
            break;
        p = p[n] ? p + n + 1 : NULL;
    }
    if (!p || !*p || *p == '\n' || has_arrow(p))
        return false;
    size_t n = strcspn(p, "\n");
    bool number = strspn(p, "0123456789 \t") == n;
    return !(number && p[n] && has_arrow(p + n + 1));
}

static struct err read_text(struct reading *r)
{
    while (r->next) {
        if (!r->subrip && has_arrow(r->next))
            return OK; /* the next cue begins without an empty line */
        const char *line = take_line(r);
        if (!is_blank(line))
            raw_add(r, line);
        else if (!r->subrip || !subrip_goes_on(r))
            return OK;
        if (r->raw.length > WEBVTT_CUE_BYTES_MAX)
            return wrong(r, "a caption is too long");
    }
    return OK;
}

static struct err read_cue(struct reading *r, char *line)
{
    struct cue c = {0};
    if (!has_arrow(line)) { /* an identifier */
        line = take_line(r);
        if (!line || is_blank(line))
            return wrong(r, "expected times like 00:01:02.500 --> 00:01:04.000");
    }
    TRY(read_times(r, line, &c));
    TRY(read_text(r));
    return keep_cue(r, &c);
}

static struct err read_blocks(struct reading *r)
{
    for (char *line; (line = take_line(r));) {
        if (is_blank(line))
            continue;
        if (!r->subrip && (begins_word(line, "NOTE") || begins_word(line, "STYLE") ||
                           begins_word(line, "REGION")))
            skip_block(r);
        else
            TRY(read_cue(r, line));
    }
    return OK;
}

/* The first line, and for WebVTT what belongs to it. */
static struct err read_head(struct reading *r)
{
    r->subrip = !begins_word(r->next, "WEBVTT");
    if (r->subrip) {
        for (; *r->next == ' ' || *r->next == '\t' || *r->next == '\n'; r->next++)
            r->line += *r->next == '\n';
        size_t n = strcspn(r->next, "\n");
        const char *second = r->next[n] ? r->next + n + 1 : "";
        int64_t ms;
        bool times = webvtt_time_read(r->next, &ms) != NULL;
        if (!times && (strspn(r->next, "0123456789 \t") < n || n == 0 ||
                       !webvtt_time_read(second + strspn(second, " \t"), &ms)))
            return FAIL(CAPTION_INVALID, "this is neither a WebVTT nor a SubRip file");
        return OK;
    }
    take_line(r);
    while (r->next) {
        if (has_arrow(r->next) || is_blank(take_line(r)))
            break;
    }
    return OK;
}

static int by_start(const void *a, const void *b)
{
    const struct cue *x = a, *y = b;
    if (x->start_ms != y->start_ms)
        return x->start_ms < y->start_ms ? -1 : 1;
    return x->order < y->order ? -1 : 1;
}

struct err webvtt_clean(const char *bytes, size_t count, struct strbuf *out)
{
    struct reading r = {.arena = out->arena, .raw = STRBUF_IN(out->arena)};
    struct strbuf text = STRBUF_IN(out->arena);
    webvtt_decode(bytes, count, &text);
    r.next = text.text;
    if (!r.next)
        return FAIL(CAPTION_INVALID, "the file is empty");
    TRY(read_head(&r));
    TRY(read_blocks(&r));
    if (r.count)
        qsort(r.cues, r.count, sizeof *r.cues, by_start);
    else if (r.subrip)
        return FAIL(CAPTION_INVALID, "there is no caption in this file");
    strbuf_adds(out, "WEBVTT\n");
    for (size_t i = 0; i < r.count; i++) {
        const struct cue *c = &r.cues[i];
        strbuf_adds(out, "\n");
        webvtt_time_write(out, c->start_ms);
        strbuf_adds(out, " --> ");
        webvtt_time_write(out, c->end_ms);
        strbuf_addf(out, "%s\n%s\n", c->settings, c->text);
    }
    return OK;
}
