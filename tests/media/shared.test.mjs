// The real clips of ../shared/media, when they are there, through the whole line of tasks.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { tempFolder } from '../folders.mjs';
import { run, transcode } from './driver.mjs';
import { judge } from './judge.mjs';

const root = tempFolder();
const shared = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../../../shared/media');
const present = fs.existsSync(shared) ? fs.readdirSync(shared).filter((n) => !/README|fake/.test(n)) : [];
for (const name of present)
    test(`shared clip: ${name}`, { timeout: 300000 }, async () => {
        const input = path.join(shared, name);
        const t = await transcode(input, path.join(root, name), { settings: { chunk_s: 20 } });
        judge(t, input, { tolerance: 0.005, seek: true });
        fs.rmSync(t.folder, { recursive: true, force: true });
    });
if (present.length)
    test('shared clip: text with the name of a video', async () => {
        const r = await run({ task: 'probe', input: path.join(shared, 'video_short_fake.webm') });
        assert.equal(r.error.code, 'input_unreadable');
    });
