/* multipart.c — see multipart.h. A delimiter holds a CR only at its start, so what was held
 * back after a partial match can never contain the start of another one. */
#include "server/http/multipart.h"

#include "server/http/exchange.h"

#include <string.h>
#include <strings.h>

/* --- header values: token; name="quoted"; name=token */

/* The value of parameter `name`, unescaped, or NULL. */
static char *parameter(struct arena *a, const char *header, const char *name)
{
    size_t n = strlen(name);
    for (const char *p = header + strcspn(header, ";"); *p == ';';) {
        p++;
        p += strspn(p, " \t");
        bool wanted = !strncasecmp(p, name, n) && p[n] == '=';
        p += strcspn(p, "=;");
        if (*p != '=')
            continue;
        p++;
        char *value = wanted ? arena_alloc(a, strlen(p) + 1) : NULL, *to = value;
        if (*p == '"') {
            for (p++; *p && *p != '"'; p++) {
                if (*p == '\\' && (p[1] == '"' || p[1] == '\\'))
                    p++;
                if (to)
                    *to++ = *p;
            }
            p += strcspn(p, ";");
        } else {
            for (; *p && *p != ';'; p++)
                if (to)
                    *to++ = *p;
            while (to && to > value && (to[-1] == ' ' || to[-1] == '\t'))
                *--to = 0;
        }
        if (wanted)
            return value;
    }
    return NULL;
}

/* What browsers write for quotes and line ends in names. */
static char *browser_unescape(char *text)
{
    char *to = text;
    for (const char *p = text; p && *p;) {
        if (!strncmp(p, "%22", 3))
            *to++ = '"', p += 3;
        else if (!strncasecmp(p, "%0d", 3))
            *to++ = '\r', p += 3;
        else if (!strncasecmp(p, "%0a", 3))
            *to++ = '\n', p += 3;
        else
            *to++ = *p++;
    }
    if (to)
        *to = 0;
    return text;
}

/* filename*=UTF-8''%e2%82%ac */
static char *extended_filename(struct arena *a, const char *header)
{
    const char *raw = parameter(a, header, "filename*");
    if (!raw || strncasecmp(raw, "utf-8'", 6))
        return NULL;
    const char *quote = strchr(raw + 6, '\'');
    if (!quote)
        return NULL;
    char *out = arena_alloc(a, strlen(quote) + 1);
    size_t bytes;
    return text_unescape(quote + 1, strlen(quote + 1), false, out, &bytes) ? out : NULL;
}

/* The last component, with unprintable bytes made harmless. */
static const char *clean_filename(char *name)
{
    for (char *p = name; *p; p++)
        if (*p == '/' || *p == '\\')
            name = p + 1;
    for (char *p = name; *p; p++)
        if ((unsigned char)*p < 0x20 || *p == 0x7f)
            *p = '_';
    return utf8_valid(name, strlen(name)) ? name : "file";
}

static const char *header_value(char *line, const char *name)
{
    size_t n = strlen(name);
    if (strncasecmp(line, name, n) || line[n] != ':')
        return NULL;
    return line + n + 1 + strspn(line + n + 1, " \t");
}

static struct err part_describe(struct multipart *m, struct multipart_part *part)
{
    const char *disposition = NULL;
    *part = (struct multipart_part){.name = ""};
    for (char *line = m->headers, *next; line && *line; line = next) {
        char *end = strstr(line, "\r\n");
        next = end ? end + 2 : NULL;
        if (end)
            *end = 0;
        const char *value;
        if ((value = header_value(line, "Content-Disposition")))
            disposition = value;
        else if ((value = header_value(line, "Content-Type")))
            part->content_type = arena_strdup(m->arena, value);
    }
    if (!disposition)
        return FAIL(BAD_REQUEST, "a part of the form has no Content-Disposition");
    char *name = browser_unescape(parameter(m->arena, disposition, "name"));
    if (name && !utf8_valid(name, strlen(name)))
        return FAIL(BAD_REQUEST, "a field's name is not UTF-8");
    part->name = name ? name : "";
    char *filename = extended_filename(m->arena, disposition);
    if (!filename)
        filename = browser_unescape(parameter(m->arena, disposition, "filename"));
    part->filename = filename ? clean_filename(filename) : NULL;
    return OK;
}

/* --- the states. Each takes some bytes and answers how many. */

static size_t emit(struct multipart *m, const char *data, size_t bytes)
{
    if (bytes && m->state == MULTIPART_DATA)
        m->error = m->sink.data(m->sink.owner, data, bytes);
    return bytes;
}

static void delimiter_seen(struct multipart *m)
{
    m->matched = 0;
    if (m->state == MULTIPART_DATA)
        m->error = m->sink.end(m->sink.owner);
    m->state = MULTIPART_BOUNDARY;
    m->last = 0;
}

