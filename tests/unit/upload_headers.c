/* upload_headers.c — Content-Range and digests of chunks: what is read, what is refused. */
#include "tests/unit/test.h"

#include "base/crypto.h"
#include "server/api/upload_headers.h"

TEST(a_content_range_is_read_or_refused)
{
    static const struct {
        const char *text;
        bool fine, query;
        int64_t first, last, total;
    } cases[] = {
        {"bytes 0-0/1", true, false, 0, 0, 1},
        {"bytes 0-1048575/5242880", true, false, 0, 1048575, 5242880},
        {"bytes 1048576-2097151/*", true, false, 1048576, 2097151, -1},
        {"bytes */5242880", true, true, 0, -1, 5242880},
        {"bytes */*", true, true, 0, -1, -1},
        {"bytes 5-*/10", true, false, 5, -1, 10},
        {"Bytes 1-2/3", true, false, 1, 2, 3},
        {"  bytes   1-2/3  ", true, false, 1, 2, 3},
        {"bytes=1-2/3", true, false, 1, 2, 3},
        {"bytes 2-1/3", true, false, 2, 1, 3}, /* the caller's conflict */
        {"bytes 0-4611686018427387/4611686018427388", true, false, 0, 4611686018427387,
         4611686018427388},
        {"", false, false, 0, 0, 0},
        {"bytes", false, false, 0, 0, 0},
        {"bytes0-1/2", false, false, 0, 0, 0},
        {"items 0-1/2", false, false, 0, 0, 0},
        {"bytes 0-1", false, false, 0, 0, 0},
        {"bytes 0-1/", false, false, 0, 0, 0},
        {"bytes -1/2", false, false, 0, 0, 0},
        {"bytes 0-/2", false, false, 0, 0, 0},
        {"bytes 0/2", false, false, 0, 0, 0},
        {"bytes +0-1/2", false, false, 0, 0, 0},
        {"bytes 0-1/2 x", false, false, 0, 0, 0},
        {"bytes 0-1/2,3-4/5", false, false, 0, 0, 0},
        {"bytes 0x0-0x1/2", false, false, 0, 0, 0},
        {"bytes 0-99999999999999999999/2", false, false, 0, 0, 0},
        {"bytes 9223372036854775807-9223372036854775807/9223372036854775807", false, false, 0,
         0, 0},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct content_range r;
        print_message("%s\n", cases[i].text);
        CHECK_INT(content_range_parse(cases[i].text, &r), cases[i].fine);
        if (!cases[i].fine)
            continue;
        CHECK_INT(r.query, cases[i].query);
        CHECK_INT(r.first, cases[i].first);
        CHECK_INT(r.last, cases[i].last);
        CHECK_INT(r.total, cases[i].total);
    }
}

#define SHA1_ABC "qZk+NkcGgWq6PiVxeFDCbJzQ2J0="
#define SHA256_ABC "ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa0="
#define MD5_ABC "kAFQmDzST7DWlj99KOF/cg=="

TEST(a_digest_header_is_read_or_refused)
{
    static const struct {
        const char *text;
        bool fine;
        const char *algorithm, *base64;
    } cases[] = {
        {"sha1=" SHA1_ABC, true, "sha1", SHA1_ABC},
        {"sha=" SHA1_ABC, true, "sha1", SHA1_ABC},
        {"SHA-1=qZk-NkcGgWq6PiVxeFDCbJzQ2J0", true, "sha1", SHA1_ABC}, /* base64url */
        {"sha-256=" SHA256_ABC, true, "sha256", SHA256_ABC},
        {"sha-256=:" SHA256_ABC ":", true, "sha256", SHA256_ABC},
        {"md5=" MD5_ABC, true, "md5", MD5_ABC},
        {"sha=" SHA1_ABC ",sha-256=" SHA256_ABC, true, "sha256", SHA256_ABC},
        {"sha-256=" SHA256_ABC " , sha=" SHA1_ABC, true, "sha256", SHA256_ABC},
        {"sha-512=whatever, sha=" SHA1_ABC, true, "sha1", SHA1_ABC},
        {"crc32c=AAAAAA==", true, NULL, NULL},
        {"", true, NULL, NULL},
        {"sha1", true, NULL, NULL},
        {"sha1=", false, NULL, NULL},
        {"sha1=::", false, NULL, NULL},
        {"sha1=:", false, NULL, NULL},
        {"sha1=" MD5_ABC, false, NULL, NULL},
        {"sha1=qZk+NkcGgWq6PiVx?FDCbJzQ2J0=", false, NULL, NULL},
        {"sha-256=a9993e364706816aba3e25717850c26c9cd0d89d", false, NULL, NULL}, /* hex */
    };
    SCOPED_ARENA struct arena *a = arena_open();
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct checksum c;
        print_message("%s\n", cases[i].text);
        CHECK_INT(digest_parse(a, cases[i].text, &c), cases[i].fine);
        if (!cases[i].fine)
            continue;
        CHECK_STR(c.algorithm, cases[i].algorithm);
        CHECK_STR(c.base64, cases[i].base64);
    }
}

TEST(content_md5_is_bare_base64)
{
    SCOPED_ARENA struct arena *a = arena_open();
    struct checksum c;
    CHECK(content_md5_parse(a, " " MD5_ABC " ", &c));
    CHECK_STR(c.base64, MD5_ABC);
    CHECK(!content_md5_parse(a, "", &c));
    CHECK(!content_md5_parse(a, SHA1_ABC, &c));
    CHECK(!content_md5_parse(a, MD5_ABC " x", &c));
}

TEST(what_is_read_matches_what_is_computed)
{
    SCOPED_ARENA struct arena *a = arena_open();
    static const char *const headers[] = {"sha1=" SHA1_ABC, "sha-256=" SHA256_ABC,
                                          "md5=" MD5_ABC};
    for (size_t i = 0; i < 3; i++) {
        struct checksum c;
        CHECK(digest_parse(a, headers[i], &c));
        struct digest *d = digest_open(c.algorithm);
        digest_update(d, "abc", 3);
        CHECK_STR(digest_base64(d, a), c.base64);
    }
}

TEST_MAIN
