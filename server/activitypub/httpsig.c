/* httpsig.c — verifies and signs; see httpsig.h. The two header grammars are in
 * httpsig_parse.c. */
#include "server/activitypub/httpsig.h"

#include "base/strbuf.h"

#include <openssl/evp.h>
#include <openssl/sha.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>

const char *signed_header_in(const void *from, const char *name, int index)
{
    const struct signed_headers *h = from;
    for (size_t i = 0; i < h->count; i++)
        if (!strcasecmp(h->list[i].name, name) && index-- == 0)
            return h->list[i].value;
    return NULL;
}

static bool covers(const struct signature *sig, const char *component)
{
    for (size_t i = 0; i < sig->component_count; i++)
        if (!strcmp(sig->components[i], component))
            return true;
    return false;
}

/* All values of a header, blanks trimmed, joined with ", "; NULL when it is not there. */
static const char *header_text(struct arena *a, const struct signed_message *m,
                               const char *name)
{
    const char *value = m->header(m->from, name, 0);
    if (!value)
        return NULL;
    const char *all = NULL;
    for (int i = 0; value; value = m->header(m->from, name, ++i)) {
        value += strspn(value, " \t");
        size_t n = strlen(value);
        while (n && (value[n - 1] == ' ' || value[n - 1] == '\t'))
            n--;
        all = all ? arena_printf(a, "%s, %.*s", all, (int)n, value)
                  : (value[n] ? arena_strndup(a, value, n) : value);
    }
    return all;
}

/* --- digests ------------------------------------------------------------------------------ */

char *httpsig_digest(struct arena *a, const void *body, size_t bytes)
{
    unsigned char raw[SHA256_DIGEST_LENGTH];
    SHA256(body ? body : "", bytes, raw);
    return base64_text(a, raw, sizeof raw);
}

/* One "SHA-256=…" of a Digest or "sha-256=:…:" of a Content-Digest. Sets *known when it is of
 * an algorithm we know. */
static bool digest_one(struct arena *a, const struct signed_message *m, const char *item,
                       size_t length, bool *known)
{
    unsigned char raw[SHA512_DIGEST_LENGTH], *sent;
    size_t raw_bytes, sent_bytes;
    const void *body = m->body ? m->body : "";
    if (length > 8 && !strncasecmp(item, "sha-256=", 8)) {
        raw_bytes = SHA256_DIGEST_LENGTH;
        SHA256(body, m->body_bytes, raw);
    } else if (length > 8 && !strncasecmp(item, "sha-512=", 8)) {
        raw_bytes = SHA512_DIGEST_LENGTH;
        SHA512(body, m->body_bytes, raw);
    } else {
        return true;
    }
    *known = true;
    item += 8;
    length -= 8;
    if (length > 2 && item[0] == ':' && item[length - 1] == ':') {
        item++;
        length -= 2;
    }
    return base64_bytes(a, item, length, &sent, &sent_bytes) && sent_bytes == raw_bytes &&
           !memcmp(sent, raw, raw_bytes);
}

static struct err digest_check(struct arena *a, const struct signed_message *m,
                               const char *name)
{
    const char *p = header_text(a, m, name);
    bool known = false;
    if (!p)
        return FAIL(SIGNATURE_WRONG, "the digest is signed but was not sent");
    while (*p) {
        p += strspn(p, ", \t");
        size_t n = strcspn(p, ",");
        size_t trimmed = n;
        while (trimmed && (p[trimmed - 1] == ' ' || p[trimmed - 1] == '\t'))
            trimmed--;
        if (trimmed && !digest_one(a, m, p, trimmed, &known))
            return FAIL(DIGEST_WRONG, "the digest is not that of the body");
        p += n;
    }
    return known ? OK : FAIL(DIGEST_WRONG, "the digest must be SHA-256");
}

/* --- clock -------------------------------------------------------------------------------- */

static const char months[12][4] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                   "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
static const char weekdays[7][4] = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};

/* Up to `digits` digits, at least one. */
static bool number_read(const char **p, int digits, int *out)
{
    const char *from = *p;
    for (*out = 0; *p < from + digits && **p >= '0' && **p <= '9'; (*p)++)
        *out = *out * 10 + **p - '0';
    return *p > from;
}

