/* subscriptions.h — handlers: see subscriptions.c. */
#ifndef ZOE_API_SUBSCRIPTIONS_H
#define ZOE_API_SUBSCRIPTIONS_H

#include "server/http/http.h"

struct err h_subscriptions(struct req *rq, struct res *rs);
struct err h_subscription_accounts(struct req *rq, struct res *rs);
struct err h_subscribe(struct req *rq, struct res *rs);
struct err h_subscriptions_exist(struct req *rq, struct res *rs);
struct err h_subscription(struct req *rq, struct res *rs);
struct err h_unsubscribe(struct req *rq, struct res *rs);
struct err h_subscription_videos(struct req *rq, struct res *rs);

#endif
