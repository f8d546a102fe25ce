/* Protects: where settings come from and that each wrong one is told in one line. */
#include "tests/unit/test.h"

#include "server/config.h"

struct loaded {
    struct arena *arena;
    struct config *config;
    struct err e;
    char *told;
};

static struct loaded load(const char *file, const char *const *flags)
{
    struct loaded l = {.arena = arena_open()};
    size_t size;
    FILE *out = open_memstream(&l.told, &size);
    l.e = config_load(l.arena, file, flags, out, &l.config);
    fclose(out);
    return l;
}

static void unload(struct loaded *l)
{
    arena_close(l->arena);
    free(l->told);
}

TEST(defaults_are_right_by_themselves)
{
    struct loaded l = load(NULL, NULL);
    CHECK_OK(l.e);
    CHECK_STR(l.config->listen, "127.0.0.1:9000");
    CHECK(config_is_local(l.config));
    unload(&l);
}

TEST(flags_beat_environment_beats_file)
{
    char *folder = test_folder(), path[600];
    snprintf(path, sizeof path, "%s/z.conf", folder);
    static const char text[] = "name = file\ndescription = file\nworkers = 3\n";
    CHECK_OK(file_replace(path, text, strlen(text), false));
    setenv("ZOETROPE_NAME", "environment", 1);
    setenv("ZOETROPE_DESCRIPTION", "environment", 1);
    struct loaded l = load(path, (const char *const[]){"name", "flag", NULL});
    unsetenv("ZOETROPE_NAME");
    unsetenv("ZOETROPE_DESCRIPTION");
    CHECK_OK(l.e);
    CHECK_STR(l.config->name, "flag");
    CHECK_STR(l.config->description, "environment");
    CHECK_INT(l.config->workers, 3);
    unload(&l);
    test_folder_remove(folder);
}

TEST(each_wrong_setting_is_one_line)
{
    struct loaded l = load(
        NULL, (const char *const[]){"workers", "many", "nonsense", "1", "url", "ftp://x",
                                    "resolutions", "240,abc", "rate_limits", "maybe", NULL});
    CHECK_ERR(l.e, SETTING_INVALID);
    int lines = 0;
    for (const char *p = l.told; *p; p++)
        lines += *p == '\n';
    CHECK_INT(lines, 5);
    CHECK(strstr(l.told, "workers") && strstr(l.told, "nonsense") && strstr(l.told, "url"));
    unload(&l);
}

TEST(only_loopback_names_are_local)
{
    static const struct {
        const char *url;
        bool local;
    } cases[] = {
        {"http://localhost:9000", true},       {"http://127.0.0.1", true},
        {"http://[::1]:9000", true},           {"https://localhost.example.org", false},
        {"https://videos.example.org", false},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct loaded l = load(NULL, (const char *const[]){"url", cases[i].url, NULL});
        CHECK_OK(l.e);
        CHECK_INT(config_is_local(l.config), cases[i].local);
        unload(&l);
    }
}

TEST(passwords_are_not_printed)
{
    struct loaded l = load(NULL, (const char *const[]){"root_password", "very secret", NULL});
    char *text;
    size_t size;
    FILE *out = open_memstream(&text, &size);
    config_print(l.config, out);
    fclose(out);
    CHECK(!strstr(text, "very secret"));
    CHECK(strstr(text, "workers = 8"));
    free(text);
    unload(&l);
}

TEST_MAIN
