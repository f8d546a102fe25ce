/* site_json.c — see site_json.h. */
#include "server/view/site_json.h"

#include <stdlib.h>
#include <string.h>

/* What is the same on every Zoetrope. Clients look in these places; what we do not have is said
 * to be off. clang-format off: it is JSON. */
/* clang-format off */
#define JSON(...) #__VA_ARGS__
static const char fixed[] = JSON({
    "client": {
        "newFeaturesInfo": false,
        "header": {"hideInstanceName": false},
        "videos": {"miniature": {"preferAuthorDisplayName": false}, "resumableUpload": {"maxChunkSize": 0}},
        "browseVideos": {"defaultSort": "-publishedAt", "defaultScope": "federated"},
        "menu": {"login": {"redirectOnSingleExternalAuth": false}},
        "openInApp": {
            "android": {"intent": {"enabled": true, "host": "joinpeertube.org", "scheme": "peertube",
                "fallbackUrl": "https://play.google.com/store/apps/details?id=org.framasoft.peertube"}},
            "ios": {"enabled": true, "host": "joinpeertube.org", "scheme": "peertube",
                "fallbackUrl": "https://apps.apple.com/fr/app/peertube/id6737834858"}
        }
    },
    "defaults": {
        "publish": {"downloadEnabled": true, "commentsPolicy": 1, "privacy": 1, "licence": null},
        "live": {"saveReplay": false},
        "p2p": {"webapp": {"enabled": false}, "embed": {"enabled": false}},
        "player": {"theme": "lucide", "autoPlay": true}
    },
    "webadmin": {"configuration": {"edition": {"allowed": false}}},
    "instance": {
        "isNSFW": false,
        "defaultNSFWPolicy": "do_not_list",
        "defaultClientRoute": "/videos/browse",
        "serverCountry": "",
        "support": {"text": ""},
        "social": {"blueskyLink": "", "mastodonLink": "", "xLink": "", "externalLink": ""},
        "customizations": {"javascript": "", "css": ""},
        "defaultLanguage": "en",
        "avatars": [],
        "banners": [],
        "logo": []
    },
    "search": {
        "remoteUri": {"users": false, "anonymous": false},
        "searchIndex": {"enabled": false, "url": "", "disableLocalSearch": false, "isDefaultSearch": false}
    },
    "plugin": {"registered": [], "registeredExternalAuths": [], "registeredIdAndPassAuths": []},
    "theme": {
        "registered": [],
        "builtIn": [],
        "default": "default",
        "customization": {
            "primaryColor": null, "onPrimaryColor": null, "foregroundColor": null, "backgroundColor": null,
            "backgroundSecondaryColor": null, "menuForegroundColor": null, "menuBackgroundColor": null,
            "menuBorderRadius": null, "headerForegroundColor": null, "headerBackgroundColor": null,
            "inputBorderRadius": null
        }
    },
    "email": {"enabled": false},
    "contactForm": {"enabled": false},
    "serverVersion": "8.2.1+zoetrope",
    "serverCommit": "",
    "transcoding": {
        "remoteRunners": {"enabled": false},
        "hls": {"enabled": true, "splitAudioAndVideo": true},
        "web_videos": {"enabled": false},
        "profile": "default",
        "availableProfiles": ["default"],
        "alwaysTranscodePodcastOptimizedAudio": false
    },
    "live": {
        "enabled": false,
        "allowReplay": false,
        "dvr": {"maxWindow": 0},
        "latencySetting": {"enabled": false},
        "maxDuration": -1,
        "maxInstanceLives": 0,
        "maxUserLives": 0,
        "transcoding": {
            "enabled": false, "remoteRunners": {"enabled": false}, "enabledResolutions": [],
            "profile": "default", "availableProfiles": ["default"]
        },
        "rtmp": {"port": 1935}
    },
    "videoStudio": {"enabled": false, "remoteRunners": {"enabled": false}},
    "videoFile": {"update": {"enabled": false}},
    "videoTranscription": {"enabled": false, "remoteRunners": {"enabled": false}},
    "import": {
        "videos": {"http": {"enabled": false}, "torrent": {"enabled": false}},
        "videoChannelSynchronization": {"enabled": false},
        "users": {"enabled": false}
    },
    "export": {"users": {"enabled": false, "exportExpiration": 172800000, "maxUserVideoQuota": 10737418240}},
    "autoBlacklist": {"videos": {"ofUsers": {"enabled": false}}},
    "avatar": {"file": {"size": {"max": 8388608}, "extensions": [".png", ".jpeg", ".jpg", ".gif", ".webp"]}},
    "banner": {"file": {"size": {"max": 8388608}, "extensions": [".png", ".jpeg", ".jpg", ".gif", ".webp"]}},
    "logo": {"file": {"size": {"max": 8388608}, "extensions": [".svg", ".png", ".jpeg", ".jpg", ".gif", ".webp"]}},
    "video": {
        "image": {"extensions": [".png", ".jpg", ".jpeg", ".webp"], "size": {"max": 8388608}},
        "file": {"extensions": [
            ".webm", ".ogv", ".ogg", ".mp4", ".mkv", ".mov", ".qt", ".mqv", ".m4v", ".flv", ".f4v", ".wmv",
            ".avi", ".3gp", ".3gpp", ".3g2", ".3gpp2", ".nut", ".mts", ".ts", ".m2ts", ".mpv", ".m2v", ".m1v",
            ".mpg", ".mpe", ".mpeg", ".vob", ".mxf", ".mp3", ".wma", ".wav", ".flac", ".aac", ".m4a", ".m4b",
            ".ac3"
        ]}
    },
    "videoCaption": {"file": {"size": {"max": 20971520}, "extensions": [".vtt", ".srt"]}},
    "trending": {"videos": {"intervalDays": 7,
        "algorithms": {"enabled": ["most-viewed"], "default": "most-viewed"}}},
    "tracker": {"enabled": false},
    "followings": {"instance": {"autoFollowIndex": {"indexUrl": ""}}},
    "blocklist": {"publicLog": {"enabled": false}},
    "federation": {"enabled": false},
    "broadcastMessage": {"enabled": false, "message": "", "level": "info", "dismissable": false},
    "homepage": {"enabled": false},
    "openTelemetry": {"metrics": {"enabled": false, "playbackStatsInterval": 15000}},
    "views": {"videos": {
        "remote": {"maxAge": 2592000000},
        "local": {"maxAge": -1},
        "watchingInterval": {"anonymous": 5000, "users": 5000}
    }},
    "storyboards": {"enabled": true, "remoteRunners": {"enabled": false}},
    "webrtc": {"stunServers": []},
    "nsfwFlagsSettings": {"enabled": true}
});
/* clang-format on */

