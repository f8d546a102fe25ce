/* remote_input.c — see remote_input.h. */
#include "transcoder/remote_input.h"

#include "base/file.h"
#include "base/log.h"
#include "transcoder/input.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

enum { AHEAD_BLOCKS = 8 };

static bool is_here(const struct feed *f, int64_t block)
{
    return f->here[block / 8] >> (block % 8) & 1;
}

void feed_close(struct feed *f)
{
    if (f->fd > 0)
        close(f->fd);
    if (f->file)
        unlink(f->file);
    free(f->here);
    f->fd = -1;
    f->here = NULL;
    f->key[0] = 0;
}

struct err feed_use(struct feed *f, const char *key, int64_t size_bytes)
{
    if (strcmp(f->key, key) == 0 && f->size_bytes == size_bytes)
        return OK;
    feed_close(f);
    f->fd = open(f->file, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (f->fd < 0 || ftruncate(f->fd, size_bytes))
        return err_errno(errno, "making a file for the input");
    f->size_bytes = size_bytes;
    f->last_end = -1;
    f->here = calloc((size_t)(size_bytes / INPUT_BLOCK / 8) + 1, 1);
    if (!f->here)
        abort();
    snprintf(f->key, sizeof f->key, "%s", key);
    return OK;
}

/* Fetches [first, last] of the blocks in one go. */
static struct err fetch(struct feed *f, struct arena *a, int64_t first, int64_t last)
{
    int64_t offset = first * INPUT_BLOCK, end = (last + 1) * INPUT_BLOCK;
    if (end > f->size_bytes)
        end = f->size_bytes;
    TRY(link_fetch(&f->link, a, f->path, offset, end - offset, f->fd));
    for (int64_t block = first; block <= last; block++)
        f->here[block / 8] |= (unsigned char)(1 << (block % 8));
    f->last_end = last + 1;
    return OK;
}

static struct err provide(struct feed *f, struct arena *a, const struct input_ask *want)
{
    const int64_t count = (f->size_bytes + INPUT_BLOCK - 1) / INPUT_BLOCK;
    int64_t first = (int64_t)(want->offset / INPUT_BLOCK);
    int64_t last = (int64_t)((want->offset + want->length - 1) / INPUT_BLOCK);
    if (want->length == 0 || want->offset >= (uint64_t)f->size_bytes || first > last)
        return FAIL(SPEC_INVALID, "the child asked for nothing");
    if (last >= count)
        last = count - 1;
    while (first <= last) {
        if (is_here(f, first)) {
            first++;
            continue;
        }
        int64_t until = first, most = last;
        if (first == f->last_end) /* read on from where it was: some more will be wanted */
            most = first + AHEAD_BLOCKS - 1 < count ? first + AHEAD_BLOCKS - 1 : count - 1;
        if (most < last)
            most = last;
        while (until < most && !is_here(f, until + 1))
            until++;
        TRY(fetch(f, a, first, until));
        first = until + 1;
    }
    return OK;
}

static void *feed_main(void *arg)
{
    struct feed *f = arg;
    for (;;) {
        struct input_ask want;
        ssize_t n = recv(f->ours, &want, sizeof want, MSG_WAITALL);
        if (n < 0 && errno == EINTR)
            continue;
        if (n != sizeof want)
            return NULL;
        SCOPED_ARENA struct arena *a = arena_open();
        struct err e = provide(f, a, &want);
        if (e.id && e.id != ERR_STOPPED)
            log_warn("input_missing", "offset=%llu reason=%s", (unsigned long long)want.offset,
                     LOG_QUOTE(e.detail));
        char answer = e.id ? 'n' : 'y';
        if (send(f->ours, &answer, 1, MSG_NOSIGNAL) != 1)
            return NULL;
    }
}

struct err feed_start(struct feed *f, const char *path)
{
    int ends[2];
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends))
        return err_errno(errno, "making a socket for the input");
    f->ours = ends[0];
    f->theirs = ends[1];
    f->path = path;
    f->running = pthread_create(&f->thread, NULL, feed_main, f) == 0;
    if (f->running)
        return OK;
    close(f->ours);
    close(f->theirs);
    return FAIL(INTERNAL, "no thread for the input");
}

void feed_end(struct feed *f)
{
    if (!f->running)
        return;
    close(f->theirs);
    shutdown(f->ours, SHUT_RDWR);
    pthread_join(f->thread, NULL);
    close(f->ours);
    f->running = false;
}
