/* storage.h — where bytes live below the data folder, and how they get there.
 *
 * Layout:  staging/request/       file parts of running requests (emptied at start)
 *          staging/uploads/{id}   resumable uploads, growing
 *          staging/tasks/{job}/   output of a running transcoding task
 *          staging/early/{id}/    chunks of resumable uploads that are still growing
 *          originals/{uuid}       what was uploaded
 *          hls/{uuid}/            public and unlisted streams, with maps of their plain MP4s
 * and captions: served without asking anybody hls/private/{uuid}/    private and internal
 * streams: served after a check thumbnails/{file}, storyboards/{file} Rule:    a name in a
 * public folder appears by rename only (or by append to a growing rung).
 * Memory:  paths are arena memory.
 * Threads: fixed after opening; any thread.
 */
#ifndef ZOE_STORAGE_H
#define ZOE_STORAGE_H

#include "base/arena.h"
#include "base/err.h"

#include <stdbool.h>
#include <stdint.h>

struct storage;

MUST_CHECK struct err storage_open(struct arena *a, const char *data_folder,
                                   struct storage **out);

const char *storage_path(const struct storage *s, struct arena *a, const char *relative);
const char *storage_request_folder(const struct storage *s);
const char *storage_upload(const struct storage *s, struct arena *a, const char *upload_id);
const char *storage_original(const struct storage *s, struct arena *a, const char *video_uuid);
const char *storage_task_folder(const struct storage *s, struct arena *a, int64_t job_id);
const char *storage_early_folder(const struct storage *s, struct arena *a,
                                 const char *upload_id);
const char *storage_hls_folder(const struct storage *s, struct arena *a, const char *video_uuid,
                               bool is_private);
/* "…/hls/[private/]{uuid}/{file}"; NULL when `file` is no plain file name. */
const char *storage_hls_file(const struct storage *s, struct arena *a, const char *video_uuid,
                             bool is_private, const char *file);
const char *storage_thumbnail(const struct storage *s, struct arena *a, const char *file);
const char *storage_avatar(const struct storage *s, struct arena *a, const char *file);

/* Moves a video's stream folder to its public or private place. Running twice is fine. */
MUST_CHECK struct err storage_hls_move(const struct storage *s, struct arena *a,
                                       const char *video_uuid, bool to_private);

int64_t storage_free_bytes(const struct storage *s); /* for unprivileged writers */

#endif
