/* fragments.c — a strict reader of our own fragmented files. */
#include "transcoder/fragments.h"

#include "transcoder/bytes.h"

#include <stdbool.h>
#include <string.h>
#include <unistd.h>

enum {
    MOOV_MAX = 1 << 20,
    MOOF_MAX = 16 << 20,
    SAMPLES_MAX = 64 << 20,
    TFHD_DURATION = 0x8,
    TFHD_SIZE = 0x10,
    TFHD_FLAGS = 0x20,
    TFHD_BASE_IS_MOOF = 0x20000,
    TRUN_OFFSET = 0x1,
    TRUN_FIRST_FLAGS = 0x4,
    TRUN_DURATION = 0x100,
    TRUN_SIZE = 0x200,
    TRUN_FLAGS = 0x400,
    TRUN_CTO = 0x800,
    SAMPLE_NOT_SYNC = 0x10000,
};

#define BROKEN(text) FAIL(RUNG_BROKEN, text)

struct box {
    const uint8_t *data; /* after the header */
    size_t size;
    const uint8_t *start; /* of the header */
    char type[5];
};

/* The next box of a buffer; false at the end or when it is cut. */
static bool next_box(const uint8_t **at, const uint8_t *end, struct box *out)
{
    if (end - *at < 8)
        return false;
    uint32_t size = read_u32(*at);
    if (size < 8 || size > (size_t)(end - *at))
        return false;
    *out = (struct box){.data = *at + 8, .size = size - 8, .start = *at};
    memcpy(out->type, *at + 4, 4);
    *at += size;
    return true;
}

/* Follows a path like "mdia/minf/stbl" to the first box of that name. */
static bool find(const struct box *from, const char *path, struct box *out)
{
    struct box box = *from;
    while (*path) {
        const uint8_t *at = box.data, *end = box.data + box.size;
        bool found = false;
        struct box child;
        while (!found && next_box(&at, end, &child))
            found = strncmp(child.type, path, 4) == 0;
        if (!found)
            return false;
        box = child;
        path += path[4] == '/' ? 5 : 4;
    }
    *out = box;
    return true;
}

static struct err read_at(int fd, uint64_t offset, void *buffer, size_t size)
{
    for (size_t done = 0; done < size;) {
        ssize_t n = pread(fd, (uint8_t *)buffer + done, size - done, (off_t)(offset + done));
        if (n < 0)
            return FAIL(IO, "a rung cannot be read");
        if (n == 0)
            return BROKEN("the rung is cut off");
        done += (size_t)n;
    }
    return OK;
}

static struct err read_moov(struct arena *a, const struct box *moov, struct mp4_track *t)
{
    struct box trak, hdlr, mdhd, stsd, tkhd, elst;
    if (!find(moov, "trak", &trak) || !find(&trak, "mdia/hdlr", &hdlr) || hdlr.size < 12 ||
        !find(&trak, "mdia/mdhd", &mdhd) || mdhd.size < 24 ||
        !find(&trak, "mdia/minf/stbl/stsd", &stsd) || stsd.size < 16 ||
        !find(&trak, "tkhd", &tkhd) || tkhd.size < 92)
        return BROKEN("the rung's description is incomplete");
    *t = (struct mp4_track){.video = memcmp(hdlr.data + 8, "vide", 4) == 0};
    t->timescale = mdhd.data[0] == 1 ? read_u32(mdhd.data + 20) : read_u32(mdhd.data + 12);
    if (!t->timescale)
        return BROKEN("the rung has no timescale");
    t->stsd_size = stsd.size + 8;
    t->stsd = arena_copy(a, stsd.start, t->stsd_size);
    t->width = (int)(read_u32(tkhd.data + 88) >> 16);
    t->height = tkhd.size >= 96 ? (int)(read_u32(tkhd.data + 92) >> 16) : 0;
    if (find(&trak, "edts/elst", &elst) && elst.size >= 28 && elst.data[0] == 1)
        t->edit_start = (int64_t)read_u64(elst.data + 16);
    if (t->edit_start < 0 || t->edit_start > INT32_MAX)
        return BROKEN("the rung's edit list is out of range");
    return OK;
}

/* A reader that never passes its end. */
struct fields {
    const uint8_t *at, *end;
    bool short_of;
};

static uint32_t field(struct fields *f)
{
    if (f->end - f->at < 4) {
        f->short_of = true;
        return 0;
    }
    uint32_t v = read_u32(f->at);
    f->at += 4;
    return v;
}

static struct err add_sample(struct arena *a, struct fragments *out, struct mp4_sample s)
{
    if (out->sample_count >= SAMPLES_MAX)
        return BROKEN("the rung has too many samples");
    out->samples =
        arena_grow(a, out->samples, out->sample_count, &out->sample_room, sizeof *out->samples);
    out->samples[out->sample_count++] = s;
    return OK;
}

