/* db_video.h — queries over videos as people see, list and edit them: one thin function each
 * (sql/video.sql). What jobs change of videos: db_making.h.
 *
 * Memory:  results live in `a`.
 * Units:   ms, bytes.
 * Errors:  as db.h; VIDEO_NOT_FOUND.
 * Threads: as the db.
 */
#ifndef ZOE_DB_VIDEO_H
#define ZOE_DB_VIDEO_H

#include "server/db/db.h"
#include "server/domain/video.h" /* the structs only */

MUST_CHECK struct err db_video_by_id(struct db *db, struct arena *a, int64_t id,
                                     struct video *out);
MUST_CHECK struct err db_video_by_uuid(struct db *db, struct arena *a, const char *uuid,
                                       struct video *out);
/* `ids`: a JSON array, short. */
MUST_CHECK struct err db_video_rows(struct db *db, struct arena *a, const char *ids,
                                    struct video_list *out);
MUST_CHECK struct err db_video_long(struct db *db, struct arena *a, int64_t id,
                                    struct video_long *out);
MUST_CHECK struct err db_video_privacy(struct db *db, int64_t id, int *privacy);
MUST_CHECK struct err db_video_files(struct db *db, struct arena *a, int64_t video_id,
                                     struct video_file_list *out);
MUST_CHECK struct err db_video_of_file(struct db *db, const char *file_uuid, int resolution,
                                       int64_t *video_id);
/* A page of ids as a JSON array: `block` is one of SQL_VIDEOS_PAGE_… */
struct video_page {
    const struct video_query *query;
    int64_t start, count, since_day; /* since_day 0: not asked */
    int64_t category;                /* of the …_of_category blocks */
    const char *match, *like;        /* NULL: not asked */
};
MUST_CHECK struct err db_videos_page(struct db *db, struct arena *a, enum sql_id block,
                                     const struct video_page *page, const char **ids,
                                     int *found);
MUST_CHECK struct err db_videos_count(struct db *db, enum sql_id block,
                                      const struct video_page *page, int64_t *count);

/* Listed videos of a channel, or of all channels of an account (the other id is 0). */
MUST_CHECK struct err db_channel_counter_get(struct db *db, int64_t channel_id,
                                             int64_t account_id, int64_t *listed,
                                             int64_t *safe);

/* `ids` holds `count`. */
MUST_CHECK struct err db_channels_by_prefix(struct db *db, struct arena *a, const char *prefix,
                                            int start, int count, int64_t *ids, int *found,
                                            int64_t *total);

/* Writes v's fields (those that may be edited). */
MUST_CHECK struct err db_video_update(struct db *db, const struct video *v, int64_t now);
MUST_CHECK struct err db_video_chapters_set(struct db *db, int64_t id, const char *chapters,
                                            int64_t now);
MUST_CHECK struct err db_video_delete(struct db *db, int64_t id);

MUST_CHECK struct err db_moving_put(struct db *db, int64_t video_id);
MUST_CHECK struct err db_moving_drop(struct db *db, int64_t video_id);
MUST_CHECK struct err db_moving_list(struct db *db, struct arena *a, int64_t **ids,
                                     size_t *count);

struct trash {
    int64_t id;
    const char *path; /* below the data folder */
};
MUST_CHECK struct err db_trash_list(struct db *db, struct arena *a, struct trash **items,
                                    size_t *count);
MUST_CHECK struct err db_trash_drop(struct db *db, int64_t id);

MUST_CHECK struct err db_video_views_add(struct db *db, int64_t id, int64_t views, int64_t day);
MUST_CHECK struct err db_view_day_forget(struct db *db, int64_t before_day);

#endif
