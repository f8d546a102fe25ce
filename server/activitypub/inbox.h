/* inbox.h — POST to an inbox: who says it is proven, then it is kept, then 202.
 *
 * Nothing unauthenticated is stored. A signature of an unknown key parks the request on its
 * worker while the key is fetched; few may be parked at a time, the others are asked to come
 * back (503).
 * Spec:    ActivityPub §5.2 and §7; federation.md §3.1, §3.2.
 */
#ifndef ZOE_INBOX_H
#define ZOE_INBOX_H

#include "server/http/http.h"

enum { INBOX_BYTES_MAX = 1024 * 1024 };

/* POST /inbox, /accounts/:name/inbox, /video-channels/:name/inbox
 * 202 | 400 activity_invalid | 401 signature_… | 403 forbidden | 503 overloaded */
struct err h_inbox(struct req *rq, struct res *rs);

/* Says how long a connection stays open, a little less than it does: who sends on one that is
 * just being closed loses what he sends, and PeerTube tries once. */
void peer_keep_alive(struct req *rq, struct res *rs);

#endif
