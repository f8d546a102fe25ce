/* db_follow.c — follows and subscriptions, of db_social.h. */
#include "base/strbuf.h"
#include "server/db/db_social.h"

struct err db_follow_put(struct db *db, int64_t follower_id, int64_t target_id,
                         const char *state, const char *uri, int64_t now, int64_t *id)
{
    SCOPED_STMT struct stmt *st = stmt_get(db, SQL_FOLLOW_PUT);
    stmt_int(st, ":follower_id", follower_id);
    stmt_int(st, ":target_id", target_id);
    stmt_text(st, ":state", state);
    stmt_text(st, ":uri", uri);
    stmt_int(st, ":now_ms", now);
    *id = stmt_row(st) ? col_int(st, 0) : 0;
    return stmt_run(st);
}

static void bind_pair(struct stmt *st, int64_t follower_id, int64_t target_id)
{
    stmt_int(st, ":follower_id", follower_id);
    stmt_int(st, ":target_id", target_id);
}

struct err db_follow_state_set(struct db *db, int64_t follower_id, int64_t target_id,
                               const char *state)
{
    SCOPED_STMT struct stmt *st = stmt_get(db, SQL_FOLLOW_STATE_SET);
    bind_pair(st, follower_id, target_id);
    stmt_text(st, ":state", state);
    return stmt_run(st);
}

struct err db_follow_delete(struct db *db, int64_t follower_id, int64_t target_id)
{
    SCOPED_STMT struct stmt *st = stmt_get(db, SQL_FOLLOW_DELETE);
    bind_pair(st, follower_id, target_id);
    return stmt_run(st);
}

static struct follow follow_row(struct stmt *st, struct arena *a)
{
    return (struct follow){
        .id = col_int(st, 0),
        .follower_id = col_int(st, 1),
        .target_id = col_int(st, 2),
        .state = col_text(st, a, 3),
        .uri = col_text(st, a, 4),
        .created_ms = col_int(st, 5),
    };
}

static struct err one_follow(struct stmt *st, struct arena *a, struct follow *out)
{
    bool found = stmt_row(st);
    if (found)
        *out = follow_row(st, a);
    TRY(stmt_done(st));
    return found ? OK : FAIL(NOT_FOUND, "there is no such follow");
}

static struct err follows_count(struct db *db, bool to, int64_t id, const char *state,
                                int64_t *count)
{
    SCOPED_STMT struct stmt *st =
        stmt_get(db, to ? SQL_FOLLOWS_TO_COUNT : SQL_FOLLOWS_FROM_COUNT);
    stmt_int(st, ":id", id);
    stmt_text(st, ":state", state);
    *count = stmt_row(st) ? col_int(st, 0) : 0;
    return stmt_done(st);
}

struct err db_follows(struct db *db, struct arena *a, bool to, int64_t id, const char *state,
                      int start, int count, struct follow_list *out)
{
    TRY(follows_count(db, to, id, state, &out->total));
    SCOPED_STMT struct stmt *st = stmt_get(db, to ? SQL_FOLLOWS_TO : SQL_FOLLOWS_FROM);
    stmt_int(st, ":id", id);
    stmt_text(st, ":state", state);
    stmt_int(st, ":start", start);
    stmt_int(st, ":count", count);
    while (stmt_row(st)) {
        out->items = arena_grow(a, out->items, out->count, &out->room, sizeof *out->items);
        out->items[out->count++] = follow_row(st, a);
    }
    return stmt_done(st);
}

struct err db_follow_to_host(struct db *db, int64_t follower_id, const char *host,
                             int64_t *target_id)
{
    SCOPED_STMT struct stmt *st = stmt_get(db, SQL_FOLLOW_FROM_TO_HOST);
    stmt_int(st, ":id", follower_id);
    stmt_text(st, ":host", host);
    *target_id = stmt_row(st) ? col_int(st, 0) : 0;
    return stmt_done(st);
}

struct err db_follow_by_pair(struct db *db, struct arena *a, int64_t follower_id,
                             int64_t target_id, struct follow *out)
{
    SCOPED_STMT struct stmt *st = stmt_get(db, SQL_FOLLOW_BY_PAIR);
    bind_pair(st, follower_id, target_id);
    return one_follow(st, a, out);
}

struct err db_follow_by_id(struct db *db, struct arena *a, int64_t id, struct follow *out)
{
    SCOPED_STMT struct stmt *st = stmt_get(db, SQL_FOLLOW_BY_ID);
    stmt_int(st, ":id", id);
    return one_follow(st, a, out);
}

struct err db_follow_by_uri(struct db *db, struct arena *a, const char *uri, struct follow *out)
{
    SCOPED_STMT struct stmt *st = stmt_get(db, SQL_FOLLOW_BY_URI);
    stmt_text(st, ":uri", uri);
    return one_follow(st, a, out);
}

struct err db_follow_people(struct db *db, struct arena *a, enum sql_id block, int64_t id,
                            int start, int count, struct person_list *out)
{
    SCOPED_STMT struct stmt *st = stmt_get(db, block);
    stmt_int(st, ":id", id);
    stmt_int(st, ":start", start);
    stmt_int(st, ":count", count);
    while (stmt_row(st)) {
        out->items = arena_grow(a, out->items, out->count, &out->room, sizeof *out->items);
        out->items[out->count++] = db_person_row(st, a, 0);
    }
    return stmt_done(st);
}

