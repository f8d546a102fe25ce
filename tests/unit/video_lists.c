/* Videos against a real database: who sees what, lists, totals kept by triggers, search,
 * chapters, edits, removal. */
#include "tests/unit/test.h"

#include "base/clock.h"
#include "base/crypto.h"
#include "server/db/db_account.h"
#include "server/db/db_making.h"
#include "server/db/db_video.h"
#include "server/domain/account.h"
#include "server/domain/chapter.h"
#include "server/domain/video.h"
#include "server/domain/video_fields.h"
#include "server/domain/video_token.h"
#include "server/storage/storage.h"
#include "server/view/video_json.h"

struct site {
    char *folder;
    struct arena *a;
    struct db_pool *pool;
    struct db *db;
    struct storage *storage;
    struct caller root, alice, bob;
    int64_t channel; /* alice's */
};

static struct caller caller_made(struct site *s, const char *name, enum role role)
{
    struct user u;
    int64_t id;
    if (role != ROLE_ADMINISTRATOR)
        CHECK_OK(user_create(s->db, s->a,
                             &(struct user_new){.username = name,
                                                .password = "secret1",
                                                .role = role,
                                                .quota_bytes = -1,
                                                .quota_daily_bytes = -1},
                             &id));
    CHECK_OK(user_find(s->db, s->a, name, &u));
    return (struct caller){.user_id = u.id, .account_id = u.account_id, .role = role};
}

static void site_open(struct site *s)
{
    const char *made;
    struct channel channel;
    *s = (struct site){.folder = test_folder(), .a = arena_open()};
    CHECK_OK(storage_open(s->a, s->folder, &s->storage));
    CHECK_OK(db_pool_open(arena_printf(s->a, "%s/t.db", s->folder), &s->pool));
    CHECK_OK(db_open(s->pool, &s->db));
    CHECK_OK(account_ensure_root(s->db, s->a, "root-secret", &made));
    s->root = caller_made(s, "root", ROLE_ADMINISTRATOR);
    s->alice = caller_made(s, "alice", ROLE_USER);
    s->bob = caller_made(s, "bob", ROLE_USER);
    CHECK_OK(account_channel_of_user(s->db, s->a, s->alice.user_id, 0, &channel));
    s->channel = channel.actor.id;
}

static void site_close(struct site *s)
{
    db_close(s->db);
    db_pool_close(s->pool);
    arena_close(s->a);
    test_folder_remove(s->folder);
}

/* A video of alice's, published when `playable`. */
static struct err video_made(struct site *s, const char *name, int privacy, const char *tags,
                             bool playable, int64_t *id)
{
    char uuid[UUID_TEXT];
    struct video_new v = {.user_id = s->alice.user_id,
                          .channel_id = s->channel,
                          .name = name,
                          .tags_json = tags,
                          .privacy = privacy,
                          .comments_policy = 1,
                          .source_name = "x.mp4",
                          .source_bytes = 5};
    static int64_t clock = 1000;
    TRY(db_video_insert(s->db, &v, uuid_new(uuid), "m", "s", clock++, id));
    bool changed;
    return playable ? db_making_playable(s->db, *id, clock++, &changed) : OK;
}

static int64_t video(struct site *s, const char *name, int privacy, const char *tags)
{
    int64_t id = 0;
    CHECK_OK(db_begin(s->db));
    CHECK_OK(video_made(s, name, privacy, tags, true, &id));
    CHECK_OK(db_commit(s->db));
    return id;
}

static const struct video_query newest = {
    .of = OF_SITE, .sort = "published", .descending = true, .count = 20, .nsfw = -1};

/* Names of a list, comma separated, and its total. */
static const char *listed(struct site *s, struct video_query q)
{
    struct video_list list;
    struct strbuf out = STRBUF_IN(s->a);
    CHECK_OK(video_list(s->db, s->a, &q, &list));
    for (size_t i = 0; i < list.count; i++)
        strbuf_addf(&out, "%s%s", i ? "," : "", list.items[i].name);
    strbuf_addf(&out, " %lld", (long long)list.total);
    return out.text;
}

