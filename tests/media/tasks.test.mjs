// Tasks one by one: resuming, repeating, limits, thumbnails, broken rungs.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { tempFolder } from '../folders.mjs';
import { clip, made } from './clips.mjs';
import { decodeComplaints, ffmpeg, ffprobe, must, run, transcode } from './driver.mjs';

const root = tempFolder();

function folder(name) {
    const f = path.join(root, name);
    fs.mkdirSync(f, { recursive: true });
    return f;
}

async function prepare(input, settings = {}) {
    const { probe } = (await must({ task: 'probe', input })).result;
    const { plan } = (await must({ task: 'plan', probe, settings })).result;
    return { input, probe, plan };
}

test('head and audio go on where they stopped, byte for byte', async () => {
    for (const [name, settings] of [['plain', {}], ['vp8', {}], ['ts', {}]]) {
        const w = await prepare(clip(name), settings);
        for (const task of w.plan.head.mode === 'copy' ? ['head', 'audio'] : ['audio']) {
            const whole = folder(`${name}-${task}-whole`), rest = folder(`${name}-${task}-rest`);
            const a = await must({ task, ...w, output: whole, threads: 2 });
            const b = await must({ task, ...w, output: rest, threads: 2, skip_segments: 1 });
            const rung = task === 'audio' ? '0' : w.plan.head.rung;
            const first = a.events.find((e) => e.event === 'segment');
            const all = fs.readFileSync(path.join(whole, `${rung}.m4s`));
            assert.ok(all.subarray(first.size).equals(fs.readFileSync(path.join(rest, `${rung}.m4s`))), `${name} ${task}`);
            assert.ok(fs.readFileSync(path.join(whole, `${rung}.init.mp4`))
                .equals(fs.readFileSync(path.join(rest, `${rung}.init.mp4`))));
            assert.equal(b.events.find((e) => e.event === 'segment').index, 1);
        }
    }
});

test('a chunk done twice gives the same bytes', async () => {
    const w = await prepare(clip('vp8'), { chunk_s: 6 });
    const spec = { task: 'chunk', ...w, chunk: 1, rungs: ['240', '144'], threads: 2 };
    await must({ ...spec, output: folder('once') });
    await must({ ...spec, output: folder('twice') });
    for (const rung of ['240', '144'])
        assert.ok(fs.readFileSync(path.join(root, 'once', `${rung}.m4s`))
            .equals(fs.readFileSync(path.join(root, 'twice', `${rung}.m4s`))));
});

test('segments come as they are made', async () => {
    const w = await prepare(clip('plain'));
    const r = await must({ task: 'head', ...w, output: folder('stream') });
    const kinds = r.events.map((e) => e.event).filter((e) => e !== 'progress');
    assert.equal(kinds[0], 'init');
    assert.equal(kinds.at(-1), 'result');
});

test('killed in the middle it leaves nothing but its folder', async () => {
    const w = await prepare(clip('sixty'));
    const output = folder('killed');
    const r = await run({ task: 'chunk', ...w, chunk: 0, rungs: ['480', '360'], output },
        { onEvent: (_, child) => child.kill('SIGKILL') });
    assert.equal(r.signal, 'SIGKILL');
    assert.deepEqual(fs.readdirSync(output).sort(), ['360.init.mp4', '360.m4s', '480.init.mp4', '480.m4s']);
});

test('output is limited, with a reason', async () => {
    const w = await prepare(clip('sixty'));
    const r = await run({ task: 'head', ...w, output: folder('limited'), limits: { output_mib: 0 } });
    assert.equal(r.code, 1);
    assert.equal(r.error.code, 'limit_exceeded');
});

const sizes = [[280, 157], [850, 480], [1280, 720], [1920, 1080], [1400, 1400]];
for (const name of ['plain', 'portrait', 'tiny', 'hdr', 'mp3', 'interlaced', 'odd', 'full444', 'oneframe', 'anamorphic'])
    test(`thumbnails of ${name}`, async () => {
        const output = folder(`thumbnail-${name}`);
        const r = await must({ task: 'thumbnail', input: clip(name), output, sizes });
        assert.equal(r.result.thumbnails.length, sizes.length);
        for (const { file, width, height } of r.result.thumbnails) {
            const [s] = ffprobe(path.join(output, file), '-show_streams').streams;
            assert.deepEqual([s.codec_name, s.width, s.height], ['mjpeg', width, height]);
            // FFmpeg 5.1 says so of some of its own pictures, too.
            const words = decodeComplaints(path.join(output, file)).replace(/.*EOI missing, emulating/, '');
            assert.equal(words, '');
        }
    });

