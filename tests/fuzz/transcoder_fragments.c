/* transcoder_fragments.c — any bytes as a rung, and as H.264: an answer, never a crash. */
#include "transcoder/fragments.h"
#include "transcoder/h264.h"

#include <sys/mman.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes)
{
    SCOPED_ARENA struct arena *a = arena_open();
    SCOPED_BYTES struct bytes avcc = {0};
    SCOPED_BYTES struct bytes out = {0};
    h264_avcc(data, bytes, &avcc);
    for (int length = 0; length <= 4; length++)
        if (length != 3)
            h264_look(data, bytes, length, &avcc);
    h264_append(&out, data, bytes);

    int fd = memfd_create("rung", MFD_CLOEXEC);
    if (fd < 0 || write(fd, data, bytes) != (ssize_t)bytes)
        __builtin_trap();
    struct fragments f;
    if (fragments_read(a, fd, &f).id == ERR_NONE && f.sample_count < 100000) {
        struct mp4_chunk chunk = {.count = f.sample_count};
        struct mp4_table table = {&f.track, f.samples, f.sample_count, &chunk, 1};
        bytes_clear(&out);
        mp4_plain_head(&out, &table, 1, f.file_size);
    }
    close(fd);
    return 0;
}
