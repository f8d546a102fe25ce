/* db_account.c — see db_account.h. */
#include "server/db/db_account.h"

static struct err one_int(struct stmt *st, int64_t *out)
{
    bool found = stmt_row(st);
    if (found)
        *out = col_int(st, 0);
    TRY(stmt_done(st));
    return found ? OK : FAIL(NOT_FOUND, "there is no such row");
}

static void bind_optional(struct stmt *st, const char *name, bool given, int64_t value)
{
    if (given)
        stmt_int(st, name, value);
    else
        stmt_null(st, name);
}

/* --- site and counters ---------------------------------------------------- */

struct err db_site_get(struct db *db, struct arena *a, const char *name, const char **value)
{
    SCOPED_STMT struct stmt *st = stmt_get(db, SQL_SITE_GET);
    stmt_text(st, ":name", name);
    *value = stmt_row(st) ? col_text(st, a, 0) : NULL;
    TRY(stmt_done(st));
    return *value ? OK : FAIL(NOT_FOUND, "this fact about the site was never written");
}

struct err db_site_put(struct db *db, const char *name, const char *value)
{
    SCOPED_STMT struct stmt *st = stmt_get(db, SQL_SITE_PUT);
    stmt_text(st, ":name", name);
    stmt_text(st, ":value", value);
    return stmt_run(st);
}

struct err db_counter_get(struct db *db, const char *name, int64_t *value)
{
    SCOPED_STMT struct stmt *st = stmt_get(db, SQL_COUNTER_GET);
    stmt_text(st, ":name", name);
    return one_int(st, value);
}

/* --- actors --------------------------------------------------------------- */

enum { ACTOR_COLUMNS = 18 };

static struct actor actor_row(struct stmt *st, struct arena *a, int first)
{
    return (struct actor){
        .id = col_int(st, first),
        .kind = col_text(st, a, first + 1),
        .name = col_text(st, a, first + 2),
        .host = col_text(st, a, first + 3),
        .display_name = col_text(st, a, first + 4),
        .description = col_text(st, a, first + 5),
        .support = col_text(st, a, first + 6),
        .user_id = col_int(st, first + 7),
        .owner_id = col_int(st, first + 8),
        .created_ms = col_int(st, first + 9),
        .updated_ms = col_int(st, first + 10),
        .uri = col_text(st, a, first + 11),
        .page_url = col_text(st, a, first + 12),
        .icon_url = col_text(st, a, first + 13),
        .followers = col_int(st, first + 14),
        .following = col_int(st, first + 15),
        .remote_followers = col_int(st, first + 16),
        .banner = col_text(st, a, first + 17),
    };
}

static struct channel channel_row(struct stmt *st, struct arena *a)
{
    return (struct channel){.actor = actor_row(st, a, 0),
                            .owner = actor_row(st, a, ACTOR_COLUMNS)};
}

static struct err one_actor(struct stmt *st, struct arena *a, struct actor *out)
{
    bool found = stmt_row(st);
    if (found)
        *out = actor_row(st, a, 0);
    TRY(stmt_done(st));
    return found ? OK : FAIL(NOT_FOUND, "Account not found");
}

static struct err one_channel(struct stmt *st, struct arena *a, struct channel *out)
{
    bool found = stmt_row(st);
    if (found)
        *out = channel_row(st, a);
    TRY(stmt_done(st));
    return found ? OK : FAIL(NOT_FOUND, "Video channel not found");
}

static struct err channel_rows(struct stmt *st, struct arena *a, struct channel_list *out)
{
    while (stmt_row(st)) {
        out->items = arena_grow(a, out->items, out->count, &out->room, sizeof *out->items);
        out->items[out->count++] = channel_row(st, a);
    }
    return stmt_done(st);
}

static void bind_page(struct stmt *st, struct page page)
{
    stmt_int(st, ":start", page.start);
    stmt_int(st, ":count", page.count);
}

