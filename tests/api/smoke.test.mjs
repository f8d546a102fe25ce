// The server starts, answers what needs no account, refuses wrong settings clearly, stops cleanly.
import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { freePort, runProgram, sleep, startServer } from './server.mjs';
import { tempFolder } from '../folders.mjs';

let server;
before(async () => { server = await startServer(); });
after(() => server?.stop());

test('ping answers pong', async () => {
  const answer = await server.api('GET', '/api/v1/ping');
  assert.equal(answer.status, 200);
  assert.equal(answer.text.trim(), 'pong');
});

test('health is good and says so to a probe', async () => {
  const answer = await server.api('GET', '/health');
  assert.equal(answer.status, 200, answer.text);
});

test('metrics are Prometheus text', async () => {
  const answer = await server.api('GET', '/metrics');
  assert.equal(answer.status, 200);
  assert.match(answer.headers.get('content-type'), /^text\/plain/);
  assert.match(answer.text, /^# TYPE zoetrope_\w+ (counter|gauge|histogram)$/m);
  for (const line of answer.text.trim().split('\n')) {
    assert.match(line, /^(#.*|[a-z_]+(\{[^}]*\})? -?[0-9.e+-]+)$/);
  }
});

test('metrics tell how federation stands', async () => {
  const { text } = await server.api('GET', '/metrics');
  for (const name of ['incoming_waiting', 'incoming_done_total', 'incoming_ignored_total', 'incoming_again_total', 'incoming_given_up_total',
    'deliveries_waiting', 'delivered_total', 'retried_total', 'dropped_total', 'hosts_set_aside', 'requests_total', 'connections_total']) {
    assert.match(text, new RegExp(`^zoetrope_federation_${name} 0$`, 'm'));
  }
});

test('config has what clients look for', async () => {
  const { status, json } = await server.api('GET', '/api/v1/config');
  assert.equal(status, 200);
  assert.match(json.serverVersion, /^[5-9]\.\d+\.\d+/, 'clients gate on a PeerTube-like version');
  assert.equal(typeof json.instance.name, 'string');
  assert.equal(typeof json.signup.allowed, 'boolean');
  assert.ok(Array.isArray(json.transcoding.enabledResolutions));
});

test('an unknown API route is 400 with a problem document', async () => {
  const answer = await server.api('GET', '/api/v1/no-such-thing');
  assert.equal(answer.status, 400);
  assert.match(answer.headers.get('content-type'), /^application\/problem\+json/);
  assert.equal(answer.json.status, 400);
});

test('a trailing slash is the same route', async () => {
  assert.equal((await server.api('GET', '/api/v1/ping/')).status, 200);
});

test('answers carry a request id', async () => {
  const answer = await server.api('GET', '/api/v1/videos');
  assert.equal(answer.status, 200, answer.text);
  assert.ok(answer.headers.get('x-request-id'));
});

test('root can sign in, a wrong password is invalid_grant', async () => {
  assert.match(await server.token(), /^[0-9a-f]{40}$/);
  const client = (await server.api('GET', '/api/v1/oauth-clients/local')).json;
  const wrong = await server.api('POST', '/api/v1/users/token', {
    form: { ...client, grant_type: 'password', username: 'root', password: 'not this one' },
  });
  assert.equal(wrong.status, 400);
  assert.equal(wrong.json.code, 'invalid_grant');
});

test('stops cleanly and starts again with the same accounts', async () => {
  await server.restart();
  server.tokens.clear();
  await server.token();
});

test('stops while connections stay open, idle and in the middle of a request', async () => {
  const other = await startServer();
  const open = request => new Promise((done, fail) => {
    const socket = connect(other.port, '127.0.0.1', () => socket.write(request, () => done(socket)));
    socket.once('error', fail);
  });
  const idle = await open('');
  const headers = await open('GET /api/v1/ping HTTP/1.1\r\nHost: x\r\n');
  const body = await open('POST /api/v1/users/token HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\ngrant');
  await sleep(100);
  await other.stop({ timeoutMs: 30000 });
  for (const socket of [idle, headers, body]) socket.destroy();
});

// --- settings ------------------------------------------------------------------------------------

test('--help and config print the whole table', async () => {
  const help = await runProgram(['--help']);
  assert.equal(help.code, 0);
  for (const word of ['serve', 'config', 'transcode_threads', 'ZOETROPE_']) assert.match(help.out + help.err, new RegExp(word));
  const config = await runProgram(['config'], { ZOETROPE_WORKERS: '3' });
  assert.equal(config.code, 0);
  assert.match(config.out, /^workers\s*=\s*3\b/m);
  assert.match(config.out, /^max_fps\s*=\s*60\b/m);
});

const wrong = [
  ['a number that is none', ['--workers', 'many'], {}, /workers.*whole number/],
  ['a setting that does not exist', [], { file: 'colour = blue\n' }, /colour.*no such setting/],
  ['an address with a path', ['--url', 'https://example.org/videos'], {}, /url.*without a path/],
  ['an address without a scheme', ['--url', 'example.org'], {}, /url.*http/],
  ['a rung of nothing', ['--resolutions', '240,x'], {}, /resolutions/],
  ['a level that does not exist', [], { env: { ZOETROPE_LOG_LEVEL: 'loud' } }, /log_level/],
  ['a truth that is none', [], { env: { ZOETROPE_RATE_LIMITS: 'perhaps' } }, /rate_limits.*true or false/],
  ['a file that is not there', ['--config', '/nonexistent.conf'], {}, /cannot be read/],
];
for (const [name, given, { env = {}, file }, message] of wrong) {
  test(`wrong settings stop the start with one line: ${name}`, async () => {
    const folder = tempFolder(), flags = [...given];
    if (file) {
      const config = path.join(folder, 'zoetrope.conf');
      writeFileSync(config, file);
      flags.push('--config', config);
    }
    const end = await runProgram(['serve', '--data', path.join(folder, 'data'), ...flags], env);
    assert.notEqual(end.code, 0);
    assert.equal(end.signal, null, 'it must not start');
    assert.match(end.err, message);
    assert.equal(end.err.trim().split('\n').filter(line => message.test(line)).length, 1, end.err);
  });
}

test('several wrong settings are all told', async () => {
  const end = await runProgram(['serve', '--data', tempFolder(), '--workers', 'x', '--max_fps', 'y'],
    { ZOETROPE_LISTEN: 'nowhere' });
  assert.notEqual(end.code, 0);
  for (const name of ['workers', 'max_fps', 'listen']) assert.match(end.err, new RegExp(name));
});

test('a port in use is one clear line', async () => {
  const end = await runProgram(['serve', '--data', tempFolder(), '--listen', `127.0.0.1:${server.port}`,
    '--url', server.url]);
  assert.notEqual(end.code, 0);
  assert.match(end.err, /in use|listen/);
});

test('a data folder that cannot be written is one clear line', async () => {
  const folder = tempFolder();
  writeFileSync(path.join(folder, 'data'), 'a file, no folder');
  const end = await runProgram(['serve', '--data', path.join(folder, 'data'), '--listen', `127.0.0.1:${await freePort()}`]);
  assert.notEqual(end.code, 0);
  assert.equal(end.signal, null);
  assert.ok(end.err.trim().length > 0);
});

test('flags win over the environment, the environment over the file', async () => {
  const folder = tempFolder();
  mkdirSync(path.join(folder, 'x'));
  const config = path.join(folder, 'zoetrope.conf');
  writeFileSync(config, 'workers = 4\nmax_fps = 30\nname = From the file\n');
  const { out } = await runProgram(['config', '--config', config, '--workers', '6'], { ZOETROPE_WORKERS: '5', ZOETROPE_MAX_FPS: '50' });
  assert.match(out, /^workers\s*=\s*6\b/m);
  assert.match(out, /^max_fps\s*=\s*50\b/m);
  assert.match(out, /^name\s*=\s*From the file/m);
});
