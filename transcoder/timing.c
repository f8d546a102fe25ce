/* timing.c — start, end, key frames and frame distances of the chosen streams. */
#include "transcoder/probe.h"

#include "transcoder/bytes.h"
#include "transcoder/h264.h"

#include <stdlib.h>
#include <string.h>

static int by_value(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return (x > y) - (x < y);
}

static void add_key(struct source *s, struct timing *t, int64_t ticks)
{
    t->keys = arena_grow(s->arena, t->keys, t->key_count, &t->key_room, sizeof *t->keys);
    t->keys[t->key_count++] = ticks;
}

static void add_pts(struct source *s, struct timing *t, int64_t ticks)
{
    if (t->pts_count >= TIMING_MAX)
        return;
    t->pts = arena_grow(s->arena, t->pts, t->pts_count, &t->pts_room, sizeof *t->pts);
    t->pts[t->pts_count++] = ticks;
}

static void add_packet(struct source *s, struct timing *t, const AVPacket *p)
{
    int64_t at = p->pts != AV_NOPTS_VALUE ? p->pts : p->dts;
    t->packets++;
    t->bytes += p->size;
    t->length += p->duration;
    t->damaged |= t->last_corrupt;
    t->last_corrupt = p->flags & AV_PKT_FLAG_CORRUPT;
    if (at == AV_NOPTS_VALUE)
        return;
    if (!(p->flags & AV_PKT_FLAG_DISCARD)) {
        if (t->first == AV_NOPTS_VALUE || at < t->first)
            t->first = at;
        if (t->end == AV_NOPTS_VALUE || at + p->duration > t->end)
            t->end = at + p->duration;
    }
    add_pts(s, t, at);
}

/* Is this key packet one that a copied stream may be cut at? */
struct key_check {
    bool active;
    int length_size;
    struct bytes avcc;
};

static void key_check_open(struct key_check *k, const struct source *s, int stream)
{
    const AVCodecParameters *p = s->format->streams[stream]->codecpar;
    *k = (struct key_check){.active = p->codec_id == AV_CODEC_ID_H264};
    if (k->active && p->extradata_size > 0 &&
        h264_avcc(p->extradata, (size_t)p->extradata_size, &k->avcc) &&
        !h264_is_annexb(p->extradata, (size_t)p->extradata_size))
        k->length_size = h264_length_size(k->avcc.data, k->avcc.size);
}

static void key_check_packet(struct key_check *k, struct timing *t, const AVPacket *p)
{
    if (!k->active || p->size <= 0)
        return;
    struct h264_unit u = h264_look(p->data, (size_t)p->size, k->length_size, &k->avcc);
    t->open_gop |= !u.idr;
    t->params_change |= u.params_differ;
    size_t side;
    if (av_packet_get_side_data(p, AV_PKT_DATA_NEW_EXTRADATA, &side))
        t->params_change |= t->key_count > 0;
}

/* Raw streams say nothing of time: their packets follow each other. */
static void count_times(const struct source *s, struct timing *t)
{
    if (!t->packets || t->first != AV_NOPTS_VALUE)
        return;
    const AVStream *st = s->format->streams[t->stream];
    AVRational rate = st->avg_frame_rate.num > 0 ? st->avg_frame_rate : (AVRational){25, 1};
    t->timeless = true;
    t->first = 0;
    t->end =
        t->length > 0 ? t->length : av_rescale_q(t->packets, av_inv_q(rate), st->time_base);
}

static struct err gather_by_reading(struct source *s, struct timing *video,
                                    struct timing *audio)
{
    s->mending.active = s->format->iformat->flags & AVFMT_TS_DISCONT;
    s->mending.clock[0] = video->stream;
    s->mending.clock[1] = audio->stream;
    source_keep(s, video->stream, audio->stream);
    struct key_check check = {0};
    if (video->stream >= 0)
        key_check_open(&check, s, video->stream);
    SCOPED_PACKET AVPacket *p = packet_new();
    while (source_read(s, p) >= 0) {
        if (p->stream_index == audio->stream) {
            add_packet(s, audio, p);
        } else if (p->stream_index == video->stream) {
            add_packet(s, video, p);
            int64_t at = p->pts != AV_NOPTS_VALUE ? p->pts : p->dts;
            if ((p->flags & AV_PKT_FLAG_KEY) && at != AV_NOPTS_VALUE) {
                video->starts_hidden |= !video->key_count && (p->flags & AV_PKT_FLAG_DISCARD);
                key_check_packet(&check, video, p);
                add_key(s, video, at);
            }
        }
        av_packet_unref(p);
    }
    bytes_release(&check.avcc);
    count_times(s, video);
    count_times(s, audio);
    return OK;
}

/* --- by the index of an MP4 */

static bool index_complete(const struct source *s, int stream)
{
    if (stream < 0)
        return true;
    AVStream *st = s->format->streams[stream];
    int entries = avformat_index_get_entries_count(st);
    return st->nb_frames > 0 && entries > 0 && entries >= st->nb_frames - st->nb_frames / 20;
}

