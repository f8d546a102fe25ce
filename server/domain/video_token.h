/* video_token.h — tokens that open the files of one private video for eight hours.
 *
 * Shape:   "{end in ms, hex}-{user id, hex}-{HMAC-SHA-256, hex}" over the video's UUID, the
 *          user and the end; nothing is stored but the site's secret (table site), made at
 *          first use.
 * Memory:  results live in `a`.
 * Errors:  FORBIDDEN (wrong or too old), DATABASE.
 * Threads: any worker, with its own db.
 * Spec:    RFC 2104.
 */
#ifndef ZOE_VIDEO_TOKEN_H
#define ZOE_VIDEO_TOKEN_H

#include "base/arena.h"
#include "base/err.h"

#include <stdint.h>

struct db;

#define VIDEO_TOKEN_MS (8 * 3600 * INT64_C(1000))

MUST_CHECK struct err video_token_make(struct db *db, struct arena *a, const char *video_uuid,
                                       int64_t user_id, int64_t now, const char **token,
                                       int64_t *until_ms);
/* *user_id: whose it is. */
MUST_CHECK struct err video_token_check(struct db *db, struct arena *a, const char *video_uuid,
                                        const char *token, int64_t now, int64_t *user_id);

#endif
