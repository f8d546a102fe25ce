-- Jobs: leased, retried, ended. Publishing: what jobs change of a video.

-- name: job_insert
-- in: :kind :lane :video_id :payload :priority :run_after_ms :now_ms
INSERT INTO job (kind, lane, video_id, payload, priority, run_after_ms, created_ms)
VALUES (:kind, :lane, :video_id, :payload, :priority, :run_after_ms, :now_ms);

-- name: job_lease
-- in:  :lane :now_ms :until_ms :owner
-- out: 0 id, 1 kind, 2 video_id, 3 payload, 4 attempts
UPDATE job SET state = 'running', attempts = attempts + 1, lease_until_ms = :until_ms, lease_owner = :owner
 WHERE id = (SELECT id FROM job INDEXED BY job_next
              WHERE lane = :lane AND state = 'pending' AND run_after_ms <= :now_ms
              ORDER BY priority, id LIMIT 1)
RETURNING id, kind, video_id, payload, attempts;

-- name: job_done
-- in: :id :result :now_ms
UPDATE job SET state = 'done', ended_ms = :now_ms, result = :result, reason = NULL, lease_owner = NULL WHERE id = :id AND state = 'running';

-- name: job_failed
-- in: :id :reason :now_ms
UPDATE job SET state = 'failed', ended_ms = :now_ms, reason = :reason, lease_owner = NULL WHERE id = :id AND state = 'running';

-- name: job_again
-- in: :id :reason :run_after_ms
UPDATE job SET state = 'pending', run_after_ms = :run_after_ms, reason = :reason, lease_owner = NULL
 WHERE id = :id AND state = 'running';

-- name: job_hand_back
-- in: :id
-- A clean stop: the attempt does not count.
UPDATE job SET state = 'pending', attempts = max(attempts - 1, 0), lease_owner = NULL WHERE id = :id AND state = 'running';

-- name: jobs_reclaim
-- scan-ok: the partial index of running jobs
-- in: :now_ms :owner
-- What a dead process of this machine held, and what was leased for too long. The attempt does not
-- count: media is handled by children, so a death of the server says nothing about the task.
UPDATE job SET state = 'pending', lease_owner = NULL, attempts = max(attempts - 1, 0)
 WHERE state = 'running' AND (lease_owner = :owner OR lease_until_ms < :now_ms);

-- name: job_next_due
-- in:  :lane
-- out: 0 earliest run_after_ms or NULL
SELECT min(run_after_ms) FROM (SELECT run_after_ms FROM job INDEXED BY job_next WHERE lane = :lane AND state = 'pending' LIMIT 200);

-- name: job_counts
-- scan-ok: the partial indexes of pending and running jobs
-- out: 0 state, 1 lane, 2 count
SELECT 'pending', lane, count(*) FROM job INDEXED BY job_next WHERE state = 'pending' GROUP BY lane
UNION ALL SELECT 'running', 0, count(*) FROM job INDEXED BY job_running WHERE state = 'running';

-- name: jobs_of_video_cancel
-- in: :video_id :reason :now_ms
UPDATE job SET state = 'failed', reason = :reason, ended_ms = :now_ms WHERE video_id = :video_id AND state = 'pending';

-- name: jobs_of_video_open
-- in:  :video_id :except_id
-- out: 0 count of jobs of the ladder that are not done
SELECT count(*) FROM job WHERE video_id = :video_id AND id <> :except_id AND state IN ('pending', 'running')
   AND kind IN ('probe', 'plan', 'thumbnail', 'subtitles', 'head', 'audio', 'chunk', 'append');

-- name: job_pending
-- in:  :video_id :kind
-- out: 0 count of such jobs that have not started
SELECT count(*) FROM job WHERE video_id IS nullif(:video_id, 0) AND kind = :kind AND state = 'pending';

-- name: jobs_behind
-- scan-ok: the partial index of pending jobs
-- in:  :video_id
-- out: 0 count of other videos of the same owner that wait
SELECT count(DISTINCT j.video_id) FROM job j INDEXED BY job_next
  JOIN video v ON v.id = j.video_id JOIN actor c ON c.id = v.channel_id
 WHERE j.state = 'pending' AND j.kind IN ('probe', 'plan', 'head', 'chunk') AND j.video_id <> :video_id
   AND c.owner_id = (SELECT c2.owner_id FROM video v2 JOIN actor c2 ON c2.id = v2.channel_id WHERE v2.id = :video_id);

-- name: video_insert
INSERT INTO video (uuid, channel_id, name, description, support, category, licence, language, privacy, nsfw,
                   nsfw_flags, nsfw_summary, tags, comments_policy, download_enabled, wait_transcoding, state,
                   source_name, source_bytes, master_name, sha256_name, created_ms, updated_ms, published_ms,
                   originally_published_ms)
VALUES (:uuid, :channel_id, :name, :description, :support, nullif(:category, 0), nullif(:licence, 0), :language,
        :privacy, :nsfw, :nsfw_flags, :nsfw_summary, :tags, :comments_policy, :download_enabled, :wait_transcoding,
        2, :source_name, :source_bytes, :master_name, :sha256_name, :now_ms, :now_ms, :now_ms,
        nullif(:originally_published_ms, 0));

-- name: user_used_add
-- in: :user_id :bytes
UPDATE user SET used_bytes = max(0, used_bytes + :bytes) WHERE id = :user_id;

-- name: upload_finished
-- in: :id :video_id :now_ms
UPDATE upload SET video_id = :video_id, touched_ms = :now_ms WHERE id = :id;

