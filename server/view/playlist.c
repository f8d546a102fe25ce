/* playlist.c — see playlist.h. */
#include "server/view/playlist.h"

#include <inttypes.h>
#include <stdlib.h>

void playlist_media(struct strbuf *out, const char *file, int64_t init_bytes,
                    const struct segment_list *segments, int64_t target_us, bool ended)
{
    int64_t longest_us = ended ? 0 : target_us;
    for (size_t i = 0; i < segments->count; i++)
        if (segments->items[i].duration_us > longest_us)
            longest_us = segments->items[i].duration_us;
    strbuf_addf(out,
                "#EXTM3U\n#EXT-X-VERSION:7\n#EXT-X-TARGETDURATION:%" PRId64
                "\n#EXT-X-MEDIA-SEQUENCE:0\n#EXT-X-PLAYLIST-TYPE:%s\n"
                "#EXT-X-MAP:URI=\"%s\",BYTERANGE=\"%" PRId64 "@0\"\n",
                (longest_us + 999999) / 1000000, ended ? "VOD" : "EVENT", file, init_bytes);
    int64_t offset = init_bytes;
    for (size_t i = 0; i < segments->count; i++) {
        const struct segment *s = &segments->items[i];
        strbuf_addf(out,
                    "#EXTINF:%" PRId64 ".%06" PRId64 ",\n#EXT-X-BYTERANGE:%" PRId64 "@%" PRId64
                    "\n%s\n",
                    s->duration_us / 1000000, s->duration_us % 1000000, s->bytes, offset, file);
        offset += s->bytes;
    }
    if (ended)
        strbuf_adds(out, "#EXT-X-ENDLIST\n");
}

void segments_rates(const struct segment_list *segments, int64_t *peak_bps,
                    int64_t *average_bps)
{
    int64_t bytes = 0, duration_us = 0, peak = 0;
    for (size_t i = 0; i < segments->count; i++) {
        const struct segment *s = &segments->items[i];
        bytes += s->bytes;
        duration_us += s->duration_us;
        /* a last segment of a few frames says nothing about the rate that a player must carry
         */
        if (s->duration_us >= 500000 || segments->count == 1) {
            int64_t us = s->duration_us > 0 ? s->duration_us : 1;
            int64_t rate = (int64_t)((double)s->bytes * 8e6 / (double)us + 0.999999);
            if (rate > peak)
                peak = rate;
        }
    }
    *average_bps =
        duration_us > 0 ? (int64_t)((double)bytes * 8e6 / (double)duration_us + 0.999999) : 0;
    *peak_bps = peak > *average_bps ? peak : *average_bps;
}

void playlist_captions(struct strbuf *out, const char *file, int64_t duration_us)
{
    strbuf_addf(out,
                "#EXTM3U\n#EXT-X-VERSION:7\n#EXT-X-TARGETDURATION:%" PRId64
                "\n#EXT-X-MEDIA-SEQUENCE:0\n#EXT-X-PLAYLIST-TYPE:VOD\n"
                "#EXTINF:%" PRId64 ".%06" PRId64 ",\n%s\n#EXT-X-ENDLIST\n",
                (duration_us + 999999) / 1000000, duration_us / 1000000, duration_us % 1000000,
                file);
}

static void stream_inf(struct strbuf *out, const struct variant *v, const struct variant *audio,
                       bool subtitles)
{
    strbuf_addf(out, "#EXT-X-STREAM-INF:BANDWIDTH=%" PRId64 ",AVERAGE-BANDWIDTH=%" PRId64,
                v->peak_bps + (audio ? audio->peak_bps : 0),
                v->average_bps + (audio ? audio->average_bps : 0));
    if (v->width)
        strbuf_addf(out, ",RESOLUTION=%dx%d", v->width, v->height);
    if (v->frame_rate) {
        char *rest;
        double n = strtod(v->frame_rate, &rest), d = *rest == '/' ? strtod(rest + 1, NULL) : 1;
        if (n > 0 && d > 0)
            strbuf_addf(out, ",FRAME-RATE=%.3f", n / d);
    }
    if (v->codecs)
        strbuf_addf(out, ",CODECS=\"%s%s%s\"", v->codecs, audio && audio->codecs ? "," : "",
                    audio && audio->codecs ? audio->codecs : "");
    strbuf_addf(out, "%s%s\n%s\n", audio ? ",AUDIO=\"audio\"" : "",
                subtitles ? ",SUBTITLES=\"subtitles\"" : "", v->playlist);
}

static void media_sounds(struct strbuf *out, const struct sound_list *sounds)
{
    for (size_t i = 0; i < sounds->count; i++) {
        const struct variant *v = &sounds->items[i];
        strbuf_addf(out,
                    "#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID=\"audio\",NAME=\"%s\",AUTOSELECT=YES,"
                    "DEFAULT=%s,",
                    v->label, i ? "NO" : "YES");
        if (v->language)
            strbuf_addf(out, "LANGUAGE=\"%s\",", v->language);
        strbuf_addf(out, "URI=\"%s\"\n", v->playlist);
    }
}

void playlist_master(struct strbuf *out, const struct variant *variants, size_t count,
                     const struct sound_list *sounds, const struct subtitle_list *subtitles)
{
    const struct variant *audio = sounds && sounds->count ? sounds->items : NULL;
    const size_t subtitle_count = subtitles ? subtitles->count : 0;
    strbuf_adds(out, "#EXTM3U\n#EXT-X-VERSION:7\n#EXT-X-INDEPENDENT-SEGMENTS\n");
    for (size_t i = 0; i < subtitle_count; i++) {
        const struct subtitle *s = &subtitles->items[i];
        strbuf_addf(out,
                    "#EXT-X-MEDIA:TYPE=SUBTITLES,GROUP-ID=\"subtitles\",NAME=\"%s\","
                    "DEFAULT=NO,AUTOSELECT=NO,FORCED=NO,LANGUAGE=\"%s\",URI=\"%s\"\n",
                    s->label, s->language, s->playlist);
    }
    if (count && audio)
        media_sounds(out, sounds);
    for (size_t i = 0; i < count; i++)
        stream_inf(out, &variants[i], audio, subtitle_count > 0);
    if (!count && audio)
        stream_inf(out, audio, NULL, subtitle_count > 0);
}

void playlist_sha256(struct strbuf *out, int64_t init_bytes,
                     const struct segment_list *segments)
{
    int64_t offset = init_bytes;
    strbuf_adds(out, "{");
    for (size_t i = 0; i < segments->count; i++) {
        const struct segment *s = &segments->items[i];
        strbuf_addf(out, "%s\"%" PRId64 "-%" PRId64 "\":\"%s\"", i ? "," : "", offset,
                    offset + s->bytes - 1, s->sha256);
        offset += s->bytes;
    }
    strbuf_adds(out, "}");
}
