/* video_map.c — any bytes as the map of a plain MP4: no crash, and what is accepted can be read
 * from the end of its head to its last byte; the head either unpacks or is an error. */
#include "base/file.h"
#include "server/http/http.h"
#include "server/storage/virtual_mp4.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes);

static const char *memory_file(const void *data, size_t bytes, char path[64])
{
    int fd = memfd_create("x", 0);
    if (fd < 0 || write(fd, data, bytes) != (ssize_t)bytes)
        abort();
    snprintf(path, 64, "/proc/self/fd/%d", fd);
    return path;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes)
{
    static char rung[64], sound[64];
    static char content[4096];
    if (!*rung) {
        memory_file(content, sizeof content, rung);
        memory_file(content, 100, sound);
    }
    char map[64];
    memory_file(data, bytes, map);
    SCOPED_ARENA struct arena *a = arena_open();
    struct virtual_answer v = {0};
    struct err e = virtual_mp4_open(a, map, rung, sound, &v);
    if (!e.id && v.size < 1 << 20) {
        char *all = malloc((size_t)v.size + 1);
        struct err whole = virtual_mp4_read(&v, 0, all, v.size);
        if (!all || (whole.id && whole.id != ERR_IO) ||
            virtual_mp4_read(&v, v.head_bytes, all, v.size - v.head_bytes).id)
            abort();
        free(all);
    }
    if (!e.id)
        v.release(v.owner);
    close(atoi(strrchr(map, '/') + 1));
    return 0;
}
