/* remote_files.h — small files of other servers, led through this one.
 *
 * Rule:    only what a row here names is fetched, by the one fetcher with its guards; the
 *          answer must begin like a picture (or, for captions, like WebVTT), whatever its
 *          server calls it. It is kept in cache/remote for a month; what cannot be had is not
 *          asked again for ten minutes. Few requests may wait for other servers at a time.
 */
#ifndef ZOE_REMOTE_FILES_H
#define ZOE_REMOTE_FILES_H

#include "server/http/http.h"

/* GET /lazy-static/remote/:kind/:id/:index
 * 200 | 404 not_found | 503 overloaded */
struct err h_remote_file(struct req *rq, struct res *rs);

#endif
