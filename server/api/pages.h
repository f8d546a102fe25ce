/* pages.h — our HTML pages, robots and oEmbed. Content: view/page.h.
 *
 * A page that may not be seen answers with the status of the API (401, 403, 404) and says so.
 */
#ifndef ZOE_API_PAGES_H
#define ZOE_API_PAGES_H

#include "server/http/http.h"

struct err h_page_home(struct req *rq, struct res *rs);
struct err h_page_search(struct req *rq, struct res *rs);
struct err h_page_watch(struct req *rq, struct res *rs);
struct err h_page_embed(struct req *rq, struct res *rs);
struct err h_page_channel(struct req *rq, struct res *rs);
struct err h_page_account(struct req *rq, struct res *rs);
/* Pages that are the client's alone: sign-in, upload, ... */
struct err h_page_client(struct req *rq, struct res *rs);
struct err h_page_not_found(struct req *rq, struct res *rs);
struct err h_oembed(struct req *rq, struct res *rs);

#endif
