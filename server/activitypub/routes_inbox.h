/* routes_inbox.h — the rows of the route table that inbox.h serves. */
#ifndef ZOE_ROUTES_INBOX_H
#define ZOE_ROUTES_INBOX_H

#include "server/activitypub/inbox.h"

/* clang-format off */
#define ROUTES_INBOX                                                                          \
    {HTTP_POST, "/inbox", AUTH_NONE, BODY_MEMORY, INBOX_BYTES_MAX, h_inbox, NULL, false},     \
    {HTTP_POST, "/accounts/:name/inbox", AUTH_NONE, BODY_MEMORY, INBOX_BYTES_MAX, h_inbox,    \
     NULL, false},                                                                            \
    {HTTP_POST, "/video-channels/:name/inbox", AUTH_NONE, BODY_MEMORY, INBOX_BYTES_MAX,       \
     h_inbox, NULL, false},
/* clang-format on */

#endif
