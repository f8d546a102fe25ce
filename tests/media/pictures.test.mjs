// Which picture stands for a video, the sheets of storyboards, sent pictures that are damaged, and the
// subtitles that files contain.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { tempFolder } from '../folders.mjs';
import { ffmpeg, ffprobe, must, run, transcode } from './driver.mjs';

const root = tempFolder();
const folder = name => {
    const f = path.join(root, name);
    fs.mkdirSync(f, { recursive: true });
    return f;
};

/** Mean colour of a part of a picture: [r, g, b]. */
function colourOf(file, crop = 'crop=iw:ih') {
    const raw = path.join(root, 'seen.rgb');
    ffmpeg('-i', file, '-vf', `${crop},scale=1:1:flags=area`, '-pix_fmt', 'rgb24', '-f', 'rawvideo', raw);
    return [...fs.readFileSync(raw)];
}

async function thumbnail(input, more = {}) {
    const output = folder('thumbnail');
    await must({ task: 'thumbnail', input, output, sizes: [[640, 360]], ...more });
    return path.join(output, 'thumbnail-640x360.jpg');
}

test('the picture is a sharp one: not black, not white, not blurred', async () => {
    const input = path.join(root, 'choice.mp4');
    // black, a blurred scene tinted red, the sharp scene tinted green, blurred again in blue, white
    const scene = 'testsrc2=s=640x360:r=5:d=3,format=gbrp';
    const tint = { red: 'colorchannelmixer=gg=0.4:bb=0.4', green: 'colorchannelmixer=rr=0.6:bb=0.6', blue: 'colorchannelmixer=rr=0.4:gg=0.4' };
    ffmpeg('-f', 'lavfi', '-i', 'color=black:s=640x360:r=5:d=3', '-f', 'lavfi', '-i', `${scene},${tint.red},gblur=14`,
        '-f', 'lavfi', '-i', `${scene},${tint.green}`, '-f', 'lavfi', '-i', `${scene},${tint.blue},gblur=8`,
        '-f', 'lavfi', '-i', 'color=white:s=640x360:r=5:d=3', '-filter_complex',
        '[0]format=gbrp[a];[4]format=gbrp[e];[a][1][2][3][e]concat=n=5,format=yuv420p', '-c:v', 'libx264', '-g', '5', input);
    const [r, g, b] = colourOf(await thumbnail(input));
    assert.ok(g > r * 1.1 && g > b * 1.1, `${r} ${g} ${b}`);
});

test('the picture of a moment is the one that is shown then', async () => {
    const input = path.join(root, 'moment.mkv');
    ffmpeg('-f', 'lavfi', '-i', 'color=red:s=320x180:r=10:d=2', '-f', 'lavfi', '-i', 'color=blue:s=320x180:r=10:d=2',
        '-filter_complex', 'concat=n=2', '-c:v', 'libx264', '-g', '40', '-bf', '3', input);
    for (const [at_us, colour] of [[0, 0], [1950000, 0], [2000000, 2], [3900000, 2], [9000000, 2]]) {
        const seen = colourOf(await thumbnail(input, { at_us }));
        assert.ok(seen[colour] > 200 && seen[2 - colour] < 60, `${at_us}: ${seen}`);
    }
});

test('a long video has a sheet of the whole, and finer ones', async () => {
    const seconds = 1502, input = path.join(root, 'long.mp4');
    ffmpeg('-f', 'lavfi', '-i', `color=gray:s=160x90:r=1:d=${seconds},geq=lum='16+219*T/${seconds}':cb=128:cr=128`,
        '-c:v', 'libx264', '-preset', 'ultrafast', '-g', '4', '-bf', '0', '-pix_fmt', 'yuv420p', '-movflags', '+faststart', input);
    const t = await transcode(input, path.join(root, 'long'), { settings: { resolutions: [144] } });
    const [whole, ...fine] = t.finish.storyboards;
    assert.deepEqual([whole.start_s, whole.sprite_duration_s, whole.count], [0, 13, Math.ceil(seconds / 13)]);
    assert.deepEqual(fine.map(s => [s.start_s, s.sprite_duration_s, s.count]), [[0, 10, 121], [1210, 10, 30]]);
    for (const s of [whole, ...fine]) {
        const file = path.join(t.folder, 'finish', s.file);
        const [picture] = ffprobe(file, '-show_streams').streams;
        assert.deepEqual([picture.width, picture.height], [s.total_width, s.total_height]);
        const columns = s.total_width / s.sprite_width;
        for (const n of [0, Math.floor(s.count / 2), s.count - 1]) {
            const at = s.start_s + n * s.sprite_duration_s;
            const [seen] = colourOf(file, `crop=${s.sprite_width}:${s.sprite_height}:${n % columns * s.sprite_width}:${Math.floor(n / columns) * s.sprite_height}`);
            // the key frame that follows is at most four seconds away: less than one step of grey
            assert.ok(Math.abs(seen - 255 * at / seconds) < 6, `${s.file} sprite ${n} at ${at} s: ${seen}, not ${255 * at / seconds}`);
        }
    }
});

