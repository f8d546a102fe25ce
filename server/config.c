/* config.c — reads, checks and prints the table of config.h. */
#include "server/config.h"

#include "base/file.h"

#include <ctype.h>
#include <errno.h>
#include <ini.h>
#include <stdlib.h>
#include <string.h>

enum type { TYPE_TEXT, TYPE_INT, TYPE_BOOL };

struct setting {
    const char *name, *fallback, *help;
    enum type type;
    size_t offset;
};

#define X(kind, field, value, text) \
    {#field, value, text, TYPE_##kind, offsetof(struct config, field)},
static const struct setting settings[] = {CONFIG_LIST(X)};
#undef X
enum { SETTING_COUNT = sizeof settings / sizeof *settings };

struct loading {
    struct arena *arena;
    struct config *config;
    FILE *out;
    const char *source; /* for messages */
    int wrong;
};

static const struct setting *find(const char *name)
{
    for (int i = 0; i < SETTING_COUNT; i++)
        if (strcmp(settings[i].name, name) == 0)
            return &settings[i];
    return NULL;
}

bool config_is_setting(const char *name)
{
    return find(name) != NULL;
}

static void complain(struct loading *l, const char *name, const char *problem)
{
    fprintf(l->out, "zoetrope: setting %s (%s): %s\n", name, l->source, problem);
    l->wrong++;
}

static void set(struct loading *l, const char *name, const char *value)
{
    const struct setting *s = find(name);
    if (!s) {
        complain(l, name, "there is no such setting; `zoetrope config` prints them all");
        return;
    }
    char *field = (char *)l->config + s->offset;
    switch (s->type) {
    case TYPE_TEXT: *(const char **)field = arena_strdup(l->arena, value); break;
    case TYPE_INT: {
        char *end;
        errno = 0;
        long long number = strtoll(value, &end, 10);
        if (errno || end == value || *end)
            complain(l, name, "must be a whole number");
        else
            *(int64_t *)field = number;
        break;
    }
    case TYPE_BOOL:
        if (!strcmp(value, "true") || !strcmp(value, "1") || !strcmp(value, "yes"))
            *(bool *)field = true;
        else if (!strcmp(value, "false") || !strcmp(value, "0") || !strcmp(value, "no"))
            *(bool *)field = false;
        else
            complain(l, name, "must be true or false");
        break;
    }
}

static int ini_line(void *user, const char *section, const char *name, const char *value)
{
    struct loading *l = user;
    (void)section;
    set(l, name, value);
    return 1;
}

static void environment(struct loading *l)
{
    for (int i = 0; i < SETTING_COUNT; i++) {
        char variable[64] = "ZOETROPE_";
        size_t n = strlen(variable);
        for (const char *p = settings[i].name; *p && n + 1 < sizeof variable; p++)
            variable[n++] = (char)toupper((unsigned char)*p);
        variable[n] = 0;
        const char *value = getenv(variable);
        if (value)
            set(l, settings[i].name, value);
    }
}

static void range(struct loading *l, const char *name, int64_t value, int64_t low, int64_t high)
{
    if (value < low || value > high)
        complain(l, name,
                 arena_printf(l->arena, "must be between %lld and %lld", (long long)low,
                              (long long)high));
}

static void check_resolutions(struct loading *l, const char *name, const char *list)
{
    const char *p = list;
    do {
        char *end;
        long n = strtol(p, &end, 10);
        if (end == p || n < 16 || n > 8192 || (*end && *end != ',')) {
            complain(l, name, "must be numbers with commas, like 240,360,480,720,1080");
            return;
        }
        p = *end ? end + 1 : end;
    } while (*p);
}

static bool one_of(const char *const *words, const char *word)
{
    for (; *words; words++)
        if (strcmp(*words, word) == 0)
            return true;
    return false;
}

static void check_transcoding(struct loading *l)
{
    static const char *const profiles[] = {"fast", "balanced", "small", NULL};
    static const char *const hardware[] = {"none", "vaapi", "qsv", "nvenc", NULL};
    const struct config *c = l->config;
    check_resolutions(l, "resolutions", c->resolutions);
    if (*c->av1_resolutions)
        check_resolutions(l, "av1_resolutions", c->av1_resolutions);
    if (!one_of(profiles, c->transcoding_profile))
        complain(l, "transcoding_profile", "must be fast, balanced or small");
    if (!one_of(hardware, c->hardware_encoder))
        complain(l, "hardware_encoder", "must be none, vaapi, qsv or nvenc");
}

static void check(struct loading *l)
{
    struct config *c = l->config;
    l->source = "checked";
    bool http = strncmp(c->url, "http://", 7) == 0, https = strncmp(c->url, "https://", 8) == 0;
    size_t length = strlen(c->url);
    if (!http && !https)
        complain(l, "url", "must start with https:// (or http:// on this machine)");
    else if (strchr(c->url + (https ? 8 : 7), '/') || length < 9 || strpbrk(c->url, " ?#\"'<>"))
        complain(l, "url",
                 "must be scheme and host only, without a path: https://videos.example.org");
    if (!strrchr(c->listen, ':'))
        complain(l, "listen", "must be ADDRESS:PORT, like 127.0.0.1:9000 or [::]:9000");
    if (!*c->data)
        complain(l, "data", "must name a folder");
    if (strcmp(c->signup, "auto") && strcmp(c->signup, "open") && strcmp(c->signup, "closed"))
        complain(l, "signup", "must be auto, open or closed");
    if (strcmp(c->search_remote, "users") && strcmp(c->search_remote, "everybody") &&
        strcmp(c->search_remote, "nobody"))
        complain(l, "search_remote", "must be users, everybody or nobody");
    if (strcmp(c->federation_mode, "open") && strcmp(c->federation_mode, "allow-list"))
        complain(l, "federation_mode", "must be open or allow-list");
    if (strcmp(c->site_followers, "accept") && strcmp(c->site_followers, "approve") &&
        strcmp(c->site_followers, "refuse"))
        complain(l, "site_followers", "must be accept, approve or refuse");
    static const char *const levels[] = {"debug", "info", "warn", "error"};
    bool level = false;
    for (int i = 0; i < 4; i++)
        level |= strcmp(c->log_level, levels[i]) == 0;
    if (!level)
        complain(l, "log_level", "must be debug, info, warn or error");
    if (*c->root_password && (strlen(c->root_password) < 6 || strlen(c->root_password) > 72))
        complain(l, "root_password", "must have 6 to 72 bytes");
    check_transcoding(l);
    range(l, "workers", c->workers, 1, 256);
    range(l, "event_threads", c->event_threads, 0, 64);
    range(l, "connection_limit", c->connection_limit, 8, 1000000);
    range(l, "connections_per_address", c->connections_per_address, 0, 1000000);
    range(l, "request_timeout_s", c->request_timeout_s, 1, 86400);
    range(l, "transcode_heavy", c->transcode_heavy, 0, 64);
    range(l, "transcode_quick", c->transcode_quick, 1, 64);
    range(l, "transcode_threads", c->transcode_threads, 0, 256);
    range(l, "worker_lease_s", c->worker_lease_s, 2, 3600);
    range(l, "max_fps", c->max_fps, 1, 240);
    range(l, "transcode_limit_s", c->transcode_limit_s, 10, 10000000);
    range(l, "transcode_memory_mib", c->transcode_memory_mib, 128, 1048576);
    range(l, "signup_quota_mib", c->signup_quota_mib, -1, 1LL << 40);
    range(l, "signup_quota_daily_mib", c->signup_quota_daily_mib, -1, 1LL << 40);
    range(l, "upload_limit_mib", c->upload_limit_mib, -1, 1LL << 40);
    range(l, "upload_chunk_mib", c->upload_chunk_mib, 0, 1LL << 20);
}

struct err config_load(struct arena *a, const char *file, const char *const *flags, FILE *out,
                       struct config **config)
{
    struct loading l = {.arena = a, .out = out, .source = "default"};
    l.config = arena_alloc(a, sizeof *l.config);
    for (int i = 0; i < SETTING_COUNT; i++)
        set(&l, settings[i].name, settings[i].fallback);
    if (file) {
        l.source = file;
        int line = ini_parse(file, ini_line, &l);
        if (line < 0)
            complain(&l, "file", "cannot be read");
        else if (line > 0)
            complain(&l, "file", arena_printf(a, "line %d is not `name = value`", line));
    }
    l.source = "environment";
    environment(&l);
    l.source = "command line";
    for (; flags && flags[0]; flags += 2)
        set(&l, flags[0], flags[1]);
    check(&l);
    *config = l.config;
    return l.wrong ? FAIL(SETTING_INVALID, "settings are wrong") : OK;
}

void config_print(const struct config *config, FILE *out)
{
    fprintf(out, "# name = value              (default)  what it is; also as ZOETROPE_NAME\n");
    for (int i = 0; i < SETTING_COUNT; i++) {
        const char *field = (const char *)config + settings[i].offset;
        char value[512];
        switch (settings[i].type) {
        case TYPE_TEXT: snprintf(value, sizeof value, "%s", *(const char *const *)field); break;
        case TYPE_INT:
            snprintf(value, sizeof value, "%lld", (long long)*(const int64_t *)field);
            break;
        case TYPE_BOOL:
            snprintf(value, sizeof value, "%s", *(const bool *)field ? "true" : "false");
        }
        if (strstr(settings[i].name, "password") && *value)
            snprintf(value, sizeof value, "(hidden)");
        fprintf(out, "\n# %s\n# default: %s\n%s = %s\n", settings[i].help,
                *settings[i].fallback ? settings[i].fallback : "(empty)", settings[i].name,
                value);
    }
}

bool config_is_local(const struct config *config)
{
    const char *host = strstr(config->url, "://");
    host = host ? host + 3 : config->url;
    static const char *const local[] = {"localhost", "127.", "[::1]"};
    for (int i = 0; i < 3; i++) {
        size_t n = strlen(local[i]);
        if (strncmp(host, local[i], n) == 0 &&
            (i == 1 || host[n] == 0 || host[n] == ':' || host[n] == '/'))
            return true;
    }
    return false;
}
