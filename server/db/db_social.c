/* db_social.c — blocks, notifications, tombstones, what goes out; see db_social.h. */
#include "server/db/db_social.h"

struct err db_block_of_actor(struct db *db, int64_t user_id, int64_t actor_id, bool *blocked)
{
    SCOPED_STMT struct stmt *st = stmt_get(db, SQL_BLOCK_OF_ACTOR);
    stmt_int(st, ":user_id", user_id);
    stmt_int(st, ":actor_id", actor_id);
    *blocked = stmt_row(st);
    return stmt_done(st);
}

static void bind_block(struct stmt *st, int64_t user_id, const char *kind, const char *target)
{
    stmt_int(st, ":user_id", user_id);
    stmt_text(st, ":kind", kind);
    stmt_text(st, ":target", target);
}

struct err db_host_refused(struct db *db, const char *host, bool *refused)
{
    SCOPED_STMT struct stmt *st = stmt_get(db, SQL_HOST_REFUSED);
    stmt_text(st, ":host", host);
    *refused = stmt_row(st) && col_int(st, 0);
    return stmt_done(st);
}

struct err db_allowed_set(struct db *db, const char *host, bool on, int64_t now)
{
    SCOPED_STMT struct stmt *st = stmt_get(db, on ? SQL_ALLOWED_PUT : SQL_ALLOWED_DELETE);
    stmt_text(st, ":host", host);
    if (on)
        stmt_int(st, ":now_ms", now);
    return stmt_run(st);
}

static struct err allowed_count(struct db *db, int64_t *count)
{
    SCOPED_STMT struct stmt *st = stmt_get(db, SQL_ALLOWED_COUNT);
    *count = stmt_row(st) ? col_int(st, 0) : 0;
    return stmt_done(st);
}

struct err db_allowed_hosts(struct db *db, struct arena *a, int start, int count,
                            struct block_list *out)
{
    TRY(allowed_count(db, &out->total));
    SCOPED_STMT struct stmt *st = stmt_get(db, SQL_ALLOWED_HOSTS);
    stmt_int(st, ":start", start);
    stmt_int(st, ":count", count);
    while (stmt_row(st)) {
        out->items = arena_grow(a, out->items, out->count, &out->room, sizeof *out->items);
        out->items[out->count++] =
            (struct block){.created_ms = col_int(st, 0), .host = col_text(st, a, 1)};
    }
    return stmt_done(st);
}

struct err db_block_set(struct db *db, int64_t user_id, const char *kind, const char *target,
                        bool on, int64_t now)
{
    SCOPED_STMT struct stmt *st = stmt_get(db, on ? SQL_BLOCK_PUT : SQL_BLOCK_DELETE);
    bind_block(st, user_id, kind, target);
    if (on)
        stmt_int(st, ":now_ms", now);
    return stmt_run(st);
}

struct err db_block_any(struct db *db, int64_t user_id, bool *yes)
{
    SCOPED_STMT struct stmt *st = stmt_get(db, SQL_BLOCK_ANY);
    stmt_int(st, ":user_id", user_id);
    *yes = stmt_row(st);
    return stmt_done(st);
}

struct err db_videos_hide(struct db *db, int64_t actor_id, const char *host, bool hide)
{
    SCOPED_STMT struct stmt *st = stmt_get(db, hide ? SQL_VIDEOS_HIDE : SQL_VIDEOS_SHOW);
    stmt_int(st, ":actor_id", actor_id);
    stmt_text(st, ":host", host ? host : "");
    return stmt_run(st);
}

static struct err block_count(struct db *db, int64_t user_id, const char *kind, int64_t *count)
{
    SCOPED_STMT struct stmt *st = stmt_get(db, SQL_BLOCK_COUNT);
    stmt_int(st, ":user_id", user_id);
    stmt_text(st, ":kind", kind);
    *count = stmt_row(st) ? col_int(st, 0) : 0;
    return stmt_done(st);
}

static struct err block_rows(struct db *db, struct arena *a, bool hosts, int64_t user_id,
                             int start, int count, struct block_list *out)
{
    SCOPED_STMT struct stmt *st = stmt_get(db, hosts ? SQL_BLOCK_HOSTS : SQL_BLOCK_ACCOUNTS);
    stmt_int(st, ":user_id", user_id);
    stmt_int(st, ":start", start);
    stmt_int(st, ":count", count);
    while (stmt_row(st)) {
        out->items = arena_grow(a, out->items, out->count, &out->room, sizeof *out->items);
        struct block *b = &out->items[out->count++];
        *b = (struct block){.created_ms = col_int(st, 0)};
        if (hosts)
            b->host = col_text(st, a, 1);
        else
            b->person = db_person_row(st, a, 1);
    }
    return stmt_done(st);
}

