/* db_account.h — queries over user, actor, token and site: one thin function each
 * (sql/account.sql).
 *
 * Memory:  rows are copied into `a`.
 * Errors:  NOT_FOUND where one row is asked for; CONFLICT for a name, e-mail or token that
 *          exists; DATABASE.
 * Threads: as `struct db`.
 */
#ifndef ZOE_DB_ACCOUNT_H
#define ZOE_DB_ACCOUNT_H

#include "server/db/db.h"
#include "server/domain/account.h"
#include "server/domain/session.h"

MUST_CHECK struct err db_site_get(struct db *db, struct arena *a, const char *name,
                                  const char **value);
MUST_CHECK struct err db_site_put(struct db *db, const char *name, const char *value);
MUST_CHECK struct err db_counter_get(struct db *db, const char *name, int64_t *value);

struct db_actor_new {
    const char *kind, *name, *display_name, *description, *support;
    int64_t user_id, owner_id; /* 0: none */
};
MUST_CHECK struct err db_actor_insert(struct db *db, const struct db_actor_new *n, int64_t now,
                                      int64_t *id);
MUST_CHECK struct err db_actor_update(struct db *db, int64_t id, const struct actor_text *text,
                                      int64_t now);
MUST_CHECK struct err db_actor_leave(struct db *db, int64_t id, int64_t now);
/* The stem of its avatar, or of its banner; NULL: none. Local actors only. */
MUST_CHECK struct err db_actor_picture_set(struct db *db, int64_t id, bool banner,
                                           const char *stem, int64_t now);
MUST_CHECK struct err db_actor_picture_needed(struct db *db, const char *stem, bool *needed);
/* Of local actors that left before then. */
MUST_CHECK struct err db_actor_keys_forget(struct db *db, int64_t before_ms);
MUST_CHECK struct err db_actor_by_id(struct db *db, struct arena *a, int64_t id,
                                     struct actor *out);
MUST_CHECK struct err db_actor_by_name(struct db *db, struct arena *a, const char *name,
                                       const char *host, struct actor *out);
MUST_CHECK struct err db_account_by_user(struct db *db, struct arena *a, int64_t user_id,
                                         struct actor *out);
/* `total` is left alone by the lists. */
MUST_CHECK struct err db_accounts(struct db *db, struct arena *a, struct page page,
                                  struct actor_list *out);
MUST_CHECK struct err db_channel_by_id(struct db *db, struct arena *a, int64_t id,
                                       struct channel *out);
MUST_CHECK struct err db_channel_by_name(struct db *db, struct arena *a, const char *name,
                                         const char *host, struct channel *out);
MUST_CHECK struct err db_channels(struct db *db, struct arena *a, struct page page,
                                  struct channel_list *out);
MUST_CHECK struct err db_channels_of_account(struct db *db, struct arena *a, int64_t account_id,
                                             struct page page, struct channel_list *out);
MUST_CHECK struct err db_channels_of_account_count(struct db *db, int64_t account_id,
                                                   int64_t *count);
MUST_CHECK struct err db_channel_has_video(struct db *db, int64_t channel_id, bool *has);
MUST_CHECK struct err db_account_has_video(struct db *db, int64_t account_id, bool *has);

struct db_user_new {
    const char *username, *email, *password_hash;
    enum role role;
    int64_t quota_bytes, quota_daily_bytes;
};
MUST_CHECK struct err db_user_insert(struct db *db, const struct db_user_new *n, int64_t now,
                                     int64_t *id);
MUST_CHECK struct err db_user_by_id(struct db *db, struct arena *a, int64_t id,
                                    struct user *out);

struct db_login {
    int64_t user_id;
    const char *username, *password_hash;
    bool blocked;
};
MUST_CHECK struct err db_user_by_login(struct db *db, struct arena *a, const char *login,
                                       struct db_login *out);
MUST_CHECK struct err db_user_password(struct db *db, struct arena *a, int64_t id,
                                       const char **hash);
MUST_CHECK struct err db_users(struct db *db, struct arena *a, struct page page,
                               struct user_list *out);
MUST_CHECK struct err db_users_search(struct db *db, struct arena *a, const char *pattern,
                                      struct page page, struct user_list *out);
MUST_CHECK struct err db_users_search_count(struct db *db, const char *pattern, int64_t *count);
/* `password_hash` NULL: unchanged; the patch's own password is not read. */
MUST_CHECK struct err db_user_update(struct db *db, int64_t id, const struct user_patch *patch,
                                     const char *password_hash, int64_t now);
MUST_CHECK struct err db_user_block(struct db *db, int64_t id, bool blocked, const char *reason,
                                    int64_t now);
MUST_CHECK struct err db_user_seen(struct db *db, int64_t id, int64_t now);
MUST_CHECK struct err db_user_delete(struct db *db, int64_t id);
MUST_CHECK struct err db_users_by_role_count(struct db *db, enum role role, int64_t *count);
MUST_CHECK struct err db_users_seen_count(struct db *db, int64_t since_ms, int64_t *count);

struct db_quota {
    int64_t quota_bytes, quota_daily_bytes, used_bytes;
};
MUST_CHECK struct err db_user_quota(struct db *db, int64_t id, struct db_quota *out);
MUST_CHECK struct err db_user_bytes_since(struct db *db, int64_t user_id, int64_t since_ms,
                                          int64_t *bytes);
MUST_CHECK struct err db_user_bytes_unfinished(struct db *db, int64_t user_id, int64_t *bytes);

struct db_token { /* refresh_hash NULL: a cookie session */
    int64_t user_id;
    const char *access_hash, *refresh_hash, *address, *device;
    int64_t access_until_ms, refresh_until_ms;
};
MUST_CHECK struct err db_token_insert(struct db *db, const struct db_token *t, int64_t now);

struct db_token_owner {
    struct caller caller;
    int64_t access_until_ms;
    bool cookie;
};
MUST_CHECK struct err db_token_find(struct db *db, struct arena *a, const char *access_hash,
                                    int64_t now, struct db_token_owner *out);
MUST_CHECK struct err db_token_slide(struct db *db, int64_t id, int64_t until_ms, int64_t now);
/* Puts the hashes and times of `t` in place of the pair of `refresh_hash`. */
MUST_CHECK struct err db_token_rotate(struct db *db, const char *refresh_hash,
                                      const struct db_token *t, int64_t now, int64_t *user_id);
MUST_CHECK struct err db_tokens_of_user(struct db *db, struct arena *a, int64_t user_id,
                                        int64_t now, struct page page,
                                        struct session_list *out);
MUST_CHECK struct err db_token_delete(struct db *db, int64_t user_id, int64_t id, bool *found);
MUST_CHECK struct err db_tokens_delete_of_user(struct db *db, int64_t user_id, int64_t keep_id);
MUST_CHECK struct err db_tokens_keep_newest(struct db *db, int64_t user_id, int keep);
MUST_CHECK struct err db_tokens_sweep(struct db *db, int64_t now);

#endif
