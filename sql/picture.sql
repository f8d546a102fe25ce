-- What shows a video before it plays, and what is read and found in it: thumbnails, storyboards, captions.

-- name: thumbnail_put
-- in: :video_id :width :height :file
INSERT INTO thumbnail (video_id, width, height, file) VALUES (:video_id, :width, :height, :file)
ON CONFLICT (video_id, width, height) DO UPDATE SET file = excluded.file;

-- name: thumbnails_drop
-- in: :video_id
DELETE FROM thumbnail WHERE video_id = :video_id;

-- name: thumbnail_files
-- in:  :video_id
-- out: 0 file
SELECT file FROM thumbnail WHERE video_id = :video_id;

-- name: thumbnail_needed
-- in: :file
SELECT 1 FROM thumbnail WHERE file = :file;

-- name: video_picture
-- in:  :id
-- out: 0 picture
SELECT picture FROM video WHERE id = :id;

-- name: video_picture_set
-- in: :id :picture
UPDATE video SET picture = :picture WHERE id = :id;

-- name: video_touch
-- in: :id :now_ms
UPDATE video SET updated_ms = :now_ms WHERE id = :id;

-- name: sheets_of_video
-- in:  :video_id
-- out: 0 file, 1 start_s, 2 sprites, 3 total_width, 4 total_height, 5 sprite_width, 6 sprite_height,
--      7 sprite_duration_s
SELECT file, start_s, sprites, total_width, total_height, sprite_width, sprite_height, sprite_duration_s
  FROM sheet WHERE video_id = :video_id ORDER BY number;

-- name: sheets_drop
-- in: :video_id
DELETE FROM sheet WHERE video_id = :video_id;

-- name: sheet_put
-- in: :video_id :number and every column
INSERT INTO sheet (video_id, number, file, start_s, sprites, total_width, total_height, sprite_width, sprite_height,
                   sprite_duration_s)
VALUES (:video_id, :number, :file, :start_s, :sprites, :total_width, :total_height, :sprite_width, :sprite_height,
        :sprite_duration_s);

-- name: captions_of_video
-- in:  :video_id
-- out: 0 language, 1 file_uuid, 2 origin = 'container', 3 updated_ms
SELECT language, file_uuid, origin = 'container', updated_ms FROM caption WHERE video_id = :video_id ORDER BY language;

-- name: caption_put
-- in: :video_id :language :file_uuid :origin :now_ms
-- What a person sent is not replaced by what the file contained.
INSERT INTO caption (video_id, language, file_uuid, origin, updated_ms)
VALUES (:video_id, :language, :file_uuid, :origin, :now_ms)
ON CONFLICT (video_id, language) DO UPDATE SET file_uuid = excluded.file_uuid, origin = excluded.origin,
   updated_ms = excluded.updated_ms WHERE excluded.origin = 'upload' OR caption.origin = 'container';

-- name: caption_drop
-- in: :video_id :language
DELETE FROM caption WHERE video_id = :video_id AND language = :language;

-- name: caption_of_file
-- in:  :file_uuid :language
-- out: 0 video_id
SELECT video_id FROM caption WHERE file_uuid = :file_uuid AND language = :language;