struct err db_actor_insert(struct db *db, const struct db_actor_new *n, int64_t now,
                           int64_t *id)
{
    SCOPED_STMT struct stmt *st = stmt_get(db, SQL_ACTOR_INSERT);
    stmt_text(st, ":kind", n->kind);
    stmt_text(st, ":name", n->name);
    stmt_text(st, ":display_name", n->display_name);
    stmt_text(st, ":description", n->description);
    stmt_text(st, ":support", n->support);
    bind_optional(st, ":user_id", n->user_id != 0, n->user_id);
    bind_optional(st, ":owner_id", n->owner_id != 0, n->owner_id);
    stmt_int(st, ":now_ms", now);
    TRY(stmt_run(st));
    *id = db_last_id(db);
    return OK;
}

struct err db_actor_update(struct db *db, int64_t id, const struct actor_text *text,
                           int64_t now)
{
    SCOPED_STMT struct stmt *st = stmt_get(db, SQL_ACTOR_UPDATE);
    stmt_int(st, ":id", id);
    stmt_text(st, ":display_name", text->display_name);
    stmt_text(st, ":description", text->description);
    stmt_text(st, ":support", text->support);
    stmt_int(st, ":now_ms", now);
    return stmt_run(st);
}

struct err db_actor_leave(struct db *db, int64_t id, int64_t now)
{
    SCOPED_STMT struct stmt *st = stmt_get(db, SQL_ACTOR_LEAVE);
    stmt_int(st, ":id", id);
    stmt_int(st, ":now_ms", now);
    return stmt_run(st);
}

struct err db_actor_picture_set(struct db *db, int64_t id, bool banner, const char *stem,
                                int64_t now)
{
    SCOPED_STMT struct stmt *st =
        stmt_get(db, banner ? SQL_ACTOR_BANNER_SET : SQL_ACTOR_AVATAR_SET);
    stmt_int(st, ":id", id);
    stmt_text(st, ":stem", stem);
    stmt_int(st, ":now_ms", now);
    return stmt_run(st);
}

struct err db_actor_picture_needed(struct db *db, const char *stem, bool *needed)
{
    SCOPED_STMT struct stmt *st = stmt_get(db, SQL_ACTOR_PICTURE_NEEDED);
    stmt_text(st, ":stem", stem);
    *needed = stmt_row(st) && col_int(st, 0);
    return stmt_done(st);
}

struct err db_actor_keys_forget(struct db *db, int64_t before_ms)
{
    SCOPED_STMT struct stmt *st = stmt_get(db, SQL_ACTOR_KEYS_FORGET);
    stmt_int(st, ":before_ms", before_ms);
    return stmt_run(st);
}

struct err db_actor_by_id(struct db *db, struct arena *a, int64_t id, struct actor *out)
{
    SCOPED_STMT struct stmt *st = stmt_get(db, SQL_ACTOR_BY_ID);
    stmt_int(st, ":id", id);
    return one_actor(st, a, out);
}

struct err db_actor_by_name(struct db *db, struct arena *a, const char *name, const char *host,
                            struct actor *out)
{
    SCOPED_STMT struct stmt *st = stmt_get(db, SQL_ACTOR_BY_NAME);
    stmt_text(st, ":name", name);
    stmt_text(st, ":host", host);
    return one_actor(st, a, out);
}

struct err db_account_by_user(struct db *db, struct arena *a, int64_t user_id,
                              struct actor *out)
{
    SCOPED_STMT struct stmt *st = stmt_get(db, SQL_ACCOUNT_BY_USER);
    stmt_int(st, ":user_id", user_id);
    return one_actor(st, a, out);
}

struct err db_accounts(struct db *db, struct arena *a, struct page page, struct actor_list *out)
{
    SCOPED_STMT struct stmt *st =
        stmt_get(db, page.descending ? SQL_ACCOUNTS_NEWEST : SQL_ACCOUNTS_OLDEST);
    bind_page(st, page);
    while (stmt_row(st)) {
        out->items = arena_grow(a, out->items, out->count, &out->room, sizeof *out->items);
        out->items[out->count++] = actor_row(st, a, 0);
    }
    return stmt_done(st);
}

