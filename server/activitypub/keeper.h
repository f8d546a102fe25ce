/* keeper.h — letters that came in, and were verified, are written to the disk together.
 *
 * Shape:   one thread takes whatever letters there are, writes them in one transaction, and
 *          answers all their requests; those that come meanwhile are the next batch. So a
 *          letter costs a small part of an fsync, and no worker waits for the disk.
 * Promise: 202 is answered when the letter is on disk; it may be there already.
 * Memory:  what is kept is the request's, which lives until it is answered.
 * Threads: keeper_keep from any; keeper_close after http has ended.
 */
#ifndef ZOE_KEEPER_H
#define ZOE_KEEPER_H

#include "server/http/http.h"

#include <stdint.h>

struct db_pool;
struct keeper;

MUST_CHECK struct err keeper_open(struct db_pool *pool, struct keeper **out);
void keeper_close(struct keeper *k); /* accepts NULL */

/* Keeps rq->body, of this signer; the last thing a handler does. */
void keeper_keep(struct keeper *k, struct req *rq, struct res *rs, int64_t signer_id,
                 const char *activity_id);

/* Many letters are coming in just now: whoever works them through should let them in first. */
bool keeper_crowded(struct keeper *k);

#endif
