/* early.h — chunks that were made while the file was on its way (domain/early.h), for the job
 * that plans the whole file.
 *
 * Memory:  everything lives in the job's arena.
 * Errors:  as db.h.
 * Threads: the job's.
 */
#ifndef ZOE_JOBS_EARLY_H
#define ZOE_JOBS_EARLY_H

#include "server/domain/early.h"
#include "server/jobs/making.h"

struct adoption {
    struct early early; /* upload_id NULL: nothing was made early */
    struct early_chunk *chunks;
    json_t *early_plan;
    bool agrees; /* the whole file's plan is that of its part, as far as that went */
};

/* Before the plan is kept. When it agrees, the plan's rates become those of the early chunks:
 * they tell the encoder what it writes into the parameters that all chunks must share. */
MUST_CHECK struct err adoption_look(struct job_run *r, const struct work *w, json_t *plan,
                                    struct adoption *out);
/* The early chunk that can stand for chunk `index` of the plan, or NULL. */
const struct early_chunk *adoption_chunk(struct job_run *r, const struct adoption *ad,
                                         const json_t *plan, int64_t index);
/* In a transaction: chunk `index` is done. */
MUST_CHECK struct err adoption_take(struct job_run *r, const struct adoption *ad,
                                    const struct early_chunk *c, const char *payload,
                                    int priority);
/* In a transaction, and after it. */
MUST_CHECK struct err adoption_end(struct job_run *r, const struct adoption *ad);
void adoption_clean(struct job_run *r, const struct adoption *ad);

#endif
