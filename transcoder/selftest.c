/* selftest.c — tries what the sandbox forbids, from the inside, and tells whether the wall
 * held. */
#include "transcoder/task.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

/* Each answers true when the forbidden thing worked (or the permitted one did). */

static bool try_read_etc(const struct task *t)
{
    (void)t;
    return open("/etc/passwd", O_RDONLY | O_CLOEXEC) >= 0;
}

static bool try_read_output(const struct task *t)
{
    return openat(t->output->folder, "selftest.txt", O_RDONLY | O_CLOEXEC) >= 0;
}

static bool try_write_elsewhere(const struct task *t)
{
    (void)t;
    return open("/dev/shm", O_WRONLY | O_TMPFILE | O_CLOEXEC, 0600) >= 0 ||
           truncate("/tmp/zoetrope-selftest-victim", 0) == 0 ||
           unlink("/tmp/zoetrope-selftest-victim") == 0;
}

static bool try_create_elsewhere(const struct task *t)
{
    (void)t;
    return open("/tmp/zoetrope-selftest-escaped", O_WRONLY | O_CREAT | O_CLOEXEC, 0600) >= 0 ||
           mkdir("/tmp/zoetrope-selftest-folder", 0700) == 0 ||
           symlink("/etc/passwd", "/tmp/zoetrope-selftest-link") == 0;
}

static bool try_socket(const struct task *t)
{
    (void)t;
    return socket(AF_INET, SOCK_DGRAM, 0) >= 0 || socket(AF_UNIX, SOCK_STREAM, 0) >= 0;
}

static bool try_connect(const struct task *t)
{
    (void)t;
    struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(9)};
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    if (fd < 0)
        return false;
    return connect(fd, (struct sockaddr *)&to, sizeof to) == 0 || errno == ECONNREFUSED;
}

static bool try_exec(const struct task *t)
{
    (void)t;
    static char *const argv[] = {(char *)"/bin/true", NULL};
    static char *const none[] = {NULL};
    execve(argv[0], argv, none); /* if it works, there is no result line: the test sees that */
    return false;
}

static bool try_fork(const struct task *t)
{
    (void)t;
    pid_t child = (pid_t)syscall(SYS_clone, SIGCHLD, 0, 0, 0, 0);
    if (child == 0)
        _exit(0);
    if (child > 0)
        waitpid(child, NULL, 0);
    return child > 0;
}

static bool try_ptrace(const struct task *t)
{
    (void)t;
    return ptrace(PTRACE_SEIZE, getppid(), NULL, NULL) == 0 ||
           ptrace(PTRACE_TRACEME, 0, NULL, NULL) == 0;
}

static bool try_kill(const struct task *t)
{
    (void)t;
    return kill(getppid(), 0) == 0;
}

/* Others pushed back, or itself put before the web server. */
static bool try_renice(const struct task *t)
{
    (void)t;
    return setpriority(PRIO_PROCESS, 1, 0) == 0 || setpriority(PRIO_PROCESS, 0, -5) == 0 ||
           setpriority(PRIO_PGRP, 0, 19) == 0;
}

static bool try_executable_memory(const struct task *t)
{
    (void)t;
    void *p = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    return p == MAP_FAILED || mprotect(p, 4096, PROT_READ | PROT_EXEC) == 0;
}

static bool try_memory(const struct task *t)
{
    size_t bytes = (size_t)t->spec->limits.memory_mib << 20;
    void *p = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    return p != MAP_FAILED;
}

static bool try_large_file(const struct task *t)
{
    int fd = output_fd(t->output, "selftest.txt");
    return pwrite(fd, "x", 1, t->spec->limits.output_mib << 20) == 1;
}

static bool try_spin(const struct task *t)
{
    (void)t;
    for (volatile unsigned n = 0;; n++)
        ;
    return true;
}

static bool do_write_output(const struct task *t)
{
    return write(output_fd(t->output, "selftest.txt"), "hello\n", 6) == 6;
}

static bool do_step_back(const struct task *t)
{
    (void)t;
    return setpriority(PRIO_PROCESS, 0, 19) == 0;
}

static void *thread_body(void *arg)
{
    return arg;
}

static bool do_thread(const struct task *t)
{
    (void)t;
    pthread_t thread;
    int token;
    void *answer = NULL;
    return pthread_create(&thread, NULL, thread_body, &token) == 0 &&
           pthread_join(thread, &answer) == 0 && answer == &token;
}

static const struct attempt {
    const char *name;
    bool (*run)(const struct task *t);
    bool permitted;
} attempts[] = {
    {"read-etc", try_read_etc, false},
    {"read-output", try_read_output, false},
    {"write-elsewhere", try_write_elsewhere, false},
    {"create-elsewhere", try_create_elsewhere, false},
    {"socket", try_socket, false},
    {"connect", try_connect, false},
    {"exec", try_exec, false},
    {"fork", try_fork, false},
    {"ptrace", try_ptrace, false},
    {"kill", try_kill, false},
    {"renice", try_renice, false},
    {"executable-memory", try_executable_memory, false},
    {"memory", try_memory, false},
    {"large-file", try_large_file, false},
    {"spin", try_spin, false},
    {"write-output", do_write_output, true},
    {"step-back", do_step_back, true},
    {"thread", do_thread, true},
};

struct err selftest_task(struct task *t, json_t **result)
{
    for (size_t i = 0; i < sizeof attempts / sizeof *attempts; i++) {
        const struct attempt *a = &attempts[i];
        if (strcmp(a->name, t->spec->attempt) != 0)
            continue;
        errno = 0;
        bool worked = a->run(t);
        *result = json_pack("{s:s, s:b, s:s}", "try", a->name, "held", worked == a->permitted,
                            "why", worked ? "it worked" : strerror(errno));
        return OK;
    }
    return FAIL(SPEC_INVALID, "try names nothing that selftest knows");
}
