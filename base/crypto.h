/* crypto.h — random bytes, digests, hex and base64, UUIDs. OpenSSL underneath.
 *
 * Spec:    UUID version 4 (RFC 9562); short form: the 128 bits as a number in flickr's base58,
 *          as PeerTube's 22-character short UUIDs.
 * Memory:  results go to caller's buffers or arena.
 * Threads: no shared state.
 */
#ifndef ZOE_CRYPTO_H
#define ZOE_CRYPTO_H

#include "base/arena.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { UUID_TEXT = 37, UUID_SHORT_TEXT = 23, SHA256_HEX = 65 };

void random_bytes(void *buffer, size_t bytes); /* aborts when the system has none */
char *random_hex(struct arena *a, size_t bytes);
const char *uuid_new(char out[UUID_TEXT]);
bool uuid_valid(const char *text); /* lower case, 8-4-4-4-12 */

/* out holds UUID_SHORT_TEXT / UUID_TEXT bytes. _expand answers false for what is no short form.
 */
void uuid_shorten(const char *uuid, char out[UUID_SHORT_TEXT]);
bool uuid_expand(const char *short_text, char out[UUID_TEXT]);

void sha256_hex(const void *data, size_t bytes, char out[SHA256_HEX]);
bool constant_time_equal(const char *a, const char *b);

/* A running digest: algorithm "sha1", "sha256" or "md5". */
struct digest;
struct digest *digest_open(const char *algorithm); /* NULL when unknown */
void digest_update(struct digest *d, const void *data, size_t bytes);
char *digest_base64(struct digest *d, struct arena *a); /* ends and closes it */
char *digest_hex(struct digest *d, struct arena *a);    /* likewise */
void digest_close(struct digest *d);                    /* accepts NULL */

#endif
