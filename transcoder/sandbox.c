/* sandbox.c — rlimits, Landlock, seccomp, in this order. */
#include "transcoder/sandbox.h"

#include "base/log.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/landlock.h>
#include <sched.h>
#include <seccomp.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define SANITIZED true
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define SANITIZED true
#endif
#endif
#ifndef SANITIZED
#define SANITIZED false
#endif

/* Newer than Debian's kernel headers; the kernel says by its ABI number which it knows. */
enum {
    FS_TRUNCATE = 1 << 14,  /* ABI 3 */
    FS_IOCTL_DEV = 1 << 15, /* ABI 5 */
    NET_ALL = 3,            /* ABI 4: bind, connect */
    SCOPE_ALL = 3,          /* ABI 6: abstract sockets, signals */
};
struct landlock_attr {
    uint64_t fs, net, scoped;
};

void sandbox_follow_parent(void)
{
    prctl(PR_SET_PDEATHSIG, SIGKILL);
}

/* --- limits */

static void out_of_time(int signal_number)
{
    static const char line[] =
        "{\"event\":\"error\",\"code\":\"limit_exceeded\",\"detail\":\"the file took more "
        "processor time than the limit allows\",\"retry\":false}\n";
    (void)signal_number;
    if (write(STDOUT_FILENO, line, sizeof line - 1) < 0)
        _exit(2);
    _exit(1);
}

static bool limit(int what, int64_t soft, int64_t hard)
{
    struct rlimit r = {(rlim_t)soft, (rlim_t)hard};
    return setrlimit((__rlimit_resource_t)what, &r) == 0;
}

static struct err set_limits(const struct spec_limits *l)
{
    const int64_t mib = 1 << 20;
    signal(SIGXCPU, out_of_time);
    signal(SIGXFSZ, SIG_IGN); /* write answers EFBIG */
    bool ok = limit(RLIMIT_CORE, 0, 0) && limit(RLIMIT_CPU, l->cpu_s, l->cpu_s + 5) &&
              limit(RLIMIT_FSIZE, l->output_mib * mib, l->output_mib * mib) &&
              limit(RLIMIT_NOFILE, 256, 256) && limit(RLIMIT_MEMLOCK, 0, 0);
    /* Private writable memory; address space would count what threads merely reserve. */
    if (!SANITIZED)
        ok &= limit(RLIMIT_DATA, l->memory_mib * mib, l->memory_mib * mib);
    return ok ? OK : FAIL(SANDBOX_FAILED, "a resource limit could not be set");
}

/* --- Landlock */

static void allow(int ruleset, const char *path, uint64_t access)
{
    const uint64_t on_folders = LANDLOCK_ACCESS_FS_READ_DIR;
    int fd = open(path, O_PATH | O_CLOEXEC);
    if (fd < 0)
        return;
    struct landlock_path_beneath_attr rule = {
        .allowed_access = access,
        .parent_fd = fd,
    };
    if (syscall(SYS_landlock_add_rule, ruleset, LANDLOCK_RULE_PATH_BENEATH, &rule, 0) != 0) {
        rule.allowed_access = access & ~on_folders; /* a file has no entries */
        syscall(SYS_landlock_add_rule, ruleset, LANDLOCK_RULE_PATH_BENEATH, &rule, 0);
    }
    close(fd);
}

/* Render nodes, and what NVIDIA's driver goes by. */
static void allow_devices(int ruleset, bool ioctl_is_handled)
{
    static const char *const nodes[] = {
        "/dev/dri",     "/dev/nvidiactl", "/dev/nvidia-uvm", "/dev/nvidia-uvm-tools",
        "/dev/nvidia0", "/dev/nvidia1",   "/dev/nvidia2",    "/dev/nvidia3"};
    uint64_t access = LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_WRITE_FILE |
                      LANDLOCK_ACCESS_FS_READ_DIR;
    if (ioctl_is_handled)
        access |= FS_IOCTL_DEV;
    for (size_t i = 0; i < sizeof nodes / sizeof *nodes; i++)
        allow(ruleset, nodes[i], access);
}

