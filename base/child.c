/* child.c — see child.h. */
#include "base/child.h"

#include "base/clock.h"
#include "base/file.h"
#include "base/log.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>

enum { LINE_MAX_BYTES = 8 << 20, SILENCE_MAX_MS = 15 * 60 * 1000, STDERR_KEPT = 2000 };

struct child {
    pthread_mutex_t lock;
    pid_t pid; /* protected by lock; 0: none runs */
    bool stopped;
    int lent; /* the owner's: for the next run; -1: none */
};

struct child *child_open(void)
{
    struct child *c = calloc(1, sizeof *c);
    if (!c)
        abort();
    pthread_mutex_init(&c->lock, NULL);
    c->lent = -1;
    return c;
}

void child_close(struct child *c)
{
    if (!c)
        return;
    pthread_mutex_destroy(&c->lock);
    free(c);
}

void child_lend(struct child *c, int fd)
{
    c->lent = fd;
}

void child_stop(struct child *c)
{
    pthread_mutex_lock(&c->lock);
    c->stopped = true;
    if (c->pid)
        kill(c->pid, SIGKILL);
    pthread_mutex_unlock(&c->lock);
}

bool child_stopped(struct child *c)
{
    pthread_mutex_lock(&c->lock);
    bool stopped = c->stopped;
    pthread_mutex_unlock(&c->lock);
    return stopped;
}

void child_allow(struct child *c)
{
    pthread_mutex_lock(&c->lock);
    c->stopped = false;
    pthread_mutex_unlock(&c->lock);
}

/* In the child, between fork and exec: only async-signal-safe calls. */
static _Noreturn void become(const char *program, pid_t parent, int in, int out, int err,
                             int input, int lent)
{
    prctl(PR_SET_PDEATHSIG, SIGKILL); /* the parent's death ends us */
    if (getppid() != parent)          /* it has died already; in a container it is process 1 */
        _exit(127);
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    signal(SIGPIPE, SIG_DFL);
    int oom = open("/proc/self/oom_score_adj", O_WRONLY | O_CLOEXEC);
    if (oom >= 0 && write(oom, "500", 3) < 0)
        oom = -1;  /* the kernel then picks by size alone */
    setpgid(0, 0); /* Ctrl-C in the terminal is for the parent, which ends us itself */
    if (nice(5) < 0) {
        /* stays as quick as the parent */
    }
    /* Out of the way first: what is to become 0 to 4 may lie there itself. */
    int from[5] = {in, out, err, input, lent};
    for (int i = 0; i < 5; i++)
        if (from[i] >= 0 && (from[i] = fcntl(from[i], F_DUPFD_CLOEXEC, 5)) < 0)
            _exit(127);
    for (int i = 0; i < 5; i++)
        if (from[i] >= 0 && dup2(from[i], i) < 0)
            _exit(127);
    char *const argv[] = {"zoetrope-transcoder", NULL};
    char *const envp[] = {"LC_ALL=C.UTF-8", "PATH=/usr/bin:/bin",
                          "ASAN_OPTIONS=detect_leaks=1:abort_on_error=0", NULL};
    execve(program, argv, envp);
    _exit(127);
}

struct pipes {
    int spec[2], lines[2], errors[2];
};

static void pipes_close(struct pipes *p)
{
    int *all[] = {p->spec, p->lines, p->errors};
    for (int i = 0; i < 3; i++)
        for (int j = 0; j < 2; j++)
            if (all[i][j] >= 0)
                close(all[i][j]);
}

struct talk { /* one conversation with a child */
    struct arena *arena;
    const struct child_events *events;
    const char *spec;
    size_t spec_left;
    char *line; /* malloc'd, grows */
    size_t line_length, line_room;
    char errors[STDERR_KEPT + 1]; /* the last of stderr */
    size_t errors_length;
    json_t *result;
    struct err failure;
    const char *code;
};

