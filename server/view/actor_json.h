/* actor_json.h — accounts, channels and users as the API shows them.
 *
 * `site_url` is the setting `url`.
 * Memory:  JSON belongs to the caller.
 * Threads: no shared state.
 */
#ifndef ZOE_ACTOR_JSON_H
#define ZOE_ACTOR_JSON_H

#include "server/domain/account.h"
#include "server/domain/actor_picture.h"
#include "server/domain/session.h"

#include <jansson.h>

/* Room for "2026-11-24T03:00:00.123Z" and its NUL. */
enum { ISO_TIME = 25 };
const char *iso_time(int64_t ms, char out[ISO_TIME]);
json_t *iso_time_json(int64_t ms);

/* The page (and the ActivityPub id) of an account or a channel. Arena text. */
const char *actor_url(struct arena *a, const char *site_url, const struct actor *actor);

/* "avatars" or "banners" of one of ours, by its stem: smallest first; [] for NULL. */
json_t *actor_pictures_json(const char *site_url, enum actor_picture kind, const char *stem,
                            int64_t updated_ms);

/* What stands beside a video in a list. */
json_t *actor_summary_json(const char *site_url, const struct actor *actor);
json_t *account_json(const char *site_url, const struct actor *account);
json_t *channel_json(const char *site_url, const struct channel *channel);

/* Names of what a user may be told of; NULL after the last. */
const char *notification_setting_name(size_t index);

/* The signed-in user himself; `channels` may be NULL (not included). */
json_t *user_me_json(const char *site_url, const struct user *u, const struct actor *account,
                     const struct channel_list *channels);
/* A user as administrators see him. */
json_t *user_json(const char *site_url, const struct user *u, const struct actor *account,
                  const struct quota_use *use);
json_t *session_json(const struct session *s, int64_t current_id);

#endif
