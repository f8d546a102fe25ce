/* Activities as peers write them; dates, durations, addresses; which addresses we connect to.
 */
#include "tests/unit/ap_fixtures.h"

#include "server/activitypub/ap_json.h"
#include "server/activitypub/fetch.h"

#include <arpa/inet.h>

static json_t *parsed(struct arena *a, const char *text)
{
    json_t *json;
    CHECK_OK(ap_parse(a, text, strlen(text), &json));
    return json;
}

TEST(dates)
{
    static const struct {
        const char *text;
        int64_t ms; /* -1: refused */
    } table[] = {
        {"2026-01-04T12:00:00Z", 1767528000000},
        {"2026-01-04T12:00:00.5Z", 1767528000500},
        {"2026-01-04T12:00:00.123456789Z", 1767528000123},
        {"2026-01-04T12:00:00,25Z", 1767528000250},
        {"2026-01-04T13:30:00+01:30", 1767528000000},
        {"2026-01-04T13:30:00+0130", 1767528000000},
        {"2026-01-04T11:00:00-01", 1767528000000},
        {"2026-01-04T12:00:00+00:00", 1767528000000},
        {"2026-01-04 12:00:00", 1767528000000},
        {"2026-01-04T12:00", 1767528000000},
        {"2026-01-04", 1767484800000},
        {"2026-01-04T24:00:00Z", 1767571200000},
        {"2024-02-29T00:00:00Z", 1709164800000},
        {"1970-01-01T00:00:00Z", 0},
        {"2026-02-29T00:00:00Z", -1},
        {"2026-13-01T00:00:00Z", -1},
        {"2026-01-32T00:00:00Z", -1},
        {"2026-01-04T25:00:00Z", -1},
        {"2026-01-04T12:60:00Z", -1},
        {"2026-01-04T12:00:00Zx", -1},
        {"2026-01-04T12:00:00.Z", -1},
        {"2026-01-04T12:00:00+99:00", -1},
        {"26-01-04", -1},
        {"2026-1-4", -1},
        {"Sun, 04 Jan 2026", -1},
        {"", -1},
        {NULL, -1},
    };
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        int64_t ms = -1;
        bool read = ap_date_read(table[i].text, &ms);
        if (read != (table[i].ms >= 0) || (read && ms != table[i].ms))
            fail_msg("%s: %lld", table[i].text, (long long)ms);
    }
    SCOPED_ARENA struct arena *a = arena_open();
    CHECK_STR(ap_date_text(a, 1767528000123), "2026-01-04T12:00:00.123Z");
    CHECK_STR(ap_date_text(a, -1), "1969-12-31T23:59:59.999Z");
}

TEST(durations)
{
    static const struct {
        const char *text;
        int64_t ms;
    } table[] = {
        {"PT95S", 95000},
        {"PT1M35S", 95000},
        {"PT1H", 3600000},
        {"P1DT2H", 93600000},
        {"PT1.5S", 1500},
        {"PT0,5S", 500},
        {"P1W", 604800000},
        {"PT100M", 6000000},
        {"95", 95000},
        {"95.25", 95250},
        {"PT2S", 2000},
        {"PT0S", 0},
        {"P", -1},
        {"PT", -1},
        {"", -1},
        {NULL, -1},
        {"P1M", -1},
        {"PT1D", -1},
        {"P1H", -1},
        {"PT5", -1},
        {"PTT5S", -1},
        {"-PT5S", -1},
        {"PT-5S", -1},
        {"PT5S ", -1},
        {"PT99999999999999999999S", -1},
        {"PT1.2.3S", -1},
        {"PT.S", -1},
    };
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        int64_t ms = -1;
        bool read = ap_duration_read(table[i].text, &ms);
        if (read != (table[i].ms >= 0) || (read && ms != table[i].ms))
            fail_msg("%s: %lld", table[i].text, (long long)ms);
    }
    SCOPED_ARENA struct arena *a = arena_open();
    CHECK_STR(ap_duration_text(a, 95400), "PT95S");
}

