/* input.c — see input.h. */
#include "transcoder/input.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <unistd.h>

static struct {
    /* --- fixed after the start */
    int ask_fd; /* 0: the input is whole */
    int64_t size_bytes;
    pthread_mutex_t lock;
    /* --- protected by lock */
    unsigned char *here; /* one bit a block */
} input = {.lock = PTHREAD_MUTEX_INITIALIZER};

void input_by_asking(int ask_fd, int64_t size_bytes)
{
    input.ask_fd = ask_fd;
    input.size_bytes = size_bytes;
    input.here = calloc((size_t)(size_bytes / INPUT_BLOCK / 8) + 1, 1);
    if (!input.here)
        abort();
}

static int is_here(int64_t block)
{
    return input.here[block / 8] >> (block % 8) & 1;
}

static int ask(int64_t first, int64_t last)
{
    struct input_ask question = {(uint64_t)first * INPUT_BLOCK,
                                 (uint64_t)(last - first + 1) * INPUT_BLOCK};
    char answer = 'n';
    ssize_t n = write(input.ask_fd, &question, sizeof question);
    if (n != sizeof question)
        return -1;
    do
        n = read(input.ask_fd, &answer, 1);
    while (n < 0 && errno == EINTR);
    if (n != 1 || answer != 'y')
        return -1;
    for (int64_t block = first; block <= last; block++)
        input.here[block / 8] |= (unsigned char)(1 << (block % 8));
    return 0;
}

static int fetch(int64_t offset, int64_t end)
{
    int64_t first = offset / INPUT_BLOCK, last = (end - 1) / INPUT_BLOCK;
    int rc = 0;
    pthread_mutex_lock(&input.lock);
    while (first <= last && is_here(first))
        first++;
    while (last >= first && is_here(last))
        last--;
    if (first <= last)
        rc = ask(first, last);
    pthread_mutex_unlock(&input.lock);
    return rc;
}

ssize_t input_pread(int fd, void *buffer, size_t bytes, int64_t offset)
{
    if (input.ask_fd && bytes && offset >= 0 && offset < input.size_bytes) {
        int64_t end = offset + (int64_t)bytes;
        if (fetch(offset, end < input.size_bytes ? end : input.size_bytes)) {
            errno = EIO;
            return -1;
        }
    }
    ssize_t n;
    do
        n = pread(fd, buffer, bytes, offset);
    while (n < 0 && errno == EINTR);
    return n;
}
