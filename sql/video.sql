-- Videos as people see, list, edit and delete them. Making them: job.sql.

-- fragment: video_columns
       v.id, v.uuid, v.name, v.support, v.category, v.licence, v.language, v.privacy, v.nsfw, v.nsfw_flags,
       v.nsfw_summary, v.tags, v.comments_policy, v.download_enabled, v.wait_transcoding, v.state, v.reason,
       v.playable, v.listed, v.duration_ms, v.width, v.height, v.views, v.source_name, v.source_bytes,
       v.master_name, v.sha256_name, v.created_ms, v.updated_ms, v.published_ms, v.originally_published_ms,
       v.likes, v.dislikes, v.comments, v.uri, v.remote,
       c.id, c.name, c.host, c.display_name, c.uri, c.page_url, c.icon_url,
       p.id, p.name, p.host, p.display_name, p.uri, p.page_url, p.icon_url, p.user_id,
       (SELECT group_concat(width || ' ' || height || ' ' || file, char(10))
          FROM (SELECT width, height, file FROM thumbnail WHERE video_id = v.id ORDER BY width))

-- fragment: video_filter
       AND (:nsfw < 0 OR v.nsfw = :nsfw OR (v.nsfw_flags & :nsfw_flags_in) <> 0)
       AND (v.nsfw_flags & :nsfw_flags_out) = 0
       AND (:categories IS NULL OR v.category IN (SELECT value FROM json_each(:categories)))
       AND (:licences IS NULL OR v.licence IN (SELECT value FROM json_each(:licences)))
       AND (:languages IS NULL OR coalesce(v.language, '_unknown') IN (SELECT value FROM json_each(:languages)))
       AND (:tags_one IS NULL OR EXISTS (SELECT 1 FROM json_each(v.tags) t
             WHERE lower(t.value) IN (SELECT value FROM json_each(:tags_one))))
       AND (:tags_all IS NULL OR json_array_length(:tags_all) = (SELECT count(DISTINCT lower(t.value))
              FROM json_each(v.tags) t WHERE lower(t.value) IN (SELECT value FROM json_each(:tags_all))))
       AND (:uuids IS NULL OR v.uuid IN (SELECT value FROM json_each(:uuids)))
       AND (:published_from IS NULL OR v.published_ms >= :published_from)
       AND (:published_to IS NULL OR v.published_ms <= :published_to)
       AND (:original_from IS NULL OR v.originally_published_ms >= :original_from)
       AND (:original_to IS NULL OR v.originally_published_ms <= :original_to)
       AND (:duration_from IS NULL OR v.duration_ms >= :duration_from)
       AND (:duration_to IS NULL OR v.duration_ms < :duration_to)
       AND (:local < 0 OR :local = (v.uri IS NULL))
       AND (:host IS NULL OR :host = (SELECT host FROM actor WHERE id = v.channel_id))
       AND (:viewer IS NULL OR NOT EXISTS (SELECT 1 FROM actor o JOIN block b ON b.user_id = :viewer
             AND ((b.kind = 'account' AND b.target IN (CAST(o.id AS TEXT), CAST(o.owner_id AS TEXT)))
                  OR (b.kind = 'host' AND b.target = o.host)) WHERE o.id = v.channel_id))

-- fragment: video_key
       CASE :sort WHEN 'name' THEN v.name WHEN 'duration' THEN v.duration_ms WHEN 'views' THEN v.views
                  WHEN 'created' THEN v.id WHEN 'original' THEN v.originally_published_ms
                  WHEN 'size' THEN v.source_bytes WHEN 'likes' THEN v.likes WHEN 'comments' THEN v.comments
                  ELSE v.published_ms END

-- name: video_by_id
-- in:  :id
-- out: 0 description, 1.. video_columns
SELECT v.description,
--+ video_columns
  FROM video v JOIN actor c ON c.id = v.channel_id JOIN actor p ON p.id = coalesce(c.owner_id, c.id)
 WHERE v.id = :id;

-- name: video_by_uuid
-- in:  :uuid
-- out: as video_by_id
SELECT v.description,
--+ video_columns
  FROM video v JOIN actor c ON c.id = v.channel_id JOIN actor p ON p.id = coalesce(c.owner_id, c.id)
 WHERE v.uuid = :uuid;

