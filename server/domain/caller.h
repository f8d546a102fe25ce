/* caller.h — who asks, and what they may do.
 *
 * Memory:  a caller lives in the request's arena. NULL means anonymous.
 */
#ifndef ZOE_CALLER_H
#define ZOE_CALLER_H

#include <stdbool.h>
#include <stdint.h>

enum role { ROLE_ADMINISTRATOR, ROLE_MODERATOR, ROLE_USER };

struct caller {
    int64_t user_id, account_id; /* account_id: the Person actor of this user */
    const char *username;
    enum role role;
    int64_t token_id;
    bool by_cookie;    /* signed in by our own pages: unsafe methods need an origin check */
    int64_t worker_id; /* AUTH_WORKER: a machine, whose other fields are 0; else 0 */
};

static inline bool caller_moderates(const struct caller *c)
{
    return c && c->role <= ROLE_MODERATOR;
}

#endif