/* Days from 1970-01-01 (H. Hinnant, days_from_civil); month from 1. */
static int64_t days_of(int year, int month, int day)
{
    int y = year - (month <= 2);
    int era = y / 400, of_era = y - era * 400;
    int of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
    return (int64_t)era * 146097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719468;
}

/* "Sun, 04 Jan 2026 12:00:00 GMT" (RFC 9110 §5.6.7); +0000 and UTC for GMT are tolerated. */
static bool http_date_read(const char *text, int64_t *ms)
{
    int year, month = 0, day, hour, minute, second;
    const char *p = strchr(text, ',');
    if (!p || p - text > 9)
        return false;
    p += 1 + strspn(p + 1, " ");
    if (!number_read(&p, 2, &day) || *p++ != ' ' || strnlen(p, 4) < 4 || p[3] != ' ')
        return false;
    while (month < 12 && strncasecmp(p, months[month], 3) != 0)
        month++;
    p += 4;
    if (month == 12 || !number_read(&p, 4, &year) || *p++ != ' ' ||
        !number_read(&p, 2, &hour) || *p++ != ':' || !number_read(&p, 2, &minute) ||
        *p++ != ':' || !number_read(&p, 2, &second) || *p++ != ' ')
        return false;
    if (strcmp(p, "GMT") != 0 && strcmp(p, "UTC") != 0 && strcmp(p, "+0000") != 0)
        return false;
    if (day < 1 || day > 31 || hour > 23 || minute > 59 || second > 60 || year < 1970)
        return false;
    *ms = (days_of(year, month + 1, day) * 86400 + hour * 3600 + minute * 60 + second) * 1000;
    return true;
}

static const char *http_date_text(struct arena *a, int64_t ms)
{
    time_t seconds = (time_t)(ms / 1000);
    struct tm t;
    gmtime_r(&seconds, &t);
    return arena_printf(a, "%s, %02d %s %04d %02d:%02d:%02d GMT", weekdays[t.tm_wday],
                        t.tm_mday, months[t.tm_mon], t.tm_year + 1900, t.tm_hour, t.tm_min,
                        t.tm_sec);
}

static bool near(int64_t ms, int64_t now_ms)
{
    return ms <= now_ms + HTTPSIG_SKEW_MS && ms >= now_ms - HTTPSIG_SKEW_MS;
}

static struct err clock_check(struct arena *a, const struct signature *sig,
                              const struct signed_message *m, int64_t now_ms)
{
    bool created =
        sig->created_ms && (sig->dialect == HTTPSIG_RFC9421 || covers(sig, "(created)"));
    bool date = covers(sig, "date");
    if (!created && !date)
        return FAIL(SIGNATURE_WRONG, "the signature must cover date or (created)");
    if (created && !near(sig->created_ms, now_ms))
        return FAIL(SIGNATURE_STALE, "the signature was made too long ago, or in the future");
    if (sig->expires_ms && now_ms > sig->expires_ms + 60 * 1000)
        return FAIL(SIGNATURE_STALE, "the signature has expired");
    if (date) {
        const char *text = header_text(a, m, "date");
        int64_t ms;
        if (!text)
            return FAIL(SIGNATURE_WRONG, "date is signed but was not sent");
        if (!http_date_read(text, &ms))
            return FAIL(SIGNATURE_MALFORMED, "the Date header cannot be read");
        if (!near(ms, now_ms))
            return FAIL(SIGNATURE_STALE, "the Date header is too far from our clock");
    }
    return OK;
}

/* --- what must be signed ------------------------------------------------------------------ */

/* "name[:port]" the same? A port counts when both have one. */
static bool host_same(const char *sent, const char *ours)
{
    const char *sent_port = strrchr(sent, ':'), *ours_port = strrchr(ours, ':');
    if (sent_port && strchr(sent_port, ']'))
        sent_port = NULL;
    if (ours_port && strchr(ours_port, ']'))
        ours_port = NULL;
    size_t n = sent_port ? (size_t)(sent_port - sent) : strlen(sent);
    size_t k = ours_port ? (size_t)(ours_port - ours) : strlen(ours);
    if (n != k || strncasecmp(sent, ours, n) != 0)
        return false;
    return !sent_port || !ours_port || !strcmp(sent_port, ours_port);
}

static struct err host_check(struct arena *a, const struct signed_message *m,
                             const char *const *hosts)
{
    const char *host = header_text(a, m, "host");
    for (; host && *hosts; hosts++)
        if (host_same(host, *hosts))
            return OK;
    return FAIL(SIGNATURE_WRONG, "the signed host is not this one");
}

