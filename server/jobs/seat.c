/* seat.c — what a worker hands in, and the job's thread that takes it. See remote.h. */
#include "server/jobs/seat.h"

#include "base/clock.h"
#include "base/crypto.h"
#include "base/file.h"
#include "base/log.h"
#include "server/app.h"
#include "server/jobs/making.h"
#include "server/storage/storage.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

enum { LINES_MAX_BYTES = 16 << 20, ROOM_BYTES = 32 << 20, SECOND_US = 1000000 };

bool seat_resumes(const struct seat *s)
{
    return s && s->resumed;
}

static const char *file_of(const struct seat *s, struct arena *a, const char *rung,
                           const char *ending)
{
    return arena_printf(a, "%s/%s.%s", s->folder, rung, ending);
}

static struct seat_rung *rung_of(struct seat *s, const char *name)
{
    for (size_t i = 0; name && i < s->rung_count; i++)
        if (strcmp(s->rungs[i].name, name) == 0)
            return &s->rungs[i];
    return NULL;
}

/* --- the job's thread
 * ------------------------------------------------------------------------------ */

/* More than four times what the encoder may spend is no encoding of this chunk. */
static int64_t bytes_limit(json_t *plan, const char *name, int64_t length_us)
{
    json_t *g;
    size_t i;
    double rate = 0;
    json_array_foreach (json_object_get(plan, "rungs"), i, g) {
        const char *other = json_string_value(json_object_get(g, "name"));
        if (other && strcmp(other, name) == 0)
            rate = json_number_value(json_object_get(g, "max_rate"));
    }
    return ROOM_BYTES + (int64_t)(rate / 8 * 4 * (double)length_us / SECOND_US);
}

static struct err lay_out(struct seat *s, json_t *spec)
{
    json_t *plan = json_object_get(spec, "plan"), *cuts = json_object_get(plan, "cuts_us");
    json_t *names = json_object_get(spec, "rungs");
    json_t *chunk = json_array_get(json_object_get(plan, "chunks"),
                                   (size_t)json_integer_value(json_object_get(spec, "chunk")));
    s->first_index = json_integer_value(json_object_get(chunk, "first_cut"));
    s->last_index = json_integer_value(json_object_get(chunk, "last_cut"));
    s->rung_count = json_array_size(names);
    if (s->last_index <= s->first_index || s->rung_count == 0 ||
        s->rung_count > SEAT_RUNGS_MAX || s->last_index >= (int64_t)json_array_size(cuts))
        return FAIL(TASK_REFUSED, "the plan has no such part");
    size_t count = (size_t)(s->last_index - s->first_index) + 1;
    s->cuts_us = arena_alloc(s->arena, count * sizeof *s->cuts_us);
    for (size_t i = 0; i < count; i++)
        s->cuts_us[i] = json_integer_value(json_array_get(cuts, (size_t)s->first_index + i));
    for (size_t i = 0; i < s->rung_count; i++) {
        const char *name = arena_strdup(s->arena, json_string_value(json_array_get(names, i)));
        s->rungs[i] = (struct seat_rung){
            .name = name,
            .next = s->first_index,
            .limit = bytes_limit(plan, name, s->cuts_us[count - 1] - s->cuts_us[0]),
        };
    }
    s->folder = arena_strdup(s->arena, json_string_value(json_object_get(spec, "output")));
    return OK;
}

/* Encoders of another make write other parameters: their chunks do not fit beside ours. */
static struct err same_build(const struct seat *s, json_t *spec)
{
    const char *ours =
        json_string_value(json_object_get(json_object_get(spec, "plan"), "build"));
    if (!ours || s->resumed || (s->build && strcmp(s->build, ours) == 0))
        return OK;
    return (struct err){ERR_WORKER_DIFFERS,
                        arena_printf(s->arena,
                                     "the worker is made of \"%s\", the server's transcoder of "
                                     "\"%s\": install the same versions",
                                     s->build ? s->build : "nothing it told of", ours)};
}

