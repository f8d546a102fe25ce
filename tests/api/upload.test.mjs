// Uploads over HTTP: the resumable protocol byte for byte, the multipart form, every refusal, and
// what survives: kill -9, broken connections, wrong checksums, a full disk.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import http from 'node:http';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { program, sleep, startServer, testClip } from './server.mjs';
import { tempFolder } from '../folders.mjs';

const resumable = '/api/v1/videos/upload-resumable';
const MiB = 1 << 20;
const sanitized = /asan|tsan/.test(program);

let server, root, alice, bob, rootChannel, aliceChannel;

async function makeUser(name, fields = {}) {
  const made = await server.api('POST', '/api/v1/users', {
    token: root,
    json: { username: name, password: 'password', email: `${name}@example.org`, role: 2, videoQuota: -1, videoQuotaDaily: -1, ...fields },
  });
  assert.equal(made.status, 200, made.text);
  const token = await server.token(name, 'password');
  return { token, channel: await server.channelId(token) };
}

before(async () => {
  server = await startServer({ env: { ZOETROPE_UPLOAD_LIMIT_MIB: '2100' } });
  root = await server.token();
  rootChannel = await server.channelId(root);
  ({ token: alice, channel: aliceChannel } = await makeUser('alice'));
  ({ token: bob } = await makeUser('bob'));
});
after(() => server?.stop());

let files = 0;
/** Announces a file; answers the whole response. */
function init(size, { token = alice, channelId = aliceChannel, headers = {}, on = server, ...fields } = {}) {
  return on.api('POST', resumable, {
    token,
    json: { filename: `clip-${++files}.mp4`, name: 'A clip', channelId, privacy: 3, ...fields },
    headers: { 'x-upload-content-length': String(size), 'x-upload-content-type': 'video/mp4', ...headers },
  });
}

/** Announces a file; answers the address for its chunks. */
async function begin(size, options) {
  const answer = await init(size, options);
  assert.equal(answer.status, 201, answer.text);
  const location = answer.headers.get('location');
  return location.slice((options?.on ?? server).url.length);
}

function put(target, body, range, { token = alice, headers = {}, on = server } = {}) {
  return on.api('PUT', target, {
    token,
    body,
    headers: { 'content-type': 'application/octet-stream', ...(range ? { 'content-range': `bytes ${range}` } : {}), ...headers },
  });
}

async function offsetOf(target, size, options) {
  const answer = await put(target, undefined, `*/${size}`, { ...options, headers: { 'content-length': '0' } });
  assert.equal(answer.status, 308, answer.text);
  assert.equal(answer.text, '');
  const range = answer.headers.get('range');
  if (!range) return 0;
  assert.match(range, /^bytes=0-\d+$/);
  return Number(range.slice(8)) + 1;
}

const cancel = (target, token = alice, on = server) => on.api('DELETE', target, { token });
const stagedFile = (target, on = server) => path.join(on.dataDir, 'staging/uploads', new URL(target, on.url).searchParams.get('upload_id'));
const digest = (algorithm, data) => createHash(algorithm).update(data).digest('base64');

function refused(answer, status, code) {
  assert.equal(answer.status, status, answer.text);
  assert.match(answer.headers.get('content-type'), /^application\/problem\+json/);
  if (code) assert.equal(answer.json.code, code);
}

function protocolError(answer, status, code) {
  assert.equal(answer.status, status, answer.text);
  assert.equal(typeof answer.json.error.message, 'string');
  assert.equal(answer.json.error.code, code);
}

/** A request whose body is sent by hand: {request, continued, answer}. */
function slow(method, target, headers, { token = alice, on = server } = {}) {
  const request = http.request(new URL(target, on.url), { method, headers: { authorization: `Bearer ${token}`, ...headers }, agent: false });
  const continued = new Promise(done => request.once('continue', () => done(true)));
  const answer = new Promise((done, fail) => {
    request.once('error', fail);
    request.once('response', async response => {
      const parts = [];
      for await (const part of response) parts.push(part);
      const text = Buffer.concat(parts).toString();
      done({ status: response.statusCode, headers: new Headers(response.headers), text, json: text.startsWith('{') ? JSON.parse(text) : undefined });
    });
  });
  answer.catch(() => {});
  return { request, continued, answer };
}

// --- announcing ------------------------------------------------------------------------------------

test('init answers 201 with an absolute address and an empty body', async () => {
  const answer = await init(1000);
  assert.equal(answer.status, 201);
  assert.equal(answer.text, '');
  assert.match(answer.headers.get('location'), new RegExp(`^${server.url}${resumable}\\?upload_id=[0-9a-f]{32}$`));
  assert.equal(answer.headers.get('range'), null);
});

