/* notification.c — see notification.h. */
#include "server/domain/notification.h"

#include "base/clock.h"
#include "server/db/db_social.h"

#define NEWS_MS (2 * 24 * 3600 * INT64_C(1000))

struct err notify(struct db *db, const struct notification_new *n)
{
    bool blocked = false;
    if (n->actor_id)
        TRY(db_block_of_actor(db, n->user_id, n->actor_id, &blocked));
    return blocked ? OK : db_notification_insert(db, n, now_ms());
}

struct err notification_list(struct db *db, struct arena *a, const struct notification_query *q,
                             struct notification_list *out)
{
    *out = (struct notification_list){0};
    return db_notifications(db, a, q, out);
}

struct err notification_read(struct db *db, int64_t user_id, const char *ids)
{
    DB_TRANSACTION(db, db_notifications_read(db, user_id, ids));
    return OK;
}

struct err notify_video(struct db *db, int64_t video_id)
{
    int64_t now = now_ms();
    return db_notification_insert_video(db, video_id, now - NEWS_MS, now);
}

struct err notify_staff(struct db *db, enum role role, const struct notification_new *n)
{
    return db_notification_insert_staff(db, role, n, now_ms());
}
