/* outbox.h — THE way out: what local actors did, as job rows of kind "federate", inserted in
 * the transaction of the change. Who delivers reads them, builds the activity and its audience.
 *
 * Payload: {"what": one of the names below,
 *           "video"?, "comment"?, "actor"?, "target"?, "follow"?, "share"?: row ids;
 *           "value"?: of a rate, 1 or -1; "uri"?: id of a remote thing;
 *           "path"?: of a deleted thing, below the site's address without a leading slash;
 *           "inboxes"?: [[url, host], ...] collected before the rows went;
 *           "at": Unix ms of the change}
 *
 *          video_publish    video                Create by account, Announce by channel, site
 *          video_update     video
 *          video_delete     path actor (account) channel inboxes; the row is gone
 *          comment_create   comment              also after local approval of a held one
 *          comment_update   comment
 *          comment_delete   comment path actor   the row is a tombstone
 *          comment_delete   comment actor target the owner of a video of ours removes what
 *                                                `target` elsewhere wrote
 *          comment_approve  comment actor        the video's account; its author is remote
 *          comment_reject   comment actor
 *          rate, unrate     video actor value since    unrate: the value it had
 *          share, unshare   video actor share
 *          view             video value          of a video elsewhere: so many were watched
 *          follow, unfollow follow actor target  unfollow: the follow row is gone
 *          accept, reject   follow actor target uri: who is followed, who follows, his Follow
 *          actor_update     actor
 *          actor_delete     path actor inboxes   it left (leave.h)
 *          flag             report actor target  by the site; whose thing it is
 *          forward          video comment actor (who sent it) incoming: the letter's row, whose
 *          exact bytes go to the remote followers of the video's channel and account, not to
 *          the sender's host
 *
 * Errors:  DATABASE.
 * Threads: any, with its own db; call inside a transaction.
 */
#ifndef ZOE_OUTBOX_H
#define ZOE_OUTBOX_H

#include "base/arena.h"
#include "base/err.h"

#include <stdint.h>

struct db;

struct outbox_note {
    const char *what;
    int64_t video, comment, actor, channel, target, follow, share, incoming,
        report; /* 0: not told */
    int value;
    int64_t since;          /* when what is rated was rated */
    const char *path, *uri; /* NULL: not told */
    const char *inboxes;    /* JSON; NULL: not told */
};
MUST_CHECK struct err outbox_note(struct db *db, struct arena *a, const struct outbox_note *n);

/* Notes video_publish when a local video is listed and was never told of (and marks it told),
 * video_update when it is listed and was, video_delete when it was and is no longer public.
 * The first waits for the video's picture while one is being made: peers want one. Call after
 * any change of a video, in its transaction. */
MUST_CHECK struct err outbox_video_changed(struct db *db, struct arena *a, int64_t video_id);
/* The picture is there: video_publish if only that was waited for. */
MUST_CHECK struct err outbox_video_pictured(struct db *db, struct arena *a, int64_t video_id);
/* Somebody here watched it, `views` times: a video of another server is told so. */
MUST_CHECK struct err outbox_viewed(struct db *db, struct arena *a, int64_t video_id,
                                    int64_t views);
/* Everybody elsewhere who knows a video of ours: followers of its account, its channel and the
 * site, and who shared, rated or answered it; as `inboxes` of a note. */
MUST_CHECK struct err outbox_video_audience(struct db *db, struct arena *a, int64_t video_id,
                                            const char **inboxes);
/* The same form, of any inboxes. */
struct inbox_list; /* follow.h */
const char *outbox_inboxes_json(struct arena *a, const struct inbox_list *list);
/* Before the row of a local video goes: notes video_delete if it was told of, or if somebody
 * elsewhere answered all the same (an unlisted one), and leaves a tombstone at its address. */
MUST_CHECK struct err outbox_video_deleting(struct db *db, struct arena *a, int64_t video_id);

/* --- tombstones: local things that were deleted answer 410 for ever ------------------------
 */

/* `path` below the site's address, without a leading slash ("videos/watch/{uuid}"). */
MUST_CHECK struct err tombstone_put(struct db *db, const char *path, const char *former);
/* NOT_FOUND when there is none. */
MUST_CHECK struct err tombstone_get(struct db *db, struct arena *a, const char *path,
                                    const char **former, int64_t *deleted_ms);

#endif