struct err db_channel_by_id(struct db *db, struct arena *a, int64_t id, struct channel *out)
{
    SCOPED_STMT struct stmt *st = stmt_get(db, SQL_CHANNEL_BY_ID);
    stmt_int(st, ":id", id);
    return one_channel(st, a, out);
}

struct err db_channel_by_name(struct db *db, struct arena *a, const char *name,
                              const char *host, struct channel *out)
{
    SCOPED_STMT struct stmt *st = stmt_get(db, SQL_CHANNEL_BY_NAME);
    stmt_text(st, ":name", name);
    stmt_text(st, ":host", host);
    return one_channel(st, a, out);
}

struct err db_channels(struct db *db, struct arena *a, struct page page,
                       struct channel_list *out)
{
    SCOPED_STMT struct stmt *st =
        stmt_get(db, page.descending ? SQL_CHANNELS_NEWEST : SQL_CHANNELS_OLDEST);
    bind_page(st, page);
    return channel_rows(st, a, out);
}

struct err db_channels_of_account(struct db *db, struct arena *a, int64_t account_id,
                                  struct page page, struct channel_list *out)
{
    SCOPED_STMT struct stmt *st = stmt_get(
        db, page.descending ? SQL_CHANNELS_OF_ACCOUNT_NEWEST : SQL_CHANNELS_OF_ACCOUNT_OLDEST);
    stmt_int(st, ":account_id", account_id);
    bind_page(st, page);
    return channel_rows(st, a, out);
}

struct err db_channels_of_account_count(struct db *db, int64_t account_id, int64_t *count)
{
    SCOPED_STMT struct stmt *st = stmt_get(db, SQL_CHANNELS_OF_ACCOUNT_COUNT);
    stmt_int(st, ":account_id", account_id);
    return one_int(st, count);
}

struct err db_channel_has_video(struct db *db, int64_t channel_id, bool *has)
{
    SCOPED_STMT struct stmt *st = stmt_get(db, SQL_CHANNEL_HAS_VIDEO);
    stmt_int(st, ":channel_id", channel_id);
    *has = stmt_row(st);
    return stmt_done(st);
}

struct err db_account_has_video(struct db *db, int64_t account_id, bool *has)
{
    SCOPED_STMT struct stmt *st = stmt_get(db, SQL_ACCOUNT_HAS_VIDEO);
    stmt_int(st, ":account_id", account_id);
    *has = stmt_row(st);
    return stmt_done(st);
}

/* --- users ---------------------------------------------------------------- */

static struct user user_row(struct stmt *st, struct arena *a)
{
    return (struct user){
        .id = col_int(st, 0),
        .account_id = col_int(st, 1),
        .username = col_text(st, a, 2),
        .email = col_text(st, a, 3),
        .role = (enum role)col_int(st, 4),
        .quota_bytes = col_int(st, 5),
        .quota_daily_bytes = col_int(st, 6),
        .used_bytes = col_int(st, 7),
        .blocked = col_int(st, 8) != 0,
        .blocked_reason = col_text(st, a, 9),
        .settings = col_text(st, a, 10),
        .created_ms = col_int(st, 11),
        .updated_ms = col_int(st, 12),
        .login_ms = col_int(st, 13),
    };
}

static struct err user_rows(struct stmt *st, struct arena *a, struct user_list *out)
{
    while (stmt_row(st)) {
        out->items = arena_grow(a, out->items, out->count, &out->room, sizeof *out->items);
        out->items[out->count++] = user_row(st, a);
    }
    return stmt_done(st);
}

