/* session.h (api) — signing in and out on our own pages: an HttpOnly cookie. */
#ifndef ZOE_API_SESSION_H
#define ZOE_API_SESSION_H

#include "server/http/http.h"

struct err h_session_create(struct req *rq, struct res *rs);
struct err h_session_delete(struct req *rq, struct res *rs);

#endif
