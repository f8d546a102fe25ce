/* routes_video.h — the routes of videos: API, files, pages. */
#ifndef ZOE_ROUTES_VIDEO_H
#define ZOE_ROUTES_VIDEO_H

#include "server/api/activitypub.h"
#include "server/api/captions.h"
#include "server/api/files.h"
#include "server/api/pages.h"
#include "server/api/progress.h"
#include "server/api/remote_files.h"
#include "server/api/videos.h"

#define VIDEO_EDIT_LIMIT (INT64_C(10) << 20) /* fields and a picture */

/* clang-format off */
#define ROUTES_VIDEO \
    {HTTP_GET, "/api/v1/videos", AUTH_OPTIONAL, BODY_NONE, 0, h_videos_list, NULL, false}, \
    {HTTP_GET, "/api/v1/accounts/:handle/videos", AUTH_OPTIONAL, BODY_NONE, 0, h_account_videos, NULL, false}, \
    {HTTP_GET, "/api/v1/video-channels/:handle/videos", AUTH_OPTIONAL, BODY_NONE, 0, h_channel_videos, NULL, false}, \
    {HTTP_GET, "/api/v1/users/me/videos", AUTH_LOGIN, BODY_NONE, 0, h_my_videos, NULL, false}, \
    {HTTP_GET, "/api/v1/search/videos", AUTH_OPTIONAL, BODY_NONE, 0, h_search_videos, NULL, false}, \
    {HTTP_GET, "/api/v1/search/video-channels", AUTH_OPTIONAL, BODY_NONE, 0, h_search_channels, NULL, false}, \
    {HTTP_GET, "/api/v1/search/video-playlists", AUTH_OPTIONAL, BODY_NONE, 0, h_search_playlists, NULL, false}, \
    {HTTP_GET, "/api/v1/videos/:id", AUTH_OPTIONAL, BODY_NONE, 0, h_video_get, NULL, false}, \
    {HTTP_PUT, "/api/v1/videos/:id", AUTH_LOGIN, BODY_MULTIPART, VIDEO_EDIT_LIMIT, h_video_update, NULL, false}, \
    {HTTP_DELETE, "/api/v1/videos/:id", AUTH_LOGIN, BODY_NONE, 0, h_video_delete, NULL, false}, \
    {HTTP_POST, "/api/v1/videos/:id/views", AUTH_OPTIONAL, BODY_MEMORY, 0, h_video_view, NULL, false}, \
    {HTTP_PUT, "/api/v1/videos/:id/views", AUTH_OPTIONAL, BODY_MEMORY, 0, h_video_view, NULL, false}, \
    {HTTP_POST, "/api/v1/videos/:id/watching", AUTH_OPTIONAL, BODY_MEMORY, 0, h_video_view, NULL, false}, \
    {HTTP_PUT, "/api/v1/videos/:id/watching", AUTH_OPTIONAL, BODY_MEMORY, 0, h_video_view, NULL, false}, \
    {HTTP_POST, "/api/v1/videos/:id/token", AUTH_OPTIONAL, BODY_MEMORY, 0, h_video_token, NULL, false}, \
    {HTTP_GET, "/api/v1/videos/:id/description", AUTH_OPTIONAL, BODY_NONE, 0, h_video_description, NULL, false}, \
    {HTTP_GET, "/api/v1/videos/:id/captions", AUTH_OPTIONAL, BODY_NONE, 0, h_captions_list, NULL, false}, \
    {HTTP_PUT, "/api/v1/videos/:id/captions/:language", AUTH_LOGIN, BODY_MULTIPART, CAPTION_LIMIT + 65536, h_caption_put, NULL, false}, \
    {HTTP_DELETE, "/api/v1/videos/:id/captions/:language", AUTH_LOGIN, BODY_NONE, 0, h_caption_delete, NULL, false}, \
    {HTTP_GET, "/api/v1/videos/:id/chapters", AUTH_OPTIONAL, BODY_NONE, 0, h_video_chapters, NULL, false}, \
    {HTTP_PUT, "/api/v1/videos/:id/chapters", AUTH_LOGIN, BODY_MEMORY, 262144, h_video_chapters_set, NULL, false}, \
    {HTTP_GET, "/api/v1/videos/:id/storyboards", AUTH_OPTIONAL, BODY_NONE, 0, h_video_storyboards, NULL, false}, \
    {HTTP_GET, "/api/v1/videos/:id/metadata/:fileId", AUTH_OPTIONAL, BODY_NONE, 0, h_video_metadata, NULL, false}, \
    {HTTP_GET, "/api/v1/videos/:id/progress", AUTH_OPTIONAL, BODY_NONE, 0, h_video_progress, NULL, false}, \
    {HTTP_GET, "/api/v1/videos/:id/progress/events", AUTH_OPTIONAL, BODY_NONE, 0, h_video_progress_events, NULL, false}, \
    {HTTP_GET, "/static/streaming-playlists/hls/:uuid/:file", AUTH_NONE, BODY_NONE, 0, h_hls_public, NULL, true}, \
    {HTTP_GET, "/static/streaming-playlists/hls/private/:uuid/:file", AUTH_OPTIONAL, BODY_NONE, 0, h_hls_private, NULL, false}, \
    {HTTP_GET, "/static/web-videos/:file", AUTH_OPTIONAL, BODY_NONE, 0, h_web_video, NULL, false}, \
    {HTTP_GET, "/static/web-videos/private/:file", AUTH_OPTIONAL, BODY_NONE, 0, h_web_video, NULL, false}, \
    {HTTP_GET, "/static/webseed/:file", AUTH_OPTIONAL, BODY_NONE, 0, h_web_video, NULL, false}, \
    {HTTP_GET, "/static/webseed/private/:file", AUTH_OPTIONAL, BODY_NONE, 0, h_web_video, NULL, false}, \
    {HTTP_GET, "/download/web-videos/:file", AUTH_OPTIONAL, BODY_NONE, 0, h_download_web, NULL, false}, \
    {HTTP_GET, "/download/streaming-playlists/hls/videos/:file", AUTH_OPTIONAL, BODY_NONE, 0, h_download_hls, NULL, false}, \
    {HTTP_GET, "/download/videos/generate/:id", AUTH_OPTIONAL, BODY_NONE, 0, h_download_generate, NULL, false}, \
    {HTTP_GET, "/download/original-video-files/:uuid", AUTH_OPTIONAL, BODY_NONE, 0, h_download_original, NULL, false}, \
    {HTTP_GET, "/download/torrents/:file", AUTH_OPTIONAL, BODY_NONE, 0, h_torrent_download, NULL, false}, \
    {HTTP_GET, "/lazy-static/remote/:kind/:id/:index", AUTH_NONE, BODY_NONE, 0, h_remote_file, NULL, false}, \
    {HTTP_GET, "/lazy-static/torrents/:file", AUTH_OPTIONAL, BODY_NONE, 0, h_torrent, NULL, false}, \
    {HTTP_GET, "/lazy-static/thumbnails/:file", AUTH_NONE, BODY_NONE, 0, h_thumbnail, NULL, true}, \
    {HTTP_GET, "/lazy-static/previews/:file", AUTH_NONE, BODY_NONE, 0, h_thumbnail, NULL, true}, \
    {HTTP_GET, "/lazy-static/video-captions/:file", AUTH_OPTIONAL, BODY_NONE, 0, h_caption_file, NULL, false}, \
    {HTTP_GET, "/lazy-static/storyboards/:file", AUTH_NONE, BODY_NONE, 0, h_storyboard, NULL, true}, \
    {HTTP_GET, "/lazy-static/avatars/:file", AUTH_NONE, BODY_NONE, 0, h_actor_picture, NULL, true}, \
    {HTTP_GET, "/lazy-static/banners/:file", AUTH_NONE, BODY_NONE, 0, h_actor_picture, NULL, true}, \
    {HTTP_GET, "/client/assets/:file", AUTH_NONE, BODY_NONE, 0, h_client_asset, NULL, true}, \
    {HTTP_GET, "/favicon.ico", AUTH_NONE, BODY_NONE, 0, h_favicon, NULL, true}, \
    {HTTP_GET, "/robots.txt", AUTH_NONE, BODY_NONE, 0, h_robots, NULL, true}, \
    {HTTP_GET, "/services/oembed", AUTH_NONE, BODY_NONE, 0, h_oembed, NULL, false}, \
    {HTTP_GET, "/", AUTH_OPTIONAL, BODY_NONE, 0, h_page_home, NULL, false}, \
    {HTTP_GET, "/search", AUTH_OPTIONAL, BODY_NONE, 0, h_page_search, NULL, false}, \
    {HTTP_GET, "/w/:id", AUTH_OPTIONAL, BODY_NONE, 0, h_video_or_page, NULL, false}, \
    {HTTP_GET, "/videos/watch/:id", AUTH_OPTIONAL, BODY_NONE, 0, h_video_or_page, NULL, false}, \
    {HTTP_GET, "/videos/embed/:id", AUTH_OPTIONAL, BODY_NONE, 0, h_page_embed, NULL, false}, \
    {HTTP_GET, "/c/:name", AUTH_OPTIONAL, BODY_NONE, 0, h_channel_or_page, NULL, false}, \
    {HTTP_GET, "/video-channels/:name", AUTH_OPTIONAL, BODY_NONE, 0, h_channel_or_page, NULL, false}, \
    {HTTP_GET, "/c/:name/:rest*", AUTH_OPTIONAL, BODY_NONE, 0, h_page_channel, NULL, false}, \
    {HTTP_GET, "/a/:name", AUTH_OPTIONAL, BODY_NONE, 0, h_account_or_page, NULL, false}, \
    {HTTP_GET, "/a/:name/:rest*", AUTH_OPTIONAL, BODY_NONE, 0, h_page_account, NULL, false}, \
    {HTTP_GET, "/accounts/:name", AUTH_OPTIONAL, BODY_NONE, 0, h_account_or_page, NULL, false}, \
    {HTTP_GET, "/login", AUTH_OPTIONAL, BODY_NONE, 0, h_page_client, NULL, false}, \
    {HTTP_GET, "/signup", AUTH_OPTIONAL, BODY_NONE, 0, h_page_client, NULL, false}, \
    {HTTP_GET, "/upload", AUTH_OPTIONAL, BODY_NONE, 0, h_page_client, NULL, false}, \
    {HTTP_GET, "/my-videos", AUTH_OPTIONAL, BODY_NONE, 0, h_page_client, NULL, false}, \
    {HTTP_GET, "/my-account", AUTH_OPTIONAL, BODY_NONE, 0, h_page_client, NULL, false}, \
    {HTTP_GET, "/subscriptions", AUTH_OPTIONAL, BODY_NONE, 0, h_page_client, NULL, false}, \
    {HTTP_GET, "/subscriptions/channels", AUTH_OPTIONAL, BODY_NONE, 0, h_page_client, NULL, false}, \
    {HTTP_GET, "/notifications", AUTH_OPTIONAL, BODY_NONE, 0, h_page_client, NULL, false}, \
    {HTTP_GET, "/my-blocks", AUTH_OPTIONAL, BODY_NONE, 0, h_page_client, NULL, false}, \
    {HTTP_GET, "/admin", AUTH_OPTIONAL, BODY_NONE, 0, h_page_client, NULL, false}, \
    {HTTP_GET, "/admin/:section", AUTH_OPTIONAL, BODY_NONE, 0, h_page_client, NULL, false}, \
    {HTTP_GET, "/about", AUTH_OPTIONAL, BODY_NONE, 0, h_page_client, NULL, false},
/* clang-format on */

#endif
