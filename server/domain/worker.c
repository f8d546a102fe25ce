/* worker.c — see worker.h. */
#include "server/domain/worker.h"

#include "base/clock.h"
#include "base/crypto.h"
#include "base/log.h"
#include "server/db/db_worker.h"

#include <string.h>

enum { SEEN_EVERY_MS = 30000 };

static const char *hash_of(struct arena *a, const char *token)
{
    char *hex = arena_alloc(a, SHA256_HEX);
    sha256_hex(token, strlen(token), hex);
    return hex;
}

const char *worker_lease_prefix(struct arena *a, int64_t id)
{
    return arena_printf(a, "worker:%lld:", (long long)id);
}

static struct err name_free(struct err e)
{
    return e.id == ERR_CONFLICT ? FAIL(NAME_TAKEN, "another worker has this name") : e;
}

static struct err insert(struct db *db, const char *name, const char *hash, int64_t *id)
{
    DB_TRANSACTION(db, db_worker_insert(db, name, hash, now_ms(), id));
    return OK;
}

struct err worker_create(struct db *db, struct arena *a, const char *name, int64_t *id,
                         const char **token)
{
    *token = random_hex(a, WORKER_TOKEN_HEX / 2);
    TRY(name_free(insert(db, name, hash_of(a, *token), id)));
    log_info("worker_made", "worker=%lld name=%s", (long long)*id, LOG_QUOTE(name));
    return OK;
}

static struct err must_exist(struct db *db, struct arena *a, int64_t id, struct worker *out)
{
    bool found;
    TRY(db_worker_by_id(db, a, id, out, &found));
    return found ? OK : FAIL(NOT_FOUND, "there is no such worker");
}

static struct err rename_row(struct db *db, int64_t id, const char *name)
{
    DB_TRANSACTION(db, db_worker_rename(db, id, name, now_ms()));
    return OK;
}

struct err worker_rename(struct db *db, struct arena *a, int64_t id, const char *name)
{
    struct worker w;
    TRY(must_exist(db, a, id, &w));
    return name_free(rename_row(db, id, name));
}

struct err worker_revoke(struct db *db, struct arena *a, int64_t id)
{
    struct worker w;
    TRY(must_exist(db, a, id, &w));
    DB_TRANSACTION(db, db_worker_delete(db, id));
    log_info("worker_revoked", "worker=%lld name=%s", (long long)id, LOG_QUOTE(w.name));
    return OK;
}

struct err worker_list_page(struct db *db, struct arena *a, int64_t start, int64_t count,
                            struct worker_list *out, int64_t *total)
{
    TRY(db_workers_count(db, total));
    TRY(db_workers_page(db, a, start, count, out));
    for (size_t i = 0; i < out->count; i++)
        TRY(db_worker_running(db, worker_lease_prefix(a, out->items[i].id),
                              &out->items[i].running));
    return OK;
}

struct err worker_find(struct db *db, struct arena *a, const char *token, struct worker *out)
{
    bool found = false;
    if (strlen(token) == WORKER_TOKEN_HEX)
        TRY(db_worker_by_token(db, a, hash_of(a, token), out, &found));
    return found ? OK : FAIL(INVALID_TOKEN, "no worker has this token; was it revoked?");
}

static bool same(const char *a, const char *b)
{
    return a && b ? strcmp(a, b) == 0 : a == b;
}

struct err worker_seen(struct db *db, const struct worker *w, int64_t now, const char *address,
                       const char *build)
{
    if (now - w->seen_ms < SEEN_EVERY_MS && same(w->address, address) &&
        (!build || same(w->build, build)))
        return OK;
    DB_TRANSACTION(db, db_worker_seen(db, w->id, now, address, build));
    return OK;
}

struct err worker_counted(struct db *db, int64_t id, bool done, int64_t work_ms)
{
    DB_TRANSACTION(db, db_worker_counted(db, id, done, work_ms));
    return OK;
}
