// kill -9 of the server, of a transcoder child, of a worker or of a worker's child, at random moments
// of upload and transcoding, ROUNDS times. Nothing that was acknowledged may be lost: every chunk the server answered is still
// there, the database is whole after every kill, and in the end every video is published, complete,
// and decodes to as many pictures as one that nobody disturbed.
//
//   ROUNDS=200 SEED=17 node --test tests/crash/crash.test.mjs      (make crash ROUNDS=200)
//
// Only processes that this test started are killed, by their ids.

import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { cpSync, existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { open } from 'node:fs/promises';
import path from 'node:path';
import { test } from 'node:test';
import { command, program, root, sleep, startServer, testClip } from '../api/server.mjs';
import { removeFolder, tempFolder } from '../folders.mjs';

const ROUNDS = Number(process.env.ROUNDS ?? 6);
const SEED = Number(process.env.SEED ?? Date.now() % 1e9);
const sanitized = /asan|tsan/.test(program);
const transcoder = path.resolve(root, process.env.ZOETROPE_TRANSCODER_BIN ?? path.join(path.dirname(program), 'zoetrope-transcoder'));
const PATIENCE = (sanitized ? 4 : 1) * 60000;

/** mulberry32: small, seeded, good enough to choose moments. */
function randomFrom(seed) {
  return () => {
    seed = (seed + 0x6d2b79f5) | 0;
    let t = Math.imul(seed ^ (seed >>> 15), 1 | seed);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}
const random = randomFrom(SEED);
const between = (low, high) => Math.floor(low + random() * (high - low + 1));
const pick = list => list[between(0, list.length - 1)];

/** Children of `parent` that are transcoders. */
function transcoders(parent) {
  const found = [];
  for (const pid of readdirSync('/proc').filter(name => /^\d+$/.test(name))) {
    try {
      const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
      const name = stat.slice(stat.indexOf('(') + 1, stat.lastIndexOf(')'));
      const ppid = Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]);
      if (ppid === parent && name.startsWith('zoetrope-trans')) found.push(Number(pid));
    } catch { /* it has just ended */ }
  }
  return found;
}

const alive = pid => {
  try {
    return !/\) [ZX] /.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
  } catch { return false; }
};

/** A worker that is started again whenever it was killed. */
class Worker {
  constructor(server, token) {
    Object.assign(this, { server, token, folder: tempFolder('zoetrope-worker'), log: [] });
    this.start();
  }

  start() {
    this.child = spawn(transcoder, ['--server', this.server.url, '--threads', '1', '--folder', this.folder],
      { env: { PATH: process.env.PATH, ZOETROPE_WORKER_TOKEN: this.token }, stdio: ['ignore', 'ignore', 'pipe'] });
    this.child.stderr.on('data', data => { this.log.push(String(data)); });
    this.ended = new Promise(done => this.child.once('exit', (code, signal) => done({ code, signal })));
  }

  async kill() {
    const children = transcoders(this.child.pid);
    this.child.kill('SIGKILL');
    await this.ended;
    for (const until = Date.now() + 5000; children.some(alive);) {
      if (Date.now() > until) assert.fail(`tasks outlive a killed worker: ${children.filter(alive)}`);
      await sleep(10);
    }
    this.start();
  }

  async stop() {
    this.child.kill('SIGTERM');
    assert.deepEqual(await this.ended, { code: 0, signal: null }, this.log.slice(-20).join(''));
    assert.doesNotMatch(this.log.join(''), /Sanitizer|runtime error/);
  }
}

/** kill -9; false: it had ended by itself since it was looked for. */
function killed(pid) {
  try {
    return process.kill(pid, 'SIGKILL');
  } catch (error) {
    if (error.code !== 'ESRCH') throw error;
    return false;
  }
}

/** The database as the kill left it, checked in a copy so that the server does its own recovery. */
function checkDatabase(dataDir) {
  const copy = tempFolder('zoetrope-crash');
  try {
    for (const name of ['zoetrope.db', 'zoetrope.db-wal']) {
      if (existsSync(path.join(dataDir, name))) cpSync(path.join(dataDir, name), path.join(copy, name));
    }
    const answer = execFileSync('sqlite3', [path.join(copy, 'zoetrope.db'), 'PRAGMA integrity_check; PRAGMA foreign_key_check;'], { encoding: 'utf8' });
    assert.equal(answer.trim(), 'ok', 'integrity of the database after a kill');
  } finally {
    removeFolder(copy);
  }
}

function query(dataDir, sql) {
  const out = execFileSync('sqlite3', ['-json', '-readonly', '-cmd', '.timeout 5000', path.join(dataDir, 'zoetrope.db'), sql], { encoding: 'utf8' });
  return out.trim() ? JSON.parse(out) : [];
}

/** One upload that survives whatever happens to the server: it asks where to go on, and goes on. */
class Upload {
  constructor(server, file, fields) {
    Object.assign(this, { server, file, fields, size: statSync(file).size, acknowledged: 0, video: null, location: null });
  }

