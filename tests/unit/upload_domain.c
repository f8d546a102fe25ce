/* upload_domain.c — uploads below HTTP: quota, resuming, finishing, cancelling, the purge. */
#include "tests/unit/test.h"

#include "base/clock.h"
#include "server/db/db.h"
#include "server/db/db_job.h"
#include "server/db/db_upload.h"
#include "server/domain/account.h"
#include "server/domain/upload.h"
#include "server/domain/upload_claim.h"
#include "server/jobs/purge.h"
#include "server/storage/storage.h"

#include <fcntl.h>
#include <sys/stat.h>

#define MIB (INT64_C(1) << 20)
#define METADATA "{\"filename\": \"../x/clip.mp4\", \"name\": \"A clip\", \"channelId\": %lld}"

struct fixture {
    char *folder;
    struct arena *arena;
    struct storage *storage;
    struct db_pool *pool;
    struct db *db;
    int64_t alice, bob, channel; /* alice: 10 MiB, bob: unlimited */
    const char *metadata;
};

static int64_t person(struct fixture *f, const char *name, int64_t quota)
{
    int64_t id;
    CHECK_OK(user_create(f->db, f->arena,
                         &(struct user_new){.username = name,
                                            .password = "password",
                                            .role = ROLE_USER,
                                            .quota_bytes = quota,
                                            .quota_daily_bytes = -1},
                         &id));
    return id;
}

static struct fixture open_fixture(void)
{
    struct fixture f = {.folder = test_folder(), .arena = arena_open()};
    CHECK_OK(storage_open(f.arena, f.folder, &f.storage));
    CHECK_OK(db_pool_open(arena_printf(f.arena, "%s/test.db", f.folder), &f.pool));
    CHECK_OK(db_open(f.pool, &f.db));
    f.alice = person(&f, "alice", 10 * MIB);
    f.bob = person(&f, "bob", -1);
    struct channel channel;
    CHECK_OK(account_channel_of_user(f.db, f.arena, f.alice, 0, &channel));
    f.channel = channel.actor.id;
    f.metadata = arena_printf(f.arena, METADATA, (long long)f.channel);
    return f;
}

static void close_fixture(struct fixture *f)
{
    db_close(f->db);
    db_pool_close(f->pool);
    arena_close(f->arena);
    test_folder_remove(f->folder);
}

static struct err begin(struct fixture *f, const char *name, int64_t bytes, struct upload *u,
                        int64_t *have)
{
    return upload_begin(f->db, f->storage, f->arena,
                        &(struct upload_begin){.user_id = f->alice,
                                               .size_bytes = bytes,
                                               .max_bytes = 100 * MIB,
                                               .file_name = name,
                                               .last_modified = "1",
                                               .metadata = f->metadata},
                        u, have);
}

static void bring(struct fixture *f, const struct upload *u, int64_t offset, const char *text)
{
    SCOPED_FD int fd = -1;
    CHECK_OK(upload_open(f->storage, f->arena, u, offset, &fd));
    CHECK_OK(fd_pwrite_all(fd, text, strlen(text), offset));
    CHECK_OK(upload_sync(f->db, f->storage, f->arena, u));
}

static void age(struct fixture *f, const struct upload *u, int64_t touched_ms)
{
    CHECK_OK(db_begin(f->db));
    CHECK_OK(db_upload_touch(f->db, u->id, touched_ms));
    CHECK_OK(db_commit(f->db));
}

TEST(the_same_file_is_resumed)
{
    struct fixture f = open_fixture();
    struct upload u, again, other;
    int64_t have;
    CHECK_OK(begin(&f, "a.mp4", 11, &u, &have));
    CHECK_INT(have, 0);
    CHECK_INT(strlen(u.id), UPLOAD_ID_HEX);
    bring(&f, &u, 0, "hello");
    CHECK_OK(begin(&f, "a.mp4", 11, &again, &have));
    CHECK_STR(again.id, u.id);
    CHECK_INT(have, 5);
    CHECK_OK(begin(&f, "a.mp4", 12, &other, &have)); /* another size: another file */
    CHECK(strcmp(other.id, u.id));
    CHECK_OK(begin(&f, "b.mp4", 11, &other, &have));
    CHECK(strcmp(other.id, u.id));
    CHECK_INT(have, 0);
    close_fixture(&f);
}

