/* routes_activitypub.h — the routes by which other servers find and read us. */
#ifndef ZOE_ROUTES_ACTIVITYPUB_H
#define ZOE_ROUTES_ACTIVITYPUB_H

#include "server/api/wellknown.h"

/* clang-format off */
#define ROUTES_ACTIVITYPUB \
    {HTTP_GET, "/.well-known/webfinger", AUTH_NONE, BODY_NONE, 0, h_webfinger, NULL, false}, \
    {HTTP_GET, "/.well-known/host-meta", AUTH_NONE, BODY_NONE, 0, h_host_meta, NULL, false}, \
    {HTTP_GET, "/.well-known/nodeinfo", AUTH_NONE, BODY_NONE, 0, h_nodeinfo_index, NULL, false}, \
    {HTTP_GET, "/nodeinfo/2.0", AUTH_NONE, BODY_NONE, 0, h_nodeinfo, NULL, false}, \
    {HTTP_GET, "/nodeinfo/2.0.json", AUTH_NONE, BODY_NONE, 0, h_nodeinfo, NULL, false}, \
    {HTTP_GET, "/nodeinfo/2.1", AUTH_NONE, BODY_NONE, 0, h_nodeinfo, NULL, false}, \
    {HTTP_GET, "/nodeinfo/2.1.json", AUTH_NONE, BODY_NONE, 0, h_nodeinfo, NULL, false},
/* clang-format on */

#endif
