/* thread.h — what a thread is called, and whom it lets go first.
 *
 * Units:   `nice` as in setpriority(2): 0 as everybody, 19 only when nobody else wants to run.
 *          On Linux it counts for the one thread.
 * Threads: each for itself, at its beginning.
 */
#ifndef ZOE_THREAD_H
#define ZOE_THREAD_H

/* Shown by top -H and debuggers; the first 15 bytes of it. */
void thread_is(const char *name, int nice);

#endif