TEST(a_file_without_a_time_is_never_taken_for_another)
{
    struct fixture f = open_fixture();
    struct upload_begin b = {.user_id = f.alice,
                             .size_bytes = 5,
                             .max_bytes = -1,
                             .file_name = "a.mp4",
                             .metadata = f.metadata};
    struct upload one, two;
    int64_t have;
    CHECK_OK(upload_begin(f.db, f.storage, f.arena, &b, &one, &have));
    CHECK_OK(upload_begin(f.db, f.storage, f.arena, &b, &two, &have));
    CHECK(strcmp(one.id, two.id));
    close_fixture(&f);
}

TEST(what_does_not_fit_is_refused_before_a_byte)
{
    struct fixture f = open_fixture();
    struct upload u;
    int64_t have;
    CHECK_ERR(begin(&f, "a.mp4", 101 * MIB, &u, &have), MAX_FILE_SIZE);
    CHECK_ERR(begin(&f, "a.mp4", 11 * MIB, &u, &have), QUOTA_REACHED);
    CHECK_OK(begin(&f, "a.mp4", 6 * MIB, &u, &have));
    CHECK_ERR(begin(&f, "b.mp4", 6 * MIB, &u, &have),
              QUOTA_REACHED);                         /* unfinished ones count */
    CHECK_OK(begin(&f, "a.mp4", 6 * MIB, &u, &have)); /* itself does not */
    struct upload_reservation *r = NULL;
    CHECK_ERR(upload_reserve_room(f.db, f.storage, f.alice, 5 * MIB, -1, &r), QUOTA_REACHED);
    CHECK(!r);
    CHECK_OK(upload_reserve_room(f.db, f.storage, f.alice, 3 * MIB, -1, &r));
    CHECK_ERR(begin(&f, "b.mp4", 2 * MIB, &u, &have), QUOTA_REACHED); /* on its way counts */
    upload_unreserve(r);
    CHECK_OK(begin(&f, "b.mp4", 2 * MIB, &u, &have));
    CHECK_OK(upload_cancel(f.db, f.storage, f.arena, f.alice, u.id));
    CHECK_OK(begin(&f, "c.mp4", 4 * MIB, &u, &have)); /* a cancelled one does not */
    CHECK_ERR(upload_reserve_room(f.db, f.storage, f.bob, INT64_C(1) << 55, -1, &r), DISK_FULL);
    close_fixture(&f);
}

TEST(an_upload_is_its_owners)
{
    struct fixture f = open_fixture();
    struct upload u, found;
    int64_t have;
    CHECK_OK(begin(&f, "a.mp4", 11, &u, &have));
    CHECK_OK(upload_find(f.db, f.arena, f.alice, u.id, &found));
    CHECK_ERR(upload_find(f.db, f.arena, f.bob, u.id, &found), UPLOAD_FORBIDDEN);
    CHECK_ERR(upload_cancel(f.db, f.storage, f.arena, f.bob, u.id), UPLOAD_FORBIDDEN);
    static const char *const strange[] = {"",
                                          "x",
                                          "../../etc/passwd",
                                          "00000000000000000000000000000000",
                                          "0000000000000000000000000000000G",
                                          "000000000000000000000000000000000"};
    for (size_t i = 0; i < sizeof strange / sizeof *strange; i++) {
        CHECK_ERR(upload_find(f.db, f.arena, f.alice, strange[i], &found), UPLOAD_NOT_FOUND);
        CHECK_OK(upload_cancel(f.db, f.storage, f.arena, f.alice, strange[i]));
    }
    CHECK_ERR(upload_find(f.db, f.arena, f.alice, NULL, &found), UPLOAD_NOT_FOUND);
    age(&f, &u, now_ms() - UPLOAD_LIFE_MS - 1000);
    CHECK_ERR(upload_find(f.db, f.arena, f.alice, u.id, &found), UPLOAD_EXPIRED);
    CHECK_OK(upload_cancel(f.db, f.storage, f.arena, f.alice, u.id));
    CHECK_ERR(upload_find(f.db, f.arena, f.alice, u.id, &found), UPLOAD_NOT_FOUND);
    close_fixture(&f);
}

