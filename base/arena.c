/* arena.c — a chain of blocks; big requests get a block of their own. */
#include "base/arena.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { BLOCK_BYTES = 8192, ALIGN = 16 };

struct block {
    struct block *next;
    size_t used, size;
    _Alignas(ALIGN) unsigned char data[];
};

struct defer {
    struct defer *next;
    void (*fn)(void *);
    void *handle;
};

struct arena {
    struct block *blocks; /* the first one is being filled */
    struct defer *defers;
};

static void *must_alloc(size_t bytes)
{
    void *p = malloc(bytes);
    if (!p) {
        fputs("out of memory\n", stderr);
        abort();
    }
    return p;
}

struct arena *arena_open(void)
{
    struct arena *a = must_alloc(sizeof *a);
    *a = (struct arena){0};
    return a;
}

void arena_close(struct arena *a)
{
    if (!a)
        return;
    for (struct defer *d = a->defers; d; d = d->next)
        d->fn(d->handle);
    for (struct block *b = a->blocks; b;) {
        struct block *next = b->next;
        free(b);
        b = next;
    }
    free(a);
}

void *arena_alloc(struct arena *a, size_t bytes)
{
    if (bytes > SIZE_MAX / 2)
        abort();
    bytes = (bytes + ALIGN - 1) & ~(size_t)(ALIGN - 1);
    struct block *b = a->blocks;
    if (!b || b->size - b->used < bytes) {
        size_t size = bytes > BLOCK_BYTES / 4 ? bytes : BLOCK_BYTES;
        b = must_alloc(sizeof *b + size);
        *b = (struct block){.size = size};
        if (size == bytes && a->blocks) { /* own block: keep filling the first */
            b->next = a->blocks->next;
            a->blocks->next = b;
        } else {
            b->next = a->blocks;
            a->blocks = b;
        }
    }
    void *p = b->data + b->used;
    b->used += bytes;
    memset(p, 0, bytes);
    return p;
}

void *arena_copy(struct arena *a, const void *data, size_t bytes)
{
    void *p = arena_alloc(a, bytes ? bytes : 1);
    if (bytes)
        memcpy(p, data, bytes);
    return p;
}

char *arena_strndup(struct arena *a, const char *s, size_t length)
{
    length = strnlen(s, length);
    char *p = arena_alloc(a, length + 1);
    memcpy(p, s, length);
    return p;
}

char *arena_strdup(struct arena *a, const char *s)
{
    return s ? arena_strndup(a, s, strlen(s)) : NULL;
}

char *arena_vprintf(struct arena *a, const char *format, va_list args)
{
    va_list again;
    va_copy(again, args);
    int n = vsnprintf(NULL, 0, format, args);
    if (n < 0)
        abort();
    char *p = arena_alloc(a, (size_t)n + 1);
    vsnprintf(p, (size_t)n + 1, format, again);
    va_end(again);
    return p;
}

char *arena_printf(struct arena *a, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    char *p = arena_vprintf(a, format, args);
    va_end(args);
    return p;
}

void arena_defer(struct arena *a, void (*fn)(void *), void *handle)
{
    struct defer *d = arena_alloc(a, sizeof *d);
    *d = (struct defer){a->defers, fn, handle};
    a->defers = d;
}

void *arena_grow(struct arena *a, void *items, size_t count, size_t *capacity, size_t size)
{
    if (count < *capacity)
        return items;
    size_t wanted = *capacity ? *capacity * 2 : 8;
    void *bigger = arena_alloc(a, wanted * size);
    if (count)
        memcpy(bigger, items, count * size);
    *capacity = wanted;
    return bigger;
}
