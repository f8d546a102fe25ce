/* video_json.h — videos as the API shows them, written straight into a strbuf.
 *
 * Spec:    api-core.md section 6, hls-files.md section 1 (PeerTube 8.2).
 * Memory:  as the strbuf.
 * Threads: no shared state.
 */
#ifndef ZOE_VIDEO_JSON_H
#define ZOE_VIDEO_JSON_H

#include "base/strbuf.h"
#include "server/domain/account.h"
#include "server/domain/video.h"

#include <jansson.h>

/* {"total", "data": [...]}. `own`: with state, tags and what else only owners and moderators
 * see. */
void video_list_json(struct strbuf *sb, const char *site_url, const struct video_list *list,
                     bool own);

struct video_details {
    const struct video *video;
    const struct channel *channel;
    const struct video_file_list *files;
    const int64_t *web_bytes; /* of each file: size of its plain MP4; -1: not there yet */
    bool may_edit; /* the uploaded file is shown to who may edit, while it is all there is */
};
/* VideoDetails of GET /videos/:id. */
void video_details_json(struct strbuf *sb, const char *site_url, const struct video_details *d);

/* Ids of files[] entries: a rung has two, its fragmented file and its plain MP4. */
static inline int64_t file_id_hls(int64_t rung_id)
{
    return rung_id * 2;
}
static inline int64_t file_id_web(int64_t rung_id)
{
    return rung_id * 2 + 1;
}

/* {"streams", "format", "chapters"} as ffprobe tells them, of one file. `probe` may be NULL. */
json_t *video_metadata_json(const struct video *v, const struct video_file *f, bool with_sound,
                            const json_t *probe);

#endif
