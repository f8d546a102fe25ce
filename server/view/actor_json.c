/* actor_json.c — see actor_json.h. */
#include "server/view/actor_json.h"

#include "server/view/labels.h"
#include "server/view/remote_json.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

const char *iso_time(int64_t ms, char out[ISO_TIME])
{
    int64_t part = ms % 1000 < 0 ? ms % 1000 + 1000 : ms % 1000;
    time_t seconds = (time_t)((ms - part) / 1000);
    struct tm t;
    gmtime_r(&seconds, &t);
    size_t n = strftime(out, ISO_TIME, "%Y-%m-%dT%H:%M:%S", &t);
    snprintf(out + n, ISO_TIME - n, ".%03dZ", (int)part);
    return out;
}

json_t *iso_time_json(int64_t ms)
{
    return json_string(iso_time(ms, (char[ISO_TIME]){0}));
}

static const char *path_of(const struct actor *actor)
{
    return strcmp(actor->kind, "Group") == 0 ? "video-channels" : "accounts";
}

const char *actor_url(struct arena *a, const char *site_url, const struct actor *actor)
{
    if (actor->uri)
        return actor->uri;
    return arena_printf(a, "%s/%s/%s", site_url, path_of(actor), actor->name);
}

static json_t *url_json(const char *site_url, const struct actor *actor)
{
    SCOPED_ARENA struct arena *a = arena_open();
    return json_string(actor_url(a, site_url, actor));
}

json_t *actor_pictures_json(const char *site_url, enum actor_picture kind, const char *stem,
                            int64_t updated_ms)
{
    SCOPED_ARENA struct arena *a = arena_open();
    json_t *list = json_array();
    size_t count;
    const int(*sizes)[2] = actor_picture_sizes(kind, &count);
    for (size_t i = 0; stem && i < count; i++) {
        const char *path =
            arena_printf(a, "/lazy-static/%s/%s", kind == ACTOR_AVATAR ? "avatars" : "banners",
                         actor_picture_file(a, stem, sizes[i][0]));
        json_array_append_new(
            list, json_pack("{s:s, s:s, s:i, s:i, s:o, s:o}", "path", path, "fileUrl",
                            arena_printf(a, "%s%s", site_url, path), "width", sizes[i][0],
                            "height", sizes[i][1], "createdAt", iso_time_json(updated_ms),
                            "updatedAt", iso_time_json(updated_ms)));
    }
    return list;
}

json_t *actor_summary_json(const char *site_url, const struct actor *actor)
{
    SCOPED_ARENA struct arena *a = arena_open();
    return json_pack(
        "{s:I, s:s, s:s, s:o, s:s, s:o}", "id", (json_int_t)actor->id, "name", actor->name,
        "displayName", actor->display_name, "url", url_json(site_url, actor), "host",
        *actor->host ? actor->host : url_host(site_url), "avatars",
        remote_avatars_json(a, site_url, actor->id, actor->icon_url, actor->updated_ms));
}

static json_t *actor_full_json(const char *site_url, const struct actor *actor)
{
    json_t *json = actor_summary_json(site_url, actor);
    json_t *more = json_pack(
        "{s:b, s:I, s:I, s:o, s:o, s:s?}", "hostRedundancyAllowed", 0, "followingCount",
        (json_int_t)actor->following, "followersCount",
        (json_int_t)(actor->followers > actor->remote_followers ? actor->followers
                                                                : actor->remote_followers),
        "createdAt", iso_time_json(actor->created_ms), "updatedAt",
        iso_time_json(actor->updated_ms), "description", actor->description);
    json_object_update_new(json, more);
    return json;
}

json_t *account_json(const char *site_url, const struct actor *account)
{
    json_t *json = actor_full_json(site_url, account);
    if (account->user_id)
        json_object_set_new(json, "userId", json_integer(account->user_id));
    return json;
}

json_t *channel_json(const char *site_url, const struct channel *channel)
{
    json_t *json = actor_full_json(site_url, &channel->actor);
    json_t *more = json_pack("{s:o, s:s?, s:n, s:b, s:o}", "banners",
                             actor_pictures_json(site_url, ACTOR_BANNER, channel->actor.banner,
                                                 channel->actor.updated_ms),
                             "support", channel->actor.support, "publicEmail", "isLocal",
                             !*channel->actor.host, "ownerAccount",
                             account_json(site_url, &channel->owner));
    json_object_update_new(json, more);
    return json;
}

/* --- users ---------------------------------------------------------------- */

/* What a user may set for himself and nothing else reads: kept in user.settings. */
static json_t *settings_json(const struct user *u)
{
    json_t *json = json_pack(
        "{s:s, s:s, s:i, s:i, s:i, s:i, s:b, s:b, s:b, s:b, s:b, s:n, s:n, s:b, s:b, s:b, s:i}",
        "theme", "instance-default", "nsfwPolicy", "do_not_list", "nsfwFlagsDisplayed", 0,
        "nsfwFlagsHidden", 0, "nsfwFlagsWarned", 0, "nsfwFlagsBlurred", 0, "p2pEnabled", 0,
        "videosHistoryEnabled", 1, "autoPlayVideo", 1, "autoPlayNextVideo", 0,
        "autoPlayNextVideoPlaylist", 1, "videoLanguages", "language",
        "noInstanceConfigWarningModal", 0, "noWelcomeModal", 0, "noAccountSetupWarningModal", 0,
        "newFeaturesInfoRead", 0);
    json_t *own = json_loads(u->settings, 0, NULL);
    json_object_update_existing(json, own);
    json_decref(own);
    return json;
}

