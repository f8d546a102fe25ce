// Every made clip through the whole line of tasks, judged by ffprobe and full decodes.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { clip, expected, table } from './clips.mjs';
import { ffprobe, frameCount, tempFolder, transcode } from './driver.mjs';
import { judge, shownTimes } from './judge.mjs';

const root = tempFolder();
process.on('exit', () => fs.rmSync(root, { recursive: true, force: true }));

for (const name of Object.keys(table)) {
    test(`ladder: ${name}`, { timeout: 300000 }, async () => {
        const input = clip(name), expect = expected(name);
        const t = await transcode(input, path.join(root, name), { settings: { chunk_s: 10 } });
        if (expect.head !== undefined)
            assert.equal(t.plan.head?.mode ?? null, expect.head, t.probe.video?.copy_reason);
        if (expect.size)
            assert.deepEqual([t.plan.rungs[0].width, t.plan.rungs[0].height], expect.size);
        if (expect.vfr)
            assert.equal(t.probe.video.vfr, true);
        if (expect.double)
            assert.ok(Math.abs(frameCount(t.pictures[0].file) - 2 * shownTimes(input).length) <= 2,
                'each field is a picture');
        if (expect.hdr) {
            const [s] = ffprobe(t.pictures[0].file, '-show_streams').streams;
            assert.equal(s.color_transfer, 'bt709');
        }
        judge(t, input, expect);
        fs.rmSync(t.folder, { recursive: true, force: true });
    });
}
