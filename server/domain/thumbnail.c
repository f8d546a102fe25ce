/* thumbnail.c — see thumbnail.h. */
#include "server/domain/thumbnail.h"

#include "base/clock.h"
#include "base/crypto.h"
#include "base/file.h"
#include "base/log.h"
#include "server/db/db_making.h"
#include "server/db/db_picture.h"
#include "server/domain/outbox.h"
#include "server/domain/video.h"
#include "server/storage/storage.h"

const int thumbnail_sizes[THUMBNAIL_SIZES][2] = {
    {280, 157}, {850, 480}, {1280, 720}, {1920, 1080}, {1400, 1400}};

static const char *made_path(struct arena *a, const char *folder, int size)
{
    return arena_printf(a, "%s/thumbnail-%dx%d.jpg", folder, thumbnail_sizes[size][0],
                        thumbnail_sizes[size][1]);
}

bool thumbnails_there(struct arena *a, const char *folder)
{
    return path_exists(made_path(a, folder, 0));
}

struct err thumbnails_place(const struct storage *s, struct arena *a, const char *folder,
                            struct thumbnail_set *out)
{
    *out = (struct thumbnail_set){{NULL}};
    for (int i = 0; i < THUMBNAIL_SIZES; i++) {
        char uuid[UUID_TEXT];
        const char *from = made_path(a, folder, i);
        const char *name = arena_printf(a, "%s.jpg", uuid_new(uuid));
        if (!path_exists(from))
            continue;
        TRY(file_rename_durable(from, storage_thumbnail(s, a, name)));
        out->files[i] = name;
    }
    return OK;
}

void thumbnails_unplace(const struct storage *s, struct arena *a,
                        const struct thumbnail_set *set)
{
    for (int i = 0; i < THUMBNAIL_SIZES; i++)
        if (set->files[i])
            path_remove(storage_thumbnail(s, a, set->files[i]));
}

static struct err trash(struct db *db, struct arena *a, const char *file)
{
    return db_trash_put(db, arena_printf(a, "thumbnails/%s", file));
}

struct err thumbnails_assign(struct db *db, struct arena *a, int64_t video_id,
                             const struct thumbnail_set *set, const char *picture)
{
    const char *chosen, *old[THUMBNAILS_MAX];
    int count;
    TRY(db_video_picture(db, a, video_id, &chosen));
    if (chosen && !picture) {
        for (int i = 0; i < THUMBNAIL_SIZES; i++)
            if (set->files[i])
                TRY(trash(db, a, set->files[i]));
        return OK;
    }
    TRY(db_thumbnail_files(db, a, video_id, old, THUMBNAILS_MAX, &count));
    for (int i = 0; i < count; i++)
        TRY(trash(db, a, old[i]));
    TRY(db_thumbnails_drop(db, video_id));
    for (int i = 0; i < THUMBNAIL_SIZES; i++)
        if (set->files[i])
            TRY(db_thumbnail_put(db, video_id, thumbnail_sizes[i][0], thumbnail_sizes[i][1],
                                 set->files[i]));
    return db_video_picture_set(db, video_id, picture);
}

static struct err choose(struct db *db, struct arena *a, int64_t video_id,
                         const struct thumbnail_set *set, const char *picture)
{
    TRY(thumbnails_assign(db, a, video_id, set, picture));
    TRY(db_video_touch(db, video_id, now_ms()));
    return outbox_video_changed(db, a, video_id);
}

static struct err choose_tx(struct db *db, struct arena *a, int64_t video_id,
                            const struct thumbnail_set *set, const char *picture)
{
    DB_TRANSACTION(db, choose(db, a, video_id, set, picture));
    return OK;
}

struct err video_picture_choose(struct db *db, const struct storage *s, struct arena *a,
                                int64_t video_id, const char *folder, const char *picture)
{
    struct thumbnail_set set;
    struct err e = thumbnails_place(s, a, folder, &set);
    if (!e.id)
        e = choose_tx(db, a, video_id, &set, picture);
    if (e.id) {
        thumbnails_unplace(s, a, &set);
        return e;
    }
    log_info("picture_chosen", "video=%lld picture=%s", (long long)video_id, picture);
    return video_trash_empty(db, s);
}
