// judge.mjs — is a transcoded video what it should be? A single-pass decode of the source by ffmpeg is
// the measure: the same pictures, at the same times, each exactly once.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { decodeComplaints, ffmpeg, ffprobe, materialize, packets } from './driver.mjs';

const [W, H] = [32, 18];
const PICTURE = W * H * 3;
// What ffmpeg says of its own output here.
const artefact = /deprecated pixel format|ignoring invalid SAR|non monotonically increasing dts to muxer/;
const rate = (text) => text.split('/').reduce((a, b) => a / b);

// Decodes a stream once: when each picture is shown (seconds), what it looks like (small RGB), and what
// ffmpeg complained about.
export function decode(file, stream = 0, filter = '', options = []) {
    const r = spawnSync('ffmpeg', ['-v', 'level+info', '-nostdin', '-copyts', ...options, '-i', file, '-map', `0:${stream}`,
        '-vf', `${filter ? filter + ',' : ''}scale=${W}:${H}:flags=area+full_chroma_int+full_chroma_inp+accurate_rnd,format=rgb24,showinfo=checksum=0`,
        '-fps_mode', 'passthrough', '-f', 'rawvideo', '-'], { maxBuffer: 1 << 28, timeout: 120000 });
    const words = r.stderr.toString();
    const [, num, den] = /config in time_base: (\d+)\/(\d+)/.exec(words) ?? [0, 0, 1];
    const times = [...words.matchAll(/\] n: *\d+ pts: *(-?\d+)/g)].map((m) => Number(m[1]) * num / den);
    const complaints = words.split('\n').filter((l) => /\[(warning|error|fatal)\]/.test(l) && !artefact.test(l)).join('\n');
    return { times, complaints, count: r.stdout.length / PICTURE, look: (i) => r.stdout.subarray(i * PICTURE, (i + 1) * PICTURE) };
}

// When the source's pictures are shown, in seconds from the first.
export function shownTimes(input) {
    const { streams } = ffprobe(input, '-show_streams');
    const video = streams.find((s) => s.codec_type === 'video' && !s.disposition.attached_pic);
    const times = decode(input, video.index).times.sort((a, b) => a - b);
    return times.map((t) => t - times[0]);
}

function difference(a, b) {
    let sum = 0;
    for (let i = 0; i < PICTURE; i++)
        sum += Math.abs(a[i] - b[i]);
    return sum / PICTURE;
}

/* Every picture of the rung is one of the source's, at its time, and looks like it. */
function judgePictures(what, made, source, times, expect) {
    const tolerance = expect.tolerance ?? 0.0021;
    // neighbours of the made clips differ by about 25; small rungs are coarse
    const limit = expect.alike ?? (what === `rung ${expect.top}` ? 12 : 24);
    let at = 0;
    const used = new Set();
    made.times.forEach((t, i) => {
        while (at + 1 < times.length && Math.abs(times[at + 1] - t) <= Math.abs(times[at] - t))
            at++;
        const off = Math.abs(times[at] - t);
        if (expect.repeats && off > tolerance)
            return;
        assert.ok(off < tolerance, `${what}: picture ${i} is shown at ${t}, the source's nearest at ${times[at]}`);
        assert.ok(!used.has(at), `${what}: picture ${i} at ${t} is there twice`);
        used.add(at);
        const d = difference(made.look(i), source.look(at));
        assert.ok(d < limit, `${what}: picture ${i} at ${t} differs from the source's by ${d.toFixed(1)}`);
    });
    return used.size;
}

// Times that jump go on a picture's length behind the one before.
function joined(times) {
    const out = times.slice(0, 1);
    for (let i = 1; i < times.length; i++) {
        const step = times[i] - times[i - 1];
        out.push(out[i - 1] + (step < -0.5 || step > 30 ? out[1] - out[0] : step));
    }
    return out;
}

