/* notifications.h — handlers: see notifications.c. */
#ifndef ZOE_API_NOTIFICATIONS_H
#define ZOE_API_NOTIFICATIONS_H

#include "server/http/http.h"

struct err h_notifications(struct req *rq, struct res *rs);
struct err h_notification_settings(struct req *rq, struct res *rs);
struct err h_notifications_read(struct req *rq, struct res *rs);
struct err h_notifications_read_all(struct req *rq, struct res *rs);

#endif
