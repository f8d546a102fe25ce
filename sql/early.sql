-- Encoding while the file is still on its way: server/domain/early.h.

-- name: early_insert
-- in: :upload_id
INSERT INTO early (upload_id) VALUES (:upload_id) ON CONFLICT (upload_id) DO NOTHING;

-- name: early_get
-- in:  :upload_id
-- out: 0 generation, 1 probed_bytes, 2 next, 3 probe, 4 plan
SELECT generation, probed_bytes, next, probe, plan FROM early WHERE upload_id = :upload_id;

-- name: early_of_video
-- in:  :video_id
-- out: as early_get, 5 upload_id
SELECT e.generation, e.probed_bytes, e.next, e.probe, e.plan, e.upload_id
  FROM upload u JOIN early e ON e.upload_id = u.id WHERE u.video_id = :video_id;

-- name: early_looked_at
-- in: :upload_id :generation :probed_bytes :probe :plan
UPDATE early SET probed_bytes = :probed_bytes, probe = coalesce(:probe, probe), plan = coalesce(:plan, plan)
 WHERE upload_id = :upload_id AND generation = :generation;

-- name: early_forget
-- in: :upload_id
UPDATE early SET generation = generation + 1, probed_bytes = 0, next = 0, probe = NULL, plan = NULL
 WHERE upload_id = :upload_id;

-- name: early_chunks_forget
-- in: :upload_id
DELETE FROM early_chunk WHERE upload_id = :upload_id;

-- name: early_chunk_put
-- in: :upload_id :generation :chunk :result
-- Not when the file became a video or changed meanwhile.
INSERT INTO early_chunk (upload_id, chunk, generation, result)
SELECT e.upload_id, :chunk, :generation, :result FROM early e JOIN upload u ON u.id = e.upload_id
 WHERE e.upload_id = :upload_id AND e.generation = :generation AND u.video_id IS NULL
ON CONFLICT (upload_id, chunk) DO UPDATE SET generation = excluded.generation, result = excluded.result;

-- name: early_next
-- in: :upload_id :generation :next
UPDATE early SET next = :next WHERE upload_id = :upload_id AND generation = :generation;

-- name: early_chunks
-- in:  :upload_id
-- out: 0 chunk, 1 generation, 2 result
SELECT chunk, generation, result FROM early_chunk WHERE upload_id = :upload_id ORDER BY chunk;

-- name: early_delete
-- in: :upload_id
DELETE FROM early WHERE upload_id = :upload_id;

-- name: job_insert_done
-- in: :kind :lane :video_id :payload :result :priority :now_ms
INSERT INTO job (kind, lane, video_id, payload, result, priority, state, created_ms, ended_ms)
VALUES (:kind, :lane, :video_id, :payload, :result, :priority, 'done', :now_ms, :now_ms);
