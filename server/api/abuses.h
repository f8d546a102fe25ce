/* abuses.h — reports: made by users, looked after by moderators. */
#ifndef ZOE_ABUSES_H
#define ZOE_ABUSES_H

#include "server/http/http.h"

struct err h_abuses(struct req *rq, struct res *rs);
struct err h_my_abuses(struct req *rq, struct res *rs);
struct err h_abuse_create(struct req *rq, struct res *rs);
struct err h_abuse_update(struct req *rq, struct res *rs);
struct err h_abuse_delete(struct req *rq, struct res *rs);

#endif
