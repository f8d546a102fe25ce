/* keys.c — see keys.h. */
#include "server/activitypub/keys.h"

#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/sha.h>
#include <openssl/x509.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

enum { SLOTS = 4, PEM_MAX = 16 * 1024 };

/* A prepared context serves one thread at a time: it is taken out of its slot, used, and put
 * back. Whoever finds all slots empty prepares another. */
struct key {
    _Atomic int references;
    EVP_PKEY *pkey;
    int bits;
    bool private;
    _Atomic(EVP_PKEY_CTX *) verifying[SLOTS], signing[SLOTS];
};

static EVP_PKEY_CTX *slot_take(_Atomic(EVP_PKEY_CTX *) *slots)
{
    for (int i = 0; i < SLOTS; i++) {
        if (!atomic_load_explicit(&slots[i], memory_order_relaxed))
            continue;
        EVP_PKEY_CTX *c = atomic_exchange(&slots[i], NULL);
        if (c)
            return c;
    }
    return NULL;
}

static void slot_put(_Atomic(EVP_PKEY_CTX *) *slots, EVP_PKEY_CTX *c)
{
    for (int i = 0; i < SLOTS; i++) {
        EVP_PKEY_CTX *none = NULL;
        if (atomic_compare_exchange_strong(&slots[i], &none, c))
            return;
    }
    EVP_PKEY_CTX_free(c);
}

/* --- base64 ------------------------------------------------------------------------------- */

char *base64_text(struct arena *a, const void *data, size_t bytes)
{
    char *out = arena_alloc(a, 4 * ((bytes + 2) / 3) + 1);
    EVP_EncodeBlock((unsigned char *)out, data, (int)bytes);
    return out;
}

/* A digit's value plus one; 0 for what is none. */
static const unsigned char base64_values[256] = {
    ['A'] = 1,  ['B'] = 2,  ['C'] = 3,  ['D'] = 4,  ['E'] = 5,  ['F'] = 6,  ['G'] = 7,
    ['H'] = 8,  ['I'] = 9,  ['J'] = 10, ['K'] = 11, ['L'] = 12, ['M'] = 13, ['N'] = 14,
    ['O'] = 15, ['P'] = 16, ['Q'] = 17, ['R'] = 18, ['S'] = 19, ['T'] = 20, ['U'] = 21,
    ['V'] = 22, ['W'] = 23, ['X'] = 24, ['Y'] = 25, ['Z'] = 26, ['a'] = 27, ['b'] = 28,
    ['c'] = 29, ['d'] = 30, ['e'] = 31, ['f'] = 32, ['g'] = 33, ['h'] = 34, ['i'] = 35,
    ['j'] = 36, ['k'] = 37, ['l'] = 38, ['m'] = 39, ['n'] = 40, ['o'] = 41, ['p'] = 42,
    ['q'] = 43, ['r'] = 44, ['s'] = 45, ['t'] = 46, ['u'] = 47, ['v'] = 48, ['w'] = 49,
    ['x'] = 50, ['y'] = 51, ['z'] = 52, ['0'] = 53, ['1'] = 54, ['2'] = 55, ['3'] = 56,
    ['4'] = 57, ['5'] = 58, ['6'] = 59, ['7'] = 60, ['8'] = 61, ['9'] = 62, ['+'] = 63,
    ['/'] = 64,
};

bool base64_bytes(struct arena *a, const char *text, size_t length, unsigned char **out,
                  size_t *out_bytes)
{
    unsigned char *o = arena_alloc(a, length / 4 * 3 + 4);
    size_t n = 0;
    unsigned held = 0, digits = 0, padding = 0;
    size_t i = 0;
    for (; i + 4 <= length; i += 4) { /* nearly all of it, nearly always */
        const unsigned char *t = (const unsigned char *)text + i;
        unsigned w = base64_values[t[0]], x = base64_values[t[1]], y = base64_values[t[2]],
                 z = base64_values[t[3]];
        if (!w || !x || !y || !z)
            break;
        held = (w - 1) << 18 | (x - 1) << 12 | (y - 1) << 6 | (z - 1);
        o[n++] = (unsigned char)(held >> 16);
        o[n++] = (unsigned char)(held >> 8);
        o[n++] = (unsigned char)held;
    }
    for (; i < length; i++) {
        char c = text[i];
        unsigned d = base64_values[(unsigned char)c];
        if (!d && (c == ' ' || c == '\t' || c == '\r' || c == '\n'))
            continue;
        if (c == '=') {
            padding++;
            continue;
        }
        if (!d || padding)
            return false;
        held = (held << 6 | (d - 1)) & 0xffffff;
        if (++digits % 4 == 0) {
            o[n++] = (unsigned char)(held >> 16);
            o[n++] = (unsigned char)(held >> 8);
            o[n++] = (unsigned char)held;
        }
    }
    unsigned left = digits % 4;
    if (left == 1 || padding > 2 || (padding && left && left + padding != 4) ||
        (padding && !left))
        return false;
    if (left >= 2)
        o[n++] = (unsigned char)(left == 2 ? held >> 4 : held >> 10);
    if (left == 3)
        o[n++] = (unsigned char)(held >> 2);
    *out = o;
    *out_bytes = n;
    return true;
}

