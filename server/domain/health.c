/* health.c — see health.h. */
#include "server/domain/health.h"

#include "server/db/db_delivery.h"
#include "server/db/db_incoming.h"
#include "server/db/db_job.h"
#include "server/storage/storage.h"

struct err health_read(struct db *db, const struct storage *s, struct arena *a,
                       struct health *out)
{
    struct job_count counts[8];
    struct db_stats stats = db_pool_stats(db_pool_of(db));
    *out = (struct health){
        .free_bytes = storage_free_bytes(s),
        .database_generation = (int64_t)db_generation(db_pool_of(db), DB_CONTENT),
        .commits = stats.commits,
        .transactions = stats.members,
    };
    TRY(db_job_counts(db, a, counts, 8, &out->job_rows));
    for (size_t i = 0; i < out->job_rows; i++) {
        out->jobs[i].state = counts[i].state;
        out->jobs[i].lane = counts[i].lane;
        out->jobs[i].count = counts[i].count;
    }
    return OK;
}

struct err health_queues(struct db *db, struct health_queues *out)
{
    TRY(db_incoming_waiting(db, &out->incoming));
    return db_delivery_count(db, &out->deliveries);
}