/* How many bytes at the end of `data` may be the start of the delimiter. */
static size_t tail_match(const struct multipart *m, const char *data, size_t bytes)
{
    size_t longest = m->delimiter_bytes - 1;
    const char *from = bytes > longest ? data + bytes - longest : data, *end = data + bytes;
    while ((from = memchr(from, '\r', (size_t)(end - from)))) {
        if (!memcmp(from, m->delimiter, (size_t)(end - from)))
            return (size_t)(end - from);
        from++;
    }
    return 0;
}

static size_t data_take(struct multipart *m, const char *data, size_t bytes)
{
    if (m->matched) {
        size_t i = 0;
        while (i < bytes && m->matched < m->delimiter_bytes &&
               data[i] == m->delimiter[m->matched])
            i++, m->matched++;
        if (m->matched == m->delimiter_bytes)
            delimiter_seen(m);
        else if (i < bytes) {
            size_t held = m->matched - i; /* these came with earlier calls */
            m->matched = 0;
            emit(m, m->delimiter, held);
            if (!m->error.id)
                emit(m, data, i);
        }
        return i;
    }
    const char *found = memmem(data, bytes, m->delimiter, m->delimiter_bytes);
    if (found) {
        emit(m, data, (size_t)(found - data));
        if (!m->error.id)
            delimiter_seen(m);
        return (size_t)(found - data) + m->delimiter_bytes;
    }
    size_t held = tail_match(m, data, bytes);
    emit(m, data, bytes - held);
    m->matched = held;
    return bytes;
}

/* "--" ends the body; blanks and CRLF begin a part. */
static size_t boundary_take(struct multipart *m, const char *data, size_t bytes)
{
    for (size_t i = 0; i < bytes; i++) {
        char c = data[i];
        if (m->last == '-' && c == '-') {
            m->state = MULTIPART_EPILOGUE;
            return i + 1;
        }
        if (m->last == '\r' && c == '\n') {
            m->state = MULTIPART_HEADERS;
            m->headers_bytes = 0;
            return i + 1;
        }
        bool blank = c == ' ' || c == '\t', first = !m->last || m->last == ' ';
        if (!first || !(blank || c == '\r' || (c == '-' && !m->last))) {
            m->error = FAIL(BAD_REQUEST, "something follows a boundary of the form");
            return bytes;
        }
        m->last = blank ? ' ' : c;
    }
    return bytes;
}

static size_t headers_take(struct multipart *m, const char *data, size_t bytes)
{
    for (size_t i = 0; i < bytes; i++) {
        if (m->headers_bytes + 1 >= MULTIPART_HEADERS_MAX || !data[i]) {
            m->error = FAIL(BAD_REQUEST, "the headers of a part of the form are too large");
            return bytes;
        }
        m->headers[m->headers_bytes++] = data[i];
        m->headers[m->headers_bytes] = 0;
        size_t n = m->headers_bytes;
        bool blank_line =
            data[i] == '\n' && (n == 2 ? !memcmp(m->headers, "\r\n", 2)
                                       : n > 3 && !memcmp(m->headers + n - 4, "\r\n\r\n", 4));
        if (!blank_line)
            continue;
        struct multipart_part part;
        m->error = part_describe(m, &part);
        if (!m->error.id)
            m->error = m->sink.begin(m->sink.owner, &part);
        m->state = MULTIPART_DATA;
        return i + 1;
    }
    return bytes;
}

/* --- the outside */

struct err multipart_init(struct multipart *m, struct arena *a, const char *content_type,
                          const struct multipart_sink *sink)
{
    *m = (struct multipart){.arena = a, .sink = *sink};
    const char *boundary = content_type ? parameter(a, content_type, "boundary") : NULL;
    size_t n = boundary ? strlen(boundary) : 0;
    if (!n || n > MULTIPART_BOUNDARY_MAX || strpbrk(boundary, "\r\n"))
        return FAIL(BAD_REQUEST, "the multipart body has no usable boundary");
    memcpy(m->delimiter, "\r\n--", 4);
    memcpy(m->delimiter + 4, boundary, n);
    m->delimiter_bytes = n + 4;
    m->matched = 2; /* the first boundary may come without a line before it */
    m->headers = arena_alloc(a, MULTIPART_HEADERS_MAX);
    return OK;
}

struct err multipart_feed(struct multipart *m, const char *data, size_t bytes)
{
    while (bytes && !m->error.id) {
        size_t n = bytes;
        switch (m->state) {
        case MULTIPART_PREAMBLE:
        case MULTIPART_DATA: n = data_take(m, data, bytes); break;
        case MULTIPART_BOUNDARY: n = boundary_take(m, data, bytes); break;
        case MULTIPART_HEADERS: n = headers_take(m, data, bytes); break;
        case MULTIPART_EPILOGUE: break;
        }
        data += n;
        bytes -= n;
    }
    return m->error;
}

struct err multipart_end(struct multipart *m)
{
    if (!m->error.id && m->state != MULTIPART_EPILOGUE)
        m->error = FAIL(BAD_REQUEST, "the multipart body is incomplete");
    return m->error;
}
