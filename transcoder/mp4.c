/* mp4.c — boxes. Field orders follow the specification; zeros are its reserved fields. */
#include "transcoder/mp4.h"

#include <string.h>

enum {
    MOVIE_TIMESCALE = 1000,
    FLAGS_SYNC = 0x02000000,
    FLAGS_DELTA = 0x01010000,
    TFHD_DURATION = 0x8,
    TFHD_FLAGS = 0x20,
    TFHD_BASE_IS_MOOF = 0x20000,
    TRUN_OFFSET = 0x1,
    TRUN_FIRST_FLAGS = 0x4,
    TRUN_DURATION = 0x100,
    TRUN_SIZE = 0x200,
    TRUN_FLAGS = 0x400,
    TRUN_CTO = 0x800,
};

static void matrix(struct bytes *b)
{
    static const uint32_t unity[9] = {0x10000, 0, 0, 0, 0x10000, 0, 0, 0, 0x40000000};
    for (int i = 0; i < 9; i++)
        bytes_u32(b, unity[i]);
}

static void write_mvhd(struct bytes *b, uint64_t duration, uint32_t next_track)
{
    size_t box = box_begin_full(b, "mvhd", 1, 0);
    bytes_zero(b, 16); /* created, changed */
    bytes_u32(b, MOVIE_TIMESCALE);
    bytes_u64(b, duration);
    bytes_u32(b, 0x10000); /* rate 1 */
    bytes_u16(b, 0x100);   /* volume 1 */
    bytes_zero(b, 10);
    matrix(b);
    bytes_zero(b, 24);
    bytes_u32(b, next_track);
    box_end(b, box);
}

static void write_tkhd(struct bytes *b, const struct mp4_track *t, uint32_t id,
                       uint64_t duration)
{
    size_t box = box_begin_full(b, "tkhd", 1, 3); /* enabled, in the movie */
    bytes_zero(b, 16);
    bytes_u32(b, id);
    bytes_u32(b, 0);
    bytes_u64(b, duration);
    bytes_zero(b, 8);
    bytes_u16(b, 0);                    /* layer */
    bytes_u16(b, t->video ? 0 : 1);     /* alternate group */
    bytes_u16(b, t->video ? 0 : 0x100); /* volume */
    bytes_u16(b, 0);
    matrix(b);
    bytes_u32(b, (uint32_t)t->width << 16);
    bytes_u32(b, (uint32_t)t->height << 16);
    box_end(b, box);
}

/* `empty` movie ticks of nothing, then the media from edit_start on for `duration`. */
static void write_edts(struct bytes *b, const struct mp4_track *t, uint64_t empty,
                       uint64_t duration)
{
    if (!t->edit_start && !empty)
        return;
    size_t edts = box_begin(b, "edts");
    size_t elst = box_begin_full(b, "elst", 1, 0);
    bytes_u32(b, empty ? 2 : 1);
    if (empty) {
        bytes_u64(b, empty);
        bytes_u64(b, UINT64_MAX);
        bytes_u32(b, 0x10000);
    }
    bytes_u64(b, duration);
    bytes_u64(b, (uint64_t)t->edit_start);
    bytes_u32(b, 0x10000);
    box_end(b, elst);
    box_end(b, edts);
}

static void write_mdhd_hdlr(struct bytes *b, const struct mp4_track *t, uint64_t duration)
{
    size_t box = box_begin_full(b, "mdhd", 1, 0);
    bytes_zero(b, 16);
    bytes_u32(b, t->timescale);
    bytes_u64(b, duration);
    bytes_u16(b, 0x55c4); /* language: und */
    bytes_u16(b, 0);
    box_end(b, box);

    box = box_begin_full(b, "hdlr", 0, 0);
    bytes_u32(b, 0);
    bytes_text(b, t->video ? "vide" : "soun");
    bytes_zero(b, 12);
    bytes_text(b, t->video ? "Picture" : "Sound");
    bytes_u8(b, 0);
    box_end(b, box);
}

