/* db_picture.c — see db_picture.h. */
#include "server/db/db_picture.h"

/* --- thumbnails */

struct err db_thumbnail_put(struct db *db, int64_t video_id, int width, int height,
                            const char *file)
{
    SCOPED_STMT struct stmt *st = stmt_get(db, SQL_THUMBNAIL_PUT);
    stmt_int(st, ":video_id", video_id);
    stmt_int(st, ":width", width);
    stmt_int(st, ":height", height);
    stmt_text(st, ":file", file);
    return stmt_run(st);
}

struct err db_thumbnails_drop(struct db *db, int64_t video_id)
{
    SCOPED_STMT struct stmt *st = stmt_get(db, SQL_THUMBNAILS_DROP);
    stmt_int(st, ":video_id", video_id);
    return stmt_run(st);
}

struct err db_thumbnail_files(struct db *db, struct arena *a, int64_t video_id,
                              const char **out, int room, int *count)
{
    SCOPED_STMT struct stmt *st = stmt_get(db, SQL_THUMBNAIL_FILES);
    stmt_int(st, ":video_id", video_id);
    for (*count = 0; *count < room && stmt_row(st);)
        out[(*count)++] = col_text(st, a, 0);
    return stmt_done(st);
}

struct err db_thumbnail_needed(struct db *db, const char *file, bool *needed)
{
    SCOPED_STMT struct stmt *st = stmt_get(db, SQL_THUMBNAIL_NEEDED);
    stmt_text(st, ":file", file);
    *needed = stmt_row(st);
    return stmt_run(st);
}

struct err db_video_picture(struct db *db, struct arena *a, int64_t id, const char **out)
{
    SCOPED_STMT struct stmt *st = stmt_get(db, SQL_VIDEO_PICTURE);
    stmt_int(st, ":id", id);
    *out = stmt_row(st) ? col_text(st, a, 0) : NULL;
    return stmt_done(st);
}

struct err db_video_picture_set(struct db *db, int64_t id, const char *picture)
{
    SCOPED_STMT struct stmt *st = stmt_get(db, SQL_VIDEO_PICTURE_SET);
    stmt_int(st, ":id", id);
    stmt_text(st, ":picture", picture);
    return stmt_run(st);
}

struct err db_video_touch(struct db *db, int64_t id, int64_t now)
{
    SCOPED_STMT struct stmt *st = stmt_get(db, SQL_VIDEO_TOUCH);
    stmt_int(st, ":id", id);
    stmt_int(st, ":now_ms", now);
    return stmt_run(st);
}

/* --- storyboards */

struct err db_sheets_of_video(struct db *db, struct arena *a, int64_t video_id,
                              struct storyboard_list *out)
{
    SCOPED_STMT struct stmt *st = stmt_get(db, SQL_SHEETS_OF_VIDEO);
    stmt_int(st, ":video_id", video_id);
    for (*out = (struct storyboard_list){0}; stmt_row(st);) {
        out->items = arena_grow(a, out->items, out->count, &out->room, sizeof *out->items);
        out->items[out->count++] = (struct storyboard){
            .file = col_text(st, a, 0),
            .start_s = (int)col_int(st, 1),
            .sprites = (int)col_int(st, 2),
            .total_width = (int)col_int(st, 3),
            .total_height = (int)col_int(st, 4),
            .sprite_width = (int)col_int(st, 5),
            .sprite_height = (int)col_int(st, 6),
            .sprite_duration_s = (int)col_int(st, 7),
        };
    }
    return stmt_done(st);
}

struct err db_sheets_drop(struct db *db, int64_t video_id)
{
    SCOPED_STMT struct stmt *st = stmt_get(db, SQL_SHEETS_DROP);
    stmt_int(st, ":video_id", video_id);
    return stmt_run(st);
}

struct err db_sheet_put(struct db *db, int64_t video_id, int number, const struct storyboard *s)
{
    SCOPED_STMT struct stmt *st = stmt_get(db, SQL_SHEET_PUT);
    stmt_int(st, ":video_id", video_id);
    stmt_int(st, ":number", number);
    stmt_text(st, ":file", s->file);
    stmt_int(st, ":start_s", s->start_s);
    stmt_int(st, ":sprites", s->sprites);
    stmt_int(st, ":total_width", s->total_width);
    stmt_int(st, ":total_height", s->total_height);
    stmt_int(st, ":sprite_width", s->sprite_width);
    stmt_int(st, ":sprite_height", s->sprite_height);
    stmt_int(st, ":sprite_duration_s", s->sprite_duration_s);
    return stmt_run(st);
}

/* --- captions */

struct err db_captions_of_video(struct db *db, struct arena *a, int64_t video_id,
                                struct caption_list *out)
{
    SCOPED_STMT struct stmt *st = stmt_get(db, SQL_CAPTIONS_OF_VIDEO);
    stmt_int(st, ":video_id", video_id);
    for (*out = (struct caption_list){0}; stmt_row(st);) {
        out->items = arena_grow(a, out->items, out->count, &out->room, sizeof *out->items);
        out->items[out->count++] = (struct caption){
            .language = col_text(st, a, 0),
            .file_uuid = col_text(st, a, 1),
            .contained = col_int(st, 2) != 0,
            .updated_ms = col_int(st, 3),
        };
    }
    return stmt_done(st);
}

struct err db_caption_put(struct db *db, int64_t video_id, const struct caption *c)
{
    SCOPED_STMT struct stmt *st = stmt_get(db, SQL_CAPTION_PUT);
    stmt_int(st, ":video_id", video_id);
    stmt_text(st, ":language", c->language);
    stmt_text(st, ":file_uuid", c->file_uuid);
    stmt_text(st, ":origin", c->contained ? "container" : "upload");
    stmt_int(st, ":now_ms", c->updated_ms);
    return stmt_run(st);
}

struct err db_caption_drop(struct db *db, int64_t video_id, const char *language)
{
    SCOPED_STMT struct stmt *st = stmt_get(db, SQL_CAPTION_DROP);
    stmt_int(st, ":video_id", video_id);
    stmt_text(st, ":language", language);
    return stmt_run(st);
}

struct err db_caption_of_file(struct db *db, const char *file_uuid, const char *language,
                              int64_t *video_id)
{
    SCOPED_STMT struct stmt *st = stmt_get(db, SQL_CAPTION_OF_FILE);
    stmt_text(st, ":file_uuid", file_uuid);
    stmt_text(st, ":language", language);
    if (!stmt_row(st)) {
        TRY(stmt_done(st));
        return FAIL(NOT_FOUND, "no such file");
    }
    *video_id = col_int(st, 0);
    return stmt_done(st);
}
