/* publish.c — see publish.h. */
#include "server/domain/publish.h"

#include "base/clock.h"
#include "base/crypto.h"
#include "base/file.h"
#include "base/log.h"
#include "server/db/db_job.h"
#include "server/db/db_making.h"
#include "server/domain/thumbnail.h"
#include "server/storage/storage.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>

static struct err insert(struct db *db, struct arena *a, const struct video_new *v,
                         const struct thumbnail_set *picture, const char *uuid, int64_t *id)
{
    char random[UUID_TEXT], master[64], sha256[80];
    snprintf(master, sizeof master, "%s-master.m3u8", uuid_new(random));
    snprintf(sha256, sizeof sha256, "%s-segments-sha256.json", uuid_new(random));
    TRY(db_video_insert(db, v, uuid, master, sha256, now_ms(), id));
    TRY(db_user_used_add(db, v->user_id, v->source_bytes));
    if (v->picture_folder)
        TRY(thumbnails_assign(db, a, *id, picture, PICTURE_SENT));
    if (v->upload_id)
        TRY(db_upload_finished(db, v->upload_id, *id, now_ms()));
    return db_job_insert(db, &(struct job_new){.kind = "probe",
                                               .lane = LANE_QUICK,
                                               .video_id = *id,
                                               .priority = PRIORITY_PROBE});
}

static struct err insert_in_transaction(struct db *db, struct arena *a,
                                        const struct video_new *v,
                                        const struct thumbnail_set *picture, const char *uuid,
                                        int64_t *id)
{
    DB_TRANSACTION(db, insert(db, a, v, picture, uuid, id));
    return OK;
}

struct err video_create(struct db *db, struct storage *s, struct arena *a,
                        const struct video_new *v, struct video_ids *out)
{
    char uuid[UUID_TEXT], short_uuid[UUID_SHORT_TEXT];
    uuid_new(uuid);
    uuid_shorten(uuid, short_uuid);

    /* The bytes first, then the row: a crash in between leaves a file without a row (the sweep
     * at start removes it) or, for a resumable upload, an upload whose last PUT is asked again.
     */
    {
        SCOPED_FD int fd = open(v->staged_path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
        if (fd < 0)
            return err_errno(errno, "opening the uploaded file");
        if (fsync(fd))
            return err_errno(errno, "syncing the uploaded file");
    }
    const char *original = storage_original(s, a, uuid);
    if (link(v->staged_path, original))
        return err_errno(errno, "keeping the uploaded file");
    struct thumbnail_set picture = {{NULL}};
    struct err e = folder_sync_of(original);
    if (!e.id && v->picture_folder)
        e = thumbnails_place(s, a, v->picture_folder, &picture);
    if (!e.id)
        e = insert_in_transaction(db, a, v, &picture, uuid, &out->id);
    if (e.id) {
        thumbnails_unplace(s, a, &picture);
        unlink(original);
        return e;
    }
    unlink(v->staged_path);
    out->uuid = arena_strdup(a, uuid);
    out->short_uuid = arena_strdup(a, short_uuid);
    log_info("video_created", "video=%lld uuid=%s user=%lld bytes=%lld", (long long)out->id,
             uuid, (long long)v->user_id, (long long)v->source_bytes);
    return OK;
}
