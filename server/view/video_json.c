/* video_json.c — see video_json.h. */
#include "server/view/video_json.h"

#include "server/domain/text.h"
#include "server/view/actor_json.h"
#include "server/view/labels.h"
#include "server/view/remote_json.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { TRUNCATED = 250 };

static const char *truth(bool yes)
{
    return yes ? "true" : "false";
}

static void add_text(struct strbuf *sb, const char *text) /* a JSON string or null */
{
    if (text)
        strbuf_add_json(sb, text);
    else
        strbuf_adds(sb, "null");
}

static void add_json(struct strbuf *sb, json_t *json)
{
    char *text = json_dumps(json, JSON_COMPACT | JSON_ENCODE_ANY);
    strbuf_adds(sb, text ? text : "null");
    free(text);
    json_decref(json);
}

static void add_time(struct strbuf *sb, const char *key, int64_t ms)
{
    char time[ISO_TIME];
    strbuf_addf(sb, ",\"%s\":\"%s\"", key, iso_time(ms, time));
}

static void add_label(struct strbuf *sb, const char *key, enum label_set set, int64_t id)
{
    const char *label = id ? label_text(set, id) : NULL;
    if (!label) {
        strbuf_addf(sb, ",\"%s\":{\"id\":null,\"label\":\"Unknown\"}", key);
        return;
    }
    strbuf_addf(sb, ",\"%s\":{\"id\":%lld,\"label\":", key, (long long)id);
    strbuf_add_json(sb, label);
    strbuf_adds(sb, "}");
}

static void add_language(struct strbuf *sb, const char *code)
{
    const char *label = code ? language_text(code) : NULL;
    strbuf_adds(sb, ",\"language\":{\"id\":");
    add_text(sb, label ? code : NULL);
    strbuf_adds(sb, ",\"label\":");
    strbuf_add_json(sb, label ? label : "Unknown");
    strbuf_adds(sb, "}");
}

/* The first characters of a description, as lists show it. */
static void add_truncated(struct strbuf *sb, const char *text)
{
    if (!text) {
        strbuf_adds(sb, "null");
        return;
    }
    int characters = 0;
    size_t cut = 0, i = 0;
    for (; text[i]; i++) {
        if (((unsigned char)text[i] & 0xc0) == 0x80)
            continue;
        if (characters == TRUNCATED - 3)
            cut = i;
        if (characters++ == TRUNCATED)
            break;
    }
    if (characters <= TRUNCATED) {
        strbuf_add_json(sb, text);
        return;
    }
    strbuf_add_json(sb, arena_printf(sb->arena, "%.*s...", (int)cut, text));
}

static const char *ratio_text(struct arena *a, int width, int height)
{
    if (abs(width * 9 - height * 16) <= 32)
        return "16:9";
    return width == height ? "1:1" : arena_printf(a, "%d:%d", width, height);
}

static void add_thumbnails(struct strbuf *sb, const char *site_url, const struct video *v)
{
    static const char path[] = "/lazy-static/thumbnails/";
    int n = v->thumbnail_count;
    if (v->uri) {
        remote_thumbnails_json(sb, site_url, v);
        return;
    }
    if (n)
        strbuf_addf(sb, ",\"thumbnailPath\":\"%s%s\",\"previewPath\":\"%s%s\"", path,
                    v->thumbnails[0].file, path, v->thumbnails[n - 1].file);
    else
        strbuf_adds(sb, ",\"thumbnailPath\":null,\"previewPath\":null");
    strbuf_adds(sb, ",\"thumbnails\":[");
    for (int i = n - 1; i >= 0; i--) {
        const struct thumbnail *t = &v->thumbnails[i];
        strbuf_addf(sb,
                    "%s{\"height\":%d,\"width\":%d,\"aspectRatio\":\"%s\",\"fileUrl\":"
                    "\"%s%s%s\"}",
                    i < n - 1 ? "," : "", t->height, t->width,
                    ratio_text(sb->arena, t->width, t->height), site_url, path, t->file);
    }
    strbuf_adds(sb, "]");
}

