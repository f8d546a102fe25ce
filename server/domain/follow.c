/* follow.c — see follow.h. */
#include "server/domain/follow.h"

#include "base/clock.h"
#include "base/strbuf.h"
#include "server/db/db_account.h"
#include "server/db/db_social.h"
#include "server/db/db_video.h"
#include "server/domain/outbox.h"

#include <string.h>

/* The user behind a local actor: 0 for the site and for those elsewhere. */
static struct err user_of(struct db *db, struct arena *a, const struct remote_actor *actor,
                          int64_t *user_id)
{
    struct actor account;
    *user_id = 0;
    if (actor->uri || !strcmp(actor->kind, "Application"))
        return OK;
    TRY(db_actor_by_id(db, a, actor->owner_id ? actor->owner_id : actor->id, &account));
    *user_id = account.user_id;
    return OK;
}

static struct err request(struct db *db, struct arena *a, int64_t follower_id,
                          int64_t target_id, const char *uri, bool auto_accept,
                          struct follow *out)
{
    struct remote_actor follower, target;
    int64_t user_id, own_user_id;
    bool blocked;
    TRY(db_remote_actor_by_id(db, a, follower_id, &follower));
    TRY(db_remote_actor_by_id(db, a, target_id, &target));
    TRY(user_of(db, a, &target, &user_id));
    TRY(user_of(db, a, &follower, &own_user_id));
    TRY(db_block_of_actor(db, user_id, follower_id, &blocked));
    if (blocked)
        return FAIL(FORBIDDEN, "this follower is blocked");

    struct err had = db_follow_by_pair(db, a, follower_id, target_id, out);
    if (had.id && had.id != ERR_NOT_FOUND)
        return had;
    int64_t id;
    TRY(db_follow_put(db, follower_id, target_id, auto_accept ? "accepted" : "pending", uri,
                      now_ms(), &id));
    TRY(db_follow_by_pair(db, a, follower_id, target_id, out));
    if (had.id && user_id && user_id != own_user_id)
        TRY(notify(db, &(struct notification_new){.user_id = user_id,
                                                  .type = NOTIFY_FOLLOW,
                                                  .actor_id = follower_id,
                                                  .target_id = target_id}));
    if (had.id && !target.uri && strcmp(target.kind, "Application") == 0)
        TRY(notify_staff(db, ROLE_ADMINISTRATOR,
                         &(struct notification_new){.type = NOTIFY_SITE_FOLLOWER,
                                                    .actor_id = follower_id,
                                                    .target_id = target_id}));
    struct outbox_note note = {.follow = id};
    if (!follower.uri && target.uri && (had.id || strcmp(out->state, "pending") == 0)) {
        note.what = "follow", note.actor = follower_id, note.target = target_id;
        return outbox_note(db, a, &note);
    }
    if (follower.uri && !target.uri && strcmp(out->state, "pending") != 0) {
        note.what = strcmp(out->state, "accepted") == 0 ? "accept" : "reject";
        note.actor = target_id, note.target = follower_id;
        note.uri = out->uri;
        return outbox_note(db, a, &note);
    }
    return OK;
}

struct err follow_request(struct db *db, struct arena *a, int64_t follower_id,
                          int64_t target_id, const char *uri, bool auto_accept,
                          struct follow *out)
{
    DB_TRANSACTION(db, request(db, a, follower_id, target_id, uri, auto_accept, out));
    return OK;
}

/* What the target, local or remote, says to it. */
static struct err answer(struct db *db, struct arena *a, int64_t follower_id, int64_t target_id,
                         bool yes)
{
    const char *state = yes ? "accepted" : "rejected";
    struct remote_actor follower, target;
    struct follow f;
    TRY(db_follow_by_pair(db, a, follower_id, target_id, &f));
    if (!strcmp(f.state, state))
        return OK;
    TRY(db_remote_actor_by_id(db, a, follower_id, &follower));
    TRY(db_remote_actor_by_id(db, a, target_id, &target));
    TRY(db_follow_state_set(db, follower_id, target_id, state));
    if (!follower.uri || target.uri)
        return OK;
    return outbox_note(db, a,
                       &(struct outbox_note){.what = yes ? "accept" : "reject",
                                             .follow = f.id,
                                             .actor = target_id,
                                             .target = follower_id,
                                             .uri = f.uri});
}

struct err follow_accept(struct db *db, struct arena *a, int64_t follower_id, int64_t target_id)
{
    DB_TRANSACTION(db, answer(db, a, follower_id, target_id, true));
    return OK;
}

struct err follow_reject(struct db *db, struct arena *a, int64_t follower_id, int64_t target_id)
{
    DB_TRANSACTION(db, answer(db, a, follower_id, target_id, false));
    return OK;
}

static struct err unfollow(struct db *db, struct arena *a, int64_t follower_id,
                           int64_t target_id)
{
    struct remote_actor follower, target;
    struct follow f;
    struct err e = db_follow_by_pair(db, a, follower_id, target_id, &f);
    if (e.id)
        return e.id == ERR_NOT_FOUND ? OK : e;
    TRY(db_remote_actor_by_id(db, a, follower_id, &follower));
    TRY(db_remote_actor_by_id(db, a, target_id, &target));
    TRY(db_follow_delete(db, follower_id, target_id));
    if (follower.uri || !target.uri)
        return OK;
    return outbox_note(
        db, a,
        &(struct outbox_note){
            .what = "unfollow", .follow = f.id, .actor = follower_id, .target = target_id});
}

