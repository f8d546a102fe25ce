// Any input: every made file of inputs.mjs through the whole line of tasks, judged by ffprobe, by full
// decodes, and picture by picture against a single-pass decode of the source.
//   K=rotated make test T=inputs        one of them
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { tempFolder } from '../folders.mjs';
import { transcode } from './driver.mjs';
import { input, table } from './inputs.mjs';
import { decode, judge, judgeTone } from './judge.mjs';

const root = tempFolder();

const settings = { resolutions: [72], chunk_s: 1.5, segment_s: 1 };
const rate = (text) => text.split('/').reduce((a, b) => a / b);

// The first error on the way: a sentence for the owner, and no reason to try again.
async function refused(file, folder, words) {
    const limits = { cpu_s: 20, memory_mib: 1024, output_mib: 64 };
    await assert.rejects(transcode(file, folder, { settings, limits }), (e) => {
        assert.equal(e.error?.retry, false, e.message);
        assert.match(e.error.detail, words);
        return true;
    });
}

function within(seconds, [from, to], what) {
    assert.ok(seconds >= from && seconds <= to, `${what}: ${seconds} s`);
}

// Sound alone is shown as its cover or as a waveform, twice a second, as long as it lasts.
function judgeStill(t, cover) {
    assert.equal(t.pictures.length, 1);
    const { count, look } = decode(t.pictures[0].file);
    assert.ok(Math.abs(count - t.plan.duration_us / 5e5) <= 1, `${count} pictures in ${t.plan.duration_us} us`);
    const middle = look(count - 1).subarray((9 * 32 + 16) * 3, (9 * 32 + 16) * 3 + 3);
    if (cover)
        cover.forEach((v, i) => assert.ok(Math.abs(v - middle[i]) < 16, `the cover's colour is ${[...middle]}`));
    else
        assert.ok(look(0).some((v) => v > 90), 'there is something to see');
}

for (const [name, [, , expect]] of Object.entries(table))
    test(`input: ${name}`, { timeout: 300000 }, async () => {
        const file = input(name);
        if (expect.refuse)
            return refused(file, path.join(root, name), expect.refuse);
        const t = await transcode(file, path.join(root, name), { settings });
        if (expect.head !== undefined)
            assert.equal(t.plan.head?.mode ?? null, expect.head, t.probe.video?.copy_reason);
        if (expect.size)
            assert.deepEqual([t.plan.rungs[0].width, t.plan.rungs[0].height], expect.size);
        if (expect.fps)
            assert.equal(rate(t.plan.rungs[0].fps), expect.fps);
        if (expect.vfr)
            assert.equal(t.probe.video.vfr, true);
        if (expect.note)
            assert.match(t.probe.notes.join(' '), expect.note);
        if (expect.seconds)
            within(t.plan.duration_us / 1e6, [expect.seconds].flat().length === 2 ? expect.seconds
                : [expect.seconds - 0.15, expect.seconds + 0.15], 'duration');
        if (expect.tracks)
            expect.tracks.forEach((hz, i) => judgeTone(t.rungs.get(i ? `0-${i}` : '0').file, hz));
        if (expect.soundOnly)
            judgeStill(t, expect.cover);
        judge(t, file, expect);
        fs.rmSync(t.folder, { recursive: true, force: true });
    });
