-- The social side: actors elsewhere, follows, comments, rates, shares, blocks, notifications, tombstones.

-- fragment: person_columns
       a.id, a.kind, a.name, a.host, a.display_name, a.uri, a.page_url, a.icon_url

-- fragment: remote_actor_columns
       a.id, a.kind, a.uri, a.name, a.host, a.display_name, a.description, a.inbox, a.shared_inbox, a.outbox,
       a.followers_uri, a.page_url, a.icon_url, a.key_id, a.public_key, a.moved_to, a.owner_id,
       a.remote_followers, a.fetched_ms, a.created_ms, a.gone, a.banner

-- Actors.

-- name: remote_actor_by_uri
-- in:  :uri
-- out: remote_actor_columns
SELECT
--+ remote_actor_columns
  FROM actor a WHERE a.uri = :uri;

-- name: remote_actor_by_key
-- in:  :key_id
-- out: remote_actor_columns
SELECT
--+ remote_actor_columns
  FROM actor a WHERE a.key_id = :key_id AND a.uri IS NOT NULL ORDER BY a.gone, a.id LIMIT 1;

-- name: remote_actor_by_id
-- in:  :id
-- out: remote_actor_columns
SELECT
--+ remote_actor_columns
  FROM actor a WHERE a.id = :id;

-- name: remote_actor_step_aside
-- in: :name :host :uri; another row that has this name is renamed after its id
UPDATE actor SET name = name || '-' || id WHERE name = :name AND host = :host AND uri IS NOT :uri;

-- name: remote_actor_put
-- in:  all columns, :now_ms; `gone` ends
-- out: 0 id
INSERT INTO actor (kind, uri, name, host, display_name, description, inbox, shared_inbox, outbox, followers_uri,
       page_url, icon_url, key_id, public_key, owner_id, moved_to, remote_followers, fetched_ms, created_ms, updated_ms)
VALUES (:kind, :uri, :name, :host, :display_name, :description, :inbox, :shared_inbox, :outbox, :followers_uri,
       :page_url, :icon_url, :key_id, :public_key, :owner_id, :moved_to, :remote_followers, :fetched_ms, :created_ms, :now_ms)
ON CONFLICT (uri) WHERE uri IS NOT NULL DO UPDATE SET kind = excluded.kind, name = excluded.name, host = excluded.host,
       display_name = excluded.display_name, description = excluded.description, inbox = excluded.inbox,
       shared_inbox = excluded.shared_inbox, outbox = excluded.outbox, followers_uri = excluded.followers_uri,
       page_url = excluded.page_url, icon_url = excluded.icon_url, key_id = excluded.key_id,
       public_key = excluded.public_key, owner_id = coalesce(excluded.owner_id, owner_id),
       moved_to = excluded.moved_to, remote_followers = excluded.remote_followers, fetched_ms = excluded.fetched_ms,
       updated_ms = excluded.updated_ms, gone = 0
RETURNING id;

-- name: remote_actor_mark_gone
-- in: :id :now_ms
UPDATE actor SET gone = 1, description = NULL, icon_url = NULL, updated_ms = :now_ms WHERE id = :id AND uri IS NOT NULL;

-- name: remote_actor_moved
-- in: :id :to
UPDATE actor SET moved_to = :to WHERE id = :id;

-- name: actor_comments_delete
-- in: :id :now_ms
UPDATE comment SET html = '', source = NULL, sensitive = NULL, held = 0, deleted_ms = :now_ms
 WHERE actor_id = :id AND deleted_ms IS NULL;

-- name: actor_follows_delete
-- in: :id
DELETE FROM follow WHERE follower_id = :id OR target_id = :id;

-- name: actor_rates_delete
-- in: :id
DELETE FROM rate WHERE actor_id = :id;

-- name: actor_comment_rates_delete
-- in: :id
DELETE FROM comment_rate WHERE actor_id = :id;

-- name: actor_shares_delete
-- in: :id
DELETE FROM share WHERE actor_id = :id;

-- name: actor_notifications_delete
-- in: :id
DELETE FROM notification WHERE actor_id = :id;

