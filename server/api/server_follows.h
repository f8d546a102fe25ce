/* server_follows.h — who follows this site as a whole, and whom it follows. */
#ifndef ZOE_SERVER_FOLLOWS_H
#define ZOE_SERVER_FOLLOWS_H

#include "server/http/http.h"

struct err h_site_followers(struct req *rq, struct res *rs);
struct err h_site_follower_remove(struct req *rq, struct res *rs);
struct err h_site_follower_accept(struct req *rq, struct res *rs);
struct err h_site_follower_reject(struct req *rq, struct res *rs);
struct err h_site_following(struct req *rq, struct res *rs);
struct err h_site_follow(struct req *rq, struct res *rs);
struct err h_site_unfollow(struct req *rq, struct res *rs);
/* Followers of one's own account or channel. */
struct err h_account_followers(struct req *rq, struct res *rs);
struct err h_channel_followers(struct req *rq, struct res *rs);

#endif
