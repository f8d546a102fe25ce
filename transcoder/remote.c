/* remote.c — see remote.h. */
#include "transcoder/remote.h"

#include "base/clock.h"
#include "base/file.h"
#include "base/log.h"
#include "transcoder/remote_task.h"
#include "transcoder/report.h"

#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SLOTS_MAX = 64, IDLE_MS = 1000, REST_FIRST_MS = 1000, REST_MOST_MS = 60000 };

static const char help[] =
    "zoetrope-transcoder --server URL --token T [--slots N] [--threads N] [--folder DIR]\n"
    "\n"
    "Takes encoding tasks from the Zoetrope at URL until it is stopped. An administrator "
    "makes\n"
    "the token on the page \"Workers\".\n"
    "\n"
    "  --server URL   where the site is: https://videos.example.org\n"
    "  --token T      also as ZOETROPE_WORKER_TOKEN, which other users of this machine cannot "
    "see\n"
    "  --slots N      tasks at a time (1)\n"
    "  --threads N    threads of one task (the cores, shared by the slots)\n"
    "  --folder DIR   for what is on its way (a folder of its own below /var/tmp)\n";

struct worker {
    const char *server, *token, *folder;
    int slots, threads;
    atomic_bool stop, refused; /* refused: the token is worth nothing */
    struct slot slot[SLOTS_MAX];
};

bool remote_wanted(int argc, char **argv)
{
    for (int i = 1; i < argc; i++)
        if (strcmp(argv[i], "--server") == 0 || strncmp(argv[i], "--server=", 9) == 0)
            return true;
    return false;
}

/* --- slots */

/* Asks for a task; NULL: none, or not now. */
static json_t *ask(struct worker *w, struct slot *s, int64_t *rest_ms)
{
    SCOPED_ARENA struct arena *a = arena_open();
    struct reply reply;
    struct err e =
        link_insist(&s->link, a, "POST", "/api/v1/runners/tasks/lease", "{}", 2, true, &reply);
    *rest_ms = IDLE_MS;
    if (e.id || reply.status == 204)
        return NULL;
    if (reply.status == 200)
        return json_loadb(reply.body, reply.bytes, 0, NULL);
    *rest_ms = REST_MOST_MS;
    log_warn("lease_refused", "status=%d answer=%s", reply.status,
             log_quote((char[700]){0}, 700, reply.body));
    if (reply.status == 401) {
        atomic_store(&w->refused, true);
        kill(getpid(), SIGTERM);
    }
    return NULL;
}

struct slot_of {
    struct worker *worker;
    struct slot *slot;
};

static void *slot_main(void *arg)
{
    struct slot_of *of = arg;
    struct worker *w = of->worker;
    struct slot *s = of->slot;
    free(of);
    for (int64_t rest_ms = 0, tired_ms = 0; !atomic_load(&w->stop);) {
        atomic_store(&s->dropped, false);
        json_t *lease = ask(w, s, &rest_ms);
        if (lease) {
            bool fine = slot_run(s, lease);
            json_decref(lease);
            tired_ms = fine                          ? 0
                       : tired_ms * 2 > REST_MOST_MS ? REST_MOST_MS
                       : tired_ms                    ? tired_ms * 2
                                                     : REST_FIRST_MS;
            rest_ms = tired_ms;
        }
        link_rest(&s->link, rest_ms);
    }
    return NULL;
}

static struct err slot_open(struct worker *w, struct arena *a, int index)
{
    struct slot *s = &w->slot[index];
    s->index = index;
    s->folder = arena_printf(a, "%s/slot-%d", w->folder, index);
    s->program = "/proc/self/exe";
    s->threads = w->threads;
    path_remove(s->folder);
    TRY(folder_make(s->folder));
    pthread_mutex_init(&s->lock, NULL);
    s->child = child_open();
    link_open(&s->link, w->server, w->token, report_build(), &w->stop);
    link_open(&s->feed.link, w->server, w->token, report_build(), &w->stop);
    s->link.dropped = s->feed.link.dropped = &s->dropped;
    s->feed.file = arena_printf(a, "%s/input", s->folder);
    s->feed.fd = -1;
    struct slot_of *of = malloc(sizeof *of);
    if (!of)
        abort();
    *of = (struct slot_of){w, s};
    if (pthread_create(&s->thread, NULL, slot_main, of)) {
        free(of);
        return FAIL(INTERNAL, "no thread for a slot");
    }
    return OK;
}

static void slot_close(struct slot *s)
{
    pthread_join(s->thread, NULL);
    feed_close(&s->feed);
    link_close(&s->feed.link);
    link_close(&s->link);
    child_close(s->child);
    pthread_mutex_destroy(&s->lock);
    path_remove(s->folder);
}

/* --- heartbeats: by a thread and a connection of their own, so that a slow upload renews too
 */

static void *beat_main(void *arg)
{
    struct worker *w = arg;
    struct link link;
    link_open(&link, w->server, w->token, report_build(), &w->stop);
    while (!atomic_load(&w->stop)) {
        int64_t wait_ms = 5000;
        for (int i = 0; i < w->slots; i++) {
            slot_beat(&w->slot[i], &link);
            int64_t third_ms = atomic_load(&w->slot[i].lease_ms) / 3;
            if (third_ms > 0 && third_ms < wait_ms)
                wait_ms = third_ms;
        }
        link_rest(&link, wait_ms);
    }
    link_close(&link);
    return NULL;
}

