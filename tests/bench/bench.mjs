// bench.mjs — measured beside ffmpeg and nginx on the same machine in the same run, so that the
// ratios mean something on any machine.
//
//   make bench                        all of it
//   make bench BENCH="files api"      some groups: media workers first files api federation memory start
//
// BENCH_SECONDS: how long wrk runs (6). BENCH_FIRST: lengths in seconds of the sources of `first` (10 600).
// MEDIA_SECONDS, MEDIA_CLIPS: see tests/media/bench.mjs.
// Clips are made by ffmpeg once and kept in build/clips. Everything else goes away at the end. The
// numbers are also written to build/bench.json.

import assert from 'node:assert/strict';
import { execFile, spawn } from 'node:child_process';
import { copyFileSync, existsSync, readFileSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { federation } from './federation.mjs';
import { mediaBench } from '../media/bench.mjs';
import { workersBench } from './workers.mjs';
import { clip, command, freePort, mediaFolder, program, root, runProgram, sleep, startServer, testClip } from '../api/server.mjs';
import { removeFolder, tempFolder } from '../folders.mjs';

const wanted = process.argv.slice(2);
const seconds = Number(process.env.BENCH_SECONDS ?? 6);
const lines = [];

const number = n => n === null || n === undefined ? '-' : Math.abs(n) >= 1000 ? Math.round(n).toLocaleString('en') : Math.abs(n) >= 100 ? n.toFixed(0) : Math.abs(n) >= 10 ? n.toFixed(1) : n.toFixed(2);

/** One line: what, ours, the yardstick, their ratio, and what the ratio (or ours) should be. */
function report(what, ours, unit, yard = null, yardName = '', target = null) {
  const ratio = yard ? ours / yard : null;
  let verdict = '';
  if (target) {
    const value = target.of === 'ours' ? ours : ratio;
    const good = target.most !== undefined ? value <= target.most : value >= target.least;
    verdict = `${target.most !== undefined ? '<=' : '>='} ${target.most ?? target.least} ${good ? 'ok' : 'MISSED'}`;
    lines.push({ what, ours, unit, yard, yardName, ratio, target, good });
  } else {
    lines.push({ what, ours, unit, yard, yardName, ratio });
  }
  console.log(`  ${what.padEnd(44)} ${number(ours).padStart(9)} ${unit.padEnd(6)} ${yard === null ? ''.padEnd(26) : `${yardName} ${number(yard)}`.padEnd(26)} ${ratio === null ? ''.padEnd(8) : `x ${ratio < 0.01 ? ratio.toFixed(4) : ratio.toFixed(2)}`.padEnd(8)} ${verdict}`);
}

const median = list => [...list].sort((a, b) => a - b)[Math.floor(list.length / 2)];

// --- clips --------------------------------------------------------------------------------------

/** A minute of 1080p30 H.264 + AAC at about 8 Mbit/s: real film when it is at hand, with noise. */
async function minuteClip() {
  const film = path.join(mediaFolder, 'the_last_man_on_earth.mp4');
  const input = existsSync(film)
    ? ['-stream_loop', '-1', '-i', film, '-vf', 'scale=1920:1080,fps=30,noise=alls=6:allf=t']
    : ['-f', 'lavfi', '-i', 'testsrc2=size=1920x1080:rate=30', '-f', 'lavfi', '-i', 'sine=frequency=300', '-vf', 'noise=alls=10:allf=t'];
  return clip('minute-1080p', [...input, '-t', '60', '-c:v', 'libx264', '-preset', 'veryfast', '-b:v', '8M', '-maxrate', '12M',
    '-bufsize', '16M', '-g', '60', '-pix_fmt', 'yuv420p', '-c:a', 'aac', '-b:a', '160k', '-ac', '2', '-ar', '48000', '-movflags', '+faststart']);
}
/** The same in a codec that no browser plays, so that every rung must be encoded. */
const foreignClip = async () => clip('minute-1080p-mpeg4', ['-i', await minuteClip(), '-c:v', 'mpeg4', '-b:v', '12M', '-g', '60', '-c:a', 'copy'], 'mkv');

const cut = async (length, foreign = false) => clip(`cut-1080p-${length}s`, [...length > 60 ? ['-stream_loop', String(length / 60 - 1)] : [],
  '-i', await (foreign ? foreignClip() : minuteClip()), '-t', String(length), '-c', 'copy', '-movflags', '+faststart'], foreign ? 'mkv' : 'mp4');

// --- measuring ------------------------------------------------------------------------------------

/** Wall, CPU and largest memory of a command: GNU time appends a line per process to `log`. */
const timeFormat = '%e %U %S %M';
function timesOf(log) {
  const rows = readFileSync(log, 'utf8').trim().split('\n').filter(line => /^[\d.]+ /.test(line)).map(line => line.split(' ').map(Number));
  return {
    wall: rows.reduce((sum, r) => sum + r[0], 0),
    cpu: rows.reduce((sum, r) => sum + r[1] + r[2], 0),
    rssMiB: Math.max(...rows.map(r => r[3])) / 1024,
  };
}

async function timed(name, args) {
  const log = path.join(tempFolder(), 'time');
  await command('/usr/bin/time', ['-q', '-o', log, '-f', timeFormat, name, ...args]);
  return timesOf(log);
}

async function wrk(url, { connections = 16, rangeOf = 0, headers = [], delayMs = 0 } = {}) {
  const run = length => new Promise((done, fail) => {
    execFile('wrk', ['-t1', `-c${connections}`, `-d${length}s`, '-s', path.join(root, 'tests/bench/wrk.lua'),
      ...headers.flatMap(h => ['-H', h]), url],
    { env: { ...process.env, RANGE_OF: String(rangeOf), DELAY_MS: String(delayMs) } }, (error, out) => {
      const json = out.match(/^JSON (.*)$/m);
      if (error || !json) return fail(error ?? new Error(out));
      done(JSON.parse(json[1]));
    });
  });
  await run(1); // warm
  const r = await run(seconds);
  assert.equal(r.errors, 0, `${r.errors} wrong answers from ${url}`);
  return { ...r, perSecond: r.requests / r.seconds, bytesPerSecond: r.bytes / r.seconds };
}

/** ours and theirs by turns, so that a noisy minute hits both. */
async function sideBySide(ours, theirs) {
  const a = [await ours()], b = [await theirs()];
  a.push(await ours()); b.push(await theirs());
  const best = (list, key) => list.reduce((x, y) => (y[key] > x[key] ? y : x));
  return [best(a, 'perSecond'), best(b, 'perSecond')];
}

function memoryMiB(pid) {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  const kib = name => Number(status.match(new RegExp(`^${name}:\\s+(\\d+)`, 'm'))[1]);
  return { now: kib('VmRSS') / 1024, peak: kib('VmHWM') / 1024 };
}

async function firstAnswer(url, started, timeoutMs = 10000) {
  for (;;) {
    try {
      const answer = await fetch(url);
      await answer.arrayBuffer();
      if (answer.ok) return performance.now() - started;
    } catch { /* not yet */ }
    if (performance.now() - started > timeoutMs) throw new Error(`${url} does not answer`);
    await sleep(2);
  }
}

class Nginx {
  constructor(folder) {
    this.folder = folder;
    this.home = tempFolder('zoetrope-nginx');
  }

  async start() {
    this.port = await freePort();
    const config = path.join(this.home, 'nginx.conf');
    writeFileSync(config, `
${process.getuid() === 0 ? 'user root;' : ''}
worker_processes auto;
daemon off;
pid ${this.home}/pid;
error_log ${this.home}/error.log;
events { worker_connections 1024; }
http {
  access_log off; sendfile on; tcp_nopush on; tcp_nodelay on;
  keepalive_requests 100000000; keepalive_timeout 65;
  types { text/plain txt; video/mp4 mp4; image/jpeg jpg; image/svg+xml svg; }
  ${['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map(n => `${n}_temp_path ${this.home}/${n};`).join(' ')}
  server { listen 127.0.0.1:${this.port}; root ${this.folder}; }
}`);
    const started = performance.now();
    this.child = spawn('nginx', ['-p', this.home, '-c', config, '-e', path.join(this.home, 'error.log')], { stdio: 'ignore' });
    process.once('exit', () => this.child.kill());
    this.ms = await firstAnswer(`http://127.0.0.1:${this.port}/small.txt`, started);
    return this;
  }

  async stop() {
    const ended = new Promise(done => this.child.once('close', done));
    this.child.kill('SIGTERM');
    await ended;
  }
}

async function untilQuiet(server) {
  for (;;) {
    const { out } = await command('sqlite3', ['-readonly', '-cmd', '.timeout 5000', path.join(server.dataDir, 'zoetrope.db'),
      "SELECT count(*) FROM job WHERE state IN ('pending', 'running')"]);
    if (Number(out) === 0) return;
    await sleep(300);
  }
}

// --- the groups -------------------------------------------------------------------------------------

const groups = {};

groups.media = async () => mediaBench(report, path.join(path.dirname(program), 'zoetrope-transcoder'));

groups.workers = () => workersBench(report);

/** The first segment of the largest rung there is, once it can be had whole; else null. */
async function playable(server, token, uuid) {
  const { json } = await server.api('GET', `/api/v1/videos/${uuid}`, { token });
  const playlist = json?.streamingPlaylists?.[0];
  const top = playlist?.files.filter(f => f.resolution.id > 0).sort((x, y) => y.resolution.id - x.resolution.id)[0];
  if (!top || !(await fetch(playlist.playlistUrl)).ok) return null;
  const text = await (await fetch(top.playlistUrl)).text();
  const range = text.match(/#EXT-X-BYTERANGE:(\d+)@(\d+)/);
  if (!range) return null;
  const [, bytes, at] = range.map(Number);
  const segment = await fetch(new URL(text.match(/^[^#\s].*\.mp4$/m)[0], top.playlistUrl), { headers: { range: `bytes=${at}-${at + bytes - 1}` } });
  const whole = segment.status === 206 && (await segment.arrayBuffer()).byteLength === bytes;
  return whole ? { resolution: top.resolution.id, rungs: playlist.files.length } : null;
}

groups.first = async () => {
  console.log('upload done -> first playable segment, against ffmpeg copying the file to HLS');
  const lengths = (process.env.BENCH_FIRST ?? '10 600').split(' ').map(Number);
  for (const [foreign, most] of [[false, 2], [true, 4]]) for (const length of lengths) {
    const name = length < 60 ? `${length} s` : `${length / 60} min`, file = await cut(length, foreign);
    const server = await startServer();
    const token = await server.token();
    const { uuid } = await server.upload(token, file, { name }, { chunkBytes: 32 << 20 });
    const started = performance.now();
    let first = null;
    while (first === null) {
      if (performance.now() - started > 120000) throw new Error(`${name}: nothing to play after two minutes\n${server.tail()}`);
      await sleep(20);
      first = await playable(server, token, uuid);
    }
    const ms = performance.now() - started;
    await server.stop();
    const at = tempFolder();
    const copy = await timed('ffmpeg', ['-nostdin', '-v', 'error', '-i', file, '-c', 'copy', '-f', 'hls', '-hls_time', '4', '-hls_playlist_type', 'vod',
      '-hls_segment_type', 'fmp4', '-hls_flags', 'single_file', '-hls_segment_filename', `${at}/x.mp4`, `${at}/x.m3u8`]);
    report(`${name}, ${foreign ? 'to be encoded' : 'H.264'}, ${(statSync(file).size / 1e6).toFixed(0)} MB: ${first.resolution}p first`,
      ms / 1000, 's', Math.max(copy.wall, 0.01), 'ffmpeg, whole', { most, of: 'ours' });
    removeFolder(at);
    removeFolder(server.dataDir);
  }
};

/** A server with 20 small videos and one in 1080p, all done; and nginx beside it. */
let prepared;
async function site() {
  if (prepared) return prepared;
  const server = await startServer({ env: { ZOETROPE_RESOLUTIONS: '144' } });
  const token = await server.token();
  const small = await testClip({ seconds: 2, size: '256x144', fps: 25 });
  const { uuid } = await server.upload(token, await cut(60), { name: 'A minute of film' }, { chunkBytes: 32 << 20 });
  for (let i = 1; i < 20; i++) await server.upload(token, small, { name: `Video ${i}`, description: 'A description of some length, as people write them. '.repeat(4), tags: ['one', 'two'] });
  await untilQuiet(server);
  const video = await server.waitVideo(uuid);
  const list = await server.api('GET', '/api/v1/videos?count=20');
  assert.equal(list.json.data.length, 20, 'all twenty are listed');
  const folder = tempFolder('zoetrope-files');
  writeFileSync(path.join(folder, 'small.txt'), 'pong\n');
  prepared = { server, video, folder };
  return prepared;
}

async function fileOf(server, url) {
  const answer = await fetch(url);
  assert.equal(answer.status, 200, url);
  return Buffer.from(await answer.arrayBuffer());
}

groups.files = async () => {
  const { server, video, folder } = await site();
  console.log(`files, against nginx with sendfile on the same bytes (wrk, 16 connections, best of two runs of ${seconds} s)`);
  const top = video.streamingPlaylists[0].files.reduce((a, b) => (b.resolution.id > a.resolution.id ? b : a));
  const thumbnail = new URL(video.thumbnailPath, server.url).href;
  const assets = path.join(root, 'build/web/assets');
  const asset = existsSync(assets) ? readdirSync(assets).filter(n => n.endsWith('.svg')).sort()[0] : undefined;
  // The same file, not a copy in another state of the page cache.
  const size = Number((await fetch(top.fileUrl, { method: 'HEAD' })).headers.get('content-length'));
  writeFileSync(path.join(folder, 'top.mp4'), await fileOf(server, top.fileUrl));
  writeFileSync(path.join(folder, 'thumbnail.jpg'), await fileOf(server, thumbnail));
  if (asset) copyFileSync(path.join(assets, asset), path.join(folder, 'asset.svg'));
  const nginx = await new Nginx(folder).start();
  const beside = `http://127.0.0.1:${nginx.port}`;
  const host = url => url.replace('localhost', '127.0.0.1');

  let [a, b] = await sideBySide(() => wrk(host(top.fileUrl), { rangeOf: size }), () => wrk(`${beside}/top.mp4`, { rangeOf: size }));
  report('1 MiB ranges of the 1080p rung', a.bytesPerSecond / 1e6, 'MB/s', b.bytesPerSecond / 1e6, 'nginx', { least: 0.4 });
  if (asset) {
    [a, b] = await sideBySide(() => wrk(`${host(server.url)}/client/assets/${asset}`), () => wrk(`${beside}/asset.svg`));
    report(`small static answers (${statSync(path.join(folder, 'asset.svg')).size} B asset)`, a.perSecond, 'req/s', b.perSecond, 'nginx', { least: 0.8 });
  }
  [a, b] = await sideBySide(() => wrk(`${host(server.url)}/api/v1/ping`), () => wrk(`${beside}/small.txt`));
  report('ping', a.perSecond, 'req/s', b.perSecond, 'nginx, 5 B file', asset ? null : { least: 0.8 });
  [a, b] = await sideBySide(() => wrk(host(thumbnail)), () => wrk(`${beside}/thumbnail.jpg`));
  report(`thumbnails (${statSync(path.join(folder, 'thumbnail.jpg')).size} B)`, a.perSecond, 'req/s', b.perSecond, 'nginx');
  const playlist = host(top.playlistUrl);
  writeFileSync(path.join(folder, 'list.txt'), await fileOf(server, top.playlistUrl));
  [a, b] = await sideBySide(() => wrk(playlist), () => wrk(`${beside}/list.txt`));
  report('rung playlists', a.perSecond, 'req/s', b.perSecond, 'nginx');
  await nginx.stop();
};

groups.api = async () => {
  const { server, video, folder } = await site();
  console.log('the API with 20 videos, against nginx with a small file (PeerTube: 0.0015 to 0.007 of that)');
  const nginx = await new Nginx(folder).start();
  const small = `http://127.0.0.1:${nginx.port}/small.txt`;
  const at = server.url.replace('localhost', '127.0.0.1');
  for (const [name, target, wish] of [
    ['GET /api/v1/videos', '/api/v1/videos', { least: 0.03 }],
    ['GET /api/v1/videos?count=20&sort=-views', '/api/v1/videos?count=20&sort=-views', null],
    ['GET /api/v1/videos/:uuid', `/api/v1/videos/${video.uuid}`, null],
    ['GET /api/v1/config', '/api/v1/config', null],
    ['the watch page', `/w/${video.shortUUID}`, null],
  ]) {
    const bytes = (await fileOf(server, at + target)).length;
    const [a, b] = await sideBySide(() => wrk(at + target), () => wrk(small));
    report(`${name} (${bytes} B)`, a.perSecond, 'req/s', b.perSecond, 'nginx', wish);
    report('  p99', a.p99_ms, 'ms', b.p99_ms, 'nginx');
  }
  await nginx.stop();
};

groups.federation = () => federation({ report, wrk });

groups.memory = async () => {
  console.log('memory of the server process (PeerTube: 215 MiB idle, 426 MiB and more loaded)');
  const idle = await startServer();
  await sleep(3000);
  report('idle, 3 s after the start', memoryMiB(idle.pid).now, 'MiB', null, '', { most: 40, of: 'ours' });
  await idle.stop();
  const { server } = await site();
  await wrk(`${server.url.replace('localhost', '127.0.0.1')}/api/v1/videos`, { connections: 64 });
  const loaded = memoryMiB(server.pid);
  report('after uploads and load on the API', loaded.now, 'MiB');
  report('  its peak', loaded.peak, 'MiB');
};

groups.start = async () => {
  console.log('start -> first answer (PeerTube: 3.1 s)');
  const folder = tempFolder();
  writeFileSync(path.join(folder, 'small.txt'), 'pong\n');
  const data = tempFolder();
  const ours = [], theirs = [];
  for (let i = 0; i < 6; i++) {
    const port = await freePort();
    const started = performance.now();
    const child = spawn(program, ['serve', '--data', data, '--listen', `127.0.0.1:${port}`, '--url', `http://localhost:${port}`],
      { stdio: 'ignore', env: { ...process.env, ZOETROPE_ROOT_PASSWORD: 'bench password' } });
    const ms = await firstAnswer(`http://127.0.0.1:${port}/api/v1/ping`, started);
    const ended = new Promise(done => child.once('close', done));
    child.kill('SIGTERM');
    await ended;
    if (i === 0) report('first start, with migrations and root', ms / 1000, 's', null, '', { most: 0.5, of: 'ours' });
    else ours.push(ms);
    const nginx = await new Nginx(folder).start();
    theirs.push(nginx.ms);
    await nginx.stop();
  }
  report('later starts, median of 5', median(ours) / 1000, 's', median(theirs) / 1000, 'nginx', { most: 0.5, of: 'ours' });
};

// --- run them -----------------------------------------------------------------------------------------

for (const name of wanted) if (!groups[name]) throw new Error(`no group ${name}; there are ${Object.keys(groups).join(' ')}`);
const { out } = await runProgram(['--version']);
console.log(out.trim());
let broken = 0;
for (const [name, run] of Object.entries(groups)) {
  if (wanted.length && !wanted.includes(name)) continue;
  try {
    await run();
  } catch (error) {
    broken++;
    console.log(`  ${name} could not be measured: ${error.stack}`);
  }
}
if (prepared) await prepared.server.stop();
writeFileSync(path.join(root, 'build/bench.json'), JSON.stringify(lines, null, 1));
const missed = lines.filter(l => l.good === false).length;
console.log(`\n${lines.filter(l => l.good).length} targets met, ${missed} missed, ${broken} groups broken`);
process.exitCode = broken ? 1 : 0;
