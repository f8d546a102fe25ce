/* upload_multipart.c — a whole video in one multipart form. */
#include "base/log.h"
#include "server/api/pictures.h"
#include "server/api/upload.h"
#include "server/app.h"
#include "server/domain/account.h"
#include "server/domain/upload.h"
#include "server/domain/upload_claim.h"
#include "server/domain/video_fields.h"
#include "server/storage/storage.h"

#include <string.h>

enum { FORM_SLACK = 12 << 20 }; /* fields and pictures beside the file */

/* The reservation ends with the request, however it ends. */
struct multipart {
    struct upload_reservation *reservation;
};

static void multipart_release(void *state)
{
    struct multipart *m = state;
    upload_unreserve(m->reservation);
    m->reservation = NULL;
}

struct err before_upload_multipart(struct req *rq, struct res *rs)
{
    (void)rs;
    if (rq->content_length < 0)
        return FAIL(LENGTH_REQUIRED, "an upload must tell its Content-Length");
    struct multipart *m = rq->state = arena_alloc(rq->arena, sizeof *m);
    arena_defer(rq->arena, multipart_release, m);
    int64_t limit = upload_max_bytes(rq);
    return upload_reserve_room(rq->db, rq->app->storage, rq->caller->user_id,
                               rq->content_length, limit < 0 ? -1 : limit + FORM_SLACK,
                               &m->reservation);
}

/* POST /api/v1/videos/upload   videofile, name, channelId, thumbnailfile?, ...   (requires
 * login) 200 {video} | 400 invalid_params, picture_invalid | 403 not_owner | 404 not_found
 * (channel) | 413 max_file_size_reached, quota_reached | 415 | 422 no file | 507 disk_full */
struct err h_upload_multipart(struct req *rq, struct res *rs)
{
    /* parse */
    json_t *form;
    struct video_fields fields;
    TRY(req_json(rq, &form));
    video_fields_read(rq->arena, form, &fields);
    struct form_file *file = req_file(rq, "videofile");

    /* check */
    int64_t limit = upload_max_bytes(rq);
    if (!file || !file->path || !file->bytes)
        return FAIL(UNPROCESSABLE, "the form holds no video file (videofile), or an empty one");
    TRY(video_fields_report(rq, &fields, VIDEO_NAME | VIDEO_CHANNEL));
    TRY(upload_media_check(file->content_type, file->filename));
    if (limit >= 0 && file->bytes > limit)
        return FAIL(MAX_FILE_SIZE, "the file is larger than this site accepts");
    struct channel channel;
    TRY(account_channel_of_user(rq->db, rq->arena, rq->caller->user_id, fields.channel_id,
                                &channel));

    const char *picture;
    TRY(picture_sent(rq, &picture));

    /* act */
    struct video_new v = {.user_id = rq->caller->user_id,
                          .staged_path = file->path,
                          .source_name = upload_source_name(rq->arena, file->filename),
                          .source_bytes = file->bytes,
                          .picture_folder = picture};
    video_fields_apply(&fields, &v);
    v.channel_id = channel.actor.id;
    struct video_ids ids;
    TRY(video_create(rq->db, rq->app->storage, rq->arena, &v, &ids));
    file->path = NULL;
    multipart_release(rq->state);

    /* render */
    upload_answer_video(rq, rs, &ids);
    return OK;
}
