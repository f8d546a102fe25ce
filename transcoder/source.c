/* source.c — the custom AVIO and the refusals around libavformat. */
#include "transcoder/source.h"

#include "base/log.h"
#include "transcoder/input.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
    IO_BUFFER = 1 << 16,
    STREAMS_MAX = 200,
    PIXELS_MAX = 8192 * 8192,
    SCORE_MIN = 20,        /* below, libav is guessing */
    GAP_MAX_US = 30000000, /* longer ones are jumps, where the format may jump */
    BACK_MAX_US = 500000,
};

AVFrame *frame_new(void)
{
    AVFrame *f = av_frame_alloc();
    if (!f)
        abort();
    return f;
}

AVPacket *packet_new(void)
{
    AVPacket *p = av_packet_alloc();
    if (!p)
        abort();
    return p;
}

struct err err_av(struct arena *a, enum err_id id, int rc, const char *what)
{
    char words[AV_ERROR_MAX_STRING_SIZE] = "";
    av_strerror(rc, words, sizeof words);
    return (struct err){id, arena_printf(a, "%s: %s", what, words)};
}

static int io_read(void *opaque, uint8_t *buffer, int size)
{
    struct source *s = opaque;
    ssize_t n = input_pread(s->fd, buffer, (size_t)size, s->position);
    if (n < 0)
        return AVERROR(errno);
    s->position += n;
    return n == 0 ? AVERROR_EOF : (int)n;
}

static int64_t io_seek(void *opaque, int64_t offset, int whence)
{
    struct source *s = opaque;
    switch (whence & ~AVSEEK_FORCE) {
    case AVSEEK_SIZE: return s->size_bytes;
    case SEEK_SET: break;
    case SEEK_CUR: offset += s->position; break;
    case SEEK_END: offset += s->size_bytes; break;
    default: return AVERROR(EINVAL);
    }
    if (offset < 0)
        return AVERROR(EINVAL);
    s->position = offset;
    return offset;
}

static int refuse_open(AVFormatContext *format, AVIOContext **io, const char *url, int flags,
                       AVDictionary **options)
{
    (void)format, (void)io, (void)url, (void)flags, (void)options;
    log_warn("open_refused", "the input asked for another file");
    return AVERROR(EPERM);
}

static bool in_list(const char *const *list, const char *name)
{
    for (; *list; list++)
        if (strcmp(*list, name) == 0)
            return true;
    return false;
}

/* Formats that name other files, take any text for pictures, or hold a single picture. */
static struct err format_check(struct arena *a, const AVInputFormat *format)
{
    static const char *const lists[] = {"hls",
                                        "applehttp",
                                        "dash",
                                        "concat",
                                        "concatf",
                                        "image2",
                                        "image2pipe",
                                        "sdp",
                                        "rtp",
                                        "rtsp",
                                        "sap",
                                        "imf",
                                        "vobsub",
                                        "lavfi",
                                        "alias_pix",
                                        "brender_pix",
                                        "tty",
                                        "bin",
                                        "xbin",
                                        "adf",
                                        "idf",
                                        "ffmetadata",
                                        "webm_dash_manifest",
                                        "mpjpeg",
                                        "loas_list",
                                        "v210",
                                        "v210x",
                                        "rawvideo",
                                        "bitpacked",
                                        NULL};
    const char *name = format->name;
    size_t length = strlen(name);
    if (in_list(lists, name))
        return FAIL(INPUT_UNREADABLE,
                    arena_printf(a,
                                 "the file is a list of other files or plain text (%s), "
                                 "not a video or a sound",
                                 name));
    if (length > 5 && strcmp(name + length - 5, "_pipe") == 0)
        return FAIL(INPUT_UNREADABLE, "the file is a picture, not a video or a sound");
    return OK;
}

static struct err picture_check(const AVInputFormat *format)
{
    static const char *const pictures[] = {"jpeg_pipe", "png_pipe", "webp_pipe",
                                           "bmp_pipe",  "gif",      NULL};
    return in_list(pictures, format->name)
               ? OK
               : FAIL(PICTURE_INVALID, "the file is no picture: JPEG, PNG, WebP, GIF and BMP "
                                       "are read");
}

/* An MP4 without its index is the commonest half file. */
static bool looks_like_mp4(int fd)
{
    char head[8] = "";
    return input_pread(fd, head, sizeof head, 0) == sizeof head &&
           memcmp(head + 4, "ftyp", 4) == 0;
}

static struct err detect(struct source *s, bool picture, const AVInputFormat **out)
{
    int score = av_probe_input_buffer2(s->io, out, "", NULL, 0, 4 << 20);
    if (picture && score >= 0 && *out)
        return picture_check(*out);
    if (score < SCORE_MIN || !*out)
        return FAIL(INPUT_UNREADABLE, "the file is not a video or a sound in any known format");
    return format_check(s->arena, *out);
}

