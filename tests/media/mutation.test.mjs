// Flipped, cut and repeated bytes in every kind of container, through every task: an answer or an
// error comes each time, in bounded time, and our own code never trips a sanitizer.
// MUTATIONS=n sets how many versions of each clip are tried (default 4).
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { tempFolder } from '../folders.mjs';
import { ffmpeg, run } from './driver.mjs';

const count = Number(process.env.MUTATIONS ?? 4);
const root = tempFolder();

// A small generator, so that a failure can be repeated from its seed.
function randomOf(seed) {
    let s = seed >>> 0 || 1;
    return (below) => {
        s = (Math.imul(s, 1664525) + 1013904223) >>> 0;
        return Math.floor(s / 2 ** 32 * below);
    };
}

function mutate(bytes, seed) {
    const random = randomOf(seed), out = Buffer.from(bytes);
    const head = random(2) ? Math.min(out.length, 4096) : out.length; // headers matter most
    for (let i = 1 + random(20); i > 0; i--)
        out[random(head)] = random(3) ? random(256) : [0, 255, 127, 128][random(4)];
    switch (random(5)) {
    case 0: return out.subarray(0, 1 + random(out.length));
    case 1: return Buffer.concat([out, out.subarray(random(out.length))]);
    default: return out;
    }
}

const source = ['-f', 'lavfi', '-i', 'testsrc2=s=160x90:r=25:d=5', '-f', 'lavfi', '-i', 'sine=d=5', '-threads', '2'];
const clips = {
    mp4: ['-c:v', 'libx264', '-g', '25', '-c:a', 'aac', '-movflags', '+faststart'],
    mkv: ['-c:v', 'libx264', '-g', '25', '-c:a', 'libvorbis'],
    webm: ['-c:v', 'libvpx', '-cpu-used', '8', '-deadline', 'realtime', '-c:a', 'libopus'],
    ts: ['-c:v', 'libx264', '-g', '25', '-c:a', 'aac'],
    avi: ['-c:v', 'mpeg4', '-c:a', 'libmp3lame'],
    ogg: ['-c:v', 'libtheora', '-c:a', 'libvorbis'],
    mov: ['-c:v', 'prores_ks', '-profile:v', '4', '-pix_fmt', 'yuva444p10le', '-c:a', 'pcm_s16le', '-movflags', '+frag_keyframe+empty_moov'],
    mpg: ['-c:v', 'mpeg2video', '-flags', '+ilme+ildct', '-c:a', 'mp2'],
    gif: ['-map', '0', '-t', '1'],
    mp3: ['-map', '1', '-c:a', 'libmp3lame'],
    flac: ['-map', '1', '-c:a', 'flac'],
    flv: ['-c:v', 'flv', '-c:a', 'libmp3lame', '-ar', '44100'],
};

// A decoder of libav's may crash on hostile input; that is what the sandbox is for. What must not
// happen is a hang, an answer that is no answer, or a report about our own code.
async function check(what, spec) {
    const r = await run({ ...spec, threads: 2, limits: { cpu_s: 60, memory_mib: 1024, output_mib: 256 } });
    assert.ok(r.ms < 120000, `${what}: ${r.ms} ms`);
    assert.doesNotMatch(r.stderr, /transcoder\/\w+\.c|runtime error|LeakSanitizer/, `${what}: ${r.stderr}`);
    if (r.code === 0)
        assert.ok(r.result, `${what}: no result`);
    else if (r.code === 1 && !/AddressSanitizer/.test(r.stderr))
        assert.ok(r.error?.detail, `${what}: no reason; ${r.stderr}`);
    return r.result;
}

for (const [ending, args] of Object.entries(clips))
    test(`mutations of ${ending}`, { timeout: 900000 }, async () => {
        const clip = path.join(root, `clip.${ending}`), input = path.join(root, `mutant.${ending}`);
        ffmpeg(...source, ...args, clip);
        const bytes = fs.readFileSync(clip);
        for (let seed = 1; seed <= count; seed++) {
            const what = `${ending}, seed ${seed}`;
            fs.writeFileSync(input, mutate(bytes, seed * 7919));
            const output = path.join(root, `${ending}-${seed}`);
            fs.mkdirSync(output);
            const probe = (await check(`${what}: probe`, { task: 'probe', input }))?.probe;
            if (!probe)
                continue;
            await check(`${what}: thumbnail`, { task: 'thumbnail', input, output, probe, sizes: [[280, 157]] });
            const plan = (await check(`${what}: plan`, { task: 'plan', probe }))?.plan;
            if (!plan)
                continue;
            const work = { input, output, probe, plan };
            if (plan.head)
                await check(`${what}: head`, { task: 'head', ...work });
            if (plan.audio)
                await check(`${what}: audio`, { task: 'audio', ...work });
            if (plan.chunks.length)
                await check(`${what}: chunk`, { task: 'chunk', ...work, chunk: 0, rungs: [plan.rungs.at(-1).name] });
            fs.rmSync(output, { recursive: true, force: true });
        }
    });
