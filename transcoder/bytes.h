/* bytes.h — a growing byte buffer with big-endian writers: boxes, segments, maps.
 *
 * Memory:  one malloc'd block; bytes_release frees it. Out of memory aborts.
 * Threads: a buffer belongs to one thread at a time.
 */
#ifndef ZOE_TRANSCODER_BYTES_H
#define ZOE_TRANSCODER_BYTES_H

#include <stddef.h>
#include <stdint.h>

struct bytes {
    uint8_t *data;
    size_t size, room;
};

void bytes_release(struct bytes *b);
static inline void bytes_clear(struct bytes *b)
{
    b->size = 0;
}
#define SCOPED_BYTES __attribute__((cleanup(bytes_release)))

void bytes_add(struct bytes *b, const void *data, size_t size);
void bytes_zero(struct bytes *b, size_t size);
void bytes_u8(struct bytes *b, unsigned v);
void bytes_u16(struct bytes *b, unsigned v);
void bytes_u32(struct bytes *b, uint32_t v);
void bytes_u64(struct bytes *b, uint64_t v);
void bytes_u64le(struct bytes *b, uint64_t v);
void bytes_text(struct bytes *b, const char *s); /* without its zero */

/* A box: begin answers where it starts, end writes its size there. */
size_t box_begin(struct bytes *b, const char *type);
size_t box_begin_full(struct bytes *b, const char *type, unsigned version, uint32_t flags);
void box_end(struct bytes *b, size_t start);

/* Overwrites what was written before. */
void bytes_put_u32(struct bytes *b, size_t at, uint32_t v);

static inline uint32_t read_u32(const uint8_t *p)
{
    return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}
static inline uint64_t read_u64(const uint8_t *p)
{
    return (uint64_t)read_u32(p) << 32 | read_u32(p + 4);
}

#endif
