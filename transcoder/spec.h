/* spec.h — the contract between the server and zoetrope-transcoder.
 *
 * One process does one task: a JSON object (UTF-8, at most SPEC_MAX bytes) on stdin, JSON lines
 * on stdout, log lines on stderr, files into ONE folder that exists. Exit 0 after a result
 * line, 1 after an error line; any other end (a signal, no last line) is a crash: try again.
 *
 * The spec:
 *   {"version": 1,
 *    "task": "probe|plan|head|audio|chunk|thumbnail|picture|subtitles|finish",
 *    "input": "/path" or "input_fd": 3,        not for plan and finish
 *    "ask_fd": 4,                              only at workers: see input.h
 *    "output": "/folder",                      not for probe and plan
 *    "threads": 2,                             default: the cores at hand
 *    "limits": {"cpu_s": n, "memory_mib": n, "output_mib": n},      each optional
 *    "probe": {...}, "plan": {...},            what those tasks answered; see the table
 *    ...}
 *
 *   task       needs beyond input/output            writes
 *   probe      -                                    -
 *   plan       probe, settings                      -
 *   head       probe, plan, skip_segments?          {rung}.init.mp4 {rung}.m4s; one that is
 *                                                   encoded skips nothing
 *   audio      probe, plan, skip_segments?, track?  {track}.init.mp4 {track}.m4s
 *   chunk      probe, plan, chunk, rungs            {rung}.init.mp4 {rung}.m4s for each rung
 *   thumbnail  sizes, probe?, at_us?                thumbnail-{w}x{h}.jpg
 *   picture    sizes                                thumbnail-{w}x{h}.jpg
 *   subtitles  probe                                subtitles-{stream}.vtt
 *   finish     rungs, audio, storyboard?            {rung}.map, storyboard-{n}.jpg
 *
 *   settings: {"resolutions": [144, ...], "keep_original": true, "max_fps": 60, "chunk_s": 30,
 *              "segment_s": 4, "allow_copy": true, "profile": "balanced",
 *              "av1_resolutions": [], "hardware": "none"}        all optional
 *   skip_segments: n    segments with index < n were kept from an earlier attempt: they are not
 *                       written again; what follows continues them seamlessly
 *   track: "0-1"        the name of a sound track in the plan; "0", the main one, by default
 *   chunk: k, rungs: ["720", "480", "720-av1"]    names of rungs in the plan. Chunk 0 of the
 *                       rung that head made in encode mode need not be asked for again
 *   sizes: [[280, 157], ...]
 *   rungs (finish): [{"name": "1080", "file": "/path" or "fd": n}, ...], audio: one such or
 * null
 *
 * Output lines, each flushed at once:
 *   {"event":"progress","done_ms":n,"total_ms":n}                        at most four a second
 *   {"event":"init","rung":"1080","size":n,"codecs":"avc1.640028","width":n,"height":n,
 *    "fps":"30000/1001"}              {rung}.init.mp4 is wholly written; sound is rung "0"
 *   {"event":"segment","rung":"1080","index":n,"offset":n,"size":n,"duration_us":n,
 *    "start_us":n,"sha256":"hex"}     bytes [offset, offset + size) of {rung}.m4s are written.
 *                                     index counts through the whole video (for pictures: the
 *                                     index into plan.cuts_us); offset is within this file
 *   {"event":"result","build":"...", ...}   last line, see below; build: what this program is
 *                                     made of
 *   {"event":"error","code":"input_unreadable","detail":"a sentence","retry":false}   last line
 *
 * Results:
 *   probe      {"probe": see media.h}
 *   plan       {"plan": see plan.h}
 *   head/audio/chunk {"rungs":[{"name","segments","size","duration_us","frames"}], "notes":[]}
 *   thumbnail, picture {"thumbnails":[{"file","width","height"}]}
 *   subtitles  {"subtitles":[{"stream","file","language","title","cues"}]}   of text ones
 *   finish     {"maps":[{"rung","file","virtual_size","head_size"}],
 *               "rungs":[{"name","segments","size","duration_us","frames","peak_bit_rate",
 *                         "bit_rate"}],
 *               "storyboards":[{"file","start_s","count","total_width","total_height",
 *                               "sprite_width","sprite_height","sprite_duration_s"}]}
 *                                the first shows the whole, the others finer steps of it
 *
 * A copied head may find later what probe could not see (parameters that change in the middle):
 * error "copy_unsafe". Plan again with "allow_copy": false and start over.
 *
 * A hardware encoder that cannot be opened, or fails later, is error "hardware_failed". Plan
 * again with "hardware": "none" and start over: a rung has one init, and so one encoder.
 *
 * Streams: one rung = init + segments in order, whoever made them: segments of different chunks
 * and processes concatenate bytewise, and a rung's init is the same from every chunk. A segment
 * is one moof + mdat, starts with an IDR, and its tfdt is absolute. DTS is the sorted PTS;
 * composition offsets are raised by a constant per rung, which the init's edit list takes back,
 * so that the first picture is at 0 (FFmpeg shows fragmented files with negative offsets too
 * late). Sound has its encoder delay in the edit list likewise.
 *
 * {rung}.map, little-endian: char magic[8] "ZOEMAP2\0"; u64 virtual_size, head_size,
 * extent_count, packed_size; then extent_count times u64 (offset << 1 | file), length, where
 * file is 0 for this rung's file and 1 for the sound's; then packed_size bytes: the head of the
 * virtual file (ftyp, moov, mdat header; head_size bytes) as a zlib stream (RFC 1950). The
 * extents follow the head in this order, without gaps. Sound only: "0.map", file 0.
 *
 * "task":"selftest" (for tests): enters the same sandbox, then tries what "try" names; the
 * list is in selftest.c. The result is {"try":..., "held": bool, "why": "..."}. "walls":
 * ["landlock"] or ["seccomp"] enters only that one.
 *
 * Memory:  a parsed spec lives in the arena it was parsed into.
 * Errors:  SPEC_INVALID, with a sentence.
 */
