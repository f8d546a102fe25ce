/* output.h — the files of one task. All are created before the sandbox closes; after that no
 * name can be opened any more, only written to.
 *
 * Errors:  IO, DISK_FULL; LIMIT_EXCEEDED once all files together pass the limit.
 * Threads: output_write from any thread; each file belongs to one thread.
 */
#ifndef ZOE_TRANSCODER_OUTPUT_H
#define ZOE_TRANSCODER_OUTPUT_H

#include "base/arena.h"
#include "base/err.h"

#include <stddef.h>
#include <stdint.h>

enum { OUTPUT_FILES_MAX = 80 };

struct output {
    struct arena *arena;
    int folder; /* descriptor, -1: none */
    struct {
        const char *name;
        int fd;
    } files[OUTPUT_FILES_MAX];
    size_t count;
    int64_t limit_bytes;
    _Atomic int64_t written;
};

MUST_CHECK struct err output_open(struct output *o, struct arena *a, const char *folder,
                                  int64_t limit_bytes);
void output_close(struct output *o);

/* Creates (or empties) a file; its place in the table is its handle. */
MUST_CHECK struct err output_create(struct output *o, const char *name);

/* The descriptor of a created file; -1 when there is none of that name. */
int output_fd(const struct output *o, const char *name);

MUST_CHECK struct err output_write(struct output *o, int fd, const void *data, size_t bytes);

#endif