struct err follow_remove(struct db *db, struct arena *a, int64_t follower_id, int64_t target_id)
{
    DB_TRANSACTION(db, unfollow(db, a, follower_id, target_id));
    return OK;
}

struct err follow_get(struct db *db, struct arena *a, int64_t follower_id, int64_t target_id,
                      struct follow *out)
{
    return db_follow_by_pair(db, a, follower_id, target_id, out);
}

struct err follow_get_by_id(struct db *db, struct arena *a, int64_t id, struct follow *out)
{
    return db_follow_by_id(db, a, id, out);
}

struct err follow_get_by_uri(struct db *db, struct arena *a, const char *uri,
                             struct follow *out)
{
    return db_follow_by_uri(db, a, uri, out);
}

struct err follow_list_to(struct db *db, struct arena *a, int64_t target_id, const char *state,
                          int start, int count, struct follow_list *out)
{
    *out = (struct follow_list){0};
    return db_follows(db, a, true, target_id, state, start, count, out);
}

struct err follow_list_from(struct db *db, struct arena *a, int64_t follower_id,
                            const char *state, int start, int count, struct follow_list *out)
{
    *out = (struct follow_list){0};
    return db_follows(db, a, false, follower_id, state, start, count, out);
}

struct err follow_to_host(struct db *db, int64_t follower_id, const char *host,
                          int64_t *target_id)
{
    return db_follow_to_host(db, follower_id, host, target_id);
}

struct err follow_followers(struct db *db, struct arena *a, int64_t target_id, int start,
                            int count, struct person_list *out)
{
    int64_t following;
    *out = (struct person_list){0};
    TRY(db_follow_counts(db, target_id, &out->total, &following));
    return db_follow_people(db, a, SQL_FOLLOWERS_OF, target_id, start, count, out);
}

struct err follow_following(struct db *db, struct arena *a, int64_t follower_id, int start,
                            int count, struct person_list *out)
{
    int64_t followers;
    *out = (struct person_list){0};
    TRY(db_follow_counts(db, follower_id, &followers, &out->total));
    return db_follow_people(db, a, SQL_FOLLOWING_OF, follower_id, start, count, out);
}

struct err follow_elsewhere(struct db *db, int64_t channel_id, int64_t account_id,
                            const char *host, bool *some)
{
    return db_follow_elsewhere(db, channel_id, account_id, host, some);
}

struct err follow_inboxes(struct db *db, struct arena *a, const int64_t *actor_ids,
                          size_t count, struct inbox_list *out)
{
    struct strbuf ids = STRBUF_IN(a);
    strbuf_adds(&ids, "[");
    for (size_t i = 0; i < count; i++)
        strbuf_addf(&ids, "%s%lld", i ? "," : "", (long long)actor_ids[i]);
    strbuf_adds(&ids, "]");
    *out = (struct inbox_list){0};
    return db_follow_inboxes(db, a, ids.text, out);
}

/* --- subscriptions ---------------------------------------------------------- */

struct err subscription_list(struct db *db, struct arena *a, int64_t account_id,
                             const char *search, struct page page, struct channel_list *out)
{
    const char *like = search && *search ? db_like(a, search) : NULL;
    int64_t *ids;
    size_t count;
    *out = (struct channel_list){0};
    TRY(db_subscriptions_count(db, account_id, like, &out->total));
    TRY(db_subscriptions(db, a, account_id, like, page, &ids, &count));
    for (size_t i = 0; i < count; i++) {
        out->items = arena_grow(a, out->items, out->count, &out->room, sizeof *out->items);
        struct err e = db_channel_by_id(db, a, ids[i], &out->items[out->count]);
        if (e.id == ERR_NOT_FOUND) /* elsewhere, of an owner we have not met */
            continue;
        TRY(e);
        out->count++;
    }
    return OK;
}

struct err subscription_accounts(struct db *db, struct arena *a, int64_t account_id, int start,
                                 int count, struct actor_list *out)
{
    int64_t *ids;
    size_t found;
    *out = (struct actor_list){0};
    TRY(db_subscription_accounts_count(db, account_id, &out->total));
    TRY(db_subscription_accounts(db, a, account_id, start, count, &ids, &found));
    for (size_t i = 0; i < found; i++) {
        out->items = arena_grow(a, out->items, out->count, &out->room, sizeof *out->items);
        TRY(db_actor_by_id(db, a, ids[i], &out->items[out->count++]));
    }
    return OK;
}

struct err subscription_videos(struct db *db, struct arena *a, int64_t account_id, int start,
                               int count, struct video_list *out)
{
    const char *ids;
    int found;
    *out = (struct video_list){0};
    TRY(db_subscription_videos_count(db, account_id, &out->total));
    TRY(db_subscription_videos(db, a, account_id, start, count, &ids, &found));
    return found ? db_video_rows(db, a, ids, out) : OK;
}
