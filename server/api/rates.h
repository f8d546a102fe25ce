/* rates.h — handlers: see rates.c. */
#ifndef ZOE_API_RATES_H
#define ZOE_API_RATES_H

#include "server/http/http.h"

struct err h_video_rate(struct req *rq, struct res *rs);
struct err h_video_rating(struct req *rq, struct res *rs);
struct err h_video_share(struct req *rq, struct res *rs);
struct err h_video_unshare(struct req *rq, struct res *rs);

#endif