/* Times by the index are decoding times: good for distances, ends and sizes. */
static void read_index(struct source *s, struct timing *t)
{
    AVStream *st = s->format->streams[t->stream];
    int entries = avformat_index_get_entries_count(st), whole = 0;
    for (int i = 0; i < entries; i++) {
        const AVIndexEntry *e = avformat_index_get_entry(st, i);
        if (e->pos + e->size > s->size_bytes) {
            t->cut_off = true;
            break;
        }
        add_pts(s, t, e->timestamp);
        t->packets++;
        t->bytes += e->size;
        whole = i + 1;
    }
    const int64_t start = st->start_time == AV_NOPTS_VALUE ? 0 : st->start_time;
    t->first = start;
    t->end = t->promised_end = start + (st->duration > 0 ? st->duration : 0);
    if (whole > 0 && (t->cut_off || st->duration <= 0)) {
        const AVIndexEntry *first = avformat_index_get_entry(st, 0);
        const AVIndexEntry *last = avformat_index_get_entry(st, whole - 1);
        int64_t length = last->timestamp - first->timestamp;
        t->end = start + length + (whole > 1 ? length / (whole - 1) : 0);
    }
    if (!whole)
        t->first = t->end = AV_NOPTS_VALUE;
}

/* Reads the packet of one index entry. The index counts in decoding times, seeking may go by
 * presentation times: a few places between this key frame and the next are tried. */
static bool read_key(struct source *s, const struct timing *t, int entry, AVPacket *p)
{
    AVStream *st = s->format->streams[t->stream];
    const AVIndexEntry *e = avformat_index_get_entry(st, entry);
    int entries = avformat_index_get_entries_count(st), next = entry + 1;
    while (next < entries && !(avformat_index_get_entry(st, next)->flags & AVINDEX_KEYFRAME))
        next++;
    int64_t from = e->timestamp, pos = e->pos;
    int64_t to = next < entries ? avformat_index_get_entry(st, next)->timestamp
                                : from + 10 * (int64_t)st->time_base.den / st->time_base.num;
    const int64_t places[] = {from + (to - from) / 2, from, to - 1, to};
    for (size_t i = 0; i < sizeof places / sizeof *places; i++) {
        av_packet_unref(p);
        if (av_seek_frame(s->format, t->stream, places[i], AVSEEK_FLAG_BACKWARD) >= 0 &&
            av_read_frame(s->format, p) >= 0 && p->pos == pos && p->pts != AV_NOPTS_VALUE &&
            (p->flags & AV_PKT_FLAG_KEY))
            return true;
    }
    return false;
}

static struct err read_index_keys(struct source *s, struct timing *t)
{
    AVStream *st = s->format->streams[t->stream];
    source_keep(s, t->stream, -1);
    struct key_check check;
    key_check_open(&check, s, t->stream);
    const int64_t apart = av_rescale_q(1, (AVRational){1, 2}, st->time_base);
    SCOPED_PACKET AVPacket *p = packet_new();
    int entries = avformat_index_get_entries_count(st);
    int64_t last = AV_NOPTS_VALUE;
    for (int i = 0; i < entries; i++) {
        const AVIndexEntry *e = avformat_index_get_entry(st, i);
        if (!(e->flags & AVINDEX_KEYFRAME) || e->pos + e->size > s->size_bytes)
            continue;
        if (last != AV_NOPTS_VALUE && e->timestamp - last < apart)
            continue;
        last = e->timestamp;
        if (read_key(s, t, i, p)) {
            t->starts_hidden |= !t->key_count && (p->flags & AV_PKT_FLAG_DISCARD);
            key_check_packet(&check, t, p);
            add_key(s, t, p->pts);
            if (t->key_count == 1 && !t->starts_hidden)
                t->first = p->pts;
        }
        av_packet_unref(p);
    }
    bytes_release(&check.avcc);
    return OK;
}

static void finish_keys(struct timing *t)
{
    qsort(t->keys, t->key_count, sizeof *t->keys, by_value);
    qsort(t->pts, t->pts_count, sizeof *t->pts, by_value);
}

struct err timing_gather(struct source *s, struct timing *video, struct timing *audio)
{
    video->first = video->end = video->promised_end = AV_NOPTS_VALUE;
    audio->first = audio->end = audio->promised_end = AV_NOPTS_VALUE;
    bool mp4 = strncmp(s->format->iformat->name, "mov,", 4) == 0;
    if (mp4 && index_complete(s, video->stream) && index_complete(s, audio->stream)) {
        if (video->stream >= 0) {
            read_index(s, video);
            TRY(read_index_keys(s, video));
        }
        if (audio->stream >= 0)
            read_index(s, audio);
    } else {
        TRY(gather_by_reading(s, video, audio));
    }
    finish_keys(video);
    return OK;
}

int64_t timing_frame_ticks(const struct timing *t, int64_t *longest, bool *varies)
{
    *varies = false;
    *longest = 0;
    if (t->pts_count < 2)
        return 0;
    size_t count = t->pts_count - 1, apart = 0;
    int64_t *gaps = malloc(count * sizeof *gaps);
    if (!gaps)
        abort();
    for (size_t i = 0; i < count; i++)
        gaps[i] = t->pts[i + 1] - t->pts[i];
    qsort(gaps, count, sizeof *gaps, by_value);
    *longest = gaps[count - 1];
    int64_t median = gaps[count / 2], slack = median / 10 < 2 ? 2 : median / 10;
    for (size_t i = 0; i < count; i++)
        apart += gaps[i] < median - slack || gaps[i] > median + slack;
    *varies = apart > 1 && apart * 50 > count && t->packets - t->packets / 20 <= (int64_t)count;
    free(gaps);
    return median;
}
