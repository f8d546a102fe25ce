/* Protects: playlists as clients and mirrors read them (names, byte ranges, rates), RFC 8216.
 */
#include "tests/unit/test.h"

#include "server/view/playlist.h"

static struct segment items[] = {
    {1000, 4000000, "aa"},
    {3000, 4004000, "bb"},
    {100, 40000, "cc"},
};
static const struct segment_list three = {items, 3, 3};

TEST(a_growing_playlist_is_an_event_with_the_planned_target)
{
    SCOPED_ARENA struct arena *a = arena_open();
    struct strbuf out = STRBUF_IN(a);
    playlist_media(&out, "x-720-fragmented.mp4", 700, &three, 6000000, false);
    CHECK_STR(out.text, "#EXTM3U\n#EXT-X-VERSION:7\n#EXT-X-TARGETDURATION:6\n"
                        "#EXT-X-MEDIA-SEQUENCE:0\n#EXT-X-PLAYLIST-TYPE:EVENT\n"
                        "#EXT-X-MAP:URI=\"x-720-fragmented.mp4\",BYTERANGE=\"700@0\"\n"
                        "#EXTINF:4.000000,\n#EXT-X-BYTERANGE:1000@700\nx-720-fragmented.mp4\n"
                        "#EXTINF:4.004000,\n#EXT-X-BYTERANGE:3000@1700\nx-720-fragmented.mp4\n"
                        "#EXTINF:0.040000,\n#EXT-X-BYTERANGE:100@4700\nx-720-fragmented.mp4\n");
}

TEST(an_ended_playlist_is_vod_with_its_true_target)
{
    SCOPED_ARENA struct arena *a = arena_open();
    struct strbuf out = STRBUF_IN(a);
    playlist_media(&out, "x", 1, &three, 60000000, true);
    CHECK(strstr(out.text, "#EXT-X-TARGETDURATION:5\n"));
    CHECK(strstr(out.text, "#EXT-X-PLAYLIST-TYPE:VOD\n"));
    CHECK_STR(out.text + out.length - 15, "#EXT-X-ENDLIST\n");
}

TEST(rates_are_the_true_peak_and_the_mean)
{
    int64_t peak, average;
    segments_rates(&three, &peak, &average);
    CHECK_INT(peak, 5995);    /* 3000 bytes in 4.004 s; the last frame does not count */
    CHECK_INT(average, 4078); /* 4100 bytes in 8.044 s */
    struct segment_list one = {items + 2, 1, 1};
    segments_rates(&one, &peak, &average);
    CHECK_INT(peak, 20000);
    CHECK_INT(average, 20000);
}

TEST(a_master_names_sound_once_and_adds_its_rate_to_every_variant)
{
    SCOPED_ARENA struct arena *a = arena_open();
    struct strbuf out = STRBUF_IN(a);
    struct variant audio = {.playlist = "a-0.m3u8",
                            .codecs = "mp4a.40.2",
                            .peak_bps = 10,
                            .average_bps = 5,
                            .label = "Audio"};
    struct sound_list sounds = {&audio, 1};
    struct variant v = {.playlist = "v-720.m3u8",
                        .codecs = "avc1.64001f",
                        .frame_rate = "30000/1001",
                        .width = 1280,
                        .height = 720,
                        .peak_bps = 100,
                        .average_bps = 50};
    playlist_master(&out, &v, 1, &sounds, NULL);
    CHECK_STR(
        out.text,
        "#EXTM3U\n#EXT-X-VERSION:7\n#EXT-X-INDEPENDENT-SEGMENTS\n"
        "#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID=\"audio\",NAME=\"Audio\",AUTOSELECT=YES,"
        "DEFAULT=YES,URI=\"a-0.m3u8\"\n"
        "#EXT-X-STREAM-INF:BANDWIDTH=110,AVERAGE-BANDWIDTH=55,RESOLUTION=1280x720,"
        "FRAME-RATE=29.970,CODECS=\"avc1.64001f,mp4a.40.2\",AUDIO=\"audio\"\nv-720.m3u8\n");
}

