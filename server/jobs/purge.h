/* purge.h — once an hour (and at start): removes what nobody will come back for.
 *
 * What:    uploads untouched for a day, with their files; files that a crash left without a
 * row; files of deleted videos; jobs that ended a week ago; sessions that have run out.
 * Threads: purge_open starts one thread with its own db.
 */
#ifndef ZOE_PURGE_H
#define ZOE_PURGE_H

#include "base/err.h"

#include <stdint.h>

struct app;
struct db;
struct purge;
struct storage;

MUST_CHECK struct err purge_open(struct app *app, struct purge **out);
void purge_close(struct purge *p); /* accepts NULL; ends a running round after its step */

/* One round. The first thing that fails does not keep the others from being tried. */
void purge_run(struct db *db, const struct storage *s, int64_t now);

#endif
