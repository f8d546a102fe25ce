/* videos.c — see videos.h. */
#include "server/api/videos.h"

#include "base/clock.h"
#include "server/api/params.h"
#include "server/api/pictures.h"
#include "server/api/upload.h"
#include "server/api/video_query.h"
#include "server/app.h"
#include "server/config.h"
#include "server/domain/account.h"
#include "server/domain/remote_video.h"
#include "server/domain/thumbnail.h"
#include "server/domain/video.h"
#include "server/domain/video_fields.h"
#include "server/domain/video_token.h"
#include "server/domain/views.h"
#include "server/jobs/jobs.h"
#include "server/jobs/progress.h"
#include "server/view/actor_json.h"
#include "server/view/parts_json.h"
#include "server/view/remote_json.h"
#include "server/view/video_json.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static struct err see(struct req *rq, struct video *v)
{
    return video_see(rq->db, rq->arena, rq->caller, req_param(rq, "id"), v);
}

static struct err edit(struct req *rq, struct video *v)
{
    return video_edit(rq->db, rq->arena, rq->caller, req_param(rq, "id"), v);
}

/* --- lists
 * ------------------------------------------------------------------------------------ */

/* GET /api/v1/videos  ?start count sort nsfw categoryOneOf … (video_query.h)
 * 200 {total, data} | 400 invalid_params | 401 filters of moderators */
struct err h_videos_list(struct req *rq, struct res *rs)
{
    struct video_query q = {.of = OF_SITE};
    TRY(video_query_read(rq, "-publishedAt", &q));
    return video_query_answer(rq, rs, &q, q.everything);
}

/* GET /api/v1/accounts/:handle/videos */
struct err h_account_videos(struct req *rq, struct res *rs)
{
    struct actor account;
    TRY(account_get(rq->db, rq->arena, req_param(rq, "handle"), url_host(rq->app->config->url),
                    &account));
    struct video_query q = {.of = OF_ACCOUNT, .of_id = account.id};
    TRY(video_query_read(rq, "-publishedAt", &q));
    return video_query_answer(rq, rs, &q, q.everything);
}

/* GET /api/v1/video-channels/:handle/videos */
struct err h_channel_videos(struct req *rq, struct res *rs)
{
    struct channel channel;
    TRY(channel_get(rq->db, rq->arena, req_param(rq, "handle"), url_host(rq->app->config->url),
                    &channel));
    struct video_query q = {.of = OF_CHANNEL, .of_id = channel.actor.id};
    TRY(video_query_read(rq, "-publishedAt", &q));
    return video_query_answer(rq, rs, &q, q.everything);
}

/* GET /api/v1/users/me/videos: every state, with reasons */
struct err h_my_videos(struct req *rq, struct res *rs)
{
    struct video_query q = {
        .of = OF_ACCOUNT, .of_id = rq->caller->account_id, .everything = true};
    TRY(video_query_read(rq, "-createdAt", &q));
    if (!req_query(rq, "nsfw"))
        q.nsfw = -1;
    int64_t channel_id = 0;
    TRY(query_int(rq, "channelId", 1, INT64_MAX, &channel_id));
    if (channel_id) {
        struct channel channel;
        TRY(account_channel_of_user(rq->db, rq->arena, rq->caller->user_id, channel_id,
                                    &channel));
        q.of = OF_CHANNEL, q.of_id = channel_id;
    }
    return video_query_answer(rq, rs, &q, true);
}

/* --- one video
 * ---------------------------------------------------------------------------------- */

struct err video_details_text(struct req *rq, const struct video *v,
                              const struct video_plain *plain, const char **text, size_t *bytes)
{
    struct channel channel;
    TRY(channel_get_by_id(rq->db, rq->arena, v->channel.id, &channel));
    struct strbuf json = STRBUF_IN(rq->arena);
    video_details_json(&json, rq->app->config->url,
                       &(struct video_details){
                           .video = v,
                           .channel = &channel,
                           .files = &plain->files,
                           .web_bytes = plain->bytes,
                           .may_edit = video_may_edit(rq->caller, v),
                       });
    *text = json.text;
    *bytes = json.length;
    return OK;
}

/* GET /api/v1/videos/:id   a number, UUID or short UUID
 * 200 VideoDetails | 401 sign in | 403 private | 404 video_not_found */