-- name: video_rows
-- in:  :ids, a JSON array, short
-- out: as video_by_id, in the order of :ids; of the description only the beginning
SELECT substr(v.description, 1, 251),
--+ video_columns
  FROM json_each(:ids) j JOIN video v ON v.id = j.value JOIN actor c ON c.id = v.channel_id
  JOIN actor p ON p.id = coalesce(c.owner_id, c.id)
 ORDER BY j.key;

-- name: video_long
-- in:  :id
-- out: 0 probe, 1 chapters
SELECT probe, chapters FROM video WHERE id = :id;

-- name: video_privacy
-- in:  :id
-- out: 0 privacy
SELECT privacy FROM video WHERE id = :id;

-- name: video_files
-- in:  :video_id
-- out: 0 id, 1 file_uuid, 2 resolution, 3 width, 4 height, 5 fps, 6 codecs, 7 size_bytes, 8 ready_us, 9 done,
--      10 segments, 11 frame_rate
-- Without the second codec: clients take any file for H.264, so only the master playlist names those.
-- Without further sound tracks ("0-1", ...): they belong to the stream alone.
SELECT id, file_uuid, resolution, width, height, fps, codecs, size_bytes, ready_us, done, segments, frame_rate
  FROM rung WHERE video_id = :video_id AND name NOT LIKE '%-av1' AND name NOT LIKE '0-%' ORDER BY resolution DESC;

-- name: video_of_file
-- in:  :file_uuid :resolution
-- out: 0 video_id
SELECT video_id FROM rung WHERE file_uuid = :file_uuid AND resolution = :resolution;

-- Lists. Each page block gives ids only, so that the rows that OFFSET skips are not read; video_rows
-- then reads the rows of the page. A filter that few videos pass walks far: that is the price of
-- free combination, paid by whoever asks for it.

-- name: videos_page_published
-- in:  :start :count :fresh_day and video_filter
-- out: 0 id
-- scan-ok: walks the index in order and stops at the limit
SELECT v.id FROM video v INDEXED BY video_listed WHERE v.listed = 1
       AND (:fresh_day IS NULL OR v.id NOT IN (SELECT video_id FROM view_day WHERE day >= :fresh_day))
--+ video_filter
 ORDER BY v.published_ms DESC, v.id DESC LIMIT :count OFFSET :start;

-- name: videos_page_published_up
-- scan-ok: walks the index in order and stops at the limit
SELECT v.id FROM video v INDEXED BY video_listed WHERE v.listed = 1
--+ video_filter
 ORDER BY v.published_ms, v.id LIMIT :count OFFSET :start;

-- name: videos_page_likes
-- scan-ok: walks the index in order and stops at the limit
SELECT v.id FROM video v INDEXED BY video_listed_likes WHERE v.listed = 1
--+ video_filter
 ORDER BY v.likes DESC, v.id DESC LIMIT :count OFFSET :start;

-- name: videos_page_likes_up
-- scan-ok: walks the index in order and stops at the limit
SELECT v.id FROM video v INDEXED BY video_listed_likes WHERE v.listed = 1
--+ video_filter
 ORDER BY v.likes, v.id LIMIT :count OFFSET :start;

-- name: videos_page_comments
-- scan-ok: walks the index in order and stops at the limit
SELECT v.id FROM video v INDEXED BY video_listed_comments WHERE v.listed = 1
--+ video_filter
 ORDER BY v.comments DESC, v.id DESC LIMIT :count OFFSET :start;

-- name: videos_page_comments_up
-- scan-ok: walks the index in order and stops at the limit
SELECT v.id FROM video v INDEXED BY video_listed_comments WHERE v.listed = 1
--+ video_filter
 ORDER BY v.comments, v.id LIMIT :count OFFSET :start;

-- name: videos_newest_local
-- scan-ok: walks the index in order and stops at the limit
SELECT v.id FROM video v INDEXED BY video_listed_local WHERE v.listed = 1 AND v.uri IS NULL
--+ video_filter
 ORDER BY v.published_ms DESC, v.id DESC LIMIT :count OFFSET :start;

-- name: videos_count_local
-- out: 0 count
-- scan-ok: the videos of this site alone, by an index
SELECT count(*) FROM video v INDEXED BY video_listed_local WHERE v.listed = 1 AND v.uri IS NULL
--+ video_filter
;

-- name: videos_page_views
-- scan-ok: walks the index in order and stops at the limit
SELECT v.id FROM video v INDEXED BY video_listed_views WHERE v.listed = 1
--+ video_filter
 ORDER BY v.views DESC, v.id DESC LIMIT :count OFFSET :start;

