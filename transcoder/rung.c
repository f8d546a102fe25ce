/* rung.c — collects a segment, writes it, tells. */
#include "transcoder/rung.h"

#include "transcoder/bytes.h"

#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SEGMENT_BYTES_MAX = 768 << 20 };

struct rung {
    struct output *output;
    struct rung_config config;
    int fd;
    /* --- the segment being collected */
    struct bytes payload, head;
    struct mp4_sample *samples;
    int64_t *times;
    size_t sample_count, sample_room;
    size_t cut; /* index in config.cuts where it starts */
    /* --- what was written */
    int64_t offset, segments, frames, duration_us;
};

struct err rung_open(struct output *o, const struct rung_config *config, struct rung **out)
{
    char name[64];
    struct rung *r = calloc(1, sizeof *r);
    if (!r)
        abort();
    r->output = o;
    r->config = *config;
    snprintf(name, sizeof name, "%s.m4s", config->name);
    r->fd = output_fd(o, name);
    snprintf(name, sizeof name, "%s.init.mp4", config->name);
    int init_fd = output_fd(o, name);

    mp4_init(&r->head, &config->track);
    struct err e = output_write(o, init_fd, r->head.data, r->head.size);
    if (e.id) {
        rung_close(r);
        return e;
    }
    report_init(&(struct report_init){
        .rung = config->name,
        .codecs = config->codecs,
        .size = (int64_t)r->head.size,
        .width = config->track.video ? config->track.width : 0,
        .height = config->track.video ? config->track.height : 0,
        .fps = config->fps,
    });
    *out = r;
    return OK;
}

void rung_close(struct rung *r)
{
    if (!r)
        return;
    bytes_release(&r->payload);
    bytes_release(&r->head);
    free(r->samples);
    free(r->times);
    free(r);
}

static int by_value(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return (x > y) - (x < y);
}

/* Decoding times are the sorted presentation times, but never so late that a picture would be
 * shown before it is decoded: around a long picture they come earlier. */
static void set_decoding_times(struct rung *r)
{
    const size_t count = r->sample_count;
    for (size_t i = 0; i < count; i++)
        r->times[i] = r->samples[i].pts;
    if (!r->config.track.video)
        return;
    qsort(r->times, count, sizeof *r->times, by_value);
    for (size_t i = count; i-- > 1;) {
        int64_t latest = r->samples[i].pts + r->config.track.edit_start;
        if (i + 1 < count && latest >= r->times[i + 1])
            latest = r->times[i + 1] - 1;
        if (r->times[i] > latest)
            r->times[i] = latest;
    }
}

/* What is shown moves by edit_start. */
static struct err set_times(struct rung *r, int64_t end)
{
    const size_t count = r->sample_count;
    const int64_t delay = r->config.track.edit_start;
    set_decoding_times(r);
    for (size_t i = 0; i < count; i++) {
        int64_t next = i + 1 < count ? r->times[i + 1] : end;
        int64_t length = next - r->times[i];
        if (length <= 0 || length > UINT32_MAX) {
            if (i + 1 < count)
                return FAIL(COPY_UNSAFE, "the times of the pictures do not rise");
            length = 1;
        }
        struct mp4_sample *s = &r->samples[i];
        s->duration = (uint32_t)length;
        if (r->config.track.video) {
            s->dts = r->times[i];
            s->pts += delay;
        } else {
            s->dts = s->pts = r->times[i] + delay;
        }
        if (s->dts < 0 || llabs(s->pts - s->dts) > INT32_MAX)
            return FAIL(COPY_UNSAFE, "the times of the pictures are out of order");
    }
    return OK;
}

