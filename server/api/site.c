/* site.c — see site.h. Everything here is public and needs no account. */
#include "server/api/site.h"

#include "base/clock.h"
#include "server/app.h"
#include "server/config.h"
#include "server/domain/account.h"
#include "server/view/labels.h"
#include "server/view/site_json.h"

#include <string.h>

/* GET /api/v1/ping  -> 200 "pong" */
struct err h_ping(struct req *rq, struct res *rs)
{
    (void)rq;
    res_text(rs, 200, "text/html; charset=utf-8", "pong", 4);
    return OK;
}

/* GET /api/v1/config  -> 200 */
struct err h_config(struct req *rq, struct res *rs)
{
    res_json(rq, rs, 200, site_config_json(rq->app->config));
    return OK;
}

/* GET /api/v1/config/about  -> 200 */
struct err h_config_about(struct req *rq, struct res *rs)
{
    res_json(rq, rs, 200, site_about_json(rq->app->config));
    return OK;
}

/* GET /api/v1/server/stats  -> 200 */
struct err h_stats(struct req *rq, struct res *rs)
{
    struct site_figures figures;
    TRY(site_figures(rq->db, now_ms(), &figures));
    res_header(rq, rs, "Cache-Control", "public, max-age=60");
    res_json(rq, rs, 200, site_stats_json(&figures));
    return OK;
}

/* GET /api/v1/videos/{categories,licences,languages,privacies}  -> 200 {"1": "Music", ...} */
struct err h_categories(struct req *rq, struct res *rs)
{
    res_json(rq, rs, 200, label_map_json(LABEL_CATEGORY));
    return OK;
}

struct err h_licences(struct req *rq, struct res *rs)
{
    res_json(rq, rs, 200, label_map_json(LABEL_LICENCE));
    return OK;
}

struct err h_languages(struct req *rq, struct res *rs)
{
    const char *scope = req_query(rq, "scope");
    res_json(rq, rs, 200, language_map_json(scope && strcmp(scope, "subtitle") == 0));
    return OK;
}

struct err h_privacies(struct req *rq, struct res *rs)
{
    res_json(rq, rs, 200, label_map_json(LABEL_PRIVACY));
    return OK;
}
