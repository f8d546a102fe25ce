/* body.c — bodies as they arrive: memory, multipart to the staging folder, sinks.
 *
 * Event threads run this. A body that goes wrong (too large, no such form, full disk) is read
 * to its end, within reason, and thrown away: only then can the client read the answer.
 */
#include "base/crypto.h"
#include "base/file.h"
#include "server/http/exchange.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum {
    LIMIT_DEFAULT = 64 << 10,
    MULTIPART_OTHER_LIMIT = 1 << 20, /* JSON or urlencoded where a multipart form may come */
    FIELD_LIMIT = 64 << 10,
    FIELDS_LIMIT = 1 << 20,
    FIELD_COUNT_LIMIT = 256,
    WRITEBACK = 8 << 20,
};

struct part {               /* of a multipart body, while it comes in */
    struct form_file *file; /* NULL: a field, or something ignored */
    struct param *field;
    char *text; /* malloc'ed; the field's value so far */
    size_t bytes, room;
};

static int64_t body_limit(const struct exchange *x)
{
    if (!x->rq.route)
        return 0;
    int64_t limit = x->rq.route->body_limit ? x->rq.route->body_limit : LIMIT_DEFAULT;
    if (x->form == FORM_SINK)
        return x->rq.sink.limit;
    if (x->form == FORM_MEMORY && x->rq.route->body == BODY_MULTIPART &&
        limit > MULTIPART_OTHER_LIMIT)
        return MULTIPART_OTHER_LIMIT;
    return limit;
}

static bool type_is(struct req *rq, const char *type)
{
    const char *given = req_header(rq, "Content-Type");
    size_t n = strlen(type);
    return given && !strncasecmp(given, type, n) && (!given[n] || strchr("; \t", given[n]));
}

static const struct multipart_sink form_sink;

struct err body_begin(struct exchange *x)
{
    struct req *rq = &x->rq;
    switch (rq->route->body) {
    case BODY_NONE: x->form = FORM_DISCARD; break;
    case BODY_SINK: x->form = FORM_SINK; break;
    case BODY_MEMORY:
    case BODY_MULTIPART:
        x->form = type_is(rq, "multipart/form-data") ? FORM_MULTIPART : FORM_MEMORY;
        break;
    }
    if (rq->content_length > body_limit(x))
        return FAIL(BODY_TOO_LARGE, "the body is larger than allowed here");
    if (x->form == FORM_MULTIPART) {
        struct multipart_sink sink = form_sink;
        sink.owner = x;
        x->multipart = arena_alloc(rq->arena, sizeof *x->multipart);
        return multipart_init(x->multipart, rq->arena, req_header(rq, "Content-Type"), &sink);
    }
    return OK;
}

/* The kernel starts to write every few MiB, not all at once when somebody waits for the fsync
 * after the last byte. Does not wait. */
static void writeback_start(int fd, int64_t before, int64_t end)
{
    if (before / WRITEBACK != end / WRITEBACK)
        sync_file_range(fd, before / WRITEBACK * WRITEBACK, WRITEBACK, SYNC_FILE_RANGE_WRITE);
}

/* --- memory */

static void *grow(void *data, size_t have, size_t more, size_t *room)
{
    if (have + more <= *room)
        return data;
    size_t wanted = *room ? *room * 2 : 4096;
    while (wanted < have + more)
        wanted *= 2;
    data = realloc(data, wanted);
    if (!data)
        abort();
    *room = wanted;
    return data;
}

static void memory_add(struct exchange *x, const char *data, size_t bytes)
{
    x->memory = grow(x->memory, x->rq.body_bytes, bytes + 1, &x->memory_room);
    memcpy(x->memory + x->rq.body_bytes, data, bytes);
    x->rq.body_bytes += bytes;
    x->memory[x->rq.body_bytes] = 0;
}

/* --- sink */

static void sink_add(struct exchange *x, const char *data, size_t bytes)
{
    struct sink *sink = &x->rq.sink;
    if (sink->fd >= 0) {
        struct err e = fd_pwrite_all(sink->fd, data, bytes, sink->offset + sink->bytes);
        if (e.id) {
            sink->failed = true;
            sink->failure = x->body_error = e;
            return;
        }
        int64_t end = sink->offset + sink->bytes + (int64_t)bytes;
        writeback_start(sink->fd, end - (int64_t)bytes, end);
    }
    if (sink->digest)
        digest_update(sink->digest, data, bytes);
    sink->bytes += (int64_t)bytes;
}

/* --- multipart */

static struct err file_part_open(struct exchange *x, struct form_file *file)
{
    struct req *rq = &x->rq;
    char *path = arena_printf(rq->arena, "%s/part-%s", x->http->config.staging,
                              random_hex(rq->arena, 16));
    file->fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (file->fd < 0)
        return err_errno(errno == ENOENT ? EIO : errno, "making a file in the staging folder");
    file->path = path;
    return OK;
}