  /** Sends until done; throws away connection errors and waits for the server to come back. */
  async run() {
    const until = Date.now() + 10 * PATIENCE;
    const handle = await open(this.file);
    try {
      while (!this.video) {
        if (Date.now() > until) assert.fail(`an upload did not end: ${this.location} at ${this.acknowledged} of ${this.size}`);
        try {
          await this.step(handle);
        } catch (error) {
          if (error instanceof assert.AssertionError) throw error;
          await sleep(50); // the server is gone; it will be back
        }
      }
    } finally {
      await handle.close();
    }
    return this.video;
  }

  async step(handle) {
    const server = this.server;
    const token = await server.token();
    if (!this.location) {
      this.location = await server.uploadBegin(token, this.file, { channelId: await server.channelId(token), ...this.fields });
    }
    const at = await server.uploadOffset(token, this.location, this.size);
    if (at.status === 200) { this.video = at.json.video; return; }
    if (at.status === 503) { await sleep(100); return; }
    assert.equal(at.status, 308, `an upload was lost: ${at.status} ${JSON.stringify(at.json)}`);
    assert.ok(at.offset >= this.acknowledged, `${this.acknowledged} bytes were acknowledged, ${at.offset} are there`);
    for (let offset = at.offset; ;) {
      const wanted = Math.min(between(1, 5) * Math.ceil(this.size / 12), this.size - offset);
      const { buffer } = await handle.read(Buffer.alloc(wanted), 0, wanted, offset);
      const answer = await server.uploadChunk(token, this.location, buffer, offset, this.size);
      if (answer.status === 200) { this.video = answer.json.video; return; }
      if (answer.status === 503) { await sleep(100); return; }
      assert.equal(answer.status, 308, `${answer.status} ${answer.text}`);
      offset += wanted;
      this.acknowledged = offset;
      await sleep(between(0, 40));
    }
  }
}

