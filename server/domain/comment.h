/* comment.h — comments under videos: local ones and those from anywhere in the fediverse.
 *
 * Shape:   threads: a first comment has parent_id 0 and thread_id its own id; answers, at any
 *          depth, carry the id of the first one. A deleted comment stays as a tombstone (no
 *          text, no author shown), so that threads keep their shape.
 * Counts:  video.comments, comment.replies and comment.owner_replies count what is shown
 *          (neither held nor deleted); triggers keep them.
 * Out:     what local people do leaves a job row by outbox.h in the same transaction.
 * Memory:  results live in `a`.
 * Units:   Unix ms.
 * Errors:  NOT_FOUND, FORBIDDEN, NOT_OWNER, CONFLICT, INVALID_PARAMS, DATABASE.
 * Threads: any, with its own db.
 */
#ifndef ZOE_COMMENT_H
#define ZOE_COMMENT_H

#include "server/domain/caller.h"
#include "server/domain/remote_actor.h"

struct video;

enum { COMMENTS_OPEN = 1, COMMENTS_CLOSED, COMMENTS_APPROVAL };
enum { COMMENT_MAX = 10000, COMMENT_REMOTE_MAX = 65536 }; /* bytes of source, of html */

struct comment {
    int64_t id, video_id, parent_id, thread_id; /* parent_id 0: starts a thread */
    const char *uri;                            /* NULL: ours, named by rule */
    const char *page_url;                       /* of a remote one; may be NULL */
    const char *video_uuid, *parent_uri;        /* parent_uri NULL: none, or ours */
    const char *html;                           /* sanitised; "" of a tombstone */
    const char *source;                         /* Markdown as typed; NULL: remote */
    const char *sensitive;                      /* content warning; NULL: none */
    const char *approval;                       /* id of the ApproveReply; NULL: none */
    struct person author;                       /* id 0: gone with its account */
    bool held;                                  /* waits for approval */
    int64_t created_ms, updated_ms, deleted_ms; /* deleted_ms 0: not */
    int64_t replies, owner_replies, likes;      /* the first two of a first comment */
};

struct comment_list {
    struct comment *items;
    size_t count, room;
    int64_t total;
    int64_t total_shown; /* of a video's threads: all its shown comments, answers included */
};

/* --- writing ---------------------------------------------------------------- */

struct comment_new {
    const struct video *video;
    int64_t parent_id; /* 0: a new thread */
    int64_t actor_id;  /* the local account */
    const char *source;
    const char *site_url; /* mentions of people here link below it */
};
/* A comment by somebody here, on a local or remote video. FORBIDDEN when comments are closed;
 * held when the policy asks for approval and he is not the video's account. NOT_FOUND: the
 * parent is not of this video, or deleted. Tells the video's owner and people mentioned. */
MUST_CHECK struct err comment_create_local(struct db *db, struct arena *a,
                                           const struct comment_new *n, struct comment *out);

struct comment_remote {
    const char *uri, *page_url; /* page_url may be NULL */
    int64_t video_id, parent_id, actor_id;
    const char *html;      /* sanitised */
    const char *sensitive; /* may be NULL */
    int64_t published_ms, updated_ms;
    bool approved; /* the video's own server has approved it (remote videos) */
    const char *site_url;
};
/* Inserts it, or changes the text of the one with this uri when `updated_ms` is newer and the
 * author the same (NOT_OWNER else); a tombstone stays one. FORBIDDEN: comments of a local video
 * are closed, or author or host blocked by the site or the video's owner. *is_new: was not
 * there.
 */
MUST_CHECK struct err comment_put_remote(struct db *db, struct arena *a,
                                         const struct comment_remote *c, int64_t *id,
                                         bool *is_new);

/* The author changes his text. */
MUST_CHECK struct err comment_edit(struct db *db, struct arena *a, int64_t id,
                                   const char *source, const char *site_url);
/* By its author here, the video's owner or a moderator: see comment_may_delete. Out: a Delete,
 * by its author; by the video's owner when the comment is from elsewhere and the video ours. */
MUST_CHECK struct err comment_delete(struct db *db, struct arena *a, int64_t id);
/* Its origin deleted it; only when `actor_id` wrote it or owns the video's channel (NOT_OWNER
 * else). An unknown one is fine. */
MUST_CHECK struct err comment_delete_remote(struct db *db, struct arena *a, const char *uri,
                                            int64_t actor_id);
/* The owner of the video lets a held comment be shown, or refuses it (it is deleted). Out:
 * ApproveReply or RejectReply when its author is remote. */
MUST_CHECK struct err comment_approve(struct db *db, struct arena *a, int64_t id);
MUST_CHECK struct err comment_reject(struct db *db, struct arena *a, int64_t id);
/* ApproveReply for a comment of ours on a video elsewhere. */
MUST_CHECK struct err comment_approved_remotely(struct db *db, int64_t id,
                                                const char *approval_uri);

bool comment_may_delete(const struct caller *c, const struct video *v,
                        const struct comment *comment);
bool comment_may_approve(const struct caller *c, const struct video *v);

/* --- reading ---------------------------------------------------------------- */

MUST_CHECK struct err comment_get(struct db *db, struct arena *a, int64_t id,
                                  struct comment *out);
MUST_CHECK struct err comment_get_by_uri(struct db *db, struct arena *a, const char *uri,
                                         struct comment *out);

struct comment_eyes { /* for whom a list is made */
    int64_t user_id,
        account_id; /* 0: anonymous; his blocks are honoured, his own held ones shown */
    bool see_held;  /* the video's owner and moderators */
};
enum comment_sort { COMMENTS_NEWEST, COMMENTS_OLDEST, COMMENTS_MOST_REPLIES };
/* First comments; tombstones only while they have answers. */
MUST_CHECK struct err comment_threads(struct db *db, struct arena *a, int64_t video_id,
                                      struct comment_eyes eyes, enum comment_sort sort,
                                      int start, int count, struct comment_list *out);
/* The whole thread, first comment first, the others by id; at most COMMENT_THREAD_MAX. */
enum { COMMENT_THREAD_MAX = 1000 };
MUST_CHECK struct err comment_thread(struct db *db, struct arena *a, int64_t video_id,
                                     int64_t thread_id, struct comment_eyes eyes,
                                     struct comment_list *out);
/* Shown ones of a video in order of id, for its collection; `after_id` 0 begins. */
MUST_CHECK struct err comments_of_video(struct db *db, struct arena *a, int64_t video_id,
                                        int64_t after_id, int count, struct comment_list *out);

/* What changes when anything under a video changes: for who keeps a page open. Ids are a JSON
 * array; each answer is {video id, version, shown comments}. */
struct comment_version {
    int64_t video_id, version, total;
};
MUST_CHECK struct err comment_versions(struct db *db, struct arena *a, const char *video_ids,
                                       struct comment_version *out, size_t room, size_t *count);

#endif
