/* comments.h — handlers: see comments.c. */
#ifndef ZOE_API_COMMENTS_H
#define ZOE_API_COMMENTS_H

#include "server/http/http.h"

struct err h_comment_threads(struct req *rq, struct res *rs);
struct err h_comment_thread(struct req *rq, struct res *rs);
struct err h_comment_start(struct req *rq, struct res *rs);
struct err h_comment_answer(struct req *rq, struct res *rs);
struct err h_comment_edit(struct req *rq, struct res *rs);
struct err h_comment_delete(struct req *rq, struct res *rs);
struct err h_comment_approve(struct req *rq, struct res *rs);
struct err h_comment_events(struct req *rq, struct res *rs);

#endif
