/* assets.h — the built web client, held in memory: "app.js" -> "/client/assets/app-HASH.js".
 *
 * Source:  folder/manifest.json ({"app.js": "assets/app-HASH.js", ...}) and folder/assets/.
 *          Names change with contents, so answers may be kept for ever. What compresses is
 *          compressed once, at start.
 * Memory:  until assets_close. Without a folder there is no client, and pages are plain HTML.
 * Threads: fixed after opening.
 */
#ifndef ZOE_ASSETS_H
#define ZOE_ASSETS_H

#include "base/arena.h"
#include "base/err.h"

struct assets;
struct static_body; /* server/http/http.h */

MUST_CHECK struct err assets_open(struct arena *a, const char *folder, struct assets **out);
void assets_close(struct assets *assets); /* after http_close; accepts NULL */

/* "/client/assets/…" of a logical name; NULL when there is none. */
const char *assets_path(const struct assets *assets, const char *name);
/* The file "app-HASH.js"; NULL when there is none. */
struct static_body *assets_file(const struct assets *assets, const char *file);

#endif