/* libav looks at a few pictures for what the headers leave open: within our limits. */
static struct err analyse(struct source *s)
{
    const unsigned count = s->format->nb_streams;
    AVDictionary **options = arena_alloc(s->arena, (count + 1) * sizeof(AVDictionary *));
    for (unsigned i = 0; i < count; i++)
        av_dict_set_int(&options[i], "max_pixels", PIXELS_MAX, 0);
    int rc = avformat_find_stream_info(s->format, count ? options : NULL);
    for (unsigned i = 0; i < count; i++)
        av_dict_free(&options[i]);
    if (rc < 0)
        return err_av(s->arena, ERR_INPUT_UNREADABLE, rc, "the file's streams cannot be read");
    return OK;
}

static struct err open_as(struct source *s, struct arena *a, int fd, bool picture)
{
    *s = (struct source){
        .arena = a,
        .fd = fd,
        .mending = {.clock = {-1, -1}, .next_us = {INT64_MIN, INT64_MIN}},
    };
    s->size_bytes = lseek(fd, 0, SEEK_END); /* reads say where, so its position is nobody's */
    if (s->size_bytes < 0)
        return FAIL(IO, "the input has no size");
    if (!s->size_bytes)
        return FAIL(INPUT_UNREADABLE, "the file is empty");

    uint8_t *buffer = av_malloc(IO_BUFFER);
    s->io = avio_alloc_context(buffer, IO_BUFFER, 0, s, io_read, NULL, io_seek);
    if (!buffer || !s->io)
        abort();
    const AVInputFormat *format = NULL;
    TRY(detect(s, picture, &format));

    s->format = avformat_alloc_context();
    if (!s->format)
        abort();
    s->format->pb = s->io;
    s->format->io_open = refuse_open;
    s->format->flags |= AVFMT_FLAG_CUSTOM_IO | AVFMT_FLAG_GENPTS;
    s->format->max_streams = STREAMS_MAX;
    AVDictionary *options = NULL;
    av_dict_set(&options, "protocol_whitelist", "none", 0);
    int rc = avformat_open_input(&s->format, "", format, &options);
    av_dict_free(&options);
    if (rc < 0) {
        if (rc == AVERROR(ENOMEM))
            return FAIL(LIMIT_EXCEEDED, "the file has too many streams, or a header too large");
        if (rc == AVERROR_INVALIDDATA && looks_like_mp4(fd))
            return FAIL(INPUT_UNREADABLE, "the file is cut off or damaged: an MP4 whose index "
                                          "(moov) is missing or broken");
        return err_av(a, ERR_INPUT_UNREADABLE, rc, "the file is damaged");
    }
    for (unsigned i = 0; i < s->format->nb_streams; i++) {
        const AVCodecParameters *p = s->format->streams[i]->codecpar;
        if (p->codec_type == AVMEDIA_TYPE_VIDEO && (int64_t)p->width * p->height > PIXELS_MAX)
            return FAIL(LIMIT_EXCEEDED, "the picture is too large: 8192x8192 pixels at most");
    }
    return analyse(s);
}

struct err source_open(struct source *s, struct arena *a, int fd)
{
    return open_as(s, a, fd, false);
}

struct err source_open_picture(struct source *s, struct arena *a, int fd)
{
    struct err e = open_as(s, a, fd, true);
    if (e.id == ERR_INPUT_UNREADABLE)
        e = FAIL(PICTURE_INVALID, "the file is no picture that can be read");
    return e;
}

void source_close(struct source *s)
{
    avformat_close_input(&s->format);
    if (s->io)
        av_freep(&s->io->buffer);
    avio_context_free(&s->io);
}

void source_keep(struct source *s, int stream_a, int stream_b)
{
    const struct mending *m = &s->mending;
    for (int i = 0; i < (int)s->format->nb_streams; i++) {
        bool clock = m->active && (i == m->clock[0] || i == m->clock[1]);
        s->format->streams[i]->discard =
            i == stream_a || i == stream_b || clock ? AVDISCARD_DEFAULT : AVDISCARD_ALL;
    }
}

static const AVRational microsecond = {1, 1000000};

/* --- jumps */

static int64_t latest(const struct mending *m)
{
    return m->next_us[0] > m->next_us[1] ? m->next_us[0] : m->next_us[1];
}

/* Does time go on from there to here as it may in one recording? `k` < 0: of no clock stream.
 */
