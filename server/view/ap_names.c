/* ap_names.c — see ap_names.h. */
#include "server/view/ap_names.h"

#include <string.h>

const char *ap_local_actor_name(struct arena *a, const char *site_url, const char *kind,
                                const char *name)
{
    const char *folder = strcmp(kind, "Group") == 0 ? "video-channels" : "accounts";
    return arena_printf(a, "%s/%s/%s", site_url, folder, name);
}

const char *ap_video_name(struct arena *a, const char *site_url, const char *uuid)
{
    return arena_printf(a, "%s/videos/watch/%s", site_url, uuid);
}

const char *ap_comment_name(struct arena *a, const char *site_url, const char *video_uuid,
                            int64_t id)
{
    return arena_printf(a, "%s/videos/watch/%s/comments/%lld", site_url, video_uuid,
                        (long long)id);
}

const char *ap_rate_name(struct arena *a, const char *actor_id, int64_t video_id,
                         enum rating value, int64_t created_ms)
{
    return arena_printf(a, "%s/%s/%lld-%lld", actor_id, value < 0 ? "dislikes" : "likes",
                        (long long)video_id, (long long)created_ms);
}

const char *ap_follow_name(struct arena *a, const char *actor_id, int64_t follow_id)
{
    return arena_printf(a, "%s/follows/%lld", actor_id, (long long)follow_id);
}

const char *ap_answer_name(struct arena *a, const char *target_id, int64_t follow_id,
                           bool accept)
{
    return arena_printf(a, "%s/%s/follows/%lld", target_id, accept ? "accepts" : "rejects",
                        (long long)follow_id);
}

const char *ap_share_name(struct arena *a, const char *site_url, const char *video_uuid,
                          int64_t share_id)
{
    return arena_printf(a, "%s/videos/watch/%s/announces/%lld", site_url, video_uuid,
                        (long long)share_id);
}

const char *ap_update_name(struct arena *a, const char *thing, int64_t updated_ms)
{
    return arena_printf(a, "%s/updates/%lld", thing, (long long)updated_ms);
}

const char *ap_below(struct arena *a, const char *thing, const char *suffix)
{
    return arena_printf(a, "%s/%s", thing, suffix);
}
