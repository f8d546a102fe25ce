/* output.c — see output.h. */
#include "transcoder/output.h"

#include "base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <string.h>

struct err output_open(struct output *o, struct arena *a, const char *folder,
                       int64_t limit_bytes)
{
    *o = (struct output){.arena = a, .folder = -1, .limit_bytes = limit_bytes};
    if (!folder)
        return OK;
    o->folder = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    return o->folder < 0 ? err_errno(errno, "the output folder cannot be opened") : OK;
}

void output_close(struct output *o)
{
    for (size_t i = 0; i < o->count; i++)
        close(o->files[i].fd);
    o->count = 0;
    if (o->folder >= 0)
        close(o->folder);
    o->folder = -1;
}

struct err output_create(struct output *o, const char *name)
{
    if (o->count == OUTPUT_FILES_MAX)
        return FAIL(LIMIT_EXCEEDED, "too many output files");
    int fd = openat(o->folder, name, O_RDWR | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0644);
    if (fd < 0)
        return err_errno(errno, "an output file cannot be made");
    o->files[o->count].name = arena_strdup(o->arena, name);
    o->files[o->count++].fd = fd;
    return OK;
}

int output_fd(const struct output *o, const char *name)
{
    for (size_t i = 0; i < o->count; i++)
        if (strcmp(o->files[i].name, name) == 0)
            return o->files[i].fd;
    return -1;
}

struct err output_write(struct output *o, int fd, const void *data, size_t bytes)
{
    int64_t before = atomic_fetch_add(&o->written, (int64_t)bytes);
    if (before + (int64_t)bytes > o->limit_bytes)
        return FAIL(LIMIT_EXCEEDED, "the streams grow larger than the limit allows");
    return fd_write_all(fd, data, bytes);
}
