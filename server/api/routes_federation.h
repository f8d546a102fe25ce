/* routes_federation.h — the routes of what people here do with the fediverse, and of who runs
 * the site. */
#ifndef ZOE_ROUTES_FEDERATION_H
#define ZOE_ROUTES_FEDERATION_H

#include "server/api/lookups.h"
#include "server/api/pages.h"

/* clang-format off */
#define ROUTES_FEDERATION \
    {HTTP_GET, "/api/v1/resolve", AUTH_OPTIONAL, BODY_NONE, 0, h_resolve, NULL, false}, \
    {HTTP_POST, "/api/v1/interact", AUTH_OPTIONAL, BODY_MEMORY, 0, h_interact, NULL, false}, \
    {HTTP_GET, "/remote-interaction", AUTH_OPTIONAL, BODY_NONE, 0, h_page_client, NULL, false}, \
    {HTTP_GET, "/authorize_interaction", AUTH_OPTIONAL, BODY_NONE, 0, h_page_client, NULL, false}, \
    {HTTP_GET, "/ostatus_subscribe", AUTH_NONE, BODY_NONE, 0, h_ostatus_subscribe, NULL, false},
/* clang-format on */

#endif
