/* views.h — counts views: one per viewer, hour and video, after ten seconds of watching.
 *
 * Shape:   clients tell every few seconds where they are. What they advanced by (jumps do not
 *          count) is added up per viewer and video; at 10 s, or half of a shorter video, one
 *          view is counted, and the next one of that viewer an hour later at the earliest.
 *          Counts are written together every few seconds and at the end, so a view costs no
 *          fsync. A crash loses the last seconds' views, nothing else.
 * Units:   ms. The clock is an argument.
 * Memory:  a table of fixed size (2 MiB, touched as used); when a place is full the viewer not
 *          heard of for longest is forgotten.
 * Threads: any.
 */
#ifndef ZOE_VIEWS_H
#define ZOE_VIEWS_H

#include "base/err.h"

#include <stdbool.h>
#include <stdint.h>

struct db;
struct db_pool;
struct views;

/* `pool` NULL: nothing is written by itself, for tests: see views_flush. */
struct views *views_open(struct db_pool *pool);
void views_close(struct views *v); /* writes what is left; accepts NULL */

struct view_ping {
    int64_t video_id, duration_ms, position_ms;
    const char *viewer; /* who: user id, or address and browser */
    bool jumped;        /* the client says that this is a seek */
};
/* True when this ping made a view. */
bool views_ping(struct views *v, const struct view_ping *ping, int64_t now);

/* Writes what was counted. */
MUST_CHECK struct err views_flush(struct views *v, struct db *db, int64_t now);

#endif
