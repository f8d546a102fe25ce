/* files.c — see files.h. */
#include "server/api/files.h"

#include "base/clock.h"
#include "base/crypto.h"
#include "base/file.h"
#include "base/strbuf.h"
#include "server/api/params.h"
#include "server/app.h"
#include "server/config.h"
#include "server/domain/video.h"
#include "server/domain/video_token.h"
#include "server/storage/storage.h"
#include "server/storage/torrent.h"
#include "server/storage/virtual_mp4.h"
#include "server/view/assets.h"
#include "server/view/video_json.h"

#include <ctype.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define CACHE_FINAL "public, max-age=86400, immutable"
#define CACHE_FOREVER "public, max-age=31536000, immutable"
#define CACHE_ASK "no-cache"
#define CACHE_PRIVATE "private, no-cache"

/* --- names
 * ------------------------------------------------------------------------------------ */

struct file_name { /* "{uuid}-{resolution}{ending}" */
    char uuid[UUID_TEXT];
    int resolution;
    const char *ending;
};

static bool file_name_read(const char *name, struct file_name *out)
{
    if (strlen(name) < UUID_TEXT)
        return false;
    memcpy(out->uuid, name, UUID_TEXT - 1);
    out->uuid[UUID_TEXT - 1] = 0;
    if (!uuid_valid(out->uuid) || name[UUID_TEXT - 1] != '-' ||
        !isdigit((unsigned char)name[UUID_TEXT]))
        return false;
    char *end;
    long n = strtol(name + UUID_TEXT, &end, 10);
    if (n > 100000)
        return false;
    out->resolution = (int)n;
    out->ending = end;
    return true;
}

/* Names of files that belong to a stream; maps, for one, are ours alone. */
static bool stream_name_fine(const char *name)
{
    static const char *const endings[] = {"-master.m3u8", ".m3u8", "-fragmented.mp4",
                                          "-segments-sha256.json", ".vtt"};
    char uuid[UUID_TEXT] = "";
    size_t n = strlen(name);
    if (n <= UUID_TEXT || n > 128 || name[UUID_TEXT - 1] != '-')
        return false;
    memcpy(uuid, name, UUID_TEXT - 1);
    if (!uuid_valid(uuid))
        return false;
    for (const char *p = name; *p; p++)
        if (!isalnum((unsigned char)*p) && *p != '-' && *p != '.' && *p != '_')
            return false;
    for (size_t i = 0; i < sizeof endings / sizeof *endings; i++) {
        size_t m = strlen(endings[i]);
        if (n > m && !strcmp(name + n - m, endings[i]))
            return !strstr(name, "..");
    }
    return false;
}

static bool ends_with(const char *text, const char *ending)
{
    size_t n = strlen(text), m = strlen(ending);
    return n >= m && !strcmp(text + n - m, ending);
}

/* --- streams
 * ------------------------------------------------------------------------------------ */

/* A rung that grows no more has a playlist that says so in its last line. */
static bool is_final(struct arena *a, const char *mp4_path)
{
    char tail[32] = "";
    size_t n = strlen(mp4_path) - strlen("-fragmented.mp4");
    SCOPED_FD int fd =
        open(arena_printf(a, "%.*s.m3u8", (int)n, mp4_path), O_RDONLY | O_CLOEXEC);
    struct stat st;
    if (fd < 0 || fstat(fd, &st) || st.st_size < 16)
        return false;
    ssize_t got = pread(fd, tail, 16, st.st_size - 16);
    return got == 16 && strstr(tail, "#EXT-X-ENDLIST");
}

/* GET /static/streaming-playlists/hls/:uuid/:file */
struct err h_hls_public(struct req *rq, struct res *rs)
{
    const char *uuid = req_param(rq, "uuid"), *file = req_param(rq, "file");
    if (!uuid_valid(uuid) || !stream_name_fine(file))
        return FAIL(NOT_FOUND, "no such file");
    const char *path = storage_hls_file(rq->app->storage, rq->arena, uuid, false, file);
    bool final = ends_with(file, "-fragmented.mp4") && is_final(rq->arena, path);
    return res_file(rq, rs,
                    &(struct file_answer){
                        .path = path, .cache = final ? CACHE_FINAL : CACHE_ASK, .cors = true});
}

