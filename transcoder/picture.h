/* picture.h — a still picture that somebody sent, decoded, upright and without anything else
 * that was in the file: no EXIF, no profile, no transparency (black stands behind it).
 *
 * Read:    JPEG, PNG, WebP, GIF (its first picture) and BMP, known by content.
 * Errors:  PICTURE_INVALID with a sentence for its sender; LIMIT_EXCEEDED.
 * Threads: one source, one thread.
 */
#ifndef ZOE_TRANSCODER_PICTURE_H
#define ZOE_TRANSCODER_PICTURE_H

#include "transcoder/task.h"

/* *out: standard range 4:2:0 as of a video, its short side at most 2160. */
MUST_CHECK struct err picture_read(struct task *t, struct source *s, AVFrame **out);

/* A decoded frame as such a picture; `v` says how it is to be turned and which colours it has.
 */
MUST_CHECK struct err picture_upright(struct task *t, const struct media_video *v,
                                      AVFrame *frame, AVFrame **out);

#endif
