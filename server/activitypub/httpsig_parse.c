/* httpsig_parse.c — reads Signature, Authorization and Signature-Input headers; see httpsig.h.
 *
 * Bytes from anybody: nothing here allocates more than a few times the header's length.
 */
#include "server/activitypub/httpsig.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { HEADER_MAX = 16 * 1024, COMPONENTS_MAX = 32 };

static struct err malformed(const char *why)
{
    return FAIL(SIGNATURE_MALFORMED, why);
}

static char *lower(struct arena *a, const char *text, size_t length)
{
    char *out = arena_strndup(a, text, length);
    for (char *p = out; *p; p++)
        if (*p >= 'A' && *p <= 'Z')
            *p = (char)(*p + 32);
    return out;
}

static bool name_char(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           c == '-' || c == '_' || c == '.' || c == '*';
}

/* "…" with backslash escapes; p stands on the opening quote, and after the closing one then. */
static bool quoted_read(struct arena *a, const char **p, const char **out)
{
    const char *from = *p + 1, *end = from;
    bool escaped = false;
    while (*(end += strcspn(end, "\"\\")) == '\\') {
        escaped = true;
        if (!end[1])
            return false;
        end += 2;
    }
    if (*end != '"')
        return false;
    char *text = arena_strndup(a, from, (size_t)(end - from));
    if (escaped) {
        char *to = text;
        for (const char *c = text; *c; c++)
            *to++ = *c == '\\' && c[1] ? *++c : *c;
        *to = 0;
    }
    *out = text;
    *p = end + 1;
    return true;
}

/* Whole seconds, with a fraction that some write; 0 is no time. */
static bool seconds_read(const char *text, int64_t *ms)
{
    char *end;
    size_t digits = strspn(text, "0123456789");
    if (!digits || digits > 11)
        return false;
    *ms = (int64_t)strtoll(text, &end, 10) * 1000;
    if (*end == '.')
        end += 1 + strspn(end + 1, "0123456789");
    return *end == 0 && *ms > 0;
}

static struct err component_add(struct signature *sig, const char *name)
{
    if (sig->component_count == COMPONENTS_MAX)
        return malformed("too many signed headers");
    for (size_t i = 0; i < sig->component_count; i++)
        if (!strcmp(sig->components[i], name))
            return malformed("a header is signed twice");
    sig->components[sig->component_count++] = name;
    return OK;
}

/* --- draft-cavage ---------------------------------------------------------------------------
 */

static struct err cavage_headers(struct arena *a, const char *list, struct signature *sig)
{
    for (const char *p = list; *p;) {
        p += strspn(p, " \t");
        size_t n = strcspn(p, " \t");
        if (n)
            TRY(component_add(sig, lower(a, p, n)));
        p += n;
    }
    return OK;
}

static struct err cavage_param(struct arena *a, const char *name, size_t length,
                               const char *value, struct signature *sig, bool *headers)
{
#define IS(text) (length == sizeof(text) - 1 && !strncasecmp(name, text, length))
    if (IS("keyId")) {
        if (sig->key_id)
            return malformed("keyId twice");
        sig->key_id = value;
    } else if (IS("algorithm")) {
        sig->algorithm = lower(a, value, strlen(value));
    } else if (IS("headers")) {
        if (*headers)
            return malformed("headers twice");
        *headers = true;
        TRY(cavage_headers(a, value, sig));
    } else if (IS("signature")) {
        unsigned char *raw;
        if (sig->value)
            return malformed("signature twice");
        if (!base64_bytes(a, value, strlen(value), &raw, &sig->value_bytes))
            return malformed("the signature is not base64");
        sig->value = raw;
    } else if (IS("created")) {
        if (!seconds_read(value, &sig->created_ms))
            return malformed("created is not a time");
        sig->created = value;
    } else if (IS("expires")) {
        if (!seconds_read(value, &sig->expires_ms))
            return malformed("expires is not a time");
        sig->expires = value;
    }
    return OK;
#undef IS
}

static struct err cavage_parse(struct arena *a, const char *p, struct signature *sig)
{
    bool headers = false;
    sig->dialect = HTTPSIG_CAVAGE;
    p += strspn(p, " \t");
    if (!strncasecmp(p, "Signature", 9) && (p[9] == ' ' || p[9] == '\t'))
        p += 10;
    for (;;) {
        p += strspn(p, ", \t");
        if (!*p)
            break;
        const char *name = p, *value;
        while (name_char(*p))
            p++;
        size_t length = (size_t)(p - name);
        p += strspn(p, " \t");
        if (!length || *p++ != '=')
            return malformed("the Signature header cannot be read");
        p += strspn(p, " \t");
        if (*p == '"') {
            if (!quoted_read(a, &p, &value))
                return malformed("a quote in the Signature header is not closed");
        } else {
            size_t n = strcspn(p, ", \t");
            value = arena_strndup(a, p, n);
            p += n;
        }
        p += strspn(p, " \t");
        if (*p && *p != ',')
            return malformed("the Signature header cannot be read");
        TRY(cavage_param(a, name, length, value, sig, &headers));
    }
    if (!headers)
        TRY(component_add(sig, "date"));
    if (!sig->key_id || !*sig->key_id || !sig->value || !sig->value_bytes)
        return malformed("the Signature header lacks keyId or signature");
    if (!sig->component_count)
        return malformed("the signature covers nothing");
    return OK;
}