static struct err part_begin(void *owner, const struct multipart_part *given)
{
    struct exchange *x = owner;
    struct arena *a = x->rq.arena;
    if (++x->field_count > FIELD_COUNT_LIMIT)
        return FAIL(BODY_TOO_LARGE, "the form has too many fields");
    struct part *part = x->part = arena_alloc(a, sizeof *part);
    if (given->filename && !*given->filename)
        return OK; /* a file input left empty */
    if (given->filename) {
        struct form_file *file = arena_alloc(a, sizeof *file);
        *file = (struct form_file){.field = given->name,
                                   .filename = given->filename,
                                   .content_type = given->content_type,
                                   .fd = -1};
        TRY(file_part_open(x, file));
        struct form_file **tail = &x->rq.files;
        while (*tail)
            tail = &(*tail)->next;
        *tail = part->file = file;
        return OK;
    }
    part->field = arena_alloc(a, sizeof *part->field);
    *part->field = (struct param){given->name, "", NULL};
    struct param **tail = &x->rq.form;
    while (*tail)
        tail = &(*tail)->next;
    *tail = part->field;
    return OK;
}

static struct err part_data(void *owner, const char *data, size_t bytes)
{
    struct exchange *x = owner;
    struct part *part = x->part;
    if (part->file) {
        TRY(fd_write_all(part->file->fd, data, bytes));
        part->file->bytes += (int64_t)bytes;
        writeback_start(part->file->fd, part->file->bytes - (int64_t)bytes, part->file->bytes);
    } else if (part->field) {
        x->fields_bytes += bytes;
        if (part->bytes + bytes > FIELD_LIMIT || x->fields_bytes > FIELDS_LIMIT)
            return FAIL(BODY_TOO_LARGE, "a field of the form is too large");
        part->text = grow(part->text, part->bytes, bytes, &part->room);
        memcpy(part->text + part->bytes, data, bytes);
        part->bytes += bytes;
    }
    return OK;
}

static void part_release(struct exchange *x)
{
    if (x->part)
        free(x->part->text);
    x->part = NULL;
}

static struct err part_end(void *owner)
{
    struct exchange *x = owner;
    struct part *part = x->part;
    bool whole = true;
    if (part->field && part->text) {
        part->field->value = arena_strndup(x->rq.arena, part->text, part->bytes);
        whole = !memchr(part->text, 0, part->bytes) && utf8_valid(part->text, part->bytes);
    }
    part_release(x);
    return whole ? OK : FAIL(BAD_REQUEST, "a field of the form is not UTF-8 text");
}

static const struct multipart_sink form_sink = {part_begin, part_data, part_end, NULL};

/* --- all of them */

/* The rest is thrown away; what was written goes now, not after gigabytes more. */
static void give_up_files(struct exchange *x)
{
    for (struct form_file *file = x->rq.files; file; file = file->next)
        if (file->fd >= 0 && ftruncate(file->fd, 0))
            continue; /* it is unlinked soon */
}

bool body_feed(struct exchange *x, const char *data, size_t bytes)
{
    x->body_seen += (int64_t)bytes;
    if (x->response || x->body_error.id) /* refused: read and forget */
        return x->rq.content_length >= 0 || x->body_seen <= body_limit(x) + DRAIN_LIMIT;
    if (x->body_seen > body_limit(x)) {
        x->body_error = FAIL(BODY_TOO_LARGE, "the body is larger than allowed here");
        give_up_files(x);
        return true;
    }
    switch (x->form) {
    case FORM_DISCARD: break;
    case FORM_MEMORY: memory_add(x, data, bytes); break;
    case FORM_SINK: sink_add(x, data, bytes); break;
    case FORM_MULTIPART: x->body_error = multipart_feed(x->multipart, data, bytes); break;
    }
    if (x->body_error.id)
        give_up_files(x);
    return true;
}

void body_end(struct exchange *x)
{
    if (x->form == FORM_MULTIPART && !x->body_error.id)
        x->body_error = multipart_end(x->multipart);
    struct req *rq = &x->rq;
    rq->body = x->memory ? x->memory : "";
    if (x->form == FORM_MEMORY && !x->body_error.id && rq->body_bytes &&
        type_is(rq, "application/x-www-form-urlencoded") &&
        !text_pairs(rq->arena, rq->body, rq->body_bytes, &rq->form))
        x->body_error = FAIL(BAD_REQUEST, "the form does not decode");
}

void body_drop_files(struct exchange *x)
{
    for (struct form_file *file = x->rq.files; file; file = file->next) {
        if (file->fd >= 0)
            close(file->fd);
        file->fd = -1;
        if (file->path)
            unlink(file->path);
        file->path = NULL;
    }
    if (x->rq.sink.fd >= 0)
        close(x->rq.sink.fd);
    x->rq.sink.fd = -1;
}

void body_release(struct exchange *x)
{
    part_release(x);
    free(x->memory);
    x->memory = NULL;
}