TEST(who_sees_what)
{
    struct site s;
    site_open(&s);
    int64_t waiting;
    CHECK_OK(db_begin(s.db));
    CHECK_OK(video_made(&s, "waiting", PRIVACY_PUBLIC, "[]", false, &waiting));
    CHECK_OK(db_commit(s.db));
    /*  rows: anonymous, bob, alice (owner), root; then by number as bob */
    const struct {
        int64_t id;
        enum err_id expected[5];
    } table[] = {
        {video(&s, "public", PRIVACY_PUBLIC, "[]"), {0, 0, 0, 0, 0}},
        {video(&s, "unlisted", PRIVACY_UNLISTED, "[]"), {0, 0, 0, 0, ERR_VIDEO_NOT_FOUND}},
        {video(&s, "private", PRIVACY_PRIVATE, "[]"),
         {ERR_UNAUTHORIZED, ERR_FORBIDDEN, 0, 0, ERR_FORBIDDEN}},
        {video(&s, "internal", PRIVACY_INTERNAL, "[]"), {ERR_UNAUTHORIZED, 0, 0, 0, 0}},
        {waiting, {ERR_VIDEO_NOT_FOUND, ERR_VIDEO_NOT_FOUND, 0, 0, ERR_VIDEO_NOT_FOUND}},
    };
    const struct caller *const callers[] = {NULL, &s.bob, &s.alice, &s.root, &s.bob};
    for (size_t row = 0; row < sizeof table / sizeof *table; row++) {
        struct video v;
        CHECK_OK(db_video_by_id(s.db, s.a, table[row].id, &v));
        for (int c = 0; c < 5; c++) {
            const char *id = c == 4  ? arena_printf(s.a, "%lld", (long long)v.id)
                             : c % 2 ? v.short_uuid
                                     : v.uuid;
            struct video seen;
            CHECK_INT(video_see(s.db, s.a, callers[c], id, &seen).id, table[row].expected[c]);
        }
    }
    struct video v;
    CHECK_ERR(video_see(s.db, s.a, NULL, "999", &v), VIDEO_NOT_FOUND);
    CHECK_ERR(video_see(s.db, s.a, NULL, "'; --", &v), VIDEO_NOT_FOUND);
    CHECK_ERR(video_see(s.db, s.a, NULL, "99999999999999999999999", &v), VIDEO_NOT_FOUND);
    CHECK_ERR(video_see(s.db, s.a, NULL, "", &v), VIDEO_NOT_FOUND);
    site_close(&s);
}

TEST(lists_and_their_totals)
{
    struct site s;
    site_open(&s);
    video(&s, "one", PRIVACY_PUBLIC, "[\"Sea\"]");
    video(&s, "two", PRIVACY_PUBLIC, "[\"land\",\"sea\"]");
    int64_t three = video(&s, "three", PRIVACY_PUBLIC, "[]");
    video(&s, "hidden", PRIVACY_PRIVATE, "[\"sea\"]");
    struct video_query q = newest;
    CHECK_STR(listed(&s, q), "three,two,one 3");
    q.start = 1, q.count = 1;
    CHECK_STR(listed(&s, q), "two 3");
    q = newest, q.sort = "name", q.descending = false;
    CHECK_STR(listed(&s, q), "one,three,two 3");
    q = newest, q.sort = "trending";
    CHECK_STR(listed(&s, q), "three,two,one 3");
    q = newest, q.tags_one_json = "[\"sea\"]";
    CHECK_STR(listed(&s, q), "two,one 2");
    q.tags_all_json = "[\"land\"]";
    CHECK_STR(listed(&s, q), "two 1");
    q = newest, q.of = OF_CHANNEL, q.of_id = s.channel;
    CHECK_STR(listed(&s, q), "three,two,one 3");
    q.sort = "name";
    CHECK_STR(listed(&s, q), "two,three,one 3");
    q = newest, q.of = OF_ACCOUNT, q.of_id = s.alice.account_id;
    CHECK_STR(listed(&s, q), "three,two,one 3");
    q.everything = true;
    CHECK_STR(listed(&s, q), "hidden,three,two,one 4");
    q.words = "hid";
    CHECK_STR(listed(&s, q), "hidden 1");
    q.words = "%";
    CHECK_STR(listed(&s, q), " 0");

    /* views make a trend, and the totals follow every change */
    CHECK_OK(db_begin(s.db));
    CHECK_OK(db_video_views_add(s.db, three - 1, 5, now_ms() / 86400000));
    CHECK_OK(db_commit(s.db));
    q = newest, q.sort = "trending";
    CHECK_STR(listed(&s, q), "two,three,one 3");
    q.start = 1, q.count = 1;
    CHECK_STR(listed(&s, q), "three 3");
    struct video v;
    CHECK_OK(db_video_by_id(s.db, s.a, three, &v));
    CHECK_OK(video_update(s.db, s.storage, s.a, &v,
                          &(struct video_fields){.given = VIDEO_NSFW, .nsfw = true}));
    q = newest, q.nsfw = 0;
    CHECK_STR(listed(&s, q), "two,one 2");
    q.of = OF_CHANNEL, q.of_id = s.channel;
    CHECK_STR(listed(&s, q), "two,one 2");
    CHECK_OK(video_delete(s.db, s.storage, s.a, &v));
    CHECK_STR(listed(&s, newest), "two,one 2");
    q.nsfw = -1;
    CHECK_STR(listed(&s, q), "two,one 2");
    site_close(&s);
}

