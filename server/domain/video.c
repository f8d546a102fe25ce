/* video.c — see video.h. */
#include "server/domain/video.h"

#include "base/clock.h"
#include "base/crypto.h"
#include "base/file.h"
#include "base/log.h"
#include "server/db/db_account.h"
#include "server/db/db_making.h"
#include "server/db/db_picture.h"
#include "server/db/db_video.h"
#include "server/domain/account.h"
#include "server/domain/outbox.h"
#include "server/domain/video_fields.h"
#include "server/storage/storage.h"
#include "server/storage/virtual_mp4.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* --- one video ------------------------------------------------------------------------------
 */

static bool is_number(const char *text, int64_t *out)
{
    size_t digits = strspn(text, "0123456789");
    if (!digits || text[digits] || digits > 18)
        return false;
    *out = strtoll(text, NULL, 10);
    return true;
}

struct err video_find(struct db *db, struct arena *a, const char *id, struct video *out,
                      bool *by_number)
{
    char uuid[UUID_TEXT];
    int64_t number;
    bool numeric = is_number(id, &number);
    if (by_number)
        *by_number = numeric;
    if (numeric)
        return db_video_by_id(db, a, number, out);
    if (uuid_valid(id))
        return db_video_by_uuid(db, a, id, out);
    if (uuid_expand(id, uuid))
        return db_video_by_uuid(db, a, uuid, out);
    return FAIL(VIDEO_NOT_FOUND, "Video not found");
}

bool video_may_edit(const struct caller *c, const struct video *v)
{
    return c && (caller_moderates(c) || c->user_id == v->user_id);
}

struct err video_check_seen_by(const struct caller *c, const struct video *v, bool by_number)
{
    if (video_may_edit(c, v))
        return OK;
    switch (v->privacy) {
    case PRIVACY_PUBLIC: break;
    case PRIVACY_UNLISTED:
        if (by_number)
            return FAIL(VIDEO_NOT_FOUND, "Video not found");
        break;
    case PRIVACY_INTERNAL:
        if (!c)
            return FAIL(UNAUTHORIZED, "sign in to see this video");
        break;
    default:
        return c ? FAIL(FORBIDDEN, "this video is private")
                 : FAIL(UNAUTHORIZED, "sign in to see this video");
    }
    if (v->state != VIDEO_PUBLISHED)
        return FAIL(VIDEO_NOT_FOUND, "Video not found");
    return OK;
}

struct err video_see(struct db *db, struct arena *a, const struct caller *c, const char *id,
                     struct video *out)
{
    bool by_number;
    TRY(video_find(db, a, id, out, &by_number));
    return video_check_seen_by(c, out, by_number);
}

struct err video_edit(struct db *db, struct arena *a, const struct caller *c, const char *id,
                      struct video *out)
{
    TRY(video_see(db, a, c, id, out));
    if (!c)
        return FAIL(UNAUTHORIZED, "sign in to change this video");
    if (!video_may_edit(c, out))
        return FAIL(NOT_OWNER, "only the owner of this video may change it");
    return OK;
}

struct err video_of_file(struct db *db, struct arena *a, const char *file_uuid, int resolution,
                         struct video *out)
{
    int64_t id;
    TRY(db_video_of_file(db, file_uuid, resolution, &id));
    return db_video_by_id(db, a, id, out);
}

struct err video_files(struct db *db, struct arena *a, int64_t id, struct video_file_list *out)
{
    return db_video_files(db, a, id, out);
}

struct err video_plain(struct db *db, const struct storage *s, struct arena *a,
                       const struct video *v, struct video_plain *out)
{
    TRY(db_video_files(db, a, v->id, &out->files));
    out->bytes = arena_alloc(a, (out->files.count + 1) * sizeof *out->bytes);
    for (size_t i = 0; i < out->files.count; i++) {
        const struct video_file *f = &out->files.items[i];
        const char *map = arena_printf(a, "%s-%d.map", f->file_uuid, f->resolution);
        out->bytes[i] =
            f->done
                ? virtual_mp4_size(storage_hls_file(s, a, v->uuid, video_is_private(v), map))
                : -1;
    }
    return OK;
}

struct err video_long(struct db *db, struct arena *a, int64_t id, struct video_long *out)
{
    return db_video_long(db, a, id, out);
}

struct err video_storyboards(struct db *db, struct arena *a, int64_t id,
                             struct storyboard_list *out)
{
    return db_sheets_of_video(db, a, id, out);
}

