/* routes_activitypub.h — the routes by which other servers find and read us. */
#ifndef ZOE_ROUTES_ACTIVITYPUB_H
#define ZOE_ROUTES_ACTIVITYPUB_H

#include "server/api/activitypub.h"
#include "server/api/wellknown.h"

/* clang-format off */
#define ROUTES_ACTIVITYPUB \
    {HTTP_GET, "/.well-known/webfinger", AUTH_NONE, BODY_NONE, 0, h_webfinger, NULL, false}, \
    {HTTP_GET, "/.well-known/host-meta", AUTH_NONE, BODY_NONE, 0, h_host_meta, NULL, false}, \
    {HTTP_GET, "/.well-known/nodeinfo", AUTH_NONE, BODY_NONE, 0, h_nodeinfo_index, NULL, false}, \
    {HTTP_GET, "/nodeinfo/2.0", AUTH_NONE, BODY_NONE, 0, h_nodeinfo, NULL, false}, \
    {HTTP_GET, "/nodeinfo/2.0.json", AUTH_NONE, BODY_NONE, 0, h_nodeinfo, NULL, false}, \
    {HTTP_GET, "/nodeinfo/2.1", AUTH_NONE, BODY_NONE, 0, h_nodeinfo, NULL, false}, \
    {HTTP_GET, "/nodeinfo/2.1.json", AUTH_NONE, BODY_NONE, 0, h_nodeinfo, NULL, false}, \
    {HTTP_GET, "/accounts/:name/:part", AUTH_NONE, BODY_NONE, 0, h_ap_actor_part, NULL, false}, \
    {HTTP_GET, "/accounts/:name/:part/page/:page", AUTH_NONE, BODY_NONE, 0, h_ap_actor_part, NULL, false}, \
    {HTTP_GET, "/accounts/:name/follows/:follow", AUTH_NONE, BODY_NONE, 0, h_ap_follow, NULL, false}, \
    {HTTP_GET, "/accounts/:name/accepts/follows/:follow", AUTH_NONE, BODY_NONE, 0, h_ap_answer, NULL, false}, \
    {HTTP_GET, "/accounts/:name/:part/:video", AUTH_NONE, BODY_NONE, 0, h_ap_rate, NULL, false}, \
    {HTTP_GET, "/accounts/:name/updates/:at", AUTH_NONE, BODY_NONE, 0, h_ap_actor_update, NULL, false}, \
    {HTTP_GET, "/video-channels/:name/:part", AUTH_NONE, BODY_NONE, 0, h_ap_actor_part, NULL, false}, \
    {HTTP_GET, "/video-channels/:name/:part/page/:page", AUTH_NONE, BODY_NONE, 0, h_ap_actor_part, NULL, false}, \
    {HTTP_GET, "/video-channels/:name/follows/:follow", AUTH_NONE, BODY_NONE, 0, h_ap_follow, NULL, false}, \
    {HTTP_GET, "/video-channels/:name/accepts/follows/:follow", AUTH_NONE, BODY_NONE, 0, h_ap_answer, NULL, false}, \
    {HTTP_GET, "/video-channels/:name/:part/:video", AUTH_NONE, BODY_NONE, 0, h_ap_rate, NULL, false}, \
    {HTTP_GET, "/video-channels/:name/updates/:at", AUTH_NONE, BODY_NONE, 0, h_ap_actor_update, NULL, false}, \
    {HTTP_GET, "/videos/watch/:id/:part", AUTH_NONE, BODY_NONE, 0, h_ap_video_part, NULL, false}, \
    {HTTP_GET, "/videos/watch/:id/:part/page/:page", AUTH_NONE, BODY_NONE, 0, h_ap_video_part, NULL, false}, \
    {HTTP_GET, "/videos/watch/:id/comments/page/:page", AUTH_NONE, BODY_NONE, 0, h_ap_video_part, NULL, false}, \
    {HTTP_GET, "/videos/watch/:id/updates/:at", AUTH_NONE, BODY_NONE, 0, h_ap_video_update, NULL, false}, \
    {HTTP_GET, "/videos/watch/:id/announces/:share", AUTH_NONE, BODY_NONE, 0, h_ap_share, NULL, false}, \
    {HTTP_GET, "/videos/watch/:id/comments/:comment", AUTH_NONE, BODY_NONE, 0, h_ap_comment, NULL, false}, \
    {HTTP_GET, "/videos/watch/:id/comments/:comment/:what", AUTH_NONE, BODY_NONE, 0, h_ap_comment, NULL, false}, \
    {HTTP_GET, "/videos/watch/:id/comments/:comment/:what/:at", AUTH_NONE, BODY_NONE, 0, h_ap_comment, NULL, false},
/* clang-format on */

#endif