-- name: actor_videos_delete
-- in: :id, a channel or an account; remote videos only: they have no files here
DELETE FROM video WHERE uri IS NOT NULL
   AND channel_id IN (SELECT id FROM actor WHERE id = :id UNION SELECT id FROM actor WHERE owner_id = :id);

-- name: actor_keys_get
-- in:  :id
-- out: 0 public_key, 1 private_key
SELECT public_key, private_key FROM actor WHERE id = :id;

-- name: actor_keys_put
-- in: :id :public_key :private_key
UPDATE actor SET public_key = :public_key, private_key = :private_key WHERE id = :id AND private_key IS NULL AND uri IS NULL;

-- name: actor_social_counts
-- in:  :id
-- out: 0 followers, 1 following
SELECT max(followers, remote_followers), following FROM actor WHERE id = :id;

-- Follows.

-- name: follow_put
-- in:  :follower_id :target_id :state :uri :now_ms
-- out: 0 id; a row that is there keeps its state but takes the new uri, and becomes accepted if asked
-- Ids name follows in the fediverse and grow with time: none is used again after its row went.
INSERT INTO follow (id, follower_id, target_id, state, uri, created_ms)
VALUES (max(coalesce((SELECT max(id) FROM follow), 0) + 1, :now_ms * 1000), :follower_id, :target_id, :state, :uri, :now_ms)
ON CONFLICT (follower_id, target_id) DO UPDATE SET uri = coalesce(excluded.uri, uri),
       state = CASE WHEN state = 'pending' THEN excluded.state ELSE state END
RETURNING id;

-- name: follow_state_set
-- in: :follower_id :target_id :state
UPDATE follow SET state = :state WHERE follower_id = :follower_id AND target_id = :target_id;

-- name: follow_delete
-- in: :follower_id :target_id
DELETE FROM follow WHERE follower_id = :follower_id AND target_id = :target_id;

-- name: follow_by_pair
-- in:  :follower_id :target_id
-- out: 0 id, 1 follower_id, 2 target_id, 3 state, 4 uri, 5 created_ms
SELECT id, follower_id, target_id, state, uri, created_ms FROM follow
 WHERE follower_id = :follower_id AND target_id = :target_id;

-- name: follow_by_id
-- in:  :id
-- out: as follow_by_pair
SELECT id, follower_id, target_id, state, uri, created_ms FROM follow WHERE id = :id;

-- name: follow_by_uri
-- in:  :uri
-- out: as follow_by_pair
SELECT id, follower_id, target_id, state, uri, created_ms FROM follow WHERE uri = :uri LIMIT 1;

-- name: followers_of
-- in:  :id :start :count
-- out: person_columns
SELECT
--+ person_columns
  FROM follow f JOIN actor a ON a.id = f.follower_id
 WHERE f.target_id = :id AND f.state = 'accepted' ORDER BY f.id DESC LIMIT :count OFFSET :start;

-- name: following_of
-- in:  :id :start :count
-- out: person_columns
SELECT
--+ person_columns
  FROM follow f JOIN actor a ON a.id = f.target_id
 WHERE f.follower_id = :id AND f.state = 'accepted' ORDER BY f.target_id DESC LIMIT :count OFFSET :start;

-- name: follows_to
-- in:  :id :state (NULL: any) :start :count
-- out: as follow_by_pair; newest first
SELECT id, follower_id, target_id, state, uri, created_ms FROM follow
 WHERE target_id = :id AND (:state IS NULL OR state = :state) ORDER BY id DESC LIMIT :count OFFSET :start;

-- name: follows_to_count
-- in:  :id :state
-- out: 0 count
SELECT count(*) FROM follow WHERE target_id = :id AND (:state IS NULL OR state = :state);

-- name: follows_from
-- in, out: as follows_to
SELECT id, follower_id, target_id, state, uri, created_ms FROM follow
 WHERE follower_id = :id AND (:state IS NULL OR state = :state) ORDER BY id DESC LIMIT :count OFFSET :start;

-- name: follows_from_count
-- in:  :id :state
-- out: 0 count
SELECT count(*) FROM follow WHERE follower_id = :id AND (:state IS NULL OR state = :state);

