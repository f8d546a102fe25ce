/* Signatures of real peers verify; broken in any way they do not; ours go round. */
#include "tests/unit/ap_fixtures.h"

#include "base/clock.h"
#include "base/strbuf.h"
#include "server/activitypub/ap_json.h"

#include <time.h>

static const int64_t fixture_now = 1767528000000; /* Sun, 04 Jan 2026 12:00:00 GMT */
static const char *const video_host[] = {"video.example", NULL};

struct world {
    struct arena *a;
    struct key *key;
    struct key_pair pair;
};

static void world_open(struct world *w)
{
    w->a = arena_open();
    key_pair_new(w->a, &w->pair);
    CHECK_OK(key_read_in(w->a, w->pair.private_pem, &w->key));
}

static struct err verify(struct arena *a, const struct signed_message *m, struct key *key,
                         const char *const *hosts, int64_t now)
{
    struct signature sig;
    TRY(httpsig_parse(a, m, &sig));
    return httpsig_verify(a, &sig, m, hosts, key, now);
}

/* The message with one header replaced (value NULL: taken out). */
static struct signed_message changed(struct arena *a, const struct signed_message *m,
                                     const char *name, const char *value)
{
    const struct signed_headers *old = m->from;
    struct signed_headers *h = arena_alloc(a, sizeof *h);
    struct signed_header *list = arena_alloc(a, (old->count + 1) * sizeof *list);
    for (size_t i = 0; i < old->count; i++) {
        if (strcasecmp(old->list[i].name, name) != 0)
            list[h->count++] = old->list[i];
        else if (value)
            list[h->count++] = (struct signed_header){name, value};
    }
    h->list = list;
    struct signed_message out = *m;
    out.from = h;
    return out;
}

static const char *replaced(struct arena *a, const char *text, const char *from, const char *to)
{
    const char *at = strstr(text, from);
    if (!at)
        fail_msg("no %s in %s", from, text);
    return arena_printf(a, "%.*s%s%s", (int)(at - text), text, to, at + strlen(from));
}

/* --- the peers of ap-fixtures ------------------------------------------------------------- */

