/* account.c — see account.h. */
#include "server/domain/account.h"

#include "base/clock.h"
#include "base/crypto.h"
#include "base/log.h"
#include "server/db/db_account.h"
#include "server/db/db_report.h"
#include "server/db/db_social.h"
#include "server/domain/leave.h"
#include "server/domain/outbox.h"
#include "server/domain/password.h"
#include "server/domain/throttle.h"
#include "server/domain/video.h"

#include <string.h>
#include <strings.h>

#define DAY_MS (24 * 3600 * INT64_C(1000))
enum { ROOT_ID = 1 }; /* the first user there is: made at first start, never removed */

/* --- names and handles ---------------------------------------------------- */

const char *url_host(const char *url)
{
    const char *host = strstr(url, "://");
    return host ? host + 3 : url;
}

/* A dot at either end would not survive Mastodon's reading of a handle. */
bool name_valid(const char *name)
{
    size_t n = strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789._");
    return n > 0 && n <= NAME_MAX_BYTES && !name[n] && name[0] != '.' && name[n - 1] != '.';
}

/* Names of the site's own actor, here and in its relatives. */
static bool name_reserved(const char *name)
{
    return strcasecmp(name, "zoetrope") == 0 || strcasecmp(name, "peertube") == 0;
}

struct handle {
    const char *name, *host; /* host "" is this site */
};

static struct handle handle_read(struct arena *a, const char *handle, const char *own_host)
{
    if (*handle == '@')
        handle++;
    const char *at = strchr(handle, '@');
    if (!at)
        return (struct handle){handle, ""};
    return (struct handle){arena_strndup(a, handle, (size_t)(at - handle)),
                           strcasecmp(at + 1, own_host) == 0 ? "" : at + 1};
}

/* --- actors --------------------------------------------------------------- */

struct err actor_get_by_id(struct db *db, struct arena *a, int64_t id, struct actor *out)
{
    return db_actor_by_id(db, a, id, out);
}

struct err actor_get(struct db *db, struct arena *a, const char *handle, const char *own_host,
                     struct actor *out)
{
    struct handle h = handle_read(a, handle, own_host);
    return db_actor_by_name(db, a, h.name, h.host, out);
}

struct err account_get(struct db *db, struct arena *a, const char *handle, const char *own_host,
                       struct actor *out)
{
    TRY(actor_get(db, a, handle, own_host, out));
    return strcmp(out->kind, "Person") == 0 ? OK : FAIL(NOT_FOUND, "Account not found");
}

struct err channel_get(struct db *db, struct arena *a, const char *handle, const char *own_host,
                       struct channel *out)
{
    struct handle h = handle_read(a, handle, own_host);
    return db_channel_by_name(db, a, h.name, h.host, out);
}

struct err channel_get_by_id(struct db *db, struct arena *a, int64_t id, struct channel *out)
{
    return db_channel_by_id(db, a, id, out);
}

struct err account_channel_of_user(struct db *db, struct arena *a, int64_t user_id,
                                   int64_t channel_id, struct channel *out)
{
    if (channel_id) {
        TRY(db_channel_by_id(db, a, channel_id, out));
        return out->owner.user_id == user_id
                   ? OK
                   : FAIL(NOT_OWNER, "this channel belongs to another account");
    }
    struct actor account;
    struct channel_list channels = {0};
    TRY(db_account_by_user(db, a, user_id, &account));
    TRY(db_channels_of_account(db, a, account.id, (struct page){.count = 1}, &channels));
    if (channels.count == 0)
        return FAIL(NOT_FOUND, "this account has no channel");
    *out = channels.items[0];
    return OK;
}

struct err account_list(struct db *db, struct arena *a, struct page page,
                        struct actor_list *out)
{
    TRY(db_counter_get(db, "accounts", &out->total));
    return db_accounts(db, a, page, out);
}

struct err channel_list(struct db *db, struct arena *a, struct page page,
                        struct channel_list *out)
{
    TRY(db_counter_get(db, "channels", &out->total));
    return db_channels(db, a, page, out);
}

