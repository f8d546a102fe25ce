/* transcoder_av1.c — OBUs: av1C, codec strings, units without delimiters, and what is none. */
#include "tests/unit/test.h"

#include "transcoder/av1.h"

#include <string.h>

/* A temporal delimiter, a sequence header of SVT-AV1 (320x180, level 2.0), a padding OBU. */
static const uint8_t unit[] = {0x12, 0x00, 0x0a, 0x0b, 0x00, 0x00, 0x00, 0x04, 0x3c, 0xff,
                               0xbc, 0xfe, 0x7c, 0xc0, 0x40, 0x7a, 0x02, 0xaa, 0x80};
enum { HEADER_AT = 2, HEADER_BYTES = 13 };

TEST(a_sequence_header_is_described)
{
    struct bytes av1c = {0};
    char codecs[AV1_CODECS_TEXT];
    CHECK(av1_config(unit, sizeof unit, &av1c, codecs));
    CHECK_STR(codecs, "av01.0.00M.08");
    CHECK_INT(av1c.size, 4 + HEADER_BYTES);
    CHECK_INT(av1c.data[0], 0x81);
    CHECK_INT(av1c.data[1], 0);
    CHECK_INT(av1c.data[2], 0x0c);
    CHECK(memcmp(av1c.data + 4, unit + HEADER_AT, HEADER_BYTES) == 0);
    bytes_release(&av1c);
}

TEST(levels_and_tiers_are_read)
{
    static const struct {
        uint8_t level; /* seq_level_idx in five bits, seq_tier behind */
        const char *codecs;
    } cases[] = {
        {0x00, "av01.0.00M.08"},
        {0x40, "av01.0.08M.08"},
        {0x50, "av01.0.10M.08"},
        {0x6c, "av01.0.13H.08"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        uint8_t header[] = {0x0a, 0x06, 0, 0, 0, 0, 0, 0};
        header[5] = cases[i].level; /* behind 24 bits of flags and operating points */
        struct bytes av1c = {0};
        char codecs[AV1_CODECS_TEXT] = "";
        CHECK(av1_config(header, sizeof header, &av1c, codecs));
        CHECK_STR(codecs, cases[i].codecs);
        bytes_release(&av1c);
    }
}

TEST(delimiters_are_left_out)
{
    struct bytes out = {0};
    av1_append(&out, unit, sizeof unit);
    CHECK_INT(out.size, sizeof unit - HEADER_AT);
    CHECK(memcmp(out.data, unit + HEADER_AT, out.size) == 0);
    bytes_release(&out);
}

TEST(what_is_cut_off_or_none_is_refused)
{
    struct bytes av1c = {0};
    char codecs[AV1_CODECS_TEXT];
    for (size_t size = 0; size < HEADER_AT + HEADER_BYTES; size++)
        CHECK(!av1_config(unit, size, &av1c, codecs));
    static const uint8_t endless[] = {0x0a, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff};
    CHECK(!av1_config(endless, sizeof endless, &av1c, codecs));
    static const uint8_t profile_2[] = {0x0a, 0x03, 0x40, 0x00, 0x00};
    CHECK(!av1_config(profile_2, sizeof profile_2, &av1c, codecs));
    bytes_release(&av1c);
}

TEST_MAIN
