// peers.mjs — what the tests of federation share: signed requests as peers send them, and the rows
// of a site that runs under another name than the one it listens on.

import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { request } from 'node:http';
import path from 'node:path';
import { root, sleep } from '../api/server.mjs';

export const fixtureFolder = path.resolve(root, process.env.ZOETROPE_AP_FIXTURES ?? '../shared/ap-fixtures');

export const fixture = name => JSON.parse(readFileSync(path.join(fixtureFolder, `${name}.json`), 'utf8'));
/** Empty in a clone without them: the tests over them are skipped then. */
export const fixtureNames = () => !existsSync(fixtureFolder) ? [] : readdirSync(fixtureFolder).filter(f => f.endsWith('.json')).map(f => f.slice(0, -5));

const quote = v => v === null || v === undefined ? 'NULL' : typeof v === 'number' ? String(v) : `'${String(v).replaceAll("'", "''")}'`;

/** Runs SQL with the sqlite3 program beside the running server: rows as objects. */
export function sql(server, text) {
  return new Promise((done, fail) => {
    const child = execFile('sqlite3', ['-json', '-cmd', '.timeout 20000', path.join(server.dataDir, 'zoetrope.db')],
      { maxBuffer: 64 << 20 }, (error, out, err) => {
        if (error || err) fail(new Error(`${err}\n${text}`));
        else done(out.trim() ? JSON.parse(out) : []);
      });
    child.stdin.end(`PRAGMA foreign_keys = ON;\n${text};\n`);
  });
}

export async function one(server, text) {
  const rows = await sql(server, text);
  return rows.length ? Object.values(rows[0])[0] : undefined;
}

export function insert(server, table, row) {
  return sql(server, `INSERT INTO ${table} (${Object.keys(row).join(', ')}) VALUES (${Object.values(row).map(quote).join(', ')})`);
}

/** Sends the exact bytes and headers to the address the server listens on: {status, text}. */
export function send(server, { method = 'POST', target, headers, body }) {
  return new Promise((done, fail) => {
    const call = request({ host: '127.0.0.1', port: server.port, method, path: target, headers, setHost: false }, answer => {
      const parts = [];
      answer.on('data', part => parts.push(part));
      answer.on('end', () => done({ status: answer.statusCode, headers: answer.headers, text: Buffer.concat(parts).toString() }));
    });
    call.on('error', fail);
    call.end(body);
  });
}

/** A fixture as a request; `change(headers, body)` may break it. */
export function asRequest(f, change) {
  const headers = {};
  for (const [name, value] of Object.entries(f.headers)) if (!name.startsWith(':')) headers[name] = value;
  const request = { target: f.headers[':path'], headers, body: Buffer.from(f.raw) };
  change?.(request);
  request.headers['Content-Length'] = String(request.body.length);
  return request;
}

/** Waits until nothing that came in waits any more (rows that try again later count as ended). */
export async function settled(server, timeoutMs = 30000) {
  const until = Date.now() + timeoutMs;
  while (await one(server, 'SELECT count(*) FROM incoming WHERE done = 0 AND attempts = 0')) {
    assert.ok(Date.now() < until, `letters are not worked through:\n${server.tail()}`);
    await sleep(20);
  }
}

/** Polls until `check` answers something true, and answers that. */
export async function until(what, check, timeoutMs = 20000) {
  const end = Date.now() + timeoutMs;
  for (;;) {
    const value = await check();
    if (value) return value;
    assert.ok(Date.now() < end, `not within ${timeoutMs} ms: ${what}`);
    await sleep(50);
  }
}
