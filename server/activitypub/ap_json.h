/* ap_json.h — reads activities as peers really write them.
 *
 * Spec:    ActivityStreams 2.0 without JSON-LD processing; federation.md §6.1 and §8.
 * Shapes:  a property may be missing, null, a scalar or an array; an object may be its id.
 *          Every reader here accepts NULL and answers "nothing" for what is not there or odd.
 * Memory:  json from ap_parse lives as long as the arena; texts point into the json.
 * Errors:  ACTIVITY_INVALID.
 * Threads: no shared state.
 */
#ifndef ZOE_AP_JSON_H
#define ZOE_AP_JSON_H

#include "base/arena.h"
#include "base/err.h"
#include "server/activitypub/ap_url.h"

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define AP_PUBLIC "https://www.w3.org/ns/activitystreams#Public"
#define AP_CONTEXT "https://www.w3.org/ns/activitystreams"
#define AP_CONTENT_TYPE "application/activity+json"
#define AP_ACCEPT                                      \
    "application/activity+json, application/ld+json; " \
    "profile=\"https://www.w3.org/ns/activitystreams\""

enum { AP_DEPTH_MAX = 32, AP_BYTES_MAX = 4 * 1024 * 1024, AP_LIST_MAX = 1000 };

/* An object, at most AP_BYTES_MAX long and AP_DEPTH_MAX deep, with nothing after it and without
 * @graph, @included or @reverse. Of repeated members the last counts. Freed with the arena. */
MUST_CHECK struct err ap_parse(struct arena *a, const void *bytes, size_t count, json_t **out);

/* --- scalar or array ------------------------------------------------------------------------
 */

size_t ap_count(const json_t *value); /* 0 for NULL and null, 1 for a scalar; <= AP_LIST_MAX */
json_t *ap_at(const json_t *value, size_t index); /* NULL past the end */
json_t *ap_first(const json_t *value);            /* ap_at(value, 0) */

/* --- string or object -----------------------------------------------------------------------
 */

/* Its id: the text itself, or the member "id" (or "@id") of an object. NULL when there is none,
 * or when it is longer than AP_URL_MAX. Not checked to be a URL. */
const char *ap_id(const json_t *value);
/* Id of the first value of a member: ap_id(ap_first(object[name])). */
const char *ap_id_of(const json_t *object, const char *name);
/* The first value of a member when it is an embedded object; else NULL. */
json_t *ap_object_of(const json_t *object, const char *name);
/* All ids of a member (to, cc, …), each once; at most AP_LIST_MAX. */
const char **ap_ids_of(struct arena *a, const json_t *object, const char *name, size_t *count);

/* --- plain members --------------------------------------------------------------------------
 */

/* First text of a member (or its "@value"); NULL when there is none. */
const char *ap_text(const json_t *object, const char *name);
/* The same of name/nameMap, content/contentMap, summary/summaryMap: the plain one, else the
 * first of the map. `language` (may be NULL) gets the map's key when the map has the same text.
 */
const char *ap_text_mapped(const json_t *object, const char *name, const char **language);
/* A whole number, also when written as text or real; `fallback` when there is none. */
int64_t ap_int(const json_t *object, const char *name, int64_t fallback);
double ap_real(const json_t *object, const char *name, double fallback);
bool ap_bool(const json_t *object, const char *name, bool fallback);
/* Milliseconds UTC of a member like "published"; `fallback` when missing or odd. */
int64_t ap_date(const json_t *object, const char *name, int64_t fallback);

/* First type, without "as:" or the vocabulary's address; "" when there is none. */
const char *ap_type(const json_t *object);
/* Is `type` one of its types? */
bool ap_is(const json_t *object, const char *type);
bool ap_is_actor(const json_t *object);     /* Person Group Service Application Organization */
bool ap_is_tombstone(const json_t *object); /* Tombstone, or formerType with deleted */

/* --- addressing -----------------------------------------------------------------------------
 */

/* The public collection in any spelling (full, as:Public, Public). */
bool ap_is_public_id(const char *id);
/* Is it in `to`? In `cc`? (Values of the members.) */
bool ap_is_public(const json_t *to, const json_t *cc);
bool ap_is_addressed(const json_t *object, const char *id); /* to cc bto bcc audience */

/* --- links ----------------------------------------------------------------------------------
 */

/* The http(s) address of a page in a member like "url": a string, a Link, or the text/html one
 * (else the first) of several. NULL when there is none. */
const char *ap_page_url(const json_t *object, const char *name);
/* The address of a picture: icon or image as string, Image, Link, or the first of an array. */
const char *ap_image_url(const json_t *object, const char *name);
const char *ap_media_type(const json_t *link); /* mediaType or mimeType; "" when missing */

/* --- who may say what -----------------------------------------------------------------------
 */

/* Is `id` an http(s) address on the same host as `url`? */
bool ap_id_on_host(const char *id, const char *url);
/* The owner of a key's document and the key in it. `document` is an actor (publicKey may be an
 * array) or a bare key. Fills key id, PEM and owner; false when it has no key `key_id` (NULL:
 * its first; an actor's own id: his only one). */
struct ap_key {
    const char *id, *owner, *pem;
};
bool ap_key_of(const json_t *document, const char *key_id, struct ap_key *out);

/* --- times ----------------------------------------------------------------------------------
 */

/* ISO 8601 as in XSD: date and time, fraction of any length, zone "Z", "+hh:mm", "+hhmm" or
 * none (UTC); a date alone is midnight. */
bool ap_date_read(const char *text, int64_t *ms);
enum { AP_DATE_TEXT = 25 };
/* "2026-01-04T12:00:00.000Z" */
char *ap_date_text(struct arena *a, int64_t ms);
/* "PT95S", "PT1M35.5S", "P1DT2H"; a bare number of seconds too. False for what is none. */
bool ap_duration_read(const char *text, int64_t *ms);
/* "PT95S": PeerTube reads the first number only, so only seconds. */
char *ap_duration_text(struct arena *a, int64_t ms);

#endif