struct err h_video_get(struct req *rq, struct res *rs)
{
    struct video v;
    const char *text;
    size_t bytes;
    TRY(see(rq, &v));
    if (v.uri && rq->app->federation)
        TRY(remote_video_seen(rq->db, rq->arena, v.id));
    struct video_plain plain;
    TRY(video_plain(rq->db, rq->app->storage, rq->arena, &v, &plain));
    TRY(video_details_text(rq, &v, &plain, &text, &bytes));
    res_text(rs, 200, "application/json; charset=utf-8", text, bytes);
    return OK;
}

/* PUT /api/v1/videos/:id   JSON or multipart: what is given is changed; thumbnailfile or
 * previewfile is a new picture, thumbnailTime (seconds) the moment to take one from
 * 204 | 400 invalid_params, picture_invalid | 401 | 403 not_owner | 404 video_not_found
 * | 413 | 422 no picture at that moment */
struct err h_video_update(struct req *rq, struct res *rs)
{
    struct video v;
    TRY(edit(rq, &v));

    json_t *body;
    struct video_fields fields;
    TRY(req_json(rq, &body));
    video_fields_read(rq->arena, body, &fields);
    TRY(video_fields_report(rq, &fields, 0));
    const char *folder, *picture;
    TRY(picture_wanted(rq, &v, body, &folder, &picture));

    bool moves = (fields.given & VIDEO_PRIVACY) && fields.privacy != v.privacy;
    if (moves)
        jobs_hold_video(v.id);
    struct err e = video_update(rq->db, rq->app->storage, rq->arena, &v, &fields);
    if (moves)
        jobs_let_video(v.id);
    TRY(e);
    if (folder)
        TRY(video_picture_choose(rq->db, rq->app->storage, rq->arena, v.id, folder, picture));
    res_empty(rs, 204);
    return OK;
}

/* DELETE /api/v1/videos/:id
 * 204 | 401 | 403 not_owner | 404 video_not_found */
struct err h_video_delete(struct req *rq, struct res *rs)
{
    struct video v;
    TRY(edit(rq, &v));
    jobs_hold_video(v.id);
    struct err e = video_delete(rq->db, rq->app->storage, rq->arena, &v);
    jobs_let_video(v.id);
    TRY(e);
    jobs_stop_video(rq->app->jobs, v.id);
    progress_forget(rq->app->progress, v.id);
    res_empty(rs, 204);
    return OK;
}

/* POST|PUT /api/v1/videos/:id/views, /watching  {"currentTime", "viewEvent"?: "seek"}
 * 204 | 400 | as GET */
struct err h_video_view(struct req *rq, struct res *rs)
{
    struct video v;
    json_t *body;
    TRY(see(rq, &v));
    TRY(req_json(rq, &body));
    const json_t *given = json_object_get(body, "currentTime");
    const char *text = json_string_value(given), *event = NULL;
    char *end = NULL;
    double seconds = text ? strtod(text, &end) : json_number_value(given);
    if ((!text && !json_is_number(given)) || (text && (!*text || *end)) || !isfinite(seconds) ||
        seconds < 0 || seconds > 1e9)
        return req_invalid(rq, "currentTime", "Should be a number of seconds");
    event = json_string_value(json_object_get(body, "viewEvent"));

    const char *browser = req_header(rq, "User-Agent");
    const char *viewer =
        rq->caller ? arena_printf(rq->arena, "user %lld", (long long)rq->caller->user_id)
                   : arena_printf(rq->arena, "%s %s", rq->address, browser ? browser : "");
    views_ping(rq->app->views,
               &(struct view_ping){
                   .video_id = v.id,
                   .duration_ms = v.duration_ms,
                   .position_ms = (int64_t)(seconds * 1000),
                   .viewer = viewer,
                   .jumped = event && !strcmp(event, "seek"),
               },
               monotonic_ms());
    res_empty(rs, 204);
    return OK;
}

/* POST /api/v1/videos/:id/token
 * 200 {"files": {"token", "expires"}} | 401 | as GET */
struct err h_video_token(struct req *rq, struct res *rs)
{
    struct video v;
    const char *token;
    int64_t until_ms;
    TRY(see(rq, &v));
    if (!rq->caller)
        return FAIL(UNAUTHORIZED, "sign in to be given a token");
    TRY(video_token_make(rq->db, rq->arena, v.uuid, rq->caller->user_id, now_ms(), &token,
                         &until_ms));
    res_json(rq, rs, 200,
             json_pack("{s:{s:s, s:o}}", "files", "token", token, "expires",
                       iso_time_json(until_ms)));
    return OK;
}

/* --- what hangs on it
 * ---------------------------------------------------------------------------- */