TEST(words_are_found_however_they_are_typed)
{
    struct site s;
    site_open(&s);
    video(&s, "Caf\xc3\xa9 au lait", PRIVACY_PUBLIC, "[]");
    static const struct {
        const char *words, *found;
    } table[] = {
        {"cafe", "Caf\xc3\xa9 au lait 1"},
        {"LAIT caf", "Caf\xc3\xa9 au lait 1"},
        {"\"au\" lait", "Caf\xc3\xa9 au lait 1"},
        {"tea", " 0"},
        {"cafe tea", " 0"},
        {"NOT", " 0"},
        {"a OR b", " 0"},
        {"name:cafe", " 0"},
        {"*", " 0"},
        {"\"", " 0"},
        {"()", " 0"},
        {"NEAR(cafe, 2)", " 0"},
        {"-lait", "Caf\xc3\xa9 au lait 1"},
        {"^cafe", "Caf\xc3\xa9 au lait 1"},
    };
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        struct video_query q = newest;
        q.words = table[i].words;
        CHECK_STR(listed(&s, q), table[i].found);
        q.sort = "match";
        CHECK_STR(listed(&s, q), table[i].found);
    }
    CHECK_STR(video_match(s.a, " sea  lions"), "\"sea\" \"lions\"*");
    CHECK_STR(video_match(s.a, " ?! "), NULL);
    site_close(&s);
}

TEST(a_stream_lies_where_its_privacy_says)
{
    struct site s;
    site_open(&s);
    struct video v;
    CHECK_OK(db_video_by_id(s.db, s.a, video(&s, "x", PRIVACY_PUBLIC, "[]"), &v));
    const char *open = storage_hls_folder(s.storage, s.a, v.uuid, false);
    const char *hidden = storage_hls_folder(s.storage, s.a, v.uuid, true);
    CHECK_OK(folder_make(open));
    static const int steps[] = {PRIVACY_UNLISTED, PRIVACY_PRIVATE, PRIVACY_INTERNAL,
                                PRIVACY_PUBLIC,   PRIVACY_PRIVATE, PRIVACY_PRIVATE};
    for (size_t i = 0; i < sizeof steps / sizeof *steps; i++) {
        CHECK_OK(
            video_update(s.db, s.storage, s.a, &v,
                         &(struct video_fields){.given = VIDEO_PRIVACY, .privacy = steps[i]}));
        CHECK_OK(db_video_by_id(s.db, s.a, v.id, &v));
        CHECK_INT(v.privacy, steps[i]);
        CHECK_INT(path_exists(open), !video_is_private(&v));
        CHECK_INT(path_exists(hidden), video_is_private(&v));
        CHECK_INT(v.listed, steps[i] == PRIVACY_PUBLIC);
    }
    /* what a crash leaves: the folder on the other side, and a row that says so */
    CHECK_OK(storage_hls_move(s.storage, s.a, v.uuid, false));
    CHECK_OK(db_begin(s.db));
    CHECK_OK(db_moving_put(s.db, v.id));
    CHECK_OK(db_trash_put(s.db, "../outside"));
    CHECK_OK(db_commit(s.db));
    const char *outside = arena_printf(s.a, "%s/../outside-%d", s.folder, (int)getpid());
    CHECK_OK(video_settle(s.db, s.storage));
    (void)outside;
    CHECK_INT(path_exists(hidden), true);
    CHECK_INT(path_exists(open), false);
    /* gone with everything */
    CHECK_OK(video_delete(s.db, s.storage, s.a, &v));
    CHECK_INT(path_exists(hidden), false);
    CHECK_ERR(db_video_by_id(s.db, s.a, v.id, &v), VIDEO_NOT_FOUND);
    site_close(&s);
}