TEST(every_fixture_verifies_and_no_broken_one)
{
    SCOPED_ARENA struct arena *a = arena_open();
    if (shared_missing(a, "ap-fixtures"))
        return;
    size_t count, messages = 0;
    struct key *key, *other;
    struct key_pair pair;
    CHECK_OK(key_read_in(a, shared_text(a, "ap-fixtures/test-public-key.pem"), &key));
    key_pair_new(a, &pair);
    CHECK_OK(key_read_in(a, pair.public_pem, &other));
    struct fixture **all = fixtures(a, "ap-fixtures/*.json", &count);
    for (size_t i = 0; i < count; i++) {
        struct fixture *f = all[i];
        struct signed_message m = f->message, b;
        struct signature sig;
        if (!fixture_header(f, "signature"))
            continue;
        messages++;
        struct err e = verify(a, &m, key, video_host, fixture_now);
        if (e.id)
            fail_msg("%s: %s", f->name, e.detail);
        CHECK_OK(httpsig_parse(a, &m, &sig));
        CHECK(strstr(sig.key_id, "https://") == sig.key_id);

        /* another body, of the same length */
        char *body = arena_strdup(a, m.body);
        body[m.body_bytes / 2] ^= 1;
        b = m;
        b.body = body;
        CHECK_ERR(verify(a, &b, key, video_host, fixture_now), DIGEST_WRONG);
        /* another body with its right digest, which is then not the signed one */
        b = changed(a, &b, "Digest",
                    arena_printf(a, "SHA-256=%s", httpsig_digest(a, body, b.body_bytes)));
        CHECK_ERR(verify(a, &b, key, video_host, fixture_now), SIGNATURE_WRONG);
        b = changed(a, &m, "Digest", NULL);
        CHECK_ERR(verify(a, &b, key, video_host, fixture_now), SIGNATURE_WRONG);
        b = changed(a, &m, "Digest", "SHA-256=AAAA");
        CHECK_ERR(verify(a, &b, key, video_host, fixture_now), DIGEST_WRONG);
        b = changed(a, &m, "Digest", "MD5=1B2M2Y8AsgTpgAmY7PhCfg==");
        CHECK_ERR(verify(a, &b, key, video_host, fixture_now), DIGEST_WRONG);

        /* another time, ours or theirs */
        CHECK_ERR(verify(a, &m, key, video_host, fixture_now + 2 * HTTPSIG_SKEW_MS),
                  SIGNATURE_STALE);
        CHECK_ERR(verify(a, &m, key, video_host, fixture_now - 2 * HTTPSIG_SKEW_MS),
                  SIGNATURE_STALE);
        CHECK_OK(verify(a, &m, key, video_host, fixture_now + HTTPSIG_SKEW_MS - 1000));
        b = changed(a, &m, "Date", "Sun, 04 Jan 2026 12:00:01 GMT");
        CHECK_ERR(verify(a, &b, key, video_host, fixture_now), SIGNATURE_WRONG);
        b = changed(a, &m, "Date", "yesterday");
        CHECK_ERR(verify(a, &b, key, video_host, fixture_now), SIGNATURE_MALFORMED);
        b = changed(a, &m, "Date", NULL);
        CHECK_ERR(verify(a, &b, key, video_host, fixture_now), SIGNATURE_WRONG);

        /* for another server */
        static const char *const elsewhere[] = {"other.example", NULL};
        CHECK_ERR(verify(a, &m, key, elsewhere, fixture_now), SIGNATURE_WRONG);
        b = changed(a, &m, "Host", "other.example");
        CHECK_ERR(verify(a, &b, key, video_host, fixture_now), SIGNATURE_WRONG);
        CHECK_ERR(verify(a, &b, key, elsewhere, fixture_now), SIGNATURE_WRONG);

        /* to another address, by another method, with another key */
        b = m;
        b.target = arena_printf(a, "%s2", m.target);
        CHECK_ERR(verify(a, &b, key, video_host, fixture_now), SIGNATURE_WRONG);
        b = m;
        b.method = "PUT";
        CHECK_ERR(verify(a, &b, key, video_host, fixture_now), SIGNATURE_WRONG);
        CHECK_ERR(verify(a, &m, other, video_host, fixture_now), SIGNATURE_WRONG);

        /* the query may or may not have been signed */
        b = m;
        b.target = arena_printf(a, "%s?a=1", m.target);
        CHECK_OK(verify(a, &b, key, video_host, fixture_now));

        /* the Signature header itself */
        const char *text = fixture_header(f, "signature");
        b = changed(a, &m, "Signature", NULL);
        CHECK_ERR(verify(a, &b, key, video_host, fixture_now), SIGNATURE_MISSING);
        b = changed(a, &m, "Signature", replaced(a, text, " digest", ""));
        CHECK_ERR(verify(a, &b, key, video_host, fixture_now), SIGNATURE_WRONG);
        b = changed(a, &m, "Signature", replaced(a, text, "host", "host host"));
        CHECK_ERR(verify(a, &b, key, video_host, fixture_now), SIGNATURE_MALFORMED);
        b = changed(a, &m, "Signature", replaced(a, text, "signature=\"", "signature=\"AAAA"));
        CHECK_ERR(verify(a, &b, key, video_host, fixture_now), SIGNATURE_WRONG);
        b = changed(a, &m, "Signature", arena_printf(a, "Signature %s", text));
        CHECK_OK(verify(a, &b, key, video_host, fixture_now));
        b = changed(a, &m, "Signature", NULL);
        struct signed_headers h = *(const struct signed_headers *)b.from;
        struct signed_header *list = arena_alloc(a, (h.count + 2) * sizeof *list);
        memcpy(list, h.list, h.count * sizeof *list);
        list[h.count] =
            (struct signed_header){"Authorization", arena_printf(a, "Signature %s", text)};
        h = (struct signed_headers){list, h.count + 1};
        b.from = &h;
        CHECK_OK(verify(a, &b, key, video_host, fixture_now));
        list[h.count - 1] = (struct signed_header){"Signature", text};
        list[h.count] = (struct signed_header){"Signature", text};
        h.count++;
        CHECK_ERR(verify(a, &b, key, video_host, fixture_now), SIGNATURE_MALFORMED);
    }
    print_message("%zu messages\n", messages);
    CHECK(messages >= 60);
}

/* --- what a running PeerTube sent --------------------------------------------------------- */

