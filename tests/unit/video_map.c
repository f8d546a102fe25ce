/* A map of a plain MP4 is believed only where it fits its files. */
#include "tests/unit/test.h"

#include "server/http/http.h"
#include "server/storage/virtual_mp4.h"

#include <endian.h>
#include <zlib.h>

/* "HEAD" + rung[2..5) + sound[0..4) + rung[5..10) = 16 bytes. */
enum { PER_EXTENT = 2, EXTENTS = 3, PACKED = 64 };
struct map {
    char magic[8];
    uint64_t size, head_size, extents, packed;
    uint64_t extent[EXTENTS][PER_EXTENT]; /* offset << 1 | file, length */
    unsigned char head[PACKED];
};
enum { MAP_HEAD = 8 + 4 * 8 + EXTENTS * PER_EXTENT * 8 };

static struct map good(void)
{
    struct map m = {"ZOEMAP2", 16, 4, EXTENTS, 0, {{2 << 1, 3}, {1, 4}, {5 << 1, 5}}, {0}};
    uLongf packed = PACKED;
    CHECK_INT(compress(m.head, &packed, (const unsigned char *)"HEAD", 4), Z_OK);
    m.packed = packed;
    return m;
}

static size_t map_bytes(const struct map *m)
{
    return MAP_HEAD + (size_t)m->packed;
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
    CHECK_OK(try_map(&p, &m, map_bytes(&m), &v));
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
        int word; /* of extents, else -1 … -5: magic, size, head_size, extents, packed */
        uint64_t value;
    } wrong[] = {
        {-1, 0},          {-2, 15},         {-2, 17},         {-2, UINT64_MAX},
        {-3, 3},          {-3, 5},          {-3, UINT64_MAX}, {-4, 2},
        {-4, 4},          {-4, UINT64_MAX}, {-4, 1ULL << 60}, {-5, 0},
        {-5, UINT64_MAX}, {0, 8 << 1},      {0, UINT64_MAX},  {0, 1ULL << 63},
        {0, 2 << 1 | 1},  {1, 0},           {1, 100},         {1, UINT64_MAX},
        {2, 3},           {3, 5},           {4, 6 << 1},      {5, 6},
    };
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        struct map m = good();
        const size_t bytes = map_bytes(&m);
        uint64_t *header[] = {
            NULL, (uint64_t *)(void *)m.magic, &m.size, &m.head_size, &m.extents, &m.packed};
        uint64_t *word = wrong[i].word < 0 ? header[-wrong[i].word]
                                           : &m.extent[wrong[i].word / 2][wrong[i].word % 2];
        *word = wrong[i].value;
        struct err e = try_map(&p, &m, bytes, &v);
        if (e.id != ERR_IO)
            print_error("row %zu\n", i);
        CHECK_INT(e.id, ERR_IO);
    }
    struct map m = good();
    for (size_t bytes = 0; bytes < map_bytes(&m); bytes++)
        CHECK_ERR(try_map(&p, &m, bytes, &v), IO);
    CHECK_OK(file_replace(p.rung, "012345678", 9, false)); /* cut since */
    CHECK_ERR(try_map(&p, &m, map_bytes(&m), &v), IO);
    path_remove(p.rung);
    CHECK_ERR(try_map(&p, &m, map_bytes(&m), &v), NOT_FOUND);
    path_remove(p.map);
    CHECK_ERR(virtual_mp4_open(p.a, p.map, p.rung, p.sound, &v), NOT_FOUND);
    place_close(&p);
}

TEST(a_head_that_does_not_unpack_is_an_error)
{
    struct place p;
    char got[16];
    place_open(&p);
    for (int i = 0; i < 3; i++) {
        struct virtual_answer v = {0};
        struct map m = good();
        if (i == 0) /* says more than it holds */
            m.size++, m.head_size++;
        else
            m.head[i == 1 ? 0 : 4] ^= 0x55;
        CHECK_OK(try_map(&p, &m, map_bytes(&m), &v));
        CHECK_ERR(virtual_mp4_read(&v, 0, got, 16), IO);
        CHECK_OK(virtual_mp4_read(&v, v.head_bytes, got, 12)); /* what is behind it is there */
        CHECK(!memcmp(got, "234abcd56789", 12));
        v.release(v.owner);
    }
    place_close(&p);
}

TEST(a_file_cut_while_it_is_read_is_an_error)
{
    struct place p;
    struct virtual_answer v = {0};
    struct map m = good();
    char got[16];
    place_open(&p);
    CHECK_OK(try_map(&p, &m, map_bytes(&m), &v));
    CHECK_INT(truncate(p.rung, 6), 0);
    CHECK_ERR(virtual_mp4_read(&v, 0, got, 16), IO);
    v.release(v.owner);
    place_close(&p);
}

TEST_MAIN
