/* captions.c — see captions.h. */
#include "server/api/captions.h"

#include "server/api/params.h"

#include "base/file.h"
#include "server/api/files.h"
#include "server/app.h"
#include "server/config.h"
#include "server/domain/caption.h"
#include "server/domain/video.h"
#include "server/jobs/jobs.h"
#include "server/storage/storage.h"
#include "server/view/labels.h"
#include "server/view/parts_json.h"
#include "server/view/remote_json.h"

/* GET /api/v1/videos/:id/captions
 * 200 {total, data} | as GET /api/v1/videos/:id */
struct err h_captions_list(struct req *rq, struct res *rs)
{
    struct video v;
    struct caption_list list;
    TRY(video_see(rq->db, rq->arena, rq->caller, req_param(rq, "id"), &v));
    if (v.uri) {
        json_t *data = remote_captions_json(rq->arena, rq->app->config->url, &v);
        answer_list(rq, rs, (int64_t)json_array_size(data), data);
        return OK;
    }
    TRY(video_captions(rq->db, rq->arena, v.id, &list));
    res_json(rq, rs, 200, captions_json(rq->arena, rq->app->config->url, &v, &list));
    return OK;
}

/* PUT /api/v1/videos/:id/captions/:language   captionfile: WebVTT or SubRip
 * 204 | 400 invalid_params, caption_invalid (which line is wrong) | 401 | 403 | 404 | 413 */
struct err h_caption_put(struct req *rq, struct res *rs)
{
    /* parse */
    struct video v;
    char *text;
    size_t bytes;
    const char *language = req_param(rq, "language");
    TRY(video_edit(rq->db, rq->arena, rq->caller, req_param(rq, "id"), &v));
    struct form_file *file = req_file(rq, "captionfile");

    /* check */
    if (!language_text(language) || !language_is_written(language))
        return req_invalid(rq, "captionLanguage", "Should be a known language");
    if (!file || !file->path)
        return req_invalid(rq, "captionfile", "Should have a file of captions");
    if (file->bytes > CAPTION_LIMIT)
        return FAIL(MAX_FILE_SIZE, "captions may have 20 MiB at most");
    TRY(file_read(rq->arena, file->path, CAPTION_LIMIT, &text, &bytes));

    /* act */
    jobs_hold_video(v.id);
    struct err e =
        caption_put(rq->db, rq->app->storage, rq->arena, v.id, language, text, bytes, false);
    jobs_let_video(v.id);
    TRY(e);

    /* render */
    res_empty(rs, 204);
    return OK;
}

/* DELETE /api/v1/videos/:id/captions/:language
 * 204 | 401 | 403 | 404 */
struct err h_caption_delete(struct req *rq, struct res *rs)
{
    struct video v;
    TRY(video_edit(rq->db, rq->arena, rq->caller, req_param(rq, "id"), &v));
    jobs_hold_video(v.id);
    struct err e = caption_remove(rq->db, rq->arena, v.id, req_param(rq, "language"));
    jobs_let_video(v.id);
    TRY(e);
    res_empty(rs, 204);
    return OK;
}

/* GET /lazy-static/video-captions/:file   "{file_uuid}-{language}.vtt"
 * 200 | 304 | 401 | 403 | 404 */
struct err h_caption_file(struct req *rq, struct res *rs)
{
    const char *file = req_param(rq, "file");
    int64_t id;
    struct video v;
    TRY(caption_of_file(rq->db, rq->arena, file, &id));
    TRY(video_find(rq->db, rq->arena, arena_printf(rq->arena, "%lld", (long long)id), &v,
                   NULL));
    TRY(files_check(rq, &v));
    return res_file(rq, rs,
                    &(struct file_answer){
                        .path = storage_hls_file(rq->app->storage, rq->arena, v.uuid,
                                                 video_is_private(&v), file),
                        .cache = files_cache(&v),
                        .cors = true,
                    });
}
