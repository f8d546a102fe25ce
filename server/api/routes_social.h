/* routes_social.h — the routes of comments, rates, subscriptions, notifications and blocks. */
#ifndef ZOE_ROUTES_SOCIAL_H
#define ZOE_ROUTES_SOCIAL_H

#include "server/api/blocks.h"
#include "server/api/comments.h"
#include "server/api/notifications.h"
#include "server/api/rates.h"
#include "server/api/subscriptions.h"

/* clang-format off */
#define ROUTES_SOCIAL \
    {HTTP_GET, "/api/v1/videos/:id/comment-threads", AUTH_OPTIONAL, BODY_NONE, 0, h_comment_threads, NULL, false}, \
    {HTTP_POST, "/api/v1/videos/:id/comment-threads", AUTH_LOGIN, BODY_MEMORY, 0, h_comment_start, NULL, false}, \
    {HTTP_GET, "/api/v1/videos/:id/comment-threads/:threadId", AUTH_OPTIONAL, BODY_NONE, 0, h_comment_thread, NULL, false}, \
    {HTTP_GET, "/api/v1/videos/:id/comments/events", AUTH_OPTIONAL, BODY_NONE, 0, h_comment_events, NULL, false}, \
    {HTTP_POST, "/api/v1/videos/:id/comments/:cid", AUTH_LOGIN, BODY_MEMORY, 0, h_comment_answer, NULL, false}, \
    {HTTP_PUT, "/api/v1/videos/:id/comments/:cid", AUTH_LOGIN, BODY_MEMORY, 0, h_comment_edit, NULL, false}, \
    {HTTP_DELETE, "/api/v1/videos/:id/comments/:cid", AUTH_LOGIN, BODY_NONE, 0, h_comment_delete, NULL, false}, \
    {HTTP_POST, "/api/v1/videos/:id/comments/:cid/approve", AUTH_LOGIN, BODY_MEMORY, 0, h_comment_approve, NULL, false}, \
    {HTTP_PUT, "/api/v1/videos/:id/rate", AUTH_LOGIN, BODY_MEMORY, 0, h_video_rate, NULL, false}, \
    {HTTP_GET, "/api/v1/users/me/videos/:id/rating", AUTH_LOGIN, BODY_NONE, 0, h_video_rating, NULL, false}, \
    {HTTP_PUT, "/api/v1/videos/:id/share", AUTH_LOGIN, BODY_MEMORY, 0, h_video_share, NULL, false}, \
    {HTTP_DELETE, "/api/v1/videos/:id/share", AUTH_LOGIN, BODY_NONE, 0, h_video_unshare, NULL, false}, \
    {HTTP_GET, "/api/v1/users/me/subscriptions", AUTH_LOGIN, BODY_NONE, 0, h_subscriptions, NULL, false}, \
    {HTTP_POST, "/api/v1/users/me/subscriptions", AUTH_LOGIN, BODY_MEMORY, 0, h_subscribe, NULL, false}, \
    {HTTP_GET, "/api/v1/users/me/subscriptions/accounts", AUTH_LOGIN, BODY_NONE, 0, h_subscription_accounts, NULL, false}, \
    {HTTP_GET, "/api/v1/users/me/subscriptions/exist", AUTH_LOGIN, BODY_NONE, 0, h_subscriptions_exist, NULL, false}, \
    {HTTP_GET, "/api/v1/users/me/subscriptions/videos", AUTH_LOGIN, BODY_NONE, 0, h_subscription_videos, NULL, false}, \
    {HTTP_GET, "/api/v1/users/me/subscriptions/:handle", AUTH_LOGIN, BODY_NONE, 0, h_subscription, NULL, false}, \
    {HTTP_DELETE, "/api/v1/users/me/subscriptions/:handle", AUTH_LOGIN, BODY_NONE, 0, h_unsubscribe, NULL, false}, \
    {HTTP_GET, "/api/v1/users/me/notifications", AUTH_LOGIN, BODY_NONE, 0, h_notifications, NULL, false}, \
    {HTTP_POST, "/api/v1/users/me/notifications/read", AUTH_LOGIN, BODY_MEMORY, 0, h_notifications_read, NULL, false}, \
    {HTTP_POST, "/api/v1/users/me/notifications/read-all", AUTH_LOGIN, BODY_MEMORY, 0, h_notifications_read_all, NULL, false}, \
    {HTTP_PUT, "/api/v1/users/me/notification-settings", AUTH_LOGIN, BODY_MEMORY, 0, h_notification_settings, NULL, false}, \
    {HTTP_GET, "/api/v1/users/me/blocklist/accounts", AUTH_LOGIN, BODY_NONE, 0, h_my_blocked_accounts, NULL, false}, \
    {HTTP_POST, "/api/v1/users/me/blocklist/accounts", AUTH_LOGIN, BODY_MEMORY, 0, h_my_block_account, NULL, false}, \
    {HTTP_DELETE, "/api/v1/users/me/blocklist/accounts/:handle", AUTH_LOGIN, BODY_NONE, 0, h_my_unblock_account, NULL, false}, \
    {HTTP_GET, "/api/v1/users/me/blocklist/servers", AUTH_LOGIN, BODY_NONE, 0, h_my_blocked_hosts, NULL, false}, \
    {HTTP_POST, "/api/v1/users/me/blocklist/servers", AUTH_LOGIN, BODY_MEMORY, 0, h_my_block_host, NULL, false}, \
    {HTTP_DELETE, "/api/v1/users/me/blocklist/servers/:host", AUTH_LOGIN, BODY_NONE, 0, h_my_unblock_host, NULL, false}, \
    {HTTP_GET, "/api/v1/server/blocklist/accounts", AUTH_MODERATOR, BODY_NONE, 0, h_site_blocked_accounts, NULL, false}, \
    {HTTP_POST, "/api/v1/server/blocklist/accounts", AUTH_MODERATOR, BODY_MEMORY, 0, h_site_block_account, NULL, false}, \
    {HTTP_DELETE, "/api/v1/server/blocklist/accounts/:handle", AUTH_MODERATOR, BODY_NONE, 0, h_site_unblock_account, NULL, false}, \
    {HTTP_GET, "/api/v1/server/blocklist/servers", AUTH_MODERATOR, BODY_NONE, 0, h_site_blocked_hosts, NULL, false}, \
    {HTTP_POST, "/api/v1/server/blocklist/servers", AUTH_MODERATOR, BODY_MEMORY, 0, h_site_block_host, NULL, false}, \
    {HTTP_DELETE, "/api/v1/server/blocklist/servers/:host", AUTH_MODERATOR, BODY_NONE, 0, h_site_unblock_host, NULL, false},
/* clang-format on */

#endif
