/* file.c — see file.h. */
#include "base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

struct err err_errno(int number, const char *doing)
{
    switch (number) {
    case ENOSPC:
    case EDQUOT: return FAIL(DISK_FULL, "the disk is full");
    case ENOENT: return (struct err){ERR_NOT_FOUND, doing};
    default: return (struct err){ERR_IO, doing};
    }
}

struct err fd_write_all(int fd, const void *data, size_t bytes)
{
    for (const char *p = data; bytes;) {
        ssize_t n = write(fd, p, bytes);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return err_errno(errno, "writing a file");
        p += n;
        bytes -= (size_t)n;
    }
    return OK;
}

struct err fd_pwrite_all(int fd, const void *data, size_t bytes, int64_t offset)
{
    for (const char *p = data; bytes;) {
        ssize_t n = pwrite(fd, p, bytes, offset);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return err_errno(errno, "writing a file");
        p += n;
        offset += n;
        bytes -= (size_t)n;
    }
    return OK;
}

struct err file_read(struct arena *a, const char *path, size_t limit, char **data,
                     size_t *bytes)
{
    SCOPED_FD int fd = open(path, O_RDONLY | O_CLOEXEC);
    struct stat st;
    if (fd < 0 || fstat(fd, &st))
        return err_errno(errno, "opening a file");
    if (!S_ISREG(st.st_mode) || (uint64_t)st.st_size > limit)
        return FAIL(IO, "not a regular file, or too large");
    char *p = arena_alloc(a, (size_t)st.st_size + 1);
    size_t have = 0;
    while (have < (size_t)st.st_size) {
        ssize_t n = read(fd, p + have, (size_t)st.st_size - have);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return err_errno(errno, "reading a file");
        if (n == 0)
            break;
        have += (size_t)n;
    }
    *data = p;
    if (bytes)
        *bytes = have;
    return OK;
}

struct err folder_sync_of(const char *path)
{
    char folder[4096];
    const char *slash = strrchr(path, '/');
    if (slash && (size_t)(slash - path) >= sizeof folder)
        return FAIL(IO, "path too long");
    if (slash)
        snprintf(folder, sizeof folder, "%.*s", slash == path ? 1 : (int)(slash - path), path);
    else
        strcpy(folder, ".");
    SCOPED_FD int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0 || fsync(fd))
        return err_errno(errno, "syncing a folder");
    return OK;
}

struct err file_replace(const char *path, const void *data, size_t bytes, bool durable)
{
    char temporary[4096];
    if ((size_t)snprintf(temporary, sizeof temporary, "%s.new", path) >= sizeof temporary)
        return FAIL(IO, "path too long");
    {
        SCOPED_FD int fd = open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
        if (fd < 0)
            return err_errno(errno, "creating a file");
        struct err e = fd_write_all(fd, data, bytes);
        if (!e.id && durable && fsync(fd))
            e = err_errno(errno, "syncing a file");
        if (e.id) {
            unlink(temporary);
            return e;
        }
    }
    if (rename(temporary, path)) {
        struct err e = err_errno(errno, "renaming a file");
        unlink(temporary);
        return e;
    }
    return durable ? folder_sync_of(path) : OK;
}

struct err folder_make(const char *path)
{
    char partial[4096];
    size_t length = strlen(path);
    if (length >= sizeof partial)
        return FAIL(IO, "path too long");
    for (size_t i = 1; i <= length; i++) {
        if (path[i] && path[i] != '/')
            continue;
        memcpy(partial, path, i);
        partial[i] = 0;
        if (mkdir(partial, 0755) && errno != EEXIST)
            return err_errno(errno, "making a folder");
    }
    return OK;
}

struct err file_rename_durable(const char *from, const char *to)
{
    if (rename(from, to))
        return err_errno(errno, "renaming a file");
    return folder_sync_of(to);
}

struct err fd_copy_range(int from, int64_t offset, int to, int64_t to_offset, int64_t bytes)
{
    char buffer[1 << 16];
    bool kernel_copies = true;
    while (bytes > 0) {
        ssize_t n = -1;
        if (kernel_copies) {
            off_t in = offset, out = to_offset;
            n = copy_file_range(from, &in, to, &out, (size_t)bytes, 0);
            if (n < 0 && errno == EINTR)
                continue;
            if (n < 0 && errno == ENOSPC)
                return err_errno(errno, "copying a file");
            kernel_copies = n > 0;
        }
        if (!kernel_copies) {
            size_t want = bytes < (int64_t)sizeof buffer ? (size_t)bytes : sizeof buffer;
            n = pread(from, buffer, want, offset);
            if (n < 0 && errno == EINTR)
                continue;
            if (n < 0)
                return err_errno(errno, "reading a file");
            if (n == 0)
                return FAIL(IO, "a file ended before its announced size");
            TRY(fd_pwrite_all(to, buffer, (size_t)n, to_offset));
        }
        offset += n;
        to_offset += n;
        bytes -= n;
    }
    return OK;
}

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
    (void)st, (void)type, (void)ftw;
    remove(path);
    return 0;
}

void path_remove(const char *path)
{
    nftw(path, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

bool path_exists(const char *path)
{
    return access(path, F_OK) == 0;
}

int64_t file_size(const char *path)
{
    struct stat st;
    return stat(path, &st) ? -1 : (int64_t)st.st_size;
}
