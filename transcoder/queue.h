/* queue.h — a bounded queue of pointers between two threads. Either end may leave.
 *
 * Memory:  what is in the queue belongs to the queue; queue_close hands the rest to `drop`.
 * Threads: one producer, one consumer (more work, too).
 */
#ifndef ZOE_TRANSCODER_QUEUE_H
#define ZOE_TRANSCODER_QUEUE_H

#include <stdbool.h>
#include <stddef.h>

struct queue;

struct queue *queue_open(size_t capacity, void (*drop)(void *item));
void queue_close(struct queue *q); /* accepts NULL; nobody may use it any more */

/* Waits for room. False: the consumer has left, the item is still the caller's. */
bool queue_push(struct queue *q, void *item);

/* Waits for an item. NULL: the producer has finished and nothing is left. */
void *queue_pop(struct queue *q);

void queue_finish(struct queue *q);  /* producer: nothing more comes */
void queue_abandon(struct queue *q); /* consumer: nothing more is wanted */

#endif