struct err db_user_insert(struct db *db, const struct db_user_new *n, int64_t now, int64_t *id)
{
    SCOPED_STMT struct stmt *st = stmt_get(db, SQL_USER_INSERT);
    stmt_text(st, ":username", n->username);
    stmt_text(st, ":email", n->email);
    stmt_text(st, ":password_hash", n->password_hash);
    stmt_int(st, ":role", n->role);
    stmt_int(st, ":quota_bytes", n->quota_bytes);
    stmt_int(st, ":quota_daily_bytes", n->quota_daily_bytes);
    stmt_int(st, ":now_ms", now);
    TRY(stmt_run(st));
    *id = db_last_id(db);
    return OK;
}

struct err db_user_by_id(struct db *db, struct arena *a, int64_t id, struct user *out)
{
    SCOPED_STMT struct stmt *st = stmt_get(db, SQL_USER_BY_ID);
    stmt_int(st, ":id", id);
    bool found = stmt_row(st);
    if (found)
        *out = user_row(st, a);
    TRY(stmt_done(st));
    return found ? OK : FAIL(NOT_FOUND, "User not found");
}

struct err db_user_by_login(struct db *db, struct arena *a, const char *login,
                            struct db_login *out)
{
    SCOPED_STMT struct stmt *st = stmt_get(db, SQL_USER_BY_LOGIN);
    stmt_text(st, ":login", login);
    bool found = stmt_row(st);
    if (found)
        *out = (struct db_login){
            .user_id = col_int(st, 0),
            .password_hash = col_text(st, a, 1),
            .blocked = col_int(st, 2) != 0,
            .username = col_text(st, a, 3),
        };
    TRY(stmt_done(st));
    return found ? OK : FAIL(NOT_FOUND, "User not found");
}

struct err db_user_password(struct db *db, struct arena *a, int64_t id, const char **hash)
{
    SCOPED_STMT struct stmt *st = stmt_get(db, SQL_USER_PASSWORD);
    stmt_int(st, ":id", id);
    *hash = stmt_row(st) ? col_text(st, a, 0) : NULL;
    TRY(stmt_done(st));
    return *hash ? OK : FAIL(NOT_FOUND, "User not found");
}

struct err db_users(struct db *db, struct arena *a, struct page page, struct user_list *out)
{
    SCOPED_STMT struct stmt *st =
        stmt_get(db, page.descending ? SQL_USERS_NEWEST : SQL_USERS_OLDEST);
    bind_page(st, page);
    return user_rows(st, a, out);
}

struct err db_users_search(struct db *db, struct arena *a, const char *pattern,
                           struct page page, struct user_list *out)
{
    SCOPED_STMT struct stmt *st = stmt_get(db, SQL_USERS_SEARCH);
    stmt_text(st, ":pattern", pattern);
    bind_page(st, page);
    return user_rows(st, a, out);
}

struct err db_users_search_count(struct db *db, const char *pattern, int64_t *count)
{
    SCOPED_STMT struct stmt *st = stmt_get(db, SQL_USERS_SEARCH_COUNT);
    stmt_text(st, ":pattern", pattern);
    return one_int(st, count);
}

struct err db_user_update(struct db *db, int64_t id, const struct user_patch *patch,
                          const char *password_hash, int64_t now)
{
    SCOPED_STMT struct stmt *st = stmt_get(db, SQL_USER_UPDATE);
    stmt_int(st, ":id", id);
    stmt_text(st, ":email", patch->email);
    stmt_text(st, ":password_hash", password_hash);
    bind_optional(st, ":role", patch->role_given, patch->role);
    bind_optional(st, ":quota_bytes", patch->quota_given, patch->quota_bytes);
    bind_optional(st, ":quota_daily_bytes", patch->quota_daily_given, patch->quota_daily_bytes);
    stmt_text(st, ":settings", patch->settings);
    stmt_int(st, ":now_ms", now);
    return stmt_run(st);
}

struct err db_user_block(struct db *db, int64_t id, bool blocked, const char *reason,
                         int64_t now)
{
    SCOPED_STMT struct stmt *st = stmt_get(db, SQL_USER_BLOCK);
    stmt_int(st, ":id", id);
    stmt_int(st, ":blocked", blocked);
    stmt_text(st, ":reason", reason);
    stmt_int(st, ":now_ms", now);
    return stmt_run(st);
}