/** Playlists parse, byte ranges fit, and every rung decodes: {rung: frames}. */
async function checkStreams(server, video) {
  const playlist = video.streamingPlaylists[0];
  const get = async url => {
    const answer = await fetch(url);
    assert.equal(answer.status, 200, url);
    return answer.text();
  };
  const master = await get(playlist.playlistUrl);
  assert.match(master, /^#EXTM3U/);
  const frames = {};
  for (const file of playlist.files) {
    const text = await get(file.playlistUrl);
    assert.match(text, /#EXT-X-ENDLIST/, `${file.playlistUrl} is complete`);
    assert.match(text, /#EXT-X-PLAYLIST-TYPE:VOD/);
    const size = Number((await fetch(file.fileUrl, { method: 'HEAD' })).headers.get('content-length'));
    let end = 0, seconds = 0;
    const [, initSize, initAt] = text.match(/#EXT-X-MAP:URI="[^"]+",BYTERANGE="(\d+)@(\d+)"/) ?? assert.fail(text);
    end = Number(initSize) + Number(initAt);
    for (const [, length, at] of text.matchAll(/#EXT-X-BYTERANGE:(\d+)@(\d+)/g)) {
      assert.equal(Number(at), end, 'segments follow each other without gap or overlap');
      end += Number(length);
    }
    for (const [, duration] of text.matchAll(/#EXTINF:([\d.]+),/g)) seconds += Number(duration);
    assert.ok(end <= size, `the playlist names ${end} bytes, the file has ${size}`);
    assert.ok(Math.abs(seconds - video.duration) <= 1.2, `${seconds} s in the playlist of a video of ${video.duration} s`);
    const probe = await command('ffprobe', ['-v', 'error', '-count_frames', '-show_entries', 'stream=codec_type,nb_read_frames', '-of', 'json', file.playlistUrl]);
    assert.equal(probe.err.trim(), '', `decoding ${file.playlistUrl}`);
    frames[file.resolution.id] = JSON.parse(probe.out).streams.map(s => `${s.codec_type} ${s.nb_read_frames}`).join(', ');
  }
  for (const thumbnail of video.thumbnails ?? []) assert.equal((await fetch(thumbnail.fileUrl)).status, 200, thumbnail.fileUrl);
  return frames;
}

async function settle(server, patience) {
  const until = Date.now() + patience;
  for (;;) {
    const open = query(server.dataDir, "SELECT kind, state, count(*) AS n, max(reason) AS reason FROM job WHERE state IN ('pending', 'running') AND video_id IS NOT NULL GROUP BY kind, state");
    if (open.length === 0) return;
    if (Date.now() > until) assert.fail(`jobs do not end: ${JSON.stringify(open)}\n${server.tail(30)}`);
    await sleep(200);
  }
}

test(`${ROUNDS} kills lose nothing (SEED=${SEED})`, { timeout: Math.max(10, ROUNDS) * 2 * PATIENCE }, async t => {
  const clips = await Promise.all([
    testClip({ seconds: 6, size: '426x240', fps: 25 }),
    testClip({ seconds: 4, size: '640x360', fps: 30, copyable: false }),
    testClip({ seconds: 9, size: '320x240', fps: 24, sound: false }),
    testClip({ seconds: 3, size: '480x270', fps: 25, copyable: false, sound: false }),
  ]);
  const server = await startServer({
    env: { ZOETROPE_RESOLUTIONS: '144,240', ZOETROPE_KEEP_ORIGINALS: 'false', ZOETROPE_TRANSCODE_HEAVY: '1', ZOETROPE_WORKER_LEASE_S: '5' },
  });
  const { json: made } = await server.api('POST', '/api/v1/runners', { token: await server.token(), json: { name: 'Mortal' } });
  const worker = new Worker(server, made.runnerToken);
  t.after(() => { worker.child.kill('SIGKILL'); return server.kill(); });
  const uploads = [];
  const counts = { server: 0, child: 0, worker: 0, orphans: 0 };
  const running = new Set();
  let failure = null;

  for (let round = 0; round < ROUNDS && !failure; round++) {
    // Some work in flight, never a mountain of it.
    if (running.size < 3) {
      const clip = pick(clips);
      const upload = new Upload(server, clip, {
        name: `Round ${round}`, privacy: pick([1, 2, 3]), waitTranscoding: random() < 0.5,
        originalName: `round-${round}`, filename: `round-${round}${path.extname(clip)}`,
      });
      uploads.push(upload);
      const done = upload.run().catch(error => { failure ??= error; }).finally(() => running.delete(done));
      running.add(done);
    }
    const chance = random();
    await sleep(between(0, sanitized ? 3000 : 1200));
    const victims = [...transcoders(server.pid), ...transcoders(worker.child.pid)];
    if (round % 4 === 2 || chance < 0.1) { // in every run, however short
      for (const end = Date.now() + 3000; !transcoders(worker.child.pid).length && Date.now() < end;) await sleep(20);
      await worker.kill();
      counts.worker++;
      continue;
    }
    if (chance < 0.55 && victims.length) {
      if (killed(pick(victims))) counts.child++;
      continue;
    }
    const before = transcoders(server.pid);
    await server.kill();
    counts.server++;
    // Children die with their server: nobody else would stop them.
    for (const until = Date.now() + 5000; before.some(alive);) {
      if (Date.now() > until) { counts.orphans++; assert.fail(`transcoders outlive a killed server: ${before.filter(alive)}`); }
      await sleep(10);
    }
    checkDatabase(server.dataDir);
    server.tokens.clear();
    await server.start({ timeoutMs: PATIENCE });
  }
  await Promise.all(running);
  if (failure) throw failure;
  t.diagnostic(`${counts.server} kills of the server, ${counts.worker} of a worker, ${counts.child} of children, ${uploads.length} uploads`);

  // What nobody disturbed, to compare with.
  const references = new Map();
  const token = await server.token();
  for (const clip of new Set(uploads.map(u => u.file))) references.set(clip, await server.upload(token, clip, { name: 'Reference' }));

  await settle(server, uploads.length * PATIENCE + 5 * PATIENCE);
  const failed = query(server.dataDir, "SELECT kind, video_id, attempts, reason FROM job WHERE state = 'failed'");
  assert.deepEqual(failed, [], 'no job failed for good');
  checkDatabase(server.dataDir);

  // Private files need to be asked for with a token: make them public for the check.
  const complete = new Map();
  for (const [clip, { uuid }] of references) {
    const video = await server.waitVideo(uuid, v => v.state.id === 1, PATIENCE);
    complete.set(clip, { video, frames: await checkStreams(server, video) });
  }
  for (const upload of uploads) {
    let video = await server.waitVideo(upload.video.uuid, v => v.state.id === 1, PATIENCE);
    if (video.privacy.id > 2) {
      const answer = await server.api('PUT', `/api/v1/videos/${video.uuid}`, { token: await server.token(), json: { privacy: 1 } });
      assert.equal(answer.status, 204, answer.text);
      video = await server.waitVideo(upload.video.uuid, v => !/\/private\//.test(v.streamingPlaylists[0].playlistUrl), PATIENCE);
      await settle(server, PATIENCE);
      video = await server.waitVideo(upload.video.uuid);
    }
    const reference = complete.get(upload.file);
    assert.equal(video.duration, reference.video.duration);
    assert.deepEqual(await checkStreams(server, video), reference.frames, `${video.name} has every picture and sound`);
  }
  const { json: { data: [row] } } = await server.api('GET', '/api/v1/runners', { token: await server.token() });
  t.diagnostic(`the worker did ${row.tasksDone} tasks and lost ${row.tasksFailed}`);
  assert.equal(row.running, 0, 'no lease is left');
  await worker.stop();
  const left = readdirSync(path.join(server.dataDir, 'staging/uploads'));
  assert.deepEqual(left, [], 'no upload is left in staging');
  await server.stop();
});