static struct err read_moof(struct arena *a, const struct box *moof, struct fragment *f,
                            struct fragments *out)
{
    struct box traf, tfhd, tfdt, trun;
    if (!find(moof, "traf", &traf) || !find(&traf, "tfhd", &tfhd) || tfhd.size < 8 ||
        !find(&traf, "tfdt", &tfdt) || tfdt.size < 12 || tfdt.data[0] != 1 ||
        !find(&traf, "trun", &trun) || trun.size < 12)
        return BROKEN("a fragment is incomplete");
    struct fields h = {tfhd.data, tfhd.data + tfhd.size, false};
    uint32_t flags = field(&h);
    field(&h); /* track */
    if (!(flags & TFHD_BASE_IS_MOOF) || (flags & 3))
        return BROKEN("a fragment is not self-contained");
    uint32_t duration = flags & TFHD_DURATION ? field(&h) : 0;
    uint32_t size = flags & TFHD_SIZE ? field(&h) : 0;
    uint32_t sample_flags = flags & TFHD_FLAGS ? field(&h) : 0;

    struct fields r = {trun.data, trun.data + trun.size, h.short_of};
    flags = field(&r);
    uint32_t count = field(&r);
    uint32_t data_offset = flags & TRUN_OFFSET ? field(&r) : 0;
    uint32_t first_flags = flags & TRUN_FIRST_FLAGS ? field(&r) : sample_flags;
    f->data_offset = f->offset + data_offset;
    f->first_sample = out->sample_count;
    f->sample_count = count;
    f->start = (int64_t)read_u64(tfdt.data + 4);
    if (!count || f->start < 0 || f->start > INT64_MAX / 4)
        return BROKEN("a fragment is empty or out of time");
    int64_t dts = f->start;
    for (uint32_t i = 0; i < count && !r.short_of; i++) {
        struct mp4_sample s = {.dts = dts};
        s.duration = flags & TRUN_DURATION ? field(&r) : duration;
        s.size = flags & TRUN_SIZE ? field(&r) : size;
        uint32_t these = flags & TRUN_FLAGS ? field(&r) : i == 0 ? first_flags : sample_flags;
        s.key = !(these & SAMPLE_NOT_SYNC);
        s.pts = dts + (flags & TRUN_CTO ? (int32_t)field(&r) : 0);
        dts += s.duration;
        f->data_size += s.size;
        TRY(add_sample(a, out, s));
    }
    f->end = dts;
    return r.short_of ? BROKEN("a fragment is cut off") : OK;
}

static struct err check(const struct fragments *out, const struct fragment *f, uint64_t mdat,
                        uint64_t mdat_end)
{
    if (f->data_offset < mdat || f->data_offset + f->data_size > mdat_end)
        return BROKEN("a fragment points outside its data");
    if (!out->samples[f->first_sample].key)
        return BROKEN("a segment does not start with a key frame");
    if (out->count) {
        int64_t gap = f->start - out->list[out->count - 1].end;
        if (gap < -(int64_t)out->track.timescale / 5 || gap > (int64_t)out->track.timescale / 5)
            return BROKEN("the rung is not continuous: a segment is missing or doubled");
    }
    return OK;
}

struct err fragments_read(struct arena *a, int fd, struct fragments *out)
{
    *out = (struct fragments){0};
    off_t size = lseek(fd, 0, SEEK_END);
    if (size < 0)
        return FAIL(IO, "a rung has no size");
    out->file_size = (uint64_t)size;
    struct fragment current = {0};
    bool have_moof = false;
    SCOPED_BYTES struct bytes buffer = {0};
    for (uint64_t at = 0; at < out->file_size;) {
        uint8_t head[16];
        size_t got = out->file_size - at < 16 ? 8 : 16;
        if (out->file_size - at < 8)
            return BROKEN("the rung is cut off");
        TRY(read_at(fd, at, head, got));
        uint64_t box_size = read_u32(head), header = 8;
        if (box_size == 1 && got == 16) {
            box_size = read_u64(head + 8);
            header = 16;
        }
        if (box_size < header || box_size > out->file_size - at)
            return BROKEN("the rung is cut off");
        bool moov = memcmp(head + 4, "moov", 4) == 0, moof = memcmp(head + 4, "moof", 4) == 0;
        if (moov || moof) {
            if (box_size > (moov ? MOOV_MAX : MOOF_MAX))
                return BROKEN("the rung's description is too large");
            bytes_clear(&buffer);
            bytes_zero(&buffer, (size_t)box_size);
            TRY(read_at(fd, at, buffer.data, (size_t)box_size));
            struct box box = {buffer.data + header, (size_t)(box_size - header), buffer.data,
                              ""};
            if (moov) {
                TRY(read_moov(a, &box, &out->track));
                out->init_size = at + box_size;
            } else {
                if (!out->init_size)
                    return BROKEN("the rung's description is missing");
                current = (struct fragment){.offset = at};
                TRY(read_moof(a, &box, &current, out));
                have_moof = true;
            }
        } else if (memcmp(head + 4, "mdat", 4) == 0) {
            if (!have_moof)
                return BROKEN("data without a description");
            TRY(check(out, &current, at + header, at + box_size));
            current.size = at + box_size - current.offset;
            out->list = arena_grow(a, out->list, out->count, &out->room, sizeof *out->list);
            out->list[out->count++] = current;
            have_moof = false;
        }
        at += box_size;
    }
    if (!out->count)
        return BROKEN("the rung has no segment");
    return have_moof ? BROKEN("the rung is cut off") : OK;
}