-- name: follow_from_to_host
-- in:  :id :host
-- out: 0 target_id; the site of that host
SELECT f.target_id FROM follow f JOIN actor a ON a.id = f.target_id
 WHERE f.follower_id = :id AND a.host = :host AND a.kind = 'Application' LIMIT 1;

-- name: follow_counts
-- in:  :id
-- out: 0 followers, 1 following
SELECT followers, following FROM actor WHERE id = :id;

-- name: site_follows
-- in:  :name
-- out: 0 followers, 1 following
SELECT followers, following FROM actor WHERE name = :name AND host = '';

-- name: follow_inboxes
-- in:  :ids, a JSON array of actors
-- out: 0 inbox, 1 host
SELECT DISTINCT coalesce(a.shared_inbox, a.inbox), a.host
  FROM json_each(:ids) j JOIN follow f ON f.target_id = j.value AND f.state = 'accepted' JOIN actor a ON a.id = f.follower_id
 WHERE a.uri IS NOT NULL AND a.gone = 0 AND a.inbox IS NOT NULL;

-- name: follow_elsewhere
-- in:  :channel_id :account_id :host
-- out: a row when somebody on another host than this one, and not here, follows one of them
SELECT 1 FROM follow f JOIN actor a ON a.id = f.follower_id
 WHERE f.target_id IN (:channel_id, :account_id) AND f.state = 'accepted' AND a.host NOT IN ('', :host) LIMIT 1;

-- name: subscriptions_newest
-- in:  :id :like (pattern or NULL) :start :count
-- out: 0 id of a channel
SELECT a.id FROM follow f JOIN actor a ON a.id = f.target_id
 WHERE f.follower_id = :id AND f.state <> 'rejected' AND a.kind = 'Group'
   AND (:like IS NULL OR a.name LIKE :like ESCAPE '!' OR a.display_name LIKE :like ESCAPE '!')
 ORDER BY f.id DESC LIMIT :count OFFSET :start;

-- name: subscriptions_oldest
-- in:  as subscriptions_newest
-- out: 0 id of a channel
SELECT a.id FROM follow f JOIN actor a ON a.id = f.target_id
 WHERE f.follower_id = :id AND f.state <> 'rejected' AND a.kind = 'Group'
   AND (:like IS NULL OR a.name LIKE :like ESCAPE '!' OR a.display_name LIKE :like ESCAPE '!')
 ORDER BY f.id LIMIT :count OFFSET :start;

-- name: subscriptions_count
-- in:  :id :like
-- out: 0 count
SELECT count(*) FROM follow f JOIN actor a ON a.id = f.target_id
 WHERE f.follower_id = :id AND f.state <> 'rejected' AND a.kind = 'Group'
   AND (:like IS NULL OR a.name LIKE :like ESCAPE '!' OR a.display_name LIKE :like ESCAPE '!');

-- name: subscription_accounts
-- in:  :id :start :count
-- out: 0 id of an account
SELECT a.id FROM follow f JOIN actor a ON a.id = f.target_id
 WHERE f.follower_id = :id AND f.state <> 'rejected' AND a.kind = 'Person' ORDER BY f.id DESC LIMIT :count OFFSET :start;

-- name: subscription_accounts_count
-- in:  :id
-- out: 0 count
SELECT count(*) FROM follow f JOIN actor a ON a.id = f.target_id
 WHERE f.follower_id = :id AND f.state <> 'rejected' AND a.kind = 'Person';

-- name: subscription_videos
-- in:  :id :start :count
-- out: 0 id; of each channel at most what the page may need
SELECT v.id FROM (SELECT target_id AS id FROM follow WHERE follower_id = :id AND state <> 'rejected'
                  UNION SELECT c.id FROM follow f JOIN actor c ON c.owner_id = f.target_id
                   WHERE f.follower_id = :id AND f.state <> 'rejected') s
  JOIN video v ON v.id IN (SELECT w.id FROM video w INDEXED BY video_listed_channel
                            WHERE w.channel_id = s.id AND w.listed = 1
                            ORDER BY w.published_ms DESC, w.id DESC LIMIT :start + :count)
 ORDER BY v.published_ms DESC, v.id DESC LIMIT :count OFFSET :start;