#ifndef ZOE_TRANSCODER_SPEC_H
#define ZOE_TRANSCODER_SPEC_H

#include "base/arena.h"
#include "base/err.h"
#include "transcoder/media.h"
#include "transcoder/plan.h"

#include <stddef.h>
#include <stdint.h>

enum { SPEC_MAX = 8 << 20, SPEC_RUNGS_MAX = 32, SPEC_SIZES_MAX = 16 };

enum task_kind {
    TASK_PROBE,
    TASK_PLAN,
    TASK_HEAD,
    TASK_AUDIO,
    TASK_CHUNK,
    TASK_THUMBNAIL,
    TASK_PICTURE,
    TASK_SUBTITLES,
    TASK_FINISH,
    TASK_SELFTEST,
};

struct spec_limits {
    int64_t cpu_s, memory_mib, output_mib;
};

struct spec_size {
    int width, height;
};

/* A finished rung, given to finish. fd is -1 when `path` names it. */
struct spec_file {
    const char *name;
    const char *path;
    int fd;
};

struct spec {
    enum task_kind task;
    const char *task_name;
    const char *input; /* NULL when input_fd is given, or none is needed */
    int input_fd;      /* -1: none */
    int ask_fd;        /* -1: the input is whole */
    const char *output;
    int threads;
    struct spec_limits limits;

    struct media *probe; /* NULL: not given */
    struct plan *plan;
    struct plan_settings settings;
    int64_t skip_segments;
    const char *track; /* audio */
    int chunk;
    const char *rungs[SPEC_RUNGS_MAX]; /* chunk */
    size_t rung_count;
    struct spec_size sizes[SPEC_SIZES_MAX]; /* thumbnail, picture */
    size_t size_count;
    int64_t at_us; /* thumbnail: the moment; -1: a good one is looked for */
    struct spec_file files[SPEC_RUNGS_MAX]; /* finish */
    size_t file_count;
    struct spec_file audio_file; /* name NULL: no sound */
    bool storyboard;
    const char *attempt; /* selftest */
    bool wall_landlock, wall_seccomp;
};

MUST_CHECK struct err spec_parse(struct arena *a, const char *text, size_t bytes,
                                 struct spec *out);

#endif