static struct key *captured_key(struct arena *a, const char *key_id)
{
    static const char *const files[] = {"actor-account", "actor-channel", "actor-instance"};
    for (int i = 0; i < 3; i++) {
        json_t *json =
            shared_json(a, shared_path(a, arena_printf(a, "peertube-ap/%s.json", files[i])));
        struct ap_key found;
        struct key *key;
        if (!ap_key_of(json, key_id, &found))
            continue;
        CHECK_OK(key_read_in(a, found.pem, &key));
        return key;
    }
    return NULL;
}

TEST(captured_deliveries_and_fetches_verify)
{
    SCOPED_ARENA struct arena *a = arena_open();
    if (shared_missing(a, "peertube-ap"))
        return;
    static const char *const patterns[] = {"peertube-ap/delivered-*.json",
                                           "peertube-ap/fetched-*.json"};
    static const char *const hosts[] = {"localhost:8900", "localhost:8901", NULL};
    static const char *const wrong_port[] = {"localhost:9000", NULL};
    size_t verified = 0, unknown = 0;
    for (int p = 0; p < 2; p++) {
        size_t count;
        struct fixture **all = fixtures(a, patterns[p], &count);
        for (size_t i = 0; i < count; i++) {
            struct fixture *f = all[i];
            struct signature sig;
            int64_t now;
            if (!fixture_header(f, "signature"))
                continue;
            CHECK_OK(httpsig_parse(a, &f->message, &sig));
            CHECK(ap_date_read(json_string_value(json_object_get(f->json, "at")), &now));
            struct key *key = captured_key(a, sig.key_id);
            if (!key) { /* accounts that were made and deleted in between */
                unknown++;
                CHECK_OK(httpsig_check(a, &sig, &f->message, hosts, now));
                continue;
            }
            struct err e = httpsig_verify(a, &sig, &f->message, hosts, key, now);
            if (e.id)
                fail_msg("%s: %s", f->name, e.detail);
            verified++;
            CHECK_ERR(httpsig_verify(a, &sig, &f->message, wrong_port, key, now),
                      SIGNATURE_WRONG);
            struct signed_message b = f->message;
            b.target = "/elsewhere";
            CHECK_ERR(httpsig_verify(a, &sig, &b, hosts, key, now), SIGNATURE_WRONG);
        }
    }
    print_message("%zu verified, %zu of unknown keys\n", verified, unknown);
    CHECK(verified >= 120);
}

/* --- our own ------------------------------------------------------------------------------ */

static const char body[] = "{\"type\":\"Follow\"}";
static const int64_t now = 1790000000000;

static struct signed_message sent(struct arena *a, const struct world *w,
                                  enum httpsig_dialect dialect, const char *method,
                                  const char *target, const char *host)
{
    bool post = !strcmp(method, "POST");
    struct outgoing out = {.method = method,
                           .scheme = "https",
                           .host = host,
                           .target = target,
                           .content_type = post ? "application/activity+json" : NULL,
                           .body = post ? body : NULL,
                           .body_bytes = post ? strlen(body) : 0};
    struct signed_headers made, *h = arena_alloc(a, sizeof *h);
    CHECK_OK(httpsig_sign(a, dialect, &out, w->key, "https://us.example/accounts/a#main-key",
                          now, &made));
    struct signed_header *list = arena_alloc(a, (made.count + 2) * sizeof *list);
    memcpy(list, made.list, made.count * sizeof *list);
    list[made.count] = (struct signed_header){"Host", host};
    list[made.count + 1] = (struct signed_header){"Content-Type", "application/activity+json"};
    *h = (struct signed_headers){list, made.count + 2};
    return (struct signed_message){.method = method,
                                   .target = target,
                                   .header = signed_header_in,
                                   .from = h,
                                   .body = out.body,
                                   .body_bytes = out.body_bytes};
}

