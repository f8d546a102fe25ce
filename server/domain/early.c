/* early.c — see early.h. */
#include "server/domain/early.h"

#include "base/file.h"
#include "server/db/db_early.h"
#include "server/db/db_job.h"
#include "server/storage/storage.h"

void early_remove_files(const struct storage *s, struct arena *a, const char *upload_id)
{
    path_remove(storage_early_folder(s, a, upload_id));
}

static struct err insert(struct db *db, struct arena *a, const char *upload_id)
{
    TRY(db_early_insert(db, upload_id));
    return db_job_insert(
        db, &(struct job_new){.kind = "early",
                              .payload = arena_printf(a, "{\"upload\":\"%s\"}", upload_id),
                              .lane = LANE_STREAM,
                              .priority = PRIORITY_EARLY});
}

struct err early_begin(struct db *db, struct arena *a, const char *upload_id, int64_t have,
                       int64_t size)
{
    struct early early;
    bool found;
    if (have < EARLY_BYTES_MIN || have >= size)
        return OK;
    TRY(db_early_get(db, a, upload_id, &early, &found));
    if (found)
        return OK;
    DB_TRANSACTION(db, insert(db, a, upload_id));
    return OK;
}

static struct err forget_rows(struct db *db, const char *upload_id)
{
    TRY(db_early_chunks_forget(db, upload_id));
    return db_early_forget(db, upload_id);
}

struct err early_forget(struct db *db, const struct storage *s, struct arena *a,
                        const char *upload_id)
{
    struct early early;
    bool found;
    TRY(db_early_get(db, a, upload_id, &early, &found));
    if (!found)
        return OK;
    DB_TRANSACTION(db, forget_rows(db, upload_id));
    early_remove_files(s, a, upload_id);
    return OK;
}
