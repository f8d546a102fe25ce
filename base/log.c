/* log.c — formats a line on the stack and writes it to stderr at once. */
#include "base/log.h"

#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static atomic_int minimum = LOG_INFO;
static _Thread_local char context[64];

void log_level_set(enum log_level level)
{
    atomic_store(&minimum, (int)level);
}

bool log_enabled(enum log_level level)
{
    return (int)level >= atomic_load_explicit(&minimum, memory_order_relaxed);
}

void log_context_set(const char *text)
{
    snprintf(context, sizeof context, "%s", text ? text : "");
}

const char *log_context(void)
{
    return context;
}

const char *log_quote(char *buffer, size_t size, const char *s)
{
    size_t n = 0;
    buffer[n++] = '"';
    for (; s && *s && n + 6 < size; s++) {
        unsigned char c = (unsigned char)*s;
        if (c == '"' || c == '\\') {
            buffer[n++] = '\\';
            buffer[n++] = (char)c;
        } else if (c < 0x20 || c == 0x7f) {
            n += (size_t)snprintf(buffer + n, size - n, "\\x%02x", c);
        } else {
            buffer[n++] = (char)c;
        }
    }
    buffer[n++] = '"';
    buffer[n] = 0;
    return buffer;
}

void log_line(enum log_level level, const char *event, const char *format, ...)
{
    static const char *const names[] = {"debug", "info", "warn", "error"};
    if (!log_enabled(level))
        return;
    char line[2048];
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    struct tm tm;
    gmtime_r(&now.tv_sec, &tm);
    size_t n = strftime(line, sizeof line, "%Y-%m-%dT%H:%M:%S", &tm);
    n += (size_t)snprintf(line + n, sizeof line - n, ".%03dZ %s %s%s%s ",
                          (int)(now.tv_nsec / 1000000), names[level], event,
                          context[0] ? " " : "", context);
    va_list args;
    va_start(args, format);
    int m = vsnprintf(line + n, sizeof line - n - 1, format, args);
    va_end(args);
    n += m > 0 ? (size_t)m : 0;
    if (n > sizeof line - 2)
        n = sizeof line - 2;
    while (n && line[n - 1] == ' ')
        n--;
    line[n++] = '\n';
    for (size_t done = 0; done < n;) {
        ssize_t written = write(STDERR_FILENO, line + done, n - done);
        if (written <= 0)
            break;
        done += (size_t)written;
    }
}