struct err video_storyboard(struct db *db, struct arena *a, int64_t id, struct storyboard *out)
{
    struct storyboard_list list;
    TRY(db_sheets_of_video(db, a, id, &list));
    *out = list.count ? list.items[0] : (struct storyboard){0};
    return OK;
}

uint64_t video_generation(struct db *db)
{
    return db_generation(db_pool_of(db), DB_CONTENT);
}

/* --- changes
 * ------------------------------------------------------------------------------------ */

static void fields_apply(const struct video_fields *f, struct video *v)
{
    unsigned given = f->given;
    if (given & VIDEO_NAME)
        v->name = f->name;
    if (given & VIDEO_CHANNEL)
        v->channel.id = f->channel_id;
    if (given & VIDEO_DESCRIPTION)
        v->description = f->description;
    if (given & VIDEO_SUPPORT)
        v->support = f->support;
    if (given & VIDEO_CATEGORY)
        v->category = f->category;
    if (given & VIDEO_LICENCE)
        v->licence = f->licence;
    if (given & VIDEO_LANGUAGE)
        v->language = f->language;
    if (given & VIDEO_TAGS)
        v->tags = f->tags_json;
    if (given & VIDEO_PRIVACY)
        v->privacy = f->privacy;
    if (given & VIDEO_NSFW)
        v->nsfw = f->nsfw;
    if (given & VIDEO_NSFW_FLAGS)
        v->nsfw_flags = f->nsfw_flags;
    if (given & VIDEO_NSFW_SUMMARY)
        v->nsfw_summary = f->nsfw_summary;
    if (given & VIDEO_COMMENTS_POLICY)
        v->comments_policy = f->comments_policy;
    if (given & VIDEO_DOWNLOAD_ENABLED)
        v->download_enabled = f->download_enabled;
    if (given & VIDEO_WAIT_TRANSCODING)
        v->wait_transcoding = f->wait_transcoding;
    if (given & VIDEO_ORIGINALLY_PUBLISHED)
        v->originally_published_ms = f->originally_published_ms;
}

/* Moves the stream folder to where the row says it belongs, and forgets that it was on its way.
 */
static struct err settle_one(struct db *db, const struct storage *s, struct arena *a,
                             int64_t id)
{
    struct video v;
    struct err e = db_video_by_id(db, a, id, &v);
    if (!e.id)
        e = storage_hls_move(s, a, v.uuid, video_is_private(&v));
    if (e.id && e.id != ERR_VIDEO_NOT_FOUND)
        return e;
    return db_moving_drop(db, id);
}

static struct err settle_one_tx(struct db *db, const struct storage *s, struct arena *a,
                                int64_t id)
{
    DB_TRANSACTION(db, settle_one(db, s, a, id));
    return OK;
}

/* Reads, changes and writes with the writer held, so that two edits at a time lose nothing. */
static struct err update_row(struct db *db, const struct storage *s, struct arena *a,
                             int64_t id, const struct video_fields *fields, bool *opened)
{
    struct video v;
    TRY(db_video_by_id(db, a, id, &v));
    bool was_private = video_is_private(&v);
    fields_apply(fields, &v);
    TRY(db_video_update(db, &v, now_ms()));
    *opened = was_private && !video_is_private(&v);
    if (video_is_private(&v) && (fields->given & VIDEO_PRIVACY)) {
        TRY(storage_hls_move(s, a, v.uuid, true));
        TRY(db_moving_drop(db, id));
    }
    return outbox_video_changed(db, a, id);
}

static struct err update_tx(struct db *db, const struct storage *s, struct arena *a, int64_t id,
                            const struct video_fields *fields, bool *opened)
{
    DB_TRANSACTION(db, update_row(db, s, a, id, fields, opened));
    return OK;
}

static struct err moving_tx(struct db *db, int64_t id)
{
    DB_TRANSACTION(db, db_moving_put(db, id));
    return OK;
}

struct err video_update(struct db *db, const struct storage *s, struct arena *a,
                        const struct video *v, const struct video_fields *fields)
{
    if ((fields->given & VIDEO_CHANNEL) && fields->channel_id != v->channel.id) {
        struct channel channel;
        TRY(account_channel_of_user(db, a, v->user_id, fields->channel_id, &channel));
    }
    bool hides = fields->privacy == PRIVACY_PRIVATE || fields->privacy == PRIVACY_INTERNAL;
    bool moves = (fields->given & VIDEO_PRIVACY) && hides != video_is_private(v);
    bool opened = false;
    if (moves)
        TRY(moving_tx(db, v->id));
    struct err e = update_tx(db, s, a, v->id, fields, &opened);
    if (opened || (moves && e.id)) {
        struct err moved = settle_one_tx(db, s, a, v->id);
        if (!e.id)
            e = moved;
    }
    if (!e.id)
        log_info("video_updated", "video=%lld fields=%#x", (long long)v->id, fields->given);
    return e;
}

