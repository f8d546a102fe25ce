/* captions.h — the captions of a video: list, send, remove, fetch.
 *
 * Limits:  a file has CAPTION_LIMIT bytes at most; see domain/webvtt.h for the rest.
 * Access:  a caption is seen by whoever sees its video's files (files.h).
 * Spec:    hls-files.md section 6.
 */
#ifndef ZOE_API_CAPTIONS_H
#define ZOE_API_CAPTIONS_H

#include "server/http/http.h"

#define CAPTION_LIMIT (INT64_C(20) << 20)

struct err h_captions_list(struct req *rq, struct res *rs);
struct err h_caption_put(struct req *rq, struct res *rs);
struct err h_caption_delete(struct req *rq, struct res *rs);
struct err h_caption_file(struct req *rq, struct res *rs);

#endif