TEST(addresses)
{
    static const struct {
        const char *text, *whole, *host, *target; /* whole NULL: refused */
    } table[] = {
        {"https://A.Example/b?c#d", "https://a.example/b?c", "a.example", "/b?c"},
        {"HTTPS://a.example", "https://a.example/", "a.example", "/"},
        {"https://a.example?x", "https://a.example/?x", "a.example", "/?x"},
        {"https://a.example:443/", "https://a.example/", "a.example", "/"},
        {"https://a.example:/", "https://a.example/", "a.example", "/"},
        {"https://a.example:8443/", "https://a.example:8443/", "a.example:8443", "/"},
        {"http://a.example:80/", "http://a.example/", "a.example", "/"},
        {"http://127.0.0.1:9000/x", "http://127.0.0.1:9000/x", "127.0.0.1:9000", "/x"},
        {"http://[::1]:9000/x", "http://[::1]:9000/x", "[::1]:9000", "/x"},
        {"https://a.example/é\"<>", "https://a.example/%C3%A9%22%3C%3E", "a.example",
         "/%C3%A9%22%3C%3E"},
        {"https://a.example/../b", "https://a.example/../b", "a.example", "/../b"},
        {"https://user@a.example/", NULL, NULL, NULL},
        {"https://user:pass@a.example/", NULL, NULL, NULL},
        {"https://a.example\\@b.example/", NULL, NULL, NULL},
        {"https://a.example /", NULL, NULL, NULL},
        {"https://a.example/\r\nX: y", NULL, NULL, NULL},
        {"https://a..example/", NULL, NULL, NULL},
        {"https://.example/", NULL, NULL, NULL},
        {"https://a.example./", NULL, NULL, NULL},
        {"https://-a.example/", NULL, NULL, NULL},
        {"https://bücher.example/", NULL, NULL, NULL},
        {"https://a.example:99999/", NULL, NULL, NULL},
        {"https://a.example:0/", NULL, NULL, NULL},
        {"https://a.example:1x/", NULL, NULL, NULL},
        {"https://[::1/", NULL, NULL, NULL},
        {"https://[fe80::1%25eth0]/", NULL, NULL, NULL},
        {"https://", NULL, NULL, NULL},
        {"https:///x", NULL, NULL, NULL},
        {"//a.example/", NULL, NULL, NULL},
        {"ftp://a.example/", NULL, NULL, NULL},
        {"javascript:alert(1)", NULL, NULL, NULL},
        {"a.example", NULL, NULL, NULL},
        {"", NULL, NULL, NULL},
        {NULL, NULL, NULL, NULL},
    };
    SCOPED_ARENA struct arena *a = arena_open();
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        struct ap_url u;
        bool read = ap_url_read(a, table[i].text, &u);
        if (read != (table[i].whole != NULL))
            fail_msg("%s: %s", table[i].text, read ? u.text : "refused");
        if (!read)
            continue;
        CHECK_STR(u.text, table[i].whole);
        CHECK_STR(u.host, table[i].host);
        CHECK_STR(u.target, table[i].target);
    }
    CHECK(ap_same_host("https://a.example/x", "https://A.EXAMPLE:443/y#z"));
    CHECK(!ap_same_host("https://a.example/x", "https://b.example/x"));
    CHECK(!ap_same_host("https://a.example/x", "https://a.example:8443/x"));
    CHECK(!ap_same_host("https://a.example.evil/x", "https://a.example/x"));
    CHECK(!ap_same_host(NULL, "https://a.example/x"));
    CHECK(!ap_same_host("a", "a"));
}

TEST(redirects_lead_where_they_say)
{
    static const struct {
        const char *location, *to;
    } table[] = {
        {"https://b.example/x", "https://b.example/x"},
        {"//b.example/x", "https://b.example/x"},
        {"/x?y", "https://a.example/x?y"},
        {"x", "https://a.example/d/x"},
        {"../x", "https://a.example/x"},
        {"../../../x", "https://a.example/x"},
        {"./x/./y/..", "https://a.example/d/x/"},
        {"?q", "https://a.example/d/e?q"},
        {"#f", "https://a.example/d/e?p"},
        {"javascript:alert(1)", NULL},
        {"file:///etc/passwd", NULL},
        {"", NULL},
        {NULL, NULL},
    };
    SCOPED_ARENA struct arena *a = arena_open();
    struct ap_url base, to;
    CHECK(ap_url_read(a, "https://a.example/d/e?p", &base));
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        bool led = ap_url_join(a, &base, table[i].location, &to);
        CHECK_STR(led ? to.text : NULL, table[i].to);
    }
}

