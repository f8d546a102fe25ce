// Profiles, the second codec, hardware encoders and the scaling tree of the ladder.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { clip } from './clips.mjs';
import { ffmpeg, ffprobe, must, run, tempFolder, transcode } from './driver.mjs';
import { judge } from './judge.mjs';

const root = tempFolder();
process.on('exit', () => fs.rmSync(root, { recursive: true, force: true }));

async function prepare(input, settings) {
    const { probe } = (await must({ task: 'probe', input })).result;
    const { plan } = (await must({ task: 'plan', probe, settings })).result;
    return { input, probe, plan };
}

function folder(name) {
    const f = path.join(root, name);
    fs.mkdirSync(f, { recursive: true });
    return f;
}

test('AV1 rungs stand behind those of H.264 and are cut at the same times', { timeout: 300000 }, async () => {
    const input = clip('vp8');
    const t = await transcode(input, folder('av1'), { settings: { resolutions: [144, 240], keep_original: false, av1_resolutions: [144, 1080], chunk_s: 6 } });
    assert.deepEqual(t.plan.rungs.map((r) => [r.name, r.codec]), [['240', 'h264'], ['144', 'h264'], ['144-av1', 'av1']]);
    assert.equal(t.plan.head.rung, '240', 'the head is H.264');
    judge(t, input);
    const [h264, av1] = t.pictures.slice(-2);
    assert.match(av1.init.codecs, /^av01\.0\.\d\d[MH]\.08$/);
    assert.deepEqual(av1.segments.map((s) => s.start_us), h264.segments.map((s) => s.start_us));
    const [s] = ffprobe(av1.file, '-show_streams').streams;
    assert.deepEqual([s.codec_name, s.codec_tag_string, s.profile], ['av1', 'av01', 'Main']);
});

test('every profile makes a good stream; small is smaller than fast', { timeout: 300000 }, async () => {
    const input = path.join(root, 'detail.mkv');
    ffmpeg('-f', 'lavfi', '-i', 'mandelbrot=s=640x360:r=25:start_scale=0.4:end_scale=0.05', '-t', '5', '-c:v', 'mpeg4', '-q:v', '2', input);
    const bytes = {};
    for (const profile of ['fast', 'balanced', 'small']) {
        const t = await transcode(input, folder(profile), { settings: { profile, resolutions: [240] } });
        assert.equal(t.plan.profile, profile);
        judge(t, input);
        bytes[profile] = t.pictures.reduce((a, p) => a + fs.statSync(p.file).size, 0);
    }
    assert.ok(bytes.small < bytes.fast, JSON.stringify(bytes));
});

test('a profile, codec or encoder that does not exist is refused', async () => {
    const { probe } = await prepare(clip('vp8'), {});
    for (const settings of [{ profile: 'turbo' }, { hardware: 'abacus' }, { av1_resolutions: [7] }]) {
        const r = await run({ task: 'plan', probe, settings });
        assert.equal(r.error.code, 'spec_invalid', JSON.stringify(settings));
    }
});

for (const hardware of ['vaapi', 'qsv', 'nvenc'])
    test(`${hardware} where there is none says so at once, and for good`, {
        skip: fs.existsSync('/dev/dri') || fs.existsSync('/dev/nvidiactl') ? 'this machine has a device' : false,
    }, async () => {
        const w = await prepare(clip('vp8'), { hardware, resolutions: [144] });
        assert.equal(w.plan.hardware, hardware);
        const r = await run({ task: 'chunk', ...w, output: folder(hardware), chunk: 0, rungs: ['144'] });
        assert.equal(r.code, 1);
        assert.equal(r.error.code, 'hardware_failed');
        assert.equal(r.error.retry, false);
        assert.match(r.error.detail, new RegExp(hardware));
    });

test('scaled rungs are as sharp as if each were scaled from the source', { timeout: 300000 }, async () => {
    const input = path.join(root, 'sharp.mp4');
    ffmpeg('-f', 'lavfi', '-i', 'testsrc2=s=1280x720:r=25', '-t', '2', '-c:v', 'libx264', '-preset', 'veryfast', '-crf', '10',
        '-pix_fmt', 'yuv420p', input);
    const t = await transcode(input, folder('sharp'), { settings: { resolutions: [360, 480, 240, 144], profile: 'small' } });
    for (const rung of t.pictures.filter((p) => p.name !== '720')) {
        const { width, height } = t.plan.rungs.find((r) => r.name === rung.name);
        const raw = (file, ...filter) => {
            const out = path.join(root, 'raw.yuv');
            ffmpeg('-i', file, ...filter, '-frames:v', '1', '-pix_fmt', 'gray', '-f', 'rawvideo', out);
            return fs.readFileSync(out);
        };
        const made = raw(rung.file), wanted = raw(input, '-vf', `scale=${width}:${height}:flags=bicubic`);
        assert.equal(made.length, wanted.length);
        let squares = 0;
        for (let i = 0; i < made.length; i++)
            squares += (made[i] - wanted[i]) ** 2;
        const psnr = 10 * Math.log10(255 ** 2 / (squares / made.length));
        assert.ok(psnr > 29, `${rung.name}: ${psnr.toFixed(1)} dB`);
    }
});
