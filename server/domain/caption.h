/* caption.h — the captions of a video: one a language, as WebVTT in its stream folder, so that
 * they move with it when it becomes private or public.
 *
 * Files:   {file_uuid}-{language}.vtt; the playlist beside it (.m3u8) and the master are
 *          written by job "captions", which every change leaves in its own transaction. A
 *          change gives a new file_uuid, and the old files to the trash.
 * Order:   bytes, then the row: a crash in between leaves a file that goes with the video.
 * Memory:  results live in `a`.
 * Units:   Unix ms.
 * Errors:  CAPTION_INVALID (webvtt.h), NOT_FOUND, VIDEO_NOT_FOUND, DATABASE, IO, DISK_FULL.
 * Threads: any, with its own db. Who changes captions holds the video (jobs_hold_video), so
 *          that its folder stays where it is.
 */
#ifndef ZOE_CAPTION_H
#define ZOE_CAPTION_H

#include "base/arena.h"
#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct db;
struct storage;

#define CAPTION_LANGUAGE_UNKNOWN "und" /* of a file that does not say, nor does the video */

struct caption {
    const char *language, *file_uuid;
    bool contained; /* taken from the uploaded file, not sent by a person */
    int64_t updated_ms;
};

struct caption_list {
    struct caption *items; /* by language */
    size_t count, room;
};

MUST_CHECK struct err video_captions(struct db *db, struct arena *a, int64_t video_id,
                                     struct caption_list *out);
/* "{file_uuid}-{language}" + ending */
const char *caption_file(struct arena *a, const struct caption *c, const char *ending);
/* The video that the caption of this file name ("….vtt") belongs to. */
MUST_CHECK struct err caption_of_file(struct db *db, struct arena *a, const char *file,
                                      int64_t *video_id);

/* Cleans `bytes` (WebVTT or SubRip) and keeps them as the captions in `language`. What is taken
 * from the uploaded file (`contained`) never replaces what a person sent. */
MUST_CHECK struct err caption_put(struct db *db, const struct storage *s, struct arena *a,
                                  int64_t video_id, const char *language, const char *bytes,
                                  size_t count, bool contained);
MUST_CHECK struct err caption_remove(struct db *db, struct arena *a, int64_t video_id,
                                     const char *language);

#endif
