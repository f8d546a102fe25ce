/* comment_feed.h — tells open watch pages that the comments below a video changed.
 *
 * Shape:   whoever writes a comment (a request, an inbox thread, a job) only writes rows; a
 *          trigger counts the changes of each video. One thread looks at the videos that
 *          somebody watches when the database has grown, at most every COMMENT_FEED_REST_MS,
 *          and wakes the event streams of those that changed.
 * Threads: any; inside is one lock, never held across a call out.
 */
#ifndef ZOE_COMMENT_FEED_H
#define ZOE_COMMENT_FEED_H

#include "base/err.h"

#include <stdbool.h>
#include <stdint.h>

struct comment_feed;
struct db_pool;
struct http;

enum { COMMENT_FEED_REST_MS = 250, COMMENT_FEED_VIDEOS_MAX = 4096 };

MUST_CHECK struct err comment_feed_open(struct db_pool *pool, struct comment_feed **out);
void comment_feed_close(struct comment_feed *f);                      /* accepts NULL */
void comment_feed_connect(struct comment_feed *f, struct http *http); /* NULL: nobody listens */

/* The topic of a video's comment events; another than that of its progress. */
static inline uint64_t comment_feed_topic(int64_t video_id)
{
    return (uint64_t)video_id | UINT64_C(1) << 62;
}

/* A page opens and closes. OVERLOADED: too many videos are watched at once. */
MUST_CHECK struct err comment_feed_join(struct comment_feed *f, int64_t video_id);
void comment_feed_leave(struct comment_feed *f, int64_t video_id);
/* False when nothing is known of the video yet. */
bool comment_feed_latest(struct comment_feed *f, int64_t video_id, int64_t *version,
                         int64_t *total);

#endif
