/* waveform.c — loudness bars. */
#include "transcoder/waveform.h"

#include "transcoder/jpeg.h"
#include "transcoder/sound.h"

#include <math.h>
#include <string.h>

enum { BARS = 96, WIDTH = 1920, HEIGHT = 1080, FRAMES_PER_BAR = 4 };

/* The loudest of a few frames from here. */
static double loudness(struct source *s, AVCodecContext *decoder, int stream)
{
    SCOPED_PACKET AVPacket *p = packet_new();
    SCOPED_FRAME AVFrame *f = frame_new();
    double loudest = 0;
    for (int frames = 0, packets = 0; frames < FRAMES_PER_BAR && packets < 200; packets++) {
        if (av_read_frame(s->format, p) < 0)
            break;
        int rc = p->stream_index == stream ? avcodec_send_packet(decoder, p) : -1;
        av_packet_unref(p);
        while (rc >= 0 && avcodec_receive_frame(decoder, f) >= 0) {
            SCOPED_SOUND struct sound sound = {0};
            if (sound_init(&sound, s->arena, 1, 8000, 1 << 20).id == ERR_NONE &&
                sound_add(&sound, f, AV_NOPTS_VALUE).id == ERR_NONE) {
                SCOPED_FRAME AVFrame *mono = sound_take(&sound, 64, true);
                double sum = 0;
                for (int i = 0; mono && i < mono->nb_samples; i++) {
                    double v = ((const float *)mono->extended_data[0])[i];
                    sum += v * v;
                }
                loudest = fmax(loudest, sqrt(sum / 64));
            }
            frames++;
            av_frame_unref(f);
        }
    }
    avcodec_flush_buffers(decoder);
    return loudest;
}

static void fill(AVFrame *f, struct canvas_area area, int y, int u, int v)
{
    const int values[3] = {y, u, v};
    for (int p = 0; p < 3; p++) {
        int shift = p ? 1 : 0;
        for (int row = area.y >> shift; row < (area.y + area.height) >> shift; row++)
            memset(f->data[p] + (ptrdiff_t)row * f->linesize[p] + (area.x >> shift), values[p],
                   (size_t)(area.width >> shift));
    }
}

struct err waveform_draw(struct source *s, const struct media *m, AVFrame **out)
{
    SCOPED_CODEC AVCodecContext *decoder = NULL;
    const int stream = m->audio->stream;
    TRY(source_decoder(s, stream, 1, &decoder));
    source_keep(s, stream, -1);
    double bars[BARS], top = 0.01;
    for (int i = 0; i < BARS; i++) {
        int64_t at = m->duration_us * i / BARS;
        av_seek_frame(s->format, stream, source_ticks(s, stream, at), AVSEEK_FLAG_BACKWARD);
        bars[i] = loudness(s, decoder, stream);
        top = fmax(top, bars[i]);
    }
    AVFrame *f = canvas_new(WIDTH, HEIGHT);
    fill(f, (struct canvas_area){0, 0, WIDTH, HEIGHT}, 28, 134, 124);
    const int step = WIDTH / BARS;
    for (int i = 0; i < BARS; i++) {
        int height = 2 * (int)(6 + bars[i] / top * HEIGHT * 0.36);
        fill(f,
             (struct canvas_area){i * step + 4, (HEIGHT - height) / 2 & ~1, step - 8, height},
             190, 110, 150);
    }
    f->colorspace = AVCOL_SPC_SMPTE170M;
    *out = f;
    return OK;
}