TEST(writing_again_from_an_offset_cuts_what_lay_behind)
{
    struct fixture f = open_fixture();
    struct upload u;
    int64_t have;
    CHECK_OK(begin(&f, "a.mp4", 11, &u, &have));
    bring(&f, &u, 0, "hello world");
    CHECK_INT(upload_have(f.storage, f.arena, &u), 11);
    bring(&f, &u, 2, "y");
    CHECK_INT(upload_have(f.storage, f.arena, &u), 3);
    upload_cut(f.storage, f.arena, &u, 1);
    CHECK_INT(upload_have(f.storage, f.arena, &u), 1);
    upload_cut(f.storage, f.arena, &u, 9); /* never makes it longer */
    CHECK_INT(upload_have(f.storage, f.arena, &u), 1);
    close_fixture(&f);
}

TEST(a_whole_upload_becomes_a_video_once)
{
    struct fixture f = open_fixture();
    struct upload u, found;
    struct video_ids ids, same;
    int64_t have;
    CHECK_OK(begin(&f, "a.mp4", 11, &u, &have));
    bring(&f, &u, 0, "hello world");
    CHECK_OK(upload_finish(f.db, f.storage, f.arena, &u, &ids));
    CHECK(ids.id > 0);
    CHECK(!path_exists(storage_upload(f.storage, f.arena, u.id)));
    CHECK_INT(file_size(storage_original(f.storage, f.arena, ids.uuid)), 11);
    CHECK_OK(upload_find(f.db, f.arena, f.alice, u.id, &found));
    CHECK_INT(found.video_id, ids.id);
    CHECK_OK(upload_video(f.db, f.arena, &found, &same));
    CHECK_INT(same.id, ids.id);
    CHECK_STR(same.uuid, ids.uuid);
    CHECK_STR(same.short_uuid, ids.short_uuid);

    /* the same file once more is a new upload */
    CHECK_OK(begin(&f, "a.mp4", 11, &found, &have));
    CHECK(strcmp(found.id, u.id));
    CHECK_INT(have, 0);

    /* its bytes count in the quota once */
    struct quota_use use;
    CHECK_OK(quota_used(f.db, f.alice, now_ms(), &use));
    CHECK_INT(use.total_bytes, 11);
    close_fixture(&f);
}

TEST(a_channel_that_went_away_meanwhile_is_noticed)
{
    struct fixture f = open_fixture();
    f.metadata = arena_printf(f.arena, METADATA, 999999LL);
    struct upload u;
    struct video_ids ids;
    int64_t have;
    CHECK_OK(begin(&f, "a.mp4", 5, &u, &have));
    bring(&f, &u, 0, "hello");
    CHECK_ERR(upload_finish(f.db, f.storage, f.arena, &u, &ids), NOT_FOUND);
    CHECK_INT(upload_have(f.storage, f.arena, &u), 5); /* nothing is lost by it */
    close_fixture(&f);
}

TEST(names_are_only_shown)
{
    SCOPED_ARENA struct arena *a = arena_open();
    CHECK_STR(upload_source_name(a, "clip.mp4"), "clip.mp4");
    CHECK_STR(upload_source_name(a, "../../etc/passwd"), "passwd");
    CHECK_STR(upload_source_name(a, "C:\\videos\\clip.mp4"), "clip.mp4");
    CHECK_STR(upload_source_name(a, ""), "");
    char name[600];
    memset(name, 'a', sizeof name);
    memcpy(name + 254, "\xc3\xa9", 2); /* an é across the limit */
    name[sizeof name - 1] = 0;
    CHECK_INT(strlen(upload_source_name(a, name)), 254);
}

TEST(media_are_told_by_type_or_by_name)
{
    CHECK(upload_media_known("video/mp4", "x"));
    CHECK(upload_media_known("Video/QuickTime; codecs=x", "x"));
    CHECK(upload_media_known("audio/flac", NULL));
    CHECK(upload_media_known("application/octet-stream", "clip.MKV"));
    CHECK(upload_media_known("", "clip.mkv"));
    CHECK(upload_media_known(NULL, "clip.mkv"));
    CHECK(!upload_media_known("application/octet-stream", "clip.exe"));
    CHECK(!upload_media_known("application/octet-stream", "mkv"));
    CHECK(!upload_media_known("application/pdf", "clip.mkv"));
    CHECK(!upload_media_known("text/html", "x.html"));
    CHECK(!upload_media_known("videos/mp4", "x"));
}