TEST(every_sound_track_stands_in_the_master_the_default_one_first)
{
    SCOPED_ARENA struct arena *a = arena_open();
    struct strbuf out = STRBUF_IN(a);
    struct variant tracks[] = {
        {.playlist = "a-0.m3u8", .codecs = "mp4a.40.2", .label = "English", .language = "en"},
        {.playlist = "b-0.m3u8", .codecs = "mp4a.40.2", .label = "Commentary"}};
    struct variant v = {.playlist = "v-720.m3u8", .codecs = "avc1.64001f", .peak_bps = 1};
    playlist_master(&out, &v, 1, &(struct sound_list){tracks, 2}, NULL);
    CHECK_STR(out.text,
              "#EXTM3U\n#EXT-X-VERSION:7\n#EXT-X-INDEPENDENT-SEGMENTS\n"
              "#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID=\"audio\",NAME=\"English\",AUTOSELECT=YES,"
              "DEFAULT=YES,LANGUAGE=\"en\",URI=\"a-0.m3u8\"\n"
              "#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID=\"audio\",NAME=\"Commentary\",AUTOSELECT=YES,"
              "DEFAULT=NO,URI=\"b-0.m3u8\"\n"
              "#EXT-X-STREAM-INF:BANDWIDTH=1,AVERAGE-BANDWIDTH=0,"
              "CODECS=\"avc1.64001f,mp4a.40.2\",AUDIO=\"audio\"\nv-720.m3u8\n");
}

TEST(sound_alone_is_a_variant_of_its_own)
{
    SCOPED_ARENA struct arena *a = arena_open();
    struct strbuf out = STRBUF_IN(a);
    struct variant audio = {.playlist = "a-0.m3u8",
                            .codecs = "mp4a.40.2",
                            .peak_bps = 10,
                            .average_bps = 5,
                            .label = "Audio"};
    struct sound_list sounds = {&audio, 1};
    playlist_master(&out, NULL, 0, &sounds, NULL);
    CHECK_STR(out.text,
              "#EXTM3U\n#EXT-X-VERSION:7\n#EXT-X-INDEPENDENT-SEGMENTS\n"
              "#EXT-X-STREAM-INF:BANDWIDTH=10,AVERAGE-BANDWIDTH=5,CODECS=\"mp4a.40.2\"\n"
              "a-0.m3u8\n");
}

TEST(captions_stand_in_the_master_and_in_a_playlist_of_their_own)
{
    SCOPED_ARENA struct arena *a = arena_open();
    struct strbuf out = STRBUF_IN(a), own = STRBUF_IN(a);
    struct variant v = {.playlist = "v-720.m3u8", .peak_bps = 100, .average_bps = 50};
    struct subtitle item = {"c-en.m3u8", "en", "English"};
    struct subtitle_list list = {&item, 1};
    playlist_master(&out, &v, 1, NULL, &list);
    CHECK_STR(out.text,
              "#EXTM3U\n#EXT-X-VERSION:7\n#EXT-X-INDEPENDENT-SEGMENTS\n"
              "#EXT-X-MEDIA:TYPE=SUBTITLES,GROUP-ID=\"subtitles\",NAME=\"English\",DEFAULT=NO,"
              "AUTOSELECT=NO,FORCED=NO,LANGUAGE=\"en\",URI=\"c-en.m3u8\"\n"
              "#EXT-X-STREAM-INF:BANDWIDTH=100,AVERAGE-BANDWIDTH=50,SUBTITLES=\"subtitles\"\n"
              "v-720.m3u8\n");
    playlist_captions(&own, "c-en.vtt", 4200000);
    CHECK_STR(own.text, "#EXTM3U\n#EXT-X-VERSION:7\n#EXT-X-TARGETDURATION:5\n"
                        "#EXT-X-MEDIA-SEQUENCE:0\n#EXT-X-PLAYLIST-TYPE:VOD\n"
                        "#EXTINF:4.200000,\nc-en.vtt\n#EXT-X-ENDLIST\n");
}

TEST(hashes_are_keyed_by_inclusive_ranges)
{
    SCOPED_ARENA struct arena *a = arena_open();
    struct strbuf out = STRBUF_IN(a);
    struct segment_list two = {items, 2, 2};
    playlist_sha256(&out, 700, &two);
    CHECK_STR(out.text, "{\"700-1699\":\"aa\",\"1700-4699\":\"bb\"}");
}

TEST_MAIN
