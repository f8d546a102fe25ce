// driver.mjs — runs zoetrope-transcoder the way the server does, and reads media back with
// ffprobe and ffmpeg. Used by the tests beside it; by hand: node tests/media/driver.mjs FILE OUT
import { spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { inflateSync } from 'node:zlib';

export const transcoder = path.resolve(
    process.env.ZOETROPE_TRANSCODER || process.env.ZOETROPE_TRANSCODER_BIN ||
    'build/zoetrope-transcoder');

// One task. Resolves to { code, signal, events, result, error, stderr, ms, cpuMs }.
export function run(spec, { onEvent, fds = [] } = {}) {
    return new Promise((resolve) => {
        const started = performance.now();
        const child = spawn(transcoder, [], { stdio: ['pipe', 'pipe', 'pipe', ...fds] });
        const events = [];
        let text = '', stderr = '';
        child.stdout.setEncoding('utf8').on('data', (part) => {
            text += part;
            for (let end; (end = text.indexOf('\n')) >= 0; text = text.slice(end + 1)) {
                const event = JSON.parse(text.slice(0, end));
                event.at_ms = performance.now() - started;
                events.push(event);
                onEvent?.(event, child);
            }
        });
        child.stderr.setEncoding('utf8').on('data', (part) => { stderr += part; });
        child.stdin.on('error', () => {});
        child.stdin.end(typeof spec === 'string' ? spec : JSON.stringify({ version: 1, ...spec }));
        child.on('close', (code, signal) => resolve({
            code, signal, events, stderr,
            result: events.find((e) => e.event === 'result'),
            error: events.find((e) => e.event === 'error'),
            ms: performance.now() - started,
        }));
    });
}

export async function must(spec, options) {
    const r = await run(spec, options);
    if (r.code !== 0 || !r.result)
        throw Object.assign(new Error(`${spec.task} failed: ${JSON.stringify(r.error)} signal=${r.signal} ` +
                                      r.stderr.slice(-2000)), { error: r.error });
    return r;
}

// Puts segments behind each other as the server does, checking every claim made about them.
export class Rung {
    constructor(name, file) {
        this.name = name;
        this.file = file;
        this.segments = [];
        this.next = 0;
    }

    take(folder, events) {
        const init = events.find((e) => e.event === 'init' && e.rung === this.name);
        const bytes = fs.readFileSync(path.join(folder, `${this.name}.init.mp4`));
        if (init.size !== bytes.length)
            throw new Error(`rung ${this.name}: init has ${bytes.length} bytes, said ${init.size}`);
        if (!this.init) {
            this.init = init;
            this.initBytes = bytes;
            fs.writeFileSync(this.file, bytes);
        } else if (!bytes.equals(this.initBytes)) {
            throw new Error(`rung ${this.name}: init differs between chunks`);
        }
        const media = fs.readFileSync(path.join(folder, `${this.name}.m4s`));
        let at = 0;
        for (const e of events.filter((v) => v.event === 'segment' && v.rung === this.name)) {
            if (e.index !== this.next)
                throw new Error(`rung ${this.name}: segment ${e.index} where ${this.next} is due`);
            if (e.offset !== at)
                throw new Error(`rung ${this.name}: segment ${e.index} at ${e.offset}, not ${at}`);
            const part = media.subarray(e.offset, e.offset + e.size);
            const sha256 = createHash('sha256').update(part).digest('hex');
            if (sha256 !== e.sha256)
                throw new Error(`rung ${this.name}: sha256 of segment ${e.index} is wrong`);
            fs.appendFileSync(this.file, part);
            this.segments.push(e);
            this.next++;
            at += e.size;
        }
        if (at !== media.length)
            throw new Error(`rung ${this.name}: ${media.length - at} bytes belong to no segment`);
    }
}

// probe -> plan -> head, audio, chunks -> append -> finish. Everything lands under `folder`.
export async function transcode(input, folder, { settings = {}, threads = 2, limits, onTask } = {}) {
    fs.mkdirSync(folder, { recursive: true });
    const sub = (name) => {
        const f = path.join(folder, name);
        fs.mkdirSync(f, { recursive: true });
        return f;
    };
    const timed = async (name, spec) => {
        const r = await must({ threads, limits, ...spec });
        onTask?.(name, r);
        return r;
    };
    const { probe } = (await timed('probe', { task: 'probe', input })).result;
    const { plan } = (await timed('plan', { task: 'plan', probe, settings })).result;
    const rungs = new Map();
    const rung = (name) => {
        if (!rungs.has(name))
            rungs.set(name, new Rung(name, path.join(folder, `x-${name}-fragmented.mp4`)));
        return rungs.get(name);
    };
    if (plan.head) {
        const output = sub('head');
        const r = await timed('head', { task: 'head', input, output, probe, plan });
        rung(plan.head.rung).take(output, r.events);
    }
    if (plan.audio) {
        const output = sub('audio');
        const r = await timed('audio', { task: 'audio', input, output, probe, plan });
        rung('0').take(output, r.events);
    }
    for (const { name } of plan.more_audio) {
        const output = sub(`audio-${name}`);
        const r = await timed(`audio ${name}`, { task: 'audio', input, output, probe, plan, track: name });
        rung(name).take(output, r.events);
    }
    for (const { index } of plan.chunks) {
        const names = plan.rungs.filter((r) => r.mode === 'encode').map((r) => r.name)
            .filter((n) => !(index === 0 && plan.head?.mode === 'encode' && plan.head.rung === n));
        if (!names.length)
            continue;
        const output = sub(`chunk${index}`);
        const r = await timed(`chunk ${index}`,
            { task: 'chunk', input, output, probe, plan, chunk: index, rungs: names });
        for (const name of names)
            rung(name).take(output, r.events);
    }
    const pictures = plan.rungs.map((r) => rungs.get(r.name));
    const sound = rungs.get('0');
    const output = sub('finish');
    const finish = await timed('finish', {
        task: 'finish', output,
        rungs: pictures.map((r) => ({ name: r.name, file: r.file })),
        audio: sound ? { name: '0', file: sound.file } : null,
    });
    return { probe, plan, rungs, pictures, sound, finish: finish.result, folder };
}

// Writes out the virtual file that a map describes.
export function materialize(mapFile, rungFile, soundFile, target) {
    const map = fs.readFileSync(mapFile);
    if (map.subarray(0, 8).toString('latin1') !== 'ZOEMAP2\0')
        throw new Error('no map');
    const u64 = (at) => Number(map.readBigUInt64LE(at));
    const [size, head, count, packed] = [u64(8), u64(16), u64(24), u64(32)];
    if (map.length !== 40 + count * 16 + packed)
        throw new Error('the map has another length than it says');
    const out = [inflateSync(map.subarray(40 + count * 16))];
    if (out[0].length !== head)
        throw new Error('the head has another length than it says');
    const files = [fs.readFileSync(rungFile), soundFile ? fs.readFileSync(soundFile) : null];
    let at = head;
    for (let i = 0; i < count; i++) {
        const [place, length] = [0, 8].map((n) => u64(40 + i * 16 + n));
        const file = place % 2, offset = (place - file) / 2;
        out.push(files[file].subarray(offset, offset + length));
        at += length;
    }
    if (at !== size)
        throw new Error(`the virtual file has ${at} bytes, said ${size}`);
    fs.writeFileSync(target, Buffer.concat(out));
    return target;
}

export function ffmpeg(...args) {
    const r = spawnSync('ffmpeg', ['-v', 'error', '-nostdin', '-y', ...args],
        { encoding: 'utf8', maxBuffer: 1 << 28, timeout: 120000 });
    if (r.status !== 0)
        throw new Error(`ffmpeg ${args.join(' ')}: ${r.stderr}`);
    return r.stdout;
}

// Decodes everything; answers what ffmpeg complained about.
export function decodeComplaints(file) {
    const r = spawnSync('ffmpeg', ['-v', 'warning', '-nostdin', '-i', file, '-map', '0', '-f', 'null', '-'],
        { encoding: 'utf8', maxBuffer: 1 << 28, timeout: 120000 });
    return r.stderr.trim();
}

export function ffprobe(file, ...args) {
    const r = spawnSync('ffprobe', ['-v', 'error', '-of', 'json', ...args, file],
        { encoding: 'utf8', maxBuffer: 1 << 28, timeout: 120000 });
    return JSON.parse(r.stdout || '{}');
}

// The packets' presentation times in seconds, sorted, and their key flags.
export function packets(file, stream) {
    const list = ffprobe(file, '-select_streams', stream, '-show_entries', 'packet=pts_time,dts_time,flags,size')
        .packets ?? [];
    return list.map((p) => ({ pts: Number(p.pts_time), dts: Number(p.dts_time), key: p.flags.includes('K') }))
        .sort((a, b) => a.pts - b.pts);
}

export function frameCount(file) {
    const s = ffprobe(file, '-count_frames', '-select_streams', 'v:0', '-show_entries', 'stream=nb_read_frames');
    return Number(s.streams?.[0]?.nb_read_frames ?? 0);
}

if (import.meta.url === `file://${process.argv[1]}`) {
    const [input, folder] = process.argv.slice(2);
    const t = await transcode(path.resolve(input), path.resolve(folder), {
        onTask: (name, r) => console.log(name.padEnd(10), `${r.ms.toFixed(0)} ms`,
            r.events.filter((e) => e.event === 'segment').length, 'segments, first after',
            r.events.find((e) => e.event === 'segment')?.at_ms.toFixed(0), 'ms'),
    });
    console.log(JSON.stringify({ ...t.probe, video: t.probe.video && { ...t.probe.video, keyframes_us: t.probe.video.keyframes_us.length } }));
    console.log(JSON.stringify({ ...t.plan, cuts_us: t.plan.cuts_us.slice(0, 10) }));
    console.log(JSON.stringify(t.finish), t.folder);
}