struct err db_block_accounts(struct db *db, struct arena *a, int64_t user_id, int start,
                             int count, struct block_list *out)
{
    TRY(block_count(db, user_id, "account", &out->total));
    return block_rows(db, a, false, user_id, start, count, out);
}

struct err db_block_hosts(struct db *db, struct arena *a, int64_t user_id, int start, int count,
                          struct block_list *out)
{
    TRY(block_count(db, user_id, "host", &out->total));
    return block_rows(db, a, true, user_id, start, count, out);
}

/* --- notifications ---------------------------------------------------------- */

static void bind_id(struct stmt *st, const char *name, int64_t id)
{
    if (id)
        stmt_int(st, name, id);
    else
        stmt_null(st, name);
}

static void bind_notification(struct stmt *st, const struct notification_new *n, int64_t now)
{
    stmt_int(st, ":type", n->type);
    bind_id(st, ":actor_id", n->actor_id);
    bind_id(st, ":video_id", n->video_id);
    bind_id(st, ":comment_id", n->comment_id);
    bind_id(st, ":target_id", n->target_id);
    bind_id(st, ":report_id", n->report_id);
    stmt_int(st, ":now_ms", now);
}

struct err db_notification_insert(struct db *db, const struct notification_new *n, int64_t now)
{
    SCOPED_STMT struct stmt *st = stmt_get(db, SQL_NOTIFICATION_INSERT);
    stmt_int(st, ":user_id", n->user_id);
    bind_notification(st, n, now);
    return stmt_run(st);
}

struct err db_notification_insert_staff(struct db *db, int role,
                                        const struct notification_new *n, int64_t now)
{
    SCOPED_STMT struct stmt *st = stmt_get(db, SQL_NOTIFICATION_INSERT_STAFF);
    stmt_int(st, ":role", role);
    bind_notification(st, n, now);
    return stmt_run(st);
}

struct err db_notification_insert_video(struct db *db, int64_t video_id, int64_t since_ms,
                                        int64_t now)
{
    SCOPED_STMT struct stmt *st = stmt_get(db, SQL_NOTIFICATION_INSERT_VIDEO);
    stmt_int(st, ":type", NOTIFY_VIDEO);
    stmt_int(st, ":video_id", video_id);
    stmt_int(st, ":since_ms", since_ms);
    stmt_int(st, ":now_ms", now);
    return stmt_run(st);
}

static struct err notification_counts(struct db *db, const struct notification_query *q,
                                      struct notification_list *out)
{
    SCOPED_STMT struct stmt *st = stmt_get(db, SQL_NOTIFICATIONS_COUNT);
    stmt_int(st, ":user_id", q->user_id);
    stmt_text(st, ":types", q->types);
    if (stmt_row(st)) {
        out->total = col_int(st, 0);
        out->unread = col_int(st, 1);
    }
    return stmt_done(st);
}

struct err db_notifications(struct db *db, struct arena *a, const struct notification_query *q,
                            struct notification_list *out)
{
    TRY(notification_counts(db, q, out));
    SCOPED_STMT struct stmt *st =
        stmt_get(db, q->unread ? SQL_NOTIFICATIONS_UNREAD : SQL_NOTIFICATIONS);
    stmt_int(st, ":user_id", q->user_id);
    stmt_text(st, ":types", q->types);
    stmt_int(st, ":start", q->start);
    stmt_int(st, ":count", q->count);
    while (stmt_row(st)) {
        out->items = arena_grow(a, out->items, out->count, &out->room, sizeof *out->items);
        out->items[out->count++] = (struct notification){
            .id = col_int(st, 0),
            .type = (int)col_int(st, 1),
            .read = col_int(st, 2) != 0,
            .created_ms = col_int(st, 3),
            .video_id = col_int(st, 4),
            .video_uuid = col_text(st, a, 5),
            .video_name = col_text(st, a, 6),
            .comment_id = col_int(st, 7),
            .thread_id = col_int(st, 8),
            .held = col_int(st, 9) != 0,
            .target_id = col_int(st, 10),
            .target_kind = col_text(st, a, 11),
            .target_name = col_text(st, a, 12),
            .target_display_name = col_text(st, a, 13),
            .report_id = col_int(st, 14),
            .report_state = (int)col_int(st, 15),
            .report_kind = col_text(st, a, 16),
            .actor = db_person_row(st, a, 17),
        };
    }
    return stmt_done(st);
}

