// server.mjs — starts a zoetrope for a test, talks to it, stops it, and judges how it ended.
//
//   const server = await startServer({ env: { ZOETROPE_RATE_LIMITS: 'true' } });
//   const token = await server.token();                        // root's
//   const { status, json } = await server.api('GET', '/api/v1/users/me', { token });
//   const { uuid } = await server.upload(token, await clip('a', [...]), { name: 'A clip' });
//   await server.waitVideo(uuid, v => v.state.id === 1);
//   await server.stop();                                       // asserts a clean end
//
// ZOETROPE_BIN says which program (build/zoetrope). Rate limits are off unless asked for. A server
// that a test forgot is killed, and its folder removed, when the test's process ends.

import assert from 'node:assert/strict';
import { spawn, execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, openAsBlob, renameSync, statSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { createServer } from 'node:net';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { tempFolder } from '../folders.mjs';

export const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../..');
export const program = path.resolve(root, process.env.ZOETROPE_BIN ?? 'build/zoetrope');
export const mediaFolder = path.resolve(root, process.env.ZOETROPE_MEDIA ?? '../shared/media');

const running = new Set();
process.prependListener('exit', () => { // before its folder is removed
  for (const child of running) child.kill('SIGKILL');
});

export const sleep = ms => new Promise(done => setTimeout(done, ms));

export function freePort() {
  return new Promise((done, fail) => {
    const probe = createServer();
    probe.once('error', fail);
    probe.listen(0, '127.0.0.1', () => {
      const { port } = probe.address();
      probe.close(() => done(port));
    });
  });
}

const sanitizerReport = /(ERROR|WARNING): (Address|Leak|Thread|Memory|UndefinedBehavior)Sanitizer|runtime error: /;

/** Runs the program to its end: {code, signal, out, err}. For settings, --help and the like. */
export function runProgram(args, env = {}, { timeoutMs = 20000 } = {}) {
  return new Promise((done, fail) => {
    execFile(program, args, { env: { ...environment(), ...env }, timeout: timeoutMs }, (error, out, err) => {
      if (error && error.code === 'ENOENT') return fail(error);
      done({ code: error ? error.code : 0, signal: error?.signal ?? null, out, err });
    });
  });
}

function environment() {
  const env = {};
  for (const [name, value] of Object.entries(process.env)) {
    // Settings of the machine the tests run on must not leak in.
    if (!name.startsWith('ZOETROPE_')) env[name] = value;
  }
  const web = path.join(root, 'build/web');
  if (existsSync(web)) env.ZOETROPE_WEB = web;
  env.ZOETROPE_RATE_LIMITS = 'false';
  return env;
}

class Server {
  constructor({ env, dataDir, args, rootPassword, port }) {
    this.env = env;
    this.dataDir = dataDir;
    this.args = args;
    this.rootPassword = rootPassword;
    this.port = port;
    this.url = `http://localhost:${port}`;
    this.output = '';
    this.tokens = new Map();
  }

  get pid() { return this.child?.pid; }

  /** Everything it has written to stdout and stderr, over all its starts. */
  log() { return this.output; }

  async start({ timeoutMs = 30000 } = {}) {
    const args = ['serve', '--data', this.dataDir, '--listen', `127.0.0.1:${this.port}`, '--url', this.url, ...this.args];
    const child = spawn(program, args, {
      env: { ...environment(), ZOETROPE_ROOT_PASSWORD: this.rootPassword, ...this.env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.child = child;
    running.add(child);
    child.stdout.setEncoding('utf8').on('data', text => { this.output += text; });
    child.stderr.setEncoding('utf8').on('data', text => { this.output += text; });
    this.ended = new Promise(done => {
      child.once('error', error => {
        running.delete(child);
        this.output += `${error}\n`;
        done({ code: -1, signal: null });
      });
      child.once('close', (code, signal) => {
        running.delete(child);
        done({ code, signal });
      });
    });
    let end = null;
    this.ended.then(e => { if (this.child === child) end = e; });
    const until = Date.now() + timeoutMs;
    for (;;) {
      if (end) throw new Error(`zoetrope ended at its start (${end.code ?? end.signal}):\n${this.tail()}`);
      try {
        const answer = await fetch(`${this.url}/api/v1/ping`);
        if (answer.status === 200 && (await answer.text()).trim() === 'pong') return this;
      } catch { /* not listening yet */ }
      if (Date.now() > until) {
        child.kill('SIGKILL');
        throw new Error(`zoetrope did not answer within ${timeoutMs} ms:\n${this.tail()}`);
      }
      await sleep(10);
    }
  }

  tail(lines = 40) { return this.output.split('\n').slice(-lines).join('\n'); }

  checkLog() {
    const at = this.output.search(sanitizerReport);
    assert.equal(at, -1, at < 0 ? '' : `sanitizer report:\n${this.output.slice(at, at + 6000)}`);
  }

  /** SIGTERM; a clean stop exits 0 and leaves no sanitizer report. */
  async stop({ timeoutMs = 60000 } = {}) {
    if (!this.child) return;
    const child = this.child;
    child.kill('SIGTERM');
    const timer = setTimeout(() => child.kill('SIGKILL'), timeoutMs);
    const { code, signal } = await this.ended;
    clearTimeout(timer);
    this.child = null;
    this.checkLog();
    assert.equal(signal, null, `ended by ${signal} instead of stopping:\n${this.tail()}`);
    assert.equal(code, 0, `exit code ${code}:\n${this.tail()}`);
  }

  /** SIGKILL, as a crash or a power cut would. */
  async kill() {
    if (!this.child) return;
    this.child.kill('SIGKILL');
    await this.ended;
    this.child = null;
  }

  /** Starts again with the same data and port; stops it first when it still runs. */
  async restart(options) {
    await this.stop();
    return this.start(options);
  }

  /** {status, headers, text, json}; json is undefined when the answer is none. */
  async api(method, target, { token, json, form, body, headers = {}, signal } = {}) {
    const send = { ...headers };
    if (token) send.authorization = `Bearer ${token}`;
    if (json !== undefined) {
      body = JSON.stringify(json);
      send['content-type'] ??= 'application/json';
    } else if (form instanceof FormData) {
      body = form;
    } else if (form) {
      body = new URLSearchParams(form).toString();
      send['content-type'] ??= 'application/x-www-form-urlencoded';
    }
    const answer = await fetch(new URL(target, this.url), { method, headers: send, body, redirect: 'manual', signal });
    const text = await answer.text();
    let parsed;
    if (/\bjson\b/.test(answer.headers.get('content-type') ?? '')) {
      try { parsed = JSON.parse(text); } catch { assert.fail(`${method} ${target} answered broken JSON: ${text.slice(0, 500)}`); }
    }
    return { status: answer.status, headers: answer.headers, text, json: parsed };
  }

  /** An access token by the OAuth2 password grant; asked for once per name and password. */
  async token(username = 'root', password = this.rootPassword) {
    const key = `${username}\n${password}`;
    if (!this.tokens.has(key)) {
      const client = await this.api('GET', '/api/v1/oauth-clients/local');
      assert.equal(client.status, 200, client.text);
      const answer = await this.api('POST', '/api/v1/users/token', {
        form: { ...client.json, grant_type: 'password', response_type: 'code', username, password },
      });
      assert.equal(answer.status, 200, answer.text);
      this.tokens.set(key, answer.json.access_token);
    }
    return this.tokens.get(key);
  }

  /** The id of the user's first channel. */
  async channelId(token) {
    const me = await this.api('GET', '/api/v1/users/me', { token });
    assert.equal(me.status, 200, me.text);
    return me.json.videoChannels[0].id;
  }

  /**
   * Uploads a file: resumable in chunks (`chunkBytes`), or one multipart request (`multipart: true`).
   * Answers {id, uuid, shortUUID}. `onChunk(sent, total)` may throw to stop in the middle.
   */
  async upload(token, file, fields = {}, { multipart = false, chunkBytes = 4 << 20, onChunk } = {}) {
    const size = statSync(file).size;
    const all = { name: path.basename(file), channelId: await this.channelId(token), privacy: 1, ...fields };
    if (multipart) {
      const form = new FormData();
      for (const [name, value] of Object.entries(all)) {
        if (Array.isArray(value)) value.forEach((item, i) => form.append(`${name}[${i}]`, String(item)));
        else form.append(name, String(value));
      }
      form.append('videofile', await openAsBlob(file, { type: 'video/mp4' }), path.basename(file));
      const answer = await this.api('POST', '/api/v1/videos/upload', { token, form });
      assert.equal(answer.status, 200, answer.text);
      return answer.json.video;
    }
    const location = await this.uploadBegin(token, file, all);
    const handle = await open(file);
    try {
      for (let offset = 0;;) {
        const { bytesRead, buffer } = await handle.read(Buffer.alloc(Math.min(chunkBytes, size - offset)), 0, undefined, offset);
        const answer = await this.uploadChunk(token, location, buffer.subarray(0, bytesRead), offset, size);
        offset += bytesRead;
        if (answer.status === 200) return answer.json.video;
        assert.equal(answer.status, 308, answer.text);
        assert.equal(answer.headers.get('range'), `bytes=0-${offset - 1}`);
        await onChunk?.(offset, size);
      }
    } finally {
      await handle.close();
    }
  }

  /** The first step of a resumable upload: path and query to send chunks to. */
  async uploadBegin(token, file, fields) {
    const stat = statSync(file);
    const answer = await this.api('POST', '/api/v1/videos/upload-resumable', {
      token,
      json: { filename: path.basename(file), lastModified: Math.round(stat.mtimeMs), ...fields },
      headers: { 'x-upload-content-length': String(stat.size), 'x-upload-content-type': 'video/mp4' },
    });
    assert.ok(answer.status === 201 || answer.status === 200, `${answer.status} ${answer.text}`);
    const location = new URL(answer.headers.get('location'), this.url);
    return location.pathname + location.search;
  }

  uploadChunk(token, location, bytes, offset, size) {
    return this.api('PUT', location, {
      token,
      body: bytes,
      headers: {
        'content-type': 'application/octet-stream',
        'content-range': `bytes ${offset}-${offset + bytes.length - 1}/${size}`,
      },
    });
  }

  /** How many bytes of a resumable upload the server has. */
  async uploadOffset(token, location, size) {
    const answer = await this.api('PUT', location, { token, headers: { 'content-range': `bytes */${size}`, 'content-length': '0' } });
    if (answer.status !== 308) return { status: answer.status, json: answer.json };
    const range = answer.headers.get('range');
    return { status: 308, offset: range ? Number(range.split('-')[1]) + 1 : 0 };
  }

  /** Polls the video until predicate(video) holds; answers the video. */
  async waitVideo(id, predicate = v => v.state.id === 1 && v.streamingPlaylists[0]?.files.length > 0, timeoutMs = 120000, token = undefined) {
    const until = Date.now() + timeoutMs;
    token ??= await this.token();
    let last;
    for (;;) {
      last = await this.api('GET', `/api/v1/videos/${id}`, { token });
      if (last.status === 200 && predicate(last.json)) return last.json;
      if (Date.now() > until) {
        assert.fail(`video ${id} did not get there in ${timeoutMs} ms: ${last.status} ${JSON.stringify(last.json)?.slice(0, 1500)}\n${this.tail(20)}`);
      }
      await sleep(100);
    }
  }
}

let passwords = 0;

/** Starts a server on a free port, with a data folder of its own unless one is given. */
export async function startServer({ env = {}, dataDir, args = [], rootPassword, port } = {}) {
  const server = new Server({
    env,
    args,
    dataDir: dataDir ?? tempFolder(),
    rootPassword: rootPassword ?? `test password ${process.pid} ${++passwords}`,
    port: port ?? await freePort(),
  });
  return server.start();
}

// --- media ------------------------------------------------------------------------------------

/** Runs a command; rejects when it fails: {out, err}. */
export function command(name, args, { timeoutMs = 600000 } = {}) {
  return new Promise((done, fail) => {
    execFile(name, args, { timeout: timeoutMs, maxBuffer: 64 << 20 }, (error, out, err) => {
      if (error) fail(new Error(`${name} ${args.join(' ')}\n${err.slice(-3000)}`));
      else done({ out, err });
    });
  });
}

/** A file made by ffmpeg with `args` (all but the output), kept in build/clips for later runs. */
export async function clip(name, args, extension = 'mp4') {
  const folder = path.join(root, 'build/clips');
  mkdirSync(folder, { recursive: true });
  const digest = createHash('sha256').update(JSON.stringify(args)).digest('hex').slice(0, 12);
  const file = path.join(folder, `${name}-${digest}.${extension}`);
  if (!existsSync(file)) {
    const making = path.join(folder, `.${process.pid}-${name}-${digest}.${extension}`);
    await command('ffmpeg', ['-nostdin', '-v', 'error', '-y', ...args, making]);
    renameSync(making, file);
  }
  return file;
}

/** A moving test picture with a tone. `copyable` gives H.264 + AAC that browsers play as it is. */
export function testClip({ seconds = 3, size = '320x240', fps = 25, copyable = true, sound = true } = {}) {
  const args = ['-f', 'lavfi', '-i', `testsrc2=size=${size}:rate=${fps}:duration=${seconds}`];
  if (sound) args.push('-f', 'lavfi', '-i', `sine=frequency=440:duration=${seconds}`, '-ac', '2');
  const name = `test-${size}-${fps}-${seconds}s${sound ? '' : '-silent'}`;
  if (copyable) {
    args.push('-c:v', 'libx264', '-preset', 'veryfast', '-g', String(fps * 2), '-pix_fmt', 'yuv420p', '-c:a', 'aac', '-movflags', '+faststart');
    return clip(name, args, 'mp4');
  }
  args.push('-c:v', 'mpeg4', '-q:v', '4', '-c:a', 'libmp3lame');
  return clip(name, args, 'avi');
}

/** ffprobe's JSON of a file or URL. */
export async function ffprobe(input) {
  const { out } = await command('ffprobe', ['-v', 'error', '-show_format', '-show_streams', '-of', 'json', String(input)]);
  return JSON.parse(out);
}

/** Decodes all of a file or URL; rejects when ffmpeg has anything to complain about. */
export async function decodes(input) {
  const { err } = await command('ffmpeg', ['-nostdin', '-v', 'error', '-xerror', '-i', String(input), '-f', 'null', '-']);
  assert.equal(err.trim(), '', `decoding ${input}`);
}
