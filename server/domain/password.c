/* password.c — see password.h. */
#include "server/domain/password.h"

#include "base/crypto.h"
#include "base/log.h"

#include <argon2.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

enum {
    MEMORY_KIB = 19456,
    PASSES = 2,
    LANES = 1,
    SALT_BYTES = 16,
    HASH_BYTES = 32,
    BASE64_ROOM = 65,
    AT_A_TIME = 2,
};

struct recipe { /* a PHC string, taken apart */
    uint32_t memory_kib, passes, lanes;
    unsigned char salt[48], hash[48];
    uint32_t salt_bytes, hash_bytes;
};

/* The work memory comes from mmap: from malloc, glibc would keep such a block for ever. */
static int memory_get(uint8_t **memory, size_t bytes)
{
    void *p = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    *memory = p == MAP_FAILED ? NULL : p;
    return *memory ? 0 : ARGON2_MEMORY_ALLOCATION_ERROR;
}

static void memory_return(uint8_t *memory, size_t bytes)
{
    munmap(memory, bytes);
}

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t place_free = PTHREAD_COND_INITIALIZER;
static int running; /* protected by lock */

static bool digest(const struct recipe *r, const char *password, unsigned char *out)
{
    pthread_mutex_lock(&lock);
    while (running >= AT_A_TIME)
        pthread_cond_wait(&place_free, &lock);
    running++;
    pthread_mutex_unlock(&lock);

    argon2_context c = {
        .out = out,
        .outlen = r->hash_bytes,
        .pwd = (uint8_t *)(uintptr_t)password,
        .pwdlen = (uint32_t)strlen(password),
        .salt = (uint8_t *)(uintptr_t)r->salt,
        .saltlen = r->salt_bytes,
        .t_cost = r->passes,
        .m_cost = r->memory_kib,
        .lanes = r->lanes,
        .threads = 1,
        .version = ARGON2_VERSION_13,
        .allocate_cbk = memory_get,
        .free_cbk = memory_return,
        .flags = ARGON2_DEFAULT_FLAGS,
    };
    int rc = argon2id_ctx(&c);

    pthread_mutex_lock(&lock);
    running--;
    pthread_cond_signal(&place_free);
    pthread_mutex_unlock(&lock);
    if (rc != ARGON2_OK)
        log_error("argon2_failed", "message=%s", LOG_QUOTE(argon2_error_message(rc)));
    return rc == ARGON2_OK;
}

/* PHC strings use base64 without padding. */
static void to_base64(const unsigned char *data, int bytes, char out[BASE64_ROOM])
{
    EVP_EncodeBlock((unsigned char *)out, data, bytes);
    out[strcspn(out, "=")] = 0;
}

static bool from_base64(const char *text, unsigned char out[48], uint32_t *bytes)
{
    size_t length = strlen(text);
    char padded[BASE64_ROOM + 4];
    if (length == 0 || length > 64 || length % 4 == 1)
        return false;
    snprintf(padded, sizeof padded, "%s%s", text, &"==="[length % 4 ? length % 4 - 1 : 3]);
    if (EVP_DecodeBlock(out, (unsigned char *)padded, (int)strlen(padded)) < 0)
        return false;
    *bytes = (uint32_t)(length * 3 / 4);
    return true;
}

static bool recipe_read(const char *phc, struct recipe *r)
{
    char salt[BASE64_ROOM], hash[BASE64_ROOM];
    int end = 0;
    if (sscanf(phc, "$argon2id$v=19$m=%u,t=%u,p=%u$%64[^$]$%64[^$]%n", &r->memory_kib,
               &r->passes, &r->lanes, salt, hash, &end) != 5 ||
        phc[end])
        return false;
    return from_base64(salt, r->salt, &r->salt_bytes) &&
           from_base64(hash, r->hash, &r->hash_bytes);
}

static struct recipe recipe_new(void)
{
    struct recipe r = {
        .memory_kib = MEMORY_KIB,
        .passes = PASSES,
        .lanes = LANES,
        .salt_bytes = SALT_BYTES,
        .hash_bytes = HASH_BYTES,
    };
    random_bytes(r.salt, SALT_BYTES);
    return r;
}

const char *password_hash(struct arena *a, const char *password)
{
    struct recipe r = recipe_new();
    if (!digest(&r, password, r.hash))
        abort(); /* out of memory */
    char salt[BASE64_ROOM], hash[BASE64_ROOM];
    to_base64(r.salt, SALT_BYTES, salt);
    to_base64(r.hash, HASH_BYTES, hash);
    return arena_printf(a, "$argon2id$v=19$m=%u,t=%u,p=%u$%s$%s", r.memory_kib, r.passes,
                        r.lanes, salt, hash);
}

bool password_matches(const char *hash, const char *password)
{
    struct recipe r;
    bool known = hash && recipe_read(hash, &r);
    if (!known)
        r = recipe_new();
    unsigned char found[48];
    bool done = digest(&r, password, found);
    return known && done && CRYPTO_memcmp(found, r.hash, r.hash_bytes) == 0;
}