struct err db_notifications_read(struct db *db, int64_t user_id, const char *ids)
{
    SCOPED_STMT struct stmt *st =
        stmt_get(db, ids ? SQL_NOTIFICATIONS_READ : SQL_NOTIFICATIONS_READ_ALL);
    stmt_int(st, ":user_id", user_id);
    if (ids)
        stmt_text(st, ":ids", ids);
    return stmt_run(st);
}

/* --- the way out ------------------------------------------------------------ */

struct err db_video_outbox_state(struct db *db, struct arena *a, int64_t video_id,
                                 struct db_video_outbox *out)
{
    SCOPED_STMT struct stmt *st = stmt_get(db, SQL_VIDEO_OUTBOX_STATE);
    stmt_int(st, ":id", video_id);
    bool found = stmt_row(st);
    if (found)
        *out = (struct db_video_outbox){
            .uuid = col_text(st, a, 0),
            .channel_id = col_int(st, 1),
            .account_id = col_int(st, 2),
            .listed = col_int(st, 3) != 0,
            .federated = col_int(st, 4) != 0,
            .uri = col_text(st, a, 5),
            .user_id = col_int(st, 6),
            .privacy = (int)col_int(st, 7),
            .picture_comes = col_int(st, 8) != 0,
        };
    TRY(stmt_done(st));
    return found ? OK : FAIL(VIDEO_NOT_FOUND, "Video not found");
}

struct err db_video_federated_set(struct db *db, int64_t video_id, bool federated)
{
    SCOPED_STMT struct stmt *st = stmt_get(db, SQL_VIDEO_FEDERATED_SET);
    stmt_int(st, ":id", video_id);
    stmt_int(st, ":federated", federated);
    return stmt_run(st);
}

static struct err inboxes_of(struct db *db, struct arena *a, enum sql_id block, int64_t id,
                             struct inbox_list *out)
{
    SCOPED_STMT struct stmt *st = stmt_get(db, block);
    stmt_int(st, ":id", id);
    while (stmt_row(st)) {
        out->items = arena_grow(a, out->items, out->count, &out->room, sizeof *out->items);
        out->items[out->count++] =
            (struct inbox){.url = col_text(st, a, 0), .host = col_text(st, a, 1)};
    }
    return stmt_done(st);
}

struct err db_video_share_inboxes(struct db *db, struct arena *a, int64_t video_id,
                                  struct inbox_list *out)
{
    return inboxes_of(db, a, SQL_VIDEO_SHARE_INBOXES, video_id, out);
}

struct err db_actor_audience(struct db *db, struct arena *a, int64_t actor_id,
                             struct inbox_list *out)
{
    return inboxes_of(db, a, SQL_ACTOR_AUDIENCE, actor_id, out);
}

struct err db_tombstone_put(struct db *db, const char *path, const char *former, int64_t now)
{
    SCOPED_STMT struct stmt *st = stmt_get(db, SQL_TOMBSTONE_PUT);
    stmt_text(st, ":path", path);
    stmt_text(st, ":former", former);
    stmt_int(st, ":now_ms", now);
    return stmt_run(st);
}

struct err db_tombstone_drop(struct db *db, const char *path)
{
    SCOPED_STMT struct stmt *st = stmt_get(db, SQL_TOMBSTONE_DROP);
    stmt_text(st, ":path", path);
    return stmt_run(st);
}

struct err db_tombstone_get(struct db *db, struct arena *a, const char *path,
                            const char **former, int64_t *deleted_ms)
{
    SCOPED_STMT struct stmt *st = stmt_get(db, SQL_TOMBSTONE_GET);
    stmt_text(st, ":path", path);
    bool found = stmt_row(st);
    if (found) {
        *former = col_text(st, a, 0);
        *deleted_ms = col_int(st, 1);
    }
    TRY(stmt_done(st));
    return found ? OK : FAIL(NOT_FOUND, "nothing was here");
}
