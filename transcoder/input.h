/* input.h — reading the one input of this process: a whole file, or one that is still empty in
 * places and fetched as it is read.
 *
 * At a worker the input lies on the server. The process that decodes has no network, so it asks
 * its parent: it writes {offset, length} (two native uint64) to a socket that it was given, and
 * the parent answers one byte, 'y' once those bytes stand in the file behind the input's
 * descriptor, or 'n'. Demuxers seek (an index at the end, cues, times by bisection), so ranges
 * on demand are the one thing that fits every container; and a chunk in the middle of a long
 * file costs little more than its own bytes. What was fetched once is not asked for again.
 *
 * Errors:  as pread; EIO when the parent says no or is gone.
 * Threads: any.
 */
#ifndef ZOE_TRANSCODER_INPUT_H
#define ZOE_TRANSCODER_INPUT_H

#include <stdint.h>
#include <sys/types.h>

enum { INPUT_BLOCK = 1 << 20 }; /* what is asked for: whole blocks */

struct input_ask {
    uint64_t offset, length;
};

/* The input comes piece by piece, asked for over `ask_fd`. Once, before the sandbox. */
void input_by_asking(int ask_fd, int64_t size_bytes);

ssize_t input_pread(int fd, void *buffer, size_t bytes, int64_t offset);

#endif
