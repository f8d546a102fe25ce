/* lookups.h — things of other servers, found by handle or address; and the way back. */
#ifndef ZOE_API_LOOKUPS_H
#define ZOE_API_LOOKUPS_H

#include "server/activitypub/lookup.h"
#include "server/http/http.h"

/* lookup(), at other servers too when the setting search_remote lets this caller: signed in
 * people by default. What the site blocks is not found. RATE_LIMITED when he asks too often. */
MUST_CHECK struct err lookup_asked(struct req *rq, struct res *rs, const char *text,
                                   struct lookup *out);

struct err h_resolve(struct req *rq, struct res *rs);
struct err h_interact(struct req *rq, struct res *rs);
struct err h_ostatus_subscribe(struct req *rq, struct res *rs);

#endif
