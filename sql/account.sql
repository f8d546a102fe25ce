-- Users, actors, tokens: who is who, and who is signed in.

-- name: site_get
-- in:  :name
-- out: 0 value
SELECT value FROM site WHERE name = :name;

-- name: site_put
-- in: :name :value
INSERT INTO site (name, value) VALUES (:name, :value) ON CONFLICT (name) DO UPDATE SET value = excluded.value;

-- name: counter_get
-- in:  :name
-- out: 0 value
SELECT value FROM counter WHERE name = :name;

-- name: actor_insert
-- in: :kind :name :display_name :description :support :user_id :owner_id :now_ms
INSERT INTO actor (kind, name, display_name, description, support, user_id, owner_id, created_ms, updated_ms)
VALUES (:kind, :name, :display_name, :description, :support, :user_id, :owner_id, :now_ms, :now_ms);

-- name: actor_update
-- in: :id :display_name :description :support :now_ms; NULL keeps, '' clears
UPDATE actor
   SET display_name = coalesce(:display_name, display_name),
       description = nullif(coalesce(:description, description), ''),
       support = nullif(coalesce(:support, support), ''),
       updated_ms = :now_ms
 WHERE id = :id;

-- name: actor_leave
-- in: :id :now_ms; one of ours. Its name stays taken, its key signs the news of its end.
UPDATE actor SET gone = 1, user_id = NULL, owner_id = NULL, display_name = name, description = NULL, support = NULL,
       icon_url = NULL, banner = NULL, updated_ms = :now_ms WHERE id = :id AND uri IS NULL;

-- name: actor_keys_forget
-- in: :before_ms; of those who left before
UPDATE actor INDEXED BY actor_last_words SET private_key = NULL, public_key = NULL
 WHERE gone = 1 AND private_key IS NOT NULL AND updated_ms < :before_ms;

-- name: actor_avatar_set
-- in: :id :stem (NULL: none) :now_ms
UPDATE actor SET icon_url = :stem, updated_ms = :now_ms WHERE id = :id AND uri IS NULL;

-- name: actor_banner_set
-- in: :id :stem (NULL: none) :now_ms
UPDATE actor SET banner = :stem, updated_ms = :now_ms WHERE id = :id AND uri IS NULL;

-- name: actor_picture_needed
-- in:  :stem
-- out: 0 whether somebody here has it
SELECT EXISTS (SELECT 1 FROM actor WHERE uri IS NULL AND icon_url = :stem) OR EXISTS (SELECT 1 FROM actor WHERE banner = :stem);

-- name: actor_audience
-- in:  :id
-- out: 0 inbox, 1 host; of those elsewhere who know it: who follow it, whom it follows, whose videos it rated, shared or
--      commented, and who answered there
SELECT coalesce(a.shared_inbox, a.inbox), a.host FROM actor a
 WHERE a.uri IS NOT NULL AND a.gone = 0 AND a.inbox IS NOT NULL
   AND a.id IN (SELECT follower_id FROM follow WHERE target_id = :id
                UNION SELECT target_id FROM follow WHERE follower_id = :id
                UNION SELECT v.channel_id FROM rate r JOIN video v ON v.id = r.video_id WHERE r.actor_id = :id
                UNION SELECT v.channel_id FROM share s JOIN video v ON v.id = s.video_id WHERE s.actor_id = :id
                UNION SELECT v.channel_id FROM comment c JOIN video v ON v.id = c.video_id WHERE c.actor_id = :id
                UNION SELECT p.actor_id FROM comment c JOIN comment p ON p.id = c.parent_id WHERE c.actor_id = :id)
 GROUP BY 1;

-- name: actor_by_id
-- in:  :id
-- out: 0 id, 1 kind, 2 name, 3 host, 4 display_name, 5 description, 6 support, 7 user_id, 8 owner_id,
--      9 created_ms, 10 updated_ms, 11 uri, 12 page_url, 13 icon_url, 14 followers, 15 following, 16 remote_followers, 17 banner
SELECT id, kind, name, host, display_name, description, support, user_id, owner_id, created_ms, updated_ms, uri, page_url, icon_url, followers, following, remote_followers, banner
  FROM actor WHERE id = :id;

