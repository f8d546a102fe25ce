/* file_answer.c — files and virtual files: conditions, ranges, and the bytes.
 *
 * Spec: RFC 9110 sections 13 (conditions) and 14 (ranges), RFC 6266 (Content-Disposition).
 */
#include "base/file.h"
#include "base/strbuf.h"
#include "server/http/exchange.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <time.h>

enum { VIRTUAL_BLOCK = 256 * 1024, DATE_TEXT = 32 };

struct res_file { /* one range of a file; a virtual one when `source` is set */
    int fd;
    int64_t offset, length;
    const struct virtual_answer *source;
};

struct facts { /* what conditions and ranges are judged by */
    int64_t size;
    int64_t modified_s; /* -1 unknown */
    const char *etag;
};

const char *http_content_type(const char *name)
{
    static const struct {
        const char *ending, *type;
    } types[] = {
        {"mp4", "video/mp4"},
        {"m4s", "video/iso.segment"},
        {"m4v", "video/mp4"},
        {"m4a", "audio/mp4"},
        {"m3u8", "application/vnd.apple.mpegurl"},
        {"webm", "video/webm"},
        {"vtt", "text/vtt; charset=utf-8"},
        {"srt", "application/x-subrip; charset=utf-8"},
        {"jpg", "image/jpeg"},
        {"jpeg", "image/jpeg"},
        {"png", "image/png"},
        {"gif", "image/gif"},
        {"svg", "image/svg+xml"},
        {"webp", "image/webp"},
        {"avif", "image/avif"},
        {"ico", "image/x-icon"},
        {"js", "text/javascript; charset=utf-8"},
        {"mjs", "text/javascript; charset=utf-8"},
        {"css", "text/css; charset=utf-8"},
        {"html", "text/html; charset=utf-8"},
        {"json", "application/json; charset=utf-8"},
        {"map", "application/json; charset=utf-8"},
        {"wasm", "application/wasm"},
        {"txt", "text/plain; charset=utf-8"},
        {"xml", "application/xml; charset=utf-8"},
        {"woff2", "font/woff2"},
        {"webmanifest", "application/manifest+json; charset=utf-8"},
        {"torrent", "application/x-bittorrent"},
    };
    const char *dot = strrchr(name, '.');
    for (size_t i = 0; dot && i < sizeof types / sizeof types[0]; i++)
        if (!strcasecmp(dot + 1, types[i].ending))
            return types[i].type;
    return "application/octet-stream";
}

static void http_date(int64_t unix_s, char out[DATE_TEXT])
{
    struct tm tm;
    time_t t = unix_s;
    gmtime_r(&t, &tm);
    strftime(out, DATE_TEXT, "%a, %d %b %Y %H:%M:%S GMT", &tm);
}

static int64_t http_date_read(const char *text)
{
    struct tm tm = {0};
    const char *end = strptime(text, "%a, %d %b %Y %H:%M:%S GMT", &tm);
    return end && !*end ? timegm(&tm) : -1;
}

/* Weak comparison with each member of an If-None-Match list. */
bool etag_matches(const char *list, const char *etag)
{
    if (!strncmp(etag, "W/", 2))
        etag += 2;
    size_t n = strlen(etag);
    for (const char *p = list; *p;) {
        p += strspn(p, ", \t");
        if (*p == '*')
            return true;
        if (!strncmp(p, "W/", 2))
            p += 2;
        if (!strncmp(p, etag, n) && (!p[n] || strchr(", \t", p[n])))
            return true;
        if (*p == '"') {
            const char *close = strchr(p + 1, '"');
            p = close ? close + 1 : p + strlen(p);
        } else {
            p += strcspn(p, ",");
        }
    }
    return false;
}

static bool not_modified(struct req *rq, const struct facts *f)
{
    const char *none_match = req_header(rq, "If-None-Match");
    if (none_match)
        return f->etag && etag_matches(none_match, f->etag);
    const char *since = req_header(rq, "If-Modified-Since");
    if (!since || f->modified_s < 0)
        return false;
    int64_t t = http_date_read(since);
    return t >= 0 && f->modified_s <= t;
}

/* Digits; saturates. NULL where there are none. */
static const char *number(const char *p, int64_t *out)
{
    if (!isdigit((unsigned char)*p))
        return NULL;
    int64_t n = 0;
    for (; isdigit((unsigned char)*p); p++)
        n = n > INT64_MAX / 10 - 1 ? INT64_MAX / 10 : n * 10 + (*p - '0');
    *out = n;
    return p;
}

