/* report.c — see report.h. */
#include "server/domain/report.h"

#include "base/clock.h"
#include "base/strbuf.h"
#include "server/db/db_account.h"
#include "server/db/db_report.h"
#include "server/db/db_social.h"
#include "server/domain/comment.h"
#include "server/domain/notification.h"
#include "server/domain/outbox.h"
#include "server/domain/remote_video.h"

#include <string.h>

/* Whose thing it is; *elsewhere when another site has it. */
static struct err reportee(struct db *db, struct arena *a, const struct report_new *r,
                           int64_t *actor_id, bool *elsewhere)
{
    *actor_id = r->actor_id;
    if (r->comment_id) {
        struct comment comment;
        TRY(comment_get(db, a, r->comment_id, &comment));
        *actor_id = comment.author.id;
        *elsewhere = comment.uri != NULL;
    } else if (r->video_id) {
        struct video_place video;
        TRY(remote_video_by_id(db, a, r->video_id, &video));
        *actor_id = video.owner_id ? video.owner_id : video.channel_id;
        *elsewhere = video.uri != NULL;
    } else {
        struct remote_actor actor;
        TRY(remote_actor_get_by_id(db, a, r->actor_id, &actor));
        *elsewhere = actor.uri != NULL;
    }
    return OK;
}

static struct err put(struct db *db, struct arena *a, const struct report_new *r, int64_t *id)
{
    struct report_new row = *r;
    bool elsewhere;
    TRY(reportee(db, a, r, &row.actor_id, &elsewhere));
    TRY(db_report_insert(db, &row, now_ms(), id));
    TRY(notify_staff(db, ROLE_MODERATOR,
                     &(struct notification_new){
                         .type = NOTIFY_REPORT, .actor_id = r->reporter_id, .report_id = *id}));
    if (!r->forward || !elsewhere)
        return OK;
    int64_t site_id;
    TRY(site_actor_ensure(db, a, &site_id));
    return outbox_note(
        db, a,
        &(struct outbox_note){
            .what = "flag", .actor = site_id, .target = row.actor_id, .report = *id});
}

struct err report_put(struct db *db, struct arena *a, const struct report_new *r, int64_t *id)
{
    DB_TRANSACTION(db, put(db, a, r, id));
    return OK;
}

struct err report_get(struct db *db, struct arena *a, int64_t id, struct report *out)
{
    return db_report_by_id(db, a, id, out);
}

struct err report_list(struct db *db, struct arena *a, const struct report_query *q,
                       struct report_list *out)
{
    *out = (struct report_list){0};
    return db_reports(db, a, q, q->words && *q->words ? db_like(a, q->words) : NULL, out);
}

struct err report_counts(struct db *db, int64_t reporter_id, int64_t actor_id, int64_t *by,
                         int64_t *about)
{
    return db_report_counts(db, reporter_id, actor_id, by, about);
}

static struct err update(struct db *db, struct arena *a, int64_t id, int state,
                         const char *moderation)
{
    struct report r;
    struct actor reporter;
    TRY(db_report_by_id(db, a, id, &r));
    TRY(db_report_update(db, id, state, moderation, now_ms()));
    if (!state || state == r.state || !r.reporter_id)
        return OK;
    TRY(db_actor_by_id(db, a, r.reporter_id, &reporter));
    return reporter.user_id ? notify(db, &(struct notification_new){.user_id = reporter.user_id,
                                                                    .type = NOTIFY_REPORT_STATE,
                                                                    .report_id = id})
                            : OK;
}

struct err report_update(struct db *db, struct arena *a, int64_t id, int state,
                         const char *moderation)
{
    DB_TRANSACTION(db, update(db, a, id, state, moderation));
    return OK;
}

struct err report_delete(struct db *db, int64_t id)
{
    DB_TRANSACTION(db, db_report_delete(db, id));
    return OK;
}
