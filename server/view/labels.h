/* labels.h — the enumerations of the API and what people call their values.
 *
 * Spec:    api-core.md section 7 (PeerTube 8.2).
 * Memory:  labels are static; JSON belongs to the caller.
 * Threads: no shared state.
 */
#ifndef ZOE_LABELS_H
#define ZOE_LABELS_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

enum label_set {
    LABEL_CATEGORY,
    LABEL_LICENCE,
    LABEL_PRIVACY,
    LABEL_STATE,
    LABEL_COMMENTS_POLICY,
    LABEL_ROLE,
    LABEL_EMBED_POLICY,
};

const char *label_text(enum label_set set, int64_t id); /* NULL when there is no such value */
const char *language_text(const char *code);            /* NULL when unknown */
const char *language_code(const char *code);            /* the same, as static text */
bool language_is_written(const char *code);             /* not signed, not wordless */
/* What a file calls a language ("eng", "fre", "pt-BR") as the API does; NULL when unknown. */
const char *language_short(const char *code);
/* {"id", "label"}; an unset or unknown value is {"id": null, "label": "Unknown"}. */
json_t *label_json(enum label_set set, int64_t id);
json_t *language_json(const char *code); /* NULL: unset */
/* {"1": "Music", ...} */
json_t *label_map_json(enum label_set set);
json_t *language_map_json(bool for_subtitles); /* without sign languages and "no language" */

#endif