static void add_owner(struct strbuf *sb, const char *site_url, const char *key,
                      const char *path, const struct video_owner *o)
{
    const char *host = *o->host ? o->host : url_host(site_url);
    strbuf_addf(sb, ",\"%s\":{\"id\":%lld,\"name\":", key, (long long)o->id);
    strbuf_add_json(sb, o->name);
    strbuf_adds(sb, ",\"displayName\":");
    strbuf_add_json(sb, o->display_name);
    strbuf_adds(sb, ",\"url\":");
    strbuf_add_json(sb, o->uri ? o->uri
                               : arena_printf(sb->arena, "%s/%s/%s", site_url, path, o->name));
    strbuf_adds(sb, ",\"host\":");
    strbuf_add_json(sb, host);
    strbuf_adds(sb, ",\"avatars\":");
    add_json(sb, remote_avatars_json(sb->arena, site_url, o->id, o->icon_url, 0));
    strbuf_adds(sb, "}");
}

/* What lists and details share: from the opening brace on. */
static void add_common(struct strbuf *sb, const char *site_url, const struct video *v,
                       bool full)
{
    strbuf_addf(sb,
                "{\"id\":%lld,\"uuid\":\"%s\",\"shortUUID\":\"%s\",\"url\":", (long long)v->id,
                v->uuid, v->short_uuid);
    strbuf_add_json(
        sb, v->uri ? v->uri : arena_printf(sb->arena, "%s/videos/watch/%s", site_url, v->uuid));
    strbuf_adds(sb, ",\"name\":");
    strbuf_add_json(sb, v->name);
    add_label(sb, "category", LABEL_CATEGORY, v->category);
    add_label(sb, "licence", LABEL_LICENCE, v->licence);
    add_language(sb, v->language);
    add_label(sb, "privacy", LABEL_PRIVACY, v->privacy);
    strbuf_addf(sb, ",\"nsfw\":%s,\"nsfwFlags\":%d,\"nsfwSummary\":", truth(v->nsfw),
                v->nsfw_flags);
    add_text(sb, v->nsfw_summary);
    strbuf_adds(sb, ",\"truncatedDescription\":");
    size_t mark = sb->length;
    add_truncated(sb, v->description);
    size_t end = sb->length;
    strbuf_adds(sb, ",\"description\":");
    if (full)
        add_text(sb, v->description);
    else
        strbuf_add(sb, arena_copy(sb->arena, sb->text + mark, end - mark), end - mark);
    strbuf_addf(sb, ",\"isLocal\":%s,\"duration\":%lld", truth(!v->uri),
                (long long)((v->duration_ms + 500) / 1000));
    if (v->height)
        strbuf_addf(sb, ",\"aspectRatio\":%.4f", (double)v->width / v->height);
    else
        strbuf_adds(sb, ",\"aspectRatio\":null");
    int64_t likes = v->likes, dislikes = v->dislikes;
    if (v->uri)
        remote_counts(v, &likes, &dislikes);
    strbuf_addf(sb,
                ",\"views\":%lld,\"viewers\":0,\"downloads\":0,\"likes\":%lld,"
                "\"dislikes\":%lld,\"comments\":%lld",
                (long long)v->views, (long long)likes, (long long)dislikes,
                (long long)v->comments);
    add_thumbnails(sb, site_url, v);
    strbuf_addf(sb, ",\"embedPath\":\"/videos/embed/%s\"", v->short_uuid);
    add_time(sb, "createdAt", v->created_ms);
    add_time(sb, "updatedAt", v->updated_ms);
    add_time(sb, "publishedAt", v->published_ms);
    if (v->originally_published_ms)
        add_time(sb, "originallyPublishedAt", v->originally_published_ms);
    else
        strbuf_adds(sb, ",\"originallyPublishedAt\":null");
    strbuf_adds(sb, ",\"isLive\":false");
}

