/* ap_note.h — comments of ours, from rows to what ap_documents.h shows of them.
 *
 * Memory:  texts live in the arena.
 * Threads: no shared state.
 */
#ifndef ZOE_AP_NOTE_H
#define ZOE_AP_NOTE_H

#include "server/domain/federated.h"
#include "server/view/ap_documents.h"

const char *ap_comment_id(struct arena *a, const char *site_url, const struct comment *c);
const char *ap_brief_id(struct arena *a, const char *site_url, const struct video_brief *v);
struct ap_note ap_note_of(struct arena *a, const char *site_url, const struct note_facts *f);

#endif
