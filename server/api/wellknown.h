/* wellknown.h — how other servers find us: WebFinger, host-meta, nodeinfo.
 *
 * Spec:    RFC 7033, RFC 6415, nodeinfo 2.0 and 2.1; federation.md §1.
 */
#ifndef ZOE_API_WELLKNOWN_H
#define ZOE_API_WELLKNOWN_H

#include "server/http/http.h"

struct err h_webfinger(struct req *rq, struct res *rs);
struct err h_host_meta(struct req *rq, struct res *rs);
struct err h_nodeinfo_index(struct req *rq, struct res *rs);
struct err h_nodeinfo(struct req *rq, struct res *rs);

#endif