function judgeSegments(t, rung, planned, list, expect) {
    const cuts = t.plan.cuts_us.map((us) => us / 1e6);
    assert.equal(rung.segments.length, cuts.length - 1, `rung ${rung.name}: number of segments`);
    for (const s of rung.segments) {
        const first = list.find((p) => p.pts > s.start_us / 1e6 - 0.001);
        assert.ok(first.key && Math.abs(first.pts - s.start_us / 1e6) < 0.002,
            `rung ${rung.name}: segment ${s.index} starts with a key picture`);
        // without pictures around its cut, a segment starts with the next one
        assert.ok(expect.repeats || s.start_us / 1e6 - cuts[s.index] < 1.1 / rate(planned.fps) + 0.002,
            `rung ${rung.name}: segment ${s.index} starts at its cut`);
    }
    const sum = rung.segments.reduce((a, s) => a + s.duration_us, 0) / 1e6;
    assert.ok(Math.abs(sum - cuts.at(-1)) < 0.1, `rung ${rung.name}: segments last ${sum} of ${cuts.at(-1)}`);
    if (planned.mode !== 'encode')
        return;
    const keys = list.filter((p) => p.key).map((p) => p.pts);
    for (let i = 1; i < keys.length; i++)
        assert.ok(keys[i] - keys[i - 1] < 4.6 || !list.some((p) => p.pts > keys[i - 1] + 4.6 && p.pts < keys[i]),
            `rung ${rung.name}: key pictures ${keys[i - 1]}, ${keys[i]}`);
}

export function judgeRung(t, rung, source, expect = {}) {
    const planned = t.plan.rungs.find((r) => r.name === rung.name), what = `rung ${rung.name}`;
    const { streams, packets: list } = ffprobe(rung.file, '-show_streams', '-show_entries', 'packet=pts_time,flags');
    assert.equal(streams.length, 1);
    const [info] = streams;
    assert.deepEqual([info.width, info.height], [planned.width, planned.height]);
    assert.equal(info.pix_fmt.replace('yuvj', 'yuv'), 'yuv420p');
    if (planned.mode === 'encode') {
        assert.equal(info.color_range, 'tv', `${what}: range`);
        assert.ok(info.color_space && info.color_transfer && info.color_primaries, `${what}: colour tags`);
        if (expect.hdr)
            assert.deepEqual([info.color_space, info.color_transfer, info.color_primaries], ['bt709', 'bt709', 'bt709']);
    }
    const made = decode(rung.file);
    if (!expect.damaged || planned.mode === 'encode')
        assert.equal(made.complaints, '', `${what} decodes without a word`);
    const times = list.map((p) => ({ pts: Number(p.pts_time), key: p.flags.includes('K') })).sort((a, b) => a.pts - b.pts);
    rung.times = times.map((p) => p.pts);
    assert.ok(Math.abs(times[0].pts) < 0.001, `${what} starts at 0, not ${times[0].pts}`);
    for (let i = 1; i < times.length; i++)
        assert.ok(times[i].pts > times[i - 1].pts, `${what}: time rises at ${i}`);
    if (!expect.damaged)
        assert.equal(made.times.length, times.length, `${what}: every picture decodes`);
    judgeSegments(t, rung, planned, times, expect);
    if (!source)
        return;
    const zero = t.probe.start_us / 1e6;
    const wanted = joined(source.times).map((s) => s - zero);
    const same = judgePictures(what, made, source, wanted, expect);
    const divided = Math.round(rate(t.probe.video.fps) * (expect.double ? 2 : 1) / rate(planned.fps));
    if (!expect.damaged && !expect.thinned)
        assert.ok(Math.abs(same - Math.ceil(source.count / divided)) <= (divided > 1 || expect.double ? 1 : 0),
            `${what}: ${same} of the source's ${source.count} pictures at 1/${divided} of its rate`);
}

// From its middle on it decodes by itself.
function judgeSeeking(file, seconds) {
    const at = ffmpeg('-ss', String(seconds / 2), '-i', file, '-frames:v', '1', '-f', 'framemd5', '-');
    assert.ok(at.trim().split('\n').some((line) => !line.startsWith('#')), 'seeks');
}

