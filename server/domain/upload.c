/* upload.c — see upload.h.
 *
 * Files:   staging/uploads/{id}            the bytes so far
 *          staging/uploads/{id}.pictures/  thumbnails of the picture of the init request
 */
#include "server/domain/upload.h"

#include "base/clock.h"
#include "base/crypto.h"
#include "base/file.h"
#include "base/log.h"
#include "server/db/db_upload.h"
#include "server/domain/account.h"
#include "server/domain/early.h"
#include "server/domain/thumbnail.h"
#include "server/domain/upload_claim.h"
#include "server/domain/video_fields.h"
#include "server/storage/storage.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>

enum {
    DISK_RESERVE = 16 << 20, /* left for the database and for tasks that are under way */
    TOUCH_EVERY_MS = 60 * 1000,
    SILENT_MS = 2000,
    PURGE_BATCH = 100,
    SOURCE_NAME_MAX = 255,
};

/* --- room ------------------------------------------------------------------------------------
 */

struct err upload_disk_check(const struct storage *s, int64_t bytes)
{
    if (storage_free_bytes(s) - DISK_RESERVE < bytes)
        return FAIL(DISK_FULL, "there is not enough space left on the server's disk");
    return OK;
}

static struct err size_check(int64_t bytes, int64_t max_bytes)
{
    if (max_bytes >= 0 && bytes > max_bytes)
        return FAIL(MAX_FILE_SIZE, "the file is larger than this site accepts");
    return OK;
}

struct err upload_reserve_room(struct db *db, const struct storage *s, int64_t user_id,
                               int64_t bytes, int64_t max_bytes,
                               struct upload_reservation **reservation)
{
    TRY(size_check(bytes, max_bytes));
    /* The writer is held, though nothing is written: of uploads that ask at the same time, the
     * later ones see the earlier ones, be they rows or reservations. */
    TRY(db_begin(db));
    *reservation = upload_reserve(user_id, bytes);
    struct err e = quota_check(db, user_id, upload_reserved_bytes(user_id));
    db_rollback(db);
    if (!e.id)
        e = upload_disk_check(s, bytes);
    if (e.id) {
        upload_unreserve(*reservation);
        *reservation = NULL;
    }
    return e;
}

static bool extension_known(const char *file_name)
{
    static const char *const known[] = {
        "3g2",  "3gp", "aac",  "ac3", "aif", "aiff", "asf",  "avi",  "divx", "dv",  "f4v",
        "flac", "flv", "m2ts", "m2v", "m4a", "m4v",  "mka",  "mkv",  "mov",  "mp2", "mp3",
        "mp4",  "mpe", "mpeg", "mpg", "mts", "mxf",  "oga",  "ogg",  "ogm",  "ogv", "opus",
        "qt",   "rm",  "rmvb", "ts",  "vob", "wav",  "weba", "webm", "wma",  "wmv",
    };
    const char *dot = file_name ? strrchr(file_name, '.') : NULL;
    for (size_t i = 0; dot && i < sizeof known / sizeof *known; i++)
        if (!strcasecmp(dot + 1, known[i]))
            return true;
    return false;
}

bool upload_media_known(const char *content_type, const char *file_name)
{
    if (!content_type)
        content_type = "";
    if (!strncasecmp(content_type, "video/", 6) || !strncasecmp(content_type, "audio/", 6))
        return true;
    /* What browsers and tools send for containers that their system does not know. */
    static const char *const vague[] = {"application/octet-stream", "application/ogg",
                                        "application/mxf",          "application/mp4",
                                        "application/x-matroska",   "binary/octet-stream"};
    size_t length = strcspn(content_type, "; ");
    bool is_vague = length == 0;
    for (size_t i = 0; i < sizeof vague / sizeof *vague; i++)
        is_vague |= strlen(vague[i]) == length && !strncasecmp(content_type, vague[i], length);
    return is_vague && extension_known(file_name);
}

/* --- files
 * ------------------------------------------------------------------------------------- */

static bool id_valid(const char *id)
{
    return id && strlen(id) == UPLOAD_ID_HEX && strspn(id, "0123456789abcdef") == UPLOAD_ID_HEX;
}

const char *upload_picture_folder(const struct storage *s, struct arena *a, const char *id)
{
    return arena_printf(a, "%s.pictures", storage_upload(s, a, id));
}