-- name: videos_page_views_up
-- scan-ok: walks the index in order and stops at the limit
SELECT v.id FROM video v INDEXED BY video_listed_views WHERE v.listed = 1
--+ video_filter
 ORDER BY v.views, v.id LIMIT :count OFFSET :start;

-- name: videos_page_name
-- scan-ok: walks the index in order and stops at the limit
SELECT v.id FROM video v INDEXED BY video_listed_name WHERE v.listed = 1
--+ video_filter
 ORDER BY v.name DESC, v.id DESC LIMIT :count OFFSET :start;

-- name: videos_page_name_up
-- scan-ok: walks the index in order and stops at the limit
SELECT v.id FROM video v INDEXED BY video_listed_name WHERE v.listed = 1
--+ video_filter
 ORDER BY v.name, v.id LIMIT :count OFFSET :start;

-- name: videos_page_duration
-- scan-ok: walks the index in order and stops at the limit
SELECT v.id FROM video v INDEXED BY video_listed_duration WHERE v.listed = 1
--+ video_filter
 ORDER BY v.duration_ms DESC, v.id DESC LIMIT :count OFFSET :start;

-- name: videos_page_duration_up
-- scan-ok: walks the index in order and stops at the limit
SELECT v.id FROM video v INDEXED BY video_listed_duration WHERE v.listed = 1
--+ video_filter
 ORDER BY v.duration_ms, v.id LIMIT :count OFFSET :start;

-- name: videos_page_created
-- scan-ok: walks the index in order and stops at the limit
SELECT v.id FROM video v INDEXED BY video_listed_created WHERE v.listed = 1
--+ video_filter
 ORDER BY v.id DESC LIMIT :count OFFSET :start;

-- name: videos_page_created_up
-- scan-ok: walks the index in order and stops at the limit
SELECT v.id FROM video v INDEXED BY video_listed_created WHERE v.listed = 1
--+ video_filter
 ORDER BY v.id LIMIT :count OFFSET :start;

-- name: videos_page_original
-- scan-ok: walks the index in order and stops at the limit
SELECT v.id FROM video v INDEXED BY video_listed_original WHERE v.listed = 1
--+ video_filter
 ORDER BY v.originally_published_ms DESC, v.id DESC LIMIT :count OFFSET :start;

-- name: videos_page_original_up
-- scan-ok: walks the index in order and stops at the limit
SELECT v.id FROM video v INDEXED BY video_listed_original WHERE v.listed = 1
--+ video_filter
 ORDER BY v.originally_published_ms, v.id LIMIT :count OFFSET :start;

-- name: videos_page_trending
-- in:  :since_day :start :count and video_filter
-- out: 0 id; what was seen since that day, the most seen first
SELECT v.id FROM (SELECT video_id, sum(views) AS seen FROM view_day WHERE day >= :since_day GROUP BY video_id) h
  JOIN video v ON v.id = h.video_id
 WHERE v.listed = 1
--+ video_filter
 ORDER BY h.seen DESC, v.id DESC LIMIT :count OFFSET :start;

-- name: videos_count_trending
-- in:  :since_day and video_filter
-- out: 0 count
SELECT count(*) FROM (SELECT DISTINCT video_id FROM view_day WHERE day >= :since_day) h
  JOIN video v ON v.id = h.video_id
 WHERE v.listed = 1
--+ video_filter
;

-- name: videos_count_filtered
-- in:  video_filter
-- out: 0 count
-- scan-ok: counts the newest 20000 only; a filtered total above that is a lower bound
SELECT count(*) FROM (SELECT * FROM video v INDEXED BY video_listed WHERE v.listed = 1
                       ORDER BY v.published_ms DESC, v.id DESC LIMIT 20000) v
 WHERE v.listed = 1
--+ video_filter
;

-- name: videos_page_all
-- in:  :privacies :states, JSON arrays or NULL; :start :count and video_filter
-- out: 0 id; for moderators: whatever its state, newest first
-- scan-ok: walks the table backwards and stops at the limit
SELECT v.id FROM video v
 WHERE (:privacies IS NULL OR v.privacy IN (SELECT value FROM json_each(:privacies)))
   AND (:states IS NULL OR v.state IN (SELECT value FROM json_each(:states)))
--+ video_filter
 ORDER BY v.id DESC LIMIT :count OFFSET :start;

-- name: videos_count_all
-- scan-ok: for moderators, and only the newest 20000
SELECT count(*) FROM (SELECT * FROM video v ORDER BY v.id DESC LIMIT 20000) v
 WHERE (:privacies IS NULL OR v.privacy IN (SELECT value FROM json_each(:privacies)))
   AND (:states IS NULL OR v.state IN (SELECT value FROM json_each(:states)))
