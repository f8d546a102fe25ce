/* main.c — zoetrope-transcoder: one task from stdin, in a sandbox. The contract is in spec.h.
 */
#include "transcoder/codec.h"
#include "transcoder/input.h"
#include "transcoder/remote.h"
#include "transcoder/report.h"
#include "transcoder/sandbox.h"
#include "transcoder/task.h"

#include "base/crypto.h"
#include "base/file.h"
#include "base/log.h"

#include <errno.h>
#include <fcntl.h>
#include <libavutil/log.h>
#include <libavutil/mem.h>
#include <malloc.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

static const char help[] =
    "zoetrope-transcoder " ZOE_VERSION ": one media task, in a sandbox\n"
    "\n"
    "  zoetrope-transcoder < spec.json\n"
    "  zoetrope-transcoder --server URL --token T     a worker for a site elsewhere; see "
    "--server x "
    "--help\n"
    "\n"
    "stdin   {\"version\":1, \"task\":..., \"input\":\"/file\" or \"input_fd\":3, "
    "\"output\":\"/folder\",\n"
    "         \"threads\":n, \"limits\":{\"cpu_s\":n,\"memory_mib\":n,\"output_mib\":n}, ...}\n"
    "stdout  JSON lines: progress, init, segment, and last a result or an error\n"
    "stderr  log lines; ZOETROPE_LOG=debug for more\n"
    "exit    0 after a result, 1 after an error\n"
    "\n"
    "  zoetrope-transcoder --profiles    what the encoders are told, by profile and size\n"
    "\n"
    "task       needs                                 makes\n"
    "probe      input                                 {\"probe\": what the file is}\n"
    "plan       probe, settings                       {\"plan\": cuts, rungs, chunks}\n"
    "head       input, output, probe, plan            the first stream, quickly\n"
    "audio      input, output, probe, plan            the sound, rung \"0\"\n"
    "chunk      input, output, probe, plan, chunk, rungs\n"
    "thumbnail  input, output, sizes                  thumbnail-{w}x{h}.jpg\n"
    "picture    input, output, sizes                  the same, of a still picture\n"
    "subtitles  input, output, probe                  subtitles-{stream}.vtt\n"
    "finish     output, rungs, audio                  {rung}.map, storyboard-{n}.jpg\n"
    "\n"
    "A rung is written as {rung}.init.mp4 and {rung}.m4s. transcoder/spec.h has every field.\n";

static void print_profiles(void)
{
    static const int sizes[] = {144, 240, 360, 480, 720, 1080, 1440, 2160};
    for (int p = 0; p < PROFILE_COUNT; p++) {
        for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
            struct profile_settings s = profile_h264((enum profile)p, sizes[i]);
            printf("%s h264 %d preset=%s crf=%s %s\n", profile_name((enum profile)p), sizes[i],
                   s.preset, s.crf, s.params);
        }
    }
}

static struct err read_spec(struct arena *a, char **text, size_t *bytes)
{
    char *buffer = arena_alloc(a, SPEC_MAX + 2);
    size_t size = 0;
    for (;;) {
        ssize_t n = read(STDIN_FILENO, buffer + size, SPEC_MAX + 1 - size);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return err_errno(errno, "the spec cannot be read from stdin");
        if (n == 0)
            break;
        size += (size_t)n;
        if (size > SPEC_MAX)
            break; /* spec_parse refuses it */
    }
    *text = buffer;
    *bytes = size;
    return OK;
}

static struct err open_regular(const char *path, int *fd)
{
    struct stat st;
    if (path)
        *fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    if (*fd < 0)
        return err_errno(errno, "the input cannot be opened");
    if (fstat(*fd, &st) != 0 || !S_ISREG(st.st_mode))
        return FAIL(IO, "the input is no regular file");
    return OK;
}

static struct err open_inputs(struct task *t, struct spec *s)
{
    t->input_fd = s->input_fd;
    if (s->input || s->input_fd >= 0)
        TRY(open_regular(s->input, &t->input_fd));
    if (s->ask_fd >= 0)
        input_by_asking(s->ask_fd, lseek(t->input_fd, 0, SEEK_END));
    for (size_t i = 0; i < s->file_count; i++)
        TRY(open_regular(s->files[i].path, &s->files[i].fd));
    if (s->audio_file.name)
        TRY(open_regular(s->audio_file.path, &s->audio_file.fd));
    return OK;
}

