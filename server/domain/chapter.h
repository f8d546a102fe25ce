/* chapter.h — the chapters of a video.
 *
 * Source:  those that somebody set; else the description's lines that begin with a time, at
 *          least two of them, times rising; else those of the uploaded file.
 * Spec:    hls-files.md section 7 (PeerTube's rule for descriptions), but a time has two parts
 *          at least: "5 things" is none.
 * Units:   whole seconds.
 * Memory:  results live in `a`.
 * Errors:  DATABASE.
 * Threads: any, with its own db.
 */
#ifndef ZOE_CHAPTER_H
#define ZOE_CHAPTER_H

#include "base/arena.h"
#include "base/err.h"

#include <stddef.h>
#include <stdint.h>

struct db;
struct video;

struct chapter {
    int64_t start_s;
    const char *title;
};

struct chapter_list {
    struct chapter *items; /* times rise */
    size_t count, room;
};

MUST_CHECK struct err video_chapters(struct db *db, struct arena *a, const struct video *v,
                                     struct chapter_list *out);

/* The rule alone. `set`: JSON [[seconds, "title"], ...]; `probe`: what the probe task answered;
 * each may be NULL, or broken. */
void chapters_read(struct arena *a, const char *description, const char *set, const char *probe,
                   struct chapter_list *out);

#endif
