/* routes_federation.h — the routes of what people here do with the fediverse, and of who runs
 * the site. */
#ifndef ZOE_ROUTES_FEDERATION_H
#define ZOE_ROUTES_FEDERATION_H

#include "server/api/abuses.h"
#include "server/api/federation_admin.h"
#include "server/api/lookups.h"
#include "server/api/pages.h"
#include "server/api/server_follows.h"

/* clang-format off */
#define ROUTES_FEDERATION \
    {HTTP_GET, "/api/v1/resolve", AUTH_OPTIONAL, BODY_NONE, 0, h_resolve, NULL, false}, \
    {HTTP_POST, "/api/v1/interact", AUTH_OPTIONAL, BODY_MEMORY, 0, h_interact, NULL, false}, \
    {HTTP_GET, "/remote-interaction", AUTH_OPTIONAL, BODY_NONE, 0, h_page_client, NULL, false}, \
    {HTTP_GET, "/authorize_interaction", AUTH_OPTIONAL, BODY_NONE, 0, h_page_client, NULL, false}, \
    {HTTP_GET, "/ostatus_subscribe", AUTH_NONE, BODY_NONE, 0, h_ostatus_subscribe, NULL, false}, \
    {HTTP_GET, "/api/v1/accounts/:handle/followers", AUTH_LOGIN, BODY_NONE, 0, h_account_followers, NULL, false}, \
    {HTTP_GET, "/api/v1/video-channels/:handle/followers", AUTH_LOGIN, BODY_NONE, 0, h_channel_followers, NULL, false}, \
    {HTTP_GET, "/api/v1/abuses", AUTH_MODERATOR, BODY_NONE, 0, h_abuses, NULL, false}, \
    {HTTP_POST, "/api/v1/abuses", AUTH_LOGIN, BODY_MEMORY, 0, h_abuse_create, NULL, false}, \
    {HTTP_PUT, "/api/v1/abuses/:id", AUTH_MODERATOR, BODY_MEMORY, 0, h_abuse_update, NULL, false}, \
    {HTTP_DELETE, "/api/v1/abuses/:id", AUTH_MODERATOR, BODY_NONE, 0, h_abuse_delete, NULL, false}, \
    {HTTP_GET, "/api/v1/users/me/abuses", AUTH_LOGIN, BODY_NONE, 0, h_my_abuses, NULL, false}, \
    {HTTP_GET, "/api/v1/server/followers", AUTH_OPTIONAL, BODY_NONE, 0, h_site_followers, NULL, false}, \
    {HTTP_DELETE, "/api/v1/server/followers/:handle", AUTH_ADMIN, BODY_NONE, 0, h_site_follower_remove, NULL, false}, \
    {HTTP_POST, "/api/v1/server/followers/:handle/accept", AUTH_ADMIN, BODY_MEMORY, 0, h_site_follower_accept, NULL, false}, \
    {HTTP_POST, "/api/v1/server/followers/:handle/reject", AUTH_ADMIN, BODY_MEMORY, 0, h_site_follower_reject, NULL, false}, \
    {HTTP_GET, "/api/v1/server/following", AUTH_OPTIONAL, BODY_NONE, 0, h_site_following, NULL, false}, \
    {HTTP_POST, "/api/v1/server/following", AUTH_ADMIN, BODY_MEMORY, 0, h_site_follow, NULL, false}, \
    {HTTP_DELETE, "/api/v1/server/following/:hostOrHandle", AUTH_ADMIN, BODY_NONE, 0, h_site_unfollow, NULL, false}, \
    {HTTP_GET, "/api/v1/server/federation", AUTH_MODERATOR, BODY_NONE, 0, h_federation_state, NULL, false}, \
    {HTTP_POST, "/api/v1/server/federation/hosts/:host/retry", AUTH_ADMIN, BODY_MEMORY, 0, h_federation_retry, NULL, false}, \
    {HTTP_GET, "/api/v1/server/allowlist", AUTH_MODERATOR, BODY_NONE, 0, h_allowed_hosts, NULL, false}, \
    {HTTP_POST, "/api/v1/server/allowlist", AUTH_ADMIN, BODY_MEMORY, 0, h_allow_host, NULL, false}, \
    {HTTP_DELETE, "/api/v1/server/allowlist/:host", AUTH_ADMIN, BODY_NONE, 0, h_disallow_host, NULL, false},
/* clang-format on */

#endif