/* Clients with strict types want text: no e-mail is "". */
static json_t *user_core_json(const struct user *u)
{
    json_t *json = settings_json(u);
    json_t *core = json_pack(
        "{s:I, s:s, s:s, s:n, s:b, s:o, s:I, s:I, s:b, s:s?, s:o, s:n, s:o, s:b, s:i}", "id",
        (json_int_t)u->id, "username", u->username, "email", u->email ? u->email : "",
        "pendingEmail", "emailVerified", 1, "role", label_json(LABEL_ROLE, u->role),
        "videoQuota", (json_int_t)u->quota_bytes, "videoQuotaDaily",
        (json_int_t)u->quota_daily_bytes, "blocked", u->blocked, "blockedReason",
        u->blocked_reason, "createdAt", iso_time_json(u->created_ms), "pluginAuth",
        "lastLoginDate", u->login_ms ? iso_time_json(u->login_ms) : json_null(),
        "twoFactorEnabled", 0, "adminFlags", 0);
    json_object_update_new(json, core);
    return json;
}

static const struct {
    const char *name;
    int value; /* bits: 1 web, 2 e-mail */
} notification_defaults[] = {
    {"newCommentOnMyVideo", 1},
    {"newVideoFromSubscription", 1},
    {"abuseAsModerator", 3},
    {"videoAutoBlacklistAsModerator", 3},
    {"blacklistOnMyVideo", 3},
    {"myVideoPublished", 1},
    {"myVideoImportFinished", 1},
    {"newUserRegistration", 1},
    {"commentMention", 1},
    {"newFollow", 1},
    {"newInstanceFollower", 1},
    {"autoInstanceFollowing", 1},
    {"abuseNewMessage", 3},
    {"abuseStateChange", 3},
    {"newPeerTubeVersion", 3},
    {"myVideoStudioEditionFinished", 1},
    {"myVideoTranscriptionGenerated", 1},
    {"newPluginVersion", 1},
    {"automaticBlocklist", 1},
};
enum { NOTIFICATION_SETTINGS = sizeof notification_defaults / sizeof *notification_defaults };

const char *notification_setting_name(size_t index)
{
    return index < NOTIFICATION_SETTINGS ? notification_defaults[index].name : NULL;
}

/* What he set, over the defaults. */
static json_t *notification_settings_json(const struct user *u)
{
    json_t *json = json_object(), *own = json_loads(u->settings, 0, NULL);
    for (size_t i = 0; i < NOTIFICATION_SETTINGS; i++)
        json_object_set_new(json, notification_defaults[i].name,
                            json_integer(notification_defaults[i].value));
    json_object_update_existing(json, json_object_get(own, "notificationSettings"));
    json_decref(own);
    return json;
}

/* A channel within its owner's own user: without the owner once more. */
static json_t *own_channel_json(const char *site_url, const struct channel *channel)
{
    json_t *json = channel_json(site_url, channel);
    json_object_del(json, "ownerAccount");
    json_object_set_new(json, "ownerAccountId", json_integer(channel->owner.id));
    json_object_set_new(json, "ownerAccountName", json_string(channel->owner.name));
    return json;
}

json_t *user_me_json(const char *site_url, const struct user *u, const struct actor *account,
                     const struct channel_list *channels)
{
    json_t *json = user_core_json(u);
    json_object_set_new(json, "account", account_json(site_url, account));
    json_object_set_new(json, "notificationSettings", notification_settings_json(u));
    json_object_set_new(json, "videoChannelCollaborations", json_array());
    json_object_set_new(json, "specialPlaylists", json_array());
    json_t *array = json_array();
    for (size_t i = 0; channels && i < channels->count; i++)
        json_array_append_new(array, own_channel_json(site_url, &channels->items[i]));
    json_object_set_new(json, "videoChannels", array);
    return json;
}

json_t *user_json(const char *site_url, const struct user *u, const struct actor *account,
                  const struct quota_use *use)
{
    json_t *json = user_me_json(site_url, u, account, NULL);
    json_object_del(json, "notificationSettings");
    json_object_set_new(json, "videoQuotaUsed", json_integer(u->used_bytes));
    if (use)
        json_object_set_new(json, "videoQuotaUsedDaily", json_integer(use->daily_bytes));
    return json;
}

json_t *session_json(const struct session *s, int64_t current_id)
{
    return json_pack(
        "{s:I, s:b, s:s?, s:s?, s:o, s:s?, s:s?, s:o, s:o, s:b}", "id", (json_int_t)s->id,
        "currentSession", s->id == current_id, "loginDevice", s->device, "loginIP", s->address,
        "loginDate", iso_time_json(s->created_ms), "lastActivityDevice", s->device,
        "lastActivityIP", s->address, "lastActivityDate", iso_time_json(s->used_ms),
        "createdAt", iso_time_json(s->created_ms), "isCookie", s->cookie);
}
