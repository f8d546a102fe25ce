/* arena.h — memory that lives as long as one request or one job attempt.
 *
 * Memory:  everything allocated here is freed together by arena_close. There is no single free.
 *          Out of memory aborts.
 * Threads: one arena belongs to one thread at a time.
 */
#ifndef ZOE_ARENA_H
#define ZOE_ARENA_H

#include <stdarg.h>
#include <stddef.h>

struct arena;

struct arena *arena_open(void);
void arena_close(struct arena *a); /* accepts NULL; runs deferred calls, last first */

void *arena_alloc(struct arena *a, size_t bytes); /* zeroed, 16-byte aligned */
void *arena_copy(struct arena *a, const void *data, size_t bytes);
char *arena_strdup(struct arena *a, const char *s);                 /* NULL gives NULL */
char *arena_strndup(struct arena *a, const char *s, size_t length); /* at most so many bytes */
char *arena_printf(struct arena *a, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
char *arena_vprintf(struct arena *a, const char *format, va_list args);

/* Calls fn(handle) when the arena closes: for handles that live as long as the request. */
void arena_defer(struct arena *a, void (*fn)(void *), void *handle);

/* Grows `*items` (room for `*capacity` elements of `size`) so that index `count` exists. */
void *arena_grow(struct arena *a, void *items, size_t count, size_t *capacity, size_t size);

static inline void arena_scope_close(struct arena **a)
{
    arena_close(*a);
}
#define SCOPED_ARENA __attribute__((cleanup(arena_scope_close)))

#endif
