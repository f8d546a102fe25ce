/* The pieces of the HTTP server that are pure: routes, escapes, multipart bodies, addresses. */
#include "tests/unit/test.h"

#include "base/strbuf.h"
#include "server/http/exchange.h"

#include <arpa/inet.h>
#include <netinet/in.h>

/* --- routes */

static struct err nothing(struct req *rq, struct res *rs)
{
    (void)rq;
    (void)rs;
    return OK;
}

static const struct route table[] = {
    {HTTP_GET, "/", .handler = nothing},
    {HTTP_GET, "/videos", .handler = nothing},
    {HTTP_GET, "/videos/:id", .handler = nothing},
    {HTTP_DELETE, "/videos/:id", .handler = nothing},
    {HTTP_POST, "/videos/upload", .handler = nothing},
    {HTTP_GET, "/videos/:video/comments/:comment", .handler = nothing},
    {HTTP_GET, "/videos/live/comments", .handler = nothing},
    {HTTP_GET, "/files/:path*", .handler = nothing},
    {HTTP_GET, "/files/index", .handler = nothing},
    {HTTP_GET, "/a/:x/b/c", .handler = nothing},
    {HTTP_GET, "/a/b/:y", .handler = nothing},
    {0},
};

TEST(routes_prefer_words_over_parameters)
{
    static const struct {
        enum http_method method;
        const char *path, *pattern, *params, *allow;
    } cases[] = {
        {HTTP_GET, "/", "/", "", NULL},
        {HTTP_GET, "/videos", "/videos", "", NULL},
        {HTTP_GET, "/videos/", "/videos", "", NULL},
        {HTTP_GET, "/videos/12", "/videos/:id", "id=12;", NULL},
        {HTTP_HEAD, "/videos/12", "/videos/:id", "id=12;", NULL},
        {HTTP_POST, "/videos/upload", "/videos/upload", "", NULL},
        {HTTP_DELETE, "/videos/upload", "/videos/:id", "id=upload;", NULL},
        {HTTP_PUT, "/videos/upload", NULL, "", "GET, HEAD, POST, DELETE, OPTIONS"},
        {HTTP_GET, "/videos/live/comments", "/videos/live/comments", "", NULL},
        {HTTP_GET, "/videos/live/comments/3", "/videos/:video/comments/:comment",
         "video=live;comment=3;", NULL},
        {HTTP_GET, "/files/index", "/files/index", "", NULL},
        {HTTP_GET, "/files/index/x", "/files/:path*", "path=index/x;", NULL},
        {HTTP_GET, "/files/a/b%2Fc/d", "/files/:path*", "path=a/b/c/d;", NULL},
        {HTTP_GET, "/files", NULL, "", NULL},
        {HTTP_GET, "/a/b/b/c", "/a/:x/b/c", "x=b;", NULL},
        {HTTP_GET, "/a/b/b", "/a/b/:y", "y=b;", NULL},
        {HTTP_GET, "/a/b/b/d", NULL, "", NULL},
        {HTTP_GET, "/nowhere", NULL, "", NULL},
        {HTTP_GET, "/videos//comments/1", NULL, "", NULL},
    };
    struct routes *routes = routes_open(table);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char path[200], got[200] = "", allow[64];
        struct segments segments;
        struct match m;
        CHECK(text_path(cases[i].path, strlen(cases[i].path), path, &segments));
        routes_match(routes, &segments, cases[i].method, &m);
        CHECK_STR(m.route ? m.route->pattern : NULL, cases[i].pattern);
        for (size_t k = 0, n = 0; m.route && k < m.param_count; k++) {
            const char *value = segments.at[m.segment[k]].text;
            size_t bytes = m.rest && k + 1 == m.param_count ? strlen(value)
                                                            : segments.at[m.segment[k]].bytes;
            n += (size_t)snprintf(got + n, sizeof got - n, "%s=%.*s;", m.names[k], (int)bytes,
                                  value);
        }
        CHECK_STR(got, cases[i].params);
        CHECK_STR(!m.route && m.methods ? methods_text(m.methods, allow) : NULL,
                  cases[i].allow);
    }
    routes_close(routes);
}

/* --- escapes */