// The map's virtual file: an ordinary MP4 to everybody.
export function judgeVirtual(t, rung) {
    const name = rung?.name ?? '0';
    const target = path.join(t.folder, `${name}-virtual.mp4`);
    materialize(path.join(t.folder, 'finish', `${name}.map`), (rung ?? t.sound).file, t.sound?.file, target);
    assert.equal(decodeComplaints(target), '', `virtual ${name} decodes without a word`);
    const { streams, format, packets: list } = ffprobe(target, '-show_streams', '-show_format', '-show_entries', 'packet=pts_time,stream_index');
    assert.equal(streams.length, (rung ? 1 : 0) + (t.sound ? 1 : 0));
    for (const s of streams)
        assert.ok(Math.abs(Number(s.start_time)) < 0.04, `virtual ${name}: ${s.codec_type} starts at ${s.start_time}`);
    assert.ok(Math.abs(Number(format.duration) - t.plan.duration_us / 1e6) < 0.2,
        `virtual ${name}: lasts ${format.duration} of ${t.plan.duration_us / 1e6}`);
    if (rung) {
        const theirs = list.filter((p) => p.stream_index === 0).map((p) => Number(p.pts_time)).sort((a, b) => a - b);
        const mine = rung.times ?? packets(rung.file, 'v:0').map((p) => p.pts);
        assert.equal(theirs.length, mine.length);
        mine.forEach((pts, i) => assert.ok(Math.abs(pts - theirs[i]) < 0.002, `virtual ${name}: time of picture ${i}`));
    }
    return target;
}

export function judgeSound(t) {
    const list = packets(t.sound.file, 'a:0');
    for (let i = 1; i < list.length; i++)
        assert.ok(list[i].pts - list[i - 1].pts < 0.025, `sound has a hole at ${list[i - 1].pts}`);
    assert.ok(list[0].pts <= 0.001 && list[0].pts > -0.05, `sound starts at ${list[0].pts}`);
    const end = list.at(-1).pts + 1024 / 48000;
    const wanted = Math.min(t.plan.duration_us, t.probe.audio.end_us) / 1e6;
    assert.ok(Math.abs(end - wanted) < 0.08, `sound ends at ${end}, should at ${wanted}`);
}

// A sine that stays one: its pitch, no jump between neighbouring samples that the sine itself does not
// make, no flat tops.
export function judgeTone(file, hz) {
    const rate_ = 48000;
    const r = spawnSync('ffmpeg', ['-v', 'error', '-nostdin', '-i', file, '-map', '0:a:0', '-af', 'pan=mono|c0=c0', '-ar', String(rate_), '-f', 'f32le', '-'],
        { maxBuffer: 1 << 28, timeout: 120000 });
    const all = new Float32Array(r.stdout.buffer, r.stdout.byteOffset, r.stdout.length >> 2);
    const x = all.subarray(rate_ / 5, all.length - rate_ / 5);
    let peak = 0, bend = 0, crossings = 0, flat = 0;
    for (let i = 2; i < x.length; i++) {
        peak = Math.max(peak, Math.abs(x[i]));
        bend = Math.max(bend, Math.abs(x[i] - 2 * x[i - 1] + x[i - 2]));
        crossings += x[i - 1] < 0 && x[i] >= 0;
        flat += Math.abs(x[i]) >= 0.999;
    }
    const heard = crossings / (x.length / rate_);
    assert.ok(Math.abs(heard - hz) < hz * 0.03, `the tone is ${heard.toFixed(0)} Hz, should be ${hz}`);
    assert.ok(peak > 0.03, `the tone is too quiet: ${peak}`);
    const pure = peak * (2 * Math.PI * hz / rate_) ** 2;
    assert.ok(bend < pure * 4 + 0.004, `the tone clicks: ${bend.toFixed(4)}, a pure one bends by ${pure.toFixed(4)}`);
    assert.ok(flat < 20, `${flat} samples are clipped`);
}

export function judge(t, input, expect = {}) {
    if (expect.tone)
        judgeTone(t.sound.file, expect.tone);
    const source = t.probe.video && !expect.loose ? decode(input, t.probe.video.stream, expect.reference, expect.options) : null;
    for (const rung of t.pictures)
        judgeRung(t, rung, source, { top: t.plan.rungs[0].name, ...expect });
    if (t.pictures.length) {
        const whole = judgeVirtual(t, t.pictures.at(-1));
        if (expect.seek)
            judgeSeeking(whole, t.plan.duration_us / 1e6);
    }
    if (t.sound)
        judgeSound(t);
    if (!t.pictures.length)
        judgeVirtual(t, null);
}
