/* routes.c — every route of the server, one line each, grouped by the file that answers them.
 */
#include "server/routes.h"

#include "server/activitypub/routes_inbox.h"
#include "server/api/health.h"
#include "server/api/pages.h"
#include "server/api/routes_account.h"
#include "server/api/routes_activitypub.h"
#include "server/api/routes_federation.h"
#include "server/api/routes_social.h"
#include "server/api/routes_upload.h"
#include "server/api/routes_video.h"
#include "server/api/workers.h"

#include <string.h>

const struct route routes[] = {
    {HTTP_GET, "/metrics", AUTH_NONE, BODY_NONE, 0, h_metrics, NULL, false},
    {HTTP_GET, "/health", AUTH_NONE, BODY_NONE, 0, h_health, NULL, false},
    ROUTES_ACTIVITYPUB ROUTES_FEDERATION ROUTES_SOCIAL ROUTES_ACCOUNT ROUTES_UPLOAD ROUTES_VIDEO
        ROUTES_WORKER ROUTES_INBOX{0},
};

struct err route_unmatched(struct req *rq, struct res *rs, const char *allow)
{
    if (allow) {
        res_header(rq, rs, "Allow", allow);
        return FAIL(METHOD_NOT_ALLOWED, "this address does not answer to that method");
    }
    if (strncmp(rq->path, "/api/", 5) == 0)
        return FAIL(UNKNOWN_ROUTE, "there is no such part of the API");
    return h_page_not_found(rq, rs);
}
