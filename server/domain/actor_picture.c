/* actor_picture.c — see actor_picture.h. */
#include "server/domain/actor_picture.h"

#include "base/clock.h"
#include "base/crypto.h"
#include "base/file.h"
#include "server/db/db_account.h"
#include "server/db/db_making.h"
#include "server/domain/outbox.h"
#include "server/domain/video.h"
#include "server/storage/storage.h"

#include <string.h>

static const int avatar_sizes[][2] = {{48, 48}, {120, 120}, {600, 600}};
static const int banner_sizes[][2] = {{600, 100}, {1920, 317}};

const int (*actor_picture_sizes(enum actor_picture kind, size_t *count))[2]
{
    *count = kind == ACTOR_AVATAR ? sizeof avatar_sizes / sizeof *avatar_sizes
                                  : sizeof banner_sizes / sizeof *banner_sizes;
    return kind == ACTOR_AVATAR ? avatar_sizes : banner_sizes;
}

const char *actor_picture_file(struct arena *a, const char *stem, int width)
{
    return arena_printf(a, "%s-%d.jpg", stem, width);
}

static struct err place(const struct storage *s, struct arena *a, enum actor_picture kind,
                        const char *folder, const char *stem)
{
    size_t count;
    const int(*sizes)[2] = actor_picture_sizes(kind, &count);
    for (size_t i = 0; i < count; i++)
        TRY(file_rename_durable(
            arena_printf(a, "%s/thumbnail-%dx%d.jpg", folder, sizes[i][0], sizes[i][1]),
            storage_avatar(s, a, actor_picture_file(a, stem, sizes[i][0]))));
    return OK;
}

static struct err trash(struct db *db, struct arena *a, enum actor_picture kind,
                        const char *stem)
{
    size_t count;
    const int(*sizes)[2] = actor_picture_sizes(kind, &count);
    for (size_t i = 0; stem && i < count; i++)
        TRY(db_trash_put(
            db, arena_printf(a, "avatars/%s", actor_picture_file(a, stem, sizes[i][0]))));
    return OK;
}

static struct err assign(struct db *db, struct arena *a, const struct actor *actor,
                         enum actor_picture kind, const char *stem)
{
    struct actor now;
    TRY(db_actor_by_id(db, a, actor->id, &now));
    TRY(trash(db, a, kind, kind == ACTOR_AVATAR ? now.icon_url : now.banner));
    TRY(db_actor_picture_set(db, actor->id, kind == ACTOR_BANNER, stem, now_ms()));
    return outbox_note(db, a,
                       &(struct outbox_note){.what = "actor_update", .actor = actor->id});
}

static struct err assign_tx(struct db *db, struct arena *a, const struct actor *actor,
                            enum actor_picture kind, const char *stem)
{
    DB_TRANSACTION(db, assign(db, a, actor, kind, stem));
    return OK;
}

struct err actor_picture_set(struct db *db, const struct storage *s, struct arena *a,
                             const struct actor *actor, enum actor_picture kind,
                             const char *folder)
{
    char uuid[UUID_TEXT];
    const char *stem = folder ? uuid_new(uuid) : NULL;
    if (*actor->host)
        return FAIL(FORBIDDEN, "this belongs to another site");
    if (folder)
        TRY(place(s, a, kind, folder, stem));
    TRY(assign_tx(db, a, actor, kind, stem));
    return video_trash_empty(db, s);
}

struct err actor_pictures_trash(struct db *db, struct arena *a, const struct actor *actor)
{
    TRY(trash(db, a, ACTOR_AVATAR, actor->icon_url));
    return trash(db, a, ACTOR_BANNER, actor->banner);
}

struct err actor_picture_needed(struct db *db, const char *file, bool *needed)
{
    char stem[UUID_TEXT] = "";
    if (strlen(file) >= sizeof stem)
        memcpy(stem, file, sizeof stem - 1);
    return db_actor_picture_needed(db, stem, needed);
}
