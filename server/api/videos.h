/* videos.h — videos over the API: lists, details, edits, removal, views, and what hangs on one.
 *
 * Spec:    api-core.md section 2, 5, 6.
 */
#ifndef ZOE_API_VIDEOS_H
#define ZOE_API_VIDEOS_H

#include "server/http/http.h"

struct video;

struct err h_videos_list(struct req *rq, struct res *rs);
struct err h_account_videos(struct req *rq, struct res *rs);
struct err h_channel_videos(struct req *rq, struct res *rs);
struct err h_my_videos(struct req *rq, struct res *rs);

struct err h_video_get(struct req *rq, struct res *rs);
struct err h_video_update(struct req *rq, struct res *rs);
struct err h_video_delete(struct req *rq, struct res *rs);
struct err h_video_view(struct req *rq, struct res *rs);
struct err h_video_token(struct req *rq, struct res *rs);

struct err h_video_description(struct req *rq, struct res *rs);
struct err h_video_chapters(struct req *rq, struct res *rs);
struct err h_video_chapters_set(struct req *rq, struct res *rs);
struct err h_video_storyboards(struct req *rq, struct res *rs);
struct err h_video_metadata(struct req *rq, struct res *rs);

/* search.c */
struct err h_search_videos(struct req *rq, struct res *rs);
struct err h_search_channels(struct req *rq, struct res *rs);
struct err h_search_playlists(struct req *rq, struct res *rs);

/* The JSON of GET /videos/:id, also left in the watch page. */
struct video;
struct video_plain;
MUST_CHECK struct err video_details_text(struct req *rq, const struct video *v,
                                         const struct video_plain *plain, const char **text,
                                         size_t *bytes);

#endif
