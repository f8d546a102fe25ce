/* db_delivery.c — see db_delivery.h. */
#include "server/db/db_delivery.h"

struct err db_outgoing_insert(struct db *db, const char *body, const char *subject, int64_t now,
                              int64_t *id)
{
    SCOPED_STMT struct stmt *st = stmt_get(db, SQL_OUTGOING_INSERT);
    stmt_text(st, ":body", body);
    stmt_text(st, ":subject", subject);
    stmt_int(st, ":now_ms", now);
    TRY(stmt_run(st));
    *id = db_last_id(db);
    return OK;
}

static struct err by_subject(struct db *db, enum sql_id block, const char *subject)
{
    SCOPED_STMT struct stmt *st = stmt_get(db, block);
    stmt_text(st, ":subject", subject);
    return stmt_run(st);
}

struct err db_outgoing_take_back(struct db *db, const char *subject)
{
    TRY(by_subject(db, SQL_DELIVERY_TAKE_BACK, subject));
    TRY(by_subject(db, SQL_OUTGOING_TAKE_BACK, subject));
    return by_subject(db, SQL_OUTGOING_RECOUNT, subject);
}

struct err db_outgoing_body(struct db *db, struct arena *a, int64_t id, const char **body)
{
    SCOPED_STMT struct stmt *st = stmt_get(db, SQL_OUTGOING_BODY);
    stmt_int(st, ":id", id);
    *body = stmt_row(st) ? col_text(st, a, 0) : NULL;
    return stmt_run(st);
}

struct err db_outgoing_open(struct db *db, int64_t id, int64_t open)
{
    SCOPED_STMT struct stmt *st = stmt_get(db, SQL_OUTGOING_OPEN);
    stmt_int(st, ":id", id);
    stmt_int(st, ":open", open);
    return stmt_run(st);
}

static struct err outgoing_delete(struct db *db, int64_t id)
{
    SCOPED_STMT struct stmt *st = stmt_get(db, SQL_OUTGOING_DELETE);
    stmt_int(st, ":id", id);
    return stmt_run(st);
}

static struct err outgoing_less(struct db *db, int64_t id, int64_t count)
{
    SCOPED_STMT struct stmt *st = stmt_get(db, SQL_OUTGOING_ENDED);
    stmt_int(st, ":id", id);
    stmt_int(st, ":count", count);
    return stmt_run(st);
}

struct err db_outgoing_ended(struct db *db, int64_t id, int64_t count)
{
    TRY(outgoing_less(db, id, count));
    return outgoing_delete(db, id);
}

struct err db_delivery_insert_all(struct db *db, int64_t outgoing_id,
                                  const struct delivery_new *d, int64_t now, int64_t *count)
{
    SCOPED_STMT struct stmt *st = stmt_get(db, SQL_DELIVERY_INSERT_ALL);
    stmt_int(st, ":outgoing_id", outgoing_id);
    stmt_int(st, ":signer_id", d->signer_id);
    stmt_text(st, ":followed", d->followed ? d->followed : "[]");
    stmt_text(st, ":shared", d->shared ? d->shared : "[]");
    stmt_text(st, ":personal", d->personal ? d->personal : "[]");
    stmt_text(st, ":inboxes", d->inboxes ? d->inboxes : "[]");
    stmt_int(st, ":now_ms", now);
    TRY(stmt_run(st));
    *count = stmt_changes(st);
    return OK;
}

struct err db_delivery_lease(struct db *db, struct arena *a, int64_t now, int64_t until_ms,
                             int count, struct delivery_list *out)
{
    SCOPED_STMT struct stmt *st = stmt_get(db, SQL_DELIVERY_LEASE);
    stmt_int(st, ":now_ms", now);
    stmt_int(st, ":until_ms", until_ms);
    stmt_int(st, ":count", count);
    while (stmt_row(st)) {
        out->items = arena_grow(a, out->items, out->count, &out->room, sizeof *out->items);
        out->items[out->count++] = (struct delivery){
            .id = col_int(st, 0),
            .outgoing_id = col_int(st, 1),
            .signer_id = col_int(st, 2),
            .host = col_text(st, a, 3),
            .inbox = col_text(st, a, 4),
            .attempts = (int)col_int(st, 5),
            .created_ms = col_int(st, 6),
        };
    }
    return stmt_done(st);
}

struct err db_delivery_next_due(struct db *db, int64_t *run_after_ms)
{
    SCOPED_STMT struct stmt *st = stmt_get(db, SQL_DELIVERY_NEXT_DUE);
    *run_after_ms = stmt_row(st) ? col_int(st, 0) : INT64_MAX;
    return stmt_run(st);
}

struct err db_delivery_reclaim(struct db *db, int64_t now)
{
    SCOPED_STMT struct stmt *st = stmt_get(db, SQL_DELIVERY_RECLAIM);
    stmt_int(st, ":now_ms", now);
    return stmt_run(st);
}

struct err db_delivery_again(struct db *db, int64_t id, int attempts, int64_t run_after_ms,
                             const char *note)
{
    SCOPED_STMT struct stmt *st = stmt_get(db, SQL_DELIVERY_AGAIN);
    stmt_int(st, ":id", id);
    stmt_int(st, ":attempts", attempts);
    stmt_int(st, ":run_after_ms", run_after_ms);
    stmt_text(st, ":note", note);
    return stmt_run(st);
}