static void write_media_header(struct bytes *b, const struct mp4_track *t)
{
    size_t box;
    if (t->video) {
        box = box_begin_full(b, "vmhd", 0, 1);
        bytes_zero(b, 8);
    } else {
        box = box_begin_full(b, "smhd", 0, 0);
        bytes_zero(b, 4);
    }
    box_end(b, box);

    box = box_begin(b, "dinf");
    size_t dref = box_begin_full(b, "dref", 0, 0);
    bytes_u32(b, 1);
    size_t url = box_begin_full(b, "url ", 0, 1); /* in this file */
    box_end(b, url);
    box_end(b, dref);
    box_end(b, box);
}

static void write_picture(struct bytes *b, const struct mp4_track *t)
{
    size_t box = box_begin(b, t->av1 ? "av01" : "avc1");
    bytes_zero(b, 6);
    bytes_u16(b, 1); /* data reference */
    bytes_zero(b, 16);
    bytes_u16(b, (unsigned)t->width);
    bytes_u16(b, (unsigned)t->height);
    bytes_u32(b, 0x480000); /* 72 dpi */
    bytes_u32(b, 0x480000);
    bytes_u32(b, 0);
    bytes_u16(b, 1);    /* frames a sample */
    bytes_zero(b, 32);  /* compressor name */
    bytes_u16(b, 0x18); /* depth */
    bytes_u16(b, 0xffff);
    size_t inner = box_begin(b, t->av1 ? "av1C" : "avcC");
    bytes_add(b, t->config, t->config_size);
    box_end(b, inner);
    if (t->primaries || t->transfer || t->matrix || t->full_range) {
        inner = box_begin(b, "colr");
        bytes_text(b, "nclx");
        bytes_u16(b, (unsigned)t->primaries);
        bytes_u16(b, (unsigned)t->transfer);
        bytes_u16(b, (unsigned)t->matrix);
        bytes_u8(b, t->full_range ? 0x80 : 0);
        box_end(b, inner);
    }
    inner = box_begin(b, "pasp");
    bytes_u32(b, 1);
    bytes_u32(b, 1);
    box_end(b, inner);
    box_end(b, box);
}

static void descriptor(struct bytes *b, unsigned tag, size_t size)
{
    bytes_u8(b, tag);
    bytes_u8(b, 0x80);
    bytes_u8(b, 0x80);
    bytes_u8(b, 0x80 | (unsigned)(size >> 7));
    bytes_u8(b, size & 0x7f);
}

static void write_mp4a(struct bytes *b, const struct mp4_track *t)
{
    size_t box = box_begin(b, "mp4a");
    bytes_zero(b, 6);
    bytes_u16(b, 1);
    bytes_zero(b, 8);
    bytes_u16(b, (unsigned)t->channels);
    bytes_u16(b, 16);
    bytes_zero(b, 4);
    bytes_u32(b, (uint32_t)t->sample_rate << 16);
    size_t esds = box_begin_full(b, "esds", 0, 0);
    const size_t specific = t->config_size, decoder = 13 + 5 + specific;
    descriptor(b, 3, 3 + 5 + decoder + 5 + 1);
    bytes_u16(b, 1); /* ES_ID */
    bytes_u8(b, 0);
    descriptor(b, 4, decoder);
    bytes_u8(b, 0x40); /* MPEG-4 audio */
    bytes_u8(b, 0x15); /* audio stream */
    bytes_zero(b, 3);  /* buffer size */
    bytes_u32(b, (uint32_t)t->bit_rate);
    bytes_u32(b, (uint32_t)t->bit_rate);
    descriptor(b, 5, specific);
    bytes_add(b, t->config, specific);
    descriptor(b, 6, 1);
    bytes_u8(b, 2); /* MP4 file */
    box_end(b, esds);
    box_end(b, box);
}

static void write_stsd(struct bytes *b, const struct mp4_track *t)
{
    if (t->stsd) {
        bytes_add(b, t->stsd, t->stsd_size);
        return;
    }
    size_t box = box_begin_full(b, "stsd", 0, 0);
    bytes_u32(b, 1);
    if (t->video)
        write_picture(b, t);
    else
        write_mp4a(b, t);
    box_end(b, box);
}

