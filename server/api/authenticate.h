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
/* RATE_LIMITED with its Retry-After header. */
struct err rate_limited(struct req *rq, struct res *rs, int retry_after_s);
/* Sets or (token NULL) clears the session cookie. */
void session_cookie_send(struct req *rq, struct res *rs, const char *token);

#endif
