/* report.h — what somebody here or elsewhere finds wrong with a video, a comment or an account.
 *
 * Shape:   a report stays when what it is about goes. Those who run the site are told of new
 *          ones, the reporter here of what became of his.
 * Memory:  results live in `a`.
 * Units:   Unix ms; s in the video.
 * Errors:  NOT_FOUND, DATABASE.
 * Threads: any, with its own db.
 */
#ifndef ZOE_REPORT_H
#define ZOE_REPORT_H

#include "base/arena.h"
#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct db;

enum report_state { REPORT_PENDING = 1, REPORT_REJECTED, REPORT_ACCEPTED };

struct report_new { /* about one thing; the ids of the others are 0 */
    int64_t reporter_id, video_id, comment_id, actor_id;
    const char *reason;
    const char *predefined; /* JSON array; NULL: none */
    int64_t start_s, end_s; /* of a video; -1: not told */
    bool forward;           /* a thing elsewhere: its own site is told, in our site's name */
};
MUST_CHECK struct err report_put(struct db *db, struct arena *a, const struct report_new *r,
                                 int64_t *id);

struct report {
    int64_t id;
    int64_t reporter_id, video_id, comment_id; /* 0: gone */
    int64_t actor_id;                          /* whose it is, or who; 0: gone */
    const char *kind;                          /* "video", "comment" or "account" */
    const char *reason, *title;                /* title: of the video as it was; may be NULL */
    const char *predefined;                    /* JSON array */
    const char *moderation; /* a note of those who run the site; may be NULL */
    int64_t start_s, end_s; /* -1: not told */
    int state;
    int64_t created_ms, updated_ms;
};
struct report_list {
    struct report *items;
    size_t count, room;
    int64_t total;
};
struct report_query {
    int64_t reporter_id; /* 0: any */
    int state;           /* 0: any */
    const char *kind;    /* NULL: any */
    const char *words;   /* in reason, title or names; NULL: any */
    int start, count;
    bool oldest_first;
};
MUST_CHECK struct err report_get(struct db *db, struct arena *a, int64_t id,
                                 struct report *out);
MUST_CHECK struct err report_list(struct db *db, struct arena *a, const struct report_query *q,
                                  struct report_list *out);
/* How many he made, and how many are about the other. */
MUST_CHECK struct err report_counts(struct db *db, int64_t reporter_id, int64_t actor_id,
                                    int64_t *by, int64_t *about);
/* `state` 0 and `moderation` NULL: unchanged. */
MUST_CHECK struct err report_update(struct db *db, struct arena *a, int64_t id, int state,
                                    const char *moderation);
MUST_CHECK struct err report_delete(struct db *db, int64_t id);

#endif
