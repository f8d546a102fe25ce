/* users.h — one's own user, signing up, and the users of the site for those who run it. Each
 * handler's answers stand beside it in users.c. */
#ifndef ZOE_API_USERS_H
#define ZOE_API_USERS_H

#include "server/http/http.h"

struct err h_user_me(struct req *rq, struct res *rs);
struct err h_user_me_update(struct req *rq, struct res *rs);
struct err h_user_me_delete(struct req *rq, struct res *rs);
struct err h_user_me_quota(struct req *rq, struct res *rs);
struct err h_user_register(struct req *rq, struct res *rs);

struct err h_user_list(struct req *rq, struct res *rs);
struct err h_user_get(struct req *rq, struct res *rs);
struct err h_user_create(struct req *rq, struct res *rs);
struct err h_user_update(struct req *rq, struct res *rs);
struct err h_user_delete(struct req *rq, struct res *rs);
struct err h_user_block(struct req *rq, struct res *rs);
struct err h_user_unblock(struct req *rq, struct res *rs);

#endif
