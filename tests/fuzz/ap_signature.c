/* Signature, Signature-Input and Authorization headers of anybody, parsed and checked; PEM,
 * base64. The first byte says which header the rest is; '\n' starts the next header. */
#include "server/activitypub/httpsig.h"

#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char *const names[] = {"Signature", "Signature-Input", "Authorization",
                                    "Digest",    "Content-Digest",  "Date",
                                    "Host",      "Content-Length"};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct key *key;
    static const char *const hosts[] = {"us.example", "us.example:8443", NULL};
    SCOPED_ARENA struct arena *a = arena_open();
    struct signed_header list[16];
    struct signed_headers headers = {list, 0};
    struct signature sig;
    unsigned char *raw;
    size_t bytes;
    if (!key) {
        struct key_pair pair;
        key_pair_new(a, &pair);
        if (key_read(pair.public_pem, &key).id)
            __builtin_trap();
    }
    char *text = arena_strndup(a, (const char *)data, size), *save;
    if (base64_bytes(a, text, strlen(text), &raw, &bytes) && bytes > size)
        __builtin_trap();
    struct key *none = NULL;
    if (!key_read(text, &none).id)
        key_close(none);
    for (char *line = strtok_r(text, "\n", &save); line && headers.count < 16;
         line = strtok_r(NULL, "\n", &save))
        list[headers.count++] =
            (struct signed_header){names[(unsigned char)line[0] % 8], line + 1};
    struct signed_message m = {.method = "POST",
                               .target = "/inbox?q=1",
                               .header = signed_header_in,
                               .from = &headers,
                               .body = data,
                               .body_bytes = size};
    if (!httpsig_parse(a, &m, &sig).id) {
        if (!sig.key_id || !sig.value || !sig.component_count)
            __builtin_trap();
        struct err e = httpsig_check(a, &sig, &m, hosts, 1790000000000);
        if (!httpsig_verify_key(a, &sig, &m, hosts, key).id)
            __builtin_trap(); /* nobody has the key */
        (void)e;
    }
    return 0;
}
