/* file.h — descriptors, whole files and durable renames.
 *
 * Errors:  ERR_DISK_FULL for ENOSPC and EDQUOT, ERR_NOT_FOUND for ENOENT, ERR_IO for the rest;
 *          the detail names what was done, never a path from outside.
 * Threads: no shared state.
 */
#ifndef ZOE_FILE_H
#define ZOE_FILE_H

#include "base/arena.h"
#include "base/err.h"

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>
#include <unistd.h>

static inline void fd_scope_close(int *fd)
{
    if (*fd >= 0)
        close(*fd);
}
#define SCOPED_FD __attribute__((cleanup(fd_scope_close)))

/* errno -> err, with `doing` as the detail. */
struct err err_errno(int number, const char *doing);

/* Writes all of it, at the descriptor's position, or at `offset` (pwrite). */
MUST_CHECK struct err fd_write_all(int fd, const void *data, size_t bytes);
MUST_CHECK struct err fd_pwrite_all(int fd, const void *data, size_t bytes, int64_t offset);

/* Reads a whole regular file, NUL-terminated, refusing more than `limit` bytes. */
MUST_CHECK struct err file_read(struct arena *a, const char *path, size_t limit, char **data,
                                size_t *bytes);

/* Writes `path` by way of a temporary neighbour and rename. `durable`: fsync file and folder.
 */
MUST_CHECK struct err file_replace(const char *path, const void *data, size_t bytes,
                                   bool durable);

/* mkdir -p. */
MUST_CHECK struct err folder_make(const char *path);

/* fsync of the folder that holds `path`, so that a rename or a new name survives power loss. */
MUST_CHECK struct err folder_sync_of(const char *path);

/* rename(2), then fsync of the target's folder. */
MUST_CHECK struct err file_rename_durable(const char *from, const char *to);

/* Copies [offset, offset + bytes) of `from` to the end position `to_offset` of `to`. */
MUST_CHECK struct err fd_copy_range(int from, int64_t offset, int to, int64_t to_offset,
                                    int64_t bytes);

/* rm -rf, without following links; a missing path is fine. */
void path_remove(const char *path);

bool path_exists(const char *path);
int64_t file_size(const char *path); /* bytes, -1 when missing */

#endif
