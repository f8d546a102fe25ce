/* h264.c — NAL units in both framings. */
#include "transcoder/h264.h"

#include <stdio.h>
#include <string.h>

enum {
    NAL_SLICE = 1,
    NAL_PARTITION_C = 4,
    NAL_IDR = 5,
    NAL_SEI = 6,
    NAL_SPS = 7,
    NAL_PPS = 8,
    NAL_DELIMITER = 9,
    NAL_FILLER = 12
};

struct nal {
    const uint8_t *data;
    size_t size;
};

struct nal_walk {
    const uint8_t *at, *end;
    int length_size; /* 0: Annex B */
};

/* The first byte after the next 00 00 01, or `end`. */
static const uint8_t *start_code(const uint8_t *p, const uint8_t *end)
{
    while (end - p >= 3) {
        const uint8_t *one = memchr(p + 2, 1, (size_t)(end - p - 2));
        if (!one)
            return end;
        if (one[-1] == 0 && one[-2] == 0)
            return one + 1;
        p = one - 1;
    }
    return end;
}

static bool next_annexb(struct nal_walk *w, struct nal *out)
{
    const uint8_t *first = start_code(w->at, w->end);
    if (first >= w->end)
        return false;
    const uint8_t *next = start_code(first, w->end), *last = next;
    if (next < w->end)
        last = next - 3;
    w->at = next < w->end ? next - 3 : w->end;
    while (last > first && last[-1] == 0)
        last--;
    *out = (struct nal){first, (size_t)(last - first)};
    return true;
}

static bool next_nal(struct nal_walk *w, struct nal *out)
{
    do {
        if (!w->length_size) {
            if (!next_annexb(w, out))
                return false;
        } else {
            size_t size = 0, left = (size_t)(w->end - w->at);
            if (left < (size_t)w->length_size)
                return false;
            for (int i = 0; i < w->length_size; i++)
                size = size << 8 | *w->at++;
            if (size > left - (size_t)w->length_size)
                return false;
            *out = (struct nal){w->at, size};
            w->at += size;
        }
    } while (out->size == 0);
    return true;
}

static unsigned nal_type(struct nal n)
{
    return n.data[0] & 0x1f;
}

bool h264_is_annexb(const uint8_t *data, size_t size)
{
    return size >= 4 && data[0] == 0 && data[1] == 0 &&
           (data[2] == 1 || (data[2] == 0 && data[3] == 1));
}

bool h264_avcc(const uint8_t *extradata, size_t size, struct bytes *out)
{
    bytes_clear(out);
    if (size >= 7 && extradata[0] == 1) {
        bytes_add(out, extradata, size);
        return true;
    }
    if (!h264_is_annexb(extradata, size))
        return false;
    struct nal sets[2][32];
    size_t counts[2] = {0, 0};
    struct nal n;
    for (struct nal_walk w = {extradata, extradata + size, 0}; next_nal(&w, &n);) {
        size_t kind = nal_type(n) == NAL_SPS ? 0 : nal_type(n) == NAL_PPS ? 1 : 2;
        if (kind < 2 && counts[kind] < 31 && n.size >= 4 - kind * 2 && n.size < 65536)
            sets[kind][counts[kind]++] = n;
    }
    if (!counts[0] || !counts[1])
        return false;
    const uint8_t *sps = sets[0][0].data;
    bytes_u8(out, 1);
    bytes_add(out, sps + 1, 3);
    bytes_u8(out, 0xff); /* lengths of 4 bytes */
    for (size_t kind = 0; kind < 2; kind++) {
        bytes_u8(out, (unsigned)counts[kind] | (kind == 0 ? 0xe0 : 0));
        for (size_t i = 0; i < counts[kind]; i++) {
            bytes_u16(out, (unsigned)sets[kind][i].size);
            bytes_add(out, sets[kind][i].data, sets[kind][i].size);
        }
    }
    if (sps[1] == 100 || sps[1] == 110 || sps[1] == 122 || sps[1] == 144) {
        /* 4:2:0, 8 bits: all that we encode or copy */
        bytes_u8(out, 0xfd);
        bytes_u8(out, 0xf8);
        bytes_u8(out, 0xf8);
        bytes_u8(out, 0);
    }
    return true;
}

bool h264_codecs(const uint8_t *avcc, size_t size, char out[H264_CODECS_TEXT])
{
    if (size < 7 || avcc[0] != 1)
        return false;
    snprintf(out, H264_CODECS_TEXT, "avc1.%02x%02x%02x", avcc[1], avcc[2], avcc[3]);
    return true;
}

int h264_length_size(const uint8_t *avcc, size_t size)
{
    if (size < 7 || avcc[0] != 1)
        return 0;
    int length = (avcc[4] & 3) + 1;
    return length == 3 ? 0 : length;
}

/* Is this parameter set, byte for byte, one of the avcC's? */
static bool known_set(const struct bytes *avcc, struct nal n)
{
    const uint8_t *p = avcc->data + 5, *end = avcc->data + avcc->size;
    for (int kind = 0; kind < 2 && p < end; kind++) {
        int count = kind == 0 ? *p++ & 0x1f : *p++;
        for (; count > 0 && end - p >= 2; count--) {
            size_t size = (size_t)p[0] << 8 | p[1];
            p += 2;
            if (size > (size_t)(end - p))
                return false;
            if (size == n.size && memcmp(p, n.data, size) == 0)
                return true;
            p += size;
        }
    }
    return false;
}

struct h264_unit h264_look(const uint8_t *data, size_t size, int length_size,
                           const struct bytes *avcc)
{
    struct h264_unit unit = {0};
    struct nal n;
    for (struct nal_walk w = {data, data + size, length_size}; next_nal(&w, &n);) {
        unsigned type = nal_type(n);
        if (type >= NAL_SLICE && type <= NAL_IDR) {
            unit.slice = true;
            unit.idr |= type == NAL_IDR;
        } else if ((type == NAL_SPS || type == NAL_PPS) && avcc && avcc->size >= 7) {
            unit.params_differ |= !known_set(avcc, n);
        }
        if (unit.slice && !unit.params_differ && length_size)
            break; /* parameter sets come before the picture */
    }
    return unit;
}

static bool advertisement(struct nal n)
{
    static const uint8_t x264[] = {0xdc, 0x45, 0xe9, 0xbd, 0xe6, 0xd9, 0x48, 0xb7};
    if (nal_type(n) != NAL_SEI || n.size < 20 || n.data[1] != 5)
        return false;
    size_t at = 2;
    while (at < n.size && n.data[at] == 0xff)
        at++;
    at++; /* may lie behind the end now: a size that never ends */
    return at + sizeof x264 < n.size && memcmp(n.data + at, x264, sizeof x264) == 0;
}

void h264_append(struct bytes *out, const uint8_t *data, size_t size)
{
    struct nal n;
    for (struct nal_walk w = {data, data + size, 0}; next_nal(&w, &n);) {
        unsigned type = nal_type(n);
        if (type == NAL_DELIMITER || type == NAL_SPS || type == NAL_PPS || type == NAL_FILLER ||
            advertisement(n))
            continue;
        bytes_u32(out, (uint32_t)n.size);
        bytes_add(out, n.data, n.size);
    }
}
