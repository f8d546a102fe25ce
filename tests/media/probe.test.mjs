// What probe says about good files, and why it refuses bad ones; what the spec parser refuses.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { tempFolder } from '../folders.mjs';
import { clip, made } from './clips.mjs';
import { ffmpeg, must, run, transcoder } from './driver.mjs';

const root = tempFolder();

async function probe(input) {
    return (await must({ task: 'probe', input })).result.probe;
}

async function refused(input, code, words) {
    const r = await run({ task: 'probe', input });
    assert.equal(r.code, 1, `${r.signal} ${r.stderr} ${JSON.stringify(r.result)}`);
    assert.equal(r.error.code, code);
    assert.equal(r.error.retry, false);
    assert.match(r.error.detail, words);
}

test('a browser-ready MP4 is described and may be copied', async () => {
    const p = await probe(clip('plain'));
    assert.equal(p.video.codec, 'h264');
    assert.equal(p.video.copyable, true);
    assert.equal(p.video.fps, '30/1');
    assert.equal(p.video.vfr, false);
    assert.deepEqual(p.video.keyframes_us, [0, 2, 4, 6, 8, 10, 12, 14, 16, 18].map((s) => s * 1e6));
    assert.equal(p.audio.codec, 'aac');
    assert.equal(p.audio.copyable, true);
    assert.ok(Math.abs(p.duration_us - 20e6) < 50000);
    assert.equal(p.start_us, 0);
});

test('key frames are found in every container', async () => {
    for (const [name, every] of [['vp8', 2], ['ts', 2], ['fragmented', 2], ['avi', 1]]) {
        const keys = (await probe(clip(name))).video.keyframes_us;
        keys.forEach((us, i) => assert.ok(Math.abs(us - i * every * 1e6) < 45000, `${name}: ${us} at ${i}`));
    }
});

test('what may not be copied says why', async () => {
    for (const [name, why] of [['vp8', /H\.264/], ['portrait', /rotated/], ['tenbit', /8 bit/], ['interlaced', /interlaced/],
        ['opengop', /open/], ['anamorphic', /square/]]) {
        const { video } = await probe(clip(name));
        assert.equal(video.copyable, false, name);
        assert.match(video.copy_reason, why);
    }
});

test('every turn and mirroring is read', async () => {
    const source = fs.readFileSync(clip('silent'));
    const one = 0x10000;
    // The display matrix (a b c d) in the track header, and what must be done to show it upright.
    const cases = [[[one, 0, 0, one], 0, false], [[0, one, -one, 0], 90, false], [[-one, 0, 0, -one], 180, false],
        [[0, -one, one, 0], 270, false], [[-one, 0, 0, one], 0, true], [[one, 0, 0, -one], 180, true],
        [[0, one, one, 0], 90, true], [[0, -one, -one, 0], 270, true]];
    for (const [[a, b, c, d], rotation, mirror] of cases) {
        const bytes = Buffer.from(source);
        const matrix = bytes.indexOf('tkhd') + 4 + 4 + 20 + 8 + 8;
        assert.equal(bytes.readInt32BE(matrix), one);
        [a, b, 0, c, d, 0].forEach((v, i) => bytes.writeInt32BE(v, matrix + i * 4));
        const { video } = await probe(made('turned.mp4', bytes));
        assert.deepEqual([video.rotation, video.mirror], [rotation, mirror], `${[a, b, c, d]}`);
        const turned = rotation === 90 || rotation === 270;
        assert.equal(video.display_width, turned ? 240 : 426);
    }
});

test('chapters, languages, subtitles and covers are listed', async () => {
    const meta = made('chapters.txt', ';FFMETADATA1\n[CHAPTER]\nTIMEBASE=1/1\nSTART=0\nEND=3\ntitle=Über\n' +
        '[CHAPTER]\nTIMEBASE=1/1\nSTART=3\nEND=6\ntitle=Two\n');
    const text = made('text.srt', '1\n00:00:01,000 --> 00:00:02,000\nHello\n');
    const cover = path.join(root, 'cover.png');
    ffmpeg('-f', 'lavfi', '-i', 'testsrc=s=64x64', '-frames:v', '1', cover);
    const file = path.join(root, 'rich.mkv');
    ffmpeg('-i', clip('plain'), '-i', meta, '-i', text, '-map', '0', '-map', '2', '-map_metadata', '1', '-map_chapters', '1',
        '-c', 'copy', '-c:s', 'srt', '-metadata:s:a:0', 'language=fra', '-attach', cover,
        '-metadata:s:t:0', 'mimetype=image/png', file);
    const p = await probe(file);
    assert.deepEqual(p.chapters.map((c) => [Math.round(c.start_us / 1e5), c.title]), [[0, 'Über'], [30, 'Two']]);
    assert.equal(p.subtitles.length, 1);
    assert.equal(p.subtitles[0].text, true);
    assert.equal(p.audio.language, 'fra');
    assert.notEqual(p.cover, null);
    assert.equal(p.video.codec, 'h264');
});

