/* comment_json.h — comments, people, notifications and blocks as the API shows them.
 *
 * `site_url` is the setting `url`.
 * Memory:  JSON belongs to the caller; `a` holds texts made on the way.
 * Threads: no shared state.
 */
#ifndef ZOE_COMMENT_JSON_H
#define ZOE_COMMENT_JSON_H

#include "server/domain/block.h"
#include "server/domain/comment.h"
#include "server/domain/notification.h"

#include <jansson.h>

/* {site}/videos/watch/{uuid}/comments/{id}, or what its own server calls it. */
const char *comment_uri(struct arena *a, const char *site_url, const struct comment *c);

/* AccountSummary. */
json_t *person_json(struct arena *a, const char *site_url, const struct person *p);
/* PeerTube's `text` (Markdown as typed, or the HTML of a remote one), and `html` besides:
 * always sanitised HTML. */
json_t *comment_json(struct arena *a, const char *site_url, const struct comment *c);
/* {comment, children: [...]}, from a thread as comment_thread lists it. */
json_t *comment_tree_json(struct arena *a, const char *site_url,
                          const struct comment_list *thread);
json_t *notification_json(struct arena *a, const char *site_url, const struct notification *n);

#endif
