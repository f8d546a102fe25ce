/* Keys as peers write them, and threads that share one. */
#include "tests/unit/test.h"

#include "base/crypto.h"
#include "server/activitypub/keys.h"

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <pthread.h>
#include <stdatomic.h>

static const char *pem_of(struct arena *a, EVP_PKEY *pkey, const char *format)
{
    BIO *bio = BIO_new(BIO_s_mem());
    if (!strcmp(format, "pkcs1 public")) {
        unsigned char *der = NULL;
        int n = i2d_PublicKey(pkey, &der);
        PEM_write_bio(bio, "RSA PUBLIC KEY", "", der, n);
        OPENSSL_free(der);
    } else if (!strcmp(format, "pkcs1 private"))
        PEM_write_bio_PrivateKey_traditional(bio, pkey, NULL, NULL, 0, NULL, NULL);
    else
        PEM_write_bio_PUBKEY(bio, pkey);
    char *data;
    long n = BIO_get_mem_data(bio, &data);
    const char *text = arena_strndup(a, data, (size_t)n);
    BIO_free(bio);
    return text;
}

TEST(a_new_pair_signs_and_verifies)
{
    SCOPED_ARENA struct arena *a = arena_open();
    struct key_pair pair;
    key_pair_new(a, &pair);
    CHECK(strstr(pair.public_pem, "-----BEGIN PUBLIC KEY-----\n") == pair.public_pem);
    CHECK(strstr(pair.private_pem, "-----BEGIN PRIVATE KEY-----\n") == pair.private_pem);
    SCOPED_KEY struct key *private = NULL, *public = NULL;
    CHECK_OK(key_read(pair.private_pem, &private));
    CHECK_OK(key_read(pair.public_pem, &public));
    CHECK_INT(key_bits(public), 2048);
    CHECK(key_is_private(private) && !key_is_private(public));
    CHECK(key_same(private, public));
    unsigned char raw[KEY_SIGNATURE_MAX];
    size_t bytes;
    CHECK_OK(key_sign(private, "abc", 3, raw, &bytes));
    CHECK_INT(bytes, 256);
    CHECK(key_verify(public, KEY_SHA256, "abc", 3, raw, bytes));
    CHECK(!key_verify(public, KEY_SHA256, "abd", 3, raw, bytes));
    CHECK(!key_verify(public, KEY_SHA512, "abc", 3, raw, bytes));
    CHECK(!key_verify(public, KEY_PSS_SHA512, "abc", 3, raw, bytes));
    CHECK(!key_verify(public, KEY_SHA256, "abc", 3, raw, bytes - 1));
    CHECK(!key_verify(public, KEY_SHA256, "abc", 3, raw, 0));
    raw[100] ^= 1;
    CHECK(!key_verify(public, KEY_SHA256, "abc", 3, raw, bytes));
    CHECK_ERR(key_sign(public, "abc", 3, raw, &bytes), KEY_UNREADABLE);
}

TEST(pem_as_peers_write_it)
{
    SCOPED_ARENA struct arena *a = arena_open();
    EVP_PKEY *pkey = EVP_RSA_gen(2048);
    const char *spki = pem_of(a, pkey, "spki");
    SCOPED_KEY struct key *first = NULL;
    CHECK_OK(key_read(spki, &first));
    char *crlf = arena_alloc(a, 2 * strlen(spki) + 1), *escaped = crlf, *to = crlf;
    for (const char *p = spki; *p; p++) {
        if (*p == '\n')
            *to++ = '\r';
        *to++ = *p;
    }
    escaped = arena_alloc(a, 2 * strlen(spki) + 1);
    to = escaped;
    for (const char *p = spki; *p; p++)
        if (*p == '\n') {
            *to++ = '\\';
            *to++ = 'n';
        } else {
            *to++ = *p;
        }
    const char *forms[] = {
        spki,
        pem_of(a, pkey, "pkcs1 public"),
        pem_of(a, pkey, "pkcs1 private"),
        arena_printf(a, "\n  %s\n\n", spki),
        crlf,
        escaped,
    };
    for (size_t i = 0; i < sizeof forms / sizeof *forms; i++) {
        SCOPED_KEY struct key *key = NULL;
        struct err e = key_read(forms[i], &key);
        if (e.id)
            fail_msg("form %zu: %s", i, e.detail);
        CHECK(key_same(key, first));
    }
    EVP_PKEY_free(pkey);
}

