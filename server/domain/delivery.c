/* delivery.c — see delivery.h. */
#include "server/domain/delivery.h"

#include "base/clock.h"
#include "server/db/db_delivery.h"

enum { MINUTE = 60 * 1000, REFUSALS_MAX = 3, HOST_FAILURES_MAX = 5 };

struct err delivery_add(struct db *db, const char *body, const struct delivery_new *d,
                        int64_t *count)
{
    int64_t id, now = now_ms();
    if (d->ends)
        TRY(db_outgoing_take_back(db, d->ends));
    TRY(db_outgoing_insert(db, body, d->subject, now, &id));
    TRY(db_delivery_insert_all(db, id, d, now, count));
    return *count ? db_outgoing_open(db, id, *count) : db_outgoing_ended(db, id, 0);
}

static struct err reclaim(struct db *db)
{
    DB_TRANSACTION(db, db_delivery_reclaim(db, now_ms()));
    return OK;
}

struct err delivery_reclaim(struct db *db)
{
    return reclaim(db);
}

struct err delivery_lease(struct db *db, struct arena *a, int count, struct delivery_list *out)
{
    int64_t now = now_ms();
    size_t before = out->count;
    DB_TRANSACTION(db, db_delivery_lease(db, a, now, now + DELIVERY_LEASE_MS, count, out));
    for (size_t i = before; i < out->count; i++)
        out->items[i].leased_until_ms = now + DELIVERY_LEASE_MS;
    return OK;
}

struct err delivery_next_due(struct db *db, int64_t *run_after_ms)
{
    return db_delivery_next_due(db, run_after_ms);
}

struct err delivery_body(struct db *db, struct arena *a, int64_t outgoing_id, const char **body)
{
    return db_outgoing_body(db, a, outgoing_id, body);
}

struct err delivery_count(struct db *db, int64_t *count)
{
    return db_delivery_count(db, count);
}

/* --- rules ----------------------------------------------------------------------------------
 */

static int64_t scaled(int64_t ms, int64_t unit_ms)
{
    return ms / MINUTE * unit_ms;
}

static struct delivery_verdict again(int attempts, int64_t unit_ms, uint32_t dice,
                                     int64_t at_least_ms, bool host_failed)
{
    static const int64_t minutes[] = {1, 5, 30, 120, 720, 1440, 2880, 4320};
    int last = (int)(sizeof minutes / sizeof *minutes);
    if (attempts > last)
        return (struct delivery_verdict){.fate = DELIVERY_DROPPED, .host_failed = host_failed};
    int64_t wait = minutes[attempts < 1 ? 0 : attempts - 1] * unit_ms;
    wait += (int64_t)((double)wait * 0.25 * (dice % 1000) / 1000.0);
    return (struct delivery_verdict){
        .fate = DELIVERY_AGAIN,
        .wait_ms = wait > at_least_ms ? wait : at_least_ms,
        .host_failed = host_failed,
    };
}

struct delivery_verdict delivery_judge(const struct delivery_answer *answer, int attempts,
                                       int64_t unit_ms, uint32_t dice)
{
    struct delivery_verdict dropped = {.fate = DELIVERY_DROPPED};
    int status = answer->status;
    if (status >= 200 && status < 300)
        return (struct delivery_verdict){.fate = DELIVERY_DONE};
    switch (status) {
    case 410: return (struct delivery_verdict){.fate = DELIVERY_GONE};
    case 400:
    case 405:
    case 413:
    case 422:
    case 501: return dropped;
    case 408:
    case 425:
    case 429: return again(attempts, unit_ms, dice, answer->retry_after_ms, false);
    default: break;
    }
    if (answer->refused || (status >= 300 && status < 500))
        return attempts >= REFUSALS_MAX
                   ? dropped
                   : again(attempts, unit_ms, dice, answer->retry_after_ms, false);
    return again(attempts, unit_ms, dice, answer->retry_after_ms, true);
}

int64_t delivery_host_wait_ms(int failures, int64_t unit_ms)
{
    if (failures < HOST_FAILURES_MAX)
        return 0;
    int doublings = failures - HOST_FAILURES_MAX;
    int64_t minutes = 30LL << (doublings < 5 ? doublings : 5);
    return (minutes < 720 ? minutes : 720) * unit_ms;
}

int64_t delivery_age_max_ms(int64_t unit_ms)
{
    return scaled(7LL * 24 * 60 * MINUTE, unit_ms);
}

/* --- settling -------------------------------------------------------------------------------
 */

/* Ended rows of one activity mostly stand together: they are counted down in runs. */
static struct err settle_results(struct db *db, const struct delivery_batch *b)
{
    int64_t outgoing = 0, ended = 0, deleted;
    for (size_t i = 0; i < b->result_count; i++) {
        const struct delivery_result *r = &b->results[i];
        if (r->fate == DELIVERY_AGAIN) {
            TRY(db_delivery_again(db, r->id, r->attempts, r->run_after_ms, r->note));
            continue;
        }
        if (r->fate == DELIVERY_GONE)
            TRY(db_delivery_followers_gone(db, r->host, r->inbox));
        TRY(db_delivery_delete(db, r->id, &deleted));
        if (ended && outgoing != r->outgoing_id) {
            TRY(db_outgoing_ended(db, outgoing, ended));
            ended = 0;
        }
        outgoing = r->outgoing_id;
        ended += deleted;
    }
    return ended ? db_outgoing_ended(db, outgoing, ended) : OK;
}

static struct err settle(struct db *db, const struct delivery_batch *b, int64_t now)
{
    TRY(settle_results(db, b));
    for (size_t i = 0; i < b->peer_count; i++) {
        const struct peer_change *p = &b->peers[i];
        if (p->failed)
            TRY(db_peer_failed(db, p->host, now, p->retry_after_ms));
        else
            TRY(db_peer_answered(db, p->host, now, p->signature));
    }
    for (size_t i = 0; i < b->revived_count; i++)
        TRY(db_delivery_revive(db, b->revived[i], now));
    return OK;
}

struct err delivery_settle(struct db *db, const struct delivery_batch *batch)
{
    DB_TRANSACTION(db, settle(db, batch, now_ms()));
    return OK;
}

struct err peers_failing(struct db *db, struct arena *a, struct peer_list *out)
{
    return db_peers_failing(db, a, out);
}

struct err delivery_retry_host(struct db *db, const char *host)
{
    DB_TRANSACTION(db, db_delivery_revive(db, host, now_ms()));
    return OK;
}

/* --- small facts ----------------------------------------------------------------------------
 */

struct err video_brief(struct db *db, struct arena *a, int64_t id, struct video_brief *out)
{
    return db_delivery_video(db, a, id, out);
}

struct err actor_counts(struct db *db, int64_t id, struct actor_counts *out)
{
    return db_actor_counts(db, id, out);
}

struct err rate_at(struct db *db, int64_t actor_id, int64_t video_id, int *value,
                   int64_t *created_ms)
{
    return db_rate_at(db, actor_id, video_id, value, created_ms);
}

static struct err share_put_own(struct db *db, int64_t actor_id, int64_t video_id)
{
    DB_TRANSACTION(db, db_share_own_put(db, actor_id, video_id, now_ms()));
    return OK;
}

struct err share_own(struct db *db, int64_t actor_id, int64_t video_id, bool make, int64_t *id)
{
    if (make)
        TRY(share_put_own(db, actor_id, video_id));
    return db_share_at(db, actor_id, video_id, id);
}
