/* upload_headers.c — see upload_headers.h. */
#include "server/api/upload_headers.h"

#include <string.h>
#include <strings.h>

/* --- Content-Range ------------------------------------------------------------------------ */

static const char *skip_blanks(const char *p)
{
    return p + strspn(p, " \t");
}

/* Digits only, below 2^62, so that sums of two do not overflow. */
static bool take_bytes(const char **p, int64_t *out)
{
    const char *start = *p;
    for (*out = 0; **p >= '0' && **p <= '9'; (*p)++) {
        *out = *out * 10 + (**p - '0');
        if (*out >= INT64_C(1) << 58)
            return false;
    }
    return *p > start;
}

static bool take_char(const char **p, char c)
{
    if (**p != c)
        return false;
    (*p)++;
    return true;
}

bool content_range_parse(const char *text, struct content_range *out)
{
    *out = (struct content_range){.last = -1, .total = -1};
    const char *p = skip_blanks(text);
    if (strncasecmp(p, "bytes", 5))
        return false;
    p += 5;
    if (*p != ' ' && *p != '\t' && *p != '=')
        return false;
    p = skip_blanks(*p == '=' ? p + 1 : p);
    if (take_char(&p, '*')) {
        out->query = true;
    } else {
        if (!take_bytes(&p, &out->first) || !take_char(&p, '-'))
            return false;
        if (!take_char(&p, '*') && !take_bytes(&p, &out->last))
            return false;
    }
    if (!take_char(&p, '/'))
        return false;
    if (!take_char(&p, '*') && !take_bytes(&p, &out->total))
        return false;
    return !*skip_blanks(p);
}

/* --- digests --------------------------------------------------------------------------------
 */

static const struct algorithm {
    const char *name, *algorithm;
    size_t characters; /* of its base64, without padding */
    int strength;
} algorithms[] = {
    {"sha-256", "sha256", 43, 3}, {"sha256", "sha256", 43, 3}, {"sha", "sha1", 27, 2},
    {"sha1", "sha1", 27, 2},      {"sha-1", "sha1", 27, 2},    {"md5", "md5", 22, 1},
};

static const struct algorithm *algorithm_named(const char *name, size_t length)
{
    for (size_t i = 0; i < sizeof algorithms / sizeof *algorithms; i++)
        if (strlen(algorithms[i].name) == length &&
            !strncasecmp(algorithms[i].name, name, length))
            return &algorithms[i];
    return NULL;
}

/* Brings base64 or base64url, padded or not, into the one form digest_base64 answers. */
static const char *normal_base64(struct arena *a, const char *text, size_t length,
                                 size_t characters)
{
    static const char alphabet[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/-_";
    while (length && text[length - 1] == '=')
        length--;
    if (length != characters)
        return NULL;
    size_t padded = (characters + 3) / 4 * 4;
    char *out = arena_alloc(a, padded + 1);
    memset(out, '=', padded);
    for (size_t i = 0; i < length; i++) {
        if (!text[i] || !strchr(alphabet, text[i]))
            return NULL;
        out[i] = text[i] == '-' ? '+' : text[i] == '_' ? '/' : text[i];
    }
    return out;
}

bool digest_parse(struct arena *a, const char *text, struct checksum *out)
{
    int best = 0;
    *out = (struct checksum){0};
    for (const char *p = text; *p;) {
        p += strspn(p, " \t,");
        size_t length = strcspn(p, ",");
        const char *equals = memchr(p, '=', length), *end = p + length;
        while (end > p && (end[-1] == ' ' || end[-1] == '\t'))
            end--;
        const struct algorithm *known =
            equals ? algorithm_named(p, (size_t)(equals - p)) : NULL;
        if (known && known->strength > best) {
            const char *value = equals + 1;
            if (end - value >= 2 && value[0] == ':' && end[-1] == ':') { /* RFC 9530 */
                value++;
                end--;
            }
            size_t value_length = end > value ? (size_t)(end - value) : 0;
            const char *base64 = normal_base64(a, value, value_length, known->characters);
            if (!base64)
                return false;
            *out = (struct checksum){.algorithm = known->algorithm, .base64 = base64};
            best = known->strength;
        }
        p += length;
    }
    return true;
}

bool content_md5_parse(struct arena *a, const char *text, struct checksum *out)
{
    text = skip_blanks(text);
    size_t length = strcspn(text, " \t");
    *out = (struct checksum){.algorithm = "md5", .base64 = normal_base64(a, text, length, 22)};
    return out->base64 && !*skip_blanks(text + length);
}
