/* authenticate.h — who asks: bearer token, session cookie, or nobody; and may he, here?
 *
 * Errors:  INVALID_TOKEN (a bad bearer, on public routes too), UNAUTHORIZED, FORBIDDEN,
 *          WRONG_ORIGIN (a cookie from another site's page), RATE_LIMITED.
 */
#ifndef ZOE_AUTHENTICATE_H
#define ZOE_AUTHENTICATE_H

#include "server/http/http.h"

#define SESSION_COOKIE "zoetrope_session"

/* Sets rq->caller; see http_config.authenticate. */
MUST_CHECK struct err authenticate(struct req *rq, struct res *rs);

/* Refuses what a page of another site made the browser send. */
MUST_CHECK struct err origin_check(struct req *rq);
/* The site's counters; NULL when the setting rate_limits is off. */
struct throttle *throttle_of(struct req *rq);
/* `e`, with a Retry-After header when it is RATE_LIMITED. */
struct err with_retry_after(struct req *rq, struct res *rs, struct err e, int retry_after_s);
/* Sets or (token NULL) clears the session cookie. */
void session_cookie_send(struct req *rq, struct res *rs, const char *token);

#endif
