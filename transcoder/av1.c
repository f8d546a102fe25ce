/* av1.c — walks OBUs, reads the start of a sequence header. */
#include "transcoder/av1.h"

#include <stdio.h>

enum { OBU_SEQUENCE_HEADER = 1, OBU_TEMPORAL_DELIMITER = 2 };

struct obu {
    unsigned type;
    const uint8_t *whole, *payload;
    size_t whole_size, payload_size;
};

/* The next OBU of [at, end); each must carry its size, as a temporal unit's do. */
static bool next_obu(const uint8_t **at, const uint8_t *end, struct obu *out)
{
    const uint8_t *p = *at;
    if (p >= end)
        return false;
    unsigned head = *p++;
    out->type = head >> 3 & 15;
    if (head & 0x80 || !(head & 2))
        return false;
    if (head & 4)
        p++;
    uint64_t size = 0;
    for (unsigned i = 0;; i++) {
        if (p >= end || i == 5)
            return false;
        size |= (uint64_t)(*p & 0x7f) << 7 * i;
        if (!(*p++ & 0x80))
            break;
    }
    if (size > (uint64_t)(end - p))
        return false;
    out->whole = *at;
    out->payload = p;
    out->payload_size = (size_t)size;
    *at = p + size;
    out->whole_size = (size_t)(*at - out->whole);
    return true;
}

struct bits {
    const uint8_t *data;
    size_t size, at; /* bits */
};

static unsigned take(struct bits *b, unsigned count)
{
    unsigned value = 0;
    for (; count; count--, b->at++) {
        unsigned byte = b->at / 8 < b->size ? b->data[b->at / 8] : 0;
        value = value << 1 | (byte >> (7 - b->at % 8) & 1);
    }
    return value;
}

/* Level and tier of the first operating point. */
static bool read_level(const struct obu *o, unsigned *level, unsigned *tier)
{
    struct bits b = {o->payload, o->payload_size, 0};
    unsigned profile = take(&b, 3);
    take(&b, 1); /* still_picture */
    unsigned reduced = take(&b, 1);
    *tier = 0;
    if (profile != 0)
        return false;
    if (!reduced) {
        if (take(&b, 1)) /* timing_info_present_flag */
            return false;
        take(&b, 1);      /* initial_display_delay_present_flag */
        take(&b, 5 + 12); /* operating points, the first one's layers */
    }
    *level = take(&b, 5);
    if (!reduced && *level > 7)
        *tier = take(&b, 1);
    return b.at <= o->payload_size * 8;
}

bool av1_config(const uint8_t *obus, size_t size, struct bytes *av1c,
                char codecs[AV1_CODECS_TEXT])
{
    struct obu o;
    for (const uint8_t *at = obus; next_obu(&at, obus + size, &o);) {
        unsigned level, tier;
        if (o.type != OBU_SEQUENCE_HEADER)
            continue;
        if (!read_level(&o, &level, &tier))
            return false;
        bytes_clear(av1c);
        bytes_u8(av1c, 0x81);
        bytes_u8(av1c, level);
        bytes_u8(av1c, tier << 7 | 0x0c); /* 8 bits, 4:2:0, siting unknown */
        bytes_u8(av1c, 0);
        bytes_add(av1c, o.whole, o.whole_size);
        snprintf(codecs, AV1_CODECS_TEXT, "av01.0.%02u%c.08", level, tier ? 'H' : 'M');
        return true;
    }
    return false;
}

void av1_append(struct bytes *out, const uint8_t *data, size_t size)
{
    struct obu o;
    for (const uint8_t *at = data; next_obu(&at, data + size, &o);)
        if (o.type != OBU_TEMPORAL_DELIMITER)
            bytes_add(out, o.whole, o.whole_size);
}
