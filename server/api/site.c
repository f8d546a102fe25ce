/* site.c — see site.h. Everything here is public and needs no account. */
#include "server/api/site.h"

#include "base/clock.h"
#include "server/api/answer_cache.h"
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

/* What cannot change while the server runs is rendered once: then an event thread may answer.
 */
static struct err fixed_answer(struct req *rq, struct res *rs, const char *name,
                               json_t *(*make)(const struct config *config))
{
    size_t bytes;
    struct answer_cache *cache = rq->app->answers;
    const char *text = answer_cache_get(cache, rq->arena, name, 0, &bytes);
    if (text) {
        res_text(rs, 200, "application/json; charset=utf-8", text, bytes);
        return OK;
    }
    res_json(rq, rs, 200, make(rq->app->config));
    answer_cache_put(cache, name, 0, rs->body, rs->body_bytes);
    return OK;
}

/* GET /api/v1/config  -> 200 */
struct err h_config(struct req *rq, struct res *rs)
{
    return fixed_answer(rq, rs, "config", site_config_json);
}

/* GET /api/v1/config/about  -> 200 */
struct err h_config_about(struct req *rq, struct res *rs)
{
    return fixed_answer(rq, rs, "about", site_about_json);
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

static json_t *categories(const struct config *config)
{
    (void)config;
    return label_map_json(LABEL_CATEGORY);
}

static json_t *licences(const struct config *config)
{
    (void)config;
    return label_map_json(LABEL_LICENCE);
}

static json_t *privacies(const struct config *config)
{
    (void)config;
    return label_map_json(LABEL_PRIVACY);
}

static json_t *languages(const struct config *config)
{
    (void)config;
    return language_map_json(false);
}

static json_t *written_languages(const struct config *config)
{
    (void)config;
    return language_map_json(true);
}

struct err h_categories(struct req *rq, struct res *rs)
{
    return fixed_answer(rq, rs, "categories", categories);
}

struct err h_licences(struct req *rq, struct res *rs)
{
    return fixed_answer(rq, rs, "licences", licences);
}

struct err h_privacies(struct req *rq, struct res *rs)
{
    return fixed_answer(rq, rs, "privacies", privacies);
}

struct err h_languages(struct req *rq, struct res *rs)
{
    const char *scope = req_query(rq, "scope");
    return scope && strcmp(scope, "subtitle") == 0
               ? fixed_answer(rq, rs, "written languages", written_languages)
               : fixed_answer(rq, rs, "languages", languages);
}