struct err channel_list_of_account(struct db *db, struct arena *a, int64_t account_id,
                                   struct page page, struct channel_list *out)
{
    TRY(db_channels_of_account_count(db, account_id, &out->total));
    return db_channels_of_account(db, a, account_id, page, out);
}

/* --- channels ------------------------------------------------------------- */

static struct err actor_insert(struct db *db, const struct db_actor_new *n, int64_t now,
                               int64_t *id)
{
    if (name_reserved(n->name))
        return FAIL(NAME_TAKEN, "this name is reserved");
    struct err e = db_actor_insert(db, n, now, id);
    return e.id == ERR_CONFLICT
               ? FAIL(NAME_TAKEN, "an account or a channel with this name exists already")
               : e;
}

static const char *text_or_null(const char *text)
{
    return text && *text ? text : NULL;
}

static struct err channel_insert(struct db *db, int64_t user_id, const char *name,
                                 const struct actor_text *text, int64_t *id)
{
    SCOPED_ARENA struct arena *a = arena_open();
    struct actor account;
    int64_t channels;
    TRY(db_account_by_user(db, a, user_id, &account));
    TRY(db_channels_of_account_count(db, account.id, &channels));
    if (channels >= CHANNELS_PER_USER)
        return FAIL(FORBIDDEN, "this account has as many channels as it may have");
    struct db_actor_new n = {
        .kind = "Group",
        .name = name,
        .display_name = text_or_null(text->display_name) ? text->display_name : name,
        .description = text_or_null(text->description),
        .support = text_or_null(text->support),
        .owner_id = account.id,
    };
    return actor_insert(db, &n, now_ms(), id);
}

struct err channel_create(struct db *db, int64_t user_id, const char *name,
                          const struct actor_text *text, int64_t *id)
{
    DB_TRANSACTION(db, channel_insert(db, user_id, name, text, id));
    return OK;
}

static struct err may_change(const struct caller *caller, const struct channel *c)
{
    if (*c->actor.host)
        return FAIL(FORBIDDEN, "this channel belongs to another site");
    return caller_moderates(caller) || (caller && caller->account_id == c->owner.id)
               ? OK
               : FAIL(NOT_OWNER, "this channel belongs to another account");
}

/* Who follows it elsewhere hears of it. */
static struct err actor_change(struct db *db, int64_t id, const struct actor_text *text)
{
    SCOPED_ARENA struct arena *a = arena_open();
    TRY(db_actor_update(db, id, text, now_ms()));
    return outbox_note(db, a, &(struct outbox_note){.what = "actor_update", .actor = id});
}

struct err channel_update(struct db *db, const struct caller *caller, const struct channel *c,
                          const struct actor_text *text)
{
    TRY(may_change(caller, c));
    DB_TRANSACTION(db, actor_change(db, c->actor.id, text));
    return OK;
}

/* One transaction each: the writer is free in between, and a long list may be taken up again.
 */
static struct err videos_remove(struct db *db, const struct storage *storage,
                                enum video_list_of of, int64_t id)
{
    struct video_query query = {
        .of = of,
        .of_id = id,
        .everything = true,
        .sort = "published",
        .skip_count = true,
        .count = 50,
        .nsfw = -1,
    };
    for (;;) {
        SCOPED_ARENA struct arena *a = arena_open();
        struct video_list videos = {0};
        TRY(video_list(db, a, &query, &videos));
        for (size_t i = 0; i < videos.count; i++) {
            struct err e = video_delete(db, storage, a, &videos.items[i]);
            if (e.id != ERR_VIDEO_NOT_FOUND)
                TRY(e);
        }
        if (videos.count == 0)
            return OK;
    }
}

static struct err channel_is_spare(struct db *db, const struct channel *c)
{
    int64_t channels;
    TRY(db_channels_of_account_count(db, c->owner.id, &channels));
    return channels > 1 ? OK
                        : FAIL(CONFLICT, "the last channel of an account cannot be deleted");
}

static struct err channel_remove(struct db *db, const struct channel *c)
{
    SCOPED_ARENA struct arena *a = arena_open();
    bool has_video;
    TRY(channel_is_spare(db, c));
    TRY(db_channel_has_video(db, c->actor.id, &has_video));
    if (has_video)
        return FAIL(CONFLICT, "a video came into this channel meanwhile");
    return actor_leave(db, a, &c->actor);
}

