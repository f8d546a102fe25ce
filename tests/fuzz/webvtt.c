/* webvtt.c — any bytes as captions: no crash, and what is accepted is small, begins as WebVTT
 * does, and is accepted again unchanged. */
#include "server/domain/webvtt.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes);

static void require(bool promise)
{
    if (!promise)
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes)
{
    SCOPED_ARENA struct arena *a = arena_open();
    struct strbuf once = STRBUF_IN(a), twice = STRBUF_IN(a);
    if (webvtt_clean((const char *)data, bytes, &once).id)
        return 0;
    require(!strncmp(once.text, "WEBVTT\n", 7));
    require(!strstr(once.text, "<script"));
    if (bytes > 1500) /* escaped, a long caption may be too long */
        return 0;
    require(!webvtt_clean(once.text, once.length, &twice).id);
    require(once.length == twice.length && !memcmp(once.text, twice.text, once.length));
    return 0;
}
