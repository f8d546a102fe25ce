/* activitypub_parts.h — how the files of activitypub.h read what is asked and answer documents.
 *
 * Memory:  as the request.
 * Errors:  NOT_FOUND and those named.
 * Threads: as the request.
 */
#ifndef ZOE_ACTIVITYPUB_PARTS_H
#define ZOE_ACTIVITYPUB_PARTS_H

#include "server/api/activitypub.h"
#include "server/app.h"
#include "server/config.h"
#include "server/view/ap_documents.h"

enum { PAGE_ITEMS = 50, PAGE_ACTIVITIES = 20, PAGES_MAX = 100000 };

static inline const char *ap_site(struct req *rq)
{
    return rq->app->config->url;
}

/* Does the Accept header ask for activity+json rather than for a page? */
bool ap_wanted(struct req *rq);
/* `json` is taken over. Honours If-None-Match. */
MUST_CHECK struct err ap_answer(struct req *rq, struct res *rs, int status, json_t *json);
/* What is not there: 410 with its tombstone when it was, else `e`. `path`: below the site. */
MUST_CHECK struct err ap_missing(struct req *rq, struct res *rs, const char *path,
                                 struct err e);
/* NOT_FOUND when the site does not federate. */
MUST_CHECK struct err ap_federates(struct req *rq);
/* Link: rel="alternate" of a page to the object it shows. */
void ap_alternate(struct req *rq, struct res *rs, const char *id);
/* What is elsewhere is read there. */
MUST_CHECK struct err ap_to_origin(struct req *rq, struct res *rs, const char *uri);

/* -1: it is none. */
int64_t ap_number(const char *text);
/* Page number of the address: 0 for the collection itself. */
MUST_CHECK struct err ap_page_asked(struct req *rq, int64_t *page);
/* Whether the Update of this path is the last one of `thing`; older ones lead to it. */
MUST_CHECK struct err ap_update_asked(struct req *rq, struct res *rs, const char *thing,
                                      int64_t updated_ms, bool *last);

#endif