static struct err chapters_set(struct db *db, struct arena *a, int64_t id, const char *chapters)
{
    TRY(db_video_chapters_set(db, id, chapters, now_ms()));
    return outbox_video_changed(db, a, id);
}

struct err video_chapters_set(struct db *db, struct arena *a, int64_t id, const char *chapters)
{
    DB_TRANSACTION(db, chapters_set(db, a, id, chapters));
    return OK;
}

static struct err trash_put(struct db *db, struct arena *a, const char *folder,
                            const char *file)
{
    return db_trash_put(db, arena_printf(a, "%s/%s", folder, file));
}

static struct err delete_rows(struct db *db, struct arena *a, int64_t id)
{
    struct video v;
    TRY(db_video_by_id(db, a, id, &v));
    struct video_file_list files;
    struct storyboard_list sheets;
    TRY(outbox_video_deleting(db, a, id));
    TRY(db_video_files(db, a, id, &files));
    TRY(db_sheets_of_video(db, a, id, &sheets));
    TRY(trash_put(db, a, "hls", v.uuid));
    TRY(trash_put(db, a, "hls/private", v.uuid));
    TRY(trash_put(db, a, "originals", v.uuid));
    for (int i = 0; i < v.thumbnail_count; i++)
        TRY(trash_put(db, a, "thumbnails", v.thumbnails[i].file));
    for (size_t i = 0; i < sheets.count; i++)
        TRY(trash_put(db, a, "storyboards", sheets.items[i].file));
    for (size_t i = 0; i < files.count; i++)
        TRY(trash_put(db, a, "torrents",
                      arena_printf(a, "%s-%d-hls.torrent", files.items[i].file_uuid,
                                   files.items[i].resolution)));
    if (v.user_id)
        TRY(db_user_used_add(db, v.user_id, -v.source_bytes));
    return db_video_delete(db, id);
}

static struct err delete_tx(struct db *db, struct arena *a, int64_t id)
{
    DB_TRANSACTION(db, delete_rows(db, a, id));
    return OK;
}

static struct err trash_drop(struct db *db, const struct trash *items, size_t count)
{
    for (size_t i = 0; i < count; i++)
        TRY(db_trash_drop(db, items[i].id));
    return OK;
}

static struct err trash_drop_tx(struct db *db, const struct trash *items, size_t count)
{
    DB_TRANSACTION(db, trash_drop(db, items, count));
    return OK;
}

/* A folder goes away in one step, by rename into what is emptied at start, and is then removed:
 * a job that still writes to it finds no folder, and none is left behind. */
static void trash_remove(const struct storage *s, struct arena *a, const char *path)
{
    char name[UUID_TEXT];
    const char *from = storage_path(s, a, path);
    const char *aside = arena_printf(a, "%s/%s", storage_request_folder(s), uuid_new(name));
    path_remove(rename(from, aside) ? from : aside);
}

/* Removes the files first: a crash in between finds the rows again and removes nothing twice.
 */
struct err video_trash_empty(struct db *db, const struct storage *s)
{
    for (size_t count = 1; count;) {
        SCOPED_ARENA struct arena *a = arena_open();
        struct trash *items;
        TRY(db_trash_list(db, a, &items, &count));
        for (size_t i = 0; i < count; i++)
            if (items[i].path[0] != '/' && !strstr(items[i].path, ".."))
                trash_remove(s, a, items[i].path);
        if (count)
            TRY(trash_drop_tx(db, items, count));
    }
    return OK;
}

struct err video_delete(struct db *db, const struct storage *s, struct arena *a,
                        const struct video *v)
{
    TRY(delete_tx(db, a, v->id));
    log_info("video_deleted", "video=%lld uuid=%s", (long long)v->id, v->uuid);
    struct err e = video_trash_empty(db, s);
    if (e.id) /* the video is gone; its files go at the next start at the latest */
        log_warn("trash_kept", "detail=%s", LOG_QUOTE(e.detail));
    return OK;
}

struct err video_settle(struct db *db, const struct storage *s)
{
    SCOPED_ARENA struct arena *a = arena_open();
    int64_t *ids;
    size_t count;
    TRY(db_moving_list(db, a, &ids, &count));
    for (size_t i = 0; i < count; i++)
        TRY(settle_one_tx(db, s, a, ids[i]));
    return video_trash_empty(db, s);
}
