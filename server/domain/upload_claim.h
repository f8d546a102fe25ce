/* upload_claim.h — who is writing which upload right now, and how much is on its way in.
 *
 * Shape:   both live in memory only: after a crash nobody is writing. A claim gives one request
 *          the sole right to write, finish or drop an upload. A reservation counts bytes that
 *          no row counts yet towards the quota of a user.
 * Threads: any; one lock inside, never held across a call out.
 */
#ifndef ZOE_UPLOAD_CLAIM_H
#define ZOE_UPLOAD_CLAIM_H

#include "base/err.h"

#include <stdbool.h>
#include <stdint.h>

struct upload_claim;

/* Waits up to `wait_ms` for whoever has it: the connection of a chunk that broke off may take a
 * moment to be noticed. NULL when it stays taken; *finishing tells whether it is about to
 * become a video. */
struct upload_claim *upload_claim_take(const char *id, int64_t wait_ms, bool *finishing);
/* The body goes to `fd` now. Until upload_claim_keep the claim can be taken over: a connection
 * that broke without a word holds it for as long as the kernel waits, while its owner is back
 * on another one. What the old request still writes then goes nowhere. */
void upload_claim_writes(struct upload_claim *c, int fd);
/* The body has ended, well or not: false when the claim was taken over meanwhile. */
MUST_CHECK bool upload_claim_keep(struct upload_claim *c);
/* NULL when it is not at a body any more. Whether its owner is silent is the caller's to know.
 */
struct upload_claim *upload_claim_take_over(const char *id);
void upload_claim_finishing(struct upload_claim *c);
void upload_claim_release(struct upload_claim *c); /* accepts NULL */
bool upload_claimed(const char *id);

struct upload_reservation;
struct upload_reservation *upload_reserve(int64_t user_id, int64_t bytes);
void upload_unreserve(struct upload_reservation *r); /* accepts NULL */
int64_t upload_reserved_bytes(int64_t user_id);      /* user_id 0: of everybody */

#endif
