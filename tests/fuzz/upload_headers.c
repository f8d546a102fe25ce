/* upload_headers.c — any text as Content-Range, Digest and Content-MD5: no crash, and what is
 * accepted keeps its promises. */
#include "server/api/upload_headers.h"
#include "base/crypto.h"

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
    const char *text = arena_strndup(a, (const char *)data, bytes);
    struct content_range r;
    if (content_range_parse(text, &r)) {
        require(r.first >= 0 && r.last >= -1 && r.total >= -1);
        require(r.first + r.last < INT64_MAX / 2);
        require(!r.query || (r.first == 0 && r.last == -1));
    }
    struct checksum c;
    for (int md5 = 0; md5 < 2; md5++) {
        if (!(md5 ? content_md5_parse(a, text, &c) : digest_parse(a, text, &c)) || !c.algorithm)
            continue;
        struct digest *d = digest_open(c.algorithm);
        require(d);
        require(strlen(digest_base64(d, a)) == strlen(c.base64));
    }
    return 0;
}
