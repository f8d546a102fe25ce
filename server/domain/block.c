/* block.c — see block.h. */
#include "server/domain/block.h"

#include "base/clock.h"
#include "server/db/db_account.h"
#include "server/db/db_social.h"

#include <ctype.h>
#include <stdio.h>

static const char *lower(const char *host, char *out, size_t room)
{
    size_t i = 0;
    for (; host[i] && i + 1 < room; i++)
        out[i] = (char)tolower((unsigned char)host[i]);
    out[i] = '\0';
    return out;
}

struct err is_blocked(struct db *db, int64_t user_id, int64_t actor_id, bool *blocked)
{
    return db_block_of_actor(db, user_id, actor_id, blocked);
}

struct err is_host_blocked(struct db *db, const char *host, bool *blocked)
{
    char name[280];
    return db_host_refused(db, lower(host, name, sizeof name), blocked);
}

struct err blocks_anybody(struct db *db, int64_t user_id, bool *yes)
{
    return db_block_any(db, user_id, yes);
}

static struct err set_account(struct db *db, int64_t user_id, int64_t actor_id, bool on)
{
    char id[24];
    snprintf(id, sizeof id, "%lld", (long long)actor_id);
    TRY(db_block_set(db, user_id, "account", id, on, now_ms()));
    return user_id ? OK : db_videos_hide(db, actor_id, NULL, on);
}

struct err block_account(struct db *db, int64_t user_id, int64_t actor_id, bool on)
{
    DB_TRANSACTION(db, set_account(db, user_id, actor_id, on));
    return OK;
}

static struct err set_host(struct db *db, int64_t user_id, const char *host, bool on)
{
    TRY(db_block_set(db, user_id, "host", host, on, now_ms()));
    return user_id ? OK : db_videos_hide(db, 0, host, on);
}

struct err block_host(struct db *db, int64_t user_id, const char *host, bool on)
{
    char name[280];
    DB_TRANSACTION(db, set_host(db, user_id, lower(host, name, sizeof name), on));
    return OK;
}

struct err block_list_accounts(struct db *db, struct arena *a, int64_t user_id, int start,
                               int count, struct block_list *out)
{
    *out = (struct block_list){0};
    return db_block_accounts(db, a, user_id, start, count, out);
}

struct err block_list_hosts(struct db *db, struct arena *a, int64_t user_id, int start,
                            int count, struct block_list *out)
{
    *out = (struct block_list){0};
    return db_block_hosts(db, a, user_id, start, count, out);
}

/* --- the allow list -------------------------------------------------------------------------
 */

struct err allow_host(struct db *db, const char *host, bool on)
{
    char name[280];
    DB_TRANSACTION(db, db_allowed_set(db, lower(host, name, sizeof name), on, now_ms()));
    return OK;
}

struct err allow_list(struct db *db, struct arena *a, int start, int count,
                      struct block_list *out)
{
    *out = (struct block_list){0};
    return db_allowed_hosts(db, a, start, count, out);
}

struct err federation_mode_keep(struct db *db, const char *mode)
{
    DB_TRANSACTION(db, db_site_put(db, "federation_mode", mode));
    return OK;
}
