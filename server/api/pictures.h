/* pictures.h — the picture that a form brings for a video: thumbnailfile or previewfile (the
 * larger, when both come), as PeerTube's clients send them, or the moment thumbnailTime.
 *
 * Memory:  results live in the request's arena.
 * Errors:  INVALID_PARAMS, and those of jobs/pictures.h.
 * Threads: as the request.
 */
#ifndef ZOE_API_PICTURES_H
#define ZOE_API_PICTURES_H

#include "server/http/http.h"

struct video; /* server/domain/video.h */

/* *folder NULL: the form brings none; else a set of domain/thumbnail.h. */
MUST_CHECK struct err picture_sent(struct req *rq, const char **folder);
/* The same, or the moment that `body` names; *picture is the choice for the row. */
MUST_CHECK struct err picture_wanted(struct req *rq, const struct video *v, const json_t *body,
                                     const char **folder, const char **picture);

#endif
