/* captions.c — the jobs of captions: taking those that the uploaded file contains, and writing
 * the playlists after any change. Nothing else of a stream is touched by either. */
#include "server/jobs/making.h"

#include "base/clock.h"
#include "base/file.h"
#include "base/log.h"
#include "server/app.h"
#include "server/domain/caption.h"
#include "server/domain/video.h"
#include "server/storage/storage.h"
#include "server/view/labels.h"

#include <string.h>

enum { CAPTION_BYTES_MAX = 20 << 20 };

/* --- captions: playlists and the master anew */

static struct err captions_run(struct job_run *r)
{
    struct work w;
    TRY(work_load(r, &w));
    TRY(making_lock(r, &w));
    struct err e = work_publish(r, &w, true);
    making_unlock(&w);
    TRY(e);
    DB_TRANSACTION(r->db, db_job_done(r->db, r->job.id, NULL, now_ms()));
    return video_trash_empty(r->db, r->app->storage);
}

const struct job_kind job_captions = {"captions", captions_run, NULL};

/* --- subtitles: from the uploaded file */

/* The code that captions of a track go by: what the track says, else the video's language. */
static const char *language_of(const json_t *track, const char *of_video)
{
    const char *code = language_short(json_string_value(json_object_get(track, "language")));
    if (!code)
        code = language_short(of_video);
    return code ? code : CAPTION_LANGUAGE_UNKNOWN;
}

static struct err keep_track(struct job_run *r, struct work *w, const char *path,
                             const char *language)
{
    char *text;
    size_t bytes;
    TRY(file_read(r->arena, path, CAPTION_BYTES_MAX, &text, &bytes));
    TRY(making_lock(r, w));
    struct err e =
        caption_put(r->db, r->app->storage, r->arena, w->video.id, language, text, bytes, true);
    making_unlock(w);
    if (e.id != ERR_CAPTION_INVALID)
        return e;
    log_info("subtitles_dropped", "language=%s reason=%s", language,
             LOG_QUOTE(e.detail ? e.detail : ""));
    return OK;
}

/* The first track of each language that has any text in it. */
static struct err keep_tracks(struct job_run *r, struct work *w, const char *folder,
                              json_t *list)
{
    const char *taken[64];
    size_t i, count = 0;
    json_t *track;
    json_array_foreach (list, i, track) {
        const char *file = json_string_value(json_object_get(track, "file"));
        const char *language = language_of(track, w->video.language);
        if (!file || strchr(file, '/'))
            return FAIL(TASK_FAILED, "the transcoder named a file oddly");
        bool wanted = json_integer_value(json_object_get(track, "cues")) > 0 &&
                      count < sizeof taken / sizeof *taken;
        for (size_t k = 0; k < count; k++)
            wanted = wanted && strcmp(taken[k], language) != 0;
        if (!wanted)
            continue;
        taken[count++] = language;
        TRY(keep_track(r, w, arena_printf(r->arena, "%s/%s", folder, file), language));
    }
    return OK;
}

static struct err subtitles_run(struct job_run *r)
{
    struct work w;
    json_t *spec, *result;
    const char *folder;
    TRY(work_load(r, &w));
    TRY(work_spec(r, &w, "subtitles", &folder, &spec));
    TRY(work_run(r, &w, spec, NULL, &result, NULL));
    TRY(keep_tracks(r, &w, folder, json_object_get(result, "subtitles")));
    path_remove(folder);
    return work_step_done(r, NULL);
}

/* A video without its captions is still a video: the job's result keeps the reason. */
static struct err subtitles_fail(struct job_run *r, struct err why)
{
    return work_step_done(r, why.detail);
}

const struct job_kind job_subtitles = {"subtitles", subtitles_run, subtitles_fail};