/* --- made and read ------------------------------------------------------------------------ */

static const char *bio_text(struct arena *a, BIO *bio)
{
    char *data;
    long n = BIO_get_mem_data(bio, &data);
    return arena_strndup(a, data, (size_t)n);
}

void key_pair_new(struct arena *a, struct key_pair *out)
{
    EVP_PKEY *pkey = EVP_RSA_gen(KEY_BITS_NEW);
    BIO *private = BIO_new(BIO_s_mem()), *public = BIO_new(BIO_s_mem());
    if (!pkey || !private || !public ||
        !PEM_write_bio_PKCS8PrivateKey(private, pkey, NULL, NULL, 0, NULL, NULL) ||
        !PEM_write_bio_PUBKEY(public, pkey))
        abort();
    out->private_pem = bio_text(a, private);
    out->public_pem = bio_text(a, public);
    BIO_free(private);
    BIO_free(public);
    EVP_PKEY_free(pkey);
}

/* The bytes between BEGIN and END, and what BEGIN says they are. */
static bool pem_open(struct arena *a, const char *pem, const char **kind, size_t *kind_length,
                     unsigned char **der, size_t *der_bytes)
{
    static const char begin[] = "-----BEGIN ", end[] = "-----END ";
    if (strnlen(pem, PEM_MAX) == PEM_MAX)
        return false;
    const char *p = strstr(pem, begin);
    if (!p)
        return false;
    *kind = p + sizeof begin - 1;
    const char *body = strstr(*kind, "-----");
    if (!body)
        return false;
    *kind_length = (size_t)(body - *kind);
    body += 5;
    const char *stop = strstr(body, end);
    if (!stop)
        return false;
    char *clean = arena_alloc(a, (size_t)(stop - body) + 1);
    size_t n = 0;
    for (p = body; p < stop; p++) {
        if (*p == '\\' && (p[1] == 'n' || p[1] == 'r'))
            p++; /* escaped once too often */
        else
            clean[n++] = *p;
    }
    return base64_bytes(a, clean, n, der, der_bytes);
}

static EVP_PKEY *der_read(const char *kind, size_t kind_length, const unsigned char *der,
                          size_t bytes, bool *private)
{
#define IS(text) (kind_length == sizeof(text) - 1 && !memcmp(kind, text, kind_length))
    const unsigned char *p = der;
    *private = false;
    if (IS("PUBLIC KEY"))
        return d2i_PUBKEY(NULL, &p, (long)bytes);
    if (IS("RSA PUBLIC KEY")) {
        EVP_PKEY *k = d2i_PublicKey(EVP_PKEY_RSA, NULL, &p, (long)bytes);
        p = der; /* some call an SPKI so */
        return k ? k : d2i_PUBKEY(NULL, &p, (long)bytes);
    }
    *private = true;
    if (IS("PRIVATE KEY") || IS("RSA PRIVATE KEY"))
        return d2i_AutoPrivateKey(NULL, &p, (long)bytes);
    return NULL;
#undef IS
}

/* A public exponent of many bits would make verifying as slow as its owner likes. */
static bool exponent_fair(const EVP_PKEY *pkey)
{
    BIGNUM *e = NULL;
    bool fair = EVP_PKEY_get_bn_param(pkey, OSSL_PKEY_PARAM_RSA_E, &e) && BN_is_odd(e) &&
                !BN_is_one(e) && BN_num_bits(e) <= 64;
    BN_free(e);
    return fair;
}

