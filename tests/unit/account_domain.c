/* Users, channels, tokens and space against a real database. */
#include "tests/unit/test.h"

#include "base/clock.h"
#include "base/crypto.h"
#include "server/db/db_account.h"
#include "server/domain/account.h"
#include "server/domain/federated.h"
#include "server/domain/session.h"
#include "server/domain/throttle.h"

struct site {
    char *folder;
    struct arena *a;
    struct db_pool *pool;
    struct db *db;
    int64_t root, alice; /* users */
};

static int64_t user_made(struct site *s, const char *name, const char *email)
{
    int64_t id;
    struct user_new u = {
        .username = name,
        .email = email,
        .password = "secret1",
        .role = ROLE_USER,
        .quota_bytes = 1000,
        .quota_daily_bytes = 600,
    };
    CHECK_OK(user_create(s->db, s->a, &u, &id));
    return id;
}

static struct site *site_open(void)
{
    struct site *s = calloc(1, sizeof *s);
    const char *made;
    s->folder = test_folder();
    s->a = arena_open();
    CHECK_OK(db_pool_open(arena_printf(s->a, "%s/t.sqlite", s->folder), &s->pool));
    CHECK_OK(db_open(s->pool, &s->db));
    CHECK_OK(account_ensure_root(s->db, s->a, "root-secret", &made));
    CHECK_STR(made, NULL);
    struct user root;
    CHECK_OK(user_find(s->db, s->a, "root", &root));
    s->root = root.id;
    s->alice = user_made(s, "alice", "Alice@Example.org");
    return s;
}

static void site_close(struct site *s)
{
    db_close(s->db);
    db_pool_close(s->pool);
    arena_close(s->a);
    test_folder_remove(s->folder);
    free(s);
}

static struct err sign_in(struct site *s, struct throttle *t, const char *address,
                          const char *login, const char *password, struct session_tokens *out)
{
    int wait;
    struct session_origin from = {address, "test"};
    return session_sign_in(s->db, s->a, t, login, password, false, &from, out, &wait);
}

static struct err find(struct site *s, const char *token, struct caller *out)
{
    bool cookie, renewed;
    return session_find(s->db, s->a, token, now_ms(), out, &cookie, &renewed);
}

static struct caller caller_of(struct site *s, int64_t user_id)
{
    struct user u;
    CHECK_OK(user_get(s->db, s->a, user_id, &u));
    return (struct caller){
        .user_id = u.id, .account_id = u.account_id, .username = u.username, .role = u.role};
}

TEST(root_is_made_once_with_its_channel)
{
    struct site *s = site_open();
    const char *made;
    struct channel c;
    CHECK_OK(account_ensure_root(s->db, s->a, NULL, &made));
    CHECK_STR(made, NULL);
    CHECK_OK(account_channel_of_user(s->db, s->a, s->root, 0, &c));
    CHECK_STR(c.actor.name, "root_channel");
    CHECK_STR(c.actor.display_name, "Main root channel");
    CHECK_STR(c.owner.name, "root");
    site_close(s);
}

TEST(the_client_is_made_once)
{
    struct site *s = site_open();
    const char *id, *secret, *id2, *secret2;
    CHECK_OK(account_ensure_client(s->db, s->a, &id, &secret));
    CHECK_INT(strlen(id), 32);
    CHECK_INT(strlen(secret), 32);
    CHECK_OK(account_ensure_client(s->db, s->a, &id2, &secret2));
    CHECK_STR(id2, id);
    CHECK_STR(secret2, secret);
    site_close(s);
}

