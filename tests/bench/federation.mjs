// federation.mjs — group `federation` of bench.mjs: what comes in, what goes out, and what both cost
// the people who look at pages meanwhile.
//
// Shares are of what `openssl speed rsa2048` does on all cores in the same run; the senders and
// receivers of the measurement run on those cores too. Beside the share by the clock stands the one
// by CPU time (one RSA operation / all that one activity costs, sender and receiver included), which
// other work on the machine disturbs less. Peers are rows that sqlite3 makes, with names below
// .localhost, which curl takes for loopback; their inboxes are an nginx that answers 202.
//
// BENCH_INBOX: activities sent (30000). BENCH_ROWS: rows of the long queues (100000).

import assert from 'node:assert/strict';
import { execFile, spawn } from 'node:child_process';
import { generateKeyPairSync } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import path from 'node:path';
import { command, freePort, root, sleep, startServer } from '../api/server.mjs';
import { tempFolder } from '../folders.mjs';
import { insert, sql } from '../federation/peers.mjs';

const activities = Number(process.env.BENCH_INBOX ?? 30000);
const queueRows = Number(process.env.BENCH_ROWS ?? 100000);
const connections = 32, signers = 500;
const videoId = '7f0c9a3e-5d0b-4c55-9b3e-2f1d6a1c8b10';

/** RSA-2048 operations a second on all cores, and seconds of CPU for one. */
async function rsaLimit() {
  const speed = async args => {
    const { out } = await command('openssl', ['speed', '-seconds', '1', ...args, 'rsa2048']);
    return out.match(/^rsa 2048 bits\s+\S+\s+\S+\s+([\d.]+)\s+([\d.]+)/m).slice(1).map(Number);
  };
  const [sign, verify] = await speed(['-elapsed', '-multi', String(availableParallelism())]);
  const [signCpu, verifyCpu] = (await speed([])).map(perSecond => 1 / perSecond);
  return { sign, verify, signCpu, verifyCpu };
}

/** User and system time of a process so far. */
function cpuSeconds(pid) {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').replace(/^.*\) /s, '').split(' ');
  return (Number(fields[11]) + Number(fields[12])) / 100;
}

/** Its own memory; pages of the database that are mapped in are the kernel's to drop. */
const memoryMiB = pid => Number(readFileSync(`/proc/${pid}/status`, 'utf8').match(/^RssAnon:\s+(\d+)/m)[1]) / 1024;

const figure = (text, name) => Number(text.match(new RegExp(`^zoetrope_${name} (\\d+)`, 'm'))[1]);
const metrics = async server => (await server.api('GET', '/metrics')).text;

// --- a site with peers ------------------------------------------------------------------------------

const keys = generateKeyPairSync('rsa', { modulusLength: 2048,
  publicKeyEncoding: { type: 'spki', format: 'pem' }, privateKeyEncoding: { type: 'pkcs8', format: 'pem' } });

/** Alice (50), her channel (51) and its video (60); then stopped. */
async function site(env = {}) {
  const server = await startServer({ env: { ZOETROPE_FEDERATION_INSECURE: 'true', ZOETROPE_LOG_LEVEL: 'warn',
    ZOETROPE_CONNECTIONS_PER_ADDRESS: '1000', ...env } });
  const now = Date.now();
  const same = { created_ms: now, updated_ms: now };
  await insert(server, 'user', { id: 50, username: 'alice', password_hash: '!', role: 2, quota_bytes: -1, quota_daily_bytes: -1, ...same });
  await insert(server, 'actor', { id: 50, kind: 'Person', name: 'alice', display_name: 'Alice', user_id: 50, ...same });
  await insert(server, 'actor', { id: 51, kind: 'Group', name: 'demo', display_name: 'Demo', owner_id: 50, ...same });
  await insert(server, 'video', { id: 60, uuid: videoId, channel_id: 51, name: 'A video', privacy: 1, state: 1, playable: 1, listed: 1,
    source_name: 'a.mp4', source_bytes: 1, master_name: 'm', sha256_name: 's', published_ms: now, ...same });
  server.videoUri = `${server.url}/videos/watch/${videoId}`;
  await server.stop();
  return server;
}