/* Sets the member at a path of names, all but the last of which exist. */
static void set(json_t *json, const char *path, json_t *value)
{
    for (size_t n; path[n = strcspn(path, "/")]; path += n + 1)
        json = json_object_getn(json, path, n);
    json_object_set_new(json, path, value);
}

static json_t *resolutions_json(const char *list)
{
    json_t *array = json_array();
    for (char *end; *list; list = end + strspn(end, ", ")) {
        long n = strtol(list, &end, 10);
        if (end == list)
            break;
        json_array_append_new(array, json_integer(n));
    }
    return array;
}

static json_t *bytes_of_mib(int64_t mib)
{
    return json_integer(mib < 0 ? -1 : mib << 20);
}

json_t *site_config_json(const struct config *config)
{
    json_t *json = json_loads(fixed, 0, NULL);
    bool open = signup_open(config->signup, config_is_local(config));
    set(json, "client/videos/resumableUpload/maxChunkSize",
        bytes_of_mib(config->upload_chunk_mib));
    set(json, "instance/name", json_string(config->name));
    set(json, "instance/shortDescription", json_string(config->description));
    set(json, "transcoding/enabledResolutions", resolutions_json(config->resolutions));
    set(json, "transcoding/alwaysTranscodeOriginalResolution",
        json_boolean(config->keep_original_resolution));
    set(json, "user",
        json_pack("{s:o, s:o}", "videoQuota", bytes_of_mib(config->signup_quota_mib),
                  "videoQuotaDaily", bytes_of_mib(config->signup_quota_daily_mib)));
    set(json, "federation/enabled", json_boolean(config->federation));
    bool everybody = config->federation && !strcmp(config->search_remote, "everybody");
    bool users = everybody || (config->federation && !strcmp(config->search_remote, "users"));
    set(json, "search/remoteUri",
        json_pack("{s:b, s:b}", "users", users, "anonymous", everybody));
    set(json, "videoChannels", json_pack("{s:i}", "maxPerUser", CHANNELS_PER_USER));
    set(json, "fieldsConstraints",
        json_pack("{s:{s:{s:i, s:i}}}", "users", "password", "minLength", PASSWORD_MIN,
                  "maxLength", PASSWORD_MAX_BYTES));
    set(json, "signup",
        json_pack("{s:b, s:b, s:i, s:b, s:b}", "allowed", open, "allowedForCurrentIP", open,
                  "minimumAge", 16, "requiresApproval", 0, "requiresEmailVerification", 0));
    return json;
}

