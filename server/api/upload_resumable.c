/* upload_resumable.c — uploads in chunks that survive broken connections and restarts.
 *
 * Spec:    the uploadx protocol as PeerTube's clients speak it (api-core.md section 4): a POST
 *          announces the file, PUTs bring its bytes, the last of them answers with the video.
 * Errors:  of PUT and DELETE are {"error": {"code", "message"}}; those of POST are problems.
 */
#include "base/crypto.h"
#include "base/file.h"
#include "base/log.h"
#include "server/api/pictures.h"
#include "server/api/upload.h"
#include "server/api/upload_headers.h"
#include "server/app.h"
#include "server/config.h"
#include "server/domain/account.h"
#include "server/domain/early.h"
#include "server/domain/upload.h"
#include "server/domain/upload_claim.h"
#include "server/domain/video_fields.h"
#include "server/storage/storage.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    CLAIM_WAIT_MS = 1000,
    LAST_MODIFIED_MAX = 64,
    FILE_NAME_MAX = 1000,
};

/* --- POST: announcing
 * ------------------------------------------------------------------------- */

static struct err announced_size(struct req *rq, int64_t *bytes)
{
    const char *text = req_header(rq, "X-Upload-Content-Length");
    if (!text || !*text || strlen(text) > 18 || strspn(text, "0123456789") != strlen(text) ||
        !(*bytes = strtoll(text, NULL, 10)))
        return req_invalid(rq, "x-upload-content-length",
                           "Should be the size of the file in bytes");
    return OK;
}

struct err before_upload_init(struct req *rq, struct res *rs)
{
    (void)rs;
    int64_t bytes;
    struct err size = announced_size(rq, &bytes), type = OK;
    const char *mime = req_header(rq, "X-Upload-Content-Type");
    if (!mime || !*mime)
        type = req_invalid(rq, "x-upload-content-type", "Should be the media type of the file");
    return type.id ? type : size;
}

/* "lastModified" as text; NULL when it was not given. */
static const char *last_modified(struct req *rq, const json_t *body)
{
    const json_t *value = json_object_get(body, "lastModified");
    if (json_is_integer(value))
        return arena_printf(rq->arena, "%lld", (long long)json_integer_value(value));
    const char *text = json_string_value(value);
    return text && *text && strlen(text) <= LAST_MODIFIED_MAX ? text : NULL;
}

/* What is kept of the body until the last byte is here. */
static const char *metadata_of(struct req *rq, const json_t *body)
{
    static const char *const kept[] = {
        "filename",
        "name",
        "channelId",
        "description",
        "support",
        "category",
        "licence",
        "language",
        "tags",
        "tags[]",
        "privacy",
        "nsfw",
        "nsfwFlags",
        "nsfwSummary",
        "commentsPolicy",
        "commentsEnabled",
        "downloadEnabled",
        "waitTranscoding",
        "originallyPublishedAt",
    };
    json_t *metadata = json_object();
    for (size_t i = 0; i < sizeof kept / sizeof *kept; i++)
        if (json_object_get(body, kept[i]))
            json_object_set(metadata, kept[i], json_object_get(body, kept[i]));
    char *text = json_dumps(metadata, JSON_COMPACT);
    json_decref(metadata);
    arena_defer(rq->arena, free, text);
    return text;
}

/* The picture waits beside the upload, as the thumbnails that were made of it. */
static struct err keep_picture(struct req *rq, const struct upload *u, const char *folder)
{
    const char *kept = upload_picture_folder(rq->app->storage, rq->arena, u->id);
    if (!folder)
        return OK;
    path_remove(kept);
    return file_rename_durable(folder, kept);
}

static void range_header(struct req *rq, struct res *rs, int64_t have)
{
    if (have > 0)
        res_header(rq, rs, "Range",
                   arena_printf(rq->arena, "bytes=0-%lld", (long long)have - 1));
}

/* POST /api/v1/videos/upload-resumable  {"filename", "name", "channelId", ...}  (requires
 * login) 201 Location | 200 Location, Range (begun before) | 400 invalid_params,
 * picture_invalid | 403 not_owner | 404 not_found (channel) | 413 max_file_size_reached,
 * quota_reached | 415 | 507 disk_full */
