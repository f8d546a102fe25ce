// Every wall of the sandbox, tried from the inside: with all walls, and with each one alone where it
// must hold alone.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import net from 'node:net';
import path from 'node:path';
import { test } from 'node:test';
import { tempFolder } from '../folders.mjs';
import { run } from './driver.mjs';

const root = tempFolder();
const victim = '/tmp/zoetrope-selftest-victim';
process.on('exit', () => fs.rmSync(victim, { force: true }));
const sanitized = /\/(asan|tsan)\//.test(process.env.ZOETROPE_TRANSCODER_BIN ?? '');
const landlock = fs.existsSync('/sys/kernel/security/landlock') ||
    !/landlock_missing/.test((await attempt('thread')).stderr);

function attempt(what, more = {}) {
    return run({ task: 'selftest', output: root, try: what, ...more });
}

async function holds(what, more) {
    const r = await attempt(what, more);
    assert.equal(r.code, 0, `${what}: ${JSON.stringify(r.error)} ${r.signal} ${r.stderr}`);
    assert.equal(r.result.held, true, `${what}: ${r.result.why}`);
    return r;
}

const forbidden = ['read-etc', 'read-output', 'write-elsewhere', 'create-elsewhere', 'socket', 'connect', 'exec',
    'fork', 'ptrace', 'kill', 'renice', 'executable-memory', 'large-file'];
for (const what of forbidden) {
    test(`the sandbox forbids: ${what}`, async () => {
        fs.writeFileSync(victim, 'untouched');
        await holds(what, { limits: { output_mib: 1 } });
        assert.equal(fs.readFileSync(victim, 'utf8'), 'untouched');
    });
}

// Sanitizers need to open a few files, so in their builds only Landlock guards names.
for (const what of ['read-etc', 'read-output', 'write-elsewhere', 'create-elsewhere', 'socket', 'connect', 'exec',
    'fork', 'ptrace', 'kill', 'renice']) {
    test(`seccomp alone forbids: ${what}`, { skip: sanitized && /read|write|create/.test(what) },
        () => holds(what, { walls: ['seccomp'] }));
}

for (const what of ['read-etc', 'read-output', 'write-elsewhere', 'create-elsewhere']) {
    test(`Landlock alone forbids: ${what}`, { skip: !landlock }, async () => {
        fs.writeFileSync(victim, 'untouched');
        await holds(what, { walls: ['landlock'] });
        assert.equal(fs.readFileSync(victim, 'utf8'), 'untouched');
    });
}

test('nobody answers a connection from inside', async () => {
    let connections = 0;
    const server = net.createServer(() => { connections++; }).listen(9, '127.0.0.1');
    await new Promise((resolve) => server.once('listening', resolve).once('error', resolve));
    await holds('connect').finally(() => server.close());
    assert.equal(connections, 0);
});

test('the sandbox permits its own files and threads, and to step back', async () => {
    await holds('thread');
    await holds('step-back');
    await holds('write-output');
    assert.equal(fs.readFileSync(path.join(root, 'selftest.txt'), 'utf8'), 'hello\n');
});

test('memory is limited', { skip: sanitized && 'sanitizers reserve terabytes' },
    () => holds('memory', { limits: { memory_mib: 256 } }));

test('processor time is limited, with a reason', { timeout: 60000 }, async () => {
    const r = await attempt('spin', { limits: { cpu_s: 1 } });
    assert.equal(r.error?.code, 'limit_exceeded');
    assert.equal(r.error.retry, false);
    assert.equal(r.code, 1);
});

test('it dies with its parent', { timeout: 60000 }, async () => {
    const { spawn } = await import('node:child_process');
    const { transcoder } = await import('./driver.mjs');
    const spec = path.join(root, 'spec.json');
    fs.writeFileSync(spec, JSON.stringify({ version: 1, task: 'selftest', output: root, try: 'spin' }));
    const shell = spawn('/bin/sh', ['-c', `"${transcoder}" < "${spec}" & echo $!; wait`]);
    const pid = await new Promise((resolve) => shell.stdout.once('data', (d) => resolve(parseInt(d, 10))));
    const inside = () => /^Seccomp:\t2$/m.test(fs.readFileSync(`/proc/${pid}/status`, 'utf8'));
    while (!inside()) // on a busy machine its start takes a while
        await new Promise((resolve) => setTimeout(resolve, 50));
    const parent = Number(fs.readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1].split(' ')[1]);
    process.kill(parent, 'SIGKILL');
    for (let i = 0; i < 50 && fs.existsSync(`/proc/${pid}`); i++)
        await new Promise((resolve) => setTimeout(resolve, 100));
    const gone = !fs.existsSync(`/proc/${pid}`) ||
        fs.readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1][0] === 'Z';
    shell.kill('SIGKILL');
    if (!gone)
        process.kill(pid, 'SIGKILL');
    assert.ok(gone, 'the child outlived its parent');
});
