/* db_remote_actor.c — actors, of db_social.h. */
#include "server/db/db_social.h"

struct person db_person_row(struct stmt *st, struct arena *a, int first)
{
    return (struct person){
        .id = col_int(st, first),
        .kind = col_text(st, a, first + 1),
        .name = col_text(st, a, first + 2),
        .host = col_text(st, a, first + 3),
        .display_name = col_text(st, a, first + 4),
        .uri = col_text(st, a, first + 5),
        .page_url = col_text(st, a, first + 6),
        .icon_url = col_text(st, a, first + 7),
    };
}

static struct err one_actor(struct stmt *st, struct arena *a, struct remote_actor *out)
{
    bool found = stmt_row(st);
    if (found)
        *out = (struct remote_actor){
            .id = col_int(st, 0),
            .kind = col_text(st, a, 1),
            .uri = col_text(st, a, 2),
            .name = col_text(st, a, 3),
            .host = col_text(st, a, 4),
            .display_name = col_text(st, a, 5),
            .description = col_text(st, a, 6),
            .inbox = col_text(st, a, 7),
            .shared_inbox = col_text(st, a, 8),
            .outbox = col_text(st, a, 9),
            .followers_uri = col_text(st, a, 10),
            .page_url = col_text(st, a, 11),
            .icon_url = col_text(st, a, 12),
            .key_id = col_text(st, a, 13),
            .public_key = col_text(st, a, 14),
            .moved_to = col_text(st, a, 15),
            .owner_id = col_int(st, 16),
            .remote_followers = col_int(st, 17),
            .fetched_ms = col_int(st, 18),
            .created_ms = col_int(st, 19),
            .gone = col_int(st, 20) != 0,
            .banner = col_text(st, a, 21),
        };
    TRY(stmt_done(st));
    return found ? OK : FAIL(NOT_FOUND, "there is no such actor");
}

struct err db_remote_actor_by_uri(struct db *db, struct arena *a, const char *uri,
                                  struct remote_actor *out)
{
    SCOPED_STMT struct stmt *st = stmt_get(db, SQL_REMOTE_ACTOR_BY_URI);
    stmt_text(st, ":uri", uri);
    return one_actor(st, a, out);
}

struct err db_remote_actor_by_key(struct db *db, struct arena *a, const char *key_id,
                                  struct remote_actor *out)
{
    SCOPED_STMT struct stmt *st = stmt_get(db, SQL_REMOTE_ACTOR_BY_KEY);
    stmt_text(st, ":key_id", key_id);
    return one_actor(st, a, out);
}

struct err db_remote_actor_by_id(struct db *db, struct arena *a, int64_t id,
                                 struct remote_actor *out)
{
    SCOPED_STMT struct stmt *st = stmt_get(db, SQL_REMOTE_ACTOR_BY_ID);
    stmt_int(st, ":id", id);
    return one_actor(st, a, out);
}

struct err db_remote_actor_step_aside(struct db *db, const char *name, const char *host,
                                      const char *uri)
{
    SCOPED_STMT struct stmt *st = stmt_get(db, SQL_REMOTE_ACTOR_STEP_ASIDE);
    stmt_text(st, ":name", name);
    stmt_text(st, ":host", host);
    stmt_text(st, ":uri", uri);
    return stmt_run(st);
}

struct err db_remote_actor_put(struct db *db, const struct remote_actor *r, int64_t now,
                               int64_t *id)
{
    SCOPED_STMT struct stmt *st = stmt_get(db, SQL_REMOTE_ACTOR_PUT);
    stmt_text(st, ":kind", r->kind);
    stmt_text(st, ":uri", r->uri);
    stmt_text(st, ":name", r->name);
    stmt_text(st, ":host", r->host);
    stmt_text(st, ":display_name", r->display_name);
    stmt_text(st, ":description", r->description);
    stmt_text(st, ":inbox", r->inbox);
    stmt_text(st, ":shared_inbox", r->shared_inbox);
    stmt_text(st, ":outbox", r->outbox);
    stmt_text(st, ":followers_uri", r->followers_uri);
    stmt_text(st, ":page_url", r->page_url);
    stmt_text(st, ":icon_url", r->icon_url);
    stmt_text(st, ":key_id", r->key_id);
    stmt_text(st, ":public_key", r->public_key);
    if (r->owner_id)
        stmt_int(st, ":owner_id", r->owner_id);
    else
        stmt_null(st, ":owner_id");
    stmt_text(st, ":moved_to", r->moved_to);
    stmt_int(st, ":remote_followers", r->remote_followers);
    stmt_int(st, ":fetched_ms", r->fetched_ms);
    stmt_int(st, ":created_ms", r->created_ms ? r->created_ms : now);
    stmt_int(st, ":now_ms", now);
    *id = stmt_row(st) ? col_int(st, 0) : 0;
    return stmt_run(st);
}

struct err db_remote_actor_mark_gone(struct db *db, int64_t id, int64_t now)
{
    SCOPED_STMT struct stmt *st = stmt_get(db, SQL_REMOTE_ACTOR_MARK_GONE);
    stmt_int(st, ":id", id);
    stmt_int(st, ":now_ms", now);
    return stmt_run(st);
}

struct err db_remote_actor_moved(struct db *db, int64_t id, const char *to)
{
    SCOPED_STMT struct stmt *st = stmt_get(db, SQL_REMOTE_ACTOR_MOVED);
    stmt_int(st, ":id", id);
    stmt_text(st, ":to", to);
    return stmt_run(st);
}

struct err db_actor_things_delete(struct db *db, enum sql_id block, int64_t id)
{
    SCOPED_STMT struct stmt *st = stmt_get(db, block);
    stmt_int(st, ":id", id);
    return stmt_run(st);
}

struct err db_actor_comments_delete(struct db *db, int64_t id, int64_t now)
{
    SCOPED_STMT struct stmt *st = stmt_get(db, SQL_ACTOR_COMMENTS_DELETE);
    stmt_int(st, ":id", id);
    stmt_int(st, ":now_ms", now);
    return stmt_run(st);
}

struct err db_actor_keys_get(struct db *db, struct arena *a, int64_t id,
                             const char **public_pem, const char **private_pem)
{
    SCOPED_STMT struct stmt *st = stmt_get(db, SQL_ACTOR_KEYS_GET);
    stmt_int(st, ":id", id);
    bool found = stmt_row(st);
    *public_pem = found ? col_text(st, a, 0) : NULL;
    *private_pem = found ? col_text(st, a, 1) : NULL;
    TRY(stmt_done(st));
    return found ? OK : FAIL(NOT_FOUND, "there is no such actor");
}

struct err db_actor_keys_put(struct db *db, int64_t id, const char *public_pem,
                             const char *private_pem)
{
    SCOPED_STMT struct stmt *st = stmt_get(db, SQL_ACTOR_KEYS_PUT);
    stmt_int(st, ":id", id);
    stmt_text(st, ":public_key", public_pem);
    stmt_text(st, ":private_key", private_pem);
    return stmt_run(st);
}

struct err db_actor_social_counts(struct db *db, int64_t id, int64_t *followers,
                                  int64_t *following)
{
    SCOPED_STMT struct stmt *st = stmt_get(db, SQL_ACTOR_SOCIAL_COUNTS);
    stmt_int(st, ":id", id);
    bool found = stmt_row(st);
    *followers = found ? col_int(st, 0) : 0;
    *following = found ? col_int(st, 1) : 0;
    return stmt_done(st);
}