/* GET /api/v1/videos/:id/description   PeerTube dropped it; its clients still ask */
struct err h_video_description(struct req *rq, struct res *rs)
{
    struct video v;
    TRY(see(rq, &v));
    res_json(rq, rs, 200, json_pack("{s:s?}", "description", v.description));
    return OK;
}

/* GET /api/v1/videos/:id/chapters */
struct err h_video_chapters(struct req *rq, struct res *rs)
{
    struct video v;
    struct chapter_list list;
    TRY(see(rq, &v));
    TRY(video_chapters(rq->db, rq->arena, &v, &list));
    res_json(rq, rs, 200, chapters_json(&list));
    return OK;
}

/* {"chapters": [{"timecode", "title"}]} -> [[seconds, "title"], ...], in order of time. */
static struct err read_chapters(struct req *rq, json_t *body, json_t *out)
{
    enum { CHAPTERS_MAX = 500, TITLE_MAX = 100 };
    const json_t *list = json_object_get(body, "chapters");
    json_t *one;
    size_t i, at;
    if (!json_is_array(list) || json_array_size(list) > CHAPTERS_MAX)
        return req_invalid(rq, "chapters", "Should be an array of at most 500 chapters");
    json_array_foreach (list, i, one) {
        const json_t *time = json_object_get(one, "timecode");
        const char *title = json_string_value(json_object_get(one, "title"));
        json_int_t seconds = json_integer_value(time);
        if (!json_is_integer(time) || seconds < 0 || !title || text_length(title) < 1 ||
            text_length(title) > TITLE_MAX)
            return req_invalid(rq, "chapters",
                               "Should have a timecode in seconds and a title of 1 to 100 "
                               "characters each");
        for (at = 0; at < json_array_size(out); at++) {
            json_int_t other = json_integer_value(json_array_get(json_array_get(out, at), 0));
            if (other == seconds)
                return req_invalid(rq, "chapters", "Should have each timecode once");
            if (other > seconds)
                break;
        }
        json_array_insert_new(out, at, json_pack("[I, s]", seconds, title));
    }
    return OK;
}

/* PUT /api/v1/videos/:id/chapters  {"chapters": [{"timecode", "title"}]}: replaces all
 * 204 | 400 invalid_params | 401 | 403 | 404 */
struct err h_video_chapters_set(struct req *rq, struct res *rs)
{
    struct video v;
    json_t *body;
    TRY(edit(rq, &v));
    TRY(req_json(rq, &body));
    json_t *chapters = json_array();
    struct err e = read_chapters(rq, body, chapters);
    char *text = json_dumps(chapters, JSON_COMPACT);
    json_decref(chapters);
    if (!e.id)
        e = video_chapters_set(rq->db, rq->arena, v.id, text);
    free(text);
    TRY(e);
    res_empty(rs, 204);
    return OK;
}

/* GET /api/v1/videos/:id/storyboards
 * The first shows the whole video; the others finer steps of it from "startTime" on. */
struct err h_video_storyboards(struct req *rq, struct res *rs)
{
    struct video v;
    struct storyboard_list sheets;
    TRY(see(rq, &v));
    if (v.uri) {
        res_json(rq, rs, 200,
                 json_pack("{s:o}", "storyboards",
                           remote_storyboards_json(rq->arena, rq->app->config->url, &v)));
        return OK;
    }
    TRY(video_storyboards(rq->db, rq->arena, v.id, &sheets));
    res_json(rq, rs, 200, storyboards_json(rq->arena, rq->app->config->url, &sheets));
    return OK;
}

/* GET /api/v1/videos/:id/metadata/:fileId   what ffprobe would tell of a file */
struct err h_video_metadata(struct req *rq, struct res *rs)
{
    struct video v;
    struct video_file_list files;
    struct video_long texts;
    int64_t file_id;
    TRY(see(rq, &v));
    TRY(param_id(rq, "fileId", &file_id));
    TRY(video_files(rq->db, rq->arena, v.id, &files));
    TRY(video_long(rq->db, rq->arena, v.id, &texts));
    bool sound = files.count && files.items[files.count - 1].resolution == 0;
    for (size_t i = 0; i < files.count; i++) {
        const struct video_file *f = &files.items[i];
        bool web = file_id == file_id_web(f->id);
        if (!web && file_id != file_id_hls(f->id))
            continue;
        json_t *probe = json_loads(texts.probe ? texts.probe : "{}", 0, NULL);
        json_t *json = video_metadata_json(&v, f, sound && (web || !f->resolution), probe);
        json_decref(probe);
        res_json(rq, rs, 200, json);
        return OK;
    }
    return FAIL(NOT_FOUND, "this video has no such file");
}
