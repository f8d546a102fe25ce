/* account.h — people who sign in, and the actors they own: one Person each, and channels.
 *
 * Shape:   a user signs in; his account (kind Person) and his channels (kind Group) are actors,
 *          which others see and follow. A name is used once per host, whatever the kind.
 * Memory:  results live in `a`.
 * Errors:  NOT_FOUND, NOT_OWNER, NAME_TAKEN, QUOTA_REACHED, CURRENT_PASSWORD_INVALID,
 *          FORBIDDEN, CONFLICT, DATABASE.
 * Threads: any worker, with its own db.
 */
#ifndef ZOE_ACCOUNT_H
#define ZOE_ACCOUNT_H

#include "base/arena.h"
#include "base/err.h"
#include "server/domain/caller.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct db;
struct storage;
struct throttle;

enum {
    NAME_MAX_BYTES = 50,
    DISPLAY_NAME_MAX = 120, /* characters, as everywhere in the API */
    DESCRIPTION_MAX = 1000,
    PASSWORD_MIN = 6,        /* bytes */
    PASSWORD_MAX_BYTES = 72, /* PeerTube's limit: longer ones are refused, never cut */
    CHANNELS_PER_USER = 20,
};

/* --- actors --------------------------------------------------------------- */

struct actor {
    int64_t id;
    const char *kind;                                 /* "Person", "Group" or "Application" */
    const char *name, *host;                          /* host "" is this site */
    const char *display_name, *description, *support; /* the last two may be NULL */
    int64_t user_id;                                  /* of a local account, else 0 */
    int64_t owner_id;                                 /* of a channel: its account, else 0 */
    int64_t created_ms, updated_ms;
    const char *uri, *page_url; /* of one elsewhere; the last may be NULL */
    const char *icon_url;       /* of one elsewhere; of ours the stem of its avatar; or NULL */
    const char *banner;         /* of ours: the stem of its banner; or NULL */
    int64_t followers, following; /* as this site knows them */
    int64_t remote_followers;     /* as its own site tells */
};

struct actor_list {
    struct actor *items;
    size_t count, room;
    int64_t total;
};

struct channel {
    struct actor actor, owner; /* the Group, and the Person it belongs to */
};

struct channel_list {
    struct channel *items;
    size_t count, room;
    int64_t total;
};

/* "host[:port]" of an http(s) url; points into it. */
const char *url_host(const char *url);

MUST_CHECK struct err actor_get_by_id(struct db *db, struct arena *a, int64_t id,
                                      struct actor *out);
/* `handle`: "name", "name@host" or "@name@host"; `own_host` in it means this site. */
MUST_CHECK struct err actor_get(struct db *db, struct arena *a, const char *handle,
                                const char *own_host, struct actor *out);
/* A Person, or a Group. */
MUST_CHECK struct err account_get(struct db *db, struct arena *a, const char *handle,
                                  const char *own_host, struct actor *out);
MUST_CHECK struct err channel_get(struct db *db, struct arena *a, const char *handle,
                                  const char *own_host, struct channel *out);
MUST_CHECK struct err channel_get_by_id(struct db *db, struct arena *a, int64_t id,
                                        struct channel *out);
/* The channel `channel_id` of `user_id`, or his oldest one when it is 0: NOT_FOUND when there
 * is none, NOT_OWNER when it is another's. */
MUST_CHECK struct err account_channel_of_user(struct db *db, struct arena *a, int64_t user_id,
                                              int64_t channel_id, struct channel *out);

struct page {
    int start, count;
    bool descending; /* by creation */
};
MUST_CHECK struct err account_list(struct db *db, struct arena *a, struct page page,
                                   struct actor_list *out);
MUST_CHECK struct err channel_list(struct db *db, struct arena *a, struct page page,
                                   struct channel_list *out);
MUST_CHECK struct err channel_list_of_account(struct db *db, struct arena *a,
                                              int64_t account_id, struct page page,
                                              struct channel_list *out);

struct actor_text { /* NULL: none (create), unchanged (update); "" clears what may be cleared */
    const char *display_name, *description, *support;
};
MUST_CHECK struct err channel_create(struct db *db, int64_t user_id, const char *name,
                                     const struct actor_text *text, int64_t *id);
/* Only its owner, or a moderator. */
MUST_CHECK struct err channel_update(struct db *db, const struct caller *caller,
                                     const struct channel *c, const struct actor_text *text);
/* With its videos; its name stays taken, and who follows it elsewhere is told. CONFLICT when it
 * is the last one of its account. */
MUST_CHECK struct err channel_delete(struct db *db, const struct storage *storage,
                                     const struct caller *caller, const struct channel *c);