/* Everything gives way to the web server (who starts us sets that), and long work to the head
 * of a video that somebody waits for. */
static void be_nice(enum task_kind task)
{
    int more = task == TASK_CHUNK || task == TASK_FINISH ? 5 : task == TASK_AUDIO ? 2 : 0;
    if (nice(more) < 0) {
        /* at the end of the scale already */
    }
}

/* Devices and what their drivers load are out of reach later. */
static struct err open_hardware(struct task *t)
{
    const struct spec *s = t->spec;
    bool encodes = s->task == TASK_CHUNK || (s->task == TASK_HEAD && !s->plan->head_copy);
    if (!encodes || s->plan->hardware == HARDWARE_NONE)
        return OK;
    TRY(hardware_open(t->arena, s->plan->hardware, t->hardware));
    return codec_try(t->arena, t->hardware);
}

static struct err run_task(struct task *t, json_t **result)
{
    switch (t->spec->task) {
    case TASK_PROBE: return probe_task(t, result);
    case TASK_PLAN: return plan_task(t, result);
    case TASK_HEAD: return head_task(t, result);
    case TASK_AUDIO: return audio_task(t, result);
    case TASK_CHUNK: return chunk_task(t, result);
    case TASK_THUMBNAIL: return thumbnail_task(t, result);
    case TASK_PICTURE: return picture_task(t, result);
    case TASK_SUBTITLES: return subtitles_task(t, result);
    case TASK_FINISH: return finish_task(t, result);
    case TASK_SELFTEST: return selftest_task(t, result);
    }
    return FAIL(SPEC_INVALID, "no such task");
}

static struct err run(struct arena *a, struct output *output, json_t **result)
{
    char *text = NULL;
    size_t bytes = 0;
    struct spec *s = arena_alloc(a, sizeof *s);
    TRY(read_spec(a, &text, &bytes));
    TRY(spec_parse(a, text, bytes, s));
    log_context_set(arena_printf(a, "task=%s", s->task_name));

    SCOPED_HARDWARE struct hardware hardware = {.kind = HARDWARE_NONE};
    struct task t = {
        .arena = a, .spec = s, .output = output, .input_fd = -1, .hardware = &hardware};
    TRY(open_inputs(&t, s));
    TRY(output_open(output, a, s->output, s->limits.output_mib << 20));
    TRY(task_create_outputs(&t));
    be_nice(s->task);
    TRY(open_hardware(&t));
    char hex[SHA256_HEX];
    sha256_hex("", 0, hex); /* libcrypto reads its configuration now or never */
    av_max_alloc((size_t)s->limits.memory_mib << 19);
    TRY(sandbox_enter(&s->limits, s->wall_landlock, s->wall_seccomp,
                      hardware.kind != HARDWARE_NONE));
    return run_task(&t, result);
}

int main(int argc, char **argv)
{
    if (remote_wanted(argc, argv))
        return remote_main(argc, argv);
    sandbox_follow_parent();
    prctl(PR_SET_NAME, "zoetrope-transc"); /* a worker starts us as /proc/self/exe */
    mallopt(M_ARENA_MAX, 2); /* pictures are passed between threads: no heap for each */
    mallopt(M_MMAP_THRESHOLD, 1 << 18);
    if (argc > 1 && strcmp(argv[1], "--profiles") == 0) {
        print_profiles();
        return 0;
    }
    if (argc > 1) {
        bool wanted = strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0;
        fputs(help, wanted ? stdout : stderr);
        return wanted ? 0 : 2;
    }
    const char *level = getenv("ZOETROPE_LOG");
    bool debug = level && strcmp(level, "debug") == 0;
    log_level_set(debug ? LOG_DEBUG : LOG_INFO);
    av_log_set_level(debug ? AV_LOG_INFO : AV_LOG_FATAL);

    SCOPED_ARENA struct arena *a = arena_open();
    struct output output = {.folder = -1};
    json_t *result = NULL;
    struct err e = run(a, &output, &result);
    if (e.id) {
        json_decref(result);
        report_error(e);
    } else {
        report_result(result);
    }
    output_close(&output);
    return e.id ? 1 : 0;
}