struct err key_read(const char *pem, struct key **out)
{
    SCOPED_ARENA struct arena *a = arena_open();
    const char *kind;
    size_t kind_length, bytes;
    unsigned char *der;
    bool private = false;
    *out = NULL;
    if (!pem || !pem_open(a, pem, &kind, &kind_length, &der, &bytes))
        return FAIL(KEY_UNREADABLE, "the key is not PEM");
    EVP_PKEY *pkey = der_read(kind, kind_length, der, bytes, &private);
    OPENSSL_cleanse(der, bytes);
    ERR_clear_error();
    if (!pkey)
        return FAIL(KEY_UNREADABLE, "the key cannot be read");
    int bits = EVP_PKEY_get_bits(pkey);
    const char *wrong = NULL;
    if (!EVP_PKEY_is_a(pkey, "RSA"))
        wrong = "only RSA keys are supported";
    else if (bits < KEY_BITS_MIN || bits > KEY_BITS_MAX)
        wrong = "the RSA key has too few or too many bits";
    else if (!exponent_fair(pkey))
        wrong = "the RSA key has an odd exponent";
    if (wrong) {
        EVP_PKEY_free(pkey);
        return FAIL(KEY_UNREADABLE, wrong);
    }
    struct key *k = calloc(1, sizeof *k);
    if (!k)
        abort();
    k->references = 1;
    k->pkey = pkey;
    k->bits = bits;
    k->private = private;
    *out = k;
    return OK;
}

struct key *key_share(struct key *key)
{
    atomic_fetch_add(&key->references, 1);
    return key;
}

void key_close(struct key *key)
{
    if (!key || atomic_fetch_sub(&key->references, 1) > 1)
        return;
    for (int i = 0; i < SLOTS; i++) {
        EVP_PKEY_CTX_free(key->verifying[i]);
        EVP_PKEY_CTX_free(key->signing[i]);
    }
    EVP_PKEY_free(key->pkey);
    free(key);
}

static void close_deferred(void *key)
{
    key_close(key);
}

struct err key_read_in(struct arena *a, const char *pem, struct key **out)
{
    TRY(key_read(pem, out));
    arena_defer(a, close_deferred, *out);
    return OK;
}

int key_bits(const struct key *key)
{
    return key->bits;
}

bool key_is_private(const struct key *key)
{
    return key->private;
}

bool key_same(const struct key *a, const struct key *b)
{
    return EVP_PKEY_eq(a->pkey, b->pkey) == 1;
}

/* --- used --------------------------------------------------------------------------------- */

static EVP_PKEY_CTX *prepare(const struct key *key, enum key_hash hash, bool sign)
{
    EVP_PKEY_CTX *c = EVP_PKEY_CTX_new_from_pkey(NULL, key->pkey, NULL);
    if (!c)
        abort();
    int padding = hash == KEY_PSS_SHA512 ? RSA_PKCS1_PSS_PADDING : RSA_PKCS1_PADDING;
    const EVP_MD *md = hash == KEY_SHA256 ? EVP_sha256() : EVP_sha512();
    if ((sign ? EVP_PKEY_sign_init(c) : EVP_PKEY_verify_init(c)) == 1 &&
        EVP_PKEY_CTX_set_rsa_padding(c, padding) == 1 &&
        EVP_PKEY_CTX_set_signature_md(c, md) == 1)
        return c;
    EVP_PKEY_CTX_free(c);
    ERR_clear_error();
    return NULL;
}

bool key_verify(struct key *key, enum key_hash hash, const void *data, size_t bytes,
                const void *signature, size_t signature_bytes)
{
    unsigned char digest[SHA512_DIGEST_LENGTH];
    size_t digest_bytes = hash == KEY_SHA256 ? SHA256_DIGEST_LENGTH : SHA512_DIGEST_LENGTH;
    if (hash == KEY_SHA256)
        SHA256(data, bytes, digest);
    else
        SHA512(data, bytes, digest);
    bool kept = hash == KEY_SHA256;
    EVP_PKEY_CTX *c = kept ? slot_take(key->verifying) : NULL;
    if (!c && !(c = prepare(key, hash, false)))
        return false;
    bool right = EVP_PKEY_verify(c, signature, signature_bytes, digest, digest_bytes) == 1;
    if (!right)
        ERR_clear_error();
    if (kept)
        slot_put(key->verifying, c);
    else
        EVP_PKEY_CTX_free(c);
    return right;
}

struct err key_sign(struct key *key, const void *data, size_t bytes,
                    unsigned char out[KEY_SIGNATURE_MAX], size_t *out_bytes)
{
    if (!key->private)
        return FAIL(KEY_UNREADABLE, "signing needs a private key");
    unsigned char digest[SHA256_DIGEST_LENGTH];
    SHA256(data, bytes, digest);
    EVP_PKEY_CTX *c = slot_take(key->signing);
    if (!c && !(c = prepare(key, KEY_SHA256, true)))
        return FAIL(KEY_UNREADABLE, "the key cannot sign");
    *out_bytes = KEY_SIGNATURE_MAX;
    bool done = EVP_PKEY_sign(c, out, out_bytes, digest, sizeof digest) == 1;
    if (!done)
        ERR_clear_error();
    slot_put(key->signing, c);
    return done ? OK : FAIL(KEY_UNREADABLE, "the key cannot sign");
}
