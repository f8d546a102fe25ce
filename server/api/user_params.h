/* user_params.h — the fields that sign-up, profile and user administration have in common. */
#ifndef ZOE_USER_PARAMS_H
#define ZOE_USER_PARAMS_H

#include "server/api/params.h"
#include "server/domain/account.h"

/* As params_text: whether the field was given and right. */
bool params_name(struct params *p, const char *field, bool required, const char **out);
bool params_email(struct params *p, const char *field, const char **out);
bool params_password(struct params *p, const char *field, bool required, const char **out);
bool params_quota(struct params *p, const char *field, int64_t *out);
bool params_role(struct params *p, enum role *out);
void params_actor_text(struct params *p, struct actor_text *out);

/* TOO_LONG_PASSWORD has a code of its own, so it is not among the invalid parameters. */
MUST_CHECK struct err password_length_check(const char *password);

/* The preferences of PUT /users/me that are only kept, as a JSON object; NULL when none is
 * given. */
const char *params_settings(struct params *p);

#endif
