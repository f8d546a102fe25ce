// workers.mjs — group `workers` of bench.mjs: how much sooner a long video is made by two workers
// than by one. Each is a process with one thread on a core of its own; the server encodes nothing.
//
// WORKERS_SECONDS: length of the source (600).

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import path from 'node:path';
import { clip, program, sleep, startServer } from '../api/server.mjs';
import { tempFolder } from '../folders.mjs';

const length = Number(process.env.WORKERS_SECONDS ?? 600);
const transcoder = path.join(path.dirname(program), 'zoetrope-transcoder');

async function source() {
  const piece = await clip('worker-piece', ['-f', 'lavfi', '-i', 'testsrc2=size=640x360:rate=25:duration=20', '-vf', 'noise=alls=8:allf=t',
    '-c:v', 'mpeg4', '-q:v', '5', '-g', '50'], 'mkv');
  return clip(`worker-source-${length}s`, ['-stream_loop', String(Math.ceil(length / 20) - 1), '-i', piece, '-t', String(length), '-c', 'copy'], 'mkv');
}

/** CPU seconds of a process and all its children that have ended. */
function cpuOf(pid) {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1].split(' ');
  return (Number(fields[11]) + Number(fields[12]) + Number(fields[13]) + Number(fields[14])) / 100;
}

async function run(file, count) {
  const server = await startServer({ env: { ZOETROPE_TRANSCODE_HEAVY: '0', ZOETROPE_RESOLUTIONS: '240', ZOETROPE_WORKER_LEASE_S: '60' } });
  const workers = [];
  try {
    const token = await server.token();
    for (let i = 0; i < count; i++) {
      const { json } = await server.api('POST', '/api/v1/runners', { token, json: { name: `Worker ${i}` } });
      workers.push(spawn('taskset', ['-c', String(i), transcoder, '--server', server.url, '--threads', '1', '--folder', tempFolder('zoetrope-worker')],
        { env: { PATH: process.env.PATH, ZOETROPE_WORKER_TOKEN: json.runnerToken }, stdio: 'ignore' }));
    }
    const { uuid } = await server.upload(token, file, { name: 'A long video' }, { chunkBytes: 32 << 20 });
    const started = performance.now();
    for (;;) {
      const { json } = await server.api('GET', `/api/v1/videos/${uuid}/progress`, { token });
      assert.notEqual(json.state.id, 7, json.reason);
      if (json.percent === 100) break;
      if (performance.now() - started > 3600000) throw new Error(`not made after an hour: ${JSON.stringify(json)}`);
      await sleep(200);
    }
    return { wall: (performance.now() - started) / 1000, cpu: workers.map(w => cpuOf(w.pid)) };
  } finally {
    for (const worker of workers) worker.kill('SIGTERM');
    await server.stop();
  }
}

export async function workersBench(report) {
  console.log(`a video of ${length} s made by workers of one core each`);
  if (availableParallelism() < 2) {
    console.log('  needs two cores');
    return;
  }
  const file = await source();
  const one = await run(file, 1);
  const two = await run(file, 2);
  report('two workers against one, wall', two.wall, 's', one.wall, 'one', { most: 0.6 });
  // What other programs on this machine do not disturb: how evenly the work is shared, and what sharing costs.
  const total = two.cpu[0] + two.cpu[1];
  report('CPU of the busier of the two', Math.max(...two.cpu), 's', one.cpu[0], 'one', { most: 0.6 });
  report('CPU of both together', total, 's', one.cpu[0], 'one', { most: 1.1 });
}