TEST(where_we_connect_to)
{
    static const struct {
        const char *address;
        bool always, insecure;
    } table[] = {
        {"93.184.216.34", true, true},
        {"1.1.1.1", true, true},
        {"100.63.255.255", true, true},
        {"100.128.0.0", true, true},
        {"172.15.0.1", true, true},
        {"172.32.0.1", true, true},
        {"198.17.0.1", true, true},
        {"223.255.255.255", true, true},
        {"0.0.0.0", false, false},
        {"0.1.2.3", false, false},
        {"10.0.0.1", false, true},
        {"127.0.0.1", false, true},
        {"127.255.0.1", false, true},
        {"100.64.0.1", false, false},
        {"169.254.169.254", false, false},
        {"172.16.0.1", false, true},
        {"172.31.255.255", false, true},
        {"192.0.0.1", false, false},
        {"192.0.2.1", false, false},
        {"192.88.99.1", false, false},
        {"192.168.1.1", false, true},
        {"198.18.0.1", false, false},
        {"198.19.255.255", false, false},
        {"198.51.100.1", false, false},
        {"203.0.113.1", false, false},
        {"224.0.0.1", false, false},
        {"239.255.255.255", false, false},
        {"240.0.0.1", false, false},
        {"255.255.255.255", false, false},
        {"2606:4700::1111", true, true},
        {"2a00:1450::1", true, true},
        {"2001:200::1", true, true},
        {"::", false, false},
        {"::1", false, true},
        {"fc00::1", false, true},
        {"fd12:3456::1", false, true},
        {"fe80::1", false, false},
        {"fec0::1", false, false},
        {"ff02::1", false, false},
        {"::ffff:127.0.0.1", false, false},
        {"::ffff:8.8.8.8", false, false},
        {"::127.0.0.1", false, false},
        {"64:ff9b::8.8.8.8", true, true},
        {"64:ff9b::10.0.0.1", false, false},
        {"64:ff9b::127.0.0.1", false, false},
        {"64:ff9b:1::1", false, false},
        {"2002:7f00:1::1", false, false},
        {"2001::1", false, false},
        {"2001:db8::1", false, false},
        {"2001:20::1", false, false},
        {"3fff::1", false, false},
        {"100::1", false, false},
    };
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        struct sockaddr_storage s = {0};
        struct sockaddr_in *in = (struct sockaddr_in *)&s;
        struct sockaddr_in6 *in6 = (struct sockaddr_in6 *)&s;
        s.ss_family = strchr(table[i].address, ':') ? AF_INET6 : AF_INET;
        CHECK(inet_pton(s.ss_family, table[i].address,
                        s.ss_family == AF_INET ? (void *)&in->sin_addr
                                               : (void *)&in6->sin6_addr) == 1);
        if (fetch_address_allowed((struct sockaddr *)&s, false) != table[i].always ||
            fetch_address_allowed((struct sockaddr *)&s, true) != table[i].insecure)
            fail_msg("%s", table[i].address);
    }
    struct sockaddr local = {.sa_family = AF_UNIX};
    CHECK(!fetch_address_allowed(&local, true));
}

TEST(what_we_ask_at_all)
{
    static const struct {
        const char *url;
        bool always, insecure;
    } table[] = {
        {"https://a.example/", true, true},       {"https://a.example:8443/", true, true},
        {"https://a.example:22/", false, false},  {"https://a.example:80/", false, false},
        {"https://a.example:993/", false, false}, {"http://a.example/", false, true},
        {"https://localhost/", false, true},      {"https://x.localhost/", false, true},
        {"https://printer.local/", false, true},  {"https://127.0.0.1/", false, true},
        {"https://[::1]/", false, true},          {"https://[2606:4700::1111]/", false, true},
        {"https://2130706433/", false, true},     {"https://127.1/", false, true},
        {"https://0x7f.0.0.1/", false, true},     {"https://1.1.1.1/", false, true},
        {"https://a.0x7f/", false, true},         {"https://intranet/", false, true},
        {"file:///etc/passwd", false, false},     {"gopher://a.example/", false, false},
    };
    for (size_t i = 0; i < sizeof table / sizeof *table; i++)
        if (fetch_url_allowed(table[i].url, false) != table[i].always ||
            fetch_url_allowed(table[i].url, true) != table[i].insecure)
            fail_msg("%s", table[i].url);
}

TEST(documents_that_are_refused)
{
    SCOPED_ARENA struct arena *a = arena_open();
    json_t *json;
    static const char *const refused[] = {
        "",
        "[]",
        "1",
        "null",
        "{",
        "{} x",
        "{}{}",
        "{\"a\":1,}",
        "{\"@graph\":[]}",
        "{\"a\":[{\"@included\":1}]}",
        "{\"a\":{\"b\":{\"@reverse\":{}}}}",
        "{\"a\":\"\xff\"}",
        "{\"a\":\"\\ud800\"}",
    };
    for (size_t i = 0; i < sizeof refused / sizeof *refused; i++)
        CHECK_ERR(ap_parse(a, refused[i], strlen(refused[i]), &json), ACTIVITY_INVALID);
    char deep[200] = "{\"a\":";
    for (int depth = AP_DEPTH_MAX - 1; depth <= AP_DEPTH_MAX; depth++) {
        char *p = deep + 5;
        memset(p, '[', (size_t)depth);
        memset(p + depth, ']', (size_t)depth);
        strcpy(p + 2 * depth, "}");
        if (depth < AP_DEPTH_MAX)
            CHECK_OK(ap_parse(a, deep, strlen(deep), &json));
        else
            CHECK_ERR(ap_parse(a, deep, strlen(deep), &json), ACTIVITY_INVALID);
    }
    parsed(a, "{\"a\":\"[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[\\\"[[[[\"}");
    parsed(a, "\xef\xbb\xbf{\"type\":\"Note\"}");
    parsed(a, "{\"@context\":{\"x\":{\"@reverse\":\"y\"}}}");
    CHECK_STR(ap_text(parsed(a, "{\"a\":\"1\",\"a\":\"2\"}"), "a"), "2");
}

