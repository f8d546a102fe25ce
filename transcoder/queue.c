/* queue.c — a ring, a lock, one condition. */
#include "transcoder/queue.h"

#include <pthread.h>
#include <stdlib.h>

struct queue {
    /* --- fixed after open */
    size_t capacity;
    void (*drop)(void *item);
    pthread_mutex_t lock;
    pthread_cond_t changed;
    /* --- protected by lock; `changed` is signalled on every change */
    size_t head, count;
    bool finished, abandoned;
    void *items[];
};

struct queue *queue_open(size_t capacity, void (*drop)(void *item))
{
    struct queue *q = calloc(1, sizeof *q + capacity * sizeof *q->items);
    if (!q)
        abort();
    q->capacity = capacity;
    q->drop = drop;
    pthread_mutex_init(&q->lock, NULL);
    pthread_cond_init(&q->changed, NULL);
    return q;
}

void queue_close(struct queue *q)
{
    if (!q)
        return;
    for (; q->count; q->count--, q->head++)
        q->drop(q->items[q->head % q->capacity]);
    pthread_mutex_destroy(&q->lock);
    pthread_cond_destroy(&q->changed);
    free(q);
}

bool queue_push(struct queue *q, void *item)
{
    pthread_mutex_lock(&q->lock);
    while (q->count == q->capacity && !q->abandoned)
        pthread_cond_wait(&q->changed, &q->lock);
    bool taken = !q->abandoned;
    if (taken) {
        q->items[(q->head + q->count++) % q->capacity] = item;
        pthread_cond_broadcast(&q->changed);
    }
    pthread_mutex_unlock(&q->lock);
    return taken;
}

void *queue_pop(struct queue *q)
{
    void *item = NULL;
    pthread_mutex_lock(&q->lock);
    while (!q->count && !q->finished)
        pthread_cond_wait(&q->changed, &q->lock);
    if (q->count) {
        item = q->items[q->head];
        q->head = (q->head + 1) % q->capacity;
        q->count--;
        pthread_cond_broadcast(&q->changed);
    }
    pthread_mutex_unlock(&q->lock);
    return item;
}

static void set(struct queue *q, bool *flag)
{
    pthread_mutex_lock(&q->lock);
    *flag = true;
    pthread_cond_broadcast(&q->changed);
    pthread_mutex_unlock(&q->lock);
}

void queue_finish(struct queue *q)
{
    set(q, &q->finished);
}

void queue_abandon(struct queue *q)
{
    set(q, &q->abandoned);
}
