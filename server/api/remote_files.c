/* remote_files.c — see remote_files.h. */
#include "server/api/remote_files.h"

#include "base/clock.h"
#include "base/crypto.h"
#include "base/file.h"
#include "server/activitypub/ap_url.h"
#include "server/activitypub/federation.h"
#include "server/api/params.h"
#include "server/app.h"
#include "server/config.h"
#include "server/domain/block.h"
#include "server/domain/remote_actor.h"
#include "server/domain/video.h"
#include "server/storage/storage.h"
#include "server/view/remote_json.h"

#include <string.h>
#include <sys/stat.h>

enum { BYTES_MAX = 8 << 20, TOTAL_MS = 8000, AGAIN_MS = 10 * 60 * 1000 };

static const char *type_of(const char *data, size_t bytes)
{
    static const struct {
        size_t at;
        const char *magic, *type;
    } all[] = {
        {0, "\xff\xd8\xff", "image/jpeg"},
        {0, "\x89PNG\r\n", "image/png"},
        {8, "WEBP", "image/webp"},
        {0, "GIF8", "image/gif"},
        {4, "ftypavif", "image/avif"},
        {0, "WEBVTT", "text/vtt; charset=utf-8"},
        {0, "\xef\xbb\xbfWEBVTT", "text/vtt; charset=utf-8"},
    };
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
        size_t n = strlen(all[i].magic);
        if (bytes >= all[i].at + n && memcmp(data + all[i].at, all[i].magic, n) == 0)
            return all[i].type;
    }
    return NULL;
}

/* Where the file is on its own server. */
static struct err address_of(struct req *rq, enum remote_kind kind, int64_t id, int64_t index,
                             const char **url)
{
    *url = NULL;
    if (kind == REMOTE_AVATAR) {
        struct remote_actor actor;
        TRY(remote_actor_get_by_id(rq->db, rq->arena, id, &actor));
        *url = actor.gone || !actor.uri ? NULL : actor.icon_url;
    } else {
        struct video v;
        bool by_number;
        TRY(video_find(rq->db, rq->arena, arena_printf(rq->arena, "%lld", (long long)id), &v,
                       &by_number));
        *url = remote_address(rq->arena, &v, kind, (size_t)index);
    }
    if (!*url)
        return FAIL(NOT_FOUND, "no such file");
    bool blocked;
    const char *host = ap_url_host(rq->arena, *url);
    TRY(is_host_blocked(rq->db, host ? host : "", &blocked));
    return blocked ? FAIL(NOT_FOUND, "this site does not talk with that server") : OK;
}

static struct err fetch(struct req *rq, enum remote_kind kind, const char *url,
                        const char *path)
{
    struct fetch_response answer = {0};
    struct federation *f = rq->app->federation;
    struct err e =
        fetch_get(federation_fetcher(f), rq->arena, url,
                  kind == REMOTE_CAPTION ? FETCH_ANY : FETCH_IMAGE, federation_signer(f),
                  &(struct fetch_limits){.bytes = BYTES_MAX, .total_ms = TOTAL_MS}, &answer);
    if (e.id == ERR_STOPPED || e.id == ERR_PEER_BUSY)
        return e;
    bool fine = !e.id && type_of(answer.body, answer.bytes);
    TRY(file_replace(path, fine ? answer.body : "", fine ? answer.bytes : 0, false));
    return fine ? OK : FAIL(NOT_FOUND, "its server does not give that file");
}

static struct err fetch_bounded(struct req *rq, struct res *rs, enum remote_kind kind,
                                const char *url, const char *path)
{
    struct federation *f = rq->app->federation;
    struct err e = FAIL(OVERLOADED, "too many files of other servers are being fetched");
    if (!f)
        return FAIL(NOT_FOUND, "this site does not federate");
    if (federation_wait_begin(f, WAIT_FILE)) {
        e = fetch(rq, kind, url, path);
        federation_wait_end(f, WAIT_FILE);
    }
    if (e.id == ERR_OVERLOADED)
        res_header(rq, rs, "Retry-After", "2");
    return e;
}

/* An empty file says that it could not be had. */
static bool is_kept(const char *path, bool *missing)
{
    struct stat st;
    if (stat(path, &st))
        return false;
    *missing = st.st_size == 0;
    return !*missing || now_ms() - (int64_t)st.st_mtime * 1000 < AGAIN_MS;
}

struct err h_remote_file(struct req *rq, struct res *rs)
{
    enum remote_kind kind;
    int64_t id, index;
    const char *url;
    bool missing = false;
    if (!remote_kind_of(req_param(rq, "kind"), &kind))
        return FAIL(NOT_FOUND, "no such file");
    TRY(param_id(rq, "id", &id));
    TRY(param_index(rq, "index", &index));
    TRY(address_of(rq, kind, id, index, &url));

    char hash[SHA256_HEX];
    sha256_hex(url, strlen(url), hash);
    const char *folder = storage_path(rq->app->storage, rq->arena, "cache/remote");
    const char *path = arena_printf(rq->arena, "%s/%.32s", folder, hash);
    if (!is_kept(path, &missing)) {
        TRY(folder_make(storage_path(rq->app->storage, rq->arena, "cache")));
        TRY(folder_make(folder));
        TRY(fetch_bounded(rq, rs, kind, url, path));
        missing = false;
    }
    if (missing)
        return FAIL(NOT_FOUND, "its server does not give that file");

    char *data;
    size_t bytes;
    TRY(file_read(rq->arena, path, BYTES_MAX, &data, &bytes));
    const char *type = type_of(data, bytes);
    return res_file(rq, rs,
                    &(struct file_answer){
                        .path = path,
                        .content_type = type ? type : "application/octet-stream",
                        .cache = "public, max-age=86400",
                        .cors = true,
                    });
}