static void empty_table(struct bytes *b, const char *type, size_t zeros)
{
    size_t box = box_begin_full(b, type, 0, 0);
    bytes_zero(b, zeros);
    box_end(b, box);
}

static void write_ftyp(struct bytes *b, const char *const *brands)
{
    size_t box = box_begin(b, "ftyp");
    bytes_text(b, brands[0]);
    bytes_u32(b, 0x200);
    for (; *brands; brands++)
        bytes_text(b, *brands);
    box_end(b, box);
}

void mp4_init(struct bytes *b, const struct mp4_track *t)
{
    static const char *const brands[] = {"iso6", "iso5", "mp41", "cmfc", NULL};
    write_ftyp(b, brands);
    size_t moov = box_begin(b, "moov");
    write_mvhd(b, 0, 2);
    size_t trak = box_begin(b, "trak");
    write_tkhd(b, t, 1, 0);
    write_edts(b, t, 0, 0);
    size_t mdia = box_begin(b, "mdia");
    write_mdhd_hdlr(b, t, 0);
    size_t minf = box_begin(b, "minf");
    write_media_header(b, t);
    size_t stbl = box_begin(b, "stbl");
    write_stsd(b, t);
    empty_table(b, "stts", 4);
    empty_table(b, "stsc", 4);
    empty_table(b, "stsz", 8);
    empty_table(b, "stco", 4);
    box_end(b, stbl);
    box_end(b, minf);
    box_end(b, mdia);
    box_end(b, trak);
    size_t mvex = box_begin(b, "mvex");
    size_t trex = box_begin_full(b, "trex", 0, 0);
    bytes_u32(b, 1); /* track */
    bytes_u32(b, 1); /* description */
    bytes_zero(b, 12);
    box_end(b, trex);
    box_end(b, mvex);
    box_end(b, moov);
}

/* --- fragments */

void mp4_fragment(struct bytes *b, const struct mp4_track *t, uint32_t sequence,
                  const struct mp4_sample *samples, size_t count)
{
    bool same_duration = true, first_only = samples[0].key, offsets = false;
    uint64_t payload = 0;
    for (size_t i = 0; i < count; i++) {
        same_duration &= samples[i].duration == samples[0].duration;
        first_only &= i == 0 || !samples[i].key;
        offsets |= samples[i].pts != samples[i].dts;
        payload += samples[i].size;
    }
    size_t moof = box_begin(b, "moof");
    size_t mfhd = box_begin_full(b, "mfhd", 0, 0);
    bytes_u32(b, sequence);
    box_end(b, mfhd);
    size_t traf = box_begin(b, "traf");
    size_t tfhd = box_begin_full(
        b, "tfhd", 0, TFHD_BASE_IS_MOOF | TFHD_FLAGS | (same_duration ? TFHD_DURATION : 0));
    bytes_u32(b, 1); /* track */
    if (same_duration)
        bytes_u32(b, samples[0].duration);
    bytes_u32(b, t->video ? FLAGS_DELTA : FLAGS_SYNC);
    box_end(b, tfhd);
    size_t tfdt = box_begin_full(b, "tfdt", 1, 0);
    bytes_u64(b, (uint64_t)samples[0].dts);
    box_end(b, tfdt);

    uint32_t flags = TRUN_OFFSET | TRUN_SIZE | (same_duration ? 0 : TRUN_DURATION) |
                     (offsets ? TRUN_CTO : 0);
    if (t->video)
        flags |= first_only ? TRUN_FIRST_FLAGS : TRUN_FLAGS;
    size_t trun = box_begin_full(b, "trun", 1, flags);
    bytes_u32(b, (uint32_t)count);
    size_t data_offset = b->size;
    bytes_u32(b, 0);
    if (flags & TRUN_FIRST_FLAGS)
        bytes_u32(b, FLAGS_SYNC);
    for (size_t i = 0; i < count; i++) {
        const struct mp4_sample *s = &samples[i];
        if (flags & TRUN_DURATION)
            bytes_u32(b, s->duration);
        bytes_u32(b, s->size);
        if (flags & TRUN_FLAGS)
            bytes_u32(b, s->key ? FLAGS_SYNC : FLAGS_DELTA);
        if (flags & TRUN_CTO)
            bytes_u32(b, (uint32_t)(int32_t)(s->pts - s->dts));
    }
    box_end(b, trun);
    box_end(b, traf);
    box_end(b, moof);
    bool large = payload + 8 > UINT32_MAX;
    bytes_put_u32(b, data_offset, (uint32_t)(b->size - moof + (large ? 16 : 8)));
    bytes_u32(b, large ? 1 : (uint32_t)(payload + 8));
    bytes_text(b, "mdat");
    if (large)
        bytes_u64(b, payload + 16);
}

