/* session.c — see session.h. */
#include "server/domain/session.h"

#include "base/clock.h"
#include "base/crypto.h"
#include "base/log.h"
#include "server/db/db_account.h"
#include "server/domain/account.h"
#include "server/domain/password.h"
#include "server/domain/throttle.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

enum { SESSIONS_PER_USER = 200 };
#define DAY_MS (24 * 3600 * INT64_C(1000))

static const char *token_hash(struct arena *a, const char *token)
{
    char *hex = arena_alloc(a, SHA256_HEX);
    sha256_hex(token, strlen(token), hex);
    return hex;
}

static bool token_shaped(const char *token)
{
    size_t n = 0;
    for (; n <= TOKEN_HEX && token[n]; n++)
        if (!isxdigit((unsigned char)token[n]))
            return false;
    return n == TOKEN_HEX;
}

/* --- signing in ----------------------------------------------------------- */

struct gate { /* the counters one attempt to sign in touches */
    struct throttle *throttle;
    char address[48];
    const char *account, *pair;
    bool known; /* this address signed in to this account before */
};

/* Counts the attempt as failed; gate_opened takes that back. A known address is not shut out by
 * what others try on the account. */
static struct err gate_enter(struct gate *g, int64_t now, int *retry_after_s)
{
    g->known = throttle_remembers(g->throttle, THROTTLE_SIGN_IN_KNOWN, g->pair, now);
    if (!throttle_take(g->throttle, THROTTLE_SIGN_IN_ADDRESS, g->address, now, retry_after_s))
        return FAIL(RATE_LIMITED, "too many failed sign-ins from this address");
    if (!g->known &&
        !throttle_take(g->throttle, THROTTLE_SIGN_IN_ACCOUNT, g->account, now, retry_after_s))
        return FAIL(RATE_LIMITED, "too many failed sign-ins to this account");
    return OK;
}

static void gate_opened(struct gate *g, int64_t now)
{
    throttle_give_back(g->throttle, THROTTLE_SIGN_IN_ADDRESS, g->address, now);
    if (!g->known)
        throttle_give_back(g->throttle, THROTTLE_SIGN_IN_ACCOUNT, g->account, now);
    throttle_take(g->throttle, THROTTLE_SIGN_IN_KNOWN, g->pair, now, NULL);
}

static char *lower(struct arena *a, const char *text)
{
    char *out = arena_strdup(a, text);
    for (char *p = out; *p; p++)
        *p = (char)tolower((unsigned char)*p);
    return out;
}

static struct db_token token_new(struct arena *a, int64_t now, bool cookie,
                                 struct session_tokens *out)
{
    out->access = random_hex(a, TOKEN_HEX / 2);
    out->refresh = cookie ? NULL : random_hex(a, TOKEN_HEX / 2);
    return (struct db_token){
        .user_id = out->user_id,
        .access_hash = token_hash(a, out->access),
        .refresh_hash = cookie ? NULL : token_hash(a, out->refresh),
        .access_until_ms = now + (cookie ? REFRESH_MS : ACCESS_MS),
        .refresh_until_ms = now + REFRESH_MS,
    };
}

static struct err sign_in_keep(struct db *db, const struct db_token *t, int64_t now)
{
    TRY(db_token_insert(db, t, now));
    TRY(db_user_seen(db, t->user_id, now));
    TRY(db_tokens_keep_newest(db, t->user_id, SESSIONS_PER_USER));
    return db_tokens_sweep(db, now);
}

struct err session_sign_in(struct db *db, struct arena *a, struct throttle *throttle,
                           const char *login, const char *password, bool cookie,
                           const struct session_origin *from, struct session_tokens *out,
                           int *retry_after_s)
{
    if (strlen(password) > PASSWORD_MAX_BYTES)
        return FAIL(TOO_LONG_PASSWORD, "Password is too long: 72 bytes at most");

    int64_t now = now_ms();
    struct db_login user = {0};
    struct err found = db_user_by_login(db, a, login, &user);
    if (found.id && found.id != ERR_NOT_FOUND)
        return found;

    struct gate gate = {.throttle = throttle};
    throttle_address(from->address, gate.address);
    gate.account =
        found.id ? lower(a, login) : arena_printf(a, "#%lld", (long long)user.user_id);
    gate.pair = arena_printf(a, "%s %s", gate.address, gate.account);
    TRY(gate_enter(&gate, now, retry_after_s));

    if (!password_matches(user.password_hash, password)) {
        log_info("sign_in_failed", "address=%s login=%s", from->address, LOG_QUOTE(login));
        return FAIL(INVALID_GRANT, "Invalid grant: user credentials are invalid");
    }
    gate_opened(&gate, now);
    if (user.blocked)
        return FAIL(ACCOUNT_BLOCKED, "User is blocked");

    out->user_id = user.user_id;
    struct db_token token = token_new(a, now, cookie, out);
    token.address = from->address;
    token.device = from->device;
    DB_TRANSACTION(db, sign_in_keep(db, &token, now));
    log_info("signed_in", "user=%s address=%s cookie=%d", user.username, from->address, cookie);
    return OK;
}

