/* video_query.h — the filters of video lists, read from a query string.
 *
 * Spec:    api-core.md section 2. What PeerTube dropped and clients still send is understood
 *          (filter=local, a trailing slash); an unknown sort is refused.
 * Memory:  the request's arena.
 * Errors:  INVALID_PARAMS; UNAUTHORIZED for filters of moderators.
 */
#ifndef ZOE_VIDEO_QUERY_H
#define ZOE_VIDEO_QUERY_H

#include "server/domain/video.h"
#include "server/http/http.h"

/* `fallback` is the sort when none is asked for, as in the API ("-publishedAt"). Fills in all
 * but of, of_id and everything. */
MUST_CHECK struct err video_query_read(struct req *rq, const char *fallback,
                                       struct video_query *out);
/* Lists by `q` and answers; `own` shows what owners see. */
MUST_CHECK struct err video_query_answer(struct req *rq, struct res *rs,
                                         const struct video_query *q, bool own);
/* The JSON of that answer. */
MUST_CHECK struct err video_query_json(struct req *rq, const struct video_query *q, bool own,
                                       const char **text, size_t *bytes);

#endif