json_t *site_about_json(const struct config *config)
{
    static const char *const unsaid[] = {
        "terms",         "codeOfConduct",       "hardwareInformation", "creationReason",
        "administrator", "maintenanceLifetime", "businessModel",       "moderationInformation",
    };
    static const char *const lists[] = {"languages", "categories", "banners", "avatars"};
    json_t *site = json_pack("{s:s, s:s, s:s}", "name", config->name, "shortDescription",
                             config->description, "description", config->description);
    for (size_t i = 0; i < sizeof unsaid / sizeof *unsaid; i++)
        json_object_set_new(site, unsaid[i], json_string(""));
    for (size_t i = 0; i < sizeof lists / sizeof *lists; i++)
        json_object_set_new(site, lists[i], json_array());
    return json_pack("{s:o}", "instance", site);
}

json_t *site_stats_json(const struct site_figures *f)
{
    const struct {
        const char *name;
        int64_t value;
    } figures[] = {
        {"totalUsers", f->users},
        {"totalDailyActiveUsers", f->users_day},
        {"totalWeeklyActiveUsers", f->users_week},
        {"totalMonthlyActiveUsers", f->users_month},
        {"totalModerators", f->moderators},
        {"totalAdmins", f->admins},
        {"totalLocalVideos", f->videos},
        {"totalVideos", f->videos},
        {"totalLocalVideoViews", f->views},
        {"totalLocalVideoDownloads", 0},
        {"totalLocalVideoComments", 0},
        {"totalVideoComments", 0},
        {"totalLocalVideoFilesSize", f->files_bytes},
        {"totalLocalVideoChannels", f->channels},
        {"totalLocalPlaylists", 0},
        {"totalInstanceFollowers", f->site_followers},
        {"totalInstanceFollowing", f->site_following},
        {"totalAbuses", f->reports},
        {"totalAbusesProcessed", f->reports - f->reports_pending},
        {"totalRegistrationRequests", 0},
        {"totalRegistrationRequestsProcessed", 0},
        {"totalActivityPubMessagesProcessed", 0},
        {"totalActivityPubMessagesSuccesses", 0},
        {"totalActivityPubMessagesErrors", 0},
        {"totalActivityPubMessagesWaiting", 0},
        {"activityPubMessagesProcessedPerSecond", 0},
    };
    json_t *json = json_object();
    for (size_t i = 0; i < sizeof figures / sizeof *figures; i++)
        json_object_set_new(json, figures[i].name, json_integer(figures[i].value));
    json_object_set_new(json, "videosRedundancy", json_array());
    json_object_set_new(json, "averageAbuseResponseTimeMs", json_null());
    json_object_set_new(json, "averageRegistrationRequestResponseTimeMs", json_null());
    return json;
}