test('a sound file shows its cover', async () => {
    const cover = path.join(root, 'cover.jpg'), file = path.join(root, 'covered.mp3');
    ffmpeg('-f', 'lavfi', '-i', 'color=red:s=300x300', '-frames:v', '1', cover);
    ffmpeg('-i', clip('mp3'), '-i', cover, '-map', '0:a', '-map', '1', '-c', 'copy', '-disposition:v', 'attached_pic', file);
    const { probe } = (await must({ task: 'probe', input: file })).result;
    assert.equal(probe.video, null);
    assert.notEqual(probe.cover, null);
    const output = folder('cover');
    await must({ task: 'thumbnail', input: file, output, probe, sizes: [[200, 200]] });
    const raw = path.join(root, 'cover.rgb');
    ffmpeg('-i', path.join(output, 'thumbnail-200x200.jpg'), '-vf', 'scale=1:1', '-pix_fmt', 'rgb24', '-f', 'rawvideo', raw);
    const [r, g, b] = fs.readFileSync(raw);
    assert.ok(r > 200 && g < 60 && b < 60, `${r} ${g} ${b}`);
});

test('colours survive: limited, full, RGB and BT.601 sources', async () => {
    const colours = { red: [255, 0, 0], lime: [0, 255, 0], blue: [0, 0, 255], gray: [128, 128, 128], white: [255, 255, 255] };
    const kinds = {
        limited: ['-vf', 'scale=out_color_matrix=bt709:out_range=tv', '-pix_fmt', 'yuv420p', '-color_range', 'tv', '-colorspace', 'bt709'],
        full: ['-vf', 'scale=out_color_matrix=bt709:out_range=pc', '-pix_fmt', 'yuvj420p', '-color_range', 'pc', '-colorspace', 'bt709'],
        bt601: ['-vf', 'scale=out_color_matrix=bt601:out_range=tv', '-pix_fmt', 'yuv420p', '-color_range', 'tv', '-colorspace', 'smpte170m'],
        untagged: ['-vf', 'scale=out_color_matrix=bt601:out_range=tv', '-pix_fmt', 'yuv420p'],
        rgb: ['-pix_fmt', 'bgr0'],
    };
    for (const [kind, how] of Object.entries(kinds)) {
        for (const [colour, rgb] of Object.entries(colours)) {
            const input = path.join(root, `${kind}-${colour}.mkv`);
            ffmpeg('-f', 'lavfi', '-i', `color=${colour}:s=320x240:r=10:d=1`, ...how, '-c:v', 'ffv1', input);
            const t = await transcode(input, path.join(root, 'colour'), { settings: { resolutions: [144] } });
            for (const rung of t.pictures) {
                const raw = path.join(root, 'colour.rgb');
                const [s] = ffprobe(rung.file, '-show_streams').streams;
                assert.equal(s.color_range, 'tv');
                const matrix = s.color_space === 'bt709' ? 'bt709' : 'bt601';
                ffmpeg('-i', rung.file, '-frames:v', '1', '-vf', `scale=in_color_matrix=${matrix}:in_range=tv`,
                    '-pix_fmt', 'rgb24', '-f', 'rawvideo', raw);
                const seen = [...fs.readFileSync(raw).subarray(3 * 160, 3 * 160 + 3)];
                seen.forEach((v, i) => assert.ok(Math.abs(v - rgb[i]) < 14, `${kind} ${colour} ${rung.name}: ${seen}`));
            }
        }
    }
});

test('finish refuses rungs that are not whole', async () => {
    const t = await transcode(clip('plain'), path.join(root, 'broken'), { settings: { resolutions: [144] } });
    const rung = t.pictures.at(-1);
    const bytes = fs.readFileSync(rung.file);
    const [first, second] = rung.segments;
    const start = rung.init.size;
    const cases = {
        'cut off': bytes.subarray(0, bytes.length - 100),
        'without its second segment': Buffer.concat([bytes.subarray(0, start + first.size),
            bytes.subarray(start + first.size + second.size)]),
        'with a segment twice': Buffer.concat([bytes.subarray(0, start + first.size), bytes.subarray(start)]),
        'without init': bytes.subarray(start),
        empty: Buffer.alloc(0),
        'the init alone': bytes.subarray(0, start),
    };
    for (const [what, content] of Object.entries(cases)) {
        const r = await run({ task: 'finish', output: folder('refused'), rungs: [{ name: '144', file: made('broken.mp4', content) }] });
        assert.equal(r.code, 1, what);
        assert.equal(r.error.code, 'rung_broken', what);
        assert.match(r.error.detail, /144/, what);
    }
});

test('the storyboard has the sizes it says', async () => {
    const t = await transcode(clip('plain'), path.join(root, 'board'), { settings: { resolutions: [144] } });
    const [b, ...more] = t.finish.storyboards;
    assert.deepEqual([more, b.start_s], [[], 0]);
    assert.equal(b.sprite_duration_s, 1);
    assert.equal(b.count, 20);
    const [s] = ffprobe(path.join(t.folder, 'finish', b.file), '-show_streams').streams;
    assert.deepEqual([s.width, s.height], [b.total_width, b.total_height]);
    assert.deepEqual([b.sprite_width, b.sprite_height], [192, 108]);
});
