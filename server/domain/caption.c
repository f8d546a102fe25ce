/* caption.c — see caption.h. */
#include "server/domain/caption.h"

#include "base/clock.h"
#include "base/crypto.h"
#include "base/file.h"
#include "base/log.h"
#include "server/db/db_job.h"
#include "server/db/db_making.h"
#include "server/db/db_picture.h"
#include "server/domain/outbox.h"
#include "server/domain/video.h"
#include "server/domain/webvtt.h"
#include "server/storage/storage.h"

#include <string.h>

struct err video_captions(struct db *db, struct arena *a, int64_t video_id,
                          struct caption_list *out)
{
    return db_captions_of_video(db, a, video_id, out);
}

const char *caption_file(struct arena *a, const struct caption *c, const char *ending)
{
    return arena_printf(a, "%s-%s%s", c->file_uuid, c->language, ending);
}

struct err caption_of_file(struct db *db, struct arena *a, const char *file, int64_t *video_id)
{
    size_t n = strlen(file), ending = strlen(".vtt");
    if (n < UUID_TEXT + ending + 1 || n > 128 || strcmp(file + n - ending, ".vtt") ||
        file[UUID_TEXT - 1] != '-')
        return FAIL(NOT_FOUND, "no such file");
    const char *uuid = arena_strndup(a, file, UUID_TEXT - 1);
    const char *language = arena_strndup(a, file + UUID_TEXT, n - ending - UUID_TEXT);
    return db_caption_of_file(db, uuid, language, video_id);
}

static const struct caption *of_language(const struct caption_list *list, const char *language)
{
    for (size_t i = 0; i < list->count; i++)
        if (!strcmp(list->items[i].language, language))
            return &list->items[i];
    return NULL;
}

/* Its files go once the change is on disk; public and private name the same folder in turn. */
static struct err trash_files(struct db *db, struct arena *a, const char *uuid,
                              const struct caption *c)
{
    static const char *const folders[] = {"hls", "hls/private"};
    static const char *const endings[] = {".vtt", ".m3u8"};
    for (int i = 0; i < 2; i++)
        for (int k = 0; k < 2; k++)
            TRY(db_trash_put(db, arena_printf(a, "%s/%s/%s", folders[i], uuid,
                                              caption_file(a, c, endings[k]))));
    return OK;
}

/* What follows from any change. */
static struct err changed(struct db *db, struct arena *a, int64_t video_id)
{
    TRY(db_video_touch(db, video_id, now_ms()));
    TRY(db_job_insert(
        db, &(struct job_new){
                .kind = "captions", .lane = LANE_QUICK, .video_id = video_id, .priority = 1}));
    return outbox_video_changed(db, a, video_id);
}

static struct err put_rows(struct db *db, struct arena *a, int64_t video_id, const char *uuid,
                           const struct caption *c)
{
    struct caption_list list;
    TRY(db_captions_of_video(db, a, video_id, &list));
    const struct caption *old = of_language(&list, c->language);
    if (old && c->contained && !old->contained)
        return trash_files(db, a, uuid, c);
    if (old)
        TRY(trash_files(db, a, uuid, old));
    TRY(db_caption_put(db, video_id, c));
    return changed(db, a, video_id);
}

static struct err put_tx(struct db *db, struct arena *a, int64_t video_id, const char *uuid,
                         const struct caption *c)
{
    DB_TRANSACTION(db, put_rows(db, a, video_id, uuid, c));
    return OK;
}

struct err caption_put(struct db *db, const struct storage *s, struct arena *a,
                       int64_t video_id, const char *language, const char *bytes, size_t count,
                       bool contained)
{
    struct strbuf text = STRBUF_IN(a);
    TRY(webvtt_clean(bytes, count, &text));
    struct making v;
    TRY(db_making_get(db, a, video_id, &v));
    char *file_uuid = arena_alloc(a, UUID_TEXT);
    struct caption c = {.language = language,
                        .file_uuid = uuid_new(file_uuid),
                        .contained = contained,
                        .updated_ms = now_ms()};
    bool hidden = v.privacy == PRIVACY_PRIVATE || v.privacy == PRIVACY_INTERNAL;
    TRY(folder_make(storage_hls_folder(s, a, v.uuid, hidden)));
    TRY(file_replace(storage_hls_file(s, a, v.uuid, hidden, caption_file(a, &c, ".vtt")),
                     text.text, text.length, true));
    TRY(put_tx(db, a, video_id, v.uuid, &c));
    log_info("caption_kept", "video=%lld language=%s contained=%d bytes=%zu",
             (long long)video_id, language, contained, text.length);
    return OK;
}

static struct err remove_rows(struct db *db, struct arena *a, int64_t video_id,
                              const char *language)
{
    struct making v;
    struct caption_list list;
    TRY(db_making_get(db, a, video_id, &v));
    TRY(db_captions_of_video(db, a, video_id, &list));
    const struct caption *old = of_language(&list, language);
    if (!old)
        return FAIL(NOT_FOUND, "this video has no captions in that language");
    TRY(trash_files(db, a, v.uuid, old));
    TRY(db_caption_drop(db, video_id, language));
    return changed(db, a, video_id);
}

struct err caption_remove(struct db *db, struct arena *a, int64_t video_id,
                          const char *language)
{
    DB_TRANSACTION(db, remove_rows(db, a, video_id, language));
    return OK;
}
