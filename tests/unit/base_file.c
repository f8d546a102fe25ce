/* Files are replaced whole or not at all; folders come and go; links are not followed. */
#include "tests/unit/test.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>

static char *folder;
static char path[TEST_PATH], other[TEST_PATH];

static void begin(void)
{
    folder = test_folder();
    test_join(path, folder, "file");
    test_join(other, folder, "other");
}

static const char *content(struct arena *a, const char *of)
{
    char *data;
    size_t bytes;
    CHECK_OK(file_read(a, of, 1 << 20, &data, &bytes));
    CHECK_INT(strlen(data), bytes);
    return data;
}

TEST(a_file_is_replaced_whole)
{
    begin();
    SCOPED_ARENA struct arena *a = arena_open();
    CHECK_OK(file_replace(path, "first", 5, true));
    CHECK_STR(content(a, path), "first");
    CHECK_OK(file_replace(path, "", 0, false));
    CHECK_INT(file_size(path), 0);
    CHECK_OK(file_replace(path, "third time", 10, true));
    CHECK_STR(content(a, path), "third time");
    test_folder_remove(folder);
}

TEST(a_failed_replacement_leaves_the_old_file_and_nothing_else)
{
    begin();
    SCOPED_ARENA struct arena *a = arena_open();
    CHECK_OK(file_replace(path, "old", 3, false));
    /* A limit of file size stands for a full disk; SIGXFSZ must be ignored as a server does. */
    signal(SIGXFSZ, SIG_IGN);
    struct rlimit before, tight = {.rlim_cur = 1000, .rlim_max = RLIM_INFINITY};
    getrlimit(RLIMIT_FSIZE, &before);
    tight.rlim_max = before.rlim_max;
    setrlimit(RLIMIT_FSIZE, &tight);
    static char much[4000];
    struct err e = file_replace(path, much, sizeof much, true);
    setrlimit(RLIMIT_FSIZE, &before);
    CHECK(e.id != ERR_NONE);
    CHECK_STR(content(a, path), "old");
    char temporary[TEST_PATH];
    test_join(temporary, folder, "file.new");
    CHECK(!path_exists(temporary));
    test_folder_remove(folder);
}

TEST(errors_are_told_apart)
{
    begin();
    SCOPED_ARENA struct arena *a = arena_open();
    char *data;
    CHECK_ERR(file_read(a, path, 100, &data, NULL), NOT_FOUND);
    CHECK_ERR(file_read(a, folder, 100, &data, NULL), IO);
    CHECK_OK(file_replace(path, "too long", 8, false));
    CHECK_ERR(file_read(a, path, 7, &data, NULL), IO);
    CHECK_OK(file_read(a, path, 8, &data, NULL));
    CHECK_ERR(file_rename_durable(other, path), NOT_FOUND);
    CHECK_INT(err_errno(ENOSPC, "x").id, ERR_DISK_FULL);
    CHECK_INT(err_errno(EDQUOT, "x").id, ERR_DISK_FULL);
    CHECK_INT(err_errno(ENOENT, "x").id, ERR_NOT_FOUND);
    CHECK_INT(err_errno(EACCES, "x").id, ERR_IO);
    CHECK_INT(file_size(other), -1);
    test_folder_remove(folder);
}

TEST(folders_are_made_with_their_parents)
{
    begin();
    char deep[TEST_PATH];
    test_join(deep, folder, "a/b/c");
    CHECK_OK(folder_make(deep));
    CHECK_OK(folder_make(deep));
    CHECK(path_exists(deep));
    CHECK_OK(folder_sync_of(deep));
    CHECK_OK(file_replace(path, "x", 1, false));
    test_join(deep, folder, "file/below");
    CHECK(folder_make(deep).id != ERR_NONE);
    test_folder_remove(folder);
}

TEST(removing_does_not_follow_links)
{
    begin();
    char victim[TEST_PATH], inside[TEST_PATH], link[TEST_PATH];
    test_join(victim, folder, "victim");
    test_join(inside, folder, "victim/file");
    test_join(link, folder, "tree/link");
    CHECK_OK(folder_make(victim));
    CHECK_OK(file_replace(inside, "x", 1, false));
    test_join(other, folder, "tree");
    CHECK_OK(folder_make(other));
    CHECK_INT(symlink(victim, link), 0);
    path_remove(other);
    CHECK(!path_exists(other));
    CHECK(path_exists(inside));
    path_remove(other); /* a missing path is fine */
    test_folder_remove(folder);
}

TEST(ranges_are_copied)
{
    begin();
    SCOPED_ARENA struct arena *a = arena_open();
    char *pattern = arena_alloc(a, 300001);
    for (int i = 0; i < 300000; i++)
        pattern[i] = (char)('a' + i % 26);
    CHECK_OK(file_replace(path, pattern, 300000, false));
    SCOPED_FD int from = open(path, O_RDONLY | O_CLOEXEC);
    SCOPED_FD int to = open(other, O_RDWR | O_CREAT | O_CLOEXEC, 0644);
    CHECK_OK(fd_write_all(to, "12345", 5));
    CHECK_OK(fd_copy_range(from, 1000, to, 5, 200000));
    CHECK_OK(fd_copy_range(from, 0, to, 200005, 0));
    CHECK_INT(file_size(other), 200005);
    const char *got = content(a, other);
    CHECK(memcmp(got, "12345", 5) == 0);
    CHECK(memcmp(got + 5, pattern + 1000, 200000) == 0);
    CHECK_ERR(fd_copy_range(from, 299999, to, 0, 2), IO); /* ends too early */
    CHECK_OK(fd_pwrite_all(to, "xyz", 3, 1));
    CHECK_INT(file_size(other) >= 200005, 1);
    test_folder_remove(folder);
}

TEST_MAIN