TEST(names_are_used_once_whatever_the_kind)
{
    struct site *s = site_open();
    int64_t id;
    struct user_new u = {.username = "root_channel", .password = "secret1", .role = ROLE_USER};
    CHECK_ERR(user_create(s->db, s->a, &u, &id), NAME_TAKEN);
    u.username = "ALICE";
    CHECK_ERR(user_create(s->db, s->a, &u, &id), NAME_TAKEN);
    u.username = "bob";
    u.email = "alice@example.ORG";
    CHECK_ERR(user_create(s->db, s->a, &u, &id), NAME_TAKEN);
    u.email = NULL;
    u.channel_name = "bob";
    CHECK_ERR(user_create(s->db, s->a, &u, &id), NAME_TAKEN);
    u.channel_name = "alice_channel";
    CHECK_ERR(user_create(s->db, s->a, &u, &id), NAME_TAKEN);
    u.channel_name = NULL;
    u.username = "peertube";
    CHECK_ERR(user_create(s->db, s->a, &u, &id), NAME_TAKEN);

    /* a refused user leaves nothing behind */
    struct user_list list = {0};
    CHECK_OK(user_list(s->db, s->a, NULL, (struct page){.count = 10}, &list));
    CHECK_INT(list.total, 2);
    CHECK_INT(list.count, 2);
    site_close(s);
}

TEST(a_squatted_channel_name_keeps_nobody_out)
{
    struct site *s = site_open();
    int64_t id;
    struct channel c;
    struct actor_text text = {.display_name = "Mine first"};
    CHECK_OK(channel_create(s->db, s->alice, "bob_channel", &text, &id));
    int64_t bob = user_made(s, "bob", NULL);
    CHECK_OK(account_channel_of_user(s->db, s->a, bob, 0, &c));
    CHECK(strncmp(c.actor.name, "bob_channel_", 12) == 0);
    site_close(s);
}