struct err db_delivery_delete(struct db *db, int64_t id, int64_t *deleted)
{
    SCOPED_STMT struct stmt *st = stmt_get(db, SQL_DELIVERY_DELETE);
    stmt_int(st, ":id", id);
    TRY(stmt_run(st));
    *deleted = stmt_changes(st);
    return OK;
}

struct err db_delivery_revive(struct db *db, const char *host, int64_t now)
{
    SCOPED_STMT struct stmt *st = stmt_get(db, SQL_DELIVERY_REVIVE);
    stmt_text(st, ":host", host);
    stmt_int(st, ":now_ms", now);
    return stmt_run(st);
}

struct err db_delivery_count(struct db *db, int64_t *count)
{
    SCOPED_STMT struct stmt *st = stmt_get(db, SQL_DELIVERY_COUNT);
    *count = stmt_row(st) ? col_int(st, 0) : 0;
    return stmt_run(st);
}

struct err db_delivery_followers_gone(struct db *db, const char *host, const char *inbox)
{
    SCOPED_STMT struct stmt *st = stmt_get(db, SQL_DELIVERY_FOLLOWERS_GONE);
    stmt_text(st, ":host", host);
    stmt_text(st, ":inbox", inbox);
    return stmt_run(st);
}

struct err db_peer_failed(struct db *db, const char *host, int64_t now, int64_t retry_after_ms)
{
    SCOPED_STMT struct stmt *st = stmt_get(db, SQL_PEER_FAILED);
    stmt_text(st, ":host", host);
    stmt_int(st, ":now_ms", now);
    stmt_int(st, ":retry_after_ms", retry_after_ms);
    return stmt_run(st);
}

struct err db_peer_answered(struct db *db, const char *host, int64_t now, const char *signature)
{
    SCOPED_STMT struct stmt *st = stmt_get(db, SQL_PEER_ANSWERED);
    stmt_text(st, ":host", host);
    stmt_int(st, ":now_ms", now);
    stmt_text(st, ":signature", signature);
    return stmt_run(st);
}

struct err db_peers_failing(struct db *db, struct arena *a, struct peer_list *out)
{
    SCOPED_STMT struct stmt *st = stmt_get(db, SQL_PEERS_FAILING);
    while (stmt_row(st)) {
        out->items = arena_grow(a, out->items, out->count, &out->room, sizeof *out->items);
        out->items[out->count++] = (struct peer){
            .host = col_text(st, a, 0),
            .failures = (int)col_int(st, 1),
            .retry_after_ms = col_int(st, 2),
            .failing_since_ms = col_int(st, 3),
            .waiting = col_int(st, 4),
        };
    }
    return stmt_done(st);
}

struct err db_delivery_video(struct db *db, struct arena *a, int64_t id,
                             struct video_brief *out)
{
    SCOPED_STMT struct stmt *st = stmt_get(db, SQL_DELIVERY_VIDEO);
    stmt_int(st, ":id", id);
    bool found = stmt_row(st);
    if (found)
        *out = (struct video_brief){
            .id = id,
            .uuid = col_text(st, a, 0),
            .uri = col_text(st, a, 1),
            .channel_id = col_int(st, 2),
            .account_id = col_int(st, 3),
            .privacy = (int)col_int(st, 4),
            .listed = col_int(st, 5) != 0,
        };
    TRY(stmt_run(st));
    return found ? OK : FAIL(VIDEO_NOT_FOUND, "there is no such video");
}

struct err db_actor_counts(struct db *db, int64_t id, struct actor_counts *out)
{
    SCOPED_STMT struct stmt *st = stmt_get(db, SQL_ACTOR_COUNTS);
    stmt_int(st, ":id", id);
    *out = (struct actor_counts){0};
    if (stmt_row(st))
        *out = (struct actor_counts){col_int(st, 0), col_int(st, 1), col_int(st, 2)};
    return stmt_run(st);
}

struct err db_rate_at(struct db *db, int64_t actor_id, int64_t video_id, int *value,
                      int64_t *created_ms)
{
    SCOPED_STMT struct stmt *st = stmt_get(db, SQL_RATE_AT);
    stmt_int(st, ":actor_id", actor_id);
    stmt_int(st, ":video_id", video_id);
    *value = 0;
    *created_ms = 0;
    if (stmt_row(st)) {
        *value = (int)col_int(st, 0);
        *created_ms = col_int(st, 1);
    }
    return stmt_run(st);
}

struct err db_share_own_put(struct db *db, int64_t actor_id, int64_t video_id, int64_t now)
{
    SCOPED_STMT struct stmt *st = stmt_get(db, SQL_SHARE_OWN_PUT);
    stmt_int(st, ":actor_id", actor_id);
    stmt_int(st, ":video_id", video_id);
    stmt_int(st, ":now_ms", now);
    return stmt_run(st);
}

struct err db_share_at(struct db *db, int64_t actor_id, int64_t video_id, int64_t *id)
{
    SCOPED_STMT struct stmt *st = stmt_get(db, SQL_SHARE_AT);
    stmt_int(st, ":actor_id", actor_id);
    stmt_int(st, ":video_id", video_id);
    *id = stmt_row(st) ? col_int(st, 0) : 0;
    return stmt_run(st);
}
