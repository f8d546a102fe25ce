/* http_text.c — any text as path, query, range, tag list and forwarding list: no crash, and
 * what is accepted keeps its promises. */
#include "server/http/exchange.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes);

static void require(bool promise)
{
    if (!promise)
        abort();
}

static void path_check(struct arena *a, const char *text, size_t n)
{
    struct segments segments;
    char *out = arena_alloc(a, n + 2);
    if (!text_path(text, n, out, &segments))
        return;
    require(out[0] == '/' && strlen(out) <= n + 1 && utf8_valid(out, strlen(out)));
    require(!strstr(out, "/../") && !strstr(out, "/./"));
    for (size_t i = 0; i < segments.count; i++)
        require(segments.at[i].text > out &&
                segments.at[i].text + segments.at[i].bytes <= out + strlen(out));
}

static void range_check(const char *text)
{
    for (int64_t size = 0; size < 100; size += 33) {
        int64_t offset = -1, length = -1;
        if (range_read(text, size, &offset, &length) == RANGE_PART)
            require(offset >= 0 && length > 0 && offset + length <= size);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes)
{
    SCOPED_ARENA struct arena *a = arena_open();
    const char *text = arena_strndup(a, (const char *)data, bytes);
    size_t n = strlen(text);
    path_check(a, text, n);
    struct param *pairs;
    if (text_pairs(a, text, n, &pairs))
        for (struct param *p = pairs; p; p = p->next)
            require(utf8_valid(p->name, strlen(p->name)) &&
                    utf8_valid(p->value, strlen(p->value)));
    range_check(text);
    range_check(arena_printf(a, "bytes=%s", text));
    etag_matches(text, "\"abc\"");
    struct networks *nets = networks_open(text);
    require(address_forwarded(nets, a, text, "1.2.3.4"));
    networks_close(nets);
    return 0;
}
