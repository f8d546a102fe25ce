/* channels.h — accounts and channels as everybody sees them; making and changing one's
 * channels. */
#ifndef ZOE_API_CHANNELS_H
#define ZOE_API_CHANNELS_H

#include "server/http/http.h"

struct err h_account_list(struct req *rq, struct res *rs);
struct err h_account_get(struct req *rq, struct res *rs);
struct err h_account_channels(struct req *rq, struct res *rs);
struct err h_channel_list(struct req *rq, struct res *rs);
struct err h_channel_get(struct req *rq, struct res *rs);
struct err h_channel_create(struct req *rq, struct res *rs);
struct err h_channel_update(struct req *rq, struct res *rs);
struct err h_channel_delete(struct req *rq, struct res *rs);

#endif
