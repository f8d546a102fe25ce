-- Lists of what is here and of what is known from elsewhere, and by how it was received.
CREATE INDEX video_listed_local ON video (published_ms DESC, id DESC) WHERE listed = 1 AND uri IS NULL;
CREATE INDEX video_listed_likes ON video (likes DESC, id DESC) WHERE listed = 1;
CREATE INDEX video_listed_comments ON video (comments DESC, id DESC) WHERE listed = 1;
