/* upload.c — what both ways of uploading share. */
#include "server/api/upload.h"

#include "server/app.h"
#include "server/config.h"
#include "server/domain/upload.h"
#include "server/domain/video_fields.h"
#include "server/view/labels.h"

static const struct {
    unsigned bit;
    const char *field, *message;
} can_be_required[] = {
    {VIDEO_NAME, "name", "Should have a name between 3 and 120 characters long"},
    {VIDEO_CHANNEL, "channelId", "Should have a valid channel id"},
};

struct err video_fields_report(struct req *rq, struct video_fields *fields, unsigned required)
{
    if (fields->language && !language_text(fields->language))
        video_fields_problem(rq->arena, fields, "language", "Should be a known language");
    struct err e = OK;
    for (size_t i = 0; i < sizeof can_be_required / sizeof *can_be_required; i++)
        if (required & can_be_required[i].bit & ~fields->given)
            e = req_invalid(rq, can_be_required[i].field, can_be_required[i].message);
    for (const struct field_problem *p = fields->problems; p; p = p->next)
        e = req_invalid(rq, p->field, p->message);
    return e;
}

int64_t upload_max_bytes(const struct req *rq)
{
    int64_t mib = rq->app->config->upload_limit_mib;
    return mib < 0 || mib > INT64_MAX >> 20 ? -1 : mib << 20;
}

void upload_answer_video(struct req *rq, struct res *rs, const struct video_ids *ids)
{
    res_json(rq, rs, 200,
             json_pack("{s:{s:I, s:s, s:s}}", "video", "id", (json_int_t)ids->id, "uuid",
                       ids->uuid, "shortUUID", ids->short_uuid));
}

struct err upload_media_check(const char *content_type, const char *file_name)
{
    if (upload_media_known(content_type, file_name))
        return OK;
    return FAIL(UNSUPPORTED_MEDIA, "this type of file is no video or sound that is known here");
}
