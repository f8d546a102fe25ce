/* video.h — a video as people see it: who may see or change it, lists, edits, removal.
 *
 * Visible: public and unlisted to anybody (unlisted only by a name that cannot be guessed: not
 *          by number), internal to whoever is signed in, private to its owner and moderators.
 *          What is not published is seen by its owner and moderators only.
 * Units:   times are Unix ms UTC, durations ms, sizes bytes.
 * Memory:  results live in `a`.
 * Errors:  VIDEO_NOT_FOUND, UNAUTHORIZED (sign in and ask again), FORBIDDEN, NOT_OWNER,
 *          DATABASE, IO.
 * Threads: any worker, with its own db.
 */
#ifndef ZOE_VIDEO_H
#define ZOE_VIDEO_H

#include "base/arena.h"
#include "base/err.h"
#include "server/domain/caller.h"
#include "server/domain/publish.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct db;
struct storage;
struct video_fields; /* server/domain/video_fields.h */

struct video_owner { /* the account or the channel of a video, in short */
    int64_t id;
    const char *name, *host, *display_name; /* host "" is this site */
    const char *uri, *page_url, *icon_url;  /* of one elsewhere; the last two may be NULL */
};

struct thumbnail {
    int width, height;
    const char *file;
};

enum { THUMBNAILS_MAX = 8 };

struct video {
    int64_t id, user_id; /* user_id: the owner's; 0 when he is from elsewhere */
    const char *uuid;
    char short_uuid[24];
    const char *name, *description, *support, *language, *nsfw_summary,
        *reason;      /* NULL: none */
    const char *tags; /* JSON array */
    const char *source_name, *master_name, *sha256_name;
    int64_t category, licence; /* 0: none */
    int privacy, state, comments_policy, nsfw_flags, width, height;
    bool nsfw, download_enabled, wait_transcoding, playable, listed;
    int64_t duration_ms, views, source_bytes;
    int64_t likes, dislikes, comments; /* that this site knows of */
    int64_t created_ms, updated_ms, published_ms, originally_published_ms; /* last 0: none */
    struct video_owner account, channel;
    struct thumbnail thumbnails[THUMBNAILS_MAX]; /* by width, ascending */
    int thumbnail_count;
    const char *uri;    /* of one elsewhere; NULL: ours */
    const char *remote; /* JSON of what only such videos have: domain/remote_video.h */
};

struct video_list {
    struct video *items;
    size_t count, room;
    int64_t total;
};

struct video_file { /* a rung; resolution 0 is the sound */
    int64_t id, size_bytes, ready_us, segments;
    const char *file_uuid, *codecs, *frame_rate; /* the last two may be NULL */
    int resolution, width, height, fps;
    bool done;
};

struct video_file_list {
    struct video_file *items; /* by resolution, descending */
    size_t count, room;
};

struct video_long {               /* long texts, read only where needed */
    const char *probe, *chapters; /* JSON; NULL: none */
};

struct storyboard {   /* one sheet of it */
    const char *file; /* NULL: none */
    int start_s, sprites;
    int total_width, total_height, sprite_width, sprite_height, sprite_duration_s;
};

struct storyboard_list {
    struct storyboard
        *items; /* the first shows the whole video, the others finer steps of it */
    size_t count, room;
};

/* --- one video -----------------------------------------------------------------------------
 */

/* `id` is a number, a UUID or a short UUID. *by_number may be NULL. */
MUST_CHECK struct err video_find(struct db *db, struct arena *a, const char *id,
                                 struct video *out, bool *by_number);
/* video_find, then whether `c` may see it. */
MUST_CHECK struct err video_see(struct db *db, struct arena *a, const struct caller *c,
                                const char *id, struct video *out);
/* video_find, then whether `c` may change it: its owner and moderators. */
MUST_CHECK struct err video_edit(struct db *db, struct arena *a, const struct caller *c,
                                 const char *id, struct video *out);
bool video_may_edit(const struct caller *c, const struct video *v);
/* Whether its files lie in the private folder. */
static inline bool video_is_private(const struct video *v)
{
    return v->privacy == PRIVACY_PRIVATE || v->privacy == PRIVACY_INTERNAL;
}
/* The video that the file {file_uuid}-{resolution} belongs to. */
MUST_CHECK struct err video_of_file(struct db *db, struct arena *a, const char *file_uuid,
                                    int resolution, struct video *out);
