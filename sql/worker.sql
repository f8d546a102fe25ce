-- Machines that take encoding tasks over HTTP: server/domain/worker.h. Their leases are job rows.

-- fragment: worker_columns
       id, name, created_ms, updated_ms, seen_ms, address, build, tasks_done, tasks_failed, work_ms

-- name: worker_insert
-- in: :name :token_hash :now_ms
INSERT INTO worker (name, token_hash, created_ms, updated_ms) VALUES (:name, :token_hash, :now_ms, :now_ms);

-- name: worker_by_token
-- in:  :token_hash
-- out: worker_columns
SELECT
--+ worker_columns
  FROM worker WHERE token_hash = :token_hash;

-- name: worker_by_id
-- in:  :id
-- out: worker_columns
SELECT
--+ worker_columns
  FROM worker WHERE id = :id;

-- name: workers_page
-- scan-ok: walks the rows in order and stops at the limit
-- in:  :start :count
-- out: worker_columns
SELECT
--+ worker_columns
  FROM worker ORDER BY id LIMIT :count OFFSET :start;

-- name: workers_count
-- scan-ok: as many as there are machines
-- out: 0 count
SELECT count(*) FROM worker;

-- name: worker_rename
-- in: :id :name :now_ms
UPDATE worker SET name = :name, updated_ms = :now_ms WHERE id = :id;

-- name: worker_seen
-- in: :id :now_ms :address :build
UPDATE worker SET seen_ms = :now_ms, address = :address, build = coalesce(:build, build) WHERE id = :id;

-- name: worker_counted
-- in: :id :done :failed :work_ms
UPDATE worker SET tasks_done = tasks_done + :done, tasks_failed = tasks_failed + :failed, work_ms = work_ms + :work_ms
 WHERE id = :id;

-- name: worker_delete
-- in: :id
DELETE FROM worker WHERE id = :id;

-- name: job_lease_extend
-- in: :id :owner :until_ms
UPDATE job SET lease_until_ms = :until_ms WHERE id = :id AND state = 'running' AND lease_owner = :owner;

-- name: worker_running
-- scan-ok: the partial index of running jobs
-- in:  :prefix
-- out: 0 count
SELECT count(*) FROM job INDEXED BY job_running
 WHERE state = 'running' AND substr(lease_owner, 1, length(:prefix)) = :prefix;

-- name: job_by_owner
-- scan-ok: the partial index of running jobs
-- in:  :owner
-- out: 0 id, 1 kind, 2 video_id, 3 payload, 4 attempts
SELECT id, kind, video_id, payload, attempts FROM job INDEXED BY job_running
 WHERE state = 'running' AND lease_owner = :owner;

-- name: jobs_lease_shorten
-- scan-ok: the partial index of running jobs
-- in: :until_ms
-- The server was away: workers have so long to come back to what they hold.
UPDATE job SET lease_until_ms = min(lease_until_ms, :until_ms) WHERE state = 'running' AND lease_owner LIKE 'worker:%';

-- name: jobs_expired
-- in:  :now_ms
-- out: 0 count of leases that ended
SELECT count(*) FROM job INDEXED BY job_running WHERE state = 'running' AND lease_until_ms < :now_ms;