enum range range_read(const char *text, int64_t size, int64_t *offset, int64_t *length)
{
    if (strncasecmp(text, "bytes=", 6))
        return RANGE_WHOLE;
    const char *p = text + 6 + strspn(text + 6, " \t");
    int64_t first = -1, last = -1;
    if (*p == '-') {
        p = number(p + 1, &last);
        if (!p || p[strspn(p, " \t")])
            return RANGE_WHOLE;
        if (!last || !size)
            return RANGE_OUTSIDE;
        *length = last < size ? last : size;
        *offset = size - *length;
        return RANGE_PART;
    }
    p = number(p, &first);
    if (!p || *p++ != '-')
        return RANGE_WHOLE;
    if (isdigit((unsigned char)*p))
        p = number(p, &last);
    if (p[strspn(p, " \t")] || (last >= 0 && last < first))
        return RANGE_WHOLE;
    if (first >= size)
        return RANGE_OUTSIDE;
    if (last < 0 || last >= size)
        last = size - 1;
    *offset = first;
    *length = last - first + 1;
    return RANGE_PART;
}

static bool range_allowed(struct req *rq, const struct facts *f)
{
    const char *condition = req_header(rq, "If-Range");
    if (!condition)
        return true;
    if (*condition == '"')
        return f->etag && !strcmp(condition, f->etag);
    return f->modified_s >= 0 && http_date_read(condition) == f->modified_s;
}

/* Conditions, range and headers in common. On 304 `*part` has length -1: no bytes follow. */
static struct err part_choose(struct req *rq, struct res *rs, const struct facts *f,
                              struct res_file *part)
{
    struct arena *a = rq->arena;
    res_header(rq, rs, "Accept-Ranges", "bytes");
    if (f->etag)
        res_header(rq, rs, "ETag", f->etag);
    if (f->modified_s >= 0) {
        char date[DATE_TEXT];
        http_date(f->modified_s, date);
        res_header(rq, rs, "Last-Modified", date);
    }
    part->offset = 0;
    part->length = f->size;
    rs->status = 200;
    if (not_modified(rq, f)) {
        rs->status = 304;
        part->length = -1;
        return OK;
    }
    const char *range = rq->method == HTTP_GET ? req_header(rq, "Range") : NULL;
    if (!range || !range_allowed(rq, f))
        return OK;
    switch (range_read(range, f->size, &part->offset, &part->length)) {
    case RANGE_WHOLE: return OK;
    case RANGE_OUTSIDE:
        res_header(rq, rs, "Content-Range",
                   arena_printf(a, "bytes */%lld", (long long)f->size));
        return FAIL(RANGE_UNSATISFIABLE, "the range is outside of the file");
    case RANGE_PART: break;
    }
    rs->status = 206;
    res_header(rq, rs, "Content-Range",
               arena_printf(a, "bytes %lld-%lld/%lld", (long long)part->offset,
                            (long long)(part->offset + part->length - 1), (long long)f->size));
    return OK;
}

/* RFC 6266 with RFC 8187's filename*, and an ASCII one for the old. */
static const char *disposition(struct arena *a, const char *name)
{
    struct strbuf plain = STRBUF_IN(a), full = STRBUF_IN(a);
    for (const char *p = name; *p; p++) {
        unsigned char c = (unsigned char)*p;
        bool fine = c >= 0x20 && c < 0x7f && !strchr("\"\\/%", c);
        strbuf_addf(&plain, "%c", fine ? c : '_');
        bool token = c < 0x80 && (isalnum(c) || (c && strchr("!#$&+-.^_`|~", c)));
        strbuf_addf(&full, token ? "%c" : "%%%02X", c);
    }
    return arena_printf(a, "attachment; filename=\"%s\"; filename*=UTF-8''%s",
                        plain.text ? plain.text : "", full.text ? full.text : "");
}

static void describe(struct req *rq, struct res *rs, const char *cache, const char *download)
{
    if (cache)
        res_header(rq, rs, "Cache-Control", cache);
    if (download)
        res_header(rq, rs, "Content-Disposition", disposition(rq->arena, download));
}

