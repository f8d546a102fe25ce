/* db_comment.c — comments, of db_social.h. */
#include "server/db/db_social.h"

static void bind_id(struct stmt *st, const char *name, int64_t id)
{
    if (id)
        stmt_int(st, name, id);
    else
        stmt_null(st, name);
}

struct err db_comment_insert(struct db *db, const struct comment *c, int64_t *id)
{
    SCOPED_STMT struct stmt *st = stmt_get(db, SQL_COMMENT_INSERT);
    stmt_text(st, ":uri", c->uri);
    stmt_text(st, ":page_url", c->page_url);
    stmt_int(st, ":video_id", c->video_id);
    stmt_int(st, ":actor_id", c->author.id);
    bind_id(st, ":parent_id", c->parent_id);
    bind_id(st, ":thread_id", c->thread_id);
    stmt_text(st, ":html", c->html);
    stmt_text(st, ":source", c->source);
    stmt_text(st, ":sensitive", c->sensitive);
    stmt_int(st, ":held", c->held);
    stmt_int(st, ":created_ms", c->created_ms);
    stmt_int(st, ":updated_ms", c->updated_ms);
    TRY(stmt_run(st));
    *id = db_last_id(db);
    return OK;
}

struct err db_comment_text_set(struct db *db, const struct comment *c)
{
    SCOPED_STMT struct stmt *st = stmt_get(db, SQL_COMMENT_TEXT_SET);
    stmt_int(st, ":id", c->id);
    stmt_text(st, ":html", c->html);
    stmt_text(st, ":source", c->source);
    stmt_text(st, ":sensitive", c->sensitive);
    stmt_int(st, ":updated_ms", c->updated_ms);
    return stmt_run(st);
}

struct err db_comment_delete(struct db *db, int64_t id, int64_t now)
{
    SCOPED_STMT struct stmt *st = stmt_get(db, SQL_COMMENT_DELETE);
    stmt_int(st, ":id", id);
    stmt_int(st, ":now_ms", now);
    return stmt_run(st);
}

struct err db_comment_release(struct db *db, int64_t id, const char *approval)
{
    SCOPED_STMT struct stmt *st = stmt_get(db, SQL_COMMENT_RELEASE);
    stmt_int(st, ":id", id);
    stmt_text(st, ":approval", approval);
    return stmt_run(st);
}

static struct comment comment_row(struct stmt *st, struct arena *a)
{
    return (struct comment){
        .id = col_int(st, 0),
        .video_id = col_int(st, 1),
        .parent_id = col_int(st, 2),
        .thread_id = col_int(st, 3),
        .uri = col_text(st, a, 4),
        .page_url = col_text(st, a, 5),
        .video_uuid = col_text(st, a, 6),
        .parent_uri = col_text(st, a, 7),
        .html = col_text(st, a, 8),
        .source = col_text(st, a, 9),
        .sensitive = col_text(st, a, 10),
        .approval = col_text(st, a, 11),
        .held = col_int(st, 12) != 0,
        .created_ms = col_int(st, 13),
        .updated_ms = col_int(st, 14),
        .deleted_ms = col_int(st, 15),
        .replies = col_int(st, 16),
        .owner_replies = col_int(st, 17),
        .likes = col_int(st, 18),
        .author = db_person_row(st, a, 19),
    };
}

static struct err one_comment(struct stmt *st, struct arena *a, struct comment *out)
{
    bool found = stmt_row(st);
    if (found)
        *out = comment_row(st, a);
    TRY(stmt_done(st));
    return found ? OK : FAIL(NOT_FOUND, "Comment not found");
}

static struct err comment_rows(struct stmt *st, struct arena *a, struct comment_list *out)
{
    while (stmt_row(st)) {
        out->items = arena_grow(a, out->items, out->count, &out->room, sizeof *out->items);
        out->items[out->count++] = comment_row(st, a);
    }
    return stmt_done(st);
}

struct err db_comment_by_id(struct db *db, struct arena *a, int64_t id, struct comment *out)
{
    SCOPED_STMT struct stmt *st = stmt_get(db, SQL_COMMENT_BY_ID);
    stmt_int(st, ":id", id);
    return one_comment(st, a, out);
}

struct err db_comment_by_uri(struct db *db, struct arena *a, const char *uri,
                             struct comment *out)
{
    SCOPED_STMT struct stmt *st = stmt_get(db, SQL_COMMENT_BY_URI);
    stmt_text(st, ":uri", uri);
    return one_comment(st, a, out);
}

static void bind_eyes(struct stmt *st, const struct comment_eyes *eyes)
{
    stmt_int(st, ":user_id", eyes->user_id);
    stmt_int(st, ":account_id", eyes->account_id);
    stmt_int(st, ":see_held", eyes->see_held);
}

struct err db_comment_threads(struct db *db, struct arena *a, enum sql_id block,
                              int64_t video_id, const struct comment_eyes *eyes, int start,
                              int count, struct comment_list *out)
{
    SCOPED_STMT struct stmt *st = stmt_get(db, block);
    stmt_int(st, ":video_id", video_id);
    bind_eyes(st, eyes);
    stmt_int(st, ":start", start);
    stmt_int(st, ":count", count);
    return comment_rows(st, a, out);
}

struct err db_comment_threads_count(struct db *db, int64_t video_id,
                                    const struct comment_eyes *eyes, int64_t *count)
{
    SCOPED_STMT struct stmt *st = stmt_get(db, SQL_COMMENT_THREADS_COUNT);
    stmt_int(st, ":video_id", video_id);
    bind_eyes(st, eyes);
    *count = stmt_row(st) ? col_int(st, 0) : 0;
    return stmt_done(st);
}

struct err db_comment_thread(struct db *db, struct arena *a, int64_t video_id,
                             int64_t thread_id, const struct comment_eyes *eyes, int count,
                             struct comment_list *out)
{
    SCOPED_STMT struct stmt *st = stmt_get(db, SQL_COMMENT_THREAD);
    stmt_int(st, ":video_id", video_id);
    stmt_int(st, ":thread_id", thread_id);
    bind_eyes(st, eyes);
    stmt_int(st, ":count", count);
    return comment_rows(st, a, out);
}

struct err db_comments_of_video(struct db *db, struct arena *a, int64_t video_id,
                                int64_t after_id, int count, struct comment_list *out)
{
    SCOPED_STMT struct stmt *st = stmt_get(db, SQL_COMMENTS_OF_VIDEO);
    stmt_int(st, ":video_id", video_id);
    stmt_int(st, ":after_id", after_id);
    stmt_int(st, ":count", count);
    return comment_rows(st, a, out);
}

struct err db_comment_versions(struct db *db, const char *ids, struct comment_version *out,
                               size_t room, size_t *count)
{
    SCOPED_STMT struct stmt *st = stmt_get(db, SQL_COMMENT_VERSIONS);
    stmt_text(st, ":ids", ids);
    for (*count = 0; *count < room && stmt_row(st); (*count)++)
        out[*count] = (struct comment_version){
            .video_id = col_int(st, 0), .version = col_int(st, 1), .total = col_int(st, 2)};
    return stmt_done(st);
}
