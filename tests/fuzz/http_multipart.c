/* http_multipart.c — any bytes as a multipart body: no crash, and the pieces it comes in do not
 * change what is read. */
#include "base/strbuf.h"
#include "server/http/multipart.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes);

static struct err log_begin(void *owner, const struct multipart_part *part)
{
    strbuf_addf(owner, "[%s|%s|%s=", part->name, part->filename ? part->filename : "-",
                part->content_type ? part->content_type : "-");
    return OK;
}

static struct err log_data(void *owner, const char *data, size_t bytes)
{
    strbuf_add(owner, data, bytes);
    return OK;
}

static struct err log_end(void *owner)
{
    strbuf_adds(owner, "]");
    return OK;
}

/* Pieces of 1 to `piece` bytes, by `seed`. */
static struct strbuf read_all(struct arena *a, const uint8_t *data, size_t bytes, size_t piece,
                              unsigned seed, bool *fine)
{
    struct strbuf log = STRBUF_IN(a);
    struct multipart m;
    struct multipart_sink sink = {log_begin, log_data, log_end, &log};
    struct err e = multipart_init(&m, a, "multipart/form-data; boundary=b", &sink);
    while (bytes && !e.id) {
        size_t n = 1 + (unsigned)rand_r(&seed) % piece;
        n = n < bytes ? n : bytes;
        e = multipart_feed(&m, (const char *)data, n);
        data += n;
        bytes -= n;
    }
    *fine = !e.id && !multipart_end(&m).id;
    return log;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes)
{
    if (!bytes)
        return 0;
    SCOPED_ARENA struct arena *a = arena_open();
    bool whole_fine, pieces_fine;
    struct strbuf whole = read_all(a, data + 1, bytes - 1, bytes * 1000, 1, &whole_fine);
    struct strbuf pieces = read_all(a, data + 1, bytes - 1, 8, data[0], &pieces_fine);
    if (whole_fine != pieces_fine || whole.length != pieces.length ||
        (whole.length && memcmp(whole.text, pieces.text, whole.length)))
        abort();
    return 0;
}