test('init may be multipart; a picture in it must be one', async () => {
  const form = new FormData();
  for (const [name, value] of Object.entries({ filename: 'clip.mp4', name: 'A clip', channelId: aliceChannel, 'tags[0]': 'sea', nsfw: 'false', category: 'null' })) form.append(name, String(value));
  const headers = { 'x-upload-content-length': '1000', 'x-upload-content-type': 'video/mp4' };
  assert.equal((await server.api('POST', resumable, { token: alice, form, headers })).status, 201);
  form.append('thumbnailfile', new Blob([randomBytes(5000)], { type: 'image/jpeg' }), 'thumb.jpg');
  refused(await server.api('POST', resumable, { token: alice, form, headers }), 400, 'picture_invalid');
});

test('init without its headers is 400', async () => {
  for (const headers of [{}, { 'x-upload-content-length': '5' }, { 'x-upload-content-type': 'video/mp4' }]) {
    const answer = await server.api('POST', resumable, { token: alice, json: { filename: 'a.mp4', name: 'A clip', channelId: aliceChannel }, headers });
    refused(answer, 400, 'invalid_params');
  }
  for (const size of ['0', '-1', 'x', '1.5', '9'.repeat(30)]) refused(await init(size), 400, 'invalid_params');
});

test('init tells every wrong field', async () => {
  const answer = await init(1000, { filename: undefined, name: 'ab', privacy: 5, tags: ['x'], channelId: 'x', originallyPublishedAt: 'then', language: 'qqq' });
  refused(answer, 400, 'invalid_params');
  assert.deepEqual(Object.keys(answer.json['invalid-params']).sort(), ['channelId', 'filename', 'language', 'name', 'originallyPublishedAt', 'privacy', 'tags']);
  refused(await init(1000, { name: undefined }), 400);
  refused(await init(1000, { channelId: null }), 400);
});

test('init needs a sign-in and a channel of one\'s own', async () => {
  refused(await init(1000, { token: null }), 401);
  refused(await init(1000, { channelId: rootChannel }), 403);
  refused(await init(1000, { channelId: 999999 }), 404);
});

test('init refuses what is no video', async () => {
  for (const [type, filename, status] of [
    ['application/pdf', 'a.mp4', 415], ['text/html', 'a.html', 415], ['application/octet-stream', 'a.exe', 415],
    ['application/octet-stream', 'a.mkv', 201], ['audio/flac', 'a.flac', 201], ['video/x-unheard-of', 'a', 201],
  ]) {
    const answer = await init(1000, { filename, headers: { 'x-upload-content-type': type } });
    assert.equal(answer.status, status, `${type} ${filename}: ${answer.text}`);
  }
});

test('init refuses what is too large', async () => {
  refused(await init(2101 * MiB), 413, 'max_file_size_reached');
});

test('init refuses what the quota does not hold, unfinished uploads counted', async () => {
  const small = await makeUser('small', { videoQuota: 10 * MiB });
  const options = { token: small.token, channelId: small.channel };
  refused(await init(11 * MiB, options), 413, 'quota_reached');
  const answers = await Promise.all(Array.from({ length: 8 }, () => init(4 * MiB, options)));
  assert.equal(answers.filter(a => a.status === 201).length, 2, 'in parallel no more than fit');
  const location = answers.find(a => a.status === 201).headers.get('location');
  assert.equal((await cancel(location, small.token)).status, 204);
  assert.equal((await init(4 * MiB, options)).status, 201);
  refused(await init(4 * MiB, options), 413, 'quota_reached');
});

// --- bringing bytes -----------------------------------------------------------------------------------

