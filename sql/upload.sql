-- Resumable uploads, and what the hourly purge removes.

-- name: upload_insert
-- in: :id :user_id :identity :size_bytes :metadata :now_ms
INSERT INTO upload (id, user_id, identity, size_bytes, metadata, created_ms, touched_ms)
VALUES (:id, :user_id, :identity, :size_bytes, :metadata, :now_ms, :now_ms);

-- name: upload_get
-- in:  :id
-- out: 0 id, 1 user_id, 2 size_bytes, 3 metadata, 4 video_id, 5 touched_ms
SELECT id, user_id, size_bytes, metadata, video_id, touched_ms FROM upload WHERE id = :id;

-- name: upload_by_identity
-- in:  :user_id :identity
-- out: 0 id, 1 user_id, 2 size_bytes, 3 metadata, 4 video_id, 5 touched_ms
SELECT id, user_id, size_bytes, metadata, video_id, touched_ms FROM upload
 WHERE user_id = :user_id AND identity = :identity;

-- name: upload_again
-- in: :id :metadata :now_ms
UPDATE upload SET metadata = :metadata, touched_ms = :now_ms WHERE id = :id;

-- name: upload_touch
-- in: :id :now_ms
UPDATE upload SET touched_ms = :now_ms WHERE id = :id;

-- name: upload_delete
-- in: :id
DELETE FROM upload WHERE id = :id;

-- name: uploads_untouched
-- in:  :before_ms :limit
-- out: 0 id, 1 touched_ms
SELECT id, touched_ms FROM upload WHERE touched_ms < :before_ms ORDER BY touched_ms LIMIT :limit;

-- name: upload_delete_untouched
-- in: :id :before_ms
DELETE FROM upload WHERE id = :id AND touched_ms < :before_ms;

-- name: upload_video_ids
-- in:  :video_id
-- out: 0 uuid
SELECT uuid FROM video WHERE id = :video_id;

-- name: jobs_ended_delete
-- in: :before_ms :limit
-- Results of a video still in the making are needed until it is finished.
DELETE FROM job WHERE id IN (
    SELECT j.id FROM job j
     WHERE j.ended_ms < :before_ms
       AND NOT EXISTS (SELECT 1 FROM video v WHERE v.id = j.video_id AND v.state = 2)
     ORDER BY j.ended_ms LIMIT :limit);
