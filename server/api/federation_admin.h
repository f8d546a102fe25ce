/* federation_admin.h — how federation stands, and with whom: for those who run the site. */
#ifndef ZOE_FEDERATION_ADMIN_H
#define ZOE_FEDERATION_ADMIN_H

#include "server/http/http.h"

struct err h_federation_state(struct req *rq, struct res *rs);
struct err h_federation_retry(struct req *rq, struct res *rs);
struct err h_allowed_hosts(struct req *rq, struct res *rs);
struct err h_allow_host(struct req *rq, struct res *rs);
struct err h_disallow_host(struct req *rq, struct res *rs);

#endif