/** `count` people elsewhere, from row 1000 on, on `hosts` hosts. */
function people(server, count, { hosts = count, host = "'peer' || (n % HOSTS) || '.example'", scheme = 'https', shared = '1' } = {}) {
  const name = host.replace('HOSTS', String(hosts));
  return sql(server, `WITH RECURSIVE t(n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM t WHERE n + 1 < ${count}),
      p AS (SELECT n, ${name} AS host, '${scheme}://' || ${name} AS base FROM t),
      q AS (SELECT n, host, base, base || '/users/u' || CASE WHEN n < ${hosts} THEN '' ELSE n END AS uri FROM p)
    INSERT INTO actor (id, kind, name, host, display_name, uri, inbox, shared_inbox, key_id, public_key, fetched_ms, created_ms, updated_ms)
    SELECT 1000 + n, 'Person', 'u' || n, host, 'Somebody', uri, uri || '/inbox', CASE WHEN ${shared} THEN base || '/inbox' END,
           uri || '#main-key', '${keys.publicKey}', ${Date.now()}, ${Date.now()}, ${Date.now()} FROM q`);
}

// --- what comes in ------------------------------------------------------------------------------------

/** All activities signed; answers a function that sends them. */
function signAll(server, keyFile) {
  return new Promise((ready, never) => {
    let ended, failed;
    const end = new Promise((done, fail) => { ended = done; failed = fail; });
    const child = execFile(path.join(root, 'build/tests/bench_inbox_load'), [server.port, keyFile, activities, signers, connections, server.videoUri].map(String),
      (error, out, err) => {
        if (!error) return ended(JSON.parse(out.slice(out.indexOf('{'))));
        const why = new Error(`${error.message}\n${err}\n${server.tail()}`);
        failed(why);
        never(why);
      });
    process.once('exit', () => child.kill());
    child.stdout.once('data', () => ready(() => {
      child.stdin.write('\n');
      return end;
    }));
  });
}

async function workedThrough(server) {
  const started = performance.now();
  const before = await metrics(server);
  const waiting = figure(before, 'federation_incoming_waiting');
  while (figure(await metrics(server), 'federation_incoming_waiting') > 0) await sleep(100);
  return { waiting, seconds: (performance.now() - started) / 1000 };
}

async function inbox({ report }) {
  const keyFile = path.join(tempFolder(), 'key.pem');
  writeFileSync(keyFile, keys.privateKey);
  for (const waiting of [0, queueRows]) {
    const server = await site();
    await people(server, signers);
    if (waiting)
      await sql(server, `WITH RECURSIVE t(n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM t WHERE n + 1 < ${waiting})
        INSERT INTO incoming (digest, signer_id, body, run_after_ms, received_ms)
        SELECT 'bench' || n, 1000 + n % ${signers}, '{"id":"https://peer' || (n % ${signers}) || '.example/likes/' || n || '","type":"Like","actor":"https://peer'
          || (n % ${signers}) || '.example/users/u","object":"${server.videoUri}"}', ${Date.now()}, ${Date.now()} FROM t`);
    const limit = await rsaLimit();
    const sendAll = await signAll(server, keyFile);
    await server.start();
    const before = cpuSeconds(server.pid);
    const r = await sendAll();
    const cpu = cpuSeconds(server.pid) - before;
    assert.equal(r.wrong, 0);
    report(`inbox, ${waiting.toLocaleString('en')} waiting: kept a second`, r.answered / r.seconds, '/s', limit.verify, 'RSA verify', { least: 0.08 });
    report('  p99 of the answers', r.p99_ms, 'ms');
    report('  CPU for one, sender and working through included', 1e6 * (cpu + r.cpu) / r.answered, 'us');
    report('  share by CPU time', limit.verifyCpu / (cpu + r.cpu) * r.answered, '', null, '', { least: 0.08, of: 'ours' });
    const { waiting: left, seconds } = await workedThrough(server);
    report(`  then ${left.toLocaleString('en')} are worked through, a second`, left / seconds, '/s');
    report('  memory then', memoryMiB(server.pid), 'MiB');
    await server.stop();
  }
}

