/* actor_pictures.h — people choose the pictures of their account and channels. */
#ifndef ZOE_ACTOR_PICTURES_H
#define ZOE_ACTOR_PICTURES_H

#include "server/http/http.h"

#define ACTOR_PICTURE_LIMIT (INT64_C(9) << 20)

struct err h_my_avatar_set(struct req *rq, struct res *rs);
struct err h_my_avatar_drop(struct req *rq, struct res *rs);
struct err h_channel_avatar_set(struct req *rq, struct res *rs);
struct err h_channel_avatar_drop(struct req *rq, struct res *rs);
struct err h_channel_banner_set(struct req *rq, struct res *rs);
struct err h_channel_banner_drop(struct req *rq, struct res *rs);

#endif