TEST(valid_names)
{
    static const struct {
        const char *name;
        bool valid;
    } cases[] = {
        {"a", true},
        {"a.b_c9", true},
        {"", false},
        {".a", false},
        {"a.", false},
        {"A", false},
        {"a b", false},
        {"a-b", false},
        {"a@b", false},
        {"é", false},
        {"a\n", false},
        {"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", true},
        {"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", false},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        CHECK_INT(name_valid(cases[i].name), cases[i].valid);
}

TEST(handles_with_our_host_are_local)
{
    struct site *s = site_open();
    struct actor a;
    struct channel c;
    CHECK_OK(account_get(s->db, s->a, "alice", "here:9000", &a));
    CHECK_OK(account_get(s->db, s->a, "@Alice@HERE:9000", "here:9000", &a));
    CHECK_STR(a.name, "alice");
    CHECK_ERR(account_get(s->db, s->a, "alice@there", "here:9000", &a), NOT_FOUND);
    CHECK_ERR(account_get(s->db, s->a, "alice_channel", "here:9000", &a), NOT_FOUND);
    CHECK_ERR(account_get(s->db, s->a, "", "here:9000", &a), NOT_FOUND);
    CHECK_OK(channel_get(s->db, s->a, "alice_channel@here:9000", "here:9000", &c));
    CHECK_ERR(channel_get(s->db, s->a, "alice", "here:9000", &c), NOT_FOUND);
    site_close(s);
}

TEST(sign_in_by_name_or_email_in_any_case)
{
    struct site *s = site_open();
    struct session_tokens t;
    struct caller c;
    static const char *const logins[] = {"alice", "ALICE", "alice@example.org"};
    for (size_t i = 0; i < 3; i++) {
        CHECK_OK(sign_in(s, NULL, "a", logins[i], "secret1", &t));
        CHECK_INT(strlen(t.access), TOKEN_HEX);
        CHECK_INT(strlen(t.refresh), TOKEN_HEX);
        CHECK_OK(find(s, t.access, &c));
        CHECK_INT(c.user_id, s->alice);
        CHECK_STR(c.username, "alice");
        CHECK_INT(c.role, ROLE_USER);
    }
    CHECK_ERR(find(s, t.refresh, &c), INVALID_TOKEN);
    CHECK_ERR(find(s, "", &c), INVALID_TOKEN);
    CHECK_ERR(find(s, "zz", &c), INVALID_TOKEN);
    CHECK_ERR(sign_in(s, NULL, "a", "alice", "secret2", &t), INVALID_GRANT);
    CHECK_ERR(sign_in(s, NULL, "a", "nobody", "secret1", &t), INVALID_GRANT);
    char long_one[74];
    memset(long_one, 'x', 73);
    long_one[73] = 0;
    CHECK_ERR(sign_in(s, NULL, "a", "alice", long_one, &t), TOO_LONG_PASSWORD);
    site_close(s);
}

TEST(tokens_are_not_stored)
{
    struct site *s = site_open();
    struct session_tokens t;
    struct db_token_owner owner;
    CHECK_OK(sign_in(s, NULL, "a", "alice", "secret1", &t));
    CHECK_ERR(db_token_find(s->db, s->a, t.access, now_ms(), &owner), INVALID_TOKEN);
    char hash[SHA256_HEX];
    sha256_hex(t.access, strlen(t.access), hash);
    CHECK_OK(db_token_find(s->db, s->a, hash, now_ms(), &owner));
    CHECK_ERR(db_token_find(s->db, s->a, hash, now_ms() + ACCESS_MS + 1, &owner),
              INVALID_TOKEN);
    site_close(s);
}

TEST(refreshing_ends_the_old_pair)
{
    struct site *s = site_open();
    struct session_tokens old, new;
    struct caller c;
    CHECK_OK(sign_in(s, NULL, "a", "alice", "secret1", &old));
    CHECK_OK(session_refresh(s->db, s->a, old.refresh, &new));
    CHECK_ERR(find(s, old.access, &c), INVALID_TOKEN);
    CHECK_OK(find(s, new.access, &c));
    CHECK_ERR(session_refresh(s->db, s->a, old.refresh, &old), INVALID_GRANT);
    CHECK_ERR(session_refresh(s->db, s->a, new.access, &old), INVALID_GRANT);
    CHECK_ERR(session_refresh(s->db, s->a, "", &old), INVALID_GRANT);
    site_close(s);
}

TEST(a_cookie_slides)
{
    struct site *s = site_open();
    struct session_tokens t;
    struct session_origin from = {"a", NULL};
    struct caller c;
    bool cookie, renewed;
    int wait;
    int64_t now = now_ms(), day = 86400000;
    CHECK_OK(session_sign_in(s->db, s->a, NULL, "alice", "secret1", true, &from, &t, &wait));
    CHECK_STR(t.refresh, NULL);
    CHECK_OK(session_find(s->db, s->a, t.access, now, &c, &cookie, &renewed));
    CHECK(cookie && !renewed);
    CHECK_OK(session_find(s->db, s->a, t.access, now + 27 * day, &c, &cookie, &renewed));
    CHECK(renewed);
    CHECK_OK(session_find(s->db, s->a, t.access, now + 54 * day, &c, &cookie, &renewed));
    CHECK_ERR(session_find(s->db, s->a, t.access, now + 83 * day, &c, &cookie, &renewed),
              INVALID_TOKEN);
    site_close(s);
}

TEST(blocking_and_a_new_password_sign_out)
{
    struct site *s = site_open();
    struct session_tokens t, kept;
    struct caller c, root = caller_of(s, s->root);
    struct user alice;
    CHECK_OK(sign_in(s, NULL, "a", "alice", "secret1", &t));
    CHECK_OK(sign_in(s, NULL, "a", "alice", "secret1", &kept));
    CHECK_OK(find(s, kept.access, &c));
    struct user_patch patch = {.password = "secret2", .keep_token_id = c.token_id};
    CHECK_OK(user_update(s->db, s->a, s->alice, &patch));
    CHECK_ERR(find(s, t.access, &c), INVALID_TOKEN);
    CHECK_OK(find(s, kept.access, &c));
    CHECK_ERR(sign_in(s, NULL, "a", "alice", "secret1", &t), INVALID_GRANT);

    CHECK_OK(user_get(s->db, s->a, s->alice, &alice));
    CHECK_OK(user_block(s->db, &root, &alice, true, "spam"));
    CHECK_ERR(find(s, kept.access, &c), INVALID_TOKEN);
    CHECK_ERR(session_refresh(s->db, s->a, kept.refresh, &t), INVALID_GRANT);
    CHECK_ERR(sign_in(s, NULL, "a", "alice", "secret2", &t), ACCOUNT_BLOCKED);
    CHECK_ERR(sign_in(s, NULL, "a", "alice", "wrong", &t), INVALID_GRANT);
    CHECK_OK(user_block(s->db, &root, &alice, false, NULL));
    CHECK_OK(sign_in(s, NULL, "a", "alice", "secret2", &t));
    site_close(s);
}

TEST(guessing_is_throttled_but_the_owner_gets_in)
{
    struct site *s = site_open();
    struct throttle *t = throttle_open();
    struct session_tokens tokens;
    char address[24];
    CHECK_OK(sign_in(s, t, "home", "alice", "secret1", &tokens));
    for (int i = 0; i < 15; i++) {
        snprintf(address, sizeof address, "10.0.0.%d", i & 255);
        CHECK_ERR(sign_in(s, t, address, "ALICE", "guess", &tokens), INVALID_GRANT);
    }
    CHECK_ERR(sign_in(s, t, "10.0.1.1", "alice", "guess", &tokens), RATE_LIMITED);
    CHECK_ERR(sign_in(s, t, "10.0.1.1", "alice@example.org", "secret1", &tokens), RATE_LIMITED);
    CHECK_OK(sign_in(s, t, "home", "alice", "secret1", &tokens));
    CHECK_OK(sign_in(s, t, "10.0.1.1", "root", "root-secret", &tokens));

    for (int i = 0; i < 15; i++)
        CHECK_ERR(sign_in(s, t, "bad", arena_printf(s->a, "nobody%d", i), "x", &tokens),
                  INVALID_GRANT);
    CHECK_ERR(sign_in(s, t, "bad", "root", "root-secret", &tokens), RATE_LIMITED);
    throttle_close(t);
    site_close(s);
}

TEST(sessions_are_listed_and_ended)
{
    struct site *s = site_open();
    struct session_tokens t;
    struct caller c;
    struct session_list list = {0};
    CHECK_OK(sign_in(s, NULL, "192.0.2.1", "alice", "secret1", &t));
    CHECK_OK(sign_in(s, NULL, "192.0.2.2", "alice", "secret1", &t));
    CHECK_OK(session_list(s->db, s->a, s->alice, 0, 10, &list));
    CHECK_INT(list.total, 2);
    CHECK_STR(list.items[0].address, "192.0.2.2");
    CHECK_ERR(session_end(s->db, s->root, list.items[0].id), NOT_FOUND);
    CHECK_OK(session_end(s->db, s->alice, list.items[0].id));
    CHECK_ERR(find(s, t.access, &c), INVALID_TOKEN);
    site_close(s);
}

TEST(roles_bound_what_moderators_do)
{
    struct site *s = site_open();
    struct user_patch patch = {.role_given = true, .role = ROLE_MODERATOR};
    CHECK_OK(user_update(s->db, s->a, s->alice, &patch));
    struct caller alice = caller_of(s, s->alice), root = caller_of(s, s->root);
    struct user bob, root_user, alice_user;
    CHECK_OK(user_get(s->db, s->a, user_made(s, "bob", NULL), &bob));
    CHECK_OK(user_get(s->db, s->a, s->root, &root_user));
    CHECK_OK(user_get(s->db, s->a, s->alice, &alice_user));
    CHECK_ERR(user_block(s->db, &alice, &root_user, true, NULL), FORBIDDEN);
    CHECK_ERR(user_block(s->db, &alice, &alice_user, true, NULL), FORBIDDEN);
    CHECK_ERR(user_block(s->db, &root, &root_user, true, NULL), FORBIDDEN);
    CHECK_OK(user_block(s->db, &alice, &bob, true, NULL));
    CHECK_OK(user_delete(s->db, NULL, &alice, &bob));
    CHECK_ERR(user_get(s->db, s->a, bob.id, &bob), NOT_FOUND);
    patch.role = ROLE_USER;
    CHECK_ERR(user_update(s->db, s->a, s->root, &patch), FORBIDDEN);
    site_close(s);
}

TEST(channels_belong_to_their_owner)
{
    struct site *s = site_open();
    int64_t bob = user_made(s, "bob", NULL), id;
    struct caller alice_c = caller_of(s, s->alice), bob_c = caller_of(s, bob);
    struct channel c;
    struct actor_text text = {.display_name = "Second", .description = "about"};
    CHECK_OK(channel_create(s->db, s->alice, "second", &text, &id));
    CHECK_ERR(account_channel_of_user(s->db, s->a, bob, id, &c), NOT_OWNER);
    CHECK_ERR(account_channel_of_user(s->db, s->a, bob, 999999, &c), NOT_FOUND);
    CHECK_OK(account_channel_of_user(s->db, s->a, s->alice, id, &c));
    CHECK_STR(c.actor.description, "about");

    text = (struct actor_text){.description = ""};
    CHECK_ERR(channel_update(s->db, &bob_c, &c, &text), NOT_OWNER);
    CHECK_OK(channel_update(s->db, &alice_c, &c, &text));
    CHECK_OK(channel_get_by_id(s->db, s->a, id, &c));
    CHECK_STR(c.actor.display_name, "Second");
    CHECK_STR(c.actor.description, NULL);

    struct actor_facts facts;
    CHECK_OK(actor_facts(s->db, s->a, id, &facts));
    CHECK_STR(facts.owner.name, "alice");
    CHECK_ERR(channel_delete(s->db, NULL, &bob_c, &c), NOT_OWNER);
    CHECK_OK(channel_delete(s->db, NULL, &alice_c, &c));
    /* its change may still wait to be told of: there is nothing to tell then */
    CHECK_ERR(actor_facts(s->db, s->a, id, &facts), NOT_FOUND);
    CHECK_OK(account_channel_of_user(s->db, s->a, s->alice, 0, &c));
    CHECK_ERR(channel_delete(s->db, NULL, &alice_c, &c), CONFLICT);
    site_close(s);
}

TEST(settings_merge)
{
    struct site *s = site_open();
    struct user u;
    struct user_patch patch = {.settings = "{\"nsfwPolicy\":\"blur\",\"p2pEnabled\":true}"};
    CHECK_OK(user_update(s->db, s->a, s->alice, &patch));
    patch.settings = "{\"p2pEnabled\":null,\"videoLanguages\":[\"fr\"]}";
    CHECK_OK(user_update(s->db, s->a, s->alice, &patch));
    CHECK_OK(user_get(s->db, s->a, s->alice, &u));
    CHECK_STR(u.settings, "{\"nsfwPolicy\":\"blur\",\"videoLanguages\":[\"fr\"]}");
    site_close(s);
}

TEST(space_runs_out)
{
    struct site *s = site_open();
    CHECK_OK(quota_check(s->db, s->root, INT64_MAX));
    CHECK_OK(quota_check(s->db, s->alice, 600));
    CHECK_ERR(quota_check(s->db, s->alice, 601), QUOTA_REACHED);
    struct user_patch patch = {.quota_daily_given = true, .quota_daily_bytes = -1};
    CHECK_OK(user_update(s->db, s->a, s->alice, &patch));
    CHECK_OK(quota_check(s->db, s->alice, 1000));
    CHECK_ERR(quota_check(s->db, s->alice, 1001), QUOTA_REACHED);
    CHECK_ERR(quota_check(s->db, s->alice, INT64_MAX), QUOTA_REACHED);
    site_close(s);
}

TEST(users_are_searched_literally)
{
    struct site *s = site_open();
    struct user_list list = {0};
    CHECK_OK(user_list(s->db, s->a, "LIC", (struct page){.count = 10}, &list));
    CHECK_INT(list.count, 1);
    list = (struct user_list){0};
    CHECK_OK(user_list(s->db, s->a, "%", (struct page){.count = 10}, &list));
    CHECK_INT(list.total, 0);
    list = (struct user_list){0};
    CHECK_OK(user_list(s->db, s->a, "example.org", (struct page){.count = 10}, &list));
    CHECK_INT(list.total, 1);
    site_close(s);
}

TEST(figures_follow)
{
    struct site *s = site_open();
    struct site_figures f;
    struct session_tokens t;
    CHECK_OK(sign_in(s, NULL, "a", "alice", "secret1", &t));
    CHECK_OK(site_figures(s->db, now_ms(), &f));
    CHECK_INT(f.users, 2);
    CHECK_INT(f.admins, 1);
    CHECK_INT(f.channels, 2);
    CHECK_INT(f.users_day, 1);
    site_close(s);
}

TEST_MAIN