// --- what goes out --------------------------------------------------------------------------------------

class Inboxes {
  async start() {
    this.home = tempFolder('zoetrope-inboxes');
    this.port = await freePort();
    const config = path.join(this.home, 'nginx.conf');
    writeFileSync(config, `
${process.getuid() === 0 ? 'user root;' : ''}
worker_processes 1;
worker_priority 10; # elsewhere, really
daemon off;
pid ${this.home}/pid;
error_log ${this.home}/error.log;
events { worker_connections 8192; }
http {
  access_log off; tcp_nodelay on; keepalive_requests 100000000; keepalive_timeout 65; client_body_buffer_size 32k;
  ${['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map(n => `${n}_temp_path ${this.home}/${n};`).join(' ')}
  server { listen 127.0.0.1:${this.port} backlog=8192; location / { return 202; } location = /status { stub_status; } }
}`);
    this.child = spawn('nginx', ['-p', this.home, '-c', config, '-e', path.join(this.home, 'error.log')], { stdio: 'ignore' });
    process.once('exit', () => this.child.kill());
    for (let i = 0; ; i++) {
      try { await this.requests(); return this; } catch (error) { if (i > 200) throw error; }
      await sleep(20);
    }
  }

  /** How many requests came, this one and its like not counted. */
  async requests() {
    const text = await (await fetch(`http://127.0.0.1:${this.port}/status`)).text();
    this.asked = (this.asked ?? 0) + 1;
    return Number(text.match(/\n +\d+ +\d+ +(\d+)/)[1]) - this.asked;
  }

  cpu() {
    const workers = readFileSync(`/proc/${this.child.pid}/task/${this.child.pid}/children`, 'utf8').trim().split(' ');
    return workers.reduce((sum, pid) => sum + cpuSeconds(pid), 0);
  }

  async stop() {
    const ended = new Promise(done => this.child.once('close', done));
    this.child.kill('SIGTERM');
    await ended;
  }
}

const delivered = async server => figure(await metrics(server), 'federation_delivered_total');

async function delivery({ report }) {
  const inboxes = await new Inboxes().start();
  const server = await site();
  const hosts = 250;
  const body = JSON.stringify({ '@context': 'https://www.w3.org/ns/activitystreams', id: `${server.videoUri}/updates/1`, type: 'Update',
    actor: `${server.url}/accounts/alice`, object: { id: server.videoUri, type: 'Video', content: 'A description of some length. '.repeat(60) } });
  await sql(server, `INSERT INTO outgoing (id, body, open, created_ms) VALUES (1, '${body}', ${queueRows}, ${Date.now()});
    WITH RECURSIVE t(n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM t WHERE n + 1 < ${queueRows})
    INSERT INTO delivery (outgoing_id, signer_id, host, inbox, run_after_ms, created_ms)
    SELECT 1, 50, 'h' || (n % ${hosts}) || '.localhost:${inboxes.port}', 'http://h' || (n % ${hosts}) || '.localhost:${inboxes.port}/users/' || n || '/inbox',
           ${Date.now()}, ${Date.now()} FROM t`);
  const limit = await rsaLimit();
  await server.start();
  const first = await delivered(server), started = performance.now(), before = cpuSeconds(server.pid) + inboxes.cpu();
  let now = first;
  while (now < queueRows && performance.now() - started < 60000 && now - first < queueRows * 0.6) {
    await sleep(200);
    now = await delivered(server);
  }
  const seconds = (performance.now() - started) / 1000;
  report(`delivery, ${queueRows.toLocaleString('en')} waiting, ${hosts} hosts: a second`, (now - first) / seconds, '/s', limit.sign, 'RSA sign', { least: 0.4 });
  const cpu = (cpuSeconds(server.pid) + inboxes.cpu() - before) / (now - first);
  report('  CPU for one, receiver included', 1e6 * cpu, 'us');
  report('  share by CPU time', limit.signCpu / cpu, '', null, '', { least: 0.4, of: 'ours' });
  report('  memory', memoryMiB(server.pid), 'MiB');
  const arrived = await inboxes.requests();
  assert.ok(arrived >= now, `${arrived} arrived of ${now}`);
  await server.stop();
  await inboxes.stop();
}