static void put_file(struct fixture *f, const char *relative)
{
    CHECK_OK(file_replace(storage_path(f->storage, f->arena, relative), "x", 1, false));
}

TEST(the_purge_takes_what_was_left_alone_and_nothing_else)
{
    struct fixture f = open_fixture();
    struct upload old, fresh, busy, done;
    struct video_ids ids;
    int64_t have, now = now_ms();
    bool finishing;
    CHECK_OK(begin(&f, "old.mp4", 11, &old, &have));
    CHECK_OK(begin(&f, "fresh.mp4", 11, &fresh, &have));
    CHECK_OK(begin(&f, "busy.mp4", 11, &busy, &have));
    CHECK_OK(begin(&f, "done.mp4", 5, &done, &have));
    bring(&f, &old, 0, "hello");
    bring(&f, &fresh, 0, "hello");
    bring(&f, &busy, 0, "hello");
    bring(&f, &done, 0, "hello");
    CHECK_OK(upload_finish(f.db, f.storage, f.arena, &done, &ids));
    bring(&f, &done, 0, "hello"); /* as if the server had died before removing the file */
    age(&f, &old, now - UPLOAD_LIFE_MS - 1000);
    age(&f, &busy, now - UPLOAD_LIFE_MS - 1000);
    struct upload_claim *claim = upload_claim_take(busy.id, 0, &finishing);

    put_file(&f, "staging/uploads/00000000000000000000000000000001");
    purge_run(f.db, f.storage, now);

    CHECK(!path_exists(storage_upload(f.storage, f.arena, old.id)));
    CHECK(path_exists(storage_upload(f.storage, f.arena, fresh.id)));
    CHECK(path_exists(storage_upload(f.storage, f.arena, busy.id)));
    CHECK(!path_exists(storage_upload(f.storage, f.arena, done.id)));
    CHECK(path_exists(storage_original(f.storage, f.arena, ids.uuid)));
    struct upload found;
    CHECK_ERR(upload_find(f.db, f.arena, f.alice, old.id, &found), UPLOAD_NOT_FOUND);
    CHECK_OK(upload_find(f.db, f.arena, f.alice, fresh.id, &found));
    /* a young file without a row may be about to get one */
    CHECK(path_exists(storage_upload(f.storage, f.arena, "00000000000000000000000000000001")));

    upload_claim_release(claim);
    purge_run(f.db, f.storage, now + UPLOAD_LIFE_MS + 5000);
    CHECK(!path_exists(storage_upload(f.storage, f.arena, busy.id)));
    CHECK(!path_exists(storage_upload(f.storage, f.arena, fresh.id)));
    CHECK(!path_exists(storage_upload(f.storage, f.arena, "00000000000000000000000000000001")));
    CHECK(path_exists(storage_original(f.storage, f.arena, ids.uuid)));
    close_fixture(&f);
}

TEST(ended_jobs_go_after_a_week)
{
    struct fixture f = open_fixture();
    int64_t now = now_ms(), due;
    CHECK_OK(db_begin(f.db));
    struct job job;
    bool found;
    CHECK_OK(db_job_insert(f.db, &(struct job_new){.kind = "ended", .lane = LANE_QUICK}));
    CHECK_OK(db_job_lease(f.db, f.arena, LANE_QUICK, now, now + 1000, "test", &job, &found));
    CHECK_OK(db_job_done(f.db, job.id, "{}", now));
    CHECK_OK(db_job_insert(f.db, &(struct job_new){.kind = "waits", .lane = LANE_QUICK}));
    CHECK_OK(db_commit(f.db));

    int64_t deleted, day = 24 * 3600 * INT64_C(1000);
    purge_run(f.db, f.storage, now + 6 * day); /* too early */
    CHECK_OK(db_begin(f.db));
    CHECK_OK(db_jobs_ended_delete(f.db, now + 1, 10, &deleted));
    CHECK_INT(deleted, 1);
    db_rollback(f.db);
    purge_run(f.db, f.storage, now + 8 * day);
    CHECK_OK(db_begin(f.db));
    CHECK_OK(db_jobs_ended_delete(f.db, now + 1, 10, &deleted));
    CHECK_INT(deleted, 0);
    CHECK_OK(db_commit(f.db));
    CHECK_OK(db_job_next_due(f.db, LANE_QUICK, &due));
    CHECK(due != INT64_MAX);
    close_fixture(&f);
}

TEST_MAIN
