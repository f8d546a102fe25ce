/* db_delivery.h — rows of tables outgoing, delivery and peer: one thin function per query of
 * sql/delivery.sql.
 *
 * Memory:  results live in `a`.
 * Units:   Unix ms.
 * Errors:  as db.h.
 * Threads: as the db.
 */
#ifndef ZOE_DB_DELIVERY_H
#define ZOE_DB_DELIVERY_H

#include "server/db/db.h"
#include "server/domain/delivery.h"

/* `subject` may be NULL. */
MUST_CHECK struct err db_outgoing_insert(struct db *db, const char *body, const char *subject,
                                         int64_t now, int64_t *id);
/* Deliveries that wait, of everything with this subject, go. */
MUST_CHECK struct err db_outgoing_take_back(struct db *db, const char *subject);
MUST_CHECK struct err db_outgoing_body(struct db *db, struct arena *a, int64_t id,
                                       const char **body);
MUST_CHECK struct err db_outgoing_open(struct db *db, int64_t id, int64_t open);
/* So many deliveries of it ended; at 0 it goes. */
MUST_CHECK struct err db_outgoing_ended(struct db *db, int64_t id, int64_t count);

MUST_CHECK struct err db_delivery_insert_all(struct db *db, int64_t outgoing_id,
                                             const struct delivery_new *d, int64_t now,
                                             int64_t *count);
MUST_CHECK struct err db_delivery_lease(struct db *db, struct arena *a, int64_t now,
                                        int64_t until_ms, int count, struct delivery_list *out);
/* INT64_MAX when there is nothing. */
MUST_CHECK struct err db_delivery_next_due(struct db *db, int64_t *run_after_ms);
MUST_CHECK struct err db_delivery_reclaim(struct db *db, int64_t now);
MUST_CHECK struct err db_delivery_again(struct db *db, int64_t id, int attempts,
                                        int64_t run_after_ms, const char *note);
MUST_CHECK struct err db_delivery_delete(struct db *db, int64_t id, int64_t *deleted);
MUST_CHECK struct err db_delivery_revive(struct db *db, const char *host, int64_t now);
MUST_CHECK struct err db_delivery_count(struct db *db, int64_t *count);
MUST_CHECK struct err db_delivery_followers_gone(struct db *db, const char *host,
                                                 const char *inbox);

MUST_CHECK struct err db_peer_failed(struct db *db, const char *host, int64_t now,
                                     int64_t retry_after_ms);
/* `signature` NULL: as it was. */
MUST_CHECK struct err db_peer_answered(struct db *db, const char *host, int64_t now,
                                       const char *signature);
MUST_CHECK struct err db_peers_failing(struct db *db, struct arena *a, struct peer_list *out);

MUST_CHECK struct err db_delivery_video(struct db *db, struct arena *a, int64_t id,
                                        struct video_brief *out);
MUST_CHECK struct err db_actor_counts(struct db *db, int64_t id, struct actor_counts *out);
MUST_CHECK struct err db_rate_at(struct db *db, int64_t actor_id, int64_t video_id, int *value,
                                 int64_t *created_ms);
MUST_CHECK struct err db_share_own_put(struct db *db, int64_t actor_id, int64_t video_id,
                                       int64_t now);
/* 0 when there is none. */
MUST_CHECK struct err db_share_at(struct db *db, int64_t actor_id, int64_t video_id,
                                  int64_t *id);

#endif
