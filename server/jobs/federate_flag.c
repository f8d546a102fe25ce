/* federate_flag.c — a report made here about something elsewhere goes to its own site, in the
 * name of ours: who made it is not told. */
#include "server/jobs/federate_parts.h"

#include "server/domain/comment.h"
#include "server/domain/report.h"
#include "server/view/comment_json.h"

/* Peers want the account besides what it wrote, but only the video when it is one. */
static struct err objects_of(struct errand *e, const struct report *r, json_t **out)
{
    const char *account;
    struct video_brief video;
    struct comment comment;
    TRY(errand_actor(e, e->target, &account));
    if (r->video_id && !r->comment_id) {
        TRY(video_brief(e->db, e->a, r->video_id, &video));
        *out = json_string(ap_brief_id(e->a, e->site, &video));
    } else if (r->comment_id) {
        TRY(comment_get(e->db, e->a, r->comment_id, &comment));
        *out = ap_list(comment_uri(e->a, e->site, &comment), account, NULL);
    } else {
        *out = json_string(account);
    }
    return OK;
}

struct err errand_flag(struct errand *e)
{
    struct report r;
    const char *site_actor, *account;
    json_t *objects;
    TRY(report_get(e->db, e->a, e->report, &r));
    TRY(errand_actor(e, e->actor, &site_actor));
    TRY(errand_actor(e, e->target, &account));
    TRY(objects_of(e, &r, &objects));
    json_t *flag = ap_activity_json(
        "Flag", arena_printf(e->a, "%s/flags/%lld", site_actor, (long long)r.id), site_actor,
        objects, ap_list(account, NULL), NULL);
    json_object_set_new(flag, "content", json_string(r.reason));
    json_object_set_new(flag, "mediaType", json_string("text/markdown"));
    return errand_post(
        e, flag, AP_FLAT,
        &(struct delivery_new){.signer_id = e->actor, .shared = errand_ids(e, e->target, END)});
}