static void add_state(struct strbuf *sb, const struct video *v)
{
    add_label(sb, "state", LABEL_STATE, v->state);
    strbuf_addf(
        sb,
        ",\"waitTranscoding\":%s,\"blacklisted\":false,\"blacklistedReason\":null,\"tags\":%s",
        truth(v->wait_transcoding), v->tags);
}

void video_list_json(struct strbuf *sb, const char *site_url, const struct video_list *list,
                     bool own)
{
    strbuf_addf(sb, "{\"total\":%lld,\"data\":[", (long long)list->total);
    for (size_t i = 0; i < list->count; i++) {
        const struct video *v = &list->items[i];
        if (i)
            strbuf_adds(sb, ",");
        add_common(sb, site_url, v, false);
        add_owner(sb, site_url, "account", "accounts", &v->account);
        add_owner(sb, site_url, "channel", "video-channels", &v->channel);
        if (own) {
            add_state(sb, v);
            strbuf_adds(sb, ",\"blockedOwner\":false,\"blockedServer\":false,"
                            "\"scheduledUpdate\":null,\"failureReason\":");
            add_text(sb, v->reason);
        }
        strbuf_adds(sb, "}");
    }
    strbuf_adds(sb, "]}");
}

/* --- details
 * ----------------------------------------------------------------------------------- */

struct file_names {
    const char *file, *download, *torrent; /* paths */
    const char *playlist;                  /* NULL: none */
};

static void add_file(struct strbuf *sb, const char *site_url, const struct video *v,
                     const struct video_file *f, int64_t id, int64_t bytes, bool has_audio,
                     const struct file_names *names)
{
    char label[24];
    if (f->resolution)
        snprintf(label, sizeof label, "%dp", f->resolution);
    else
        snprintf(label, sizeof label, "Audio only");
    strbuf_addf(sb,
                "{\"id\":%lld,\"resolution\":{\"id\":%d,\"label\":\"%s\"},\"width\":%d,"
                "\"height\":%d,\"size\":%lld,\"fps\":%d",
                (long long)id, f->resolution, label, f->width, f->height, (long long)bytes,
                f->resolution ? f->fps : 0);
    strbuf_addf(sb,
                ",\"torrentUrl\":\"%s/lazy-static/torrents/%s\",\"torrentDownloadUrl\":"
                "\"%s/download/torrents/%s\"",
                site_url, names->torrent, site_url, names->torrent);
    strbuf_addf(sb, ",\"fileUrl\":\"%s%s\",\"fileDownloadUrl\":", site_url, names->file);
    if (v->download_enabled)
        strbuf_addf(sb, "\"%s%s\"", site_url, names->download);
    else
        strbuf_adds(sb, "null");
    strbuf_addf(sb,
                ",\"metadataUrl\":\"%s/api/v1/videos/%s/metadata/%lld\",\"hasAudio\":%s,"
                "\"hasVideo\":%s",
                site_url, v->uuid, (long long)id, truth(has_audio), truth(f->resolution > 0));
    if (names->playlist)
        strbuf_addf(sb, ",\"playlistUrl\":\"%s%s\"", site_url, names->playlist);
    strbuf_adds(sb, ",\"storage\":0}");
}

static bool has_sound(const struct video_file_list *files)
{
    for (size_t i = 0; i < files->count; i++)
        if (files->items[i].resolution == 0)
            return true;
    return false;
}