static struct err cover_check(const struct signature *sig, const struct signed_message *m)
{
    bool body = strcasecmp(m->method, "GET") != 0 && strcasecmp(m->method, "HEAD") != 0;
    if (body && !covers(sig, "digest") && !covers(sig, "content-digest"))
        return FAIL(SIGNATURE_WRONG, "the signature must cover the digest of the body");
    if (sig->dialect == HTTPSIG_CAVAGE) {
        if (!covers(sig, "(request-target)"))
            return FAIL(SIGNATURE_WRONG, "the signature must cover (request-target)");
        if (!covers(sig, "host"))
            return FAIL(SIGNATURE_WRONG, "the signature must cover host");
        return OK;
    }
    bool uri = covers(sig, "@target-uri");
    if (!covers(sig, "@method"))
        return FAIL(SIGNATURE_WRONG, "the signature must cover @method");
    if (!uri && !covers(sig, "@request-target") &&
        !(covers(sig, "@path") && (covers(sig, "@query") || !strchr(m->target, '?'))))
        return FAIL(SIGNATURE_WRONG, "the signature must cover @target-uri or @path");
    if (!uri && !covers(sig, "@authority") && !covers(sig, "host"))
        return FAIL(SIGNATURE_WRONG, "the signature must cover @authority");
    return OK;
}

struct err httpsig_check(struct arena *a, const struct signature *sig,
                         const struct signed_message *m, const char *const *hosts,
                         int64_t now_ms)
{
    TRY(cover_check(sig, m));
    TRY(clock_check(a, sig, m, now_ms));
    TRY(host_check(a, m, hosts));
    if (covers(sig, "content-length")) {
        const char *text = header_text(a, m, "content-length");
        if (text && strtoull(text, NULL, 10) != m->body_bytes)
            return FAIL(SIGNATURE_WRONG, "the signed content-length is not that of the body");
    }
    if (covers(sig, "digest"))
        TRY(digest_check(a, m, "digest"));
    if (covers(sig, "content-digest"))
        TRY(digest_check(a, m, "content-digest"));
    return OK;
}

/* --- the text that is signed -------------------------------------------------------------- */

struct reading { /* one way to read the message */
    const char *host, *target;
};

/* A host name as in a URL: lower case, without the scheme's own port. */
static const char *authority(struct arena *a, const char *host, const char *scheme)
{
    char *lower = arena_strdup(a, host);
    for (char *p = lower; *p; p++)
        if (*p >= 'A' && *p <= 'Z')
            *p = (char)(*p + 32);
    char *port = strrchr(lower, ':');
    if (port && !strcmp(port, !strcmp(scheme, "https") ? ":443" : ":80"))
        *port = 0;
    return lower;
}

/* The value of a derived component; NULL when it is none we know. */
static const char *derived(struct arena *a, const struct signed_message *m,
                           const struct reading *r, const char *name)
{
    const char *scheme = m->scheme ? m->scheme : "https";
    size_t path = strcspn(r->target, "?");
    if (!strcmp(name, "@method"))
        return m->method;
    if (!strcmp(name, "@target-uri"))
        return arena_printf(a, "%s://%s%s", scheme, authority(a, r->host, scheme), r->target);
    if (!strcmp(name, "@authority"))
        return authority(a, r->host, scheme);
    if (!strcmp(name, "@scheme"))
        return scheme;
    if (!strcmp(name, "@request-target"))
        return r->target;
    if (!strcmp(name, "@path"))
        return path ? arena_strndup(a, r->target, path) : "/";
    if (!strcmp(name, "@query"))
        return r->target[path] ? r->target + path : "?";
    return NULL;
}

/* NULL when a signed header is missing. */
static const char *base_cavage(struct arena *a, const struct signature *sig,
                               const struct signed_message *m, const struct reading *r)
{
    struct strbuf sb = STRBUF_IN(a);
    for (size_t i = 0; i < sig->component_count; i++) {
        const char *name = sig->components[i], *value;
        if (i)
            strbuf_adds(&sb, "\n");
        strbuf_adds(&sb, name);
        strbuf_adds(&sb, ": ");
        if (!strcmp(name, "(request-target)")) {
            for (const char *p = m->method; *p; p++) {
                char lower = *p >= 'A' && *p <= 'Z' ? (char)(*p + 32) : *p;
                strbuf_add(&sb, &lower, 1);
            }
            strbuf_adds(&sb, " ");
            value = r->target;
        } else if (!strcmp(name, "(created)")) {
            value = sig->created;
        } else if (!strcmp(name, "(expires)")) {
            value = sig->expires;
        } else {
            value = header_text(a, m, name);
        }
        if (!value)
            return NULL;
        strbuf_adds(&sb, value);
    }
    return sb.text;
}