test('chunks of any size, an offset query between them, the video at the end', async () => {
  const data = randomBytes(1_000_003);
  const target = await begin(data.length);
  assert.equal(await offsetOf(target, data.length), 0);
  let answer, offset = 0;
  for (const bytes of [1, 65536, 99999, 500000, data.length]) {
    const end = Math.min(offset + bytes, data.length);
    answer = await put(target, data.subarray(offset, end), `${offset}-${end - 1}/${data.length}`);
    offset = end;
    if (offset === data.length) break;
    assert.equal(answer.status, 308, answer.text);
    assert.equal(answer.text, '');
    assert.equal(answer.headers.get('range'), `bytes=0-${offset - 1}`);
    assert.equal(await offsetOf(target, data.length), offset);
    assert.equal(await offsetOf(target, '*'), offset);
  }
  assert.equal(answer.status, 200, answer.text);
  const { video } = answer.json;
  assert.deepEqual(Object.keys(video).sort(), ['id', 'shortUUID', 'uuid']);
  assert.ok(Number.isInteger(video.id));
  assert.match(video.uuid, /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  assert.match(video.shortUUID, /^[1-9A-HJ-NP-Za-km-z]{22}$/);

  // the answer to the last byte was lost: the same again
  const again = await put(target, data.subarray(1_000_000), `1000000-${data.length - 1}/${data.length}`);
  assert.equal(again.status, 200, again.text);
  assert.deepEqual(again.json.video, video);
  const asked = await put(target, undefined, `*/${data.length}`, { headers: { 'content-length': '0' } });
  assert.deepEqual(asked.json?.video, video);

  // and the clean-up that clients send
  for (let i = 0; i < 2; i++) assert.equal((await cancel(target)).status, 204);
  assert.ok(!existsSync(stagedFile(target)));
  const got = await server.api('GET', `/api/v1/videos/${video.uuid}`, { token: alice });
  assert.equal(got.status, 200);
  assert.equal(got.json.name, 'A clip');
});

test('the bytes that arrive are the bytes that are kept', async () => {
  const data = randomBytes(300_000);
  const target = await begin(data.length);
  await put(target, data.subarray(0, 200_000), `0-199999/${data.length}`);
  assert.deepEqual(readFileSync(stagedFile(target)), data.subarray(0, 200_000));
  // going back is allowed: what lay behind is replaced
  const back = await put(target, data.subarray(100_000, 150_000), `100000-149999/${data.length}`);
  assert.equal(back.headers.get('range'), 'bytes=0-149999');
  assert.deepEqual(readFileSync(stagedFile(target)), data.subarray(0, 150_000));
});

test('a PUT without a range is the whole file', async () => {
  const data = randomBytes(50_000);
  const target = await begin(data.length);
  const answer = await put(target, data);
  assert.equal(answer.status, 200, answer.text);
  assert.ok(answer.json.video.uuid);
});

test('a body of unknown length is measured as it comes', async () => {
  const data = randomBytes(200_000), target = await begin(data.length);
  const headers = { 'transfer-encoding': 'chunked', 'content-type': 'application/octet-stream' };
  let { request, answer } = slow('PUT', target, { ...headers, 'content-range': `bytes 0-99999/${data.length}` });
  request.end(data.subarray(0, 100_000));
  assert.equal((await answer).status, 308);
  ({ request, answer } = slow('PUT', target, { ...headers, 'content-range': `bytes 100000-199999/${data.length}` }));
  request.end(data.subarray(100_000, 150_000)); // less than it said
  protocolError(await answer, 409, 'FileConflict');
  assert.equal(await offsetOf(target, data.length), 100_000);
  ({ request, answer } = slow('PUT', target, { ...headers, 'content-range': `bytes 100000-149999/${data.length}` }));
  request.end(data.subarray(100_000)); // more than it said
  assert.equal((await answer).status, 413);
});

test('a real clip becomes a video that plays', async () => {
  const video = await server.upload(alice, await testClip({ seconds: 2 }), { privacy: 3, tags: ['one', 'two'] }, { chunkBytes: 30_000 });
  const got = await server.waitVideo(video.uuid, undefined, undefined, alice);
  assert.deepEqual(got.tags, ['one', 'two']);
  assert.equal(got.privacy.id, 3);
});

// --- what is wrong with a chunk ---------------------------------------------------------------------------

test('unknown, foreign and missing upload ids', async () => {
  const data = randomBytes(10), target = await begin(10);
  for (const id of ['00000000000000000000000000000000', 'x', '..%2F..%2Fzoetrope.db', '']) {
    protocolError(await put(`${resumable}?upload_id=${id}`, data, '0-9/10'), 404, 'FileNotFound');
    assert.equal((await cancel(`${resumable}?upload_id=${id}`)).status, 204);
  }
  protocolError(await put(resumable, data, '0-9/10'), 404, 'FileNotFound');
  protocolError(await put(target, data, '0-9/10', { token: bob }), 403, 'UploadForbidden');
  protocolError(await put(target, undefined, '*/10', { token: bob, headers: { 'content-length': '0' } }), 403, 'UploadForbidden');
  protocolError(await cancel(target, bob), 403, 'UploadForbidden');
  refused(await put(target, data, '0-9/10', { token: null }), 401);
  assert.equal(await offsetOf(target, 10), 0);
});

test('ranges that do not fit are 409 and change nothing', async () => {
  const data = randomBytes(1000), target = await begin(1000);
  assert.equal((await put(target, data.subarray(0, 400), '0-399/1000')).status, 308);
  for (const [range, bytes] of [
    ['500-599/1000', 100], // a gap
    ['400-1000/1000', 601], // beyond the end
    ['400-499/1001', 100], // another size
    ['400-499/1000', 99], // shorter than its range
    ['400-498/1000', 100], // longer
    ['499-400/1000', 100], // backwards
    ['*/999', 0],
    ['*/1000', 10], // a question with bytes
    [undefined, 400], // without a range it must be all of it
  ]) {
    protocolError(await put(target, bytes ? data.subarray(0, bytes) : undefined, range, bytes ? {} : { headers: { 'content-length': '0' } }), 409, 'FileConflict');
    assert.equal(await offsetOf(target, 1000), 400, `after ${range}`);
  }
  for (const range of ['nonsense', '0-/1000', '-5/1000', '0-99999999999999999999/1000']) {
    protocolError(await put(target, data.subarray(0, 5), range), 400, 'bad_request');
  }
  assert.equal(await offsetOf(target, 1000), 400);
});

test('a refusal comes before the bytes', async () => {
  const target = await begin(1000);
  const { request, continued, answer } = slow('PUT', target, { 'content-length': 100, 'content-range': 'bytes 500-599/1000', expect: '100-continue' });
  request.flushHeaders();
  const first = await Promise.race([continued.then(() => 'continue'), answer]);
  assert.notEqual(first, 'continue');
  protocolError(first, 409, 'FileConflict');
  request.destroy();
});

test('checksums are checked, and a wrong one takes the chunk back', async () => {
  const data = randomBytes(600_000), total = data.length;
  const target = await begin(total);
  const chunk = i => data.subarray(i * 100_000, (i + 1) * 100_000);
  const range = i => `${i * 100_000}-${(i + 1) * 100_000 - 1}/${total}`;
  const good = [
    c => ({ digest: `sha1=${digest('sha1', c)}` }),
    c => ({ digest: `sha=${digest('sha1', c)}` }),
    c => ({ digest: `sha-256=${digest('sha256', c)}` }),
    c => ({ 'content-md5': digest('md5', c) }),
    c => ({ 'content-digest': `sha-256=:${digest('sha256', c)}:` }),
  ];
  for (let i = 0; i < good.length; i++) {
    for (const [name, value] of Object.entries(good[i](randomBytes(5)))) {
      protocolError(await put(target, chunk(i), range(i), { headers: { [name]: value } }), 460, 'ChecksumMismatch');
    }
    assert.equal(await offsetOf(target, total), i * 100_000);
    const answer = await put(target, chunk(i), range(i), { headers: good[i](chunk(i)) });
    assert.equal(answer.status, 308, answer.text);
  }
  protocolError(await put(target, chunk(5), range(5), { headers: { digest: 'sha1=short' } }), 400, 'bad_request');
  protocolError(await put(target, chunk(5), range(5), { headers: { digest: `sha1=${digest('sha1', 'x')}` } }), 460, 'ChecksumMismatch');
  const last = await put(target, chunk(5), range(5), { headers: { digest: `crc32c=AAAAAA==, sha1=${digest('sha1', chunk(5))}` } });
  assert.equal(last.status, 200, last.text);
});

// --- breaking off and going on ------------------------------------------------------------------------------

/** Sends part of a chunk, then hangs up. */
async function breakOff(target, data, from, to, sent, headers = {}, on = server) {
  const { request, answer } = slow('PUT', target, { 'content-length': to - from, 'content-range': `bytes ${from}-${to - 1}/${data.length}`, ...headers }, { on });
  await new Promise(done => request.write(data.subarray(from, from + sent), done));
  const file = stagedFile(target, on);
  for (let i = 0; i < 200 && !(existsSync(file) && statSync(file).size >= from + sent); i++) await sleep(10);
  return { request, answer };
}

test('what arrived of a chunk that broke off counts', async () => {
  const data = randomBytes(2 * MiB), target = await begin(data.length);
  const { request } = await breakOff(target, data, 0, data.length, 500_000);
  request.destroy();
  await sleep(50);
  const have = await offsetOf(target, data.length);
  assert.equal(have, 500_000);
  const answer = await put(target, data.subarray(have), `${have}-${data.length - 1}/${data.length}`);
  assert.equal(answer.status, 200, answer.text);
});

test('a chunk with a checksum that broke off is taken back', async () => {
  const data = randomBytes(MiB), target = await begin(data.length);
  const { request } = await breakOff(target, data, 0, data.length, 500_000, { digest: `sha1=${digest('sha1', data)}` });
  request.destroy();
  for (let i = 0; i < 100 && await offsetOf(target, data.length); i++) await sleep(20);
  assert.equal(await offsetOf(target, data.length), 0);
});

test('the same file again goes on where it stopped', async () => {
  const data = randomBytes(500_000);
  const same = { filename: 'holiday.mp4', lastModified: 1700000000000 };
  const target = await begin(data.length, same);
  await put(target, data.subarray(0, 123_456), `0-123455/${data.length}`);
  const again = await init(data.length, { ...same, name: 'A better name' });
  assert.equal(again.status, 200, again.text);
  assert.equal(again.text, '');
  assert.equal(again.headers.get('location'), server.url + target);
  assert.equal(again.headers.get('range'), 'bytes=0-123455');
  for (const other of [{ ...same, lastModified: 1700000000001 }, { ...same, filename: 'holiday2.mp4' }]) assert.equal((await init(data.length, other)).status, 201);
  assert.equal((await init(data.length + 1, same)).status, 201);
  const last = await put(target, data.subarray(123_456), `123456-${data.length - 1}/${data.length}`);
  assert.equal(last.status, 200);
  const video = await server.api('GET', `/api/v1/videos/${last.json.video.uuid}`, { token: alice });
  assert.equal(video.json.name, 'A better name');
  const fresh = await init(data.length, same);
  assert.equal(fresh.status, 201, 'a finished upload is not gone on with');
  assert.notEqual(fresh.headers.get('location'), server.url + target);
});

test('one chunk at a time: a second one is 409 while the first is coming', async () => {
  const data = randomBytes(MiB), target = await begin(data.length);
  const { request, answer } = await breakOff(target, data, 0, data.length, 100_000);
  protocolError(await put(target, data.subarray(0, 10), `0-9/${data.length}`), 409, 'FileConflict');
  request.end(data.subarray(100_000));
  assert.equal((await answer).status, 200);
});

test('a connection that went silent does not keep its owner from going on', async () => {
  const data = randomBytes(MiB), target = await begin(data.length);
  const { request, answer } = await breakOff(target, data, 0, data.length, 100_000); // and then nothing
  await sleep(2200);
  const have = await offsetOf(target, data.length);
  assert.equal(have, 100_000);
  const next = await put(target, data.subarray(have, 300_000), `${have}-299999/${data.length}`);
  assert.equal(next.status, 308, next.text);
  request.end(randomBytes(data.length - 100_000)); // it wakes up, with other bytes even
  protocolError(await answer, 409, 'FileConflict');
  assert.deepEqual(readFileSync(stagedFile(target)), data.subarray(0, 300_000));
  assert.equal((await put(target, data.subarray(300_000), `300000-${data.length - 1}/${data.length}`)).status, 200);
});

test('the same last chunk sent many times at once makes one video', async () => {
  const data = randomBytes(200_000), target = await begin(data.length);
  const answers = await Promise.all(Array.from({ length: 6 }, () => put(target, data, `0-${data.length - 1}/${data.length}`)));
  const uuids = new Set(answers.filter(a => a.status === 200).map(a => a.json.video.uuid));
  assert.equal(uuids.size, 1);
  for (const a of answers) {
    assert.ok([200, 409, 503].includes(a.status), `${a.status} ${a.text}`);
    if (a.status === 503) assert.equal(a.headers.get('retry-after'), '300');
  }
});

test('many uploads at once', async () => {
  await Promise.all(Array.from({ length: 12 }, async (_, n) => {
    const data = randomBytes(300_000 + n), target = await begin(data.length);
    for (let offset = 0; offset < data.length; offset += 64_000) {
      const end = Math.min(offset + 64_000, data.length);
      const answer = await put(target, data.subarray(offset, end), `${offset}-${end - 1}/${data.length}`);
      assert.equal(answer.status, end === data.length ? 200 : 308, answer.text);
    }
  }));
});

test('cancelling removes the bytes, also those on their way', async () => {
  const data = randomBytes(MiB), target = await begin(data.length, { filename: 'x.mp4', lastModified: 5 });
  await put(target, data.subarray(0, 1000), `0-999/${data.length}`);
  assert.ok(existsSync(stagedFile(target)));
  assert.equal((await cancel(target)).status, 204);
  assert.ok(!existsSync(stagedFile(target)));
  protocolError(await put(target, data.subarray(1000), `1000-${data.length - 1}/${data.length}`), 404, 'FileNotFound');
  assert.equal((await cancel(target)).status, 204);

  const other = await begin(data.length, { filename: 'x.mp4', lastModified: 5 });
  assert.notEqual(other, target);
  const { request, answer } = await breakOff(other, data, 0, data.length, 1000);
  assert.equal((await cancel(other)).status, 204);
  request.end(data.subarray(1000));
  protocolError(await answer, 404, 'FileNotFound');
  assert.ok(!existsSync(stagedFile(other)));
});

test('an upload left alone for a day is 410, and gone after the purge', async () => {
  const old = await begin(1000, { filename: 'old.mp4' }), fresh = await begin(1000, { filename: 'fresh.mp4' });
  for (const target of [old, fresh]) await put(target, randomBytes(10), '0-9/1000');
  const id = new URL(old, server.url).searchParams.get('upload_id');
  execFileSync('sqlite3', [path.join(server.dataDir, 'zoetrope.db'), '-cmd', '.timeout 10000',
    `UPDATE upload SET touched_ms = touched_ms - 24*3600*1000 - 5000 WHERE id = '${id}'`]);
  protocolError(await put(old, randomBytes(10), '10-19/1000'), 410, 'UploadExpired');
  await server.restart(); // a round of the purge runs at start
  for (let i = 0; i < 100 && existsSync(stagedFile(old)); i++) await sleep(20);
  assert.ok(!existsSync(stagedFile(old)));
  protocolError(await put(old, randomBytes(10), '10-19/1000'), 404, 'FileNotFound');
  assert.equal(await offsetOf(fresh, 1000), 10);
});

test('kill -9 in the middle: what was acknowledged is there after the restart', async () => {
  const clip = readFileSync(await testClip({ seconds: 3 }));
  const target = await begin(clip.length, { filename: 'killed.mp4' });
  let offset = 0, acknowledged = 0;
  const step = Math.ceil(clip.length / 7);
  for (let round = 0; round < 3; round++) {
    const end = offset + step;
    const answer = await put(target, clip.subarray(offset, end), `${offset}-${end - 1}/${clip.length}`);
    assert.equal(answer.status, 308, answer.text);
    acknowledged = end;
    const { answer: broken } = await breakOff(target, clip, end, end + step, Math.floor(step / 2));
    broken.catch(() => {});
    await server.kill();
    await server.start();
    const have = await offsetOf(target, clip.length);
    assert.ok(have >= acknowledged, `${have} of ${acknowledged} acknowledged bytes`);
    assert.deepEqual(readFileSync(stagedFile(target)).subarray(0, have), clip.subarray(0, have));
    offset = have;
  }
  const last = await put(target, clip.subarray(offset), `${offset}-${clip.length - 1}/${clip.length}`);
  assert.equal(last.status, 200, last.text);
  await server.kill(); // right after the answer
  await server.start();
  const again = await put(target, clip.subarray(offset), `${offset}-${clip.length - 1}/${clip.length}`);
  assert.deepEqual(again.json?.video, last.json.video);
  await server.waitVideo(last.json.video.uuid, undefined, undefined, alice);
});

// --- the multipart form -----------------------------------------------------------------------------------------

function multipart(fields, { token = alice, on = server, data = randomBytes(1000), type = 'video/mp4', name = 'clip.mp4', headers } = {}) {
  const form = new FormData();
  for (const [key, value] of Object.entries({ name: 'A clip', channelId: aliceChannel, privacy: 3, ...fields })) if (value !== undefined) form.append(key, String(value));
  if (data) form.append('videofile', new Blob([data], { type }), name);
  return on.api('POST', '/api/v1/videos/upload', { token, form, headers });
}

test('a multipart form makes a video in one request', async () => {
  const video = await server.upload(alice, await testClip({ seconds: 2 }), { privacy: 1, tags: ['sea', 'lions'], category: 16, nsfw: false, waitTranscoding: true, commentsPolicy: 2, language: 'fr', description: 'Two\nlines', originallyPublishedAt: '2020-01-02' }, { multipart: true });
  const got = await server.api('GET', `/api/v1/videos/${video.uuid}`, { token: alice });
  assert.equal(got.status, 200, got.text);
  assert.deepEqual(got.json.tags, ['sea', 'lions']);
  assert.equal(got.json.category.id, 16);
  assert.equal(got.json.language.id, 'fr');
  assert.equal(got.json.commentsPolicy.id, 2);
  assert.equal(got.json.description, 'Two\nlines');
  assert.equal(got.json.waitTranscoding, true);
  assert.equal(new Date(got.json.originallyPublishedAt).toISOString(), '2020-01-02T00:00:00.000Z');
  assert.equal(got.json.id, video.id);
  assert.equal(got.json.shortUUID, video.shortUUID);
  assert.deepEqual(readdirSync(path.join(server.dataDir, 'staging/request')), []);
});

test('the form is refused with its reason', async () => {
  refused(await multipart({}, { data: null }), 422);
  refused(await multipart({}, { data: Buffer.alloc(0) }), 422);
  const wrong = await multipart({ name: 'ab', privacy: 5, channelId: undefined });
  refused(wrong, 400, 'invalid_params');
  assert.deepEqual(Object.keys(wrong.json['invalid-params']).sort(), ['channelId', 'name', 'privacy']);
  refused(await multipart({ channelId: rootChannel }), 403);
  refused(await multipart({ channelId: 999999 }), 404);
  refused(await multipart({}, { type: 'application/pdf', name: 'clip.pdf' }), 415);
  refused(await server.api('POST', '/api/v1/videos/upload', { json: {} }), 401);
  assert.deepEqual(readdirSync(path.join(server.dataDir, 'staging/request')), []);
});

test('the form is refused by its announced length before a byte of it', async () => {
  const tiny = await makeUser('tiny', { videoQuota: 5 * MiB });
  for (const [token, length, code] of [[tiny.token, 6 * MiB, 'quota_reached'], [alice, 3000 * MiB, 'max_file_size_reached']]) {
    const { request, continued, answer } = slow('POST', '/api/v1/videos/upload', { 'content-length': length, 'content-type': 'multipart/form-data; boundary=x', expect: '100-continue' }, { token });
    request.flushHeaders();
    const first = await Promise.race([continued.then(() => 'continue'), answer]);
    assert.notEqual(first, 'continue', 'no byte was asked for');
    refused(first, 413, code);
    request.destroy();
  }
  const { request, answer } = slow('POST', '/api/v1/videos/upload', { 'transfer-encoding': 'chunked', 'content-type': 'multipart/form-data; boundary=x' });
  request.end('--x--');
  refused(await answer, 411);
});

test('forms that come in at once cannot pass the quota together', async () => {
  const few = await makeUser('few', { videoQuota: 5 * MiB });
  const answers = await Promise.all(Array.from({ length: 6 }, () => multipart({ channelId: few.channel }, { token: few.token, data: randomBytes(2 * MiB) })));
  const fine = answers.filter(a => a.status === 200).length;
  assert.ok(fine >= 1 && fine <= 2, `${fine} of them fit`);
  for (const a of answers) if (a.status !== 200) refused(a, 413, 'quota_reached');
});

// --- a full disk --------------------------------------------------------------------------------------------------

/** Why there is no small disk; or the folder of one. */
function smallDisk(mib) {
  if (process.getuid() !== 0) return { why: 'only root may mount a small disk' };
  const folder = tempFolder('zoetrope-small');
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${mib}m`, 'tmpfs', folder], { stdio: 'pipe' });
  } catch (error) {
    return { why: `a small disk cannot be mounted here: ${String(error.stderr).trim()}` };
  }
  return { folder, unmount() { execFileSync('umount', ['-l', folder]); } };
}

test('a full disk is 507 and leaves nothing half-written', async t => {
  const disk = smallDisk(80);
  if (disk.why) return t.skip(disk.why);
  const other = await startServer({ dataDir: path.join(disk.folder, 'data') });
  try {
    const token = await other.token(), channelId = await other.channelId(token), options = { on: other, token, channelId };
    const free = () => Number(execFileSync('df', ['--output=avail', '-B1', disk.folder]).toString().split('\n')[1]);

    // announced: refused at once
    refused(await init(100 * MiB, options), 507, 'disk_full');
    const { request, continued, answer } = slow('POST', '/api/v1/videos/upload', { 'content-length': 100 * MiB, 'content-type': 'multipart/form-data; boundary=x', expect: '100-continue' }, { token, on: other });
    request.flushHeaders();
    refused(await Promise.race([continued, answer]), 507, 'disk_full');
    request.destroy();

    // somebody else fills it meanwhile: the chunk is taken back, the upload goes on later
    const data = randomBytes(30 * MiB), total = data.length;
    const target = await begin(total, { ...options });
    assert.equal((await put(target, data.subarray(0, 5 * MiB), `0-${5 * MiB - 1}/${total}`, { token, on: other })).status, 308);
    const chunk = slow('PUT', target, { 'content-length': 25 * MiB, 'content-range': `bytes ${5 * MiB}-${total - 1}/${total}` }, { token, on: other });
    chunk.request.write(data.subarray(5 * MiB, 6 * MiB));
    const file = stagedFile(target, other);
    for (let i = 0; i < 300 && statSync(file).size < 6 * MiB; i++) await sleep(10);
    const filler = path.join(disk.folder, 'filler');
    execFileSync('fallocate', ['-l', String(free() - 4 * MiB), filler]);
    chunk.request.end(data.subarray(6 * MiB));
    const full = await chunk.answer;
    assert.equal(full.status, 507, full.text);
    for (let i = 0; i < 100 && statSync(file).size !== 5 * MiB; i++) await sleep(20);
    assert.equal(statSync(file).size, 5 * MiB);

    // a form that fills it
    const before = free();
    const form = await multipart({ channelId }, { token, on: other, data: randomBytes(20 * MiB) });
    refused(form, 507, 'disk_full');
    assert.deepEqual(readdirSync(path.join(other.dataDir, 'staging/request')), []);
    assert.ok(free() >= before - MiB);

    rmSync(filler);
    assert.equal(await offsetOf(target, total, { token, on: other }), 5 * MiB);
    const done = await put(target, data.subarray(5 * MiB), `${5 * MiB}-${total - 1}/${total}`, { token, on: other });
    assert.equal(done.status, 200, done.text);
  } finally {
    await other.stop();
    disk.unmount();
  }
});

// --- memory ---------------------------------------------------------------------------------------------------------

const rss = pid => Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))[1]) * 1024;

/** Sends `total` bytes with backpressure, watching the server's memory; answers {answer, grown}. */
async function stream(method, target, headers, total, head = Buffer.alloc(0), tail = Buffer.alloc(0)) {
  const { request, answer } = slow(method, target, { ...headers, 'content-length': total + head.length + tail.length });
  const block = randomBytes(MiB);
  let most = 0;
  const start = rss(server.pid);
  request.write(head);
  for (let sent = 0; sent < total; sent += block.length) {
    const part = block.subarray(0, Math.min(block.length, total - sent));
    if (!request.write(part)) await new Promise(done => request.once('drain', done));
    if (sent % (16 * MiB) === 0) most = Math.max(most, rss(server.pid));
  }
  request.end(tail);
  const result = await answer;
  return { answer: result, grown: Math.max(most, rss(server.pid)) - start };
}

for (const mib of [300, ...(process.env.ZOETROPE_TEST_BIG ? [2048] : [])]) {
  test(`memory does not grow with the file: ${mib} MiB`, async t => {
    // Sanitizers keep freed memory in quarantine, so the bound means something without them only.
    const bound = (sanitized ? 300 : 16) * MiB, total = mib * MiB;
    const target = await begin(total, { filename: 'big.mp4' });
    const put1 = await stream('PUT', target, { 'content-range': `bytes 0-${total - 1}/${total}` }, total);
    assert.equal(put1.answer.status, 200, put1.answer.text);
    assert.equal((await server.api('DELETE', `/api/v1/videos/${put1.answer.json.video.uuid}`, { token: alice })).status, 204);
    const part = (name, value, more = '') => `--x\r\nContent-Disposition: form-data; name="${name}"${more}\r\n\r\n${value}`;
    const head = `${part('name', 'Big')}\r\n${part('channelId', aliceChannel)}\r\n${part('videofile', '', '; filename="big.mp4"\r\nContent-Type: video/mp4')}`;
    const post = await stream('POST', '/api/v1/videos/upload', { 'content-type': 'multipart/form-data; boundary=x' }, total, Buffer.from(head), Buffer.from('\r\n--x--\r\n'));
    assert.equal(post.answer.status, 200, post.answer.text);
    assert.equal((await server.api('DELETE', `/api/v1/videos/${post.answer.json.video.uuid}`, { token: alice })).status, 204);
    t.diagnostic(`grew by ${(put1.grown / MiB).toFixed(1)} MiB (PUT), ${(post.grown / MiB).toFixed(1)} MiB (form)`);
    assert.ok(put1.grown < bound, `PUT grew the server by ${put1.grown} bytes`);
    assert.ok(post.grown < bound, `the form grew the server by ${post.grown} bytes`);
  });
}
