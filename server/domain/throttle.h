/* throttle.h — how often somebody may do something: sign in wrongly, sign up, change things.
 *
 * Shape:   the generic cell rate algorithm: so many at once, then one every period / burst. A
 *          table of fixed size; when it is full the entry nearest to being free again is
 *          forgotten.
 * Units:   milliseconds, of any one clock; the clock is an argument.
 * Memory:  192 KiB, whatever happens; each kind has its own share.
 * Threads: any.
 * Spec:    ITU-T I.371 (GCRA).
 */
#ifndef ZOE_THROTTLE_H
#define ZOE_THROTTLE_H

#include <stdbool.h>
#include <stdint.h>

enum throttle_kind {
    THROTTLE_SIGN_IN_ADDRESS, /* failed sign-ins of one address */
    THROTTLE_SIGN_IN_ACCOUNT, /* failed sign-ins to one account */
    THROTTLE_SIGN_IN_KNOWN,   /* an address that signed in to an account before */
    THROTTLE_SIGN_UP,         /* new accounts of one address */
    THROTTLE_LOOKUP,          /* questions to other servers, of one address */
    THROTTLE_WRITE,           /* changes of one address */
    THROTTLE_KINDS
};

struct throttle;
struct throttle *throttle_open(void);
void throttle_close(struct throttle *t); /* accepts NULL */

/* Counts one. False when that is too often; *retry_after_s (may be NULL) then says when to come
 * again. `t` NULL never refuses. */
bool throttle_take(struct throttle *t, enum throttle_kind kind, const char *key, int64_t now,
                   int *retry_after_s);
/* Takes one back: it was no failure after all. */
void throttle_give_back(struct throttle *t, enum throttle_kind kind, const char *key,
                        int64_t now);
/* Whether anything of `key` is still counted. */
bool throttle_remembers(struct throttle *t, enum throttle_kind kind, const char *key,
                        int64_t now);

/* What stands for an address: itself, or the /64 network of an IPv6 one. `out` holds 48 bytes.
 */
const char *throttle_address(const char *address, char out[48]);

#endif