TEST(escapes_decode_or_are_refused)
{
    static const struct {
        const char *in;
        bool form;
        const char *out; /* NULL: refused */
    } cases[] = {
        {"", false, ""},
        {"abc", false, "abc"},
        {"a%20b", false, "a b"},
        {"a+b", false, "a+b"},
        {"a+b", true, "a b"},
        {"%41%42", false, "AB"},
        {"%2", false, NULL},
        {"%", false, NULL},
        {"%gg", false, NULL},
        {"a%00", false, NULL},
        {"%2525", false, "%25"},
        {"%C3%A9", false, "\xc3\xa9"},
        {"%C3", false, NULL},
        {"%C0%80", false, NULL},
        {"%ED%A0%80", false, NULL},
        {"%F4%90%80%80", true, NULL},
        {"%f0%9f%90%b1", true, "\xf0\x9f\x90\xb1"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char out[100];
        size_t bytes;
        bool fine = text_unescape(cases[i].in, strlen(cases[i].in), cases[i].form, out, &bytes);
        CHECK_STR(fine ? out : NULL, cases[i].out);
    }
}

TEST(a_path_has_a_limit_of_segments)
{
    char path[400] = "", out[400];
    struct segments segments;
    for (int i = 0; i < SEGMENTS_MAX; i++)
        strcat(path, "/x");
    CHECK(text_path(path, strlen(path), out, &segments));
    CHECK_INT(segments.count, SEGMENTS_MAX);
    strcat(path, "/x");
    CHECK(!text_path(path, strlen(path), out, &segments));
}

/* --- multipart */

static struct err log_begin(void *owner, const struct multipart_part *part)
{
    strbuf_addf(owner, "[%s|%s|%s=", part->name, part->filename ? part->filename : "-",
                part->content_type ? part->content_type : "-");
    return OK;
}

static struct err log_data(void *owner, const char *data, size_t bytes)
{
    strbuf_add(owner, data, bytes);
    return OK;
}

static struct err log_end(void *owner)
{
    strbuf_adds(owner, "]");
    return OK;
}

/* What was read of `body`, given in pieces of `piece` bytes; "!" when it was refused. */
static const char *multipart_log(struct arena *a, const char *type, const char *body,
                                 size_t piece)
{
    struct strbuf log = STRBUF_IN(a);
    struct multipart m;
    struct err e = multipart_init(&m, a, type,
                                  &(struct multipart_sink){log_begin, log_data, log_end, &log});
    for (size_t at = 0, bytes = strlen(body); !e.id && at < bytes; at += piece)
        e = multipart_feed(&m, body + at, bytes - at < piece ? bytes - at : piece);
    if (!e.id)
        e = multipart_end(&m);
    return e.id ? "!" : log.text ? log.text : "";
}

#define DISPOSITION "Content-Disposition: form-data; "

TEST(multipart_bodies_are_read_in_any_pieces)
{
    static const struct {
        const char *body, *want;
    } cases[] = {
        {"--bb--", ""},
        {"--bb--\r\nepilogue", ""},
        {"preamble\r\n--bb--\r\n", ""},
        {"--bb\r\n" DISPOSITION "name=a\r\n\r\n1\r\n--bb--\r\n", "[a|-|-=1]"},
        {"--bb \t\r\n" DISPOSITION "name=\"a\"\r\n\r\n\r\n--bb--", "[a|-|-=]"},
        {"--bb\r\n" DISPOSITION "name=a\r\n\r\n1\r\n--bb\r\n" DISPOSITION
         "name=a\r\n\r\n2\r\n--bb--",
         "[a|-|-=1][a|-|-=2]"},
        {"--bb\r\n" DISPOSITION "name=a\r\n\r\n\r\n--b\r\n--bc\r\r\n\r\n--bb--",
         "[a|-|-=\r\n--b\r\n--bc\r\r\n]"},
        {"--bb\r\ncontent-disposition:form-data;NAME=\"x;y\";filename=\"a \\\"b\\\".mp4\"\r\n"
         "Content-Type: video/mp4\r\n\r\ndata\r\n--bb--",
         "[x;y|a \"b\".mp4|video/mp4=data]"},
        {"--bb\r\n" DISPOSITION "name=f; filename=\"C:\\dir\\%22q%22.mp4\"\r\n\r\n\r\n--bb--",
         "[f|\"q\".mp4|-=]"},
        {"--bb\r\n" DISPOSITION "name=f; filename=\"x\"; filename*=UTF-8''%e2%82%ac.mp4\r\n\r\n"
         "\r\n--bb--",
         "[f|\xe2\x82\xac.mp4|-=]"},
        {"--bb\r\n" DISPOSITION "name=f; filename=\"../../etc/passwd\"\r\n\r\n\r\n--bb--",
         "[f|passwd|-=]"},
        {"--bb\r\n" DISPOSITION "name=f; filename=\"\xff\"\r\n\r\n\r\n--bb--", "[f|file|-=]"},
        {"--bb\r\n" DISPOSITION "name=f; filename=\"\"\r\n\r\n\r\n--bb--", "[f||-=]"},
        {"", "!"},
        {"--bb", "!"},
        {"--bb\r\n", "!"},
        {"--bbx\r\n", "!"},
        {"--bb-x", "!"},
        {"--bb\r\n\r\nno name\r\n--bb--", "!"},
        {"--bb\r\n" DISPOSITION "name=a\r\n\r\n1\r\n--bb", "!"},
        {"--bb\r\n" DISPOSITION "name=a\r\n\r\n1", "!"},
        {"--bb\r\n" DISPOSITION "name=\"\xff\"\r\n\r\n1\r\n--bb--", "!"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        for (size_t piece = 1; piece < 200; piece += piece < 20 ? 1 : 60) {
            SCOPED_ARENA struct arena *a = arena_open();
            CHECK_STR(
                multipart_log(a, "multipart/form-data; boundary=bb", cases[i].body, piece),
                cases[i].want);
        }
}

TEST(a_boundary_must_be_usable)
{
    SCOPED_ARENA struct arena *a = arena_open();
    const char *body = "--b b\r\n" DISPOSITION "name=a\r\n\r\n1\r\n--b b--";
    CHECK_STR(
        multipart_log(a, "multipart/form-data; charset=utf-8; boundary=\"b b\"", body, 99),
        "[a|-|-=1]");
    CHECK_STR(multipart_log(a, "multipart/form-data", body, 99), "!");
    CHECK_STR(multipart_log(a, "multipart/form-data; boundary=", body, 99), "!");
    char type[200];
    snprintf(type, sizeof type, "multipart/form-data; boundary=%071d", 1);
    CHECK_STR(multipart_log(a, type, body, 99), "!");
    CHECK_STR(multipart_log(a, NULL, body, 99), "!");
}

/* --- conditions and addresses */

TEST(etags_match_weakly)
{
    CHECK(etag_matches("\"a\"", "\"a\""));
    CHECK(etag_matches("W/\"a\"", "\"a\""));
    CHECK(etag_matches("\"b\" ,W/\"a\"", "W/\"a\""));
    CHECK(etag_matches("*", "\"a\""));
    CHECK(!etag_matches("\"ab\"", "\"a\""));
    CHECK(!etag_matches("a", "\"a\""));
    CHECK(!etag_matches("\"x\"a\"\"", "\"a"));
    CHECK(!etag_matches("", "\"a\""));
    CHECK(!etag_matches("\"never closed", "\"a\""));
}

TEST(networks_hold_addresses)
{
    struct networks *nets =
        networks_open("10.0.0.0/8, 192.168.1.7,2001:db8::/33 nonsense 1/99");
    static const struct {
        int family;
        const char *text;
        bool inside;
    } cases[] = {
        {AF_INET, "10.255.0.1", true},         {AF_INET, "11.0.0.1", false},
        {AF_INET, "192.168.1.7", true},        {AF_INET, "192.168.1.8", false},
        {AF_INET6, "::ffff:10.1.1.1", true},   {AF_INET6, "2001:db8:7fff::1", true},
        {AF_INET6, "2001:db8:8000::1", false},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct sockaddr_storage s = {.ss_family = (sa_family_t)cases[i].family};
        if (cases[i].family == AF_INET)
            inet_pton(AF_INET, cases[i].text, &((struct sockaddr_in *)&s)->sin_addr);
        else
            inet_pton(AF_INET6, cases[i].text, &((struct sockaddr_in6 *)&s)->sin6_addr);
        CHECK_INT(networks_have(nets, (struct sockaddr *)&s), cases[i].inside);
    }
    networks_close(nets);
}

TEST(content_types_by_ending)
{
    CHECK_STR(http_content_type("x/master.M3U8"), "application/vnd.apple.mpegurl");
    CHECK_STR(http_content_type("a.b.mp4"), "video/mp4");
    CHECK_STR(http_content_type("none"), "application/octet-stream");
    CHECK_STR(http_content_type("page.html"), "text/html; charset=utf-8");
}

TEST_MAIN
