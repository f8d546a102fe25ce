/* err.h — the one error type and the one table of everything that can go wrong.
 *
 * Shapes:  an `err` is an id from ERR_LIST plus one sentence for people and logs.
 * Memory:  `detail` is static or arena memory that outlives the caller's use; never parsed.
 * Errors:  the router turns an err into a status and a problem document (RFC 7807); the
 *          job runner reads `again`: NEVER = fail now with the reason, LATER = retry.
 * Threads: values only.
 */
#ifndef ZOE_ERR_H
#define ZOE_ERR_H

#include <stdbool.h>

/*    name                     HTTP  machine code                 again? */
#define ERR_LIST(X)                                                        \
    X(NONE, 200, "none", NEVER)                                            \
    /* requests */                                                         \
    X(BAD_REQUEST, 400, "bad_request", NEVER)                              \
    X(INVALID_PARAMS, 400, "invalid_params", NEVER)                        \
    X(UNKNOWN_ROUTE, 400, "unknown_route", NEVER)                          \
    X(UNAUTHORIZED, 401, "unauthorized_request", NEVER)                    \
    X(INVALID_TOKEN, 401, "invalid_token", NEVER)                          \
    X(INVALID_GRANT, 400, "invalid_grant", NEVER)                          \
    X(INVALID_CLIENT, 400, "invalid_client", NEVER)                        \
    X(UNSUPPORTED_GRANT, 400, "unsupported_grant_type", NEVER)             \
    X(TOO_LONG_PASSWORD, 400, "too_long_password", NEVER)                  \
    X(CURRENT_PASSWORD_INVALID, 400, "current_password_is_invalid", NEVER) \
    X(ACCOUNT_BLOCKED, 400, "account_blocked", NEVER)                      \
    X(FORBIDDEN, 403, "forbidden", NEVER)                                  \
    X(WRONG_ORIGIN, 403, "wrong_origin", NEVER)                            \
    X(NOT_OWNER, 403, "not_owner", NEVER)                                  \
    X(SIGNUP_CLOSED, 403, "signup_closed", NEVER)                          \
    X(NOT_FOUND, 404, "not_found", NEVER)                                  \
    X(VIDEO_NOT_FOUND, 404, "video_not_found", NEVER)                      \
    X(METHOD_NOT_ALLOWED, 405, "method_not_allowed", NEVER)                \
    X(CONFLICT, 409, "conflict", NEVER)                                    \
    X(NAME_TAKEN, 409, "name_taken", NEVER)                                \
    X(LENGTH_REQUIRED, 411, "length_required", NEVER)                      \
    X(BODY_TOO_LARGE, 413, "body_too_large", NEVER)                        \
    X(MAX_FILE_SIZE, 413, "max_file_size_reached", NEVER)                  \
    X(QUOTA_REACHED, 413, "quota_reached", NEVER)                          \
    X(UNSUPPORTED_MEDIA, 415, "unsupported_media_type", NEVER)             \
    X(RANGE_UNSATISFIABLE, 416, "range_unsatisfiable", NEVER)              \
    X(UNPROCESSABLE, 422, "unprocessable", NEVER)                          \
    X(RATE_LIMITED, 429, "rate_limited", LATER)                            \
    X(HEADERS_TOO_LARGE, 431, "headers_too_large", NEVER)                  \
    X(INTERNAL, 500, "internal_error", LATER)                              \
    X(DATABASE, 500, "database_error", LATER)                              \
    X(IO, 500, "io_error", LATER)                                          \
    X(OVERLOADED, 503, "overloaded", LATER)                                \
    X(STOPPED, 503, "stopping", LATER)                                     \
    X(DISK_FULL, 507, "disk_full", LATER)                                  \
    /* resumable upload (uploadx protocol) */                              \
    X(UPLOAD_FORBIDDEN, 403, "UploadForbidden", NEVER)                     \
    X(UPLOAD_NOT_FOUND, 404, "FileNotFound", NEVER)                        \
    X(UPLOAD_CONFLICT, 409, "FileConflict", NEVER)                         \
    X(UPLOAD_EXPIRED, 410, "UploadExpired", NEVER)                         \
    X(CHECKSUM_MISMATCH, 460, "ChecksumMismatch", NEVER)                   \
    X(UPLOAD_BUSY, 503, "UploadBusy", LATER)                               \
    /* captions and pictures from outside */                               \
    X(CAPTION_INVALID, 400, "caption_invalid", NEVER)                      \
    X(PICTURE_INVALID, 400, "picture_invalid", NEVER)                      \
    /* settings */                                                         \
    X(SETTING_INVALID, 400, "setting_invalid", NEVER)                      \
    /* jobs */                                                             \
    X(TASK_FAILED, 500, "task_failed", LATER)                              \
    X(TASK_REFUSED, 422, "task_refused", NEVER)                            \
    X(GONE, 410, "gone", NEVER)                                            \
    /* tasks at workers elsewhere */                                       \
    X(TASK_GONE, 410, "task_gone", NEVER)                                  \
    X(TASK_ORDER, 409, "task_order", NEVER)                                \
    X(WORKER_DIFFERS, 409, "worker_differs", NEVER)                        \
    X(WORKER_LOST, 500, "worker_lost", LATER)                              \
    /* transcoder */                                                       \
    X(SPEC_INVALID, 400, "spec_invalid", NEVER)                            \
    X(SANDBOX_FAILED, 500, "sandbox_failed", LATER)                        \
    X(INPUT_UNREADABLE, 422, "input_unreadable", NEVER)                    \
    X(LIMIT_EXCEEDED, 422, "limit_exceeded", NEVER)                        \
    X(DECODE_FAILED, 422, "decode_failed", NEVER)                          \
    X(ENCODE_FAILED, 500, "encode_failed", LATER)                          \
    X(HARDWARE_FAILED, 500, "hardware_failed", NEVER)                      \
    X(COPY_UNSAFE, 422, "copy_unsafe", NEVER)                              \
    X(RUNG_BROKEN, 422, "rung_broken", NEVER)                              \
    /* federation: what came in */                                         \
    X(SIGNATURE_MISSING, 401, "signature_missing", NEVER)                  \
    X(SIGNATURE_MALFORMED, 400, "signature_malformed", NEVER)              \
    X(SIGNATURE_STALE, 401, "signature_stale", NEVER)                      \
    X(SIGNATURE_WRONG, 401, "signature_wrong", NEVER)                      \
    X(DIGEST_WRONG, 401, "digest_wrong", NEVER)                            \
    X(KEY_UNREADABLE, 401, "key_unreadable", NEVER)                        \
    X(ACTIVITY_INVALID, 400, "activity_invalid", NEVER)                    \
    /* federation: what others answered */                                 \
    X(PEER_UNREACHABLE, 502, "peer_unreachable", LATER)                    \
    X(PEER_BUSY, 503, "peer_busy", LATER)                                  \
    X(PEER_REFUSED, 502, "peer_refused", NEVER)                            \
    X(PEER_GONE, 404, "peer_gone", NEVER)                                  \
    X(PEER_BLOCKED, 403, "peer_blocked", NEVER)                            \
    X(PEER_ODD, 502, "peer_odd", NEVER)

enum err_again { ERR_AGAIN_NEVER, ERR_AGAIN_LATER };

#define X(name, status, code, again) ERR_##name,
enum err_id { ERR_LIST(X) ERR_COUNT };
#undef X

struct err {
    enum err_id id;
    const char *detail;
};

#define OK ((struct err){ERR_NONE, 0})
#define FAIL(name, text) ((struct err){ERR_##name, (text)})
#define TRY(call)                 \
    do {                          \
        struct err err_ = (call); \
        if (err_.id)              \
            return err_;          \
    } while (0)
#define MUST_CHECK __attribute__((warn_unused_result))

int err_status(enum err_id id);       /* HTTP status */
const char *err_code(enum err_id id); /* machine code */
bool err_retryable(enum err_id id);   /* worth running again later? */

#endif
