/* h264.h — the little of H.264 that packaging needs: NAL units, avcC, codec strings.
 *
 * Spec:    ITU-T H.264 §7.3, Annex B; ISO/IEC 14496-15 §5.3.3 (avcC); RFC 6381 (codecs).
 * Memory:  arguments are borrowed; results go to the caller's `bytes`.
 * Errors:  false or 0 for what is no H.264; nothing is read past `size`.
 * Threads: no shared state.
 */
#ifndef ZOE_TRANSCODER_H264_H
#define ZOE_TRANSCODER_H264_H

#include "transcoder/bytes.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { H264_CODECS_TEXT = 12 };

/* Does this codec configuration (libav's extradata) hold Annex B start codes? */
bool h264_is_annexb(const uint8_t *data, size_t size);

/* avcC of Annex B parameter sets (length size 4), or a copy of what is avcC already. */
bool h264_avcc(const uint8_t *extradata, size_t size, struct bytes *out);

/* "avc1.640028" from an avcC. */
bool h264_codecs(const uint8_t *avcc, size_t size, char out[H264_CODECS_TEXT]);

/* Bytes in a NAL length, from an avcC: 1, 2 or 4; 0 when it is none. */
int h264_length_size(const uint8_t *avcc, size_t size);

/* What one access unit holds. */
struct h264_unit {
    bool idr, slice;    /* a key picture; any picture at all */
    bool params_differ; /* parameter sets other than those of `avcc` */
};

/* `length_size` 0: Annex B. */
struct h264_unit h264_look(const uint8_t *data, size_t size, int length_size,
                           const struct bytes *avcc);

/* Appends an Annex B access unit with 4-byte lengths; delimiters, parameter sets and the
 * encoder's own advertisement (SEI user data) are left out. */
void h264_append(struct bytes *out, const uint8_t *data, size_t size);

#endif