static void remove_files(const struct storage *s, struct arena *a, const char *id)
{
    unlink(storage_upload(s, a, id));
    path_remove(upload_picture_folder(s, a, id));
}

/* What was made of it goes with it, unless it became a video, whose plan takes what it can. */
static void drop_files(const struct storage *s, struct arena *a, const char *id)
{
    remove_files(s, a, id);
    early_remove_files(s, a, id);
}

int64_t upload_have(const struct storage *s, struct arena *a, const struct upload *u)
{
    int64_t bytes = file_size(storage_upload(s, a, u->id));
    return bytes < 0 ? 0 : bytes;
}

bool upload_silent(const struct storage *s, struct arena *a, const struct upload *u)
{
    struct stat st;
    return stat(storage_upload(s, a, u->id), &st) == 0 &&
           now_ms() - ((int64_t)st.st_mtim.tv_sec * 1000 + st.st_mtim.tv_nsec / 1000000) >
               SILENT_MS;
}

struct err upload_open(const struct storage *s, struct arena *a, const struct upload *u,
                       int64_t offset, int *out)
{
    SCOPED_FD int fd =
        open(storage_upload(s, a, u->id), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    struct stat st;
    if (fd < 0 || fstat(fd, &st))
        return err_errno(errno, "opening an upload");
    if (st.st_size > offset && ftruncate(fd, offset))
        return err_errno(errno, "cutting an upload back");
    futimens(fd, NULL); /* a writer that begins is not silent */
    *out = fd;
    fd = -1;
    return OK;
}

void upload_cut(const struct storage *s, struct arena *a, const struct upload *u,
                int64_t offset)
{
    const char *path = storage_upload(s, a, u->id);
    if (file_size(path) > offset && truncate(path, offset))
        log_error("upload_cut_failed", "upload=%s errno=%d", u->id, errno);
}

/* --- begin, go on
 * ---------------------------------------------------------------------------------- */

/* The same file again: same user, name, size and time of last change. */
static const char *identity_of(struct arena *a, const struct upload_begin *b)
{
    if (!b->last_modified)
        return random_hex(a, 32);
    char *identity = arena_alloc(a, SHA256_HEX);
    const char *text = arena_printf(a, "%lld\n%s\n%s", (long long)b->size_bytes,
                                    b->last_modified, b->file_name);
    sha256_hex(text, strlen(text), identity);
    return identity;
}

struct begin {
    const struct upload_begin *want;
    const char *identity, *replaced; /* replaced: id of a row that made place; NULL: none */
    int64_t now;
    struct upload *out;
};

static bool expired(const struct upload *u, int64_t now)
{
    return !u->video_id && u->touched_ms + UPLOAD_LIFE_MS < now;
}

static struct err begin_rows(struct db *db, const struct storage *s, struct arena *a,
                             struct begin *b)
{
    const struct upload_begin *want = b->want;
    int64_t under_way = upload_reserved_bytes(want->user_id);
    bool found;
    TRY(db_upload_by_identity(db, a, want->user_id, b->identity, b->out, &found));
    if (found && !b->out->video_id && !expired(b->out, b->now)) {
        TRY(quota_check(db, want->user_id, under_way));
        TRY(upload_disk_check(s, want->size_bytes - upload_have(s, a, b->out)));
        b->out->metadata = want->metadata;
        b->out->touched_ms = b->now;
        return db_upload_again(db, b->out->id, want->metadata, b->now);
    }
    if (found) {
        b->replaced = b->out->id;
        TRY(db_upload_delete(db, b->replaced));
    }
    TRY(quota_check(db, want->user_id, under_way + want->size_bytes));
    TRY(upload_disk_check(s, want->size_bytes));
    *b->out = (struct upload){.id = random_hex(a, UPLOAD_ID_HEX / 2),
                              .user_id = want->user_id,
                              .size_bytes = want->size_bytes,
                              .metadata = want->metadata,
                              .touched_ms = b->now};
    return db_upload_insert(db, b->out, b->identity, b->now);
}

static struct err begin_in_transaction(struct db *db, const struct storage *s, struct arena *a,
                                       struct begin *b)
{
    DB_TRANSACTION(db, begin_rows(db, s, a, b));
    return OK;
}

struct err upload_begin(struct db *db, const struct storage *s, struct arena *a,
                        const struct upload_begin *want, struct upload *out, int64_t *have)
{
    TRY(size_check(want->size_bytes, want->max_bytes));
    struct begin b = {
        .want = want, .identity = identity_of(a, want), .now = now_ms(), .out = out};
    TRY(begin_in_transaction(db, s, a, &b));
    if (b.replaced)
        drop_files(s, a, b.replaced);
    *have = upload_have(s, a, out);
    log_info("upload_begun", "upload=%s user=%lld bytes=%lld have=%lld", out->id,
             (long long)out->user_id, (long long)out->size_bytes, (long long)*have);
    return OK;
}

struct err upload_find(struct db *db, struct arena *a, int64_t user_id, const char *id,
                       struct upload *out)
{
    bool found = false;
    if (id_valid(id))
        TRY(db_upload_get(db, a, id, out, &found));
    if (!found)
        return FAIL(UPLOAD_NOT_FOUND, "there is no such upload");
    if (out->user_id != user_id)
        return FAIL(UPLOAD_FORBIDDEN, "this upload is somebody else's");
    if (expired(out, now_ms()))
        return FAIL(UPLOAD_EXPIRED, "this upload was left alone for too long; begin it anew");
    return OK;
}

struct err upload_sync(struct db *db, const struct storage *s, struct arena *a,
                       const struct upload *u)
{
    const char *path = storage_upload(s, a, u->id);
    SCOPED_FD int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    if (fd < 0 && errno == ENOENT)
        return OK; /* nothing came yet */
    if (fd < 0 || fdatasync(fd))
        return err_errno(errno, "syncing an upload");
    TRY(folder_sync_of(path));
    int64_t now = now_ms();
    if (now - u->touched_ms < TOUCH_EVERY_MS)
        return OK;
    DB_TRANSACTION(db, db_upload_touch(db, u->id, now));
    return OK;
}

/* --- the end
 * ------------------------------------------------------------------------------------------ */

const char *upload_source_name(struct arena *a, const char *file_name)
{
    for (const char *p = file_name; *p; p++)
        if (*p == '/' || *p == '\\')
            file_name = p + 1;
    size_t length = strlen(file_name);
    while (length > SOURCE_NAME_MAX || (length && (file_name[length] & 0xC0) == 0x80))
        length--; /* not in the middle of a character */
    return arena_strndup(a, file_name, length);
}

static void json_close(void *json)
{
    json_decref(json);
}

/* What the init request said, read again: channels may have gone since. */
static struct err video_of(struct db *db, struct arena *a, const struct upload *u,
                           struct video_new *v)
{
    json_t *metadata = json_loads(u->metadata, 0, NULL);
    arena_defer(a, json_close, metadata);
    struct video_fields fields;
    video_fields_read(a, metadata, &fields);
    const char *file_name = json_string_value(json_object_get(metadata, "filename"));
    if (fields.problems || !fields.name || !file_name)
        return FAIL(INVALID_PARAMS, "the upload's description is unreadable");
    struct channel channel;
    TRY(account_channel_of_user(db, a, u->user_id, fields.channel_id, &channel));
    video_fields_apply(&fields, v);
    v->user_id = u->user_id;
    v->channel_id = channel.actor.id;
    v->source_name = upload_source_name(a, file_name);
    v->source_bytes = u->size_bytes;
    v->upload_id = u->id;
    return OK;
}

struct err upload_finish(struct db *db, struct storage *s, struct arena *a,
                         const struct upload *u, struct video_ids *out)
{
    struct video_new v = {0};
    TRY(video_of(db, a, u, &v));

    /* The file keeps its name here until the row is committed: a crash in between loses nothing
     * that was acknowledged, and the last byte can be asked again. */
    v.staged_path = storage_upload(s, a, u->id);
    const char *pictures = upload_picture_folder(s, a, u->id);
    v.picture_folder = thumbnails_there(a, pictures) ? pictures : NULL;
    TRY(video_create(db, s, a, &v, out));
    remove_files(s, a, u->id);
    return OK;
}

struct err upload_video(struct db *db, struct arena *a, const struct upload *u,
                        struct video_ids *out)
{
    TRY(db_upload_video_uuid(db, a, u->video_id, &out->uuid));
    if (!out->uuid)
        return FAIL(VIDEO_NOT_FOUND, "the video of this upload was deleted");
    char *short_uuid = arena_alloc(a, UUID_SHORT_TEXT);
    uuid_shorten(out->uuid, short_uuid);
    out->short_uuid = short_uuid;
    out->id = u->video_id;
    return OK;
}

static struct err delete_row(struct db *db, const char *id)
{
    DB_TRANSACTION(db, db_upload_delete(db, id));
    return OK;
}

struct err upload_cancel(struct db *db, const struct storage *s, struct arena *a,
                         int64_t user_id, const char *id)
{
    struct upload u;
    struct err e = upload_find(db, a, user_id, id, &u);
    if (e.id == ERR_UPLOAD_NOT_FOUND)
        return OK;
    if (e.id && e.id != ERR_UPLOAD_EXPIRED)
        return e;
    /* A chunk that is on its way finds the row gone and is refused at its end. */
    bool finishing;
    struct upload_claim *claim = upload_claim_take(u.id, 0, &finishing);
    if (finishing)
        return FAIL(UPLOAD_BUSY, "this upload is becoming a video");
    e = delete_row(db, u.id);
    if (!e.id)
        drop_files(s, a, u.id);
    upload_claim_release(claim);
    if (e.id)
        return e;
    log_info("upload_cancelled", "upload=%s", u.id);
    return OK;
}

/* --- the purge
 * ------------------------------------------------------------------------------------------ */

static struct err delete_untouched(struct db *db, const char *id, int64_t before, bool *deleted)
{
    DB_TRANSACTION(db, db_upload_delete_untouched(db, id, before, deleted));
    return OK;
}

static struct err purge_one(struct db *db, const struct storage *s, struct arena *a,
                            const char *id, int64_t before, int64_t *removed)
{
    bool finishing, deleted = false;
    struct upload_claim *claim = upload_claim_take(id, 0, &finishing);
    if (!claim)
        return OK; /* somebody came back to it */
    struct err e = delete_untouched(db, id, before, &deleted);
    if (!e.id && deleted) {
        drop_files(s, a, id);
        ++*removed;
    }
    upload_claim_release(claim);
    return e;
}

static void folder_close(void *dir)
{
    closedir(dir);
}

/* Files whose upload is unknown or done: left by a crash between two steps. */
static struct err purge_files(struct db *db, const struct storage *s, int64_t before,
                              int64_t *removed)
{
    SCOPED_ARENA struct arena *names = arena_open();
    const char *folder = storage_path(s, names, "staging/uploads");
    DIR *dir = opendir(folder);
    if (!dir)
        return err_errno(errno, "reading the folder of uploads");
    arena_defer(names, folder_close, dir);
    for (struct dirent *entry; (entry = readdir(dir));) {
        SCOPED_ARENA struct arena *a = arena_open();
        const char *path = arena_printf(a, "%s/%s", folder, entry->d_name);
        struct stat st;
        if (entry->d_name[0] == '.' || lstat(path, &st))
            continue;
        const char *id = arena_strndup(a, entry->d_name, strnlen(entry->d_name, UPLOAD_ID_HEX));
        struct upload u;
        bool found = false;
        if (id_valid(id))
            TRY(db_upload_get(db, a, id, &u, &found));
        bool old = (int64_t)st.st_mtim.tv_sec * 1000 < before;
        if ((found ? u.video_id == 0 : !old) || upload_claimed(id))
            continue;
        path_remove(path);
        ++*removed;
    }
    return OK;
}

struct err upload_purge(struct db *db, const struct storage *s, int64_t now, int64_t *removed)
{
    int64_t before = now - UPLOAD_LIFE_MS;
    *removed = 0;
    for (size_t count = PURGE_BATCH; count == PURGE_BATCH;) {
        SCOPED_ARENA struct arena *a = arena_open();
        const char *ids[PURGE_BATCH];
        int64_t removed_before = *removed;
        TRY(db_uploads_untouched(db, a, before, ids, PURGE_BATCH, &count));
        for (size_t i = 0; i < count; i++)
            TRY(purge_one(db, s, a, ids[i], before, removed));
        if (*removed == removed_before)
            break; /* all of them are being written: next hour */
    }
    return purge_files(db, s, before, removed);
}
