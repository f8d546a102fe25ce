/* bytes.c — see bytes.h. */
#include "transcoder/bytes.h"

#include <stdlib.h>
#include <string.h>

void bytes_release(struct bytes *b)
{
    free(b->data);
    *b = (struct bytes){0};
}

static uint8_t *grow(struct bytes *b, size_t size)
{
    if (b->room - b->size < size) {
        size_t room = b->room ? b->room * 2 : 4096;
        while (room - b->size < size)
            room *= 2;
        b->data = realloc(b->data, room);
        if (!b->data)
            abort();
        b->room = room;
    }
    uint8_t *at = b->data + b->size;
    b->size += size;
    return at;
}

void bytes_add(struct bytes *b, const void *data, size_t size)
{
    if (size)
        memcpy(grow(b, size), data, size);
}

void bytes_zero(struct bytes *b, size_t size)
{
    if (size)
        memset(grow(b, size), 0, size);
}

static void big_endian(struct bytes *b, uint64_t v, int count)
{
    uint8_t *at = grow(b, (size_t)count);
    for (int i = 0; i < count; i++)
        at[i] = (uint8_t)(v >> (8 * (count - 1 - i)));
}

void bytes_u8(struct bytes *b, unsigned v)
{
    big_endian(b, v, 1);
}

void bytes_u16(struct bytes *b, unsigned v)
{
    big_endian(b, v, 2);
}

void bytes_u32(struct bytes *b, uint32_t v)
{
    big_endian(b, v, 4);
}

void bytes_u64(struct bytes *b, uint64_t v)
{
    big_endian(b, v, 8);
}

void bytes_u64le(struct bytes *b, uint64_t v)
{
    uint8_t *at = grow(b, 8);
    for (int i = 0; i < 8; i++)
        at[i] = (uint8_t)(v >> (8 * i));
}

void bytes_text(struct bytes *b, const char *s)
{
    bytes_add(b, s, strlen(s));
}

void bytes_put_u32(struct bytes *b, size_t at, uint32_t v)
{
    for (size_t i = 0; i < 4; i++)
        b->data[at + i] = (uint8_t)(v >> (8 * (3 - i)));
}

size_t box_begin(struct bytes *b, const char *type)
{
    size_t start = b->size;
    bytes_u32(b, 0);
    bytes_add(b, type, 4);
    return start;
}

size_t box_begin_full(struct bytes *b, const char *type, unsigned version, uint32_t flags)
{
    size_t start = box_begin(b, type);
    bytes_u32(b, (uint32_t)version << 24 | flags);
    return start;
}

void box_end(struct bytes *b, size_t start)
{
    bytes_put_u32(b, start, (uint32_t)(b->size - start));
}
