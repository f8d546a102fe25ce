/* transcoder_mp4.c — what the writer writes, the strict reader reads back; H.264's framings. */
#include "tests/unit/test.h"

#include "transcoder/fragments.h"
#include "transcoder/h264.h"

#include <fcntl.h>

static const uint8_t avcc[] = {1,  100, 0, 40, 0xff, 0xe1, 0, 4,    0x67, 100,  0,
                               40, 1,   0, 3,  0x68, 1,    2, 0xfd, 0xf8, 0xf8, 0};

static struct mp4_track track(void)
{
    return (struct mp4_track){
        .video = true,
        .timescale = 30000,
        .edit_start = 2002,
        .config = avcc,
        .config_size = sizeof avcc,
        .width = 1920,
        .height = 1080,
        .primaries = 1,
        .transfer = 1,
        .matrix = 1,
    };
}

/* One segment of five pictures I P B B P, starting at `start`. */
static void segment(struct bytes *out, const struct mp4_track *t, uint32_t number,
                    int64_t start)
{
    static const int order[] = {0, 3, 1, 2, 4};
    struct mp4_sample samples[5];
    for (int i = 0; i < 5; i++)
        samples[i] = (struct mp4_sample){
            .dts = start + i * 1001,
            .pts = start + order[i] * 1001 + t->edit_start,
            .size = 10 + (uint32_t)i,
            .duration = 1001,
            .key = i == 0,
        };
    mp4_fragment(out, t, number, samples, 5);
    bytes_zero(out, 60);
}

static int file_of(const struct bytes *b)
{
    char path[] = "/tmp/zoetrope-mp4-XXXXXX";
    int fd = mkstemp(path);
    CHECK(fd >= 0);
    unlink(path);
    CHECK_OK(fd_write_all(fd, b->data, b->size));
    return fd;
}

TEST(fragments_are_read_back)
{
    SCOPED_ARENA struct arena *a = arena_open();
    SCOPED_BYTES struct bytes b = {0};
    struct mp4_track t = track();
    mp4_init(&b, &t);
    size_t init = b.size;
    segment(&b, &t, 1, 0);
    segment(&b, &t, 2, 5005);
    SCOPED_FD int fd = file_of(&b);
    struct fragments f;
    CHECK_OK(fragments_read(a, fd, &f));
    CHECK_INT(f.init_size, init);
    CHECK_INT(f.count, 2);
    CHECK_INT(f.sample_count, 10);
    CHECK_INT(f.track.timescale, 30000);
    CHECK_INT(f.track.edit_start, 2002);
    CHECK_INT(f.track.width, 1920);
    CHECK_INT(f.track.height, 1080);
    CHECK_INT(f.list[1].start, 5005);
    CHECK_INT(f.list[1].end, 10010);
    CHECK_INT(f.samples[6].pts, 5005 + 3003 + 2002);
    CHECK_INT(f.samples[6].size, 11);
    CHECK(f.samples[5].key && !f.samples[6].key);
    CHECK_INT(f.list[1].data_offset + f.list[1].data_size, b.size);
}

TEST(inits_are_the_same_every_time)
{
    SCOPED_BYTES struct bytes one = {0};
    SCOPED_BYTES struct bytes two = {0};
    struct mp4_track t = track();
    mp4_init(&one, &t);
    mp4_init(&two, &t);
    CHECK_INT(one.size, two.size);
    CHECK(memcmp(one.data, two.data, one.size) == 0);
}

/* Any byte of the structure may be wrong: an answer comes, never a crash. */
TEST(damaged_fragments_are_refused_or_read)
{
    SCOPED_BYTES struct bytes b = {0};
    struct mp4_track t = track();
    mp4_init(&b, &t);
    segment(&b, &t, 1, 0);
    for (size_t i = 0; i < b.size; i++) {
        static const uint8_t values[] = {0, 1, 0x7f, 0x80, 0xff};
        for (size_t v = 0; v < sizeof values; v++) {
            SCOPED_ARENA struct arena *a = arena_open();
            uint8_t before = b.data[i];
            b.data[i] = values[v];
            SCOPED_FD int fd = file_of(&b);
            struct fragments f;
            struct err e = fragments_read(a, fd, &f);
            CHECK(e.id == ERR_NONE || e.id == ERR_RUNG_BROKEN);
            b.data[i] = before;
        }
        i += i > 900 ? 0 : 6; /* the moof whole, the init in steps */
    }
}

TEST(every_cut_is_refused)
{
    SCOPED_BYTES struct bytes b = {0};
    struct mp4_track t = track();
    mp4_init(&b, &t);
    segment(&b, &t, 1, 0);
    size_t whole = b.size;
    for (b.size = 0; b.size < whole; b.size++) {
        SCOPED_ARENA struct arena *a = arena_open();
        SCOPED_FD int fd = file_of(&b);
        struct fragments f;
        CHECK_ERR(fragments_read(a, fd, &f), RUNG_BROKEN);
    }
}

