/* torrent.h — a .torrent of one file that is also on the web.
 *
 * Spec:    BEP 3 (metainfo), BEP 19 (web seeds). Pieces of 2 MiB, SHA-1.
 * Errors:  IO, DISK_FULL; OVERLOADED while another one is being made (hashing reads the whole
 *          file, so one at a time).
 * Threads: any.
 */
#ifndef ZOE_TORRENT_H
#define ZOE_TORRENT_H

#include "base/arena.h"
#include "base/err.h"

#include <stdint.h>

struct virtual_answer; /* server/http/http.h */

/* Hashes `file` and writes the torrent to `path`, whole or not at all. `name`: what a
 * downloader calls the file; `url`: where it is on the web. */
MUST_CHECK struct err torrent_make(struct arena *a, const struct virtual_answer *file,
                                   const char *name, const char *url, int64_t now_s,
                                   const char *path);

#endif