-- name: subscription_videos_count
-- in:  :id
-- out: 0 count
SELECT coalesce(sum(n.listed), 0)
  FROM (SELECT target_id AS id FROM follow WHERE follower_id = :id AND state <> 'rejected'
        UNION SELECT c.id FROM follow f JOIN actor c ON c.owner_id = f.target_id
         WHERE f.follower_id = :id AND f.state <> 'rejected') s
  JOIN channel_counter n ON n.channel_id = s.id;

-- Comments.

-- fragment: comment_columns
       c.id, c.video_id, c.parent_id, c.thread_id, c.uri, c.page_url, v.uuid,
       (SELECT uri FROM comment WHERE id = c.parent_id), c.html, c.source, c.sensitive, c.approval, c.held,
       c.created_ms, c.updated_ms, c.deleted_ms, c.replies, c.owner_replies, c.likes,
--+ person_columns

-- fragment: comment_from
  FROM comment c JOIN video v ON v.id = c.video_id LEFT JOIN actor a ON a.id = c.actor_id

-- fragment: comment_seen
   AND (c.held = 0 OR :see_held OR c.actor_id = :account_id)
   AND (a.id IS NULL OR NOT EXISTS (SELECT 1 FROM block b WHERE b.user_id IN (0, :user_id)
        AND ((b.kind = 'account' AND b.target = CAST(a.id AS TEXT)) OR (b.kind = 'host' AND b.target = a.host))))

-- name: comment_insert
-- in: every column
INSERT INTO comment (uri, page_url, video_id, actor_id, parent_id, thread_id, html, source, sensitive, held,
                     created_ms, updated_ms)
VALUES (:uri, :page_url, :video_id, :actor_id, :parent_id, :thread_id, :html, :source, :sensitive, :held,
        :created_ms, :updated_ms);

-- name: comment_text_set
-- in: :id :html :source :sensitive :updated_ms
UPDATE comment SET html = :html, source = :source, sensitive = :sensitive, updated_ms = :updated_ms WHERE id = :id;

-- name: comment_delete
-- in: :id :now_ms
UPDATE comment SET html = '', source = NULL, sensitive = NULL, held = 0, deleted_ms = :now_ms, updated_ms = :now_ms
 WHERE id = :id AND deleted_ms IS NULL;

-- name: comment_release
-- in: :id :approval
UPDATE comment SET held = 0, approval = :approval WHERE id = :id AND deleted_ms IS NULL;

-- name: comment_by_id
-- in:  :id
-- out: comment_columns
SELECT
--+ comment_columns
--+ comment_from
 WHERE c.id = :id;

-- name: comment_by_uri
-- in:  :uri
-- out: comment_columns
SELECT
--+ comment_columns
--+ comment_from
 WHERE c.uri = :uri;

-- name: comment_threads_newest
-- in:  :video_id :user_id :account_id :see_held :start :count
-- out: comment_columns
SELECT
--+ comment_columns
--+ comment_from
 WHERE c.video_id = :video_id AND c.parent_id IS NULL AND (c.deleted_ms IS NULL OR c.replies > 0)
--+ comment_seen
 ORDER BY c.created_ms DESC, c.id DESC LIMIT :count OFFSET :start;

-- name: comment_threads_oldest
-- in, out: as comment_threads_newest
SELECT
--+ comment_columns
--+ comment_from
 WHERE c.video_id = :video_id AND c.parent_id IS NULL AND (c.deleted_ms IS NULL OR c.replies > 0)
--+ comment_seen
 ORDER BY c.created_ms, c.id LIMIT :count OFFSET :start;

-- name: comment_threads_replied
-- in, out: as comment_threads_newest
SELECT
--+ comment_columns
--+ comment_from
 WHERE c.video_id = :video_id AND c.parent_id IS NULL AND (c.deleted_ms IS NULL OR c.replies > 0)
--+ comment_seen
 ORDER BY c.replies DESC, c.id DESC LIMIT :count OFFSET :start;