/* --- RFC 9421, structured fields (RFC 8941) -------------------------------------------------
 */

/* A bare item after "=": text gets strings unquoted and everything else as written. */
static bool item_read(struct arena *a, const char **p, const char **text)
{
    if (**p == '"')
        return quoted_read(a, p, text);
    const char *from = *p;
    if (**p == ':') {
        const char *end = strchr(*p + 1, ':');
        if (!end)
            return false;
        *p = end + 1;
    } else {
        *p += strcspn(*p, ";, \t()\"");
    }
    *text = arena_strndup(a, from, (size_t)(*p - from));
    return *p > from;
}

static struct err rfc_param(struct arena *a, const char *name, size_t length, const char *value,
                            struct signature *sig)
{
#define IS(text) (length == sizeof(text) - 1 && !strncmp(name, text, length))
    if (IS("keyid"))
        sig->key_id = value;
    else if (IS("alg"))
        sig->algorithm = lower(a, value, strlen(value));
    else if (IS("created") && !seconds_read(value, &sig->created_ms))
        return malformed("created is not a time");
    else if (IS("expires") && !seconds_read(value, &sig->expires_ms))
        return malformed("expires is not a time");
    return OK;
#undef IS
}

/* ("a" "b");created=1;keyid="x": p stands on the parenthesis, and after the member then. */
static struct err rfc_member(struct arena *a, const char **p, struct signature *sig)
{
    const char *from = *p, *text;
    (*p)++;
    for (;;) {
        *p += strspn(*p, " \t");
        if (**p == ')')
            break;
        if (**p != '"' || !quoted_read(a, p, &text))
            return malformed("Signature-Input cannot be read");
        if (**p == ';')
            return malformed("parameters of signed components are not supported");
        TRY(component_add(sig, lower(a, text, strlen(text))));
    }
    (*p)++;
    while (**p == ';') {
        (*p)++;
        *p += strspn(*p, " \t");
        const char *name = *p;
        while (name_char(**p))
            (*p)++;
        size_t length = (size_t)(*p - name);
        text = "?1";
        if (!length)
            return malformed("Signature-Input cannot be read");
        if (**p == '=') {
            (*p)++;
            if (!item_read(a, p, &text))
                return malformed("Signature-Input cannot be read");
        }
        TRY(rfc_param(a, name, length, text, sig));
    }
    sig->params = arena_strndup(a, from, (size_t)(*p - from));
    return OK;
}

/* label=:base64: in a Signature header. */
static bool rfc_value(struct arena *a, const char *p, const char *label, size_t label_length,
                      struct signature *sig)
{
    while (*p) {
        p += strspn(p, ", \t");
        const char *name = p, *value;
        while (name_char(*p))
            p++;
        size_t length = (size_t)(p - name);
        if (!length || *p++ != '=' || *p != ':' || !item_read(a, &p, &value))
            return false;
        if (length == label_length && !memcmp(name, label, length)) {
            unsigned char *raw;
            if (!base64_bytes(a, value + 1, strlen(value) - 2, &raw, &sig->value_bytes))
                return false;
            sig->value = raw;
            return sig->value_bytes > 0;
        }
        p += strcspn(p, ","); /* parameters say nothing we use */
    }
    return false;
}

static struct err rfc_parse(struct arena *a, const char *p, const char *signatures,
                            struct signature *sig)
{
    const char **components = sig->components;
    while (*p) {
        p += strspn(p, ", \t");
        const char *label = p;
        while (name_char(*p))
            p++;
        size_t length = (size_t)(p - label);
        if (!length || *p++ != '=' || *p != '(')
            return malformed("Signature-Input cannot be read");
        *sig = (struct signature){
            .dialect = HTTPSIG_RFC9421, .algorithm = "", .components = components};
        TRY(rfc_member(a, &p, sig));
        if (sig->key_id && *sig->key_id && sig->component_count &&
            rfc_value(a, signatures, label, length, sig))
            return OK;
        p += strspn(p, " \t");
        if (*p && *p != ',')
            return malformed("Signature-Input cannot be read");
    }
    return malformed("Signature-Input names no key, covers nothing or has no signature");
}

/* ------------------------------------------------------------------------------------------------
 */

struct err httpsig_parse(struct arena *a, const struct signed_message *m, struct signature *out)
{
    const char *signature = m->header(m->from, "signature", 0);
    const char *input = m->header(m->from, "signature-input", 0);
    const char *authorization = m->header(m->from, "authorization", 0);
    const char **components = arena_alloc(a, COMPONENTS_MAX * sizeof *components);
    *out = (struct signature){.algorithm = "", .components = components};
    if ((signature && m->header(m->from, "signature", 1)) ||
        (input && m->header(m->from, "signature-input", 1)) || m->header(m->from, "host", 1) ||
        m->header(m->from, "date", 1))
        return malformed("two Signature, Host or Date headers");
    if (!signature && authorization && !strncasecmp(authorization, "Signature ", 10))
        signature = authorization;
    if (!signature)
        return FAIL(SIGNATURE_MISSING, "the request is not signed");
    if (strlen(signature) > HEADER_MAX || (input && strlen(input) > HEADER_MAX))
        return malformed("the signature is too long");
    if (input) {
        struct err e = rfc_parse(a, input, signature, out);
        if (!e.id || !strcasestr(signature, "keyId="))
            return e;
        *out = (struct signature){.algorithm = "", .components = components};
    }
    return cavage_parse(a, signature, out);
}