-- name: actor_by_name
-- in:  :name :host
-- out: as actor_by_id
SELECT id, kind, name, host, display_name, description, support, user_id, owner_id, created_ms, updated_ms, uri, page_url, icon_url, followers, following, remote_followers, banner
  FROM actor WHERE name = :name AND host = :host AND gone = 0;

-- name: account_by_user
-- in:  :user_id
-- out: as actor_by_id
SELECT id, kind, name, host, display_name, description, support, user_id, owner_id, created_ms, updated_ms, uri, page_url, icon_url, followers, following, remote_followers, banner
  FROM actor WHERE user_id = :user_id;

-- name: accounts_newest
-- in:  :start :count
-- out: as actor_by_id
SELECT id, kind, name, host, display_name, description, support, user_id, owner_id, created_ms, updated_ms, uri, page_url, icon_url, followers, following, remote_followers, banner
  FROM actor WHERE kind = 'Person' AND gone = 0 ORDER BY id DESC LIMIT :count OFFSET :start;

-- name: accounts_oldest
-- in:  :start :count
-- out: as actor_by_id
SELECT id, kind, name, host, display_name, description, support, user_id, owner_id, created_ms, updated_ms, uri, page_url, icon_url, followers, following, remote_followers, banner
  FROM actor WHERE kind = 'Person' AND gone = 0 ORDER BY id LIMIT :count OFFSET :start;

-- name: channel_by_id
-- in:  :id
-- out: 0-17 the channel as actor_by_id, 18-35 its owner
SELECT c.id, c.kind, c.name, c.host, c.display_name, c.description, c.support, c.user_id, c.owner_id, c.created_ms, c.updated_ms,
       c.uri, c.page_url, c.icon_url, c.followers, c.following, c.remote_followers, c.banner,
       o.id, o.kind, o.name, o.host, o.display_name, o.description, o.support, o.user_id, o.owner_id, o.created_ms, o.updated_ms,
       o.uri, o.page_url, o.icon_url, o.followers, o.following, o.remote_followers, o.banner
  FROM actor c JOIN actor o ON o.id = coalesce(c.owner_id, c.id) WHERE c.id = :id AND c.kind = 'Group';

-- name: channel_by_name
-- in:  :name :host
-- out: as channel_by_id
SELECT c.id, c.kind, c.name, c.host, c.display_name, c.description, c.support, c.user_id, c.owner_id, c.created_ms, c.updated_ms,
       c.uri, c.page_url, c.icon_url, c.followers, c.following, c.remote_followers, c.banner,
       o.id, o.kind, o.name, o.host, o.display_name, o.description, o.support, o.user_id, o.owner_id, o.created_ms, o.updated_ms,
       o.uri, o.page_url, o.icon_url, o.followers, o.following, o.remote_followers, o.banner
  FROM actor c JOIN actor o ON o.id = coalesce(c.owner_id, c.id) WHERE c.name = :name AND c.host = :host AND c.kind = 'Group' AND c.gone = 0;

-- name: channels_newest
-- in:  :start :count
-- out: as channel_by_id
SELECT c.id, c.kind, c.name, c.host, c.display_name, c.description, c.support, c.user_id, c.owner_id, c.created_ms, c.updated_ms,
       c.uri, c.page_url, c.icon_url, c.followers, c.following, c.remote_followers, c.banner,
       o.id, o.kind, o.name, o.host, o.display_name, o.description, o.support, o.user_id, o.owner_id, o.created_ms, o.updated_ms,
       o.uri, o.page_url, o.icon_url, o.followers, o.following, o.remote_followers, o.banner
  FROM actor c JOIN actor o ON o.id = coalesce(c.owner_id, c.id) WHERE c.kind = 'Group' AND c.gone = 0
 ORDER BY c.id DESC LIMIT :count OFFSET :start;

