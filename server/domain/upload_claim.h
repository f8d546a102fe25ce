/* upload_claim.h — who is writing which upload right now, and how much is on its way in.
 *
 * Shape:   both live in memory only: after a crash nobody is writing. A claim gives one request
 *          the sole right to write, finish or drop an upload. A reservation counts bytes that
 * no row counts yet towards the quota of a user. Threads: any; one lock inside, never held
 * across a call out.
 */
#ifndef ZOE_UPLOAD_CLAIM_H
#define ZOE_UPLOAD_CLAIM_H

#include <stdbool.h>
#include <stdint.h>

struct upload_claim;

/* Waits up to `wait_ms` for whoever has it: the connection of a chunk that broke off may take a
 * moment to be noticed. NULL when it stays taken; *finishing tells whether it is about to
 * become a video. */
struct upload_claim *upload_claim_take(const char *id, int64_t wait_ms, bool *finishing);
void upload_claim_finishing(struct upload_claim *c);
void upload_claim_release(struct upload_claim *c); /* accepts NULL */
bool upload_claimed(const char *id);

struct upload_reservation;
struct upload_reservation *upload_reserve(int64_t user_id, int64_t bytes);
void upload_unreserve(struct upload_reservation *r); /* accepts NULL */
int64_t upload_reserved_bytes(int64_t user_id);      /* user_id 0: of everybody */

#endif
