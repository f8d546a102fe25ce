/* federated.c — see federated.h. */
#include "server/domain/federated.h"

#include "server/storage/storage.h"
#include "server/storage/virtual_mp4.h"

struct err video_parts(struct db *db, const struct storage *s, struct arena *a,
                       const struct video *v, struct video_parts *out)
{
    *out = (struct video_parts){0};
    TRY(video_files(db, a, v->id, &out->files));
    TRY(video_storyboard(db, a, v->id, &out->storyboard));
    out->web_bytes = arena_alloc(a, (out->files.count + 1) * sizeof *out->web_bytes);
    for (size_t i = 0; i < out->files.count; i++) {
        const struct video_file *f = &out->files.items[i];
        const char *map = arena_printf(a, "%s-%d.map", f->file_uuid, f->resolution);
        out->web_bytes[i] =
            f->done
                ? virtual_mp4_size(storage_hls_file(s, a, v->uuid, video_is_private(v), map))
                : -1;
    }
    return OK;
}

bool video_is_open(const struct video *v)
{
    return !*v->account.host && !video_is_private(v) && v->state == VIDEO_PUBLISHED;
}

struct err note_facts(struct db *db, struct arena *a, int64_t comment_id,
                      struct note_facts *out)
{
    *out = (struct note_facts){0};
    TRY(comment_get(db, a, comment_id, &out->comment));
    TRY(video_brief(db, a, out->comment.video_id, &out->video));
    TRY(remote_actor_get_by_id(db, a, out->video.channel_id, &out->channel));
    if (out->video.account_id)
        TRY(remote_actor_get_by_id(db, a, out->video.account_id, &out->account));
    if (out->comment.parent_id)
        TRY(comment_get(db, a, out->comment.parent_id, &out->parent));
    return OK;
}
