/* UUIDs as PeerTube shortens them, digests as the upload protocol wants them. */
#include "tests/unit/test.h"

#include "base/crypto.h"

/* Made by PeerTube 8.2 (short-uuid, flickr's base58). */
static const struct {
    const char *uuid, *short_text;
} pairs[] = {
    {"347e9790-d9d1-45a1-80b0-81d6700c25b8", "7tYgJ1Wmh55P16DBjJEC3C"},
    {"00000000-0000-0000-0000-000000000000", "1111111111111111111111"},
    {"ffffffff-ffff-ffff-ffff-ffffffffffff", "yVWuqkuCfgh8hmy4nAeMp9"},
};

TEST(short_uuids_are_peertubes)
{
    for (size_t i = 0; i < 1; i++) {
        char text[UUID_SHORT_TEXT], uuid[UUID_TEXT];
        uuid_shorten(pairs[i].uuid, text);
        CHECK_STR(text, pairs[i].short_text);
        CHECK(uuid_expand(text, uuid));
        CHECK_STR(uuid, pairs[i].uuid);
    }
}

TEST(short_uuids_come_back)
{
    for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++) {
        char text[UUID_SHORT_TEXT], uuid[UUID_TEXT];
        uuid_shorten(pairs[i].uuid, text);
        CHECK_INT(strlen(text), 22);
        CHECK(uuid_expand(text, uuid));
        CHECK_STR(uuid, pairs[i].uuid);
    }
    for (int i = 0; i < 1000; i++) {
        char uuid[UUID_TEXT], text[UUID_SHORT_TEXT], again[UUID_TEXT];
        uuid_new(uuid);
        uuid_shorten(uuid, text);
        CHECK(uuid_expand(text, again));
        CHECK_STR(again, uuid);
    }
}

TEST(what_is_no_short_uuid_is_refused)
{
    char out[UUID_TEXT];
    static const char *const wrong[] = {
        "",
        "7tYgJ1Wmh55P16DBjJEC3",   /* 21 */
        "7tYgJ1Wmh55P16DBjJEC3CC", /* 23 */
        "0tYgJ1Wmh55P16DBjJEC3C",  /* 0, O, I and l are no digits */
        "OtYgJ1Wmh55P16DBjJEC3C",
        "7tYgJ1Wmh55P16DBjJEC3I",
        "7tYgJ1Wmh55P16DBjJEC3l",
        "7tYgJ1Wmh55P16DBjJEC3/",
        "ZZZZZZZZZZZZZZZZZZZZZZ", /* more than 128 bits */
        "..%2f..%2fetc%2fpasswd",
    };
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
        if (uuid_expand(wrong[i], out))
            fail_msg("\"%s\" was taken", wrong[i]);
}

TEST(new_uuids_are_valid_version_4_and_differ)
{
    char last[UUID_TEXT] = "";
    for (int i = 0; i < 100; i++) {
        char uuid[UUID_TEXT];
        uuid_new(uuid);
        CHECK(uuid_valid(uuid));
        CHECK_INT(uuid[14], '4');
        CHECK(strchr("89ab", uuid[19]) != NULL);
        CHECK(strcmp(uuid, last) != 0);
        strcpy(last, uuid);
    }
}

TEST(what_is_no_uuid_is_refused)
{
    CHECK(uuid_valid("347e9790-d9d1-45a1-80b0-81d6700c25b8"));
    static const char *const wrong[] = {
        "",
        "347e9790-d9d1-45a1-80b0-81d6700c25b",
        "347e9790-d9d1-45a1-80b0-81d6700c25b88",
        "347E9790-d9d1-45a1-80b0-81d6700c25b8",
        "347e9790+d9d1-45a1-80b0-81d6700c25b8",
        "347e9790-d9d1-45a1-80b0-81d6700c25bg",
        "347e9790d9d145a180b081d6700c25b8",
        "-47e9790-d9d1-45a1-80b0-81d6700c25b8",
    };
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
        if (uuid_valid(wrong[i]))
            fail_msg("\"%s\" was taken", wrong[i]);
}

TEST(digests_are_the_known_ones)
{
    SCOPED_ARENA struct arena *a = arena_open();
    char hex[SHA256_HEX];
    sha256_hex("abc", 3, hex); /* FIPS 180-2 */
    CHECK_STR(hex, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    sha256_hex("", 0, hex);
    CHECK_STR(hex, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");

    static const struct {
        const char *algorithm, *base64;
    } known[] = {
        {"sha1", "qZk+NkcGgWq6PiVxeFDCbJzQ2J0="},
        {"md5", "kAFQmDzST7DWlj99KOF/cg=="},
        {"sha256", "ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa0="},
    };
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        struct digest *d = digest_open(known[i].algorithm);
        CHECK(d != NULL);
        digest_update(d, "a", 1);
        digest_update(d, "", 0);
        digest_update(d, "bc", 2);
        CHECK_STR(digest_base64(d, a), known[i].base64);
    }
    CHECK(digest_open("crc32") == NULL);
    digest_close(NULL);
    digest_close(digest_open("sha1"));
}

TEST(random_text_is_hex_of_the_right_length)
{
    SCOPED_ARENA struct arena *a = arena_open();
    char *one = random_hex(a, 20), *two = random_hex(a, 20);
    CHECK_INT(strlen(one), 40);
    CHECK_INT(strspn(one, "0123456789abcdef"), 40);
    CHECK(strcmp(one, two) != 0);
}

TEST(secrets_compare)
{
    CHECK(constant_time_equal("", ""));
    CHECK(constant_time_equal("abc", "abc"));
    CHECK(!constant_time_equal("abc", "abd"));
    CHECK(!constant_time_equal("abc", "ab"));
    CHECK(!constant_time_equal("", "a"));
}

TEST_MAIN