struct err channel_delete(struct db *db, const struct storage *storage,
                          const struct caller *caller, const struct channel *c)
{
    TRY(may_change(caller, c));
    TRY(channel_is_spare(db, c));
    TRY(videos_remove(db, storage, OF_CHANNEL, c->actor.id));
    DB_TRANSACTION(db, channel_remove(db, c));
    log_info("channel_deleted", "channel=%s by=%s", c->actor.name, caller->username);
    return OK;
}

/* --- users ---------------------------------------------------------------- */

bool signup_open(const char *setting, bool is_local)
{
    return strcmp(setting, "open") == 0 || (strcmp(setting, "auto") == 0 && is_local);
}

struct err user_get(struct db *db, struct arena *a, int64_t id, struct user *out)
{
    return db_user_by_id(db, a, id, out);
}

struct err user_find(struct db *db, struct arena *a, const char *login, struct user *out)
{
    struct db_login found;
    TRY(db_user_by_login(db, a, login, &found));
    return db_user_by_id(db, a, found.user_id, out);
}

struct err user_list(struct db *db, struct arena *a, const char *search, struct page page,
                     struct user_list *out)
{
    if (search && *search) {
        const char *pattern = db_like(a, search);
        TRY(db_users_search_count(db, pattern, &out->total));
        return db_users_search(db, a, pattern, page, out);
    }
    TRY(db_counter_get(db, "users", &out->total));
    return db_users(db, a, page, out);
}

static struct err user_insert(struct db *db, struct arena *a, const struct user_new *u,
                              const char *hash, int64_t *id)
{
    int64_t now = now_ms(), account_id, channel_id;
    struct db_user_new row = {
        .username = u->username,
        .email = text_or_null(u->email),
        .password_hash = hash,
        .role = u->role,
        .quota_bytes = u->quota_bytes,
        .quota_daily_bytes = u->quota_daily_bytes,
    };
    struct err e = db_user_insert(db, &row, now, id);
    if (e.id == ERR_CONFLICT)
        return FAIL(NAME_TAKEN, "User with this username or email already exists");
    TRY(e);

    struct db_actor_new person = {
        .kind = "Person",
        .name = u->username,
        .display_name = text_or_null(u->display_name) ? u->display_name : u->username,
        .user_id = *id,
    };
    TRY(actor_insert(db, &person, now, &account_id));

    const char *title = text_or_null(u->channel_display_name);
    const char *wanted = text_or_null(u->channel_name);
    struct db_actor_new channel = {
        .kind = "Group",
        .name = wanted ? wanted : arena_printf(a, "%s_channel", u->username),
        .display_name = title ? title : arena_printf(a, "Main %s channel", u->username),
        .owner_id = account_id,
    };
    e = actor_insert(db, &channel, now, &channel_id);
    if (e.id == ERR_NAME_TAKEN && !wanted) {
        /* Somebody else was quicker with our name for it: that must not keep people out. */
        channel.name = arena_printf(a, "%s_channel_%s", u->username, random_hex(a, 3));
        e = actor_insert(db, &channel, now, &channel_id);
    }
    return e;
}

struct err user_create(struct db *db, struct arena *a, const struct user_new *u, int64_t *id)
{
    if (u->channel_name && strcasecmp(u->channel_name, u->username) == 0)
        return FAIL(NAME_TAKEN, "the channel cannot be named like the account");
    const char *hash = password_hash(a, u->password);
    DB_TRANSACTION(db, user_insert(db, a, u, hash, id));
    log_info("user_made", "user=%s role=%d", u->username, u->role);
    return OK;
}

static struct err user_change(struct db *db, struct arena *a, int64_t id,
                              const struct user_patch *patch, const char *hash)
{
    int64_t now = now_ms();
    struct err e = db_user_update(db, id, patch, hash, now);
    if (e.id == ERR_CONFLICT)
        return FAIL(NAME_TAKEN, "User with this email already exists");
    TRY(e);
    if (patch->display_name || patch->description) {
        struct actor account;
        struct actor_text text = {
            .display_name = patch->display_name,
            .description = patch->description,
        };
        TRY(db_account_by_user(db, a, id, &account));
        TRY(actor_change(db, account.id, &text));
    }
    return hash ? db_tokens_delete_of_user(db, id, patch->keep_token_id) : OK;
}

