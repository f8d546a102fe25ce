/* overviews.h — a look around the site: what is new, by category, channel and tag. */
#ifndef ZOE_API_OVERVIEWS_H
#define ZOE_API_OVERVIEWS_H

#include "server/http/http.h"

struct err h_overviews(struct req *rq, struct res *rs);

#endif
