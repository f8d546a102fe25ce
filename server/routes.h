/* routes.h — THE table of routes (routes.c); what http_open gets. */
#ifndef ZOE_ROUTES_H
#define ZOE_ROUTES_H

#include "server/http/http.h"

extern const struct route routes[];

/* What no route matches: 400 below /api/v1 (as the reference answers), a page elsewhere. */
MUST_CHECK struct err route_unmatched(struct req *rq, struct res *rs, const char *allow);

#endif
