// Workers elsewhere: made, named and revoked by administrators only; they lease tasks over HTTP, are
// believed no more than their task, and make the same video as the server alone; a worker or server
// that is killed costs at most what one lease holds.
import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readdirSync, statSync } from 'node:fs';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { command, decodes, program, root, sleep, startServer, testClip } from './server.mjs';
import { tempFolder } from '../folders.mjs';

const transcoder = path.resolve(root, process.env.ZOETROPE_TRANSCODER_BIN ?? path.join(path.dirname(program), 'zoetrope-transcoder'));
const PATIENCE = 240000;
let server, admin;
const workers = new Set();

before(async () => {
  server = await startServer({ env: { ZOETROPE_TRANSCODE_HEAVY: '0', ZOETROPE_RESOLUTIONS: '144,240', ZOETROPE_WORKER_LEASE_S: '4' } });
  admin = await server.token();
});
after(async () => {
  for (const worker of workers) worker.kill('SIGKILL');
  await server?.stop();
});

async function made(name) {
  const answer = await server.api('POST', '/api/v1/runners', { token: admin, json: { name } });
  assert.equal(answer.status, 200, answer.text);
  return answer.json;
}

/** A worker process: {child, log(), ended}. */
function startWorker(token, args = []) {
  const child = spawn(transcoder, ['--server', server.url, '--slots', '1', '--threads', '1', '--folder', tempFolder('zoetrope-worker'), ...args], {
    env: { PATH: process.env.PATH, ZOETROPE_WORKER_TOKEN: token, ASAN_OPTIONS: process.env.ASAN_OPTIONS ?? '', UBSAN_OPTIONS: process.env.UBSAN_OPTIONS ?? '' },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const lines = [];
  child.stderr.on('data', data => lines.push(String(data)));
  workers.add(child);
  const ended = new Promise(done => child.once('exit', (code, signal) => { workers.delete(child); done({ code, signal }); }));
  return { child, ended, log: () => lines.join('') };
}

async function stopWorker(worker) {
  worker.child.kill('SIGTERM');
  const end = await worker.ended;
  assert.deepEqual(end, { code: 0, signal: null }, worker.log());
  assert.doesNotMatch(worker.log(), /Sanitizer|runtime error/);
}

async function until(what, predicate, timeoutMs = PATIENCE) {
  for (const end = Date.now() + timeoutMs; ;) {
    const value = await predicate();
    if (value) return value;
    if (Date.now() > end) assert.fail(`${what} did not happen\n${server.tail(30)}`);
    await sleep(50);
  }
}

const lease = (token, build) => server.api('POST', '/api/v1/runners/tasks/lease', { token, json: {}, headers: build ? { 'x-worker-build': build } : {} });
const listed = async () => (await server.api('GET', '/api/v1/runners', { token: admin })).json.data;

/** Frames by rung of a finished video, each decoded without a complaint. */
async function frames(video) {
  const out = {};
  for (const file of video.streamingPlaylists[0].files) {
    await decodes(file.playlistUrl);
    const probe = await command('ffprobe', ['-v', 'error', '-count_frames', '-select_streams', 'v', '-show_entries', 'stream=nb_read_frames', '-of', 'csv=p=0', file.playlistUrl]);
    out[file.resolution.id] = probe.out.trim().split(/\s+/)[0];
  }
  return out;
}

test('only administrators make, see, name and revoke workers; the token is shown once', async () => {
  const user = await server.api('POST', '/api/v1/users', { token: admin, json: { username: 'somebody', password: 'secret1', role: 2, email: 'a@example.org' } });
  assert.equal(user.status, 200, user.text);
  const stranger = await server.token('somebody', 'secret1');
  for (const [method, target, json] of [['GET', '/api/v1/runners'], ['POST', '/api/v1/runners', { name: 'x' }], ['PUT', '/api/v1/runners/1', { name: 'x' }], ['DELETE', '/api/v1/runners/1']]) {
    assert.equal((await server.api(method, target, { json })).status, 401);
    assert.equal((await server.api(method, target, { json, token: stranger })).status, 403);
  }
  const one = await made('Attic');
  assert.match(one.runnerToken, /^[0-9a-f]{48}$/);
  assert.equal((await server.api('POST', '/api/v1/runners', { token: admin, json: { name: 'Attic' } })).json.code, 'name_taken');
  assert.equal((await server.api('POST', '/api/v1/runners', { token: admin, json: { name: '' } })).status, 400);
  assert.equal((await server.api('PUT', `/api/v1/runners/${one.id}`, { token: admin, json: { name: 'Cellar' } })).status, 204);
  const [row] = await listed();
  assert.equal(row.name, 'Cellar');
  assert.equal(row.lastContact, null);
  assert.doesNotMatch(JSON.stringify(row), new RegExp(one.runnerToken), 'nobody sees the token again');
  assert.equal((await lease(one.runnerToken, 'x')).status, 204, 'nothing waits');
  const [seen] = await listed();
  assert.ok(seen.lastContact && seen.ip && seen.build === 'x', JSON.stringify(seen));
  assert.equal((await server.api('DELETE', `/api/v1/runners/${one.id}`, { token: admin })).status, 204);
  assert.equal((await server.api('DELETE', `/api/v1/runners/${one.id}`, { token: admin })).status, 404);
  assert.equal((await lease(one.runnerToken, 'x')).status, 401, 'a revoked token is worth nothing');
  assert.equal((await lease(admin, 'x')).status, 401, "a person's token is no worker's");
  assert.equal((await server.api('GET', '/api/v1/users/me', { token: one.runnerToken })).status, 401, "a worker's token is no person's");
});

test('a worker is refused for what does not belong to its task, and the task goes on', async () => {
  const worker = await made('By hand');
  const other = await made('Another');
  const token = worker.runnerToken;
  const { uuid } = await server.upload(admin, await testClip({ seconds: 4, size: '320x240', copyable: false, sound: false }), { name: 'By hand' });
  assert.equal((await until('a task', async () => { const a = await lease(token, 'some other make'); return a.status !== 204 && a; })).json.code, 'worker_differs');
  const video = JSON.parse(execFileSync('sqlite3', ['-json', '-readonly', path.join(server.dataDir, 'zoetrope.db'), `SELECT plan FROM video WHERE uuid = '${uuid}'`], { encoding: 'utf8' }))[0];
  const build = JSON.parse(video.plan).build;
  const task = (await until('a task', async () => { const a = await lease(token, build); return a.status === 200 && a; })).json;
  const base = `/api/v1/runners/tasks/${task.token}`;
  const at = (method, target, options = {}) => server.api(method, base + target, { token, ...options });

  // its input, and nobody else's
  const source = await at('GET', '/source', { headers: { range: 'bytes=0-3' } });
  assert.equal(source.status, 206);
  assert.equal((await server.api('GET', `${base}/source`, { token: other.runnerToken })).status, 410);
  assert.equal((await server.api('GET', `${base}/source`, { token: admin })).status, 401);
  assert.equal((await at('POST', '/heartbeat', { json: { done_ms: 1, total_ms: 2 } })).status, 204);
  assert.equal((await server.api('POST', '/api/v1/runners/tasks/0123/heartbeat', { token, json: {} })).status, 410);

  // its rungs, in order, whole, as promised
  const rung = task.spec.rungs[0];
  const init = Buffer.concat([Buffer.from([0, 0, 0, 24]), Buffer.from('ftypiso6xxxxxxxxxxxx')]);
  const segment = Buffer.concat([Buffer.from([0, 0, 0, 16]), Buffer.from('moofxxxxxxxx'), Buffer.from([0, 0, 0, 12]), Buffer.from('mdatxxxx')]);
  const sha = createHash('sha256').update(segment).digest('hex');
  const put = (target, body, query = '') => at('PUT', `${target}?${query}`, { body, headers: { 'content-type': 'application/octet-stream' } });
  const good = `sha256=${sha}&duration_us=4000000&start_us=0`;
  const first = task.spec.plan.chunks[task.spec.chunk].first_cut;
  assert.equal((await put(`/segments/${rung}/${first}`, segment, good)).json.code, 'task_order', 'no init yet');
  assert.equal((await put('/init/9999', init, 'codecs=avc1.42')).status, 422);
  assert.equal((await put(`/init/${rung}`, Buffer.from('no init segment at all'), 'codecs=avc1.42')).status, 422);
  assert.equal((await put(`/init/${rung}`, init, 'codecs=%22%0Aevil')).status, 422);
  assert.equal((await put(`/init/${rung}`, init, 'codecs=avc1.42')).status, 204);
  assert.equal((await put(`/init/${rung}`, init, 'codecs=avc1.42')).status, 204, 'saying it again is fine');
  assert.equal((await put(`/segments/${rung}/${first + 1}`, segment, good)).status, 422, 'the chunk has one segment');
  assert.equal((await put(`/segments/${rung}/${first}`, segment, good.replace(sha, '0'.repeat(64)))).status, 460);
  assert.equal((await put(`/segments/${rung}/${first}`, segment, good.replace('4000000', '400000000'))).status, 422);
  assert.equal((await put(`/segments/${rung}/${first}`, Buffer.alloc(28), `sha256=${createHash('sha256').update(Buffer.alloc(28)).digest('hex')}&duration_us=4000000`)).status, 422);
  assert.equal((await put(`/segments/${rung}/../../x`, segment, good)).status, 400, 'no such route');
  const early = await at('POST', '/result', { json: {} });
  assert.equal(early.status, 409);
  assert.deepEqual(early.json.have[rung], { init: true, segments: 0 });

  // given up: another may have it at once, and this one no more
  assert.equal((await at('POST', '/error', { json: { detail: 'stopping', stopping: true } })).status, 204);
  assert.equal((await at('POST', '/heartbeat', { json: {} })).status, 410);
  const real = startWorker(other.runnerToken);
  const done = await server.waitVideo(uuid, v => v.state.id === 1 && v.streamingPlaylists[0].files.length === 2 && !v.streamingPlaylists[0].files.some(f => f.size === 0), PATIENCE);
  await until('the end', async () => (await server.api('GET', `/api/v1/videos/${uuid}/progress`, { token: admin })).json.percent === 100);
  assert.deepEqual(await frames(done), { 240: '100', 144: '100' });
  await stopWorker(real);
});

/** Segments that lent tasks have handed in so far, in bytes of their notes. */
function handedIn() {
  const folder = path.join(server.dataDir, 'staging/tasks');
  let bytes = 0;
  for (const job of readdirSync(folder)) {
    try { bytes += statSync(path.join(folder, job, 'accepted.lines')).size; } catch { /* none yet */ }
  }
  return bytes;
}

const finished = uuid => until('the whole ladder', async () => (await server.api('GET', `/api/v1/videos/${uuid}/progress`, { token: admin })).json.percent === 100)
  .then(() => server.waitVideo(uuid));

test('a worker that is killed loses its task after its lease; another makes it', async () => {
  const [one, two] = [await made('Killed'), await made('Heir')];
  const first = startWorker(one.runnerToken);
  const { uuid } = await server.upload(admin, await testClip({ seconds: 12, size: '640x360', fps: 30, copyable: false, sound: false }), { name: 'Killed worker' });
  await until('a first segment', () => handedIn() > 0);
  first.child.kill('SIGKILL');
  await first.ended;
  const heir = startWorker(two.runnerToken);
  assert.deepEqual(await frames(await finished(uuid)), { 360: '360', 240: '360', 144: '360' });
  await stopWorker(heir);
});

test('a server that is killed finds its worker again, and what it had sent', async () => {
  const { runnerToken } = await made('Faithful');
  const worker = startWorker(runnerToken);
  const { uuid } = await server.upload(admin, await testClip({ seconds: 12, size: '640x360', fps: 25, copyable: false, sound: false }), { name: 'Killed server' });
  await until('a first segment', () => handedIn() > 0);
  await server.kill();
  await sleep(500);
  server.tokens.clear();
  await server.start();
  admin = await server.token();
  assert.deepEqual(await frames(await finished(uuid)), { 360: '300', 240: '300', 144: '300' });
  assert.match(server.tail(2000), /task_resumed/, 'the task went on where it was');
  await stopWorker(worker);
});

test('a deleted video takes its task from the worker; a revoked worker ends', async () => {
  const { id, runnerToken } = await made('Doomed');
  const worker = startWorker(runnerToken);
  const { uuid } = await server.upload(admin, await testClip({ seconds: 12, size: '640x360', fps: 30, copyable: false, sound: false }), { name: 'Deleted' });
  await until('the task to run', async () => (await listed()).find(w => w.id === id).running === 1);
  assert.equal((await server.api('DELETE', `/api/v1/videos/${uuid}`, { token: admin })).status, 204);
  await until('the task to be given up', async () => (await listed()).find(w => w.id === id).running === 0);
  assert.equal((await server.api('DELETE', `/api/v1/runners/${id}`, { token: admin })).status, 204);
  const end = await worker.ended;
  assert.equal(end.code, 1, worker.log());
  assert.match(worker.log(), /token_refused/);
});
