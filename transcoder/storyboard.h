/* storyboard.h — one sheet of small pictures over the whole video, from its smallest rung.
 *
 * Sizes and counts as in the reference: none under 3 s, at most 11 x 11 sprites, longest side
 * 192.
 *
 * Errors:  none of its own: a rung that cannot be decoded gives no storyboard (null).
 * Threads: main thread.
 */
#ifndef ZOE_TRANSCODER_STORYBOARD_H
#define ZOE_TRANSCODER_STORYBOARD_H

#include "transcoder/task.h"

/* Writes storyboard.jpg. *out becomes a new reference when there is one. */
MUST_CHECK struct err storyboard_make(struct task *t, int rung_fd, json_t **out);

#endif
