/* upload.h — the two ways by which a video's file comes in (api-core.md section 4).
 *
 * POST /api/v1/videos/upload             one multipart form               upload_multipart.c
 * POST, PUT, DELETE /videos/upload-resumable   the uploadx protocol       upload_resumable.c
 *
 * Every refusal comes before the bytes: with headers only, before 100-continue is sent.
 */
#ifndef ZOE_API_UPLOAD_H
#define ZOE_API_UPLOAD_H

#include "server/http/http.h"

struct video_fields;
struct video_ids;

struct err before_upload_multipart(struct req *rq, struct res *rs);
struct err h_upload_multipart(struct req *rq, struct res *rs);

struct err before_upload_init(struct req *rq, struct res *rs);
struct err h_upload_init(struct req *rq, struct res *rs);
struct err before_upload_chunk(struct req *rq, struct res *rs);
struct err h_upload_chunk(struct req *rq, struct res *rs);
struct err h_upload_cancel(struct req *rq, struct res *rs);

/* --- shared with PUT /videos/:id ------------------------------------------------------------
 */

/* INVALID_PARAMS with every problem of `fields`, and with those of `required` (bits of enum
 * video_field) that were not given; languages are checked against the table. */
MUST_CHECK struct err video_fields_report(struct req *rq, struct video_fields *fields,
                                          unsigned required);

/* --- shared by both uploads
 * ------------------------------------------------------------------- */

/* -1: unlimited. */
int64_t upload_max_bytes(const struct req *rq);
/* 200 {"video": {"id", "uuid", "shortUUID"}} */
void upload_answer_video(struct req *rq, struct res *rs, const struct video_ids *ids);
/* MAX_FILE_SIZE and QUOTA_REACHED speak of sizes in PeerTube's words; UNSUPPORTED_MEDIA. */
MUST_CHECK struct err upload_media_check(const char *content_type, const char *file_name);

#endif
