/* log.h — one line per event: time, level, event name, key=value pairs.
 *
 *   log_info("upload_done", "upload=%s size_bytes=%lld", id, size);
 *   2026-11-24T03:00:00.123Z info upload_done req=4f2a upload=... size_bytes=12
 *
 * Values that may hold blanks are quoted by the caller with log_quote. The request or job id
 * set by log_context_set is put on every line of that thread.
 * Threads: any; each line is one write(2).
 */
#ifndef ZOE_LOG_H
#define ZOE_LOG_H

#include <stdbool.h>
#include <stddef.h>

enum log_level { LOG_DEBUG, LOG_INFO, LOG_WARN, LOG_ERROR };

void log_level_set(enum log_level level);
bool log_enabled(enum log_level level);

/* "req=…" or "job=…" for this thread; at most 63 bytes are kept; NULL clears. */
void log_context_set(const char *context);
const char *log_context(void);

void log_line(enum log_level level, const char *event, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* Copies `s` into `buffer` quoted, with quotes, backslashes and control bytes escaped; cut to
 * fit. Returns buffer. */
const char *log_quote(char *buffer, size_t size, const char *s);

#define log_debug(...) (log_enabled(LOG_DEBUG) ? log_line(LOG_DEBUG, __VA_ARGS__) : (void)0)
#define log_info(...) log_line(LOG_INFO, __VA_ARGS__)
#define log_warn(...) log_line(LOG_WARN, __VA_ARGS__)
#define log_error(...) log_line(LOG_ERROR, __VA_ARGS__)
#define LOG_QUOTE(s) log_quote((char[512]){0}, 512, (s))

#endif