--+ video_filter
;

-- name: videos_page_of_channel
-- in:  :of_id, :everything (1: whatever its state), :privacies :states, :like (pattern or NULL),
--      :sort :descending :start :count and video_filter
-- out: 0 id
SELECT v.id FROM video v
 WHERE v.channel_id = :of_id AND (:everything OR v.listed = 1)
   AND (:privacies IS NULL OR v.privacy IN (SELECT value FROM json_each(:privacies)))
   AND (:states IS NULL OR v.state IN (SELECT value FROM json_each(:states)))
   AND (:like IS NULL OR v.name LIKE :like ESCAPE '!')
--+ video_filter
 ORDER BY CASE WHEN :descending THEN
--+ video_key
          END DESC,
--+ video_key
          , v.id DESC LIMIT :count OFFSET :start;

-- name: videos_count_of_channel
-- out: 0 count
SELECT count(*) FROM video v
 WHERE v.channel_id = :of_id AND (:everything OR v.listed = 1)
   AND (:privacies IS NULL OR v.privacy IN (SELECT value FROM json_each(:privacies)))
   AND (:states IS NULL OR v.state IN (SELECT value FROM json_each(:states)))
   AND (:like IS NULL OR v.name LIKE :like ESCAPE '!')
--+ video_filter
;

-- name: videos_page_of_account
-- in, out: as videos_page_of_channel
SELECT v.id FROM actor c JOIN video v ON v.channel_id = c.id
 WHERE c.owner_id = :of_id AND (:everything OR v.listed = 1)
   AND (:privacies IS NULL OR v.privacy IN (SELECT value FROM json_each(:privacies)))
   AND (:states IS NULL OR v.state IN (SELECT value FROM json_each(:states)))
   AND (:like IS NULL OR v.name LIKE :like ESCAPE '!')
--+ video_filter
 ORDER BY CASE WHEN :descending THEN
--+ video_key
          END DESC,
--+ video_key
          , v.id DESC LIMIT :count OFFSET :start;

-- name: videos_count_of_account
-- out: 0 count
SELECT count(*) FROM actor c JOIN video v ON v.channel_id = c.id
 WHERE c.owner_id = :of_id AND (:everything OR v.listed = 1)
   AND (:privacies IS NULL OR v.privacy IN (SELECT value FROM json_each(:privacies)))
   AND (:states IS NULL OR v.state IN (SELECT value FROM json_each(:states)))
   AND (:like IS NULL OR v.name LIKE :like ESCAPE '!')
--+ video_filter
;

-- name: videos_newest_of_channel
-- in:  :of_id :start :count and video_filter
-- out: 0 id
SELECT v.id FROM video v INDEXED BY video_listed_channel WHERE v.channel_id = :of_id AND v.listed = 1
--+ video_filter
 ORDER BY v.published_ms DESC, v.id DESC LIMIT :count OFFSET :start;

-- name: videos_newest_of_account
-- in:  :of_id :start :count and video_filter
-- out: 0 id; of each channel at most what the page may need
SELECT v.id FROM actor c JOIN video v ON v.id IN (
       SELECT v.id FROM video v INDEXED BY video_listed_channel WHERE v.channel_id = c.id AND v.listed = 1
--+ video_filter
        ORDER BY v.published_ms DESC, v.id DESC LIMIT :start + :count)
 WHERE c.owner_id = :of_id
 ORDER BY v.published_ms DESC, v.id DESC LIMIT :count OFFSET :start;

-- name: videos_newest_of_category
-- in:  :category :start :count and video_filter
-- out: 0 id
SELECT v.id FROM video v INDEXED BY video_listed_category WHERE v.category = :category AND v.listed = 1
--+ video_filter
 ORDER BY v.published_ms DESC, v.id DESC LIMIT :count OFFSET :start;

-- name: videos_count_of_category
-- in:  :category and video_filter
-- out: 0 count, of the newest 20000
-- scan-ok: of the inner page only
SELECT count(*) FROM (SELECT * FROM video v INDEXED BY video_listed_category
                       WHERE v.category = :category AND v.listed = 1
                       ORDER BY v.published_ms DESC, v.id DESC LIMIT 20000) v
 WHERE v.listed = 1
--+ video_filter
;