/* --- users ---------------------------------------------------------------- */

struct user {
    int64_t id, account_id;
    const char *username, *email; /* email may be NULL */
    enum role role;
    int64_t quota_bytes, quota_daily_bytes; /* -1: unlimited */
    int64_t used_bytes;                     /* of the videos he keeps */
    bool blocked;
    const char *blocked_reason;               /* may be NULL */
    const char *settings;                     /* a JSON object */
    int64_t created_ms, updated_ms, login_ms; /* login_ms 0: never */
};

struct user_list {
    struct user *items;
    size_t count, room;
    int64_t total;
};

struct user_new {
    const char *username, *email, *password; /* email may be NULL */
    enum role role;
    int64_t quota_bytes, quota_daily_bytes;
    const char *display_name;                        /* NULL: the username */
    const char *channel_name, *channel_display_name; /* NULL: {username}_channel */
};

struct user_patch { /* NULL and *_given false: unchanged */
    const char *email, *password, *display_name, *description;
    const char *settings; /* a JSON object merged into the old one */
    bool role_given, quota_given, quota_daily_given;
    enum role role;
    int64_t quota_bytes, quota_daily_bytes;
    int64_t keep_token_id; /* the session that stays when the password changes */
};

/* Whether anybody may sign up: `setting` is auto (open on this machine only), open or closed.
 */
bool signup_open(const char *setting, bool is_local);

/* [a-z0-9._], 1..NAME_MAX_BYTES, no dot at either end. */
bool name_valid(const char *name);

MUST_CHECK struct err user_get(struct db *db, struct arena *a, int64_t id, struct user *out);
/* By username or e-mail, in any case. */
MUST_CHECK struct err user_find(struct db *db, struct arena *a, const char *login,
                                struct user *out);
/* `search` (may be NULL) is a part of the name or the e-mail. */
MUST_CHECK struct err user_list(struct db *db, struct arena *a, const char *search,
                                struct page page, struct user_list *out);
/* User, Person and default channel, or nothing. */
MUST_CHECK struct err user_create(struct db *db, struct arena *a, const struct user_new *u,
                                  int64_t *id);
/* Signs every session out when the password changes, but `keep_token_id`. */
MUST_CHECK struct err user_update(struct db *db, struct arena *a, int64_t id,
                                  const struct user_patch *patch);
/* Whether `password` is this user's. Slow on purpose; throttled as sign-ins to the account are.
 */
MUST_CHECK struct err user_password_check(struct db *db, struct arena *a,
                                          struct throttle *throttle, int64_t id,
                                          const char *password, int *retry_after_s);
/* Blocking also signs out. FORBIDDEN for the first administrator and for oneself. */
MUST_CHECK struct err user_block(struct db *db, const struct caller *caller,
                                 const struct user *u, bool blocked, const char *reason);
/* With his channels and videos; their names stay taken, and who knows them elsewhere is told.
 * FORBIDDEN for the first administrator. Signs out and blocks first: cut short, it can be asked
 * for again. */
MUST_CHECK struct err user_delete(struct db *db, const struct storage *storage,
                                  const struct caller *caller, const struct user *u);
/* Administrators manage everybody, moderators plain users. */
bool user_may_manage(const struct caller *caller, enum role role);

/* --- space ---------------------------------------------------------------- */

struct quota_use {
    int64_t total_bytes, daily_bytes; /* daily: of the last 24 hours */
};
MUST_CHECK struct err quota_used(struct db *db, int64_t user_id, int64_t now,
                                 struct quota_use *out);
/* QUOTA_REACHED when `extra_bytes` more do not fit; unfinished uploads count as used. */
MUST_CHECK struct err quota_check(struct db *db, int64_t user_id, int64_t extra_bytes);

/* --- first start ---------------------------------------------------------- */

/* Makes user root (administrator) with its channel when there is no user yet. *made is the
 * password when it was made up, to be shown once; else NULL. `password`: NULL or "" to make one
 * up. */
MUST_CHECK struct err account_ensure_root(struct db *db, struct arena *a, const char *password,
                                          const char **made);
/* The one OAuth2 client of this site, made at first start. */
MUST_CHECK struct err account_ensure_client(struct db *db, struct arena *a, const char **id,
                                            const char **secret);

/* --- the site in figures -------------------------------------------------- */

struct site_figures {
    int64_t users, admins, moderators, users_day, users_week, users_month;
    int64_t videos, files_bytes, views, channels;
    int64_t site_followers, site_following; /* sites and people that follow the site's actor */
    int64_t reports, reports_pending;
};
MUST_CHECK struct err site_figures(struct db *db, int64_t now, struct site_figures *out);

#endif
