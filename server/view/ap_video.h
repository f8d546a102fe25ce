/* ap_video.h — our videos as ActivityPub objects.
 *
 * Spec:    federation.md §4.5, §5.1 (what PeerTube validates) and the pitfalls of §9;
 *          ap-fixtures/recommended-video.json.
 * Forms:   AP_WHOLE is what GET and Update carry. AP_PUSHED goes out in a Create: attributedTo
 *          is the account alone and everything is short, because Misskey takes 64 KB at most
 *          and no other form.
 * Memory:  JSON belongs to the caller.
 * Threads: no shared state.
 */
#ifndef ZOE_AP_VIDEO_H
#define ZOE_AP_VIDEO_H

#include "server/domain/chapter.h"
#include "server/domain/federated.h"
#include "server/domain/video.h"
#include "server/view/ap_documents.h"

enum ap_form { AP_WHOLE, AP_PUSHED };
enum { AP_PUSHED_MAX = 60 * 1024 };

struct ap_video {
    const struct video *video;
    const struct video_file_list *files;
    const int64_t *web_bytes; /* of the plain MP4 of each file; -1: none */
    const struct storyboard *storyboard;
    const struct caption_list *captions;
};
struct ap_video ap_video_of(const struct video *v, const struct video_parts *parts);
/* Without @context. */
json_t *ap_video_json(struct arena *a, const char *site_url, const struct ap_video *v,
                      enum ap_form form);
/* Whom it is addressed to: public or unlisted. */
json_t *ap_video_to(struct arena *a, const char *site_url, const struct video *v);
json_t *ap_video_cc(struct arena *a, const char *site_url, const struct video *v);
/* Create by the account, with context. */
json_t *ap_video_create_json(struct arena *a, const char *site_url, const struct ap_video *v);
/* Update by the account; its id is that of the row's last change. */
json_t *ap_video_update_json(struct arena *a, const char *site_url, const struct ap_video *v);

json_t *ap_chapters_json(struct arena *a, const char *site_url, const struct video *v,
                         const struct chapter_list *chapters);

#endif