-- name: comment_threads_count
-- in:  :video_id :user_id :account_id :see_held
-- out: 0 count
SELECT count(*)
--+ comment_from
 WHERE c.video_id = :video_id AND c.parent_id IS NULL AND (c.deleted_ms IS NULL OR c.replies > 0)
--+ comment_seen
;

-- name: comment_thread
-- in:  :video_id :thread_id :user_id :account_id :see_held :count
-- out: comment_columns
SELECT
--+ comment_columns
--+ comment_from
 WHERE c.thread_id = :thread_id AND c.video_id = :video_id
--+ comment_seen
 ORDER BY c.id LIMIT :count;

-- name: comments_of_video
-- in:  :video_id :after_id :count
-- out: comment_columns
SELECT
--+ comment_columns
--+ comment_from
 WHERE c.video_id = :video_id AND c.id > :after_id AND c.held = 0 AND c.deleted_ms IS NULL
 ORDER BY c.id LIMIT :count;

-- name: comment_versions
-- in:  :ids, a JSON array of videos
-- out: 0 id, 1 comments_version, 2 comments
SELECT v.id, v.comments_version, v.comments FROM json_each(:ids) j JOIN video v ON v.id = j.value;

-- Rates and shares.

-- name: rate_put
-- in: :actor_id :video_id :value :uri :now_ms
INSERT INTO rate (actor_id, video_id, value, uri, created_ms) VALUES (:actor_id, :video_id, :value, :uri, :now_ms)
ON CONFLICT (actor_id, video_id) DO UPDATE SET value = excluded.value, uri = excluded.uri,
       created_ms = CASE WHEN value = excluded.value AND uri IS excluded.uri THEN created_ms ELSE excluded.created_ms END;

-- name: rate_delete
-- in: :actor_id :video_id
DELETE FROM rate WHERE actor_id = :actor_id AND video_id = :video_id;

-- name: rate_delete_by_uri
-- in: :actor_id :uri
DELETE FROM rate WHERE uri = :uri AND actor_id = :actor_id;

-- name: rate_get
-- in:  :actor_id :video_id
-- out: 0 value, 1 uri, 2 created_ms
SELECT value, uri, created_ms FROM rate WHERE actor_id = :actor_id AND video_id = :video_id;

-- name: rates_of_video
-- in:  :video_id :value :start :count
-- out: 0 uri, 1 created_ms, 2.. person_columns
SELECT r.uri, r.created_ms,
--+ person_columns
  FROM rate r JOIN actor a ON a.id = r.actor_id
 WHERE r.video_id = :video_id AND r.value = :value ORDER BY r.created_ms DESC LIMIT :count OFFSET :start;

-- name: video_social_counts
-- in:  :id
-- out: 0 likes, 1 dislikes, 2 shares, 3 comments
SELECT likes, dislikes, shares, comments FROM video WHERE id = :id;

-- name: comment_rate_put
-- in: :actor_id :comment_id :uri :now_ms
INSERT INTO comment_rate (actor_id, comment_id, uri, created_ms) VALUES (:actor_id, :comment_id, :uri, :now_ms)
ON CONFLICT (actor_id, comment_id) DO UPDATE SET uri = excluded.uri;

-- name: comment_rate_delete
-- in: :actor_id :comment_id
DELETE FROM comment_rate WHERE actor_id = :actor_id AND comment_id = :comment_id;

-- name: comment_rate_delete_by_uri
-- in: :actor_id :uri
DELETE FROM comment_rate WHERE uri = :uri AND actor_id = :actor_id;

-- name: share_put
-- in: :actor_id :video_id :uri :now_ms; ids as those of follows
INSERT INTO share (id, actor_id, video_id, uri, created_ms)
VALUES (max(coalesce((SELECT max(id) FROM share), 0) + 1, :now_ms * 1000), :actor_id, :video_id, :uri, :now_ms)
ON CONFLICT (actor_id, video_id) DO UPDATE SET uri = coalesce(excluded.uri, uri) WHERE excluded.uri IS NOT uri;