-- name: channel_counter_get
-- in:  :channel_id :account_id, one of them 0
-- out: 0 listed, 1 safe
SELECT coalesce(sum(n.listed), 0), coalesce(sum(n.safe), 0) FROM actor c JOIN channel_counter n ON n.channel_id = c.id
 WHERE (c.id = :channel_id AND :account_id = 0) OR (c.owner_id = :account_id AND :channel_id = 0);

-- name: videos_page_match
-- in:  :match, an FTS5 expression; :sort :descending :start :count and video_filter
-- out: 0 id; the newest 5000 that have the words are looked at
SELECT v.id FROM (SELECT rowid AS id, bm25(video_text, 10.0, 1.0, 5.0) AS rank FROM video_text
                   WHERE video_text MATCH :match ORDER BY rowid DESC LIMIT 5000) f
  JOIN video v ON v.id = f.id
 WHERE v.listed = 1
--+ video_filter
 ORDER BY CASE WHEN :sort = 'match' THEN f.rank END, CASE WHEN :descending AND :sort <> 'match' THEN
--+ video_key
          END DESC, CASE WHEN NOT :descending AND :sort <> 'match' THEN
--+ video_key
          END, v.id DESC LIMIT :count OFFSET :start;

-- name: videos_count_match
-- out: 0 count
SELECT count(*) FROM (SELECT rowid AS id FROM video_text WHERE video_text MATCH :match
                       ORDER BY rowid DESC LIMIT 5000) f
  JOIN video v ON v.id = f.id
 WHERE v.listed = 1
--+ video_filter
;

-- Changes.

-- name: video_update
-- in:  :id :now_ms and every field
UPDATE video SET channel_id = :channel_id, name = :name, description = :description, support = :support,
       category = nullif(:category, 0), licence = nullif(:licence, 0), language = :language, privacy = :privacy,
       nsfw = :nsfw, nsfw_flags = :nsfw_flags, nsfw_summary = :nsfw_summary, tags = :tags,
       comments_policy = :comments_policy, download_enabled = :download_enabled,
       wait_transcoding = :wait_transcoding, originally_published_ms = nullif(:originally_published_ms, 0),
       state = CASE WHEN state = 2 AND playable = 1 AND :wait_transcoding = 0 THEN 1 ELSE state END,
       listed = CASE WHEN :privacy = 1 AND playable = 1 AND (state = 1 OR (state = 2 AND :wait_transcoding = 0))
                     THEN 1 ELSE 0 END,
       published_ms = CASE WHEN privacy <> 1 AND :privacy = 1 AND state = 1 THEN :now_ms ELSE published_ms END,
       updated_ms = :now_ms
 WHERE id = :id;

-- name: video_chapters_set
-- in: :id :chapters :now_ms
UPDATE video SET chapters = :chapters, updated_ms = :now_ms WHERE id = :id;

-- name: video_delete
-- in: :id
DELETE FROM video WHERE id = :id;

-- name: moving_put
-- in: :video_id
INSERT INTO moving (video_id) VALUES (:video_id) ON CONFLICT DO NOTHING;

-- name: moving_drop
-- in: :video_id
DELETE FROM moving WHERE video_id = :video_id;

-- name: moving_list
-- out: 0 video_id
-- scan-ok: holds only moves that a crash cut short
SELECT video_id FROM moving;

-- name: trash_list
-- out: 0 id, 1 path
-- scan-ok: holds only what waits for removal; stops at the limit
SELECT id, path FROM trash ORDER BY id LIMIT 500;

-- name: trash_drop
-- in: :id
DELETE FROM trash WHERE id = :id;

-- name: video_views_add
-- in: :id :views
UPDATE video SET views = views + :views WHERE id = :id;

-- name: view_day_add
-- in: :day :id :views
INSERT INTO view_day (day, video_id, views) VALUES (:day, :id, :views)
ON CONFLICT (day, video_id) DO UPDATE SET views = views + excluded.views;

-- name: view_day_forget
-- in: :day
DELETE FROM view_day WHERE day < :day;

-- name: counter_add
-- in: :name :value
UPDATE counter SET value = value + :value WHERE name = :name;

-- name: channels_by_prefix
-- in:  :from :to (the first name that no longer begins so) :start :count
-- out: 0 id
SELECT id FROM actor WHERE name >= :from AND name < :to AND kind = 'Group' AND gone = 0 ORDER BY name LIMIT :count OFFSET :start;

-- name: channels_by_prefix_count
SELECT count(*) FROM actor WHERE name >= :from AND name < :to AND kind = 'Group' AND gone = 0;
