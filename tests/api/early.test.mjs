// Encoding begins while the file is still on its way: what was made early is taken when the last byte
// is there, and is the same as what would have been made afterwards; nothing of it is public before;
// a cancelled or changed upload leaves nothing; a server that is killed in between loses nothing.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, readdirSync, statSync } from 'node:fs';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { clip, command, decodes, sleep, startServer } from './server.mjs';

const PATIENCE = 240000;
let server, token;
before(async () => {
  server = await startServer({ env: { ZOETROPE_RESOLUTIONS: '144', ZOETROPE_WORKER_LEASE_S: '5' } });
  token = await server.token();
});
after(() => server?.stop());

/** Twenty seconds with pictures that need some bytes; the encoded rungs have a chunk of 8 s and a rest. */
const source = (extension, more = []) => clip(`early-${extension}`, ['-f', 'lavfi', '-i', 'testsrc2=size=256x192:rate=12:duration=20', '-f', 'lavfi', '-i', 'sine=frequency=440:duration=20',
  '-vf', 'noise=alls=20:allf=t', '-g', '24', '-ac', '2', ...more], extension);
const containers = {
  mkv: () => source('mkv', ['-c:v', 'mpeg4', '-q:v', '5', '-c:a', 'aac']),
  mp4: () => source('mp4', ['-c:v', 'mpeg4', '-q:v', '5', '-c:a', 'aac', '-movflags', '+faststart']),
  m4v: () => source('m4v', ['-c:v', 'libx264', '-preset', 'ultrafast', '-pix_fmt', 'yuv420p', '-c:a', 'aac', '-movflags', '+faststart']), // its full size is copied
  ts: () => source('ts', ['-c:v', 'mpeg2video', '-q:v', '5', '-c:a', 'mp2']),
};

function query(sql) {
  const out = execFileSync('sqlite3', ['-json', '-readonly', '-cmd', '.timeout 5000', path.join(server.dataDir, 'zoetrope.db'), sql], { encoding: 'utf8' });
  return out.trim() ? JSON.parse(out) : [];
}
async function until(what, predicate, timeoutMs = PATIENCE) {
  for (const end = Date.now() + timeoutMs; ;) {
    const value = await predicate();
    if (value) return value;
    if (Date.now() > end) assert.fail(`${what} did not happen\n${server.tail(30)}`);
    await sleep(50);
  }
}
const earlyFolders = () => readdirSync(path.join(server.dataDir, 'staging/early'));
const earlyChunk = id => query(`SELECT chunk FROM early_chunk WHERE upload_id = '${id}'`).length > 0;

/** Begins an upload and sends it in pieces up to `share`; finish() sends the rest. */
async function begin(file, share, name) {
  const bytes = readFileSync(file);
  const location = await server.uploadBegin(token, file, { name, channelId: await server.channelId(token), privacy: 1, filename: `${name}${path.extname(file)}` });
  const id = new URL(location, server.url).searchParams.get('upload_id');
  let offset = 0;
  const send = async end => {
    while (offset < end) {
      const piece = bytes.subarray(offset, Math.min(offset + Math.ceil(bytes.length / 10), end));
      const answer = await server.uploadChunk(token, location, piece, offset, bytes.length);
      offset += piece.length;
      if (answer.status === 200) return answer.json.video;
      assert.equal(answer.status, 308, answer.text);
    }
  };
  await send(Math.floor(bytes.length * share));
  return { id, location, bytes, finish: () => send(bytes.length) };
}

async function finished(uuid) {
  await until('the whole ladder', async () => (await server.api('GET', `/api/v1/videos/${uuid}/progress`, { token })).json.percent === 100);
  return server.waitVideo(uuid);
}

/** Frames of each rung; all decode. */
async function frames(video) {
  const out = {};
  for (const file of video.streamingPlaylists[0].files.filter(f => f.resolution.id > 0)) {
    await decodes(file.playlistUrl);
    const probe = await command('ffprobe', ['-v', 'error', '-count_frames', '-select_streams', 'v', '-show_entries', 'stream=nb_read_frames', '-of', 'csv=p=0', file.playlistUrl]);
    out[file.resolution.id] = probe.out.trim().split(/\s+/)[0];
  }
  return out;
}