struct err h_upload_init(struct req *rq, struct res *rs)
{
    /* parse */
    json_t *body;
    struct video_fields fields;
    struct upload_begin b = {.user_id = rq->caller->user_id, .max_bytes = upload_max_bytes(rq)};
    TRY(req_json(rq, &body));
    TRY(announced_size(rq, &b.size_bytes));
    video_fields_read(rq->arena, body, &fields);
    b.file_name = json_string_value(json_object_get(body, "filename"));
    b.last_modified = last_modified(rq, body);
    b.metadata = metadata_of(rq, body);

    /* check */
    if (!b.file_name || !*b.file_name || strlen(b.file_name) > FILE_NAME_MAX)
        video_fields_problem(rq->arena, &fields, "filename", "Should have a file name");
    TRY(video_fields_report(rq, &fields, VIDEO_NAME | VIDEO_CHANNEL));
    struct channel channel;
    TRY(account_channel_of_user(rq->db, rq->arena, b.user_id, fields.channel_id, &channel));
    TRY(upload_media_check(req_header(rq, "X-Upload-Content-Type"), b.file_name));
    const char *picture;
    TRY(picture_sent(rq, &picture));

    /* act */
    struct upload u;
    int64_t have;
    TRY(upload_begin(rq->db, rq->app->storage, rq->arena, &b, &u, &have));
    if (have) /* what is told to be here must stay here */
        TRY(upload_sync(rq->db, rq->app->storage, rq->arena, &u));
    TRY(keep_picture(rq, &u, picture));

    /* render */
    res_empty(rs, have ? 200 : 201);
    res_header(rq, rs, "Location",
               arena_printf(rq->arena, "%s/api/v1/videos/upload-resumable?upload_id=%s",
                            rq->app->config->url, u.id));
    range_header(rq, rs, have);
    return OK;
}

/* --- PUT: bringing bytes
 * ---------------------------------------------------------------------- */

struct chunk {
    struct upload u;
    struct upload_claim *claim; /* NULL: an offset query */
    int64_t first, bytes;
    struct checksum sum;
};

static void chunk_release(struct chunk *c)
{
    upload_claim_release(c->claim);
    c->claim = NULL;
}

/* What this chunk brought is not to be trusted, and nothing that was made of it. */
static void take_back(struct req *rq, struct chunk *c)
{
    upload_cut(rq->app->storage, rq->arena, &c->u, c->first);
    struct err e = early_forget(rq->db, rq->app->storage, rq->arena, c->u.id);
    if (e.id)
        log_error("early_kept", "upload=%s reason=%s", c->u.id, LOG_QUOTE(e.detail));
}

/* Runs when the handler does not: the client went away, or the disk is full. */
static void chunk_aborted(struct req *rq)
{
    struct chunk *c = rq->state;
    if (!c->claim)
        return;
    if (!upload_claim_keep(c->claim)) {
        chunk_release(c);
        return;
    }
    /* What broke off is kept, unless it was to be checked as a whole or is half a write. */
    if (rq->sink.failed || c->sum.algorithm)
        take_back(rq, c);
    chunk_release(c);
}

/* Errors of the protocol in its own form; all others go on to become problems. */
static struct err protocol_error(struct req *rq, struct res *rs, struct err e)
{
    switch (e.id) {
    case ERR_UPLOAD_BUSY: res_header(rq, rs, "Retry-After", "300"); break;
    case ERR_VIDEO_NOT_FOUND: e.id = ERR_UPLOAD_NOT_FOUND; break;
    case ERR_BAD_REQUEST:
    case ERR_UPLOAD_NOT_FOUND:
    case ERR_UPLOAD_FORBIDDEN:
    case ERR_UPLOAD_EXPIRED:
    case ERR_UPLOAD_CONFLICT:
    case ERR_CHECKSUM_MISMATCH:
    case ERR_DISK_FULL: break;
    default: return e;
    }
    log_info("upload_refused", "code=%s detail=%s", err_code(e.id), LOG_QUOTE(e.detail));
    res_json(rq, rs, err_status(e.id),
             json_pack("{s:{s:s, s:s}}", "error", "code", err_code(e.id), "message", e.detail));
    return OK;
}

/* Digest and Content-Digest are about this chunk; Repr-Digest is about the whole file, so it
 * only helps when the chunk is all of it. */