TEST(what_we_sign_verifies_in_both_dialects)
{
    struct world w;
    world_open(&w);
    static const char *const hosts[] = {"them.example:8443", "them.example", NULL};
    for (int dialect = 0; dialect < 2; dialect++)
        for (int k = 0; k < 4; k++) {
            const char *method = k & 1 ? "POST" : "GET";
            const char *target = k & 2 ? "/inbox?a=b&c" : "/inbox";
            struct signed_message m =
                sent(w.a, &w, (enum httpsig_dialect)dialect, method, target, "them.example");
            struct signature sig;
            CHECK_OK(httpsig_parse(w.a, &m, &sig));
            CHECK_INT(sig.dialect, dialect);
            CHECK_STR(sig.key_id, "https://us.example/accounts/a#main-key");
            CHECK_OK(httpsig_verify(w.a, &sig, &m, hosts, w.key, now));
            struct signed_message b = m;
            b.target = "/other";
            CHECK_ERR(httpsig_verify(w.a, &sig, &b, hosts, w.key, now), SIGNATURE_WRONG);
            b = m;
            b.method = k & 1 ? "PUT" : "HEAD";
            CHECK_ERR(httpsig_verify(w.a, &sig, &b, hosts, w.key, now), SIGNATURE_WRONG);
            CHECK_ERR(httpsig_verify(w.a, &sig, &m, hosts, w.key, now + 2 * HTTPSIG_SKEW_MS),
                      SIGNATURE_STALE);
            if (k & 1) {
                b = m;
                b.body = "{\"type\":\"Fallow\"}";
                CHECK_ERR(httpsig_verify(w.a, &sig, &b, hosts, w.key, now), DIGEST_WRONG);
            }
        }
    arena_close(w.a);
}

TEST(our_date_is_never_ahead)
{
    struct world w;
    world_open(&w);
    struct signed_message m = sent(w.a, &w, HTTPSIG_CAVAGE, "POST", "/inbox", "them.example");
    /* 1790000000 is Mon, 21 Sep 2026 14:13:20 GMT */
    CHECK_STR(m.header(m.from, "date", 0), "Mon, 21 Sep 2026 14:13:18 GMT");
    CHECK(strstr(m.header(m.from, "signature", 0),
                 "headers=\"(request-target) host date digest content-type\""));
    arena_close(w.a);
}

/* The message of `headers=` and other parameters as given, signed with the world's key over the
 * text given. */
static struct signed_message crafted(struct arena *a, const struct world *w, const char *params,
                                     const char *text)
{
    unsigned char raw[KEY_SIGNATURE_MAX];
    size_t bytes;
    CHECK_OK(key_sign(w->key, text, strlen(text), raw, &bytes));
    struct signed_headers *h = arena_alloc(a, sizeof *h);
    struct signed_header *list = arena_alloc(a, 8 * sizeof *list);
    list[0] = (struct signed_header){"Host", "us.example"};
    list[1] =
        (struct signed_header){"Digest", arena_printf(a, "unixsum=30637, sha-256=%s",
                                                      httpsig_digest(a, body, strlen(body)))};
    list[2] = (struct signed_header){"Date", "Mon, 21 Sep 2026 14:13:18 GMT"};
    list[3] =
        (struct signed_header){"Signature", arena_printf(a, "%s, signature=\"%s\"", params,
                                                         base64_text(a, raw, bytes))};
    *h = (struct signed_headers){list, 4};
    return (struct signed_message){.method = "POST",
                                   .target = "/inbox?page=1",
                                   .header = signed_header_in,
                                   .from = h,
                                   .body = body,
                                   .body_bytes = strlen(body)};
}