TEST(scalars_arrays_strings_objects)
{
    SCOPED_ARENA struct arena *a = arena_open();
    size_t n;
    json_t *o =
        parsed(a, "{\"to\":\"x\",\"cc\":[\"x\",\"y\",null,\"x\",{\"id\":\"z\"},7],\"bto\":null,"
                  "\"bcc\":[],"
                  "\"object\":{\"@id\":\"o\"},\"actor\":[{\"id\":\"a\",\"type\":[\"Person\","
                  "\"as:Extra\"]}],"
                  "\"type\":[\"https://www.w3.org/ns/activitystreams#Create\",\"Other\"],"
                  "\"n\":\"12\",\"r\":3.9,\"big\":1e30,\"t\":\"true\",\"f\":false,\"one\":1,"
                  "\"name\":[null,{\"@value\":\"v\",\"@language\":\"en\"}],"
                  "\"contentMap\":{\"de\":\"eins\",\"en\":\"one\"},\"content\":\"one\","
                  "\"summaryMap\":{\"fr\":\"un\"},\"published\":\"2026-01-04T12:00:00Z\"}");
    CHECK_INT(ap_count(json_object_get(o, "to")), 1);
    CHECK_INT(ap_count(json_object_get(o, "bto")), 0);
    CHECK_INT(ap_count(json_object_get(o, "bcc")), 0);
    CHECK_INT(ap_count(NULL), 0);
    const char **ids = ap_ids_of(a, o, "cc", &n);
    CHECK_INT(n, 3);
    CHECK_STR(ids[0], "x");
    CHECK_STR(ids[1], "y");
    CHECK_STR(ids[2], "z");
    ap_ids_of(a, o, "none", &n);
    CHECK_INT(n, 0);
    CHECK_STR(ap_id_of(o, "object"), "o");
    CHECK_STR(ap_id_of(o, "actor"), "a");
    CHECK_STR(ap_id_of(o, "none"), NULL);
    CHECK(ap_object_of(o, "actor") && !ap_object_of(o, "to"));
    CHECK_STR(ap_type(o), "Create");
    CHECK(ap_is(o, "Create") && ap_is(o, "Other") && !ap_is(o, "Note"));
    CHECK(ap_is_actor(ap_object_of(o, "actor")) && ap_is(ap_object_of(o, "actor"), "Extra"));
    CHECK_STR(ap_type(NULL), "");
    CHECK_INT(ap_int(o, "n", 0), 12);
    CHECK_INT(ap_int(o, "r", 0), 3);
    CHECK_INT(ap_int(o, "big", -1), -1);
    CHECK_INT(ap_int(o, "name", -1), -1);
    CHECK(ap_bool(o, "t", false) && !ap_bool(o, "f", true) && ap_bool(o, "one", false) &&
          ap_bool(o, "none", true));
    CHECK_STR(ap_text(o, "name"), "v");
    const char *language;
    CHECK_STR(ap_text_mapped(o, "content", &language), "one");
    CHECK_STR(language, "en");
    CHECK_STR(ap_text_mapped(o, "summary", &language), "un");
    CHECK_STR(language, "fr");
    CHECK_STR(ap_text_mapped(o, "none", &language), NULL);
    CHECK_INT(ap_date(o, "published", 0), 1767528000000);
    CHECK_INT(ap_date(o, "updated", 5), 5);
    CHECK(ap_is_addressed(o, "z") && !ap_is_addressed(o, "w"));
    /* ids that are too long are none */
    char *longest = arena_alloc(a, AP_URL_MAX + 10);
    memset(longest, 'x', AP_URL_MAX + 1);
    CHECK_STR(ap_id(parsed(a, arena_printf(a, "{\"id\":\"%s\"}", longest))), NULL);
}

