/* virtual_mp4.c — see virtual_mp4.h. */
#include "server/storage/virtual_mp4.h"

#include "base/file.h"
#include "server/http/http.h"

#include <endian.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <zlib.h>

enum { HEADER = 40, EXTENT = 16, EXTENTS_MAX = 1 << 22, HEAD_MAX = 1 << 30 };

static uint64_t read_u64(const unsigned char *p)
{
    uint64_t n;
    memcpy(&n, p, sizeof n);
    return le64toh(n);
}

struct header {
    int64_t virtual_size, head_size, extent_count, packed_size;
};

/* Numbers that could not be real are refused here, so sums of them below cannot overflow. */
static bool header_read(const unsigned char *p, int64_t map_bytes, struct header *h)
{
    uint64_t size = read_u64(p + 8), head = read_u64(p + 16), count = read_u64(p + 24),
             packed = read_u64(p + 32);
    if (memcmp(p, "ZOEMAP2", 8) || size > INT64_MAX / 4 || head > HEAD_MAX || head > size ||
        count > EXTENTS_MAX || packed > (uint64_t)map_bytes)
        return false;
    *h = (struct header){(int64_t)size, (int64_t)head, (int64_t)count, (int64_t)packed};
    return HEADER + h->extent_count * EXTENT + h->packed_size == map_bytes;
}

struct opened {
    void *map;
    size_t map_bytes;
    struct extent *extents;
    int files[2];
    const unsigned char *packed;
    int64_t packed_size;
    z_stream unpacking; /* of the head, as far as `unpacked` */
    bool unpacks;
    int64_t unpacked;
};

static void opened_release(void *owner)
{
    struct opened *o = owner;
    if (o->unpacks)
        inflateEnd(&o->unpacking);
    if (o->map)
        munmap(o->map, o->map_bytes);
    for (int i = 0; i < 2; i++)
        if (o->files[i] >= 0)
            close(o->files[i]);
    free(o->extents);
    free(o);
}

/* --- the head */

static bool unpack_restart(struct opened *o)
{
    int rc = o->unpacks ? inflateReset(&o->unpacking) : inflateInit(&o->unpacking);
    o->unpacks = o->unpacks || rc == Z_OK;
    o->unpacking.next_in = (unsigned char *)(uintptr_t)o->packed;
    o->unpacking.avail_in = (unsigned)o->packed_size;
    o->unpacked = 0;
    return rc == Z_OK;
}

/* The next bytes of the head, at most `room`; -1: there are no more, or it is broken. */
static int64_t unpack_some(struct opened *o, char *to, int64_t room)
{
    o->unpacking.next_out = (unsigned char *)to;
    o->unpacking.avail_out = (unsigned)room;
    int rc = inflate(&o->unpacking, Z_NO_FLUSH);
    int64_t got = room - o->unpacking.avail_out;
    o->unpacked += got;
    return (rc == Z_OK || rc == Z_STREAM_END) && got > 0 ? got : -1;
}

static int64_t head_read(void *owner, int64_t at, char *to, int64_t bytes)
{
    struct opened *o = owner;
    char skipped[16384];
    if ((!o->unpacks || at < o->unpacked) && !unpack_restart(o))
        return -1;
    while (o->unpacked < at) {
        int64_t left = at - o->unpacked;
        if (unpack_some(o, skipped,
                        left < (int64_t)sizeof skipped ? left : (int64_t)sizeof skipped) < 0)
            return -1;
    }
    return unpack_some(o, to, bytes);
}

/* --- opening */

static struct err file_open(const char *path, int *fd, int64_t *bytes)
{
    struct stat st;
    *fd = open(path, O_RDONLY | O_CLOEXEC);
    if (*fd < 0)
        return err_errno(errno, "opening a stream file");
    if (fstat(*fd, &st))
        return err_errno(errno, "reading a stream file");
    *bytes = st.st_size;
    return OK;
}

/* Extents follow the head and each other, end at the virtual size, and lie in their files. */
static bool extents_read(const unsigned char *p, const struct header *h, const int64_t sizes[2],
                         struct extent *out)
{
    int64_t at = h->head_size;
    for (int64_t i = 0; i < h->extent_count; i++, p += EXTENT) {
        uint64_t place = read_u64(p), file = place & 1, offset = place >> 1,
                 length = read_u64(p + 8);
        if (length == 0 || sizes[file] < 0 || length > (uint64_t)sizes[file] ||
            offset > (uint64_t)sizes[file] - length)
            return false;
        out[i] = (struct extent){.virtual_offset = at,
                                 .offset = (int64_t)offset,
                                 .length = (int64_t)length,
                                 .file = (int)file};
        at += (int64_t)length;
        if (at > h->virtual_size)
            return false;
    }
    return at == h->virtual_size;
}

