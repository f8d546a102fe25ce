/* password.h — keeping and checking passwords.
 *
 * Spec:    argon2id (RFC 9106), m = 19 MiB, t = 2, p = 1, kept as PHC strings.
 * Memory:  19 MiB while one is worked on, at most twice at a time, given back to the system
 *          after.
 * Threads: any; the third waits.
 */
#ifndef ZOE_PASSWORD_H
#define ZOE_PASSWORD_H

#include "base/arena.h"

#include <stdbool.h>

/* Arena text: "$argon2id$v=19$m=19456,t=2,p=1$salt$hash". */
const char *password_hash(struct arena *a, const char *password);
/* `hash` NULL (there is no such user) costs as much and answers false. */
bool password_matches(const char *hash, const char *password);

#endif