static struct err enter_landlock(bool devices)
{
    long abi = syscall(SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_CREATE_RULESET_VERSION);
    if (abi < 1 && devices)
        return FAIL(HARDWARE_FAILED, "a device needs Landlock, which the kernel lacks");
    if (abi < 1) {
        log_warn("landlock_missing", "the kernel has no Landlock: seccomp alone refuses names");
        return OK;
    }
    struct landlock_attr attr = {.fs = (1 << 13) - 1};
    size_t size = sizeof attr.fs;
    if (abi >= 2)
        attr.fs |= LANDLOCK_ACCESS_FS_REFER;
    if (abi >= 3)
        attr.fs |= FS_TRUNCATE;
    if (abi >= 4) {
        attr.net = NET_ALL;
        size = 2 * sizeof attr.fs;
    }
    if (abi >= 5)
        attr.fs |= FS_IOCTL_DEV;
    if (abi >= 6) {
        attr.scoped = SCOPE_ALL;
        size = sizeof attr;
    }
    int ruleset = (int)syscall(SYS_landlock_create_ruleset, &attr, size, 0);
    if (ruleset < 0)
        return FAIL(SANDBOX_FAILED, "Landlock refused its rules");
    if (SANITIZED) {
        const uint64_t reading = LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR;
        allow(ruleset, "/proc/self", reading);
        allow(ruleset, "/proc/self/exe", reading);
    }
    if (devices)
        allow_devices(ruleset, abi >= 5);
    long rc = syscall(SYS_landlock_restrict_self, ruleset, 0);
    close(ruleset);
    if (rc != 0)
        return FAIL(SANDBOX_FAILED, "Landlock could not be entered");
    log_debug("landlock", "abi=%ld", abi);
    return OK;
}

/* --- seccomp */

static int allow_plain(scmp_filter_ctx f)
{
    static const int calls[] = {
        SCMP_SYS(read), SCMP_SYS(readv), SCMP_SYS(pread64), SCMP_SYS(write), SCMP_SYS(writev),
        SCMP_SYS(pwrite64), SCMP_SYS(lseek), SCMP_SYS(fstat), SCMP_SYS(close), SCMP_SYS(fsync),
        SCMP_SYS(fdatasync), SCMP_SYS(ftruncate),
        /* memory */
        SCMP_SYS(munmap), SCMP_SYS(mremap), SCMP_SYS(madvise), SCMP_SYS(brk),
        /* threads, signals to oneself, time */
        SCMP_SYS(futex), SCMP_SYS(set_robust_list), SCMP_SYS(get_robust_list), SCMP_SYS(rseq),
        SCMP_SYS(set_tid_address), SCMP_SYS(gettid), SCMP_SYS(getpid), SCMP_SYS(sched_yield),
        SCMP_SYS(sched_getaffinity), SCMP_SYS(membarrier), SCMP_SYS(getcpu), SCMP_SYS(exit),
        SCMP_SYS(exit_group), SCMP_SYS(rt_sigaction), SCMP_SYS(rt_sigprocmask),
        SCMP_SYS(rt_sigreturn), SCMP_SYS(sigaltstack), SCMP_SYS(restart_syscall),
        SCMP_SYS(clock_gettime), SCMP_SYS(clock_getres), SCMP_SYS(clock_nanosleep),
        SCMP_SYS(nanosleep), SCMP_SYS(gettimeofday), SCMP_SYS(time), SCMP_SYS(times),
        SCMP_SYS(getrusage), SCMP_SYS(getrlimit), SCMP_SYS(sysinfo), SCMP_SYS(uname),
        SCMP_SYS(getrandom)};
    int rc = 0;
    for (size_t i = 0; i < sizeof calls / sizeof *calls; i++)
        rc |= seccomp_rule_add(f, SCMP_ACT_ALLOW, calls[i], 0);
    return rc;
}

static int allow_checked(scmp_filter_ctx f, bool devices)
{
    const uint64_t self = (uint64_t)getpid();
    int rc = 0;
    /* memory that is never executable */
    rc |= seccomp_rule_add(f, SCMP_ACT_ALLOW, SCMP_SYS(mmap), 1,
                           SCMP_A2(SCMP_CMP_MASKED_EQ, PROT_EXEC, 0));
    rc |= seccomp_rule_add(f, SCMP_ACT_ALLOW, SCMP_SYS(mprotect), 1,
                           SCMP_A2(SCMP_CMP_MASKED_EQ, PROT_EXEC, 0));
    /* threads, no processes; clone3 hides its flags, so libc is sent back to clone */
    rc |= seccomp_rule_add(f, SCMP_ACT_ALLOW, SCMP_SYS(clone), 1,
                           SCMP_A0(SCMP_CMP_MASKED_EQ, CLONE_THREAD, CLONE_THREAD));
    rc |= seccomp_rule_add(f, SCMP_ACT_ERRNO(ENOSYS), SCMP_SYS(clone3), 0);
    rc |=
        seccomp_rule_add(f, SCMP_ACT_ALLOW, SCMP_SYS(tgkill), 1, SCMP_A0(SCMP_CMP_EQ, self, 0));
    rc |= seccomp_rule_add(f, SCMP_ACT_ALLOW, SCMP_SYS(prctl), 1,
                           SCMP_A0(SCMP_CMP_EQ, PR_SET_NAME, 0));
    rc |= seccomp_rule_add(f, SCMP_ACT_ALLOW, SCMP_SYS(prlimit64), 2,
                           SCMP_A0(SCMP_CMP_EQ, 0, 0), SCMP_A2(SCMP_CMP_EQ, 0, 0));
    rc |= seccomp_rule_add(f, SCMP_ACT_ALLOW, SCMP_SYS(fcntl), 1,
                           SCMP_A1(SCMP_CMP_EQ, F_GETFL, 0));
    /* a thread may step back, for itself only */
    rc |= seccomp_rule_add(f, SCMP_ACT_ALLOW, SCMP_SYS(setpriority), 3,
                           SCMP_A0(SCMP_CMP_EQ, PRIO_PROCESS, 0), SCMP_A1(SCMP_CMP_EQ, 0, 0),
                           SCMP_A2(SCMP_CMP_LE, 19, 0));
    /* names: a plain "no" that every library understands */
    if (!devices)
        rc |= seccomp_rule_add(f, SCMP_ACT_ERRNO(ENOTTY), SCMP_SYS(ioctl), 0);
    if (!SANITIZED && !devices)
        rc |= seccomp_rule_add(f, SCMP_ACT_ERRNO(EACCES), SCMP_SYS(openat), 0);
    return rc;
}

