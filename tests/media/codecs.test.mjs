// Profiles, the second codec, hardware encoders and the scaling tree of the ladder.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { tempFolder } from '../folders.mjs';
import { clip } from './clips.mjs';
import { ffmpeg, ffprobe, must, run, transcode } from './driver.mjs';
import { judge } from './judge.mjs';

const root = tempFolder();

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

test('scaled rungs are as near to the source as if each were scaled from it at once', { timeout: 300000 }, async () => {
    const input = path.join(root, 'sharp.mkv');
    ffmpeg('-f', 'lavfi', '-i', 'color=c=0xf4f4ee:s=1280x720:r=5', '-vf', "drawtext=text='Bounded queues, one producer':fontsize=44:x=80:y=80," +
        "drawtext=text='Either end may leave':fontsize=36:x=120:y=300", '-t', '1', '-c:v', 'ffv1', '-pix_fmt', 'yuv420p', input);
    const t = await transcode(input, folder('sharp'), { settings: { resolutions: [144, 240, 360, 480], profile: 'small' } });
    const raw = (file, ...filter) => {
        const out = path.join(root, 'raw.yuv');
        ffmpeg('-i', file, ...filter, '-frames:v', '1', '-pix_fmt', 'gray', '-f', 'rawvideo', out);
        return fs.readFileSync(out);
    };
    for (const { name, file } of t.pictures.slice(1)) {
        const { width, height } = t.plan.rungs.find((r) => r.name === name);
        const made = raw(file), wanted = raw(input, '-vf', `scale=${width}:${height}:flags=bicubic`);
        assert.equal(made.length, wanted.length);
        const squares = made.reduce((sum, v, i) => sum + (v - wanted[i]) ** 2, 0);
        const psnr = 10 * Math.log10(255 ** 2 / (squares / made.length));
        assert.ok(psnr > 42, `${name}: ${psnr.toFixed(1)} dB`);
    }
});