const char *files_cache(const struct video *v)
{
    return video_is_private(v) ? CACHE_PRIVATE : CACHE_FINAL;
}

struct err files_check(struct req *rq, const struct video *v)
{
    const char *token = req_query(rq, "videoFileToken");
    int64_t user_id;
    if (token && *token && video_is_private(v))
        return video_token_check(rq->db, rq->arena, v->uuid, token, now_ms(), &user_id);
    return video_check_seen_by(rq->caller, v, false);
}

/* Adds the token to what a playlist names; players know no headers. The flag goes on in the
 * master only: rungs name no further playlists. */
static void reinject(struct strbuf *out, const char *text, const char *token, bool master)
{
    const char *flag = master ? "&reinjectVideoFileToken=true" : "";
    for (const char *line = text; *line;) {
        const char *end = strchrnul(line, '\n');
        const char *uri = NULL, *stop = end;
        if (*line != '#') {
            uri = line;
            while (stop > line && isspace((unsigned char)stop[-1]))
                stop--;
        } else {
            const char *found = memmem(line, (size_t)(end - line), "URI=\"", 5);
            const char *quote =
                found ? memchr(found + 5, '"', (size_t)(end - found - 5)) : NULL;
            if (quote)
                uri = found + 5, stop = quote;
        }
        if (uri && stop > uri) {
            strbuf_add(out, line, (size_t)(stop - line));
            strbuf_addf(out, "?videoFileToken=%s%s", token, flag);
            strbuf_add(out, stop, (size_t)(end - stop));
        } else {
            strbuf_add(out, line, (size_t)(end - line));
        }
        if (*end)
            strbuf_adds(out, "\n");
        line = *end ? end + 1 : end;
    }
}

static struct err playlist_with_token(struct req *rq, struct res *rs, const char *path,
                                      const char *token)
{
    char *text;
    size_t bytes;
    TRY(file_read(rq->arena, path, 64 << 20, &text, &bytes));
    for (const char *p = token; *p; p++)
        if (!isxdigit((unsigned char)*p) && *p != '-')
            return FAIL(FORBIDDEN, "this video token is wrong");
    struct strbuf out = STRBUF_IN(rq->arena);
    reinject(&out, text, token, ends_with(path, "-master.m3u8"));
    res_header(rq, rs, "Cache-Control", CACHE_PRIVATE);
    res_text(rs, 200, "application/vnd.apple.mpegurl", out.text ? out.text : "", out.length);
    return OK;
}

/* GET /static/streaming-playlists/hls/private/:uuid/:file  ?videoFileToken
 * reinjectVideoFileToken 200 | 206 | 401 | 403 | 404 */
struct err h_hls_private(struct req *rq, struct res *rs)
{
    const char *uuid = req_param(rq, "uuid"), *file = req_param(rq, "file");
    struct video v;
    if (!uuid_valid(uuid) || !stream_name_fine(file))
        return FAIL(NOT_FOUND, "no such file");
    TRY(video_find(rq->db, rq->arena, uuid, &v, NULL));
    TRY(files_check(rq, &v));
    const char *path =
        storage_hls_file(rq->app->storage, rq->arena, uuid, video_is_private(&v), file);
    const char *token = req_query(rq, "videoFileToken");
    const char *again = req_query(rq, "reinjectVideoFileToken");
    if (token && *token && again && !strcmp(again, "true") && ends_with(file, ".m3u8"))
        return playlist_with_token(rq, rs, path, token);
    return res_file(rq, rs,
                    &(struct file_answer){.path = path, .cache = CACHE_PRIVATE, .cors = true});
}

/* --- plain MP4s
 * ------------------------------------------------------------------------------------ */

struct plain { /* the plain MP4 of one rung of a video */
    struct video video;
    struct video_file file;
    const char *map, *rung, *sound; /* paths; sound NULL: none */
};

