/* db_picture.h — queries over thumbnails, storyboards and captions: one thin function each
 * (sql/picture.sql).
 *
 * Memory:  results live in `a`.
 * Units:   ms, s as named.
 * Errors:  as db.h; NOT_FOUND.
 * Threads: as the db.
 */
#ifndef ZOE_DB_PICTURE_H
#define ZOE_DB_PICTURE_H

#include "server/db/db.h"
#include "server/domain/caption.h" /* the structs only */
#include "server/domain/video.h"   /* the structs only */

MUST_CHECK struct err db_thumbnail_put(struct db *db, int64_t video_id, int width, int height,
                                       const char *file);
MUST_CHECK struct err db_thumbnails_drop(struct db *db, int64_t video_id);
MUST_CHECK struct err db_thumbnail_files(struct db *db, struct arena *a, int64_t video_id,
                                         const char **out, int room, int *count);
MUST_CHECK struct err db_thumbnail_needed(struct db *db, const char *file, bool *needed);
/* 'upload', the ms of a moment, or NULL. */
MUST_CHECK struct err db_video_picture(struct db *db, struct arena *a, int64_t id,
                                       const char **out);
MUST_CHECK struct err db_video_picture_set(struct db *db, int64_t id, const char *picture);
MUST_CHECK struct err db_video_touch(struct db *db, int64_t id, int64_t now);

MUST_CHECK struct err db_sheets_of_video(struct db *db, struct arena *a, int64_t video_id,
                                         struct storyboard_list *out);
MUST_CHECK struct err db_sheets_drop(struct db *db, int64_t video_id);
MUST_CHECK struct err db_sheet_put(struct db *db, int64_t video_id, int number,
                                   const struct storyboard *s);

MUST_CHECK struct err db_captions_of_video(struct db *db, struct arena *a, int64_t video_id,
                                           struct caption_list *out);
MUST_CHECK struct err db_caption_put(struct db *db, int64_t video_id, const struct caption *c);
MUST_CHECK struct err db_caption_drop(struct db *db, int64_t video_id, const char *language);
MUST_CHECK struct err db_caption_of_file(struct db *db, const char *file_uuid,
                                         const char *language, int64_t *video_id);

#endif