/* --- staying signed in ---------------------------------------------------- */

static struct err refresh_keep(struct db *db, const char *old_hash, const struct db_token *t,
                               int64_t now, int64_t *user_id)
{
    TRY(db_token_rotate(db, old_hash, t, now, user_id));
    return db_user_seen(db, *user_id, now);
}

static struct err refresh(struct db *db, const char *old_hash, const struct db_token *t,
                          int64_t now, int64_t *user_id)
{
    DB_TRANSACTION(db, refresh_keep(db, old_hash, t, now, user_id));
    return OK;
}

struct err session_refresh(struct db *db, struct arena *a, const char *refresh_token,
                           struct session_tokens *out)
{
    const struct err refused =
        FAIL(INVALID_GRANT, "Invalid grant: refresh token is invalid or has expired");
    if (!token_shaped(refresh_token))
        return refused;
    int64_t now = now_ms();
    struct db_token token = token_new(a, now, false, out);
    struct err e = refresh(db, token_hash(a, refresh_token), &token, now, &out->user_id);
    return e.id == ERR_NOT_FOUND ? refused : e;
}

static struct err slide(struct db *db, const struct caller *c, int64_t now)
{
    TRY(db_token_slide(db, c->token_id, now + REFRESH_MS, now));
    return db_user_seen(db, c->user_id, now);
}

static struct err slide_keep(struct db *db, const struct caller *c, int64_t now)
{
    DB_TRANSACTION(db, slide(db, c, now));
    return OK;
}

/* What this thread found lately, good until the database changes: apps ask many times with one
 * token. Whoever revokes, blocks or changes a password answers after the generation has grown.
 */
struct known {
    uint64_t generation; /* read before the row was; 0: free */
    char hash[SHA256_HEX], username[NAME_MAX_BYTES + 1];
    struct db_token_owner owner;
};
static _Thread_local struct known known_tokens[32];

static struct known *known_place(const char *hash)
{
    enum { PLACES = sizeof known_tokens / sizeof *known_tokens };
    unsigned n = (unsigned)(hash[0] + 31 * hash[1] + 17 * hash[2]);
    return &known_tokens[n % PLACES];
}

static struct err token_find(struct db *db, struct arena *a, const char *hash, int64_t now,
                             struct db_token_owner *out)
{
    struct known *known = known_place(hash);
    uint64_t generation = db_generation(db_pool_of(db), DB_CONTENT);
    if (known->generation == generation && strcmp(known->hash, hash) == 0 &&
        known->owner.access_until_ms > now) {
        *out = known->owner;
        out->caller.username = arena_strdup(a, known->username);
        return OK;
    }
    TRY(db_token_find(db, a, hash, now, out));
    if (strlen(out->caller.username) > NAME_MAX_BYTES)
        return OK;
    *known = (struct known){.generation = generation, .owner = *out};
    snprintf(known->hash, sizeof known->hash, "%s", hash);
    snprintf(known->username, sizeof known->username, "%s", out->caller.username);
    return OK;
}

struct err session_find(struct db *db, struct arena *a, const char *token, int64_t now,
                        struct caller *out, bool *is_cookie, bool *renewed)
{
    *renewed = false;
    if (!token_shaped(token))
        return FAIL(INVALID_TOKEN, "Token is invalid");
    struct db_token_owner owner;
    TRY(token_find(db, a, token_hash(a, token), now, &owner));
    *out = owner.caller;
    *is_cookie = owner.cookie;
    if (owner.cookie && owner.access_until_ms - now < REFRESH_MS - DAY_MS) {
        /* A site that cannot write right now still lets people in. */
        struct err e = slide_keep(db, out, now);
        *renewed = !e.id;
        if (e.id)
            log_warn("session_not_renewed", "reason=%s", LOG_QUOTE(e.detail));
    }
    return OK;
}

struct err session_list(struct db *db, struct arena *a, int64_t user_id, int start, int count,
                        struct session_list *out)
{
    struct page page = {.start = start, .count = count, .descending = true};
    return db_tokens_of_user(db, a, user_id, now_ms(), page, out);
}

static struct err end(struct db *db, int64_t user_id, int64_t session_id)
{
    bool found = false;
    TRY(db_token_delete(db, user_id, session_id, &found));
    return found ? OK : FAIL(NOT_FOUND, "Session not found");
}

struct err session_end(struct db *db, int64_t user_id, int64_t session_id)
{
    DB_TRANSACTION(db, end(db, user_id, session_id));
    return OK;
}

struct err session_sweep(struct db *db, int64_t now)
{
    DB_TRANSACTION(db, db_tokens_sweep(db, now));
    return OK;
}
