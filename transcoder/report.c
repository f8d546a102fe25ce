/* report.c — JSON lines, one write each. */
#include "transcoder/report.h"

#include "base/clock.h"

#include <libavutil/avutil.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static struct {
    pthread_mutex_t lock;
    /* --- protected by lock */
    int64_t last_progress_ms, last_done_us;
} report = {.lock = PTHREAD_MUTEX_INITIALIZER, .last_done_us = -1};

static void write_line(json_t *object)
{
    char *text = json_dumps(object, JSON_COMPACT);
    json_decref(object);
    if (!text)
        return;
    size_t length = strlen(text);
    text[length++] = '\n'; /* in place of the terminating zero */
    pthread_mutex_lock(&report.lock);
    for (size_t done = 0; done < length;) {
        ssize_t n = write(STDOUT_FILENO, text + done, length - done);
        if (n <= 0)
            break;
        done += (size_t)n;
    }
    pthread_mutex_unlock(&report.lock);
    free(text);
}

void report_progress(int64_t done_us, int64_t total_us)
{
    int64_t now = monotonic_ms();
    pthread_mutex_lock(&report.lock);
    bool due = now - report.last_progress_ms >= 250 && done_us > report.last_done_us;
    if (due) {
        report.last_progress_ms = now;
        report.last_done_us = done_us;
    }
    pthread_mutex_unlock(&report.lock);
    if (due)
        write_line(json_pack("{s:s, s:I, s:I}", "event", "progress", "done_ms",
                             (json_int_t)(done_us / 1000), "total_ms",
                             (json_int_t)(total_us / 1000)));
}

void report_init(const struct report_init *r)
{
    json_t *o = json_pack("{s:s, s:s, s:I, s:s}", "event", "init", "rung", r->rung, "size",
                          (json_int_t)r->size, "codecs", r->codecs);
    if (r->width > 0) {
        json_object_set_new(o, "width", json_integer(r->width));
        json_object_set_new(o, "height", json_integer(r->height));
        json_object_set_new(o, "fps", json_from_ratio(r->fps));
    }
    write_line(o);
}

void report_segment(const struct report_segment *r)
{
    write_line(json_pack("{s:s, s:s, s:I, s:I, s:I, s:I, s:I, s:s}", "event", "segment", "rung",
                         r->rung, "index", (json_int_t)r->index, "offset",
                         (json_int_t)r->offset, "size", (json_int_t)r->size, "duration_us",
                         (json_int_t)r->duration_us, "start_us", (json_int_t)r->start_us,
                         "sha256", r->sha256));
}

const char *report_build(void)
{
    static char text[120];
    snprintf(text, sizeof text, "zoetrope %s, ffmpeg %s", ZOE_VERSION, av_version_info());
    return text;
}

void report_result(json_t *object)
{
    json_t *line = json_pack("{s:s}", "event", "result");
    json_object_set_new(line, "build", json_string(report_build()));
    json_object_update(line, object);
    json_decref(object);
    write_line(line);
}

void report_error(struct err e)
{
    json_t *o = json_pack("{s:s, s:s, s:b}", "event", "error", "code", err_code(e.id), "retry",
                          err_retryable(e.id) ? 1 : 0);
    json_t *detail = json_string(e.detail ? e.detail : "");
    json_object_set_new(o, "detail", detail ? detail : json_string("an unreadable message"));
    write_line(o);
}
