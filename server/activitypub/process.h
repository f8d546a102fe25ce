/* process.h — what a verified activity changes here.
 *
 * Spec:    ActivityPub §7, federation.md §6: every activity of every peer; unknown ones are
 *          ignored politely. May run twice without harm.
 * Rule:    who signed is who acts; else what he tells of is fetched from its origin.
 * Errors:  those worth another try (err_retryable) are the network's and the database's; any
 *          other says why the activity was ignored.
 * Threads: any, with its own db. Blocks on the network; call outside of transactions.
 */
#ifndef ZOE_PROCESS_H
#define ZOE_PROCESS_H

#include "server/activitypub/resolve.h"

struct incoming;

MUST_CHECK struct err process_activity(struct reach *r, const struct incoming *row);

#endif