static void describe(struct seat *s, struct job_run *r, const struct work *w, json_t *spec)
{
    json_t *wire = json_copy(spec);
    json_object_del(wire, "output");
    json_object_del(wire, "threads");
    char *text = json_dumps(wire, JSON_COMPACT);
    s->spec = arena_strdup(s->arena, text);
    free(text);
    json_decref(wire);
    s->uuid = arena_strdup(s->arena, w->video.uuid);
    s->source_bytes = file_size(storage_original(r->app->storage, r->arena, w->video.uuid));
    s->source = s->uuid;
}

/* A line of an earlier life counts when its bytes are there. */
static bool still_there(struct seat *s, struct seat_rung *g, json_t *line)
{
    SCOPED_ARENA struct arena *a = arena_open();
    const char *event = json_string_value(json_object_get(line, "event"));
    int64_t bytes = json_integer_value(json_object_get(line, "size"));
    if (strcmp(event, "init") == 0)
        return file_size(file_of(s, a, g->name, "init.mp4")) == bytes;
    SCOPED_FD int fd = open(file_of(s, a, g->name, "m4s"), O_RDONLY | O_CLOEXEC);
    const char *want = json_string_value(json_object_get(line, "sha256"));
    char *data = arena_alloc(a, (size_t)bytes + 1), hex[SHA256_HEX];
    if (fd < 0 || !want || pread(fd, data, (size_t)bytes, g->bytes) != (ssize_t)bytes)
        return false;
    sha256_hex(data, (size_t)bytes, hex);
    return strcmp(hex, want) == 0;
}

static void count_in(struct seat_rung *g, json_t *line)
{
    if (strcmp(json_string_value(json_object_get(line, "event")), "init") == 0) {
        g->init = true;
    } else {
        g->next++;
        g->bytes += json_integer_value(json_object_get(line, "size"));
    }
}

/* What was accepted before the server was restarted, told again; the file ends with the last
 * line that holds. */
static struct err replay(struct seat *s, struct job_run *r, const struct child_events *events)
{
    char *text, *rest, *line;
    size_t bytes;
    const char *path = file_of(s, r->arena, "accepted", "lines");
    struct err e = file_read(r->arena, path, LINES_MAX_BYTES, &text, &bytes);
    if (e.id)
        return e.id == ERR_NOT_FOUND ? OK : e;
    struct strbuf kept = STRBUF_IN(r->arena);
    for (line = strtok_r(text, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest)) {
        json_t *one = arena_json(r->arena, json_loads(line, 0, NULL));
        const char *event = json_string_value(json_object_get(one, "event"));
        struct seat_rung *g = rung_of(s, json_string_value(json_object_get(one, "rung")));
        if (!event || !g || !still_there(s, g, one))
            continue; /* later ones of this rung do not fit then, and fall away too */
        TRY(events->line(events->state, event, one));
        count_in(g, one);
        strbuf_addf(&kept, "%s\n", line);
    }
    return file_replace(path, kept.text ? kept.text : "", kept.length, false);
}

/* Waits for what is handed in until the task ends one way or another. */
static struct err take_lines(struct seat *s, const struct child_events *events)
{
    struct remote *m = s->remote;
    struct err e = OK;
    pthread_mutex_lock(&m->lock);
    s->state = SEAT_READY;
    pthread_cond_broadcast(&m->changed);
    while (!e.id && !s->ended) {
        if (s->stop) {
            e = FAIL(STOPPED, "the task was stopped");
        } else if (s->line) {
            json_t *line = s->line;
            const char *event = json_string_value(json_object_get(line, "event"));
            pthread_mutex_unlock(&m->lock);
            e = events->line(events->state, event, line);
            pthread_mutex_lock(&m->lock);
            s->line = NULL;
            s->line_err = e;
            json_decref(line);
            pthread_cond_broadcast(&m->changed);
        } else if (!s->busy && monotonic_ms() > s->deadline_ms) {
            e = FAIL(WORKER_LOST, "the worker fell silent");
        } else {
            remote_wait(m, s->busy ? monotonic_ms() + 1000 : s->deadline_ms + 1);
        }
    }
    s->state = SEAT_ENDING;
    if (!e.id)
        e = s->failure;
    pthread_mutex_unlock(&m->lock);
    return e;
}