TEST(plain_heads_point_behind_themselves)
{
    SCOPED_BYTES struct bytes b = {0};
    struct mp4_track t = track();
    struct mp4_sample samples[2] = {
        {.dts = 0, .pts = 2002, .size = 100, .duration = 1001, .key = 1},
        {.dts = 1001, .pts = 3003, .size = 50, .duration = 1001}};
    struct mp4_chunk chunk = {.offset = 0, .first = 0, .count = 2};
    struct mp4_table table = {&t, samples, 2, &chunk, 1};
    mp4_plain_head(&b, &table, 1, 150);
    const uint8_t *stco = memmem(b.data, b.size, "stco", 4);
    CHECK(stco);
    CHECK_INT(read_u32(stco + 12), b.size);
    CHECK_INT(read_u32(b.data + b.size - 8), 158);
    b.size = 0;
    mp4_plain_head(&b, &table, 1, UINT64_C(5) << 30);
    const uint8_t *co64 = memmem(b.data, b.size, "co64", 4);
    CHECK(co64);
    CHECK_INT(read_u64(co64 + 12), b.size);
    CHECK_INT(read_u64(b.data + b.size - 8), (UINT64_C(5) << 30) + 16);
}

/* Files around the four gigabytes that 32 bits can tell, and far beyond, in very many runs. */
TEST(places_beyond_four_gigabytes_are_told_in_64_bits)
{
    enum { RUNS = 200000 };
    static struct mp4_sample samples[RUNS];
    static struct mp4_chunk runs[RUNS];
    static const struct {
        uint32_t run_bytes;
        bool wide;
    } cases[] = {
        {1000, false}, {21400, false},
        {21470, true}, /* the payload alone would fit; behind its head it does not */
        {40000, true}, {3000000, true},
    };
    struct mp4_track t = track();
    for (size_t c = 0; c < sizeof cases / sizeof *cases; c++) {
        SCOPED_BYTES struct bytes b = {0};
        const uint64_t payload = (uint64_t)cases[c].run_bytes * RUNS;
        for (size_t i = 0; i < RUNS; i++) {
            samples[i] = (struct mp4_sample){.dts = (int64_t)i * 1001,
                                             .pts = (int64_t)i * 1001 + 2002,
                                             .size = cases[c].run_bytes,
                                             .duration = 1001,
                                             .key = true};
            runs[i] = (struct mp4_chunk){(uint64_t)i * cases[c].run_bytes, i, 1};
        }
        struct mp4_table table = {&t, samples, RUNS, runs, RUNS};
        mp4_plain_head(&b, &table, 1, payload);
        const uint8_t *box = memmem(b.data, b.size, cases[c].wide ? "co64" : "stco", 4);
        CHECK(box);
        CHECK(!memmem(b.data, b.size, cases[c].wide ? "stco" : "co64", 4));
        CHECK_INT(read_u32(box + 8), RUNS);
        const uint64_t last = b.size + payload - cases[c].run_bytes;
        if (cases[c].wide) {
            CHECK_INT(read_u64(box + 12), b.size);
            CHECK_INT(read_u64(box + 12 + (size_t)8 * (RUNS - 1)), last);
        } else {
            CHECK_INT(read_u32(box + 12), b.size);
            CHECK_INT(read_u32(box + 12 + (size_t)4 * (RUNS - 1)), last);
        }
        bool wide_mdat = payload + 8 > UINT32_MAX || cases[c].wide;
        CHECK_INT(wide_mdat ? read_u64(b.data + b.size - 8) : read_u32(b.data + b.size - 8),
                  payload + (wide_mdat ? 16 : 8));
    }
}

static const uint8_t annexb[] = {0, 0, 0, 1,    9,    0xf0,            /* delimiter */
                                 0, 0, 0, 1,    0x67, 100,  0, 40, 1,  /* SPS */
                                 0, 0, 1, 0x68, 1,    2,               /* PPS */
                                 0, 0, 1, 0x65, 1,    2,    3, 0,  0}; /* IDR, padded */

TEST(annexb_becomes_avcc)
{
    SCOPED_BYTES struct bytes out = {0};
    CHECK(h264_is_annexb(annexb, sizeof annexb));
    CHECK(h264_avcc(annexb, sizeof annexb, &out));
    CHECK_INT(h264_length_size(out.data, out.size), 4);
    char codecs[H264_CODECS_TEXT];
    CHECK(h264_codecs(out.data, out.size, codecs));
    CHECK_STR(codecs, "avc1.640028");
    SCOPED_BYTES struct bytes unit = {0};
    h264_append(&unit, annexb, sizeof annexb);
    CHECK_INT(unit.size, 8); /* a length and the IDR without its padding */
    CHECK_INT(read_u32(unit.data), 4);
    struct h264_unit look = h264_look(annexb, sizeof annexb, 0, &out);
    CHECK(look.idr && look.slice && !look.params_differ);
    look = h264_look(unit.data, unit.size, 4, &out);
    CHECK(look.idr && !look.params_differ);
}

TEST(other_parameters_are_noticed)
{
    SCOPED_BYTES struct bytes out = {0};
    CHECK(h264_avcc(annexb, sizeof annexb, &out));
    uint8_t other[sizeof annexb];
    memcpy(other, annexb, sizeof annexb);
    other[14] ^= 2; /* in the SPS */
    CHECK(h264_look(other, sizeof other, 0, &out).params_differ);
}

TEST(lengths_beyond_the_end_stop_the_walk)
{
    static const uint8_t bad[] = {0, 0, 0, 200, 0x65, 1};
    CHECK(!h264_look(bad, sizeof bad, 4, NULL).slice);
    CHECK(!h264_look(bad, 3, 4, NULL).slice);
    CHECK(!h264_look(NULL, 0, 4, NULL).slice);
}

TEST_MAIN