static struct err plain_paths(struct req *rq, int resolution, struct plain *p)
{
    struct video_file_list files;
    const struct video_file *sound = NULL, *found = NULL;
    TRY(video_files(rq->db, rq->arena, p->video.id, &files));
    for (size_t i = 0; i < files.count; i++) {
        if (files.items[i].resolution == resolution)
            found = &files.items[i];
        if (files.items[i].resolution == 0)
            sound = &files.items[i];
    }
    if (!found)
        return FAIL(NOT_FOUND, "no such file");
    p->file = *found;
    const char *folder = storage_hls_folder(rq->app->storage, rq->arena, p->video.uuid,
                                            video_is_private(&p->video));
    const char *name =
        arena_printf(rq->arena, "%s/%s-%d", folder, found->file_uuid, resolution);
    p->map = arena_printf(rq->arena, "%s.map", name);
    p->rung = arena_printf(rq->arena, "%s-fragmented.mp4", name);
    p->sound = sound && resolution
                   ? arena_printf(rq->arena, "%s/%s-0-fragmented.mp4", folder, sound->file_uuid)
                   : NULL;
    return OK;
}

static struct err plain_answer(struct req *rq, struct res *rs, const struct plain *p,
                               bool download)
{
    struct virtual_answer answer = {0};
    TRY(virtual_mp4_open(rq->arena, p->map, p->rung, p->sound, &answer));
    answer.content_type = p->file.resolution ? "video/mp4" : "audio/mp4";
    answer.cache = files_cache(&p->video);
    if (download)
        answer.download_name =
            p->file.resolution
                ? arena_printf(rq->arena, "%s-%dp.mp4", p->video.name, p->file.resolution)
                : arena_printf(rq->arena, "%s.m4a", p->video.name);
    res_virtual(rq, rs, &answer);
    return OK;
}

/* GET /static/web-videos/[private/]:file   "{file_uuid}-{resolution}.mp4" */
struct err h_web_video(struct req *rq, struct res *rs)
{
    struct file_name name;
    struct plain p;
    if (!file_name_read(req_param(rq, "file"), &name) || strcmp(name.ending, ".mp4"))
        return FAIL(NOT_FOUND, "no such file");
    TRY(video_of_file(rq->db, rq->arena, name.uuid, name.resolution, &p.video));
    TRY(files_check(rq, &p.video));
    TRY(plain_paths(rq, name.resolution, &p));
    return plain_answer(rq, rs, &p, false);
}

static struct err download(struct req *rq, struct res *rs, const char *ending)
{
    struct file_name name;
    struct plain p;
    if (!file_name_read(req_param(rq, "file"), &name) || strcmp(name.ending, ending))
        return FAIL(NOT_FOUND, "no such file");
    TRY(video_find(rq->db, rq->arena, name.uuid, &p.video, NULL));
    TRY(files_check(rq, &p.video));
    if (!p.video.download_enabled && !video_may_edit(rq->caller, &p.video))
        return FAIL(FORBIDDEN, "the owner of this video does not offer it for download");
    TRY(plain_paths(rq, name.resolution, &p));
    return plain_answer(rq, rs, &p, true);
}

/* GET /download/web-videos/:file   "{video uuid}-{resolution}.mp4" */
struct err h_download_web(struct req *rq, struct res *rs)
{
    return download(rq, rs, ".mp4");
}

/* GET /download/streaming-playlists/hls/videos/:file   "{video
 * uuid}-{resolution}-fragmented.mp4": the plain MP4 as well: who downloads wants one file with
 * pictures and sound */
struct err h_download_hls(struct req *rq, struct res *rs)
{
    return download(rq, rs, "-fragmented.mp4");
}

/* GET /download/videos/generate/:id[.mp4|.m4a]  ?videoFileIds: the plain MP4 that holds them;
 * with an ending it is to be played, not saved */
