/* progress.h — how far the making of a video is: asked for, or told as server-sent events.
 *
 * Who may see the video is told; the reason of a failure only to its owner and moderators.
 */
#ifndef ZOE_API_PROGRESS_H
#define ZOE_API_PROGRESS_H

#include "server/http/http.h"

struct err h_video_progress(struct req *rq, struct res *rs);
struct err h_video_progress_events(struct req *rq, struct res *rs);

#endif
