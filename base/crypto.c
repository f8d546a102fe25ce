/* crypto.c — see crypto.h. */
#include "base/crypto.h"

#include <ctype.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/rand.h>
#include <openssl/sha.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char base58[] = "123456789abcdefghijkmnopqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ";

void random_bytes(void *buffer, size_t bytes)
{
    if (RAND_bytes(buffer, (int)bytes) != 1)
        abort();
}

static void to_hex(const unsigned char *data, size_t bytes, char *out)
{
    static const char digits[] = "0123456789abcdef";
    for (size_t i = 0; i < bytes; i++) {
        *out++ = digits[data[i] >> 4];
        *out++ = digits[data[i] & 15];
    }
    *out = 0;
}

char *random_hex(struct arena *a, size_t bytes)
{
    unsigned char raw[64];
    if (bytes > sizeof raw)
        abort();
    random_bytes(raw, bytes);
    char *out = arena_alloc(a, 2 * bytes + 1);
    to_hex(raw, bytes, out);
    return out;
}

static const char *uuid_format(const unsigned char raw[16], char out[UUID_TEXT])
{
    char hex[33];
    to_hex(raw, 16, hex);
    snprintf(out, UUID_TEXT, "%.8s-%.4s-%.4s-%.4s-%.12s", hex, hex + 8, hex + 12, hex + 16,
             hex + 20);
    return out;
}

const char *uuid_new(char out[UUID_TEXT])
{
    unsigned char raw[16];
    random_bytes(raw, sizeof raw);
    raw[6] = (unsigned char)((raw[6] & 0x0f) | 0x40);
    raw[8] = (unsigned char)((raw[8] & 0x3f) | 0x80);
    return uuid_format(raw, out);
}

bool uuid_valid(const char *text)
{
    for (int i = 0; i < 36; i++) {
        char c = text[i];
        bool dash = i == 8 || i == 13 || i == 18 || i == 23;
        if (dash ? c != '-' : !((c >= '0' && c <= '9') || (c >= 'a' && c <= 'f')))
            return false;
    }
    return text[36] == 0;
}

void uuid_shorten(const char *uuid, char out[UUID_SHORT_TEXT])
{
    unsigned __int128 n = 0;
    for (const char *p = uuid; *p; p++)
        if (*p != '-')
            n = n << 4 | (unsigned)(*p <= '9' ? *p - '0' : *p - 'a' + 10);
    for (int i = UUID_SHORT_TEXT - 2; i >= 0; i--, n /= 58)
        out[i] = base58[(int)(n % 58)];
    out[UUID_SHORT_TEXT - 1] = 0;
}

bool uuid_expand(const char *short_text, char out[UUID_TEXT])
{
    if (strlen(short_text) != UUID_SHORT_TEXT - 1)
        return false;
    unsigned __int128 n = 0;
    for (const char *p = short_text; *p; p++) {
        const char *digit = strchr(base58, *p);
        if (!digit || n > (~(unsigned __int128)0 - (unsigned)(digit - base58)) / 58)
            return false;
        n = n * 58 + (unsigned)(digit - base58);
    }
    unsigned char raw[16];
    for (int i = 15; i >= 0; i--, n >>= 8)
        raw[i] = (unsigned char)n;
    uuid_format(raw, out);
    return true;
}

void sha256_hex(const void *data, size_t bytes, char out[SHA256_HEX])
{
    unsigned char raw[SHA256_DIGEST_LENGTH];
    SHA256(data, bytes, raw);
    to_hex(raw, sizeof raw, out);
}

bool constant_time_equal(const char *a, const char *b)
{
    size_t n = strlen(a);
    return n == strlen(b) && CRYPTO_memcmp(a, b, n) == 0;
}

struct digest *digest_open(const char *algorithm)
{
    const EVP_MD *md = EVP_get_digestbyname(algorithm);
    if (!md)
        return NULL;
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    if (!context || EVP_DigestInit_ex(context, md, NULL) != 1)
        abort();
    return (struct digest *)context;
}

void digest_update(struct digest *d, const void *data, size_t bytes)
{
    EVP_DigestUpdate((EVP_MD_CTX *)d, data, bytes);
}

char *digest_base64(struct digest *d, struct arena *a)
{
    unsigned char raw[EVP_MAX_MD_SIZE];
    unsigned length = 0;
    EVP_DigestFinal_ex((EVP_MD_CTX *)d, raw, &length);
    digest_close(d);
    char *out = arena_alloc(a, (length + 2) / 3 * 4 + 1);
    EVP_EncodeBlock((unsigned char *)out, raw, (int)length);
    return out;
}

char *digest_hex(struct digest *d, struct arena *a)
{
    unsigned char raw[EVP_MAX_MD_SIZE];
    unsigned length = 0;
    EVP_DigestFinal_ex((EVP_MD_CTX *)d, raw, &length);
    digest_close(d);
    char *out = arena_alloc(a, 2 * (size_t)length + 1);
    to_hex(raw, length, out);
    return out;
}

void digest_close(struct digest *d)
{
    EVP_MD_CTX_free((EVP_MD_CTX *)d);
}
