/* keys.h — RSA keys of actors: made, read, used.
 *
 * Spec:    PKCS#8 and SPKI in PEM (RFC 7468); PKCS#1 ("RSA PUBLIC KEY") is read too. Signatures
 *          are RSASSA-PKCS1-v1_5 (RFC 8017).
 * Memory:  a `struct key` is its own storage, counted: key_close gives one reference back.
 * Errors:  KEY_UNREADABLE.
 * Threads: a key never changes after key_read and may be used by any number of threads at once.
 *          Its OpenSSL contexts are prepared once and kept, so using one key again costs the
 *          RSA operation and little else.
 */
#ifndef ZOE_KEYS_H
#define ZOE_KEYS_H

#include "base/arena.h"
#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>

enum {
    KEY_BITS_NEW = 2048,
    KEY_BITS_MIN = 1024,
    KEY_BITS_MAX = 8192,
    KEY_SIGNATURE_MAX = KEY_BITS_MAX / 8,
};

enum key_hash { KEY_SHA256, KEY_SHA512, KEY_PSS_SHA512 };

struct key;

struct key_pair {
    const char *private_pem; /* PKCS#8 */
    const char *public_pem;  /* SPKI, starts with "-----BEGIN PUBLIC KEY-----" */
};

/* A new RSA-2048 pair; takes some 50 ms of CPU. Aborts when the system has no randomness. */
void key_pair_new(struct arena *a, struct key_pair *out);

/* A public or private key from PEM. Blank lines, CR LF, and "\n" written as two characters are
 * tolerated; other key types and sizes outside KEY_BITS_MIN..MAX are refused. */
MUST_CHECK struct err key_read(const char *pem, struct key **out);
struct key *key_share(struct key *key); /* one more reference */
void key_close(struct key *key);        /* accepts NULL */
/* key_read, closed with the arena. */
MUST_CHECK struct err key_read_in(struct arena *a, const char *pem, struct key **out);

int key_bits(const struct key *key);
bool key_is_private(const struct key *key);
/* Do both hold the same public key? */
bool key_same(const struct key *a, const struct key *b);

/* True when `signature` over `data` is this key's. */
bool key_verify(struct key *key, enum key_hash hash, const void *data, size_t bytes,
                const void *signature, size_t signature_bytes);

/* Signature over `data` with SHA-256. KEY_UNREADABLE when the key is a public one. */
MUST_CHECK struct err key_sign(struct key *key, const void *data, size_t bytes,
                               unsigned char out[KEY_SIGNATURE_MAX], size_t *out_bytes);

/* Standard base64 with padding, and back. Decoding ignores blanks and missing padding, and
 * answers false for anything else that does not belong. */
char *base64_text(struct arena *a, const void *data, size_t bytes);
bool base64_bytes(struct arena *a, const char *text, size_t length, unsigned char **out,
                  size_t *out_bytes);

static inline void key_scope_close(struct key **key)
{
    key_close(*key);
}
#define SCOPED_KEY __attribute__((cleanup(key_scope_close)))

#endif
