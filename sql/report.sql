-- Reports of videos, comments and accounts: made here, or sent by others (Flag).

-- fragment: report_columns
       id, reporter_id, video_id, comment_id, actor_id, kind, reason, title, predefined, start_s, end_s, moderation, state,
       created_ms, updated_ms

-- name: report_insert
-- in: :kind :reporter_id :video_id :comment_id :actor_id :reason :predefined :start_s :end_s :now_ms; ids are not used again
INSERT INTO report (id, kind, reporter_id, video_id, comment_id, actor_id, reason, title, predefined, start_s, end_s, created_ms, updated_ms)
VALUES (max(coalesce((SELECT max(id) FROM report), 0) + 1, :now_ms * 1000), :kind, :reporter_id, :video_id, :comment_id, :actor_id, :reason, (SELECT name FROM video WHERE id = :video_id),
        :predefined, :start_s, :end_s, :now_ms, :now_ms);

-- name: report_by_id
-- in:  :id
-- out: report_columns
SELECT
--+ report_columns
  FROM report WHERE id = :id;

-- fragment: report_wanted
 WHERE (:state IS NULL OR state = :state) AND (:kind IS NULL OR kind = :kind)
   AND (:reporter_id IS NULL OR reporter_id = :reporter_id)
   AND (:like IS NULL OR reason LIKE :like ESCAPE '!' OR title LIKE :like ESCAPE '!'
        OR EXISTS (SELECT 1 FROM actor a WHERE a.id IN (reporter_id, actor_id) AND a.name LIKE :like ESCAPE '!'))

-- name: reports_newest
-- in:  :state :kind :reporter_id :like (each NULL: any) :start :count
-- out: report_columns
-- scan-ok: moderators alone; walks the primary key in order and stops at the limit
SELECT
--+ report_columns
  FROM report
--+ report_wanted
 ORDER BY id DESC LIMIT :count OFFSET :start;

-- name: reports_oldest
-- in, out: as reports_newest
-- scan-ok: moderators alone; walks the primary key in order and stops at the limit
SELECT
--+ report_columns
  FROM report
--+ report_wanted
 ORDER BY id LIMIT :count OFFSET :start;

-- name: reports_count
-- in:  :state :kind :reporter_id :like
-- out: 0 count
-- scan-ok: moderators alone
SELECT count(*) FROM report
--+ report_wanted
;

-- name: report_counts
-- in:  :reporter_id :actor_id
-- out: 0 reports by the one, 1 about the other
SELECT (SELECT count(*) FROM report WHERE reporter_id = :reporter_id), (SELECT count(*) FROM report WHERE actor_id = :actor_id);

-- name: report_totals
-- out: 0 all, 1 those that nobody decided on
-- scan-ok: the index alone is counted
SELECT count(*), coalesce(sum(state = 1), 0) FROM report INDEXED BY report_by_state;

-- name: report_update
-- in: :id :state :moderation :now_ms; NULL keeps
UPDATE report SET state = coalesce(:state, state), moderation = coalesce(:moderation, moderation), updated_ms = :now_ms WHERE id = :id;

-- name: report_delete
-- in: :id
DELETE FROM report WHERE id = :id;