static struct err read_checksum(struct req *rq, struct chunk *c)
{
    const char *digest = req_header(rq, "Digest"), *md5 = req_header(rq, "Content-MD5");
    bool fine = true;
    if (!digest)
        digest = req_header(rq, "Content-Digest");
    if (!digest && c->bytes == c->u.size_bytes)
        digest = req_header(rq, "Repr-Digest");
    if (digest)
        fine = digest_parse(rq->arena, digest, &c->sum);
    if (fine && !c->sum.algorithm && md5)
        fine = content_md5_parse(rq->arena, md5, &c->sum);
    return fine ? OK : FAIL(BAD_REQUEST, "the checksum of this chunk cannot be read");
}

/* Which bytes this is: *query when it brings none and only asks how many are here. */
static struct err read_range(struct req *rq, struct chunk *c, bool *query)
{
    struct content_range range = {.last = c->u.size_bytes - 1, .total = -1};
    const char *header = req_header(rq, "Content-Range");
    if (header && !content_range_parse(header, &range))
        return FAIL(BAD_REQUEST, "the Content-Range header cannot be read");
    *query = range.query || (!header && rq->content_length == 0);
    if (range.total >= 0 && range.total != c->u.size_bytes)
        return FAIL(UPLOAD_CONFLICT, "the file's size is not the one that was announced");
    if (*query)
        return rq->content_length > 0
                   ? FAIL(UPLOAD_CONFLICT, "a question for the offset brings no bytes")
                   : OK;
    if (range.last < 0 && rq->content_length > 0)
        range.last = range.first + rq->content_length - 1;
    if (range.last < range.first || range.last >= c->u.size_bytes)
        return FAIL(UPLOAD_CONFLICT, "the range lies outside of the announced size");
    c->first = range.first;
    c->bytes = range.last - range.first + 1;
    if (rq->content_length >= 0 && rq->content_length != c->bytes)
        return FAIL(UPLOAD_CONFLICT, "the body's length does not match its range");
    return OK;
}

/* Everything that needs the claim. */
static struct err open_sink(struct req *rq, struct chunk *c)
{
    const struct storage *s = rq->app->storage;
    TRY(upload_find(rq->db, rq->arena, rq->caller->user_id, c->u.id, &c->u));
    if (c->u.video_id)
        return OK;
    if (c->first > upload_have(s, rq->arena, &c->u))
        return FAIL(UPLOAD_CONFLICT, "bytes before this range are missing");
    TRY(upload_disk_check(s, c->bytes));
    if (c->first < upload_have(s, rq->arena, &c->u))
        TRY(early_forget(rq->db, s, rq->arena, c->u.id));
    TRY(upload_open(s, rq->arena, &c->u, c->first, &rq->sink.fd));
    rq->sink.offset = c->first;
    rq->sink.limit = c->bytes;
    if (c->sum.algorithm)
        rq->sink.digest = digest_open(c->sum.algorithm);
    upload_claim_writes(c->claim, rq->sink.fd);
    return OK;
}

static struct err answer_finished(struct req *rq, struct res *rs, const struct upload *u)
{
    struct video_ids ids;
    TRY(upload_video(rq->db, rq->arena, u, &ids));
    upload_answer_video(rq, rs, &ids);
    return OK;
}

static struct err claim(struct req *rq, struct chunk *c)
{
    bool finishing;
    c->claim = upload_claim_take(c->u.id, CLAIM_WAIT_MS, &finishing);
    if (!c->claim && !finishing && upload_silent(rq->app->storage, rq->arena, &c->u)) {
        c->claim = upload_claim_take_over(c->u.id);
        if (c->claim)
            log_info("upload_taken_over", "upload=%s", c->u.id);
    }
    if (finishing)
        return FAIL(UPLOAD_BUSY, "this upload is becoming a video");
    if (!c->claim)
        return FAIL(UPLOAD_CONFLICT, "another chunk of this upload is on its way");
    return OK;
}