// --- one video to many ----------------------------------------------------------------------------------

/** People look at pages while a video goes out: 16 of them, each every 40 ms. */
async function fanOut({ report, wrk }) {
  const inboxes = await new Inboxes().start();
  const server = await site();
  const hosts = 3000, followers = 10000;
  await people(server, followers, { hosts, host: `'h' || (n % HOSTS) || '.localhost:${inboxes.port}'`, scheme: 'http', shared: `n % ${hosts} % 10 > 0` });
  await sql(server, `UPDATE video SET privacy = 3, listed = 0;
    INSERT INTO follow (follower_id, target_id, state, uri, created_ms)
    SELECT id, 51, 'accepted', uri || '/follows/1', ${Date.now()} FROM actor WHERE id >= 1000`);
  await server.start();
  const token = await server.token();
  const change = async form => {
    const answer = await server.api('PUT', `/api/v1/videos/${videoId}`, { token, form });
    assert.equal(answer.status, 204, answer.text);
  };
  const waiting = async () => figure(await metrics(server), 'federation_deliveries_waiting');

  const memory = memoryMiB(server.pid), started = performance.now();
  await change({ privacy: '1' });
  let most = 0;
  while (!(await delivered(server)) || await waiting() > 0) {
    most = Math.max(most, memoryMiB(server.pid));
    await sleep(20);
  }
  const count = await delivered(server);
  report(`fan-out to ${followers.toLocaleString('en')} followers on ${hosts.toLocaleString('en')} hosts`, (performance.now() - started) / 1000, 's');
  report('  deliveries', count, '');
  report('  memory', most, 'MiB', memory, 'before');

  const at = `http://127.0.0.1:${server.port}`;
  for (const [name, page] of [['/api/v1/videos', '/api/v1/videos'], ['the watch page', `/w/${videoId}`]]) {
    const look = () => wrk(at + page, { connections: 16, delayMs: 40 });
    const idle = [], busy = [];
    let early = 0;
    for (let round = 0; round < 3; round++) { // by turns, so that a noisy minute hits both
      idle.push(await look());
      for (let i = 0; i < 8; i++) await change({ name: `Another name ${round} ${i}` });
      busy.push(await look());
      early += await waiting() === 0;
      await sql(server, 'DELETE FROM delivery; DELETE FROM outgoing'); // the next round does not wait for this one
    }
    const middle = (list, key) => list.map(r => r[key]).sort((a, b) => a - b)[1];
    report(`  ${name}, p50 meanwhile, median of 3`, middle(busy, 'p50_ms'), 'ms', middle(idle, 'p50_ms'), 'idle');
    report(`    p99${early ? ` (${early} fan-outs ended early)` : ''}`, middle(busy, 'p99_ms'), 'ms', middle(idle, 'p99_ms'), 'idle', { most: 2 });
  }
  await server.stop();
  await inboxes.stop();
}

const parts = { inbox, delivery, fanOut };

export async function federation(tools) {
  console.log(`federation: activities in and out, all on the same ${availableParallelism()} cores as their senders and receivers`);
  const only = process.env.BENCH_FEDERATION?.split(' ') ?? Object.keys(parts);
  for (const name of only) await parts[name](tools);
}
