/* block.h — accounts and hosts that the site, or one of its users, does not want to hear of.
 *
 * Shape:   user_id 0 is the site. A blocked account's or host's comments are hidden, its
 *          activities refused; for a user's own block only where he reads or owns the video.
 * Memory:  results live in `a`.
 * Errors:  DATABASE.
 * Threads: any, with its own db.
 */
#ifndef ZOE_BLOCK_H
#define ZOE_BLOCK_H

#include "server/domain/remote_actor.h"

/* By the site, or by `user_id` when it is not 0: the actor, or its host. */
MUST_CHECK struct err is_blocked(struct db *db, int64_t user_id, int64_t actor_id,
                                 bool *blocked);
/* By the site: the host ("host[:port]", any case); or it is not on the allow list, and only
 * those are talked with. */
MUST_CHECK struct err is_host_blocked(struct db *db, const char *host, bool *blocked);

/* Does he block anybody at all? */
MUST_CHECK struct err blocks_anybody(struct db *db, int64_t user_id, bool *yes);

/* By the site: videos of theirs elsewhere are listed no more, and again when the block ends and
 * somebody here follows them. */
MUST_CHECK struct err block_account(struct db *db, int64_t user_id, int64_t actor_id, bool on);
MUST_CHECK struct err block_host(struct db *db, int64_t user_id, const char *host, bool on);

struct block {
    struct person person; /* of an account block */
    const char *host;     /* of a host block */
    int64_t created_ms;
};
struct block_list {
    struct block *items;
    size_t count, room;
    int64_t total;
};
MUST_CHECK struct err block_list_accounts(struct db *db, struct arena *a, int64_t user_id,
                                          int start, int count, struct block_list *out);
MUST_CHECK struct err block_list_hosts(struct db *db, struct arena *a, int64_t user_id,
                                       int start, int count, struct block_list *out);

/* --- the allow list: hosts the site talks with while its mode is "allow-list" ---------------
 */

MUST_CHECK struct err allow_host(struct db *db, const char *host, bool on);
MUST_CHECK struct err allow_list(struct db *db, struct arena *a, int start, int count,
                                 struct block_list *out);
/* "open" or "allow-list": the setting federation_mode, kept where queries see it. */
MUST_CHECK struct err federation_mode_keep(struct db *db, const char *mode);

#endif
