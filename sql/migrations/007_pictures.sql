-- Captions, storyboards of several sheets, and pictures that their owner chose.

CREATE TABLE caption (         -- {file_uuid}-{language}.vtt and .m3u8 in the video's stream folder
    video_id   INTEGER NOT NULL REFERENCES video (id) ON DELETE CASCADE,
    language   TEXT NOT NULL,
    file_uuid  TEXT NOT NULL,                  -- a new one with every change: what is cached stays right
    origin     TEXT NOT NULL CHECK (origin IN ('upload', 'container')),
    updated_ms INTEGER NOT NULL,
    PRIMARY KEY (video_id, language)
) STRICT, WITHOUT ROWID;
CREATE INDEX caption_by_file ON caption (file_uuid);

CREATE TABLE sheet (           -- of a storyboard: number 0 shows the whole video, the rest in finer steps
    video_id INTEGER NOT NULL REFERENCES video (id) ON DELETE CASCADE,
    number   INTEGER NOT NULL,
    file     TEXT NOT NULL,
    start_s  INTEGER NOT NULL,                 -- when its first sprite is
    sprites  INTEGER NOT NULL,
    total_width INTEGER NOT NULL, total_height INTEGER NOT NULL,
    sprite_width INTEGER NOT NULL, sprite_height INTEGER NOT NULL,
    sprite_duration_s INTEGER NOT NULL,
    PRIMARY KEY (video_id, number)
) STRICT, WITHOUT ROWID;
INSERT INTO sheet (video_id, number, file, start_s, sprites, total_width, total_height, sprite_width, sprite_height,
                   sprite_duration_s)
SELECT video_id, 0, file, 0, (total_width / sprite_width) * (total_height / sprite_height), total_width, total_height,
       sprite_width, sprite_height, sprite_duration_s
  FROM storyboard;
DROP TABLE storyboard;

ALTER TABLE video ADD COLUMN picture TEXT;     -- 'upload', or the ms of a moment; NULL: we choose
CREATE INDEX thumbnail_by_file ON thumbnail (file);