/* OK when `c` may see it; by_number: asked for by its guessable number. */
MUST_CHECK struct err video_check_seen_by(const struct caller *c, const struct video *v,
                                          bool by_number);

MUST_CHECK struct err video_files(struct db *db, struct arena *a, int64_t id,
                                  struct video_file_list *out);
/* The same with the sizes of their plain MP4s. */
struct video_plain {
    struct video_file_list files;
    int64_t *bytes; /* of each; -1: there is none */
};
MUST_CHECK struct err video_plain(struct db *db, const struct storage *s, struct arena *a,
                                  const struct video *v, struct video_plain *out);
MUST_CHECK struct err video_long(struct db *db, struct arena *a, int64_t id,
                                 struct video_long *out);
MUST_CHECK struct err video_storyboards(struct db *db, struct arena *a, int64_t id,
                                        struct storyboard_list *out);
/* The one that shows the whole video. */
MUST_CHECK struct err video_storyboard(struct db *db, struct arena *a, int64_t id,
                                       struct storyboard *out);

/* Grows with every change of the database: see db_generation. */
uint64_t video_generation(struct db *db);

/* --- lists
 * ------------------------------------------------------------------------------------ */

enum video_list_of { OF_SITE, OF_EVERYTHING, OF_CHANNEL, OF_ACCOUNT };

/* NULL: no such filter; `…_json` are JSON arrays. */
struct video_query {
    enum video_list_of of;
    int64_t of_id;    /* channel or account */
    bool everything;  /* OF_CHANNEL, OF_ACCOUNT: also what is not listed, for the owner */
    const char *sort; /* published name duration views created original size trending likes
                       * comments match */
    bool descending, skip_count;
    int start, count;
    bool nothing; /* a filter that no video here passes */
    enum { FROM_ANYWHERE, FROM_HERE, FROM_ELSEWHERE } from;
    int64_t viewer;   /* the user whose blocks count; 0: nobody's */
    const char *host; /* of the channel, lower case, "" ours; NULL: any */
    int nsfw;         /* 0, 1, -1 both */
    int nsfw_flags_in, nsfw_flags_out;
    const char *categories_json, *licences_json, *languages_json;
    const char *tags_one_json, *tags_all_json; /* lower case */
    const char *uuids_json, *privacies_json, *states_json;
    const char *published_from, *published_to, *original_from, *original_to; /* ms as text */
    const char *duration_from, *duration_to;
    const char *words; /* what the user typed */
};

MUST_CHECK struct err video_list(struct db *db, struct arena *a, const struct video_query *q,
                                 struct video_list *out);

/* What the user typed as an FTS5 expression: each word quoted, the last one a prefix. NULL when
 * there is no word in it. */
const char *video_match(struct arena *a, const char *words);

/* Channels whose name begins with `words`, or the one of that handle. */
struct channel_list;
MUST_CHECK struct err channel_search(struct db *db, struct arena *a, const char *words,
                                     const char *own_host, int start, int count,
                                     struct channel_list *out);

/* --- changes
 * ------------------------------------------------------------------------------------ */

/* Writes what `fields` gives. A change between public and private also moves the stream folder:
 * when going private before the change is told, when going public after it, so that a private
 * video is never in the public folder. A crash in between is put right by video_settle. */
MUST_CHECK struct err video_update(struct db *db, const struct storage *s, struct arena *a,
                                   const struct video *v, const struct video_fields *fields);
/* `chapters`: JSON [[seconds, "title"], ...] */
MUST_CHECK struct err video_chapters_set(struct db *db, struct arena *a, int64_t id,
                                         const char *chapters);
/* The row with all that hangs on it, then its files. */
MUST_CHECK struct err video_delete(struct db *db, const struct storage *s, struct arena *a,
                                   const struct video *v);

/* Removes the files that changes have put into the trash. */
MUST_CHECK struct err video_trash_empty(struct db *db, const struct storage *s);

/* At start: finishes moves that a crash cut short, and empties the trash. */
MUST_CHECK struct err video_settle(struct db *db, const struct storage *s);

#endif