static const char *base_9421(struct arena *a, const struct signature *sig,
                             const struct signed_message *m, const struct reading *r)
{
    struct strbuf sb = STRBUF_IN(a);
    for (size_t i = 0; i < sig->component_count; i++) {
        const char *name = sig->components[i];
        const char *value = name[0] == '@' ? derived(a, m, r, name) : header_text(a, m, name);
        if (!value)
            return NULL;
        strbuf_addf(&sb, "\"%s\": ", name);
        strbuf_adds(&sb, value);
        strbuf_adds(&sb, "\n");
    }
    strbuf_adds(&sb, "\"@signature-params\": ");
    strbuf_adds(&sb, sig->params);
    return sb.text;
}

/* --- verifying ---------------------------------------------------------------------------- */

static bool algorithm_is(const struct signature *sig, const char *name)
{
    return !strcmp(sig->algorithm, name);
}

static size_t hashes_of(const struct signature *sig, enum key_hash out[2])
{
    out[0] = KEY_SHA256;
    if (sig->dialect == HTTPSIG_RFC9421) {
        if (algorithm_is(sig, "rsa-pss-sha512"))
            out[0] = KEY_PSS_SHA512;
        else if (algorithm_is(sig, "rsa-v1_5-sha512"))
            out[0] = KEY_SHA512;
        else if (!algorithm_is(sig, "") && !algorithm_is(sig, "rsa-v1_5-sha256"))
            return 0;
        return 1;
    }
    if (algorithm_is(sig, "rsa-sha512")) {
        out[0] = KEY_SHA512;
        return 1;
    }
    if (algorithm_is(sig, "rsa-sha256"))
        return 1;
    out[1] = KEY_SHA512;
    return algorithm_is(sig, "") || algorithm_is(sig, "hs2019") ? 2 : 0;
}

/* Every way a peer may have read the same request. */
enum { READINGS_MAX = 4 };
static size_t readings_of(struct arena *a, const struct signature *sig,
                          const struct signed_message *m, const char *const *hosts,
                          struct reading out[READINGS_MAX])
{
    const char *host = header_text(a, m, "host");
    size_t n = 0, path = strcspn(m->target, "?");
    out[n++] = (struct reading){host ? host : "", m->target};
    if (sig->dialect == HTTPSIG_CAVAGE) {
        if (m->target[path])
            out[n++] = (struct reading){host, arena_strndup(a, m->target, path)};
        return n;
    }
    /* Host may have come without the port that is in the URL. */
    for (; *hosts && n < READINGS_MAX; hosts++)
        if (host && strcasecmp(*hosts, host) != 0 && host_same(host, *hosts))
            out[n++] = (struct reading){*hosts, m->target};
    return n;
}

struct err httpsig_verify_key(struct arena *a, const struct signature *sig,
                              const struct signed_message *m, const char *const *hosts,
                              struct key *key)
{
    enum key_hash hashes[2];
    struct reading readings[READINGS_MAX];
    size_t hash_count = hashes_of(sig, hashes);
    if (!hash_count)
        return FAIL(SIGNATURE_WRONG, "the signature's algorithm is not supported");
    size_t reading_count = readings_of(a, sig, m, hosts, readings);
    for (size_t r = 0; r < reading_count; r++) {
        const char *base = sig->dialect == HTTPSIG_CAVAGE ? base_cavage(a, sig, m, &readings[r])
                                                          : base_9421(a, sig, m, &readings[r]);
        if (!base)
            return FAIL(SIGNATURE_WRONG, "a header that is signed was not sent");
        size_t bytes = strlen(base);
        for (size_t h = 0; h < hash_count; h++)
            if (key_verify(key, hashes[h], base, bytes, sig->value, sig->value_bytes))
                return OK;
    }
    return FAIL(SIGNATURE_WRONG, "the signature does not match");
}

