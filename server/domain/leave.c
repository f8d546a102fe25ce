/* leave.c — see leave.h. */
#include "server/domain/leave.h"

#include "base/clock.h"
#include "server/db/db_account.h"
#include "server/db/db_social.h"
#include "server/domain/actor_picture.h"
#include "server/domain/outbox.h"
#include "server/domain/remote_actor.h"

#include <string.h>

#define KEY_KEPT_MS (10 * 24 * 3600 * INT64_C(1000)) /* delivery_age_max_ms and some days */

struct err actor_leave(struct db *db, struct arena *a, const struct actor *actor)
{
    int64_t now = now_ms();
    struct inbox_list inboxes = {0};
    const char *path = arena_printf(
        a, "%s/%s", strcmp(actor->kind, "Group") ? "accounts" : "video-channels", actor->name);
    TRY(db_actor_audience(db, a, actor->id, &inboxes));
    TRY(db_tombstone_put(db, path, actor->kind, now));
    TRY(actor_things_forget(db, actor->id));
    TRY(actor_pictures_trash(db, a, actor));
    TRY(db_actor_leave(db, actor->id, now));
    if (!inboxes.count)
        return OK;
    return outbox_note(db, a,
                       &(struct outbox_note){.what = "actor_delete",
                                             .path = path,
                                             .actor = actor->id,
                                             .inboxes = outbox_inboxes_json(a, &inboxes)});
}

struct err leave_sweep(struct db *db, int64_t now)
{
    DB_TRANSACTION(db, db_actor_keys_forget(db, now - KEY_KEPT_MS));
    return OK;
}
