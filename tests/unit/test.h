/* test.h — how our C tests read. cmocka underneath.
 *
 *   #include "tests/unit/test.h"
 *
 *   TEST(a_rename_survives)
 *   {
 *       CHECK_INT(file_size("x"), 3);
 *       CHECK_STR(text, "abc");
 *       CHECK_OK(file_replace(...));
 *   }
 *   TEST_MAIN
 *
 * One file is one program: tests/unit/base_*.c links base/, db_*.c base/ and server/db/,
 * transcoder_*.c base/ and transcoder/, any other all of the server.
 *
 *   make test T=base_file K=rename    runs the cases of one file whose names hold "rename"
 *
 * Threads: checks fail by longjmp, so only the test's own thread may use them; other threads
 *          count failures in an atomic that the test checks after joining them.
 */
#ifndef ZOE_TEST_H
#define ZOE_TEST_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/err.h"
#include "base/file.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { TEST_MAX = 512 };
static struct CMUnitTest test_list[TEST_MAX];
static size_t test_count;

__attribute__((unused)) static void test_register(const char *name, CMUnitTestFunction run)
{
    if (test_count == TEST_MAX)
        abort();
    test_list[test_count++] = (struct CMUnitTest){.name = name, .test_func = run};
}

#define TEST(case_name)                                                 \
    static void case_name(void);                                        \
    static void case_name##_run(void **state)                           \
    {                                                                   \
        (void)state;                                                    \
        case_name();                                                    \
    }                                                                   \
    __attribute__((constructor)) static void case_name##_register(void) \
    {                                                                   \
        test_register(#case_name, case_name##_run);                     \
    }                                                                   \
    static void case_name(void)

/* A new empty folder below $TMPDIR or /tmp; removed with test_folder_remove, or when the
 * program ends. The text is static. */
enum { TEST_FOLDERS_MAX = 64 };
static char test_folders[TEST_FOLDERS_MAX][256];
static pid_t test_pid;

__attribute__((unused)) static void test_folders_remove(void)
{
    for (int i = 0; i < TEST_FOLDERS_MAX && getpid() == test_pid; i++)
        if (*test_folders[i])
            path_remove(test_folders[i]);
}

__attribute__((unused)) static char *test_folder(void)
{
    const char *root = getenv("TMPDIR");
    for (int i = 0; i < TEST_FOLDERS_MAX; i++) {
        char *path = test_folders[i];
        if (*path)
            continue;
        if (!test_pid) {
            test_pid = getpid();
            atexit(test_folders_remove);
        }
        snprintf(path, sizeof test_folders[i], "%s/zoetrope-test-XXXXXX",
                 root && *root ? root : "/tmp");
        if (!mkdtemp(path))
            abort();
        /* Or gcc takes all of the array for the text's possible length, and warns. */
        __asm__("" : "+r"(path));
        return path;
    }
    abort();
}

/* folder/name; as many of them as there are buffers. */
enum { TEST_PATH = 600 };
__attribute__((unused)) static char *test_join(char out[TEST_PATH], const char *folder,
                                               const char *name)
{
    if (snprintf(out, TEST_PATH, "%s/%s", folder, name) >= TEST_PATH)
        abort();
    return out;
}

__attribute__((unused)) static void test_folder_remove(char *path)
{
    path_remove(path);
    *path = 0;
}

__attribute__((unused)) static int test_main(const char *file)
{
    const char *filter = getenv("K");
    static char pattern[256];
    if (filter && *filter) {
        snprintf(pattern, sizeof pattern, "*%s*", filter);
        cmocka_set_test_filter(pattern);
    }
    int failed = _cmocka_run_group_tests(file, test_list, test_count, NULL, NULL);
    if (!failed)
        return 0;
    test_folders_remove();
    fflush(NULL);
    _exit(1); /* a case that failed leaks what it held; that is no news */
}

#define TEST_MAIN                   \
    int main(void)                  \
    {                               \
        return test_main(__FILE__); \
    }

#define CHECK(condition)                               \
    do {                                               \
        if (!(condition)) {                            \
            print_error("not true: %s\n", #condition); \
            _fail(__FILE__, __LINE__);                 \
        }                                              \
    } while (0)

__attribute__((unused)) static void test_check_int(long long got, long long want,
                                                   const char *what, const char *file, int line)
{
    if (got == want)
        return;
    print_error("%s is %lld, not %lld\n", what, got, want);
    _fail(file, line);
}
#define CHECK_INT(got, want) \
    test_check_int((long long)(got), (long long)(want), #got, __FILE__, __LINE__)

__attribute__((unused)) static void test_check_str(const char *got, const char *want,
                                                   const char *what, const char *file, int line)
{
    if (got == want || (got && want && strcmp(got, want) == 0))
        return;
    print_error("%s is \"%s\", not \"%s\"\n", what, got ? got : "(null)",
                want ? want : "(null)");
    _fail(file, line);
}
#define CHECK_STR(got, want) test_check_str((got), (want), #got, __FILE__, __LINE__)

__attribute__((unused)) static void test_check_err(struct err e, enum err_id want,
                                                   const char *what, const char *file, int line)
{
    if (e.id == want)
        return;
    print_error("%s answers %s (%s), not %s\n", what, err_code(e.id),
                e.detail ? e.detail : "no detail", err_code(want));
    _fail(file, line);
}
#define CHECK_OK(call) test_check_err((call), ERR_NONE, #call, __FILE__, __LINE__)
#define CHECK_ERR(call, name) test_check_err((call), ERR_##name, #call, __FILE__, __LINE__)

#endif
