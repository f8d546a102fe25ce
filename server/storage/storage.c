/* storage.c — the folders of storage.h. */
#include "server/storage/storage.h"

#include "base/crypto.h"
#include "base/file.h"
#include "base/log.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/statvfs.h>

struct storage {
    const char *folder, *request_folder;
};

const char *storage_path(const struct storage *s, struct arena *a, const char *relative)
{
    return arena_printf(a, "%s/%s", s->folder, relative);
}

struct err storage_open(struct arena *a, const char *data_folder, struct storage **out)
{
    struct storage *s = arena_alloc(a, sizeof *s);
    s->folder = arena_strdup(a, data_folder);
    s->request_folder = storage_path(s, a, "staging/request");
    path_remove(s->request_folder);
    static const char *const folders[] = {"staging/request", "staging/uploads", "staging/tasks",
                                          "staging/early",   "originals",       "hls/private",
                                          "thumbnails",      "avatars"};
    for (size_t i = 0; i < sizeof folders / sizeof *folders; i++)
        TRY(folder_make(storage_path(s, a, folders[i])));
    *out = s;
    return OK;
}

const char *storage_request_folder(const struct storage *s)
{
    return s->request_folder;
}

static bool plain_name(const char *name)
{
    if (!*name || *name == '.' || strlen(name) > 200)
        return false;
    for (const char *p = name; *p; p++)
        if (!(*p == '-' || *p == '.' || *p == '_' || (*p >= '0' && *p <= '9') ||
              (*p >= 'a' && *p <= 'z') || (*p >= 'A' && *p <= 'Z')))
            return false;
    return true;
}

const char *storage_upload(const struct storage *s, struct arena *a, const char *upload_id)
{
    return arena_printf(a, "%s/staging/uploads/%s", s->folder, upload_id);
}

const char *storage_original(const struct storage *s, struct arena *a, const char *video_uuid)
{
    return arena_printf(a, "%s/originals/%s", s->folder, video_uuid);
}

const char *storage_task_folder(const struct storage *s, struct arena *a, int64_t job_id)
{
    return arena_printf(a, "%s/staging/tasks/%lld", s->folder, (long long)job_id);
}

const char *storage_early_folder(const struct storage *s, struct arena *a,
                                 const char *upload_id)
{
    return arena_printf(a, "%s/staging/early/%s", s->folder, upload_id);
}

const char *storage_hls_folder(const struct storage *s, struct arena *a, const char *video_uuid,
                               bool is_private)
{
    return arena_printf(a, "%s/hls/%s%s", s->folder, is_private ? "private/" : "", video_uuid);
}

const char *storage_hls_file(const struct storage *s, struct arena *a, const char *video_uuid,
                             bool is_private, const char *file)
{
    if (!uuid_valid(video_uuid) || !plain_name(file))
        return NULL;
    return arena_printf(a, "%s/%s", storage_hls_folder(s, a, video_uuid, is_private), file);
}

const char *storage_thumbnail(const struct storage *s, struct arena *a, const char *file)
{
    return plain_name(file) ? arena_printf(a, "%s/thumbnails/%s", s->folder, file) : NULL;
}

const char *storage_avatar(const struct storage *s, struct arena *a, const char *file)
{
    return plain_name(file) ? arena_printf(a, "%s/avatars/%s", s->folder, file) : NULL;
}

struct err storage_hls_move(const struct storage *s, struct arena *a, const char *video_uuid,
                            bool to_private)
{
    const char *from = storage_hls_folder(s, a, video_uuid, !to_private);
    const char *to = storage_hls_folder(s, a, video_uuid, to_private);
    if (rename(from, to) && errno != ENOENT)
        return err_errno(errno, "moving a stream folder");
    TRY(folder_sync_of(from));
    return folder_sync_of(to);
}

int64_t storage_free_bytes(const struct storage *s)
{
    struct statvfs v;
    return statvfs(s->folder, &v) ? 0 : (int64_t)v.f_bavail * (int64_t)v.f_frsize;
}
