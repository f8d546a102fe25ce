/* page.h — our HTML pages: the shell that the web client takes over, and what is readable and
 * playable without it.
 *
 * Shape:   a page is a shell (head, header, <div id="app">, data for the client in #boot)
 *          around content written by one of the page_… functions. Class names are those of the
 *          web client (web/README.md).
 * Safety:  every text goes through strbuf_add_html or, in JSON, has its "<" escaped.
 * Memory:  as the strbuf.
 * Threads: no shared state.
 */
#ifndef ZOE_PAGE_H
#define ZOE_PAGE_H

#include "base/strbuf.h"
#include "server/domain/account.h"
#include "server/domain/video.h"

#include <stdbool.h>

/* The Content-Security-Policy: scripts, styles and pictures of ours only; streams also of other
 * sites when we federate (over http too in tests, when `insecure`). */
const char *page_csp(struct arena *a, bool framed, bool federation, bool insecure);

struct page_shell {
    const char *site_url, *site_name;
    const char *title;       /* NULL: the site's name only */
    const char *description; /* NULL: none */
    const char *canonical;   /* path; NULL: none */
    const char *activity;    /* id of what it shows, in the fediverse; NULL: none */
    bool noindex;
    const char *head;                         /* more of <head>, as HTML; NULL: none */
    const char *content;                      /* of #app, as HTML */
    const char *boot;                         /* JSON for the client; its "<" is escaped here */
    const char *style, *script, *icon, *logo; /* paths of the client's files; NULL: not built */
    const char *shared;           /* the script that `script` begins with; NULL: none */
    const char *preload;          /* one more script that the client will want; NULL: none */
    const char *query;            /* in the search box; NULL: none */
    bool signed_in, signup, bare; /* bare: no header (embed) */
};
void page_shell_html(struct strbuf *sb, const struct page_shell *page);

/* What is shared and shown of a video in <head>: OpenGraph, Twitter card, JSON-LD, oEmbed. */
void page_video_head(struct strbuf *sb, const char *site_url, const char *site_name,
                     const struct video *v, const char *mp4_url);

struct caption_list; /* server/domain/caption.h */
struct page_watch {
    const char *site_url;
    const struct video *video;
    const char *mp4, *hls;               /* paths of sources; NULL: not there yet */
    const struct caption_list *captions; /* NULL: none */
    bool bare;
};
void page_watch_html(struct strbuf *sb, const struct page_watch *page);
void page_videos_html(struct strbuf *sb, const char *heading, const struct video_list *list,
                      const char *path, int start, int count);
struct page_actor {
    const struct actor *actor;
    const struct video_list *videos;
    const char *host; /* of this site */
    const char *path;
    int start, count;
};
void page_actor_html(struct strbuf *sb, const struct page_actor *page);
/* A heading and one sentence. `code`: a status, shown large; NULL: none. `text` NULL: that the
 * page needs JavaScript. */
void page_message_html(struct strbuf *sb, const char *code, const char *heading,
                       const char *text);

#endif
