/* site.h — what the site says about itself. */
#ifndef ZOE_API_SITE_H
#define ZOE_API_SITE_H

#include "server/http/http.h"

struct err h_ping(struct req *rq, struct res *rs);
struct err h_config(struct req *rq, struct res *rs);
struct err h_config_about(struct req *rq, struct res *rs);
struct err h_stats(struct req *rq, struct res *rs);
struct err h_categories(struct req *rq, struct res *rs);
struct err h_licences(struct req *rq, struct res *rs);
struct err h_languages(struct req *rq, struct res *rs);
struct err h_privacies(struct req *rq, struct res *rs);

#endif