struct err db_user_seen(struct db *db, int64_t id, int64_t now)
{
    SCOPED_STMT struct stmt *st = stmt_get(db, SQL_USER_SEEN);
    stmt_int(st, ":id", id);
    stmt_int(st, ":now_ms", now);
    return stmt_run(st);
}

struct err db_user_delete(struct db *db, int64_t id)
{
    SCOPED_STMT struct stmt *st = stmt_get(db, SQL_USER_DELETE);
    stmt_int(st, ":id", id);
    return stmt_run(st);
}

struct err db_users_by_role_count(struct db *db, enum role role, int64_t *count)
{
    SCOPED_STMT struct stmt *st = stmt_get(db, SQL_USERS_BY_ROLE_COUNT);
    stmt_int(st, ":role", role);
    return one_int(st, count);
}

struct err db_users_seen_count(struct db *db, int64_t since_ms, int64_t *count)
{
    SCOPED_STMT struct stmt *st = stmt_get(db, SQL_USERS_SEEN_COUNT);
    stmt_int(st, ":since_ms", since_ms);
    return one_int(st, count);
}

struct err db_user_quota(struct db *db, int64_t id, struct db_quota *out)
{
    SCOPED_STMT struct stmt *st = stmt_get(db, SQL_USER_QUOTA);
    stmt_int(st, ":id", id);
    bool found = stmt_row(st);
    if (found)
        *out = (struct db_quota){
            .quota_bytes = col_int(st, 0),
            .quota_daily_bytes = col_int(st, 1),
            .used_bytes = col_int(st, 2),
        };
    TRY(stmt_done(st));
    return found ? OK : FAIL(NOT_FOUND, "User not found");
}

struct err db_user_bytes_since(struct db *db, int64_t user_id, int64_t since_ms, int64_t *bytes)
{
    SCOPED_STMT struct stmt *st = stmt_get(db, SQL_USER_BYTES_SINCE);
    stmt_int(st, ":user_id", user_id);
    stmt_int(st, ":since_ms", since_ms);
    return one_int(st, bytes);
}

struct err db_user_bytes_unfinished(struct db *db, int64_t user_id, int64_t *bytes)
{
    SCOPED_STMT struct stmt *st = stmt_get(db, SQL_USER_BYTES_UNFINISHED);
    stmt_int(st, ":user_id", user_id);
    return one_int(st, bytes);
}

/* --- tokens --------------------------------------------------------------- */

struct err db_token_insert(struct db *db, const struct db_token *t, int64_t now)
{
    SCOPED_STMT struct stmt *st = stmt_get(db, SQL_TOKEN_INSERT);
    stmt_int(st, ":user_id", t->user_id);
    stmt_text(st, ":access_hash", t->access_hash);
    stmt_text(st, ":refresh_hash", t->refresh_hash);
    stmt_int(st, ":access_until_ms", t->access_until_ms);
    stmt_int(st, ":refresh_until_ms", t->refresh_until_ms);
    stmt_text(st, ":address", t->address);
    stmt_text(st, ":device", t->device);
    stmt_int(st, ":now_ms", now);
    return stmt_run(st);
}

struct err db_token_find(struct db *db, struct arena *a, const char *access_hash, int64_t now,
                         struct db_token_owner *out)
{
    SCOPED_STMT struct stmt *st = stmt_get(db, SQL_TOKEN_FIND);
    stmt_text(st, ":hash", access_hash);
    stmt_int(st, ":now_ms", now);
    bool found = stmt_row(st);
    if (found)
        *out = (struct db_token_owner){
            .caller =
                {
                    .token_id = col_int(st, 0),
                    .user_id = col_int(st, 1),
                    .account_id = col_int(st, 2),
                    .username = col_text(st, a, 3),
                    .role = (enum role)col_int(st, 4),
                },
            .access_until_ms = col_int(st, 5),
            .cookie = col_int(st, 6) != 0,
        };
    TRY(stmt_done(st));
    return found ? OK : FAIL(INVALID_TOKEN, "Token is invalid or has expired");
}

