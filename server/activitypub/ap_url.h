/* ap_url.h — addresses of things elsewhere, read strictly.
 *
 * Spec:    RFC 3986; only http and https, no user name, ASCII host names.
 * Memory:  results in the arena.
 * Threads: no shared state.
 */
#ifndef ZOE_AP_URL_H
#define ZOE_AP_URL_H

#include "base/arena.h"

#include <stdbool.h>

enum { AP_URL_MAX = 2000 };

struct ap_url {
    const char *scheme; /* "https" or "http" */
    const char *name;   /* host name, lower case, without port; IPv6 without brackets */
    const char *host;   /* as in a Host header: with the port when it is not the scheme's own */
    int port;
    const char *target;   /* path and query, never empty; what must be encoded is encoded */
    const char *path;     /* target without query */
    const char *fragment; /* after '#', or NULL */
    const char *text;     /* all of it rebuilt, without fragment */
};

/* False for what is no http(s) address, has a user name, blanks or control bytes, or is longer
 * than AP_URL_MAX. */
bool ap_url_read(struct arena *a, const char *text, struct ap_url *out);

/* As in a Host header, lower case; NULL when `url` is none. */
const char *ap_url_host(struct arena *a, const char *url);

/* Same host and port? False when either is no address. */
bool ap_same_host(const char *url, const char *other);

/* `url` without its fragment. */
const char *ap_url_bare(struct arena *a, const char *url);

/* The address a redirect's Location (absolute, "//host/…", "/path" or relative) leads to from
 * `base`; false when it leads nowhere we go. */
bool ap_url_join(struct arena *a, const struct ap_url *base, const char *location,
                 struct ap_url *out);

#endif
