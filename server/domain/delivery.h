/* delivery.h — what goes to inboxes elsewhere: the queue on disk, and the rules of trying
 * again.
 *
 * Shape:   an activity is one row of `outgoing` and one row of `delivery` for each distinct
 *          inbox. Rows are leased by the delivery threads, and end or are put back in batches.
 *          A lease ends by itself, and at the next start.
 * Rules:   federation.md §8: again after 1 m, 5 m, 30 m, 2 h, 12 h, 1 d, 2 d, 3 d, each with
 *          jitter; some answers end it at once; a host that does not answer again and again is
 *          set aside as a whole, and comes back by a probe or when it is heard of.
 * Memory:  results live in `a`.
 * Units:   Unix ms.
 * Errors:  DATABASE.
 * Threads: any, with its own db.
 */
#ifndef ZOE_DELIVERY_H
#define ZOE_DELIVERY_H

#include "base/arena.h"
#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct db;

/* --- putting in -----------------------------------------------------------------------------
 */

struct delivery_new { /* JSON arrays; NULL: none */
    int64_t signer_id;
    const char *followed; /* ids of actors whose followers get it */
    const char *shared;   /* ids of actors who get it, at their shared inbox if they have one */
    const char *personal; /* ids of actors who get it at their own inbox */
    const char *inboxes;  /* [[url, host], ...] */
    const char *subject;  /* id of what it brings or changes; NULL: of nothing that ends */
    const char *ends;     /* id of a subject whose waiting deliveries are taken back */
};
/* Inside a transaction. *count: inboxes it goes to; nothing is kept when that is 0. */
MUST_CHECK struct err delivery_add(struct db *db, const char *body,
                                   const struct delivery_new *d, int64_t *count);

/* --- taking out -----------------------------------------------------------------------------
 */

struct delivery {
    int64_t id, outgoing_id, signer_id, created_ms, leased_until_ms;
    const char *host, *inbox;
    int attempts;
};
struct delivery_list {
    struct delivery *items;
    size_t count, room;
};

enum { DELIVERY_LEASE_MS = 10 * 60 * 1000 };

MUST_CHECK struct err delivery_reclaim(struct db *db); /* at the start */
MUST_CHECK struct err delivery_lease(struct db *db, struct arena *a, int count,
                                     struct delivery_list *out);
MUST_CHECK struct err delivery_next_due(struct db *db, int64_t *run_after_ms);
MUST_CHECK struct err delivery_body(struct db *db, struct arena *a, int64_t outgoing_id,
                                    const char **body);
MUST_CHECK struct err delivery_count(struct db *db, int64_t *count);

/* --- what an attempt means ------------------------------------------------------------------
 */

struct delivery_answer {
    int status; /* 0: none came */
    int64_t retry_after_ms;
    bool refused; /* by a guard of ours, before asking */
};
enum delivery_fate { DELIVERY_DONE, DELIVERY_AGAIN, DELIVERY_DROPPED, DELIVERY_GONE };
struct delivery_verdict {
    enum delivery_fate fate; /* GONE: dropped, and the follower with it */
    int64_t wait_ms;         /* of AGAIN */
    bool host_failed;        /* says something about the host, not about this message */
};
/* `attempts`: this one included. `unit_ms` is the first wait, a minute; the others grow with
 * it. `dice`: any random number, for the jitter. */
struct delivery_verdict delivery_judge(const struct delivery_answer *answer, int attempts,
                                       int64_t unit_ms, uint32_t dice);
/* How long a host is set aside after so many failures in a row; 0: not yet. */
int64_t delivery_host_wait_ms(int failures, int64_t unit_ms);
/* Rows older than this are given up while their host is set aside. */
int64_t delivery_age_max_ms(int64_t unit_ms);

struct delivery_result {
    int64_t id, outgoing_id;
    const char *host, *inbox;
    int attempts;
    enum delivery_fate fate;
    int64_t run_after_ms; /* of AGAIN */
    const char *note;     /* may be NULL */
};
struct peer_change {
    const char *host;
    bool failed;
    int64_t retry_after_ms;
    const char *signature; /* what it wants instead of draft-cavage; NULL: as it was */
};
struct delivery_batch {
    const struct delivery_result *results;
    size_t result_count;
    const struct peer_change *peers;
    size_t peer_count;
    const char *const *revived; /* hosts whose waiting rows are due now */
    size_t revived_count;
};
/* All of it in one transaction. */
MUST_CHECK struct err delivery_settle(struct db *db, const struct delivery_batch *batch);

struct peer {
    const char *host;
    int failures;
    int64_t retry_after_ms, failing_since_ms, waiting; /* waiting: rows, at most 10,000 */
};
struct peer_list {
    struct peer *items;
    size_t count, room;
};
MUST_CHECK struct err peers_failing(struct db *db, struct arena *a, struct peer_list *out);

/* What waits for this host is due now. */
MUST_CHECK struct err delivery_retry_host(struct db *db, const char *host);

/* --- small facts that activities and documents need -----------------------------------------
 */

struct video_brief {
    int64_t id, channel_id, account_id; /* account_id 0: not known */
    const char *uuid, *uri;             /* uri NULL: ours */
    int privacy;
    bool listed;
};
MUST_CHECK struct err video_brief(struct db *db, struct arena *a, int64_t id,
                                  struct video_brief *out);
struct actor_counts {
    int64_t followers, following, updated_ms;
};
MUST_CHECK struct err actor_counts(struct db *db, int64_t id, struct actor_counts *out);
/* Of somebody here: 1, -1, or 0. */
MUST_CHECK struct err rate_at(struct db *db, int64_t actor_id, int64_t video_id, int *value,
                              int64_t *created_ms);
/* The share by which a channel or the site announces a video; made when `make`. 0: none. */
MUST_CHECK struct err share_own(struct db *db, int64_t actor_id, int64_t video_id, bool make,
                                int64_t *id);

#endif