TEST(a_token_is_of_one_video_and_ends)
{
    struct site s;
    const char *token, *first = "11111111-2222-4333-8444-555555555555",
                       *second = "21111111-2222-4333-8444-555555555555";
    int64_t until, user;
    site_open(&s);
    CHECK_OK(video_token_make(s.db, s.a, first, 7, 1000, &token, &until));
    CHECK_INT(until, 1000 + VIDEO_TOKEN_MS);
    CHECK_OK(video_token_check(s.db, s.a, first, token, until, &user));
    CHECK_INT(user, 7);
    CHECK_ERR(video_token_check(s.db, s.a, first, token, until + 1, &user), FORBIDDEN);
    CHECK_ERR(video_token_check(s.db, s.a, second, token, 1000, &user), FORBIDDEN);
    char *forged = arena_strdup(s.a, token);
    forged[0] = forged[0] == 'f' ? 'e' : 'f';
    CHECK_ERR(video_token_check(s.db, s.a, first, forged, 1000, &user), FORBIDDEN);
    static const char *const wrong[] = {"", "-", "--", "1-7-", "1", "zz-7-00", "1-0-00"};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
        CHECK_ERR(video_token_check(s.db, s.a, first, wrong[i], 1000, &user), FORBIDDEN);
    site_close(&s);
}

/* "12:Title,…" */
static const char *chapters(struct arena *a, const char *description, const char *set,
                            const char *probe)
{
    struct chapter_list list;
    struct strbuf out = STRBUF_IN(a);
    chapters_read(a, description, set, probe, &list);
    for (size_t i = 0; i < list.count; i++)
        strbuf_addf(&out, "%s%lld:%s", i ? "," : "", (long long)list.items[i].start_s,
                    list.items[i].title);
    return out.text ? out.text : "";
}

TEST(chapters_of_descriptions)
{
    struct arena *a = arena_open();
    static const struct {
        const char *text, *expected;
    } table[] = {
        {NULL, ""},
        {"", ""},
        {"0:00 Only one", ""},
        {"0:00 A\n1:05 B", "0:A,65:B"},
        {"Intro\r\n0:00 A\r\n1:00:05 B\r\n", "0:A,3605:B"},
        {"00:00 A\n0h10m5s B\n2h0m0 C", "0:A,605:B,7200:C"},
        {"0:10 B\n0:05 A\n0:20 C", "10:B,20:C"},
        {"0:00\n0:10 \n0:20x", ""},
        {"5 things I saw\n7 more", ""},
        {"at 0:00 A\nthen 0:10 B", ""},
        {"99999:00 A\n0:10 B", ""},
        {"0:00 - A\n0:10 - B", "0:A,10:B"},
    };
    for (size_t i = 0; i < sizeof table / sizeof *table; i++)
        CHECK_STR(chapters(a, table[i].text, NULL, NULL), table[i].expected);
    const char *probe = "{\"chapters\":[{\"start_us\":0,\"title\":\"O\"},"
                        "{\"start_us\":1979000,\"title\":\"P\"},"
                        "{\"start_us\":2100000,\"title\":\"within the same second\"}]}";
    CHECK_STR(chapters(a, "none", NULL, probe), "0:O,2:P");
    CHECK_STR(chapters(a, "0:00 A\n1:05 B", NULL, probe), "0:A,65:B");
    CHECK_STR(chapters(a, "0:00 A\n1:05 B", "[[3,\"Set\"]]", probe), "3:Set");
    CHECK_STR(chapters(a, "0:00 A\n1:05 B", "[]", probe), "");
    CHECK_STR(chapters(a, NULL, "broken", "broken"), "");
    arena_close(a);
}

TEST_MAIN
