/* db_incoming.h — rows of table incoming: one thin function per query of sql/incoming.sql.
 *
 * Memory:  results live in `a`.
 * Units:   Unix ms.
 * Errors:  as db.h.
 * Threads: as the db.
 */
#ifndef ZOE_DB_INCOMING_H
#define ZOE_DB_INCOMING_H

#include "server/db/db.h"

enum { INCOMING_LANES = 3 }; /* sql/incoming.sql has the same number */

struct incoming {
    int64_t id, signer_id, received_ms;
    const char *body; /* the exact bytes */
    int attempts;     /* before this one */
    struct incoming *next;
};

/* fresh=false: the same bytes came before. */
MUST_CHECK struct err db_incoming_put(struct db *db, const char *digest, int64_t signer_id,
                                      const char *body, int64_t now, bool *fresh);
MUST_CHECK struct err db_incoming_due(struct db *db, struct arena *a, int64_t now, int lane,
                                      int count, struct incoming **out);
/* INT64_MAX: nothing waits. */
MUST_CHECK struct err db_incoming_next_due(struct db *db, int lane, int64_t *run_after_ms);
/* The exact bytes of a letter that is kept. NOT_FOUND. */
MUST_CHECK struct err db_incoming_body(struct db *db, struct arena *a, int64_t id,
                                       const char **body);
MUST_CHECK struct err db_incoming_done(struct db *db, int64_t id, const char *note);
MUST_CHECK struct err db_incoming_again(struct db *db, int64_t id, int64_t run_after_ms,
                                        const char *note);
MUST_CHECK struct err db_incoming_purge(struct db *db, int64_t before_ms);
MUST_CHECK struct err db_incoming_waiting(struct db *db, int64_t *count);

/* --- ids of what ended before it came ------------------------------------------------------
 */

MUST_CHECK struct err db_overtaken_put(struct db *db, const char *uri, int64_t now);
MUST_CHECK struct err db_overtaken_since(struct db *db, const char *uri, int64_t since_ms,
                                         bool *found);
MUST_CHECK struct err db_overtaken_drop(struct db *db, const char *uri);
MUST_CHECK struct err db_overtaken_purge(struct db *db, int64_t before_ms);

#endif