struct err seat_run(struct seat *s, struct job_run *r, const struct work *w, json_t *spec,
                    const struct child_events *events, json_t **result)
{
    TRY(same_build(s, spec));
    TRY(lay_out(s, spec));
    describe(s, r, w, spec);
    if (s->resumed)
        TRY(replay(s, r, events));
    TRY(take_lines(s, events));
    *result = json_incref(s->result);
    return OK;
}

/* --- HTTP threads
 * ---------------------------------------------------------------------------------- */

void remote_progress(struct seat *s, int64_t done_ms, int64_t total_ms)
{
    struct remote *m = s->remote;
    pthread_mutex_lock(&m->lock);
    if (!s->line && s->state == SEAT_READY && !s->ended && total_ms > 0)
        s->line = json_pack("{s:s, s:I, s:I}", "event", "progress", "done_ms",
                            (json_int_t)done_ms, "total_ms", (json_int_t)total_ms);
    pthread_cond_broadcast(&m->changed);
    pthread_mutex_unlock(&m->lock);
}

/* Gives the job a line and waits for what it says; takes over `line`. */
static struct err tell(struct seat *s, json_t *line)
{
    struct remote *m = s->remote;
    struct err e = OK;
    pthread_mutex_lock(&m->lock);
    while (s->line && s->state == SEAT_READY) /* a heartbeat's */
        remote_wait(m, monotonic_ms() + 1000);
    if (s->state == SEAT_READY) {
        s->line = json_incref(line);
        pthread_cond_broadcast(&m->changed);
        while (s->line == line && s->state == SEAT_READY)
            remote_wait(m, monotonic_ms() + 1000);
        e = s->line == line ? FAIL(TASK_GONE, "the task is over") : s->line_err;
    } else {
        e = FAIL(TASK_GONE, "the task is over");
    }
    pthread_mutex_unlock(&m->lock);
    json_decref(line);
    return e;
}