static struct err take_line(struct talk *t, const char *text, size_t length)
{
    json_t *line = json_loadb(text, length, 0, NULL);
    const char *event = line ? json_string_value(json_object_get(line, "event")) : NULL;
    if (!event) {
        json_decref(line);
        return FAIL(TASK_FAILED, "the transcoder answered what is no event");
    }
    struct err e = OK;
    if (strcmp(event, "result") == 0) {
        json_decref(t->result);
        t->result = json_incref(line);
    } else if (strcmp(event, "error") == 0) {
        const char *detail = json_string_value(json_object_get(line, "detail"));
        const char *code = json_string_value(json_object_get(line, "code"));
        t->code = arena_strdup(t->arena, code ? code : "");
        bool again = json_is_true(json_object_get(line, "retry"));
        t->failure = (struct err){again ? ERR_TASK_FAILED : ERR_TASK_REFUSED,
                                  arena_strdup(t->arena, detail ? detail : "no reason given")};
    } else {
        e = t->events && t->events->line ? t->events->line(t->events->state, event, line) : OK;
    }
    json_decref(line);
    return e;
}

static struct err take_bytes(struct talk *t, const char *data, size_t bytes)
{
    if (t->line_length + bytes > LINE_MAX_BYTES)
        return FAIL(TASK_FAILED, "the transcoder's answer has no end");
    if (t->line_length + bytes > t->line_room) {
        t->line_room = (t->line_length + bytes) * 2;
        t->line = realloc(t->line, t->line_room);
        if (!t->line)
            abort();
    }
    memcpy(t->line + t->line_length, data, bytes);
    t->line_length += bytes;
    size_t start = 0;
    for (;;) {
        char *end = memchr(t->line + start, '\n', t->line_length - start);
        if (!end)
            break;
        size_t next = (size_t)(end - t->line) + 1;
        TRY(take_line(t, t->line + start, next - 1 - start));
        start = next;
    }
    memmove(t->line, t->line + start, t->line_length - start);
    t->line_length -= start;
    return OK;
}

static void take_errors(struct talk *t, const char *data, size_t bytes)
{
    if (bytes > STDERR_KEPT) {
        data += bytes - STDERR_KEPT;
        bytes = STDERR_KEPT;
    }
    if (t->errors_length + bytes > STDERR_KEPT) {
        size_t drop = t->errors_length + bytes - STDERR_KEPT;
        memmove(t->errors, t->errors + drop, t->errors_length - drop);
        t->errors_length -= drop;
    }
    memcpy(t->errors + t->errors_length, data, bytes);
    t->errors_length += bytes;
    t->errors[t->errors_length] = 0;
}

/* Feeds the spec and reads both outputs until they end. */
static struct err converse(struct talk *t, struct pipes *p)
{
    char buffer[1 << 15];
    int64_t heard_ms = monotonic_ms();
    while (p->lines[0] >= 0 || p->errors[0] >= 0) {
        struct pollfd fds[3] = {
            {.fd = p->lines[0], .events = POLLIN},
            {.fd = p->errors[0], .events = POLLIN},
            {.fd = p->spec[1], .events = POLLOUT},
        };
        int n = poll(fds, 3, 5000);
        if (n < 0 && errno != EINTR)
            return FAIL(TASK_FAILED, "waiting for the transcoder failed");
        if (monotonic_ms() - heard_ms > SILENCE_MAX_MS)
            return FAIL(TASK_FAILED, "the transcoder said nothing for too long");
        if (n <= 0)
            continue;
        if (fds[2].revents) {
            ssize_t written = write(p->spec[1], t->spec, t->spec_left);
            if (written > 0) {
                t->spec += written;
                t->spec_left -= (size_t)written;
            }
            if (t->spec_left == 0 || (written < 0 && errno != EAGAIN && errno != EINTR)) {
                close(p->spec[1]);
                p->spec[1] = -1;
            }
        }
        for (int i = 0; i < 2; i++) {
            int *fd = i == 0 ? &p->lines[0] : &p->errors[0];
            if (!fds[i].revents)
                continue;
            ssize_t got = read(*fd, buffer, sizeof buffer);
            if (got < 0 && (errno == EINTR || errno == EAGAIN))
                continue;
            if (got <= 0) {
                close(*fd);
                *fd = -1;
                continue;
            }
            heard_ms = monotonic_ms();
            if (i == 0)
                TRY(take_bytes(t, buffer, (size_t)got));
            else
                take_errors(t, buffer, (size_t)got);
        }
    }
    return OK;
}