TEST(created_and_expires_and_hs2019)
{
    struct world w;
    world_open(&w);
    static const char *const hosts[] = {"us.example", NULL};
    struct arena *a = w.a;
    const char *digest =
        arena_printf(a, "unixsum=30637, sha-256=%s", httpsig_digest(a, body, strlen(body)));
    static const struct {
        const char *params, *target, *created, *expires;
        enum err_id want;
    } table[] = {
        {"keyId=\"k\",algorithm=\"hs2019\",created=1789999990", "/inbox?page=1", "1789999990",
         NULL, ERR_NONE},
        {"keyId=k, created=1789999990", "/inbox", "1789999990", NULL, ERR_NONE},
        {"keyId=\"k\",created=\"1789999990\",expires=1790000100", "/inbox", "1789999990",
         "1790000100", ERR_NONE},
        {"keyId=\"k\",created=1789999990,expires=1789999000", "/inbox", "1789999990",
         "1789999000", ERR_SIGNATURE_STALE},
        {"keyId=\"k\",created=1789990000", "/inbox", "1789990000", NULL, ERR_SIGNATURE_STALE},
        {"keyId=\"k\",created=1790010000", "/inbox", "1790010000", NULL, ERR_SIGNATURE_STALE},
        {"keyId=\"k\",created=1789999990", "/outbox", "1789999990", NULL, ERR_SIGNATURE_WRONG},
        {"keyId=\"k\",created=x", "/inbox", "x", NULL, ERR_SIGNATURE_MALFORMED},
        {"keyId=\"k\",created=-5", "/inbox", "-5", NULL, ERR_SIGNATURE_MALFORMED},
        {"keyId=\"k\",algorithm=\"ed25519\",created=1789999990", "/inbox", "1789999990", NULL,
         ERR_SIGNATURE_WRONG},
    };
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        const char *text = arena_printf(
            a, "(created): %s\n%s%s%s(request-target): post %s\nhost: us.example\ndigest: %s",
            table[i].created, table[i].expires ? "(expires): " : "",
            table[i].expires ? table[i].expires : "", table[i].expires ? "\n" : "",
            table[i].target, digest);
        const char *params =
            arena_printf(a, "%s,headers=\"(created) %s(request-target) host digest\"",
                         table[i].params, table[i].expires ? "(expires) " : "");
        struct signed_message m = crafted(a, &w, params, text);
        struct err e = verify(a, &m, w.key, hosts, now);
        if (e.id != table[i].want)
            fail_msg("row %zu: %s", i, e.id ? e.detail : "accepted");
    }
    arena_close(a);
}

TEST(what_must_be_signed)
{
    struct world w;
    world_open(&w);
    static const char *const hosts[] = {"us.example", NULL};
    struct arena *a = w.a;
    const char *digest =
        arena_printf(a, "unixsum=30637, sha-256=%s", httpsig_digest(a, body, strlen(body)));
    static const char *const parts[] = {"(request-target)", "host", "date", "digest"};
    const char *values[] = {"post /inbox", "us.example", "Mon, 21 Sep 2026 14:13:18 GMT",
                            digest};
    for (int left_out = -1; left_out < 4; left_out++) {
        struct strbuf names = STRBUF_IN(a), text = STRBUF_IN(a);
        for (int i = 3; i >= 0; i--) {
            if (i == left_out)
                continue;
            strbuf_addf(&names, "%s%s", names.length ? " " : "", parts[i]);
            strbuf_addf(&text, "%s%s: %s", text.length ? "\n" : "", parts[i], values[i]);
        }
        struct signed_message m = crafted(
            a, &w, arena_printf(a, "keyId=\"k\",headers=\"%s\"", names.text), text.text);
        struct err e = verify(a, &m, w.key, hosts, now);
        if (left_out < 0)
            CHECK_OK(e);
        else
            CHECK_ERR(e, SIGNATURE_WRONG);
    }
    /* a header that is signed but was not sent */
    struct signed_message m =
        crafted(a, &w, "keyId=\"k\",headers=\"(request-target) host date digest x-none\"", "x");
    CHECK_ERR(verify(a, &m, w.key, hosts, now), SIGNATURE_WRONG);
    arena_close(a);
}

/* --- RFC 9421 as others write it ---------------------------------------------------------- */

static struct signed_message rfc_message(struct arena *a, const struct world *w,
                                         const char *components, const char *params,
                                         const char *base)
{
    unsigned char raw[KEY_SIGNATURE_MAX];
    size_t bytes;
    const char *member = arena_printf(a, "(%s)%s", components, params);
    const char *text = arena_printf(a, "%s\"@signature-params\": %s", base, member);
    CHECK_OK(key_sign(w->key, text, strlen(text), raw, &bytes));
    struct signed_headers *h = arena_alloc(a, sizeof *h);
    struct signed_header *list = arena_alloc(a, 8 * sizeof *list);
    list[0] = (struct signed_header){"Host", "Us.Example"};
    list[1] = (struct signed_header){
        "Content-Digest",
        arena_printf(a, "sha-256=:%s:", httpsig_digest(a, body, strlen(body)))};
    list[2] = (struct signed_header){"Date", "Mon, 21 Sep 2026 14:13:18 GMT"};
    list[3] = (struct signed_header){
        "Signature-Input", arena_printf(a, "proxy=(\"@path\");created=1, sig-b=%s", member)};
    list[4] = (struct signed_header){
        "Signature", arena_printf(a, "proxy=:AAAA:, sig-b=:%s:", base64_text(a, raw, bytes))};
    *h = (struct signed_headers){list, 5};
    return (struct signed_message){.method = "POST",
                                   .target = "/inbox?x=1",
                                   .header = signed_header_in,
                                   .from = h,
                                   .body = body,
                                   .body_bytes = strlen(body)};
}

