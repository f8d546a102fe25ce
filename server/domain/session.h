/* session.h — signing in and staying signed in: OAuth2 token pairs and cookie sessions.
 *
 * Shape:   a token is 40 hex digits; only its SHA-256 is stored. A pair has an access token (a
 *          day) and a refresh token (four weeks); a cookie session is one token of four weeks
 *          that slides while it is used.
 * Memory:  results live in `a`.
 * Errors:  INVALID_GRANT, ACCOUNT_BLOCKED, TOO_LONG_PASSWORD, RATE_LIMITED, INVALID_TOKEN,
 *          NOT_FOUND, DATABASE.
 * Threads: any worker, with its own db.
 * Spec:    RFC 6749 §4.3, §6; RFC 7009.
 */
#ifndef ZOE_SESSION_H
#define ZOE_SESSION_H

#include "base/arena.h"
#include "base/err.h"
#include "server/domain/caller.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct db;
struct throttle;

enum { TOKEN_HEX = 40 };
#define ACCESS_MS (24 * 3600 * INT64_C(1000))
#define REFRESH_MS (28 * 24 * 3600 * INT64_C(1000))

struct session_origin { /* where a sign-in comes from, shown in the list of sessions */
    const char *address, *device;
};

struct session_tokens {
    const char *access, *refresh; /* refresh is NULL for a cookie session */
    int64_t user_id;
};

/* `login` is a username or an e-mail. `throttle` NULL: no limits. *retry_after_s is set
 * together with RATE_LIMITED. An unknown login costs as long as a wrong password. */
MUST_CHECK struct err session_sign_in(struct db *db, struct arena *a, struct throttle *throttle,
                                      const char *login, const char *password, bool cookie,
                                      const struct session_origin *from,
                                      struct session_tokens *out, int *retry_after_s);
/* A new pair for a refresh token; the old pair ends in the same transaction. */
MUST_CHECK struct err session_refresh(struct db *db, struct arena *a, const char *refresh,
                                      struct session_tokens *out);
/* The caller behind a token: INVALID_TOKEN when there is none. *renewed: the cookie's four
 * weeks began anew, so it should be sent again. */
MUST_CHECK struct err session_find(struct db *db, struct arena *a, const char *token,
                                   int64_t now, struct caller *out, bool *is_cookie,
                                   bool *renewed);

struct session {
    int64_t id, user_id, created_ms, used_ms, until_ms;
    const char *address, *device; /* may be NULL */
    bool cookie;
};
struct session_list {
    struct session *items;
    size_t count, room;
    int64_t total;
};
MUST_CHECK struct err session_list(struct db *db, struct arena *a, int64_t user_id, int start,
                                   int count, struct session_list *out);
MUST_CHECK struct err session_end(struct db *db, int64_t user_id, int64_t session_id);

/* Removes what has expired; some rows at a time, from time to time. */
MUST_CHECK struct err session_sweep(struct db *db, int64_t now);

#endif
