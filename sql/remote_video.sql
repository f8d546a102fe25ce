-- Videos of other servers: what their own server says of them. Those that somebody here follows
-- (their channel, its account, or a site that shared them) are listed.

-- name: remote_video_put
-- in: :uri :uuid :channel_id and the columns; :listed 1 asks to list it
-- out: 0 id
INSERT INTO video (uri, uuid, channel_id, name, description, support, category, licence, language, privacy, nsfw,
                   nsfw_summary, tags, comments_policy, download_enabled, state, playable, listed, duration_ms, width,
                   height, views, source_name, source_bytes, master_name, sha256_name, created_ms, updated_ms,
                   published_ms, originally_published_ms, chapters, remote, fetched_ms)
VALUES (:uri, :uuid, :channel_id, :name, :description, :support, nullif(:category, 0), nullif(:licence, 0), :language,
        :privacy, :nsfw, :nsfw_summary, :tags, :comments_policy, :download_enabled, :state, :playable, :listed,
        :duration_ms, :width, :height, :views, '', 0, '', '', :now_ms, :updated_ms, :published_ms,
        nullif(:originally_published_ms, 0), :chapters, :remote, :now_ms)
ON CONFLICT (uri) WHERE uri IS NOT NULL DO UPDATE
   SET channel_id = excluded.channel_id, name = excluded.name, description = excluded.description,
       support = excluded.support, category = excluded.category, licence = excluded.licence,
       language = excluded.language, privacy = excluded.privacy, nsfw = excluded.nsfw,
       nsfw_summary = excluded.nsfw_summary, tags = excluded.tags, comments_policy = excluded.comments_policy,
       download_enabled = excluded.download_enabled, state = excluded.state, playable = excluded.playable,
       listed = CASE WHEN excluded.privacy <> 1 OR excluded.state <> 1 OR excluded.playable = 0 THEN 0
                     ELSE max(listed, excluded.listed) END,
       duration_ms = excluded.duration_ms, width = excluded.width, height = excluded.height,
       views = max(views, excluded.views), updated_ms = excluded.updated_ms,
       originally_published_ms = excluded.originally_published_ms,
       chapters = coalesce(excluded.chapters, chapters),
       remote = CASE WHEN json_extract(remote, '$.counts') IS NULL THEN excluded.remote
                     ELSE json_set(excluded.remote, '$.counts', json_extract(remote, '$.counts')) END, fetched_ms = excluded.fetched_ms
RETURNING id;

-- name: remote_video_by_uri
-- in:  :uri
-- out: 0 id, 1 channel_id, 2 its account or NULL, 3 uri, 4 uuid, 5 remote, 6 privacy, 7 comments_policy, 8 listed,
--      9 updated_ms, 10 fetched_ms
SELECT v.id, v.channel_id, c.owner_id, v.uri, v.uuid, v.remote, v.privacy, v.comments_policy, v.listed, v.updated_ms,
       v.fetched_ms
  FROM video v JOIN actor c ON c.id = v.channel_id WHERE v.uri = :uri;

-- name: remote_video_by_id
-- in:  :id
-- out: as remote_video_by_uri; uri NULL: it is ours
SELECT v.id, v.channel_id, c.owner_id, v.uri, v.uuid, v.remote, v.privacy, v.comments_policy, v.listed, v.updated_ms,
       v.fetched_ms
  FROM video v JOIN actor c ON c.id = v.channel_id WHERE v.id = :id;

-- name: remote_video_local
-- in:  :uuid
-- out: as remote_video_by_uri, of a video of ours
SELECT v.id, v.channel_id, c.owner_id, v.uri, v.uuid, v.remote, v.privacy, v.comments_policy, v.listed, v.updated_ms,
       v.fetched_ms
  FROM video v JOIN actor c ON c.id = v.channel_id WHERE v.uuid = :uuid AND v.uri IS NULL;

-- name: remote_video_uuid_taken
-- in:  :uuid :uri
-- out: 0 whether another video has it
SELECT EXISTS (SELECT 1 FROM video WHERE uuid = :uuid AND uri IS NOT :uri);

-- name: remote_video_list
-- in: :id
UPDATE video SET listed = 1 WHERE id = :id AND uri IS NOT NULL AND privacy = 1 AND state = 1 AND playable = 1 AND listed = 0;

-- name: remote_video_delete
-- in: :id
DELETE FROM video WHERE id = :id AND uri IS NOT NULL;

-- name: remote_video_chapters
-- in: :id :chapters
UPDATE video SET chapters = :chapters WHERE id = :id AND uri IS NOT NULL;

-- name: remote_video_counts
-- in: :id :likes :dislikes, as its origin tells them
UPDATE video SET remote = json_set(remote, '$.counts', json_object('likes', :likes, 'dislikes', :dislikes))
 WHERE id = :id AND uri IS NOT NULL;

-- name: remote_video_is_stale
-- in:  :id :before_ms
-- out: 0 whether it was not looked at since then, or never for its counts
SELECT EXISTS (SELECT 1 FROM video WHERE id = :id AND uri IS NOT NULL
                  AND (fetched_ms < :before_ms OR json_extract(remote, '$.counts') IS NULL));

-- name: remote_video_claim
-- in: :id :before_ms :now_ms; one caller alone changes a row: he looks at it anew
UPDATE video SET fetched_ms = :now_ms,
       remote = CASE WHEN json_extract(remote, '$.counts') IS NULL THEN json_set(remote, '$.counts', json('{}')) ELSE remote END
 WHERE id = :id AND uri IS NOT NULL
   AND (fetched_ms < :before_ms OR json_extract(remote, '$.counts') IS NULL);

-- name: actor_is_followed
-- in:  :actor_id
-- out: 0 whether somebody here follows it
SELECT EXISTS (SELECT 1 FROM follow f JOIN actor a ON a.id = f.follower_id
                WHERE f.target_id = :actor_id AND f.state = 'accepted' AND a.host = '');