-- name: channels_oldest
-- in:  :start :count
-- out: as channel_by_id
SELECT c.id, c.kind, c.name, c.host, c.display_name, c.description, c.support, c.user_id, c.owner_id, c.created_ms, c.updated_ms,
       c.uri, c.page_url, c.icon_url, c.followers, c.following, c.remote_followers, c.banner,
       o.id, o.kind, o.name, o.host, o.display_name, o.description, o.support, o.user_id, o.owner_id, o.created_ms, o.updated_ms,
       o.uri, o.page_url, o.icon_url, o.followers, o.following, o.remote_followers, o.banner
  FROM actor c JOIN actor o ON o.id = coalesce(c.owner_id, c.id) WHERE c.kind = 'Group' AND c.gone = 0
 ORDER BY c.id LIMIT :count OFFSET :start;

-- name: channels_of_account_oldest
-- in:  :account_id :start :count
-- out: as channel_by_id
SELECT c.id, c.kind, c.name, c.host, c.display_name, c.description, c.support, c.user_id, c.owner_id, c.created_ms, c.updated_ms,
       c.uri, c.page_url, c.icon_url, c.followers, c.following, c.remote_followers, c.banner,
       o.id, o.kind, o.name, o.host, o.display_name, o.description, o.support, o.user_id, o.owner_id, o.created_ms, o.updated_ms,
       o.uri, o.page_url, o.icon_url, o.followers, o.following, o.remote_followers, o.banner
  FROM actor c JOIN actor o ON o.id = coalesce(c.owner_id, c.id) WHERE c.owner_id = :account_id AND c.gone = 0
 ORDER BY c.id LIMIT :count OFFSET :start;

-- name: channels_of_account_newest
-- in:  :account_id :start :count
-- out: as channel_by_id
SELECT c.id, c.kind, c.name, c.host, c.display_name, c.description, c.support, c.user_id, c.owner_id, c.created_ms, c.updated_ms,
       c.uri, c.page_url, c.icon_url, c.followers, c.following, c.remote_followers, c.banner,
       o.id, o.kind, o.name, o.host, o.display_name, o.description, o.support, o.user_id, o.owner_id, o.created_ms, o.updated_ms,
       o.uri, o.page_url, o.icon_url, o.followers, o.following, o.remote_followers, o.banner
  FROM actor c JOIN actor o ON o.id = coalesce(c.owner_id, c.id) WHERE c.owner_id = :account_id AND c.gone = 0
 ORDER BY c.id DESC LIMIT :count OFFSET :start;

-- name: channels_of_account_count
-- in:  :account_id
-- out: 0 count
SELECT count(*) FROM actor WHERE owner_id = :account_id AND gone = 0;

-- name: channel_has_video
-- in:  :channel_id
-- out: 0 1
SELECT 1 FROM video WHERE channel_id = :channel_id LIMIT 1;

-- name: account_has_video
-- in:  :account_id
-- out: 0 1
SELECT 1 FROM actor c JOIN video v ON v.channel_id = c.id WHERE c.owner_id = :account_id LIMIT 1;

-- name: user_insert
-- in: :username :email :password_hash :role :quota_bytes :quota_daily_bytes :now_ms
INSERT INTO user (username, email, password_hash, role, quota_bytes, quota_daily_bytes, created_ms, updated_ms)
VALUES (:username, :email, :password_hash, :role, :quota_bytes, :quota_daily_bytes, :now_ms, :now_ms);

-- name: user_by_id
-- in:  :id
-- out: 0 id, 1 account id, 2 username, 3 email, 4 role, 5 quota_bytes, 6 quota_daily_bytes, 7 used_bytes,
--      8 blocked, 9 blocked_reason, 10 settings, 11 created_ms, 12 updated_ms, 13 login_ms
SELECT u.id, p.id, u.username, u.email, u.role, u.quota_bytes, u.quota_daily_bytes, u.used_bytes,
       u.blocked, u.blocked_reason, u.settings, u.created_ms, u.updated_ms, u.login_ms
  FROM user u JOIN actor p ON p.user_id = u.id WHERE u.id = :id;

