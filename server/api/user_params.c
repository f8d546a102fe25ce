/* user_params.c — see user_params.h. */
#include "server/api/user_params.h"

#include "server/view/labels.h"

#include <stdlib.h>
#include <string.h>

bool params_name(struct params *p, const char *field, bool required, const char **out)
{
    struct text_rule rule = {.min = 1, .max = NAME_MAX_BYTES, .required = required};
    const char *name;
    if (!params_text(p, field, rule, &name))
        return false;
    if (!name_valid(name)) {
        params_wrong(p, field,
                     "Should be 1 to 50 lower case letters, digits, dots or underscores, "
                     "without a dot at either end");
        return false;
    }
    *out = name;
    return true;
}

static bool email_shaped(const char *text)
{
    const char *at = strchr(text, '@');
    return at && at != text && at[1] && !strchr(at + 1, '@') && !strpbrk(text, " \t<>\"");
}

bool params_email(struct params *p, const char *field, const char **out)
{
    const char *email;
    if (!params_text(
            p, field,
            (struct text_rule){.min = 3, .max = 400, .nullable = true, .one_line = true},
            &email))
        return false;
    if (*email && !email_shaped(email)) {
        params_wrong(p, field, "Should be a valid e-mail");
        return false;
    }
    *out = email;
    return true;
}

bool params_password(struct params *p, const char *field, bool required, const char **out)
{
    return params_text(p, field, (struct text_rule){.min = PASSWORD_MIN, .required = required},
                       out);
}

struct err password_length_check(const char *password)
{
    return password && strlen(password) > PASSWORD_MAX_BYTES
               ? FAIL(TOO_LONG_PASSWORD, "Password is too long: 72 bytes at most")
               : OK;
}

bool params_quota(struct params *p, const char *field, int64_t *out)
{
    return params_int(p, field, (struct int_rule){.min = -1, .max = INT64_MAX}, out);
}

bool params_role(struct params *p, enum role *out)
{
    int64_t role;
    if (!params_int(p, "role", (struct int_rule){.min = 0, .max = ROLE_USER}, &role))
        return false;
    *out = (enum role)role;
    return true;
}

void params_actor_text(struct params *p, struct actor_text *out)
{
    struct text_rule long_text = {.min = 3, .max = DESCRIPTION_MAX, .nullable = true};
    params_text(p, "displayName",
                (struct text_rule){.min = 1, .max = DISPLAY_NAME_MAX, .one_line = true},
                &out->display_name);
    params_text(p, "description", long_text, &out->description);
    params_text(p, "support", long_text, &out->support);
}

/* --- preferences ---------------------------------------------------------- */

static const char *const settings_bool[] = {
    "p2pEnabled",        "videosHistoryEnabled",       "autoPlayVideo",
    "autoPlayNextVideo", "autoPlayNextVideoPlaylist",  "noInstanceConfigWarningModal",
    "noWelcomeModal",    "noAccountSetupWarningModal",
};
static const char *const settings_flags[] = {
    "nsfwFlagsDisplayed",
    "nsfwFlagsHidden",
    "nsfwFlagsWarned",
    "nsfwFlagsBlurred",
};
#define COUNT(list) (sizeof list / sizeof *list)

static void nsfw_policy(struct params *p, json_t *settings)
{
    static const char *const policies[] = {"do_not_list", "warn", "blur", "display"};
    const char *text;
    if (!params_text(p, "nsfwPolicy", (struct text_rule){.min = 1}, &text))
        return;
    for (size_t i = 0; i < COUNT(policies); i++)
        if (strcmp(policies[i], text) == 0) {
            json_object_set_new(settings, "nsfwPolicy", json_string(text));
            return;
        }
    params_wrong(p, "nsfwPolicy", "Should be do_not_list, warn, blur or display");
}

static void languages(struct params *p, json_t *settings)
{
    json_t *list;
    if (!params_texts(p, "videoLanguages", 500, (struct text_rule){.min = 1, .max = 20}, &list))
        return;
    if (json_array_size(list) == 0)
        json_object_set_new(settings, "videoLanguages", json_null());
    else
        json_object_set(settings, "videoLanguages", list);
}

static void short_text(struct params *p, json_t *settings, const char *field)
{
    const char *text;
    if (params_text(p, field,
                    (struct text_rule){.min = 1, .max = 50, .nullable = true, .one_line = true},
                    &text))
        json_object_set_new(settings, field, *text ? json_string(text) : json_null());
}

const char *params_settings(struct params *p)
{
    json_t *settings = json_object();
    bool yes;
    int64_t number;
    for (size_t i = 0; i < COUNT(settings_bool); i++)
        if (params_bool(p, settings_bool[i], &yes))
            json_object_set_new(settings, settings_bool[i], json_boolean(yes));
    for (size_t i = 0; i < COUNT(settings_flags); i++)
        if (params_int(p, settings_flags[i], (struct int_rule){.min = 0, .max = 3}, &number))
            json_object_set_new(settings, settings_flags[i], json_integer(number));
    nsfw_policy(p, settings);
    languages(p, settings);
    short_text(p, settings, "theme");
    short_text(p, settings, "language");

    char *text = json_object_size(settings) ? json_dumps(settings, JSON_COMPACT) : NULL;
    json_decref(settings);
    if (text)
        arena_defer(p->rq->arena, free, text);
    return text;
}
