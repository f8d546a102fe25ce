/* ap_names.h — the ids of our things in the fediverse, by rule.
 *
 * Rule:    every id is on the site's own address, without query or fragment, and stays for as
 *          long as the thing does. What is remote keeps the id its origin gave it.
 * Memory:  results live in the arena; `site_url` is the setting `url`.
 * Threads: no shared state.
 */
#ifndef ZOE_AP_NAMES_H
#define ZOE_AP_NAMES_H

#include "base/arena.h"
#include "server/domain/comment.h"
#include "server/domain/rate.h"
#include "server/domain/remote_actor.h"

#define AP_NAME_PUBLIC "https://www.w3.org/ns/activitystreams#Public"
#define AP_NAME_ACTIVITY "application/activity+json"
#define AP_NAME_LD "application/ld+json; profile=\"https://www.w3.org/ns/activitystreams\""

const char *ap_local_actor_name(struct arena *a, const char *site_url, const char *kind,
                                const char *name);
const char *ap_video_name(struct arena *a, const char *site_url, const char *uuid);
/* `id` is the row; the uuid is that of the video's row here, also of a remote video. */
const char *ap_comment_name(struct arena *a, const char *site_url, const char *video_uuid,
                            int64_t id);
/* Of one time that he rated: who takes it back and rates again gives another name. */
const char *ap_rate_name(struct arena *a, const char *actor_id, int64_t video_id,
                         enum rating value, int64_t created_ms);
const char *ap_follow_name(struct arena *a, const char *actor_id, int64_t follow_id);
/* Of an Accept (or Reject) by who is followed. */
const char *ap_answer_name(struct arena *a, const char *target_id, int64_t follow_id,
                           bool accept);
const char *ap_share_name(struct arena *a, const char *site_url, const char *video_uuid,
                          int64_t share_id);
/* Of the Update that tells of a thing as it is since `updated_ms`. */
const char *ap_update_name(struct arena *a, const char *thing, int64_t updated_ms);
/* `thing` with "/suffix". */
const char *ap_below(struct arena *a, const char *thing, const char *suffix);

#endif