static void add_playlists(struct strbuf *sb, const char *site_url,
                          const struct video_details *d)
{
    const struct video *v = d->video;
    strbuf_adds(sb, ",\"streamingPlaylists\":[");
    if (v->playable) {
        struct arena *a = sb->arena;
        const char *folder = arena_printf(a, "/static/streaming-playlists/hls/%s%s",
                                          video_is_private(v) ? "private/" : "", v->uuid);
        bool all_done = d->files->count > 0, first = true;
        for (size_t i = 0; i < d->files->count; i++)
            all_done &= d->files->items[i].done;
        strbuf_addf(sb, "{\"id\":%lld,\"type\":1,\"playlistUrl\":\"%s%s/%s\"", (long long)v->id,
                    site_url, folder, v->master_name);
        if (all_done)
            strbuf_addf(sb, ",\"segmentsSha256Url\":\"%s%s/%s\"", site_url, folder,
                        v->sha256_name);
        else
            strbuf_adds(sb, ",\"segmentsSha256Url\":null");
        strbuf_adds(sb, ",\"redundancies\":[],\"files\":[");
        for (size_t i = 0; i < d->files->count; i++) {
            const struct video_file *f = &d->files->items[i];
            if (!f->segments)
                continue;
            const char *name = arena_printf(a, "%s-%d", f->file_uuid, f->resolution);
            if (!first)
                strbuf_adds(sb, ",");
            first = false;
            add_file(sb, site_url, v, f, file_id_hls(f->id), f->size_bytes, !f->resolution,
                     &(struct file_names){
                         .file = arena_printf(a, "%s/%s-fragmented.mp4", folder, name),
                         .download = arena_printf(
                             a, "/download/streaming-playlists/hls/videos/%s-%d-fragmented.mp4",
                             v->uuid, f->resolution),
                         .torrent = arena_printf(a, "%s-hls.torrent", name),
                         .playlist = arena_printf(a, "%s/%s.m3u8", folder, name),
                     });
        }
        strbuf_adds(sb, "]}");
    }
    strbuf_adds(sb, "]");
}

/* While there is no plain MP4 its owner sees what he uploaded: upload tools wait for files[0].
 */
static void add_source(struct strbuf *sb, const char *site_url, const struct video *v)
{
    int side = v->width < v->height ? v->width : v->height;
    struct video_file f = {
        .resolution = side, .width = v->width, .height = v->height, .fps = -1};
    add_file(
        sb, site_url, v, &f, 0, v->source_bytes, true,
        &(struct file_names){
            .file = arena_printf(sb->arena, "/download/original-video-files/%s", v->uuid),
            .download = arena_printf(sb->arena, "/download/original-video-files/%s", v->uuid),
            .torrent = arena_printf(sb->arena, "%s-source.torrent", v->uuid),
        });
}

static void add_web_files(struct strbuf *sb, const char *site_url,
                          const struct video_details *d)
{
    const struct video *v = d->video;
    struct arena *a = sb->arena;
    bool first = true, sound = has_sound(d->files);
    strbuf_adds(sb, ",\"files\":[");
    for (size_t i = 0; i < d->files->count; i++) {
        const struct video_file *f = &d->files->items[i];
        if (d->web_bytes[i] < 0)
            continue;
        const char *name = arena_printf(a, "%s-%d", f->file_uuid, f->resolution);
        if (!first)
            strbuf_adds(sb, ",");
        first = false;
        add_file(sb, site_url, v, f, file_id_web(f->id), d->web_bytes[i], sound,
                 &(struct file_names){
                     .file = arena_printf(a, "/static/web-videos/%s%s.mp4",
                                          video_is_private(v) ? "private/" : "", name),
                     .download = arena_printf(a, "/download/web-videos/%s-%d.mp4", v->uuid,
                                              f->resolution),
                     .torrent = arena_printf(a, "%s.torrent", name),
                 });
    }
    if (first && d->may_edit)
        add_source(sb, site_url, v);
    strbuf_adds(sb, "]");
}