struct err h_download_generate(struct req *rq, struct res *rs)
{
    const char *id = req_param(rq, "id");
    struct video_file_list files;
    struct plain p;
    size_t count;
    int resolution = -1;
    bool play = ends_with(id, ".mp4") || ends_with(id, ".m4a");
    if (play)
        id = arena_strndup(rq->arena, id, strlen(id) - 4);
    bool by_number;
    TRY(video_find(rq->db, rq->arena, id, &p.video, &by_number));
    if (by_number && !video_is_private(&p.video))
        TRY(video_check_seen_by(rq->caller, &p.video, true));
    TRY(files_check(rq, &p.video));
    if (!p.video.download_enabled && !video_may_edit(rq->caller, &p.video))
        return FAIL(FORBIDDEN, "the owner of this video does not offer it for download");
    TRY(video_files(rq->db, rq->arena, p.video.id, &files));
    const char *const *ids = query_list(rq, "videoFileIds", &count);
    for (size_t i = 0; i < count; i++)
        for (size_t k = 0; k < files.count; k++) {
            int64_t asked = strtoll(ids[i], NULL, 10), rung = files.items[k].id;
            if (asked == file_id_hls(rung) || asked == file_id_web(rung))
                resolution = files.items[k].resolution > resolution ? files.items[k].resolution
                                                                    : resolution;
        }
    if (resolution < 0)
        return req_invalid(rq, "videoFileIds", "Should be ids of files of this video");
    TRY(plain_paths(rq, resolution, &p));
    return plain_answer(rq, rs, &p, !play);
}

/* GET /download/original-video-files/:uuid   what was uploaded, for its owner, while it is kept
 */
struct err h_download_original(struct req *rq, struct res *rs)
{
    struct video v;
    TRY(video_edit(rq->db, rq->arena, rq->caller, req_param(rq, "uuid"), &v));
    return res_file(rq, rs,
                    &(struct file_answer){
                        .path = storage_original(rq->app->storage, rq->arena, v.uuid),
                        .content_type = "application/octet-stream",
                        .cache = CACHE_PRIVATE,
                        .download_name = v.source_name,
                    });
}

/* --- torrents
 * -------------------------------------------------------------------------------------- */

static struct err torrent_ensure(struct req *rq, const struct plain *p, const char *path)
{
    if (path_exists(path))
        return OK;
    struct virtual_answer answer = {0};
    struct err e = virtual_mp4_open(rq->arena, p->map, p->rung, p->sound, &answer);
    if (e.id == ERR_NOT_FOUND)
        return FAIL(OVERLOADED, "this file is still being made; ask again later");
    TRY(e);
    e = folder_make(storage_path(rq->app->storage, rq->arena, "torrents"));
    if (!e.id) {
        const char *url =
            arena_printf(rq->arena, "%s/static/web-videos/%s%s-%d.mp4", rq->app->config->url,
                         video_is_private(&p->video) ? "private/" : "", p->file.file_uuid,
                         p->file.resolution);
        const char *name =
            arena_printf(rq->arena, "%s-%d.mp4", p->video.uuid, p->file.resolution);
        e = torrent_make(rq->arena, &answer, name, url, now_ms() / 1000, path);
    }
    answer.release(answer.owner);
    return e;
}

static struct err torrent(struct req *rq, struct res *rs, bool download)
{
    struct file_name name;
    struct plain p;
    const char *file = req_param(rq, "file");
    if (ends_with(file, "-source.torrent") &&
        strlen(file) == UUID_TEXT - 1 + strlen("-source.torrent")) {
        const char *uuid = arena_strndup(rq->arena, file, UUID_TEXT - 1);
        TRY(video_see(rq->db, rq->arena, rq->caller, uuid, &p.video));
        return FAIL(OVERLOADED, "the files of this video are still being made");
    }
    if (!file_name_read(file, &name) ||
        (strcmp(name.ending, "-hls.torrent") && strcmp(name.ending, ".torrent")))
        return FAIL(NOT_FOUND, "no such file");
    TRY(video_of_file(rq->db, rq->arena, name.uuid, name.resolution, &p.video));
    TRY(files_check(rq, &p.video));
    TRY(plain_paths(rq, name.resolution, &p));
    const char *path = storage_path(
        rq->app->storage, rq->arena,
        arena_printf(rq->arena, "torrents/%s-%d-hls.torrent", name.uuid, name.resolution));
    TRY(torrent_ensure(rq, &p, path));
    return res_file(rq, rs,
                    &(struct file_answer){
                        .path = path,
                        .content_type = "application/x-bittorrent",
                        .cache = video_is_private(&p.video) ? CACHE_PRIVATE : CACHE_FINAL,
                        .download_name = download ? arena_printf(rq->arena, "%s-%dp.torrent",
                                                                 p.video.name, name.resolution)
                                                  : NULL,
                        .cors = true,
                    });
}

