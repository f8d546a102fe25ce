/* routes_account.h — the routes of accounts, sessions, channels and the site itself. */
#ifndef ZOE_ROUTES_ACCOUNT_H
#define ZOE_ROUTES_ACCOUNT_H

#include "server/api/actor_pictures.h"
#include "server/api/channels.h"
#include "server/api/oauth.h"
#include "server/api/overviews.h"
#include "server/api/session.h"
#include "server/api/site.h"
#include "server/api/users.h"

/* clang-format off */
#define ROUTES_ACCOUNT \
    {HTTP_GET, "/api/v1/ping", AUTH_NONE, BODY_NONE, 0, h_ping, NULL, true}, \
    {HTTP_GET, "/api/v1/config", AUTH_NONE, BODY_NONE, 0, h_config, NULL, true}, \
    {HTTP_GET, "/api/v1/config/about", AUTH_NONE, BODY_NONE, 0, h_config_about, NULL, true}, \
    {HTTP_GET, "/api/v1/server/stats", AUTH_NONE, BODY_NONE, 0, h_stats, NULL, false}, \
    {HTTP_GET, "/api/v1/videos/categories", AUTH_NONE, BODY_NONE, 0, h_categories, NULL, true}, \
    {HTTP_GET, "/api/v1/videos/licences", AUTH_NONE, BODY_NONE, 0, h_licences, NULL, true}, \
    {HTTP_GET, "/api/v1/videos/languages", AUTH_NONE, BODY_NONE, 0, h_languages, NULL, true}, \
    {HTTP_GET, "/api/v1/videos/privacies", AUTH_NONE, BODY_NONE, 0, h_privacies, NULL, true}, \
    {HTTP_GET, "/api/v1/overviews/videos", AUTH_OPTIONAL, BODY_NONE, 0, h_overviews, NULL, false}, \
    {HTTP_GET, "/api/v1/oauth-clients/local", AUTH_NONE, BODY_NONE, 0, h_oauth_client, NULL, true}, \
    {HTTP_POST, "/api/v1/users/token", AUTH_NONE, BODY_MEMORY, 0, h_token, NULL, false}, \
    {HTTP_POST, "/api/v1/users/revoke-token", AUTH_LOGIN, BODY_MEMORY, 0, h_token_revoke, NULL, false}, \
    {HTTP_GET, "/api/v1/users/:id/token-sessions", AUTH_LOGIN, BODY_NONE, 0, h_token_sessions, NULL, false}, \
    {HTTP_POST, "/api/v1/users/:id/token-sessions/:session/revoke", AUTH_LOGIN, BODY_MEMORY, 0, h_token_session_revoke, NULL, false}, \
    {HTTP_POST, "/api/v1/session", AUTH_NONE, BODY_MEMORY, 0, h_session_create, NULL, false}, \
    {HTTP_DELETE, "/api/v1/session", AUTH_OPTIONAL, BODY_NONE, 0, h_session_delete, NULL, false}, \
    {HTTP_POST, "/api/v1/users/register", AUTH_NONE, BODY_MEMORY, 0, h_user_register, NULL, false}, \
    {HTTP_GET, "/api/v1/users/me", AUTH_LOGIN, BODY_NONE, 0, h_user_me, NULL, false}, \
    {HTTP_PUT, "/api/v1/users/me", AUTH_LOGIN, BODY_MEMORY, 0, h_user_me_update, NULL, false}, \
    {HTTP_DELETE, "/api/v1/users/me", AUTH_LOGIN, BODY_NONE, 0, h_user_me_delete, NULL, false}, \
    {HTTP_POST, "/api/v1/users/me/avatar/pick", AUTH_LOGIN, BODY_MULTIPART, ACTOR_PICTURE_LIMIT, h_my_avatar_set, NULL, false}, \
    {HTTP_DELETE, "/api/v1/users/me/avatar", AUTH_LOGIN, BODY_NONE, 0, h_my_avatar_drop, NULL, false}, \
    {HTTP_POST, "/api/v1/video-channels/:handle/avatar/pick", AUTH_LOGIN, BODY_MULTIPART, ACTOR_PICTURE_LIMIT, h_channel_avatar_set, NULL, false}, \
    {HTTP_DELETE, "/api/v1/video-channels/:handle/avatar", AUTH_LOGIN, BODY_NONE, 0, h_channel_avatar_drop, NULL, false}, \
    {HTTP_POST, "/api/v1/video-channels/:handle/banner/pick", AUTH_LOGIN, BODY_MULTIPART, ACTOR_PICTURE_LIMIT, h_channel_banner_set, NULL, false}, \
    {HTTP_DELETE, "/api/v1/video-channels/:handle/banner", AUTH_LOGIN, BODY_NONE, 0, h_channel_banner_drop, NULL, false}, \
    {HTTP_GET, "/api/v1/users/me/video-quota-used", AUTH_LOGIN, BODY_NONE, 0, h_user_me_quota, NULL, false}, \
    {HTTP_GET, "/api/v1/users", AUTH_MODERATOR, BODY_NONE, 0, h_user_list, NULL, false}, \
    {HTTP_POST, "/api/v1/users", AUTH_MODERATOR, BODY_MEMORY, 0, h_user_create, NULL, false}, \
    {HTTP_GET, "/api/v1/users/:id", AUTH_MODERATOR, BODY_NONE, 0, h_user_get, NULL, false}, \
    {HTTP_PUT, "/api/v1/users/:id", AUTH_MODERATOR, BODY_MEMORY, 0, h_user_update, NULL, false}, \
    {HTTP_DELETE, "/api/v1/users/:id", AUTH_MODERATOR, BODY_NONE, 0, h_user_delete, NULL, false}, \
    {HTTP_POST, "/api/v1/users/:id/block", AUTH_MODERATOR, BODY_MEMORY, 0, h_user_block, NULL, false}, \
    {HTTP_POST, "/api/v1/users/:id/unblock", AUTH_MODERATOR, BODY_MEMORY, 0, h_user_unblock, NULL, false}, \
    {HTTP_GET, "/api/v1/accounts", AUTH_OPTIONAL, BODY_NONE, 0, h_account_list, NULL, false}, \
    {HTTP_GET, "/api/v1/accounts/:handle", AUTH_OPTIONAL, BODY_NONE, 0, h_account_get, NULL, false}, \
    {HTTP_GET, "/api/v1/accounts/:handle/video-channels", AUTH_OPTIONAL, BODY_NONE, 0, h_account_channels, NULL, false}, \
    {HTTP_GET, "/api/v1/video-channels", AUTH_OPTIONAL, BODY_NONE, 0, h_channel_list, NULL, false}, \
    {HTTP_POST, "/api/v1/video-channels", AUTH_LOGIN, BODY_MEMORY, 0, h_channel_create, NULL, false}, \
    {HTTP_GET, "/api/v1/video-channels/:handle", AUTH_OPTIONAL, BODY_NONE, 0, h_channel_get, NULL, false}, \
    {HTTP_PUT, "/api/v1/video-channels/:handle", AUTH_LOGIN, BODY_MEMORY, 0, h_channel_update, NULL, false}, \
    {HTTP_DELETE, "/api/v1/video-channels/:handle", AUTH_LOGIN, BODY_NONE, 0, h_channel_delete, NULL, false},
/* clang-format on */

#endif
