/* remote_json.h — the parts of API documents that differ for things of other servers.
 *
 * Shape:   streams and files stay where they are: addresses are those of their own server.
 *          Small pictures and captions are led through us (GET /lazy-static/remote/…), so that
 *          other servers do not see who looks, and pages need no pictures from elsewhere.
 * Source:  `remote` of domain/remote_video.h.
 * Memory:  as the strbuf; JSON belongs to the caller.
 * Threads: no shared state.
 */
#ifndef ZOE_REMOTE_JSON_H
#define ZOE_REMOTE_JSON_H

#include "base/strbuf.h"
#include "server/domain/account.h"
#include "server/domain/video.h"

#include <jansson.h>

/* What GET /lazy-static/remote/:kind/:id/:index leads to. */
enum remote_kind { REMOTE_THUMBNAIL, REMOTE_STORYBOARD, REMOTE_CAPTION, REMOTE_AVATAR };
const char *remote_kind_name(enum remote_kind kind);
bool remote_kind_of(const char *name, enum remote_kind *out);
/* Our path of one of them: the index-th of a video's list; of an actor's picture always 0. */
const char *remote_path(struct arena *a, enum remote_kind kind, int64_t id, size_t index);
/* Its address on its own server, out of `remote`; NULL: there is none. */
const char *remote_address(struct arena *a, const struct video *v, enum remote_kind kind,
                           size_t index);

/* ,"thumbnailPath":…,"previewPath":…,"thumbnails":[…] */
void remote_thumbnails_json(struct strbuf *sb, const char *site_url, const struct video *v);
/* ,"streamingPlaylists":[…],"files":[…] */
void remote_files_json(struct strbuf *sb, const struct video *v);
/* Likes and dislikes: what its own server counts, when it told, else what came here. */
void remote_counts(const struct video *v, int64_t *likes, int64_t *dislikes);
/* The plain MP4 and the HLS playlist for a page without JavaScript; NULL: none. */
void remote_sources(struct arena *a, const struct video *v, const char **mp4, const char **hls);

json_t *remote_captions_json(struct arena *a, const char *site_url, const struct video *v);
json_t *remote_storyboards_json(struct arena *a, const char *site_url, const struct video *v);
/* "avatars" of an actor: the sizes of one of ours (`icon_url` is a stem), one of theirs, or [].
 */
json_t *remote_avatars_json(struct arena *a, const char *site_url, int64_t actor_id,
                            const char *icon_url, int64_t updated_ms);

#endif