struct err res_file(struct req *rq, struct res *rs, const struct file_answer *answer)
{
    SCOPED_FD int fd = open(answer->path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
    struct stat st;
    if (fd < 0 || fstat(fd, &st)) {
        int number_ = errno;
        if (number_ == EMFILE || number_ == ENFILE)
            return FAIL(OVERLOADED, "too many open files");
        return number_ == EIO ? FAIL(IO, "opening a file") : FAIL(NOT_FOUND, "no such file");
    }
    if (!S_ISREG(st.st_mode))
        return FAIL(NOT_FOUND, "no such file");
    struct facts f = {
        .size = st.st_size,
        .modified_s = st.st_mtim.tv_sec,
        .etag = arena_printf(rq->arena, "\"%llx-%llx-%llx\"", (unsigned long long)st.st_size,
                             (unsigned long long)st.st_mtim.tv_sec * 1000000000ULL +
                                 (unsigned long long)st.st_mtim.tv_nsec,
                             (unsigned long long)st.st_ino),
    };
    if (answer->cors) {
        res_header(rq, rs, "Access-Control-Allow-Origin", "*");
        res_header(rq, rs, "Access-Control-Expose-Headers",
                   "Content-Length, Content-Range, ETag");
    }
    struct res_file part = {.fd = -1};
    TRY(part_choose(rq, rs, &f, &part));
    describe(rq, rs, answer->cache, answer->download_name);
    rs->content_type =
        answer->content_type ? answer->content_type : http_content_type(answer->path);
    if (part.length <= 0 || rq->method == HTTP_HEAD)
        part.fd = -1; /* closed here */
    else
        part.fd = fd, fd = -1;
    rs->file = arena_copy(rq->arena, &part, sizeof part);
    return OK;
}

void res_virtual(struct req *rq, struct res *rs, const struct virtual_answer *answer)
{
    struct facts f = {.size = answer->size, .modified_s = -1, .etag = answer->etag};
    struct res_file part = {.fd = -1};
    struct err e = part_choose(rq, rs, &f, &part);
    if (e.id) {
        if (answer->release)
            answer->release(answer->owner);
        res_problem(rq, rs, e, NULL);
        return;
    }
    describe(rq, rs, answer->cache, answer->download_name);
    rs->content_type = answer->content_type ? answer->content_type : "video/mp4";
    part.source = arena_copy(rq->arena, answer, sizeof *answer);
    rs->file = arena_copy(rq->arena, &part, sizeof part);
}

void file_drop(struct res_file *file)
{
    if (!file)
        return;
    if (file->fd >= 0)
        close(file->fd);
    file->fd = -1;
    if (file->source && file->source->release)
        file->source->release(file->source->owner);
    file->source = NULL;
}

/* --- the bytes of a virtual file */

struct virtual_read { /* lives until the response is destroyed */
    struct virtual_answer answer;
    int64_t offset;
};

static const struct extent *extent_at(const struct virtual_answer *v, int64_t at)
{
    size_t low = 0, high = v->extent_count;
    while (low < high) { /* the last one that starts at or before `at` */
        size_t mid = (low + high) / 2;
        if (v->extents[mid].virtual_offset <= at)
            low = mid + 1;
        else
            high = mid;
    }
    return low ? &v->extents[low - 1] : NULL;
}

/* Up to `room` bytes at `at`, not crossing an extent. -1: the files are not what they were. */
static ssize_t virtual_some(const struct virtual_answer *v, int64_t at, char *to, size_t room)
{
    if (at < v->head_bytes) {
        int64_t n = v->head_bytes - at;
        n = n < (int64_t)room ? n : (int64_t)room;
        return (ssize_t)v->head_read(v->owner, at, to, n);
    }
    const struct extent *e = extent_at(v, at);
    if (!e || at - e->virtual_offset >= e->length)
        return -1;
    int64_t inside = at - e->virtual_offset, n = e->length - inside;
    n = n < (int64_t)room ? n : (int64_t)room;
    ssize_t got;
    do
        got = pread(v->files[e->file], to, (size_t)n, e->offset + inside);
    while (got < 0 && errno == EINTR);
    return got > 0 ? got : -1;
}

static ssize_t virtual_reader(void *cls, uint64_t position, char *to, size_t room)
{
    struct virtual_read *r = cls;
    size_t done = 0;
    while (done < room) {
        int64_t at = r->offset + (int64_t)position + (int64_t)done;
        if (at >= r->answer.size)
            break;
        ssize_t n = virtual_some(&r->answer, at, to + done, room - done);
        if (n < 0)
            return done ? (ssize_t)done : MHD_CONTENT_READER_END_WITH_ERROR;
        done += (size_t)n;
    }
    return (ssize_t)done;
}

static void virtual_free(void *cls)
{
    struct virtual_read *r = cls;
    if (r->answer.release)
        r->answer.release(r->answer.owner);
    free(r);
}

struct MHD_Response *file_response(struct exchange *x, struct res_file *file)
{
    if (file->length > 0)
        x->answer_bytes = file->length;
    if (file->source && file->length > 0) {
        struct virtual_read *r = malloc(sizeof *r);
        if (!r)
            abort();
        *r = (struct virtual_read){*file->source, file->offset};
        file->source = NULL;
        size_t block = file->length < VIRTUAL_BLOCK ? (size_t)file->length : VIRTUAL_BLOCK;
        return MHD_create_response_from_callback((uint64_t)file->length, block, virtual_reader,
                                                 r, virtual_free);
    }
    struct MHD_Response *response = NULL;
    if (file->fd >= 0) {
        response = MHD_create_response_from_fd_at_offset64((uint64_t)file->length, file->fd,
                                                           (uint64_t)file->offset);
        if (response)
            file->fd = -1;
    } else if (file->length > 0) { /* HEAD: the length only */
        response = MHD_create_response_from_callback((uint64_t)file->length, 1, virtual_reader,
                                                     NULL, NULL);
    } else {
        response =
            MHD_create_response_from_buffer(0, (void *)(uintptr_t) "", MHD_RESPMEM_PERSISTENT);
    }
    file_drop(file);
    return response;
}