TEST(rfc_9421_components)
{
    struct world w;
    world_open(&w);
    static const char *const hosts[] = {"us.example", NULL};
    static const char *const with_port[] = {"us.example:8443", NULL};
    struct arena *a = w.a;
    const char *digest = httpsig_digest(a, body, strlen(body));
    static const struct {
        const char *components, *params, *base; /* %s: the digest */
        enum err_id want;
        bool port;
    } table[] = {
        /* Mastodon */
        {"\"@method\" \"@target-uri\" \"content-digest\"", ";created=1789999999;keyid=\"k\"",
         "\"@method\": POST\n\"@target-uri\": https://us.example/inbox?x=1\n"
         "\"content-digest\": sha-256=:%s:\n",
         ERR_NONE, false},
        /* Fedify */
        {"\"@method\" \"@target-uri\" \"@authority\" \"host\" \"date\" \"content-digest\"",
         ";alg=\"rsa-v1_5-sha256\";keyid=\"k\";created=1789999999",
         "\"@method\": POST\n\"@target-uri\": https://us.example/inbox?x=1\n"
         "\"@authority\": us.example\n\"host\": Us.Example\n"
         "\"date\": Mon, 21 Sep 2026 14:13:18 GMT\n\"content-digest\": sha-256=:%s:\n",
         ERR_NONE, false},
        {"\"@method\" \"@path\" \"@query\" \"@authority\" \"@scheme\" \"content-digest\"",
         ";created=1789999999;expires=1790000300;keyid=\"k\";nonce=\"a;b\\\"c\";tag=x",
         "\"@method\": POST\n\"@path\": /inbox\n\"@query\": ?x=1\n\"@authority\": us.example\n"
         "\"@scheme\": https\n\"content-digest\": sha-256=:%s:\n",
         ERR_NONE, false},
        /* Host came without the port that is in the URL */
        {"\"@method\" \"@target-uri\" \"content-digest\"", ";created=1789999999;keyid=\"k\"",
         "\"@method\": POST\n\"@target-uri\": https://us.example:8443/inbox?x=1\n"
         "\"content-digest\": sha-256=:%s:\n",
         ERR_NONE, true},
        /* the query is not covered */
        {"\"@method\" \"@path\" \"@authority\" \"content-digest\"",
         ";created=1789999999;keyid=\"k\"",
         "\"@method\": POST\n\"@path\": /inbox\n\"@authority\": us.example\n"
         "\"content-digest\": sha-256=:%s:\n",
         ERR_SIGNATURE_WRONG, false},
        /* nor the method, the digest, the time, the host */
        {"\"@target-uri\" \"content-digest\"", ";created=1789999999;keyid=\"k\"",
         "\"@target-uri\": https://us.example/inbox?x=1\n\"content-digest\": sha-256=:%s:\n",
         ERR_SIGNATURE_WRONG, false},
        {"\"@method\" \"@target-uri\"", ";created=1789999999;keyid=\"k\"",
         "\"@method\": POST\n\"@target-uri\": https://us.example/inbox?x=1\n%.0s",
         ERR_SIGNATURE_WRONG, false},
        {"\"@method\" \"@target-uri\" \"content-digest\"", ";keyid=\"k\"",
         "\"@method\": POST\n\"@target-uri\": https://us.example/inbox?x=1\n"
         "\"content-digest\": sha-256=:%s:\n",
         ERR_SIGNATURE_WRONG, false},
        {"\"@method\" \"@request-target\" \"content-digest\"",
         ";created=1789999999;keyid=\"k\"",
         "\"@method\": POST\n\"@request-target\": /inbox?x=1\n\"content-digest\": "
         "sha-256=:%s:\n",
         ERR_SIGNATURE_WRONG, false},
        /* old, unsupported, unreadable */
        {"\"@method\" \"@target-uri\" \"content-digest\"", ";created=1789000000;keyid=\"k\"",
         "\"@method\": POST\n\"@target-uri\": https://us.example/inbox?x=1\n"
         "\"content-digest\": sha-256=:%s:\n",
         ERR_SIGNATURE_STALE, false},
        {"\"@method\" \"@target-uri\" \"content-digest\"",
         ";created=1789999999;keyid=\"k\";alg=\"hmac-sha256\"",
         "\"@method\": POST\n\"@target-uri\": https://us.example/inbox?x=1\n"
         "\"content-digest\": sha-256=:%s:\n",
         ERR_SIGNATURE_WRONG, false},
        {"\"@method\";req \"@target-uri\" \"content-digest\"",
         ";created=1789999999;keyid=\"k\"", "%.0s", ERR_SIGNATURE_MALFORMED, false},
        {"\"@method\" \"@target-uri\" \"content-digest\"", ";created=1789999999", "%.0s",
         ERR_SIGNATURE_MALFORMED, false},
    };
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
        const char *base = arena_printf(a, table[i].base, digest);
#pragma GCC diagnostic pop
        struct signed_message m =
            rfc_message(a, &w, table[i].components, table[i].params, base);
        struct err e = verify(a, &m, w.key, table[i].port ? with_port : hosts, now);
        if (e.id != table[i].want)
            fail_msg("row %zu: %s", i, e.id ? e.detail : "accepted");
        if (e.id)
            continue;
        m.body = "{\"type\":\"Fallow\"}";
        CHECK_ERR(verify(a, &m, w.key, table[i].port ? with_port : hosts, now), DIGEST_WRONG);
    }
    arena_close(a);
}

