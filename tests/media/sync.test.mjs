// Sound and picture stay together: a clip that flashes and beeps once a second, at its start, its end and
// across the borders of chunks, for copied and for encoded pictures and sounds.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { tempFolder } from '../folders.mjs';
import { ffmpeg, transcode } from './driver.mjs';
import { decode, judgeVirtual } from './judge.mjs';

const root = tempFolder();

const SECONDS = 7;
const flash = ['-f', 'lavfi', '-i', `color=black:s=192x108:r=25:d=${SECONDS},drawbox=c=white:t=fill:enable='lt(mod(t,1),0.08)'`];
const beep = ['-f', 'lavfi', '-i', `aevalsrc='0.5*sin(2*PI*1000*t)*lt(mod(t,1),0.08)':s=48000:d=${SECONDS}`];
const x264 = ['-c:v', 'libx264', '-preset', 'ultrafast', '-pix_fmt', 'yuv420p', '-g', '25', '-keyint_min', '25', '-sc_threshold', '0', '-bf', '2'];

const cases = {
    copied: ['mp4', [...flash, ...beep, ...x264, '-c:a', 'aac']],
    encoded: ['mkv', [...flash, ...beep, '-c:v', 'mpeg4', '-q:v', '3', '-g', '25', '-c:a', 'libmp3lame']],
    opus: ['webm', [...flash, ...beep, '-c:v', 'libvpx', '-deadline', 'realtime', '-cpu-used', '8', '-g', '25', '-c:a', 'libopus']],
    broadcast: ['ts', [...flash, ...beep, '-c:v', 'mpeg2video', '-q:v', '3', '-g', '12', '-bf', '2', '-c:a', 'mp2', '-ar', '44100']],
    flac: ['mkv', [...flash, ...beep, ...x264, '-c:a', 'flac']],
};

const rises = (list) => list.filter((on, i) => on.on && !list[i - 1]?.on).map((on) => on.at);

function flashes(file) {
    const { times, look } = decode(file);
    return rises(times.map((at, i) => ({ at, on: look(i)[500] > 128 })));
}

function beeps(file) {
    const r = spawnSync('ffmpeg', ['-v', 'error', '-nostdin', '-i', file, '-map', '0:a', '-af', 'aresample=48000:async=1:first_pts=0', '-ac', '1',
        '-f', 'f32le', '-'], { maxBuffer: 1 << 28, timeout: 120000 });
    const x = new Float32Array(r.stdout.buffer, r.stdout.byteOffset, r.stdout.length >> 2);
    const step = 96, list = [];
    for (let i = 0; i + step <= x.length; i += step)
        list.push({ at: i / 48000, on: Math.hypot(...x.subarray(i, i + step)) > 1 });
    return rises(list);
}

for (const [name, [ending, args]] of Object.entries(cases))
    test(`sound and picture together: ${name}`, { timeout: 300000 }, async () => {
        const file = path.join(root, `${name}.${ending}`);
        ffmpeg(...args, file);
        const t = await transcode(file, path.join(root, name), { settings: { resolutions: [72], chunk_s: 2, segment_s: 1 } });
        for (const rung of t.pictures) {
            const whole = judgeVirtual(t, rung), seen = flashes(whole), heard = beeps(whole);
            assert.equal(seen.length, SECONDS, `${rung.name}: flashes at ${seen}`);
            assert.equal(heard.length, SECONDS, `${rung.name}: beeps at ${heard}`);
            seen.forEach((at, i) => assert.ok(Math.abs(at - heard[i]) < 0.04, `${rung.name}: flash at ${at}, beep at ${heard[i]}`));
        }
    });