/* GET /lazy-static/torrents/:file   "{file_uuid}-{resolution}[-hls].torrent": made when first
 * asked for; 503 while the file is not there yet */
struct err h_torrent(struct req *rq, struct res *rs)
{
    return torrent(rq, rs, false);
}

/* GET /download/torrents/:file */
struct err h_torrent_download(struct req *rq, struct res *rs)
{
    return torrent(rq, rs, true);
}

/* --- pictures and the client
 * -------------------------------------------------------------------------- */

/* Made-up names only: they cannot be guessed, so they need no check. */
static bool picture_name_fine(const char *name)
{
    size_t n = strlen(name);
    return n > 4 && n < 100 && name[0] != '.' && !strstr(name, "..") &&
           strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789.-") == n;
}

/* GET /lazy-static/thumbnails/:file */
struct err h_thumbnail(struct req *rq, struct res *rs)
{
    const char *file = req_param(rq, "file");
    if (!picture_name_fine(file))
        return FAIL(NOT_FOUND, "no such file");
    return res_file(rq, rs,
                    &(struct file_answer){
                        .path = storage_thumbnail(rq->app->storage, rq->arena, file),
                        .cache = CACHE_FOREVER,
                        .cors = true,
                    });
}

/* GET /lazy-static/storyboards/:file */
struct err h_storyboard(struct req *rq, struct res *rs)
{
    const char *file = req_param(rq, "file");
    if (!picture_name_fine(file))
        return FAIL(NOT_FOUND, "no such file");
    return res_file(rq, rs,
                    &(struct file_answer){
                        .path = storage_path(rq->app->storage, rq->arena,
                                             arena_printf(rq->arena, "storyboards/%s", file)),
                        .cache = CACHE_FOREVER,
                        .cors = true,
                    });
}

/* GET /lazy-static/avatars/:file, /lazy-static/banners/:file */
struct err h_actor_picture(struct req *rq, struct res *rs)
{
    const char *file = req_param(rq, "file");
    if (!picture_name_fine(file))
        return FAIL(NOT_FOUND, "no such file");
    return res_file(rq, rs,
                    &(struct file_answer){
                        .path = storage_avatar(rq->app->storage, rq->arena, file),
                        .cache = CACHE_FOREVER,
                        .cors = true,
                    });
}

/* GET /client/assets/:file */
struct err h_client_asset(struct req *rq, struct res *rs)
{
    struct static_body *body = assets_file(rq->app->assets, req_param(rq, "file"));
    if (!body)
        return FAIL(NOT_FOUND, "no such file");
    res_static(rq, rs, body);
    return OK;
}

/* GET /favicon.ico */
struct err h_favicon(struct req *rq, struct res *rs)
{
    const char *path = assets_path(rq->app->assets, "favicon.svg");
    if (!path)
        return FAIL(NOT_FOUND, "no such file");
    res_redirect(rq, rs, 302, path);
    return OK;
}

/* GET /robots.txt */
struct err h_robots(struct req *rq, struct res *rs)
{
    (void)rq;
    static const char text[] = "User-agent: *\nDisallow: /api/\nDisallow: /download/\n"
                               "Disallow: /my-\n";
    res_text(rs, 200, "text/plain; charset=utf-8", text, sizeof text - 1);
    return OK;
}