TEST(keys_that_are_refused)
{
    SCOPED_ARENA struct arena *a = arena_open();
    EVP_PKEY *small = EVP_RSA_gen(768), *curve = EVP_EC_gen("P-256");
    EVP_PKEY *ed = EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");
    /* an exponent as long as the modulus */
    EVP_PKEY_CTX *c = EVP_PKEY_CTX_new_id(EVP_PKEY_RSA, NULL);
    BIGNUM *e = BN_new();
    EVP_PKEY *slow = NULL;
    CHECK(BN_set_bit(e, 200) && BN_set_bit(e, 0) && EVP_PKEY_keygen_init(c) == 1 &&
          EVP_PKEY_CTX_set_rsa_keygen_bits(c, 1024) == 1 &&
          EVP_PKEY_CTX_set1_rsa_keygen_pubexp(c, e) == 1 && EVP_PKEY_keygen(c, &slow) == 1);
    const char *refused[] = {
        NULL,
        "",
        "ssh-rsa AAAA",
        "-----BEGIN PUBLIC KEY-----",
        "-----BEGIN PUBLIC KEY-----\n-----END PUBLIC KEY-----",
        "-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----",
        "-----BEGIN PUBLIC KEY-----\n!!!!\n-----END PUBLIC KEY-----",
        "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----",
        pem_of(a, small, "spki"),
        pem_of(a, curve, "spki"),
        pem_of(a, ed, "spki"),
        pem_of(a, slow, "spki"),
    };
    for (size_t i = 0; i < sizeof refused / sizeof *refused; i++) {
        SCOPED_KEY struct key *key = NULL;
        CHECK_ERR(key_read(refused[i], &key), KEY_UNREADABLE);
        CHECK(!key);
    }
    char *huge = arena_alloc(a, 1 << 20);
    memset(huge, 'A', (1 << 20) - 1);
    memcpy(huge, "-----BEGIN PUBLIC KEY-----", 26);
    SCOPED_KEY struct key *key = NULL;
    CHECK_ERR(key_read(huge, &key), KEY_UNREADABLE);
    EVP_PKEY_free(small);
    EVP_PKEY_free(curve);
    EVP_PKEY_free(ed);
    EVP_PKEY_free(slow);
    EVP_PKEY_CTX_free(c);
    BN_free(e);
}

TEST(base64_both_ways)
{
    SCOPED_ARENA struct arena *a = arena_open();
    unsigned char data[70], *back;
    size_t bytes;
    random_bytes(data, sizeof data);
    for (size_t n = 0; n <= sizeof data; n++) {
        const char *text = base64_text(a, data, n);
        CHECK(base64_bytes(a, text, strlen(text), &back, &bytes));
        CHECK_INT(bytes, n);
        CHECK(!memcmp(back, data, n));
        size_t bare = strcspn(text, "=");
        CHECK(base64_bytes(a, text, bare, &back, &bytes) && bytes == n);
    }
    static const char *const right[] = {"", "QUJD", "QU JD", "QUJD\r\nQUJD", "QQ==", "QQ"};
    static const char *const wrong[] = {
        "A", "A===", "QUJ%", "QQ=", "QQ===", "QQ==Q", "====", "-_-_", "QUJD="};
    for (size_t i = 0; i < sizeof right / sizeof *right; i++)
        CHECK(base64_bytes(a, right[i], strlen(right[i]), &back, &bytes));
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
        if (base64_bytes(a, wrong[i], strlen(wrong[i]), &back, &bytes))
            fail_msg("taken: %s", wrong[i]);
}

/* --- threads ------------------------------------------------------------------------------ */

static _Atomic int wrong_count;

static void *hammer(void *shared)
{
    struct key *key = key_share(shared);
    unsigned char raw[KEY_SIGNATURE_MAX];
    size_t bytes;
    for (int i = 0; i < 40; i++) {
        if (key_sign(key, &i, sizeof i, raw, &bytes).id)
            wrong_count++;
        for (int k = 0; k < 10; k++)
            if (!key_verify(key, KEY_SHA256, &i, sizeof i, raw, bytes))
                wrong_count++;
    }
    key_close(key);
    return NULL;
}

TEST(threads_share_a_key)
{
    SCOPED_ARENA struct arena *a = arena_open();
    struct key_pair pair;
    key_pair_new(a, &pair);
    SCOPED_KEY struct key *key = NULL;
    CHECK_OK(key_read(pair.private_pem, &key));
    pthread_t threads[8];
    for (int i = 0; i < 8; i++)
        pthread_create(&threads[i], NULL, hammer, key);
    for (int i = 0; i < 8; i++)
        pthread_join(threads[i], NULL);
    CHECK_INT(wrong_count, 0);
}

TEST_MAIN
