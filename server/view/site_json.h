/* site_json.h — what the site says about itself: settings for clients, about page, figures.
 *
 * Shape:   PeerTube 8.2's documents, since clients read them from fixed places.
 * Memory:  JSON belongs to the caller.
 * Threads: no shared state.
 */
#ifndef ZOE_SITE_JSON_H
#define ZOE_SITE_JSON_H

#include "server/config.h"
#include "server/domain/account.h"

#include <jansson.h>

json_t *site_config_json(const struct config *config);
json_t *site_about_json(const struct config *config);
json_t *site_stats_json(const struct site_figures *figures);

#endif
