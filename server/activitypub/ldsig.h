/* ldsig.h — LD signatures on our own flat documents, without a JSON-LD processor.
 *
 * Spec:    RsaSignature2017; URDNA2015 of documents whose every node but one has an id is the
 *          sorted list of their N-Quads (federation.md §3.4). Terms: ActivityStreams 2 and what
 *          our comments use; see the table in ldsig.c.
 * Why:     the server that owns a video forwards our comments to its other followers, and
 *          PeerTube and Mastodon believe what was forwarded only with such a signature.
 * Units:   milliseconds UTC.
 * Memory:  results in the arena; json stays the caller's.
 * Errors:  false or NULL: not a document this can canonicalise for certain. Send it unsigned.
 * Threads: no shared state.
 */
#ifndef ZOE_LDSIG_H
#define ZOE_LDSIG_H

#include "server/activitypub/keys.h"

#include <jansson.h>
#include <stdint.h>

/* Adds (or replaces) "signature". `creator` is the actor's id without fragment, as PeerTube
 * does it. `document` must have an @context of known ones that defines what it uses: AS and
 * security/v1 at least. On false `document` is unchanged. */
bool ldsig_sign(struct arena *a, json_t *document, const char *creator, struct key *key,
                int64_t now_ms);

/* Canonical N-Quads of the document without its "signature"; NULL when not supported. */
char *ldsig_canonical(struct arena *a, const json_t *document);

/* What is signed: hex SHA-256 of the options and of the document, 128 digits. */
char *ldsig_input(struct arena *a, const json_t *document, const char *creator,
                  const char *created);

#endif
