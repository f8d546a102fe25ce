-- Reports: what they are about outlives what was deleted; notifications tell of them.
ALTER TABLE report ADD COLUMN kind TEXT NOT NULL DEFAULT 'account' CHECK (kind IN ('video', 'comment', 'account'));
ALTER TABLE report ADD COLUMN title TEXT;              -- of the video, as it was
ALTER TABLE report ADD COLUMN predefined TEXT NOT NULL DEFAULT '[]'; -- JSON array of PeerTube's words for reasons
ALTER TABLE report ADD COLUMN start_s INTEGER;         -- what part of the video
ALTER TABLE report ADD COLUMN end_s INTEGER;
ALTER TABLE report ADD COLUMN moderation TEXT;         -- a note of those who run the site
ALTER TABLE report ADD COLUMN updated_ms INTEGER NOT NULL DEFAULT 0;
UPDATE report SET kind = CASE WHEN comment_id IS NOT NULL THEN 'comment' WHEN video_id IS NOT NULL THEN 'video' ELSE 'account' END,
       title = (SELECT name FROM video v WHERE v.id = report.video_id), updated_ms = created_ms;
CREATE INDEX report_by_reporter ON report (reporter_id, id);
CREATE INDEX report_by_actor ON report (actor_id, id);
ALTER TABLE notification ADD COLUMN report_id INTEGER REFERENCES report (id) ON DELETE CASCADE;
CREATE INDEX notification_by_report ON notification (report_id) WHERE report_id IS NOT NULL;
