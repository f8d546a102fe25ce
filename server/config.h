/* config.h — the one table of settings: from a file, from ZOETROPE_* variables, from flags.
 *
 * Order:   defaults < file (INI: name = value) < environment (ZOETROPE_NAME) < flags.
 * Errors:  every wrong setting is reported with one clear line; config_load then fails.
 * Threads: fixed after config_load.
 */
#ifndef ZOE_CONFIG_H
#define ZOE_CONFIG_H

#include "base/arena.h"
#include "base/err.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

/*    type  name                      default        help */
#define CONFIG_LIST(X)                                                                         \
    X(TEXT, data, "data", "folder of the database and all files")                              \
    X(TEXT, listen, "127.0.0.1:9000", "address and port to listen on")                         \
    X(TEXT, url, "http://localhost:9000", "address people use, without a last slash")          \
    X(TEXT, name, "Zoetrope", "name of the site")                                              \
    X(TEXT, description, "A home for videos, in the fediverse.", "one line about the site")    \
    X(TEXT, root_password, "",                                                                 \
      "password of root when it is first made; empty: made up and printed once")               \
    X(TEXT, signup, "auto", "who may sign up: auto (open on localhost only), open, closed")    \
    X(INT, signup_quota_mib, "-1", "space of a new account in MiB; -1 is unlimited")           \
    X(INT, signup_quota_daily_mib, "-1",                                                       \
      "space of a new account per day in MiB; -1 is unlimited")                                \
    X(INT, upload_limit_mib, "-1", "largest file in MiB; -1 is unlimited")                     \
    X(INT, upload_chunk_mib, "0",                                                              \
      "largest piece the web page sends in MiB; 0 leaves it to the page")                      \
    X(INT, workers, "8", "threads that run requests")                                          \
    X(INT, event_threads, "0", "threads that move bytes; 0: one a core, 4 at most")            \
    X(INT, connection_limit, "4000", "connections at a time")                                  \
    X(INT, connections_per_address, "200",                                                     \
      "connections at a time of one address; 0 is unlimited")                                  \
    X(INT, request_timeout_s, "60", "seconds without a byte before a connection is closed")    \
    X(TEXT, trusted_proxies, "127.0.0.1,::1", "addresses whose X-Forwarded-For is believed")   \
    X(BOOL, rate_limits, "true", "limit failed sign-ins, sign-ups and API calls per address")  \
    X(TEXT, transcoder, "", "the zoetrope-transcoder program; empty: beside zoetrope")         \
    X(TEXT, web, "", "folder of the built web client; empty: beside zoetrope or installed")    \
    X(INT, transcode_heavy, "1", "encoding tasks at a time on this machine; 0: workers only")  \
    X(INT, transcode_quick, "2", "short tasks at a time (probe, head, thumbnail)")             \
    X(INT, transcode_threads, "0", "threads of one encoding task; 0: all cores")               \
    X(BOOL, transcode_while_uploading, "true",                                                 \
      "begin to encode files while they are still on their way")                               \
    X(INT, worker_lease_s, "30",                                                               \
      "seconds after which a silent worker's task is given to another")                        \
    X(TEXT, resolutions, "240,360,480,720,1080", "rungs of the ladder, by short side")         \
    X(TEXT, transcoding_profile, "balanced",                                                   \
      "fast (two thirds of the time, a tenth more bits), balanced, or small (twice the time, " \
      "a tenth fewer)")                                                                        \
    X(TEXT, av1_resolutions, "",                                                               \
      "rungs that are made in AV1 as well (720,1080): fewer bits, several times the work")     \
    X(TEXT, hardware_encoder, "none",                                                          \
      "H.264 by vaapi, qsv or nvenc, in software where that fails; none: always in software")  \
    X(BOOL, keep_original_resolution, "true", "also make a rung of the source's own size")     \
    X(INT, max_fps, "60", "frame rates above this are halved or capped")                       \
    X(BOOL, keep_originals, "false", "keep uploaded files after they were transcoded")         \
    X(INT, transcode_limit_s, "86400", "CPU seconds one task may use")                         \
    X(INT, transcode_memory_mib, "3072", "memory one task may use")                            \
    X(TEXT, log_level, "info", "debug, info, warn or error")                                   \
    X(BOOL, federation, "true", "talk with other servers")                                     \
    X(TEXT, search_remote, "users",                                                            \
      "who may search other servers by handle or address: users, everybody, nobody")           \
    X(TEXT, federation_mode, "open",                                                           \
      "with whom: open (all but blocked hosts), allow-list (only hosts on the list)")          \
    X(TEXT, site_followers, "accept",                                                          \
      "who follows the whole site: accept, approve (an administrator decides), refuse")        \
    X(BOOL, show_followers, "false", "tell everybody who follows whom, not only how many")     \
    X(INT, federation_now_ms, "0", "for tests: the clock of the inbox, Unix ms; 0: now")       \
    X(BOOL, federation_insecure, "false",                                                      \
      "for tests: federate over http and with loopback and private addresses")                 \
    X(INT, federation_deliveries, "8", "threads that deliver to other servers")                \
    X(INT, federation_deliveries_per_host, "2", "deliveries at a time to one other server")    \
    X(INT, federation_retry_ms, "60000",                                                       \
      "first wait before a delivery is tried again; later ones grow with it")                  \
    X(INT, federation_per_host, "8", "requests at a time to one other server")                 \
    X(INT, federation_gets_per_minute, "120", "documents asked of one other server a minute")

struct config {
#define TEXT(name) const char *name;
#define INT(name) int64_t name;
#define BOOL(name) bool name;
#define X(type, name, fallback, help) type(name)
    CONFIG_LIST(X)
#undef X
#undef TEXT
#undef INT
#undef BOOL
};

/* `flags`: NULL-terminated pairs name, value from the command line. Prints what is wrong to
 * `out`. */
MUST_CHECK struct err config_load(struct arena *a, const char *file, const char *const *flags,
                                  FILE *out, struct config **config);
/* The whole table: name, value now (secrets hidden), default, help. */
void config_print(const struct config *config, FILE *out);
bool config_is_setting(const char *name);
/* True when `url` names localhost or a loopback address. */
bool config_is_local(const struct config *config);

#endif
