-- Pictures of accounts and channels here: avatars/{stem}-{width}.jpg. The stem of an avatar of ours stands
-- in icon_url, where that of a remote actor has an address.
ALTER TABLE actor ADD COLUMN banner TEXT;         -- stem
CREATE INDEX actor_by_icon ON actor (icon_url) WHERE uri IS NULL AND icon_url IS NOT NULL;
CREATE INDEX actor_by_banner ON actor (banner) WHERE banner IS NOT NULL;
