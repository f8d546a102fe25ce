/* process_parts.h — what the files of process.h share. */
#ifndef ZOE_PROCESS_PARTS_H
#define ZOE_PROCESS_PARTS_H

#include "server/activitypub/ap_json.h"
#include "server/activitypub/process.h"
#include "server/activitypub/resolve_parts.h"
#include "server/app.h"
#include "server/config.h"
#include "server/db/db_incoming.h"

struct act { /* one activity being worked through */
    struct reach *r;
    const struct incoming *row;
    json_t *json;
    const char *id, *type, *actor; /* ids; `actor` is who acts */
    const char *object;            /* id of the first object; NULL: none */
    int64_t actor_id;              /* row of who signed: of `actor` unless `told` */
    bool told;                     /* somebody else than `actor` signed it */
};

#define IGNORE(why) FAIL(ACTIVITY_INVALID, why)

struct err act_create(struct act *act);
struct err act_update(struct act *act);
struct err act_delete(struct act *act);
struct err act_announce(struct act *act);

/* The local actor that `uri` names; NOT_FOUND. */
MUST_CHECK struct err act_local_actor(struct act *act, const char *uri, int64_t *id);
/* The end of something on the actor's host that is not here came: if it comes later, it is
 * over. */
MUST_CHECK struct err act_overtook(struct act *act, const char *uri);
/* FAILs (ACTIVITY_INVALID) when the end of `uri` came first. */
MUST_CHECK struct err act_not_over(struct act *act, const char *uri);
/* A comment on a video of ours: the letter goes on to its other remote followers. */
MUST_CHECK struct err act_forward(struct act *act, int64_t video_id, int64_t comment_id);

#endif