/* --- speed -------------------------------------------------------------------------------- */

/* ZOETROPE_MEASURE=1: what one core verifies and signs, beside RSA alone. Compare with
 * `openssl speed rsa2048`, in a build without sanitizers. */
TEST(measured)
{
    if (!getenv("ZOETROPE_MEASURE")) {
        print_message("skipped: ZOETROPE_MEASURE is not set\n");
        return;
    }
    struct world w;
    world_open(&w);
    static const char *const hosts[] = {"them.example", NULL};
    struct signed_message m = sent(w.a, &w, HTTPSIG_CAVAGE, "POST", "/inbox", "them.example");
    struct key *public;
    CHECK_OK(key_read_in(w.a, w.pair.public_pem, &public));
    unsigned char raw[KEY_SIGNATURE_MAX];
    size_t raw_bytes;
    CHECK_OK(key_sign(w.key, body, strlen(body), raw, &raw_bytes));
    int64_t start = clock_read_ms(CLOCK_THREAD_CPUTIME_ID), used;
    int n = 0;
    do {
        for (int i = 0; i < 100; i++, n++)
            CHECK(key_verify(public, KEY_SHA256, body, strlen(body), raw, raw_bytes));
        used = clock_read_ms(CLOCK_THREAD_CPUTIME_ID) - start;
    } while (used < 2000);
    print_message("RSA alone: %d a second and core\n", (int)(n * 1000LL / used));
    n = 0;
    start = clock_read_ms(CLOCK_THREAD_CPUTIME_ID);
    do {
        for (int i = 0; i < 100; i++, n++) {
            SCOPED_ARENA struct arena *a = arena_open();
            CHECK_OK(verify(a, &m, public, hosts, now));
        }
        used = clock_read_ms(CLOCK_THREAD_CPUTIME_ID) - start;
    } while (used < 2000);
    print_message("verify: %d a second and core\n", (int)(n * 1000LL / used));
    n = 0;
    start = clock_read_ms(CLOCK_THREAD_CPUTIME_ID);
    do {
        SCOPED_ARENA struct arena *a = arena_open();
        sent(a, &w, HTTPSIG_CAVAGE, "POST", "/inbox", "them.example");
        n++;
        used = clock_read_ms(CLOCK_THREAD_CPUTIME_ID) - start;
    } while (used < 2000);
    print_message("sign: %d a second and core\n", (int)(n * 1000LL / used));
    arena_close(w.a);
}

TEST_MAIN