-- name: user_by_login
-- in:  :login
-- out: 0 id, 1 password_hash, 2 blocked, 3 username
-- A username cannot hold an '@', so at most one row matches.
SELECT id, password_hash, blocked, username FROM user WHERE username = :login
UNION ALL
SELECT id, password_hash, blocked, username FROM user WHERE email = :login;

-- name: user_password
-- in:  :id
-- out: 0 password_hash
SELECT password_hash FROM user WHERE id = :id;

-- name: users_oldest
-- in:  :start :count
-- out: as user_by_id
-- scan-ok: walks the primary key in order and stops at the limit
SELECT u.id, p.id, u.username, u.email, u.role, u.quota_bytes, u.quota_daily_bytes, u.used_bytes,
       u.blocked, u.blocked_reason, u.settings, u.created_ms, u.updated_ms, u.login_ms
  FROM user u JOIN actor p ON p.user_id = u.id ORDER BY u.id LIMIT :count OFFSET :start;

-- name: users_newest
-- in:  :start :count
-- out: as user_by_id
-- scan-ok: walks the primary key in order and stops at the limit
SELECT u.id, p.id, u.username, u.email, u.role, u.quota_bytes, u.quota_daily_bytes, u.used_bytes,
       u.blocked, u.blocked_reason, u.settings, u.created_ms, u.updated_ms, u.login_ms
  FROM user u JOIN actor p ON p.user_id = u.id ORDER BY u.id DESC LIMIT :count OFFSET :start;

-- name: users_search
-- in:  :pattern :start :count
-- out: as user_by_id
-- scan-ok: administrators alone search users, by any part of a name
SELECT u.id, p.id, u.username, u.email, u.role, u.quota_bytes, u.quota_daily_bytes, u.used_bytes,
       u.blocked, u.blocked_reason, u.settings, u.created_ms, u.updated_ms, u.login_ms
  FROM user u JOIN actor p ON p.user_id = u.id
 WHERE u.username LIKE :pattern ESCAPE '!' OR u.email LIKE :pattern ESCAPE '!'
 ORDER BY u.id LIMIT :count OFFSET :start;

-- name: users_search_count
-- in:  :pattern
-- out: 0 count
-- scan-ok: administrators alone search users, by any part of a name
SELECT count(*) FROM user WHERE username LIKE :pattern ESCAPE '!' OR email LIKE :pattern ESCAPE '!';

-- name: user_update
-- in: :id :email :password_hash :role :quota_bytes :quota_daily_bytes :settings :now_ms; NULL keeps, '' clears the e-mail
-- Settings are merged as RFC 7396 says: null removes.
UPDATE user
   SET email = nullif(coalesce(:email, email), ''),
       password_hash = coalesce(:password_hash, password_hash),
       role = coalesce(:role, role),
       quota_bytes = coalesce(:quota_bytes, quota_bytes),
       quota_daily_bytes = coalesce(:quota_daily_bytes, quota_daily_bytes),
       settings = CASE WHEN :settings IS NULL THEN settings ELSE json_patch(settings, :settings) END,
       updated_ms = :now_ms
 WHERE id = :id;

-- name: user_block
-- in: :id :blocked :reason :now_ms
UPDATE user SET blocked = :blocked, blocked_reason = :reason, updated_ms = :now_ms WHERE id = :id;

-- name: user_seen
-- in: :id :now_ms
UPDATE user SET login_ms = :now_ms WHERE id = :id;

-- name: user_delete
-- in: :id
DELETE FROM user WHERE id = :id;

-- name: user_quota
-- in:  :id
-- out: 0 quota_bytes, 1 quota_daily_bytes, 2 used_bytes
SELECT quota_bytes, quota_daily_bytes, used_bytes FROM user WHERE id = :id;

-- name: user_bytes_since
-- in:  :user_id :since_ms
-- out: 0 bytes
SELECT coalesce(sum(v.source_bytes), 0)
  FROM actor p JOIN actor c ON c.owner_id = p.id JOIN video v ON v.channel_id = c.id
 WHERE p.user_id = :user_id AND v.published_ms >= :since_ms AND v.created_ms >= :since_ms;