struct err user_update(struct db *db, struct arena *a, int64_t id,
                       const struct user_patch *patch)
{
    if (id == ROOT_ID && patch->role_given && patch->role != ROLE_ADMINISTRATOR)
        return FAIL(FORBIDDEN, "the first administrator stays one");
    const char *hash = patch->password ? password_hash(a, patch->password) : NULL;
    DB_TRANSACTION(db, user_change(db, a, id, patch, hash));
    return OK;
}

struct err user_password_check(struct db *db, struct arena *a, struct throttle *throttle,
                               int64_t id, const char *password, int *retry_after_s)
{
    const char *hash, *key = arena_printf(a, "#%lld", (long long)id);
    int64_t now = now_ms();
    TRY(db_user_password(db, a, id, &hash));
    if (!throttle_take(throttle, THROTTLE_SIGN_IN_ACCOUNT, key, now, retry_after_s))
        return FAIL(RATE_LIMITED, "too many wrong passwords for this account");
    if (!password_matches(hash, password))
        return FAIL(CURRENT_PASSWORD_INVALID, "currentPassword is invalid.");
    throttle_give_back(throttle, THROTTLE_SIGN_IN_ACCOUNT, key, now);
    return OK;
}

bool user_may_manage(const struct caller *caller, enum role role)
{
    return caller && (caller->role == ROLE_ADMINISTRATOR ||
                      (caller->role == ROLE_MODERATOR && role == ROLE_USER));
}

static struct err may_remove(const struct caller *caller, const struct user *u)
{
    if (u->id == ROOT_ID)
        return FAIL(FORBIDDEN, "the first administrator stays");
    if (u->id == caller->user_id)
        return FAIL(FORBIDDEN, "nobody can do this to himself");
    return user_may_manage(caller, u->role) ? OK
                                            : FAIL(FORBIDDEN, "you may not manage this user");
}

static struct err block(struct db *db, int64_t id, bool blocked, const char *reason)
{
    TRY(db_user_block(db, id, blocked, reason, now_ms()));
    return blocked ? db_tokens_delete_of_user(db, id, 0) : OK;
}

struct err user_block(struct db *db, const struct caller *caller, const struct user *u,
                      bool blocked, const char *reason)
{
    TRY(may_remove(caller, u));
    DB_TRANSACTION(db, block(db, u->id, blocked, blocked ? reason : NULL));
    log_info(blocked ? "user_blocked" : "user_unblocked", "user=%s by=%s", u->username,
             caller->username);
    return OK;
}

static struct err user_remove(struct db *db, const struct user *u)
{
    SCOPED_ARENA struct arena *a = arena_open();
    struct actor account;
    struct channel_list channels = {0};
    bool has_video;
    TRY(db_account_has_video(db, u->account_id, &has_video));
    if (has_video)
        return FAIL(CONFLICT, "a video of this user came meanwhile");
    TRY(db_channels_of_account(db, a, u->account_id, (struct page){.count = INT32_MAX},
                               &channels));
    for (size_t i = 0; i < channels.count; i++)
        TRY(actor_leave(db, a, &channels.items[i].actor));
    TRY(db_actor_by_id(db, a, u->account_id, &account));
    TRY(actor_leave(db, a, &account));
    return db_user_delete(db, u->id);
}

struct err user_delete(struct db *db, const struct storage *storage,
                       const struct caller *caller, const struct user *u)
{
    if (u->id == ROOT_ID)
        return FAIL(FORBIDDEN, "the first administrator stays");
    if (u->id != caller->user_id)
        TRY(may_remove(caller, u));
    DB_TRANSACTION(db, block(db, u->id, true, "being deleted"));
    TRY(videos_remove(db, storage, OF_ACCOUNT, u->account_id));
    DB_TRANSACTION(db, user_remove(db, u));
    log_info("user_deleted", "user=%s by=%s", u->username, caller->username);
    return OK;
}

/* --- space ---------------------------------------------------------------- */

