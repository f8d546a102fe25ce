/* federated.h — rows read together, as the documents of the fediverse need them.
 *
 * Memory:  results live in `a`.
 * Errors:  NOT_FOUND, VIDEO_NOT_FOUND, DATABASE.
 * Threads: any, with its own db.
 */
#ifndef ZOE_FEDERATED_H
#define ZOE_FEDERATED_H

#include "server/domain/caption.h"
#include "server/domain/comment.h"
#include "server/domain/delivery.h"
#include "server/domain/video.h"

struct video_parts {
    struct video_plain plain;
    struct storyboard storyboard;
    struct caption_list captions;
};
MUST_CHECK struct err video_parts(struct db *db, const struct storage *s, struct arena *a,
                                  const struct video *v, struct video_parts *out);

/* May the fediverse read it by its address? Public or unlisted, ours, and published. */
bool video_is_open(const struct video *v);

enum { NOTE_MENTIONS_MAX = 20 };

struct note_facts {
    struct comment comment, parent; /* parent.id 0: it answers the video itself */
    struct video_brief video;
    struct remote_actor account, channel;            /* of the video; account.id 0: not known */
    struct remote_actor mentions[NOTE_MENTIONS_MAX]; /* whom its text names and we know */
    size_t mention_count;
};
/* `site_url` tells which names are of people here. */
MUST_CHECK struct err note_facts(struct db *db, struct arena *a, int64_t comment_id,
                                 const char *site_url, struct note_facts *out);

struct actor_facts { /* of an actor of ours */
    struct remote_actor actor;
    const char *support;       /* may be NULL */
    struct remote_actor owner; /* of a channel; id 0: none */
    int64_t updated_ms;
};
/* NOT_FOUND: it left, even just now: a tombstone has no owner any more. */
MUST_CHECK struct err actor_facts(struct db *db, struct arena *a, int64_t actor_id,
                                  struct actor_facts *out);

#endif