-- name: user_bytes_unfinished
-- in:  :user_id
-- out: 0 bytes
SELECT coalesce(sum(size_bytes), 0) FROM upload WHERE user_id = :user_id AND video_id IS NULL;

-- name: token_insert
-- in: :user_id :access_hash :refresh_hash :access_until_ms :refresh_until_ms :address :device :now_ms
INSERT INTO token (user_id, access_hash, refresh_hash, access_until_ms, refresh_until_ms, address, device, used_ms, created_ms)
VALUES (:user_id, :access_hash, :refresh_hash, :access_until_ms, :refresh_until_ms, :address, :device, :now_ms, :now_ms);

-- name: token_find
-- in:  :hash :now_ms
-- out: 0 token id, 1 user id, 2 account id, 3 username, 4 role, 5 access_until_ms, 6 is a cookie session
SELECT t.id, u.id, p.id, u.username, u.role, t.access_until_ms, t.refresh_hash IS NULL
  FROM token t JOIN user u ON u.id = t.user_id JOIN actor p ON p.user_id = u.id
 WHERE t.access_hash = :hash AND t.access_until_ms > :now_ms AND u.blocked = 0;

-- name: token_slide
-- in: :id :until_ms :now_ms
UPDATE token SET access_until_ms = :until_ms, refresh_until_ms = :until_ms, used_ms = :now_ms WHERE id = :id;

-- name: token_rotate
-- in:  :refresh_hash :new_access_hash :new_refresh_hash :access_until_ms :refresh_until_ms :now_ms
-- out: 0 user id
-- The row keeps its id, so that the list of sessions shows one sign-in as one session.
UPDATE token SET access_hash = :new_access_hash, refresh_hash = :new_refresh_hash,
       access_until_ms = :access_until_ms, refresh_until_ms = :refresh_until_ms, used_ms = :now_ms
 WHERE refresh_hash = :refresh_hash AND refresh_until_ms > :now_ms
   AND NOT EXISTS (SELECT 1 FROM user WHERE id = token.user_id AND blocked <> 0)
RETURNING user_id;

-- name: tokens_of_user
-- in:  :user_id :now_ms :start :count
-- out: 0 id, 1 user_id, 2 created_ms, 3 used_ms, 4 refresh_until_ms, 5 address, 6 device, 7 is a cookie session
SELECT id, user_id, created_ms, used_ms, refresh_until_ms, address, device, refresh_hash IS NULL
  FROM token WHERE user_id = :user_id AND refresh_until_ms > :now_ms
 ORDER BY id DESC LIMIT :count OFFSET :start;

-- name: tokens_of_user_count
-- in:  :user_id :now_ms
-- out: 0 count
SELECT count(*) FROM token WHERE user_id = :user_id AND refresh_until_ms > :now_ms;

-- name: token_delete
-- in: :user_id :id
DELETE FROM token WHERE id = :id AND user_id = :user_id;

-- name: tokens_delete_of_user
-- in: :user_id :keep_id
DELETE FROM token WHERE user_id = :user_id AND id <> :keep_id;

-- name: tokens_keep_newest
-- in: :user_id :keep
-- A user has a bounded number of sessions; the oldest ends when one more begins.
DELETE FROM token WHERE id IN (SELECT id FROM token WHERE user_id = :user_id ORDER BY id DESC LIMIT 1000 OFFSET :keep);

-- name: tokens_sweep
-- in: :now_ms
DELETE FROM token WHERE id IN (SELECT id FROM token WHERE refresh_until_ms < :now_ms ORDER BY refresh_until_ms LIMIT 500);

-- name: users_by_role_count
-- in:  :role
-- out: 0 count
SELECT count(*) FROM user WHERE role = :role;

-- name: users_seen_count
-- in:  :since_ms
-- out: 0 count
SELECT count(*) FROM user WHERE login_ms >= :since_ms;