struct err httpsig_verify(struct arena *a, const struct signature *sig,
                          const struct signed_message *m, const char *const *hosts,
                          struct key *key, int64_t now_ms)
{
    TRY(httpsig_check(a, sig, m, hosts, now_ms));
    return httpsig_verify_key(a, sig, m, hosts, key);
}

/* --- signing ------------------------------------------------------------------------------ */

static struct err signature_text(struct arena *a, struct key *key, const char *base,
                                 const char **out)
{
    unsigned char raw[KEY_SIGNATURE_MAX];
    size_t bytes;
    TRY(key_sign(key, base, strlen(base), raw, &bytes));
    *out = base64_text(a, raw, bytes);
    return OK;
}

static struct err sign_cavage(struct arena *a, const struct outgoing *out, struct key *key,
                              const char *key_id, int64_t now_ms,
                              struct signed_headers *headers)
{
    struct signed_header *list = arena_alloc(a, 3 * sizeof *list);
    struct strbuf base = STRBUF_IN(a);
    const char *date = http_date_text(a, now_ms - HTTPSIG_BACK_MS), *signature;
    size_t n = 0;
    list[n++] = (struct signed_header){"Date", date};
    strbuf_adds(&base, "(request-target): ");
    for (const char *p = out->method; *p; p++) {
        char lower = *p >= 'A' && *p <= 'Z' ? (char)(*p + 32) : *p;
        strbuf_add(&base, &lower, 1);
    }
    strbuf_addf(&base, " %s\nhost: %s\ndate: %s", out->target, out->host, date);
    if (out->body) {
        const char *digest = arena_printf(
            a, "SHA-256=%s",
            out->digest ? out->digest : httpsig_digest(a, out->body, out->body_bytes));
        list[n++] = (struct signed_header){"Digest", digest};
        strbuf_addf(&base, "\ndigest: %s\ncontent-type: %s", digest, out->content_type);
    }
    TRY(signature_text(a, key, base.text, &signature));
    list[n++] = (struct signed_header){
        "Signature",
        arena_printf(a,
                     "keyId=\"%s\",algorithm=\"rsa-sha256\",headers=\"(request-target) host "
                     "date%s\",signature=\"%s\"",
                     key_id, out->body ? " digest content-type" : "", signature)};
    *headers = (struct signed_headers){list, n};
    return OK;
}

static struct err sign_9421(struct arena *a, const struct outgoing *out, struct key *key,
                            const char *key_id, int64_t now_ms, struct signed_headers *headers)
{
    struct signed_header *list = arena_alloc(a, 4 * sizeof *list);
    struct strbuf base = STRBUF_IN(a);
    const char *signature;
    int64_t stamp = now_ms - HTTPSIG_BACK_MS;
    size_t n = 0;
    list[n++] = (struct signed_header){"Date", http_date_text(a, stamp)};
    strbuf_addf(&base, "\"@method\": %s\n\"@target-uri\": %s://%s%s\n", out->method,
                out->scheme, out->host, out->target);
    if (out->body) {
        const char *digest = arena_printf(
            a, "sha-256=:%s:",
            out->digest ? out->digest : httpsig_digest(a, out->body, out->body_bytes));
        list[n++] = (struct signed_header){"Content-Digest", digest};
        strbuf_addf(&base, "\"content-digest\": %s\n", digest);
    }
    const char *params = arena_printf(
        a, "(\"@method\" \"@target-uri\"%s);created=%lld;keyid=\"%s\";alg=\"rsa-v1_5-sha256\"",
        out->body ? " \"content-digest\"" : "", (long long)(stamp / 1000), key_id);
    strbuf_addf(&base, "\"@signature-params\": %s", params);
    TRY(signature_text(a, key, base.text, &signature));
    list[n++] = (struct signed_header){"Signature-Input", arena_printf(a, "sig1=%s", params)};
    list[n++] = (struct signed_header){"Signature", arena_printf(a, "sig1=:%s:", signature)};
    *headers = (struct signed_headers){list, n};
    return OK;
}

struct err httpsig_sign(struct arena *a, enum httpsig_dialect dialect,
                        const struct outgoing *out, struct key *key, const char *key_id,
                        int64_t now_ms, struct signed_headers *headers)
{
    *headers = (struct signed_headers){0};
    return dialect == HTTPSIG_CAVAGE ? sign_cavage(a, out, key, key_id, now_ms, headers)
                                     : sign_9421(a, out, key, key_id, now_ms, headers);
}
