/* video_fields.h — what people say about a video: read from JSON (or a form made into JSON),
 * checked, and kept with a note of what was given. Shared by uploads and PUT /videos/:id.
 *
 * Input:   an object as PeerTube's clients send it: real JSON types, or the strings of a form
 *          ("true", "1", "3", "null"; arrays as [..], {"0": ..} or one string).
 * Memory:  everything in the result lives in `a`; the JSON is only read.
 * Errors:  none here: each thing wrong is a line in `problems` for the caller to report, all of
 *          them at once (in api: req_invalid per line, or video_fields_report in api/upload.h).
 * Threads: no shared state.
 */
#ifndef ZOE_VIDEO_FIELDS_H
#define ZOE_VIDEO_FIELDS_H

#include "base/arena.h"

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

struct video_new;

enum video_field {
    VIDEO_NAME = 1 << 0,
    VIDEO_CHANNEL = 1 << 1,
    VIDEO_DESCRIPTION = 1 << 2,
    VIDEO_SUPPORT = 1 << 3,
    VIDEO_CATEGORY = 1 << 4,
    VIDEO_LICENCE = 1 << 5,
    VIDEO_LANGUAGE = 1 << 6,
    VIDEO_TAGS = 1 << 7,
    VIDEO_PRIVACY = 1 << 8,
    VIDEO_NSFW = 1 << 9,
    VIDEO_NSFW_FLAGS = 1 << 10,
    VIDEO_NSFW_SUMMARY = 1 << 11,
    VIDEO_COMMENTS_POLICY = 1 << 12, /* commentsPolicy, or the older commentsEnabled */
    VIDEO_DOWNLOAD_ENABLED = 1 << 13,
    VIDEO_WAIT_TRANSCODING = 1 << 14,
    VIDEO_ORIGINALLY_PUBLISHED = 1 << 15,
};

struct field_problem {
    const char *field, *message;
    struct field_problem *next;
};

/* A member means something only when its bit is in `given`; the others hold what a new video
 * gets by default. "null" was given and empties the field: NULL, 0. */
struct video_fields {
    unsigned given; /* of enum video_field */
    const char *name;
    int64_t channel_id;
    const char *description, *support; /* NULL: none */
    int64_t category, licence;         /* 0: none */
    const char *language;              /* NULL: unknown */
    const char *tags_json;             /* JSON array of text, duplicates dropped */
    int privacy;                       /* 1..4 */
    bool nsfw;
    int nsfw_flags;
    const char *nsfw_summary; /* NULL: none */
    int comments_policy;      /* 1..3 */
    bool download_enabled, wait_transcoding;
    int64_t originally_published_ms; /* 0: none */
    struct field_problem *problems;  /* in the order found; NULL: all fine */
};

/* Fields it does not know are ignored. */
void video_fields_read(struct arena *a, const json_t *object, struct video_fields *out);

/* Adds a line to out->problems. */
void video_fields_problem(struct arena *a, struct video_fields *fields, const char *field,
                          const char *message);

/* Copies them all, defaults included, into what video_create wants (not user, file and ids). */
void video_fields_apply(const struct video_fields *fields, struct video_new *out);

/* ISO 8601 ("2024-05-01", "2024-05-01T10:00:00.000Z", with an offset) -> Unix ms. Source: RFC
 * 3339. */
bool iso8601_parse(const char *text, int64_t *ms);

#endif
