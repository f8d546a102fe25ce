/* storyboard.h — sheets of small pictures of a finished rung, for previews while seeking.
 *
 * Sheet 0 shows the whole video in at most 121 sprites. Where these would be more than ten
 * seconds apart, further sheets show it in steps of ten seconds, or what eight of them can
 * hold.
 *
 * Spec:    hls-files.md section 5.
 * Errors:  those of jpeg.h. A rung that cannot be decoded has no storyboard: no error.
 * Threads: one thread (libav adds its own).
 */
#ifndef ZOE_TRANSCODER_STORYBOARD_H
#define ZOE_TRANSCODER_STORYBOARD_H

#include "transcoder/task.h"

#define STORYBOARD_NAME "storyboard-%d.jpg"
enum { STORYBOARD_SHEETS_MAX = 9 };

/* Appends {"file", "start_s", "count", ...} (spec.h) of each sheet to `made`, sheet 0 first. */
MUST_CHECK struct err storyboard_make(struct task *t, int rung_fd, json_t *made);

#endif
