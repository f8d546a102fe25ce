/* resolve_parts.h — what the files of resolve.h share. Memory, errors and threads as there. */
#ifndef ZOE_RESOLVE_PARTS_H
#define ZOE_RESOLVE_PARTS_H

#include "server/activitypub/ap_json.h"
#include "server/activitypub/resolve.h"

/* The document of `uri` from its own host; never asks ourselves. */
MUST_CHECK struct err reach_fetch(struct reach *r, const char *uri, json_t **document);
/* PEER_BLOCKED when the site does not want to hear of the host of `url`. */
MUST_CHECK struct err reach_check(struct reach *r, const char *url);
/* What the WebFinger of `host` answers for name@host. */
MUST_CHECK struct err reach_webfinger(struct reach *r, const char *name, const char *host,
                                      json_t **jrd);
/* resolve_place without asking anybody: NOT_FOUND for what is not here. */
MUST_CHECK struct err resolve_known_place(struct reach *r, const char *uri, struct place *out);
bool reach_is_ours(const struct reach *r, const char *url);
/* An embedded string, cut to `limit` bytes between characters; NULL for NULL and "". */
const char *short_text(struct arena *a, const char *text, size_t limit);
/* `url` when it is an http(s) address, else NULL. */
const char *web_url(const char *url);

#endif
