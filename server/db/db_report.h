/* db_report.h — queries over report (sql/report.sql).
 *
 * Memory:  rows are copied into `a`.
 * Errors:  NOT_FOUND where one row is asked for; DATABASE.
 * Threads: as `struct db`.
 */
#ifndef ZOE_DB_REPORT_H
#define ZOE_DB_REPORT_H

#include "server/db/db.h"
#include "server/domain/report.h"

MUST_CHECK struct err db_report_insert(struct db *db, const struct report_new *r, int64_t now,
                                       int64_t *id);
MUST_CHECK struct err db_report_by_id(struct db *db, struct arena *a, int64_t id,
                                      struct report *out);
/* `like`: instead of the query's words. */
MUST_CHECK struct err db_reports(struct db *db, struct arena *a, const struct report_query *q,
                                 const char *like, struct report_list *out);
MUST_CHECK struct err db_report_counts(struct db *db, int64_t reporter_id, int64_t actor_id,
                                       int64_t *by, int64_t *about);
MUST_CHECK struct err db_report_totals(struct db *db, int64_t *all, int64_t *pending);
MUST_CHECK struct err db_report_update(struct db *db, int64_t id, int state,
                                       const char *moderation, int64_t now);
MUST_CHECK struct err db_report_delete(struct db *db, int64_t id);

#endif