-- name: share_delete
-- in: :actor_id :video_id
DELETE FROM share WHERE actor_id = :actor_id AND video_id = :video_id;

-- name: share_delete_by_uri
-- in: :actor_id :uri
DELETE FROM share WHERE uri = :uri AND actor_id = :actor_id;

-- name: share_by_pair
-- in:  :actor_id :video_id
-- out: 0 id, 1 actor_id, 2 video_id, 3 uri, 4 created_ms
SELECT id, actor_id, video_id, uri, created_ms FROM share WHERE actor_id = :actor_id AND video_id = :video_id;

-- name: share_by_id
-- in:  :id
-- out: as share_by_pair
SELECT id, actor_id, video_id, uri, created_ms FROM share WHERE id = :id;

-- name: shares_of_video
-- in:  :video_id :start :count
-- out: 0 id, 1 actor_id, 2 video_id, 3 uri, 4 created_ms, 5.. person_columns
SELECT s.id, s.actor_id, s.video_id, s.uri, s.created_ms,
--+ person_columns
  FROM share s JOIN actor a ON a.id = s.actor_id
 WHERE s.video_id = :video_id ORDER BY s.id DESC LIMIT :count OFFSET :start;

-- Blocks.

-- name: block_of_actor
-- in:  :user_id :actor_id
-- out: a row when there is one
SELECT 1 FROM actor a JOIN block b ON b.user_id IN (0, :user_id)
   AND ((b.kind = 'account' AND b.target IN (CAST(a.id AS TEXT), CAST(a.owner_id AS TEXT)))
        OR (b.kind = 'host' AND b.target = a.host AND a.host <> ''))
 WHERE a.id = :actor_id LIMIT 1;

-- fragment: not_allowed
       ((SELECT value FROM site WHERE name = 'federation_mode') = 'allow-list'
        AND NOT EXISTS (SELECT 1 FROM allowed_host WHERE host = :host))

-- name: host_refused
-- in:  :host
-- out: 0 whether the site talks with that host no more: blocked, or not on the list of those it talks with
SELECT EXISTS (SELECT 1 FROM block WHERE user_id = 0 AND kind = 'host' AND target = :host) OR
--+ not_allowed
;

-- name: allowed_put
-- in: :host :now_ms
INSERT INTO allowed_host (host, created_ms) VALUES (:host, :now_ms) ON CONFLICT DO NOTHING;

-- name: allowed_delete
-- in: :host
DELETE FROM allowed_host WHERE host = :host;

-- name: allowed_hosts
-- in:  :start :count
-- out: 0 created_ms, 1 host
-- scan-ok: as long as an administrator makes it
SELECT created_ms, host FROM allowed_host ORDER BY host LIMIT :count OFFSET :start;

-- name: allowed_count
-- out: 0 count
-- scan-ok: as long as an administrator makes it
SELECT count(*) FROM allowed_host;

-- name: block_any
-- in:  :user_id
-- out: a row when there is one
SELECT 1 FROM block WHERE user_id = :user_id LIMIT 1;

-- fragment: videos_of_blocked
   AND channel_id IN (SELECT id FROM actor WHERE host = :host AND host <> ''
                      UNION SELECT id FROM actor WHERE id = :actor_id UNION SELECT id FROM actor WHERE owner_id = :actor_id)

-- name: videos_hide
-- in: :actor_id :host
UPDATE video SET listed = 0 WHERE uri IS NOT NULL AND listed = 1
--+ videos_of_blocked
;

-- name: videos_show
-- in: :actor_id :host
UPDATE video SET listed = 1 WHERE uri IS NOT NULL AND listed = 0 AND privacy = 1 AND state = 1 AND playable = 1
--+ videos_of_blocked
   AND (EXISTS (SELECT 1 FROM actor c JOIN follow f ON f.target_id IN (c.id, c.owner_id) AND f.state = 'accepted'
                  JOIN actor p ON p.id = f.follower_id AND p.host = '' WHERE c.id = video.channel_id)
        OR EXISTS (SELECT 1 FROM share s JOIN follow f ON f.target_id = s.actor_id AND f.state = 'accepted'
                     JOIN actor p ON p.id = f.follower_id AND p.host = '' WHERE s.video_id = video.id));

