/* clock.h — time as integers.
 *
 * Units: Unix milliseconds UTC for what is stored; monotonic milliseconds for what is measured.
 */
#ifndef ZOE_CLOCK_H
#define ZOE_CLOCK_H

#include <stdint.h>
#include <time.h>

static inline int64_t clock_read_ms(clockid_t id)
{
    struct timespec t;
    clock_gettime(id, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static inline int64_t now_ms(void)
{
    return clock_read_ms(CLOCK_REALTIME);
}

static inline int64_t monotonic_ms(void)
{
    return clock_read_ms(CLOCK_MONOTONIC);
}

#endif