static struct err prepare(struct req *rq, struct res *rs, struct chunk *c)
{
    bool query = false;
    TRY(upload_find(rq->db, rq->arena, rq->caller->user_id, req_query(rq, "upload_id"), &c->u));
    if (c->u.video_id) /* the answer to the last byte was lost */
        return answer_finished(rq, rs, &c->u);
    TRY(read_range(rq, c, &query));
    if (query)
        return OK;
    TRY(read_checksum(rq, c));
    TRY(claim(rq, c));
    struct err e = open_sink(rq, c);
    if (!e.id && c->u.video_id)
        e = answer_finished(rq, rs, &c->u);
    if (e.id || rs->status)
        chunk_release(c);
    return e;
}

struct err before_upload_chunk(struct req *rq, struct res *rs)
{
    struct chunk *c = rq->state = arena_alloc(rq->arena, sizeof *c);
    rq->sink.fd = -1;
    rq->aborted = chunk_aborted;
    struct err e = prepare(rq, rs, c);
    return e.id ? protocol_error(rq, rs, e) : OK;
}

/* The body is here: is it what it was said to be? */
static struct err check_body(struct req *rq, struct chunk *c, const char *got)
{
    if (rq->sink.failed)
        return rq->sink.failure;
    if (rq->sink.bytes != c->bytes)
        return FAIL(UPLOAD_CONFLICT, "the body's length does not match its range");
    if (got && strcmp(got, c->sum.base64))
        return FAIL(CHECKSUM_MISMATCH, "the chunk does not match its checksum");
    return OK;
}

static struct err finish(struct req *rq, struct res *rs, struct chunk *c)
{
    upload_claim_finishing(c->claim);
    /* again: it may have been cancelled, or finished by another, since it was looked at */
    TRY(upload_find(rq->db, rq->arena, rq->caller->user_id, c->u.id, &c->u));
    if (c->u.video_id)
        return answer_finished(rq, rs, &c->u);
    struct video_ids ids;
    TRY(upload_finish(rq->db, rq->app->storage, rq->arena, &c->u, &ids));
    upload_answer_video(rq, rs, &ids);
    return OK;
}

static struct err take_in(struct req *rq, struct res *rs, struct chunk *c)
{
    const struct storage *s = rq->app->storage;
    if (c->claim) {
        struct digest *digest = rq->sink.digest;
        rq->sink.digest = NULL;
        const char *got = digest ? digest_base64(digest, rq->arena) : NULL;
        if (!upload_claim_keep(c->claim))
            return FAIL(UPLOAD_CONFLICT, "this upload went on over another connection");
        struct err e = check_body(rq, c, got);
        if (e.id) {
            take_back(rq, c);
            return e;
        }
    }
    int64_t have = upload_have(s, rq->arena, &c->u);
    if (have == c->u.size_bytes) {
        if (!c->claim)
            TRY(claim(rq, c));
        return finish(rq, rs, c);
    }
    TRY(upload_find(rq->db, rq->arena, rq->caller->user_id, c->u.id, &c->u));
    TRY(upload_sync(rq->db, s, rq->arena, &c->u));
    if (rq->app->config->transcode_while_uploading && rq->app->config->transcode_heavy > 0)
        TRY(early_begin(rq->db, rq->arena, c->u.id, have, c->u.size_bytes));
    res_empty(rs, 308);
    range_header(rq, rs, have);
    return OK;
}

/* PUT /api/v1/videos/upload-resumable?upload_id=  Content-Range, Digest?, bytes  (requires
 * login) 308 Range (go on) | 200 {video} (that was the last) | 400 | 403 | 404 | 409 wrong
 * range | 410 expired | 460 wrong checksum | 503 Retry-After | 507 disk_full */
struct err h_upload_chunk(struct req *rq, struct res *rs)
{
    struct chunk *c = rq->state;
    struct err e = take_in(rq, rs, c);
    chunk_release(c); /* before the answer: the next chunk follows it at once */
    return e.id ? protocol_error(rq, rs, e) : OK;
}

/* DELETE /api/v1/videos/upload-resumable?upload_id=  (requires login)
 * 204, for unknown and finished uploads too | 403 somebody else's | 503 becoming a video */
struct err h_upload_cancel(struct req *rq, struct res *rs)
{
    struct err e = upload_cancel(rq->db, rq->app->storage, rq->arena, rq->caller->user_id,
                                 req_query(rq, "upload_id"));
    if (e.id)
        return protocol_error(rq, rs, e);
    res_empty(rs, 204);
    return OK;
}
