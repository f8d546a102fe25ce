/* video_token.c — see video_token.h. */
#include "server/domain/video_token.h"

#include "base/crypto.h"
#include "server/db/db.h"
#include "server/db/db_account.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char secret_name[] = "video_token_secret";

static struct err secret_make(struct db *db, struct arena *a, const char **secret)
{
    struct err e = db_site_get(db, a, secret_name, secret);
    if (e.id != ERR_NOT_FOUND && !(e.id == ERR_NONE && !*secret))
        return e;
    *secret = random_hex(a, 32);
    return db_site_put(db, secret_name, *secret);
}

static struct err secret_make_tx(struct db *db, struct arena *a, const char **secret)
{
    DB_TRANSACTION(db, secret_make(db, a, secret));
    return OK;
}

static struct err secret_get(struct db *db, struct arena *a, const char **secret)
{
    *secret = NULL;
    struct err e = db_site_get(db, a, secret_name, secret);
    if (e.id == ERR_NOT_FOUND || (!e.id && !*secret))
        return secret_make_tx(db, a, secret);
    return e;
}

static const char *sign(struct arena *a, const char *secret, const char *uuid, int64_t user_id,
                        int64_t until)
{
    unsigned char mac[EVP_MAX_MD_SIZE];
    unsigned int length = 0;
    const char *text =
        arena_printf(a, "%s %llx %llx", uuid, (long long)user_id, (long long)until);
    if (!HMAC(EVP_sha256(), secret, (int)strlen(secret), (const unsigned char *)text,
              strlen(text), mac, &length))
        abort();
    char *hex = arena_alloc(a, 2 * length + 1);
    for (unsigned int i = 0; i < length; i++)
        snprintf(hex + 2 * i, 3, "%02x", mac[i]);
    return hex;
}

struct err video_token_make(struct db *db, struct arena *a, const char *video_uuid,
                            int64_t user_id, int64_t now, const char **token, int64_t *until_ms)
{
    const char *secret;
    TRY(secret_get(db, a, &secret));
    *until_ms = now + VIDEO_TOKEN_MS;
    *token = arena_printf(a, "%llx-%llx-%s", (long long)*until_ms, (long long)user_id,
                          sign(a, secret, video_uuid, user_id, *until_ms));
    return OK;
}

struct err video_token_check(struct db *db, struct arena *a, const char *video_uuid,
                             const char *token, int64_t now, int64_t *user_id)
{
    const char *secret;
    char *end, *mac;
    int64_t until = strtoll(token, &end, 16);
    if (*end != '-' || end == token)
        return FAIL(FORBIDDEN, "this video token is wrong");
    *user_id = strtoll(end + 1, &mac, 16);
    if (*mac != '-' || *user_id <= 0)
        return FAIL(FORBIDDEN, "this video token is wrong");
    TRY(secret_get(db, a, &secret));
    if (!constant_time_equal(mac + 1, sign(a, secret, video_uuid, *user_id, until)))
        return FAIL(FORBIDDEN, "this video token is wrong");
    return until < now ? FAIL(FORBIDDEN, "this video token is too old") : OK;
}
