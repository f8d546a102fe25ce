// bench.mjs — our ladder against one ffmpeg command with one decode, the same rungs and the same
// x264 settings; and how soon a copied stream starts. Prints ratios; figures alone say little on a
// shared machine.
//   node tests/media/bench.mjs [clip]        by itself it makes a 10 s 1080p clip
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { ffmpeg, must, tempFolder, transcoder } from './driver.mjs';

const root = tempFolder('zoetrope-bench-');
process.on('exit', () => fs.rmSync(root, { recursive: true, force: true }));

function timed(command, stdin) {
    const r = spawnSync('bash', ['-c', `TIMEFORMAT='%R %U %S'; time ${command}`], { encoding: 'utf8', maxBuffer: 1 << 28, input: stdin });
    const [wall, user, system] = r.stderr.trim().split('\n').at(-1).split(' ').map(Number);
    return { wall, cpu: user + system, out: r.stdout };
}

const clip = process.argv[2] ?? path.join(root, 'clip.mp4');
if (!process.argv[2])
    ffmpeg('-f', 'lavfi', '-i', 'mandelbrot=s=1920x1080:r=30:start_scale=0.3:end_scale=0.001', '-f', 'lavfi', '-i', 'sine=d=10',
        '-t', '10', '-vf', 'noise=alls=5:allf=t,format=yuv420p', '-c:v', 'libx264', '-preset', 'veryfast', '-b:v', '8M', '-g', '60', '-c:a', 'aac', clip);

// x264's settings as in transcoder/encoder.c.
const tuning = 'aq-mode=2:trellis=1:rc-lookahead=20:bframes=5';

async function ladder(allowCopy) {
    const { probe } = (await must({ task: 'probe', input: clip })).result;
    const settings = { resolutions: [240, 360, 480, 720, 1080], allow_copy: allowCopy, chunk_s: 600 };
    const { plan } = (await must({ task: 'plan', probe, settings })).result;
    plan.chunks = [{ index: 0, first_cut: 0, last_cut: plan.cuts_us.length - 1 }];
    const rungs = plan.rungs.filter((r) => r.mode === 'encode');
    const spec = path.join(root, 'spec.json');
    fs.writeFileSync(spec, JSON.stringify({ version: 1, task: 'chunk', input: clip, output: root, probe, plan, chunk: 0, rungs: rungs.map((r) => r.name) }));

    const graph = rungs.map((r, i) => `${i ? `[n${i}]` : '[0:v]'}scale=${r.width}:${r.height}:flags=bicubic` +
        (i + 1 < rungs.length ? `,split=2[o${i}][n${i + 1}]` : `[o${i}]`)).join(';');
    const outputs = rungs.map((r, i) => `-map '[o${i}]' -c:v libx264 -preset veryfast -crf 24 -x264-params ${tuning} ` +
        `-threads 1 -g 122 -force_key_frames 'expr:gte(t,n_forced*2)' -maxrate ${r.max_rate} -bufsize ${2 * r.max_rate} ${root}/ff-${r.name}.mp4`);
    const ours = [], theirs = [];
    for (let round = 0; round < 3; round++) {
        ours.push(timed(`'${transcoder}' < '${spec}'`));
        theirs.push(timed(`ffmpeg -v error -nostdin -y -threads 2 -i '${clip}' -filter_complex '${graph}' ${outputs.join(' ')}`));
    }
    const middle = (list, key) => list.map((r) => r[key]).sort((a, b) => a - b)[1];
    const sizes = ours[0].out.trim().split('\n').map((l) => JSON.parse(l)).at(-1).rungs;
    const bytes = sizes.reduce((a, r) => a + r.size, 0);
    const plain = rungs.reduce((a, r) => a + fs.statSync(`${root}/ff-${r.name}.mp4`).size, 0);
    console.log(`ladder of ${rungs.length} rungs (top ${allowCopy ? 'copied' : 'encoded'}) / one ffmpeg command:`,
        `cpu ${(middle(ours, 'cpu') / middle(theirs, 'cpu')).toFixed(3)} (${middle(ours, 'cpu').toFixed(1)} s)`,
        `wall ${(middle(ours, 'wall') / middle(theirs, 'wall')).toFixed(3)} (${middle(ours, 'wall').toFixed(1)} s)`,
        `bytes ${(bytes / plain).toFixed(3)}`);
}

async function firstSegment() {
    const long = path.join(root, 'long.mp4');
    ffmpeg('-stream_loop', '59', '-i', clip, '-c', 'copy', long);
    const probe = await must({ task: 'probe', input: long });
    const plan = await must({ task: 'plan', probe: probe.result.probe });
    const head = await must({ task: 'head', input: long, output: root, probe: probe.result.probe, plan: plan.result.plan });
    const first = head.events.find((e) => e.event === 'segment').at_ms;
    console.log(`copied stream of ${(probe.result.probe.duration_us / 6e7).toFixed(0)} min, ${(fs.statSync(long).size / 2 ** 20).toFixed(0)} MiB:`,
        `probe ${probe.ms.toFixed(0)} ms, plan ${plan.ms.toFixed(0)} ms, first segment ${first.toFixed(0)} ms, all ${head.ms.toFixed(0)} ms`);
}

await ladder(true);
await ladder(false);
await firstSegment();
