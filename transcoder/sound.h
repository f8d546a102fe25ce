/* sound.h — decoded sound of any shape to planar float at one rate, without holes.
 *
 * Times:   positions are samples at the target rate on our time line.
 * Memory:  a bounded queue of samples; frames given out are the caller's.
 * Errors:  DECODE_FAILED when the shape cannot be converted.
 * Threads: one thread.
 */
#ifndef ZOE_TRANSCODER_SOUND_H
#define ZOE_TRANSCODER_SOUND_H

#include "base/arena.h"
#include "base/err.h"

#include <libavutil/audio_fifo.h>
#include <libavutil/channel_layout.h>
#include <libavutil/frame.h>
#include <libswresample/swresample.h>
#include <stdbool.h>
#include <stdint.h>

struct sound {
    struct arena *arena;
    int channels, rate;
    int64_t limit; /* positions behind it are dropped */
    SwrContext *swr;
    AVChannelLayout in_layout;
    int in_format, in_rate;
    AVAudioFifo *fifo;
    int64_t position; /* of the next sample to enter the queue */
    int64_t hole;     /* samples of silence due before `held` enters it */
    AVFrame *held;
    float gain; /* below 1 where several channels in one would be too loud */
    bool heard;
};

MUST_CHECK struct err sound_init(struct sound *s, struct arena *a, int channels, int rate,
                                 int64_t limit);
void sound_release(struct sound *s);
#define SCOPED_SOUND __attribute__((cleanup(sound_release)))

/* `at` AV_NOPTS_VALUE: right behind what came before. Take all that is ready before adding
 * more: a hole before this frame becomes silence only as it is taken, however long. */
MUST_CHECK struct err sound_add(struct sound *s, const AVFrame *frame, int64_t at);

/* A frame of `samples`, or fewer (padded with silence) when `end`; NULL: not enough yet. */
AVFrame *sound_take(struct sound *s, int samples, bool end);

#endif