/* For a restart of the server. Not synced: what a power cut takes is sent again. */
static struct err note_line(struct seat *s, struct arena *a, json_t *line)
{
    SCOPED_FD int fd = open(file_of(s, a, "accepted", "lines"),
                            O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
    if (fd < 0)
        return err_errno(errno, "noting what a worker sent");
    char *text = json_dumps(line, JSON_COMPACT);
    const char *whole = arena_printf(a, "%s\n", text);
    free(text);
    return fd_write_all(fd, whole, strlen(whole));
}

static struct err accept(struct seat *s, struct seat_rung *g, json_t *line)
{
    SCOPED_ARENA struct arena *a = arena_open();
    struct err e = tell(s, json_incref(line));
    if (!e.id) {
        count_in(g, line);
        e = note_line(s, a, line);
    }
    json_decref(line);
    return e.id ? FAIL(TASK_GONE, "the task is over") : OK;
}

static bool plain(const char *text, size_t max)
{
    return text && strlen(text) <= max &&
           strspn(text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789./") ==
               strlen(text);
}

static uint32_t be32(const unsigned char *p)
{
    return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

struct err remote_init(struct seat *s, const struct remote_init *init)
{
    SCOPED_ARENA struct arena *a = arena_open();
    struct seat_rung *g = rung_of(s, init->rung);
    if (!g)
        return FAIL(UNPROCESSABLE, "the task has no such rung");
    if (g->init)
        return OK; /* said twice: the answer to the first was lost */
    if (!plain(init->codecs, 60) || !*init->codecs || (init->fps && !plain(init->fps, 30)) ||
        init->bytes < 16 || init->bytes > INIT_BYTES_MAX ||
        memcmp((const char *)init->data + 4, "ftyp", 4) != 0)
        return FAIL(UNPROCESSABLE, "this is no init segment");
    TRY(file_replace(file_of(s, a, g->name, "init.mp4"), init->data, init->bytes, false));
    return accept(s, g,
                  json_pack("{s:s, s:s, s:I, s:s, s:i, s:i, s:s*}", "event", "init", "rung",
                            g->name, "size", (json_int_t)init->bytes, "codecs", init->codecs,
                            "width", init->width, "height", init->height, "fps", init->fps));
}

static struct err segment_check(struct seat *s, const struct remote_segment *m,
                                struct seat_rung **rung)
{
    struct seat_rung *g = *rung = rung_of(s, m->rung);
    if (!g || m->index < s->first_index || m->index >= s->last_index)
        return FAIL(UNPROCESSABLE, "the task has no such segment");
    if (!g->init || m->index != g->next)
        return FAIL(TASK_ORDER, "a segment before this one is missing, or this is there");
    int64_t at = m->index - s->first_index, planned = s->cuts_us[at + 1] - s->cuts_us[at];
    if (m->duration_us <= 0 || m->duration_us > 4 * planned + 10 * SECOND_US)
        return FAIL(UNPROCESSABLE, "the segment is longer than the plan has it");
    if (m->bytes < 16 || m->bytes > SEGMENT_BYTES_MAX || g->bytes + m->bytes > g->limit)
        return FAIL(UNPROCESSABLE, "the segment is larger than this task can need");
    return OK;
}

struct err remote_segment_open(struct seat *s, const struct remote_segment *segment, int *fd,
                               int64_t *offset)
{
    SCOPED_ARENA struct arena *a = arena_open();
    struct seat_rung *g;
    TRY(segment_check(s, segment, &g));
    *fd = open(file_of(s, a, g->name, "m4s"), O_RDWR | O_CREAT | O_CLOEXEC, 0644);
    if (*fd < 0)
        return err_errno(errno, "opening a file for a worker's segment");
    *offset = g->bytes;
    return OK;
}

/* One moof and one mdat, of together its size. */
static struct err look_at(struct seat *s, const struct remote_segment *segment,
                          const struct seat_rung *g)
{
    SCOPED_ARENA struct arena *a = arena_open();
    SCOPED_FD int fd = open(file_of(s, a, g->name, "m4s"), O_RDONLY | O_CLOEXEC);
    unsigned char box[8], next[8];
    if (fd < 0 || pread(fd, box, sizeof box, g->bytes) != sizeof box)
        return FAIL(IO, "a worker's segment cannot be read");
    int64_t first = be32(box);
    if (memcmp(box + 4, "moof", 4) != 0 || first < 8 || first > segment->bytes - 8 ||
        pread(fd, next, sizeof next, g->bytes + first) != sizeof next ||
        memcmp(next + 4, "mdat", 4) != 0 || first + be32(next) != segment->bytes)
        return FAIL(UNPROCESSABLE, "this is no segment");
    return OK;
}

struct err remote_segment_done(struct seat *s, const struct remote_segment *segment)
{
    struct seat_rung *g;
    TRY(segment_check(s, segment, &g));
    TRY(look_at(s, segment, g));
    return accept(s, g,
                  json_pack("{s:s, s:s, s:I, s:I, s:I, s:I, s:I, s:s}", "event", "segment",
                            "rung", g->name, "index", (json_int_t)segment->index, "offset",
                            (json_int_t)g->bytes, "size", (json_int_t)segment->bytes,
                            "duration_us", (json_int_t)segment->duration_us, "start_us",
                            (json_int_t)segment->start_us, "sha256", segment->sha256));
}

json_t *remote_have(struct seat *s)
{
    json_t *have = json_object();
    for (size_t i = 0; i < s->rung_count; i++)
        json_object_set_new(have, s->rungs[i].name,
                            json_pack("{s:b, s:I}", "init", s->rungs[i].init, "segments",
                                      (json_int_t)(s->rungs[i].next - s->first_index)));
    return have;
}
