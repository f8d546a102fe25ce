/* db_report.c — see db_report.h. */
#include "server/db/db_report.h"

static void bind_or_null(struct stmt *st, const char *name, int64_t value, int64_t none)
{
    if (value == none)
        stmt_null(st, name);
    else
        stmt_int(st, name, value);
}

struct err db_report_insert(struct db *db, const struct report_new *r, int64_t now, int64_t *id)
{
    SCOPED_STMT struct stmt *st = stmt_get(db, SQL_REPORT_INSERT);
    stmt_text(st, ":kind", r->comment_id ? "comment" : r->video_id ? "video" : "account");
    bind_or_null(st, ":reporter_id", r->reporter_id, 0);
    bind_or_null(st, ":video_id", r->video_id, 0);
    bind_or_null(st, ":comment_id", r->comment_id, 0);
    bind_or_null(st, ":actor_id", r->actor_id, 0);
    stmt_text(st, ":reason", r->reason);
    stmt_text(st, ":predefined", r->predefined ? r->predefined : "[]");
    bind_or_null(st, ":start_s", r->start_s, -1);
    bind_or_null(st, ":end_s", r->end_s, -1);
    stmt_int(st, ":now_ms", now);
    TRY(stmt_run(st));
    *id = db_last_id(db);
    return OK;
}

static struct report row_of(struct stmt *st, struct arena *a)
{
    return (struct report){
        .id = col_int(st, 0),
        .reporter_id = col_int(st, 1),
        .video_id = col_int(st, 2),
        .comment_id = col_int(st, 3),
        .actor_id = col_int(st, 4),
        .kind = col_text(st, a, 5),
        .reason = col_text(st, a, 6),
        .title = col_text(st, a, 7),
        .predefined = col_text(st, a, 8),
        .start_s = col_is_null(st, 9) ? -1 : col_int(st, 9),
        .end_s = col_is_null(st, 10) ? -1 : col_int(st, 10),
        .moderation = col_text(st, a, 11),
        .state = (int)col_int(st, 12),
        .created_ms = col_int(st, 13),
        .updated_ms = col_int(st, 14),
    };
}

struct err db_report_by_id(struct db *db, struct arena *a, int64_t id, struct report *out)
{
    SCOPED_STMT struct stmt *st = stmt_get(db, SQL_REPORT_BY_ID);
    stmt_int(st, ":id", id);
    bool found = stmt_row(st);
    if (found)
        *out = row_of(st, a);
    TRY(stmt_done(st));
    return found ? OK : FAIL(NOT_FOUND, "there is no such report");
}

static void bind_query(struct stmt *st, const struct report_query *q, const char *like)
{
    bind_or_null(st, ":state", q->state, 0);
    stmt_text(st, ":kind", q->kind);
    bind_or_null(st, ":reporter_id", q->reporter_id, 0);
    stmt_text(st, ":like", like);
}

static struct err count_of(struct db *db, const struct report_query *q, const char *like,
                           int64_t *count)
{
    SCOPED_STMT struct stmt *st = stmt_get(db, SQL_REPORTS_COUNT);
    bind_query(st, q, like);
    *count = stmt_row(st) ? col_int(st, 0) : 0;
    return stmt_done(st);
}

static struct err rows(struct stmt *st, struct arena *a, const struct report_query *q,
                       struct report_list *out)
{
    stmt_int(st, ":start", q->start);
    stmt_int(st, ":count", q->count);
    while (stmt_row(st)) {
        out->items = arena_grow(a, out->items, out->count, &out->room, sizeof *out->items);
        out->items[out->count++] = row_of(st, a);
    }
    return stmt_done(st);
}

struct err db_reports(struct db *db, struct arena *a, const struct report_query *q,
                      const char *like, struct report_list *out)
{
    TRY(count_of(db, q, like, &out->total));
    SCOPED_STMT struct stmt *st =
        stmt_get(db, q->oldest_first ? SQL_REPORTS_OLDEST : SQL_REPORTS_NEWEST);
    bind_query(st, q, like);
    return rows(st, a, q, out);
}

struct err db_report_counts(struct db *db, int64_t reporter_id, int64_t actor_id, int64_t *by,
                            int64_t *about)
{
    SCOPED_STMT struct stmt *st = stmt_get(db, SQL_REPORT_COUNTS);
    stmt_int(st, ":reporter_id", reporter_id);
    stmt_int(st, ":actor_id", actor_id);
    bool found = stmt_row(st);
    *by = found ? col_int(st, 0) : 0;
    *about = found ? col_int(st, 1) : 0;
    return stmt_done(st);
}

struct err db_report_totals(struct db *db, int64_t *all, int64_t *pending)
{
    SCOPED_STMT struct stmt *st = stmt_get(db, SQL_REPORT_TOTALS);
    bool found = stmt_row(st);
    *all = found ? col_int(st, 0) : 0;
    *pending = found ? col_int(st, 1) : 0;
    return stmt_done(st);
}

struct err db_report_update(struct db *db, int64_t id, int state, const char *moderation,
                            int64_t now)
{
    SCOPED_STMT struct stmt *st = stmt_get(db, SQL_REPORT_UPDATE);
    stmt_int(st, ":id", id);
    bind_or_null(st, ":state", state, 0);
    stmt_text(st, ":moderation", moderation);
    stmt_int(st, ":now_ms", now);
    return stmt_run(st);
}

struct err db_report_delete(struct db *db, int64_t id)
{
    SCOPED_STMT struct stmt *st = stmt_get(db, SQL_REPORT_DELETE);
    stmt_int(st, ":id", id);
    return stmt_run(st);
}
