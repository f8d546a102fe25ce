/* health.h — whether the site can do its work, and how much is waiting.
 *
 * Memory:  results live in `a`.
 * Threads: as the db.
 */
#ifndef ZOE_DOMAIN_HEALTH_H
#define ZOE_DOMAIN_HEALTH_H

#include "base/arena.h"
#include "base/err.h"

#include <stdint.h>

struct db;
struct storage;

struct health {
    int64_t free_bytes, database_generation, commits, transactions;
    struct {
        const char *state;
        int lane;
        int64_t count;
    } jobs[8];
    size_t job_rows;
};
/* Reads the database; DATABASE when it does not answer. */
MUST_CHECK struct err health_read(struct db *db, const struct storage *s, struct arena *a,
                                  struct health *out);

struct health_queues {  /* of federation */
    int64_t incoming;   /* activities that came in and are not worked through */
    int64_t deliveries; /* on their way, those that wait for another try included */
};
/* Counts entries of indexes: some milliseconds for 100,000. */
MUST_CHECK struct err health_queues(struct db *db, struct health_queues *out);

#endif