-- name: block_put
-- in: :user_id :kind :target :now_ms
INSERT INTO block (user_id, kind, target, created_ms) VALUES (:user_id, :kind, :target, :now_ms) ON CONFLICT DO NOTHING;

-- name: block_delete
-- in: :user_id :kind :target
DELETE FROM block WHERE user_id = :user_id AND kind = :kind AND target = :target;

-- name: block_accounts
-- in:  :user_id :start :count
-- out: 0 created_ms, 1.. person_columns
SELECT b.created_ms,
--+ person_columns
  FROM block b JOIN actor a ON a.id = CAST(b.target AS INTEGER)
 WHERE b.user_id = :user_id AND b.kind = 'account' ORDER BY b.target LIMIT :count OFFSET :start;

-- name: block_hosts
-- in:  :user_id :start :count
-- out: 0 created_ms, 1 host
SELECT created_ms, target FROM block WHERE user_id = :user_id AND kind = 'host' ORDER BY target LIMIT :count OFFSET :start;

-- name: block_count
-- in:  :user_id :kind
-- out: 0 count
SELECT count(*) FROM block WHERE user_id = :user_id AND kind = :kind;

-- Notifications.

-- fragment: notification_wanted
   AND (coalesce(json_extract(u.settings, '$.notificationSettings.' || CASE :type
        WHEN 1 THEN 'newVideoFromSubscription' WHEN 2 THEN 'newCommentOnMyVideo' WHEN 3 THEN 'abuseAsModerator'
        WHEN 10 THEN 'newFollow' WHEN 11 THEN 'commentMention' WHEN 13 THEN 'newInstanceFollower'
        WHEN 15 THEN 'abuseStateChange' ELSE 'other' END), 1) & 1) = 1

-- name: notification_insert
-- in: :user_id :type :actor_id :video_id :comment_id :target_id :report_id :now_ms; unless he does not want to be told
INSERT INTO notification (user_id, type, actor_id, video_id, comment_id, target_id, report_id, created_ms)
SELECT u.id, :type, :actor_id, :video_id, :comment_id, :target_id, :report_id, :now_ms FROM user u WHERE u.id = :user_id
--+ notification_wanted
;

-- name: notification_insert_video
-- in: :type :video_id :since_ms :now_ms; to people here who follow its channel or account, unless they block it
INSERT INTO notification (user_id, type, actor_id, video_id, created_ms)
SELECT DISTINCT p.user_id, :type, c.id, v.id, :now_ms
  FROM video v JOIN actor c ON c.id = v.channel_id
  JOIN follow f ON f.target_id IN (c.id, c.owner_id) AND f.state = 'accepted'
  JOIN actor p ON p.id = f.follower_id JOIN user u ON u.id = p.user_id
 WHERE v.id = :video_id AND v.listed = 1 AND v.published_ms > :since_ms
   AND p.id IS NOT c.owner_id
--+ notification_wanted
   AND NOT EXISTS (SELECT 1 FROM notification n WHERE n.video_id = v.id AND n.user_id = p.user_id AND n.type = :type)
   AND NOT EXISTS (SELECT 1 FROM block b WHERE b.user_id = p.user_id
        AND ((b.kind = 'account' AND b.target IN (CAST(c.id AS TEXT), CAST(c.owner_id AS TEXT))) OR (b.kind = 'host' AND b.target = c.host)));

-- name: notification_insert_staff
-- in: :role :type :actor_id :video_id :comment_id :target_id :report_id :now_ms; everybody who runs the site, down to this role
INSERT INTO notification (user_id, type, actor_id, video_id, comment_id, target_id, report_id, created_ms)
SELECT u.id, :type, :actor_id, :video_id, :comment_id, :target_id, :report_id, :now_ms FROM user u WHERE u.role <= :role
--+ notification_wanted
;

-- fragment: notification_columns
       n.id, n.type, n.read, n.created_ms, v.id, v.uuid, v.name, n.comment_id, c.thread_id, c.held, t.id, t.kind,
       t.name, t.display_name, n.report_id, r.state, r.kind,
