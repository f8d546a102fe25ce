/* blocks.h — handlers: see blocks.c. */
#ifndef ZOE_API_BLOCKS_H
#define ZOE_API_BLOCKS_H

#include "server/http/http.h"

struct err h_my_blocked_accounts(struct req *rq, struct res *rs);
struct err h_my_blocked_hosts(struct req *rq, struct res *rs);
struct err h_my_block_account(struct req *rq, struct res *rs);
struct err h_my_block_host(struct req *rq, struct res *rs);
struct err h_my_unblock_account(struct req *rq, struct res *rs);
struct err h_my_unblock_host(struct req *rq, struct res *rs);
struct err h_site_blocked_accounts(struct req *rq, struct res *rs);
struct err h_site_blocked_hosts(struct req *rq, struct res *rs);
struct err h_site_block_account(struct req *rq, struct res *rs);
struct err h_site_block_host(struct req *rq, struct res *rs);
struct err h_site_unblock_account(struct req *rq, struct res *rs);
struct err h_site_unblock_host(struct req *rq, struct res *rs);

#endif