struct err db_follow_counts(struct db *db, int64_t id, int64_t *followers, int64_t *following)
{
    SCOPED_STMT struct stmt *st = stmt_get(db, SQL_FOLLOW_COUNTS);
    stmt_int(st, ":id", id);
    bool found = stmt_row(st);
    *followers = found ? col_int(st, 0) : 0;
    *following = found ? col_int(st, 1) : 0;
    return stmt_done(st);
}

struct err db_follow_elsewhere(struct db *db, int64_t channel_id, int64_t account_id,
                               const char *host, bool *some)
{
    SCOPED_STMT struct stmt *st = stmt_get(db, SQL_FOLLOW_ELSEWHERE);
    stmt_int(st, ":channel_id", channel_id);
    stmt_int(st, ":account_id", account_id);
    stmt_text(st, ":host", host);
    *some = stmt_row(st);
    return stmt_run(st);
}

struct err db_site_follows(struct db *db, int64_t *followers, int64_t *following)
{
    SCOPED_STMT struct stmt *st = stmt_get(db, SQL_SITE_FOLLOWS);
    stmt_text(st, ":name", SITE_ACTOR_NAME);
    bool found = stmt_row(st);
    *followers = found ? col_int(st, 0) : 0;
    *following = found ? col_int(st, 1) : 0;
    return stmt_done(st);
}

struct err db_follow_inboxes(struct db *db, struct arena *a, const char *ids,
                             struct inbox_list *out)
{
    SCOPED_STMT struct stmt *st = stmt_get(db, SQL_FOLLOW_INBOXES);
    stmt_text(st, ":ids", ids);
    while (stmt_row(st)) {
        out->items = arena_grow(a, out->items, out->count, &out->room, sizeof *out->items);
        out->items[out->count++] =
            (struct inbox){.url = col_text(st, a, 0), .host = col_text(st, a, 1)};
    }
    return stmt_done(st);
}

static struct err id_rows(struct stmt *st, struct arena *a, int64_t **ids, size_t *count)
{
    size_t room = 0;
    for (*ids = NULL, *count = 0; stmt_row(st);) {
        *ids = arena_grow(a, *ids, *count, &room, sizeof **ids);
        (*ids)[(*count)++] = col_int(st, 0);
    }
    return stmt_done(st);
}

struct err db_subscriptions(struct db *db, struct arena *a, int64_t account_id,
                            const char *like, struct page page, int64_t **ids, size_t *count)
{
    SCOPED_STMT struct stmt *st =
        stmt_get(db, page.descending ? SQL_SUBSCRIPTIONS_NEWEST : SQL_SUBSCRIPTIONS_OLDEST);
    stmt_int(st, ":id", account_id);
    stmt_text(st, ":like", like);
    stmt_int(st, ":start", page.start);
    stmt_int(st, ":count", page.count);
    return id_rows(st, a, ids, count);
}

static struct err one_int(struct stmt *st, int64_t *out)
{
    *out = stmt_row(st) ? col_int(st, 0) : 0;
    return stmt_done(st);
}

struct err db_subscriptions_count(struct db *db, int64_t account_id, const char *like,
                                  int64_t *count)
{
    SCOPED_STMT struct stmt *st = stmt_get(db, SQL_SUBSCRIPTIONS_COUNT);
    stmt_int(st, ":id", account_id);
    stmt_text(st, ":like", like);
    return one_int(st, count);
}

struct err db_subscription_accounts(struct db *db, struct arena *a, int64_t account_id,
                                    int start, int count, int64_t **ids, size_t *found)
{
    SCOPED_STMT struct stmt *st = stmt_get(db, SQL_SUBSCRIPTION_ACCOUNTS);
    stmt_int(st, ":id", account_id);
    stmt_int(st, ":start", start);
    stmt_int(st, ":count", count);
    return id_rows(st, a, ids, found);
}

struct err db_subscription_accounts_count(struct db *db, int64_t account_id, int64_t *count)
{
    SCOPED_STMT struct stmt *st = stmt_get(db, SQL_SUBSCRIPTION_ACCOUNTS_COUNT);
    stmt_int(st, ":id", account_id);
    return one_int(st, count);
}

struct err db_subscription_videos(struct db *db, struct arena *a, int64_t account_id, int start,
                                  int count, const char **ids, int *found)
{
    struct strbuf json = STRBUF_IN(a);
    SCOPED_STMT struct stmt *st = stmt_get(db, SQL_SUBSCRIPTION_VIDEOS);
    stmt_int(st, ":id", account_id);
    stmt_int(st, ":start", start);
    stmt_int(st, ":count", count);
    for (*found = 0; stmt_row(st); (*found)++)
        strbuf_addf(&json, "%c%lld", *found ? ',' : '[', (long long)col_int(st, 0));
    strbuf_adds(&json, *found ? "]" : "[]");
    *ids = json.text;
    return stmt_done(st);
}

struct err db_subscription_videos_count(struct db *db, int64_t account_id, int64_t *count)
{
    SCOPED_STMT struct stmt *st = stmt_get(db, SQL_SUBSCRIPTION_VIDEOS_COUNT);
    stmt_int(st, ":id", account_id);
    return one_int(st, count);
}