/* A driver talks to its device by ioctl; Landlock guards the names. */
static int allow_device_calls(scmp_filter_ctx f)
{
    static const int calls[] = {SCMP_SYS(ioctl), SCMP_SYS(openat), SCMP_SYS(poll),
                                SCMP_SYS(ppoll), SCMP_SYS(eventfd2)};
    int rc = 0;
    for (size_t i = 0; i < sizeof calls / sizeof *calls; i++)
        rc |= seccomp_rule_add(f, SCMP_ACT_ALLOW, calls[i], 0);
    return rc;
}

/* What sanitizers do at exit and when they report; Landlock still guards the names. */
static int allow_sanitizers(scmp_filter_ctx f)
{
    static const int calls[] = {SCMP_SYS(openat),
                                SCMP_SYS(open),
                                SCMP_SYS(readlink),
                                SCMP_SYS(readlinkat),
                                SCMP_SYS(newfstatat),
                                SCMP_SYS(stat),
                                SCMP_SYS(getdents64),
                                SCMP_SYS(getdents),
                                SCMP_SYS(getppid),
                                SCMP_SYS(wait4),
                                SCMP_SYS(sched_getparam),
                                SCMP_SYS(sched_getscheduler),
                                SCMP_SYS(dup),
                                SCMP_SYS(process_vm_readv),
                                SCMP_SYS(pipe2),
                                SCMP_SYS(pipe),
                                SCMP_SYS(prctl)};
    static const unsigned requests[] = {PTRACE_ATTACH,    PTRACE_DETACH,    PTRACE_CONT,
                                        PTRACE_KILL,      PTRACE_GETREGSET, PTRACE_GETREGS,
                                        PTRACE_GETSIGINFO};
    int rc = 0;
    for (size_t i = 0; i < sizeof calls / sizeof *calls; i++)
        rc |= seccomp_rule_add(f, SCMP_ACT_ALLOW, calls[i], 0);
    for (size_t i = 0; i < sizeof requests / sizeof *requests; i++)
        rc |= seccomp_rule_add(f, SCMP_ACT_ALLOW, SCMP_SYS(ptrace), 1,
                               SCMP_A0(SCMP_CMP_EQ, requests[i], 0));
    /* the leak checker's tracer: shares memory, sends no signal when it ends */
    rc |= seccomp_rule_add(
        f, SCMP_ACT_ALLOW, SCMP_SYS(clone), 1,
        SCMP_A0(SCMP_CMP_EQ, CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_UNTRACED, 0));
    return rc;
}

static struct err enter_seccomp(bool devices)
{
    scmp_filter_ctx f = seccomp_init(SCMP_ACT_ERRNO(EPERM));
    if (!f)
        return FAIL(SANDBOX_FAILED, "seccomp could not be prepared");
    int rc = seccomp_attr_set(f, SCMP_FLTATR_CTL_OPTIMIZE, 2);
    rc |= allow_plain(f);
    rc |= allow_checked(f, devices);
    if (devices)
        rc |= allow_device_calls(f);
    if (SANITIZED)
        rc |= allow_sanitizers(f);
    if (rc == 0)
        rc = seccomp_load(f);
    seccomp_release(f);
    return rc == 0 ? OK : FAIL(SANDBOX_FAILED, "seccomp could not be entered");
}

struct err sandbox_enter(const struct spec_limits *limits, bool landlock, bool seccomp,
                         bool devices)
{
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
        return FAIL(SANDBOX_FAILED, "new privileges could not be renounced");
    TRY(set_limits(limits));
    if (landlock)
        TRY(enter_landlock(devices));
    if (seccomp)
        TRY(enter_seccomp(devices));
    return OK;
}
