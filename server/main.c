/* main.c — the command line: serve, config, help. */
#include "server/app.h"
#include "server/config.h"
#include "server/http/http.h"

#include "base/log.h"

#include <malloc.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

static const char usage[] =
    "zoetrope " ZOE_VERSION " - a home for videos, in the fediverse\n"
    "\n"
    "  zoetrope serve  [--config FILE] [--NAME VALUE ...]   run the site\n"
    "  zoetrope config [--config FILE] [--NAME VALUE ...]   print every setting and its value\n"
    "  zoetrope --help | --version\n"
    "\n"
    "Every setting can be given as --NAME VALUE, as ZOETROPE_NAME in the environment, or as\n"
    "`name = value` in the file; the first of these that is there counts. The settings:\n\n";

static void help(FILE *out)
{
    fputs(usage, out);
#define X(type, name, fallback, text) \
    fprintf(out, "  --%-26s %s (default: %s)\n", #name, text, *fallback ? fallback : "empty");
    CONFIG_LIST(X)
#undef X
}

/* The folder of this program, to find the transcoder and the web client beside it. */
static const char *own_folder(struct arena *a)
{
    char path[4096];
    ssize_t n = readlink("/proc/self/exe", path, sizeof path - 1);
    path[n > 0 ? n : 0] = 0;
    char *slash = strrchr(path, '/');
    if (slash)
        *slash = 0;
    return arena_strdup(a, path);
}

static const char *first_existing(struct arena *a, const char *const *candidates)
{
    for (; candidates[1]; candidates++)
        if (access(*candidates, R_OK) == 0)
            break;
    return arena_strdup(a, *candidates);
}

static void find_neighbours(struct arena *a, struct config *c)
{
    const char *folder = own_folder(a);
    if (!*c->transcoder)
        c->transcoder = arena_printf(a, "%s/zoetrope-transcoder", folder);
    if (!*c->web)
        c->web = first_existing(
            a, (const char *const[]){arena_printf(a, "%s/web", folder),
                                     arena_printf(a, "%s/../web", folder),
                                     arena_printf(a, "%s/../share/zoetrope/web", folder),
                                     ZOE_SHARE "/web", NULL});
}

static enum log_level level_of(const char *name)
{
    return !strcmp(name, "debug")   ? LOG_DEBUG
           : !strcmp(name, "warn")  ? LOG_WARN
           : !strcmp(name, "error") ? LOG_ERROR
                                    : LOG_INFO;
}

static int serve(struct config *c)
{
    sigset_t ends;
    sigemptyset(&ends);
    sigaddset(&ends, SIGINT);
    sigaddset(&ends, SIGTERM);
    sigaddset(&ends, SIGHUP);
    pthread_sigmask(SIG_BLOCK, &ends,
                    NULL); /* every thread inherits it: only sigwait sees them */
    signal(SIGPIPE, SIG_IGN);
    /* Each costs little; with fewer, a thread that gives way to others (base/thread.h) keeps
     * those who answer people waiting for its lock. */
    mallopt(M_ARENA_MAX, 8);
    mallopt(M_MMAP_THRESHOLD, 256 << 10);
    mallopt(M_TRIM_THRESHOLD, 1 << 20);
    struct rlimit files;
    if (getrlimit(RLIMIT_NOFILE, &files) == 0 && files.rlim_cur < files.rlim_max) {
        files.rlim_cur = files.rlim_max < 65536 ? files.rlim_max : 65536;
        setrlimit(RLIMIT_NOFILE, &files);
    }
    log_level_set(level_of(c->log_level));

    struct app *app;
    struct err e = app_open(c, &app);
    if (e.id) {
        fprintf(stderr, "zoetrope: cannot start: %s\n", e.detail);
        return 1;
    }
    log_info("started", "version=%s port=%d data=%s", ZOE_VERSION, http_port(app->http),
             c->data);
    printf("\n  Zoetrope is at %s\n", c->url);
    if (app->made_password)
        printf("  Sign in as root with the password %s\n"
               "  (shown this once; change it on the account page)\n",
               app->made_password);
    printf("  Ctrl-C stops it.\n\n");
    fflush(stdout);

    int signal_number = 0;
    sigwait(&ends, &signal_number);
    log_info("stopping", "signal=%d", signal_number);
    pthread_sigmask(SIG_UNBLOCK, &ends, NULL); /* a second Ctrl-C ends at once: kill is safe */
    app_close(app);
    log_info("stopped", "%s", "");
    return 0;
}

static int run(struct arena *a, int argc, char **argv)
{
    const char *command = argc > 1 ? argv[1] : "--help", *file = getenv("ZOETROPE_CONFIG");
    if (!strcmp(command, "--version")) {
        puts("zoetrope " ZOE_VERSION);
        return 0;
    }
    if (!strcmp(command, "--help") || !strcmp(command, "help")) {
        help(stdout);
        return 0;
    }
    if (strcmp(command, "serve") && strcmp(command, "config")) {
        fprintf(stderr, "zoetrope: there is no command %s; try zoetrope --help\n", command);
        return 2;
    }
    const char **flags = arena_alloc(a, (size_t)(argc + 2) * sizeof *flags);
    size_t count = 0;
    for (int i = 2; i < argc; i++) {
        if (!strcmp(argv[i], "--help")) {
            help(stdout);
            return 0;
        }
        char *equals = strncmp(argv[i], "--", 2) == 0 ? strchr(argv[i], '=') : NULL;
        if (strncmp(argv[i], "--", 2) || (!equals && i + 1 >= argc)) {
            fprintf(stderr, "zoetrope: %s: settings are given as --NAME VALUE\n", argv[i]);
            return 2;
        }
        const char *name = equals
                               ? arena_strndup(a, argv[i] + 2, (size_t)(equals - argv[i]) - 2)
                               : argv[i] + 2;
        const char *value = equals ? equals + 1 : argv[++i];
        if (!strcmp(name, "config")) {
            file = value;
        } else {
            flags[count++] = name;
            flags[count++] = value;
        }
    }
    struct config *config;
    struct err e = config_load(a, file, flags, stderr, &config);
    if (e.id)
        return 2;
    if (!strcmp(command, "config")) {
        config_print(config, stdout);
        return 0;
    }
    find_neighbours(a, config);
    return serve(config);
}

int main(int argc, char **argv)
{
    struct arena *a = arena_open();
    int code = run(a, argc, argv);
    arena_close(a);
    return code;
}
