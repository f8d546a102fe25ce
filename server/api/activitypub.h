/* activitypub.h — our things as other servers read them: GET of every id we mint.
 *
 * Rule:    the address of a thing that people see too answers by the Accept header; all others
 *          answer activity+json always. What was deleted is 410 with a Tombstone; what is not
 *          ready yet is 503, never 404.
 */
#ifndef ZOE_API_ACTIVITYPUB_H
#define ZOE_API_ACTIVITYPUB_H

#include "server/http/http.h"

/* Pages and objects at one address. */
struct err h_account_or_page(struct req *rq, struct res *rs);
struct err h_channel_or_page(struct req *rq, struct res *rs);
struct err h_video_or_page(struct req *rq, struct res *rs);

struct err h_ap_actor_update(struct req *rq, struct res *rs);
/* Below an actor: outbox, followers, following, and their pages. */
struct err h_ap_actor_part(struct req *rq, struct res *rs);
struct err h_ap_rate(struct req *rq, struct res *rs);
struct err h_ap_follow(struct req *rq, struct res *rs);
struct err h_ap_answer(struct req *rq, struct res *rs);

/* Below a video: activity, likes, dislikes, announces, comments, replies, chapters, and their
 * pages. */
struct err h_ap_video_part(struct req *rq, struct res *rs);
struct err h_ap_video_update(struct req *rq, struct res *rs);
struct err h_ap_share(struct req *rq, struct res *rs);
struct err h_ap_comment(struct req *rq, struct res *rs);

#endif
