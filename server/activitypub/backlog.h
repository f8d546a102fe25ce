/* backlog.h — deliveries in memory: what waits for each host, whose turn it is, and what became
 * of what was sent.
 *
 * Shape:   rows that were leased come in by backlog_take; senders take items by backlog_next
 *          and give them back with their outcome; one writer takes the outcomes. Hosts that
 *          have something to do stand in a queue; few items at a time go to one host, and only
 *          one to a host that failed lately. A host that fails again and again is set aside:
 *          its items go back as outcomes until its time is up, then one goes as a probe. An
 *          item whose lease is nearly over is let go: its row comes again.
 * Units:   Unix ms; took_ms and pace are durations.
 * Memory:  an item is the caller's from backlog_next to backlog_ended, outcomes from
 *          backlog_outcomes to backlog_outcomes_free. Bodies are shared by the items that carry
 *          them.
 * Errors:  none; out of memory aborts.
 * Threads: any, at any time between open and close; the lock is private.
 * Source:  federation.md §8.
 */
#ifndef ZOE_BACKLOG_H
#define ZOE_BACKLOG_H

#include "server/domain/delivery.h"

struct backlog;
struct backlog_host;

struct backlog_body { /* of an activity */
    int64_t outgoing_id;
    char *text, *digest;
    size_t bytes;
    /* --- private */
    int users;
    struct backlog_body *next;
};

struct backlog_item {
    struct backlog_body *body;
    struct backlog_host *host;
    const char *host_name;
    int64_t id, signer_id, created_ms, leased_until_ms;
    int attempts;
    struct backlog_item *next; /* private */
    char inbox[];
};

struct backlog_outcome { /* what is to be written */
    struct backlog_outcome *next;
    int64_t id, outgoing_id, run_after_ms; /* id 0: only of the host */
    int attempts;
    enum delivery_fate fate;
    bool peer_changed, peer_failed, revived;
    int64_t retry_after_ms;
    char *note;
    char *inbox;
    char host[];
};

/* `unit_ms`: the first wait, a minute; see domain/delivery.h. */
struct backlog *backlog_open(int per_host, int64_t unit_ms);
/* Items that are left stay leased. Accepts NULL. */
void backlog_close(struct backlog *b);
/* A host that failed before the start. */
void backlog_peer(struct backlog *b, const struct peer *peer);

/* --- in --------------------------------------------------------------------- */

/* False when it is stopped; else there is room for more rows. */
bool backlog_room(struct backlog *b);
/* The body that others carry already; NULL: it is not in memory. Goes into backlog_take. */
struct backlog_body *backlog_body(struct backlog *b, int64_t outgoing_id);
/* Adds one; `text` and `digest` are copied. By one thread only. */
struct backlog_body *backlog_body_add(struct backlog *b, int64_t outgoing_id, const char *text,
                                      const char *digest);
void backlog_take(struct backlog *b, struct backlog_body *body, const struct delivery *row);

/* --- out -------------------------------------------------------------------- */

/* Waits for the next item; of `stay` if it has one and is not NULL. NULL: it is stopped. */
struct backlog_item *backlog_next(struct backlog *b, struct backlog_host *stay);
/* A filled-in outcome of an item: id, attempts, host, inbox. */
struct backlog_outcome *backlog_outcome_of(const struct backlog_item *item);
enum backlog_says { BACKLOG_SAYS_NOTHING, BACKLOG_ANSWERED, BACKLOG_FAILED };
/* `says`: what it means for the host. `tried`: it counts as an attempt in the figures. */
void backlog_ended(struct backlog *b, struct backlog_item *item, struct backlog_outcome *o,
                   enum backlog_says says, bool tried, int64_t took_ms);
/* Something was heard of this host: it is set aside no longer. Cheap when none is. */
void backlog_heard(struct backlog *b, const char *host);

/* --- what is to be written ---------------------------------------------------- */

/* Waits for outcomes, and a little for others to come with them. NULL: backlog_end was called
 * and all are taken. */
struct backlog_outcome *backlog_outcomes(struct backlog *b);
void backlog_outcomes_free(struct backlog_outcome *first);
void backlog_stop(struct backlog *b); /* nothing goes out any more */
void backlog_end(struct backlog *b);  /* after the senders have ended */

struct backlog_stats {
    int64_t delivered, again, dropped, in_memory, hosts_set_aside;
};
struct backlog_stats backlog_stats(struct backlog *b);

uint32_t backlog_dice(void); /* for jitter */

#endif
