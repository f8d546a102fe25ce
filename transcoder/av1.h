/* av1.h — the little of AV1 that packaging needs: OBUs, av1C, codec strings.
 *
 * Spec:    AV1 bitstream §5.3-5.5; AV1 in ISO BMFF §2.3 (av1C), §2.4 (samples), §5 (codecs).
 * Memory:  arguments are borrowed; results go to the caller's `bytes`.
 * Errors:  false for what is no AV1; nothing is read past `size`.
 * Threads: no shared state.
 */
#ifndef ZOE_TRANSCODER_AV1_H
#define ZOE_TRANSCODER_AV1_H

#include "transcoder/bytes.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { AV1_CODECS_TEXT = 16 };

/* av1C and "av01.0.08M.08" from the OBUs that hold the sequence header. Only what our encoder
 * makes is taken: profile 0, 8 bits, 4:2:0, without timing information. */
bool av1_config(const uint8_t *obus, size_t size, struct bytes *av1c,
                char codecs[AV1_CODECS_TEXT]);

/* Appends a temporal unit without its delimiters. */
void av1_append(struct bytes *out, const uint8_t *data, size_t size);

#endif