struct err quota_used(struct db *db, int64_t user_id, int64_t now, struct quota_use *out)
{
    struct db_quota quota;
    TRY(db_user_quota(db, user_id, &quota));
    out->total_bytes = quota.used_bytes;
    return db_user_bytes_since(db, user_id, now - DAY_MS, &out->daily_bytes);
}

static bool fits(int64_t quota_bytes, int64_t used_bytes, int64_t extra_bytes)
{
    return quota_bytes < 0 ||
           (used_bytes <= quota_bytes && extra_bytes <= quota_bytes - used_bytes);
}

struct err quota_check(struct db *db, int64_t user_id, int64_t extra_bytes)
{
    struct db_quota quota;
    int64_t unfinished, today;
    TRY(db_user_quota(db, user_id, &quota));
    if (quota.quota_bytes < 0 && quota.quota_daily_bytes < 0)
        return OK;
    TRY(db_user_bytes_unfinished(db, user_id, &unfinished));
    TRY(db_user_bytes_since(db, user_id, now_ms() - DAY_MS, &today));
    if (!fits(quota.quota_bytes, quota.used_bytes + unfinished, extra_bytes))
        return FAIL(QUOTA_REACHED, "The user video quota is exceeded with this video.");
    if (!fits(quota.quota_daily_bytes, today + unfinished, extra_bytes))
        return FAIL(QUOTA_REACHED, "The user daily video quota is exceeded with this video.");
    return OK;
}

/* --- first start ---------------------------------------------------------- */

struct err account_ensure_root(struct db *db, struct arena *a, const char *password,
                               const char **made)
{
    int64_t users, id;
    *made = NULL;
    TRY(db_counter_get(db, "users", &users));
    if (users > 0)
        return OK;
    bool chosen = password && *password;
    if (chosen && strlen(password) > PASSWORD_MAX_BYTES)
        return FAIL(SETTING_INVALID, "root_password is longer than 72 bytes");
    const char *secret = chosen ? password : random_hex(a, 10);
    struct user_new root = {
        .username = "root",
        .password = secret,
        .role = ROLE_ADMINISTRATOR,
        .quota_bytes = -1,
        .quota_daily_bytes = -1,
    };
    TRY(user_create(db, a, &root, &id));
    *made = chosen ? NULL : secret;
    return OK;
}

static struct err client_make(struct db *db, struct arena *a)
{
    TRY(db_site_put(db, "client_id", random_hex(a, 16)));
    return db_site_put(db, "client_secret", random_hex(a, 16));
}

static struct err client_keep(struct db *db, struct arena *a)
{
    DB_TRANSACTION(db, client_make(db, a));
    return OK;
}

struct err account_ensure_client(struct db *db, struct arena *a, const char **id,
                                 const char **secret)
{
    struct err e = db_site_get(db, a, "client_secret", secret);
    if (e.id == ERR_NOT_FOUND)
        TRY(client_keep(db, a));
    else
        TRY(e);
    TRY(db_site_get(db, a, "client_id", id));
    return db_site_get(db, a, "client_secret", secret);
}

/* --- the site in figures -------------------------------------------------- */

struct err site_figures(struct db *db, int64_t now, struct site_figures *out)
{
    TRY(db_counter_get(db, "users", &out->users));
    TRY(db_counter_get(db, "channels_local", &out->channels));
    TRY(db_counter_get(db, "videos", &out->videos));
    TRY(db_counter_get(db, "views", &out->views));
    TRY(db_counter_get(db, "files_bytes", &out->files_bytes));
    TRY(db_site_follows(db, &out->site_followers, &out->site_following));
    TRY(db_report_totals(db, &out->reports, &out->reports_pending));
    TRY(db_users_by_role_count(db, ROLE_ADMINISTRATOR, &out->admins));
    TRY(db_users_by_role_count(db, ROLE_MODERATOR, &out->moderators));
    TRY(db_users_seen_count(db, now - DAY_MS, &out->users_day));
    TRY(db_users_seen_count(db, now - 7 * DAY_MS, &out->users_week));
    return db_users_seen_count(db, now - 30 * DAY_MS, &out->users_month);
}