-- name: making_get
-- in:  :id
-- out: 0 uuid, 1 state, 2 privacy, 3 wait_transcoding, 4 playable, 5 duration_ms, 6 plan, 7 probe, 8 master_name,
--      9 sha256_name, 10 width, 11 height, 12 reason, 13 name, 14 language
SELECT uuid, state, privacy, wait_transcoding, playable, duration_ms, plan, probe, master_name, sha256_name,
       width, height, reason, name, language
  FROM video WHERE id = :id;

-- name: making_probed
-- in: :id :probe :duration_ms :width :height
UPDATE video SET probe = :probe, duration_ms = :duration_ms, width = :width, height = :height WHERE id = :id;

-- name: making_planned
-- in: :id :plan
UPDATE video SET plan = :plan WHERE id = :id;

-- name: making_playable
-- in: :id :now_ms
-- The first segments can be fetched. Published now, unless its owner asked to wait.
UPDATE video SET playable = 1,
       state = CASE WHEN state = 2 AND wait_transcoding = 0 THEN 1 ELSE state END,
       published_ms = CASE WHEN state = 2 AND wait_transcoding = 0 THEN :now_ms ELSE published_ms END,
       listed = CASE WHEN privacy = 1 AND state IN (1, 2) AND (state = 1 OR wait_transcoding = 0) THEN 1 ELSE 0 END,
       updated_ms = :now_ms
 WHERE id = :id AND playable = 0;

-- name: making_published
-- in: :id :now_ms
-- Everything that could be made is; a reason that stands there stays as a note to the owner.
UPDATE video SET state = 1, playable = 1, updated_ms = :now_ms,
       published_ms = CASE WHEN state = 1 THEN published_ms ELSE :now_ms END,
       listed = CASE WHEN privacy = 1 THEN 1 ELSE 0 END
 WHERE id = :id;

-- name: making_failed
-- in: :id :reason :now_ms
-- A video that plays in part stays published with the reason as a note to its owner.
UPDATE video SET reason = :reason, updated_ms = :now_ms,
       state = CASE WHEN playable = 1 AND state = 1 THEN 1 ELSE 7 END,
       listed = CASE WHEN playable = 1 AND state = 1 THEN listed ELSE 0 END
 WHERE id = :id;

-- name: making_noted
-- in: :id :reason
-- Something is missing from what was made: a note to the owner.
UPDATE video SET reason = :reason WHERE id = :id;

-- name: rung_insert
-- in: :video_id :name :file_uuid :resolution :width :height :fps :frame_rate
INSERT INTO rung (video_id, name, file_uuid, resolution, width, height, fps, frame_rate)
VALUES (:video_id, :name, :file_uuid, :resolution, :width, :height, :fps, :frame_rate)
ON CONFLICT (video_id, name) DO NOTHING;

-- name: rungs_of_video
-- in:  :video_id
-- out: 0 id, 1 name, 2 file_uuid, 3 resolution, 4 width, 5 height, 6 fps, 7 frame_rate, 8 codecs, 9 init_bytes,
--      10 size_bytes, 11 segments, 12 ready_us, 13 done
SELECT id, name, file_uuid, resolution, width, height, fps, frame_rate, codecs, init_bytes, size_bytes, segments,
       ready_us, done
  FROM rung WHERE video_id = :video_id ORDER BY resolution DESC, name;

-- name: rung_grown
-- in: :id :codecs :init_bytes :size_bytes :segments :ready_us
UPDATE rung SET codecs = coalesce(:codecs, codecs), init_bytes = :init_bytes, size_bytes = :size_bytes, segments = :segments,
       ready_us = :ready_us
 WHERE id = :id;

-- name: rung_done
-- in: :id
UPDATE rung SET done = 1 WHERE id = :id;

-- name: part_insert
-- in: :rung_id :first :segments
INSERT INTO part (rung_id, first, segments) VALUES (:rung_id, :first, :segments);

-- name: parts_of_rung
-- in:  :rung_id
-- out: 0 first, 1 segments
SELECT first, segments FROM part WHERE rung_id = :rung_id ORDER BY first;

-- name: trash_put
-- in: :path
INSERT INTO trash (path) VALUES (:path);

-- name: chunk_results
-- in:  :video_id
-- out: 0 chunk job id, 1 payload, 2 result
SELECT id, payload, result FROM job WHERE video_id = :video_id AND kind IN ('chunk', 'head') AND state = 'done';

-- name: making_reset
-- in: :video_id
-- The plan was wrong: what was made by it is dropped, with its jobs.
DELETE FROM rung WHERE video_id = :video_id;

-- name: making_reset_jobs
-- in: :video_id :except_id
DELETE FROM job WHERE video_id = :video_id AND id <> :except_id AND kind IN ('head', 'audio', 'chunk', 'append', 'finish');

-- name: making_reset_video
-- in: :id
UPDATE video SET playable = 0, listed = 0, state = 2 WHERE id = :id;

-- name: rung_drop
-- in: :id
DELETE FROM rung WHERE id = :id;

-- name: video_exists
-- in: :uuid
SELECT 1 FROM video WHERE uuid = :uuid;

-- name: task_folder_needed
-- in: :job_id
-- A task that will run (again), or finished output that a rung has still to take.
SELECT 1 FROM job j WHERE j.id = :job_id
   AND (j.state IN ('pending', 'running')
        OR (j.state = 'done' AND EXISTS (SELECT 1 FROM rung WHERE rung.video_id = j.video_id AND rung.done = 0)));