for (const [extension, make] of Object.entries(containers)) {
  test(`${extension}: chunks of the part that has come are made and taken`, async () => {
    const upload = await begin(await make(), 0.85, `early-${extension}`);
    await until('an early chunk', () => earlyChunk(upload.id));
    assert.deepEqual(query(`SELECT id FROM video WHERE name = 'early-${extension}'`), [], 'there is no video yet');
    const { uuid } = await upload.finish();
    const video = await finished(uuid);
    const taken = query(`SELECT j.id FROM job j JOIN video v ON v.id = j.video_id WHERE v.uuid = '${uuid}' AND j.kind = 'chunk' AND j.attempts = 0 AND j.state = 'done'`);
    assert.equal(taken.length, 1, `the first chunk was made before the upload ended\n${server.tail(60)}`);
    assert.deepEqual(await frames(video), { 192: '240', 144: '240' });
    assert.deepEqual(earlyFolders(), []);
    assert.deepEqual(query('SELECT * FROM early'), []);
  });
}

test('a cancelled upload leaves nothing', async () => {
  const upload = await begin(await containers.mkv(), 0.8, 'cancelled');
  await until('an early chunk', () => earlyChunk(upload.id));
  assert.deepEqual(earlyFolders(), [upload.id]);
  assert.equal((await server.api('DELETE', upload.location, { token })).status, 204);
  assert.deepEqual(query('SELECT * FROM early'), []);
  await until('its job to end', () => query("SELECT id FROM job WHERE kind = 'early' AND state IN ('pending', 'running')").length === 0);
  assert.deepEqual(earlyFolders(), []);
});

test('bytes that are sent anew make what was made of them void', async () => {
  const upload = await begin(await containers.mkv(), 0.8, 'changed');
  await until('an early chunk', () => earlyChunk(upload.id));
  const piece = upload.bytes.subarray(1000, Math.floor(upload.bytes.length * 0.5));
  assert.equal((await server.uploadChunk(token, upload.location, piece, 1000, upload.bytes.length)).status, 308);
  assert.deepEqual(query(`SELECT generation FROM early WHERE upload_id = '${upload.id}'`), [{ generation: 1 }]);
  assert.ok(!earlyChunk(upload.id));
  const rest = upload.bytes.subarray(1000 + piece.length);
  const answer = await server.uploadChunk(token, upload.location, rest, 1000 + piece.length, upload.bytes.length);
  assert.equal(answer.status, 200, answer.text);
  assert.deepEqual(await frames(await finished(answer.json.video.uuid)), { 192: '240', 144: '240' });
});

test('a server that is killed in the middle takes up what was made', async () => {
  const upload = await begin(await containers.mp4(), 0.85, 'killed');
  await until('an early chunk', () => earlyChunk(upload.id));
  await server.kill();
  await server.start();
  server.tokens.clear();
  token = await server.token();
  assert.ok(earlyChunk(upload.id) && existsSync(path.join(server.dataDir, 'staging/early', upload.id)));
  const { uuid } = await upload.finish();
  const video = await finished(uuid);
  assert.deepEqual(await frames(video), { 192: '240', 144: '240' });
  assert.equal(query(`SELECT j.id FROM job j JOIN video v ON v.id = j.video_id WHERE v.uuid = '${uuid}' AND j.kind = 'chunk' AND j.attempts = 0`).length, 1);
});

test('an index at the end is no obstacle: the file takes the ordinary way', async () => {
  const file = await source('mov', ['-c:v', 'mpeg4', '-q:v', '5', '-c:a', 'aac']);
  assert.ok(statSync(file).size > 2 << 20);
  const upload = await begin(file, 0.8, 'index-last');
  await until('a look at it', () => query(`SELECT probed_bytes FROM early WHERE upload_id = '${upload.id}'`)[0]?.probed_bytes > 0);
  const { uuid } = await upload.finish();
  assert.deepEqual(await frames(await finished(uuid)), { 192: '240', 144: '240' });
});
