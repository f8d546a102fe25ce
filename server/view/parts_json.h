/* parts_json.h — what hangs on a video as the API shows it: captions, chapters and storyboards.
 *
 * Spec:    hls-files.md sections 5 to 7 (PeerTube 8.2).
 * Memory:  the JSON is the caller's; texts live in `a`.
 * Threads: no shared state.
 */
#ifndef ZOE_PARTS_JSON_H
#define ZOE_PARTS_JSON_H

#include "server/domain/caption.h"
#include "server/domain/chapter.h"
#include "server/domain/video.h"

#include <jansson.h>

/* What people call the language of it. */
const char *caption_label(const struct caption *c);

/* {"total", "data": [{"language", "automaticallyGenerated", "captionPath", "fileUrl",
 * "m3u8Url", "updatedAt"}]} */
json_t *captions_json(struct arena *a, const char *site_url, const struct video *v,
                      const struct caption_list *list);
/* {"chapters": [{"timecode", "title"}]} */
json_t *chapters_json(const struct chapter_list *list);
/* {"storyboards": [{"storyboardPath", ...}]}; "startTime" and "sprites" are ours. */
json_t *storyboards_json(struct arena *a, const char *site_url,
                         const struct storyboard_list *list);

#endif