static void hex_digest(const struct bytes *head, const struct bytes *payload, char out[65])
{
    unsigned char hash[EVP_MAX_MD_SIZE];
    unsigned size = 0;
    EVP_MD_CTX *md = EVP_MD_CTX_new();
    if (!md || !EVP_DigestInit_ex(md, EVP_sha256(), NULL) ||
        !EVP_DigestUpdate(md, head->data, head->size) ||
        !EVP_DigestUpdate(md, payload->data, payload->size) ||
        !EVP_DigestFinal_ex(md, hash, &size))
        abort();
    EVP_MD_CTX_free(md);
    for (unsigned i = 0; i < 32; i++)
        snprintf(out + (size_t)i * 2, 3, "%02x", hash[i]);
}

static int64_t to_us(const struct rung *r, int64_t ticks)
{
    const int64_t scale = r->config.track.timescale;
    return ticks / scale * 1000000 + (ticks % scale * 1000000 + scale / 2) / scale;
}

static struct err flush(struct rung *r, int64_t end)
{
    if (!r->sample_count)
        return OK;
    const int64_t index = r->config.first + (int64_t)r->cut;
    int64_t start = r->samples[0].pts;
    for (size_t i = 1; i < r->sample_count; i++)
        if (r->samples[i].pts < start)
            start = r->samples[i].pts;
    TRY(set_times(r, end));
    if (index >= r->config.skip) {
        bytes_clear(&r->head);
        mp4_fragment(&r->head, &r->config.track, (uint32_t)(index + 1), r->samples,
                     r->sample_count);
        TRY(output_write(r->output, r->fd, r->head.data, r->head.size));
        TRY(output_write(r->output, r->fd, r->payload.data, r->payload.size));
        char hex[65];
        hex_digest(&r->head, &r->payload, hex);
        int64_t size = (int64_t)(r->head.size + r->payload.size);
        if (start < 0)
            start = 0;
        report_segment(&(struct report_segment){
            .rung = r->config.name,
            .sha256 = hex,
            .index = index,
            .offset = r->offset,
            .size = size,
            .duration_us = to_us(r, end) - to_us(r, start),
            .start_us = to_us(r, start),
        });
        r->offset += size;
        r->segments++;
        r->frames += (int64_t)r->sample_count;
        r->duration_us += to_us(r, end) - to_us(r, start);
    }
    r->sample_count = 0;
    bytes_clear(&r->payload);
    return OK;
}

struct err rung_packet(struct rung *r, const struct rung_packet *p)
{
    const struct rung_config *c = &r->config;
    if (p->key && r->cut + 1 < c->cut_count && p->pts + c->tolerance >= c->cuts[r->cut + 1]) {
        TRY(flush(r, p->pts));
        r->cut++;
        if (r->cut + 1 < c->cut_count && p->pts + c->tolerance >= c->cuts[r->cut + 1])
            return FAIL(COPY_UNSAFE, "a segment would be empty");
    }
    if (!r->sample_count && !p->key)
        return FAIL(COPY_UNSAFE, "a segment does not start with a key frame");
    if (r->sample_count == r->sample_room) {
        r->sample_room = r->sample_room ? r->sample_room * 2 : 256;
        r->samples = realloc(r->samples, r->sample_room * sizeof *r->samples);
        r->times = realloc(r->times, r->sample_room * sizeof *r->times);
        if (!r->samples || !r->times)
            abort();
    }
    if (r->payload.size + p->size > SEGMENT_BYTES_MAX)
        return FAIL(LIMIT_EXCEEDED, "a segment is too large");
    r->samples[r->sample_count++] = (struct mp4_sample){
        .pts = p->pts,
        .size = (uint32_t)p->size,
        .key = p->key,
    };
    bytes_add(&r->payload, p->data, p->size);
    return OK;
}

struct err rung_finish(struct rung *r, int64_t end)
{
    return flush(r, end);
}

json_t *rung_summary(const struct rung *r)
{
    return json_pack("{s:s, s:I, s:I, s:I, s:I}", "name", r->config.name, "segments",
                     (json_int_t)r->segments, "size", (json_int_t)r->offset, "duration_us",
                     (json_int_t)r->duration_us, "frames", (json_int_t)r->frames);
}
