/* oauth.h — signing in for apps: OAuth2's password and refresh grants.
 * Spec:    api-core.md section 3, RFC 6749, RFC 7009. Each handler's answers stand beside it in
 *          oauth.c. */
#ifndef ZOE_API_OAUTH_H
#define ZOE_API_OAUTH_H

#include "server/http/http.h"

struct err h_oauth_client(struct req *rq, struct res *rs);
struct err h_token(struct req *rq, struct res *rs);
struct err h_token_revoke(struct req *rq, struct res *rs);
struct err h_token_sessions(struct req *rq, struct res *rs);
struct err h_token_session_revoke(struct req *rq, struct res *rs);

#endif