static struct err verdict(struct child *c, struct talk *t, struct err talked, int status)
{
    if (child_stopped(c))
        return FAIL(STOPPED, "the task was stopped");
    if (talked.id)
        return talked;
    if (t->failure.id)
        return t->failure;
    if (WIFEXITED(status) && WEXITSTATUS(status) == 0 && t->result)
        return OK;
    char how[64];
    if (WIFSIGNALED(status))
        snprintf(how, sizeof how, "signal %d", WTERMSIG(status));
    else if (WIFEXITED(status) && WEXITSTATUS(status) == 127)
        snprintf(how, sizeof how, "it could not be started");
    else
        snprintf(how, sizeof how, "exit code %d without a result", WEXITSTATUS(status));
    log_warn("task_crashed", "how=%s stderr=%s", LOG_QUOTE(how),
             log_quote((char[1800]){0}, 1800, t->errors));
    return (struct err){ERR_TASK_FAILED,
                        arena_printf(t->arena, "the transcoder ended by %s", how)};
}

struct err child_run(struct child *c, struct arena *a, const char *program, json_t *spec,
                     int input_fd, const struct child_events *events, json_t **result,
                     const char **code)
{
    *result = NULL;
    char *text = json_dumps(spec, JSON_COMPACT);
    if (!text)
        abort();
    struct talk t = {.arena = a, .events = events, .spec = text, .spec_left = strlen(text)};
    struct pipes p = {{-1, -1}, {-1, -1}, {-1, -1}};
    struct err e = OK;
    if (pipe2(p.spec, O_CLOEXEC) || pipe2(p.lines, O_CLOEXEC) || pipe2(p.errors, O_CLOEXEC))
        e = err_errno(errno, "making pipes");
    pid_t pid = -1;
    if (!e.id) {
        fcntl(p.spec[1], F_SETFL, O_NONBLOCK);
        pid_t parent = getpid();
        pthread_mutex_lock(&c->lock);
        if (c->stopped)
            e = FAIL(STOPPED, "the task was stopped");
        else if ((pid = fork()) == 0)
            become(program, parent, p.spec[0], p.lines[1], p.errors[1], input_fd, c->lent);
        else if (pid < 0)
            e = err_errno(errno, "starting the transcoder");
        else
            c->pid = pid;
        pthread_mutex_unlock(&c->lock);
    }
    if (pid > 0) {
        int *ours[] = {&p.spec[0], &p.lines[1], &p.errors[1]};
        for (int i = 0; i < 3; i++) {
            close(*ours[i]);
            *ours[i] = -1;
        }
        e = converse(&t, &p);
        if (e.id)
            kill(pid, SIGKILL);
        int status = 0;
        siginfo_t info;
        while (waitid(P_PID, (id_t)pid, &info, WEXITED | WNOWAIT) < 0 && errno == EINTR)
            ;
        pthread_mutex_lock(&c->lock); /* reaped under it: child_stop never meets a reused pid */
        while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
            ;
        c->pid = 0;
        pthread_mutex_unlock(&c->lock);
        e = verdict(c, &t, e, status);
    }
    c->lent = -1;
    pipes_close(&p);
    free(text);
    free(t.line);
    if (code)
        *code = t.code;
    if (e.id)
        json_decref(t.result);
    else
        *result = t.result;
    return e;
}