void video_details_json(struct strbuf *sb, const char *site_url, const struct video_details *d)
{
    const struct video *v = d->video;
    add_common(sb, site_url, v, true);
    strbuf_adds(sb, ",\"account\":");
    add_json(sb, account_json(site_url, &d->channel->owner));
    strbuf_adds(sb, ",\"channel\":");
    add_json(sb, channel_json(site_url, d->channel));
    if (v->uri) {
        remote_files_json(sb, v);
    } else {
        add_playlists(sb, site_url, d);
        add_web_files(sb, site_url, d);
    }
    strbuf_adds(sb, ",\"descriptionHtml\":"); /* ours: the Markdown as sanitised HTML */
    add_text(sb, v->description ? text_markdown(sb->arena, v->description) : NULL);
    strbuf_adds(sb, ",\"liveSchedules\":[],\"support\":");
    add_text(sb, v->support);
    add_state(sb, v);
    add_label(sb, "commentsPolicy", LABEL_COMMENTS_POLICY, v->comments_policy);
    strbuf_addf(sb,
                ",\"commentsEnabled\":%s,\"downloadEnabled\":%s,\"inputFileUpdatedAt\":null",
                truth(v->comments_policy != 2), truth(v->download_enabled));
    add_label(sb, "embedPrivacyPolicy", LABEL_EMBED_POLICY, 1);
    strbuf_addf(sb, ",\"descriptionPath\":\"/api/v1/videos/%s/description\",\"trackerUrls\":[]",
                v->uuid);
    if (d->may_edit) {
        strbuf_adds(sb, ",\"failureReason\":");
        add_text(sb, v->reason);
    }
    strbuf_adds(sb, "}");
}

/* --- what is in a file
 * ------------------------------------------------------------------------ */

static json_t *stream_common(int index, const char *codec, const char *type)
{
    return json_pack("{s:i, s:s, s:s}", "index", index, "codec_name", codec, "codec_type",
                     type);
}

json_t *video_metadata_json(const struct video *v, const struct video_file *f, bool with_sound,
                            const json_t *probe)
{
    json_t *streams = json_array();
    double seconds = (double)v->duration_ms / 1000.0;
    int index = 0;
    if (f->resolution) {
        json_t *s = stream_common(index++, "h264", "video");
        json_object_set_new(s, "width", json_integer(f->width));
        json_object_set_new(s, "height", json_integer(f->height));
        json_object_set_new(s, "codec_tag_string", json_string("avc1"));
        json_object_set_new(s, "pix_fmt", json_string("yuv420p"));
        if (f->codecs)
            json_object_set_new(s, "codecs", json_string(f->codecs));
        const char *rate = f->frame_rate ? f->frame_rate : "0/0";
        json_object_set_new(s, "avg_frame_rate", json_string(rate));
        json_object_set_new(s, "r_frame_rate", json_string(rate));
        json_object_set_new(s, "duration", json_real(seconds));
        json_array_append_new(streams, s);
    }
    if (with_sound) {
        const json_t *audio = json_object_get(probe, "audio");
        json_int_t channels = json_integer_value(json_object_get(audio, "channels"));
        json_int_t rate = json_integer_value(json_object_get(audio, "sample_rate"));
        json_t *s = stream_common(index++, "aac", "audio");
        json_object_set_new(s, "codec_tag_string", json_string("mp4a"));
        json_object_set_new(s, "channels", json_integer(channels > 0 && channels < 2 ? 1 : 2));
        json_object_set_new(s, "sample_rate", json_integer(rate > 0 ? rate : 48000));
        json_object_set_new(s, "duration", json_real(seconds));
        json_array_append_new(streams, s);
    }
    double bits = seconds > 0 ? (double)f->size_bytes * 8 / seconds : 0;
    json_t *format =
        json_pack("{s:I, s:f, s:I, s:i, s:s, s:s, s:i, s:{}}", "size",
                  (json_int_t)f->size_bytes, "duration", seconds, "bit_rate", (json_int_t)bits,
                  "nb_streams", index, "format_name", "mov,mp4,m4a,3gp,3g2,mj2",
                  "format_long_name", "QuickTime / MOV", "nb_programs", 0, "tags");
    return json_pack("{s:o, s:o, s:[]}", "streams", streams, "format", format, "chapters");
}
