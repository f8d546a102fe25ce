/* finish.c — verifies the finished rungs and writes the map of each one's virtual plain MP4.
 *
 * The virtual file is a head (ftyp, moov, mdat header) and then, segment by segment, the
 * picture's bytes and the sound's bytes of the same time, taken from where they are already
 * stored.
 */
#include "transcoder/task.h"

#include "transcoder/fragments.h"
#include "transcoder/report.h"
#include "transcoder/storyboard.h"

#include <string.h>
#include <zlib.h>

struct extent {
    uint64_t file, offset, length;
};

struct map {
    struct arena *arena;
    struct extent *extents;
    size_t extent_count, extent_room;
    struct mp4_chunk *chunks[2]; /* of the picture, of the sound */
    size_t chunk_counts[2], chunk_rooms[2];
    uint64_t payload;
};

static void add(struct map *m, int track, uint64_t file, const struct fragment *f)
{
    m->extents =
        arena_grow(m->arena, m->extents, m->extent_count, &m->extent_room, sizeof *m->extents);
    m->extents[m->extent_count++] = (struct extent){
        .file = file,
        .offset = f->data_offset,
        .length = f->data_size,
    };
    m->chunks[track] = arena_grow(m->arena, m->chunks[track], m->chunk_counts[track],
                                  &m->chunk_rooms[track], sizeof **m->chunks);
    m->chunks[track][m->chunk_counts[track]++] = (struct mp4_chunk){
        .offset = m->payload,
        .first = f->first_sample,
        .count = f->sample_count,
    };
    m->payload += f->data_size;
}

static double seconds(const struct fragments *f, int64_t ticks)
{
    return (double)ticks / f->track.timescale;
}

/* Picture first, then the sound that starts before the picture's next segment. */
static void interleave(struct map *m, const struct fragments *video,
                       const struct fragments *audio)
{
    size_t sound = 0;
    for (size_t i = 0; i < video->count; i++) {
        add(m, 0, 0, &video->list[i]);
        bool last = i + 1 == video->count;
        while (audio && sound < audio->count &&
               (last || seconds(audio, audio->list[sound].start) + 0.1 <
                            seconds(video, video->list[i + 1].start)))
            add(m, 1, 1, &audio->list[sound++]);
    }
}

static struct mp4_table table(const struct map *m, int track, const struct fragments *f)
{
    return (struct mp4_table){
        .track = &f->track,
        .samples = f->samples,
        .sample_count = f->sample_count,
        .chunks = m->chunks[track],
        .chunk_count = m->chunk_counts[track],
    };
}

/* Tables of sizes and times shrink to a third or less. */
static struct err pack(struct bytes *out, const struct bytes *head)
{
    uLongf size = compressBound(head->size);
    bytes_zero(out, size);
    if (compress2(out->data, &size, head->data, head->size, Z_BEST_COMPRESSION) != Z_OK)
        return FAIL(INTERNAL, "a map could not be compressed");
    out->size = size;
    return OK;
}

static struct err write_map(struct task *t, const char *name, const struct fragments *video,
                            const struct fragments *audio, json_t *maps)
{
    struct map m = {.arena = t->arena};
    struct mp4_table tables[2];
    size_t count = 0;
    if (video) {
        interleave(&m, video, audio);
        tables[count++] = table(&m, 0, video);
        if (audio)
            tables[count++] = table(&m, 1, audio);
    } else {
        for (size_t i = 0; i < audio->count; i++)
            add(&m, 0, 0, &audio->list[i]);
        tables[count++] = table(&m, 0, audio);
    }
    SCOPED_BYTES struct bytes head = {0};
    SCOPED_BYTES struct bytes packed = {0};
    SCOPED_BYTES struct bytes out = {0};
    mp4_plain_head(&head, tables, count, m.payload);
    TRY(pack(&packed, &head));
    bytes_add(&out, "ZOEMAP2", 8);
    bytes_u64le(&out, head.size + m.payload);
    bytes_u64le(&out, head.size);
    bytes_u64le(&out, m.extent_count);
    bytes_u64le(&out, packed.size);
    for (size_t i = 0; i < m.extent_count; i++) {
        bytes_u64le(&out, m.extents[i].offset << 1 | m.extents[i].file);
        bytes_u64le(&out, m.extents[i].length);
    }
    bytes_add(&out, packed.data, packed.size);
    char *file = arena_printf(t->arena, "%s.map", name);
    TRY(output_write(t->output, output_fd(t->output, file), out.data, out.size));
    json_array_append_new(maps, json_pack("{s:s, s:s, s:I, s:I}", "rung", name, "file", file,
                                          "virtual_size", (json_int_t)(head.size + m.payload),
                                          "head_size", (json_int_t)head.size));
    return OK;
}

static json_t *summary(const char *name, const struct fragments *f)
{
    uint64_t bytes = 0;
    double peak = 0;
    for (size_t i = 0; i < f->count; i++) {
        const struct fragment *s = &f->list[i];
        double span = seconds(f, s->end - s->start);
        bytes += s->size;
        /* Very short last segments say nothing about what a player must sustain. */
        if (span >= 0.5 || f->count == 1)
            peak = (double)s->size * 8 / span > peak ? (double)s->size * 8 / span : peak;
    }
    double whole = seconds(f, f->list[f->count - 1].end - f->list[0].start);
    return json_pack("{s:s, s:I, s:I, s:I, s:I, s:I, s:I}", "name", name, "segments",
                     (json_int_t)f->count, "size", (json_int_t)f->file_size, "duration_us",
                     (json_int_t)(whole * 1e6), "frames", (json_int_t)f->sample_count,
                     "peak_bit_rate", (json_int_t)peak, "bit_rate",
                     (json_int_t)(whole > 0 ? (double)bytes * 8 / whole : 0));
}

static struct err read_rung(struct task *t, const struct spec_file *file, struct fragments *out)
{
    struct err e = fragments_read(t->arena, file->fd, out);
    if (e.id == ERR_RUNG_BROKEN)
        e.detail = arena_printf(t->arena, "rung %s: %s", file->name, e.detail);
    return e;
}

struct err finish_task(struct task *t, json_t **result)
{
    const struct spec *s = t->spec;
    struct fragments audio, video;
    json_t *maps = json_array(), *rungs = json_array(), *boards = json_array();
    *result = json_pack("{s:o, s:o, s:o}", "maps", maps, "rungs", rungs, "storyboards", boards);
    const bool sound = s->audio_file.name != NULL;
    if (sound) {
        TRY(read_rung(t, &s->audio_file, &audio));
        json_array_append_new(rungs, summary(s->audio_file.name, &audio));
    }
    size_t smallest = 0;
    int64_t smallest_area = INT64_MAX;
    for (size_t i = 0; i < s->file_count; i++) {
        TRY(read_rung(t, &s->files[i], &video));
        TRY(write_map(t, s->files[i].name, &video, sound ? &audio : NULL, maps));
        json_array_append_new(rungs, summary(s->files[i].name, &video));
        int64_t area = (int64_t)video.track.width * video.track.height;
        if (area < smallest_area) {
            smallest_area = area;
            smallest = i;
        }
        report_progress((int64_t)(i + 1) * 1000, (int64_t)s->file_count * 1000);
    }
    if (!s->file_count)
        TRY(write_map(t, s->audio_file.name, NULL, &audio, maps));
    else if (s->storyboard)
        TRY(storyboard_make(t, s->files[smallest].fd, boards));
    return OK;
}
