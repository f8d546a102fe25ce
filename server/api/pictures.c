/* pictures.c — see pictures.h. */
#include "server/api/pictures.h"

#include "server/app.h"
#include "server/domain/thumbnail.h"
#include "server/domain/video.h"
#include "server/jobs/pictures.h"

#include <math.h>
#include <stdlib.h>

struct err picture_sent(struct req *rq, const char **folder)
{
    const struct form_file *preview = req_file(rq, "previewfile"),
                           *file = req_file(rq, "thumbnailfile");
    *folder = NULL;
    if (preview && preview->path && (!file || !file->path || preview->bytes > file->bytes))
        file = preview;
    if (!file || !file->path)
        return OK;
    if (!file->bytes)
        return FAIL(PICTURE_INVALID, "the picture is empty");
    return picture_convert(rq->app, rq->arena, file->path, folder);
}

/* Seconds into the video, as a number or its text. */
static struct err read_moment(struct req *rq, const struct video *v, const json_t *given,
                              int64_t *at_ms)
{
    const char *text = json_string_value(given);
    char *end = NULL;
    double seconds = text ? strtod(text, &end) : json_number_value(given);
    if ((!text && !json_is_number(given)) || (text && (!*text || *end)) || !isfinite(seconds) ||
        seconds < 0 || seconds * 1000 > (double)v->duration_ms + 1000)
        return req_invalid(rq, "thumbnailTime",
                           "Should be a time within the video, in seconds");
    *at_ms = (int64_t)(seconds * 1000);
    return OK;
}

struct err picture_wanted(struct req *rq, const struct video *v, const json_t *body,
                          const char **folder, const char **picture)
{
    const json_t *moment = json_object_get(body, "thumbnailTime");
    int64_t at_ms = 0;
    *picture = PICTURE_SENT;
    TRY(picture_sent(rq, folder));
    if (*folder || !moment || json_is_null(moment))
        return OK;
    TRY(read_moment(rq, v, moment, &at_ms));
    *picture = arena_printf(rq->arena, "%lld", (long long)at_ms);
    return picture_of_moment(rq->app, rq->db, rq->arena, v->id, at_ms, folder);
}