struct err db_token_slide(struct db *db, int64_t id, int64_t until_ms, int64_t now)
{
    SCOPED_STMT struct stmt *st = stmt_get(db, SQL_TOKEN_SLIDE);
    stmt_int(st, ":id", id);
    stmt_int(st, ":until_ms", until_ms);
    stmt_int(st, ":now_ms", now);
    return stmt_run(st);
}

struct err db_token_rotate(struct db *db, const char *refresh_hash, const struct db_token *t,
                           int64_t now, int64_t *user_id)
{
    SCOPED_STMT struct stmt *st = stmt_get(db, SQL_TOKEN_ROTATE);
    stmt_text(st, ":refresh_hash", refresh_hash);
    stmt_text(st, ":new_access_hash", t->access_hash);
    stmt_text(st, ":new_refresh_hash", t->refresh_hash);
    stmt_int(st, ":access_until_ms", t->access_until_ms);
    stmt_int(st, ":refresh_until_ms", t->refresh_until_ms);
    stmt_int(st, ":now_ms", now);
    return one_int(st, user_id);
}

struct err db_tokens_of_user(struct db *db, struct arena *a, int64_t user_id, int64_t now,
                             struct page page, struct session_list *out)
{
    {
        SCOPED_STMT struct stmt *st = stmt_get(db, SQL_TOKENS_OF_USER_COUNT);
        stmt_int(st, ":user_id", user_id);
        stmt_int(st, ":now_ms", now);
        TRY(one_int(st, &out->total));
    }
    SCOPED_STMT struct stmt *st = stmt_get(db, SQL_TOKENS_OF_USER);
    stmt_int(st, ":user_id", user_id);
    stmt_int(st, ":now_ms", now);
    bind_page(st, page);
    while (stmt_row(st)) {
        out->items = arena_grow(a, out->items, out->count, &out->room, sizeof *out->items);
        out->items[out->count++] = (struct session){
            .id = col_int(st, 0),
            .user_id = col_int(st, 1),
            .created_ms = col_int(st, 2),
            .used_ms = col_int(st, 3),
            .until_ms = col_int(st, 4),
            .address = col_text(st, a, 5),
            .device = col_text(st, a, 6),
            .cookie = col_int(st, 7) != 0,
        };
    }
    return stmt_done(st);
}

struct err db_token_delete(struct db *db, int64_t user_id, int64_t id, bool *found)
{
    SCOPED_STMT struct stmt *st = stmt_get(db, SQL_TOKEN_DELETE);
    stmt_int(st, ":user_id", user_id);
    stmt_int(st, ":id", id);
    TRY(stmt_run(st));
    *found = stmt_changes(st) > 0;
    return OK;
}

struct err db_tokens_delete_of_user(struct db *db, int64_t user_id, int64_t keep_id)
{
    SCOPED_STMT struct stmt *st = stmt_get(db, SQL_TOKENS_DELETE_OF_USER);
    stmt_int(st, ":user_id", user_id);
    stmt_int(st, ":keep_id", keep_id);
    return stmt_run(st);
}

struct err db_tokens_keep_newest(struct db *db, int64_t user_id, int keep)
{
    SCOPED_STMT struct stmt *st = stmt_get(db, SQL_TOKENS_KEEP_NEWEST);
    stmt_int(st, ":user_id", user_id);
    stmt_int(st, ":keep", keep);
    return stmt_run(st);
}

struct err db_tokens_sweep(struct db *db, int64_t now)
{
    SCOPED_STMT struct stmt *st = stmt_get(db, SQL_TOKENS_SWEEP);
    stmt_int(st, ":now_ms", now);
    return stmt_run(st);
}