--+ person_columns

-- fragment: notification_from
  LEFT JOIN actor a ON a.id = n.actor_id LEFT JOIN comment c ON c.id = n.comment_id
  LEFT JOIN video v ON v.id = coalesce(n.video_id, c.video_id)
  LEFT JOIN actor t ON t.id = n.target_id
  LEFT JOIN report r ON r.id = n.report_id

-- name: notifications
-- in:  :user_id :start :count :types (JSON array or NULL)
-- out: notification_columns
SELECT
--+ notification_columns
  FROM notification n
--+ notification_from
 WHERE n.user_id = :user_id AND (:types IS NULL OR n.type IN (SELECT value FROM json_each(:types)))
 ORDER BY n.id DESC LIMIT :count OFFSET :start;

-- name: notifications_unread
-- in, out: as notifications
SELECT
--+ notification_columns
  FROM notification n INDEXED BY notification_unread
--+ notification_from
 WHERE n.user_id = :user_id AND n.read = 0 AND (:types IS NULL OR n.type IN (SELECT value FROM json_each(:types)))
 ORDER BY n.id DESC LIMIT :count OFFSET :start;

-- name: notifications_count
-- in:  :user_id :types
-- out: 0 all, 1 unread
SELECT (SELECT count(*) FROM notification n WHERE n.user_id = :user_id
           AND (:types IS NULL OR n.type IN (SELECT value FROM json_each(:types)))),
       (SELECT count(*) FROM notification n INDEXED BY notification_unread WHERE n.user_id = :user_id AND n.read = 0
           AND (:types IS NULL OR n.type IN (SELECT value FROM json_each(:types))));

-- name: notifications_read
-- in: :user_id :ids (JSON array)
UPDATE notification SET read = 1
 WHERE id IN (SELECT value FROM json_each(:ids)) AND user_id = :user_id AND read = 0;

-- name: notifications_read_all
-- in: :user_id
UPDATE notification SET read = 1 WHERE user_id = :user_id AND read = 0;

-- The way out.

-- name: video_outbox_state
-- in:  :id
-- out: 0 uuid, 1 channel_id, 2 account_id, 3 listed, 4 federated, 5 uri, 6 account's user_id, 7 privacy,
--      8 its picture is still being made
SELECT v.uuid, v.channel_id, c.owner_id, v.listed, v.federated, v.uri, p.user_id, v.privacy,
       NOT EXISTS (SELECT 1 FROM thumbnail t WHERE t.video_id = v.id)
       AND EXISTS (SELECT 1 FROM job j WHERE j.video_id = v.id AND j.kind = 'thumbnail' AND j.state IN ('pending', 'running'))
  FROM video v JOIN actor c ON c.id = v.channel_id JOIN actor p ON p.id = coalesce(c.owner_id, c.id) WHERE v.id = :id;

-- name: video_federated_set
-- in: :id :federated
UPDATE video SET federated = :federated WHERE id = :id;

-- name: video_share_inboxes
-- in:  :id
-- out: 0 inbox, 1 host; of those elsewhere who shared, rated or commented it
SELECT coalesce(a.shared_inbox, a.inbox), a.host FROM actor a
 WHERE a.uri IS NOT NULL AND a.gone = 0 AND a.inbox IS NOT NULL
   AND a.id IN (SELECT actor_id FROM share WHERE video_id = :id
                UNION SELECT actor_id FROM rate WHERE video_id = :id
                UNION SELECT actor_id FROM comment WHERE video_id = :id AND deleted_ms IS NULL)
 GROUP BY 1;

-- name: tombstone_put
-- in: :path :former :now_ms
INSERT INTO tombstone (path, former, deleted_ms) VALUES (:path, :former, :now_ms) ON CONFLICT (path) DO NOTHING;

-- name: tombstone_get
-- in:  :path
-- out: 0 former, 1 deleted_ms
SELECT former, deleted_ms FROM tombstone WHERE path = :path;

-- name: tombstone_drop
-- in: :path
DELETE FROM tombstone WHERE path = :path;