TEST(public_in_every_spelling)
{
    SCOPED_ARENA struct arena *a = arena_open();
    static const struct {
        const char *text;
        bool is;
    } table[] = {
        {"{\"to\":\"https://www.w3.org/ns/activitystreams#Public\"}", true},
        {"{\"cc\":[\"x\",\"as:Public\"]}", true},
        {"{\"to\":[\"Public\"],\"cc\":null}", true},
        {"{\"to\":{\"id\":\"https://www.w3.org/ns/activitystreams#Public\"}}", true},
        {"{\"to\":[\"https://a.example/followers\"]}", false},
        {"{\"to\":\"https://www.w3.org/ns/activitystreams#public\"}", false},
        {"{\"bcc\":\"as:Public\"}", false},
        {"{}", false},
    };
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        json_t *o = parsed(a, table[i].text);
        if (ap_is_public(json_object_get(o, "to"), json_object_get(o, "cc")) != table[i].is)
            fail_msg("%s", table[i].text);
    }
}

TEST(links_and_pictures)
{
    SCOPED_ARENA struct arena *a = arena_open();
    static const struct {
        const char *value, *page, *picture;
    } table[] = {
        {"\"https://a.example/x\"", "https://a.example/x", "https://a.example/x"},
        {"{\"type\":\"Link\",\"href\":\"https://a.example/x\"}", "https://a.example/x",
         "https://a.example/x"},
        {"[{\"href\":\"https://a.example/m\",\"mediaType\":\"video/mp4\"},"
         "{\"href\":\"https://a.example/x\",\"mediaType\":\"text/html\"}]",
         "https://a.example/x", "https://a.example/m"},
        {"[{\"href\":\"https://a.example/m\",\"mimeType\":\"text/html; charset=utf-8\"}]",
         "https://a.example/m", "https://a.example/m"},
        {"{\"type\":\"Image\",\"url\":\"https://a.example/i.png\"}", NULL,
         "https://a.example/i.png"},
        {"[{\"type\":\"Image\",\"url\":[{\"href\":\"https://a.example/i.png\"}]}]", NULL,
         "https://a.example/i.png"},
        {"\"javascript:alert(1)\"", NULL, NULL},
        {"{\"href\":\"javascript:alert(1)\"}", NULL, NULL},
        {"[\"data:text/html,x\",\"https://a.example/x\"]", "https://a.example/x",
         "https://a.example/x"},
        {"\"https://a.example/\\u0001\"", NULL, NULL},
        {"null", NULL, NULL},
        {"7", NULL, NULL},
        {"[]", NULL, NULL},
    };
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        json_t *o = parsed(a, arena_printf(a, "{\"v\":%s}", table[i].value));
        CHECK_STR(ap_page_url(o, "v"), table[i].page);
        CHECK_STR(ap_image_url(o, "v"), table[i].picture);
    }
}

TEST(every_fixture_is_read)
{
    SCOPED_ARENA struct arena *a = arena_open();
    if (shared_missing(a, "ap-fixtures"))
        return;
    size_t count;
    struct fixture **all = fixtures(a, "ap-fixtures/*.json", &count);
    for (size_t i = 0; i < count; i++) {
        json_t *json;
        const struct fixture *f = all[i];
        if (strcmp(f->message.method, "POST") != 0)
            continue;
        CHECK_OK(ap_parse(a, f->message.body, f->message.body_bytes, &json));
        if (!*ap_type(json) || !ap_id(json) || !ap_id_of(json, "actor"))
            fail_msg("%s: no type, id or actor", f->name);
    }
    glob_t found;
    CHECK(!glob(shared_path(a, "ap-fixtures/*-actor*.json"), 0, NULL, &found));
    for (size_t i = 0; i < found.gl_pathc; i++) {
        json_t *body = json_object_get(shared_json(a, found.gl_pathv[i]), "body");
        struct ap_key key;
        struct key *read;
        if (!ap_is_actor(body))
            continue; /* a message about an actor */
        if (!ap_key_of(body, NULL, &key) || strcmp(key.owner, ap_id(body)) != 0)
            fail_msg("%s: no key", found.gl_pathv[i]);
        struct ap_key other;
        CHECK(ap_key_of(body, key.id, &other));
        CHECK(ap_key_of(body, ap_id(body), &other)); /* so older PeerTubes name it */
        CHECK_STR(other.id, key.id);
        CHECK(!ap_key_of(body, "https://x.example/k", &other));
        CHECK_OK(key_read_in(a, key.pem, &read));
        CHECK(ap_text(body, "inbox") && ap_text(body, "preferredUsername"));
    }
    globfree(&found);
}

TEST_MAIN
