/* Protects: whatever a transcoder does (answers, refuses, crashes, talks nonsense, hangs), the
 * server learns which it was and goes on. The children are small shell scripts. */
#include "tests/unit/test.h"

#include "base/child.h"

#include <pthread.h>
#include <sched.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

struct outcome {
    struct err e;
    json_t *result;
    const char *code;
    int lines;
};

static struct err count_line(void *state, const char *event, json_t *line)
{
    (void)event, (void)line;
    ++*(int *)state;
    return OK;
}

static struct outcome run_with(struct child *c, struct arena *a, const char *script)
{
    struct outcome out = {0};
    char *folder = test_folder();
    const char *path = arena_printf(a, "%s/child", folder);
    const char *text = arena_printf(a, "#!/bin/sh\n%s\n", script);
    CHECK_OK(file_replace(path, text, strlen(text), false));
    CHECK_INT(chmod(path, 0755), 0);
    json_t *spec = json_pack("{s:s}", "task", "test");
    out.e = child_run(c, a, path, spec, -1, &(struct child_events){count_line, &out.lines},
                      &out.result, &out.code);
    json_decref(spec);
    test_folder_remove(folder);
    return out;
}

static void expect(const char *script, enum err_id want, int lines)
{
    SCOPED_ARENA struct arena *a = arena_open();
    struct child *c = child_open();
    struct outcome out = run_with(c, a, script);
    CHECK_INT(out.e.id, want);
    if (lines >= 0)
        CHECK_INT(out.lines, lines);
    json_decref(out.result);
    child_close(c);
}

TEST(a_result_is_a_result)
{
    expect("cat >/dev/null; echo '{\"event\":\"progress\"}'; echo '{\"event\":\"result\"}'",
           ERR_NONE, 1);
}

TEST(the_spec_arrives_whole)
{
    expect("test \"$(cat)\" = '{\"task\":\"test\"}' && echo '{\"event\":\"result\"}'", ERR_NONE,
           0);
}

TEST(a_refusal_is_final_and_a_failure_is_not)
{
    expect(
        "echo '{\"event\":\"error\",\"code\":\"x\",\"detail\":\"no\",\"retry\":false}'; exit 1",
        ERR_TASK_REFUSED, 0);
    expect(
        "echo '{\"event\":\"error\",\"code\":\"x\",\"detail\":\"no\",\"retry\":true}'; exit 1",
        ERR_TASK_FAILED, 0);
}

TEST(crashes_and_nonsense_are_worth_another_try)
{
    expect("kill -SEGV $$", ERR_TASK_FAILED, 0);
    expect("exit 0", ERR_TASK_FAILED, 0);
    expect("exit 3", ERR_TASK_FAILED, 0);
    expect("echo hello; sleep 5", ERR_TASK_FAILED, 0);
    expect("echo '[1]'; sleep 5", ERR_TASK_FAILED, 0);
    expect("echo '{\"event\":\"result\"}'; exit 1", ERR_TASK_FAILED, 0);
}

TEST(a_missing_program_is_told)
{
    SCOPED_ARENA struct arena *a = arena_open();
    struct child *c = child_open();
    json_t *spec = json_object(), *result;
    struct err e = child_run(c, a, "/nonexistent/transcoder", spec, -1, NULL, &result, NULL);
    CHECK_INT(e.id, ERR_TASK_FAILED);
    CHECK(strstr(e.detail, "could not be started"));
    json_decref(spec);
    child_close(c);
}

static void *stop_soon(void *arg)
{
    usleep(100000);
    child_stop(arg);
    return NULL;
}

TEST(a_child_that_hangs_is_stopped_from_another_thread)
{
    SCOPED_ARENA struct arena *a = arena_open();
    struct child *c = child_open();
    pthread_t thread;
    CHECK_INT(pthread_create(&thread, NULL, stop_soon, c), 0);
    struct outcome out = run_with(c, a, "exec sleep 30");
    pthread_join(thread, NULL);
    CHECK_INT(out.e.id, ERR_STOPPED);
    CHECK(child_stopped(c));
    child_allow(c);
    out = run_with(c, a, "echo '{\"event\":\"result\"}'");
    CHECK_OK(out.e);
    json_decref(out.result);
    child_close(c);
}

/* Containers start their program as process 1; every transcoder's parent is 1 then. */
TEST(process_1_has_children_too)
{
    int status;
    pid_t outer = fork();
    if (outer == 0) {
        if (unshare(CLONE_NEWPID)) {
            print_message("skipped: no new process namespace here\n");
            _exit(0);
        }
        pid_t first = fork();
        if (first == 0) {
            SCOPED_ARENA struct arena *a = arena_open();
            struct child *c = child_open();
            struct outcome out =
                run_with(c, a, "cat >/dev/null; echo '{\"event\":\"result\"}'");
            _exit(getpid() == 1 && !out.e.id ? 0 : 1);
        }
        _exit(waitpid(first, &status, 0) == first && status == 0 ? 0 : 1);
    }
    CHECK(waitpid(outer, &status, 0) == outer);
    CHECK_INT(status, 0);
}

TEST_MAIN
