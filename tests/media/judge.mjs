// judge.mjs — is a transcoded video what it should be? ffprobe and full decodes decide.
import assert from 'node:assert/strict';
import path from 'node:path';
import { decodeComplaints, ffmpeg, ffprobe, frameCount, materialize, packets } from './driver.mjs';

const rate = (text) => text.split('/').reduce((a, b) => a / b);

// When the source's pictures are shown, in seconds from the first: a single-pass decode.
export function shownTimes(input) {
    const { streams } = ffprobe(input, '-show_streams');
    const video = streams.find((s) => s.codec_type === 'video' && !s.disposition.attached_pic);
    const { frames } = ffprobe(input, '-select_streams', String(video.index), '-show_entries',
        'frame=best_effort_timestamp_time');
    const times = frames.map((f) => Number(f.best_effort_timestamp_time)).sort((a, b) => a - b);
    return times.map((t) => t - times[0]);
}

function judgeTimes(name, list, times, tolerance) {
    assert.equal(list.length, times.length, `rung ${name}: number of pictures`);
    for (let i = 0; i < list.length; i++)
        assert.ok(Math.abs(list[i].pts - times[i]) < tolerance,
            `rung ${name}: picture ${i} is shown at ${list[i].pts}, should be at ${times[i]}`);
}

export function judgeRung(t, rung, times, expect = {}) {
    const planned = t.plan.rungs.find((r) => r.name === rung.name);
    assert.equal(decodeComplaints(rung.file), '', `rung ${rung.name} decodes without a word`);
    const info = ffprobe(rung.file, '-show_streams').streams;
    assert.equal(info.length, 1);
    assert.equal(info[0].width, planned.width);
    assert.equal(info[0].height, planned.height);
    assert.equal(info[0].pix_fmt.replace('yuvj', 'yuv'), 'yuv420p');
    const list = packets(rung.file, 'v:0');
    assert.ok(Math.abs(list[0].pts) < 0.001, `rung ${rung.name} starts at 0, not ${list[0].pts}`);
    for (let i = 1; i < list.length; i++)
        assert.ok(list[i].pts > list[i - 1].pts, `rung ${rung.name}: time rises at ${i}`);
    if (times)
        judgeTimes(rung.name, list, times, expect.tolerance ?? 0.002);
    assert.equal(frameCount(rung.file), list.length, `rung ${rung.name}: every picture decodes`);

    // Segments: one per pair of cuts, each from a key picture at its cut.
    const cuts = t.plan.cuts_us.map((us) => us / 1e6);
    assert.equal(rung.segments.length, cuts.length - 1, `rung ${rung.name}: number of segments`);
    for (const s of rung.segments) {
        const first = list.find((p) => p.pts > s.start_us / 1e6 - 0.001);
        assert.ok(first.key && Math.abs(first.pts - s.start_us / 1e6) < 0.002,
            `rung ${rung.name}: segment ${s.index} starts with a key picture`);
        assert.ok(s.start_us / 1e6 - cuts[s.index] < 1.1 / rate(planned.fps) + 0.002,
            `rung ${rung.name}: segment ${s.index} starts at its cut`);
    }
    const sum = rung.segments.reduce((a, s) => a + s.duration_us, 0) / 1e6;
    assert.ok(Math.abs(sum - cuts.at(-1)) < 0.1, `rung ${rung.name}: segments last ${sum} of ${cuts.at(-1)}`);
    if (planned.mode === 'encode') {
        const keys = list.filter((p) => p.key).map((p) => p.pts);
        for (let i = 1; i < keys.length; i++)
            assert.ok(keys[i] - keys[i - 1] < 4.6, `rung ${rung.name}: key pictures ${keys[i - 1]}, ${keys[i]}`);
    }
}

// The map's virtual file: an ordinary MP4 to everybody.
export function judgeVirtual(t, rung) {
    const name = rung?.name ?? '0';
    const target = path.join(t.folder, `${name}-virtual.mp4`);
    materialize(path.join(t.folder, 'finish', `${name}.map`), (rung ?? t.sound).file, t.sound?.file, target);
    assert.equal(decodeComplaints(target), '', `virtual ${name} decodes without a word`);
    const { streams, format } = ffprobe(target, '-show_streams', '-show_format');
    assert.equal(streams.length, (rung ? 1 : 0) + (t.sound ? 1 : 0));
    for (const s of streams)
        assert.ok(Math.abs(Number(s.start_time)) < 0.04, `virtual ${name}: ${s.codec_type} starts at ${s.start_time}`);
    assert.ok(Math.abs(Number(format.duration) - t.plan.duration_us / 1e6) < 0.2,
        `virtual ${name}: lasts ${format.duration} of ${t.plan.duration_us / 1e6}`);
    if (rung) {
        assert.equal(frameCount(target), frameCount(rung.file));
        const mine = packets(rung.file, 'v:0'), theirs = packets(target, 'v:0');
        for (let i = 0; i < mine.length; i++)
            assert.ok(Math.abs(mine[i].pts - theirs[i].pts) < 0.002, `virtual ${name}: time of picture ${i}`);
        const middle = mine[Math.floor(mine.length / 2)].pts;
        const at = ffmpeg('-ss', String(middle), '-i', target, '-frames:v', '1', '-f', 'framemd5', '-');
        assert.ok(at.trim().split('\n').some((line) => !line.startsWith('#')), 'seeks');
    }
    return target;
}

export function judgeSound(t) {
    const file = t.sound.file;
    assert.equal(decodeComplaints(file), '', 'sound decodes without a word');
    const list = packets(file, 'a:0');
    for (let i = 1; i < list.length; i++)
        assert.ok(list[i].pts - list[i - 1].pts < 0.025, `sound has a hole at ${list[i - 1].pts}`);
    assert.ok(list[0].pts <= 0.001 && list[0].pts > -0.05, `sound starts at ${list[0].pts}`);
    const end = list.at(-1).pts + 1024 / 48000;
    const wanted = Math.min(t.plan.duration_us, t.probe.audio.end_us) / 1e6;
    assert.ok(Math.abs(end - wanted) < 0.08, `sound ends at ${end}, should at ${wanted}`);
}

export function judge(t, input, expect = {}) {
    const all = t.probe.video && !expect.skipTimes ? shownTimes(input) : null;
    for (const rung of t.pictures) {
        const planned = t.plan.rungs.find((r) => r.name === rung.name);
        const divided = Math.round(rate(t.probe.video.fps) / rate(planned.fps));
        const times = !all || expect.double ? null
            : divided > 1 ? all.filter((_, i) => i % divided === 0) : all;
        judgeRung(t, rung, times, expect);
        judgeVirtual(t, rung);
    }
    if (t.sound)
        judgeSound(t);
    if (!t.pictures.length)
        judgeVirtual(t, null);
}
