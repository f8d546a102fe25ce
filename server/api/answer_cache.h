/* answer_cache.h — list answers that were already rendered, good until the database changes.
 *
 * Key:     the normalised query and the generation of the database (db_generation), read before
 * the data: whatever is committed later makes the next request render anew.
 * Memory:  at most 128 answers of 256 KiB; the place of a key is overwritten by the next one.
 * Threads: any.
 */
#ifndef ZOE_ANSWER_CACHE_H
#define ZOE_ANSWER_CACHE_H

#include "base/arena.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct answer_cache;

struct answer_cache *answer_cache_open(void);
void answer_cache_close(struct answer_cache *c); /* accepts NULL */

/* A copy in `a`; NULL when there is none. `c` NULL: never any. */
const char *answer_cache_get(struct answer_cache *c, struct arena *a, const char *key,
                             uint64_t generation, size_t *bytes);
void answer_cache_put(struct answer_cache *c, const char *key, uint64_t generation,
                      const char *text, size_t bytes);

#endif
