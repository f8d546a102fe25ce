/* ap_documents.h — what the fediverse is shown of us: actors, activities, collections,
 * comments. Videos have a file of their own, ap_video.h.
 *
 * Spec:    ActivityPub, ActivityStreams 2.0; federation.md §2.3, §5.3 and the pitfalls of §9.
 * Shape:   activities are flat where they can be, so that they can carry an LD signature; only
 *          what names terms of its own has a context of its own.
 * Memory:  JSON belongs to the caller, texts given are borrowed.
 * Threads: no shared state.
 */
#ifndef ZOE_AP_DOCUMENTS_H
#define ZOE_AP_DOCUMENTS_H

#include "server/domain/federated.h"
#include "server/view/ap_names.h"

#include <jansson.h>

enum ap_context { AP_FLAT, AP_ACTOR, AP_VIDEO, AP_NOTE, AP_CHAPTERS };
/* Puts an @context in front of a document; gives back `document`. */
json_t *ap_with_context(json_t *document, enum ap_context context);

/* An array of the texts given, up to NULL. */
json_t *ap_list(const char *first, ...) __attribute__((sentinel));

/* Person, Group or Application, ours; its public key is at hand. */
json_t *ap_actor_json(struct arena *a, const char *site_url, const struct actor_facts *f);

/* {id, type, actor, object, to, cc}; `object`, `to` and `cc` are taken over; NULL leaves them
 * out. */
json_t *ap_activity_json(const char *type, const char *id, const char *actor, json_t *object,
                         json_t *to, json_t *cc);

/* The Update that tells of an actor; without context. */
json_t *ap_actor_update_json(struct arena *a, const char *site_url,
                             const struct actor_facts *f);

struct ap_note {
    const struct comment *comment;
    const char *id, *author_id;
    const char *in_reply_to; /* a video or a comment */
    const char *video_account_id, *video_channel_id;
    const char *parent_author_id; /* NULL: none */
    struct ap_mention {
        const char *id, *handle;       /* "@name@host" */
    } mentions[NOTE_MENTIONS_MAX + 1]; /* the author it answers first */
    size_t mention_count;
};
/* A comment of ours; its `to` and `cc` are the activity's too. */
json_t *ap_note_json(struct arena *a, const struct ap_note *n);
json_t *ap_note_to(const struct ap_note *n);
json_t *ap_note_cc(struct arena *a, const struct ap_note *n);
/* Create or Update of it; without context. */
json_t *ap_note_activity_json(struct arena *a, const struct ap_note *n, bool update);

json_t *ap_tombstone_json(const char *id, const char *former, int64_t deleted_ms);

/* OrderedCollection {totalItems, first}; `first_page` is the last part of its address. */
json_t *ap_collection_json(struct arena *a, const char *id, int64_t total, int64_t first_page);
/* A page of it; `items` is taken over; next_page < 0: it is the last. */
json_t *ap_page_json(struct arena *a, const char *id, int64_t total, int64_t page,
                     int64_t next_page, json_t *items);
/* Of pages that are counted from 1 and hold `size` items. */
json_t *ap_numbered_page(struct arena *a, const char *id, int64_t total, int64_t page,
                         int64_t size, json_t *items);

#endif