static struct err fill(struct arena *a, struct opened *o, const char *map, const char *rung,
                       const char *sound, struct virtual_answer *out)
{
    SCOPED_FD int fd = -1;
    struct stat st;
    fd = open(map, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return errno == ENOENT ? FAIL(NOT_FOUND, "this file is not made yet")
                               : err_errno(errno, "opening a map");
    if (fstat(fd, &st))
        return err_errno(errno, "reading a map");
    if (st.st_size < HEADER)
        return FAIL(IO, "a map is broken");
    o->map_bytes = (size_t)st.st_size;
    o->map = mmap(NULL, o->map_bytes, PROT_READ, MAP_PRIVATE, fd, 0);
    if (o->map == MAP_FAILED) {
        o->map = NULL;
        return err_errno(errno, "mapping a map");
    }
    struct header h;
    int64_t sizes[2] = {-1, -1};
    if (!header_read(o->map, st.st_size, &h))
        return FAIL(IO, "a map is broken");
    TRY(file_open(rung, &o->files[0], &sizes[0]));
    if (sound)
        TRY(file_open(sound, &o->files[1], &sizes[1]));
    o->extents = calloc((size_t)h.extent_count + 1, sizeof *o->extents);
    if (!o->extents)
        abort();
    if (!extents_read((unsigned char *)o->map + HEADER, &h, sizes, o->extents))
        return FAIL(IO, "a map does not fit its files");
    out->size = h.virtual_size;
    o->packed = (unsigned char *)o->map + HEADER + h.extent_count * EXTENT;
    o->packed_size = h.packed_size;
    out->head_read = head_read;
    out->head_bytes = h.head_size;
    out->extents = o->extents;
    out->extent_count = (size_t)h.extent_count;
    out->files[0] = o->files[0];
    out->files[1] = o->files[1];
    out->etag =
        arena_printf(a, "\"%llx-%llx\"", (long long)h.virtual_size,
                     (long long)st.st_mtim.tv_sec * 1000 + st.st_mtim.tv_nsec / 1000000);
    out->release = opened_release;
    out->owner = o;
    return OK;
}

struct err virtual_mp4_open(struct arena *a, const char *map, const char *rung,
                            const char *sound, struct virtual_answer *out)
{
    struct opened *o = calloc(1, sizeof *o);
    if (!o)
        abort();
    o->files[0] = o->files[1] = -1;
    struct err e = fill(a, o, map, rung, sound, out);
    if (e.id)
        opened_release(o);
    return e;
}

int64_t virtual_mp4_size(const char *map)
{
    unsigned char bytes[HEADER];
    struct stat st;
    struct header h;
    SCOPED_FD int fd = open(map, O_RDONLY | O_CLOEXEC);
    if (fd < 0 || fstat(fd, &st) || pread(fd, bytes, HEADER, 0) != HEADER ||
        !header_read(bytes, st.st_size, &h))
        return -1;
    return h.virtual_size;
}

struct err virtual_mp4_read(const struct virtual_answer *v, int64_t offset, void *buffer,
                            int64_t bytes)
{
    char *to = buffer;
    if (offset < 0 || bytes < 0 || offset > v->size - bytes)
        return FAIL(RANGE_UNSATISFIABLE, "outside of the file");
    while (bytes > 0 && offset < v->head_bytes) {
        int64_t n = v->head_bytes - offset < bytes ? v->head_bytes - offset : bytes;
        n = v->head_read(v->owner, offset, to, n);
        if (n < 0)
            return FAIL(IO, "a map is broken");
        to += n, offset += n, bytes -= n;
    }
    size_t low = 0, high = v->extent_count;
    while (high - low > 1) {
        size_t middle = low + (high - low) / 2;
        if (v->extents[middle].virtual_offset <= offset)
            low = middle;
        else
            high = middle;
    }
    for (size_t i = low; bytes > 0 && i < v->extent_count; i++) {
        const struct extent *e = &v->extents[i];
        int64_t skip = offset - e->virtual_offset;
        for (int64_t left = e->length - skip; left > 0 && bytes > 0;) {
            int64_t want = left < bytes ? left : bytes;
            ssize_t n = pread(v->files[e->file], to, (size_t)want, e->offset + skip);
            if (n < 0)
                return err_errno(errno, "reading a stream file");
            if (n == 0)
                return FAIL(IO, "a stream file is shorter than it was");
            to += n, offset += n, bytes -= n, left -= n, skip += n;
        }
    }
    return bytes ? FAIL(IO, "a map has a gap") : OK;
}