test('a file cut off in the middle tells how much is there', async () => {
    const whole = path.join(root, 'front.mp4');
    ffmpeg('-i', clip('plain'), '-c', 'copy', '-movflags', '+faststart', whole);
    const bytes = fs.readFileSync(whole);
    const half = made('half.mp4', bytes.subarray(0, bytes.length / 2));
    const p = await probe(half);
    assert.ok(p.duration_us > 7e6 && p.duration_us < 13e6, String(p.duration_us));
    assert.match(p.notes[0], /cut off/);
});

test('what is no video is refused with a reason', async () => {
    await refused(made('fake.webm', 'this is not a video, it is text\n'), 'input_unreadable', /not a video/);
    await refused(made('empty.mp4', ''), 'input_unreadable', /empty/);
    for (let i = 0; i < 5; i++)
        await refused(made('random.mp4', randomBytes(200000)), 'input_unreadable', /./);
    const tail = fs.readFileSync(clip('plain'));
    const moov = tail.indexOf('moov');
    await refused(made('headless.mp4', tail.subarray(0, moov - 4)), 'input_unreadable', /cut off|moov/);
    const still = path.join(root, 'still.png');
    ffmpeg('-f', 'lavfi', '-i', 'testsrc=s=64x64', '-frames:v', '1', still);
    await refused(still, 'input_unreadable', /picture/);
    await refused(made('page.html', '<!DOCTYPE html><html><body>hello</body></html>'.repeat(50)), 'input_unreadable', /./);
});

test('times that jump over days are refused', async () => {
    const file = path.join(root, 'jump.mkv');
    ffmpeg('-i', clip('silent'), '-c', 'copy', '-bsf:v', "setts=pts='if(gt(N,100),PTS+40000000,PTS)':dts='if(gt(N,100),DTS+40000000,DTS)'", file);
    const r = await run({ task: 'probe', input: file });
    if (r.code === 0) // 11 hours: within the limit
        assert.ok(r.result.probe.duration_us < 13 * 3600e6);
    const far = path.join(root, 'far.mkv');
    ffmpeg('-i', clip('silent'), '-c', 'copy', '-bsf:v', "setts=pts='if(gt(N,100),PTS*100000,PTS)':dts='if(gt(N,100),DTS*100000,DTS)'", far);
    await refused(far, 'limit_exceeded', /times in the file are broken/);
});

test('a list of other files is never followed', async () => {
    const lists = {
        'list.m3u8': '#EXTM3U\n#EXT-X-TARGETDURATION:4\n#EXTINF:4,\n/etc/passwd\n#EXT-X-ENDLIST\n',
        'list.ffconcat': `ffconcat version 1.0\nfile ${clip('plain')}\n`,
        'list.mpd': '<?xml version="1.0"?><MPD xmlns="urn:mpeg:dash:schema:mpd:2011" type="static"><Period/></MPD>',
        'list.sdp': 'v=0\no=- 0 0 IN IP4 127.0.0.1\ns=x\nc=IN IP4 127.0.0.1\nt=0 0\nm=video 5000 RTP/AVP 96\n',
        'list.txt': `file '${clip('plain')}'\n`.repeat(20),
    };
    for (const [name, text] of Object.entries(lists))
        await refused(made(name, text), 'input_unreadable', /./);
});

test('a missing input is an error, not a crash', async () => {
    const r = await run({ task: 'probe', input: path.join(root, 'nothing') });
    assert.equal(r.code, 1);
    const folder = await run({ task: 'probe', input: root });
    assert.equal(folder.code, 1);
    const device = await run({ task: 'probe', input: '/dev/zero' });
    assert.equal(device.code, 1);
});

test('the input may come as a descriptor, wherever it stands', async () => {
    const fd = fs.openSync(clip('plain'), 'r');
    fs.readSync(fd, Buffer.alloc(1000));
    const r = await must({ task: 'probe', input_fd: 3 }, { fds: [fd] });
    fs.closeSync(fd);
    assert.equal(r.result.probe.video.width, 640);
});

test('a wrong spec is refused with a sentence', async () => {
    const cases = ['', '{', '[]', '{"version":2,"task":"probe"}', '{"version":1}', '{"version":1,"task":"dance"}',
        '{"version":1,"task":"probe"}', '{"version":1,"task":"chunk","input":"/x","output":"/tmp"}',
        '{"version":1,"task":"plan","probe":[]}', `{"version":1,"task":"probe","input":"${'x'.repeat(9 << 20)}"}`];
    for (const text of cases) {
        const r = await run(text);
        assert.equal(r.code, 1, text.slice(0, 80));
        assert.equal(r.error.code, 'spec_invalid', text.slice(0, 80));
        assert.ok(r.error.detail.length > 5);
    }
});

test('--help tells the contract', () => {
    assert.match(execFileSync(transcoder, ['--help'], { encoding: 'utf8' }), /spec\.json[\s\S]*probe[\s\S]*finish/);
});