static bool goes_on(const struct mending *m, int k, int64_t us)
{
    int64_t now = latest(m), own = k < 0 ? INT64_MIN : m->next_us[k];
    if (now == INT64_MIN)
        return true;
    return us <= now + GAP_MAX_US &&
           us >= (own == INT64_MIN ? now - GAP_MAX_US : own - BACK_MAX_US);
}

static int64_t mend(struct mending *m, int k, int64_t us)
{
    if (goes_on(m, k, us + m->offset_us))
        return m->offset_us;
    if (goes_on(m, k, us + m->offset_before_us) || k < 0)
        return m->offset_before_us;
    int64_t own = m->next_us[k] == INT64_MIN ? latest(m) : m->next_us[k];
    m->offset_before_us = m->offset_us;
    m->offset_us = own - us;
    m->mended = true;
    return m->offset_us;
}

int source_read(struct source *s, AVPacket *p)
{
    struct mending *m = &s->mending;
    int rc = av_read_frame(s->format, p);
    int64_t at = rc < 0 ? AV_NOPTS_VALUE : p->dts != AV_NOPTS_VALUE ? p->dts : p->pts;
    if (!m->active || at == AV_NOPTS_VALUE)
        return rc;
    const AVRational base = s->format->streams[p->stream_index]->time_base;
    int64_t us = av_rescale_q(at, base, microsecond);
    int k = p->stream_index == m->clock[0] ? 0 : p->stream_index == m->clock[1] ? 1 : -1;
    int64_t offset_us = mend(m, k, us), offset = av_rescale_q(offset_us, microsecond, base);
    if (p->pts != AV_NOPTS_VALUE)
        p->pts += offset;
    if (p->dts != AV_NOPTS_VALUE)
        p->dts += offset;
    if (k >= 0)
        m->next_us[k] = us + offset_us + av_rescale_q(p->duration, base, microsecond);
    return rc;
}

/* --- time */

/* The time line's origin in a stream's ticks. */
static int64_t origin(const struct source *s, int stream)
{
    return av_rescale_q(s->start_us, microsecond, s->format->streams[stream]->time_base);
}

int64_t source_us(const struct source *s, int stream, int64_t ticks)
{
    return av_rescale_q(ticks - origin(s, stream), s->format->streams[stream]->time_base,
                        microsecond);
}

int64_t source_ticks(const struct source *s, int stream, int64_t us)
{
    return av_rescale_q(us, microsecond, s->format->streams[stream]->time_base) +
           origin(s, stream);
}

int64_t source_scaled(const struct source *s, int stream, int64_t ticks, int timescale)
{
    return av_rescale_q(ticks - origin(s, stream), s->format->streams[stream]->time_base,
                        (AVRational){1, timescale});
}

/* libav's own VP8 and VP9 decoders do not see the alpha plane that Matroska carries beside. */
static const AVCodec *find_decoder(const AVStream *st)
{
    const AVDictionaryEntry *alpha = av_dict_get(st->metadata, "alpha_mode", NULL, 0);
    const AVCodec *codec = NULL;
    if (alpha && strcmp(alpha->value, "1") == 0)
        codec = st->codecpar->codec_id == AV_CODEC_ID_VP8
                    ? avcodec_find_decoder_by_name("libvpx")
                : st->codecpar->codec_id == AV_CODEC_ID_VP9
                    ? avcodec_find_decoder_by_name("libvpx-vp9")
                    : NULL;
    return codec ? codec : avcodec_find_decoder(st->codecpar->codec_id);
}

struct err source_decoder(struct source *s, int stream, int threads, AVCodecContext **out)
{
    const AVStream *st = s->format->streams[stream];
    const AVCodec *codec = find_decoder(st);
    if (!codec)
        return FAIL(INPUT_UNREADABLE, arena_printf(s->arena, "%s cannot be decoded here",
                                                   avcodec_get_name(st->codecpar->codec_id)));
    SCOPED_CODEC AVCodecContext *c = avcodec_alloc_context3(codec);
    if (!c)
        abort();
    int rc = avcodec_parameters_to_context(c, st->codecpar);
    if (rc < 0)
        return err_av(s->arena, ERR_DECODE_FAILED, rc, "the decoder refused the stream");
    c->pkt_timebase = st->time_base;
    c->thread_count = threads;
    if (codec->id == AV_CODEC_ID_THEORA || codec->id == AV_CODEC_ID_VP3)
        c->thread_count = 1; /* libavcodec 59 mixes up pictures with more */
    c->max_pixels = PIXELS_MAX;
    rc = avcodec_open2(c, codec, NULL);
    if (rc < 0)
        return err_av(s->arena, ERR_DECODE_FAILED, rc, "the decoder cannot be opened");
    *out = c;
    c = NULL;
    return OK;
}