/* --- plain files */

/* Run-length tables: count, then pairs of (run, value). */
struct runs {
    struct bytes *out;
    size_t count_at;
    uint32_t entries, run, value;
};

static struct runs runs_begin(struct bytes *b)
{
    struct runs r = {.out = b, .count_at = b->size};
    bytes_u32(b, 0);
    return r;
}

static void runs_flush(struct runs *r)
{
    if (!r->run)
        return;
    bytes_u32(r->out, r->run);
    bytes_u32(r->out, r->value);
    r->entries++;
    r->run = 0;
}

static void runs_add(struct runs *r, uint32_t value)
{
    if (r->run && r->value != value)
        runs_flush(r);
    r->value = value;
    r->run++;
}

static void runs_end(struct runs *r)
{
    runs_flush(r);
    bytes_put_u32(r->out, r->count_at, r->entries);
}

static void write_times(struct bytes *b, const struct mp4_table *t)
{
    size_t box = box_begin_full(b, "stts", 0, 0);
    struct runs r = runs_begin(b);
    bool offsets = false, all_keys = true;
    for (size_t i = 0; i < t->sample_count; i++) {
        runs_add(&r, t->samples[i].duration);
        offsets |= t->samples[i].pts != t->samples[i].dts;
        all_keys &= t->samples[i].key;
    }
    runs_end(&r);
    box_end(b, box);
    if (offsets) {
        box = box_begin_full(b, "ctts", 1, 0);
        r = runs_begin(b);
        for (size_t i = 0; i < t->sample_count; i++)
            runs_add(&r, (uint32_t)(int32_t)(t->samples[i].pts - t->samples[i].dts));
        runs_end(&r);
        box_end(b, box);
    }
    if (all_keys)
        return;
    box = box_begin_full(b, "stss", 0, 0);
    size_t count_at = b->size;
    uint32_t keys = 0;
    bytes_u32(b, 0);
    for (size_t i = 0; i < t->sample_count; i++) {
        if (t->samples[i].key) {
            bytes_u32(b, (uint32_t)i + 1);
            keys++;
        }
    }
    bytes_put_u32(b, count_at, keys);
    box_end(b, box);
}

static void write_places(struct bytes *b, const struct mp4_table *t, uint64_t base, bool wide)
{
    size_t box = box_begin_full(b, "stsc", 0, 0);
    size_t count_at = b->size;
    uint32_t entries = 0;
    bytes_u32(b, 0);
    for (size_t i = 0; i < t->chunk_count; i++) {
        if (i && t->chunks[i].count == t->chunks[i - 1].count)
            continue;
        bytes_u32(b, (uint32_t)i + 1);
        bytes_u32(b, (uint32_t)t->chunks[i].count);
        bytes_u32(b, 1);
        entries++;
    }
    bytes_put_u32(b, count_at, entries);
    box_end(b, box);

    box = box_begin_full(b, "stsz", 0, 0);
    bytes_u32(b, 0);
    bytes_u32(b, (uint32_t)t->sample_count);
    for (size_t i = 0; i < t->sample_count; i++)
        bytes_u32(b, t->samples[i].size);
    box_end(b, box);

    box = box_begin_full(b, wide ? "co64" : "stco", 0, 0);
    bytes_u32(b, (uint32_t)t->chunk_count);
    for (size_t i = 0; i < t->chunk_count; i++) {
        if (wide)
            bytes_u64(b, base + t->chunks[i].offset);
        else
            bytes_u32(b, (uint32_t)(base + t->chunks[i].offset));
    }
    box_end(b, box);
}

