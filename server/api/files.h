/* files.h — streams, plain MP4s, pictures, torrents and the web client's files.
 *
 * Caching: a playlist changes while its video is made: "no-cache" (kept, but asked for again
 * with its ETag each time; 304 mostly). A rung's MP4 only grows, so a range once read stays
 *          right, but its length and ETag change: a cache that keeps the file by its first
 * length would answer 416 to later ranges. So it is "no-cache" until its playlist has ended,
 * and a day, immutable, from then on; not a year, since a video may become private or go. What
 *          belongs to private videos is "private, no-cache": no shared cache keeps it.
 * Access:  hls/{uuid}/ holds public and unlisted streams only (domain/video.h keeps it so):
 *          served on the event thread without asking anybody. Everything else is checked on a
 *          worker: a bearer token, the session cookie, or ?videoFileToken=.
 * Spec:    hls-files.md sections 1, 2.
 */
#ifndef ZOE_API_FILES_H
#define ZOE_API_FILES_H

#include "server/http/http.h"

struct video; /* server/domain/video.h */

/* Whether the caller may have the files of `v`: by a token of it, or as who he is. */
MUST_CHECK struct err files_check(struct req *rq, const struct video *v);
/* Cache-Control of a file of `v` that never changes. */
const char *files_cache(const struct video *v);

struct err h_hls_public(struct req *rq, struct res *rs); /* fast */
struct err h_hls_private(struct req *rq, struct res *rs);
struct err h_web_video(struct req *rq, struct res *rs);
struct err h_download_web(struct req *rq, struct res *rs);
struct err h_download_hls(struct req *rq, struct res *rs);
struct err h_download_generate(struct req *rq, struct res *rs);
struct err h_download_original(struct req *rq, struct res *rs);
struct err h_torrent(struct req *rq, struct res *rs);
struct err h_torrent_download(struct req *rq, struct res *rs);
struct err h_thumbnail(struct req *rq, struct res *rs);     /* fast */
struct err h_storyboard(struct req *rq, struct res *rs);    /* fast */
struct err h_actor_picture(struct req *rq, struct res *rs); /* fast */
struct err h_client_asset(struct req *rq, struct res *rs);  /* fast */
struct err h_favicon(struct req *rq, struct res *rs);       /* fast */
struct err h_robots(struct req *rq, struct res *rs);        /* fast */

#endif
