/* federate_parts.h — what the files of job federate share.
 *
 * Shape:   an errand is one note of domain/outbox.h being turned into letters: a body, and whom
 *          it goes to. Nothing is written before all of them are made.
 * Errors:  retryable ones run the job again; any other means that what the note tells of is
 *          gone, and drops it.
 */
#ifndef ZOE_FEDERATE_PARTS_H
#define ZOE_FEDERATE_PARTS_H

#include "server/domain/delivery.h"
#include "server/domain/outbox.h"
#include "server/jobs/jobs.h"
#include "server/view/ap_note.h"
#include "server/view/ap_video.h"

#include <stdlib.h>

enum { ERRAND_LETTERS_MAX = 20 };
#define END ((int64_t)-1)

struct letter {
    const char *body;
    struct delivery_new to;
};

struct errand {
    struct job_run *r;
    struct db *db;
    struct arena *a;
    const char *site; /* the setting `url` */
    const char *what, *path, *uri, *inboxes;
    int64_t video, comment, actor, target, follow, share, incoming, report, at_ms, since;
    int value;
    struct letter letters[ERRAND_LETTERS_MAX];
    size_t letter_count;
};

/* A JSON array of those that are not 0; ends with END. NULL when there is none. */
const char *errand_ids(struct errand *e, int64_t first, ...);
MUST_CHECK struct err errand_actor(struct errand *e, int64_t id, const char **uri);
/* One more letter. `activity` has no context yet and is taken over; flat ones and comments get
 * an LD signature too. */
MUST_CHECK struct err errand_post(struct errand *e, json_t *activity, enum ap_context context,
                                  const struct delivery_new *to);
/* The video of the errand with what its document needs. *open: it may be told of. */
MUST_CHECK struct err errand_video(struct errand *e, struct video *v, struct ap_video *parts,
                                   bool *open);
MUST_CHECK struct err errand_announce(struct errand *e, int64_t actor_id,
                                      const struct video *v);

/* federate_comment.c */
MUST_CHECK struct err errand_comment(struct errand *e);
MUST_CHECK struct err errand_comment_delete(struct errand *e);
MUST_CHECK struct err errand_comment_answer(struct errand *e);
MUST_CHECK struct err errand_flag(struct errand *e);

#endif