test('text subtitles of every kind come out as WebVTT', async () => {
    const ass = path.join(root, 'a.ass');
    fs.writeFileSync(ass, `[Script Info]
ScriptType: v4.00+

[V4+ Styles]
Format: Name, Fontname, Fontsize, PrimaryColour, SecondaryColour, OutlineColour, BackColour, Bold, Italic, Underline, StrikeOut, ScaleX, ScaleY, Spacing, Angle, BorderStyle, Outline, Shadow, Alignment, MarginL, MarginR, MarginV, Encoding
Style: Default,Arial,16,&Hffffff,&Hffffff,&H0,&H0,0,0,0,0,100,100,0,0,1,1,0,2,10,10,10,0

[Events]
Format: Layer, Start, End, Style, Name, MarginL, MarginR, MarginV, Effect, Text
Dialogue: 0,0:00:00.50,0:00:01.50,Default,,0,0,0,,{\\an8\\i1}One{\\i0},, two & three\\Nlines
Dialogue: 0,0:00:02.00,0:00:03.00,Default,,0,0,0,,{\\p1}m 0 0 l 100 0 100 100{\\p0}
Dialogue: 0,0:00:02.00,0:00:03.00,Default,,0,0,0,,{\\b1}Bold {\\u1}both{\\b0} under{\\r} plain
`);
    const plain = ['-f', 'lavfi', '-i', 'testsrc2=s=160x90:r=10:d=4', '-i', ass];
    const wanted = 'WEBVTT\n\n00:00:00.500 --> 00:00:01.500\n<i>One</i>,, two &amp; three\nlines\n' +
        '\n00:00:02.000 --> 00:00:03.000\n<b>Bold <u>both</u></b><u> under</u> plain\n';
    const kinds = { ass: 'mkv', srt: 'mkv', webvtt: 'mkv', mov_text: 'mp4' };
    for (const [codec, ending] of Object.entries(kinds)) {
        const input = path.join(root, `${codec}.${ending}`), output = folder(`text-${codec}`);
        ffmpeg(...plain, '-map', '0', '-map', '1', '-c:v', 'libx264', '-c:s', codec, '-metadata:s:s:0', 'language=eng', input);
        const { probe } = (await must({ task: 'probe', input })).result;
        const [track, ...more] = (await must({ task: 'subtitles', input, output, probe })).result.subtitles;
        assert.deepEqual([more.length, track.language], [0, 'eng'], codec);
        const text = fs.readFileSync(path.join(output, track.file), 'utf8');
        // FFmpeg's writers of the other kinds know fewer tags, and write the drawing as text
        const bare = t => t.replace(/<\/?[biu]>/g, '').replace(/\n[^\n]*\nm 0 0[^\n]*\n/, '');
        assert.equal(codec === 'ass' ? text : bare(text), codec === 'ass' ? wanted : bare(wanted), codec);
        assert.equal(track.cues, codec === 'ass' || !/m 0 0/.test(text) ? 2 : 3, codec);
    }
});

let seed = 7;
const random = below => (seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0, Math.floor(seed / 2 ** 32 * below));

/** Bytes with a few others in them; the last of six is cut off. */
function damaged(whole, i) {
    const bytes = Buffer.from(whole);
    for (let n = random(12); n > 0; n--)
        bytes[random(i % 2 ? bytes.length : Math.min(bytes.length, 2048))] = random(256);
    return i === 5 ? bytes.subarray(0, 1 + random(bytes.length)) : bytes;
}

function judge(what, r) {
    assert.doesNotMatch(r.stderr, /transcoder\/\w+\.c|runtime error|LeakSanitizer/, `${what}: ${r.stderr}`);
    assert.ok(r.code === 0 ? r.result : r.error?.detail || /AddressSanitizer/.test(r.stderr), `${what}: ${r.stderr}`);
    return r.result;
}
const limits = { cpu_s: 30, memory_mib: 1024, output_mib: 64 };

test('damaged pictures are refused or read, and never more', { timeout: 300000 }, async () => {
    const output = folder('damaged');
    for (const ending of ['jpg', 'png', 'webp', 'gif', 'bmp']) {
        const file = path.join(root, `whole.${ending}`), input = path.join(root, `damaged.${ending}`);
        ffmpeg('-f', 'lavfi', '-i', 'testsrc2=s=96x64', '-frames:v', '1', file);
        const whole = fs.readFileSync(file);
        for (let i = 0; i < 6; i++) {
            fs.writeFileSync(input, damaged(whole, i));
            judge(`${ending} ${i}`, await run({ task: 'picture', input, output, sizes: [[280, 157]], limits }));
        }
    }
});

test('damaged subtitles are refused or read, and never more', { timeout: 300000 }, async () => {
    const text = path.join(root, 'damage.srt'), output = folder('damaged-text');
    fs.writeFileSync(text, Array.from({ length: 30 }, (_, i) => `${i + 1}\n00:00:0${i % 3},${100 + i} --> 00:00:03,${100 + i}\n<b>Line</b> {\\an8}${i}\n`).join('\n'));
    for (const [codec, ending] of [['ass', 'mkv'], ['webvtt', 'mkv'], ['mov_text', 'mp4']]) {
        const file = path.join(root, `whole-${codec}.${ending}`), input = path.join(root, `damaged-${codec}.${ending}`);
        ffmpeg('-f', 'lavfi', '-i', 'color=red:s=64x64:r=5:d=3', '-i', text, '-map', '0', '-map', '1', '-c:v', 'libx264', '-c:s', codec, file);
        const whole = fs.readFileSync(file);
        for (let i = 0; i < 6; i++) {
            fs.writeFileSync(input, damaged(whole, i));
            const probe = judge(`${codec} ${i}`, await run({ task: 'probe', input, limits }))?.probe;
            if (probe?.subtitles.length)
                judge(`${codec} ${i}`, await run({ task: 'subtitles', input, output, probe, limits }));
        }
    }
});