/* --- the command line */

static int cores(void)
{
    cpu_set_t set;
    int count = sched_getaffinity(0, sizeof set, &set) == 0 ? CPU_COUNT(&set) : 1;
    return count < 1 ? 1 : count;
}

static int number(const char *text, int low, int high)
{
    char *end;
    long n = strtol(text, &end, 10);
    return *text && !*end && n >= low && n <= high ? (int)n : -1;
}

static struct err read_flags(struct worker *w, struct arena *a, int argc, char **argv)
{
    for (int i = 1; i < argc; i++) {
        const char *equals = strchr(argv[i], '=');
        const char *name =
            equals ? arena_strndup(a, argv[i], (size_t)(equals - argv[i])) : argv[i];
        const char *value = equals ? equals + 1 : i + 1 < argc ? argv[++i] : "";
        if (strcmp(name, "--server") == 0)
            w->server = value;
        else if (strcmp(name, "--token") == 0)
            w->token = value;
        else if (strcmp(name, "--folder") == 0)
            w->folder = value;
        else if (strcmp(name, "--slots") == 0)
            w->slots = number(value, 1, SLOTS_MAX);
        else if (strcmp(name, "--threads") == 0)
            w->threads = number(value, 1, 256);
        else
            return FAIL(SETTING_INVALID, arena_printf(a, "there is no flag %s", name));
    }
    if (strncmp(w->server, "http://", 7) != 0 && strncmp(w->server, "https://", 8) != 0)
        return FAIL(SETTING_INVALID, "--server must be http:// or https:// and a host");
    if (!*w->token || strspn(w->token, "0123456789abcdef") != strlen(w->token))
        return FAIL(SETTING_INVALID, "--token must be what the page of workers showed");
    if (w->slots < 1 || w->threads < 0)
        return FAIL(SETTING_INVALID, "--slots and --threads must be numbers above 0");
    return OK;
}

static struct err settle_flags(struct worker *w, struct arena *a, int argc, char **argv)
{
    const char *token = getenv("ZOETROPE_WORKER_TOKEN");
    w->server = "";
    w->token = token ? token : "";
    w->slots = 1;
    TRY(read_flags(w, a, argc, argv));
    size_t length = strlen(w->server);
    while (length && w->server[length - 1] == '/')
        length--;
    w->server = arena_strndup(a, w->server, length);
    if (w->threads == 0)
        w->threads = cores() / w->slots < 1 ? 1 : cores() / w->slots;
    if (!w->folder) {
        char *folder = arena_strdup(a, "/var/tmp/zoetrope-worker-XXXXXX");
        if (!mkdtemp(folder))
            return FAIL(IO, "no folder can be made below /var/tmp; name one with --folder");
        w->folder = folder;
    }
    return OK;
}

static int work(struct worker *w, struct arena *a)
{
    sigset_t ends;
    sigemptyset(&ends);
    sigaddset(&ends, SIGINT);
    sigaddset(&ends, SIGTERM);
    sigaddset(&ends, SIGHUP);
    pthread_sigmask(SIG_BLOCK, &ends, NULL);
    signal(SIGPIPE, SIG_IGN);
    link_global_open();
    int opened = 0;
    struct err e = OK;
    while (!e.id && opened < w->slots) {
        e = slot_open(w, a, opened);
        opened += !e.id;
    }
    pthread_t beats;
    bool beating = !e.id && pthread_create(&beats, NULL, beat_main, w) == 0;
    int signal_number = 0;
    if (beating) {
        log_info("worker_started", "server=%s slots=%d threads=%d build=%s", w->server,
                 w->slots, w->threads, LOG_QUOTE(report_build()));
        sigwait(&ends, &signal_number);
    } else {
        log_error("worker_unable", "reason=%s", LOG_QUOTE(e.id ? e.detail : "no thread"));
    }
    atomic_store(&w->stop, true);
    for (int i = 0; i < opened; i++)
        child_stop(w->slot[i].child);
    if (beating)
        pthread_join(beats, NULL);
    for (int i = 0; i < opened; i++)
        slot_close(&w->slot[i]);
    path_remove(w->folder);
    if (atomic_load(&w->refused))
        log_error("token_refused", "the server does not know this token; was it revoked?");
    return beating && !atomic_load(&w->refused) ? 0 : 1;
}

int remote_main(int argc, char **argv)
{
    for (int i = 1; i < argc; i++)
        if (strcmp(argv[i], "--help") == 0) {
            fputs(help, stdout);
            return 0;
        }
    static struct worker w; /* large, and the signal's end is the program's */
    SCOPED_ARENA struct arena *a = arena_open();
    struct err e = settle_flags(&w, a, argc, argv);
    if (e.id) {
        fprintf(stderr, "zoetrope-transcoder: %s\n\n%s", e.detail, help);
        return 2;
    }
    return work(&w, a);
}
