/* A map of a plain MP4 is believed only where it fits its files. */
#include "tests/unit/test.h"

#include "server/http/http.h"
#include "server/storage/virtual_mp4.h"

#include <endian.h>

/* "HEAD" + rung[2..5) + sound[0..4) + rung[5..10) = 16 bytes. */
enum { WORDS = 4, PER_EXTENT = 4, EXTENTS = 3 };
struct map {
    char magic[8];
    uint64_t size, head_size, extents, zero;
    uint64_t extent[EXTENTS][PER_EXTENT]; /* virtual_offset, file, offset, length */
    char head[4];
};
enum { MAP_BYTES = 8 + 4 * 8 + EXTENTS * PER_EXTENT * 8 + 4 };

static struct map good(void)
{
    return (struct map){
        "ZOEMAP1",           16, 4, EXTENTS, 0, {{4, 0, 2, 3}, {7, 1, 0, 4}, {11, 0, 5, 5}},
        {'H', 'E', 'A', 'D'}};
}

struct place {
    char *folder;
    char map[TEST_PATH], rung[TEST_PATH], sound[TEST_PATH];
    struct arena *a;
};

static void place_open(struct place *p)
{
    p->folder = test_folder();
    p->a = arena_open();
    test_join(p->map, p->folder, "x.map");
    test_join(p->rung, p->folder, "rung.mp4");
    test_join(p->sound, p->folder, "sound.mp4");
    CHECK_OK(file_replace(p->rung, "0123456789", 10, false));
    CHECK_OK(file_replace(p->sound, "abcd", 4, false));
}

static void place_close(struct place *p)
{
    arena_close(p->a);
    test_folder_remove(p->folder);
}

static struct err try_map(struct place *p, const struct map *m, size_t bytes,
                          struct virtual_answer *out)
{
    CHECK_OK(file_replace(p->map, m, bytes, false));
    return virtual_mp4_open(p->a, p->map, p->rung, p->sound, out);
}

TEST(every_range_is_the_right_bytes)
{
    struct place p;
    struct virtual_answer v = {0};
    struct map m = good();
    const char *whole = "HEAD234abcd56789";
    place_open(&p);
    CHECK_INT(virtual_mp4_size(p.map), -1);
    CHECK_OK(try_map(&p, &m, MAP_BYTES, &v));
    CHECK_INT(v.size, 16);
    CHECK_INT(virtual_mp4_size(p.map), 16);
    for (int from = 0; from <= 16; from++) {
        for (int bytes = 0; from + bytes <= 16; bytes++) {
            char got[17] = "";
            CHECK_OK(virtual_mp4_read(&v, from, got, bytes));
            CHECK(!memcmp(got, whole + from, (size_t)bytes));
        }
    }
    char got[20];
    CHECK_ERR(virtual_mp4_read(&v, 10, got, 7), RANGE_UNSATISFIABLE);
    CHECK_ERR(virtual_mp4_read(&v, -1, got, 1), RANGE_UNSATISFIABLE);
    v.release(v.owner);
    place_close(&p);
}

TEST(a_broken_map_is_refused)
{
    struct place p;
    struct virtual_answer v = {0};
    place_open(&p);
    static const struct {
        int word; /* of extents, else -1 … -4: magic, size, head_size, extents */
        uint64_t value;
    } wrong[] = {
        {-1, 0},          {-2, 15},         {-2, 17},        {-2, UINT64_MAX}, {-3, 3},
        {-3, 5},          {-3, UINT64_MAX}, {-4, 2},         {-4, 4},          {-4, UINT64_MAX},
        {-4, 1ULL << 60}, {0, 5},           {0, 0},          {1, 2},           {1, UINT64_MAX},
        {2, 8},           {2, UINT64_MAX},  {2, 1ULL << 63}, {3, 0},           {3, 100},
        {3, UINT64_MAX},  {5, 7},           {6, 1},          {7, 5},           {11, 6},
    };
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        struct map m = good();
        uint64_t *header[] = {NULL, (uint64_t *)(void *)m.magic, &m.size, &m.head_size,
                              &m.extents};
        uint64_t *word = wrong[i].word < 0 ? header[-wrong[i].word]
                                           : &m.extent[wrong[i].word / 4][wrong[i].word % 4];
        *word = wrong[i].value;
        struct err e = try_map(&p, &m, MAP_BYTES, &v);
        if (e.id != ERR_IO)
            print_error("row %zu\n", i);
        CHECK_INT(e.id, ERR_IO);
    }
    struct map m = good();
    for (size_t bytes = 0; bytes < MAP_BYTES; bytes++)
        CHECK_ERR(try_map(&p, &m, bytes, &v), IO);
    CHECK_OK(file_replace(p.rung, "012345678", 9, false)); /* cut since */
    CHECK_ERR(try_map(&p, &m, MAP_BYTES, &v), IO);
    path_remove(p.rung);
    CHECK_ERR(try_map(&p, &m, MAP_BYTES, &v), NOT_FOUND);
    path_remove(p.map);
    CHECK_ERR(virtual_mp4_open(p.a, p.map, p.rung, p.sound, &v), NOT_FOUND);
    place_close(&p);
}

TEST(a_file_cut_while_it_is_read_is_an_error)
{
    struct place p;
    struct virtual_answer v = {0};
    struct map m = good();
    char got[16];
    place_open(&p);
    CHECK_OK(try_map(&p, &m, MAP_BYTES, &v));
    CHECK_INT(truncate(p.rung, 6), 0);
    CHECK_ERR(virtual_mp4_read(&v, 0, got, 16), IO);
    v.release(v.owner);
    place_close(&p);
}

TEST_MAIN
