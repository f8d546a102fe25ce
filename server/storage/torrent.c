/* torrent.c — see torrent.h. */
#include "server/storage/torrent.h"

#include "base/file.h"
#include "base/strbuf.h"
#include "server/http/http.h"
#include "server/storage/virtual_mp4.h"

#include <openssl/evp.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

enum { PIECE = 2 << 20, SHA1_BYTES = 20 };

static void add_text(struct strbuf *sb, const char *text)
{
    strbuf_addf(sb, "%zu:%s", strlen(text), text);
}

static struct err hash_pieces(const struct virtual_answer *file, char *buffer,
                              struct strbuf *pieces)
{
    for (int64_t at = 0; at < file->size; at += PIECE) {
        unsigned char hash[EVP_MAX_MD_SIZE];
        int64_t bytes = file->size - at < PIECE ? file->size - at : PIECE;
        TRY(virtual_mp4_read(file, at, buffer, bytes));
        if (!EVP_Digest(buffer, (size_t)bytes, hash, NULL, EVP_sha1(), NULL))
            return FAIL(INTERNAL, "SHA-1 is not to be had");
        strbuf_add(pieces, hash, SHA1_BYTES);
    }
    return OK;
}

static struct err make(struct arena *a, const struct virtual_answer *file, const char *name,
                       const char *url, int64_t now_s, const char *path)
{
    struct strbuf pieces = STRBUF_IN(a), out = STRBUF_IN(a);
    char *buffer = malloc(PIECE);
    if (!buffer)
        abort();
    struct err e = hash_pieces(file, buffer, &pieces);
    free(buffer);
    TRY(e);
    strbuf_adds(&out, "d10:created by8:Zoetrope13:creation date");
    strbuf_addf(&out, "i%llde4:infod6:lengthi%llde4:name", (long long)now_s,
                (long long)file->size);
    add_text(&out, name);
    strbuf_addf(&out, "12:piece lengthi%de6:pieces%zu:", PIECE, pieces.length);
    strbuf_add(&out, pieces.text, pieces.length);
    strbuf_adds(&out, "e8:url-list");
    add_text(&out, url);
    strbuf_adds(&out, "e");
    return file_replace(path, out.text, out.length, false);
}

struct err torrent_make(struct arena *a, const struct virtual_answer *file, const char *name,
                        const char *url, int64_t now_s, const char *path)
{
    static pthread_mutex_t one_at_a_time = PTHREAD_MUTEX_INITIALIZER;
    if (pthread_mutex_trylock(&one_at_a_time))
        return FAIL(OVERLOADED, "another torrent is being made; ask again in a moment");
    struct err e = make(a, file, name, url, now_s, path);
    pthread_mutex_unlock(&one_at_a_time);
    return e;
}