static uint64_t to_movie(int64_t ticks, uint32_t timescale)
{
    return ((uint64_t)ticks * MOVIE_TIMESCALE + timescale / 2) / timescale;
}

static void write_trak(struct bytes *b, const struct mp4_table *t, uint32_t id, uint64_t base,
                       bool wide)
{
    const struct mp4_track *track = t->track;
    const struct mp4_sample *first = &t->samples[0], *last = &t->samples[t->sample_count - 1];
    int64_t media = last->dts + last->duration - first->dts;
    /* Plain files count media time from 0: what came before the first sample is an empty edit.
     */
    struct mp4_track shown = *track;
    int64_t late = first->dts - track->edit_start + (first->pts - first->dts);
    uint64_t empty = 0;
    if (first->dts >= track->edit_start && first->dts > 0) {
        empty = to_movie(late > 0 ? late : 0, track->timescale);
        shown.edit_start = first->pts - first->dts;
    } else {
        shown.edit_start = track->edit_start - first->dts;
    }
    int64_t visible = media - shown.edit_start + (first->pts - first->dts);
    if (visible > media)
        visible = media;
    uint64_t duration = to_movie(visible > 0 ? visible : media, track->timescale);

    size_t trak = box_begin(b, "trak");
    write_tkhd(b, track, id, empty + duration);
    write_edts(b, &shown, empty, duration);
    size_t mdia = box_begin(b, "mdia");
    write_mdhd_hdlr(b, track, (uint64_t)media);
    size_t minf = box_begin(b, "minf");
    write_media_header(b, track);
    size_t stbl = box_begin(b, "stbl");
    write_stsd(b, track);
    write_times(b, t);
    write_places(b, t, base, wide);
    box_end(b, stbl);
    box_end(b, minf);
    box_end(b, mdia);
    box_end(b, trak);
}

static void write_moov(struct bytes *b, const struct mp4_table *tables, size_t count,
                       uint64_t base, bool wide)
{
    uint64_t duration = 0;
    for (size_t i = 0; i < count; i++) {
        const struct mp4_sample *first = &tables[i].samples[0];
        const struct mp4_sample *last = &tables[i].samples[tables[i].sample_count - 1];
        int64_t end = last->dts + last->duration + (first->pts - first->dts) -
                      tables[i].track->edit_start;
        uint64_t movie = to_movie(end > 0 ? end : 0, tables[i].track->timescale);
        if (movie > duration)
            duration = movie;
    }
    size_t moov = box_begin(b, "moov");
    write_mvhd(b, duration, (uint32_t)count + 1);
    for (size_t i = 0; i < count; i++)
        write_trak(b, &tables[i], (uint32_t)i + 1, base, wide);
    box_end(b, moov);
}

void mp4_plain_head(struct bytes *b, const struct mp4_table *tables, size_t count,
                    uint64_t payload)
{
    static const char *const brands[] = {"isom", "iso2", "avc1", "mp41", NULL};
    write_ftyp(b, brands);
    const size_t start = b->size;
    /* The first pass finds the size, the second knows where the payload starts. */
    bool wide = payload > UINT32_MAX - 8;
    write_moov(b, tables, count, 0, wide);
    if (!wide && b->size + 8 + payload > UINT32_MAX) {
        wide = true;
        b->size = start;
        write_moov(b, tables, count, 0, wide);
    }
    uint64_t base = b->size + (wide ? 16 : 8);
    b->size = start;
    write_moov(b, tables, count, base, wide);
    bytes_u32(b, wide ? 1 : (uint32_t)(payload + 8));
    bytes_text(b, "mdat");
    if (wide)
        bytes_u64(b, payload + 16);
}
